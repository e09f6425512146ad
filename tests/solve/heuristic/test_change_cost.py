"""The cost of change: counted by hand, and a search with it against trying every plan."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest

from dispatch import Travel
from dispatch.solve.heuristic.anneal import Annealing
from dispatch.solve.heuristic.change_cost import ChangeCost, changed_round_cost, rounds_cost
from dispatch.solve.heuristic.pool import Pool
from dispatch.solve.timing.announced import announced_starts, labels_of_round
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from tests.support.small_problems import small_problem


def road_day(seed, visits, technicians):
    """Return the arrays of a small day with travel as on a road graph, without working times."""
    problem = small_problem(seed, visits, technicians)
    seconds = problem.travel.seconds.copy()
    for via in range(seconds.shape[1]):
        np.minimum(seconds, seconds[:, :, via, None] + seconds[:, via, None, :], out=seconds)
    crew = tuple(t.model_copy(update={"max_working_s": None}) for t in problem.technicians)
    travel = Travel(problem.travel.places, seconds)
    a = arrays_of(replace(problem, travel=travel, technicians=crew))
    return a._replace(vehicle_type=np.arange(technicians, dtype=np.int64))


def change_of(a, old, announced=None, fixed=None, departed=None):
    """Return a cost of change: 7 a technician, 5 an order, 9 a start moved by more than 10."""
    technician, rank = (np.full(a.visits, -1, dtype=np.int64) for _ in range(2))
    for m, sequence in enumerate(old):
        for position, visit in enumerate(sequence):
            technician[visit], rank[visit] = m, position
    starts = np.full(a.visits, -1, dtype=np.int64)
    for visit, start in (announced or {}).items():
        starts[visit] = start
    gone = np.zeros(a.technicians, dtype=np.bool_) if departed is None else departed
    return ChangeCost(
        technician=technician,
        rank=rank,
        fixed=np.array(fixed or [0] * a.technicians, dtype=np.int64),
        technician_s=7,
        order_s=5,
        announced=announced_starts(starts, gone, 9, 10),
        tails=np.zeros(a.visits + 2, dtype=np.int64),
        priced=True,
    )


def cost_of(a, change, m, sequence):
    """Return the cost of a round; NEVER where a rule forbids it."""
    order = np.array(sequence, dtype=np.int64)
    if not a.allowed[m][order].all() or a.load[order].sum() > a.capacity[m]:
        return NEVER
    return int(changed_round_cost(a, change, m, order, len(order)))


def random_change(a, seed):
    """Return a cost of change with a drivable old plan, and that plan; its first visits stay."""
    rng = random.Random(seed)
    old = [[] for _ in range(a.technicians)]
    starts = {v: rng.randint(0, 300) for v in range(a.visits) if rng.random() < 0.6}
    for visit in rng.sample(range(a.visits), a.visits):
        m = rng.randrange(a.technicians)
        if cost_of(a, change_of(a, old), m, [*old[m], visit]) < NEVER and rng.random() < 0.8:
            old[m].append(visit)
    fixed = [min(len(sequence), rng.choice([0, 0, 1])) for sequence in old]
    departed = np.array([count > 0 for count in fixed], dtype=np.bool_)
    change = change_of(a, old, starts, fixed, departed)
    # Who has left has left at the start of the shift: the prefix may take longer then.
    return (change, old) if rounds_cost(a, change, old) < NEVER else (None, old)


def least_cost(a, change, old):
    """Return the least cost of any plan that keeps the fixed prefixes, trying every plan."""
    prefixes = [tuple(old[m][: change.fixed[m]]) for m in range(a.technicians)]
    held = {visit for prefix in prefixes for visit in prefix}
    free = [v for v in range(a.visits) if v not in held]
    best = NEVER
    for owners in product(range(-1, a.technicians), repeat=len(free)):
        total = sum(int(a.unassigned_cost_s[v]) for v, m in zip(free, owners, strict=True) if m < 0)
        for m, prefix in enumerate(prefixes):
            own = [v for v, owner in zip(free, owners, strict=True) if owner == m]
            total += min(cost_of(a, change, m, [*prefix, *rest]) for rest in permutations(own))
        best = min(best, total)
    return best


def test_each_kind_of_change_has_its_price():
    """Another technician, another order, a start announced at another time."""
    a = road_day(13, 3, 2)
    a = a._replace(
        allowed=np.ones_like(a.allowed),
        window_low=np.zeros(3, dtype=np.int64),
        window_high=np.full(3, NEVER),
        window_first=np.arange(4),
        latest_return=np.full(2, 10_000),
        shift_end=np.full(2, 10_000),
        capacity=np.full(2, NEVER),
        has_break=np.zeros(2, dtype=np.bool_),
    )
    driving = cost_of(a, change_of(a, [[], []]), 0, [0, 1, 2])
    assert cost_of(a, change_of(a, [[0, 1, 2], []]), 0, [0, 1, 2]) == driving
    assert cost_of(a, change_of(a, [[0, 1], [2]]), 0, [0, 1, 2]) == driving + 7
    assert cost_of(a, change_of(a, [[1, 2, 0], []]), 0, [0, 1, 2]) == driving + 5
    assert cost_of(a, change_of(a, [[], []], {0: 0}), 0, [0, 1, 2]) == driving + 9
    # Nobody can be there by then; one who is early waits, and nothing has moved.
    assert cost_of(a, change_of(a, [[], []], {2: 9_000}), 0, [0, 1, 2]) == driving
    labels = labels_of_round(a, change_of(a, [[], []], {2: 9_000}).announced, 0, [0, 1, 2])
    assert labels[3].start == 9_000 - 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_a_search_with_a_cost_of_change_finds_the_best_plan(seed):
    """As found by trying every plan; the fixed prefixes stay, and the cost is what it says."""
    a = road_day(seed, 3 + seed % 2, 1 + seed % 2)
    change, old = random_change(a, seed)
    if change is None:
        pytest.skip("the old plan cannot be driven by those who have left")
    search = Annealing(a, old, seed, change=change)
    search.advance(0, 900, 900, Pool())
    found = search.best_rounds
    assert rounds_cost(a, change, found) == search.best_cost == least_cost(a, change, old)
    for m, sequence in enumerate(found):
        assert sequence[: change.fixed[m]] == old[m][: change.fixed[m]]
