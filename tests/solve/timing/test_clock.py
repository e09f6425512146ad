"""One drive by the search's clock: as the reference drives it, and back again, to the second."""

from __future__ import annotations

import numpy as np
import pytest

from dispatch import DayProblem, Technician, Travel, Visit
from dispatch.checker.driving import arrival
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import arrive, leave_before_break, leave_by, ready_after_break
from dispatch.solve.timing.encode import arrays_of, typical
from tests.support.slot_problems import Trying, small_slotted
from tests.support.small_problems import DAY

DEPARTURES = range(420)


def pairs(problem):
    """Return (node, node, place, place) of a visit and the start, both ways, and of two visits."""
    a, who = arrays_of(problem), problem.technicians[0]
    nodes = [(0, problem.visits[0].place), (1, problem.visits[1].place), (a.start[0], who.start)]
    return a, [(i, j, p, q) for i, p in nodes for j, q in nodes if i != j]


def day_of(seconds, starts, technician=None):
    """Return a problem of places c, a and visit A at a, with these slots."""
    who = {"id": "T", "start": "c", "end": "c", "shift_s": (0, 10_000), **(technician or {})}
    travel = Travel(("c", "a"), np.array(seconds, dtype=np.int64), None, starts)
    visit = Visit(id="A", place="a", duration_s=0)
    return DayProblem(DAY, travel, (Technician.model_validate(who),), (visit,))


@pytest.mark.parametrize("seed", range(25))
def test_a_drive_arrives_when_the_reference_says(seed):
    """Over several slots, also of no travel at all; and leaving later never arrives earlier."""
    problem = small_slotted(seed, 2, 1, slots=2 + seed % 4)
    a, found = pairs(problem)
    row = problem.place_index
    for i, j, origin, destination in found:
        expected = [arrival(problem.travel, row[origin], row[destination], t) for t in DEPARTURES]
        assert [arrive(a, i, j, t) for t in DEPARTURES] == expected
        assert expected == sorted(expected)


@pytest.mark.parametrize("seed", range(25))
def test_the_latest_departure_is_the_last_that_arrives_in_time(seed):
    """The exact inverse, found by trying every second."""
    a, found = pairs(small_slotted(seed, 2, 1, slots=2 + seed % 4))
    for i, j, _, _ in found:
        arrivals = np.array([arrive(a, i, j, t) for t in DEPARTURES])
        for by in range(arrivals[0], DEPARTURES.stop):
            assert leave_by(a, i, j, by) == np.flatnonzero(arrivals <= by)[-1]


@pytest.mark.parametrize("seed", range(16))
def test_the_break_on_a_leg_begins_when_one_is_ready_soonest(seed):
    """Every moment for the break is tried with the reference; and the inverse, every second."""
    problem = small_slotted(seed, 2, 1, slots=2 + seed % 4)
    a, found = pairs(problem)
    tried = Trying(problem, 0)
    for i, j, origin, destination in found[:2]:
        expected = np.array(
            [
                min((r for r, _ in tried.rest(origin, destination, t)), default=NEVER)
                for t in DEPARTURES
            ]
        )
        assert [ready_after_break(a, 0, i, j, t) for t in DEPARTURES] == expected.tolist()
        for by in DEPARTURES:
            able = np.flatnonzero(expected <= by)
            leave = leave_before_break(a, 0, i, j, by)
            assert leave == able[-1] if len(able) else leave < 0


# From c to a: 600 s before 1000, 900 s until 2000, 300 s after.
PEAK = [[[0, 600], [100, 0]], [[0, 900], [100, 0]], [[0, 300], [100, 0]]]
PAUSE = {"break": {"duration_s": 500, "earliest_s": 600, "latest_s": 1900}}


@pytest.mark.parametrize(
    ("leave", "ready"),
    [
        # 600 s in the first slot, and rest there.
        (0, 1100),
        # 300 s by 1000; then the other half would take 450, to 1450, and rest until 1950. Resting
        # from 1000 to 1500 is as good: 1950. From 1450 on, with none left: 1950.
        (700, 1950),
        # 900 s: rest from 1500 to 2000; 500 of 900 are left and take 167 afterwards.
        (1100, 2167),
    ],
)
def test_a_break_is_taken_through_the_peak(leave, ready):
    """Worked by hand."""
    a = arrays_of(day_of(PEAK, (0, 1000, 2000), PAUSE))
    assert ready_after_break(a, 0, a.start[0], 0, leave) == ready
    assert leave_before_break(a, 0, a.start[0], 0, ready) >= leave
    assert leave_before_break(a, 0, a.start[0], 0, ready - 1) < leave


def test_the_average_counts_the_hours_of_work_only():
    """From 500 to 1500: half at 600 s, half at 900; the slot after is not worked in."""
    a = arrays_of(day_of(PEAK, (0, 1000, 2000), {"shift_s": (500, 1500)}))
    assert typical(a)[a.start[0], 0] == 750
    one = arrays_of(day_of(PEAK[:1], (0,)))
    assert np.array_equal(typical(one), one.travel[0])
