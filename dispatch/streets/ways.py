"""The quickest ways between sites over the streets: times, lengths and lines."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely
from pyproj import Transformer
from scipy.sparse.csgraph import dijkstra
from shapely.ops import substring

from dispatch.errors import TravelError
from dispatch.streets.arcs import MS
from dispatch.streets.core import Core
from dispatch.streets.hierarchy import Hierarchy
from dispatch.territory import GEOGRAPHIC_CRS, METRIC_CRS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dispatch.streets.arcs import Arcs
    from dispatch.streets.attach import JoinedNetwork, Streets
    from dispatch.streets.sites import Site, TravelSettings

    Timer = Callable[[NDArray[np.int64]], tuple[NDArray[np.float64], NDArray[np.float64]]]

Engine = Literal["dijkstra", "hierarchy"]
DECIMALS = 6  # of a degree: 0.1 m
SHOWN = 10
Line = list[tuple[float, float]]

TO_DEGREES = Transformer.from_crs(METRIC_CRS, GEOGRAPHIC_CRS, always_xy=True)


class Ways:
    """
    The quickest ways between the distinct positions of some sites.

    Parameters
    ----------
    streets
        The network.
    settings
        Limit and speed of the way between a site and the street.
    sites
        The sites; several may have the same position. `position[i]` is the number of site i's
        position.

    Raises
    ------
    TravelError
        When an id occurs twice, or a position is not in degrees or too far from any street.
    """

    def __init__(self, streets: Streets, settings: TravelSettings, sites: Sequence[Site]) -> None:
        self.sites = sites
        self.streets = streets
        self.settings = settings
        self.nodes = streets.expanded.size
        refuse_bad_sites(sites)
        given = np.array([(site.lon, site.lat) for site in sites], dtype=np.float64)
        self.lonlat, self.position = np.unique(given.reshape(-1, 2), axis=0, return_inverse=True)
        self.position = self.position.reshape(-1)
        if len(self.lonlat):
            self._refuse_far_sites(settings.attach_limit_m)

    @cached_property
    def joined(self) -> JoinedNetwork:
        """Return the network with the positions joined to it."""
        ms_per_m = MS * 3.6 / self.settings.off_road_kmh
        return self.streets.attach(self.lonlat, ms_per_m, self.settings.off_road_winding)

    @cached_property
    def arcs(self) -> Arcs:
        """Return the arcs on roads without traffic."""
        return self.joined.arcs

    def predecessors(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return scipy's predecessors on the quickest ways from positions, without traffic."""
        start = self.nodes + rows
        weights, before = dijkstra(self.arcs.matrix, indices=start, return_predecessors=True)
        self._refuse_no_way(rows, weights[:, self.nodes + len(self.lonlat) :])
        found: NDArray[np.int64] = before
        return found

    @cached_property
    def core(self) -> Core:
        """Return the core of the graph, which is enough for times and lengths."""
        return Core(self.arcs, self.nodes)

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """Return a contraction hierarchy of the core."""
        network, at = self.streets.network, self.streets.expanded.node
        streets = np.stack([network.lon[at], network.lat[at]], axis=1)
        lonlat = np.concatenate([streets, self.lonlat, self.lonlat])
        return Hierarchy(self.core.matrix(self.arcs.weights), *lonlat[self.core.nodes].T)

    def timer(self, factor: NDArray[np.float64] | None, engine: Engine) -> Timer:
        """
        Return a function that gives times (ms) and lengths (m) from some positions to all.

        Parameters
        ----------
        factor
            Factor on the time of each edge of the network, shape (edges,); None: 1.
        engine
            "dijkstra", or "hierarchy": the same times without lengths.
        """
        arcs = self.arcs
        if factor is not None:
            arcs = self.joined.arcs_of(self.streets.ms_with(factor))
        core = self.core.matrix(arcs.weights if engine == "dijkstra" else arcs.ms)
        size = len(self.lonlat)
        ends = self.core.number(self.nodes + size + np.arange(size))
        if engine == "hierarchy":
            self.hierarchy.customize(core)

        def timed(rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            start = self.core.number(self.nodes + rows)
            here = (np.arange(len(rows)), rows)
            if engine == "hierarchy":
                found = self.hierarchy.times(start, ends)
            else:
                found = dijkstra(core, indices=start)[:, ends]
            found[here] = 0
            self._refuse_no_way(rows, found)
            return (found, np.zeros(0)) if engine == "hierarchy" else arcs.times_and_lengths(found)

        return timed

    def line(self, row: int, target: int, before: NDArray[np.int64]) -> Line:
        """Return the way between two positions, both included."""
        ends = (tuple(self.lonlat[row].tolist()), tuple(self.lonlat[target].tolist()))
        if row == target:
            return list(ends)
        arcs = self._arcs_between(row, target, before)
        way = [ends[0], *(point for arc in arcs for point in self._arc_line(int(arc)))]
        # Each part of a way begins at the end of the part before.
        way = [point for i, point in enumerate(way) if i == 0 or point != way[i - 1]]
        return way if way[-1] == ends[1] and len(way) > 1 else [*way, ends[1]]

    def named(self, row: int, target: int, before: NDArray[np.int64]) -> list[tuple[str, float]]:
        """Return the names of the streets between two positions, with the metres on each."""
        network = self.streets.network
        found: list[tuple[str, float]] = []
        for arc in [] if row == target else self._arcs_between(row, target, before).tolist():
            name = str(network.names[network.name_of[self.arcs.edge[arc]]])
            metres = float(self.arcs.metres[arc])
            if found and found[-1][0] == name:
                metres += found.pop()[1]
            found.append((name, metres))
        return found

    def _arcs_between(self, row: int, target: int, before: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the arcs of the way from a position to another, in their order."""
        nodes = [self.nodes + len(self.lonlat) + target]
        while nodes[-1] != self.nodes + row:
            nodes.append(int(before[nodes[-1]]))
        nodes.reverse()
        return self.arcs.find(np.array(nodes[:-1]), np.array(nodes[1:]))

    def _arc_line(self, arc: int) -> Line:
        edge = int(self.arcs.edge[arc])
        start, end = float(self.arcs.start[arc]), float(self.arcs.end[arc])
        if (start, end) == (0.0, 1.0):
            lonlat = self.streets.network.line(edge)
        else:
            part = substring(self.streets.lines[edge], start, end, normalized=True)
            xy = shapely.get_coordinates(part)
            lonlat = np.stack(TO_DEGREES.transform(xy[:, 0], xy[:, 1]), axis=1)
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


def refuse_bad_sites(sites: Sequence[Site]) -> None:
    """Raise when ids occur twice or positions are not in degrees."""
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
    """Return names in one line; of many only the first ones."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
