"""Spans of moments to leave at, and the least that a leg takes in each: what a bound may count on.

A label knows the earliest moment of leaving (or, backward, the latest), and any plan may leave
later: a service can start later than it could. So a label is extended once for each span
of moments in which the leg gets cheaper: its clock as if one left at the span's near end,
its cost the least of the span. Whenever a plan leaves, some extension is no later and no dearer.

In slot k the whole way fits before the slot's end for departures up to c = end - S_k: it takes S_k.
After c it runs over the end, and each second later makes it longer where the next slot is slower,
shorter where it is quicker (rounding keeps the order). So the least of a span within one of these
parts lies at one of its ends. Parts in which travel falls are cut into pieces.

With one slot there is one span, for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.by_address import LEAST, RESTED, SELF, SPAN_BEGIN, SPAN_END, call
from dispatch.solve.timing.clock import arrive_by_slots, ready_after_break, slot_at
from dispatch.solve.timing.kernel import inlined, inner

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

# Pieces of the departures on which a drive runs over the end of a slot into a quicker one.
PIECES = 4


@inlined
def span_end(a: Arrays, origin: int, destination: int, leave: int) -> int:
    """Return the last moment of the span that a departure lies in; NEVER: it has no end."""
    if len(a.slot_start) == 1:
        return NEVER
    return call(a.pack[SPAN_END], a.pack[SELF], origin, destination, leave, 0, 0)


@inlined
def span_begin(a: Arrays, origin: int, destination: int, leave: int) -> int:
    """Return the first moment of the span that a departure lies in; -NEVER: it has none."""
    if len(a.slot_start) == 1:
        return -NEVER
    return call(a.pack[SPAN_BEGIN], a.pack[SELF], origin, destination, leave, 0, 0)


@inlined
def least_travel(a: Arrays, origin: int, destination: int, first: int, last: int) -> int:
    """Return a lower bound of the travel (s) for departures of one span, from `first` to `last`."""
    if len(a.slot_start) == 1:
        return a.travel[0, origin, destination]
    return call(a.pack[LEAST], a.pack[SELF], origin, destination, first, last, 0)


@inlined
def least_with_break(
    a: Arrays, m: int, origin: int, destination: int, first: int, last: int
) -> int:
    """
    Return a lower bound of the travel (s) with the break on the leg, departures as `least_travel`.

    What is driven in a slot takes its share of that slot's time, so in all no less than the
    quickest slot's that is met on the way. A break that cannot be there at all bounds nothing.
    """
    if len(a.slot_start) == 1:
        return a.travel[0, origin, destination]
    return call(a.pack[RESTED], a.pack[SELF], m, origin, destination, first, last)


@inner
def end_of_span(starts: Ints, travel: Ints, origin: int, destination: int, leave: int) -> int:
    """Return what `span_end` does; `starts` and `travel` as in `Arrays`."""
    k = slot_at(starts, leave)
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
    k = slot_at(starts, leave)
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
    k, reached = slot_at(starts, last), slot_at(starts, home)
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
    reached = len(a.slot_start) - 1 if ready == NEVER else slot_at(a.slot_start, ready)
    return _quickest(a.travel, origin, destination, slot_at(a.slot_start, first), reached)


@inner
def _quickest(travel: Ints, origin: int, destination: int, k: int, last: int) -> int:
    """Return the least travel of the slots from k to `last`."""
    least = travel[k, origin, destination]
    for later in range(k + 1, last + 1):
        least = min(least, travel[later, origin, destination])
    return least
