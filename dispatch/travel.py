"""How far everything is: seconds and metres between named places, and the way between."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dispatch.roads import bundled_section
from dispatch.streets.attach import MS, Streets
from dispatch.streets.sites import Site, TravelSettings
from dispatch.streets.ways import Line, Ways

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from dispatch.streets.network import Network

# Shortest paths from this many sites at a time: bounds memory on a city's full graph.
BATCH = 64

__all__ = ["Router", "Site", "Travel", "TravelSettings"]


@dataclass(frozen=True, eq=False)
class Travel:
    """
    Travel between places, as matrices.

    Parameters
    ----------
    places
        Names, in the order of the matrices' rows and columns.
    seconds
        Travel times (seconds), int64, shape (slots, places, places), from row to column.
    metres
        Distances (metres), int64, shape (places, places); None when unknown.
    slot_starts_s
        Start of each slot of the day (seconds since midnight), rising from 0.

    Raises
    ------
    ValueError
        When shapes disagree, a name is double, a value is negative, or slots do not rise from 0.
    """

    places: tuple[str, ...]
    seconds: NDArray[np.int64]
    metres: NDArray[np.int64] | None = None
    slot_starts_s: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        size, slots = len(self.places), len(self.slot_starts_s)
        if len(set(self.places)) != size:
            double = sorted({name for name in self.places if self.places.count(name) > 1})
            msg = f"places named more than once: {', '.join(double)}"
            raise ValueError(msg)
        if self.seconds.shape != (slots, size, size):
            msg = (
                f"seconds have shape {self.seconds.shape}; {slots} slots of {size} places need "
                f"{(slots, size, size)}"
            )
            raise ValueError(msg)
        if self.metres is not None and self.metres.shape != (size, size):
            msg = f"metres have shape {self.metres.shape}; {size} places need {(size, size)}"
            raise ValueError(msg)
        if self.seconds.min(initial=0) < 0 or (
            self.metres is not None and self.metres.min(initial=0) < 0
        ):
            msg = "travel cannot be negative"
            raise ValueError(msg)
        starts = self.slot_starts_s
        if starts[0] != 0 or any(a >= b for a, b in pairwise(starts)):
            msg = f"slots must start at 0 and rise; found {starts}"
            raise ValueError(msg)
        for matrix in (self.seconds, self.metres):
            if matrix is not None:
                matrix.setflags(write=False)


class Router:
    """
    Travel over a road network between sites.

    A trip is: access, from the site to the nearest point of a street, the quickest way,
    and from a street to the other site. Between two sites of the same position there is no
    trip: 0 seconds, 0 metres. Going on through a third site never takes less time.

    Parameters
    ----------
    network
        The roads.
    access_s
        Seconds that each trip takes beside the driving; None: as the settings say.
    attach_limit_m
        How far (m) from a street a site may lie; None: as the settings say.
    settings
        The other figures; None: those of the bundled service.toml.
    """

    def __init__(
        self,
        network: Network,
        *,
        access_s: float | None = None,
        attach_limit_m: float | None = None,
        settings: TravelSettings | None = None,
    ) -> None:
        settings = settings or TravelSettings.from_toml(bundled_section("travel"))
        given = {"access_s": access_s, "attach_limit_m": attach_limit_m}
        changed = {name: float(value) for name, value in given.items() if value is not None}
        self.network = network
        self.settings = TravelSettings.model_validate({**settings.model_dump(), **changed})
        self._streets = Streets(network)

    def measure(self, sites: Sequence[Site]) -> Travel:
        """
        Return travel between all sites, in their order.

        Seconds are rounded up, once; metres are those of the quickest way.

        Raises
        ------
        TravelError
            When an id is double, a site is too far from any street, or there is no way from
            one to another; it names them.
        """
        search = Ways(self._streets, self.settings, sites)
        size = len(search.lonlat)
        ms = np.zeros((size, size))
        metres = np.zeros((size, size))
        for start in range(0, size, BATCH):
            rows = np.arange(start, min(start + BATCH, size))
            times, predecessors = search.run(rows)
            ms[rows] = times
            metres[rows] = search.metres(rows, predecessors)
        moves = ~np.eye(size, dtype=bool)
        seconds = np.where(moves, np.ceil((ms + round(self.settings.access_s * MS)) / MS), 0)
        of_site = np.ix_(search.position, search.position)
        return Travel(
            places=tuple(site.id for site in sites),
            seconds=seconds[of_site].astype(np.int64)[None],
            metres=np.rint(np.where(moves, metres, 0))[of_site].astype(np.int64),
        )

    def path(self, a: Site, b: Site) -> Line:
        """Return the quickest way from a to b as (longitude, latitude) positions; see `paths`."""
        return self.paths([(a, b)])[0]

    def paths(self, pairs: Iterable[tuple[Site, Site]]) -> list[Line]:
        """
        Return the quickest way of each pair as (longitude, latitude) positions, WGS84.

        Each begins and ends at the sites themselves. Ways from one site cost one search.

        Raises
        ------
        TravelError
            When a site is too far from any street, or there is no way; it names them.
        """
        pairs = list(pairs)
        sites = list(dict.fromkeys(site for pair in pairs for site in pair))
        if not sites:
            return []
        search = Ways(self._streets, self.settings, sites)
        number = {site: int(search.position[index]) for index, site in enumerate(sites)}
        wanted: dict[int, dict[int, Line]] = {}
        for a, b in pairs:
            wanted.setdefault(number[a], {})[number[b]] = []
        origins = np.array(sorted(wanted), dtype=np.int64)
        for start in range(0, len(origins), BATCH):
            rows = origins[start : start + BATCH]
            _, predecessors = search.run(rows)
            for row, before in zip(rows.tolist(), predecessors, strict=True):
                for target in wanted[row]:
                    wanted[row][target] = search.line(row, target, before)
        return [wanted[number[a]][number[b]] for a, b in pairs]
