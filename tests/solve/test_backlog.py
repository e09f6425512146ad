"""How many visits can be served at most, by hand; and how a long backlog is searched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.checker.rules import check
from dispatch.solve import solve
from dispatch.solve.backlog import LONG, is_long, most_served, searched_visits
from dispatch.solve.heuristic.iteration import MOST_TRIED
from dispatch.solve.timing.encode import arrays_of
from dispatch.streets.router import Travel
from tests.support.small_day import day
from tests.support.small_problems import small_problem


def many(count: int, problem=None):
    """Return the small day with visit B so many times more."""
    problem = problem or day()
    b = problem.visit["B"]
    more = tuple(b.model_copy(update={"id": f"B{n}"}) for n in range(count))
    return replace(problem, visits=(*problem.visits, *more))


def test_the_small_day_has_room_for_all_it_has():
    """T1 may work 2,100 s and T2 2,000 s; A takes 400 s and at least 60 to come, B 200 and 50."""
    assert most_served(arrays_of(day())) == 2


def test_at_one_place_a_visit_takes_its_duration_alone():
    """4,100 s hold twenty visits of 200 s at one place, and not one more."""
    assert most_served(arrays_of(many(30))) == 20


@given(seed=st.integers(0, 5_000))
def test_no_plan_serves_more(seed):
    """Of random small problems; OR-Tools, search and proof find no such plan either."""
    problem = small_problem(seed, visits=5, technicians=1)
    most = most_served(arrays_of(problem))
    served = sum(len(made.stops) for made in solve(problem, "quick").rounds)
    assert served <= most


def test_without_technicians_nothing_is_served_and_something_is_searched():
    """The effort of a search is never nothing."""
    a = arrays_of(replace(day(), technicians=()))
    assert (most_served(a), searched_visits(a)) == (0, 1)


def test_a_backlog_is_long_from_some_times_what_can_be_served():
    """The number that the effort is in proportion to grows no further then."""
    just, longer = arrays_of(many(20 * LONG - 2)), arrays_of(many(20 * LONG - 1))
    assert (is_long(just), searched_visits(just)) == (False, 20 * LONG)
    assert (is_long(longer), searched_visits(longer)) == (True, 20 * LONG)


def test_a_huge_duration_is_no_short_one():
    """Sums are those of whole numbers, however large."""
    a = arrays_of(day())
    a = a._replace(duration=np.full_like(a.duration, np.iinfo(np.int64).max // 2))
    assert most_served(a) == 0


def test_the_quickest_hour_counts():
    """By the hour a drive takes at least what it takes at best."""
    small = day()
    slots = np.concatenate([small.travel.seconds * 10, small.travel.seconds])
    problem = replace(small, travel=Travel(small.travel.places, slots, None, (0, 43_200)))
    assert most_served(arrays_of(problem)) == 2


@pytest.mark.slow
def test_a_long_backlog_is_planned_soundly_again_and_nearly_at_its_bound():
    """Each iteration tries only some of the unassigned visits, others every time."""
    drawn = small_problem(3, visits=220, technicians=2)
    visits = tuple(
        visit.model_copy(update={"duration_s": 40, "unassigned_cost_s": 300 + number % 7 * 50})
        for number, visit in enumerate(drawn.visits)
    )
    problem = replace(drawn, visits=visits)
    assert is_long(arrays_of(problem))
    made, again = (solve(problem, "quick").model_copy(update={"elapsed_s": 0.0}) for _ in range(2))
    assert again == made
    assert check(problem, made) == []
    assert len(made.unassigned) > MOST_TRIED
    assert made.gap is not None
    assert made.gap < 0.01
