"""Explanations of small days solved by hand; and that everything claimed was tested."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.checker import rules
from dispatch.explain import explain, explain_left
from dispatch.explain.alone import Obstacle, obstacles
from dispatch.explain.changes import ProblemChange, wider
from dispatch.explain.served import Served
from dispatch.explain.trials import Trials
from dispatch.explain.unserved import Failed, Unserved, explain_unserved
from dispatch.fieldwork import RoundLock, Shift, TimeWindow
from dispatch.model.plan import Reason, Round, Unassigned
from dispatch.service.sections import Explain
from dispatch.service.service import read_service
from dispatch.solve import solve
from dispatch.solve.heuristic.insertion import best_insertions, best_shift, checked_cost
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.views.explanations import Teller
from tests.support.small_day import T1, day, drive, plan, stop
from tests.support.small_problems import best_cost, small_problem

if TYPE_CHECKING:
    from dispatch.fieldwork import Visit
    from dispatch.model.problem import DayProblem

pytestmark = pytest.mark.slow

TEN = Explain(step_min=5, most_overtime_min=10, most_earlier_min=10, most_widening_min=10)
# T2 alone at B: leaves 1000, there 1200-1400, back 1610.
B_BY_T2 = drive("T2", 1000, [stop("B", 1200, 1200, 1400)], 1610)
# T1 alone at B, without A: likewise.
B_BY_T1 = drive("T1", 1000, [stop("B", 1200, 1200, 1400)], 1610)


def left(problem: DayProblem, *rounds: Round, reason: Reason) -> Unserved:
    """Explain the small day's visit A, left with a reason, in what `rounds` make."""
    made = plan(*rounds, left=("A",), unassigned=(Unassigned(visit="A", reason=reason),))
    assert rules.check(problem, made) == []
    return explain_left(problem, made, TEN)["A"]


def only_t1(**values: object) -> DayProblem:
    """Return the day without T2; T1 has no break and other values."""
    problem = day()
    return replace(problem, technicians=(T1.model_copy(update={"break_": None, **values}),))


# --- impossible alone ---


def test_a_missing_skill_is_named_and_giving_it_is_tested_for_each():
    """T2 would fetch A on the way to B and save 50 s; T1 drives 210 s for it."""
    problem = day(t1={"skills": frozenset()})
    found = left(problem, B_BY_T2, reason="missing_skill")
    assert found.obstacles == (
        Obstacle("T1", "skills", skills=("net",)),
        Obstacle("T2", "skills", skills=("net",)),
    )
    assert found.instead is None
    assert [(t.change, t.driving_s, t.total_s) for t in found.changes] == [
        (ProblemChange("T2", skills=("net",)), -50, -5050),
        (ProblemChange("T1", skills=("net",)), 210, -4790),
    ]


def test_a_window_that_closes_too_early_is_told_with_both_times():
    """T1 is at A at 1100 at the earliest; a window to 1050 is 50 s short: five minutes do."""
    problem = day(a={"windows_s": (TimeWindow(1000, 1050),)})
    found = left(problem, B_BY_T2, reason="outside_working_hours")
    assert found.obstacles[0] == Obstacle("T1", "windows", 1100, 1050)
    assert found.obstacles[0].excess == 50
    assert [t.change for t in found.changes] == [
        ProblemChange("T1", earlier_s=300),
        ProblemChange(window=0, until_s=1350, widening_s=300),
    ]
    assert Failed("overtime", "T1", 600) in found.failed
    assert Failed("from", None, 600) in found.failed


def test_a_return_after_the_shift_is_told_with_both_times():
    """A at 2000-2400, back 2510; the shift ends at 2400: 110 s of overtime, at 2 each."""
    problem = day(
        t1={"shift_s": Shift(1000, 2400), "max_overtime_s": 0},
        a={"windows_s": (TimeWindow(2000, 2400),)},
    )
    found = left(problem, B_BY_T2, reason="outside_working_hours")
    assert found.obstacles[0] == Obstacle("T1", "shift", 2510, 2400)
    earlier, longer, skilled = found.changes
    assert skilled.change == ProblemChange("T2", skills=("net",))
    assert (earlier.change.from_s, earlier.total_s) == (1700, 210 - 5000)
    assert (longer.change, longer.overtime_s) == (ProblemChange("T1", overtime_s=300), 110)
    assert longer.total_s == 210 + 2 * 110 - 5000


