"""When a sequence of visits can be driven: breaks, several windows, working time.

Along a sequence two clocks run: one for "break not yet taken" and one for
"taken". An earlier clock is never worse, because travel is first in, first out.

Leg from a service ended at ``t`` to the next place, ``a = arrive(t)``:

- without a break the place is ready at ``a``;
- with the break on this leg it is ready at ``max(a, earliest) + length``, allowed
  when the break can begin by its latest start, ``max(t, earliest) <= latest``:
  it interrupts the drive, or follows it where the arrival is before `earliest`.

Where travel depends on the time of day, the break begins at the moment of the leg that makes the
next place ready earliest (`clock.ready_after_break`). The cost of a round then depends on when
each place is left: `schedule` computes it.

A break is due unless the return is no later than its latest start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import (
    arrive,
    leave_before_break,
    leave_by,
    ready_after_break,
    start_from,
    start_until,
)
from dispatch.solve.timing.kernel import inner, kernel
from dispatch.solve.timing.lateness import timed
from dispatch.solve.timing.schedule import best_schedule, departure_of, return_of
from dispatch.solve.timing.steps import latest_leave, returned, step, step_back
from dispatch.solve.timing.working import limited

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]


@kernel
def earliest_return(a: Arrays, m: int, sequence: Ints, size: int, departure: int) -> int:
    """Return the earliest return when leaving at `departure` at the soonest; NEVER: impossible."""
    before, after = departure, np.int64(NEVER)
    node = a.start[m]
    for position in range(size):
        before, after = step(a, m, node, sequence[position], before, after)
        if before == NEVER and after == NEVER:
            return NEVER
        node = sequence[position]
    return returned(a, m, node, before, after)


@kernel
def latest_departure(a: Arrays, m: int, sequence: Ints, size: int, latest_return: int) -> int:
    """Return the latest departure that is back by `latest_return`; -NEVER: impossible."""
    if size == 0:
        return latest_leave(a, m, a.start[m], latest_return)[0]
    before, after = latest_leave(a, m, sequence[size - 1], latest_return)
    for position in range(size - 1, -1, -1):
        origin = a.start[m] if position == 0 else sequence[position - 1]
        before, after = step_back(a, m, origin, sequence[position], before, after)
    return before


@kernel
def departure_and_return(a: Arrays, m: int, sequence: Ints, size: int) -> tuple[int, int]:
    """
    Return when to leave and when one is back; (NEVER, NEVER) when the sequence cannot be driven.

    The return is the earliest that keeps the maximum working time; the departure
    is the latest that keeps the return. Where travel depends on the time of day,
    both are those of the schedule that costs least.
    """
    if timed(a, m, sequence, size):
        if best_schedule(a, m, sequence, size) == NEVER:
            return NEVER, NEVER
        return departure_of(a), return_of(a, size)
    back = earliest_return(a, m, sequence, size, a.shift_start[m])
    if back == NEVER:
        return NEVER, NEVER
    departure = latest_departure(a, m, sequence, size, back)
    if back - departure <= a.max_working[m]:
        return departure, back
    departure, back = NEVER, NEVER
    for leg in range(-1, size + 1 if a.has_break[m] else 0):
        leave, home = _within_working_time(a, m, sequence, size, leg)
        if home < back or (home == back and home < NEVER and leave > departure):
            departure, back = leave, home
    return departure, back


@kernel
def round_cost(a: Arrays, m: int, sequence: Ints, size: int) -> int:
    """Return the cost of a round (seconds); NEVER when it cannot be driven."""
    if size == 0:
        return 0
    if timed(a, m, sequence, size):
        cost = best_schedule(a, m, sequence, size)
        return cost if cost == NEVER else cost + soft_cost(a, m, sequence, size)
    cost = 0
    if a.overtime_weight[0] > 0 or limited(a, m):
        back = departure_and_return(a, m, sequence, size)[1]
        cost = a.overtime_weight[0] * max(0, back - a.shift_end[m])
    else:
        back = earliest_return(a, m, sequence, size, a.shift_start[m])
    if back == NEVER:
        return NEVER
    node = a.start[m]
    for position in range(size):
        cost += a.travel[0, node, sequence[position]]
        node = sequence[position]
    cost += a.travel[0, node, a.end[m]]
    return cost if len(a.soft) == 0 else cost + soft_cost(a, m, sequence, size)


@kernel
def soft_cost(a: Arrays, m: int, sequence: Ints, size: int) -> int:
    """Return the soft cost of a round (seconds): unfamiliar places, work above the share."""
    if len(a.soft) == 0:
        return 0
    work, unknown = np.int64(0), 0
    for position in range(size):
        work += a.duration[sequence[position]]
        unknown += a.soft[m, sequence[position]]
    return unknown + above_share(a, m, work)


@inner
def above_share(a: Arrays, m: int, work: int) -> int:
    """Return the cost (seconds, rounded up) of time on site above the technician's fair share."""
    n = len(a.duration)
    return -(-a.soft[m, n + 1] * max(0, work - a.soft[m, n]) // 100)


@inner
def _within_working_time(a: Arrays, m: int, sequence: Ints, size: int, leg: int) -> tuple[int, int]:
    """
    Return the departure with the earliest return within the working time, break on leg `leg`.

    A later departure never returns earlier. So the departures worth trying are the
    shift's start and then, one by one, the moment from which the schedule found so
    far cannot be shifted any more: up to there the working time does not shrink.
    """
    departure = a.shift_start[m]
    while True:
        back, _ = _drive(a, m, sequence, size, leg, departure)
        if back == NEVER:
            return NEVER, NEVER
        departure = _latest_departure(a, m, sequence, size, leg, back)
        if back - departure <= a.max_working[m]:
            return departure, back
        _, slack = _drive(a, m, sequence, size, leg, departure)
        departure += slack + 1


@inner
def _drive(
    a: Arrays, m: int, sequence: Ints, size: int, leg: int, departure: int
) -> tuple[int, int]:
    """
    Return the earliest return with the break on one leg (-1: none), and the slack.

    The slack is how much later one may leave, so long as nobody waits, before a
    window, the break's latest start or the latest return is passed.
    """
    leave, slack = departure, NEVER
    node = a.start[m]
    for position in range(size + 1):
        place = a.end[m] if position == size else sequence[position]
        if position == leg:
            ready = ready_after_break(a, m, node, place, leave)
            slack = min(slack, a.break_latest[m] - leave)
        else:
            ready = arrive(a, node, place, leave)
        if position == size:
            last = a.latest_return[m]
            if leg == -1 and a.has_break[m]:
                last = min(last, a.break_latest[m])
            return (ready, min(slack, last - ready)) if ready <= last else (NEVER, 0)
        start = start_from(a, place, ready)
        if start == NEVER:
            return NEVER, 0
        for w in range(a.window_first[place], a.window_first[place + 1]):
            if a.window_low[w] <= start <= a.window_high[w]:
                slack = min(slack, a.window_high[w] - start)
        leave = start + a.duration[place]
        node = place
    return NEVER, 0


@inner
def _latest_departure(a: Arrays, m: int, sequence: Ints, size: int, leg: int, back: int) -> int:
    """Return the latest departure that is back by `back`, with the break on one leg (-1: none)."""
    latest = back
    for position in range(size, -1, -1):
        place = a.end[m] if position == size else sequence[position]
        origin = a.start[m] if position == 0 else sequence[position - 1]
        if position < size:
            latest = start_until(a, place, latest - a.duration[place])
        if position == leg:
            latest = leave_before_break(a, m, origin, place, latest)
        else:
            latest = leave_by(a, origin, place, latest)
    return latest
