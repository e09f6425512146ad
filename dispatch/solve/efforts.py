"""How long each effort works: counts, never clocks, so that the same input gives the same plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dispatch.solve.bound.proof import ProofLimits

EffortName = Literal["quick", "standard", "thorough"]


@dataclass(frozen=True)
class Effort:
    """
    Counts for each stage; a stage with a count of zero, or None, is left out.

    Parameters
    ----------
    ortools
        Whether OR-Tools makes an initial solution, where the backlog is not long; otherwise the
        search starts from empty rounds.
    iterations_a_visit
        Ruins and recreations of one run of the improvement search, for each visit; of a long
        backlog, for each of some times the visits that can be served (see `backlog`).
    runs
        Independent runs, from different seeds: one from the initial solution, the others from
        empty rounds.
    further_runs, patience
        Runs after those where the first proof stays open, each from the best choice among all
        rounds met so far: that many at most, and no more once so many in turn found nothing.
    partition
        Deterministic time of each choice among all rounds met (CP-SAT's unit, about a second).
    proof, first_steps
        Work of the column generation in all, and before the further runs; None: no bound.
    orders
        Most orders of visits that are tried one by one where the first proof stays open.
    net_s
        Safety net where the caller gives no time limit: seconds of processor time, compiling
        included, far beyond what the counts take on a day of one centre.
    """

    ortools: bool
    iterations_a_visit: int
    runs: int
    further_runs: int
    patience: int
    partition: float
    proof: ProofLimits | None
    first_steps: int
    orders: int
    net_s: float


EFFORTS: dict[EffortName, Effort] = {
    "quick": Effort(
        ortools=True,
        iterations_a_visit=400,
        runs=1,
        further_runs=0,
        patience=0,
        partition=0.2,
        proof=ProofLimits(steps=20_000_000, cut_rounds=0, targets=0),
        first_steps=20_000_000,
        orders=60_000,
        net_s=600.0,
    ),
    "standard": Effort(
        ortools=True,
        iterations_a_visit=900,
        runs=2,
        further_runs=6,
        patience=4,
        partition=0.5,
        proof=ProofLimits(steps=600_000_000, targets=3),
        first_steps=150_000_000,
        orders=250_000,
        net_s=1_800.0,
    ),
    "thorough": Effort(
        ortools=True,
        iterations_a_visit=3_000,
        runs=4,
        further_runs=16,
        patience=6,
        partition=5.0,
        proof=ProofLimits(
            steps=7_000_000_000,
            enumerated=2_000_000,
            targets=6,
            cases=3_000,
            search_steps=300_000_000,
            choice=2.0,
        ),
        first_steps=1_000_000_000,
        orders=1_000_000,
        net_s=10_800.0,
    ),
}