def test_loads_pins_working_time_and_breaks_are_obstacles_of_their_own():
    """Each is the first that keeps T1 from A; T2 lacks the skill throughout."""
    away = 100 + 400 + 110
    for changed, expected in (
        ({"t1": {"capacity": 2}}, Obstacle("T1", "capacity", 3, 2)),
        ({"a": {"technician": "T2"}}, Obstacle("T1", "pins")),
        ({"t1": {"max_working_s": away - 1}}, Obstacle("T1", "working_time", away, away - 1)),
        (
            # The break is due at 1150 at the latest, when T1 is inside A's service.
            {
                "t1": {
                    "break_": T1.break_.model_copy(update={"earliest_s": 1120, "latest_s": 1150})
                },
                "a": {"windows_s": (TimeWindow(1000, 1100),)},
            },
            Obstacle("T1", "breaks"),
        ),
    ):
        problem = day(**changed)
        assert obstacles(problem, problem.visit["A"])[0] == expected


def test_who_could_do_a_visit_alone_has_no_obstacle(small_day):
    """T1 can do A, everybody B."""
    assert [one.technician for one in obstacles(small_day, small_day.visit["A"])] == ["T2"]
    assert obstacles(small_day, small_day.visit["B"]) == []


# --- crowded out ---


def test_a_visit_crowded_out_names_who_would_leave_and_the_least_changes():
    """Until 1900 there is time for one of both; leaving 7000 for 5000 costs 2000 less 200."""
    problem = only_t1(shift_s=Shift(1000, 1900), max_overtime_s=0)
    found = left(problem, B_BY_T1, reason="crowded_out")
    assert found.obstacles == ()
    assert (found.instead.leaving, found.instead.total_s) == (("B",), 2000 - 200)
    # From 700 A starts at 1000 at once: back 1860. With overtime A 1100, B 1550, back 1960.
    assert [(t.change, t.total_s) for t in found.changes] == [
        (ProblemChange("T1", earlier_s=300), -5050),
        (ProblemChange("T1", overtime_s=300), -5050 + 2 * 60),
    ]


def promised(problem: DayProblem) -> DayProblem:
    """Return the day with B mandatory."""
    a, b = problem.visits
    return replace(problem, visits=(a, b.model_copy(update={"unassigned_cost_s": None})))


@pytest.mark.parametrize("deep", [False, True])
def test_a_mandatory_visit_is_never_the_one_to_give_way(deep):
    """There is time for one of both, and B is promised: only a longer day serves A as well."""
    problem = promised(only_t1(shift_s=Shift(1000, 1900), max_overtime_s=0))
    made = plan(B_BY_T1, left=("A",))
    found = explain(problem, made, "A", TEN) if deep else explain_left(problem, made, TEN)["A"]
    assert isinstance(found, Unserved)
    assert found.instead is None
    assert [(t.change, t.leaving) for t in found.changes] == [
        (ProblemChange("T1", earlier_s=300), ()),
        (ProblemChange("T1", overtime_s=300), ()),
    ]


def test_an_optimal_plan_has_no_cheaper_one_without_its_mandatory_visit():
    """T1 could serve A in place of B and save its drive, but B is promised and only T1's."""
    until = Shift(1000, 1900)
    problem = promised(day(t1={"shift_s": until, "max_overtime_s": 0, "break_": None}))
    a, b = problem.visits
    free = a.model_copy(update={"skills": frozenset()})
    problem = replace(problem, visits=(free, b.model_copy(update={"technician": "T1"})))
    made = solve(problem, "quick")
    assert made.proven_optimal
    found = explain(problem, made, "A", TEN)
    assert isinstance(found, Served)
    assert found.technician == "T2"
    [other] = found.others
    assert (other.obstacle, other.tested) == (None, None)


