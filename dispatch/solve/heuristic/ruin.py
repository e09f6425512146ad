"""Ruin: remove visits from rounds, as strings of neighbours, scattered neighbours, or whole rounds.

References
----------
Christiaens, Vanden Berghe (2020), "Slack induction by string removals for
vehicle routing problems", Transportation Science 54(2), doi:10.1287/trsc.2019.0914.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.heuristic.change_cost import fixed_visits, technician_price
from dispatch.solve.heuristic.random_generator import below, uniform
from dispatch.solve.heuristic.state import refresh
from dispatch.solve.timing.encode import typical
from dispatch.solve.timing.kernel import inner, inner_inlined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.heuristic.change_cost import ChangeCost
    from dispatch.solve.heuristic.search_arrays import Search
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

# As in the reference: share of strings that spare visits in their middle, and probability of
# sparing one visit more.
SPLIT, SPARE_MORE = 0.5, 0.01
# With a cost of change: share of ruins that remove visits with a changed technician.
MOVED = 0.2
# Length of a neighbour list: a ruin of this size never needs more.
NEIGHBOURS = 150


def neighbour_lists(a: Arrays) -> Ints:
    """
    Return for each visit the visits nearest to it, itself first, shape (2, n, neighbours).

    The first table is by travel there and back. In the second, time apart counts
    too: the least wait or delay between the two services.
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
def ruin(a: Arrays, change: ChangeCost | None, x: Search, unassigned: int) -> tuple[int, int]:
    """
    Remove visits from the trial; return how many visits there are then to insert, and the seed.

    They are added to `x.removed`, which holds the unassigned visits already, and the rounds
    that change are marked in `x.touched`, all False before.

    Parameters
    ----------
    unassigned
        Number of the unassigned visits.
    """
    count, generator = unassigned, x.generator
    if unassigned > 0 and uniform(generator) < 0.5:
        seed = x.removed[below(generator, unassigned)]
    else:
        seed = below(generator, len(x.trial.where))
    draw = uniform(generator)
    row = x.neighbours[0 if uniform(generator) < 0.5 else 1, seed]
    if change is not None and change.priced and uniform(generator) < MOVED:
        count = _moved(change, x, seed, count)
    elif draw < 0.90:
        count = _strings(change, x, row, count)
    elif draw < 0.97:
        count = _scattered(change, x, row, count)
    else:
        count = _rounds(change, x, row, count)
    return _close(a, change, x, count), seed


@inner_inlined
def _remove(x: Search, visit: int, count: int) -> int:
    """Mark a visit as removed from its round; return how many are removed then."""
    x.touched[x.trial.where[visit]] = True
    x.trial.where[visit] = -1
    x.removed[count] = visit
    return count + 1


@inner
def _strings(change: ChangeCost | None, x: Search, row: Ints, count: int) -> int:
    """Remove a string of visits from each of a few rounds near the seed."""
    s, generator = x.trial, x.generator
    served, driven = 0, 0
    for m in range(len(s.size)):
        size = s.size[m] - fixed_visits(change, m)
        served += size
        driven += size > 0
    if driven == 0:
        return count
    longest = min(x.parameters.longest, served / driven)
    most = max(0.0, 4.0 * x.parameters.removed / (1.0 + longest) - 1.0)
    strings = int(1 + uniform(generator) * most)
    for visit in row:
        if strings == 0:
            break
        m = s.where[visit]
        if m < 0 or x.touched[m]:
            continue
        prefix = fixed_visits(change, m)
        size, p = s.size[m] - prefix, s.spot[visit] - prefix
        if p < 1:
            continue
        length = int(1 + uniform(generator) * min(float(size), longest))
        length = min(length, size)
        spare = 0
        if length > 1 and length < size and uniform(generator) < SPLIT:
            spare = 1
            while length + spare < size and uniform(generator) < SPARE_MORE:
                spare += 1
        span = length + spare
        first = max(1, p - span + 1)
        first += below(generator, min(p, size - span + 1) - first + 1)
        skip = first + 1 + below(generator, length - 1) if spare > 0 else first + span
        for q in range(first, first + span):
            if q < skip or q >= skip + spare:
                count = _remove(x, s.node[m, prefix + q], count)
        strings -= 1
    return count


@inner
def _scattered(change: ChangeCost | None, x: Search, row: Ints, count: int) -> int:
    """Remove most of the seed's neighbours, as many as the strings would."""
    s, generator = x.trial, x.generator
    left = 1 + below(generator, int(2 * x.parameters.removed))
    for visit in row:
        if left == 0:
            break
        m = s.where[visit]
        if m >= 0 and s.spot[visit] > fixed_visits(change, m) and uniform(generator) < 0.7:
            count = _remove(x, visit, count)
            left -= 1
    return count


@inner
def _rounds(change: ChangeCost | None, x: Search, row: Ints, count: int) -> int:
    """Empty the rounds of one or two visits near the seed."""
    s = x.trial
    left = 1 + below(x.generator, np.int64(2))
    for visit in row:
        if left == 0:
            break
        m = s.where[visit]
        # A visit of the fixed prefix stays on a round that is emptied.
        if m >= 0 and not x.touched[m]:
            for p in range(1 + fixed_visits(change, m), s.size[m] + 1):
                count = _remove(x, s.node[m, p], count)
            left -= 1
    return count


@inner
def _moved(change: ChangeCost, x: Search, seed: int, count: int) -> int:
    """Remove visits that have another technician than in the old plan, so that they may return."""
    left, visits = 1 + below(x.generator, int(2 * x.parameters.removed)), len(x.trial.where)
    for k in range(visits):
        visit = (seed + k) % visits
        m = x.trial.where[visit]
        if m >= 0 and technician_price(change, m, visit) > 0 and left > 0:
            count = _remove(x, visit, count)
            left -= 1
    return count


@inner
def _close(a: Arrays, change: ChangeCost | None, x: Search, count: int) -> int:
    """Close the gaps in the touched rounds; empty those that can no longer be driven."""
    s = x.trial
    for m in range(len(s.size)):
        if not x.touched[m]:
            continue
        left = 0
        for p in range(1, s.size[m] + 1):
            visit = s.node[m, p]
            if s.where[visit] == m:
                left += 1
                s.node[m, left] = visit
        s.size[m] = left
        # A part takes longer than the whole only where travel breaks the triangle inequality.
        if not refresh(a, change, s, m):
            prefix = fixed_visits(change, m)
            for p in range(1 + prefix, left + 1):
                s.where[s.node[m, p]] = -1
                x.removed[count] = s.node[m, p]
                count += 1
            s.size[m] = prefix
            refresh(a, change, s, m)
    return count
