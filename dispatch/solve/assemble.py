"""From sequences of visits to a plan: exact times, the break's place, figures and cost."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dispatch.plan import BreakTaken, Round, Stop
from dispatch.solve.arrays import NEVER
from dispatch.solve.timing import (
    arrive,
    departure_and_return,
    latest_leave,
    ready_after_break,
    start_from,
    step_back,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatch.problem import DayProblem
    from dispatch.solve.arrays import Arrays


def round_of(
    problem: DayProblem, a: Arrays, technician: int, sequence: Sequence[int]
) -> Round | None:
    """
    Return the round of a technician along a sequence of visits, with times.

    The return is the earliest possible, the departure the latest that keeps it,
    and the break begins as early as that allows.

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

    # Without a break one is never back later: where it is not due, it is not taken.
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
        stops.append(
            Stop(
                visit=visit.id,
                place=visit.place,
                arrival_s=int(arrival),
                start_s=int(start),
                end_s=int(start + visit.duration_s),
            )
        )
        node, leave = place, int(start + visit.duration_s)

    nodes = [int(a.start[m]), *sequence, int(a.end[m])]
    legs = list(pairwise(nodes))
    who = problem.technicians[m]
    names = [who.start, *(problem.visits[index].place for index in sequence), who.end]
    rows = [problem.place_index[name] for name in names]
    metres = problem.travel.metres
    return Round(
        technician=who.id,
        departure_s=int(departure),
        return_s=int(back),
        travel_s=int(sum(a.travel[0, i, j] for i, j in legs)),
        distance_m=None if metres is None else int(sum(metres[i, j] for i, j in pairwise(rows))),
        break_=pause,
        stops=tuple(stops),
    )


def _latest_with_break_taken(a: Arrays, m: int, sequence: Sequence[int], back: int) -> list[int]:
    """Return for each visit the latest time to leave it, break taken, that is back by `back`."""
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
    """Return the break as early as it may begin on a leg, and the arrival that follows."""
    length = int(a.break_length[m])
    begin = max(leave, int(a.break_earliest[m]))
    if arrival <= begin:
        return BreakTaken(start_s=begin, end_s=begin + length), arrival
    return BreakTaken(start_s=begin, end_s=begin + length), rested
