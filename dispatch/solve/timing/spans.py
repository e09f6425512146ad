"""Spans of departures, and the least travel of a leg in each: what a bound may count on.

A label knows the earliest departure (backward: the latest), and a plan may leave later, as a
service can start later than it could. So a label is extended once for each span of departures
in which the leg gets cheaper: with the clock of the span's near end, and the least cost of
the span. Whenever a plan leaves, one of the extensions is no later and costs no more.

In slot k a drive that departs by c = end - S_k ends within the slot and takes S_k. A drive that
departs after c passes the end of the slot. Each second later makes it longer where the next slot is
slower, and shorter where it is quicker; rounding keeps the order. So within each of these parts the
least travel of a span is at one of its ends. Parts in which travel falls are cut into pieces.

With one slot there is one span without end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.by_address import LEAST, RESTED, SELF, SPAN_BEGIN, SPAN_END, call
from dispatch.solve.timing.clock import arrive_by_slots, ready_after_break, slot_index, steady
from dispatch.solve.timing.kernel import inlined, inner

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

# Number of pieces of a part in which drives pass the end of a slot into a quicker one.
PIECES = 4


@inlined
def span_end(a: Arrays, origin: int, destination: int, leave: int) -> int:
    """Return the last departure of the span that contains this one; NEVER: it has no end."""
    if steady(a):
        return NEVER
    return call(a.pack[SPAN_END], a.pack[SELF], origin, destination, leave, 0, 0)


@inlined
def span_begin(a: Arrays, origin: int, destination: int, leave: int) -> int:
    """Return the first departure of the span that contains this one; -NEVER: it has none."""
    if steady(a):
        return -NEVER
    return call(a.pack[SPAN_BEGIN], a.pack[SELF], origin, destination, leave, 0, 0)


@inlined
def least_travel(a: Arrays, origin: int, destination: int, first: int, last: int) -> int:
    """Return a lower bound of the travel (s) for departures of one span, from `first` to `last`."""
    if steady(a):
        return a.travel[0, origin, destination]
    return call(a.pack[LEAST], a.pack[SELF], origin, destination, first, last, 0)


@inlined
def least_with_break(
    a: Arrays, m: int, origin: int, destination: int, first: int, last: int
) -> int:
    """
    Return a lower bound of the travel (s) with the break on the leg, departures as `least_travel`.

    Each part of the drive takes its share of its slot's travel, so that the whole takes no less
    than in the quickest slot on the way. Where no break is possible, there is nothing to bound.
    """
    if steady(a):
        return a.travel[0, origin, destination]
    return call(a.pack[RESTED], a.pack[SELF], m, origin, destination, first, last)


@inner
def end_of_span(starts: Ints, travel: Ints, origin: int, destination: int, leave: int) -> int:
    """Return what `span_end` does; `starts` and `travel` as in `Arrays`."""
    k = slot_index(starts, leave)
    if k + 1 == len(starts):
        return NEVER
    end, whole = starts[k + 1], travel[k, origin, destination]
    if leave <= end - whole:
        return min(end - 1, end - whole)
    if travel[k + 1, origin, destination] >= whole:
        return end - 1
    piece = 1 + (whole - 1) // PIECES
    return end - 1 - (end - 1 - leave) // piece * piece


@inner
def begin_of_span(starts: Ints, travel: Ints, origin: int, destination: int, leave: int) -> int:
    """Return what `span_begin` does; `starts` and `travel` as in `Arrays`."""
    k = slot_index(starts, leave)
    begin = starts[k] if k > 0 else -NEVER
    if k + 1 == len(starts):
        return begin
    end, whole = starts[k + 1], travel[k, origin, destination]
    if leave <= end - whole:
        return begin
    begin = max(begin, end - whole + 1)
    if travel[k + 1, origin, destination] >= whole:
        return begin
    piece = 1 + (whole - 1) // PIECES
    return max(begin, end - ((end - 1 - leave) // piece + 1) * piece)


@inner
def least_of_span(
    starts: Ints, travel: Ints, origin: int, destination: int, first: int, last: int
) -> int:
    """Return what `least_travel` does; `starts` and `travel` as in `Arrays`."""
    soonest = arrive_by_slots(starts, travel, origin, destination, first)
    if last >= NEVER:
        return soonest - first
    home = arrive_by_slots(starts, travel, origin, destination, last)
    k, reached = slot_index(starts, last), slot_index(starts, home)
    if reached <= k + 1:
        return min(soonest - first, home - last)
    return _quickest(travel, origin, destination, k, reached)


@inner
def least_when_rested(
    a: Arrays, m: int, origin: int, destination: int, first: int, last: int
) -> int:
    """Return what `least_with_break` does, with slots."""
    last = max(first, min(last, a.break_latest[m]))
    ready = ready_after_break(a, m, origin, destination, last)
    reached = len(a.slot_start) - 1 if ready == NEVER else slot_index(a.slot_start, ready)
    return _quickest(a.travel, origin, destination, slot_index(a.slot_start, first), reached)


@inner
def _quickest(travel: Ints, origin: int, destination: int, k: int, last: int) -> int:
    """Return the least travel of the slots from k to `last`."""
    least = travel[k, origin, destination]
    for later in range(k + 1, last + 1):
        least = min(least, travel[later, origin, destination])
    return least
