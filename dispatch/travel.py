"""How far everything is: integer seconds and metres between named places, and the way between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Self

import numpy as np
import shapely
from pydantic import BaseModel, ConfigDict, Field
from pyproj import Transformer
from scipy.sparse.csgraph import dijkstra
from shapely.ops import substring

from dispatch.attach import MS, Streets
from dispatch.errors import TravelError
from dispatch.roads import bundled_section, validated
from dispatch.territory import GEOGRAPHIC_CRS, METRIC_CRS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from dispatch.attach import Arcs
    from dispatch.network import Network

# Shortest paths from this many sites at a time: bounds memory on a city's full graph.
BATCH = 64
NOBODY = -9999  # scipy's predecessor of a node that has none
DECIMALS = 6  # 0.1 m
SHOWN = 10
Line = list[tuple[float, float]]

TO_DEGREES = Transformer.from_crs(METRIC_CRS, GEOGRAPHIC_CRS, always_xy=True)

_NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


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
            msg = f"seconds have shape {self.seconds.shape}; {slots} slots of {size} places need {(slots, size, size)}"
            raise ValueError(msg)
        if self.metres is not None and self.metres.shape != (size, size):
            msg = f"metres have shape {self.metres.shape}; {size} places need {(size, size)}"
            raise ValueError(msg)
        if self.seconds.min(initial=0) < 0 or (self.metres is not None and self.metres.min(initial=0) < 0):
            msg = "travel cannot be negative"
            raise ValueError(msg)
        starts = self.slot_starts_s
        if starts[0] != 0 or any(a >= b for a, b in zip(starts, starts[1:], strict=False)):
            msg = f"slots must start at 0 and rise; found {starts}"
            raise ValueError(msg)
        for matrix in (self.seconds, self.metres):
            if matrix is not None:
                matrix.setflags(write=False)


class TravelSettings(BaseModel):
    """Section `[travel]` of the service file, which gives each figure its reason."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    access_s: _NotNegative
    attach_limit_m: _Positive
    off_road_kmh: _Positive
    off_road_winding: Annotated[float, Field(ge=1, allow_inf_nan=False)]

    @classmethod
    def from_toml(cls, section: Mapping[str, Any], source: str = "service.toml") -> Self:
        """
        Return the settings of a TOML section that was read.

        Raises
        ------
        InputError
            When a key is missing, unknown or of a wrong value; all faults at once.
        """
        return validated(cls, section, source, "travel")


@dataclass(frozen=True, slots=True)
class Site:
    """A named place where somebody starts, stops or works (degrees, WGS84)."""

    id: str
    lon: float
    lat: float


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
        search = _Search(self, sites)
        size = len(search.lonlat)
        ms = np.zeros((size, size))
        metres = np.zeros((size, size))
        for start in range(0, size, BATCH):
            rows = np.arange(start, min(start + BATCH, size))
            times, predecessors = search.run(rows)
            ms[rows] = times
            metres[rows] = search.metres(rows, predecessors)
        moves = ~np.eye(size, dtype=bool)
        seconds = np.where(moves, np.ceil((ms + self.settings.access_s * MS) / MS), 0)
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
        search = _Search(self, sites)
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


