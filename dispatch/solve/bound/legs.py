"""Legs that no ng-route within the gap drives: a better plan cannot use them, so they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.solve.bound.join import completes
from dispatch.solve.bound.labels import CLOCK, COST, FIXED, IDENT, SCALE, WORD, accrued, pay
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import arrive, ready_after_break, start_from
from dispatch.solve.timing.kernel import kernel
from dispatch.solve.timing.spans import least_travel, least_with_break, span_end

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dispatch.solve.bound.labels import Net, Space
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]


@kernel
def useful_legs(
    a: Arrays,
    m: int,
    net: Net,
    ahead: Space,
    behind: Space,
    buckets: int,
    memory: int,
    threshold: int,
    needed: NDArray[np.bool_],
    cand: Ints,
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

    Other parameters as for `partial.enumerate_rounds`.
    """
    n, states, limits = len(net.prize), net.cut_in.shape[1], len(net.limit)
    fair = min(1, len(net.fair))
    for x in range(n):
        for flag in range(2):
            for b in range(buckets):
                at = (2 * x + flag) * buckets + b
                for i in range(ahead.offset[at], ahead.offset[at] + ahead.size[at]):
                    label = ahead.arena[IDENT, i]
                    leave = ahead.rows[label, CLOCK]
                    for e in range(net.after_first[x], net.after_first[x + 1]):
                        y = net.after[e]
                        if needed[x, y] or (ahead.rows[label, FIXED + y // WORD] >> (y % WORD)) & 1:
                            continue
                        cost = ahead.rows[label, COST] - net.prize[y]
                        for w in range(memory):
                            cand[0, FIXED + w] = ahead.rows[label, FIXED + w] & net.near[y, w]
                        cand[0, FIXED + y // WORD] |= 1 << (y % WORD)
                        for w in range(states):
                            state = ahead.rows[label, FIXED + memory + w] & net.cut_mem[y, w]
                            paid = state & net.cut_in[y, w]
                            if paid != 0:
                                cost += pay(net.penalty, w, paid)
                            cand[0, FIXED + memory + w] = state ^ net.cut_in[y, w]
                        if fair:
                            work = ahead.rows[label, FIXED + memory + states]
                            cost += accrued(net, work, a.duration[y])
                            cand[0, FIXED + memory + states] = work + a.duration[y]
                        for r in range(limits):
                            c = FIXED + memory + states + fair + r
                            cand[0, c] = ahead.rows[label, c] + net.use[r, y]
                        used = cand[0, cand.shape[1] - 1]
                        for reached in range(1, flag - 1, -1):
                            then, cheapest = leave, NEVER
                            while then <= net.latest[x, flag] and not needed[x, y]:
                                if then > leave:
                                    then = start_from(a, x, then - a.duration[x])
                                    if then == NEVER:
                                        break
                                    then += a.duration[x]
                                ready = arrive(a, x, y, then)
                                if reached != flag:
                                    ready = ready_after_break(a, m, x, y, then)
                                start = NEVER if ready == NEVER else start_from(a, y, ready)
                                if start == NEVER:
                                    break
                                clock = start + a.duration[y]
                                if clock > net.latest[y, reached]:
                                    break
                                last = span_end(a, x, y, then)
                                leg = least_travel(a, x, y, then, last)
                                if reached != flag:
                                    leg = least_with_break(a, m, x, y, then, last)
                                then = last + 1
                                if leg >= cheapest:
                                    continue
                                cheapest = leg
                                cand[0, COST], cand[0, CLOCK] = cost + SCALE * leg, clock
                                if net.work[0]:
                                    cand[0, cand.shape[1] - 1] = used + leg
                                needed[x, y] = completes(
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
                                    ahead.used,
                                )
