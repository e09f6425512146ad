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
    from dispatch.solve.master import Route
    from dispatch.solve.pool import Pool
    from dispatch.solve.pricing import Kind
    from dispatch.solve.threads import Threads

__all__ = ["Limits", "Proof", "Prover", "bound", "plan_cost"]

# Enumeration is tried again once the gap has shrunk to this share of that of the last attempt.
TRY_AGAIN = 0.75
# With a wider gap than this share of the cost, lists come to nothing and no leg can be dropped,
# but for problems of so few visits.
LISTABLE, SMALL = 0.04, 40
# So many listed rounds are few: the choice among them is settled faster than cuts are found.
FEW = 2_500
# Kinds listed at once, whatever the number of threads; one that is too much ends it.
AT_ONCE = 2
# Rounds of cuts on lists between looks for a better plan.
PLAN_EVERY = 3


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
        self._enumerator: Enumerator | None = None
        self._tried = float("inf")

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
            self._enumerator = Enumerator(self.a, self._generation.pricer, self.limits.enumerated)
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
        if generation.listed is None:
            generation.converge()
            while proof.counts["cut_rounds"] < self.limits.cut_rounds:
                gap = proof.cost - generation.best_value / SCALE
                near = gap <= LISTABLE * proof.cost or self.a.visits <= SMALL
                if near and gap <= TRY_AGAIN * self._tried and self._listed(generation, gap):
                    break
                if not generation.cut():
                    # Nothing else is left to try, however wide the gap.
                    if gap < self._tried:
                        self._listed(generation, gap)
                    break
                proof.counts["cut_rounds"] += 1
                generation.converge()
        if generation.listed is not None:
            _settle(generation, self.limits)
        else:
            generation.converge(fully=True)

    def _listed(self, generation: Generation, gap: float) -> bool:
        """List all rounds within the gap and return whether that was possible; else drop legs."""
        generation.choose_among_columns()
        assert self._enumerator is not None
        if _listed(generation, self._enumerator):
            return True
        self._tried = gap
        generation.drop_legs(self._enumerator)
        return False


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
    return prover.finish()


def _listed(generation: Generation, enumerator: Enumerator) -> bool:
    """List every round that a plan cheaper than the one known can use; False: too many."""
    best = generation.best
    if best is None:
        return False

    def rounds_of(kind: Kind) -> list[tuple[int, Route]] | None:
        net = generation.pricer.net(kind, best, generation.cuts)
        return enumerator.rounds(kind, net, generation.threshold(kind))

    lists = []
    for first in range(0, len(generation.kinds), AT_ONCE):
        kinds = generation.kinds[first : first + AT_ONCE]
        found = generation.threads.map(rounds_of, kinds)
        generation.proof.counts["enumerations"] += len(kinds)
        for rounds in found:
            if rounds is None:
                return False
            lists.append(rounds)
    generation.work_from(lists)
    generation.proof.counts["listed"] = sum(map(len, lists))
    return True


def _settle(generation: Generation, limits: Limits) -> None:
    """Shorten the lists by cuts and prices, and choose the best of what they hold."""
    rounds = 0
    while True:
        generation.converge(fully=True)
        left = generation.shorten()
        if left <= FEW:
            break
        if rounds % PLAN_EVERY == 0:
            generation.choose_among_columns()
            left = generation.shorten()
        if not generation.cut():
            break
        rounds += 1
    if left <= FEW:
        generation.choose_among_listed(limits.choice)
    generation.branch()
