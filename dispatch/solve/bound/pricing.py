"""Pricing: the rounds of least reduced cost of one vehicle type, and exactly how low it gets.

Bidirectional labelling over ng-routes; formulas and references in docs/bound.md.
"""

from __future__ import annotations

from contextlib import contextmanager
from enum import Enum
from queue import Empty, LifoQueue
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.bound.bits import WORD
from dispatch.solve.bound.duals import SCALE
from dispatch.solve.bound.joining import JoinedLabels, close_labels, join_labels
from dispatch.solve.bound.labelling import backward_labels, completion_bounds, forward_labels
from dispatch.solve.bound.labels import (
    FULL,
    LABELS,
    LabelPass,
    LabelWorkspace,
    trace,
)
from dispatch.solve.bound.ng import neighbourhoods
from dispatch.solve.bound.pricing_problem import PricingProblem
from dispatch.solve.bound.pricing_workspace import BUCKETS, PricingWorkspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dispatch.solve.bound.cuts import Cuts
    from dispatch.solve.bound.duals import Duals, Route
    from dispatch.solve.bound.vehicle_types import VehicleType
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

# Size of the ng-neighbourhoods of labels that only give completion bounds.
SMALL_NEIGHBOURHOOD = 1
# Stands where nothing completes a label; far above any cost, far below what overflows.
FAR = 1 << 60
# The completion bounds of a pass that has none.
NO_BOUNDS = np.empty(0, dtype=np.int64)


class PricingMode(Enum):
    """
    What a pricing call looks at.

    KNOWN: rounds of the pool, by inspection. HEURISTIC: dominance by cost and clock alone, quick,
    proves nothing. RELAXED: exact, over routes of little memory that pay no cut; a quick bound.
    EXACT: every ng-route.
    """

    KNOWN = "known"
    HEURISTIC = "heuristic"
    RELAXED = "relaxed"
    EXACT = "exact"


class Priced(NamedTuple):
    """
    What a pricing call found.

    Parameters
    ----------
    best
        Least reduced cost (scaled seconds), dual of the vehicle type not counted, or minus that
        dual where none is less; a lower bound only when `exact`.
    routes
        (reduced cost, visits in order), cheapest first; visits may repeat (ng-routes).
    exact
        Whether every route was considered, none left out for want of space.
    """

    best: int
    routes: list[tuple[int, Route]]
    exact: bool


