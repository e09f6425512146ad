"""When each visit of a round starts, where starts were announced and moving them has a price.

A service starts as early as it can, or waits for the announced start less the tolerance. Which of
the two is chosen for the round as a whole: labels run along the sequence, each with the moment of
leaving a visit and the cost so far. Labels with the break to come are apart from those with the
break taken. A label is dropped when another leaves no later and costs no more.

Travel is first in, first out. With one slot of travel no start other than these two can be
best: a later one helps neither this visit nor the visits after it. With several slots each drive
leaves at once and the break begins as early as it may. A schedule that waits for a peak to
pass is then not found, but the cost of the schedule found is exact.

The cost of a label is driving, plus late starts, plus the price of each start that moves by more
than the tolerance. Overtime is added on return.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import arrive_by_slots, break_at, leave_by_slots, start_from
from dispatch.solve.timing.kernel import inner, kernel
from dispatch.solve.timing.lateness import late_cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

# Labels kept for a visit and a state of the break. Beyond that number the latest is dropped.
LABELS = 12
# Columns of a row of `Announced.label`, in the order of the fields of `Label`.
TIME, COST, BEFORE, ARRIVAL, START, BREAK, DEPARTURE = range(7)
COLUMNS = 7
# Typed, as numba would compile functions once for a literal and once for other integers.
_NONE: Any = np.int64(-1)
_ZERO: Any = np.int64(0)
_ONE: Any = np.int64(1)


class Label(NamedTuple):
    """
    One way to have done the first visits of a round (seconds).

    Parameters
    ----------
    time
        When the visit is left.
    cost
        Cost so far.
    before
        The label of the visit before: `flag * LABELS` plus its number; -1 at the start place.
    arrival, start
        Arrival at the visit and start of its service.
    break_start
        Start of the break on the way to the visit or before its service; -1: no break there.
    departure
        Latest departure from the start place that keeps these times.
    """

    time: int
    cost: int
    before: int
    arrival: int
    start: int
    break_start: int
    departure: int


class Announced(NamedTuple):
    """
    The announced starts, the price of moving one, and the workspace of the labels.

    Parameters
    ----------
    start_s
        Announced start of each visit (n,); -1: none was announced.
    departed
        Whether each technician has already left, at the start of the shift, bool (m,).
    shifted_s, tolerance_s
        Price of a start that moves by more than the tolerance (seconds).
    label
        Labels by stop, state of the break and number, shape (n + 2, 2, LABELS, COLUMNS). Stop 0 is
        the start place, the stop after the last visit is the return.
    counts
        How many labels there are, shape (n + 2, 2).
    """

    start_s: Ints
    departed: NDArray[np.bool_]
    shifted_s: int
    tolerance_s: int
    label: Ints
    counts: Ints


def announced_starts(
    start_s: Ints, departed: NDArray[np.bool_], shifted_s: int, tolerance_s: int
) -> Announced:
    """Return announced starts with a workspace; parameters as in `Announced`."""
    visits = len(start_s)
    return Announced(
        start_s,
        departed,
        shifted_s,
        tolerance_s,
        label=np.zeros((visits + 2, 2, LABELS, COLUMNS), dtype=np.int64),
        counts=np.zeros((visits + 2, 2), dtype=np.int64),
    )


@inner
def _add(w: Announced, p: int, flag: int, label: Label) -> None:
    """Add a label to stop p unless another dominates it; remove those that it dominates."""
    rows = w.label[p, flag]
    count = w.counts[p, flag]
    for i in range(count):
        if rows[i, TIME] <= label.time and rows[i, COST] <= label.cost:
            return
    left = 0
    for i in range(count):
        if not (label.time <= rows[i, TIME] and label.cost <= rows[i, COST]):
            if left < i:
                for column in range(COLUMNS):
                    rows[left, column] = rows[i, column]
            left += 1
    at = left
    if left == LABELS:
        at = 0
        for i in range(1, LABELS):
            if rows[i, TIME] > rows[at, TIME]:
                at = i
        if rows[at, TIME] <= label.time:
            w.counts[p, flag] = left
            return
        left -= 1
    rows[at, TIME], rows[at, COST], rows[at, BEFORE] = label.time, label.cost, label.before
    rows[at, ARRIVAL], rows[at, START] = label.arrival, label.start
    rows[at, BREAK], rows[at, DEPARTURE] = label.break_start, label.departure
    w.counts[p, flag] = left + 1


@inner
def _add_starts(
    a: Arrays, w: Announced, m: int, p: int, flag: int, visit: int, label: Label, origin: int
) -> None:
    """
    Add the labels of a visit: service at once, and service that waits for the announced start.

    Parameters
    ----------
    label
        Its time is the moment from which the service can start.
    origin
        The start place, where the visit is the first of a round that has not begun: then one
        leaves as late as the start allows, and the label's cost is without this drive. Otherwise
        -1.
    """
    start = start_from(a, visit, label.time)
    if start == NEVER:
        return
    announced, price = w.start_s[visit], 0
    if announced >= 0:
        soonest, latest = announced - w.tolerance_s, announced + w.tolerance_s
        if start > latest:
            price = w.shifted_s
        elif start < soonest:
            price = w.shifted_s
            held = start_from(a, visit, soonest)
            if held <= latest:
                _add_start(a, w, m, p, flag, visit, _at(label, held, label.cost), origin)
    _add_start(a, w, m, p, flag, visit, _at(label, start, label.cost + price), origin)


@inner
def _at(label: Label, start: int, cost: int) -> Label:
    """Return a label with another start and cost."""
    return Label(
        label.time,
        cost,
        label.before,
        label.arrival,
        start,
        label.break_start,
        label.departure,
    )


@inner
def _add_start(
    a: Arrays, w: Announced, m: int, p: int, flag: int, visit: int, label: Label, origin: int
) -> None:
    """Add the label of a service that starts at the label's start."""
    departure, arrival, cost = label.departure, label.arrival, label.cost
    cost += late_cost(a, m, visit, label.start)
    if origin >= 0:
        leave = leave_by_slots(a.slot_start, a.travel, origin, visit, label.start, _ZERO)
        departure = max(departure, leave)
        arrival = arrive_by_slots(a.slot_start, a.travel, origin, visit, departure)
        cost += arrival - departure
    time = label.start + a.duration[visit]
    made = Label(time, cost, label.before, arrival, label.start, label.break_start, departure)
    _add(w, p, flag, made)


