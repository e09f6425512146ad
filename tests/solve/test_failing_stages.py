"""A bound that cannot be had, or a choice that fails, never costs the plan."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from dispatch import check, solve
from dispatch.errors import SolverError
from dispatch.solve import search
from dispatch.solve.bound.master import Master
from tests.support.small_problems import best_cost, small_problem


def dear_problem(seed: int):
    """Return a small problem whose unassigned costs lie eight powers of ten apart."""
    rng = random.Random(seed)
    problem = small_problem(seed, 2 + seed % 4, 1 + seed % 3)
    travel = problem.travel
    if seed % 2:
        travel = replace(travel, seconds=0 * travel.seconds)
    visits = tuple(
        visit.model_copy(update={"unassigned_cost_s": rng.choice([None, 1, 7_200, 10**8])})
        for visit in problem.visits
    )
    return replace(problem, travel=travel, visits=visits)


# GLOP called its solution of a master problem of each of them imprecise, twice.
@pytest.mark.parametrize("seed", [46, 447, 591, 630, 795, 859])
def test_huge_unassigned_costs_beside_small_ones_cost_no_plan(seed):
    """There is a plan, at most a second above the best, and a bound below it."""
    problem = dear_problem(seed)
    plan = solve(problem, "quick")
    best = best_cost(problem)
    if best is None:
        assert plan.status == "infeasible"
        return
    assert check(problem, plan) == []
    assert plan.bound_s <= best <= plan.cost_s.total <= best + 1


@pytest.mark.parametrize("calls", [0, 1, 2])
def test_a_master_problem_that_fails_leaves_the_plan_and_the_bound_known_before(
    calls, monkeypatch, caplog
):
    """After so many solutions every linear solver fails: the plan is as sound as ever."""
    solved = Master.solve

    def failing(master):
        nonlocal calls
        if calls == 0:
            msg = "no linear solver is left"
            raise SolverError(msg)
        calls -= 1
        return solved(master)

    problem = small_problem(3, 9, 2)
    proven = solve(problem, "quick")
    monkeypatch.setattr(Master, "solve", failing)
    plan = solve(problem, "quick")
    assert check(problem, plan) == []
    assert 0 < plan.bound_s <= proven.bound_s
    assert "no linear solver is left" in caplog.text


def test_a_choice_that_fails_leaves_the_rounds_of_the_search(monkeypatch, caplog):
    """The choice among all rounds met has no memory left: the search's own rounds stay."""

    def failing(*_: object, **__: object):
        raise MemoryError

    monkeypatch.setattr(search, "choose_from_pool", failing)
    problem = small_problem(3, 9, 2)
    plan = solve(problem, "quick")
    assert check(problem, plan) == []
    assert "choice failed" in caplog.text


def test_who_listens_to_the_progress_may_still_raise():
    """An error of the caller's own is no failure of a stage."""

    def listen(progress):
        if progress.stage in ("choice", "proof"):
            msg = "enough"
            raise ValueError(msg)

    with pytest.raises(ValueError, match="enough"):
        solve(small_problem(3, 9, 2), "quick", on_progress=listen)
