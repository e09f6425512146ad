"""Compile the kernels before they are needed: once on a machine, then they are read from a cache.

Compiling takes some 20 s of one core for each half. `side_by_side` compiles the halves in two
processes, so that the first plan on a new machine waits for the longer half only.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import numpy as np

from dispatch.fieldwork import Technician, TimeWindow, Visit
from dispatch.model.problem import DayProblem, Weights
from dispatch.solve.assemble import round_of
from dispatch.solve.bound.proof import ProofLimits
from dispatch.solve.bound.prover import prove
from dispatch.solve.heuristic.anneal import improve
from dispatch.solve.heuristic.insertion import best_insertions, best_shift
from dispatch.solve.heuristic.pool import Pool
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.plan_cost import plan_cost
from dispatch.solve.timing.round_times import earliest_return
from dispatch.streets.router import Travel

Half = Literal["search", "proof"]


def warm(half: Half) -> None:
    """
    Compile one half of the kernels, or read it from the cache.

    Parameters
    ----------
    half
        "search": ruin and recreate; "proof": insertion, column generation, enumeration and the
        times of a round.
    """
    problem = _problem()
    a = arrays_of(problem)
    pool = Pool()
    rounds: list[list[int]] = [[] for _ in range(a.technicians)]
    if half == "search":
        improve(a, rounds, 200, 1, pool)
        return
    fixed = [0] * a.technicians
    best_insertions(a, rounds, 0, fixed)
    best_shift(a, [[1, 2], *rounds[1:]], 0, fixed, 0)
    # A plan that serves nobody has a gap, so that every step of the proof runs.
    limits = ProofLimits(steps=4_000_000, choice=0.5)
    prove(a, rounds, pool, limits, upper=plan_cost(a, rounds))
    round_of(problem, a, 0, [2, 3, 5, 6])  # with its break
    # What a round asks where a visit has several windows, and too little time before one ends.
    earliest_return(a, 0, np.array([0, 3]), 2, 28_800)


def _problem() -> DayProblem:
    """Return a small day with every rule of the model."""
    size = 11
    at = np.array([(17 * i % 29, 23 * i % 31) for i in range(size)])
    seconds = 12 * np.abs(at[:, None] - at[None]).sum(axis=2)
    places = tuple(map(str, range(size)))
    technicians = [
        Technician.model_validate(
            {
                "id": f"T{k}",
                "start": places[0],
                "end": places[0],
                "shift_s": (28_800, 46_800 + 3_600 * k),
                "skills": frozenset("ab"[: k + 1]),
                "break": {"duration_s": 2_700, "earliest_s": 34_000, "latest_s": 38_000},
                # Where overtime costs, rounds are priced from one side only.
                "max_overtime_s": 900 if k else 0,
                "max_working_s": 18_000 if k == 1 else None,
                "capacity": 20,
            }
        )
        for k in range(2)
    ]
    visits = [
        Visit(
            id=place,
            place=place,
            duration_s=1_500,
            windows_s=(TimeWindow(28_800, 34_200), TimeWindow(37_800, 45_000))
            if index % 3 == 0
            else (),
            skills=frozenset("b") if index % 4 == 0 else frozenset(),
            unassigned_cost_s=6_000,
            load=1,
        )
        for index, place in enumerate(places[1:])
    ]
    travel = Travel(places, seconds[None].astype(np.int64))
    day = date(2026, 11, 25)
    return DayProblem(day, travel, tuple(technicians), tuple(visits), Weights(overtime=1))
