"""Pricing by inspection, once the rounds that matter are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.bound.combine import Offers
from dispatch.solve.bound.labels import SCALE
from dispatch.solve.bound.pricing import Priced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dispatch.solve.bound.cuts import Cuts
    from dispatch.solve.bound.pricing import Duals, Kind

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

Route = tuple[int, ...]


class Listed:
    """
    Stands in for `Pricer` where the rounds are known: cuts then remember everything at no cost.

    Parameters
    ----------
    n
        Number of visits.
    lists
        (cost in seconds, visits in order) of the rounds of each kind; no visit twice in one.
    """

    def __init__(self, n: int, lists: Sequence[list[tuple[int, Route]]]) -> None:
        self.steps = 0
        self.routes = [[route for _, route in rounds] for rounds in lists]
        self.costs = [np.array([cost for cost, _ in rounds], dtype=np.int64) for rounds in lists]
        self.holds = [np.zeros((len(rounds), n), dtype=np.uint8) for rounds in lists]
        for holds, routes in zip(self.holds, self.routes, strict=True):
            rows = np.repeat(np.arange(len(routes)), [len(route) for route in routes])
            holds[rows, [visit for route in routes for visit in route]] = 1

    def __len__(self) -> int:
        """Return how many rounds are listed."""
        return sum(map(len, self.routes))

    def reduced(self, kind: Kind, duals: Duals, cuts: Cuts) -> Ints:
        """Return the reduced cost of each round of a kind (scaled seconds), wage not counted."""
        holds = self.holds[kind.number]
        result = self.costs[kind.number] * SCALE - _dot(holds, duals.prize)
        for cut in np.nonzero(duals.penalty)[0].tolist():
            first, second, third = cuts.triples[cut]
            pays = holds[:, first] + holds[:, second] + holds[:, third] >= 2
            result[pays] += duals.penalty[cut]
        self.steps += holds.size // 8
        return result

    def price(self, kind: Kind, duals: Duals, cuts: Cuts, take: int) -> Priced:
        """Return what `Pricer.price` does, always exactly."""
        reduced = self.reduced(kind, duals, cuts)
        threshold = -int(duals.wage[kind.number])
        below = np.nonzero(reduced < threshold)[0]
        best = min(threshold, int(reduced.min(initial=threshold)))
        order = below[np.argsort(reduced[below], kind="stable")][:take]
        routes = self.routes[kind.number]
        return Priced(best, [(int(reduced[i]), routes[i]) for i in order.tolist()], exact=True)

    def offers(
        self, unassigned_cost_s: Ints, surplus: Floats, *, idle: Floats, left: Floats, base: float
    ) -> Offers:
        """
        Return the rounds as what is chosen from: kind by kind, each in the order of its list.

        Parameters
        ----------
        unassigned_cost_s
            What leaving each visit costs (n,), seconds.
        surplus, idle, left
            As in `Offers`.
        base
            As in `Offers`, for costs that count the visits left.
        """
        worth = [
            costs - _dot(holds, unassigned_cost_s)
            for costs, holds in zip(self.costs, self.holds, strict=True)
        ]
        return Offers(
            kind=np.repeat(np.arange(len(self.costs)), [len(costs) for costs in self.costs]),
            visits=[route for routes in self.routes for route in routes],
            worth=np.concatenate(worth),
            surplus=surplus,
            idle=idle,
            left=left,
            base=base - int(unassigned_cost_s.sum()),
        )

    def total(self, chosen: Sequence[tuple[int, Route]], unassigned_cost_s: Ints) -> int:
        """Return what chosen rounds (kind, visits) and the visits left out cost, as listed."""
        total, left = 0, np.ones(len(unassigned_cost_s), dtype=np.bool_)
        for kind, route in chosen:
            total += int(self.costs[kind][self.routes[kind].index(route)])
            left[list(route)] = False
        return total + int(unassigned_cost_s[left].sum())

    def keep(self, kind: Kind, wanted: NDArray[np.bool_]) -> None:
        """Keep only some rounds of a kind."""
        k = kind.number
        pairs = zip(self.routes[k], wanted.tolist(), strict=True)
        self.routes[k] = [route for route, keep in pairs if keep]
        self.costs[k] = self.costs[k][wanted]
        self.holds[k] = self.holds[k][wanted]


def _dot(holds: NDArray[np.uint8], prize: Ints) -> Ints:
    """Return holds @ prize in exact integers, a visit at a time, so that no larger copy is made."""
    total = np.zeros(len(holds), dtype=np.int64)
    for visit in range(holds.shape[1]):
        total[holds[:, visit] == 1] += prize[visit]
    return total
