"""First rounds by OR-Tools: they can be driven, whatever the day holds."""

from __future__ import annotations

import pytest

from dispatch import check, solve
from dispatch.solve.heuristic.ortools_model import drivable, initial_solution
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.plan_cost import plan_cost
from tests.support.small_problems import best_cost, small_problem


@pytest.mark.parametrize("seed", range(60))
def test_first_rounds_can_be_driven_and_cost_no_less_than_the_best(seed):
    """Every rule that the kernels know holds; the exhaustive best is a lower bound."""
    problem = small_problem(seed, visits=1 + seed % 5, technicians=1 + seed % 3)
    a = arrays_of(problem)
    cost = plan_cost(a, initial_solution(a, time_limit_s=10))
    best = best_cost(problem)
    assert cost < NEVER
    assert best is None or cost >= best


def test_first_rounds_serve_most_of_what_can_be_served():
    """Over many small days the descent is optimal more often than not."""
    optimal = 0
    for seed in range(40):
        problem = small_problem(seed, visits=4, technicians=2)
        a = arrays_of(problem)
        optimal += plan_cost(a, initial_solution(a, time_limit_s=10)) == best_cost(problem)
    assert optimal > 15


def test_a_visit_that_breaks_the_round_is_taken_off_it():
    """What the technician lacks the skill for, or cannot reach in time, is left out."""
    problem = small_problem(3, visits=5, technicians=1)
    a = arrays_of(problem)
    kept = drivable(a, 0, [0, 1, 2, 3, 4])
    assert plan_cost(a, [kept]) < NEVER


@pytest.mark.parametrize(("visits", "technicians"), [(0, 2), (3, 0), (0, 0)])
def test_a_day_without_visits_or_technicians_has_empty_rounds(visits, technicians):
    """There is nothing to search."""
    a = arrays_of(small_problem(1, visits, technicians))
    assert initial_solution(a, time_limit_s=1) == [[] for _ in range(technicians)]


@pytest.mark.slow
def test_a_time_limit_too_short_for_ortools_gives_empty_rounds_and_still_a_plan():
    """Under load it finds nothing in time; the search then inserts the visits itself."""
    problem = small_problem(1, visits=120, technicians=8)
    a = arrays_of(problem)
    assert initial_solution(a, time_limit_s=0.000_001) == [[]] * 8
    plan = solve(problem, "quick", time_limit_s=0.000_001)
    # Two of its mandatory visits are beyond anybody.
    assert {violation.rule for violation in check(problem, plan)} == {"mandatory_served"}
    assert len(plan.rounds) == 8
