"""What junctions cost, on crossings small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest

from dispatch.streets.settings import RoadSettings, bundled_section
from dispatch.streets.times import DelaySettings, DrivingSettings, driving_s, junction_s, road_ranks

# Give way: 30, 20, 10 s; keep on: 6, 4, 2 s at main, middling and minor streets.
SETTINGS = DrivingSettings(
    speed_share=0.5,
    spacing_m=25.0,
    signal_s=15.0,
    signal_reach_m=40.0,
    give_way_s=DelaySettings(major=30.0, medium=20.0, minor=10.0),
    keep_on_s=DelaySettings(major=6.0, medium=4.0, minor=2.0),
)


def star(*classes: str):
    """Return the streets from nodes 1, 2, ... to the crossing 0, and back, each of a class."""
    outer = np.arange(1, len(classes) + 1)
    centre = np.zeros(len(classes), dtype=np.int64)
    tails, heads = np.concatenate([outer, centre]), np.concatenate([centre, outer])
    return tails, heads, np.array([*classes, *classes])


def delays(*classes: str) -> list[float]:
    """Return the delay of those who arrive at the crossing on each street."""
    tails, heads, road_class = star(*classes)
    return junction_s(tails, heads, road_ranks(road_class), SETTINGS)[: len(classes)].tolist()


def seconds(*classes: str, metres: float = 100.0, signal: bool = False, ring: bool = False):
    tails, heads, road_class = star(*classes)
    size = len(tails)
    return driving_s(
        tails,
        heads,
        np.full(size, metres),
        np.full(size, 36.0),
        road_class,
        SETTINGS,
        signals=np.array([signal, *[False] * len(classes)]),
        in_roundabout=np.full(size, ring),
    ).tolist()


def test_a_side_street_gives_way_to_the_main_road_which_keeps_on():
    """Secondary past a residential street: 4 s; the side street: 20 s."""
    assert delays("secondary", "secondary", "residential") == [4, 4, 20]


def test_equal_streets_that_cross_all_give_way():
    """Four primary roads: nobody has priority for good."""
    assert delays("primary", "primary", "primary", "primary") == [30] * 4
    assert delays("residential", "residential", "residential") == [10] * 3


def test_a_bend_and_a_dead_end_are_no_junctions():
    """Two streets that meet are one; so is a street's end."""
    assert delays("primary", "residential") == [0, 0]
    assert delays("primary") == [0]


def test_a_road_that_ends_at_a_more_important_one_gives_way_even_if_it_is_only_one():
    """A tertiary road that goes on as a primary one, with a lane beside: 30 s."""
    assert delays("tertiary", "primary", "residential") == [30, 6, 30]


def test_slip_roads_join_a_motorway_without_a_stop():
    """Merging is no junction; on a motorway nobody stops for it."""
    assert delays("motorway", "motorway", "motorway_link") == [0, 0, 0]


def test_a_slip_road_gives_way_at_its_other_end():
    """Where it meets a primary road it stops as a side street does, and the main road keeps on."""
    assert delays("motorway_link", "primary", "primary") == [30, 6, 6]
    assert delays("motorway_link", "residential", "residential") == [10, 10, 10]


def test_both_ways_of_a_street_are_one_arm():
    """Parallel edges and both directions do not turn a bend into a crossing."""
    tails, heads = np.array([1, 0, 1, 2, 0]), np.array([0, 1, 0, 0, 2])
    found = junction_s(tails, heads, np.zeros(5, dtype=np.int64), SETTINGS)
    assert found.tolist() == [0] * 5


def test_a_street_takes_its_length_at_the_share_of_its_speed_and_its_delay():
    """100 m at half of 36 km/h: 20 s; and the 10 s of a minor crossing; none on the way out."""
    assert seconds("residential", "residential", "residential") == [30, 30, 30, 20, 20, 20]


def test_pieces_of_a_junction_and_roundabouts_cost_no_stop():
    """20 m between two roadways: 4 s, no more; a ring has priority."""
    assert seconds("primary", "primary", "primary", metres=20.0)[0] == 4
    assert seconds("primary", "primary", "primary", ring=True)[0] == 20


def test_a_signal_costs_at_least_its_own_delay():
    """On a bend 15 s; at a crossing that costs 30 s already, no more."""
    assert seconds("primary", "primary", signal=True)[:2] == [35, 35]
    assert seconds("primary", "primary", "primary", signal=True)[0] == 50


@pytest.mark.parametrize("times", [1.0, 7.0])
def test_longer_delays_never_make_a_street_quicker(times):
    """Property: each time rises with the delays, whatever the classes."""
    generator = np.random.default_rng(int(times))
    names = np.array(["motorway", "trunk_link", "primary", "tertiary", "residential", "odd"])
    tails, heads = generator.integers(0, 40, (2, 200))
    tails, heads = tails[tails != heads], heads[tails != heads]
    size = len(tails)
    given = (
        tails, heads, generator.uniform(1, 400, size), generator.uniform(10, 90, size),
        names[generator.integers(0, len(names), size)],
    )  # fmt: skip
    marks = {"signals": generator.random(40) < 0.2, "in_roundabout": generator.random(size) < 0.1}
    more = SETTINGS.model_copy(
        update={
            "give_way_s": DelaySettings(major=30 * times, medium=20 * times, minor=10 * times),
            "keep_on_s": DelaySettings(major=6 * times, medium=4 * times, minor=2 * times),
        }
    )
    base, slower = (driving_s(*given, settings, **marks) for settings in (SETTINGS, more))
    assert (slower >= base).all()
    assert (base >= given[2] * 3.6 / given[3] / 0.5 - 1e-9).all()


@pytest.mark.slow
def test_the_bundled_figures_rise_with_the_rank_of_the_street():
    """A main road costs more than a minor one, and giving way more than keeping on."""
    driving = RoadSettings.from_toml(bundled_section("roads")).driving
    for delay in (driving.give_way_s, driving.keep_on_s):
        assert delay.major >= delay.medium >= delay.minor
    assert driving.give_way_s.minor > driving.keep_on_s.minor
