"""Every rule kept and broken on a day of three places, and plans that nobody meant well."""

from __future__ import annotations

import ast
import inspect
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.checker import claims, rules
from dispatch.checker.rules import RULES, Violation, check, cost
from dispatch.fieldwork import Break, RoundLock, TimeWindow
from dispatch.model.plan import BreakTaken, CostParts, Plan, Round, Stop, Unassigned
from dispatch.model.problem import DayProblem, Weights
from dispatch.streets.router import Travel
from tests.support.small_day import AT_A, PLACES, SECONDS, SOUND_ROUND, day, drive, plan, stop
from tests.support.small_problems import small_problem


def changed(round_: Round, **values: object) -> Round:
    """Return a round with other values, its stated figures as they were."""
    return round_.model_copy(update=values)


def rests(pause: tuple[int, int], clock: tuple[int, int, int, int]) -> Plan:
    """Return a plan for B alone, by T1: departure, arrival, start of the service, return."""
    departure, arrival, start, back = clock
    at_b = stop("B", arrival, start, start + 200)
    return plan(drive("T1", departure, [at_b], back, pause), left=("A",))


def test_every_function_that_yields_violations_is_among_the_rules():
    """A rule written and not listed would never be applied."""
    written = {
        node.name
        for module in (rules, claims)
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    assert [rule.__name__ for rule in RULES] == list(dict.fromkeys(r.__name__ for r in RULES))
    assert {rule.__name__ for rule in RULES} == written - {"check"}


def test_every_rule_is_broken_by_a_test_of_this_file():
    """The name of each rule stands in an expected violation below."""
    source = inspect.getsource(inspect.getmodule(test_every_rule_is_broken_by_a_test_of_this_file))
    words = {"windows": "late"}
    missing = [r.__name__ for r in RULES if f'"{words.get(r.__name__, r.__name__)}"' not in source]
    assert missing == []


def test_a_sound_plan_has_no_violation(small_day, sound_plan):
    """All rules are kept: A in its first window, the break between, B after it."""
    assert check(small_day, sound_plan) == []


def test_a_violation_reads_as_a_sentence():
    """Rule, where, by how much, and why."""
    found = Violation("late", "T1", "A", 100, "too late")
    assert str(found) == "late, technician T1, visit A, 100 s: too late"
    assert str(Violation("stated_bound")) == "stated_bound"


# --- cost ---


def test_the_cost_is_travel_and_visits_left_and_weighted_overtime(small_day):
    """B alone, back 50 s after the shift: 410 of driving, 5000 for A, 50 s at 2 each."""
    late = plan(drive("T2", 2440, [stop("B", 2640, 2640, 2840)], 3050), left=("A",))
    assert cost(small_day, late) == CostParts(total=5510, travel=410, unassigned=5000, overtime=100)


def test_the_cost_is_the_sum_of_all_its_parts():
    """T1 does both visits and is back at 3050: 360 s of driving and 100 of overtime.

    A is known to 33 percent, B not at all: 33.5, so 34, and 50 s. Of 600 s of work 300 are above
    the share: 30 s. A left, its 5000 s take the place of 34, and nobody works above the share.
    """
    soft = replace(
        day(a={"familiar": {"T1": 33}}), weights=Weights(overtime=2, unfamiliarity=50, imbalance=10)
    )
    late = plan(changed(SOUND_ROUND, return_s=3050))
    assert cost(soft, late) == CostParts(
        total=360 + 100 + 84 + 30, travel=360, overtime=100, unfamiliarity=84, imbalance=30
    )
    alone = plan(drive("T1", 1000, [stop("B", 1200, 1200, 1400)], 1610), left=("A",))
    assert cost(soft, alone) == CostParts(
        total=410 + 5000 + 50, travel=410, unassigned=5000, unfamiliarity=50
    )


def test_nothing_done_costs_what_the_visits_are_worth(small_day):
    """No round: 5000 and 7000."""
    idle = plan(left=("A", "B"))
    assert cost(small_day, idle) == CostParts(total=12_000, unassigned=12_000)
    assert check(small_day, idle) == []


def test_a_mandatory_visit_left_is_a_violation_and_no_price():
    """The cost counts B only."""
    problem = day(a={"unassigned_cost_s": None})
    assert cost(problem, plan(left=("A", "B"))).unassigned == 7000


# --- who and what ---


def test_unknown_technicians_and_visits_are_named(small_day):
    """Each is reported where it stands, the known visits too: nobody known serves them."""
    ghost = drive("T9", 1000, [stop("Z", 1100, 1100, 1500, "a")], 1610)
    given_plan = plan(ghost, left=("A", "B"))
    left = (*given_plan.unassigned, Unassigned(visit="Y", reason="crowded_out"))
    found = check(small_day, given_plan.model_copy(update={"unassigned": left}))
    assert found == [
        Violation("known_names", "T9"),
        Violation("known_names", "T9", "Z"),
        Violation("known_names", None, "Y"),
        Violation("stated_cost", None, None, 210),
        Violation("stated_cost", None, None, 210),
    ]


def test_an_unknown_technician_cannot_hide_a_mandatory_visit():
    """The visit counts as served by nobody that exists: the plan is not sound."""
    problem = day(a={"unassigned_cost_s": None})
    hidden = plan(changed(SOUND_ROUND, technician="T9"))
    assert Violation("known_names", "T9") in check(problem, hidden)


def test_a_second_round_and_an_empty_round_are_violations(small_day):
    """One technician drives one round, and only if there is something to do."""
    first = drive("T1", 1000, [AT_A], 1610)
    second = drive("T1", 1700, [stop("B", 2200, 2200, 2400)], 2610, (1700, 2000))
    empty = drive("T2", 1000, [], 1000)
    found = check(small_day, plan(first, second, empty))
    assert found == [
        Violation("one_round_a_technician", "T1"),
        Violation("one_round_a_technician", "T2"),
    ]


def test_a_visit_served_twice_or_served_and_unassigned_is_a_violation(small_day):
    """It stands once, on a round or among the unassigned."""
    again = drive("T2", 1000, [stop("B", 1200, 1200, 1400)], 1610)
    assert check(small_day, plan(SOUND_ROUND, again)) == [Violation("each_visit_once", None, "B")]
    both = plan(SOUND_ROUND, unassigned=(Unassigned(visit="B", reason="crowded_out"),))
    assert check(small_day, both.model_copy(update={"status": "partial"})) == [
        Violation("each_visit_once", None, "B")
    ]


def test_the_same_visit_twice_on_one_round_is_a_violation(small_day):
    """B, and at once B again."""
    stops = [stop("B", 1200, 1200, 1400), stop("B", 1400, 1400, 1600)]
    twice = plan(drive("T2", 1000, stops, 1810), left=("A",))
    assert check(small_day, twice) == [Violation("each_visit_once", None, "B")]


def test_a_visit_that_the_plan_forgets_is_a_violation(small_day):
    """A is neither served nor unassigned; its price is in the cost all the same."""
    forgotten = plan(drive("T2", 1000, [stop("B", 1200, 1200, 1400)], 1610))
    assert check(small_day, forgotten) == [
        Violation("each_visit_once", None, "A"),
        Violation("stated_cost", None, None, 5000),
        Violation("stated_cost", None, None, 5000),
    ]


def test_a_mandatory_visit_that_is_left_is_a_violation_and_makes_the_plan_infeasible():
    """Stated as infeasible, only the visit itself is reported."""
    problem = day(a={"unassigned_cost_s": None})
    round_ = drive("T2", 1000, [stop("B", 1200, 1200, 1400)], 1610)
    left = (Unassigned(visit="A", reason="crowded_out"),)
    assert check(problem, plan(round_, unassigned=left, status="infeasible")) == [
        Violation("mandatory_served", None, "A")
    ]
    assert check(problem, plan(round_, unassigned=left, status="partial")) == [
        Violation("mandatory_served", None, "A"),
        Violation("stated_status"),
    ]


def test_a_technician_without_the_skill_is_a_violation(small_day):
    """T2 lacks "net"."""
    wrong = plan(drive("T2", 1000, [AT_A], 1610), left=("B",))
    assert check(small_day, wrong) == [Violation("skills", "T2", "A")]


def test_a_visit_done_by_somebody_who_may_not_is_a_violation():
    """B may not be done by T2; that others are named does not matter."""
    round_ = drive("T2", 1000, [stop("B", 1200, 1200, 1400)], 1610)
    assert check(day(b={"not_with": ("T1", "T9")}), plan(round_, left=("A",))) == []
    assert check(day(b={"not_with": ("T2",)}), plan(round_, left=("A",))) == [
        Violation("excluded", "T2", "B", message="may not be done by T2")
    ]


def test_a_pinned_visit_on_another_round_is_a_violation():
    """B is T1's."""
    round_ = drive("T2", 1000, [stop("B", 1200, 1200, 1400)], 1610)
    assert check(day(b={"technician": "T2"}), plan(round_, left=("A",))) == []
    assert check(day(b={"technician": "T1"}), plan(round_, left=("A",))) == [
        Violation("pins", "T2", "B")
    ]


def test_a_round_that_does_not_begin_with_its_locked_visits_is_a_violation(sound_plan):
    """T1 is to begin with B, and does A first; closed, it should do nothing after B."""
    began = day(t1={"locked": RoundLock(visits=("B",))})
    assert check(began, sound_plan) == [Violation("locked_round", "T1", "B")]
    kept = day(t1={"locked": RoundLock(visits=("A",))})
    assert check(kept, sound_plan) == []
    closed = day(t1={"locked": RoundLock(visits=("A",), closed=True)})
    assert check(closed, sound_plan) == [Violation("locked_round", "T1", "B")]


def test_a_technician_with_locked_visits_and_no_round_is_a_violation():
    """A is locked for T1, and nobody drives."""
    asked = day(t1={"locked": RoundLock(visits=("A",))})
    assert check(asked, plan(left=("A", "B"))) == [Violation("locked_round", "T1", "A")]


def test_of_two_rounds_the_first_is_the_one_that_begins_with_the_locked_visits(small_day):
    """T1's first round is A's; that there is another is a fault of its own."""
    locked = day(t1={"locked": RoundLock(visits=("A",))})
    first = drive("T1", 1000, [AT_A], 1610)
    second = drive("T1", 1700, [stop("B", 2200, 2200, 2400)], 2610, (1700, 2000))
    assert check(locked, plan(first, second)) == [Violation("one_round_a_technician", "T1")]
    found = check(locked, plan(second, first))
    assert Violation("locked_round", "T1", "A") in found


def test_each_locked_visit_out_of_its_place_is_named():
    """B, then A, where A and then B are locked; with nothing after A, B is missing."""
    locked = day(t1={"break_": None, "locked": RoundLock(visits=("A", "B"))}, a={"windows_s": ()})
    turned = drive("T1", 1000, [stop("B", 1200, 1200, 1400), stop("A", 1460, 1460, 1860)], 1970)
    assert check(locked, plan(turned)) == [
        Violation("locked_round", "T1", "A"),
        Violation("locked_round", "T1", "B"),
    ]
    alone = drive("T1", 1000, [stop("A", 1100, 1100, 1500)], 1610)
    assert check(locked, plan(alone, left=("B",))) == [Violation("locked_round", "T1", "B")]


def test_a_round_that_carries_more_than_its_capacity_is_a_violation(sound_plan):
    """3 and 2 fit into 5, not into 4."""
    assert check(day(t1={"capacity": 5}), sound_plan) == []
    assert check(day(t1={"capacity": 4}), sound_plan) == [Violation("capacity", "T1")]


# --- when ---


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (1400, []),
        (1401, [Violation("early", "T1", "A", 599)]),
        (1999, [Violation("early", "T1", "A", 1)]),
        (2000, []),
        (2400, []),
        (2401, [Violation("late", "T1", "A", 1)]),
    ],
)
def test_a_service_starts_within_one_of_its_windows_both_ends_included(start, expected):
    """Between the two windows it is early for the second; after both it is late."""
    no_break = day(t1={"break_": None})
    round_ = drive("T1", 1000, [stop("A", 1100, start, start + 400)], start + 510)
    assert check(no_break, plan(round_, left=("B",))) == expected