class _Search:
    """Shortest paths between the distinct positions of some sites."""

    def __init__(self, router: Router, sites: Sequence[Site]) -> None:
        self.sites = sites
        self.streets = router._streets
        self.nodes = router.network.node_count
        _refuse_bad_sites(sites)
        given = np.array([(site.lon, site.lat) for site in sites], dtype=np.float64)
        self.lonlat, self.position = np.unique(given.reshape(-1, 2), axis=0, return_inverse=True)
        self.position = self.position.reshape(-1)
        if len(self.lonlat):
            self._refuse_far_sites(router.settings.attach_limit_m)
        self.settings = router.settings

    @cached_property
    def arcs(self) -> Arcs:
        ms_per_m = MS * 3.6 / self.settings.off_road_kmh
        return self.streets.attach(self.lonlat, ms_per_m, self.settings.off_road_winding).arcs

    def run(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return times (ms) from positions to all positions, and scipy's predecessors."""
        times, predecessors = dijkstra(
            self.arcs.matrix, indices=self.nodes + rows, return_predecessors=True
        )
        ms: NDArray[np.float64] = times[:, self.nodes + len(self.lonlat) :]
        ms[np.arange(len(rows)), rows] = 0
        self._refuse_no_way(rows, ms)
        return ms, predecessors

    def metres(
        self, rows: NDArray[np.int64], predecessors: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the length (m) of the ways from positions to all, by walking them back."""
        size = len(self.lonlat)
        result = np.zeros((len(rows), size))
        line, target = (part.ravel() for part in np.indices((len(rows), size)))
        trips = rows[line] != target
        line, target = line[trips], target[trips]
        at = (self.nodes + size + target).astype(np.int64)
        while len(line):
            before = predecessors[line, at].astype(np.int64)
            result[line, target] += self.arcs.metres[self.arcs.find(before, at)]
            on_the_way = before != self.nodes + rows[line]
            line, target, at = line[on_the_way], target[on_the_way], before[on_the_way]
        return result

    def line(self, row: int, target: int, before: NDArray[np.int64]) -> Line:
        """Return the way between two positions, both included."""
        ends = (tuple(self.lonlat[row].tolist()), tuple(self.lonlat[target].tolist()))
        if row == target:
            return list(ends)
        nodes = [self.nodes + len(self.lonlat) + target]
        while nodes[-1] != self.nodes + row:
            nodes.append(int(before[nodes[-1]]))
        nodes.reverse()
        arcs = self.arcs.find(np.array(nodes[:-1]), np.array(nodes[1:]))
        way = [ends[0], *(point for arc in arcs for point in self._arc_line(int(arc)))]
        # Parts of a way begin where the one before ended.
        way = [point for i, point in enumerate(way) if i == 0 or point != way[i - 1]]
        return way if way[-1] == ends[1] and len(way) > 1 else [*way, ends[1]]

    def _arc_line(self, arc: int) -> Line:
        edge = int(self.arcs.edge[arc])
        start, end = float(self.arcs.start[arc]), float(self.arcs.end[arc])
        if (start, end) == (0.0, 1.0):
            lonlat = self.streets.network.line(edge)
        else:
            part = substring(self.streets.lines[edge], start, end, normalized=True)
            lonlat = shapely.transform(part, TO_DEGREES.transform, interleaved=False)
            lonlat = shapely.get_coordinates(lonlat)
        return [(round(lon, DECIMALS), round(lat, DECIMALS)) for lon, lat in lonlat.tolist()]

    def _refuse_far_sites(self, limit_m: float) -> None:
        distances = self.streets.distances_m(self.lonlat)[self.position]
        far = [
            f"{site.id} ({site.lon}, {site.lat}), {distance:,.0f} m"
            for site, distance in zip(self.sites, distances, strict=True)
            if distance > limit_m
        ]
        if far:
            msg = (
                f"farther than {limit_m:,.0f} m from any street of the road graph "
                f"{self.streets.network.name}: {_listed(far)}; correct the position (longitude, "
                "latitude), or use a road graph that covers it"
            )
            raise TravelError(msg)

    def _refuse_no_way(self, rows: NDArray[np.int64], ms: NDArray[np.float64]) -> None:
        if np.isfinite(ms).all():
            return
        first: dict[int, str] = {}
        for site, number in zip(self.sites, self.position.tolist(), strict=True):
            first.setdefault(number, site.id)
        missing = [
            f"from {first[int(rows[i])]} to {first[int(j)]}"
            for i, j in np.argwhere(~np.isfinite(ms))
        ]
        msg = (
            f"there is no way {_listed(missing)} on the road graph {self.streets.network.name}; "
            "use a graph that is strongly connected"
        )
        raise TravelError(msg)


def _refuse_bad_sites(sites: Sequence[Site]) -> None:
    """Raise where ids are double or positions are no degrees."""
    count: dict[str, int] = {}
    for site in sites:
        count[site.id] = count.get(site.id, 0) + 1
    double = [name for name, times in count.items() if times > 1]
    if double:
        msg = f"sites named more than once: {_listed(double)}; give each place its own id"
        raise TravelError(msg)
    wrong = [
        f"{site.id} ({site.lon}, {site.lat})"
        for site in sites
        if not (math.isfinite(site.lon) and math.isfinite(site.lat))
        or abs(site.lon) > 180
        or abs(site.lat) > 90
    ]
    if wrong:
        msg = f"positions that are no longitude and latitude in degrees: {_listed(wrong)}"
        raise TravelError(msg)


def _listed(names: list[str]) -> str:
    """Return names in one line, the first ones only where there are many."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
