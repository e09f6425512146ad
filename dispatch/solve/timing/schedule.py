"""When to leave each place of a round, where travel depends on the time of day.

A service may start later than it could, so that the technician leaves after a peak. The schedule
sought costs least in travel, weighted overtime and late starts. Labels run from the start of the
round to its end. A label is one way to have left node i, with the break to come or not; none is
both later and dearer than another. From a label the technician leaves at once, or waits for one
of the *moments* worth trying:

    M_i = slot starts, arrivals at the next node at a slot start or at the edge of a window,
          ends of the node's own windows, the latest moment, and those that lead to M_{i+1};
          where late starts cost, those until which a start, here and at the next node, is free

Between two moments the cost of leaving and of all that follows without waiting is linear, but
for the rounding of seconds. So no other moment is better by more than the rounding: a second
for each end of a slot that a drive passes. Where the working time is limited, the departures
are tried one by one: the moments of the start, and those from which the working time ends with
one of the last node's. Each bounds the return, and so has moments of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.by_address import EVERY_SECOND, HEAD, SCHEDULE, SELF, call
from dispatch.solve.timing.clock import (
    BreakTimes,
    arrive_by_slots,
    best_break,
    break_at,
    leave_before_break,
    leave_by,
    ready_by_slots,
    start_from,
    start_until,
)
from dispatch.solve.timing.kernel import inner
from dispatch.solve.timing.steps import latest_leave, step, step_back

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.timing.arrays import Arrays
    from dispatch.solve.timing.slot_arrays import Slots

    Ints = NDArray[np.int64]

# Most moments for leaving a node, and most labels of a node; beyond these some are not
# tried. Where every second is asked for, there is room for more moments.
MOMENTS, POINTS, ROOM = 96, 64, 512
# Columns of the workspace, for each node and state of the break: earliest and latest moment of
# leaving, numbers of moments and of labels, the schedule found (moment of leaving, start of the
# break on the way from there or -1); then the moments, then the labels, five numbers each.
EARLY, LATE, COUNT, MADE, LEAVE, BEGIN, MOMENT = 0, 1, 2, 3, 4, 5, 6
POINT = MOMENT + ROOM
WIDTH = POINT + 5 * POINTS
# Columns of a label: earliest moment of leaving the node, cost so far without a late start here,
# which depends on the moment of leaving, number of the label before (`flag * POINTS` plus its
# position), when that node was left, and when the break began on the way.
TIME, COST, FROM, LEFT, BEGAN = 0, 1, 2, 3, 4


@inner
def best_schedule(a: Arrays, m: int, sequence: Ints, size: int) -> int:
    """
    Return the cost (seconds) of the cheapest schedule found; NEVER when there is none.

    The workspace then holds it (`schedule_of`). Among schedules of equal cost it is the one that
    returns earliest, and of those the one that leaves latest.

    Parameters
    ----------
    sequence, size
        Visits in order, at least one.
    """
    for p in range(size):
        a.pack[HEAD + p] = sequence[p]
    return call(a.pack[SCHEDULE], a.pack[SELF], m, size, 0, 0, 0)


@inner
def departure_of(a: Arrays) -> int:
    """Return the departure of the schedule found last."""
    return a.pack[len(a.pack) - (len(a.duration) + 2) * 2 * WIDTH + LEAVE]


@inner
def return_of(a: Arrays, size: int) -> int:
    """Return the return of the schedule found last, along `size` visits."""
    rows = len(a.duration) + 2
    return a.pack[len(a.pack) - (rows - size - 1) * 2 * WIDTH + LEAVE]


def schedule_of(a: Arrays) -> Ints:
    """
    Return the schedule found last (visits + 2, 2).

    For each node: when it is left, and when the break begins on the way from there, or -1. In the
    row after the last visit's: the return.
    """
    rows = a.visits + 2
    workspace = a.pack[-rows * 2 * WIDTH :].reshape(rows, 2, WIDTH)
    return workspace[:, 0, [LEAVE, BEGIN]]


@inner
def cheapest_schedule(a: Slots, m: int, sequence: Ints, size: int) -> int:
    """Return what `best_schedule` does."""
    workspace = a.workspace
    if not _clocks(a, m, sequence, size, a.shift_start[m], a.latest_return[m]):
        return NEVER
    _moments(a, m, sequence, size, 0)
    # Any departure first. Where that works too long, each in turn, and then the best one again.
    best, chosen, choice, last = NEVER, NEVER, -2, -2
    while True:
        departure = NEVER
        if choice == -1:
            departure = a.shift_start[m]
        elif choice >= 0:
            departure = workspace[0, 0, MOMENT + choice]
        if choice > last:
            departure = chosen
        cost = NEVER
        if departure == NEVER or _within(a, m, sequence, size, departure):
            cost = _cheapest(a, m, sequence, size, departure)
        if choice > last or (last == -2 and cost == NEVER):
            break
        if choice == -2:
            if workspace[size + 1, 0, LEAVE] - workspace[0, 0, LEAVE] <= a.max_working[m]:
                best = cost
                break
            _add_departures(a, m, sequence, size)
            last = workspace[0, 0, COUNT] - 1
        elif cost < NEVER and cost <= best:
            best, chosen = cost, departure
        choice += 1
        if choice > last and best == NEVER:
            break
    return NEVER if best == NEVER else _sooner(a, m, sequence, size, best)


@inner
def _add_departures(a: Slots, m: int, sequence: Ints, size: int) -> None:
    """Add the departures from which the working time ends with a return worth trying."""
    workspace = a.workspace
    last, end = sequence[size - 1], a.end[m]
    for flag in range(2 if a.has_break[m] else 1):
        for q in range(workspace[size, flag, COUNT]):
            moment = workspace[size, flag, MOMENT + q]
            for way in range(2 if flag == 0 and a.has_break[m] else 1):
                back = NEVER
                if way == 0:
                    back = arrive_by_slots(a.slot_start, a.travel, last, end, moment)
                elif max(moment, a.break_earliest[m]) <= a.break_latest[m]:
                    rest = BreakTimes(a.break_earliest[m], a.break_latest[m], a.break_length[m])
                    back = ready_by_slots(a.slot_start, a.travel, rest, last, end, moment)
                departure = back - a.max_working[m]
                if workspace[0, 0, EARLY] <= departure <= workspace[0, 0, LATE]:
                    _add_moment(workspace, 0, 0, departure, MOMENTS)
    for p in range(workspace[size + 1, 1, MADE]):
        departure = workspace[size + 1, 1, POINT + 5 * p + TIME] - a.max_working[m]
        if workspace[0, 0, EARLY] <= departure <= workspace[0, 0, LATE]:
            _add_moment(workspace, 0, 0, departure, MOMENTS)


@inner
def _within(a: Slots, m: int, sequence: Ints, size: int, departure: int) -> bool:
    """Gather the moments of a departure: those by which one is back within the working time."""
    latest = min(a.latest_return[m], departure + a.max_working[m])
    if not _clocks(a, m, sequence, size, departure, latest):
        return False
    _moments(a, m, sequence, size, 1)
    return True


@inner
def _clocks(a: Slots, m: int, sequence: Ints, size: int, soonest: int, latest: int) -> bool:
    """
    Compute the earliest and latest moments of leaving; False: the round cannot be driven.

    It leaves at `soonest` at the soonest, and is back by `latest`.
    """
    workspace = a.workspace
    before, after = soonest, np.int64(NEVER)
    workspace[0, 0, EARLY], workspace[0, 1, EARLY] = before, after
    for i in range(1, size + 1):
        origin = a.start[m] if i == 1 else sequence[i - 2]
        before, after = step(a, m, origin, sequence[i - 1], before, after)
        if before == NEVER and after == NEVER:
            return False
        workspace[i, 0, EARLY], workspace[i, 1, EARLY] = before, after
    before, after = latest_leave(a, m, sequence[size - 1], latest)
    workspace[size, 0, LATE], workspace[size, 1, LATE] = before, after
    for i in range(size - 1, -1, -1):
        origin = a.start[m] if i == 0 else sequence[i - 1]
        before, after = step_back(a, m, origin, sequence[i], before, after)
        workspace[i, 0, LATE], workspace[i, 1, LATE] = before, after
    return workspace[0, 0, EARLY] <= workspace[0, 0, LATE]


@inner
def _moments(a: Slots, m: int, sequence: Ints, size: int, first: int) -> None:
    """Gather the moments worth leaving at, from the last node back to that number `first`."""
    workspace = a.workspace
    slots = len(a.slot_start) - 1
    for i in range(size, first - 1, -1):
        node = a.start[m] if i == 0 else sequence[i - 1]
        target = a.end[m] if i == size else sequence[i]
        low, high, stay = 0, 0, 0
        if i > 0:
            low, high, stay = a.window_first[node], a.window_first[node + 1], a.duration[node]
        ahead = 0 if i == size else a.duration[target]
        # Until when a start is free of lateness: at the next node, and at this one.
        wished = NEVER if i == size else a.free_until[m, target]
        own = NEVER if i == 0 else a.free_until[m, node]
        for flag in range(2 if a.has_break[m] else 1):
            workspace[i, flag, COUNT] = 0
            if workspace[i, flag, EARLY] > workspace[i, flag, LATE]:
                continue
            pausing = flag == 0 and a.has_break[m]
            settled = 0 if i == size else workspace[i + 1, flag, COUNT]
            rested = workspace[i + 1, 1, COUNT] if pausing and i < size else 0
            edges = slots
            if (a.overtime_weight[0] > 0 and i == size) or wished < NEVER:
                edges += 1
            last = 1 + slots + 2 * edges + 4 + settled + rested + 2 * (high - low)
            for choice in range(last + (1 if own < NEVER else 0)):
                c = choice - 1
                moment = workspace[i, flag, LATE]
                if choice == 0:
                    pass
                elif c < slots:
                    moment = a.slot_start[1 + c]
                elif c < slots + 2 * edges:
                    # To be at the next node at a slot's start, or at home by the end of the shift.
                    c -= slots
                    edge = a.shift_end[m] if i == size else wished
                    if c // 2 < slots:
                        edge = a.slot_start[1 + c // 2]
                    if c % 2 == 0:
                        moment = leave_by(a, node, target, edge)
                    elif pausing:
                        moment = leave_before_break(a, m, node, target, edge)
                elif c < slots + 2 * edges + 4:
                    if not pausing:
                        continue
                    c -= slots + 2 * edges
                    moment = a.break_earliest[m] if c % 2 == 0 else a.break_latest[m]
                    if c >= 2:
                        moment = leave_by(a, node, target, moment)
                elif c < slots + 2 * edges + 4 + settled:
                    c -= slots + 2 * edges + 4
                    moment = leave_by(a, node, target, workspace[i + 1, flag, MOMENT + c] - ahead)
                elif c < slots + 2 * edges + 4 + settled + rested:
                    c -= slots + 2 * edges + 4 + settled
                    start = workspace[i + 1, 1, MOMENT + c] - ahead
                    moment = leave_before_break(a, m, node, target, start)
                elif choice == last:
                    moment = own + stay
                else:
                    c -= slots + 2 * edges + 4 + settled + rested
                    edge = a.window_low[low + c // 2] if c % 2 == 0 else a.window_high[low + c // 2]
                    moment = edge + stay
                if moment < workspace[i, flag, EARLY] or moment > workspace[i, flag, LATE]:
                    continue
                if i > 0 and start_until(a, node, moment - stay) + stay != moment:
                    continue
                _add_moment(workspace, i, flag, moment, MOMENTS)
            if a.pack[EVERY_SECOND] == 1:
                _every_second(a, node, i, flag, stay)


@inner
def _every_second(a: Slots, node: int, i: int, flag: int, stay: int) -> None:
    """Add every second in which node i can be left, where these are few."""
    workspace = a.workspace
    early, late = workspace[i, flag, EARLY], workspace[i, flag, LATE]
    if late - early >= ROOM:
        return
    for moment in range(early, late + 1):
        if i == 0 or start_until(a, node, moment - stay) + stay == moment:
            _add_moment(workspace, i, flag, moment, ROOM)


@inner
def _add_moment(workspace: Ints, i: int, flag: int, moment: int, most: int) -> None:
    """Add a moment, in order, if it is new and there are not yet `most`."""
    count = workspace[i, flag, COUNT]
    j = MOMENT + count
    while j > MOMENT and workspace[i, flag, j - 1] > moment:
        j -= 1
    if (j > MOMENT and workspace[i, flag, j - 1] == moment) or count >= most:
        return
    for k in range(MOMENT + count, j, -1):
        workspace[i, flag, k] = workspace[i, flag, k - 1]
    workspace[i, flag, j] = moment
    workspace[i, flag, COUNT] = count + 1


@inner
def _cheapest(a: Slots, m: int, sequence: Ints, size: int, departure: int) -> int:
    """Return the least cost and store its schedule; with `departure` NEVER any departure may be."""
    workspace = a.workspace
    for i in range(size + 2):
        workspace[i, 0, MADE], workspace[i, 1, MADE] = 0, 0
    first = a.shift_start[m] if departure == NEVER else departure
    _add_label(workspace, 0, 0, first, 0, -1, -1, -1)
    for i in range(size + 1):
        for flag in range(2):
            number, stop = workspace[i, flag, MADE], workspace[i, flag, COUNT]
            if i == 0 and departure < NEVER:
                stop = 0
            p, q = 0, 0
            while p < number or q < stop:
                at = POINT + 5 * p
                moment = workspace[i, flag, MOMENT + q]
                if p < number and (q >= stop or workspace[i, flag, at] <= moment):
                    leave = workspace[i, flag, at + TIME]
                    p += 1
                else:
                    leave = moment
                    q += 1
                if p > 0 and leave <= workspace[i, flag, LATE]:
                    _leave(a, m, sequence, size, i, flag, leave, p - 1)
    best, choice = NEVER, -1
    for p in range(workspace[size + 1, 1, MADE]):
        at = POINT + 5 * p
        back, cost = workspace[size + 1, 1, at + TIME], workspace[size + 1, 1, at + COST]
        if departure < NEVER and back - departure > a.max_working[m]:
            break
        cost += a.overtime_weight[0] * max(0, back - a.shift_end[m])
        if cost < best:
            best, choice = cost, p
    if choice >= 0:
        workspace[size + 1, 0, LEAVE] = workspace[size + 1, 1, POINT + 5 * choice + TIME]
        number = POINTS + choice
        for i in range(size + 1, 0, -1):
            flag, at = number // POINTS, POINT + 5 * (number % POINTS)
            workspace[i - 1, 0, LEAVE] = workspace[i, flag, at + LEFT]
            workspace[i - 1, 0, BEGIN] = workspace[i, flag, at + BEGAN]
            number = workspace[i, flag, at + FROM]
    return best


@inner
def _leave(
    a: Slots, m: int, sequence: Ints, size: int, i: int, flag: int, leave: int, p: int
) -> None:
    """Add the labels of the next node that come from label p of node i, left at a moment."""
    workspace = a.workspace
    node = a.start[m] if i == 0 else sequence[i - 1]
    target = a.end[m] if i == size else sequence[i]
    cost, number = workspace[i, flag, POINT + 5 * p + COST], flag * POINTS + p
    if i > 0:
        # Who waits starts the service here later.
        cost += a.lateness[0] * max(0, leave - a.duration[node] - a.free_until[m, node])
    early, late, length = a.break_earliest[m], a.break_latest[m], a.break_length[m]
    home = arrive_by_slots(a.slot_start, a.travel, node, target, leave)
    on_road, ready = NEVER, NEVER
    pausing = flag == 0 and a.has_break[m] and max(leave, early) <= late
    if pausing:
        rest = BreakTimes(early, late, length)
        on_road = best_break(a.slot_start, a.travel, rest, node, target, leave, home)
        ready = break_at(a.slot_start, a.travel, length, node, target, leave, home, on_road)
    # No break; a break at the target; a break before the drive or on the way.
    for way in range(3 if pausing else 1):
        then, travel, began, reached = home, home - leave, -1, flag
        if way == 0:
            if i == size:
                if flag == 0 and a.has_break[m] and home > late:
                    continue
                reached = 1
        elif way == 1:
            began, reached = max(home, early), 1
            then = began + length
            if began > late:
                continue
        else:
            began, reached, then = on_road, 1, ready
            if on_road >= home:
                continue
            travel = ready - leave - length
        if i == size:
            if then > a.latest_return[m]:
                continue
        else:
            then = start_from(a, target, then)
            if then == NEVER:
                continue
            then += a.duration[target]
            if then > workspace[i + 1, reached, LATE]:
                continue
        _add_label(workspace, i + 1, reached, then, cost + travel, number, leave, began)


@inner
def _add_label(
    workspace: Ints, i: int, flag: int, time: int, cost: int, number: int, left: int, began: int
) -> None:
    """Add a label unless another dominates it; of equal labels the one left later stays."""
    count = workspace[i, flag, MADE]
    j = count
    while j > 0 and workspace[i, flag, POINT + 5 * (j - 1) + TIME] > time:
        j -= 1
    if j > 0:
        at = POINT + 5 * (j - 1)
        same = workspace[i, flag, at + TIME] == time
        if workspace[i, flag, at + COST] < cost or (
            workspace[i, flag, at + COST] == cost and not same
        ):
            return
        if same:
            j -= 1
    stop = j
    while stop < count and workspace[i, flag, POINT + 5 * stop + COST] >= cost:
        stop += 1
    if stop == j:
        if count == POINTS:
            return
        for k in range(POINT + 5 * count + 4, POINT + 5 * j + 4, -1):
            workspace[i, flag, k] = workspace[i, flag, k - 5]
        count += 1
    elif stop > j + 1:
        for k in range(POINT + 5 * stop, POINT + 5 * count):
            workspace[i, flag, k - 5 * (stop - j - 1)] = workspace[i, flag, k]
        count -= stop - j - 1
    workspace[i, flag, MADE] = count
    at = POINT + 5 * j
    workspace[i, flag, at + TIME], workspace[i, flag, at + COST] = time, cost
    workspace[i, flag, at + FROM] = number
    workspace[i, flag, at + LEFT], workspace[i, flag, at + BEGAN] = left, began


@inner
def _sooner(a: Slots, m: int, sequence: Ints, size: int, cost: int) -> int:
    """Serve each visit as soon as possible where that costs no more; return the cost."""
    workspace, starts, travel = a.workspace, a.slot_start, a.travel
    early, late, length = a.break_earliest[m], a.break_latest[m], a.break_length[m]
    total, leave = 0, workspace[0, 0, LEAVE]
    # The clocks are no longer needed: their columns hold the trial.
    for i in range(size + 1):
        node = a.start[m] if i == 0 else sequence[i - 1]
        target = a.end[m] if i == size else sequence[i]
        began = workspace[i, 0, BEGIN]
        home = arrive_by_slots(starts, travel, node, target, leave)
        ready, driven = home, home - leave
        workspace[i, 0, EARLY] = leave
        if began >= 0:
            planned = workspace[i, 0, LEAVE]
            if began >= arrive_by_slots(starts, travel, node, target, planned):
                began = max(home, early)
            else:
                rest = BreakTimes(early, late, length)
                began = best_break(starts, travel, rest, node, target, leave, home)
            ready = break_at(starts, travel, length, node, target, leave, home, began)
            if began < home:
                driven = ready - leave - length
        workspace[i, 0, LATE] = began
        total += driven
        leave = ready
        if i < size:
            start = start_from(a, target, ready)
            total += a.lateness[0] * max(0, start - a.free_until[m, target])
            leave = start + a.duration[target]
    total += a.overtime_weight[0] * max(0, leave - a.shift_end[m])
    if total > cost or leave > workspace[size + 1, 0, LEAVE]:
        return cost
    for i in range(size + 1):
        workspace[i, 0, LEAVE], workspace[i, 0, BEGIN] = (
            workspace[i, 0, EARLY],
            workspace[i, 0, LATE],
        )
    workspace[size + 1, 0, LEAVE] = leave
    return total
