"""A first bound, in a moment: each place is left for one other, as if any chain were a round.

In any plan each visit that is served has one place before it and one after it, each
technician who drives leaves the start once and comes to the end once; who does not drive
goes from start to end for nothing, and a visit that is left stands alone for what leaving it
costs. So a plan is an assignment of places to the places after them. The cheapest
assignment may hold circles, or hand a round from one technician to another; it costs no more.

References
----------
Crouse (2016), "On implementing 2D rectangular assignment algorithms", IEEE Transactions on
Aerospace and Electronic Systems 52(4), doi:10.1109/TAES.2016.140952: what scipy solves it by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

if TYPE_CHECKING:
    from dispatch.solve.timing.arrays import Arrays


def assignment_bound(a: Arrays) -> int:
    """
    Return a lower bound of the cost of any plan (seconds).

    Travel and visits left only: what overtime, places unknown and imbalance cost comes on top of
    it. A leg costs what it takes in its quickest slot, which no drive beats.
    """
    n, m = a.visits, a.technicians
    travel = a.travel.min(axis=0)
    first_end = a.window_low[a.window_first[:-1]] + a.duration
    last_start = a.window_high[a.window_first[1:] - 1]
    # Somebody may serve both, and the second is still open after the first.
    together = a.allowed.T.astype(np.float64) @ a.allowed > 0
    follows = together & (first_end[:, None] + travel[:n, :n] <= last_start)
    # Rows: visits, then starts; columns: visits, then ends. Costs are whole and far below 2^53.
    costs = np.full((n + m, n + m), np.inf)
    costs[:n, :n] = np.where(follows, travel[:n, :n], np.inf)
    costs[n:, :n] = np.where(a.allowed, travel[a.start, :n], np.inf)
    costs[:n, n:] = np.where(a.allowed.T, travel[:n, a.end], np.inf)
    np.fill_diagonal(costs, [*a.unassigned_cost_s, *np.zeros(m)])
    chosen = linear_sum_assignment(costs)
    return int(costs[chosen].sum())