def test_a_service_between_three_windows_is_early_for_the_nearest_to_come():
    """At 1250, after the first window, the second opens in 250 s and the third in 750 s."""
    windows = (TimeWindow(1000, 1200), TimeWindow(1500, 1600), TimeWindow(2000, 2400))
    problem = day(t1={"break_": None}, a={"windows_s": windows})
    between = plan(drive("T1", 1000, [stop("A", 1100, 1250, 1650)], 1760), left=("B",))
    assert check(problem, between) == [Violation("early", "T1", "A", 250)]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (1199, [Violation("within", "T1", "A", 1)]),
        (1200, []),
        (1300, []),
        (1301, [Violation("within", "T1", "A", 1)]),
        (1550, [Violation("within", "T1", "A", 50)]),
        (1600, []),
        (1601, [Violation("within", "T1", "A", 1)]),
    ],
)
def test_a_service_lies_wholly_inside_one_of_its_spans(start, expected):
    """400 s in 1200..1700 or 1600..2000: over both, though they overlap, it lies inside neither."""
    spans = (TimeWindow(1200, 1700), TimeWindow(1600, 2000))
    problem = day(t1={"break_": None}, a={"windows_s": (), "within_s": spans})
    round_ = drive("T1", 1000, [stop("A", 1100, start, start + 400)], start + 510)
    assert check(problem, plan(round_, left=("B",))) == expected


