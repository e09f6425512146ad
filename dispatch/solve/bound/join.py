"""Whole rounds from labels: forward labels closed at the end place, or joined to backward ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.bound.labels import CLOCK, COST, FIXED, IDENT, SCALE, STEPS, WORD, pay, together
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import start_from
from dispatch.solve.timing.kernel import inner_inlined, kernel
from dispatch.solve.timing.spans import least_travel, least_with_break, span_end
from dispatch.solve.timing.steps import returned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.bound.labels import Net, Space
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]


@inner_inlined
def home_cost(a: Arrays, m: int, net: Net, x: int, flag: int, leave: int, room: int) -> int:
    """
    Return the least travel and weighted overtime (s) of driving home; NEVER: there is no way.

    Parameters
    ----------
    x, flag, leave
        The last visit, whether the break is settled, and the earliest moment of leaving it.
    room
        The travel must not be more (seconds).
    """
    end, best = a.end[m], NEVER
    before, after = (leave, NEVER) if flag == 0 else (NEVER, leave)
    then = leave
    while then <= net.latest[x, flag]:
        if then > leave:
            then = start_from(a, x, then - a.duration[x])
            if then == NEVER:
                break
            then += a.duration[x]
            before, after = (then, NEVER) if flag == 0 else (NEVER, then)
        back = returned(a, m, x, before, after)
        if back == NEVER:
            break
        last = span_end(a, x, end, then)
        leg = least_travel(a, x, end, then, last)
        if flag == 0:
            leg = min(leg, least_with_break(a, m, x, end, then, last))
        if leg <= room:
            best = min(best, leg + a.overtime_weight[0] * max(0, back - a.shift_end[m]))
        then = last + 1
    return best


@kernel
def close(
    a: Arrays, m: int, net: Net, space: Space, middle: int, found: Ints, count: int, threshold: int
) -> tuple[int, int]:
    """
    Close the forward labels that end by `middle`: drive from there to the end place.

    Parameters
    ----------
    a, m, net, space
        The problem, a technician, the pricing's network, forward labels.
    middle
        Seconds.
    found
        Receives (reduced cost, forward label, -1) for rounds below the threshold (rows, 3).
    count
        Rows of `found` already used.
    threshold
        Scaled seconds.

    Returns
    -------
    count, best
        Rows used, and the least reduced cost met or the threshold.
    """
    best = threshold
    limits = len(net.limit)
    first = space.rows.shape[1] - limits
    for number in range(space.used[0]):
        leave = space.rows[number, CLOCK]
        if space.dead[number] or leave > middle:
            continue
        x, flag = space.rows[number, IDENT] // 2, space.rows[number, IDENT] % 2
        if not net.leaving[x]:
            continue
        room = np.int64(NEVER)
        if net.work[0]:
            room = net.limit[limits - 1] - space.rows[number, first + limits - 1]
        left = home_cost(a, m, net, x, flag, leave, room)
        if left == NEVER:
            continue
        cost = space.rows[number, COST] + SCALE * left
        if cost >= threshold:
            continue
        best = min(best, cost)
        if count < len(found):
            found[count, 0], found[count, 1], found[count, 2] = cost, number, -1
            count += 1
    return count, best


@inner_inlined
def others(rows: Ints, label: int, node: int) -> int:
    """Return the first word of what a label at `node` remembers, without `node`."""
    held = rows[label, FIXED]
    return held & ~(1 << node) if node < WORD else held


@inner_inlined
def fits(
    forward: Ints, i: int, backward: Ints, j: int, node: int, memory: int, states: int, net: Net
) -> int:
    """
    Return what joining two labels at a visit adds to their costs; -1 when they do not fit.

    They must remember no visit in common but `node`, and keep the limits
    together; cuts that both have counted half are paid, and time on site that is above the fair
    share only together.
    """
    if forward[i, CLOCK] > -backward[j, CLOCK]:
        return -1
    for w in range(memory):
        common = forward[i, FIXED + w] & backward[j, FIXED + w]
        if w == node // WORD:
            common ^= 1 << (node % WORD)
        if common != 0:
            return -1
    first, extra = FIXED + memory + states, 0
    if len(net.fair) > 0:
        extra = net.fair[0] * together(net.fair[1], forward[i, first], backward[j, first])
        first += 1
    for r in range(len(net.limit)):
        if forward[i, first + r] + backward[j, first + r] > net.limit[r]:
            return -1
    for w in range(states):
        both = forward[i, FIXED + memory + w] & backward[j, FIXED + memory + w]
        if both != 0:
            extra += pay(net.penalty, w, both)
    return extra


@inner_inlined
def completes(
    a: Arrays,
    m: int,
    net: Net,
    cand: Ints,
    behind: Space,
    buckets: int,
    node: int,
    flag: int,
    memory: int,
    threshold: int,
    used: Ints,
) -> bool:
    """
    Return whether some backward label at a visit completes the candidate within the threshold.

    Parameters
    ----------
    a, m, net
        The problem, a technician, the pricing's network.
    cand
        A forward label by itself (1, width).
    behind, buckets, memory
        Backward labels, and how they were made.
    node, flag
        The candidate's visit, and whether its break is settled.
    threshold
        Scaled seconds.
    used
        Comparisons are counted here, at STEPS.
    """
    states = net.cut_in.shape[1]
    width = (a.latest_return[m] - a.shift_start[m]) // buckets + 1
    cost, clock, held = cand[0, COST], cand[0, CLOCK], others(cand, np.int64(0), node)
    for other in range(1, -flag, -1):
        base = (2 * node + other) * buckets
        for c in range((a.latest_return[m] - clock) // width + 1):
            begin = behind.offset[base + c]
            for j in range(begin, begin + behind.size[base + c]):
                total = cost + behind.arena[COST, j]
                if total > threshold:
                    break
                used[STEPS] += 1
                if clock > -behind.arena[CLOCK, j] or held & behind.arena[FIXED, j] != 0:
                    continue
                mate = behind.arena[IDENT, j]
                extra = fits(cand, np.int64(0), behind.rows, mate, node, memory, states, net)
                if extra >= 0 and total + extra <= threshold:
                    return True
    return False


@kernel
def join(
    a: Arrays,
    m: int,
    net: Net,
    ahead: Space,
    behind: Space,
    buckets: int,
    middle: int,
    memory: int,
    found: Ints,
    count: int,
    threshold: int,
) -> tuple[int, int]:
    """
    Join each forward label past `middle` with the backward label that suits it best.

    Parameters
    ----------
    ahead, behind
        Forward and backward labels, made with the same `middle`.
    found
        Receives (reduced cost, forward label, backward label).

    Other parameters, and what is returned, as for `close`.
    """
    best = threshold
    n = len(net.prize)
    states = net.cut_in.shape[1]
    width = (a.latest_return[m] - a.shift_start[m]) // buckets + 1
    for node in range(n):
        for flag in range(2):
            for b in range(buckets):
                at = (2 * node + flag) * buckets + b
                for i in range(ahead.offset[at], ahead.offset[at] + ahead.size[at]):
                    clock, cost = ahead.arena[CLOCK, i], ahead.arena[COST, i]
                    if clock <= middle:
                        continue
                    label = ahead.arena[IDENT, i]
                    held = others(ahead.rows, label, node)
                    least, partner = threshold, -1
                    last = (a.latest_return[m] - clock) // width
                    for other in range(1 - flag, 2):
                        base = (2 * node + other) * buckets
                        for c in range(last + 1):
                            begin = behind.offset[base + c]
                            for j in range(begin, begin + behind.size[base + c]):
                                total = cost + behind.arena[COST, j]
                                if total >= least:
                                    break
                                ahead.used[STEPS] += 1
                                if clock > -behind.arena[CLOCK, j]:
                                    continue
                                if held & behind.arena[FIXED, j] != 0:
                                    continue
                                mate = behind.arena[IDENT, j]
                                extra = fits(
                                    ahead.rows, label, behind.rows, mate, node, memory, states, net
                                )
                                if extra >= 0 and total + extra < least:
                                    least, partner = total + extra, mate
                    if partner >= 0:
                        best = min(best, least)
                        if count < len(found):
                            found[count, 0] = least
                            found[count, 1] = label
                            found[count, 2] = partner
                            count += 1
    return count, best
