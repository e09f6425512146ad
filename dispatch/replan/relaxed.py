"""Rules relaxed just as far as facts need: a late return, a late break, a lock that cannot hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from dispatch.fieldwork import RoundLock
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.round_times import earliest_return

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.fieldwork import Technician
    from dispatch.model.problem import DayProblem
    from dispatch.replan.standing import Standing

# Later than any return that facts can ask for.
A_DAY_S = 86_400

NoteKind = Literal["vain", "overtime", "late_break", "working", "unlocked"]


@dataclass(frozen=True, slots=True)
class Note:
    """
    A fact that people should know.

    Parameters
    ----------
    kind
        What it is.
    technician, visit
        Whom it is about; empty: nobody of that kind.
    time_s
        The time in question (seconds since midnight); 0: there is none.
    """

    kind: NoteKind
    technician: str = ""
    visit: str = ""
    time_s: int = 0


def relaxed(
    draft: DayProblem, standing: Mapping[str, Standing], at_s: int
) -> tuple[DayProblem, list[Note]]:
    """
    Return the problem with rules relaxed just as far as facts need, and a note on each.

    Parameters
    ----------
    draft
        The day as it is now, with the rules as they were.
    standing
        Where everybody is.
    at_s
        The moment (seconds since midnight).
    """
    notes: list[Note] = []
    problem = draft
    for m, who in enumerate(draft.technicians):
        s = standing[who.id]
        if who.locked is None or not who.locked.visits:
            continue
        settled = tuple(stay.visit for stay in s.stays)
        home = _home_s(problem, m, who.locked.visits)
        if who.locked.visits != settled and home > who.shift_s.end_s + who.max_overtime_s:
            # The round as it was locked by hand can no longer be driven.
            notes.append(Note("unlocked", who.id))
            lock = RoundLock(visits=settled, closed=s.closed) if settled or s.closed else None
            who = who.model_copy(update={"locked": lock})
            home = _home_s(problem, m, settled)
        if home == NEVER and who.break_ is not None:
            # The break can no longer start in its time: it starts as soon as it can.
            over = max(at_s, s.stays[-1].end_s if s.stays else 0, who.break_.latest_s)
            pause = who.break_.model_copy(update={"latest_s": over})
            who = who.model_copy(update={"break_": pause})
            problem = _with(problem, m, who)
            home = _home_s(problem, m, settled)
        if settled and home < NEVER:
            if home > who.shift_s.end_s + who.max_overtime_s:
                who = who.model_copy(update={"max_overtime_s": home - who.shift_s.end_s})
                notes.append(Note("overtime", who.id, time_s=home))
            worked = home - who.shift_s.start_s
            if who.max_working_s is not None and worked > who.max_working_s:
                who = who.model_copy(update={"max_working_s": worked})
                notes.append(Note("working", who.id, time_s=home))
        problem = _with(problem, m, who)
    return problem, notes


def _with(problem: DayProblem, m: int, who: Technician) -> DayProblem:
    technicians = (*problem.technicians[:m], who, *problem.technicians[m + 1 :])
    return replace(problem, technicians=technicians)


def _home_s(problem: DayProblem, m: int, names: Sequence[str]) -> int:
    """Return the earliest return after visits, up to a day too late; NEVER: there is none."""
    a = arrays_of(problem)
    ever = a._replace(latest_return=a.latest_return + A_DAY_S)
    index = {visit.id: number for number, visit in enumerate(problem.visits)}
    order = np.array([index[name] for name in names], dtype=np.int64)
    return int(earliest_return(ever, m, order, len(order), int(ever.shift_start[m])))
