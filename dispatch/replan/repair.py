"""From the old plan to one near it: the least repair, then the search with a cost of change.

The repair removes visits from rounds that can no longer be driven, and inserts unassigned visits
where they cost least. From there the large-neighbourhood search of `dispatch.solve.heuristic`
goes on, the one that plans a day, with the prices of changes as its `ChangeCost`. It keeps the
best plan that it meets, so that its plan is never worse than the repair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.heuristic.anneal import CHUNK, Annealing, AnnealingSettings
from dispatch.solve.heuristic.change_cost import changed_round_cost
from dispatch.solve.heuristic.insertion import best_insertions
from dispatch.solve.heuristic.pool import Pool
from dispatch.solve.timing.arrays import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dispatch.solve.heuristic.change_cost import ChangeCost
    from dispatch.solve.timing.arrays import Arrays

# Few visits are removed at once, as the plan sought is near the old one.
SETTINGS = AnnealingSettings(hot=7.0, hot_unassigned=0.5, removed=4.0, longest=4.0)


def repaired(
    a: Arrays, change: ChangeCost, closed: NDArray[np.bool_], rounds: Sequence[Sequence[int]]
) -> list[list[int]]:
    """
    Return the old rounds with as few changes as possible.

    Parameters
    ----------
    a
        The day problem as it is now.
    change
        The cost of change; the fixed prefixes can be driven.
    closed
        Rounds into which nothing may be inserted, bool (m,).
    rounds
        What is left of the old rounds, in the old order.

    Notes
    -----
    A round that can no longer be driven loses one visit at a time: the one without which it can be
    driven at the least cost or, while there is none, the one of the least unassigned cost. Then
    unassigned visits, those of the highest unassigned cost first, are inserted where they cost
    least, if that is less than their unassigned cost.
    """
    made = [_driven(a, change, m, sequence) for m, sequence in enumerate(rounds)]
    served = {visit for sequence in made for visit in sequence}
    costs = a.unassigned_cost_s.tolist()
    open_rounds = np.flatnonzero(~closed).tolist()
    fixed = change.fixed.tolist()
    for visit in sorted(set(range(a.visits)) - served, key=lambda v: (-costs[v], v)):
        insertions = best_insertions(a, made, visit, fixed, open_rounds, change=change)
        if insertions and insertions[0].added < costs[visit]:
            for m, sequence in insertions[0].rounds.items():
                made[m] = sequence
    return made


def _driven(a: Arrays, change: ChangeCost, m: int, sequence: Sequence[int]) -> list[int]:
    """Return a round without the visits that keep it from being driven."""

    def cost_of(order: list[int]) -> int:
        return int(changed_round_cost(a, change, m, np.array(order, dtype=np.int64), len(order)))

    order, fixed = list(sequence), int(change.fixed[m])
    while len(order) > fixed and cost_of(order) == NEVER:
        choices = []
        for p in range(fixed, len(order)):
            cost = cost_of(order[:p] + order[p + 1 :])
            unassigned_s = int(a.unassigned_cost_s[order[p]])
            rank = (0, cost + unassigned_s) if cost < NEVER else (1, unassigned_s)
            choices.append((*rank, -p))
        del order[-min(choices)[-1]]
    return order


def improved(
    a: Arrays,
    change: ChangeCost,
    closed: NDArray[np.bool_],
    rounds: Sequence[Sequence[int]],
    iterations: int,
    seed: int,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[list[int]]:
    """
    Return rounds that cost no more than those given, changes included.

    Parameters
    ----------
    a, change, closed
        As in `repaired`.
    rounds
        Rounds that can be driven.
    iterations
        How long to search: one ruin and recreation each.
    seed
        Of the random generator.
    on_progress
        Called after each chunk with the iterations done and the best cost (seconds).

    Notes
    -----
    On Ctrl-C the best rounds so far are returned.
    """
    fixed = {int(v) for m, order in enumerate(rounds) for v in order[: change.fixed[m]]}
    open_to = a.allowed & ~closed[:, None]
    if not any(open_to[:, v].any() for v in range(a.visits) if v not in fixed):
        return [list(order) for order in rounds]
    # Technicians differ by their old rounds, so that no two are of one vehicle type.
    each = np.arange(a.technicians, dtype=np.int64)
    own = a._replace(allowed=open_to, vehicle_type=each)
    search = Annealing(own, rounds, seed, change=change, settings=SETTINGS)
    done, pool = 0, Pool()
    try:
        while done < iterations:
            done = search.advance(done, min(done + CHUNK, iterations), iterations, pool)
            if on_progress is not None:
                on_progress(done, search.best_cost)
    except KeyboardInterrupt:
        pass
    return search.best_rounds
