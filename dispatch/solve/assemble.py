"""From sequences of visits to a plan: exact times, the break's place, figures and cost."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dispatch.model.plan import BreakTaken, Round, Stop
from dispatch.solve.slack import with_slack
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import arrive, break_at, ready_after_break, start_from
from dispatch.solve.timing.lateness import timed
from dispatch.solve.timing.round_times import departure_and_return
from dispatch.solve.timing.schedule import schedule_of
from dispatch.solve.timing.steps import latest_leave, step_back

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatch.fieldwork import Visit
    from dispatch.model.problem import DayProblem
    from dispatch.solve.timing.arrays import Arrays


def round_of(
    problem: DayProblem, a: Arrays, technician: int, sequence: Sequence[int]
) -> Round | None:
    """
    Return the round of a technician along a sequence of visits, with times.

    The return is the earliest possible, the departure the latest that keeps it and the slack of
    each visit (`slack`), and the break begins as early as that allows. Where travel depends on the
    time of day, the times are those of the cheapest schedule.

    Parameters
    ----------
    problem, a
        The problem, and its arrays.
    technician
        Index of the technician.
    sequence
        Indices of the visits, in order; not empty.

    Returns
    -------
    round
        None when the sequence cannot be driven by the rules of time.
    """
    m, size = technician, len(sequence)
    order = np.array(sequence, dtype=np.int64)
    departure, back = departure_and_return(a, m, order, size)
    if back == NEVER:
        return None
    roomy, departure = with_slack(
        a, m, sequence, int(departure), int(back), problem.weights.slack_target_s
    )
    made = (
        _by_slots(problem, roomy, m, sequence)
        if timed(a, m, order, size)
        else _by_one(problem, roomy, m, sequence, departure, back)
    )
    stops, pause, travel = made
    who = problem.technicians[m]
    names = [who.start, *(problem.visits[index].place for index in sequence), who.end]
    rows = [problem.place_index[name] for name in names]
    metres = problem.travel.metres
    return Round(
        technician=who.id,
        departure_s=int(departure),
        return_s=int(back),
        travel_s=travel,
        distance_m=None if metres is None else int(sum(metres[i, j] for i, j in pairwise(rows))),
        break_=pause,
        stops=tuple(stops),
    )


Made = tuple[list[Stop], BreakTaken | None, int]
"""The stops of a round, its break, and its travel (seconds)."""


def _by_one(
    problem: DayProblem, a: Arrays, m: int, sequence: Sequence[int], departure: int, back: int
) -> Made:
    """Return the round with one slot: everything as early as the departure allows."""
    size = len(sequence)
    # Without a break the return is never later: where none is due, none is taken.
    due = bool(a.has_break[m]) and back > a.break_latest[m]
    latest = _latest_with_break_taken(a, m, sequence, back)
    stops: list[Stop] = []
    pause: BreakTaken | None = None
    node, leave = int(a.start[m]), departure
    for position, place in enumerate([*sequence, int(a.end[m])]):
        arrival = ready = arrive(a, node, place, leave)
        if due and pause is None:
            rested = ready_after_break(a, m, node, place, leave)
            if position == size or _service_end(a, place, rested) <= latest[position]:
                ready = rested
                pause, arrival = _break_on_leg(a, m, leave, arrival, rested)
        if position == size:
            break
        start = start_from(a, place, ready)
        visit = problem.visits[place]
        stops.append(_stop(visit, arrival, start + visit.duration_s))
        node, leave = place, int(start + visit.duration_s)
    nodes = [int(a.start[m]), *sequence, int(a.end[m])]
    return stops, pause, int(sum(a.travel[0, i, j] for i, j in pairwise(nodes)))


def _by_slots(problem: DayProblem, a: Arrays, m: int, sequence: Sequence[int]) -> Made:
    """Return the round with several slots, from the schedule that `schedule` stored last."""
    length = int(a.break_length[m])
    stops: list[Stop] = []
    pause: BreakTaken | None = None
    travel, node = 0, int(a.start[m])
    plan = schedule_of(a).tolist()
    for position, place in enumerate([*sequence, int(a.end[m])]):
        leave, begin = plan[position]
        arrival = int(arrive(a, node, place, leave))
        driven = arrival - leave
        if begin >= 0:
            pause = BreakTaken(start_s=begin, end_s=begin + length)
            if begin < arrival:
                drive = (length, node, place, leave, arrival, begin)
                arrival = int(break_at(a.slot_start, a.travel, *drive))
                driven = arrival - leave - length
        travel += driven
        if position < len(sequence):
            stops.append(_stop(problem.visits[place], arrival, plan[position + 1][0]))
        node = place
    return stops, pause, travel


def _stop(visit: Visit, arrival: int, end: int) -> Stop:
    return Stop(
        visit=visit.id,
        place=visit.place,
        arrival_s=int(arrival),
        start_s=int(end) - visit.duration_s,
        end_s=int(end),
    )


def _latest_with_break_taken(a: Arrays, m: int, sequence: Sequence[int], back: int) -> list[int]:
    """Return for each visit the latest time to leave it, break taken, with a return by `back`."""
    latest = [int(latest_leave(a, m, sequence[-1], back)[1])]
    for origin, visit in zip(sequence[-2::-1], sequence[:0:-1], strict=True):
        latest.append(int(step_back(a, m, origin, visit, -NEVER, latest[-1])[1]))
    return latest[::-1]


def _service_end(a: Arrays, visit: int, ready: int) -> int:
    start = start_from(a, visit, ready)
    return NEVER if start == NEVER else int(start + a.duration[visit])


def _break_on_leg(
    a: Arrays, m: int, leave: int, arrival: int, rested: int
) -> tuple[BreakTaken, int]:
    """Return the break, as early as possible on a leg, and the arrival that follows."""
    length = int(a.break_length[m])
    begin = max(leave, int(a.break_earliest[m]))
    if arrival <= begin:
        return BreakTaken(start_s=begin, end_s=begin + length), arrival
    return BreakTaken(start_s=begin, end_s=begin + length), rested
