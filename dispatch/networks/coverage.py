"""How well a network covers the communes: street length an inhabitant, town halls reached.

The measure is metres of street an inhabitant. By area, a commune of woods and vineyards would seem
poorly covered even with all its streets. A street counts once for both directions, in the commune
of its middle. Streets from which no site is reached (motorways, trunk roads, bridges) do not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from dispatch.streets.attach import Streets
from dispatch.territory import TO_METRIC

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from dispatch.streets.network import Network
    from dispatch.territory import Commune

M_PER_KM = 1000


@dataclass(frozen=True)
class Coverage:
    """
    How a network covers a commune.

    Parameters
    ----------
    commune
        The commune.
    street_m
        Length of its streets (m).
    town_hall_m
        Distance from its town hall to the nearest street (m).
    town_hall_reached
        Whether that is within the limit. A network is strongly connected, so that the town hall is
        then reached in both directions.
    """

    commune: Commune
    street_m: float
    town_hall_m: float
    town_hall_reached: bool

    @property
    def street_m_per_inhabitant(self) -> float:
        """Return metres of street an inhabitant; infinite without inhabitants."""
        people = self.commune.population
        return self.street_m / people if people else float("inf")

    @property
    def street_km_per_km2(self) -> float:
        """Return the kilometres of street a square kilometre."""
        return self.street_m / self.commune.outline.area * M_PER_KM


def coverage(
    network: Network, communes: Mapping[str, Commune], attach_limit_m: float
) -> dict[str, Coverage]:
    """
    Return how a network covers each commune, by INSEE code.

    Parameters
    ----------
    network
        The network.
    communes
        The communes by INSEE code.
    attach_limit_m
        Largest distance of a site from a street.
    """
    x, y, metres = _streets(network)
    town_halls = np.array([(c.town_hall_lon, c.town_hall_lat) for c in communes.values()])
    away = Streets(network).distances_m(town_halls.reshape(-1, 2))
    return {
        insee: Coverage(
            commune,
            float(metres[shapely.contains_xy(commune.outline, x, y)].sum()),
            float(distance),
            bool(distance <= attach_limit_m),
        )
        for (insee, commune), distance in zip(communes.items(), away, strict=True)
    }


def _streets(
    network: Network,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return middle (EPSG:2154) and length (m) of each street from which sites are reached."""
    edges = np.flatnonzero(network.attachable)
    _, first = np.unique(network.street_keys[edges], return_index=True)
    edges = edges[first]
    middle = (network.line_starts[edges] + network.line_starts[edges + 1] - 1) / 2
    at = network.line_lonlat[np.floor(middle).astype(int)]
    beyond = network.line_lonlat[np.ceil(middle).astype(int)]
    x, y = TO_METRIC.transform(*((at + beyond) / 2).T)
    return np.asarray(x), np.asarray(y), network.metres[edges]


def is_poor(network: Network, found: Coverage, poor_street_m: float) -> bool:
    """Return whether a commune has too few streets; always False for an approximate network."""
    return not network.approximate and found.street_m_per_inhabitant < poor_street_m
