"""A drive by the clock: when it arrives, given when it leaves and what travel takes by then.

Travel has slots of the day: in slot k, from `slot_starts_s[k]` to the next start, the whole way
takes `seconds[k]`. A drive that runs over the end of a slot goes on at the next one's speed: what
was left of it in slot k, times `seconds[k + 1] / seconds[k]`, rounded up. So a drive never arrives
before the exact (rational) moment, and one that leaves later never arrives earlier. The whole of
it, with the reasons, stands in docs/time-of-day.md.

Rules and views count with this; the search has its own clock, and shares nothing with it.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dispatch.streets.router import Travel

Pause = tuple[int, int]
"""When a break starts and ends (seconds since midnight)."""


def slot_at(travel: Travel, time_s: int) -> int:
    """Return the slot that a time (seconds since midnight) lies in; before midnight, the first."""
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
    Drive over the ends of slots that come first, as far as `until_s` and this included.

    Return the slot of the last stretch, what it takes to the end of the way (seconds), and when it
    begins. `begun` is the slot and what is left of a drive that goes on; None: all of a new one.
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
    """Return what is left of a drive (seconds) in one slot as seconds of another, rounded up."""
    if before == after or left <= 0:
        return left
    whole = int(travel.seconds[before, origin, destination])
    return -(-left * int(travel.seconds[after, origin, destination]) // whole)