def test_a_window_and_a_span_both_hold():
    """It starts in 1400..1500 and ends by 1850: from 1450 on it is there too long."""
    kept = {"windows_s": (TimeWindow(1400, 1500),), "within_s": (TimeWindow(1000, 1850),)}
    problem = day(t1={"break_": None}, a=kept)
    for start, expected in [
        (1399, [Violation("early", "T1", "A", 1)]),
        (1450, []),
        (1460, [Violation("within", "T1", "A", 10)]),
        (1510, [Violation("late", "T1", "A", 10), Violation("within", "T1", "A", 60)]),
    ]:
        round_ = drive("T1", 1000, [stop("A", 1100, start, start + 400)], start + 510)
        assert check(problem, plan(round_, left=("B",))) == expected


def test_a_window_may_be_a_single_second():
    """It starts then and at no other time."""
    problem = day(t1={"break_": None}, a={"windows_s": (TimeWindow(1200, 1200),)})
    for start, expected in [
        (1199, [Violation("early", "T1", "A", 1)]),
        (1200, []),
        (1201, [Violation("late", "T1", "A", 1)]),
    ]:
        round_ = drive("T1", 1000, [stop("A", 1100, start, start + 400)], start + 510)
        assert check(problem, plan(round_, left=("B",))) == expected


@pytest.mark.parametrize(
    ("wrong", "amounts"),
    [
        (stop("B", 1200, 1200, 1399), [1]),
        (stop("B", 1200, 1200, 1401), [1]),
        (stop("B", 1210, 1200, 1400), [10]),
        (stop("B", 1200, 1200, 1100), [300]),
    ],
)
def test_a_service_has_its_length_and_starts_after_arrival(small_day, wrong, amounts):
    """One second short or long, started before arrival, ended before it started."""
    found = check(small_day, plan(drive("T2", 1000, [wrong], 1620), left=("A",)))
    assert [v for v in found if v.rule == "service"] == [
        Violation("service", "T2", "B", amount) for amount in amounts
    ]
    assert {v.rule for v in found} == {"service"}


def test_a_stop_elsewhere_than_its_visit_is_a_violation(small_day):
    """B is not at a."""
    wrong = plan(drive("T2", 1000, [stop("B", 1100, 1100, 1300, "a")], 1410), left=("A",))
    assert check(small_day, wrong) == [Violation("service", "T2", "B")]


