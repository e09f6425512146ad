"""What all parts of one proof share: the problem, the allowed work, and the proof so far."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.bound.ng import is_elementary, neighbourhoods
from dispatch.solve.bound.pricing import Pricer
from dispatch.solve.bound.proof import ProofEnded
from dispatch.solve.bound.vehicle_types import vehicle_types_of
from dispatch.solve.deadline import has_passed
from dispatch.solve.threads import Threads
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.plan_cost import plan_cost
from dispatch.solve.timing.round_times import round_cost

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dispatch.solve.bound.duals import Route
    from dispatch.solve.bound.proof import Proof, ProofLimits
    from dispatch.solve.deadline import Deadline
    from dispatch.solve.heuristic.pool import Pool
    from dispatch.solve.timing.arrays import Arrays


class ProofRun:
    """
    The proof of one problem while it is under way.

    Parameters
    ----------
    a, pool
        The problem, and rounds to start from; drivable rounds found are added.
    limits
        Work allowed.
    proof
        Filled as the work goes; its cost is that of a known plan.
    deadline
        Past it the work stops, between two pricing calls.
    on_progress
        Called with the proof whenever it got better.
    threads
        Vehicle types are priced side by side in them; None: one after the other.
    """

    def __init__(
        self,
        a: Arrays,
        pool: Pool,
        limits: ProofLimits,
        proof: Proof,
        *,
        deadline: Deadline | None = None,
        on_progress: Callable[[Proof], None] | None = None,
        threads: Threads | None = None,
    ) -> None:
        self.a, self.pool, self.limits, self.proof = a, pool, limits, proof
        self.deadline, self.on_progress = deadline, on_progress
        self.threads = Threads(1) if threads is None else threads
        self.vehicle_types = vehicle_types_of(a)
        # How many technicians there are of each type.
        self.counts = np.array([each.count for each in self.vehicle_types], dtype=np.int64)
        self.pricer = Pricer(a, neighbourhoods(a, limits.near), limits.labels)

    def with_proof(self, proof: Proof) -> ProofRun:
        """Return the same run, which fills another proof."""
        other = copy.copy(self)
        other.proof = proof
        return other

    def report(self) -> None:
        """Call `on_progress` with the proof so far."""
        if self.on_progress is not None:
            self.on_progress(self.proof)

    def improve_bound(self, bound: int) -> None:
        """Raise the bound of the proof (seconds), at most to the cost of the known plan."""
        bound = min(bound, self.proof.cost)
        if bound > self.proof.bound:
            self.proof.bound = bound
            self.report()

    def stop_if_late(self) -> None:
        """Raise `ProofEnded` when the deadline has passed."""
        if has_passed(self.deadline):
            raise ProofEnded

    def offer_plan(self, chosen: Sequence[tuple[int, Route]]) -> None:
        """Take these rounds (vehicle type, route) as the best plan where they are a cheaper one."""
        rounds: list[list[int]] = [[] for _ in range(self.a.technicians)]
        members = [
            np.nonzero(self.a.vehicle_type == each.number)[0].tolist()
            for each in self.vehicle_types
        ]
        for number, route in chosen:
            rounds[members[number].pop(0)] = list(route)
        cost = plan_cost(self.a, rounds)
        if cost < self.proof.cost:
            self.proof.cost, self.proof.rounds = cost, rounds
            self.proof.counts["plans"] += 1
            self.report()

    def true_cost(self, number: int, route: Route) -> int:
        """Return what a round of a vehicle type costs (seconds); NEVER: it cannot be driven."""
        order = np.array(route, dtype=np.int64)
        return int(round_cost(self.a, self.vehicle_types[number].technician, order, len(order)))

    def is_drivable(self, number: int, route: Route) -> bool:
        """Return whether a route is a round that the vehicle type can drive."""
        return is_elementary(route) and self.true_cost(number, route) < NEVER
