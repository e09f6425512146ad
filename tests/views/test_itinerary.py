"""Tests of a plan as people read it, and of how rounds are told apart."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

from dispatch.checker import rules
from dispatch.views import palette, timeline
from dispatch.views.itinerary import LegFigures, idle, itineraries, undone
from tests.support.pages_fixture import small_day


def test_the_day_that_these_tests_draw_keeps_every_rule() -> None:
    """A picture of an impossible plan would prove nothing."""
    day, _ = small_day()
    assert list(rules.check(day.problem, day.plan)) == []


def test_rounds_are_lettered_in_the_order_of_the_technicians_not_of_the_plan() -> None:
    """A technician keeps their letter whatever order a solver lists rounds in."""
    day, _ = small_day()
    turned = replace(day, plan=day.plan.model_copy(update={"rounds": day.plan.rounds[::-1]}))
    assert itineraries(turned) == itineraries(day)
    assert [(found.letter, found.technician.id) for found in itineraries(day)] == [
        ("A", "T1"),
        ("B", "T2"),
    ]


def test_legs_are_those_of_the_problem_and_sum_to_the_round() -> None:
    """V4 and V5 are at one place; the other legs take 10 minutes and 4.2 km."""
    day, _ = small_day()
    first, second = itineraries(day)
    assert [step.leg for step in second.steps] == [
        LegFigures(600, 4200),
        LegFigures(0, 0),
        LegFigures(600, 4200),
    ]
    for found in (first, second):
        legs = [*(step.leg for step in found.steps), found.back]
        assert sum(leg.travel_s for leg in legs) == found.round.travel_s
        assert sum(leg.distance_m or 0 for leg in legs) == found.round.distance_m


def test_legs_are_timed_by_the_hour_and_sum_to_what_the_rules_count() -> None:
    """Twice as long from T2's first stop on: its legs say so, the distances stay."""
    day, _ = small_day()
    travel, end = day.problem.travel, itineraries(day)[1].steps[0].stop.end_s
    seconds = np.concatenate([travel.seconds, 2 * travel.seconds])
    slots = replace(travel, seconds=seconds, slot_starts_s=(0, end))
    slow = replace(day, problem=replace(day.problem, travel=slots))
    found = itineraries(slow)[1]
    assert [step.leg for step in found.steps] == [
        LegFigures(600, 4200),
        LegFigures(0, 0),
        LegFigures(1200, 4200),
    ]
    assert found.back.travel_s == 2 * itineraries(day)[1].back.travel_s
    legs = sum(
        leg.travel_s for it in itineraries(slow) for leg in (*(s.leg for s in it.steps), it.back)
    )
    assert legs == rules.cost(slow.problem, slow.plan).travel


def test_unknown_distances_stay_unknown() -> None:
    """A problem may come without metres; nothing is invented."""
    day, _ = small_day()
    problem = replace(day.problem, travel=replace(day.problem.travel, metres=None))
    assert itineraries(replace(day, problem=problem))[0].back == LegFigures(600, None)


def test_a_technician_without_a_stop_is_idle_whether_or_not_the_plan_lists_them() -> None:
    """An empty round is no round."""
    day, _ = small_day()
    empty = day.plan.rounds[0].model_copy(update={"technician": "T3", "stops": ()})
    listed = replace(day, plan=day.plan.model_copy(update={"rounds": (*day.plan.rounds, empty)}))
    for case in (day, listed):
        assert [technician.id for technician in idle(case)] == ["T3"]
        assert len(itineraries(case)) == 2


def test_what_is_left_comes_most_urgent_first() -> None:
    """Priority 1 before 2, then by id."""
    day, _ = small_day()
    visits = tuple(
        visit.model_copy(update={"priority": 1}) if visit.id == "V6" else visit
        for visit in day.problem.visits
    )
    left = tuple(
        day.plan.unassigned[0].model_copy(update={"visit": name}) for name in ("V7", "V6", "V5")
    )
    case = replace(
        day,
        problem=replace(day.problem, visits=visits),
        plan=day.plan.model_copy(update={"unassigned": left}),
    )
    assert [entry.visit.id for entry in undone(case)] == ["V6", "V5", "V7"]


def test_letters_go_on_after_z() -> None:
    """Thirty rounds are A to AD."""
    assert [palette.letter(rank) for rank in (0, 25, 26, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip


@pytest.mark.parametrize("colour", palette.COLOURS)
def test_white_figures_are_legible_on_every_colour(colour: str) -> None:
    """WCAG asks for a contrast of 4.5 for small text."""
    channels = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    assert 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05) >= 4.5


def test_thirty_two_rounds_differ_in_colour_or_dash_and_neighbours_in_both() -> None:
    """Nothing rests on colour alone."""
    looks = [(palette.colour(rank), palette.dash(rank)) for rank in range(32)]
    assert len(set(looks)) == 32
    assert set(looks) == set(product(palette.COLOURS, palette.DASHES))
    for first, second in pairwise(looks):
        assert first[0] != second[0]
        assert first[1] != second[1]


def test_a_strip_stands_where_its_hours_are() -> None:
    """From 8 to 12, a service from 8:10 to 8:40 lies from 4.17 to 16.67 percent."""
    day, _ = small_day()
    rounds = itineraries(day)
    hours = timeline.scale(rounds)
    assert (hours.start_s, hours.end_s) == (8 * 3600, 12 * 3600)
    strip = timeline.strip(rounds[0], hours)
    assert strip.services[0] == timeline.Bar(4.17, 12.5, "1")
    assert strip.pause == timeline.Bar(37.5, 25.0)
    assert [mark.label for mark in hours.hours] == [f"{hour}\u202fh" for hour in range(8, 13)]


@pytest.mark.slow
def test_no_round_has_no_hours() -> None:
    """There is nothing to draw a scale for."""
    with pytest.raises(ValueError, match="no round"):
        timeline.scale(())
