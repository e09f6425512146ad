"""The cost of change: what it costs that a round differs from the one that people hold.

The search is handed a `ChangeCost`, or None where there is no plan to stay near to. Kernels are
compiled apart for the two, so that a search without it does no more than it has to::

    cost of a round = driving + weighted overtime + soft cost
      + price of a changed technician  x visits that another technician did
      + price of a changed order       x visits moved in the order of their round
      + price of a shifted start       x visits that start beyond the tolerance
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.timing.announced import Announced, announced_starts, cheapest_starts
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.kernel import inlined, inner, kernel
from dispatch.solve.timing.round_times import round_cost, soft_cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]


class ChangeCost(NamedTuple):
    """
    The rounds that people hold, and the prices of changing them (n visits, m technicians).

    Parameters
    ----------
    technician
        Technician of each visit in the old plan (n,); -1: none.
    rank
        Position of each visit in its old round (n,).
    fixed
        Number of visits in the fixed prefix of each round (m,).
    technician_s, order_s
        Price of a changed technician, and of a visit moved in the order (seconds).
    announced
        Announced starts, and the price of a shifted one.
    tails
        Workspace of `visits_out_of_order` (n + 2,).
    priced
        Whether changes have a price; otherwise only the fixed prefixes count, and a round costs
        just what `round_cost` says.
    """

    technician: Ints
    rank: Ints
    fixed: Ints
    technician_s: int
    order_s: int
    announced: Announced
    tails: Ints
    priced: bool


def prefixes_alone(fixed: Ints, visits: int) -> ChangeCost:
    """
    Return fixed prefixes without a price of change.

    Parameters
    ----------
    fixed
        Number of visits in the fixed prefix of each round (m,).
    visits
        Number of visits.
    """
    none = np.full(visits, -1, dtype=np.int64)
    departed = np.zeros(len(fixed), dtype=np.bool_)
    announced = announced_starts(none, departed, 0, 0)
    tails = np.zeros(visits + 2, dtype=np.int64)
    return ChangeCost(none, none, fixed, 0, 0, announced, tails, priced=False)


@inlined
def fixed_visits(change: ChangeCost | None, m: int) -> int:
    """Return the number of visits in the fixed prefix of round m."""
    if change is None:
        return 0
    return change.fixed[m]


@inlined
def technician_price(change: ChangeCost | None, m: int, visit: int) -> int:
    """Return the price (seconds) of the change that technician m does a visit; often 0."""
    if change is None:
        return 0
    old = change.technician[visit]
    return change.technician_s if old >= 0 and old != m else 0


@inner
def visits_out_of_order(change: ChangeCost, m: int, sequence: Ints, size: int) -> int:
    """
    Return how many visits of round m's old round have moved in its order.

    The fewest that would have to be moved: the visits that stayed on the round, less the longest
    subsequence of them that is still in the old order.
    """
    stayed, longest = 0, 0
    for p in range(change.fixed[m], size):
        visit = sequence[p]
        if change.technician[visit] != m:
            continue
        stayed += 1
        rank = change.rank[visit]
        at = 0
        while at < longest and change.tails[at] < rank:
            at += 1
        change.tails[at] = rank
        longest = max(longest, at + 1)
    return stayed - longest


@inner
def cost_with_changes(
    a: Arrays, change: ChangeCost | None, m: int, sequence: Ints, size: int, first: int
) -> int:
    """
    Return the cost of a round with that of its changes (seconds); NEVER: it cannot be driven.

    Skills, pins and loads are the caller's to check. An empty round costs nothing.

    Parameters
    ----------
    first
        As in `cheapest_starts`; without a cost of change it has no effect.
    """
    if change is None:
        return round_cost(a, m, sequence, size)
    if not change.priced:
        return round_cost(a, m, sequence, size)
    cost, _ = cheapest_starts(a, change.announced, m, sequence, size, first)
    if size == 0:
        # The label of the start place is needed by whoever inserts the first visit.
        return 0
    if cost == NEVER:
        return NEVER
    cost += soft_cost(a, m, sequence, size)
    for p in range(change.fixed[m], size):
        cost += technician_price(change, m, sequence[p])
    return cost + change.order_s * visits_out_of_order(change, m, sequence, size)


@kernel
def changed_round_cost(a: Arrays, change: ChangeCost, m: int, sequence: Ints, size: int) -> int:
    """Return what `cost_with_changes` does, to Python."""
    return cost_with_changes(a, change, m, sequence, size, np.int64(0))


def rounds_cost(a: Arrays, change: ChangeCost, rounds: Sequence[Sequence[int]]) -> int:
    """Return the cost of rounds, changes and unassigned visits included (seconds)."""
    total = int(a.unassigned_cost_s.sum())
    for m, sequence in enumerate(rounds):
        order = np.array(sequence, dtype=np.int64)
        cost = changed_round_cost(a, change, m, order, len(order))
        total += int(cost) - int(a.unassigned_cost_s[order].sum())
    return total
