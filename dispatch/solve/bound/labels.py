"""Labels: partial rounds of one kind of technician, from the start on or from the end back.

A label is a partial round at a visit, with its reduced cost, its clock, the
visits it remembers (ng-route memory), the state of each cut, and how much of
each limit it has used. Forward, the clock is the end of the service; backward,
it is minus the latest time to leave: a smaller clock is never worse. `flag`
says whether the break is settled (taken, or not owed); settled is never worse.

Label x dominates y at the same visit when it is no worse in clock, flag,
memory (a subset) and limits used, and its cost stays no higher even if it pays
every cut whose state it alone has set (Jepsen et al. 2008, see docs/bound.md).

Costs are exact integers: seconds times `SCALE`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.timing.kernel import inlined, inner, inner_inlined, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

SCALE = 1000
# Bits used of a 64-bit word: the sign stays out of it.
WORD = 62
# A row of a label: cost, clock, its number (in a bucket) or 2 * visit + flag (in `rows`), then
# the memory, the states of the cuts, the time on site where imbalance counts, and what it used of
# each limit.
COST, CLOCK, IDENT, FIXED = 0, 1, 2, 3
# How much dominance looks at: cost and clock alone, or everything.
LOOSE, EXACT = 0, 1


class Net(NamedTuple):
    """
    What the pricing of one kind sees besides the problem's arrays (n visits).

    Parameters
    ----------
    prize
        Dual price of each visit, less what it costs that its place is not known, scaled (n,).
    entry, leaving
        Bool (n,): whether a round may begin, or end, with the visit.
    after_first, after, before_first, before
        Visits that may follow, or precede, each visit: row v of `after` is
        after_first[v] to after_first[v + 1] - 1.
    near
        ng-neighbourhood of each visit as bits (n, words); holds the visit itself.
    cut_in, cut_mem
        Cuts that a visit is in, and that remember across it, as bits (n, words).
    penalty
        What paying each cut costs, scaled, at least 0 (words * WORD,).
    use
        How much of each limit a visit uses (limits, n); legs and the break use
        of the last one, too, where it is the working time.
    limit
        The limits (limits,).
    work
        Bool (1,): the last limit is the working time.
    fair
        Price of a second on site above the fair share, scaled, and that share (seconds); empty
        where that costs nothing: labels then do without their time on site.
    soonest, latest
        Least and greatest end of the service that can matter (n, 2), for flag 0 and 1.
    """

    prize: Ints
    entry: NDArray[np.bool_]
    leaving: NDArray[np.bool_]
    after_first: Ints
    after: Ints
    before_first: Ints
    before: Ints
    near: Ints
    cut_in: Ints
    cut_mem: Ints
    penalty: Ints
    use: Ints
    limit: Ints
    work: NDArray[np.bool_]
    fair: Ints
    soonest: Ints
    latest: Ints


class Space(NamedTuple):
    """
    Where labels live: by number in `rows`, and, sorted by cost, in buckets of `arena`.

    Parameters
    ----------
    rows
        One label a row.
    arena
        What is looked at first of each label in a bucket, shape (4, room of all buckets): rows
        COST, CLOCK, IDENT (its number) and FIXED (the first word of its memory). Side by side in
        memory, as most labels fail on it.
    parent, following
        Number of the label it extends (-1: none), and of the next to extend.
    dead
        Dominated.
    offset, size, room
        Where each bucket lies in `arena`: bucket (2 * visit + flag) * buckets + b.
    used
        Labels made, columns of `arena` used, comparisons made, whether space ran out (4,).
    head, tail
        First and last label to extend of each span of time (buckets,).
    cand
        The label being made (1, width).
    fair
        What the net has as `fair` (0 where it has nothing), and the greatest clock that a label
        of this direction may have (3,).
    """

    rows: Ints
    arena: Ints
    parent: Ints
    following: Ints
    dead: NDArray[np.bool_]
    offset: Ints
    size: Ints
    room: Ints
    used: Ints
    head: Ints
    tail: Ints
    cand: Ints
    fair: Ints


LABELS, ARENA, STEPS, FULL = 0, 1, 2, 3


def space_for(labels: int, width: int, visits: int, buckets: int) -> Space:
    """
    Return empty space.

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
    return Space(
        rows=np.empty((labels, width), dtype=np.int64),
        arena=np.empty((FIXED + 1, 4 * labels + 8 * lists), dtype=np.int64),
        parent=np.empty(labels, dtype=np.int64),
        following=np.empty(labels, dtype=np.int64),
        dead=np.empty(labels, dtype=np.bool_),
        offset=np.zeros(lists, dtype=np.int64),
        size=np.zeros(lists, dtype=np.int64),
        room=np.zeros(lists, dtype=np.int64),
        used=np.zeros(4, dtype=np.int64),
        head=np.full(buckets, -1, dtype=np.int64),
        tail=np.full(buckets, -1, dtype=np.int64),
        cand=np.zeros((1, width), dtype=np.int64),
        fair=np.zeros(3, dtype=np.int64),
    )


