"""Why a visit stays unassigned: impossible alone, by which rule, or crowded out by others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.round_times import round_cost

if TYPE_CHECKING:
    from dispatch.model.plan import Reason
    from dispatch.model.problem import DayProblem
    from dispatch.solve.timing.arrays import Arrays


def reason_for(problem: DayProblem, a: Arrays, visit: int) -> Reason:
    """
    Return why nobody serves a visit, from the closed list of `plan.Reason`.

    The rules are tried in the order skills, pin, exclusion, load, hours, presence; the first that
    leaves no technician is the reason. A visit that somebody could serve if it
    were alone is crowded out: its place would cost more than leaving it.

    Parameters
    ----------
    problem, a
        The problem, and its arrays.
    visit
        Index of the visit.
    """
    asked = problem.visits[visit]
    everyone = range(a.technicians)
    if not a.technicians:
        return "no_technician"
    if not any(asked.skills <= technician.skills for technician in problem.technicians):
        return "missing_skill"
    able = [m for m in everyone if a.allowed[m, visit]]
    if not able:
        named = [
            t
            for t in problem.technicians
            if asked.skills <= t.skills and asked.technician in (None, t.id)
        ]
        kept_out = bool(named) and all(t.id in asked.not_with for t in named)
        return "excluded" if kept_out else "pinned_technician_lacks_skill"
    carrying = [m for m in able if a.load[visit] <= a.capacity[m]]
    if not carrying:
        return "too_heavy"
    alone = np.array([visit], dtype=np.int64)
    if any(round_cost(a, m, alone, 1) < NEVER for m in carrying):
        return "crowded_out"
    if asked.within_s:
        at_any_time = arrays_of(_without_presence(problem, visit))
        if any(round_cost(at_any_time, m, alone, 1) < NEVER for m in carrying):
            return "outside_presence"
    return "outside_working_hours"


def _without_presence(problem: DayProblem, visit: int) -> DayProblem:
    """Return the problem without the spans inside which a visit's service must lie."""
    lifted = problem.visits[visit].model_copy(update={"within_s": ()})
    visits = (*problem.visits[:visit], lifted, *problem.visits[visit + 1 :])
    return replace(problem, visits=visits)


def reason_among(of_all: Reason, of_free: Reason | None) -> Reason:
    """
    Return why a visit stays unassigned, where some rounds are closed.

    Parameters
    ----------
    of_all, of_free
        The reason among all technicians, and among those whose rounds are open.
    """
    if of_all not in ("crowded_out", "outside_working_hours"):
        return of_all
    # "Nobody has the skill" would be untrue where someone with a closed round has it.
    if of_free in ("crowded_out", "outside_presence"):
        return of_free
    return "outside_working_hours"
