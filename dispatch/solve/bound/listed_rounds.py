"""Listed rounds: pricing by inspection, and the candidates that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.bound.duals import SCALE
from dispatch.solve.bound.pricing import Priced
from dispatch.solve.partition.candidates import CandidateRounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dispatch.solve.bound.cuts import Cuts
    from dispatch.solve.bound.duals import Duals, Route
    from dispatch.solve.bound.vehicle_types import VehicleType

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]


class ListedRounds:
    """
    Rounds in place of a `Pricer`: each is looked at, and cuts remember everything at no cost.

    Parameters
    ----------
    n
        Number of visits.
    lists
        (seconds, visits in order) of the rounds of each vehicle type; no visit twice in one.
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

    def reduced(self, vehicle_type: VehicleType, duals: Duals, cuts: Cuts) -> Ints:
        """Return the reduced cost of each round (scaled seconds), dual of the type not counted."""
        holds = self.holds[vehicle_type.number]
        result = self.costs[vehicle_type.number] * SCALE - _dot(holds, duals.visit)
        for cut in np.nonzero(duals.cut)[0].tolist():
            first, second, third = cuts.triples[cut]
            pays = holds[:, first] + holds[:, second] + holds[:, third] >= 2
            result[pays] += duals.cut[cut]
        self.steps += holds.size // 8
        return result

    def price(self, vehicle_type: VehicleType, duals: Duals, cuts: Cuts, most: int) -> Priced:
        """Return what `Pricer.price` does, always exactly."""
        reduced = self.reduced(vehicle_type, duals, cuts)
        threshold = -int(duals.vehicle_type[vehicle_type.number])
        below = np.nonzero(reduced < threshold)[0]
        best = min(threshold, int(reduced.min(initial=threshold)))
        order = below[np.argsort(reduced[below], kind="stable")][:most]
        routes = self.routes[vehicle_type.number]
        return Priced(best, [(int(reduced[i]), routes[i]) for i in order.tolist()], exact=True)

    def candidates(
        self,
        unassigned_cost_s: Ints,
        surplus: Floats,
        *,
        idle: Floats,
        unassigned: Floats,
        base: float,
    ) -> CandidateRounds:
        """
        Return the rounds as candidates: one vehicle type after another, each in its order.

        Parameters
        ----------
        unassigned_cost_s
            Of each visit (n,), seconds.
        surplus, idle, unassigned
            As in `CandidateRounds`.
        base
            As in `CandidateRounds`, for costs that count unassigned visits.
        """
        net_cost = [
            costs - _dot(holds, unassigned_cost_s)
            for costs, holds in zip(self.costs, self.holds, strict=True)
        ]
        return CandidateRounds(
            vehicle_type=np.repeat(
                np.arange(len(self.costs)), [len(costs) for costs in self.costs]
            ),
            visits=[route for routes in self.routes for route in routes],
            net_cost=np.concatenate(net_cost),
            surplus=surplus,
            idle=idle,
            unassigned=unassigned,
            base=base - int(unassigned_cost_s.sum()),
        )

    def total(self, chosen: Sequence[tuple[int, Route]], unassigned_cost_s: Ints) -> int:
        """Return what chosen rounds (vehicle type, visits) and the unassigned visits cost."""
        total, left = 0, np.ones(len(unassigned_cost_s), dtype=np.bool_)
        for number, route in chosen:
            total += int(self.costs[number][self.routes[number].index(route)])
            left[list(route)] = False
        return total + int(unassigned_cost_s[left].sum())

    def keep(self, vehicle_type: VehicleType, wanted: NDArray[np.bool_]) -> None:
        """Keep only some rounds of a vehicle type."""
        k = vehicle_type.number
        pairs = zip(self.routes[k], wanted.tolist(), strict=True)
        self.routes[k] = [route for route, keep in pairs if keep]
        self.costs[k] = self.costs[k][wanted]
        self.holds[k] = self.holds[k][wanted]


def _dot(holds: NDArray[np.uint8], values: Ints) -> Ints:
    """Return holds @ values in exact integers, a visit at a time to avoid a larger copy."""
    total = np.zeros(len(holds), dtype=np.int64)
    for visit in range(holds.shape[1]):
        total[holds[:, visit] == 1] += values[visit]
    return total
