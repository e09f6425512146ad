"""Tests of where a technician is at every minute: lines cut at stops, and times along them."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.model.plan import BreakTaken
from dispatch.views.itinerary import itineraries
from dispatch.views.movement import legs, movement, player_data
from tests.support.pages_fixture import small_day

# A street along which everything lies; a hundredth of a degree is about 800 m.
STREET = tuple((-0.60 + 0.01 * k, 44.80) for k in range(6))


def test_a_line_is_cut_where_it_passes_the_stops() -> None:
    """Stops at the second and fourth points: legs of one, two and two stretches."""
    assert legs(STREET, [STREET[1], STREET[3]]) == [STREET[:2], STREET[1:4], STREET[3:]]


def test_a_line_that_passes_a_stop_twice_is_cut_as_the_order_asks() -> None:
    """There and back: the last stop lies on both ways, and is reached on the way back."""
    there_and_back = STREET + STREET[-2::-1]
    found = legs(there_and_back, [STREET[3], STREET[5], STREET[1]])
    assert found == [STREET[:4], STREET[3:], STREET[:0:-1], STREET[1::-1]]


def test_two_visits_at_one_place_have_a_leg_without_length_between_them() -> None:
    """It begins and ends at that place."""
    assert legs(STREET, [STREET[2], STREET[2]]) == [
        STREET[:3],
        (STREET[2], STREET[2]),
        STREET[2:],
    ]


def test_a_round_without_a_stop_is_one_leg() -> None:
    """There is nothing to cut at."""
    assert legs(STREET, []) == [STREET]


points = st.tuples(st.floats(-0.7, -0.5, allow_nan=False), st.floats(44.7, 44.9, allow_nan=False))


@given(st.lists(points, min_size=2, max_size=12), st.lists(points, max_size=6))
def test_the_pieces_of_any_line_join_to_the_line(line, sites) -> None:
    """One piece more than sites; each goes on where the last ended; nothing is left out."""
    found = legs(tuple(line), sites)
    assert len(found) == len(sites) + 1
    assert found[0][0] == line[0]
    assert found[-1][-1] == line[-1]
    for before, after in pairwise(found):
        assert before[-1] == after[0]
    joined = [point for piece in found for point in piece]
    assert without_repeats(joined) == without_repeats(line)


def without_repeats(line):
    """Return the points of a line, each once where it comes twice running."""
    return [point for point, _ in groupby(line)]


def test_whoever_stands_at_a_stop_stands_on_its_pin() -> None:
    """The drawn line ends each leg at the visit's own position."""
    day, _ = small_day()
    for itinerary in itineraries(day):
        moved = movement(itinerary, day.lines[itinerary.technician.id])
        ends = [moved.line[cut] for cut in moved.cuts]
        assert ends[:-1] == [(step.ticket.lat, step.ticket.lon) for step in itinerary.steps]
        assert ends[-1] == moved.line[0] == (day.centre.lat, day.centre.lon)


def test_times_are_those_of_the_plan() -> None:
    """T1: V1 from 8:10 to 8:40, V2 from 8:50 to 9:20, a break, V3 from 10:30, back at 11:10."""
    day, _ = small_day()
    found = movement(itineraries(day)[0], ())
    assert found.line == found.cuts == ()
    assert found.frames == (
        (28_800, 0), (29_400, 1), (31_200, 1), (31_800, 2), (33_600, 2),
        # It left V2 at 9:20 and had driven the ten minutes to V3 when the break began.
        (34_200, 3), (37_800, 3), (39_600, 3), (40_200, 4),
    )  # fmt: skip


def test_a_break_on_the_road_stops_the_van_on_the_road() -> None:
    """Ten minutes of driving, of which the first quarter lies before the break."""
    day, _ = small_day()
    itinerary = itineraries(day)[0]
    pause = BreakTaken(start_s=33_750, end_s=37_350)
    parted = replace(itinerary, round=itinerary.round.model_copy(update={"break_": pause}))
    frames = dict(movement(parted, ()).frames)
    assert frames[33_750] == frames[37_350] == pytest.approx(2 + 150 / 600)
    assert frames[37_800] == 3


@pytest.mark.slow
def test_the_script_gets_numbers_and_codes_of_ours_only() -> None:
    """Whatever the ticket says, no text of it is among the player's data."""
    for text in (None, "<script>"):
        day, _ = small_day(text)
        itinerary = itineraries(day)[1]
        moved = movement(itinerary, day.lines[itinerary.technician.id])
        assert player_data(itinerary, moved) == {
            "letter": "B",
            "css": "round-1",
            "break": None,
            "stops": [
                ["B1", 30_600, 30_600, 32_400],
                ["B2", 32_400, 32_400, 34_200],
                ["B3", 34_800, 34_800, 36_600],
            ],
            "cuts": [1, 2, 3, 4],
            "frames": [[30_000, 0], [30_600, 1], [32_400, 1], [32_400, 2], [34_200, 2],
                       [34_800, 3], [36_600, 3], [37_200, 4]],
        }  # fmt: skip
