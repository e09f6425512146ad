"""How much work a proof may do, what it has proven so far, and what a plan costs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.round_times import round_cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatch.solve.timing.arrays import Arrays


@dataclass(frozen=True)
class Limits:
    """
    How much work the proof may do; counts, never clocks.

    Parameters
    ----------
    steps
        Comparisons of labels in all; some hundred million a minute.
    labels
        Most labels of one pricing pass.
    iterations
        Most solutions of the master problem.
    cut_rounds, cuts, cuts_listed
        Most rounds of cuts, and most cuts in each: each cut makes labels dearer to compare, but
        costs next to nothing once rounds are listed.
    near, nearest
        Size of the ng-neighbourhoods at first, and at most.
    enumerated
        Most partial rounds of a kind when all rounds within the gap are listed.
    cases
        Most cases looked at once all rounds are listed.
    targets
        Most lists made for targets below the plan where the gap is too wide to list all.
    looks
        Rounds looked at each time what the lists allow is tried out; some hundred million a second.
    choice
        Deterministic time of the choice among rounds (CP-SAT's unit, about a second).
    """

    steps: int
    labels: int = 400_000
    iterations: int = 1_000
    cut_rounds: int = 60
    cuts: int = 40
    cuts_listed: int = 100
    near: int = 6
    nearest: int = 20
    enumerated: int = 500_000
    targets: int = 4
    cases: int = 300
    looks: int = 100_000_000
    choice: float = 0.5


@dataclass
class Proof:
    """
    What is proven so far; filled as the work goes, so that a stop at any time leaves it valid.

    Parameters
    ----------
    bound
        No plan costs less (seconds).
    proven
        Whether the best plan known costs exactly that.
    cost
        Cost of the best plan known.
    rounds
        A plan better than the one given, if one was found.
    counts
        Iterations, labels, cuts, ... by name.
    """

    bound: int = 0
    proven: bool = False
    cost: int = NEVER
    rounds: list[list[int]] | None = None
    counts: Counter[str] = field(default_factory=Counter)


class Stopped(Exception):
    """The work allowed is done, or nothing is left to prove."""


def plan_cost(a: Arrays, rounds: Sequence[Sequence[int]]) -> int:
    """
    Return the cost of a plan: rounds and visits left out (seconds); NEVER when it cannot be driven.

    Parameters
    ----------
    rounds
        A sequence of visit indices for each technician.
    """
    total, served = 0, np.zeros(a.visits, dtype=np.int64)
    for m, sequence in enumerate(rounds):
        order = np.array(sequence, dtype=np.int64)
        cost = int(round_cost(a, m, order, len(order)))
        if cost >= NEVER or not a.allowed[m][order].all() or a.load[order].sum() > a.capacity[m]:
            return NEVER
        total += cost
        np.add.at(served, order, 1)
    if served.max(initial=0) > 1:
        return NEVER
    return total + int(a.unassigned_cost_s[served == 0].sum())
