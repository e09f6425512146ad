"""Every round whose reduced cost fits in the gap: any better plan is made of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.bound.labels import FIXED, FULL, IDENT, STEPS
from dispatch.solve.bound.legs import useful_legs
from dispatch.solve.bound.partial import CLOSED, MADE, Partial, enumerate_rounds, partial_space
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.round_times import round_cost, soft_cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.bound.labels import Net
    from dispatch.solve.bound.pricing import Desk, Kind, Pricer
    from dispatch.solve.timing.arrays import Arrays

# Comparisons allowed for each partial round that there is room for.
STEPS_A_LABEL = 200


class Enumerator:
    """
    Finds all rounds within the gap of one kind after another, in space kept between calls.

    Parameters
    ----------
    a, pricer
        The problem, and the pricing whose backward labels complete partial rounds.
    labels
        Most partial rounds of a kind.
    """

    def __init__(self, a: Arrays, pricer: Pricer, labels: int) -> None:
        self.a, self.pricer, self.labels = a, pricer, labels
        # Partial rounds of each list made; whoever asks empties it before.
        self.made: list[int] = []
        self._parts: dict[Desk, Partial] = {}

    def rounds(
        self, kind: Kind, net: Net, threshold: int
    ) -> list[tuple[int, tuple[int, ...]]] | None:
        """
        Return (cost, visits in order) of the cheapest round of each set of visits; None: too many.

        Where travel depends on the time of day, the cost is a lower bound of that of any order,
        and the order one that has it; it may cost more, or not be drivable.

        Parameters
        ----------
        kind, net
            The kind, and what pricing sees of it under the prices that gave the bound.
        threshold
            Greatest reduced cost (scaled seconds, wage not counted).
        """
        with self.pricer.desk() as desk:
            return self._rounds(desk, kind, net, threshold)

    def _rounds(
        self, desk: Desk, kind: Kind, net: Net, threshold: int
    ) -> list[tuple[int, tuple[int, ...]]] | None:
        behind = self.pricer.behind_all(desk, kind, net, threshold + 1)
        if behind is None:
            return None
        a, m = self.a, kind.technician
        words = self.pricer.near.shape[1]
        width = FIXED + words + net.cut_in.shape[1] + min(1, len(net.fair)) + len(net.limit) + 1
        part = self._parts.get(desk)
        if part is None or part.rows.shape[1] != width:
            part = self._parts[desk] = partial_space(self.labels, width)
        enumerate_rounds(
            a,
            m,
            net,
            part,
            behind,
            self.pricer.buckets,
            words,
            threshold,
            kind.work,
            STEPS_A_LABEL * self.labels,
        )
        desk.steps += int(part.used[STEPS])
        desk.made += int(part.used[MADE])
        if part.used[FULL]:
            return None
        self.made.append(int(part.used[MADE]))
        return self._cheapest(kind, part)

    def useless_legs(self, kind: Kind, net: Net, threshold: int) -> NDArray[np.bool_] | None:
        """
        Return the legs between visits that no ng-route within the threshold drives; None: no room.

        Parameters as for `rounds`; shape (n + 1, n + 1).
        """
        with self.pricer.desk() as desk:
            return self._useless_legs(desk, kind, net, threshold)

    def _useless_legs(
        self, desk: Desk, kind: Kind, net: Net, threshold: int
    ) -> NDArray[np.bool_] | None:
        cutoff = threshold + 1
        ahead = self.pricer.ahead_all(desk, kind, net, cutoff)
        behind = self.pricer.behind_all(desk, kind, net, cutoff)
        if ahead is None or behind is None:
            return None
        n, words = self.a.visits, self.pricer.near.shape[1]
        needed = np.zeros((n + 1, n + 1), dtype=np.bool_)
        needed[n] = needed[:, n] = True
        useful_legs(
            self.a,
            kind.technician,
            net,
            ahead,
            behind,
            self.pricer.buckets,
            words,
            threshold,
            needed,
            np.zeros((1, ahead.rows.shape[1]), dtype=np.int64),
        )
        desk.steps += int(ahead.used[STEPS])
        return ~needed

    def _cheapest(self, kind: Kind, part: Partial) -> list[tuple[int, tuple[int, ...]]]:
        best: dict[tuple[int, ...], tuple[int, tuple[int, ...]]] = {}
        rows, parent = part.rows, part.parent
        for number, cost in part.closed[: part.used[CLOSED]].tolist():
            route = []
            at = number
            while at >= 0:
                route.append(int(rows[at, IDENT]) // 2)
                at = int(parent[at])
            route.reverse()
            if kind.work and self.a.slots == 1:
                order = np.array(route, dtype=np.int64)
                cost = int(round_cost(self.a, kind.technician, order, len(order)))
                if cost >= NEVER:
                    continue
            elif len(self.a.soft):
                order = np.array(route, dtype=np.int64)
                cost += int(soft_cost(self.a, kind.technician, order, len(order)))
            key = tuple(sorted(route))
            known = best.get(key)
            if known is None or cost < known[0]:
                best[key] = (cost, tuple(route))
        return list(best.values())
