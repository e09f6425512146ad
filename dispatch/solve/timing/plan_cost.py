"""What a plan costs: its rounds, and the visits that are unassigned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.round_times import round_cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatch.solve.timing.arrays import Arrays


def plan_cost(a: Arrays, rounds: Sequence[Sequence[int]]) -> int:
    """
    Return the cost of a plan (seconds), unassigned costs included; NEVER: it cannot be driven.

    Parameters
    ----------
    rounds
        A sequence of visit indices for each technician.
    """
    total, served = 0, np.zeros(a.visits, dtype=np.int64)
    for m, sequence in enumerate(rounds):
        order = np.array(sequence, dtype=np.int64)
        cost = int(round_cost(a, m, order, len(order)))
        if cost >= NEVER or not a.allowed[m][order].all() or a.load[order].sum() > a.capacity[m]:
            return NEVER
        total += cost
        np.add.at(served, order, 1)
    if served.max(initial=0) > 1:
        return NEVER
    return total + int(a.unassigned_cost_s[served == 0].sum())
