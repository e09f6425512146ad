"""The proof: a lower bound of a day's cost, strengthened until it meets the plan or work runs out.

    prices     column generation at the root                          (generation)
    cuts       subset-row cuts, priced again, while they help         (cuts)
    lists      all rounds whose reduced cost fits in the gap          (enumerate)
    choice     the best of them: the best plan there is               (listed)

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

__all__ = ["Limits", "Proof", "bound", "plan_cost"]

# Enumeration is tried again once the gap has shrunk to this share of that of the last attempt.
TRY_AGAIN = 0.75
# So many listed rounds are few: the choice among them is settled faster than cuts are found.
FEW = 2_500
# Rounds of cuts on lists between looks for a better plan.
PLAN_EVERY = 3


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
    """
    Return a lower bound of the cost of any plan, and a better plan if one turns up.

    Parameters
    ----------
    a
        The problem.
    rounds
        The best plan known: a sequence of visit indices for each technician.
    pool
        Rounds to start from; drivable rounds found are added.
    limits
        Work allowed.
    upper
        Cost of `rounds` (seconds), visits left out included.
    deadline
        Moment of `time.monotonic` past which the work stops; a safety net.
    on_progress
        Called with the proof whenever it got better.
    proof
        Filled as the work goes; after Ctrl-C it holds what was proven until then.
    """
    proof = Proof() if proof is None else proof
    proof.cost = min(proof.cost, upper)
    pool.add_rounds(a, rounds)
    generation = Generation(a, pool, limits, proof, deadline, on_progress)
    with suppress(Stopped):
        _strengthen(generation, limits)
    generation.bound_at_least()
    proof.proven = proof.bound >= proof.cost
    return proof


def _strengthen(generation: Generation, limits: Limits) -> None:
    """Cut, and try to list all rounds within the gap, in turn."""
    proof = generation.proof
    enumerator = Enumerator(generation.a, generation.pricer, limits.enumerated)
    tried = float("inf")
    generation.converge()
    for _ in range(limits.cut_rounds):
        gap = proof.cost - generation.best_value / SCALE
        if gap <= TRY_AGAIN * tried:
            generation.choose_among_columns()
            if _listed(generation, enumerator):
                _settle(generation, limits)
                return
            tried = gap
            generation.drop_legs(enumerator)
        if not generation.cut():
            break
        proof.counts["cut_rounds"] += 1
        generation.converge()
    generation.converge(fully=True)


def _listed(generation: Generation, enumerator: Enumerator) -> bool:
    """List every round that a plan cheaper than the one known can use; False: too many."""
    best = generation.best
    if best is None:
        return False
    lists = []
    for kind in generation.kinds:
        net = generation.pricer.net(kind, best, generation.cuts)
        rounds = enumerator.rounds(kind, net, generation.threshold(kind))
        generation.proof.counts["enumerations"] += 1
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
        if generation.shorten() <= FEW:
            break
        if rounds % PLAN_EVERY == 0:
            generation.choose_among_columns()
            generation.shorten()
        if not generation.cut():
            break
        rounds += 1
    generation.choose_among_listed(limits.choice)