@kernel
def cheapest_starts(
    a: Arrays, w: Announced, m: int, sequence: Ints, size: int, first: int
) -> tuple[int, int]:
    """
    Return the least cost of a round in driving, overtime and moved starts, and its last label.

    Parameters
    ----------
    sequence, size
        Visits in order.
    first
        For how many visits the workspace already holds the labels, from a round that begins with
        the same visits.

    Returns
    -------
    cost, label
        (NEVER, -1) when the round cannot be driven. The label is one of the return:
        `flag * LABELS` plus its number.
    """
    starts, travel, length = a.slot_start, a.travel, a.break_length[m]
    early, late = a.break_earliest[m], a.break_latest[m]
    weight = a.overtime_weight[0]
    node = a.start[m] if first == 0 else sequence[first - 1]
    if first == 0:
        w.counts[0, 0], w.counts[0, 1] = 0, 0
        begin = a.shift_start[m]
        _add(w, 0, _ZERO, Label(begin, _ZERO, _NONE, _NONE, _NONE, _NONE, begin))
    for p in range(first + 1, size + 2):
        if w.counts[p - 1, 0] + w.counts[p - 1, 1] == 0:
            return NEVER, -1
        home = p == size + 1
        place = a.end[m] if home else sequence[p - 1]
        w.counts[p, 0], w.counts[p, 1] = 0, 0
        for flag in range(2):
            for i in range(w.counts[p - 1, flag]):
                leave = w.label[p - 1, flag, i, TIME]
                cost = w.label[p - 1, flag, i, COST]
                departure = w.label[p - 1, flag, i, DEPARTURE]
                before = flag * LABELS + i
                unrested = arrive_by_slots(starts, travel, node, place, leave)
                for rests in range(2):
                    ready, arrival, begin, then = unrested, unrested, _NONE, flag
                    driven = unrested - leave
                    if rests == 1:
                        if flag == 1 or not a.has_break[m]:
                            continue
                        begin = max(leave, early)
                        if begin > late:
                            continue
                        then = _ONE
                        ready = break_at(
                            starts, travel, length, node, place, leave, unrested, begin
                        )
                        if begin < unrested:
                            arrival, driven = ready, ready - leave - length
                    if not home:
                        origin, spent = _NONE, cost + driven
                        if p == 1 and rests == 0 and not w.departed[m]:
                            origin, spent = node, cost
                        label = Label(ready, spent, before, arrival, ready, begin, departure)
                        _add_starts(a, w, m, p, then, place, label, origin)
                        continue
                    if ready > a.latest_return[m]:
                        continue
                    if flag == 0 and rests == 0 and a.has_break[m] and ready > late:
                        continue
                    if ready - departure > a.max_working[m]:
                        continue
                    spent = cost + driven + weight * max(0, ready - a.shift_end[m])
                    label = Label(ready, spent, before, arrival, ready, begin, departure)
                    _add(w, p, then, label)
        node = place
    return _cheapest_return(w, size)


@inner
def _cheapest_return(w: Announced, size: int) -> tuple[int, int]:
    """Return the least cost of the labels of the return, and the earliest label of that cost."""
    best, earliest, chosen = NEVER, NEVER, -1
    for flag in range(2):
        for i in range(w.counts[size + 1, flag]):
            cost, time = w.label[size + 1, flag, i, COST], w.label[size + 1, flag, i, TIME]
            if cost < best or (cost == best and time < earliest):
                best, earliest, chosen = cost, time, flag * LABELS + i
    return best, chosen


def labels_of_round(a: Arrays, w: Announced, m: int, sequence: Sequence[int]) -> list[Label] | None:
    """
    Return the labels of a round's cheapest starts; None: it cannot be driven.

    The first is that of the start place, the last that of the return.
    """
    size = len(sequence)
    cost, at = cheapest_starts(a, w, m, np.array(sequence, dtype=np.int64), size, 0)
    if cost == NEVER:
        return None
    found = []
    for p in range(size + 1, -1, -1):
        found.append(Label(*w.label[p, at // LABELS, at % LABELS].tolist()))
        at = found[-1].before
    return found[::-1]
