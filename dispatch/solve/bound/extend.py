"""Extending labels: forward from the start place, backward from the end place, until half way.

Every move through time goes through `clock`; the rest is prices, memory, cuts and limits. Where
travel depends on the time of day a label is extended once for each of the `spans` in which
a leg gets cheaper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.bound.labels import (
    CLOCK,
    COST,
    FIXED,
    FULL,
    IDENT,
    SCALE,
    WORD,
    accrued,
    offer,
    pay,
    prepare,
)
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import (
    arrive,
    leave_before_break,
    leave_by,
    ready_after_break,
    start_from,
    start_until,
)
from dispatch.solve.timing.kernel import inner_inlined, kernel
from dispatch.solve.timing.spans import least_travel, least_with_break, span_begin, span_end
from dispatch.solve.timing.steps import latest_leave

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.bound.labels import Net, Space
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]


@inner_inlined
def _remember(
    net: Net,
    space: Space,
    cand: Ints,
    origin: int,
    node: int,
    memory: int,
    states: int,
    forward: bool,
) -> None:
    """
    Write memory and cut states of the extension of label `origin` (-1: none) to `node`.

    Adds the cuts paid to the cost. A cut counts half a visit at a time and is
    paid at each whole; forward at the visit reached, backward at the one left.
    """
    word, bit = node // WORD, 1 << (node % WORD)
    for w in range(memory):
        old = space.rows[origin, FIXED + w] if origin >= 0 else 0
        cand[0, FIXED + w] = old & net.near[node, w]
    cand[0, FIXED + word] |= bit
    for w in range(states):
        state = space.rows[origin, FIXED + memory + w] if origin >= 0 else 0
        if forward:
            state &= net.cut_mem[node, w]
            counted = net.cut_in[node, w]
        else:
            counted = net.cut_in[space.rows[origin, IDENT] // 2, w] if origin >= 0 else 0
        paid = state & counted
        if paid != 0:
            cand[0, COST] += pay(net.penalty, w, paid)
        state ^= counted
        if not forward:
            state &= net.cut_mem[node, w]
        cand[0, FIXED + memory + w] = state


@inner_inlined
def _consume(
    a: Arrays, net: Net, space: Space, cand: Ints, origin: int, gained: int, leg: int, pause: int
) -> bool:
    """
    Write what the extension uses of the limits, and return whether it keeps them.

    What time on site above the fair share costs is added as it accrues.
    """
    limits = len(net.limit)
    first = cand.shape[1] - limits
    if len(net.fair) > 0:
        work = space.rows[origin, first - 1] if origin >= 0 else 0
        stay = a.duration[gained] if gained >= 0 else 0
        cand[0, COST] += accrued(net, work, stay)
        cand[0, first - 1] = work + stay
    for r in range(limits):
        amount = space.rows[origin, first + r] if origin >= 0 else 0
        if gained >= 0:
            amount += net.use[r, gained]
        if net.work[0] and r == limits - 1:
            amount += leg + pause
        if amount > net.limit[r]:
            return False
        cand[0, first + r] = amount
    return True


@kernel
def forward_labels(
    a: Arrays,
    m: int,
    net: Net,
    space: Space,
    buckets: int,
    middle: int,
    care: int,
    memory: int,
    floor: Ints,
    cutoff: int,
) -> None:
    """
    Fill the space with forward labels; those with a clock past `middle` are not extended.

    Parameters
    ----------
    a, m, net
        The problem, a technician of the kind, and what pricing adds.
    space
        Cleared first.
    buckets
        Spans of time a visit and flag.
    middle
        Seconds.
    care
        LOOSE or EXACT.
    memory
        Words of the memory.
    floor, cutoff
        Labels are dropped whose cost and `floor` (by bucket, as `floors` gives it; empty:
        none is dropped) reach the cutoff together (scaled seconds).
    """
    prepare(space, net, a.latest_return[m])
    states = net.cut_in.shape[1]
    n = len(net.prize)
    width = (a.latest_return[m] - a.shift_start[m]) // buckets + 1
    cand = space.cand
    settled = 0 if a.has_break[m] else 1
    for bucket in range(-1, buckets):
        origin = -1
        if bucket >= 0:
            origin = space.head[bucket]
            if origin < 0:
                continue
        while True:
            x, flag, leave, cost = a.start[m], settled, a.shift_start[m], 0
            begin, stop = 0, n
            until = a.latest_return[m]
            extend = True
            if origin >= 0:
                x, flag = space.rows[origin, IDENT] // 2, space.rows[origin, IDENT] % 2
                leave, cost = space.rows[origin, CLOCK], space.rows[origin, COST]
                until = net.latest[x, flag]
                begin, stop = net.after_first[x], net.after_first[x + 1]
                extend = not space.dead[origin] and leave <= middle
            if extend:
                for e in range(begin, stop):
                    y = net.after[e] if origin >= 0 else e
                    if origin < 0:
                        if not net.entry[y]:
                            continue
                    elif (space.rows[origin, FIXED + y // WORD] >> (y % WORD)) & 1:
                        continue
                    for reached in range(1, flag - 1, -1):
                        pausing = reached != flag
                        pause = a.break_length[m] if pausing else 0
                        then, cheapest = leave, NEVER
                        while then <= until:
                            if origin >= 0 and then > leave:
                                then = start_from(a, x, then - a.duration[x])
                                if then == NEVER:
                                    break
                                then += a.duration[x]
                            if pausing:
                                ready = ready_after_break(a, m, x, y, then)
                            else:
                                ready = arrive(a, x, y, then)
                            if ready == NEVER:
                                break
                            start = start_from(a, y, ready)
                            if start == NEVER:
                                break
                            clock = start + a.duration[y]
                            if clock > net.latest[y, reached]:
                                break
                            last = span_end(a, x, y, then)
                            if pausing:
                                leg = least_with_break(a, m, x, y, then, last)
                            else:
                                leg = least_travel(a, x, y, then, last)
                            then = last + 1
                            if leg >= cheapest:
                                continue
                            cheapest = leg
                            cand[0, COST] = cost + SCALE * leg - net.prize[y]
                            cand[0, CLOCK] = clock
                            if not _consume(a, net, space, cand, origin, y, leg, pause):
                                continue
                            _remember(net, space, cand, origin, y, memory, states, np.bool_(True))
                            bucket_to = (clock - a.shift_start[m]) // width
                            if len(floor) > 0:
                                least = floor[(2 * y + reached) * buckets + bucket_to]
                                if cand[0, COST] + least >= cutoff:
                                    continue
                            offer(
                                space,
                                cand,
                                y,
                                reached,
                                origin,
                                bucket_to,
                                buckets,
                                care,
                                memory,
                                states,
                                net.penalty,
                            )
                            if space.used[FULL]:
                                return
            if origin < 0:
                break
            origin = space.following[origin]
            if origin < 0:
                break


@kernel
def backward_labels(
    a: Arrays,
    m: int,
    net: Net,
    space: Space,
    buckets: int,
    middle: int,
    care: int,
    memory: int,
    floor: Ints,
    cutoff: int,
) -> None:
    """
    Fill the space with backward labels; those to be left by `middle` are not extended.

    A backward label is what follows a visit: it counts neither the visit's prize,
    nor its cuts, nor its use of the limits. Overtime is not charged here.
    Parameters as for `forward_labels`.
    """
    prepare(space, net, -a.shift_start[m])
    states = net.cut_in.shape[1]
    n = len(net.prize)
    width = (a.latest_return[m] - a.shift_start[m]) // buckets + 1
    cand = space.cand
    for bucket in range(-1, buckets):
        origin = -1
        if bucket >= 0:
            origin = space.head[bucket]
            if origin < 0:
                continue
        while True:
            x, flag, cost = a.end[m], 0 if a.has_break[m] else 1, 0
            begin, stop = 0, n
            start, prize = 0, 0
            extend = True
            if origin >= 0:
                x, flag = space.rows[origin, IDENT] // 2, space.rows[origin, IDENT] % 2
                cost, prize = space.rows[origin, COST], net.prize[x]
                begin, stop = net.before_first[x], net.before_first[x + 1]
                extend = not space.dead[origin] and -space.rows[origin, CLOCK] > middle
                start = start_until(a, x, -space.rows[origin, CLOCK] - a.duration[x])
            if extend:
                for e in range(begin, stop):
                    y = net.before[e] if origin >= 0 else e
                    if origin < 0:
                        if not net.leaving[y]:
                            continue
                    elif (space.rows[origin, FIXED + y // WORD] >> (y % WORD)) & 1:
                        continue
                    for reached in range(1, flag - 1, -1):
                        pausing = reached != flag
                        pause = a.break_length[m] if pausing else 0
                        if origin < 0:
                            settled, free = latest_leave(a, m, y, a.latest_return[m])
                            leave = settled if reached == 1 else free
                            # It may also be back before the break is due.
                            pause = 0
                        elif pausing:
                            leave = leave_before_break(a, m, y, x, start)
                        else:
                            leave = leave_by(a, y, x, start)
                        if leave == -NEVER:
                            continue
                        cheapest = NEVER
                        while True:
                            last = start_until(a, y, leave - a.duration[y])
                            if last == -NEVER:
                                break
                            leave = last + a.duration[y]
                            if leave < net.soonest[y, reached]:
                                break
                            first = max(net.soonest[y, reached], span_begin(a, y, x, leave))
                            leg = NEVER
                            if not pausing or origin < 0:
                                leg = least_travel(a, y, x, first, leave)
                            if pausing or (origin < 0 and reached == 0):
                                leg = min(leg, least_with_break(a, m, y, x, first, leave))
                            cand[0, CLOCK] = -leave
                            bucket_to = (a.latest_return[m] - leave) // width
                            leave = first - 1
                            if leg >= cheapest:
                                continue
                            cheapest = leg
                            cand[0, COST] = cost + SCALE * leg - prize
                            gained = x if origin >= 0 else -1
                            if not _consume(a, net, space, cand, origin, gained, leg, pause):
                                continue
                            _remember(net, space, cand, origin, y, memory, states, np.bool_(False))
                            if len(floor) > 0:
                                least = floor[(2 * y + reached) * buckets + bucket_to]
                                if cand[0, COST] + least >= cutoff:
                                    continue
                            offer(
                                space,
                                cand,
                                y,
                                reached,
                                origin,
                                bucket_to,
                                buckets,
                                care,
                                memory,
                                states,
                                net.penalty,
                            )
                            if space.used[FULL]:
                                return
            if origin < 0:
                break
            origin = space.following[origin]
            if origin < 0:
                break


@kernel
def floors(
    a: Arrays, m: int, space: Space, buckets: int, forward: bool, floor: Ints, nothing: int
) -> None:
    """
    Write the least cost of what completes a label, by the label's visit, flag and bucket.

    Parameters
    ----------
    a, m
        The problem and a technician of the kind.
    space
        All labels of the other direction, relaxed.
    buckets
        Spans of time a visit and flag.
    forward
        Whether the labels to complete are forward ones.
    floor
        Receives them (visits * 2 * buckets,).
    nothing
        Stands where nothing completes a label.
    """
    width = (a.latest_return[m] - a.shift_start[m]) // buckets + 1
    floor[:] = nothing
    for at in range(len(space.size)):
        node, other = at // buckets // 2, at // buckets % 2
        for i in range(space.offset[at], space.offset[at] + space.size[at]):
            # The last bucket in which a label may still meet this one.
            if forward:
                last = (-space.arena[CLOCK, i] - a.shift_start[m]) // width
            else:
                last = (a.latest_return[m] - space.arena[CLOCK, i]) // width
            for flag in range(1 - other, 2):
                to = (2 * node + flag) * buckets + min(last, buckets - 1)
                floor[to] = min(floor[to], space.arena[COST, i])
    for base in range(0, len(floor), buckets):
        for b in range(buckets - 2, -1, -1):
            floor[base + b] = min(floor[base + b], floor[base + b + 1])
