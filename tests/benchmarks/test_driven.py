"""The benchmark's own clock: a plan driven at other hours' speeds, against the rules'."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.driven import driven
from dispatch.checker.rules import Violation, check
from dispatch.fieldwork import TimeWindow
from dispatch.solve import solve
from dispatch.streets.router import Travel
from tests.support.small_day import PLACES, SECONDS, SOUND_ROUND, day, drive, plan, stop
from tests.support.small_problems import small_problem

# From 1050 on every way takes twice as long.
RUSH = Travel(PLACES, np.array([SECONDS, 2 * np.array(SECONDS)]), 10 * np.array(SECONDS), (0, 1050))


def test_a_plan_driven_on_its_own_roads_is_itself():
    """The sound plan waits for nothing."""
    assert driven(day(), plan(SOUND_ROUND)).rounds == (SOUND_ROUND,)


def test_a_plan_driven_at_the_peak_is_late_by_what_the_roads_take():
    """A 1150-1550, rest, B 1950-2150, back 2570: 50 s late where the window of B ends at 1900."""
    late = replace(day(b={"windows_s": (TimeWindow(1000, 1900),)}), travel=RUSH)
    made = driven(late, plan(SOUND_ROUND))
    [round_] = made.rounds
    assert [(s.arrival_s, s.start_s, s.end_s) for s in round_.stops] == [
        (1150, 1150, 1550),
        (1950, 1950, 2150),
    ]
    assert (round_.break_.start_s, round_.break_.end_s, round_.return_s) == (1550, 1850, 2570)
    assert made.cost_s.travel == 670
    assert check(late, made) == [Violation("late", "T1", "B", 50)]


@pytest.mark.parametrize(
    ("departure", "pause", "stops", "back"),
    [
        # On the road, at the stop while it is early, and on the way back.
        (1400, (1500, 1800), [(1900, 1900)], 2310),
        (1400, (1650, 1950), [(1600, 1950)], 2360),
        (1400, (1800, 2100), [(1600, 1600)], 2310),
    ],
)
def test_the_break_is_where_the_plan_has_it(departure, pause, stops, back):
    """B alone, by T1, on the plan's own roads: nothing moves."""
    [(there, start)] = stops
    round_ = drive("T1", departure, [stop("B", there, start, start + 200)], back, pause)
    assert driven(day(), plan(round_, left=("A",))).rounds == (round_,)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_driving_breaks_nothing_where_the_roads_are_as_planned(seed):
    """Whatever the solver made, with breaks, windows and waits; its own roads, its own cost."""
    problem = small_problem(seed, 4, 2)
    made = solve(problem, "quick")
    found = driven(problem, made)
    assert {v.rule for v in check(problem, found)} <= {"mandatory_served"}
    assert found.cost_s.travel == made.cost_s.travel
