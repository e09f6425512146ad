"""The whole problem searched with fixed prefixes kept, every round timed as a whole.

Where the residual problem is a relaxation, its rounds may not be drivable, or cost more than they
need. The search of a replan keeps prefixes too: it is run here without a price of change, and the
best choice among the rounds that it met ends it. Whatever a round has to keep (working time, the
break, travel by the hour), `round_cost` knows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.backlog import searched_visits
from dispatch.solve.heuristic.anneal import CHUNK, Annealing
from dispatch.solve.heuristic.change_cost import prefixes_alone
from dispatch.solve.heuristic.pool import Pool
from dispatch.solve.partition.from_pool import choose_from_pool
from dispatch.solve.search import SEED_STRIDE
from dispatch.solve.timing.plan_cost import plan_cost

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dispatch.solve.deadline import Deadline
    from dispatch.solve.efforts import Effort
    from dispatch.solve.fixed_prefix import FixedPrefix
    from dispatch.solve.timing.arrays import Arrays


def with_prefixes(a: Arrays, prefixes: Sequence[FixedPrefix]) -> Arrays:
    """
    Return arrays in which locked visits must be served by their technician.

    Closed rounds take no other visit, and no two technicians with a lock are of one vehicle type.
    """
    allowed, types = a.allowed.copy(), a.vehicle_type.tolist()
    unassigned = a.unassigned_cost_s.copy()
    for prefix in prefixes:
        held = list(prefix.visits)
        if prefix.closed:
            allowed[prefix.m] = False
        allowed[:, held] = False
        allowed[prefix.m, held] = True
        unassigned[held] = a.mandatory_cost[0]
        if held or prefix.closed:
            types[prefix.m] = (prefix.m,)
    numbers: dict[object, int] = {}
    apart = [numbers.setdefault(one, len(numbers)) for one in types]
    return a._replace(
        allowed=allowed,
        unassigned_cost_s=unassigned,
        vehicle_type=np.array(apart, dtype=np.int64),
    )


def search_with_prefixes(
    a: Arrays,
    prefixes: Sequence[FixedPrefix],
    rounds: Sequence[Sequence[int]],
    effort: Effort,
    seed: int,
    deadline: Deadline,
    on_progress: Callable[[int], None],
) -> list[list[int]]:
    """
    Return rounds that keep the prefixes and cost no more than those given.

    Parameters
    ----------
    a
        Arrays of `with_prefixes`.
    prefixes, rounds
        The fixed prefixes, and rounds that begin with them and can be driven.
    effort
        Counts its iterations and runs.
    seed
        Of the random generator.
    deadline
        Past it the search ends with the best rounds so far.
    on_progress
        Called with the least cost so far (seconds).

    Notes
    -----
    On Ctrl-C the best rounds so far are returned.
    """
    fixed = np.zeros(a.technicians, dtype=np.int64)
    for prefix in prefixes:
        fixed[prefix.m] = len(prefix.visits)
    best, pool = [list(map(int, sequence)) for sequence in rounds], Pool()
    iterations = effort.iterations_a_visit * searched_visits(a)
    try:
        for run in range(effort.runs):
            change = prefixes_alone(fixed, a.visits)
            search = Annealing(a, rounds, seed + SEED_STRIDE * run, change=change)
            done = 0
            while done < iterations and not deadline.passed:
                done = search.advance(done, min(done + CHUNK, iterations), iterations, pool)
                on_progress(min(plan_cost(a, best), search.best_cost))
            best = min(best, search.best_rounds, key=lambda found: plan_cost(a, found))
        best = choose_from_pool(a, pool, best, effort=effort.partition, deadline=deadline)
    except KeyboardInterrupt:
        pass
    return best
