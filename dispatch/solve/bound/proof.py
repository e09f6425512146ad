"""How much work a proof may do, and what it has proven so far."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from dispatch.solve.timing.arrays import NEVER


@dataclass(frozen=True)
class ProofLimits:
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
        Most partial rounds of a vehicle type when all rounds within the gap are listed.
    cases
        Most cases of the branching once all rounds are listed.
    targets
        Most lists made for targets below the plan where the gap is too wide to list all.
    search_steps
        Steps of each complete search among listed rounds; some hundred million a second.
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
    search_steps: int = 100_000_000
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
        Whether the best known plan costs exactly that.
    cost
        Cost of the best known plan.
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


class ProofEnded(Exception):
    """The allowed work is done, or nothing is left to prove."""
