"""The proof: a lower bound of a day's cost, strengthened until it meets the plan or work runs out.

    prices     column generation at the root                          (generation)
    cuts       subset-row cuts, priced again, while they help         (cuts)
    lists      all rounds whose reduced cost fits in the gap          (enumerate)
    choice     the best of them: the best plan there is       (listed, branch)

Formulas and references in docs/bound.md.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from dispatch.solve.enumerate import Enumerator
from dispatch.solve.generation import Generation
from dispatch.solve.labels import SCALE
from dispatch.solve.proof import Limits, Proof, Stopped, plan_cost

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatch.solve.arrays import Arrays
    from dispatch.solve.pool import Pool
    from dispatch.solve.threads import Threads

__all__ = ["Limits", "Proof", "Prover", "bound", "plan_cost"]

# Enumeration is tried again once the gap has shrunk to this share of that of the last attempt.
TRY_AGAIN = 0.75
# With a wider gap than this share of the cost, lists come to nothing and no leg can be dropped,
# but for problems of so few visits.
LISTABLE, SMALL = 0.04, 40
# The first target lies this share of the gap above the bound, each further one so much more.
TARGET, FURTHER = 0.25, 1.3


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
        self._part: Generation | None = None
        self._room: Enumerator | None = None
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
        if self._part is not None and self._part.proof.cost >= proof.cost:
            # All rounds within the gap are listed: nothing else is left to do.
            if proof.cost < self._settled:
                self._part.allow(self.limits.steps // 2)
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
        """List all rounds within the gap and settle them, where that is possible; else drop legs."""
        generation.choose_among_columns()
        if self._below(generation, self.proof.cost):
            return True
        self._tried = gap
        generation.drop_legs(self._enumerator(generation))
        return False

    def _enumerator(self, generation: Generation) -> Enumerator:
        if self._room is None:
            self._room = Enumerator(self.a, generation.pricer, self.limits.enumerated)
        return self._room

    def _below(self, generation: Generation, target: int) -> bool:
        """Look at all plans that cost less than a target, and return whether they can be listed."""
        lists = generation.lists(self._enumerator(generation), target)
        if lists is None:
            return False
        self._part = generation.within(lists, target)
        self._part.allow(self.limits.steps // 2)
        self._settle(self._part)
        return True

    def _settle(self, part: Generation) -> None:
        """Go on with listed rounds, and take over what that proves."""
        proof = self.proof
        part.proof.cost = min(part.proof.cost, proof.cost)
        try:
            with suppress(Stopped):
                _settle(part, self.limits)
                self._settled = part.proof.cost
        finally:
            if part.proof.rounds is not None and part.proof.cost < proof.cost:
                proof.cost, proof.rounds = part.proof.cost, part.proof.rounds
            # A plan costs what these do at least, or as much as the target.
            proof.bound = max(proof.bound, min(part.proof.bound, part.proof.cost))
            proof.proven = proof.bound >= proof.cost

    def approach(self) -> Proof:
        """Raise the bound by targets below the plan: list and settle all that is cheaper."""
        generation, proof = self._generation, self.proof
        assert generation is not None
        prices = generation.tightest
        if prices is None or proof.proven:
            return proof
        share = TARGET
        with suppress(Stopped):
            while not proof.proven:
                low = prices.value / SCALE
                target = min(proof.cost, int(low + share * (proof.cost - low)) + 1)
                if target > proof.bound:
                    if not self._below(generation, target):
                        break
                    if proof.bound < target:
                        break
                share *= FURTHER
        return proof


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


def _settle(part: Generation, limits: Limits) -> None:
    """Shorten the lists by cuts and prices, and try out what they hold."""
    tried = float("inf")
    while True:
        part.converge(fully=True)
        left = part.shorten()
        if left <= TRY_AGAIN * tried:
            part.choose_among_listed(limits.looks)
            tried = left
        if not part.cut():
            break
    part.choose_among_listed(10 * limits.looks)
    part.branch()
