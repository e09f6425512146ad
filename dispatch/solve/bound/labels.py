"""Labels: partial rounds of one vehicle type, from the start on or from the end back.

A label is a partial round at a visit, with its reduced cost, its clock, the
visits it remembers (ng-route memory), the state of each cut, and how much of
each limit it has used. Forward, the clock is the end of the service; backward,
it is minus the latest time to leave: a smaller clock is never worse. `flag`
says whether the break is settled (taken, or not owed); settled is never worse.

Label x dominates y at the same visit when it is no worse in clock, flag,
memory (a subset) and limits used, and its cost stays no higher even if it pays
every cut whose state it alone has set (Jepsen et al. 2008, see docs/bound.md).

Costs are exact integers: seconds times `SCALE` (duals.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.bound.pricing_problem import pay, together
from dispatch.solve.timing.kernel import inlined, inner_inlined, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.bound.pricing_problem import PricingProblem
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

# A row of a label: cost, clock, and 2 * visit + flag (in `rows`) or the label's number (in
# `arena`); then the memory, the states of the cuts, the time on site where imbalance counts, and
# the use of each limit.
COST, CLOCK, IDENT, FIXED = 0, 1, 2, 3


class LabelPass(NamedTuple):
    """
    What all labels of one pass have in common.

    Parameters
    ----------
    exact
        Whether dominance compares everything; else cost and clock alone.
    middle
        Moment (seconds) past which labels are not extended.
    last_clock
        The greatest clock that a label of this direction may have.
    completion
        Least cost of what completes a label, by its visit, flag and bucket, as
        `completion_bounds` writes it; empty: not known.
    cutoff
        Labels are dropped whose cost and completion reach it together (scaled seconds).
    """

    exact: bool
    middle: int
    last_clock: int
    completion: Ints
    cutoff: int


class LabelWorkspace(NamedTuple):
    """
    Arrays for labels: by number in `rows`, and, sorted by cost, in buckets of `arena`.

    Parameters
    ----------
    rows
        One label a row.
    arena
        The part of each label in a bucket that is compared first, shape (4, size of all buckets):
        rows COST, CLOCK, IDENT (its number) and FIXED (the first word of its memory). They stand
        side by side in memory, as most comparisons end there.
    parent, following
        Number of the label it extends (-1: none), and of the next to extend.
    dead
        Dominated.
    offset, size, capacity
        Where each bucket stands in `arena`, how many labels it holds and can hold: bucket
        (2 * visit + flag) * buckets + b.
    used
        Labels made, columns of `arena` used, comparisons made, whether the workspace was too
        small (4,).
    head, tail
        First and last label to extend of each span of time (buckets,).
    cand
        The label being made (1, width).
    """

    rows: Ints
    arena: Ints
    parent: Ints
    following: Ints
    dead: NDArray[np.bool_]
    offset: Ints
    size: Ints
    capacity: Ints
    used: Ints
    head: Ints
    tail: Ints
    cand: Ints


LABELS, ARENA, STEPS, FULL = 0, 1, 2, 3


def row_width(pricing: PricingProblem) -> int:
    """Return the length of a label's row."""
    words = pricing.near.shape[1] + pricing.cut_in.shape[1]
    return FIXED + words + (pricing.work_rate > 0) + len(pricing.limit)


def label_workspace(labels: int, width: int, visits: int, buckets: int) -> LabelWorkspace:
    """
    Return an empty workspace.

    Parameters
    ----------
    labels
        Most labels.
    width
        Length of a row.
    visits, buckets
        Visits, and buckets a visit and flag.
    """
    lists = visits * 2 * buckets
    return LabelWorkspace(
        rows=np.empty((labels, width), dtype=np.int64),
        arena=np.empty((FIXED + 1, 4 * labels + 8 * lists), dtype=np.int64),
        parent=np.empty(labels, dtype=np.int64),
        following=np.empty(labels, dtype=np.int64),
        dead=np.empty(labels, dtype=np.bool_),
        offset=np.zeros(lists, dtype=np.int64),
        size=np.zeros(lists, dtype=np.int64),
        capacity=np.zeros(lists, dtype=np.int64),
        used=np.zeros(4, dtype=np.int64),
        head=np.full(buckets, -1, dtype=np.int64),
        tail=np.full(buckets, -1, dtype=np.int64),
        cand=np.zeros((1, width), dtype=np.int64),
    )


@inner_inlined
def bucket_width(a: Arrays, m: int, buckets: int) -> int:
    """Return the length of a bucket of time (seconds)."""
    return (a.latest_return[m] - a.shift_start[m]) // buckets + 1


