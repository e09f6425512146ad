"""Which visits to leave where not all fit: an absence raises a visit's unassigned cost for a while.

Visits of one priority have the same unassigned cost, so that the search would stay with those
that it left first. The raised cost lets them change places with others, until a choice
turns up into which one more visit fits. The weights fade before the search ends. The best
solution is always judged by true costs.

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

# Iterations over which absences are averaged, and the share of the search after which they no
# longer count.
REMEMBERED, FADED = 2000.0, 0.8
# Most that a visit's absence, relative to the mean of all visits, counts beyond 1.
MOST = 2.0


@inner
def note_absences(absent: Floats, where: Ints) -> float:
    """
    Update the absences with a solution, and return their mean, which is above 0.

    Parameters
    ----------
    absent
        Share of recent iterations in which each visit was unassigned (n,).
    where
        The technician of each visit now (n,); -1: unassigned.
    """
    total = 0.0
    for visit in range(len(where)):
        now = 1.0 if where[visit] < 0 else 0.0
        absent[visit] += (now - absent[visit]) / REMEMBERED
        total += absent[visit]
    return max(1e-9, total / len(where))


@inner_inlined
def burden(absent: Floats, mean: float, visit: int) -> float:
    """Return how much more a visit was unassigned than the mean: from -1 (never) to `MOST`."""
    return min(MOST, absent[visit] / mean - 1.0)
