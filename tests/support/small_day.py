"""A day of three places that can be solved by hand, and plans for it drawn by hand.

Seconds (row = from), metres ten times as many:

=====  ===  ===  ===
from    c    a    b
=====  ===  ===  ===
c        0  100  200
a      110    0   50
b      210   60    0
=====  ===  ===  ===

T1 leaves c from 1000, is back by 3000 (100 s of overtime allowed, 2 s of cost each), has
the skill "net", carries 5, and rests 300 s from some time in 1500..1800. T2 has the same
hours and neither skill, load limit nor break. Visit A (400 s, at a, starts in 1000..1400 or
2000..2400, load 3) needs "net"; B (200 s, at b) needs nothing.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from dispatch.fieldwork import Break, Shift, Technician, TimeWindow, Visit
from dispatch.model.plan import BreakTaken, CostParts, Plan, Round, Stop, Unassigned
from dispatch.model.problem import DayProblem, Weights
from dispatch.streets.router import Travel

PLACES = ("c", "a", "b")
SECONDS = [[0, 100, 200], [110, 0, 50], [210, 60, 0]]
OVERTIME_WEIGHT = 2
VISIT_A = Visit(
    id="A",
    place="a",
    duration_s=400,
    windows_s=(TimeWindow(1000, 1400), TimeWindow(2000, 2400)),
    skills=frozenset({"net"}),
    unassigned_cost_s=5000,
    load=3,
)
VISIT_B = Visit(id="B", place="b", duration_s=200, unassigned_cost_s=7000, load=2)
T1 = Technician(
    id="T1",
    start="c",
    end="c",
    shift_s=Shift(1000, 3000),
    skills=frozenset({"net"}),
    break_=Break(duration_s=300, earliest_s=1500, latest_s=1800),
    max_overtime_s=100,
    capacity=5,
)
T2 = Technician(id="T2", start="c", end="c", shift_s=Shift(1000, 3000))


def day(
    *, t1: dict[str, Any] | None = None, a: dict[str, Any] | None = None,
    b: dict[str, Any] | None = None, metres: bool = True,
) -> DayProblem:  # fmt: skip
    """Return the day, with other values in T1, A or B."""
    return DayProblem(
        date=date(2026, 11, 25),
        travel=Travel(PLACES, np.array([SECONDS]), 10 * np.array(SECONDS) if metres else None),
        technicians=(T1.model_copy(update=t1 or {}), T2),
        visits=(VISIT_A.model_copy(update=a or {}), VISIT_B.model_copy(update=b or {})),
        weights=Weights(overtime=OVERTIME_WEIGHT),
    )


def stop(visit: str, arrival: int, start: int, end: int, place: str | None = None) -> Stop:
    """Return a stop; the place is the visit's unless said otherwise."""
    where = visit.lower()[0] if place is None else place
    return Stop(visit=visit, place=where, arrival_s=arrival, start_s=start, end_s=end)


def drive(
    technician: str, departure: int, stops: list[Stop], back: int,
    pause: tuple[int, int] | None = None,
) -> Round:  # fmt: skip
    """Return a round from c to c that states the travel of its stops."""
    rows = [0, *(PLACES.index(s.place) if s.place in PLACES else 0 for s in stops), 0]
    travel = sum(SECONDS[i][j] for i, j in pairwise(rows)) if stops else 0
    return Round(
        technician=technician,
        departure_s=departure,
        return_s=back,
        travel_s=travel,
        distance_m=10 * travel,
        break_=None if pause is None else BreakTaken(start_s=pause[0], end_s=pause[1]),
        stops=tuple(stops),
    )


def plan(*rounds: Round, left: tuple[str, ...] = (), **stated: Any) -> Plan:  # noqa: ANN401
    """Return a plan that states the cost of its rounds and of the visits left, or what is given."""
    travel = sum(r.travel_s for r in rounds)
    unassigned = sum({"A": 5000, "B": 7000}[name] for name in left)
    overtime = OVERTIME_WEIGHT * sum(max(0, r.return_s - 3000) for r in rounds)
    figures: dict[str, Any] = {
        "status": "partial" if left else "complete",
        "cost_s": CostParts(
            total=travel + unassigned + overtime,
            travel=travel,
            unassigned=unassigned,
            overtime=overtime,
        ),
        "unassigned": tuple(Unassigned(visit=name, reason="crowded_out") for name in left),
    }
    return Plan(rounds=rounds, **{**figures, **stated})


# T1: c 1000, A 1100-1500, rests 1500-1800, B 1850-2050, c 2260; 360 s of driving.
AT_A = stop("A", 1100, 1100, 1500)
AT_B = stop("B", 1850, 1850, 2050)
SOUND_ROUND = drive("T1", 1000, [AT_A, AT_B], 2260, (1500, 1800))