class Pricer:
    """
    Prices the vehicle types of one problem; several at once, each in a workspace of its own.

    Parameters
    ----------
    a
        The problem.
    near
        ng-neighbourhoods (n, words), changed in place as they grow.
    labels
        Most labels of one pass.
    """

    def __init__(self, a: Arrays, near: Ints, labels: int) -> None:
        self.a = a
        self.near = near
        self._small = neighbourhoods(a, SMALL_NEIGHBOURHOOD)
        self._labels = labels
        self._workspaces: list[PricingWorkspace] = []
        self._free: LifoQueue[PricingWorkspace] = LifoQueue()

    @property
    def steps(self) -> int:
        """Return the comparisons of labels made so far, and other work that counts as such."""
        return sum(workspace.steps for workspace in self._workspaces)

    @property
    def made(self) -> int:
        """Return the labels made so far."""
        return sum(workspace.made for workspace in self._workspaces)

    def end_kernels(self) -> None:
        """End the pricing calls that run, as if there were no space; called from another thread."""
        for workspace in list(self._workspaces):
            workspace.end_kernels()

    @contextmanager
    def workspace(self) -> Iterator[PricingWorkspace]:
        """Have a workspace that no other call uses meanwhile."""
        try:
            workspace = self._free.get_nowait()
        except Empty:
            workspace = PricingWorkspace(self._labels, self.a.visits)
            self._workspaces.append(workspace)
        try:
            yield workspace
        finally:
            self._free.put(workspace)

    def problem(self, vehicle_type: VehicleType, duals: Duals, cuts: Cuts) -> PricingProblem:
        """Return what the kernels see of a vehicle type under duals."""
        after_first, after, before_first, before = vehicle_type.lists()
        cut_dual = np.zeros(cuts.inside.shape[1] * WORD, dtype=np.int64)
        cut_dual[: len(duals.cut)] = duals.cut
        a, m, visit_dual = self.a, vehicle_type.technician, duals.visit
        if len(a.soft):
            visit_dual = visit_dual - SCALE * a.soft[m, : a.visits]
        return PricingProblem(
            visit_dual=visit_dual,
            entry=np.ascontiguousarray(vehicle_type.legs[-1, :-1]),
            exit=np.ascontiguousarray(vehicle_type.legs[:-1, -1]),
            after_first=after_first,
            after=after,
            before_first=before_first,
            before=before,
            near=self.near,
            cut_in=cuts.inside,
            cut_memory=cuts.memory,
            cut_dual=cut_dual,
            use=vehicle_type.use,
            limit=vehicle_type.limit,
            limits_work=vehicle_type.limits_work,
            # Percent of a second: a whole number of scaled seconds.
            work_rate=a.imbalance * SCALE // 100,
            work_share=int(a.share[m]) if a.imbalance else 0,
            soonest=vehicle_type.soonest,
            latest=vehicle_type.latest,
        )

    def price(
        self,
        vehicle_type: VehicleType,
        duals: Duals,
        cuts: Cuts,
        mode: PricingMode = PricingMode.EXACT,
        most: int = 60,
    ) -> Priced:
        """
        Return the rounds of a vehicle type whose reduced cost, its dual counted, is below 0.

        Parameters
        ----------
        vehicle_type
            The vehicle type.
        duals, cuts
            Duals, and the cuts they are for.
        mode
            HEURISTIC, RELAXED or EXACT.
        most
            Most routes returned.
        """
        threshold = -int(duals.vehicle_type[vehicle_type.number])
        if not vehicle_type.usable:
            return Priced(threshold, [], exact=True)
        pricing = self.problem(vehicle_type, duals, cuts)
        if mode is PricingMode.RELAXED:
            pricing = self._relaxed(pricing)
        with self.workspace() as workspace:
            return self._priced(workspace, vehicle_type, pricing, threshold, mode, most)

    def _priced(
        self,
        workspace: PricingWorkspace,
        vehicle_type: VehicleType,
        pricing: PricingProblem,
        threshold: int,
        mode: PricingMode,
        most: int,
    ) -> Priced:
        a, m = self.a, vehicle_type.technician
        forward, backward = workspace.labels_for(pricing)
        exact, found = mode is not PricingMode.HEURISTIC, workspace.found
        two_sided = exact and not vehicle_type.charged
        middle = vehicle_type.middle if two_sided else int(a.latest_return[m])
        bounds = (NO_BOUNDS, NO_BOUNDS)
        if mode is PricingMode.EXACT:
            bounds = self.completion_bounds(workspace, vehicle_type, pricing, threshold)
        found.size[0] = 0
        forward_labels(
            a, m, pricing, forward, self._forward_pass(m, middle, bounds[0], threshold, exact=exact)
        )
        whole = not forward.used[FULL]
        best = close_labels(a, m, pricing, forward, middle, threshold, found)
        if two_sided:
            how = self._backward_pass(m, middle, bounds[1], threshold)
            backward_labels(a, m, pricing, backward, how)
            whole = whole and not backward.used[FULL]
            joined = join_labels(a, m, pricing, forward, backward, middle, threshold, found)
            best = min(best, joined)
            self._balance(vehicle_type, int(forward.used[LABELS]), int(backward.used[LABELS]))
            workspace.count(backward)
        workspace.count(forward)
        return Priced(int(best), self._routes(forward, backward, found, most), whole and exact)

    def _forward_pass(
        self, m: int, middle: int, completion: Ints, cutoff: int, *, exact: bool = True
    ) -> LabelPass:
        return LabelPass(exact, middle, int(self.a.latest_return[m]), completion, cutoff)

    def _backward_pass(self, m: int, middle: int, completion: Ints, cutoff: int) -> LabelPass:
        return LabelPass(True, middle, -int(self.a.shift_start[m]), completion, cutoff)

    def completion_bounds(
        self,
        workspace: PricingWorkspace,
        vehicle_type: VehicleType,
        pricing: PricingProblem,
        cutoff: int,
    ) -> tuple[Ints, Ints]:
        """
        Return the least cost of what completes a forward, and a backward, label.

        It comes from the same labels with little memory and no cuts: fewer, and never dearer.
        Empty where there is no space for them.
        """
        relaxed = self._relaxed(pricing)
        size = self.a.visits * 2 * BUCKETS
        for_forward, for_backward = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
        m = vehicle_type.technician
        backward = self._all_backward(workspace, m, relaxed, NO_BOUNDS, cutoff)
        if backward is None:
            return NO_BOUNDS, NO_BOUNDS
        completion_bounds(self.a, m, backward, True, for_forward, FAR)
        forward = self._all_forward(workspace, m, relaxed, for_forward, cutoff)
        if forward is None:
            return for_forward, NO_BOUNDS
        completion_bounds(self.a, m, forward, False, for_backward, FAR)
        return for_forward, for_backward

    def _relaxed(self, pricing: PricingProblem) -> PricingProblem:
        """Return the same with little memory and without cuts: no route is dearer in it."""
        none = np.zeros((self.a.visits, 0), dtype=np.int64)
        return pricing._replace(near=self._small, cut_in=none, cut_memory=none)

    def all_backward(
        self,
        workspace: PricingWorkspace,
        vehicle_type: VehicleType,
        pricing: PricingProblem,
        cutoff: int,
    ) -> LabelWorkspace | None:
        """Return all backward labels that can end below the cutoff; None: too many."""
        bounds = self.completion_bounds(workspace, vehicle_type, pricing, cutoff)
        m = vehicle_type.technician
        return self._all_backward(workspace, m, pricing, bounds[1], cutoff)

    def all_forward(
        self,
        workspace: PricingWorkspace,
        vehicle_type: VehicleType,
        pricing: PricingProblem,
        cutoff: int,
    ) -> LabelWorkspace | None:
        """Return all forward labels that can end below the cutoff; None: too many."""
        bounds = self.completion_bounds(workspace, vehicle_type, pricing, cutoff)
        m = vehicle_type.technician
        return self._all_forward(workspace, m, pricing, bounds[0], cutoff)

    def _all_backward(
        self,
        workspace: PricingWorkspace,
        m: int,
        pricing: PricingProblem,
        completion: Ints,
        cutoff: int,
    ) -> LabelWorkspace | None:
        backward = workspace.labels_for(pricing)[1]
        how = self._backward_pass(m, int(self.a.shift_start[m]) - 1, completion, cutoff)
        backward_labels(self.a, m, pricing, backward, how)
        workspace.count(backward)
        return None if backward.used[FULL] else backward

    def _all_forward(
        self,
        workspace: PricingWorkspace,
        m: int,
        pricing: PricingProblem,
        completion: Ints,
        cutoff: int,
    ) -> LabelWorkspace | None:
        forward = workspace.labels_for(pricing)[0]
        how = self._forward_pass(m, int(self.a.latest_return[m]), completion, cutoff)
        forward_labels(self.a, m, pricing, forward, how)
        workspace.count(forward)
        return None if forward.used[FULL] else forward

    def _balance(self, vehicle_type: VehicleType, forward: int, backward: int) -> None:
        """Move the meeting time a little, towards the side with fewer labels."""
        m = vehicle_type.technician
        first, last = int(self.a.shift_start[m]), int(self.a.latest_return[m])
        move = (last - first) // 48
        if forward > 1.3 * backward:
            vehicle_type.middle = max(first, vehicle_type.middle - move)
        elif backward > 1.3 * forward:
            vehicle_type.middle = min(last, vehicle_type.middle + move)

    def _routes(
        self, forward: LabelWorkspace, backward: LabelWorkspace, found: JoinedLabels, most: int
    ) -> list[tuple[int, Route]]:
        """Return the cheapest routes, so that no visit is in too many of them."""
        longest = int(self.a.latest_return.max()) + 2
        out = np.empty(min(longest, max(2, len(forward.parent))), dtype=np.int64)
        share = np.zeros(self.a.visits, dtype=np.int64)
        routes: list[tuple[int, Route]] = []
        seen: set[Route] = set()
        for cost, first, second in found.sorted():
            if len(routes) >= most:
                break
            size = trace(forward, first, out)
            visits = out[:size][::-1].tolist()
            if second >= 0:
                size = trace(backward, second, out)
                visits += out[1:size].tolist()
            route = tuple(visits)
            if route in seen or share[visits].min() * 3 > most:
                continue
            seen.add(route)
            share[visits] += 1
            routes.append((cost, route))
        return routes
