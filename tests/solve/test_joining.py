"""Locks on what the program did itself: never refused, never dearer."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from benchmarks.brute_force import best_cost
from dispatch import DayProblem, Plan, Shift, Technician, TimeWindow, Travel, Visit, check, solve
from dispatch.fieldwork import RoundLock
from dispatch.model.problem import Weights
from tests.support.slot_problems import small_slotted
from tests.support.small_problems import small_problem


def locked_to(problem: DayProblem, plan: Plan, first: int | None, *, closed: bool) -> DayProblem:
    """Return the problem with the first visits of each round of a plan locked; None: all."""
    heads = {r.technician: tuple(s.visit for s in r.stops)[:first] for r in plan.rounds}
    technicians = tuple(
        who.model_copy(update={"locked": RoundLock(visits=heads[who.id], closed=closed)})
        if who.id in heads
        else who
        for who in problem.technicians
    )
    return replace(problem, technicians=technicians)


def keeps_its_cost(problem: DayProblem, locked: DayProblem, plan: Plan) -> None:
    """Assert that a locked problem has a plan by the rules that costs no more, at the same seed."""
    found = solve(locked, "quick")
    broken = [entry for entry in check(locked, found) if entry.rule != "mandatory_served"]
    assert broken == []
    left = [sum(problem.visit[u.visit].mandatory for u in one.unassigned) for one in (found, plan)]
    assert (left[0], found.cost_s.total) <= (left[1], plan.cost_s.total)
    assert found.bound_s is None or found.bound_s <= found.cost_s.total


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_locking_what_the_plan_did_never_raises_its_cost(seed):
    """Its first visits, its first two, its whole rounds: open; and whole rounds closed."""
    problem = small_problem(seed, visits=6, technicians=2)
    plan = solve(problem, "quick")
    for first, closed in ((1, False), (2, False), (None, False), (None, True)):
        keeps_its_cost(problem, locked_to(problem, plan, first, closed=closed), plan)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_locking_what_the_plan_did_by_the_hour_never_raises_its_cost(seed):
    """Four slots of travel, drawn anew in some; first visits or whole rounds, open or closed."""
    problem = small_slotted(seed, visits=4, technicians=2)
    plan = solve(problem, "quick")
    for first, closed in ((1, False), (None, random.Random(seed).random() < 0.5)):
        keeps_its_cost(problem, locked_to(problem, plan, first, closed=closed), plan)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_locking_what_a_plan_did_that_is_not_proven_best_keeps_its_cost(seed):
    """Sixteen visits with a limit on the working time: the search alone would find another plan."""
    problem = small_problem(seed, visits=16, technicians=3)
    short = tuple(who.model_copy(update={"max_working_s": 150}) for who in problem.technicians)
    problem = replace(problem, technicians=short)
    plan = solve(problem, "quick")
    keeps_its_cost(problem, locked_to(problem, plan, 1, closed=False), plan)


def on_a_line(**more: object) -> DayProblem:
    """Return one technician and two visits 100 s and 200 s from home; V2 can start from 1000 on."""
    at = np.array([0, 100, 200])
    who = {"id": "T", "start": "0", "end": "0", "shift_s": Shift(0, 2000), **more}
    return DayProblem(
        date(2026, 11, 25),
        Travel(("0", "1", "2"), np.abs(at[:, None] - at)[None]),
        (Technician.model_validate(who),),
        (
            Visit(id="V1", place="1", duration_s=60),
            Visit(id="V2", place="2", duration_s=60, windows_s=(TimeWindow(1000, 2000),)),
        ),
    )


def test_the_departure_belongs_to_the_prefix_and_is_late_enough_for_what_follows():
    """V1 could be done at 100, and V2 then ends the round 1160 later: one leaves at 740 instead."""
    day = on_a_line(locked=RoundLock(visits=("V1",)), max_working_s=520)
    plan = solve(day, "quick")
    [round_] = plan.rounds
    assert [stop.visit for stop in round_.stops] == ["V1", "V2"]
    assert (round_.departure_s, round_.return_s) == (740, 1260)
    assert plan.cost_s.total == plan.bound_s == 400


def test_a_beginning_that_cannot_go_home_may_still_go_on():
    """From V1 the way home is closed, but not by V2: the lock holds, and nothing is refused."""
    day = on_a_line(locked=RoundLock(visits=("V1",)))
    seconds = day.travel.seconds.copy()
    seconds[0, 1, 0] = 5000
    day = replace(day, travel=Travel(day.travel.places, seconds))
    [round_] = solve(day, "quick").rounds
    assert [stop.visit for stop in round_.stops] == ["V1", "V2"]


def test_a_locked_round_by_the_hour_leaves_in_the_second_that_costs_least():
    """
    Home takes 30 s, and 16 s from the 60th second on; the break lasts from 28 to 43.

    Who leaves at 23 drives 5 + 17 s, and 8 of 30 s are left at 60: 5 s of the later speed. Who
    leaves at 24 drives 4 + 17 s, and 9 s are left: 5 s again, 26 in all. At 25 it is 6 s, and a
    second more of overtime, which costs 3. The shift ends at 49.
    """
    seconds = np.array([[[0, 30], [30, 0]], [[0, 16], [16, 0]]])
    who = {"id": "T", "start": "c", "end": "d", "shift_s": (0, 49), "max_overtime_s": 17}
    pause = {"duration_s": 15, "earliest_s": 28, "latest_s": 28}
    day = DayProblem(
        date(2026, 11, 25),
        Travel(("c", "d"), seconds, None, (0, 60)),
        (Technician.model_validate({**who, "break": pause}),),
        (Visit(id="V", place="c", duration_s=0, windows_s=(TimeWindow(23, 70),)),),
        Weights(overtime=3),
    )
    for closed in (False, True):
        plan = solve(day, "quick")
        assert (plan.cost_s.total, plan.rounds[0].return_s) == (26 + 3 * 16, 65)
        keeps_its_cost(day, locked_to(day, plan, None, closed=closed), plan)


@pytest.mark.parametrize("seed", range(2, 8))
def test_with_few_visits_every_order_that_keeps_a_lock_is_tried(seed):
    """A visit that the first technician can serve is locked, whatever a plan would do."""
    drawn = small_problem(seed, visits=4, technicians=2)
    [first, *others] = drawn.technicians
    tried = []
    for visit in drawn.visits:
        locked = first.model_copy(update={"locked": RoundLock(visits=(visit.id,))})
        problem = replace(drawn, technicians=(locked, *others))
        best = best_cost(problem)
        if best is not None:
            tried.append(visit)
            plan = solve(problem, "quick")
            assert (plan.cost_s.total, plan.bound_s, plan.proven_optimal) == (best, best, True)
    assert tried
