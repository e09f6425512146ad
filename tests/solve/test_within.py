"""Visits whose service lies wholly inside a span: search, reasons, explanations and changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.checker.rules import check
from dispatch.explain import explain
from dispatch.explain.alone import Obstacle, obstacle
from dispatch.explain.changes import ProblemChange
from dispatch.explain.unserved import Unserved
from dispatch.fieldwork import RoundLock, TimeWindow, Visit
from dispatch.model.problem import DayProblem
from dispatch.service.sections import Explain
from dispatch.solve import solve
from dispatch.solve.reasons import reason_for
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from tests.support.small_day import T1, day

STEPS = Explain(step_min=5, most_overtime_min=10, most_earlier_min=10, most_widening_min=10)


def starts(windows: object, within: object) -> list[tuple[int, int]] | None:
    """Return when a service of 100 s may start."""
    visit = Visit(id="V", place="a", duration_s=100, windows_s=windows, within_s=within)
    spans = visit.starts_s()
    return None if spans is None else [tuple(span) for span in spans]


@pytest.mark.parametrize(
    ("windows", "within", "expected"),
    [
        ((), (), None),
        (((5, 9),), (), [(5, 9)]),
        ((), ((0, 100),), [(0, 0)]),
        ((), ((0, 99),), []),
        ((), ((300, 450), (0, 150)), [(0, 50), (300, 350)]),
        # Overlapping spans are not one: none of both holds a service from 60 on.
        ((), ((0, 160), (100, 200)), [(0, 60), (100, 100)]),
        ((), ((0, 200), (50, 250)), [(0, 150)]),
        (((0, 30), (40, 90)), ((20, 150),), [(20, 30), (40, 50)]),
        (((0, 30),), ((31, 400),), []),
    ],
)
def test_a_span_says_when_a_service_may_start(windows, within, expected):
    """Early enough to be over at its end; a window holds as well."""
    assert starts(windows, within) == expected


def test_the_search_knows_spans_as_windows_of_starts():
    """A takes 400 s; a visit that fits nowhere has a window that no clock finds."""
    inside = arrays_of(day(a={"within_s": (TimeWindow(1200, 1900), TimeWindow(2000, 2500))}))
    assert inside.window_first.tolist() == [0, 2, 3]
    assert inside.window_low.tolist() == [1200, 2000, 0]
    assert inside.window_high.tolist() == [1400, 2100, NEVER]
    nowhere = arrays_of(day(a={"within_s": (TimeWindow(1200, 1599),)}))
    assert (nowhere.window_low[0], nowhere.window_high[0]) == (NEVER, -NEVER)


def test_a_plan_has_each_service_over_before_its_span_is():
    """B by T2 at once would be there 1200-1400: with a span from 1300 on T2 waits until then."""
    problem = day(b={"within_s": (TimeWindow(1300, 1600),)})
    plan = solve(problem, "quick")
    assert check(problem, plan) == []
    assert plan.proven_optimal
    (stop,) = [s for r in plan.rounds for s in r.stops if s.visit == "B"]
    assert stop.start_s >= 1300
    assert stop.end_s <= 1600


def test_a_visit_that_fits_into_no_span_is_left_with_its_reason():
    """However little is left of it; a mandatory one makes the plan infeasible, no more."""
    for cost in (7000, None):
        problem = day(b={"within_s": (TimeWindow(1300, 1499),), "unassigned_cost_s": cost})
        plan = solve(problem, "quick")
        assert {found.rule for found in check(problem, plan)} <= {"mandatory_served"}
        assert [(left.visit, left.reason) for left in plan.unassigned] == [
            ("B", "outside_presence")
        ]


def test_a_locked_visit_that_fits_into_no_span_is_refused_by_name():
    """What is locked has to be driven."""
    problem = day(
        t1={"locked": RoundLock(visits=("B",))}, b={"within_s": (TimeWindow(1300, 1499),)}
    )
    with pytest.raises(Exception, match="B"):
        solve(problem, "quick")


def test_hours_are_the_reason_where_no_span_would_help():
    """A opens after the shift: somebody there all day does not help."""
    late = day(a={"windows_s": (TimeWindow(3000, 3100),), "within_s": (TimeWindow(0, 90),)})
    assert reason_for(late, arrays_of(late), 0) == "outside_working_hours"
    short = day(a={"within_s": (TimeWindow(0, 1499),)})
    assert reason_for(short, arrays_of(short), 0) == "outside_presence"
    alone = day(a={"within_s": (TimeWindow(0, 1500),)})
    assert reason_for(alone, arrays_of(alone), 0) == "crowded_out"


def test_what_is_missed_is_told_by_the_rule_that_misses_least():
    """T1 is at A at 1100 and takes 400 s."""
    for windows, within, expected in [
        ((), ((1000, 1450),), Obstacle("T1", "within", 1500, 1450)),
        ((), ((1000, 1450), (1200, 1590)), Obstacle("T1", "within", 1600, 1590)),
        (((1000, 1050),), ((1000, 2000),), Obstacle("T1", "windows", 1100, 1050)),
        (((1000, 1300),), ((1000, 1450),), Obstacle("T1", "within", 1500, 1450)),
        # Somebody is there from 1500 on, the window closes before.
        (((1000, 1300),), ((1500, 2000),), Obstacle("T1", "windows", 1500, 1300)),
    ]:
        spans = {"windows_s": windows, "within_s": within}
        problem = day(
            a={key: tuple(TimeWindow(*each) for each in value) for key, value in spans.items()}
        )
        assert obstacle(problem, problem.visits[0], T1, arrays_of(problem)) == expected


def test_what_would_serve_a_visit_outside_its_span_is_tried_out():
    """A is over at 1500 at the earliest, somebody is there until 1450: five minutes more do."""
    problem = day(a={"windows_s": (), "within_s": (TimeWindow(1000, 1450),)})
    problem = replace(problem, technicians=problem.technicians[:1])
    plan = solve(problem, "quick")
    assert [left.reason for left in plan.unassigned] == ["outside_presence"]
    found = explain(problem, plan, "A", STEPS)
    assert isinstance(found, Unserved)
    assert ProblemChange(window=0, spans="within_s", until_s=1750, widening_s=300) in [
        tested.change for tested in found.changes
    ]
    assert "present_from" in [failed.kind for failed in found.failed]


def test_a_problem_without_spans_is_written_as_before():
    """Plans name their problem by its text."""
    assert "within_s" not in day().to_json()
    named = day(a={"within_s": (TimeWindow(0, 9),)})
    assert DayProblem.from_json(named.to_json()).visits == named.visits
