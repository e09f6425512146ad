"""When to leave each place, by time of day: as cheap as trying every second, and planned so."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import DayProblem, Technician, Travel, Visit, check
from dispatch.checker.recount import cost
from dispatch.model.plan import CostParts, Plan
from dispatch.solve.assemble import round_of
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.round_times import round_cost
from tests.solve.test_assemble import NOT_TIMES
from tests.support.slot_problems import Trying, small_slotted
from tests.support.small_problems import DAY


def order(*visits: int) -> np.ndarray:
    """Return a sequence as the kernels take it."""
    return np.array(visits, dtype=np.int64)


def drawn(seed, *, limited):
    """Return a problem of one technician and a sequence; with or without a working time."""
    rng = random.Random(seed)
    problem = small_slotted(seed, rng.randint(1, 4), 1, slots=2 + seed % 4)
    sequence = tuple(rng.sample(range(len(problem.visits)), rng.randint(1, len(problem.visits))))
    if not limited:
        who = problem.technicians[0].model_copy(update={"max_working_s": None})
        problem = replace(problem, technicians=(who,))
    return problem, sequence


@pytest.mark.parametrize("seed", range(90))
def test_no_second_to_leave_at_is_cheaper(seed):
    """Of all departures, waits, and moments for the break; but for what rounding hides."""
    problem, sequence = drawn(seed, limited=False)
    cost = int(round_cost(arrays_of(problem), 0, order(*sequence), len(sequence)))
    best = Trying(problem, 0).cost(sequence)
    if best is None:
        assert cost == NEVER
    else:
        assert best <= cost <= best + 2


@pytest.mark.parametrize("seed", range(3_000, 3_012))
def test_a_limited_working_time_is_kept_at_nearly_the_least_cost(seed):
    """Departures are tried in turn; nothing impossible is driven, and little is lost."""
    rng = random.Random(seed)
    problem = small_slotted(seed, 2, 1)
    who = problem.technicians[0].model_copy(update={"max_working_s": rng.randint(100, 250)})
    problem = replace(problem, technicians=(who,))
    cost = int(round_cost(arrays_of(problem), 0, order(0, 1), 2))
    best = Trying(problem, 0).cost((0, 1))
    assert cost == NEVER if best is None else best <= cost


@settings(max_examples=250, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_a_round_costs_what_is_recounted_from_its_plan(seed):
    """And it keeps every rule of time."""
    problem, sequence = drawn(seed, limited=True)
    a = arrays_of(problem)
    expected = int(round_cost(a, 0, order(*sequence), len(sequence)))
    made = round_of(problem, a, 0, sequence)
    assert (made is None) == (expected == NEVER)
    if made is not None:
        plan = Plan(status="complete", cost_s=CostParts(total=0), rounds=(made,))
        parts = cost(problem, plan)
        assert parts.travel + parts.overtime == expected
        assert [v for v in check(problem, plan) if v.rule not in NOT_TIMES] == []


def peak_day(shift, windows=(), pause=None):
    """
    Return a problem: from c to a and back in 600 s, from 1000 to 2000 in 1200 s.

    Visit A at a takes 100 s.
    """
    seconds = np.array([[[0, s], [s, 0]] for s in (600, 1200, 600)])
    who = {"id": "T", "start": "c", "end": "c", "shift_s": shift, "break": pause}
    visit = Visit(id="A", place="a", duration_s=100, windows_s=windows)
    travel = Travel(("c", "a"), seconds, None, (0, 1000, 2000))
    return DayProblem(DAY, travel, (Technician.model_validate(who),), (visit,))


def times(problem):
    """Return departure, start of the service and return of the round of visit A, and its travel."""
    made = round_of(problem, arrays_of(problem), 0, (0,))
    assert made is not None
    return made.departure_s, made.stops[0].start_s, made.return_s, made.travel_s


def test_one_leaves_after_the_peak_where_there_is_time():
    """Leaving at 2000 costs 1200 s; earlier, more."""
    assert times(peak_day((500, 5000))) == (2000, 2600, 3300, 1200)


def test_one_waits_before_the_service_where_the_window_is_before_the_peak_is_over():
    """There by 400 and back after 2000: served as late as the window allows, at 1500."""
    # Leaving at 1600, 400 of 1200 s are driven by 2000; 800 left take 400: 800 s of travel.
    # On the way there the peak is met by those who leave after 400.
    assert times(peak_day((0, 5000), windows=((300, 1500),))) == (400, 1500, 2400, 1400)


def test_without_time_to_wait_one_drives_through_the_peak():
    """Away at 800: 200 s, then 400 left take 800, there at 1800; back at 1900 + 100 + 550."""
    assert times(peak_day((800, 2550))) == (800, 1800, 2550, 1650)


@pytest.mark.slow
def test_the_break_is_taken_while_the_peak_lasts():
    """Away at 400 and there at 1000; rest until 1900 and serve; the drive back takes no peak."""
    pause = {"duration_s": 900, "earliest_s": 1000, "latest_s": 1000}
    assert times(peak_day((0, 2700), pause=pause)) == (400, 1900, 2600, 1200)
