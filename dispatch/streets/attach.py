"""Sites joined to the road graph: where each one meets the streets, and at what cost.

A site is joined to the nearest point of the nearest street, not to the end of that street: a street
of the bundled mesh is 400 m long. Each position becomes two more nodes of the graph. Ways can only
leave the first and only arrive at the second, so that no way leads through a site.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely

from dispatch.streets.arcs import MS, Arcs, whole_ms
from dispatch.territory import TO_METRIC

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.streets.expanded import Expanded
    from dispatch.streets.network import Network

# Two directions of one street, and two streets at their corner, count as equally near.
TIE_M = 0.05


@dataclass(frozen=True, eq=False)
class Streets:
    """A network's edges as lines on the ground (EPSG:2154), in an index of nearest lines."""

    network: Network

    @cached_property
    def lines(self) -> NDArray[np.object_]:
        """Return the line of each edge (metres, EPSG:2154), shape (edges,)."""
        network = self.network
        x, y = TO_METRIC.transform(network.line_lonlat[:, 0], network.line_lonlat[:, 1])
        of_edge = np.repeat(np.arange(network.edge_count), np.diff(network.line_starts))
        lines: NDArray[np.object_] = shapely.linestrings(x, y, indices=of_edge)
        return lines

    @cached_property
    def candidates(self) -> NDArray[np.int64]:
        """Return the edges from which sites may be reached; all edges when none is marked."""
        found = np.flatnonzero(self.network.attachable)
        return found if len(found) else np.arange(self.network.edge_count)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Return an index of the candidates' lines."""
        return shapely.STRtree(self.lines[self.candidates])

    @property
    def expanded(self) -> Expanded:
        """Return the graph of the network in which every way keeps its signs."""
        return self.network.expanded

    @cached_property
    def ms(self) -> NDArray[np.int64]:
        """Return the time of each edge (whole milliseconds), shape (edges,)."""
        return np.rint(self.network.seconds * MS).astype(np.int64)

    def ms_with(self, factor: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the time of each edge (whole milliseconds), multiplied by a factor an edge."""
        return np.rint(self.network.seconds * MS * factor).astype(np.int64)

    def distances_m(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the distance (m) of positions (degrees, shape (n, 2)) from the nearest street."""
        x, y = TO_METRIC.transform(lonlat[:, 0], lonlat[:, 1])
        # Far from France the projection gives no finite position; the distance is then infinite.
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        (order, _), found = self.tree.query_nearest(
            shapely.points(x[known], y[known]), return_distance=True, all_matches=False
        )
        distances = np.full(len(lonlat), np.inf)
        distances[known[order]] = found
        return distances

    def attach(
        self, lonlat: NDArray[np.float64], off_road_ms_per_m: float, off_road_winding: float
    ) -> JoinedNetwork:
        """
        Return the network with positions (degrees, WGS84, shape (n, 2)) joined to it.

        Parameters
        ----------
        lonlat
            Distinct positions.
        off_road_ms_per_m
            Time (ms) of a metre between a position and the street.
        off_road_winding
            Driven metres for each straight metre between a position and the street.
        """
        points = shapely.points(*TO_METRIC.transform(lonlat[:, 0], lonlat[:, 1]))
        reach = self.distances_m(lonlat) + TIE_M
        site, found = self.tree.query(points, predicate="dwithin", distance=reach)
        edge = self.candidates[found]
        order = np.lexsort((edge, site))
        site, edge = site[order], edge[order]
        # At the corner of a street open to all and a closed one, a site is on the open one.
        level = self.network.access_level[edge]
        least = np.full(len(lonlat), np.iinfo(np.int8).max, dtype=np.int8)
        np.minimum.at(least, site, level)
        site, edge = site[level == least[site]], edge[level == least[site]]
        share = shapely.line_locate_point(self.lines[edge], points[site], normalized=True)
        away_m = shapely.distance(self.lines[edge], points[site]) * off_road_winding
        away_ms = whole_ms(away_m * off_road_ms_per_m)
        return JoinedNetwork(self, len(lonlat), site, edge, share, away_m, away_ms)


@dataclass(frozen=True, eq=False)
class JoinedNetwork:
    """
    A network with positions joined to it, as arcs.

    The nodes are those of the network with its signs (`Expanded`), then a departure node for each
    position, then an arrival node for each.

    Parameters
    ----------
    streets
        The network.
    positions
        Number of positions.
    site, edge
        Position and edge of each joint, shape (joints,).
    share
        Position of the joint along the edge, 0 to 1.
    away_m, away_ms
        Distance and time between the position and the edge.
    """

    streets: Streets
    positions: int
    site: NDArray[np.int64]
    edge: NDArray[np.int64]
    share: NDArray[np.float64]
    away_m: NDArray[np.float64]
    away_ms: NDArray[np.float64]

    @cached_property
    def arcs(self) -> Arcs:
        """Return the arcs on roads without traffic."""
        return self.arcs_of(self.streets.ms)

    def arcs_of(self, ms: NDArray[np.int64]) -> Arcs:
        """
        Return the arcs sorted by first and last node; of parallel arcs only the quickest.

        Parameters
        ----------
        ms
            Time of each edge of the network (whole milliseconds), shape (edges,).
        """
        network, graph = self.streets.network, self.streets.expanded
        size = graph.size
        site, edge, share = self.site, self.edge, self.share
        edge_ms, edge_m = ms[edge], network.metres[edge]
        # Parts are rounded up, so that two parts of an edge never take less than the whole edge.
        ahead_ms, behind_ms = whole_ms((1 - share) * edge_ms), whole_ms(share * edge_ms)
        first, second = self._shared_edges()
        between = share[second] - share[first]
        road = self._driven()
        onto, arrive = self._arrivals()
        of_road = graph.edge[road]
        parts = (
            (graph.tails[road], graph.heads[road], ms[of_road], network.metres[of_road],
             of_road, np.zeros(len(road)), np.ones(len(road))),
            (size + site, graph.after[edge], self.away_ms + ahead_ms,
             self.away_m + (1 - share) * edge_m, edge, share, np.ones(len(edge))),
            (graph.tails[arrive], size + self.positions + site[onto],
             (self.away_ms + behind_ms)[onto], (self.away_m + share * edge_m)[onto],
             edge[onto], np.zeros(len(onto)), share[onto]),
            (size + site[first], size + self.positions + site[second],
             self.away_ms[first] + self.away_ms[second] + whole_ms(between * edge_ms[first]),
             self.away_m[first] + self.away_m[second] + between * edge_m[first],
             edge[first], share[first], share[second]),
        )  # fmt: skip
        tails, heads, ms, metres, edges, start, end = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        order = np.lexsort((edges, metres, ms, heads, tails))
        total = size + 2 * self.positions
        key = tails[order].astype(np.int64) * total + heads[order]
        kept = order[np.concatenate([[True], key[1:] != key[:-1]])]
        return Arcs(
            total,
            tails[kept].astype(np.int64) * total + heads[kept],
            ms[kept].astype(np.float64),
            metres[kept].astype(np.float64),
            edges[kept].astype(np.int64),
            start[kept].astype(np.float64),
            end[kept].astype(np.float64),
        )

    def _arrivals(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return joints and arcs: a way may come to the joint by what the arc drives."""
        starts = self.streets.expanded.arc_starts
        count = starts[self.edge + 1] - starts[self.edge]
        joint = np.repeat(np.arange(len(self.edge)), count)
        ahead = np.arange(len(joint)) - np.repeat(np.cumsum(count) - count, count)
        return joint, np.repeat(starts[self.edge], count) + ahead

    def _driven(self) -> NDArray[np.int64]:
        """Return the arcs that some way may drive: of closed quarters those with a site."""
        graph = self.streets.expanded
        if graph.quarter.max(initial=-1) < 0:
            return np.arange(len(graph.edge))
        _, arrive = self._arrivals()
        ends = np.concatenate([graph.after[self.edge], graph.tails[arrive], graph.heads[arrive]])
        # Number -1, of no quarter, is the last one.
        wanted = np.zeros(int(graph.quarter.max()) + 2, dtype=np.bool_)
        wanted[graph.quarter[ends]] = True
        wanted[-1] = True
        kept = wanted[graph.quarter[graph.tails]] & wanted[graph.quarter[graph.heads]]
        return np.flatnonzero(kept)

    def _shared_edges(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the pairs of joints on one edge in which the second is ahead of the first."""
        order = np.lexsort((self.share, self.edge))
        firsts, seconds = [], []
        _, starts = np.unique(self.edge[order], return_index=True)
        for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
            if end - start < 2:
                continue
            joints = order[start:end]
            a, b = np.meshgrid(joints, joints, indexing="ij")
            ahead = (self.share[a] <= self.share[b]) & (self.site[a] != self.site[b])
            firsts.append(a[ahead])
            seconds.append(b[ahead])
        none = np.empty(0, dtype=np.int64)
        return np.concatenate([none, *firsts]), np.concatenate([none, *seconds])
