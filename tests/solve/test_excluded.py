"""Visits that some technicians may not do: the search knows, and says why one is left."""

from __future__ import annotations

from dataclasses import replace

from dispatch.checker.rules import check
from dispatch.explain import explain_left
from dispatch.explain.alone import Obstacle
from dispatch.explain.changes import ProblemChange
from dispatch.model.plan import Unassigned
from dispatch.model.problem import DayProblem
from dispatch.service.service import read_service
from dispatch.solve import solve
from dispatch.solve.reasons import reason_for
from dispatch.solve.timing.encode import arrays_of
from dispatch.views.explanations import Teller
from tests.support.small_day import T2, day, drive, stop
from tests.support.small_day import plan as plan_by_hand


def test_the_search_tries_nobody_who_may_not_do_a_visit():
    """Row = technician, column = visit; T2 lacks the skill of A anyway."""
    assert arrays_of(day()).allowed.tolist() == [[True, True], [False, True]]
    apart = arrays_of(day(b={"not_with": ("T1",)}))
    assert apart.allowed.tolist() == [[True, False], [False, True]]


def test_a_visit_that_nobody_may_do_is_left_for_that_reason():
    """A needs "net", which T1 alone has."""
    problem = day(a={"not_with": ("T1",)})
    assert reason_for(problem, arrays_of(problem), 0) == "excluded"
    plan = solve(problem, "quick")
    assert check(problem, plan) == []
    assert [(left.visit, left.reason) for left in plan.unassigned] == [("A", "excluded")]


def test_a_pin_to_somebody_who_lacks_the_skill_is_the_reason_whoever_is_excluded():
    """A is pinned to T2, who lacks "net", and closed to T1."""
    problem = day(a={"technician": "T2", "not_with": ("T1",)})
    assert reason_for(problem, arrays_of(problem), 0) == "pinned_technician_lacks_skill"
    both = day(a={"technician": "T1", "not_with": ("T1",)})
    assert reason_for(both, arrays_of(both), 0) == "excluded"


def test_who_may_not_do_the_same_visits_are_of_one_vehicle_type():
    """Three alike, then one excluded, two of the three, all: of whom nobody works, no matter."""
    problem = day()
    crew = tuple(T2.model_copy(update={"id": name}) for name in ("T1", "T2", "T3"))
    for names, types in [
        ((), [0, 0, 0]),
        (("T9",), [0, 0, 0]),
        (("T2",), [0, 1, 0]),
        (("T3", "T1"), [0, 1, 0]),
        (("T1", "T2", "T3"), [0, 0, 0]),
    ]:
        visits = (problem.visits[0].model_copy(update={"not_with": names}), problem.visits[1])
        arrays = arrays_of(replace(problem, technicians=crew, visits=visits))
        assert arrays.vehicle_type.tolist() == types


def test_admitting_somebody_is_tried_and_told():
    """T1, who is excluded, would do A for 210 s of driving; T2 lacks the skill."""
    problem = day(a={"not_with": ("T1",)})
    made = plan_by_hand(
        drive("T2", 1000, [stop("B", 1200, 1200, 1400)], 1610),
        left=("A",),
        unassigned=(Unassigned(visit="A", reason="excluded"),),
    )
    assert check(problem, made) == []
    found = explain_left(problem, made, read_service().explain)["A"]
    assert found.obstacles[0] == Obstacle("T1", "excluded")
    first = found.changes[0]
    assert first.change == ProblemChange("T1", admitted=True)
    assert first.technician == "T1"
    assert Teller("fr").tested(first).startswith("y envoyer T1 malgré tout (")
    assert Teller("en").tested(first).startswith("sending T1 all the same (")


def test_a_problem_without_the_key_is_written_as_before():
    """Plans name their problem by its text."""
    assert "not_with" not in day().to_json()
    named = day(a={"not_with": ("T2",)})
    assert DayProblem.from_json(named.to_json()).visits == named.visits
