"""Absences of visits: how they add up, what they count for, and where they count for nothing."""

from __future__ import annotations

import numpy as np
import pytest

from dispatch.solve.heuristic.absence import MOST, REMEMBERED, burden, note_absences
from dispatch.solve.heuristic.anneal import AnnealingSettings, improve
from dispatch.solve.heuristic.pool import Pool
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.kernel import kernel
from dispatch.solve.timing.plan_cost import plan_cost
from tests.support.small_problems import best_cost, small_problem


@kernel
def _noted(absent, where, times):
    mean = 0.0
    for _ in range(times):
        mean = note_absences(absent, where)
    return mean


@kernel
def _burden(absent, mean, visit):
    return burden(absent, mean, visit)


def test_absences_add_up_and_are_forgotten():
    """Left three times, then served three times; the mean is that of two visits."""
    absent = np.zeros(2)
    kept = 1 - 1 / REMEMBERED
    mean = _noted(absent, np.array([-1, 0]), 3)
    assert absent.tolist() == pytest.approx([1 - kept**3, 0.0])
    assert mean == pytest.approx((1 - kept**3) / 2)
    _noted(absent, np.array([0, 0]), 3)
    assert absent[0] == pytest.approx((1 - kept**3) * kept**3)


def test_where_nothing_was_left_nothing_counts_for_more():
    """No visit was left: the mean stays above 0, and each is as far below it as can be."""
    absent = np.zeros(3)
    mean = _noted(absent, np.array([0, 1, 0]), 5)
    assert mean > 0.0
    assert [_burden(absent, mean, visit) for visit in range(3)] == [-1.0] * 3


def test_a_visit_left_for_long_counts_for_more_up_to_a_limit():
    """At the mean 0, at twice the mean 1, at five times the limit."""
    absent = np.array([0.1, 0.2, 0.5, 0.0])
    found = [_burden(absent, 0.1, visit) for visit in range(4)]
    assert found == pytest.approx([0.0, 1.0, MOST, -1.0])


def test_absences_change_nothing_where_everything_fits():
    """The search is the same whatever weight they have."""
    a = arrays_of(small_problem(13, 6, 3))
    nothing = [[] for _ in range(a.technicians)]
    found = [
        improve(a, nothing, 500, 1, Pool(), settings=AnnealingSettings(absence=weight))
        for weight in (0.0, 0.1)
    ]
    assert found[0] == found[1]
    assert sum(map(len, found[0])) == a.visits


# Nobody can serve a visit of number 58 that must be served.
@pytest.mark.slow
@pytest.mark.parametrize("seed", [seed for seed in range(40, 60) if seed != 58])
def test_days_that_do_not_fit_are_searched_to_the_best_plan(seed):
    """As found by trying everything; weights that bend the search do not bend the costs."""
    problem = small_problem(seed, 6, 1)
    a = arrays_of(problem)
    found = improve(a, [[]], 4000, 1, Pool())
    assert plan_cost(a, found) == best_cost(problem)