def test_arriving_and_returning_sooner_than_the_roads_allow_is_a_violation(small_day):
    """From c to b it takes 200 s, back 210 s."""
    soon = plan(drive("T2", 1000, [stop("B", 1190, 1190, 1390)], 1595), left=("A",))
    assert check(small_day, soon) == [
        Violation("travel_time", "T2", "B", 10),
        Violation("travel_time", "T2", None, 5),
    ]


def test_the_way_is_timed_in_its_own_direction(small_day):
    """From a to b it takes 50 s, back 60."""
    for first, second, needed in (("A", "B", 50), ("B", "A", 60)):
        length = {"A": 400, "B": 200}
        arrive = {"A": 1100, "B": 1200}[first]
        leave = arrive + length[first]
        then = leave + needed
        after = stop(second, then - 1, then, then + length[second])
        stops = [stop(first, arrive, arrive, leave), after]
        problem = day(t1={"break_": None}, a={"windows_s": ()})
        found = check(problem, plan(drive("T1", 1000, stops, then + 1000)))
        assert found == [Violation("travel_time", "T1", second, 1)]


def test_a_round_that_goes_back_in_time_is_a_violation(small_day):
    """Every leg takes its time, whatever the sign of the clock."""
    back = plan(drive("T2", -5000, [stop("B", -4800, -4800, -4600)], -4390), left=("A",))
    assert check(small_day, back) == [Violation("shift", "T2", None, 6000)]


def test_leaving_before_the_shift_or_returning_after_its_overtime_is_a_violation(small_day):
    """T2 may leave from 1000 and has no overtime; T1 has 100 s."""
    early = plan(drive("T2", 999, [stop("B", 1200, 1200, 1400)], 1610), left=("A",))
    assert check(small_day, early) == [Violation("shift", "T2", None, 1)]
    late = plan(drive("T2", 1000, [stop("B", 2591, 2591, 2791)], 3001), left=("A",))
    assert check(small_day, late) == [Violation("shift", "T2", None, 1)]
    for back, expected in [(3100, []), (3101, [Violation("shift", "T1", None, 1)])]:
        over = drive("T1", 1000, [AT_A, stop("B", 1850, 1850, 2050)], back, (1500, 1800))
        assert check(small_day, plan(over)) == expected


def test_a_round_longer_than_the_working_time_is_a_violation(sound_plan):
    """1000 to 2260 is 1260 s, the break included."""
    assert check(day(t1={"max_working_s": 1260}), sound_plan) == []
    assert check(day(t1={"max_working_s": 1250}), sound_plan) == [
        Violation("working_time", "T1", None, 10)
    ]


# --- by time of day ---

# From 1050 on every way takes twice as long. T1: c 1000, A 1150-1550 (50 s of 100 driven by 1050,
# the other half takes 100), rests, B 1950-2150 (100 s), c 2570 (420 s): 670 s of driving.
RUSH = Travel(PLACES, np.array([SECONDS, 2 * np.array(SECONDS)]), 10 * np.array(SECONDS), (0, 1050))
RUSH_A, RUSH_B = stop("A", 1150, 1150, 1550), stop("B", 1950, 1950, 2150)


def rush(*stops: Stop, departure: int = 1000, **values: Any) -> Plan:  # noqa: ANN401
    """Return a plan of T1's round that states 670 s of driving, or other values."""
    stated = {"departure_s": departure, "return_s": 2570, "travel_s": 670, **values}
    pause = stated.pop("pause", (1550, 1850))
    round_ = drive("T1", departure, list(stops or (RUSH_A, RUSH_B)), 0, pause)
    return plan(changed(round_, **stated))


@pytest.fixture
def rush_day():
    return replace(day(), travel=RUSH)


def test_a_plan_that_keeps_to_the_times_of_the_day_is_sound(rush_day):
    """The break at the stop, or on the road, which makes no difference within a slot."""
    assert check(rush_day, rush()) == []
    assert cost(rush_day, rush()) == CostParts(total=670, travel=670)
    assert check(rush_day, rush(pause=(1600, 1900))) == []
    # The distance is the same at any time.
    assert rush().rounds[0].distance_m == 3600


def test_times_of_the_first_slot_do_not_hold_later(rush_day, sound_plan):
    """The plan that is sound on quiet roads: each leg arrives too soon, and costs more."""
    assert check(rush_day, sound_plan) == [
        Violation("travel_time", "T1", "A", 50),
        Violation("travel_time", "T1", "B", 50),
        Violation("travel_time", "T1", None, 210),
        Violation("stated_figures", "T1", None, 310),
        Violation("stated_cost", None, None, 310),
        Violation("stated_cost", None, None, 310),
    ]


def test_each_leg_is_timed_by_when_it_leaves(rush_day):
    """A second too soon at each end, one by one."""
    soon = stop("A", 1149, 1150, 1550), RUSH_B
    assert check(rush_day, rush(*soon)) == [Violation("travel_time", "T1", "A", 1)]
    soon = RUSH_A, stop("B", 1949, 1950, 2150)
    assert check(rush_day, rush(*soon)) == [Violation("travel_time", "T1", "B", 1)]
    assert check(rush_day, rush(return_s=2569)) == [Violation("travel_time", "T1", None, 1)]
    # Leaving 50 s later misses the quiet hour: the whole way takes 200.
    assert check(rush_day, rush(departure=1050, travel_s=720)) == [
        Violation("travel_time", "T1", "A", 100)
    ]


