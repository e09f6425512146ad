"""The best choice among the rounds of the pool."""

from __future__ import annotations

import time
from itertools import combinations, permutations

import numpy as np
import pytest

from dispatch.solve.deadline import Deadline
from dispatch.solve.heuristic.anneal import improve
from dispatch.solve.heuristic.pool import Pool
from dispatch.solve.partition.from_pool import choose_from_pool
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.plan_cost import plan_cost
from dispatch.solve.timing.round_times import round_cost
from tests.support.small_problems import small_problem


def best_choice(a, columns):
    """Return the least cost of any choice of columns, by trying all."""
    everything = int(a.unassigned_cost_s.sum())
    best = everything
    for size in range(1, a.technicians + 1):
        for chosen in combinations(columns, size):
            served = [visit for column in chosen for visit in column.sequence]
            types = np.bincount([column.vehicle_type for column in chosen], minlength=a.technicians)
            available = np.bincount(a.vehicle_type, minlength=a.technicians)
            if len(set(served)) == len(served) and (types <= available).all():
                cost = everything + sum(
                    c.cost - int(a.unassigned_cost_s[list(c.sequence)].sum()) for c in chosen
                )
                best = min(best, cost)
    return best


def random_pool(a, rng, size):
    """Return a pool of random rounds that can be driven."""
    pool = Pool()
    for _ in range(size):
        m = int(rng.integers(a.technicians))
        able = np.flatnonzero(a.allowed[m])
        if not len(able):
            continue
        sequence = rng.permutation(able)[: int(rng.integers(1, 4))]
        cost = round_cost(a, m, np.ascontiguousarray(sequence), len(sequence))
        if cost < NEVER and a.load[sequence].sum() <= a.capacity[m]:
            pool.add(int(a.vehicle_type[m]), sequence.tolist(), int(cost))
    return pool


@pytest.mark.parametrize("seed", range(60))
def test_the_choice_is_the_best_of_all_choices(seed):
    """Against trying every subset of some twenty random rounds."""
    a = arrays_of(small_problem(seed, visits=8, technicians=3))
    pool = random_pool(a, np.random.default_rng(seed), 20)
    chosen = choose_from_pool(a, pool, [[] for _ in range(3)])
    assert plan_cost(a, chosen) == best_choice(a, list(pool))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_the_choice_is_never_worse_than_the_known_solution(seed):
    """Whatever stands in the pool."""
    a = arrays_of(small_problem(seed, visits=12, technicians=3))
    known = improve(a, [[], [], []], 300, seed, Pool())
    chosen = choose_from_pool(a, random_pool(a, np.random.default_rng(seed), 50), known)
    assert plan_cost(a, chosen) <= plan_cost(a, known)


def test_a_choice_one_second_better_is_taken():
    """The least that it can be: the one round that serves both visits costs a second less."""
    a = arrays_of(small_problem(5, visits=8, technicians=3))
    driven = [
        (m, order)
        for m in range(3)
        for order in permutations(np.flatnonzero(a.allowed[m]).tolist(), 2)
        if round_cost(a, m, np.array(order), 2) < NEVER
    ]
    m, order = driven[0]
    known = [list(order) if who == m else [] for who in range(3)]
    pool = Pool()
    better = list(reversed(order))
    pool.add(int(a.vehicle_type[m]), better, int(round_cost(a, m, np.array(order), 2)) - 1)
    found = choose_from_pool(a, pool, known)
    assert sorted(found) == [[], [], better]


def test_an_empty_pool_gives_the_known_solution():
    """There is nothing to choose from."""
    a = arrays_of(small_problem(1, visits=3, technicians=2))
    assert choose_from_pool(a, Pool(), [[], []]) == [[], []]


@pytest.mark.parametrize("calls", [0, 1])
def test_a_choice_past_its_time_is_the_known_solution(monkeypatch, calls):
    """Whether time is over at the start or between two linear problems."""
    a = arrays_of(small_problem(3, visits=8, technicians=3))
    pool = random_pool(a, np.random.default_rng(3), 20)
    nothing = [[] for _ in range(3)]
    assert choose_from_pool(a, pool, nothing) != nothing
    moments = iter([0.0] * (1 + calls))
    monkeypatch.setattr(time, "monotonic", lambda: next(moments, 2.0))
    assert choose_from_pool(a, pool, nothing, deadline=Deadline(1.0)) == nothing


@pytest.mark.slow
def test_a_deadline_that_is_far_changes_nothing():
    """Counts end the choice long before."""
    a = arrays_of(small_problem(5, visits=8, technicians=3))
    pool = random_pool(a, np.random.default_rng(5), 20)
    nothing = [[] for _ in range(3)]
    far = Deadline(3_600)
    assert choose_from_pool(a, pool, nothing, deadline=far) == choose_from_pool(a, pool, nothing)
