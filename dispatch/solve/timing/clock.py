"""One drive, one wait, one break: the only module that knows the slots of the day.

The rule is that of docs/time-of-day.md. A later departure never arrives earlier, and `leave_by` is
the exact inverse of `arrive`. `leave_before_break` is the inverse of `ready_after_break`; both
choose when the break begins.

*When the break on a leg begins.* Let it begin at b, in slot k, and end in slot l. If it begins one
second later, one second less of slot k is left to drive, which is S_l / S_k seconds of slot l. So
the arrival falls as b rises where S_l >= S_k, and rises elsewhere. Rounding up keeps the order, so
this holds in whole seconds too. The best moment is therefore the first or the last of those
with the same k and l.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.by_address import ARRIVE, BEFORE, LEAVE_BY, READY, SELF, call
from dispatch.solve.timing.kernel import inlined, inner, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

# The functions for several slots are called by address (`by_address`). They take the two arrays
# that they need: `starts` and `travel`, as in `Arrays`.


class BreakTimes(NamedTuple):
    """Earliest and latest start of a break, and its length (seconds)."""

    early: int
    late: int
    length: int


@inner
def slot_index(starts: Ints, time: int) -> int:
    """Return the index of the slot that holds a time; before midnight, the first."""
    k = 0
    while k + 1 < len(starts) and starts[k + 1] <= time:
        k += 1
    return k


@inlined
def steady(a: Arrays) -> bool:
    """Return whether travel is the same at any hour; late starts may cost all the same."""
    return len(a.slot_start) == 1 or a.slot_start[1] >= NEVER


@inlined
def arrive(a: Arrays, origin: int, destination: int, leave: int) -> int:
    """Return the arrival (seconds) after leaving at `leave`."""
    if steady(a):
        return leave + a.travel[0, origin, destination]
    return call(a.pack[ARRIVE], a.pack[SELF], origin, destination, leave, 0, 0)


@inner
def arrive_by_slots(starts: Ints, travel: Ints, origin: int, destination: int, leave: int) -> int:
    """Return what `arrive` does; `starts` and `travel` as in `Arrays`."""
    k = slot_index(starts, leave)
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
    if steady(a):
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
    k = slot_index(starts, time)
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
    if steady(a):
        home = leave + a.travel[0, origin, destination]
        return max(home, a.break_earliest[m]) + a.break_length[m]
    return call(a.pack[READY], a.pack[SELF], m, origin, destination, leave, 0)


@inner
def ready_by_slots(
    starts: Ints,
    travel: Ints,
    rest: BreakTimes,
    origin: int,
    destination: int,
    leave: int,
) -> int:
    """Return what `ready_after_break` does, for a break that can begin on the leg."""
    home = arrive_by_slots(starts, travel, origin, destination, leave)
    begin = best_break(starts, travel, rest, origin, destination, leave, home)
    return break_at(starts, travel, rest.length, origin, destination, leave, home, begin)


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
    k = slot_index(starts, leave)
    time, left = leave, travel[k, origin, destination]
    while k + 1 < len(starts) and starts[k + 1] <= begin:
        end = starts[k + 1]
        left = _convert(travel, origin, destination, left - (end - time), k, k + 1)
        time = end
        k += 1
    later = slot_index(starts, begin + length)
    left = _convert(travel, origin, destination, left - (begin - time), k, later)
    return _arrive_from(starts, travel, origin, destination, begin + length, later, left)


@inner
def _edge(starts: Ints, number: int, length: int) -> int:
    """Return the first or last moment at which a break begins, or ends, in a slot."""
    begin = starts[1 + number // 4]
    if number % 4 >= 2:
        begin -= length
    return begin - number % 2


@inner
def best_break(
    starts: Ints,
    travel: Ints,
    rest: BreakTimes,
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
    rest
        The break.
    leave, home
        When the drive leaves, and when it would arrive without a break.
    """
    low, length = max(leave, rest.early), rest.length
    if low >= home:
        return low
    high = min(rest.late, home)
    if slot_index(starts, low) == slot_index(starts, high + length):
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
    """Return the latest departure that is ready by a moment with the break on the way."""
    if not a.has_break[m] or a.break_earliest[m] + a.break_length[m] > ready:
        return -NEVER
    if steady(a):
        return min(ready - a.break_length[m] - a.travel[0, origin, destination], a.break_latest[m])
    return call(a.pack[BEFORE], a.pack[SELF], m, origin, destination, ready, 0)


@inner
def leave_before_break_by_slots(
    starts: Ints,
    travel: Ints,
    rest: BreakTimes,
    origin: int,
    destination: int,
    ready: int,
) -> int:
    """Return what `leave_before_break` does, for a break that can be over by `ready`."""
    early, late, length = rest.early, rest.late, rest.length
    best = -NEVER
    for choice in range(4 * len(starts)):
        # Rest at the destination; or before the drive; or on the way, as in `best_break`.
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
            later, k = slot_index(starts, begin + length), slot_index(starts, begin)
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
    last = slot_index(starts, arrival)
    left = arrival - max(time, starts[last])
    while last > k:
        left = _convert_back(travel, origin, destination, left, last, last - 1)
        last -= 1
        left += starts[last + 1] - max(time, starts[last])
    return left
