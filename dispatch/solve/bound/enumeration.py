"""Every round whose reduced cost fits in the gap: any better plan is made of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.bound.labels import FULL, IDENT, STEPS, row_width
from dispatch.solve.bound.legs import useful_legs
from dispatch.solve.bound.partial_rounds import (
    CLOSED,
    MADE,
    PartialRounds,
    enumerate_rounds,
    partial_rounds,
)
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.round_times import round_cost, soft_cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.bound.duals import Route
    from dispatch.solve.bound.pricing import Pricer
    from dispatch.solve.bound.pricing_problem import PricingProblem
    from dispatch.solve.bound.pricing_workspace import PricingWorkspace
    from dispatch.solve.bound.vehicle_types import VehicleType
    from dispatch.solve.timing.arrays import Arrays

# Comparisons allowed for each partial round that there is space for.
STEPS_A_LABEL = 200


class Enumerator:
    """
    Finds all rounds within the gap, one vehicle type after another.

    Parameters
    ----------
    a, pricer
        The problem, and the pricing whose backward labels complete partial rounds.
    most
        Most partial rounds of a vehicle type.
    """

    def __init__(self, a: Arrays, pricer: Pricer, most: int) -> None:
        self.a, self.pricer, self.most = a, pricer, most
        # How many partial rounds each list took; the caller empties it before.
        self.made: list[int] = []
        self._parts: dict[PricingWorkspace, PartialRounds] = {}

    def end_kernels(self) -> None:
        """End the lists that are being made, as if there were no space; from another thread."""
        for part in list(self._parts.values()):
            part.used[FULL] = 1

    def rounds(
        self, vehicle_type: VehicleType, pricing: PricingProblem, threshold: int
    ) -> list[tuple[int, Route]] | None:
        """
        Return (cost, visits in order) of the cheapest round of each set of visits; None: too many.

        Where travel depends on the time of day, the cost is a lower bound of that of any order,
        and the order one that has it; it may cost more, or not be drivable.

        Parameters
        ----------
        vehicle_type, pricing
            The vehicle type, and its pricing problem under the duals that gave the bound.
        threshold
            Greatest reduced cost (scaled seconds), dual of the vehicle type not counted.
        """
        with self.pricer.workspace() as workspace:
            return self._rounds(workspace, vehicle_type, pricing, threshold)

    def _rounds(
        self,
        workspace: PricingWorkspace,
        vehicle_type: VehicleType,
        pricing: PricingProblem,
        threshold: int,
    ) -> list[tuple[int, Route]] | None:
        backward = self.pricer.all_backward(workspace, vehicle_type, pricing, threshold + 1)
        if backward is None:
            return None
        # The travel of the partial round stands behind what a label has.
        width = row_width(pricing) + 1
        part = self._parts.get(workspace)
        if part is None or part.rows.shape[1] != width:
            part = self._parts[workspace] = partial_rounds(self.most, width)
        enumerate_rounds(
            self.a,
            vehicle_type.technician,
            pricing,
            part,
            backward,
            threshold,
            vehicle_type.limits_work,
            STEPS_A_LABEL * self.most,
        )
        workspace.steps += int(part.used[STEPS])
        workspace.made += int(part.used[MADE])
        if part.used[FULL]:
            return None
        self.made.append(int(part.used[MADE]))
        return self._cheapest(vehicle_type, part)

    def useless_legs(
        self, vehicle_type: VehicleType, pricing: PricingProblem, threshold: int
    ) -> NDArray[np.bool_] | None:
        """
        Return the legs between visits that no ng-route within the threshold drives.

        None where there are too many labels. Parameters as for `rounds`; shape (n + 1, n + 1).
        """
        with self.pricer.workspace() as workspace:
            return self._useless_legs(workspace, vehicle_type, pricing, threshold)

    def _useless_legs(
        self,
        workspace: PricingWorkspace,
        vehicle_type: VehicleType,
        pricing: PricingProblem,
        threshold: int,
    ) -> NDArray[np.bool_] | None:
        cutoff, m = threshold + 1, vehicle_type.technician
        forward = self.pricer.all_forward(workspace, vehicle_type, pricing, cutoff)
        backward = self.pricer.all_backward(workspace, vehicle_type, pricing, cutoff)
        if forward is None or backward is None:
            return None
        n = self.a.visits
        needed = np.zeros((n + 1, n + 1), dtype=np.bool_)
        needed[n] = needed[:, n] = True
        useful_legs(self.a, m, pricing, forward, backward, threshold, needed)
        workspace.steps += int(forward.used[STEPS])
        return ~needed

    def _cheapest(self, vehicle_type: VehicleType, part: PartialRounds) -> list[tuple[int, Route]]:
        m = vehicle_type.technician
        best: dict[Route, tuple[int, Route]] = {}
        rows, parent = part.rows, part.parent
        for number, cost in part.closed[: part.used[CLOSED]].tolist():
            route = []
            at = number
            while at >= 0:
                route.append(int(rows[at, IDENT]) // 2)
                at = int(parent[at])
            route.reverse()
            order = np.array(route, dtype=np.int64)
            if vehicle_type.limits_work and self.a.slots == 1:
                cost = int(round_cost(self.a, m, order, len(order)))
                if cost >= NEVER:
                    continue
            elif len(self.a.soft):
                cost += int(soft_cost(self.a, m, order, len(order)))
            key = tuple(sorted(route))
            known = best.get(key)
            if known is None or cost < known[0]:
                best[key] = (cost, tuple(route))
        return list(best.values())
