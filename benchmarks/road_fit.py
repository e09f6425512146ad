"""Few figures fitted to a router's durations, and their error on places left out of the fit.

Quickest ways change with the figures. A fit therefore alternates: quickest ways are found with the
present figures and join a pool; then the figures are sought (Nelder and Mead) with which the
quickest way of the pool is nearest to the router's time, trip by trip. What is minimised is the
mean of |ours / router's - 1|.

Cross-validation leaves places out, not trips: the places are divided at random into five parts; the
figures are fitted on trips between places of four parts and judged on those that touch the fifth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from dispatch.streets.attach import Streets

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from benchmarks.durations import Durations
    from dispatch.streets.network import Network
    from dispatch.streets.sites import TravelSettings

    # From figures to the seconds of each edge.
    Timing = Callable[[NDArray[np.float64]], NDArray[np.float64]]

PASSES = 4
TRIES = 400
FOLDS = 5
SEED = 1
MS = 1000
S_PER_H = 3600
HOPELESS = 9.0


@dataclass(frozen=True)
class LeftOut:
    """The error on trips that touch a place left out, and on those between two such places."""

    one_end: float
    both_ends: float
    median: float


class Fitted:
    """
    Trips on a network whose times depend on some figures.

    Parameters
    ----------
    network
        The network; its own times are not used.
    durations
        The router's trips.
    travel
        Access, and how places are joined.
    timing
        From figures to the seconds of each edge.
    """

    def __init__(
        self, network: Network, durations: Durations, travel: TravelSettings, timing: Timing
    ) -> None:
        self.network, self.durations, self.timing = network, durations, timing
        self.places, self.access_s = len(durations.lonlat), travel.access_s
        off_road_ms = S_PER_H / travel.off_road_kmh
        self.joined = Streets(network).attach(
            durations.lonlat, off_road_ms, travel.off_road_winding
        )
        away = np.zeros(self.places)
        away[self.joined.site] = self.joined.away_ms / MS
        self.fixed_s = travel.access_s + away[durations.start] + away[durations.end]
        # The pool: shares of edges of each way, the trip of each way.
        self._shares: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
        self._trip: list[int] = []
        self._known: set[tuple[int, bytes]] = set()

    def ratios(self, figures: NDArray[np.float64], *, learn: bool = False) -> NDArray[np.float64]:
        """Return ours / router's of each trip on its quickest way; `learn`: ways join the pool."""
        arcs = self.joined.arcs_of(np.rint(self.timing(figures) * MS).astype(np.int64))
        tails, heads = np.divmod(arcs.key, arcs.size)
        matrix = csr_matrix((np.maximum(arcs.ms, 1), (tails, heads)), shape=(arcs.size,) * 2)
        departure = arcs.size - 2 * self.places + np.arange(self.places)
        arrival = departure + self.places
        found, before = dijkstra(matrix, indices=departure, return_predecessors=True)
        start, end = self.durations.start, self.durations.end
        if learn:
            for trip, (a, b) in enumerate(zip(start.tolist(), end.tolist(), strict=True)):
                path = [int(arrival[b])]
                while path[-1] != departure[a]:
                    path.append(int(before[a, path[-1]]))
                nodes = np.array(path[::-1])
                used = arcs.find(nodes[:-1], nodes[1:])
                if (trip, used.tobytes()) not in self._known:
                    self._known.add((trip, used.tobytes()))
                    share = arcs.end[used] - arcs.start[used]
                    self._shares.append((arcs.edge[used], share))
                    self._trip.append(trip)
        seconds = found[start, arrival[end]] / MS + self.access_s
        return np.asarray(seconds / self.durations.seconds, dtype=np.float64)

    def fit(
        self, figures: NDArray[np.float64], among: NDArray[np.bool_], passes: int = PASSES
    ) -> NDArray[np.float64]:
        """Return the figures of least mean error on some of the trips, sought from given ones."""
        best, least = figures, HOPELESS
        for number in range(passes + 1):
            error = float(np.abs(self.ratios(figures, learn=True) - 1)[among].mean())
            if error < least:
                best, least = figures, error
            if number < passes:
                figures = self._sought(figures, among)
        return best

    def _sought(
        self, figures: NDArray[np.float64], among: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        lengths = [len(edges) for edges, _ in self._shares]
        rows = np.repeat(np.arange(len(lengths)), lengths)
        edges, shares = (np.concatenate(part) for part in zip(*self._shares, strict=True))
        pool = csr_matrix((shares, (rows, edges)), shape=(len(lengths), self.network.edge_count))
        order = np.argsort(self._trip, kind="stable")
        trips, first = np.unique(np.array(self._trip)[order], return_index=True)
        router, inside = self.durations.seconds[trips], among[trips]

        def error(tried: NDArray[np.float64]) -> float:
            if (tried <= 0).any():
                return HOPELESS
            seconds = self.timing(tried)
            if not np.isfinite(seconds).all():
                return HOPELESS
            quickest = np.minimum.reduceat((pool @ seconds)[order], first) + self.fixed_s[trips]
            return float(np.abs(quickest / router - 1)[inside].mean())

        limits = {"maxfev": TRIES, "xatol": 1e-3, "fatol": 1e-6, "adaptive": True}
        found = minimize(error, figures, method="Nelder-Mead", options=limits)
        return np.asarray(found.x, dtype=np.float64)

    def left_out(self, figures: NDArray[np.float64]) -> LeftOut:
        """Return the error on places left out of the fit; `figures`: where each fit begins."""
        part = np.random.default_rng(SEED).permutation(self.places) % FOLDS
        one, both = [], []
        for number in range(FOLDS):
            starts, ends = (part[at] == number for at in (self.durations.start, self.durations.end))
            found = self.fit(figures, ~starts & ~ends, passes=2)
            ratios = self.ratios(found)
            one.append(ratios[starts | ends])
            both.append(ratios[starts & ends])
        touched = np.concatenate(one)
        return LeftOut(
            float(np.abs(touched - 1).mean()),
            float(np.abs(np.concatenate(both) - 1).mean()),
            float(np.median(touched)),
        )
