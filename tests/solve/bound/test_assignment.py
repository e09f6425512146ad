"""The first bound: by hand, and never above what the best plan costs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dispatch.solve import solve
from dispatch.solve.bound.assignment import assignment_bound
from dispatch.solve.timing.encode import arrays_of
from tests.support.small_problems import best_cost, small_problem


def changed(a, **fields: object):
    """Return arrays with other fields."""
    return a._replace(**{name: np.array(value) for name, value in fields.items()})


def open_day(visits: int, technicians: int):
    """Return arrays of a day without windows, where anybody may serve anything, one depot."""
    a = arrays_of(small_problem(1, visits, technicians))
    depot = np.full(technicians, visits)
    return changed(
        a,
        travel=np.full((1, visits + 1, visits + 1), 100) - 100 * np.eye(visits + 1, dtype=int),
        slot_start=[0],
        start=depot,
        end=depot,
        allowed=np.ones((technicians, visits), dtype=bool),
        window_first=np.arange(visits + 1),
        window_low=np.zeros(visits, dtype=int),
        window_high=np.full(visits, 80_000),
        duration=np.full(visits, 10),
        unassigned_cost_s=np.full(visits, 1000),
    )


def test_a_round_of_two_visits_costs_its_three_legs():
    """Or less as a circle of two: each leg 100 s, two of them, and nobody drives."""
    a = open_day(2, 1)
    assert assignment_bound(a) == 200


def test_visits_that_cannot_follow_each_other_are_driven_to_and_from():
    """Both at eight: two technicians drive there and back, four legs."""
    a = open_day(2, 2)
    at_eight = changed(a, window_low=[28_800] * 2, window_high=[28_800] * 2)
    assert assignment_bound(at_eight) == 400
    # With one technician, one of them is left.
    a = open_day(2, 1)
    at_eight = changed(a, window_low=[28_800] * 2, window_high=[28_800] * 2)
    assert assignment_bound(at_eight) == 1200


def test_a_visit_is_left_where_that_costs_less_or_nobody_may_serve_it():
    """At 30 s it is not worth 200 s of driving; forbidden to all, it costs its price."""
    a = open_day(1, 1)
    assert assignment_bound(changed(a, unassigned_cost_s=[30])) == 30
    assert assignment_bound(a) == 200
    assert assignment_bound(changed(a, allowed=[[False]])) == 1000


def test_the_quickest_slot_counts():
    """A leg that takes 40 s at one hour is counted as such."""
    a = open_day(1, 1)
    slots = np.concatenate([a.travel, a.travel * 4 // 10])
    assert assignment_bound(changed(a, travel=slots, slot_start=[0, 40_000])) == 80


def test_without_technicians_all_visits_are_left():
    """And without visits there is nothing to pay."""
    assert assignment_bound(arrays_of(small_problem(1, 3, 0))) == int(
        arrays_of(small_problem(1, 3, 0)).unassigned_cost_s.sum()
    )
    assert assignment_bound(arrays_of(small_problem(1, 0, 2))) == 0


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**9), visits=st.integers(1, 6), technicians=st.integers(1, 3))
def test_no_plan_costs_less(seed, visits, technicians):
    """Tried with all plans there are."""
    problem = small_problem(seed, visits, technicians)
    best = best_cost(problem)
    assume(best is not None)
    assert assignment_bound(arrays_of(problem)) <= best


@pytest.mark.slow
def test_a_plan_stopped_at_once_has_a_bound():
    """However little time it had."""
    problem = small_problem(8, 40, 5)
    plan = solve(problem, "standard", time_limit_s=0.0)
    assert plan.stopped == "time_limit"
    assert 0 < plan.bound_s <= plan.cost_s.total