def test_the_travel_of_a_round_is_that_of_its_departure(rush_day):
    """Leaving at 1050 it drives 720 s, and must say so; dawdling on the way costs nothing."""
    later = stop("A", 1250, 1250, 1650), stop("B", 2050, 2050, 2250)
    moved = {"departure": 1050, "return_s": 2670, "pause": (1650, 1950)}
    assert check(rush_day, rush(*later, **moved, travel_s=720)) == []
    assert check(rush_day, rush(*later, **moved)) == [
        Violation("stated_figures", "T1", None, 50),
        Violation("stated_cost", None, None, 50),
        Violation("stated_cost", None, None, 50),
    ]
    # Leaving at 1000 and arriving when one who leaves at 1050 would.
    dawdler = {**moved, "departure": 1000}
    assert check(rush_day, rush(*later, **dawdler)) == []


def test_a_break_over_the_end_of_a_slot_leaves_what_is_left_to_the_next(small_day):
    """From 1700 on ten times as long: half of a to b, 25 s, is 250 after the break."""
    seconds = np.array([SECONDS, 10 * np.array(SECONDS)])
    technician = small_day.technicians[0].model_copy(update={"max_overtime_s": 3000})
    slow = replace(
        small_day,
        travel=Travel(PLACES, seconds, 10 * np.array(SECONDS), (0, 1700)),
        technicians=(technician,),
    )
    stops = AT_A, stop("B", 2075, 2075, 2275)
    # 100 to A, 25 + 250 to B, 2100 back.
    values = {"pause": (1525, 1825), "return_s": 4375, "travel_s": 2475}
    round_ = rush(*stops, **values).rounds[0]
    overtime = CostParts(total=2475 + 2 * 1375, travel=2475, overtime=2 * 1375)
    assert check(slow, plan(round_)) == []
    assert cost(slow, plan(round_)) == overtime
    hasty = changed(round_, stops=(AT_A, stop("B", 2074, 2075, 2275)))
    assert check(slow, plan(hasty)) == [Violation("travel_time", "T1", "B", 1)]


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), visits=st.integers(1, 4), data=st.data())
def test_slots_that_are_all_alike_change_nothing(seed, visits, data):
    """The same violations and the same cost as with one, whatever the plan."""
    problem = small_problem(seed, visits, 2)
    starts = sorted(data.draw(st.sets(st.integers(1, 400), min_size=1, max_size=3)))
    seconds = np.repeat(problem.travel.seconds, len(starts) + 1, axis=0)
    alike = Travel(problem.travel.places, seconds, problem.travel.metres, (0, *starts))
    time, stops = data.draw(st.integers(0, 100)), []
    departure = time
    for visit in problem.visits:
        arrival = time + data.draw(st.integers(0, 90))
        start = arrival + data.draw(st.integers(0, 30))
        time = start + visit.duration_s
        stops.append(
            Stop(
                visit=visit.id, place=visit.place, arrival_s=arrival, start_s=start, end_s=time
            )
        )  # fmt: skip
    pause = data.draw(st.none() | st.tuples(st.integers(0, 300), st.integers(0, 40)))
    round_ = Round(
        technician="t0",
        departure_s=departure,
        return_s=time + data.draw(st.integers(0, 90)),
        travel_s=0,
        break_=None if pause is None else BreakTaken(start_s=pause[0], end_s=sum(pause)),
        stops=tuple(stops),
    )
    drawn = Plan(status="complete", cost_s=CostParts(total=0), rounds=(round_,))
    assert check(replace(problem, travel=alike), drawn) == check(problem, drawn)


# --- breaks ---


def test_a_technician_who_is_back_by_the_latest_start_needs_no_break(small_day):
    """Back at 1800 sharp none is due; a second later it is."""
    for back, expected in [(1800, []), (1801, [Violation("breaks", "T1", None, 1)])]:
        assert check(small_day, plan(drive("T1", 1000, [AT_A], back), left=("B",))) == expected


def test_a_break_that_is_not_due_may_still_be_taken(small_day):
    """Back at 1900 with it, though without it she would have been back by 1800."""
    taken = plan(drive("T1", 1000, [AT_A], 1910, (1500, 1800)), left=("B",))
    assert check(small_day, taken) == []


def test_a_break_that_the_shift_does_not_have_is_a_violation(small_day):
    """T2 has none."""
    odd = plan(drive("T2", 1000, [stop("B", 1200, 1200, 1400)], 2000, (1500, 1800)), left=("A",))
    assert check(small_day, odd) == [Violation("breaks", "T2")]


