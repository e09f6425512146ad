"""A first bound in milliseconds: the cheapest assignment of places to the places after them.

Every plan is such an assignment. Each served visit has one place before it and one after it. A
technician who drives leaves the start once and reaches the end once; one who does not drive goes
from start to end at no cost. An unassigned visit is assigned to itself at its unassigned cost. The
cheapest assignment may hold circles, or rounds that end where another technician ends: so it
costs no more than the best plan.

References
----------
Crouse (2016), "On implementing 2D rectangular assignment algorithms", IEEE Transactions on
Aerospace and Electronic Systems 52(4), doi:10.1109/TAES.2016.140952: the algorithm in scipy.
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

    It counts travel and unassigned visits only; overtime, unfamiliarity and imbalance would come on
    top. A leg costs its travel in the quickest slot.
    """
    n, m = a.visits, a.technicians
    travel = a.travel.min(axis=0)
    first_end = a.window_low[a.window_first[:-1]] + a.duration
    last_start = a.window_high[a.window_first[1:] - 1]
    # A technician may serve both, and the second is still open after the first.
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
