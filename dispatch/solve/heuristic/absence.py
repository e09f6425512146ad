"""Which visits to leave where not all fit: those left for long count for more for a while.

Leaving one visit costs what leaving another of its priority does, so that the search
stays with those that it happened to leave first. What they count for more lets them
change places with others, until a choice turns up that leaves room for one visit more.
The weights fade before the search ends; what is best is always judged by true costs.

References
----------
Christiaens, Vanden Berghe (2020), "Slack induction by string removals for vehicle
routing problems", Transportation Science 54(2), doi:10.1287/trsc.2019.0914: sums of
absences, there to do with fewer vehicles.
Voudouris, Tsang (1999), "Guided local search and its application to the traveling salesman
problem", European Journal of Operational Research 113(2), doi:10.1016/S0377-2217(98)00099-X:
penalties that move a search on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.solve.timing.kernel import inner, inner_inlined

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

# Iterations over which absences are remembered, and from what share of a search on they no longer
# count.
REMEMBERED, FADED = 2000.0, 0.8
# Most that the share of time left, relative to the mean of all visits, counts beyond 1.
MOST = 2.0


@inner
def note_absences(absent: Floats, where: Ints) -> float:
    """
    Bring the absences up to date with a solution, and return their mean, above 0.

    Parameters
    ----------
    absent
        Share of recent iterations in which each visit was left (n,).
    where
        The technician of each visit now (n,); -1: left.
    """
    total = 0.0
    for visit in range(len(where)):
        now = 1.0 if where[visit] < 0 else 0.0
        absent[visit] += (now - absent[visit]) / REMEMBERED
        total += absent[visit]
    return max(1e-9, total / len(where))


@inner_inlined
def burden(absent: Floats, mean: float, visit: int) -> float:
    """Return how far a visit was left for longer than the others: from -1, never, to `MOST`."""
    return min(MOST, absent[visit] / mean - 1.0)