@pytest.mark.parametrize(
    ("pause", "clock", "expected"),
    [
        # On the road from c to b: 200 s of driving, 300 of rest, from 1400 on.
        ((1500, 1800), (1400, 1900, 1900, 2310), []),
        ((1500, 1800), (1400, 1899, 1899, 2310), [("travel_time", "B", 1)]),
        # As soon as she leaves, and not before, although its span is open by then.
        ((1600, 1900), (1600, 2100, 2100, 2510), []),
        ((1599, 1899), (1600, 2100, 2100, 2510), [("breaks", None, 1)]),
        # At the stop, while she waits: the arrival is as it would be.
        ((1600, 1900), (1400, 1600, 1900, 2310), []),
        ((1650, 1950), (1400, 1600, 1950, 2360), []),
        ((1601, 1901), (1400, 1600, 1900, 2310), [("breaks", "B", 1)]),
        # Begun on the road, ended at the stop: she cannot arrive in the middle of it.
        (
            (1550, 1850),
            (1400, 1600, 1900, 2310),
            [("travel_time", "B", 300), ("breaks", "B", 250)],
        ),
        ((1500, 1800), (1200, 1799, 1800, 2210), [("breaks", "B", 1)]),
        # Right after the service, on the way back.
        ((1800, 2100), (1400, 1600, 1600, 2310), []),
        ((1800, 2100), (1400, 1600, 1600, 2309), [("travel_time", None, 1)]),
        # Inside the service, over its end, over its beginning.
        ((1650, 1950), (1400, 1600, 1600, 2310), [("breaks", "B", 150)]),
        ((1799, 2099), (1400, 1600, 1600, 2310), [("breaks", "B", 1)]),
        (
            (1500, 1800),
            (1400, 1600, 1600, 2310),
            [("travel_time", "B", 300), ("breaks", "B", 200), ("breaks", "B", 200)],
        ),
        # Once she is back the day is over.
        (
            (1800, 2100),
            (1200, 1400, 1400, 1810),
            [("travel_time", None, 300), ("breaks", None, 290)],
        ),
        ((1800, 2100), (1190, 1390, 1390, 1800), [("breaks", None, 300)]),
        # Its span, both ends included, and its length.
        ((1499, 1799), (1400, 1900, 1900, 2310), [("breaks", None, 1)]),
        ((1801, 2101), (1500, 1700, 2101, 2511), [("breaks", None, 1)]),
        ((1500, 1799), (1400, 1900, 1900, 2310), [("breaks", None, 1)]),
        ((1500, 1801), (1400, 1901, 1901, 2311), [("breaks", None, 1)]),
        ((1700, 1600), (1400, 1600, 1900, 2310), [("breaks", None, 400)]),
    ],
)
def test_the_break_is_on_the_road_or_at_a_stop_and_never_inside_a_service(
    small_day, pause, clock, expected
):
    """B alone by T1; the clock: she leaves, arrives, starts the service (200 s), is back."""
    found = check(small_day, rests(pause, clock))
    assert [(v.rule, v.visit, v.amount_s) for v in found] == expected
    assert {v.technician for v in found} <= {"T1"}


def test_a_service_without_length_may_touch_a_break_and_not_stand_inside_it():
    """At its start or its end it is fine; a second inside is not."""
    problem = day(b={"duration_s": 0})
    for at, expected in [
        (1600, []),
        (1601, [Violation("breaks", "T1", "B", 0)]),
        (1899, [Violation("breaks", "T1", "B", 0)]),
        (1900, []),
    ]:
        stops = [stop("B", 1600, at, at)]
        found = check(problem, plan(drive("T1", 1400, stops, 2400, (1600, 1900)), left=("A",)))
        assert found == expected


def test_a_break_without_length_may_touch_a_service_and_not_stand_inside_it():
    """It has a moment all the same."""
    problem = day(t1={"break_": Break(duration_s=0, earliest_s=1500, latest_s=1800)})
    for at, expected in [
        (1600, []),
        (1601, [Violation("breaks", "T1", "B", 0)]),
        (1799, [Violation("breaks", "T1", "B", 0)]),
        (1800, []),
    ]:
        assert check(problem, rests((at, at), (1400, 1600, 1600, 2010))) == expected


def test_a_break_between_two_visits_at_one_place_is_one_at_the_stop():
    """No travel between them, 300 s of rest."""
    problem = day(b={"place": "a"}, t1={"max_overtime_s": 0})
    stops = [AT_A, stop("B", 1500, 1800, 2000, "a")]
    round_ = drive("T1", 1000, stops, 2110, (1500, 1800))
    assert check(problem, plan(round_)) == []
    hasty = drive("T1", 1000, [AT_A, stop("B", 1500, 1799, 1999, "a")], 2110, (1500, 1800))
    assert check(problem, plan(hasty)) == [Violation("breaks", "T1", "B", 1)]


# --- what the plan says of itself ---


def test_wrong_stated_travel_and_distance_are_violations(small_day):
    """One second too little, a metre too much."""
    wrong = changed(SOUND_ROUND, travel_s=359, distance_m=3601)
    stated = plan(SOUND_ROUND).cost_s
    assert check(small_day, plan(wrong, cost_s=stated)) == [
        Violation("stated_figures", "T1", None, 1),
        Violation("stated_figures", "T1"),
    ]


def test_a_round_without_a_stop_has_no_travel(small_day):
    """T1 ends at a, 100 s away; with nothing to do on the way, nothing is driven."""
    ends_at_a = day(t1={"end": "a"})
    empty = plan(drive("T1", 1000, [], 1100), left=("A", "B"))
    assert check(ends_at_a, empty) == [Violation("one_round_a_technician", "T1")]
    assert cost(ends_at_a, empty) == CostParts(total=12_000, unassigned=12_000)


def test_a_distance_is_stated_where_the_problem_has_distances_and_only_there(small_day):
    """Missing with them, invented without them."""
    without = plan(changed(SOUND_ROUND, distance_m=None))
    assert check(small_day, without) == [Violation("stated_figures", "T1")]
    assert check(day(metres=False), without) == []
    assert check(day(metres=False), plan(SOUND_ROUND)) == [Violation("stated_figures", "T1")]


