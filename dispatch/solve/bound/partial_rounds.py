"""Partial rounds without repetition, extended while some backward label completes them in time.

A partial round is dropped when no backward label completes it within the
threshold, or when another one with the same visits, in another order, costs and
ends no more at the same last visit (docs/bound.md, "All rounds within the gap").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.bound.bits import WORD
from dispatch.solve.bound.duals import SCALE
from dispatch.solve.bound.extension import ELEMENTARY, Extension, Move, drive, extend
from dispatch.solve.bound.joining import completes, home_cost
from dispatch.solve.bound.labels import CLOCK, COST, FIXED, FULL, IDENT, STEPS
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.kernel import inner, kernel
from dispatch.solve.timing.lateness import late_cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.bound.labels import LabelWorkspace
    from dispatch.solve.bound.pricing_problem import PricingProblem
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

TABLE = 1 << 20


class PartialRounds(NamedTuple):
    """
    Arrays for partial rounds: rows as of labels that remember every visit, and the travel at last.

    Parameters
    ----------
    rows, parent, dead
        As in `LabelWorkspace`.
    table, chain
        First partial round of each hash of last visit and visits, and the next with that hash.
    used
        Partial rounds, rounds closed, comparisons, whether the workspace was too small (4,).
    closed
        (partial round, travel and overtime) of those that end there (most, 2).
    cand
        The partial round being made (1, width).
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


def partial_rounds(most: int, width: int) -> PartialRounds:
    """Return an empty workspace for so many partial rounds with rows of a width."""
    return PartialRounds(
        rows=np.empty((most, width), dtype=np.int64),
        parent=np.empty(most, dtype=np.int64),
        dead=np.zeros(most, dtype=np.bool_),
        table=np.full(TABLE, -1, dtype=np.int64),
        chain=np.empty(most, dtype=np.int64),
        used=np.zeros(4, dtype=np.int64),
        closed=np.empty((most, 2), dtype=np.int64),
        cand=np.zeros((1, width), dtype=np.int64),
    )


@inner
def _keep(part: PartialRounds, memory: int, parent: int, every_order: bool) -> None:
    """Keep the candidate unless another order of its visits is no worse; drop those it betters."""
    cand, rows, last = part.cand, part.rows, part.cand.shape[1] - 1
    clock, travel = cand[0, CLOCK], cand[0, last]
    node, flag = cand[0, IDENT] // 2, cand[0, IDENT] % 2
    key = node
    for w in range(FIXED, FIXED + memory):
        key = (key ^ cand[0, w]) * 0x2545F4914F6CDD1D
        key ^= (key >> 29) & 0x7FFFFFFFF
    slot = (key >> 7) & (TABLE - 1)
    if not every_order:
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
    part.parent[number] = parent
    part.dead[number] = False
    part.chain[number] = part.table[slot]
    part.table[slot] = number
    part.used[MADE] += 1


@kernel
def enumerate_rounds(
    a: Arrays,
    m: int,
    pricing: PricingProblem,
    part: PartialRounds,
    backward: LabelWorkspace,
    threshold: int,
    every_order: bool,
    most_steps: int,
) -> None:
    """
    Close every round without repetition whose reduced cost is at most the threshold.

    Parameters
    ----------
    a, m, pricing
        The problem, a technician of the vehicle type, and its pricing problem.
    part
        Filled; `used[FULL]` says that it was too small, and the rounds not all there.
    backward
        Backward labels under the same duals, all extended.
    threshold
        Scaled seconds.
    every_order
        Keep partial rounds even when another order of the same visits is no worse:
        where the working time is limited, that order need not be drivable.
    most_steps
        Comparisons after which it gives up, as if the workspace had been too small.
    """
    part.table[:] = -1
    part.used[:] = 0
    cand, rows = part.cand, part.rows
    n, memory = len(pricing.visit_dual), pricing.near.shape[1]
    last = cand.shape[1] - 1
    origin = np.int64(-1)
    # In order of size: all orders of the same visits are made before one of them is extended.
    while origin < part.used[MADE]:
        x, flag = a.start[m], 0 if a.has_break[m] else 1
        leave, cost, travel = a.shift_start[m], 0, 0
        begin, stop, until = 0, n, a.latest_return[m]
        if origin >= 0:
            if part.dead[origin]:
                origin += 1
                continue
            x, flag = rows[origin, IDENT] // 2, rows[origin, IDENT] % 2
            leave, cost = rows[origin, CLOCK], rows[origin, COST]
            travel = rows[origin, last]
            begin, stop = pricing.after_first[x], pricing.after_first[x + 1]
            until = pricing.latest[x, flag]
            if pricing.exit[x]:
                left = home_cost(a, m, pricing, x, flag, leave, np.int64(NEVER))
                if left < NEVER and cost + SCALE * left <= threshold:
                    if part.used[CLOSED] >= len(part.closed):
                        part.used[FULL] = 1
                        return
                    part.closed[part.used[CLOSED], 0] = origin
                    part.closed[part.used[CLOSED], 1] = travel + left
                    part.used[CLOSED] += 1
        for e in range(begin, stop):
            y = pricing.after[e] if origin >= 0 else e
            if origin < 0:
                if not pricing.entry[y]:
                    continue
            elif (rows[origin, FIXED + y // WORD] >> (y % WORD)) & 1:
                continue
            for reached in range(1, flag - 1, -1):
                move = Move(x, y, flag, reached)
                pause = a.break_length[m] if reached != flag else 0
                then, cheapest = leave, NEVER
                while then <= until:
                    clock, leg, then = drive(a, m, pricing, move, leave, then)
                    if clock == NEVER:
                        break
                    spent = leg + late_cost(a, m, y, clock - a.duration[y])
                    if spent >= cheapest:
                        continue
                    cheapest = spent
                    reduced = cost + SCALE * spent - pricing.visit_dual[y]
                    to = Extension(y, reached, reduced, clock, y, leg, pause)
                    if not extend(a, pricing, rows, origin, cand, to, ELEMENTARY):
                        continue
                    cand[0, last] = travel + spent
                    if completes(a, m, pricing, cand, backward, threshold, part.used):
                        _keep(part, memory, origin, every_order)
                        if part.used[FULL]:
                            return
        if part.used[STEPS] > most_steps:
            part.used[FULL] = 1
            return
        origin += 1
