"""What it costs to start a service after its wished latest start.

A start never comes before the earliest at which a technician can be at the visit. What a visit
costs by then is sure: it is a soft cost of technician and visit, which search and bound count like
that of an unknown place. The rest depends on the schedule::

    weight x max(0, start - wished) = weight x max(0, earliest - wished)         in `Arrays.soft`
                                    + weight x max(0, start - max(earliest, wished))   here

The columns of `Arrays.soft` after the first n + 2 hold max(earliest, wished) of each visit, and the
weight; where lateness costs nothing there are no such columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import steady
from dispatch.solve.timing.kernel import inlined, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.model.problem import DayProblem
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]


@inlined
def late_cost(a: Arrays, m: int, visit: int, start: int) -> int:
    """Return what the start of a service costs (seconds), beyond what is sure."""
    n = len(a.duration)
    if a.soft.shape[1] == n + 2:
        return 0
    return a.soft[m, 2 * n + 2] * max(0, start - a.soft[m, n + 2 + visit])


@kernel
def timed(a: Arrays, m: int, sequence: Ints, size: int) -> bool:
    """
    Return whether the cost of a round depends on when its places are left.

    It does where travel depends on the time of day, and where a late start on the round costs.
    """
    if len(a.slot_start) == 1:
        return False
    if not steady(a):
        return True
    for p in range(size):  # noqa: SIM110 - kernels have no generators
        if a.soft[m, len(a.duration) + 2 + sequence[p]] < NEVER:
            return True
    return False


def counts_lateness(problem: DayProblem) -> bool:
    """Return whether the cost of a plan depends on when services start."""
    return bool(problem.weights.lateness) and any(v.due_s is not None for v in problem.visits)


def lateness_columns(problem: DayProblem, earliest: Ints) -> tuple[Ints, Ints]:
    """
    Return the sure cost of each visit (m, n), and the columns of `Arrays.soft` (m, n + 1).

    Parameters
    ----------
    problem
        A problem in which lateness counts.
    earliest
        A moment before which no service of a technician at a visit starts (m, n).
    """
    weight = problem.weights.lateness or 0
    wished = np.array(
        [NEVER if visit.due_s is None else visit.due_s for visit in problem.visits], dtype=np.int64
    )
    free_until = np.maximum(wished, earliest)
    sure = weight * (free_until - wished)
    columns = np.full((len(earliest), len(wished) + 1), weight, dtype=np.int64)
    columns[:, :-1] = free_until
    return sure, columns


def earliest_starts(
    shift_start: Ints, start: Ints, travel: Ints, window_low: Ints, window_high: Ints
) -> Ints:
    """
    Return a moment before which no service of a technician at a visit starts (m, n).

    That of the shortest way from the start of the round, at the quickest hour, and of the first
    window. A way by other places may be shorter than the straight one.

    Parameters
    ----------
    shift_start, start
        Of each technician (m,): seconds, and node.
    travel
        Seconds (s, k, k); the first n nodes are the visits.
    window_low, window_high
        First and last start of each visit (n,); a start after the last is given as the last.
    """
    quickest = travel.min(axis=0)
    ways = quickest[start]
    while True:
        shorter = np.minimum(ways, (ways[:, :, None] + quickest).min(axis=1))
        if (shorter == ways).all():
            break
        ways = shorter
    n = len(window_low)
    soonest = np.maximum(shift_start[:, None] + ways[:, :n], window_low)
    return np.asarray(np.minimum(soonest, np.maximum(window_high, 0)), dtype=np.int64)
