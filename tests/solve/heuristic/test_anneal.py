"""The improvement search: what it returns can be driven, costs what it says, and is found again."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import Travel
from dispatch.solve.deadline import Deadline
from dispatch.solve.heuristic import anneal
from dispatch.solve.heuristic.anneal import Annealing, improve
from dispatch.solve.heuristic.pool import Pool
from dispatch.solve.heuristic.state import refresh, sequences_of, state_of
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.plan_cost import plan_cost
from dispatch.solve.timing.round_times import round_cost
from tests.support.small_problems import best_cost, small_problem

TABLES = ("before", "after", "ready_before", "ready_after")


def nothing(a):
    """Return rounds that nobody drives."""
    return [[] for _ in range(a.technicians)]


def searched(a, iterations, seed):
    """Return the state of a search after some iterations, from nothing."""
    annealing = Annealing(a, nothing(a), seed)
    annealing.advance(0, iterations, iterations, Pool())
    return annealing.search


def broken_rules(a, rounds):
    """Return, in words, which rules that the search knows a solution breaks."""
    broken = []
    served = [visit for sequence in rounds for visit in sequence]
    if len(set(served)) < len(served):
        broken.append("a visit is served twice")
    for m, sequence in enumerate(rounds):
        if not all(a.allowed[m, visit] for visit in sequence):
            broken.append(f"{m} serves a visit that is not allowed")
        if sum(a.load[visit] for visit in sequence) > a.capacity[m]:
            broken.append(f"{m} carries too much")
        if round_cost(a, m, np.array(sequence, dtype=np.int64), len(sequence)) == NEVER:
            broken.append(f"{m} cannot drive the round")
    return broken


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**9),
    visits=st.integers(1, 16),
    technicians=st.integers(1, 4),
    search_seed=st.integers(0, 2**31 - 1),
)
def test_every_solution_met_keeps_the_rules_and_its_cost(seed, visits, technicians, search_seed):
    """Skills, loads and times hold, each visit is served once, and the costs kept are right."""
    a = arrays_of(small_problem(seed, visits, technicians))
    x = searched(a, 60, search_seed)
    current = sequences_of(x.current.node, x.current.size)
    best = sequences_of(x.best_node, x.best_size)
    for rounds, cost in ((current, x.current_cost[0]), (best, x.best_cost[0])):
        assert broken_rules(a, rounds) == []
        assert plan_cost(a, rounds) == cost
    assert x.best_cost[0] <= x.current_cost[0]


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**9), visits=st.integers(1, 12), search_seed=st.integers(0, 2**31 - 1))
def test_clocks_kept_step_by_step_equal_those_computed_afresh(seed, visits, search_seed):
    """After many insertions and removals nothing in the tables is stale."""
    a = arrays_of(small_problem(seed, visits, technicians=2))
    x = searched(a, 40, search_seed)
    for s in (x.trial, x.current):
        afresh = state_of(a, sequences_of(s.node, s.size))
        for name in ("size", "cost", "load", "busy", "where"):
            assert np.array_equal(getattr(s, name), getattr(afresh, name)), name
        for m in range(a.technicians):
            last = s.size[m] + 1
            assert np.array_equal(s.leg[m, 1 : last + 1], afresh.leg[m, 1 : last + 1])
            for name in TABLES:
                first, stop = (0, last) if name in ("before", "after") else (1, last + 1)
                kept, new = getattr(s, name)[m, first:stop], getattr(afresh, name)[m, first:stop]
                assert np.array_equal(kept, new), name


def by_quickest_ways(problem):
    """Return the problem with travel by the quickest ways, as on a road graph."""
    seconds = problem.travel.seconds.copy()
    for via in range(seconds.shape[1]):
        np.minimum(seconds, seconds[:, :, via, None] + seconds[:, via, None, :], out=seconds)
    return replace(problem, travel=Travel(problem.travel.places, seconds))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(80))
def test_small_days_are_solved_as_well_as_by_trying_everything(seed):
    """With travel as on a road graph, ten thousand iterations find the best plan."""
    problem = by_quickest_ways(small_problem(seed, visits=1 + seed % 6, technicians=1 + seed % 3))
    a = arrays_of(problem)
    cost = plan_cost(a, improve(a, nothing(a), 10_000, 1, Pool()))
    best = best_cost(problem)
    if best is None:
        assert cost >= a.mandatory_cost[0]
    else:
        assert cost == best


@pytest.mark.parametrize("seed", range(60))
def test_without_triangle_inequality_the_best_is_a_lower_bound(seed):
    """There a round can be drivable and none of its parts: not all are found, none is made up."""
    problem = small_problem(seed, visits=1 + seed % 5, technicians=1 + seed % 3)
    a = arrays_of(problem)
    best = best_cost(problem)
    cost = plan_cost(a, improve(a, nothing(a), 500, 1, Pool()))
    assert cost >= (a.mandatory_cost[0] if best is None else best)


@pytest.mark.parametrize("seed", range(20))
def test_it_never_returns_worse_than_it_was_given(seed):
    """Not even after a single iteration at the highest temperature."""
    a = arrays_of(small_problem(seed, visits=14, technicians=3))
    given_rounds = improve(a, nothing(a), 500, seed, Pool())
    after = improve(a, given_rounds, 1, seed + 1, Pool())
    assert plan_cost(a, after) <= plan_cost(a, given_rounds)


def test_the_same_seed_gives_the_same_rounds_in_however_many_calls(monkeypatch):
    """Chunks are for progress only: of 1000 iterations or of 7, rounds and pool are the same."""
    a = arrays_of(small_problem(7, visits=20, technicians=4))
    results = []
    for chunk in (anneal.CHUNK, 7):
        monkeypatch.setattr(anneal, "CHUNK", chunk)
        pool = Pool()
        results.append((improve(a, nothing(a), 2000, 3, pool), list(pool)))
    assert results[0] == results[1]


def test_every_round_in_the_pool_can_be_driven_at_its_cost():
    """The record of the kernel, as the pool gets it."""
    for seed in range(30):
        a = arrays_of(small_problem(seed, visits=12, technicians=3))
        pool = Pool()
        improve(a, nothing(a), 400, seed, pool)
        for column in pool:
            m = a.vehicle_type.tolist().index(column.vehicle_type)
            sequence = np.array(column.sequence, dtype=np.int64)
            assert round_cost(a, m, sequence, len(sequence)) == column.cost
            assert broken_rules(a, [[]] * m + [list(column.sequence)]) == []


def test_a_deadline_in_the_past_still_gives_rounds_as_good_as_those_given():
    """It stops after one chunk."""
    a = arrays_of(small_problem(5, visits=12, technicians=3))
    calls = []
    rounds = improve(
        a,
        nothing(a),
        10**9,
        1,
        Pool(),
        deadline=Deadline(0.0),
        on_progress=lambda *at: calls.append(at),
    )
    assert calls == [(anneal.CHUNK, plan_cost(a, rounds))]


def test_rounds_that_cannot_be_driven_are_emptied():
    """What comes in need not be sound; what goes out is."""
    a = arrays_of(small_problem(3, visits=6, technicians=1))
    s = state_of(a, [[0, 1, 2, 3, 4, 5]])
    assert refresh(a, None, s, 0)
    assert s.size[0] == 0
    assert (s.where == -1).all()


@pytest.mark.parametrize(("visits", "technicians"), [(0, 2), (3, 0), (0, 0)])
def test_a_day_without_visits_or_technicians_has_empty_rounds(visits, technicians):
    """There is nothing to search."""
    a = arrays_of(small_problem(1, visits, technicians))
    assert improve(a, nothing(a), 100, 1, Pool()) == nothing(a)


def ticking(monkeypatch):
    """Let a second go by whenever somebody looks at the clock."""
    clock = count()
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))


@pytest.mark.slow
def test_a_search_that_paces_itself_is_as_good_as_one_planned_for_its_time(monkeypatch):
    """Where time is over long before the iterations are done it has cooled down by then."""
    paced, planned = 0, 0
    for seed in range(3):
        a = arrays_of(small_problem(900 + seed, visits=40, technicians=4))
        with monkeypatch.context() as patch:
            ticking(patch)
            calls = []
            # Three looks at the clock for each chunk.
            rounds = improve(
                a,
                nothing(a),
                10**7,
                seed,
                Pool(),
                deadline=Deadline(61.0),
                on_progress=lambda *at, to=calls: to.append(at),
            )
        done = calls[-1][0]
        assert abs(done - 20 * anneal.CHUNK) <= 2 * anneal.CHUNK
        paced += plan_cost(a, rounds)
        planned += plan_cost(a, improve(a, nothing(a), done, seed, Pool()))
    assert paced == pytest.approx(planned, rel=0.03)


@pytest.mark.slow
def test_a_deadline_that_is_far_leaves_a_paced_search_as_it_is():
    """The iterations are done long before."""
    a = arrays_of(small_problem(3, visits=12, technicians=3))
    assert improve(a, nothing(a), 3_000, 1, Pool(), deadline=Deadline(10_000)) == improve(
        a, nothing(a), 3_000, 1, Pool()
    )
