"""Which ends of sections join: numbers, positions, levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.networks.section_nodes import APART, FAR, join_ends
from tests.support.layers import sections_of, settings

if TYPE_CHECKING:
    from collections.abc import Sequence

LAYERS = settings().layers


def nodes(
    lines: Sequence[Sequence[tuple[float, float]]],
    level: Sequence[int] = (),
    first: Sequence[str] = (),
    last: Sequence[str] = (),
) -> tuple[list[int], list[int], dict[str, int]]:
    """Return the nodes at both ends of lines (m), and what is told."""
    ends = join_ends(sections_of(lines, level=level, first=first, last=last), LAYERS)
    return ends.first.tolist(), ends.last.tolist(), ends.told


def test_ends_within_a_metre_join_and_others_do_not():
    """60 cm apart; then 1.5 m apart."""
    first, last, told = nodes([[(0, 0), (100, 0)], [(100.6, 0), (200, 0)], [(201.5, 0), (300, 0)]])
    assert (first, last) == ([0, 1, 2], [1, 3, 4])
    assert told == {}


def test_nodes_are_numbered_in_the_order_of_the_layer():
    """First ends come before last ones."""
    first, last, _ = nodes([[(100, 0), (0, 0)], [(0, 0), (0, 50)]])
    assert (first, last) == ([0, 1], [1, 2])


def test_equal_numbers_join_across_a_roundabout():
    """Ends 20 m from each other have the roundabout's number."""
    first, last, _ = nodes(
        [[(0, 0), (100, 0)], [(120, 0), (200, 0)]], first=["1", "2"], last=["2", "3"]
    )
    assert last[0] == first[1]


def test_two_numbers_at_one_place_do_not_join():
    """The layer says so: a bridge over a street."""
    first, last, _ = nodes(
        [[(0, 0), (100, 0)], [(100, 0), (200, 0)]], first=["1", "3"], last=["2", "4"]
    )
    assert last[0] != first[1]


def test_an_end_without_a_number_joins_those_at_its_place():
    first, last, _ = nodes(
        [[(0, 0), (100, 0)], [(100, 0), (200, 0)]], first=["1", ""], last=["2", ""]
    )
    assert last[0] == first[1]


def test_a_number_whose_ends_lie_far_apart_is_told_and_not_believed():
    """Two ends of junction 2 are 900 m apart: they join by position."""
    first, last, told = nodes(
        [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(1000, 0), (1100, 0)]],
        first=["1", "2", "2"], last=["2", "3", "4"],
    )  # fmt: skip
    assert last[0] == first[1] != first[2]
    assert told == {FAR: 1}


EAST, WEST = [(0, 0), (100, 0)], [(-100, 0), (0, 0)]
NORTH, SOUTH = [(0, 0), (0, 100)], [(0, -100), (0, 0)]


def test_a_bridge_over_a_road_does_not_join_it():
    """Both are cut where they cross: two nodes, and the crossing is told."""
    first, last, told = nodes([WEST, EAST, SOUTH, NORTH], level=[0, 0, 1, 1])
    assert last[0] == first[1] != last[2] == first[3]
    assert told == {APART: 1}


def test_a_road_goes_up_to_a_bridge_and_down_again():
    """Ground, bridge, ground: one end of each level at both places."""
    first, last, told = nodes(
        [[(0, 0), (100, 0)], [(100, 0), (300, 0)], [(300, 0), (400, 0)]], level=[0, 1, 0]
    )
    assert last[:2] == first[1:]
    assert told == {}


def test_a_bridge_that_ends_at_a_quay_joins_it():
    """The quay goes on, the bridge does not."""
    first, last, told = nodes([SOUTH, NORTH, EAST], level=[0, 0, 1])
    assert last[0] == first[1] == first[2]
    assert told == {}


def test_two_carriageways_of_a_bridge_join_the_quay():
    """They lead to the same side, 11 degrees apart, so that neither goes on."""
    first, last, _ = nodes([SOUTH, NORTH, EAST, [(0, 0), (100, 20)]], level=[0, 0, 1, 1])
    assert last[0] == first[1] == first[2] == first[3]


def test_of_three_levels_a_ramp_joins_the_nearest_that_goes_on():
    """Tunnel and bridge go on; the ground's end is nearer to the tunnel by one level."""
    first, last, _ = nodes([WEST, EAST, SOUTH, NORTH, [(0, 0), (70, 70)]], level=[-1, -1, 2, 2, 0])
    assert first[4] == first[1] != first[3]
    assert last[0] == first[1]
    assert last[2] == first[3]


coordinates = st.integers(0, 3).map(lambda n: n * 50.0)
lines = st.lists(
    st.tuples(st.tuples(coordinates, coordinates), st.tuples(coordinates, coordinates)).filter(
        lambda ends: ends[0] != ends[1]
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@given(lines, st.data())
def test_ends_at_different_places_never_join_and_those_of_one_level_always_do(found, data):
    """Whatever the levels: a node is one place, and a level at a place is one node."""
    level = data.draw(st.lists(st.integers(-1, 1), min_size=len(found), max_size=len(found)))
    first, last, _ = nodes(found, level=level)
    places: dict[int, set[tuple[float, float]]] = {}
    of_level: dict[tuple[tuple[float, float], int], set[int]] = {}
    for line, one, nodes_ in zip(found, level, zip(first, last, strict=True), strict=True):
        for place, node in zip(line, nodes_, strict=True):
            places.setdefault(node, set()).add(place)
            of_level.setdefault((place, one), set()).add(node)
    assert all(len(several) == 1 for several in places.values())
    assert all(len(several) == 1 for several in of_level.values())


def test_positions_far_from_france_join_too():
    """The plane of distances is that of the layer's own latitude."""
    here = sections_of([[(0, 0), (100, 0)], [(100.6, 0), (200, 0)]], origin=(174.7, -36.8))
    ends = join_ends(here, LAYERS)
    assert ends.last[0] == ends.first[1]
    assert np.isfinite(ends.lonlat).all()
    assert ends.lonlat[0] == pytest.approx([174.7, -36.8])
