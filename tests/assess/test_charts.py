"""Positions of the report's diagrams."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.assess import charts
from dispatch.assess.rank import Field

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False, allow_subnormal=False)


@given(st.lists(NUMBERS, min_size=1, max_size=20), st.booleans())
def test_an_axis_holds_its_values_between_its_ends(values, zero):
    """And 0 where it is asked for; ticks are few, round, and within."""
    found = charts.axis(values, 10, 110, zero=zero)
    for value in [*values, *([0.0] if zero else [])]:
        assert 9.9 <= found.at(value) <= 110.1
    assert found.low < found.high
    assert 1 <= len(found.ticks) <= 13 or found.high - found.low < 1e-9 * abs(found.high)
    assert all(9.9 <= tick.at <= 110.1 for tick in found.ticks)


def test_ticks_are_round():
    """From 0 to 8 hours: every two."""
    found = charts.Axis(0, 8.5, 0, 85)
    assert [tick.value for tick in found.ticks] == [0, 2, 4, 6, 8]
    assert found.digits == 0
    assert charts.Axis(0, 0.3, 0, 1).digits == 2


def test_an_axis_of_nothing_is_refused():
    """A diagram without a value is not drawn."""
    with pytest.raises(ValueError, match="no value"):
        charts.axis([math.nan], 0, 1)


def test_intervals_stand_around_zero():
    """Left of it what is less; without an interval there is no row."""
    rows = [("a", -2.0, -3.0, -1.0, "less"), ("b", math.nan, math.nan, math.nan, "not_shown")]
    found = charts.intervals([charts.LabelledInterval(*row) for row in rows])
    assert found is not None
    (row,) = found.rows
    assert row.low < row.value < row.high < found.zero
    assert charts.intervals([charts.LabelledInterval(*row) for row in rows[1:]]) is None


def test_a_box_shows_the_quartiles():
    """Of 0, 1, 2, 3, 4 hours on a scale that holds 0 to 4."""
    found = charts.boxes([charts.LabelledValues("sud", [4, 0, 2, 1, 3], "c")], (0, 4))
    (row,) = found.rows
    at = found.scale.at
    assert [row.low, row.first, row.value, row.third, row.high] == [at(v) for v in range(5)]
    assert row.dots == tuple(at(v) for v in range(5))


def test_a_cloud_draws_each_place_once_and_the_front_through_the_best():
    """A million points of the same place are one."""
    travel = np.r_[np.full(1000, 5.0), 1.0, 9.0]
    imbalance = np.r_[np.full(1000, 2.0), 1.5, 1.1]
    found = charts.cloud(Field(travel, imbalance, {"own": (5.0, 2.0)}), {"own": "c"})
    assert found.drawn == 3
    assert found.points.count("M") == 3
    assert found.edge.count("H") == found.edge.count("V") == 1
    assert found.spots[0].label == "own"


def test_names_in_the_cloud_stand_under_one_another():
    """Two splits at the same place, and both can be read."""
    ones = np.array([1.0, 2.0])
    found = charts.cloud(Field(ones, ones, {"a": (1.0, 1.5), "b": (1.0, 1.5)}), {})
    assert abs(found.spots[0].name_y - found.spots[1].name_y) >= charts.NAME


def test_curves_go_from_corner_to_corner():
    """From the lower left to the upper right."""
    found = charts.curves([charts.LabelledCurve("a", [[0, 0], [1, 1]], "c", None)], size=100)
    (line,) = found.lines
    assert line.path == f"M{found.x.at(0):g} {found.y.at(0):g}L{found.x.at(1):g} {found.y.at(1):g}"
    assert found.y.at(0) > found.y.at(1)