def test_a_mandatory_visit_that_fits_was_overlooked_whatever_it_costs():
    """B is mandatory and left, 150 s of driving beyond A: that is never too dear."""
    problem = promised(only_t1())
    alone = drive("T1", 1000, [stop("A", 1100, 1100, 1500)], 1610)
    found = explain_left(problem, plan(alone, left=("B",), status="infeasible"), TEN)["B"]
    assert found.instead is not None
    assert (found.mandatory, found.instead.total_s) == (True, 150)
    assert "plan with more effort" in Teller("en").why(found)


def test_what_a_reservation_costs_is_not_said_of_the_plan():
    """B is reserved for T2 though T1 drives by: the plan is the best there is with it."""
    problem = day(b={"technician": "T2"})
    made = solve(problem, "quick")
    found = explain(problem, made, "B", TEN)
    assert isinstance(found, Served)
    assert found.others[0].tested.total_s < 0
    assert Teller("en").lines(found)[-1] == (
        "Without this reservation, a plan would cost less than the present one."
    )


def test_one_visit_explained_alone_has_a_proven_bound():
    """Planned anew with A mandatory, nothing is cheaper than serving A alone."""
    problem = only_t1(shift_s=Shift(1000, 1900), max_overtime_s=0)
    made = plan(B_BY_T1, left=("A",))
    found = explain(problem, made, "A", TEN)
    assert isinstance(found, Unserved)
    assert found.instead.bound_s == found.instead.total_s == 1800


def test_a_vehicle_too_small_for_both_needs_one_more():
    """Loads 3 and 2 in a vehicle of 4."""
    problem = only_t1(capacity=4)
    found = left(problem, B_BY_T1, reason="crowded_out")
    assert found.changes[0].change == ProblemChange("T1", capacity=1)
    assert found.changes[0].driving_s == -50


def test_a_visit_that_fits_is_not_crowded_out_but_not_worth_it():
    """A fits before B without any change: nothing need change, and nothing is proposed."""
    problem = only_t1()
    found = left(problem, B_BY_T1, reason="crowded_out")
    assert (found.instead.leaving, found.instead.total_s) == ((), -5050)
    assert found.changes == ()


def test_a_closed_round_takes_nothing_more():
    """Locked to B and closed, T1 serves A by no change."""
    problem = only_t1(locked=RoundLock(visits=("B",), closed=True))
    found = left(problem, B_BY_T1, reason="crowded_out")
    assert found.instead is None
    assert found.changes == ()
    assert Failed("nothing", "T1") in found.failed


def test_an_open_locked_round_keeps_its_beginning():
    """A goes after B, where it starts at 2000: before B it would cost less."""
    problem = only_t1(locked=RoundLock(visits=("B",)))
    found = left(problem, B_BY_T1, reason="crowded_out")
    [round_] = found.instead.plan.rounds
    assert [s.visit for s in round_.stops] == ["B", "A"]
    assert round_.stops[1].start_s == 2000


def test_a_pin_may_be_what_is_in_the_way():
    """A waits for T2, who lacks the skill; T1 could do it."""
    problem = day(a={"technician": "T2"})
    found = left(problem, B_BY_T2, reason="pinned_technician_lacks_skill")
    assert found.changes[0].change == ProblemChange("T1", unpinned=True)


def test_only_what_is_left_is_explained_as_left(small_day, sound_plan):
    """Nothing is left; and a visit that is served is not explained as left."""
    assert explain_left(small_day, sound_plan, TEN) == {}
    with pytest.raises(ValueError, match="'A' is not unassigned"):
        explain_unserved(Trials(small_day, sound_plan), "A", TEN)


# --- served ---


def test_a_served_visit_tells_what_every_other_would_cost(small_day, sound_plan):
    """B takes T1 150 s on the way; T2 drives 410 s for it: 260 s more, and that is the best."""
    found = explain(small_day, sound_plan, "B", TEN)
    assert isinstance(found, Served)
    assert (found.technician, found.driving_s, found.pinned) == ("T1", 150, False)
    [other] = found.others
    assert (other.technician, other.tested.total_s, other.tested.bound_s) == ("T2", 260, 260)


