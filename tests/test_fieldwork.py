"""Visits, technicians, breaks: strict, frozen, with the defaults of the design."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from dispatch.fieldwork import (
    Break,
    Shift,
    Technician,
    Ticket,
    TimeWindow,
    Visit,
    time_on_the_night,
)
from tests.support.small_day import T1, VISIT_A

MINIMAL_TICKET = {
    "id": "V", "insee": "33063", "collectivity": "33063", "lon": -0.5, "lat": 44.8,
    "duration_s": 60,
}  # fmt: skip


def test_what_is_left_out_is_the_least_that_can_be_asked():
    """A visit at any time, by anybody; a technician with a shift and nothing else."""
    visit = Visit(id="V", place="a", duration_s=60)
    assert (visit.windows_s, visit.skills) == ((), frozenset())
    assert (visit.technician, visit.load) == (None, 0)
    who = Technician(id="T", start="c", end="c", shift_s=Shift(0, 1))
    assert (who.break_, who.max_overtime_s) == (None, 0)
    assert (who.max_working_s, who.capacity) == (None, None)


@pytest.mark.parametrize(("priority", "cost"), [(1, 36_000), (2, 14_400), (3, 7_200), (4, 3_600)])
def test_leaving_a_visit_costs_what_its_priority_says_unless_said_otherwise(priority, cost):
    """600, 240, 120, 60 minutes; 0 is a price too, and None makes it mandatory."""
    given_one = {"id": "V", "place": "a", "duration_s": 60, "priority": priority}
    assert Visit(**given_one).unassigned_cost_s == cost
    assert Visit(**given_one, unassigned_cost_s=0).unassigned_cost_s == 0
    assert not Visit(**given_one, unassigned_cost_s=0).mandatory
    assert Visit(**given_one, unassigned_cost_s=None).mandatory


def test_nothing_changes_once_made():
    """Variants are copies."""
    with pytest.raises(ValidationError, match="frozen"):
        VISIT_A.load = 9
    with pytest.raises(ValidationError, match="frozen"):
        T1.capacity = 9


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Visit, {"id": "V", "place": "a", "duration_s": "60"}),
        (Visit, {"id": "V", "place": "a", "duration_s": True}),
        (Visit, {"id": "V", "place": "a", "duration_s": -1}),
        (Visit, {"id": "V", "place": "a", "duration_s": 7 * 86_400 + 1}),
        (Visit, {"id": "V", "place": "a", "duration_s": 60, "priority": 5}),
        (Visit, {"id": "V", "place": "a", "duration_s": 60, "load": 10**12 + 1}),
        (Visit, {"id": "V", "place": "a", "duration_s": 60, "windows_s": ({"start_s": 1},)}),
        (Visit, {"id": "V", "place": "a", "duration_s": 60, "windows": ()}),
        (Visit, {"id": "", "place": "a", "duration_s": 60}),
        (Break, {"duration_s": 1, "earliest_s": 2}),
        (Technician, {"id": "T", "start": "c", "end": "c", "shift_s": 5}),
        (Ticket, {**MINIMAL_TICKET, "insee": "3306"}),
        (Ticket, {**MINIMAL_TICKET, "requester": "somebody"}),
    ],
)
def test_wrong_types_bounds_and_keys_are_refused(kind, values):
    """Nothing is guessed and nothing is ignored."""
    with pytest.raises(ValidationError):
        kind(**values)


@pytest.mark.slow
def test_a_window_and_a_shift_are_pairs_that_say_which_is_which():
    """By name and by position."""
    assert TimeWindow(1, 2) == (1, 2)
    assert Shift(1, 2).end_s == 2
    visit = Visit(id="V", place="a", duration_s=60, windows_s=((1, 2),))
    assert visit.windows_s == (TimeWindow(1, 2),)
    assert isinstance(visit.windows_s[0], TimeWindow)


def test_half_past_one_is_after_midnight_for_who_works_until_two():
    """Between two days it belongs to the nearer one; by day nothing moves."""
    night = Technician(id="N", start="c", end="c", shift_s=Shift(18 * 3600, 26 * 3600))
    by_day = Technician(id="D", start="c", end="c", shift_s=Shift(8 * 3600, 17 * 3600))
    at = 5400
    assert time_on_the_night(at, [night]) == at + 86_400
    assert time_on_the_night(at, [night, by_day]) == at + 86_400
    assert time_on_the_night(at, [by_day]) == time_on_the_night(at, []) == at
    assert time_on_the_night(17 * 3600, [night]) == 17 * 3600
    assert time_on_the_night(7 * 3600, [night, by_day]) == 7 * 3600
