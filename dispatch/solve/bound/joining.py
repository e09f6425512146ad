"""Whole rounds from labels: forward labels closed at the end place, or joined to backward ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.bound.bits import WORD
from dispatch.solve.bound.duals import SCALE
from dispatch.solve.bound.labels import CLOCK, COST, FIXED, IDENT, LABELS, STEPS, bucket_width
from dispatch.solve.bound.pricing_problem import pay, together
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import start_from
from dispatch.solve.timing.kernel import inner, inner_inlined, kernel
from dispatch.solve.timing.spans import least_travel, least_with_break, span_end
from dispatch.solve.timing.steps import returned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.bound.labels import LabelWorkspace
    from dispatch.solve.bound.pricing_problem import PricingProblem
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]


class JoinedLabels(NamedTuple):
    """
    Rounds made of labels.

    Parameters
    ----------
    rows
        (reduced cost, forward label, backward label or -1) of each (most, 3).
    size
        How many there are (1,).
    """

    rows: Ints
    size: Ints

    def sorted(self) -> list[list[int]]:
        """Return the rows, least reduced cost first."""
        rows = self.rows[: self.size[0]]
        found: list[list[int]] = rows[np.argsort(rows[:, 0], kind="stable")].tolist()
        return found


@inner
def _record(found: JoinedLabels, cost: int, first: int, second: int) -> None:
    """Add a round where there is space for it."""
    number = found.size[0]
    if number < len(found.rows):
        found.rows[number, 0], found.rows[number, 1], found.rows[number, 2] = cost, first, second
        found.size[0] = number + 1


@inner_inlined
def home_cost(
    a: Arrays, m: int, pricing: PricingProblem, x: int, flag: int, leave: int, most_travel: int
) -> int:
    """
    Return the least travel and weighted overtime (s) of driving home; NEVER: there is no way.

    Parameters
    ----------
    x, flag, leave
        The last visit, whether the break is settled, and the earliest moment of leaving it.
    most_travel
        The travel must not be more (seconds).
    """
    end, best = a.end[m], NEVER
    before, after = (leave, NEVER) if flag == 0 else (NEVER, leave)
    then = leave
    while then <= pricing.latest[x, flag]:
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
        if leg <= most_travel:
            best = min(best, leg + a.overtime_weight[0] * max(0, back - a.shift_end[m]))
        then = last + 1
    return best


@kernel
def close_labels(
    a: Arrays,
    m: int,
    pricing: PricingProblem,
    space: LabelWorkspace,
    middle: int,
    threshold: int,
    found: JoinedLabels,
) -> int:
    """
    Close the forward labels that end by `middle`: drive from there to the end place.

    Parameters
    ----------
    a, m, pricing, space
        The problem, a technician, the pricing problem, forward labels.
    middle
        Seconds.
    threshold
        Scaled seconds.
    found
        Receives rounds below the threshold, without a backward label.

    Returns
    -------
    best
        The least reduced cost met, or the threshold.
    """
    best = threshold
    limits = len(pricing.limit)
    first = space.rows.shape[1] - limits
    for number in range(space.used[LABELS]):
        leave = space.rows[number, CLOCK]
        if space.dead[number] or leave > middle:
            continue
        x, flag = space.rows[number, IDENT] // 2, space.rows[number, IDENT] % 2
        if not pricing.exit[x]:
            continue
        most_travel = np.int64(NEVER)
        if pricing.limits_work:
            most_travel = pricing.limit[limits - 1] - space.rows[number, first + limits - 1]
        left = home_cost(a, m, pricing, x, flag, leave, most_travel)
        if left == NEVER:
            continue
        cost = space.rows[number, COST] + SCALE * left
        if cost >= threshold:
            continue
        best = min(best, cost)
        _record(found, cost, number, np.int64(-1))
    return best


@inner_inlined
def other_visits(rows: Ints, label: int, node: int) -> int:
    """Return the first word of what a label at `node` remembers, without `node`."""
    held = rows[label, FIXED]
    return held & ~(1 << node) if node < WORD else held


@inner_inlined
def joint_cost(
    forward: Ints, i: int, backward: Ints, j: int, node: int, pricing: PricingProblem
) -> int:
    """
    Return what joining two labels at a visit adds to their costs; -1 when they do not fit.

    They must remember no visit in common but `node`, and keep the limits
    together; cuts that both have counted half are paid, and time on site that is above the fair
    share only together.
    """
    memory, states = pricing.near.shape[1], pricing.cut_in.shape[1]
    if forward[i, CLOCK] > -backward[j, CLOCK]:
        return -1
    for w in range(memory):
        common = forward[i, FIXED + w] & backward[j, FIXED + w]
        if w == node // WORD:
            common ^= 1 << (node % WORD)
        if common != 0:
            return -1
    first, extra = FIXED + memory + states, 0
    if pricing.work_rate > 0:
        above = together(pricing.work_share, forward[i, first], backward[j, first])
        extra = pricing.work_rate * above
        first += 1
    for r in range(len(pricing.limit)):
        if forward[i, first + r] + backward[j, first + r] > pricing.limit[r]:
            return -1
    for w in range(states):
        both = forward[i, FIXED + memory + w] & backward[j, FIXED + memory + w]
        if both != 0:
            extra += pay(pricing.cut_dual, w, both)
    return extra


@inner_inlined
def completes(
    a: Arrays,
    m: int,
    pricing: PricingProblem,
    cand: Ints,
    backward: LabelWorkspace,
    threshold: int,
    used: Ints,
) -> bool:
    """
    Return whether some backward label at its visit completes the candidate within the threshold.

    Parameters
    ----------
    a, m, pricing
        The problem, a technician, the pricing problem.
    cand
        A forward label by itself (1, width).
    backward
        Backward labels under the same duals.
    threshold
        Scaled seconds.
    used
        Comparisons are counted here, at STEPS.
    """
    node, flag, buckets = cand[0, IDENT] // 2, cand[0, IDENT] % 2, len(backward.head)
    width = bucket_width(a, m, buckets)
    cost, clock, held = cand[0, COST], cand[0, CLOCK], other_visits(cand, np.int64(0), node)
    for other in range(1, -flag, -1):
        base = (2 * node + other) * buckets
        for c in range((a.latest_return[m] - clock) // width + 1):
            begin = backward.offset[base + c]
            for j in range(begin, begin + backward.size[base + c]):
                total = cost + backward.arena[COST, j]
                if total > threshold:
                    break
                used[STEPS] += 1
                if clock > -backward.arena[CLOCK, j] or held & backward.arena[FIXED, j] != 0:
                    continue
                mate = backward.arena[IDENT, j]
                extra = joint_cost(cand, np.int64(0), backward.rows, mate, node, pricing)
                if extra >= 0 and total + extra <= threshold:
                    return True
    return False


@kernel
def join_labels(
    a: Arrays,
    m: int,
    pricing: PricingProblem,
    forward: LabelWorkspace,
    backward: LabelWorkspace,
    middle: int,
    threshold: int,
    found: JoinedLabels,
) -> int:
    """
    Join each forward label past `middle` with the backward label that suits it best.

    Parameters
    ----------
    forward, backward
        Labels made with the same `middle`.
    found
        Receives rounds below the threshold.

    Other parameters, and what is returned, as for `close_labels`.
    """
    best = threshold
    n, buckets = len(pricing.visit_dual), len(forward.head)
    width = bucket_width(a, m, buckets)
    for node in range(n):
        for flag in range(2):
            for b in range(buckets):
                at = (2 * node + flag) * buckets + b
                for i in range(forward.offset[at], forward.offset[at] + forward.size[at]):
                    clock, cost = forward.arena[CLOCK, i], forward.arena[COST, i]
                    if clock <= middle:
                        continue
                    label = forward.arena[IDENT, i]
                    held = other_visits(forward.rows, label, node)
                    least, partner = threshold, -1
                    last = (a.latest_return[m] - clock) // width
                    for other in range(1 - flag, 2):
                        base = (2 * node + other) * buckets
                        for c in range(last + 1):
                            begin = backward.offset[base + c]
                            for j in range(begin, begin + backward.size[base + c]):
                                total = cost + backward.arena[COST, j]
                                if total >= least:
                                    break
                                forward.used[STEPS] += 1
                                if clock > -backward.arena[CLOCK, j]:
                                    continue
                                if held & backward.arena[FIXED, j] != 0:
                                    continue
                                mate = backward.arena[IDENT, j]
                                extra = joint_cost(
                                    forward.rows, label, backward.rows, mate, node, pricing
                                )
                                if extra >= 0 and total + extra < least:
                                    least, partner = total + extra, mate
                    if partner >= 0:
                        best = min(best, least)
                        _record(found, least, label, partner)
    return best
