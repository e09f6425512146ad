"""A drive by the clock: its arrival, from its departure and the travel times of the day.

Travel has slots of the day: in slot k, from `slot_starts_s[k]` to the next start, the whole way
takes `seconds[k]`. A drive that runs over the end of a slot goes on at the next one's speed: what
was left of it in slot k, times `seconds[k + 1] / seconds[k]`, rounded up. So a drive never arrives
before the exact (rational) moment, and one that leaves later never arrives earlier.
docs/time-of-day.md gives the whole of it, with the reasons.

Rules and views use this clock; the search has its own and shares nothing with it.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dispatch.streets.router import Travel

Pause = tuple[int, int]
"""When a break starts and ends (seconds since midnight)."""


def slot_at(travel: Travel, time_s: int) -> int:
    """Return the slot of a time (seconds since midnight); before midnight it is the first one."""
    return max(0, bisect_right(travel.slot_starts_s, time_s) - 1)


def arrival(
    travel: Travel, origin: int, destination: int, leave_s: int, pause: Pause | None = None
) -> int:
    """
    Return when a drive arrives (seconds since midnight).

    Parameters
    ----------
    travel
        Seconds by slot.
    origin, destination
        Row and column of the matrices.
    leave_s
        When it leaves (seconds since midnight).
    pause
        A break that falls on this drive: it starts at `leave_s` or later. Starting with
        `leave_s`, it is taken before leaving. Starting on the way, it interrupts the drive, which
        then goes on at the speed of the slot that the break ends in. A drive that would be over
        before the break is delayed by its length.
    """
    if pause is None:
        slot, need, time = _until(travel, origin, destination, leave_s, None)
        return time + need
    start, end = pause
    if start <= leave_s:
        return arrival(travel, origin, destination, leave_s + end - start)
    slot, left, time = _until(travel, origin, destination, leave_s, start)
    if time + left <= start:
        return time + left + end - start
    left -= start - time
    later = slot_at(travel, end)
    left = _converted(travel, origin, destination, left, slot, later)
    slot, left, time = _until(travel, origin, destination, end, None, (later, left))
    return time + left


def _until(
    travel: Travel,
    origin: int,
    destination: int,
    time: int,
    until_s: int | None,
    begun: tuple[int, int] | None = None,
) -> tuple[int, int, int]:
    """
    Drive over the ends of slots up to `until_s`, that moment included.

    Return the slot of the last stretch, the seconds from its start to the end of the drive, and its
    start. `begun` holds the slot and the seconds left of a drive that goes on; None: a new drive.
    """
    starts = travel.slot_starts_s
    if begun is None:
        slot = slot_at(travel, time)
        need = int(travel.seconds[slot, origin, destination])
    else:
        slot, need = begun
    while slot + 1 < len(starts):
        end = starts[slot + 1]
        if time + need <= end or (until_s is not None and end > until_s):
            break
        need = _converted(travel, origin, destination, need - (end - time), slot, slot + 1)
        time, slot = end, slot + 1
    return slot, need, time


def _converted(
    travel: Travel, origin: int, destination: int, left: int, before: int, after: int
) -> int:
    """Convert the seconds left of a drive from one slot to another, rounded up."""
    if before == after or left <= 0:
        return left
    whole = int(travel.seconds[before, origin, destination])
    return -(-left * int(travel.seconds[after, origin, destination]) // whole)
