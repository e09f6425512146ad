"""Figures by zone: between the middles of squares they are interpolated."""

from __future__ import annotations

import numpy as np
import pytest

from dispatch.streets.density import DensitySettings
from dispatch.streets.zones import Zones

# At 90 junctions a km2 the speed is half of 90 km/h: 0.08 s a metre; without any, 0.04 s.
FIGURES = DensitySettings(
    radius_m=3000.0,
    most_kmh=90.0,
    half_density=90.0,
    steepness=1.0,
    junction_s=10.0,
    short_m=300.0,
    short_kmh=90.0,
)
# Four squares of a kilometre; the eastern ones have ten junctions a kilometre of street.
SQUARES = np.array([[500.0, 500.0], [500.0, 1500.0], [1500.0, 500.0], [1500.0, 1500.0]])
ZONES = Zones(SQUARES, np.array([0.0, 90.0, 0.0, 90.0]), np.array([0.0, 0.0, 10.0, 10.0]))


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        ((500, 500), 0.04),
        ((500, 1500), 0.08),
        # Ten junctions of 10 s a kilometre are 0.1 s a metre.
        ((1500, 1500), 0.18),
        # Half way between: 45 junctions a km2 make 60 km/h, 0.06 s; five a kilometre 0.05 s.
        ((1000, 1000), 0.11),
        # Beyond the squares the nearest counts.
        ((-3000, -3000), 0.04),
        ((9000, 9000), 0.18),
    ],
)
def test_a_metre_takes_what_the_zone_says(at: tuple[float, float], seconds: float):
    found = ZONES.seconds_per_metre(np.array([at], dtype=float), FIGURES)
    assert found == pytest.approx([seconds])


def test_the_bundled_zones_are_slowest_in_the_centre_of_bordeaux():
    """The town hall of Bordeaux, and the woods of Saint-Médard, twice as fast at least."""
    at = np.array([[417_200.0, 6_421_900.0], [401_500.0, 6_428_500.0]])
    figures = FIGURES.model_copy(update={"half_density": 75.0, "steepness": 2.85})
    centre, woods = Zones.read().seconds_per_metre(at, figures)
    assert centre > 2 * woods


def test_nobody_drives_faster_between_junctions_than_the_limit_of_the_mesh():
    """At 36 km/h a metre takes 0.1 s, where the density would allow 90."""
    found = ZONES.seconds_per_metre(
        np.array([[500.0, 500.0]]), FIGURES.model_copy(update={"short_kmh": 36.0})
    )
    assert found == pytest.approx([0.1])