@inlined
def bit_index(low: int) -> int:
    """Return the position of the only bit set."""
    index = 0
    if low >= 1 << 32:
        low >>= 32
        index += 32
    if low >= 1 << 16:
        low >>= 16
        index += 16
    if low >= 1 << 8:
        low >>= 8
        index += 8
    if low >= 1 << 4:
        low >>= 4
        index += 4
    if low >= 1 << 2:
        low >>= 2
        index += 2
    return index + (low >> 1)


@inlined
def pay(penalty: Ints, word: int, bits: int) -> int:
    """Return the penalties of the cuts whose bits are set in one word."""
    total = 0
    while bits != 0:
        low = bits & -bits
        total += penalty[word * WORD + bit_index(low)]
        bits ^= low
    return total


@inner_inlined
def accrued(net: Net, work: int, more: int) -> int:
    """Return what more time on site costs (scaled), for it or a part is above the fair share."""
    over = work - net.fair[1]
    return net.fair[0] * (max(0, over + more) - max(0, over))


@inner_inlined
def together(share: int, one: int, other: int) -> int:
    """Return how much more two times on site are above the share together than each alone."""
    return max(0, one + other - share) - max(0, one - share) - max(0, other - share)


@inner
def prepare(space: Space, net: Net, ends: int) -> None:
    """Empty the space for labels of a net, whose greatest clock is given."""
    clear(space)
    space.fair[:] = 0
    space.fair[2] = ends
    if len(net.fair) > 0:
        space.fair[0], space.fair[1] = net.fair[0], net.fair[1]


@inner_inlined
def _dominates(
    x: Ints,
    i: int,
    y: Ints,
    j: int,
    care: int,
    memory: int,
    states: int,
    penalty: Ints,
    slope: int,
    share: int,
    ends: int,
) -> bool:
    """
    Return whether row i of x dominates row j of y.

    What `offer` has asked already is not asked again: costs, clocks, flags and, where care is
    EXACT, the first word of the memory.
    """
    if care == LOOSE:
        return True
    for w in range(FIXED + 1, FIXED + memory):
        if x[i, w] & ~y[j, w] != 0:
            return False
    first, slack = FIXED + memory + states, y[j, COST] - x[i, COST]
    if slope > 0:
        if x[i, first] > y[j, first]:
            # What is added later costs x more than y: the most if all time left is on site.
            left = ends - y[j, CLOCK]
            dearer = together(share, x[i, first], left) - together(share, y[j, first], left)
            slack -= slope * dearer
            if slack < 0:
                return False
        first += 1
    for r in range(first, x.shape[1]):
        if x[i, r] > y[j, r]:
            return False
    for w in range(states):
        more = x[i, FIXED + memory + w] & ~y[j, FIXED + memory + w]
        if more != 0:
            slack -= pay(penalty, w, more)
            if slack < 0:
                return False
    return True


@inlined
def offer(
    space: Space,
    cand: Ints,
    node: int,
    flag: int,
    parent: int,
    bucket: int,
    buckets: int,
    care: int,
    memory: int,
    states: int,
    penalty: Ints,
) -> None:
    """Keep the candidate (one row) unless it is dominated, and drop those that it dominates."""
    arena, offset, size, room, used = space.arena, space.offset, space.size, space.room, space.used
    cost, clock, steps = cand[0, COST], cand[0, CLOCK], 0
    slope, share, ends = space.fair[0], space.fair[1], space.fair[2]
    # Most labels fail on the first word of the memory: looked at before all else.
    held = cand[0, FIXED] if care == EXACT else 0
    missing = ~held if care == EXACT else 0
    rows = space.rows
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
                if _dominates(rows, x, cand, 0, care, memory, states, penalty, slope, share, ends):
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
                if _dominates(cand, 0, rows, y, care, memory, states, penalty, slope, share, ends):
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
    at = (2 * node + flag) * buckets + bucket
    if size[at] == room[at]:
        larger = max(4, 2 * room[at])
        if used[ARENA] + larger > arena.shape[1]:
            used[FULL] = 1
            return
        for c in range(FIXED + 1):
            for i in range(size[at]):
                arena[c, used[ARENA] + i] = arena[c, offset[at] + i]
        offset[at] = used[ARENA]
        room[at] = larger
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
    rows[number, IDENT] = 2 * node + flag
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
def clear(space: Space) -> None:
    """Empty the space."""
    space.size[:] = 0
    space.room[:] = 0
    space.used[:] = 0
    space.head[:] = -1
    space.tail[:] = -1


@kernel
def trace(space: Space, number: int, out: Ints) -> int:
    """Write the visits of a label, from its own back to the first, and return how many."""
    size = 0
    while number >= 0:
        out[size] = space.rows[number, IDENT] // 2
        size += 1
        number = space.parent[number]
    return size
