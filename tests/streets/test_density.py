"""Speeds by the density of junctions: worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.streets.density import (
    DensitySettings,
    density_s,
    density_speed_kmh,
    junctions_of,
)

# A circle of 1 km radius has 3.1416 km2.
FIGURES = DensitySettings(
    radius_m=1000.0,
    most_kmh=80.0,
    half_density=4 / np.pi,
    steepness=2.0,
    junction_s=6.0,
    short_m=300.0,
    short_kmh=50.0,
)


def test_a_junction_is_where_three_streets_meet():
    """Node 1 has three ends, and node 3 a loop and a street."""
    first, last = np.array([0, 1, 1, 3]), np.array([1, 2, 3, 3])
    assert junctions_of(5, first, last).tolist() == [False, True, False, True, False]


def test_at_the_half_density_the_speed_is_half():
    """Four junctions within the circle are 4/pi a km2: 40 km/h; eight would be a fifth of 80."""
    four = np.array([[0.0, 10.0 * n] for n in range(4)])
    eight = np.concatenate([four, four + 100])
    at = np.array([[0.0, 0.0]])
    assert density_speed_kmh(at, four, FIGURES) == pytest.approx([40])
    assert density_speed_kmh(at, eight, FIGURES) == pytest.approx([16])


def test_far_from_all_junctions_the_speed_is_the_highest():
    """A junction 1,001 m away does not count, nor is there any where the layer has none."""
    at = np.array([[0.0, 0.0]])
    assert density_speed_kmh(at, np.array([[1001.0, 0.0]]), FIGURES).tolist() == [80]
    assert density_speed_kmh(at, np.empty((0, 2)), FIGURES).tolist() == [80]


def test_a_street_takes_its_length_and_half_a_junction_at_each_end():
    """400 m at 40 km/h are 36 s; a junction at one end is 3 s, at both 6 s."""
    found = density_s(np.array([400.0] * 3), np.array([40.0] * 3), np.array([0, 1, 2]), FIGURES)
    assert found == pytest.approx([36, 39, 42])


def test_short_streets_are_driven_at_the_limit_of_built_up_areas_at_most():
    """100 m at 80 km/h are driven at 50, 7.2 s; 400 m at 80 are no short street, 18 s."""
    found = density_s(np.array([100.0, 400.0]), np.array([80.0, 80.0]), np.zeros(2, int), FIGURES)
    assert found == pytest.approx([7.2, 18])


@given(st.integers(0, 40), st.integers(1, 40))
def test_more_junctions_around_are_never_faster(few: int, more: int):
    junctions = np.array([[float(n), 0.0] for n in range(few + more)])
    at = np.array([[0.0, 0.0]])
    assert density_speed_kmh(at, junctions, FIGURES) < density_speed_kmh(
        at, junctions[:few], FIGURES
    )