@pytest.mark.parametrize("part", CostParts.model_fields)
def test_a_wrong_part_of_the_cost_is_a_violation(small_day, sound_plan, part):
    """Each part is recomputed, those that cannot be asked for yet too."""
    parts = sound_plan.cost_s.model_copy(update={part: getattr(sound_plan.cost_s, part) + 7})
    wrong = sound_plan.model_copy(update={"cost_s": parts})
    assert check(small_day, wrong) == [Violation("stated_cost", None, None, 7)]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"bound_s": 360, "gap": 0.0, "proven_optimal": True}, []),
        ({"bound_s": 270, "gap": 0.25}, []),
        ({"bound_s": 361, "gap": 0.0}, [Violation("stated_bound", None, None, 1)] * 2),
        ({"bound_s": 270, "gap": 0.2}, [Violation("stated_bound")]),
        ({"bound_s": 270}, [Violation("stated_bound")]),
        ({"gap": 0.25}, [Violation("stated_bound")]),
        ({"proven_optimal": True}, [Violation("stated_bound")]),
        ({"bound_s": 270, "gap": 0.25, "proven_optimal": True}, [Violation("stated_bound")]),
    ],
)
def test_bound_gap_and_proof_belong_together(small_day, sound_plan, stated, expected):
    """The cost is 360: a bound above it, a gap that is not theirs, a proof without ground."""
    found = check(small_day, sound_plan.model_copy(update=stated))
    assert [v.rule for v in found] == [v.rule for v in expected]
    assert found[:1] == expected[:1]


def test_where_nothing_costs_anything_the_gap_is_none():
    """No visit at all: cost and bound are 0, and so is the gap."""
    empty = replace(day(), visits=())
    stated = {"bound_s": 0, "gap": 0.0, "proven_optimal": True}
    assert check(empty, plan(**stated)) == []
    assert check(empty, plan(**{**stated, "gap": 1.0})) == [Violation("stated_bound")]


def test_a_gap_is_held_to_a_millionth(small_day, sound_plan):
    """90 of 360 are missing: 0.25; a decimal rounded further off is another gap."""
    for gap, expected in [
        (0.2500005, []),
        (0.2499995, []),
        (0.250002, [Violation("stated_bound")]),
        (0.249998, [Violation("stated_bound")]),
    ]:
        stated = sound_plan.model_copy(update={"bound_s": 270, "gap": gap})
        assert check(small_day, stated) == expected


def test_a_wrong_status_is_a_violation(small_day, sound_plan):
    """All served is complete; one optional left is partial."""
    partial = plan(drive("T2", 1000, [stop("B", 1200, 1200, 1400)], 1610), left=("A",))
    for given_plan, right in [(sound_plan, "complete"), (partial, "partial")]:
        for status in ("complete", "partial", "infeasible"):
            found = check(small_day, given_plan.model_copy(update={"status": status}))
            assert found == ([] if status == right else [Violation("stated_status")])


@pytest.mark.parametrize(
    ("reason", "visit", "technicians"),
    [
        ("no_technician", {}, "none"),
        ("missing_skill", {"skills": frozenset({"rare"})}, "both"),
        ("pinned_technician_lacks_skill", {"technician": "T2"}, "both"),
        ("excluded", {"not_with": ("T1",)}, "both"),
        ("too_heavy", {"load": 6}, "both"),
        ("outside_presence", {"within_s": (TimeWindow(1000, 1399),)}, "both"),
    ],
)
def test_a_reason_that_the_problem_belies_is_a_violation(reason, visit, technicians):
    """Each is true where it holds and reported where it does not."""
    plain = day()
    held = DayProblem(
        plain.date,
        plain.travel,
        () if technicians == "none" else plain.technicians,
        (plain.visits[0].model_copy(update=visit), plain.visits[1]),
        plain.weights,
    )
    stated = plan(left=("A", "B")).model_copy(
        update={
            "unassigned": (
                Unassigned(visit="A", reason=reason),
                Unassigned(visit="B", reason="crowded_out"),
            )
        }
    )
    assert check(held, stated) == []
    assert check(plain, stated) == [Violation("stated_reasons", None, "A")]


def test_a_visit_as_heavy_as_what_can_be_carried_is_not_too_heavy():
    """T1 alone has the skill for A, and carries 5."""
    for load, expected in [(6, []), (5, [Violation("stated_reasons", None, "A")])]:
        stated = plan(
            left=("A", "B"),
            unassigned=(
                Unassigned(visit="A", reason="too_heavy"),
                Unassigned(visit="B", reason="crowded_out"),
            ),
        )
        assert check(day(a={"load": load}), stated) == expected


def test_whom_a_visit_is_pinned_to_alone_may_lack_its_skill():
    """A needs "net", which T2 lacks: pinned to T2 nobody can; pinned to T1 or nobody, T1 can."""
    stated = plan(
        left=("A", "B"),
        unassigned=(
            Unassigned(visit="A", reason="pinned_technician_lacks_skill"),
            Unassigned(visit="B", reason="crowded_out"),
        ),
    )
    for pin, expected in [
        ("T2", []),
        ("T1", [Violation("stated_reasons", None, "A")]),
        (None, [Violation("stated_reasons", None, "A")]),
    ]:
        assert check(day(a={"technician": pin}), stated) == expected


def test_of_unknown_visits_no_reason_is_looked_up_and_the_next_one_is():
    """Z is not known; that B lacks a skilled technician is not so."""
    stated = plan(
        left=("A", "B"),
        unassigned=(
            Unassigned(visit="Z", reason="missing_skill"),
            Unassigned(visit="A", reason="crowded_out"),
            Unassigned(visit="B", reason="missing_skill"),
        ),
    )
    found = [v for v in check(day(), stated) if v.rule == "stated_reasons"]
    assert found == [Violation("stated_reasons", None, "B")]


