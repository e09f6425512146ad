"""A plan as it is driven: the order of its rounds kept, the hours those that the roads allow.

The technicians leave when the plan says, serve in its order, and start each service as soon as they
are there and a window is open: late rather than not at all. The break begins when the plan says,
or as soon as the service before it is over; one that the plan leaves out, as the round would be
back in time, is left out. What that breaks, `dispatch.checker.rules` tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.checker import rules
from dispatch.checker.driving import arrival
from dispatch.checker.recount import legs_of, travel_of
from dispatch.model.plan import BreakTaken, Plan, Round, Stop

if TYPE_CHECKING:
    from dispatch.fieldwork import Visit
    from dispatch.model.problem import DayProblem


def driven(problem: DayProblem, plan: Plan) -> Plan:
    """Return a plan made for other travel times as it is driven at those of this problem."""
    rounds = tuple(_driven(problem, round_) for round_ in plan.rounds)
    made = plan.model_copy(
        update={
            "rounds": rounds,
            "bound_s": None,
            "gap": None,
            "proven_optimal": False,
            "input_sha256": problem.sha256,
        }
    )
    return made.model_copy(update={"cost_s": rules.cost(problem, made)})


def _driven(problem: DayProblem, round_: Round) -> Round:
    technician, rows = problem.technician[round_.technician], problem.place_index
    planned = round_.break_
    # The break comes on the leg to the first stop that starts after it.
    before = len(round_.stops)
    if planned is not None:
        before = sum(stop.start_s < planned.start_s for stop in round_.stops)
    time, place, taken = round_.departure_s, technician.start, None
    stops = []
    for number, stop in enumerate([*round_.stops, None]):
        target = technician.end if stop is None else stop.place
        there = arrival(problem.travel, rows[place], rows[target], time)
        ready = there
        if planned is not None and number == before:
            start = max(planned.start_s, time)
            length = planned.end_s - planned.start_s
            taken = BreakTaken(start_s=start, end_s=start + length)
            if start < there or stop is None:
                pause = (start, start + length)
                there = arrival(problem.travel, rows[place], rows[target], time, pause)
                there = max(there, taken.end_s)
                ready = there
            else:
                ready = taken.end_s
        if stop is None:
            time = there
            break
        visit = problem.visit[stop.visit]
        begin = _start(visit, ready)
        end = begin + visit.duration_s
        stops.append(
            Stop(visit=visit.id, place=stop.place, arrival_s=there, start_s=begin, end_s=end)
        )
        time, place = end, stop.place
    made = Round(
        technician=technician.id,
        departure_s=round_.departure_s,
        return_s=time,
        travel_s=0,
        distance_m=round_.distance_m,
        break_=taken,
        stops=tuple(stops),
    )
    assert legs_of(problem, technician, made)[-1].arrival_s == time
    return made.model_copy(update={"travel_s": travel_of(problem, technician, made)})


def _start(visit: Visit, ready: int) -> int:
    """Return when a service starts: in the first window that is still open, or late at once."""
    starts = [max(ready, low) for low, high in visit.windows_s if ready <= high]
    return min(starts, default=ready)