def test_who_may_not_serve_a_visit_is_told_why(small_day, sound_plan):
    """T2 has not A's skill."""
    [other] = explain(small_day, sound_plan, "A", TEN).others
    assert other.obstacle == Obstacle("T2", "skills", skills=("net",))
    assert other.tested is None


# --- changes ---


def test_a_window_widens_until_midnight_at_most(small_day):
    """Its end up to 24:00, its start down to 00:00."""
    visit = small_day.visit["A"]
    assert wider(visit, 1, 100_000, later=True).until_s == 86_400
    assert wider(visit, 0, 2000, later=False) == ProblemChange(window=0, from_s=0, widening_s=1000)


def test_skills_weigh_more_than_loads_and_loads_more_than_minutes():
    """An hour of overtime is asked for before a larger vehicle, that before a skill."""
    changes = [
        ProblemChange("T", skills=("a",)),
        ProblemChange("T", capacity=1),
        ProblemChange("T", overtime_s=3600),
    ]
    assert sorted(changes, key=lambda c: c.size) == changes[::-1]


def test_the_bundled_steps_are_those_of_the_service_file():
    """Other service files may leave the section out."""
    assert read_service().explain.step_min == 5


# --- whatever the problem ---


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10_000))
def test_every_claim_is_a_sound_plan_of_the_changed_problem(seed):
    """It serves the visit, keeps every rule, and costs what is said more than the present one."""
    problem = small_problem(seed, 6, 2)
    made = solve(problem, "quick", seed=1)
    present = rules.cost(problem, made)
    minute = Explain(step_min=1, most_overtime_min=2, most_earlier_min=1, most_widening_min=2)
    for name, found in explain_left(problem, made, minute).items():
        claims = [*found.changes, *([found.instead] if found.instead else [])]
        for tested in claims:
            changed = tested.change.on(problem, name)
            broken = rules.check(changed, tested.plan)
            assert {v.rule for v in broken} <= {"mandatory_served"}
            served = {s.visit: r.technician for r in tested.plan.rounds for s in r.stops}
            assert served[name] == tested.technician
            assert rules.cost(changed, tested.plan).total - present.total == tested.total_s
        assert list(found.changes) == sorted(found.changes, key=lambda t: t.order)


def can_serve(problem: DayProblem, names: set[str]) -> bool:
    """Return whether any plan serves these visits, trying everything."""
    visits = tuple(
        v.model_copy(update={"unassigned_cost_s": None if v.id in names else 0})
        for v in problem.visits
    )
    return best_cost(replace(problem, visits=visits)) is not None


def a_step_less(change: ProblemChange, step_s: int, asked: Visit) -> ProblemChange:
    """Return a change with the next smaller amount; without one, no change."""
    if change.capacity:
        return replace(change, capacity=change.capacity - 1)
    if change.until_s is not None:
        end = asked.windows_s[change.window].end_s
        return replace(change, until_s=max(end, change.until_s - step_s))
    if change.from_s is not None:
        start = asked.windows_s[change.window].start_s
        return replace(change, from_s=min(start, change.from_s + step_s))
    fewer = {name: max(0, getattr(change, name) - step_s) for name in ("overtime_s", "earlier_s")}
    return replace(change, **fewer, working_s=max(0, change.working_s - step_s))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10_000), deep=st.booleans())
def test_on_a_small_day_the_least_change_is_the_least_of_all(seed, deep):
    """With a step less no plan serves the visit and all that were served; nor with no change."""
    problem = small_problem(seed, 5, 2)
    made = solve(problem, "quick", seed=1)
    present = {s.visit for r in made.rounds for s in r.stops}
    minute = Explain(step_min=1, most_overtime_min=3, most_earlier_min=2, most_widening_min=3)
    for entry in made.unassigned:
        name = entry.visit
        found = explain_unserved(Trials(problem, made), name, minute, deep=deep)
        assert found.exact
        kept = {*present, name}
        all_kept = can_serve(problem, kept)
        assert all_kept == (found.instead is not None and not found.instead.leaving)
        for tested in found.changes:
            if tested.leaving:
                continue
            assert not all_kept
            assert can_serve(tested.change.on(problem, name), kept)
            if tested.change.kinds not in (("skills",), ("unpinned",), ("unpinned", "skills")):
                less = a_step_less(tested.change, 60, problem.visit[name])
                assert not can_serve(less.on(problem, name), kept)
        for failed in found.failed:
            if failed.kind == "overtime" and failed.technician is not None:
                most = ProblemChange(
                    failed.technician, overtime_s=failed.most, working_s=failed.most
                )
                assert all_kept or not can_serve(most.on(problem, name), kept)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10_000))
