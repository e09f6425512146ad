"""A round as it goes on each drawn day: the compiled clock, in whole seconds.

The rules are those of docs/chances.md; the drive over the ends of slots is that of
docs/time-of-day.md, with a first need that a factor has stretched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dispatch.solve.timing.kernel import inner, kernel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

HOUR_S = 3600
# As in `draws`: a factor of 1 is 1 << 16.
BITS = 16
HALF = 1 << 15


class RoundArrays(NamedTuple):
    """
    What stays the same on each day of a round: int64 arrays, and numbers.

    Drive i leads to stop i; the last one leads back.
    """

    slot_starts: Ints
    travel: Ints
    """Planned seconds of each drive in each slot, shape (slots, drives)."""
    level_of_hour: Ints
    """Which variation a drive has that leaves at an hour of the day, shape (24,)."""
    window_first: Ints
    """Windows of stop i are those from window_first[i] until before window_first[i + 1], rising."""
    window_low: Ints
    window_high: Ints
    departure: int
    break_drive: int
    """The drive before or on which the break is; -1: there is none."""
    break_start: int
    break_earliest: int
    break_length: int


@kernel
def go_through_days(
    a: RoundArrays, services: Ints, drives: Ints, arrivals: Ints, starts: Ints, returns: Ints
) -> None:
    """
    Fill in when each service of a round starts on each day, and when the technician is back.

    Parameters
    ----------
    a
        The round.
    services
        Seconds of each service, shape (days, stops).
    drives
        Factors of each drive, shape (days, drives, variations), as in `draws.Factors`.
    arrivals, starts, returns
        Filled in (seconds since midnight): shapes (days, stops), the same, and (days,).
    """
    stops = services.shape[1]
    for day in range(len(services)):
        time = a.departure
        for i in range(stops + 1):
            there, ready = _way(a, i, time, drives[day, i], i == stops)
            if i == stops:
                returns[day] = ready
            else:
                arrivals[day, i] = there
                starts[day, i] = _start(a, i, ready)
                time = starts[day, i] + services[day, i]


@inner
def _way(a: RoundArrays, i: int, leave: int, factors: Ints, back: bool) -> tuple[int, int]:
    """Return when drive i arrives, and when the technician is ready there, the break included."""
    there = _arrive(a, i, leave, _need(a, i, leave, factors))
    if i != a.break_drive:
        return there, there
    begin = max(leave, min(a.break_start, max(there, a.break_earliest)))
    end = begin + a.break_length
    if back and begin >= there:
        return there, there
    if begin <= leave:
        there = _arrive(a, i, end, _need(a, i, end, factors))
        return there, there
    if begin >= there:
        return there, end
    there = _arrive_with_break(a, i, leave, _need(a, i, leave, factors), begin, end)
    return there, there


@inner
def _need(a: RoundArrays, i: int, leave: int, factors: Ints) -> int:
    """Return the seconds that drive i needs at the speed of the slot in which it leaves."""
    factor = factors[a.level_of_hour[leave // HOUR_S % 24]]
    return (a.travel[_slot(a, leave), i] * factor + HALF) >> BITS


@inner
def _slot(a: RoundArrays, time: int) -> int:
    """Return the slot of a time; before midnight, the first."""
    k = 0
    while k + 1 < len(a.slot_starts) and a.slot_starts[k + 1] <= time:
        k += 1
    return k


@inner
def _converted(a: RoundArrays, i: int, left: int, k: int, to: int) -> int:
    """Return what is left of a drive in slot k as seconds of another slot, rounded up."""
    if k == to or left <= 0:
        return left
    return -((-left * a.travel[to, i]) // a.travel[k, i])


@inner
def _arrive(a: RoundArrays, i: int, time: int, left: int) -> int:
    """Return when a drive arrives that has `left` seconds to go at a time, in the slot of it."""
    k = _slot(a, time)
    while k + 1 < len(a.slot_starts) and time + left > a.slot_starts[k + 1]:
        end = a.slot_starts[k + 1]
        left = _converted(a, i, left - (end - time), k, k + 1)
        time = end
        k += 1
    return time + left


@inner
def _arrive_with_break(a: RoundArrays, i: int, time: int, left: int, begin: int, end: int) -> int:
    """Return when a drive arrives that a break interrupts; it would not be over before."""
    k = _slot(a, time)
    while k + 1 < len(a.slot_starts) and a.slot_starts[k + 1] <= begin:
        stop = a.slot_starts[k + 1]
        left = _converted(a, i, left - (stop - time), k, k + 1)
        time = stop
        k += 1
    left = _converted(a, i, left - (begin - time), k, _slot(a, end))
    return _arrive(a, i, end, left)


@inner
def _start(a: RoundArrays, i: int, ready: int) -> int:
    """Return when a service starts: in the first window that is still open, or late at once."""
    for w in range(a.window_first[i], a.window_first[i + 1]):
        if ready <= a.window_high[w]:
            return max(ready, a.window_low[w])
    return ready