def test_a_plan_made_for_another_problem_is_a_violation(small_day, sound_plan):
    """The digest is that of the problem's canonical text; none stated, none compared."""
    own = sound_plan.model_copy(update={"input_sha256": small_day.sha256})
    assert check(small_day, own) == []
    other = sound_plan.model_copy(update={"input_sha256": day(metres=False).sha256})
    assert check(small_day, other) == [Violation("stated_input")]


# --- plans that nobody meant well ---

NAMES = st.sampled_from(["T1", "T2", "A", "B", "c", "a", "b", "Z", "\u202e"])
TIMES = st.one_of(st.integers(-100, 3200), st.integers(-(10**15), 10**15))
GARBAGE = st.builds(
    lambda rounds, left, cost_s, bound_s, gap, proven, status: Plan.model_validate(
        {
            "status": status,
            "cost_s": dict(zip(CostParts.model_fields, cost_s, strict=True)),
            "bound_s": bound_s,
            "gap": gap,
            "proven_optimal": proven,
            "rounds": tuple(rounds),
            "unassigned": tuple(left),
        }
    ),
    st.lists(
        st.builds(
            lambda technician, times, pause, stops: {
                "technician": technician,
                "departure_s": times[0],
                "return_s": times[1],
                "travel_s": times[2],
                "distance_m": times[3],
                "break": pause and {"start_s": pause[0], "end_s": pause[1]},
                "stops": tuple(stops),
            },
            NAMES,
            st.tuples(TIMES, TIMES, TIMES, st.none() | TIMES),
            st.none() | st.tuples(TIMES, TIMES),
            st.lists(
                st.fixed_dictionaries(
                    {
                        "visit": NAMES,
                        "place": NAMES,
                        "arrival_s": TIMES,
                        "start_s": TIMES,
                        "end_s": TIMES,
                    }
                ),
                max_size=4,
            ),
        ),
        max_size=4,
    ),
    st.lists(
        st.fixed_dictionaries(
            {"visit": NAMES, "reason": st.sampled_from(["crowded_out", "too_heavy"])}
        ),
        max_size=3,
    ),
    st.lists(TIMES, min_size=7, max_size=7),
    st.none() | TIMES,
    st.none() | st.floats(0, 1),
    st.booleans(),
    st.sampled_from(["complete", "partial", "infeasible"]),
)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(GARBAGE)
def test_no_plan_makes_the_check_fail_itself(garbage):
    """Unknown names, times of any size, doubles: it reports, and never raises."""
    found = check(day(), garbage)
    assert all(str(violation) for violation in found)
    assert Plan.from_json(garbage.to_json()) == garbage


def test_a_cost_beyond_what_a_plan_can_state_is_stated_as_the_most():
    """Twice weighted overtime of 600 million million seconds: told as late, not raised."""
    late = plan(SOUND_ROUND).model_copy(
        update={"rounds": (SOUND_ROUND.model_copy(update={"return_s": 6 * 10**14}),)}
    )
    assert cost(day(), late).overtime == cost(day(), late).total == 10**15
    assert {"shift", "stated_cost"} <= {violation.rule for violation in check(day(), late)}


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_sound_plan_with_one_time_earlier_or_one_name_changed_is_found_out(data):
    """The sound plan waits for nothing and states everything: whatever moves breaks a rule."""
    good = plan(SOUND_ROUND).to_dict()
    assert check(day(), Plan.model_validate(good, strict=False)) == []
    round_ = good["rounds"][0]
    places = [
        *((stop_, key) for stop_ in round_["stops"] for key in ("arrival_s", "start_s", "end_s")),
        *((round_, key) for key in ("return_s", "travel_s", "distance_m")),
        *((round_["break"], key) for key in ("start_s", "end_s")),
        *((good["cost_s"], key) for key in good["cost_s"]),
        *((stop_, key) for stop_ in round_["stops"] for key in ("visit", "place")),
        (round_, "technician"),
    ]
    where, key = data.draw(st.sampled_from(places))
    if isinstance(where[key], str):
        others = [name for name in ("T1", "T2", "A", "B", *PLACES, "Z") if name != where[key]]
        where[key] = data.draw(st.sampled_from(others))
    else:
        where[key] -= data.draw(st.integers(1, 3000))
    assert check(day(), Plan.model_validate(good, strict=False)) != []


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), visits=st.integers(0, 4))
def test_a_plan_that_leaves_everything_is_sound_unless_something_is_mandatory(seed, visits):
    """On any day: staying at home breaks no rule of time, and costs what the visits are worth."""
    problem = small_problem(seed, visits, 2)
    mandatory = sum(visit.mandatory for visit in problem.visits)
    idle = Plan(
        status="infeasible" if mandatory else "partial" if visits else "complete",
        cost_s=CostParts(total=0),
        rounds=(),
        unassigned=tuple(Unassigned(visit=v.id, reason="crowded_out") for v in problem.visits),
    )
    idle = idle.model_copy(update={"cost_s": cost(problem, idle)})
    found = check(problem, idle)
    assert [v.rule for v in found] == ["mandatory_served"] * mandatory
    assert idle.cost_s.total == sum(v.unassigned_cost_s or 0 for v in problem.visits)
