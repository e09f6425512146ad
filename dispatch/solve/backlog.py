"""How many visits of a day can be served at most, and how much search a long backlog is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dispatch.solve.timing.arrays import Arrays

# A backlog is long where there are so many times the visits that can be served at most. Then
# nearly all stay unassigned whatever is tried, and a search in proportion to their number finds
# no more than one in proportion to what can be served.
LONG = 6


def most_served(a: Arrays) -> int:
    """
    Return an upper bound of the number of visits that any plan serves.

    Every visit takes its duration and a drive to it, and all of them fit into the time between the
    technicians' earliest departures and latest returns.

    Parameters
    ----------
    a
        The problem's arrays.
    """
    if a.visits == 0 or a.technicians == 0:
        return 0
    span_s = np.minimum(a.latest_return - a.shift_start, a.max_working)
    to = a.travel.min(axis=0)
    np.fill_diagonal(to, np.iinfo(np.int64).max)
    least_s = np.sort(a.duration + to.min(axis=0)[: a.visits])
    # As Python's whole numbers: a huge duration must not wrap around.
    left_s, served = int(np.maximum(span_s, 0).sum()), 0
    for each_s in least_s.tolist():
        left_s -= each_s
        if left_s < 0:
            break
        served += 1
    return served


def searched_visits(a: Arrays) -> int:
    """Return the number of visits that the effort of a search is in proportion to."""
    return min(a.visits, max(1, LONG * most_served(a)))


def is_long(a: Arrays) -> bool:
    """Return whether there are many times the visits that can be served."""
    return searched_visits(a) < a.visits
