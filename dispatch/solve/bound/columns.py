"""The proof: a lower bound of a day's cost, strengthened until it meets the plan or work runs out.

    prices     column generation at the root                          (generation)
    cuts       subset-row cuts, priced again, while they help         (cuts)
    lists      all rounds whose reduced cost fits in the gap          (enumerate)
    choice     the best of them: the best plan there is       (listed, settle)
    targets    where the gap is too wide for that: lists for part of it (settle)

Formulas and references in docs/bound.md.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from dispatch.solve.bound.among import Among
from dispatch.solve.bound.enumerate import Enumerator
from dispatch.solve.bound.generation import Generation
from dispatch.solve.bound.labels import SCALE
from dispatch.solve.bound.partition import partition
from dispatch.solve.bound.proof import Limits, Proof, Stopped, plan_cost
from dispatch.solve.bound.settle import Targets, reach, settle
from dispatch.solve.timing.arrays import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dispatch.solve.bound.master import Route
    from dispatch.solve.heuristic.pool import Pool
    from dispatch.solve.threads import Threads
    from dispatch.solve.timing.arrays import Arrays

__all__ = ["Limits", "Proof", "Prover", "bound", "plan_cost"]

# Enumeration is tried again once the gap has shrunk to this share of that of the last attempt.
TRY_AGAIN = 0.75
# With a wider gap than this share of the cost, lists come to nothing and no leg can be dropped,
# but for problems of so few visits.
LISTABLE, SMALL = 0.04, 40


class Prover:
    """
    The proof of one problem, in as many goes as the search likes.

    Parameters
    ----------
    a
        The problem.
    pool
        Rounds to start from; drivable rounds found are added.
    limits
        Work allowed.
    deadline
        Moment of `time.monotonic` past which the work stops; a safety net.
    on_progress
        Called with the proof whenever it got better.
    proof
        Filled as the work goes; after Ctrl-C it holds what was proven until then.
    threads
        Kinds of technicians are looked at side by side in them; None: one after the other.
    """

    def __init__(
        self,
        a: Arrays,
        pool: Pool,
        limits: Limits,
        *,
        deadline: float | None = None,
        on_progress: Callable[[Proof], None] | None = None,
        proof: Proof | None = None,
        threads: Threads | None = None,
    ) -> None:
        self.a, self.pool, self.limits, self.threads = a, pool, limits, threads
        self.deadline, self.on_progress = deadline, on_progress
        self.proof = Proof() if proof is None else proof
        self._generation: Generation | None = None
        self._part: Among | None = None
        self._room: Enumerator | None = None
        self._known: list[list[int]] = []
        self._tried = self._settled = float("inf")

    def work(self, rounds: list[list[int]], upper: int, steps: int) -> Proof:
        """
        Go on until the work done in all reaches `steps`, or nothing is left to prove.

        Parameters
        ----------
        rounds, upper
            The best plan known, a sequence of visit indices for each technician, and its cost
            (seconds), visits left out included.
        steps
            As in `Limits`.
        """
        proof = self.proof
        proof.cost = min(proof.cost, upper)
        self._known = rounds
        self.pool.add_rounds(self.a, rounds)
        if self._generation is None:
            self._generation = Generation(
                self.a,
                self.pool,
                self.limits,
                proof,
                self.deadline,
                self.on_progress,
                self.threads,
            )
        self._generation.go_on(steps)
        with suppress(Stopped):
            self._strengthen(self._generation)
        proof.proven = proof.bound >= proof.cost
        return proof

    def finish(self) -> Proof:
        """Have a bound of the last prices, however little work was allowed."""
        assert self._generation is not None
        self._generation.bound_of_last_prices()
        self.proof.proven = self.proof.bound >= self.proof.cost
        return self.proof

    def _strengthen(self, generation: Generation) -> None:
        """Cut, and try to list all rounds within the gap, in turn."""
        proof = self.proof
        if self._part is not None:
            # All rounds within the gap are listed: nothing else is left to do.
            if proof.cost < self._settled:
                self._settle(self._part)
            return
        generation.converge()
        while proof.counts["cut_rounds"] < self.limits.cut_rounds:
            gap = proof.cost - generation.best_value / SCALE
            near = gap <= LISTABLE * proof.cost or self.a.visits <= SMALL
            if near and gap <= TRY_AGAIN * self._tried and self._listed(generation, gap):
                return
            if not generation.cut():
                # Nothing else is left to try, however wide the gap.
                if gap < self._tried and self._listed(generation, gap):
                    return
                break
            proof.counts["cut_rounds"] += 1
            generation.converge()
        generation.converge(fully=True)

    def _listed(self, generation: Generation, gap: float) -> bool:
        """List all rounds within the gap and settle them where that is possible, else drop legs."""
        generation.choose_among_columns()
        lists = generation.lists(self._enumerator(generation), self.proof.cost)
        if lists is not None:
            self._part = Among(generation, lists)
            self._settle(self._part)
            return True
        self._tried = gap
        generation.drop_legs(self._enumerator(generation))
        return False

    def _enumerator(self, generation: Generation) -> Enumerator:
        if self._room is None:
            self._room = Enumerator(self.a, generation.pricer, self.limits.enumerated)
        return self._room

    def _settle(self, part: Among) -> None:
        """Go on with all rounds within the gap: they make the best plan there is."""
        part.proof.cost = self.proof.cost
        part.allow(self.limits.steps // 2)
        try:
            with suppress(Stopped):
                settle(part, self.limits)
                self._settled = part.proof.cost
        finally:
            self._take(part, part.proof.bound)

    def _take(self, part: Among, bound: int) -> None:
        """Take over what listed rounds gave: a better plan, and what every plan costs at least."""
        proof = self.proof
        if part.proof.rounds is not None and part.proof.cost < proof.cost:
            proof.cost, proof.rounds = part.proof.cost, part.proof.rounds
        proof.bound = max(proof.bound, min(bound, proof.cost))
        proof.proven = proof.bound >= proof.cost

    def approach(self) -> Proof:
        """
        List what plans below a target use where the whole gap is too much, then below a higher one.

        No plan costs less than a target that is reached. And the lists make better plans.
        """
        generation, proof, limits = self._generation, self.proof, self.limits
        assert generation is not None
        prices = generation.tightest
        if prices is None or proof.proven:
            return proof
        targets = Targets(-(-prices.value // SCALE), proof.cost, limits.enumerated)
        enumerator, tries = self._enumerator(generation), limits.targets
        with suppress(Stopped):
            while tries > 0 and not proof.proven and targets.worth(proof.cost):
                cost, target = proof.cost, targets.target(proof.cost)
                enumerator.made.clear()
                lists = generation.lists(enumerator, target)
                tries -= 1
                if lists is None:
                    targets.missed()
                    continue
                self._choose_with(generation, lists)
                self._reach(Among(generation, lists), target)
                if proof.bound < target:
                    break
                # A better plan leaves less to be listed.
                tries += proof.cost < cost
                targets.reached(max(enumerator.made, default=1))
        return proof

    def _choose_with(
        self, generation: Generation, lists: Sequence[list[tuple[int, Route]]]
    ) -> None:
        """Choose among the rounds met and listed ones."""
        for kind, rounds in enumerate(lists):
            for cost, route in rounds:
                # By the hour a listed cost is a lower bound only.
                true = cost if self.a.slots == 1 else generation.true_cost(kind, route)
                if true < NEVER:
                    self.pool.add(kind, route, true)
        chosen = partition(
            self.a,
            self.pool,
            self._best_known(),
            effort=self.limits.choice,
            deadline=self.deadline,
            on_wait=generation.tell,
        )
        cost = plan_cost(self.a, chosen)
        if cost < self.proof.cost:
            self.proof.cost, self.proof.rounds = cost, chosen

    def _best_known(self) -> list[list[int]]:
        found = self.proof.rounds
        if found is None or plan_cost(self.a, self._known) <= plan_cost(self.a, found):
            return self._known
        return found

    def _reach(self, part: Among, target: int) -> None:
        """Take over what all rounds that plans below a target use give."""
        part.allow(self.limits.steps // 4)
        try:
            with suppress(Stopped):
                reach(part, target, self.limits)
        finally:
            # Plans of listed rounds cost what is proven of them at least, others the target.
            self._take(part, min(target, part.proof.bound))


def bound(
    a: Arrays,
    rounds: list[list[int]],
    pool: Pool,
    limits: Limits,
    *,
    upper: int,
    deadline: float | None = None,
    on_progress: Callable[[Proof], None] | None = None,
    proof: Proof | None = None,
) -> Proof:
    """Return a lower bound of the cost of any plan, and a better plan if any: all in one go."""
    prover = Prover(a, pool, limits, deadline=deadline, on_progress=on_progress, proof=proof)
    prover.work(rounds, upper, limits.steps)
    prover.approach()
    return prover.finish()
