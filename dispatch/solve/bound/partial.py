"""Partial rounds without repetition, extended while some backward label completes them in time.

A partial round is dropped when no backward label completes it within the
threshold, or when another one with the same visits, in another order, costs and
ends no more at the same last visit (docs/bound.md, "All rounds within the gap").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.bound.join import completes, home_cost
from dispatch.solve.bound.labels import (
    CLOCK,
    COST,
    FIXED,
    FULL,
    IDENT,
    SCALE,
    STEPS,
    WORD,
    accrued,
    pay,
)
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import arrive, ready_after_break, start_from
from dispatch.solve.timing.kernel import inner, kernel
from dispatch.solve.timing.spans import least_travel, least_with_break, span_end

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.bound.labels import Net, Space
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

TABLE = 1 << 20
# Beside what a pricing label has, the true travel of the partial round stands last in a row.


class Partial(NamedTuple):
    """
    Where partial rounds live; a row is a label's, its memory all visits, its travel at the end.

    Parameters
    ----------
    rows, parent, dead
        As in `Space`.
    table, chain
        First partial round of each hash of last visit and visits, and the next with that hash.
    used
        Partial rounds, rounds closed, comparisons, whether space ran out.
    closed
        (partial round, travel and overtime) of those that end there (most, 2).
    cand
        The one being made (1, width).
    """

    rows: Ints
    parent: Ints
    dead: NDArray[np.bool_]
    table: Ints
    chain: Ints
    used: Ints
    closed: Ints
    cand: Ints


MADE, CLOSED = 0, 1


def partial_space(labels: int, width: int) -> Partial:
    """Return empty space for partial rounds with rows of a width."""
    return Partial(
        rows=np.empty((labels, width), dtype=np.int64),
        parent=np.empty(labels, dtype=np.int64),
        dead=np.zeros(labels, dtype=np.bool_),
        table=np.full(TABLE, -1, dtype=np.int64),
        chain=np.empty(labels, dtype=np.int64),
        used=np.zeros(4, dtype=np.int64),
        closed=np.empty((labels, 2), dtype=np.int64),
        cand=np.zeros((1, width), dtype=np.int64),
    )


@inner
def _place(part: Partial, node: int, flag: int, parent: int, memory: int, free: bool) -> None:
    """Keep the candidate unless one with the same visits is no worse; drop those it betters."""
    cand, rows, last = part.cand, part.rows, part.cand.shape[1] - 1
    clock, travel = cand[0, CLOCK], cand[0, last]
    key = node
    for w in range(FIXED, FIXED + memory):
        key = (key ^ cand[0, w]) * 0x2545F4914F6CDD1D
        key ^= (key >> 29) & 0x7FFFFFFFF
    slot = (key >> 7) & (TABLE - 1)
    if not free:
        i = part.table[slot]
        while i >= 0:
            part.used[STEPS] += 1
            same = not part.dead[i] and rows[i, IDENT] // 2 == node
            for w in range(FIXED, FIXED + memory):
                same = same and rows[i, w] == cand[0, w]
            if same:
                other = rows[i, IDENT] % 2
                if other >= flag and rows[i, CLOCK] <= clock and rows[i, last] <= travel:
                    return
                if flag >= other and clock <= rows[i, CLOCK] and travel <= rows[i, last]:
                    part.dead[i] = True
            i = part.chain[i]
    number = part.used[MADE]
    if number >= len(part.parent):
        part.used[FULL] = 1
        return
    for c in range(cand.shape[1]):
        rows[number, c] = cand[0, c]
    rows[number, IDENT] = 2 * node + flag
    part.parent[number] = parent
    part.dead[number] = False
    part.chain[number] = part.table[slot]
    part.table[slot] = number
    part.used[MADE] += 1


@kernel
def enumerate_rounds(
    a: Arrays,
    m: int,
    net: Net,
    part: Partial,
    behind: Space,
    buckets: int,
    memory: int,
    threshold: int,
    free: bool,
    most_steps: int,
) -> None:
    """
    Close every round without repetition whose reduced cost is at most the threshold.

    Parameters
    ----------
    a, m, net
        The problem, a technician of the kind, and what pricing adds.
    part
        Filled; `used[FULL]` says that it was too small, and the rounds not all there.
    behind
        Backward labels under the same prices, all extended.
    buckets, memory
        As for the labels.
    threshold
        Scaled seconds.
    free
        Keep partial rounds even when another order of the same visits is no worse:
        where the working time is limited, that order need not be drivable.
    most_steps
        Comparisons after which it gives up, as if space had run out.
    """
    part.table[:] = -1
    part.used[:] = 0
    cand = part.cand
    n, states, limits = len(net.prize), net.cut_in.shape[1], len(net.limit)
    last, fair = cand.shape[1] - 1, min(1, len(net.fair))
    origin = np.int64(-1)
    # One visit more at a time: all orders of the same visits are there before they are extended.
    while origin < part.used[MADE]:
        x, flag = a.start[m], 0 if a.has_break[m] else 1
        leave, cost, travel = a.shift_start[m], 0, 0
        begin, stop, until = 0, n, a.latest_return[m]
        if origin >= 0:
            if part.dead[origin]:
                origin += 1
                continue
            x, flag = part.rows[origin, IDENT] // 2, part.rows[origin, IDENT] % 2
            leave, cost = part.rows[origin, CLOCK], part.rows[origin, COST]
            travel = part.rows[origin, last]
            begin, stop = net.after_first[x], net.after_first[x + 1]
            until = net.latest[x, flag]
            if net.leaving[x]:
                left = home_cost(a, m, net, x, flag, leave, np.int64(NEVER))
                if left < NEVER and cost + SCALE * left <= threshold:
                    if part.used[CLOSED] >= len(part.closed):
                        part.used[FULL] = 1
                        return
                    part.closed[part.used[CLOSED], 0] = origin
                    part.closed[part.used[CLOSED], 1] = travel + left
                    part.used[CLOSED] += 1
        for e in range(begin, stop):
            y = net.after[e] if origin >= 0 else e
            if origin < 0:
                if not net.entry[y]:
                    continue
            elif (part.rows[origin, FIXED + y // WORD] >> (y % WORD)) & 1:
                continue
            for reached in range(1, flag - 1, -1):
                pausing = reached != flag
                then, cheapest = leave, NEVER
                while then <= until:
                    if origin >= 0 and then > leave:
                        then = start_from(a, x, then - a.duration[x])
                        if then == NEVER:
                            break
                        then += a.duration[x]
                    ready = arrive(a, x, y, then)
                    if pausing:
                        ready = ready_after_break(a, m, x, y, then)
                    if ready == NEVER:
                        break
                    start = start_from(a, y, ready)
                    if start == NEVER:
                        break
                    clock = start + a.duration[y]
                    if clock > net.latest[y, reached]:
                        break
                    end = span_end(a, x, y, then)
                    leg = least_travel(a, x, y, then, end)
                    if pausing:
                        leg = least_with_break(a, m, x, y, then, end)
                    then = end + 1
                    if leg >= cheapest:
                        continue
                    cheapest = leg
                    cand[0, COST] = cost + SCALE * leg - net.prize[y]
                    cand[0, CLOCK] = clock
                    cand[0, last] = travel + leg
                    if fair:
                        work = part.rows[origin, FIXED + memory + states] if origin >= 0 else 0
                        cand[0, COST] += accrued(net, work, a.duration[y])
                        cand[0, FIXED + memory + states] = work + a.duration[y]
                    keeps = True
                    for r in range(limits):
                        c = FIXED + memory + states + fair + r
                        amount = net.use[r, y] + (part.rows[origin, c] if origin >= 0 else 0)
                        if net.work[0] and r == limits - 1:
                            amount += leg + (a.break_length[m] if pausing else 0)
                        cand[0, c] = amount
                        keeps = keeps and amount <= net.limit[r]
                    if not keeps:
                        continue
                    for w in range(memory):
                        cand[0, FIXED + w] = part.rows[origin, FIXED + w] if origin >= 0 else 0
                    cand[0, FIXED + y // WORD] |= 1 << (y % WORD)
                    for w in range(states):
                        state = part.rows[origin, FIXED + memory + w] if origin >= 0 else 0
                        state &= net.cut_mem[y, w]
                        paid = state & net.cut_in[y, w]
                        if paid != 0:
                            cand[0, COST] += pay(net.penalty, w, paid)
                        cand[0, FIXED + memory + w] = state ^ net.cut_in[y, w]
                    if completes(
                        a,
                        m,
                        net,
                        cand,
                        behind,
                        buckets,
                        y,
                        reached,
                        memory,
                        threshold,
                        part.used,
                    ):
                        _place(part, y, reached, origin, memory, free)
                        if part.used[FULL]:
                            return
        if part.used[STEPS] > most_steps:
            part.used[FULL] = 1
            return
        origin += 1
