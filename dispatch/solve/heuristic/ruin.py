"""Take visits out of rounds: strings of neighbours, scattered neighbours, whole rounds.

References
----------
Christiaens, Vanden Berghe (2020), "Slack induction by string removals for
vehicle routing problems", Transportation Science 54(2), doi:10.1287/trsc.2019.0914.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.heuristic.random_generator import below, uniform
from dispatch.solve.heuristic.state import refresh
from dispatch.solve.timing.encode import typical
from dispatch.solve.timing.kernel import inner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.heuristic.state import State
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

# As in the reference: share of strings that leave something standing in their middle,
# and chance of leaving one visit more.
SPLIT, SPARE_MORE = 0.5, 0.01
# Neighbours kept for each visit: more are never reached by a ruin of this size.
NEIGHBOURS = 150


def neighbours(a: Arrays) -> Ints:
    """
    Return visits by nearness to each, itself first, shape (2, n, neighbours).

    The first table is by travel there and back; in the second, time apart counts
    too: the wait or delay that lies between two services at best.
    """
    n = a.visits
    travel = typical(a)[:n, :n]
    low = a.window_low[a.window_first[:-1]]
    high = a.window_high[a.window_first[1:] - 1]
    ready = low + a.duration
    apart = np.maximum(0, low[None, :] - (high + a.duration)[:, None])
    late = np.maximum(0, ready[:, None] - high[None, :])
    both = travel + travel.T
    distance = np.stack([both, both + apart + apart.T + np.minimum(late, late.T)])
    distance[:, np.arange(n), np.arange(n)] = -1
    order = np.argsort(distance, axis=2, kind="stable")
    return np.ascontiguousarray(order[:, :, : min(n, NEIGHBOURS)].astype(np.int64))


@inner
def ruin(
    a: Arrays,
    s: State,
    near: Ints,
    items: Ints,
    unserved: int,
    touched: Bools,
    shape: NDArray[np.float64],
    generator: NDArray[np.uint64],
) -> tuple[int, int]:
    """
    Take visits out of rounds, append them to `items`; return how many it then holds, and the seed.

    Parameters
    ----------
    items, unserved
        The unserved visits, and their number.
    touched
        Marks the rounds that changed (m,); all False before.
    shape
        Visits to take out on average, longest string (2,).
    """
    count = unserved
    if unserved > 0 and uniform(generator) < 0.5:
        seed = items[below(generator, unserved)]
    else:
        seed = below(generator, len(s.where))
    draw = uniform(generator)
    row = near[0 if uniform(generator) < 0.5 else 1, seed]
    if draw < 0.90:
        count = _strings(s, row, items, count, touched, shape, generator)
    elif draw < 0.97:
        count = _scattered(s, row, items, count, touched, shape, generator)
    else:
        count = _rounds(s, row, items, count, touched, generator)
    return _close(a, s, items, count, touched), seed


@inner
def _drop(s: State, visit: int, items: Ints, count: int, touched: Bools) -> int:
    touched[s.where[visit]] = True
    s.where[visit] = -1
    items[count] = visit
    return count + 1


@inner
def _strings(
    s: State,
    row: Ints,
    items: Ints,
    count: int,
    touched: Bools,
    shape: NDArray[np.float64],
    generator: NDArray[np.uint64],
) -> int:
    """Take a string of visits out of each of a few rounds near the seed."""
    served, driven = 0, 0
    for m in range(len(s.size)):
        served += s.size[m]
        driven += s.size[m] > 0
    if driven == 0:
        return count
    longest = min(shape[1], served / driven)
    strings = int(1 + uniform(generator) * max(0.0, 4.0 * shape[0] / (1.0 + longest) - 1.0))
    for visit in row:
        if strings == 0:
            break
        m = s.where[visit]
        if m < 0 or touched[m]:
            continue
        size = s.size[m]
        length = int(1 + uniform(generator) * min(float(size), longest))
        length = min(length, size)
        spare = 0
        if length > 1 and length < size and uniform(generator) < SPLIT:
            spare = 1
            while length + spare < size and uniform(generator) < SPARE_MORE:
                spare += 1
        span, p = length + spare, s.spot[visit]
        first = max(1, p - span + 1)
        first += below(generator, min(p, size - span + 1) - first + 1)
        skip = first + 1 + below(generator, length - 1) if spare > 0 else first + span
        for q in range(first, first + span):
            if q < skip or q >= skip + spare:
                count = _drop(s, s.node[m, q], items, count, touched)
        strings -= 1
    return count


@inner
def _scattered(
    s: State,
    row: Ints,
    items: Ints,
    count: int,
    touched: Bools,
    shape: NDArray[np.float64],
    generator: NDArray[np.uint64],
) -> int:
    """Take out the seed's neighbours, most of them, as many as the strings would."""
    left = 1 + below(generator, int(2 * shape[0]))
    for visit in row:
        if left == 0:
            break
        if s.where[visit] >= 0 and uniform(generator) < 0.7:
            count = _drop(s, visit, items, count, touched)
            left -= 1
    return count


@inner
def _rounds(
    s: State, row: Ints, items: Ints, count: int, touched: Bools, generator: NDArray[np.uint64]
) -> int:
    """Empty the rounds of one or two visits near the seed."""
    left = 1 + below(generator, np.int64(2))
    for visit in row:
        if left == 0:
            break
        m = s.where[visit]
        if m >= 0:
            for p in range(1, s.size[m] + 1):
                count = _drop(s, s.node[m, p], items, count, touched)
            left -= 1
    return count


@inner
def _close(a: Arrays, s: State, items: Ints, count: int, touched: Bools) -> int:
    """Close the gaps in the rounds touched; what cannot be driven any more is emptied."""
    for m in range(len(s.size)):
        if not touched[m]:
            continue
        kept = 0
        for p in range(1, s.size[m] + 1):
            visit = s.node[m, p]
            if s.where[visit] == m:
                kept += 1
                s.node[m, kept] = visit
        s.size[m] = kept
        # Only where travel breaks the triangle inequality can a part take longer than the whole.
        if not refresh(a, s, m):
            for p in range(1, kept + 1):
                s.where[s.node[m, p]] = -1
                items[count] = s.node[m, p]
                count += 1
            s.size[m] = 0
            refresh(a, s, m)
    return count
