"""The proof: a lower bound of a day's cost, strengthened until it meets the plan or work runs out.

    duals      column generation at the root                          (generation)
    cuts       subset-row cuts, priced again, while they help         (cuts, upkeep)
    lists      all rounds whose reduced cost fits in the gap          (fixing, enumeration)
    choice     the best of them: the best plan there is               (listed_generation, closing)
    targets    where the gap is too wide for that: lists for part of it (targets)

Formulas and references in docs/bound.md.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.bound.closing import close_gap, reach_target
from dispatch.solve.bound.column_choice import choose_among_columns
from dispatch.solve.bound.cuts import Cuts
from dispatch.solve.bound.duals import SCALE
from dispatch.solve.bound.enumeration import Enumerator
from dispatch.solve.bound.fixing import drop_legs, list_rounds
from dispatch.solve.bound.generation import Generation
from dispatch.solve.bound.listed_generation import ListedGeneration
from dispatch.solve.bound.proof import Proof, ProofEnded
from dispatch.solve.bound.proof_run import ProofRun
from dispatch.solve.bound.targets import Targets
from dispatch.solve.bound.upkeep import MasterUpkeep
from dispatch.solve.bound.watch import ended_in_time
from dispatch.solve.partition.from_pool import choose_from_pool
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.plan_cost import plan_cost

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dispatch.solve.bound.duals import Route
    from dispatch.solve.bound.proof import ProofLimits
    from dispatch.solve.deadline import Deadline
    from dispatch.solve.heuristic.pool import Pool
    from dispatch.solve.threads import Threads
    from dispatch.solve.timing.arrays import Arrays

# Rounds are listed again once the gap has shrunk to this share of that of the last attempt.
TRY_AGAIN = 0.75
# With a gap above this share of the cost no list is tried, except with so few visits: it would be
# too long, and no leg could be dropped.
LISTABLE, FEW_VISITS = 0.04, 40


class Prover:
    """
    The proof of one problem, in several passes: each call of `work` continues the last one.

    Parameters
    ----------
    a
        The problem.
    pool
        Rounds to start from; drivable rounds found are added.
    limits
        Work allowed.
    deadline
        Past it the work stops with the best bound so far.
    on_progress
        Called with the proof whenever it got better.
    proof
        Filled as the work goes; after Ctrl-C it holds what was proven until then.
    threads
        Vehicle types are priced side by side in them; None: one after the other.
    """

    def __init__(
        self,
        a: Arrays,
        pool: Pool,
        limits: ProofLimits,
        *,
        deadline: Deadline | None = None,
        on_progress: Callable[[Proof], None] | None = None,
        proof: Proof | None = None,
        threads: Threads | None = None,
    ) -> None:
        self.a, self.pool, self.limits = a, pool, limits
        self.proof = Proof() if proof is None else proof
        self.run = ProofRun(
            a,
            pool,
            limits,
            self.proof,
            deadline=deadline,
            on_progress=on_progress,
            threads=threads,
        )
        self.generation: Generation | None = None
        self._enumerator = Enumerator(a, self.run.pricer, limits.enumerated)
        # All rounds within the gap, once they are listed.
        self._listed: ListedGeneration | None = None
        self._known: list[list[int]] = []
        # The gap of the last attempt to list, and the cost for which the lists were searched.
        self._tried_gap = self._closed_at = float("inf")

    def work(self, rounds: list[list[int]], upper: int, steps: int) -> Proof:
        """
        Continue until the work done in all reaches `steps`, or nothing is left to prove.

        Parameters
        ----------
        rounds, upper
            The best known plan, a sequence of visit indices for each technician, and its cost
            (seconds), unassigned costs included.
        steps
            As in `ProofLimits`.
        """
        proof = self.proof
        proof.cost = min(proof.cost, upper)
        self._known = rounds
        self.pool.add_rounds(self.a, rounds)
        if self.generation is None:
            # A plan that leaves a visit at a cost above that of the known plan is worse than that.
            unassigned_cost_s = np.minimum(self.a.unassigned_cost_s, proof.cost)
            cuts = Cuts(self.a.visits)
            upkeep = MasterUpkeep(self.run, cuts, unassigned_cost_s, self.limits.cuts)
            self.generation = Generation(self.run, upkeep)
        self.generation.resume(steps)
        with self._ended_in_time(), suppress(ProofEnded):
            self._strengthen(self.generation)
        proof.proven = proof.bound >= proof.cost
        return proof

    def finish(self) -> Proof:
        """Have a bound of the last duals, however little work was allowed."""
        assert self.generation is not None
        with self._ended_in_time(), suppress(ProofEnded):
            self.generation.bound_by_relaxed_pricing()
        self.proof.proven = self.proof.bound >= self.proof.cost
        return self.proof

    def _ended_in_time(self) -> AbstractContextManager[None]:
        """End the kernels of the proof once its time is up."""

        def end_kernels() -> None:
            self.run.pricer.end_kernels()
            self._enumerator.end_kernels()

        return ended_in_time(self.run.deadline, self.run.threads, end_kernels)

    def _strengthen(self, generation: Generation) -> None:
        """Cut, and try to list all rounds within the gap, in turn."""
        proof = self.proof
        if self._listed is not None:
            # All rounds within the gap are listed: only their choice is left.
            if proof.cost < self._closed_at:
                self._close(self._listed)
            return
        generation.converge()
        while proof.counts["cut_rounds"] < self.limits.cut_rounds:
            gap = proof.cost - generation.best_value / SCALE
            near = gap <= LISTABLE * proof.cost or self.a.visits <= FEW_VISITS
            if near and gap <= TRY_AGAIN * self._tried_gap and self._list_all(generation, gap):
                return
            if not generation.upkeep.cut():
                # There are no more cuts: a list is tried, however wide the gap.
                if gap < self._tried_gap and self._list_all(generation, gap):
                    return
                break
            proof.counts["cut_rounds"] += 1
            generation.converge()
        generation.converge(fully=True)

    def _list_all(self, generation: Generation, gap: float) -> bool:
        """List all rounds within the gap and choose among them, else drop legs; return which."""
        choose_among_columns(self.run, generation.master, generation.value)
        generation.stop_if_done()
        lists = None
        if generation.tightest is not None:
            lists = list_rounds(self.run, generation.tightest, self._enumerator, self.proof.cost)
        if lists is not None:
            self._listed = ListedGeneration(generation, lists)
            self._close(self._listed)
            return True
        self._tried_gap = gap
        if generation.tightest is not None:
            drop_legs(self.run, generation.tightest, self._enumerator)
        return False

    def _close(self, listed: ListedGeneration) -> None:
        """Find the best plan: all rounds that it can use are listed."""
        listed.run.proof.cost = self.proof.cost
        listed.allow(self.limits.steps // 2)
        try:
            with suppress(ProofEnded):
                close_gap(listed, self.limits)
                self._closed_at = listed.run.proof.cost
        finally:
            self._take_over(listed.run.proof, listed.run.proof.bound)

    def _take_over(self, found: Proof, bound: int) -> None:
        """Take over the plan of listed rounds, and a bound that holds for all plans."""
        proof = self.proof
        if found.rounds is not None and found.cost < proof.cost:
            proof.cost, proof.rounds = found.cost, found.rounds
        proof.bound = max(proof.bound, min(bound, proof.cost))
        proof.proven = proof.bound >= proof.cost

    def approach(self) -> Proof:
        """
        List the rounds of plans below a target where the gap is too wide, then below a higher one.

        No plan costs less than a target that is reached. And the lists make better plans.
        """
        generation, proof, limits = self.generation, self.proof, self.limits
        assert generation is not None
        tightest = generation.tightest
        if tightest is None or proof.proven:
            return proof
        targets = Targets(-(-tightest.value // SCALE), proof.cost, limits.enumerated)
        tries = limits.targets
        with self._ended_in_time(), suppress(ProofEnded):
            while tries > 0 and not proof.proven and targets.worth(proof.cost):
                cost, target = proof.cost, targets.target(proof.cost)
                self._enumerator.made.clear()
                lists = list_rounds(self.run, tightest, self._enumerator, target)
                tries -= 1
                if lists is None:
                    targets.missed()
                    continue
                self._choose_with(lists)
                self._reach(ListedGeneration(generation, lists), target)
                if proof.bound < target:
                    break
                # After a better plan there is less to list.
                tries += proof.cost < cost
                targets.reached(max(self._enumerator.made, default=1))
        return proof

    def _choose_with(self, lists: Sequence[list[tuple[int, Route]]]) -> None:
        """Choose among the rounds of the pool and listed ones."""
        for number, rounds in enumerate(lists):
            for cost, route in rounds:
                # By time of day a listed cost is a lower bound only.
                true = cost if self.a.slots == 1 else self.run.true_cost(number, route)
                if true < NEVER:
                    self.pool.add(number, route, true)
        chosen = choose_from_pool(
            self.a,
            self.pool,
            self._best_known(),
            effort=self.limits.choice,
            deadline=self.run.deadline,
            on_wait=self.run.report,
        )
        cost = plan_cost(self.a, chosen)
        if cost < self.proof.cost:
            self.proof.cost, self.proof.rounds = cost, chosen

    def _best_known(self) -> list[list[int]]:
        found = self.proof.rounds
        if found is None or plan_cost(self.a, self._known) <= plan_cost(self.a, found):
            return self._known
        return found

    def _reach(self, listed: ListedGeneration, target: int) -> None:
        """Find the best plan below a target: all rounds that it can use are listed."""
        listed.allow(self.limits.steps // 4)
        try:
            with suppress(ProofEnded):
                reach_target(listed, target, self.limits)
        finally:
            # Plans of listed rounds cost at least their bound, all others at least the target.
            self._take_over(listed.run.proof, min(target, listed.run.proof.bound))


def prove(
    a: Arrays,
    rounds: list[list[int]],
    pool: Pool,
    limits: ProofLimits,
    *,
    upper: int,
    deadline: Deadline | None = None,
    on_progress: Callable[[Proof], None] | None = None,
    proof: Proof | None = None,
) -> Proof:
    """Return a lower bound of the cost of any plan, and a better plan if any: all in one pass."""
    prover = Prover(a, pool, limits, deadline=deadline, on_progress=on_progress, proof=proof)
    prover.work(rounds, upper, limits.steps)
    prover.approach()
    return prover.finish()