def test_best_places_and_shifts_are_the_best_there_are(seed):
    """Against trying every position, and every visit of the round that may make room."""
    problem = small_problem(seed, 6, 2)
    a = arrays_of(problem)
    made = solve(problem, "quick", seed=1)
    index = {v.id: n for n, v in enumerate(problem.visits)}
    by = {r.technician: [index[s.visit] for s in r.stops] for r in made.rounds}
    rounds = [by.get(t.id, []) for t in problem.technicians]
    for entry in made.unassigned:
        visit = index[entry.visit]
        found = {p.technician: p.added for p in best_insertions(a, rounds, visit, [0, 0])}
        for m, sequence in enumerate(rounds):
            before = checked_cost(a, m, sequence)
            best = min(checked_cost(a, m, made) for made in inserted(sequence, visit))
            assert found.get(m) == (None if best >= NEVER else best - before)
            best = min(
                (
                    checked_cost(a, m, one) + checked_cost(a, 1 - m, other) - before
                    - checked_cost(a, 1 - m, rounds[1 - m])
                    for moved in sequence
                    for mine in inserted([v for v in sequence if v != moved], visit)
                    for one, other in [
                        *((both, rounds[1 - m]) for both in inserted(mine, moved)),
                        *((mine, more) for more in inserted(rounds[1 - m], moved)),
                    ]
                ),
                default=NEVER,
            )  # fmt: skip
            shift = best_shift(a, rounds, visit, [0, 0], m)
            # A shift keeps the visit's cheapest place once the other is out: as good or dearer.
            if shift is not None:
                assert shift.added >= best
                total = sum(checked_cost(a, k, shift.rounds.get(k, rounds[k])) for k in (0, 1))
                assert total == shift.added + sum(checked_cost(a, k, rounds[k]) for k in (0, 1))


def inserted(sequence, visit):
    """Return a sequence with a visit at every place."""
    return [[*sequence[:k], visit, *sequence[k:]] for k in range(len(sequence) + 1)]


def test_the_same_plan_is_explained_the_same_way_again():
    """Searches count; nothing depends on a clock."""
    problem = small_problem(4, 8, 2)
    made = solve(problem, "quick", seed=1)
    assert made.unassigned
    assert explain_left(problem, made, TEN) == explain_left(problem, made, TEN)


def test_of_a_long_backlog_the_most_urgent_visits_are_examined():
    """The others are told by their reason, and say that nothing was tried."""
    problem = small_problem(4, visits=30, technicians=2)
    made = solve(problem, "quick")
    few = TEN.model_copy(update={"examined": 3})
    found = explain_left(problem, made, few)
    assert list(found) == [left.visit for left in made.unassigned]
    assert len(found) > 6
    examined = {name for name, one in found.items() if one.examined}
    costs = sorted((problem.visit[name].unassigned_cost_s or 0 for name in found), reverse=True)
    assert (
        sorted((problem.visit[n].unassigned_cost_s or 0 for n in examined), reverse=True)
        == (costs[:3])
    )
    whole = explain_left(problem, made, TEN)
    for name, one in found.items():
        assert (one.reason, one.obstacles) == (whole[name].reason, whole[name].obstacles)
        if name in examined:
            assert one == whole[name]
        else:
            assert (one.changes, one.failed, one.instead) == ((), (), None)
            words = Teller("fr").brief(one)
            assert ("Sans essai" in words) == (not one.obstacles)
