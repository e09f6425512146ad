"""Every round whose reduced cost fits in the gap: among them is the best plan, or no better one is.

Rounds without repetition are extended from the start on, one visit at a time. A
partial round is dropped when no backward label completes it within the
threshold, or when another one with the same visits, in another order, costs and
ends no more at the same last visit (docs/bound.md, "Enumeration").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.arrays import NEVER
from dispatch.solve.join import fits
from dispatch.solve.kernel import kernel
from dispatch.solve.labels import CLOCK, COST, FIXED, FULL, IDENT, SCALE, STEPS, WORD, pay
from dispatch.solve.timing import (
    arrive,
    ready_after_break,
    returned,
    round_cost,
    start_from,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.arrays import Arrays
    from dispatch.solve.labels import Net, Space
    from dispatch.solve.pricing import Kind, Pricer

    Ints = NDArray[np.int64]

TABLE = 1 << 20
# Beside what a pricing label has, the true travel of the partial round stands last in a row.


class Partial(NamedTuple):
    """
    Where partial rounds live; a row is a label's, its memory all visits, with the travel at its end.

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


@kernel
def _completes(
    a: Arrays, m: int, net: Net, part: Partial, behind: Space, buckets: int, node: int, flag: int,
    memory: int, threshold: int,
) -> bool:
    """Return whether some backward label completes the candidate within the threshold."""
    cand = part.cand
    states = net.cut_in.shape[1]
    width = (a.latest_return[m] - a.shift_start[m]) // buckets + 1
    cost = cand[0, COST]
    for other in range(1, -flag, -1):
        base = (2 * node + other) * buckets
        for c in range((a.latest_return[m] - cand[0, CLOCK]) // width + 1):
            begin = behind.offset[base + c]
            for j in range(begin, begin + behind.size[base + c]):
                if cost + behind.arena[j, COST] > threshold:
                    break
                part.used[STEPS] += 1
                extra = fits(cand, 0, behind.arena, j, node, memory, states, net)
                if extra >= 0 and cost + behind.arena[j, COST] + extra <= threshold:
                    return True
    return False


@kernel
def _place(part: Partial, node: int, flag: int, parent: int, memory: int, free: bool) -> None:
    """Keep the candidate unless one with the same visits is no worse; drop those it betters."""
    cand, rows, last = part.cand, part.rows, part.cand.shape[1] - 1
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
                if other >= flag and rows[i, CLOCK] <= cand[0, CLOCK] and rows[i, last] <= cand[0, last]:
                    return
                if flag >= other and cand[0, CLOCK] <= rows[i, CLOCK] and cand[0, last] <= rows[i, last]:
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
    """
    part.table[:] = -1
    part.used[:] = 0
    cand = part.cand
    n, states, limits = len(net.prize), net.cut_in.shape[1], len(net.limit)
    last = cand.shape[1] - 1
    origin = -1
    # One visit more at a time: all orders of the same visits are there before they are extended.
    while origin < part.used[MADE]:
        x, flag = a.start[m], 0 if a.has_break[m] else 1
        leave, cost, travel = a.shift_start[m], 0, 0
        begin, stop = 0, n
        if origin >= 0:
            if part.dead[origin]:
                origin += 1
                continue
            x, flag = part.rows[origin, IDENT] // 2, part.rows[origin, IDENT] % 2
            leave, cost = part.rows[origin, CLOCK], part.rows[origin, COST]
            travel = part.rows[origin, last]
            begin, stop = net.after_first[x], net.after_first[x + 1]
            if net.leaving[x]:
                leg = a.travel[0, x, a.end[m]]
                back = returned(a, m, x, leave if flag == 0 else NEVER, leave if flag == 1 else NEVER)
                if back < NEVER:
                    late = a.overtime_weight[0] * max(0, back - a.shift_end[m])
                    if cost + SCALE * (leg + late) <= threshold:
                        if part.used[CLOSED] >= len(part.closed):
                            part.used[FULL] = 1
                            return
                        part.closed[part.used[CLOSED], 0] = origin
                        part.closed[part.used[CLOSED], 1] = travel + leg + late
                        part.used[CLOSED] += 1
        for e in range(begin, stop):
            y = net.after[e] if origin >= 0 else e
            if origin < 0:
                if not net.entry[y]:
                    continue
            elif (part.rows[origin, FIXED + y // WORD] >> (y % WORD)) & 1:
                continue
            leg = a.travel[0, x, y]
            for reached in range(1, flag - 1, -1):
                pausing = reached != flag
                ready = arrive(a, x, y, leave)
                if pausing:
                    ready = ready_after_break(a, m, x, y, leave)
                if ready == NEVER:
                    continue
                start = start_from(a, y, ready)
                if start == NEVER:
                    continue
                clock = start + a.duration[y]
                if clock > net.latest[y, reached]:
                    continue
                cand[0, COST] = cost + SCALE * leg - net.prize[y]
                cand[0, CLOCK] = clock
                cand[0, last] = travel + leg
                keeps = True
                for r in range(limits):
                    c = FIXED + memory + states + r
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
                if _completes(a, m, net, part, behind, buckets, y, reached, memory, threshold):
                    _place(part, y, reached, origin, memory, free)
                    if part.used[FULL]:
                        return
        origin += 1


@kernel
def useful_legs(
    a: Arrays, m: int, net: Net, ahead: Space, behind: Space, buckets: int, memory: int,
    threshold: int, needed: NDArray[np.bool_], cand: Ints,
) -> None:
    """
    Mark the legs on some ng-route whose reduced cost is at most the threshold.

    Parameters
    ----------
    ahead, behind
        Forward and backward labels under the same prices, all extended.
    threshold
        Scaled seconds.
    needed
        Receives them: (n + 1, n + 1), index n the start and end place.
    cand
        Room for one label (1, width).

    Other parameters as for `enumerate_rounds`.
    """
    n, states, limits = len(net.prize), net.cut_in.shape[1], len(net.limit)
    width = (a.latest_return[m] - a.shift_start[m]) // buckets + 1
    for x in range(n):
        for flag in range(2):
            for b in range(buckets):
                at = (2 * x + flag) * buckets + b
                for i in range(ahead.offset[at], ahead.offset[at] + ahead.size[at]):
                    leave = ahead.arena[i, CLOCK]
                    for e in range(net.after_first[x], net.after_first[x + 1]):
                        y = net.after[e]
                        if needed[x, y] or (ahead.arena[i, FIXED + y // WORD] >> (y % WORD)) & 1:
                            continue
                        leg = a.travel[0, x, y]
                        cand[0, COST] = ahead.arena[i, COST] + SCALE * leg - net.prize[y]
                        for w in range(memory):
                            cand[0, FIXED + w] = ahead.arena[i, FIXED + w] & net.near[y, w]
                        cand[0, FIXED + y // WORD] |= 1 << (y % WORD)
                        for w in range(states):
                            state = ahead.arena[i, FIXED + memory + w] & net.cut_mem[y, w]
                            paid = state & net.cut_in[y, w]
                            if paid != 0:
                                cand[0, COST] += pay(net.penalty, w, paid)
                            cand[0, FIXED + memory + w] = state ^ net.cut_in[y, w]
                        for r in range(limits):
                            c = FIXED + memory + states + r
                            cand[0, c] = ahead.arena[i, c] + net.use[r, y]
                            if net.work[0] and r == limits - 1:
                                cand[0, c] += leg
                        for reached in range(1, flag - 1, -1):
                            ready = arrive(a, x, y, leave)
                            if reached != flag:
                                ready = ready_after_break(a, m, x, y, leave)
                            start = NEVER if ready == NEVER else start_from(a, y, ready)
                            if start == NEVER or needed[x, y]:
                                continue
                            cand[0, CLOCK] = start + a.duration[y]
                            if cand[0, CLOCK] > net.latest[y, reached]:
                                continue
                            for other in range(1, -reached, -1):
                                base = (2 * y + other) * buckets
                                stop = (a.latest_return[m] - cand[0, CLOCK]) // width + 1
                                for c in range(stop):
                                    if needed[x, y]:
                                        break
                                    begin = behind.offset[base + c]
                                    for j in range(begin, begin + behind.size[base + c]):
                                        total = cand[0, COST] + behind.arena[j, COST]
                                        if total > threshold:
                                            break
                                        ahead.used[STEPS] += 1
                                        extra = fits(
                                            cand, 0, behind.arena, j, y, memory, states, net
                                        )
                                        if extra >= 0 and total + extra <= threshold:
                                            needed[x, y] = True
                                            break


class Enumerator:
    """
    Finds all rounds within the gap of one kind after another, in space kept between calls.

    Parameters
    ----------
    a, pricer
        The problem, and the pricing whose backward labels complete partial rounds.
    labels
        Most partial rounds of a kind.
    """

    def __init__(self, a: Arrays, pricer: Pricer, labels: int) -> None:
        self.a, self.pricer, self.labels = a, pricer, labels
        self._part: Partial | None = None

    def rounds(
        self, kind: Kind, net: Net, threshold: int
    ) -> list[tuple[int, tuple[int, ...]]] | None:
        """
        Return (cost, visits in order) of the cheapest round of each set of visits; None: too many.

        Parameters
        ----------
        kind, net
            The kind, and what pricing sees of it under the prices that gave the bound.
        threshold
            Greatest reduced cost (scaled seconds, wage not counted).
        """
        behind = self.pricer.behind_all(kind, net)
        if behind is None:
            return None
        a, m = self.a, kind.technician
        words = self.pricer.near.shape[1]
        width = FIXED + words + net.cut_in.shape[1] + len(net.limit) + 1
        part = self._part
        if part is None or part.rows.shape[1] != width:
            part = self._part = partial_space(self.labels, width)
        enumerate_rounds(a, m, net, part, behind, self.pricer.buckets, words, threshold, kind.work)
        self.pricer.steps += int(part.used[STEPS])
        self.pricer.made += int(part.used[MADE])
        if part.used[FULL]:
            return None
        return self._cheapest(kind, part)

    def useless_legs(self, kind: Kind, net: Net, threshold: int) -> NDArray[np.bool_] | None:
        """
        Return the legs between visits that no ng-route within the threshold drives; None: no room.

        Parameters as for `rounds`; shape (n + 1, n + 1).
        """
        behind = self.pricer.behind_all(kind, net)
        ahead = self.pricer.ahead_all(kind, net) if behind is not None else None
        if ahead is None or behind is None:
            return None
        n, words = self.a.visits, self.pricer.near.shape[1]
        needed = np.zeros((n + 1, n + 1), dtype=np.bool_)
        needed[n] = needed[:, n] = True
        useful_legs(
            self.a, kind.technician, net, ahead, behind, self.pricer.buckets, words, threshold,
            needed, np.zeros((1, ahead.rows.shape[1]), dtype=np.int64),
        )
        self.pricer.steps += int(ahead.used[STEPS])
        return ~needed

    def _cheapest(self, kind: Kind, part: Partial) -> list[tuple[int, tuple[int, ...]]]:
        best: dict[tuple[int, ...], tuple[int, tuple[int, ...]]] = {}
        rows, parent = part.rows, part.parent
        for number, cost in part.closed[: part.used[CLOSED]].tolist():
            route = []
            at = number
            while at >= 0:
                route.append(int(rows[at, IDENT]) // 2)
                at = int(parent[at])
            route.reverse()
            if kind.work:
                order = np.array(route, dtype=np.int64)
                cost = int(round_cost(self.a, kind.technician, order, len(order)))
                if cost >= NEVER:
                    continue
            key = tuple(sorted(route))
            known = best.get(key)
            if known is None or cost < known[0]:
                best[key] = (cost, tuple(route))
        return list(best.values())
