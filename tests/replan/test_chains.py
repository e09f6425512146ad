"""A day replanned again and again: what one replan writes into the problem, the next can read."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from dispatch import DayProblem, Plan, Shift, Technician, Travel, Visit, check, solve
from dispatch.fieldwork import Break
from dispatch.replan.changed import AT_CENTRE, Changed, changed_day
from dispatch.replan.events import Events
from dispatch.replan.past import standings
from dispatch.replan.planner import replanned
from dispatch.service.replan_settings import Replan
from tests.support.replan_chains import Moment, drawn_day, drawn_moment

pytestmark = pytest.mark.slow

H = 3600
SETTINGS = Replan(
    changed_technician_min=10,
    changed_order_min=5,
    shifted_appointment_min=15,
    tolerance_min=15,
    iterations_per_visit=10,
)


def go_on(day: DayProblem, plan: Plan, moment: Moment) -> tuple[Changed, Plan]:
    """Return the day as it is at a moment, and its plan, which the checker accepts."""
    standing = standings(day, plan, moment.events, moment.at_s)
    changed = changed_day(day, plan, moment.events, standing, moment.at_s, new=moment.new)
    found = replanned(changed, SETTINGS, seed=1).plan
    # A mandatory visit may be out of reach by now; the plan then says so by its status.
    broken = [v for v in check(changed.problem, found) if v.rule != "mandatory_served"]
    assert broken == []
    return changed, found


@pytest.mark.parametrize("seed", range(12))
def test_a_day_can_be_replanned_again_and_again(seed):
    """Three to six replans with random events: the checker accepts each plan, the last too."""
    rng = random.Random(seed)
    day = drawn_day(rng)
    plan = solve(day, "quick")
    at_s = 7 * H + 1800
    for _ in range(rng.randint(3, 6)):
        moment = drawn_moment(rng, day, plan, at_s)
        changed, plan = go_on(day, plan, moment)
        day, at_s = changed.problem, moment.at_s


def two_starts() -> tuple[DayProblem, Plan]:
    """
    Return a day of two technicians and two boxes on a line, places 600 s apart, and its plan.

    A is at work from 8:00 and serves V1 at 8:10; B from 10:00, and serves V2, pinned to B.
    """
    at = 600 * np.arange(3)
    day = DayProblem(
        date(2026, 11, 25),
        Travel(("c", "a", "b"), np.abs(at[:, None] - at)[None]),
        tuple(
            Technician(id=name, start="c", end="c", shift_s=Shift(start, 15 * H), capacity=2)
            for name, start in (("A", 8 * H), ("B", 10 * H))
        ),
        (
            Visit(id="V1", place="a", duration_s=1800, load=1, technician="A"),
            Visit(id="V2", place="b", duration_s=1800, load=1, technician="B"),
        ),
    )
    return day, solve(day, "quick")


def test_a_box_taken_at_the_centre_is_no_longer_marked_as_there():
    """At 8:30 V2's box is at the centre, where B can take it; at 10:30 B is with it at V2."""
    day, plan = two_starts()
    changed, plan = go_on(day, plan, Moment(8 * H + 1800, Events(), ()))
    assert changed.problem.visit["V2"].skills == {AT_CENTRE}
    changed, plan = go_on(changed.problem, plan, Moment(10 * H + 1800, Events(), ()))
    assert changed.problem.visit["V2"].skills == frozenset()
    assert all(AT_CENTRE not in who.skills for who in changed.problem.technicians)
    assert {r.technician: [s.visit for s in r.stops] for r in plan.rounds} == {
        "A": ["V1"],
        "B": ["V2"],
    }


def test_a_technician_who_goes_home_on_the_first_drive_is_not_bound_to_the_visit_ahead():
    """B drives to V2 at 10:05, is replanned, and is away for good at 10:10: V2 is left."""
    day, plan = two_starts()
    first, second = day.technicians
    pause = Break(duration_s=600, earliest_s=12 * H, latest_s=13 * H)
    day = replace(
        day,
        technicians=(
            first.model_copy(update={"shift_s": Shift(8 * H, 9 * H)}),
            second.model_copy(update={"break_": pause}),
        ),
        visits=(day.visits[0], day.visits[1].model_copy(update={"technician": None})),
    )
    plan = solve(day, "quick")
    changed, plan = go_on(day, plan, Moment(10 * H + 300, Events(), ()))
    assert changed.problem.technicians[1].locked.visits == ("V2",)
    gone = Events(absent={"B": 10 * H + 600})
    changed, plan = go_on(changed.problem, plan, Moment(10 * H + 600, gone, ()))
    assert changed.problem.technicians[1].locked.visits == ()
    assert [left.visit for left in plan.unassigned] == ["V2"]
