"""One drive, one wait, one break: the only place that knows the slots of the day.

The rule is that of docs/time-of-day.md. `arrive` never falls when one leaves later, and
`leave_by` is its exact inverse; so are `ready_after_break` and `leave_before_break`,
which choose when the break begins.

*When to begin the break on a leg.* Let it begin at b, in slot k, and end in slot l. A second
later it leaves one second less of slot k to drive, that is S_l / S_k seconds of slot l: the
arrival falls as b rises where S_l >= S_k, and rises where not (in whole seconds, too, as
rounding up keeps the order). So the best moment is the first or the last of those for which k and l
stay the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.by_address import ARRIVE, BEFORE, LEAVE_BY, READY, SELF, call
from dispatch.solve.timing.kernel import inlined, inner, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

# What works with slots is reached by address (`door`), and takes the two arrays that it needs.


@inner
def slot_at(starts: Ints, time: int) -> int:
    """Return the slot that a time lies in; before midnight, the first."""
    k = 0
    while k + 1 < len(starts) and starts[k + 1] <= time:
        k += 1
    return k


@inlined
def arrive(a: Arrays, origin: int, destination: int, leave: int) -> int:
    """Return the arrival (seconds) after leaving at `leave`."""
    if len(a.slot_start) == 1:
        return leave + a.travel[0, origin, destination]
    return call(a.pack[ARRIVE], a.pack[SELF], origin, destination, leave, 0, 0)


@inner
def arrive_by_slots(starts: Ints, travel: Ints, origin: int, destination: int, leave: int) -> int:
    """Return what `arrive` does; `starts` and `travel` as in `Arrays`."""
    k = slot_at(starts, leave)
    return _arrive_from(
        starts, travel, origin, destination, leave, k, travel[k, origin, destination]
    )


@inner
def _arrive_from(
    starts: Ints, travel: Ints, origin: int, destination: int, time: int, k: int, left: int
) -> int:
    """Return the arrival of a drive with `left` seconds of slot k to go at a time in that slot."""
    while k + 1 < len(starts) and time + left > starts[k + 1]:
        end = starts[k + 1]
        left = _convert(travel, origin, destination, left - (end - time), k, k + 1)
        time = end
        k += 1
    return time + left


@inner
def _convert(travel: Ints, origin: int, destination: int, left: int, k: int, to: int) -> int:
    """Return what is left of a drive in slot k as seconds of another slot, rounded up."""
    if k == to or left <= 0:
        return left
    return -((-left * travel[to, origin, destination]) // travel[k, origin, destination])


@inner
def _convert_back(travel: Ints, origin: int, destination: int, left: int, k: int, to: int) -> int:
    """Return the most that may be left in slot `to` to be at most `left` in slot k; `left` >= 0."""
    if k == to:
        return left
    if travel[k, origin, destination] == 0:
        return travel[to, origin, destination]
    return left * travel[to, origin, destination] // travel[k, origin, destination]


@inlined
def leave_by(a: Arrays, origin: int, destination: int, arrival: int) -> int:
    """Return the latest departure (seconds) that arrives by `arrival`: the inverse of `arrive`."""
    if len(a.slot_start) == 1:
        return arrival - a.travel[0, origin, destination]
    return call(a.pack[LEAVE_BY], a.pack[SELF], origin, destination, arrival, 0, 0)


@inner
def leave_by_slots(
    starts: Ints, travel: Ints, origin: int, destination: int, time: int, left: int
) -> int:
    """
    Return the latest departure with at most `left` seconds (of that slot) to go at `time`.

    With 0 it is what `leave_by` does; `starts` and `travel` as in `Arrays`.
    """
    k = slot_at(starts, time)
    leave = min(time, time - travel[k, origin, destination] + left)
    while k > 0 and leave < starts[k]:
        end = starts[k]
        left = _convert_back(travel, origin, destination, left + time - end, k, k - 1)
        time = end
        k -= 1
        leave = min(end - 1, end - travel[k, origin, destination] + left)
    return leave


@inlined
def start_from(a: Arrays, visit: int, ready: int) -> int:
    """Return the first moment from `ready` on in a window of the visit; NEVER: there is none."""
    for w in range(a.window_first[visit], a.window_first[visit + 1]):
        if ready <= a.window_high[w]:
            return max(ready, a.window_low[w])
    return NEVER


@inlined
def start_until(a: Arrays, visit: int, latest: int) -> int:
    """Return the last moment up to `latest` in a window of the visit; -NEVER when there is none."""
    for w in range(a.window_first[visit + 1] - 1, a.window_first[visit] - 1, -1):
        if latest >= a.window_low[w]:
            return min(latest, a.window_high[w])
    return -NEVER


@inlined
def ready_after_break(a: Arrays, m: int, origin: int, destination: int, leave: int) -> int:
    """Return when a place is reached with the break on the way; NEVER where it cannot be there."""
    if not a.has_break[m] or max(leave, a.break_earliest[m]) > a.break_latest[m]:
        return NEVER
    if len(a.slot_start) == 1:
        home = leave + a.travel[0, origin, destination]
        return max(home, a.break_earliest[m]) + a.break_length[m]
    return call(a.pack[READY], a.pack[SELF], m, origin, destination, leave, 0)


@inner
def ready_by_slots(
    starts: Ints,
    travel: Ints,
    early: int,
    late: int,
    length: int,
    origin: int,
    destination: int,
    leave: int,
) -> int:
    """Return what `ready_after_break` does, for a break that can begin on the leg."""
    home = arrive_by_slots(starts, travel, origin, destination, leave)
    begin = best_break(starts, travel, early, late, length, origin, destination, leave, home)
    return break_at(starts, travel, length, origin, destination, leave, home, begin)


@kernel
def break_at(
    starts: Ints,
    travel: Ints,
    length: int,
    origin: int,
    destination: int,
    leave: int,
    home: int,
    begin: int,
) -> int:
    """
    Return when the drive and a break that begins at `begin` are both over.

    Parameters
    ----------
    starts, travel, length
        As in `Arrays`; the length of the break.
    leave, home
        When the drive leaves, and when it would arrive without a break.
    begin
        `leave` or later.
    """
    if begin >= home:
        return begin + length
    if begin == leave:
        return arrive_by_slots(starts, travel, origin, destination, leave + length)
    k = slot_at(starts, leave)
    time, left = leave, travel[k, origin, destination]
    while k + 1 < len(starts) and starts[k + 1] <= begin:
        end = starts[k + 1]
        left = _convert(travel, origin, destination, left - (end - time), k, k + 1)
        time = end
        k += 1
    later = slot_at(starts, begin + length)
    left = _convert(travel, origin, destination, left - (begin - time), k, later)
    return _arrive_from(starts, travel, origin, destination, begin + length, later, left)


@inner
def _edge(starts: Ints, number: int, length: int) -> int:
    """Return a moment at which a break of a length first, or last, begins or ends in a slot."""
    begin = starts[1 + number // 4]
    if number % 4 >= 2:
        begin -= length
    return begin - number % 2


@inner
def best_break(
    starts: Ints,
    travel: Ints,
    early: int,
    late: int,
    length: int,
    origin: int,
    destination: int,
    leave: int,
    home: int,
) -> int:
    """
    Return the first moment to begin the break on a leg that is ready at the earliest.

    Parameters
    ----------
    starts, travel
        As in `Arrays`.
    early, late, length
        Of the break.
    leave, home
        When the drive leaves, and when it would arrive without a break.
    """
    low = max(leave, early)
    if low >= home:
        return low
    high = min(late, home)
    if slot_at(starts, low) == slot_at(starts, high + length):
        return low
    best, ready = low, NEVER
    for choice in range(4 * len(starts) - 2):
        begin = low if choice == 0 else high if choice == 1 else _edge(starts, choice - 2, length)
        if begin < low or begin > high:
            continue
        then = break_at(starts, travel, length, origin, destination, leave, home, begin)
        if then < ready or (then == ready and begin < best):
            best, ready = begin, then
    return best


@inlined
def leave_before_break(a: Arrays, m: int, origin: int, destination: int, ready: int) -> int:
    """Return the latest departure that is ready by `ready` with the break on the way."""
    if not a.has_break[m] or a.break_earliest[m] + a.break_length[m] > ready:
        return -NEVER
    if len(a.slot_start) == 1:
        return min(ready - a.break_length[m] - a.travel[0, origin, destination], a.break_latest[m])
    return call(a.pack[BEFORE], a.pack[SELF], m, origin, destination, ready, 0)


@inner
def rest_by_slots(
    starts: Ints,
    travel: Ints,
    early: int,
    late: int,
    length: int,
    origin: int,
    destination: int,
    ready: int,
) -> int:
    """Return what `leave_before_break` does, for a break that can be over by `ready`."""
    best = -NEVER
    for choice in range(4 * len(starts)):
        # Rest at the place reached; or before leaving; or on the way, as in `best_break`.
        if choice == 0:
            leave = leave_by_slots(
                starts, travel, origin, destination, min(ready - length, late), np.int64(0)
            )
        elif choice == 1:
            leave = leave_by_slots(starts, travel, origin, destination, ready, np.int64(0)) - length
            if min(leave, late) < early:
                continue
        else:
            begin = early if choice == 2 else late
            if choice >= 4:
                begin = _edge(starts, choice - 4, length)
            if begin < early or begin > late or begin + length > ready:
                continue
            later, k = slot_at(starts, begin + length), slot_at(starts, begin)
            left = _drivable(starts, travel, origin, destination, begin + length, later, ready)
            left = _convert_back(travel, origin, destination, left, later, k)
            leave = leave_by_slots(starts, travel, origin, destination, begin, left)
        best = max(best, min(leave, late))
    return best


@inner
def _drivable(
    starts: Ints, travel: Ints, origin: int, destination: int, time: int, k: int, arrival: int
) -> int:
    """Return the most seconds of slot k that may be left at a time in it to arrive by `arrival`."""
    last = slot_at(starts, arrival)
    left = arrival - max(time, starts[last])
    while last > k:
        left = _convert_back(travel, origin, destination, left, last, last - 1)
        last -= 1
        left += starts[last + 1] - max(time, starts[last])
    return left
