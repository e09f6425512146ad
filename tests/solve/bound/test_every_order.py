"""Trying all orders of a small problem: what it finds, and when the whole search does so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dispatch import DayProblem, Technician, Travel, Visit, check, solve
from dispatch.model.problem import Weights
from dispatch.solve.bound.every_order import best_by_trying, orders_of
from dispatch.solve.deadline import Deadline
from dispatch.solve.timing.encode import arrays_of
from tests.support import slot_problems
from tests.support.slot_problems import small_slotted
from tests.support.small_problems import DAY, best_cost, small_problem


def detour_day() -> DayProblem:
    """
    Return a day whose far visit V can only be reached in time by way of W, which is worth nothing.

    From the centre c straight to v takes 3,000 s, by way of w 400 s and 500 s. The shift lasts
    4,000 s. W alone costs 400 + 400 s of driving, both 400 + 500 + 600 s.
    """
    seconds = [[0, 3_000, 400], [600, 0, 500], [400, 500, 0]]
    visits = (
        Visit(id="V", place="v", duration_s=2_000, unassigned_cost_s=9_000),
        Visit(id="W", place="w", duration_s=0, unassigned_cost_s=0),
    )
    who = Technician.model_validate({"id": "T", "start": "c", "end": "c", "shift_s": (0, 4_000)})
    return DayProblem(DAY, Travel(("c", "v", "w"), np.array([seconds])), (who,), visits, Weights())


def test_a_visit_that_only_another_one_makes_possible_is_served():
    """Neither visit is worth a round by itself; both together cost 1,500 s instead of 9,000 s."""
    plan = solve(detour_day(), "quick")
    assert [stop.visit for stop in plan.rounds[0].stops] == ["W", "V"]
    assert (plan.cost_s.total, plan.bound_s, plan.proven_optimal) == (1_500, 1_500, True)


def test_two_visits_and_one_technician_have_four_orders():
    """One visit, the other one, and both in either order."""
    assert orders_of(arrays_of(detour_day())) == 4


@pytest.mark.parametrize("seed", range(25))
def test_all_orders_hold_the_best_plan(seed):
    """It costs what the best of all plans costs, tried by code that shares nothing."""
    problem = small_problem(seed, 1 + seed % 4, 1 + seed % 3)
    a = arrays_of(problem)
    tried = best_by_trying(a)
    best = best_cost(problem)
    assert (tried.cost >= a.mandatory_cost[0]) == (best is None)
    assert best is None or tried.cost == best


def test_past_the_deadline_there_is_no_answer():
    """Six visits at the centre take 1,956 orders: the clock is looked at on the way."""
    visits = tuple(Visit(id=f"V{i}", place="c", duration_s=0) for i in range(6))
    a = arrays_of(replace(detour_day(), visits=visits))
    assert orders_of(a) == 1_956
    assert best_by_trying(a, Deadline(0.0)) is None


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(24))
def test_small_days_by_the_hour_are_solved_as_well_as_by_trying_every_second(seed):
    """Also where a drive must begin at one second, and the working time is limited."""
    problem = small_slotted(seed, 1 + seed % 3, 1 + seed % 2)
    plan = solve(problem, "quick")
    best = slot_problems.best_cost(problem)
    if best is None:
        assert plan.status == "infeasible"
        return
    assert check(problem, plan) == []
    assert plan.cost_s.total == best
    assert plan.bound_s <= best
