"""The whole search: sound, equal to trying everything on small days, the same each time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import Technician, Visit, check, solve
from dispatch.model.problem import DayProblem
from tests.support.small_problems import DAY, best_cost, small_problem


def without_clock(plan):
    """Return a plan's JSON without what the clock says."""
    return plan.model_copy(update={"elapsed_s": 0.0}).to_json()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(120))
def test_small_days_are_solved_as_well_as_by_trying_everything(seed):
    """The plan passes the rules and costs what the best of all plans costs; so does its bound."""
    problem = small_problem(seed, visits=1 + seed % 6, technicians=1 + seed % 3)
    plan = solve(problem, "quick")
    best = best_cost(problem)
    if best is None:
        assert plan.status == "infeasible"
        assert {found.rule for found in check(problem, plan)} == {"mandatory_served"}
        return
    assert check(problem, plan) == []
    assert plan.cost_s.total == best
    assert plan.bound_s <= best
    assert plan.proven_optimal == (plan.bound_s == best)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**9),
    visits=st.integers(0, 14),
    technicians=st.integers(0, 4),
    search_seed=st.integers(0, 2**31 - 1),
)
def test_every_plan_passes_the_independent_check(seed, visits, technicians, search_seed):
    """Whatever the day and the seed; only a mandatory visit may be missing, and then it says so."""
    problem = small_problem(seed, visits, technicians)
    plan = solve(problem, "quick", seed=search_seed)
    broken = {found.rule for found in check(problem, plan)}
    assert broken <= ({"mandatory_served"} if plan.status == "infeasible" else set())
    assert plan.bound_s <= plan.cost_s.total


def test_the_same_problem_effort_and_seed_give_the_same_plan():
    """Byte for byte, outside the clock."""
    problem = small_problem(11, visits=16, technicians=3)
    first, second = (solve(problem, "quick", seed=5) for _ in range(2))
    assert without_clock(first) == without_clock(second)


def test_the_plan_names_its_input_effort_seed_and_version():
    """A plan can be traced to what made it."""
    problem = small_problem(2, visits=4, technicians=2)
    plan = solve(problem, "quick", seed=9)
    assert (plan.input_sha256, plan.effort, plan.seed) == (problem.sha256, "quick", 9)
    assert plan.version


def test_progress_reports_costs_that_never_rise_and_a_bound_that_never_falls():
    """Each report is at least as good as the one before, and the bound below the cost."""
    seen = []
    solve(small_problem(4, visits=14, technicians=3), "standard", on_progress=seen.append)
    costs, bounds = [p.cost_s for p in seen], [p.bound_s for p in seen]
    assert costs == sorted(costs, reverse=True)
    assert bounds == sorted(bounds)
    assert all(p.bound_s <= p.cost_s for p in seen)
    assert {p.stage for p in seen} >= {"initial solution", "improvement", "choice"}


def test_an_interrupted_search_gives_the_best_plan_so_far():
    """Ctrl-C during the improvement: the plan is sound and says why it stopped."""

    def interrupt(progress):
        if progress.stage == "improvement":
            raise KeyboardInterrupt

    problem = small_problem(21, visits=14, technicians=3)
    plan = solve(problem, "thorough", on_progress=interrupt)
    assert plan.stopped in ("interrupted", "proven")
    assert {found.rule for found in check(problem, plan)} <= {"mandatory_served"}


def test_a_plan_that_hit_the_time_limit_says_so():
    """The safety net ends the search early, with a sound plan."""
    problem = small_problem(8, visits=40, technicians=5)
    plan = solve(problem, "thorough", time_limit_s=0.2)
    assert plan.stopped in ("time_limit", "proven")
    assert {found.rule for found in check(problem, plan)} <= {"mandatory_served"}


REASONS = {
    "missing_skill": {"skills": frozenset({"z"})},
    "too_heavy": {"load": 9},
    "outside_working_hours": {"windows_s": ((0, 5),), "within_s": ((0, 9),)},
    "outside_presence": {"within_s": ((150, 159), (160, 169), (391, 500))},
    "pinned_technician_lacks_skill": {"technician": "t0", "skills": frozenset({"b"})},
    "excluded": {"not_with": ("t1", "t0")},
    "crowded_out": {"unassigned_cost_s": 1},
}


@pytest.mark.parametrize("reason", REASONS)
def test_an_unassigned_visit_carries_its_reason(reason):
    """Each reason of the closed list, provoked alone."""
    given_problem = small_problem(0, visits=1, technicians=2)
    technicians = tuple(
        Technician(id=name, start="p0", end="p0", shift_s=(100, 400), skills=skills, capacity=5)
        for name, skills in (("t0", frozenset("a")), ("t1", frozenset("b")))
    )
    visit = {"id": "v0", "place": "p2", "duration_s": 10, **REASONS[reason]}
    problem = DayProblem(DAY, given_problem.travel, technicians, (Visit(**visit),))
    plan = solve(problem, "quick")
    assert [entry.reason for entry in plan.unassigned] == [reason]


def test_without_technicians_every_visit_is_unassigned():
    """The reason is that nobody works."""
    problem = small_problem(5, visits=3, technicians=1)
    alone = DayProblem(
        DAY,
        problem.travel,
        (),
        tuple(
            v.model_copy(update={"technician": None, "unassigned_cost_s": 10})
            for v in problem.visits
        ),
    )
    plan = solve(alone, "quick")
    assert {entry.reason for entry in plan.unassigned} == {"no_technician"}
    assert plan.cost_s.total == plan.bound_s == 30


@pytest.mark.slow
def test_an_unknown_effort_is_refused():
    """It names the efforts there are."""
    with pytest.raises(ValueError, match="quick, standard, thorough"):
        solve(small_problem(0, 1, 1), "instant")