@inner_inlined
def _dominates(x: Ints, i: int, y: Ints, j: int, pricing: PricingProblem, last_clock: int) -> bool:
    """
    Return whether row i of x dominates row j of y.

    `offer` has compared costs, clocks, flags and the first word of the memory before.
    """
    memory, states = pricing.near.shape[1], pricing.cut_in.shape[1]
    for w in range(FIXED + 1, FIXED + memory):
        if x[i, w] & ~y[j, w] != 0:
            return False
    first, slack = FIXED + memory + states, y[j, COST] - x[i, COST]
    if pricing.work_rate > 0:
        if x[i, first] > y[j, first]:
            # Further work costs x more than y, and most if all time left is spent on site.
            left, share = last_clock - y[j, CLOCK], pricing.work_share
            dearer = together(share, x[i, first], left) - together(share, y[j, first], left)
            slack -= pricing.work_rate * dearer
            if slack < 0:
                return False
        first += 1
    for r in range(first, x.shape[1]):
        if x[i, r] > y[j, r]:
            return False
    for w in range(states):
        more = x[i, FIXED + memory + w] & ~y[j, FIXED + memory + w]
        if more != 0:
            slack -= pay(pricing.cut_dual, w, more)
            if slack < 0:
                return False
    return True


@inlined
def offer(
    space: LabelWorkspace, pricing: PricingProblem, how: LabelPass, parent: int, bucket: int
) -> None:
    """
    Keep the candidate unless it is dominated or too dear, and drop the labels it dominates.

    Parameters
    ----------
    space
        Labels, and the candidate as `cand`.
    pricing, how
        The pricing problem, and what the labels of this pass have in common.
    parent, bucket
        The label that the candidate extends (-1: none), and its span of time.
    """
    arena, offset, size, used = space.arena, space.offset, space.size, space.used
    rows, cand, capacity = space.rows, space.cand, space.capacity
    cost, clock, steps = cand[0, COST], cand[0, CLOCK], 0
    node, flag, buckets = cand[0, IDENT] // 2, cand[0, IDENT] % 2, len(space.head)
    at = cand[0, IDENT] * buckets + bucket
    if len(how.completion) > 0 and cost + how.completion[at] >= how.cutoff:
        return
    # Most labels differ in the first word of the memory: it is compared before all else.
    held = cand[0, FIXED] if how.exact else 0
    missing = ~held if how.exact else 0
    for f in range(1, flag - 1, -1):
        base = (2 * node + f) * buckets
        for b in range(bucket, -1, -1):
            first = offset[base + b]
            for i in range(first, first + size[base + b]):
                if arena[COST, i] > cost:
                    break
                steps += 1
                if arena[FIXED, i] & missing != 0 or arena[CLOCK, i] > clock:
                    continue
                x = arena[IDENT, i]
                if not how.exact or _dominates(rows, x, cand, 0, pricing, how.last_clock):
                    used[STEPS] += steps
                    return
    for f in range(flag + 1):
        base = (2 * node + f) * buckets
        for b in range(bucket, buckets):
            first = offset[base + b]
            i = first + size[base + b] - 1
            while i >= first and arena[COST, i] >= cost:
                steps += 1
                if held & ~arena[FIXED, i] != 0 or arena[CLOCK, i] < clock:
                    i -= 1
                    continue
                y = arena[IDENT, i]
                if not how.exact or _dominates(cand, 0, rows, y, pricing, how.last_clock):
                    space.dead[y] = True
                    for c in range(FIXED + 1):
                        for j in range(i, first + size[base + b] - 1):
                            arena[c, j] = arena[c, j + 1]
                    size[base + b] -= 1
                i -= 1
    used[STEPS] += steps
    number = used[LABELS]
    if number >= len(space.parent):
        used[FULL] = 1
        return
    if size[at] == capacity[at]:
        larger = max(4, 2 * capacity[at])
        if used[ARENA] + larger > arena.shape[1]:
            used[FULL] = 1
            return
        for c in range(FIXED + 1):
            for i in range(size[at]):
                arena[c, used[ARENA] + i] = arena[c, offset[at] + i]
        offset[at] = used[ARENA]
        capacity[at] = larger
        used[ARENA] += larger
    last = offset[at] + size[at]
    i = last
    while i > offset[at] and arena[COST, i - 1] > cost:
        i -= 1
    for c in range(FIXED + 1):
        for j in range(last, i, -1):
            arena[c, j] = arena[c, j - 1]
    for c in range(cand.shape[1]):
        rows[number, c] = cand[0, c]
    arena[COST, i], arena[CLOCK, i], arena[IDENT, i] = cost, clock, number
    arena[FIXED, i] = cand[0, FIXED]
    size[at] += 1
    space.parent[number] = parent
    space.dead[number] = False
    space.following[number] = -1
    used[LABELS] += 1
    if space.tail[bucket] < 0:
        space.head[bucket] = number
    else:
        space.following[space.tail[bucket]] = number
    space.tail[bucket] = number


@kernel
def clear(space: LabelWorkspace) -> None:
    """Empty the workspace."""
    space.size[:] = 0
    space.capacity[:] = 0
    space.used[:] = 0
    space.head[:] = -1
    space.tail[:] = -1


@kernel
def trace(space: LabelWorkspace, number: int, out: Ints) -> int:
    """Write the visits of a label, from its own back to the first, and return how many."""
    size = 0
    while number >= 0:
        out[size] = space.rows[number, IDENT] // 2
        size += 1
        number = space.parent[number]
    return size
