"""The rule that keeps a technician from a visit that is the only one of the day, with figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from dispatch.checker.driving import arrival
from dispatch.explain.changes import DAY_S, ProblemChange
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.round_times import departure_and_return

if TYPE_CHECKING:
    from dispatch.fieldwork import Technician, Visit
    from dispatch.model.problem import DayProblem
    from dispatch.solve.timing.arrays import Arrays

Rule = Literal[
    "skills",
    "pins",
    "excluded",
    "capacity",
    "windows",
    "within",
    "shift",
    "working_time",
    "breaks",
    "locked_round",
]
"""The rules of `dispatch.checker.rules` that can keep one technician from one visit."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """
    The first rule that keeps a technician from a visit that is the only one.

    Parameters
    ----------
    technician
        The technician's id.
    rule
        Name of the rule.
    needed, limit
        The value needed and the value allowed: earliest start and end of a window, earliest end of
        the service and end of a span that holds all of it, earliest and latest return, working time
        and its limit (seconds), load and capacity; None where the rule has no figures.
    skills
        The skills that the technician lacks.
    """

    technician: str
    rule: Rule
    needed: int | None = None
    limit: int | None = None
    skills: tuple[str, ...] = ()

    @property
    def excess(self) -> int:
        """Return how much too much is needed (seconds, or units of load)."""
        return (self.needed or 0) - (self.limit or 0)


def obstacles(problem: DayProblem, visit: Visit, a: Arrays | None = None) -> list[Obstacle]:
    """
    Return the obstacle of each technician who could not do a visit that is the only one.

    Parameters
    ----------
    problem
        The problem.
    visit
        The visit.
    a
        The problem's arrays, where they are known.
    """
    a = arrays_of(problem) if a is None else a
    found = (obstacle(problem, visit, technician, a) for technician in problem.technicians)
    return [one for one in found if one is not None]


def obstacle(
    problem: DayProblem, visit: Visit, technician: Technician, a: Arrays
) -> Obstacle | None:
    """Return what keeps one technician from a visit that is the only one; None: nothing does."""
    missing = tuple(sorted(visit.skills - technician.skills))
    if missing:
        return Obstacle(technician.id, "skills", skills=missing)
    if visit.technician not in (None, technician.id):
        return Obstacle(technician.id, "pins")
    if technician.id in visit.not_with:
        return Obstacle(technician.id, "excluded")
    lock = technician.locked
    if lock is not None and lock.closed and visit.id not in lock.visits:
        return Obstacle(technician.id, "locked_round")
    if technician.capacity is not None and visit.load > technician.capacity:
        return Obstacle(technician.id, "capacity", visit.load, technician.capacity)
    if _return(problem, visit, technician, a) is not None:
        return None
    rows = problem.place_index
    begin = technician.shift_s.start_s
    there = arrival(problem.travel, rows[technician.start], rows[visit.place], begin)
    too_late = _too_late(visit, technician, there)
    if too_late is not None:
        return too_late
    # With a day of overtime the round is possible; its times show what is lacking.
    long = ProblemChange(technician.id, overtime_s=DAY_S, working_s=DAY_S)
    away = _return(problem, visit, technician, arrays_of(long.on(problem, visit.id)))
    if away is None:
        return Obstacle(technician.id, "breaks")
    departure, back = away
    latest = technician.shift_s.end_s + technician.max_overtime_s
    if back > latest:
        return Obstacle(technician.id, "shift", back, latest)
    return Obstacle(technician.id, "working_time", back - departure, technician.max_working_s)


def _too_late(visit: Visit, technician: Technician, there: int) -> Obstacle | None:
    """Return what is missed by being there at a moment, by the least excess; None: nothing is."""
    nearest: Obstacle | None = None
    for opens, closes in visit.windows_s or ((0, NEVER),):
        for first, last in visit.within_s or ((0, NEVER),):
            start = max(there, opens, first)
            end = start + visit.duration_s
            found = Obstacle(technician.id, "windows", start, closes)
            if start <= closes:
                found = Obstacle(technician.id, "within", end, last)
                if end <= last:
                    return None
            if nearest is None or found.excess < nearest.excess:
                nearest = found
    return nearest


def _return(
    problem: DayProblem, visit: Visit, technician: Technician, a: Arrays
) -> tuple[int, int] | None:
    """Return departure and return of a round with one visit; None: it cannot be driven."""
    m = [t.id for t in problem.technicians].index(technician.id)
    number = [v.id for v in problem.visits].index(visit.id)
    departure, back = departure_and_return(a, m, np.array([number], dtype=np.int64), 1)
    return None if back >= NEVER else (int(departure), int(back))
