"""The map of a round: stops where they are, numbers where they are read."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.sheets.gantt import ROWS_A_PAGE, gantts
from dispatch.sheets.ground import round_map
from dispatch.sheets.stop_labels import STOP_RADIUS, place_labels
from tests.support.sheets_fixture import land_of, long_round, small_content

WIDTH, HEIGHT = 1900, 800
positions = st.tuples(st.floats(80, WIDTH - 80), st.floats(80, HEIGHT - 80))


@pytest.fixture
def chart():
    """Return the map of T1's round of the small day."""
    content = small_content()
    return round_map(content.day, content.rounds[0], land_of(content), width=WIDTH, height=HEIGHT)


def points_of(path):
    """Return the positions of an SVG path."""
    return [tuple(map(float, pair.split())) for pair in re.findall(r"[\d.-]+ [\d.-]+", path)]


def test_the_map_holds_the_whole_round(chart):
    """V2 is west of V1, V3 north-east of both, the centre east of all: so they lie on paper."""
    one, two, three = chart.spots
    assert [spot.number for spot in chart.spots] == [1, 2, 3]
    assert two.x < one.x < three.x < chart.home[0]
    assert three.y < one.y < two.y
    for x, y in points_of(chart.way):
        assert 0 < x < WIDTH
        assert 0 < y < HEIGHT
    assert points_of(chart.way)[0] == points_of(chart.way)[-1] == chart.home


def test_the_scale_is_true(chart):
    """V1 and V3 are 1,715 m apart (longitude 0.020°, latitude 0.006°): so says the bar."""
    one, three = chart.spots[0], chart.spots[2]
    on_paper = math.hypot(one.x - three.x, one.y - three.y)
    metres = on_paper * chart.bar_label_m / chart.bar_width
    assert metres == pytest.approx(1715, rel=0.01)
    assert str(chart.bar_label_m)[0] in "125"


def test_what_tells_where_one_is_lies_under_it(chart):
    """The river and the road are cut at the map's edge; names of communes that have room."""
    for path in (*chart.water, *chart.roads, *chart.borders):
        assert all(-1 <= x <= WIDTH + 1 and -1 <= y <= HEIGHT + 1 for x, y in points_of(path))
    assert len(chart.water) == len(chart.roads) == 1
    assert {name.text for name in chart.names} == {"Pessac", "Talence"}


def test_a_round_without_a_way_shows_its_stops():
    """Where the lines are gone nothing is drawn that nobody drove."""
    content = small_content()
    content = replace(content, day=replace(content.day, lines={}))
    found = round_map(content.day, content.rounds[0], land_of(content), width=WIDTH, height=HEIGHT)
    assert (found.way, found.arrows) == ("", ())
    assert len(found.spots) == 3


def test_two_stops_at_one_place_are_both_read(chart):
    """The second number stands beside, with a line to the place."""
    first, second = place_labels([(500, 400), (500, 400)], (900, 400), (WIDTH, HEIGHT))
    assert not first.led
    assert second.led
    assert (second.x, second.y) == (500, 400)


@settings(max_examples=60, deadline=None)
@given(st.lists(positions, max_size=14), positions)
def test_numbers_hide_neither_each_other_nor_the_centre(places, home):
    """Fourteen stops anywhere, were they all at one place."""
    spots = place_labels(places, home, (WIDTH, HEIGHT))
    labels = [home, *((spot.label_x, spot.label_y) for spot in spots)]
    for rank, (x, y) in enumerate(labels):
        for u, v in labels[:rank]:
            # Rounded to whole tenths of a millimetre.
            assert math.hypot(x - u, y - v) > 2 * STOP_RADIUS - 2


def test_the_timeline_has_a_row_a_round_in_the_order_of_time():
    """T1 from 8:00 to 11:10 with its break after the second job; T2 from 8:20 to 10:20."""
    [found] = gantts(small_content().rounds)
    first, second = found.rows
    assert (first.letter, first.name, first.hours) == ("A", "T1", "08:00–11:10")
    assert [job.label for job in first.jobs] == ["1", "2", "3"]
    assert first.jobs[1].x < first.pause.x < first.jobs[2].x
    assert second.pause is None
    assert first.span.x < second.span.x
    # Four hours from 8 to 12 h; the first and the last are where the rounds' scale ends.
    assert [hour.label for hour in found.hours] == [
        "8\u202fh",
        "9\u202fh",
        "10\u202fh",
        "11\u202fh",
        "12\u202fh",
    ]


def test_a_day_of_many_rounds_takes_several_timelines():
    """Each fits a page, on the same hours; no round has none."""
    [itinerary] = long_round(3).rounds
    found = gantts([itinerary] * (ROWS_A_PAGE + 1))
    assert [len(part.rows) for part in found] == [ROWS_A_PAGE, 1]
    assert found[0].hours == found[1].hours
    assert all(part.height < 2400 for part in found)
    assert gantts([]) == ()
