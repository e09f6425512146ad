"""Recreate: insert the removed visits one by one, each where it is cheapest, in a drawn order.

References
----------
Christiaens, Vanden Berghe (2020), "Slack induction by string removals for
vehicle routing problems", Transportation Science 54(2), doi:10.1287/trsc.2019.0914.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.heuristic.cheapest_insertion import cheapest_insertion, insert_visit
from dispatch.solve.heuristic.random_generator import below, uniform
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import typical
from dispatch.solve.timing.kernel import inner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.heuristic.change_cost import ChangeCost
    from dispatch.solve.heuristic.search_arrays import Search
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]


def insertion_keys(a: Arrays) -> Ints:
    """
    Return the keys by which visits are inserted, smallest first, shape (orders, n).

    Highest unassigned cost first; the same by time that the visit takes; heaviest first; farthest
    from every start first; nearest first; shortest windows first; fewest technicians first. (The
    random order has no key.)
    """
    n = a.visits
    travel = typical(a)
    to = np.minimum.reduce(travel[np.unique(a.start)][:, :n], axis=0, initial=NEVER)
    around = np.sort(travel[:n, :n], axis=1)[:, : min(n, 6)].mean(axis=1) if n else to
    open_s = np.array(
        [
            (a.window_high[i:j] - a.window_low[i:j]).sum()
            for i, j in zip(a.window_first[:-1], a.window_first[1:], strict=True)
        ],
        dtype=np.int64,
    ).reshape(n)
    value = np.minimum(a.unassigned_cost_s, 1 << 30)
    density = value * 1024 // (a.duration + around.astype(np.int64) + 1)
    heavy = -(a.load * (1 << 20) + a.duration)
    able = a.allowed.sum(axis=0)
    return np.ascontiguousarray(
        np.array([-value, -density, heavy, -to, to, open_s, able], dtype=np.int64).reshape(7, n)
    )


@inner
def shuffle(generator: NDArray[np.uint64], items: Ints, size: int) -> None:
    """Put the first `size` items in a random order."""
    for i in range(size - 1, 0, -1):
        j = below(generator, i + 1)
        items[i], items[j] = items[j], items[i]


@inner
def sort_by(items: Ints, size: int, key: Ints) -> None:
    """Sort the first `size` items by key, those of equal keys as they stood."""
    for i in range(1, size):
        item = items[i]
        k = key[item]
        j = i - 1
        while j >= 0 and key[items[j]] > k:
            items[j + 1] = items[j]
            j -= 1
        items[j + 1] = item


@inner
def line_up(
    items: Ints,
    count: int,
    before: Ints,
    seed: int,
    spare: Ints,
    all_turns: float,
    generator: NDArray[np.uint64],
) -> None:
    """
    Move most visits that were unassigned before the ruin behind those that were served.

    If all of them kept their place in the order, they would crowd out the visits removed, and
    the trial would be far from the current solution.

    Parameters
    ----------
    before
        The technician of each visit before the ruin; -1: unassigned.
    seed
        The visit around which the ruin took place: it keeps its place.
    spare
        Workspace for a copy (n,).
    all_turns
        Probability that every visit keeps its place.
    """
    unassigned = 0
    for i in range(count):
        unassigned += before[items[i]] < 0
    if unassigned == 0 or uniform(generator) < all_turns:
        return
    share = 1.5 * uniform(generator) / unassigned
    front, back = 0, 0
    for i in range(count):
        visit = items[i]
        if before[visit] >= 0 or visit == seed or uniform(generator) < share:
            items[front] = visit
            front += 1
        else:
            spare[back] = visit
            back += 1
    for i in range(back):
        items[front + i] = spare[i]


@inner
def recreate(a: Arrays, change: ChangeCost | None, x: Search, count: int) -> None:
    """
    Insert the first `count` removed visits into the trial, in their order.

    A visit without an insertion below its unassigned cost stays unassigned. One that was
    unassigned before the ruin had no insertion then, so that it is tried in changed rounds only.
    """
    s = x.trial
    for i in range(count):
        visit = x.removed[i]
        among = x.touched if x.current.where[visit] < 0 else x.open
        m, p, cost = cheapest_insertion(
            a, change, s, x.insertions, visit, among, x.touched, x.generator
        )
        if m >= 0:
            insert_visit(a, s, m, p, visit, cost)
            x.touched[m] = True
