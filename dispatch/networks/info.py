"""The figures of a network, for `dispatch network info`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dispatch.networks.coverage import Coverage, coverage, is_poor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.streets.files import About
    from dispatch.streets.network import Network
    from dispatch.streets.settings import BuildSettings
    from dispatch.territory import Commune

M_PER_KM = 1000
DECIMALS = 5


@dataclass(frozen=True)
class Info:
    """
    The figures of a network.

    Parameters
    ----------
    network
        The network.
    about
        The description in its file; None: there is none.
    covered
        Its coverage of each commune, by INSEE code.
    poor
        INSEE codes of the communes that it covers poorly.
    poor_street_m
        A commune with fewer metres of street an inhabitant is covered poorly.
    """

    network: Network
    about: About | None
    covered: Mapping[str, Coverage]
    poor: tuple[str, ...]
    poor_street_m: float

    @property
    def street_km(self) -> float:
        """Return the kilometres of street; both directions count once."""
        _, first = np.unique(self.network.street_keys, return_index=True)
        return float(self.network.metres[first].sum()) / M_PER_KM

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return its extent: west, south, east, north (degrees, WGS84)."""
        low, high = self.network.line_lonlat.min(axis=0), self.network.line_lonlat.max(axis=0)
        west, south, east, north = (
            round(float(v), DECIMALS) for v in (*low.tolist(), *high.tolist())
        )
        return west, south, east, north

    @property
    def unreached(self) -> tuple[str, ...]:
        """Return the names of the communes whose town halls the network does not reach."""
        return tuple(c.commune.name for c in self.covered.values() if not c.town_hall_reached)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        network = self.network
        return {
            "name": network.name,
            "sha256": network.sha256,
            "attribution": network.attribution,
            "approximate": network.approximate,
            "about": None if self.about is None else self.about.model_dump(),
            "bounds": self.bounds,
            "nodes": network.node_count,
            "edges": network.edge_count,
            "street_km": round(self.street_km, 1),
            "dropped_nodes": network.dropped_nodes,
            "dropped_edges": network.dropped_edges,
            "estimated_edges": network.estimated_edges,
            "town_halls": len(self.covered),
            "town_halls_reached": len(self.covered) - len(self.unreached),
            "poor_street_m": self.poor_street_m,
            "communes": [
                {
                    "insee": insee,
                    "name": found.commune.name,
                    "street_km": round(found.street_m / M_PER_KM, 1),
                    "street_m_per_inhabitant": round(found.street_m_per_inhabitant, 2)
                    if found.commune.population
                    else None,
                    "street_km_per_km2": round(found.street_km_per_km2, 2),
                    "town_hall_m": round(found.town_hall_m) if np.isfinite(found.town_hall_m)
                    else None,
                    "town_hall_reached": found.town_hall_reached,
                    "poor": insee in self.poor,
                }
                for insee, found in self.covered.items()
            ],
        }  # fmt: skip


def network_info(
    network: Network,
    about: About | None,
    communes: Mapping[str, Commune],
    *,
    build: BuildSettings,
    attach_limit_m: float,
) -> Info:
    """
    Return the figures of a network.

    Parameters
    ----------
    network, about
        The network, and the description in its file.
    communes
        The communes by INSEE code.
    build
        Limit of poor coverage.
    attach_limit_m
        Largest distance of a site from a street.
    """
    covered = coverage(network, communes, attach_limit_m)
    poor = tuple(i for i, found in covered.items() if is_poor(network, found, build.poor_street_m))
    return Info(network, about, covered, poor, build.poor_street_m)
