"""What a round costs near an old plan, simulated exactly: labels over time and break.

A service starts as early as it can, or waits for the announced start less the tolerance; which
of the two is decided for the round as a whole. Along a sequence run labels (moment of leaving a
visit, cost so far), apart for the break to come and the break taken; one that is neither earlier
nor cheaper than another is dropped. As travel is first in, first out, nothing but these two
starts can be best where there is one slot of travel: later ones help neither this visit nor
those after it. With several slots each drive leaves at once and the break begins as early as it
may, so a schedule that waits for a peak to pass is not found: what it costs is still exact.

A label's cost is driving and the price of starts moved by more than the tolerance; the
overtime is added on return, and prices of technicians and order by `round_cost`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import arrive_by_slots, break_at, leave_by_slots, start_from
from dispatch.solve.timing.kernel import kernel
from dispatch.solve.timing.round_times import soft_cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

# Labels kept for a visit and a state of the break; of more, the latest are dropped.
LABELS = 12
# Columns of a label: when the visit is left, cost so far, label before (`flag * LABELS` and its
# place), arrival, start of the service, start of the break on the way there (-1: none), and the
# latest departure from the start place that keeps the times.
TIME, COST, FROM, ARRIVAL, START, BREAK, DEPART = range(7)
COLUMNS = 7
# Prices: changed technician, changed order, shifted start (seconds); tolerance (seconds).
TECHNICIAN, ORDER, SHIFT, TOLERANCE = range(4)


class Near(NamedTuple):
    """
    What ties a new plan to the old one (n visits, m technicians).

    Parameters
    ----------
    old
        Technician of each visit in the old plan (n,); -1: none.
    rank
        Place of each visit in its old round (n,).
    announced
        Start of each visit that was announced (n,); -1: none, or nothing is owed for it.
    fixed
        How many visits at the head of each round stay (m,).
    closed
        Whether nothing may be added to a round, bool (m,).
    departed
        Whether the technician has left, at the start of the shift, bool (m,).
    price
        The prices, shape (4,).
    """

    old: Ints
    rank: Ints
    announced: Ints
    fixed: Ints
    closed: NDArray[np.bool_]
    departed: NDArray[np.bool_]
    price: Ints


class Room(NamedTuple):
    """
    Where a round is simulated; its labels stay until the next one.

    Parameters
    ----------
    label
        Labels by stop, state of the break and number, shape (n + 2, 2, LABELS, COLUMNS); the stop
        after the last is the return.
    labels
        How many there are, shape (n + 2, 2).
    tail
        Last rank of rising sequences, for counting moves (n + 2,).
    """

    label: Ints
    labels: Ints
    tail: Ints


def room_of(visits: int) -> Room:
    """Return room for rounds of up to so many visits."""
    return Room(
        label=np.zeros((visits + 2, 2, LABELS, COLUMNS), dtype=np.int64),
        labels=np.zeros((visits + 2, 2), dtype=np.int64),
        tail=np.zeros(visits + 2, dtype=np.int64),
    )


@kernel
def _keep(
    room: Room,
    p: int,
    flag: int,
    time: int,
    cost: int,
    before: int,
    arrival: int,
    start: int,
    begin: int,
    depart: int,
) -> None:
    """Keep a label unless another is no later and no dearer; drop those that it betters."""
    kept = room.label[p, flag]
    count = room.labels[p, flag]
    for i in range(count):
        if kept[i, TIME] <= time and kept[i, COST] <= cost:
            return
    left = 0
    for i in range(count):
        if not (time <= kept[i, TIME] and cost <= kept[i, COST]):
            if left < i:
                for c in range(COLUMNS):
                    kept[left, c] = kept[i, c]
            left += 1
    at = left
    if left == LABELS:
        at = 0
        for i in range(1, LABELS):
            if kept[i, TIME] > kept[at, TIME]:
                at = i
        if kept[at, TIME] <= time:
            room.labels[p, flag] = left
            return
        left -= 1
    kept[at, TIME], kept[at, COST], kept[at, FROM] = time, cost, before
    kept[at, ARRIVAL], kept[at, START] = arrival, start
    kept[at, BREAK], kept[at, DEPART] = begin, depart
    room.labels[p, flag] = left + 1


@kernel
def _reach(
    a: Arrays,
    near: Near,
    room: Room,
    p: int,
    flag: int,
    visit: int,
    ready: int,
    cost: int,
    before: int,
    arrival: int,
    begin: int,
    depart: int,
    origin: int,
) -> None:
    """
    Keep the labels of a visit that is ready to start: at once, and held until announced.

    With an `origin` it is the first of a round not yet begun: one leaves as late as keeps the
    start, and the cost is without the driving there.
    """
    start = start_from(a, visit, ready)
    if start == NEVER:
        return
    announced, tolerance = near.announced[visit], near.price[TOLERANCE]
    price = 0
    if announced >= 0:
        soonest = announced - tolerance
        if start > announced + tolerance:
            price = near.price[SHIFT]
        elif start < soonest:
            price = near.price[SHIFT]
            held = start_from(a, visit, soonest)
            if held <= announced + tolerance:
                _start(a, room, p, flag, visit, held, cost, before, arrival, begin, depart, origin)
    cost += price
    _start(a, room, p, flag, visit, start, cost, before, arrival, begin, depart, origin)


@kernel
def _start(
    a: Arrays,
    room: Room,
    p: int,
    flag: int,
    visit: int,
    start: int,
    cost: int,
    before: int,
    arrival: int,
    begin: int,
    depart: int,
    origin: int,
) -> None:
    """Keep the label of a service that starts at a moment."""
    if origin >= 0:
        depart = max(depart, leave_by_slots(a.slot_start, a.travel, origin, visit, start, 0))
        arrival = arrive_by_slots(a.slot_start, a.travel, origin, visit, depart)
        cost += arrival - depart
    _keep(room, p, flag, start + a.duration[visit], cost, before, arrival, start, begin, depart)


@kernel
def simulate(
    a: Arrays, near: Near, room: Room, m: int, sequence: Ints, size: int, first: int
) -> tuple[int, int]:
    """
    Return what a round costs in driving, overtime and moved starts, and which label returns.

    Parameters
    ----------
    sequence, size
        Visits in order, at least one.
    first
        How many of them the room holds already, from a round that begins in the same way.

    Returns
    -------
    cost, label
        NEVER and -1 when the round cannot be driven. The label is one of the return,
        `flag * LABELS` and its place.
    """
    starts, travel, length = a.slot_start, a.travel, a.break_length[m]
    early, late = a.break_earliest[m], a.break_latest[m]
    weight, open_until = a.overtime_weight[0], a.latest_return[m]
    node = a.start[m] if first == 0 else sequence[first - 1]
    if first == 0:
        begun = room.label[0, 0, 0]
        begun[TIME], begun[COST], begun[FROM], begun[ARRIVAL] = a.shift_start[m], 0, -1, -1
        begun[START], begun[BREAK], begun[DEPART] = -1, -1, a.shift_start[m]
        room.labels[0, 0], room.labels[0, 1] = 1, 0
    best, chosen = NEVER, -1
    for p in range(first + 1, size + 2):
        if room.labels[p - 1, 0] + room.labels[p - 1, 1] == 0:
            return NEVER, -1
        home = p == size + 1
        place = a.end[m] if home else sequence[p - 1]
        room.labels[p, 0], room.labels[p, 1] = 0, 0
        for flag in range(2):
            for i in range(room.labels[p - 1, flag]):
                leave = room.label[p - 1, flag, i, TIME]
                cost = room.label[p - 1, flag, i, COST]
                depart = room.label[p - 1, flag, i, DEPART]
                before = flag * LABELS + i
                arrival = arrive_by_slots(starts, travel, node, place, leave)
                driven = arrival - leave
                for rests in range(2):
                    ready, begin, then = arrival, -1, flag
                    if rests == 1:
                        if flag == 1 or not a.has_break[m]:
                            continue
                        begin = max(leave, early)
                        if begin > late:
                            continue
                        then = 1
                        ready = break_at(starts, travel, length, node, place, leave, arrival, begin)
                        if begin < arrival:
                            driven = ready - leave - length
                    reached = ready if 0 <= begin < arrival else arrival
                    if home:
                        if ready > open_until:
                            continue
                        if flag == 0 and rests == 0 and a.has_break[m] and ready > late:
                            continue
                        if ready - depart > a.max_working[m]:
                            continue
                        total = cost + driven + weight * max(0, ready - a.shift_end[m])
                        _keep(room, p, then, ready, total, before, reached, ready, begin, depart)
                        continue
                    origin, spent = -1, cost + driven
                    if p == 1 and rests == 0 and not near.departed[m]:
                        origin, spent = node, cost
                    _reach(
                        a,
                        near,
                        room,
                        p,
                        then,
                        place,
                        ready,
                        spent,
                        before,
                        reached,
                        begin,
                        depart,
                        origin,
                    )
        node = place
    for flag in range(2):
        for i in range(room.labels[size + 1, flag]):
            cost = room.label[size + 1, flag, i, COST]
            earlier = chosen < 0 or (
                room.label[size + 1, flag, i, TIME]
                < room.label[size + 1, chosen // LABELS, chosen % LABELS, TIME]
            )
            if cost < best or (cost == best and earlier):
                best, chosen = cost, flag * LABELS + i
    return best, chosen


@kernel
def moved(near: Near, room: Room, m: int, sequence: Ints, size: int) -> int:
    """
    Return how many visits of the old round have changed their place in its order.

    The fewest that would have to be moved: those kept less the longest run still in order.
    """
    kept, longest = 0, 0
    for p in range(near.fixed[m], size):
        visit = sequence[p]
        if near.old[visit] != m:
            continue
        kept += 1
        rank = near.rank[visit]
        at = 0
        while at < longest and room.tail[at] < rank:
            at += 1
        room.tail[at] = rank
        longest = max(longest, at + 1)
    return kept - longest


@kernel
def round_cost(
    a: Arrays, near: Near, room: Room, m: int, sequence: Ints, size: int, first: int
) -> int:
    """
    Return what a round costs (seconds), with the prices of its changes; NEVER: cannot be driven.

    Skills, pins and loads are the caller's to look at. An empty round costs nothing. As for
    `simulate`, the room may hold the first visits already.
    """
    if size == 0:
        # What is put first starts from here.
        simulate(a, near, room, m, sequence, size, 0)
        return 0
    cost, _ = simulate(a, near, room, m, sequence, size, first)
    if cost == NEVER:
        return NEVER
    cost += soft_cost(a, m, sequence, size)
    for p in range(near.fixed[m], size):
        owner = near.old[sequence[p]]
        if owner >= 0 and owner != m:
            cost += near.price[TECHNICIAN]
    return cost + near.price[ORDER] * moved(near, room, m, sequence, size)


def schedule(a: Arrays, near: Near, room: Room, m: int, sequence: Ints) -> list[list[int]] | None:
    """
    Return the labels along a round's cheapest simulation, the return last; None: there is none.

    Each is a row of `COLUMNS` integers, and the first is that of leaving the start place.
    """
    size = len(sequence)
    cost, at = simulate(a, near, room, m, sequence, size, 0)
    if cost == NEVER:
        return None
    found = []
    for p in range(size + 1, -1, -1):
        found.append(room.label[p, at // LABELS, at % LABELS].tolist())
        at = found[-1][FROM]
    return found[::-1]
