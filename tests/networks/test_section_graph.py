"""Sections become a street graph: joined, doubles put together, timed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dispatch.networks.layer import ReadLayer
from dispatch.networks.layer_mapping import LayerMapping
from dispatch.networks.section_graph import BY_DENSITY, graph_of_sections
from dispatch.networks.streets import TWICE
from tests.support.layers import sections_of, settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx

SETTINGS = settings()
SQUARE = [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 100)], [(0, 100), (0, 0)]]


def graph(
    lines: Sequence[Sequence[tuple[float, float]]],
    **changed: Any,  # noqa: ANN401 - arrays of every kind
) -> tuple[nx.MultiDiGraph[int], ReadLayer]:
    """Return the graph of lines (m), and the layer with what is told."""
    read = ReadLayer("a.gpkg", sections_of(lines, **changed), LayerMapping())
    return graph_of_sections(read, SETTINGS), read


def test_a_square_of_sections_is_driven_both_ways_round():
    """Four nodes of two arms: 100 m at the limit of towns, as there is no junction."""
    made, read = graph(SQUARE)
    assert (len(made), made.number_of_edges()) == (4, 8)
    assert {values["length"] for *_, values in made.edges(data=True)} == {100.0}
    fastest = 100 * 3.6 / SETTINGS.density.short_kmh
    assert all(values["travel_time"] == pytest.approx(fastest) for *_, values in
               made.edges(data=True))  # fmt: skip
    assert read.account.told == {BY_DENSITY: 4}
    assert made.graph["attribution"] == "Roads of a.gpkg"


def test_a_junction_costs_half_its_delay_at_each_end():
    """Three arms at the origin and 900 m beyond: one junction in the circle of 3 km."""
    star = [[(0, 0), (900, 0)], [(0, 0), (0, 900)], [(0, 0), (-900, 0)]]
    made, _ = graph(star)
    figures = SETTINGS.density
    density = 1 / (np.pi * (figures.radius_m / 1000) ** 2)
    speed = figures.most_kmh / (1 + (density / figures.half_density) ** figures.steepness)
    seconds = 900 * 3.6 / speed + figures.junction_s / 2
    assert made[1][2][0]["travel_time"] == pytest.approx(seconds)


def test_a_line_drawn_twice_is_one_street_driven_in_the_directions_of_both():
    """Each direction was drawn by itself, the second line backwards; its 100 m are told."""
    back = SQUARE[0][::-1]
    one_way = {"along": np.array([True, True]), "against": np.array([False, False])}
    made, read = graph([SQUARE[0], back], **one_way)
    assert sorted(made.edges()) == [(1, 2), (2, 1)]
    assert read.account.left_out_m == {TWICE: 100.0}
    same, _ = graph([SQUARE[0], SQUARE[0]], **one_way)
    assert list(same.edges()) == [(1, 2)]


def test_two_streets_between_the_same_junctions_stay_two():
    """One is straight, the other bends."""
    made, read = graph([SQUARE[0], [(0, 0), (50, 40), (100, 0)]])
    assert made.number_of_edges() == 4
    assert TWICE not in read.account.left_out_m


def test_a_one_way_section_is_driven_one_way_along_its_line():
    made, _ = graph(
        [SQUARE[0], [(100, 0), (100, 50), (100, 100)]],
        along=np.array([False, True]), against=np.array([True, False]),
    )  # fmt: skip
    assert sorted(made.edges()) == [(2, 1), (2, 3)]
    bent = made[2][3][0]["geometry"]
    assert bent.coords[0] == pytest.approx((made.nodes[2]["x"], made.nodes[2]["y"]))


def test_what_the_layer_states_is_on_the_edge():
    """A mean speed is a time; a limit, a class and the rest are told to the junction model."""
    made, read = graph(
        [[(0, 0), (100, 0)], [(100, 0), (200, 0)]],
        road_class=np.array(["primary", "residential"]),
        by_density=np.array([False, False]),
        mean_kmh=np.array([36.0, np.nan]),
        limit_kmh=np.array([np.nan, 30.0]),
        level=[1, 1],
        access=np.array([0, 2], dtype=np.int8),
        roundabout=np.array([False, True]),
        names=("Pont", "Rond-point"),
    )
    stated, limited = made[1][2][0], made[2][3][0]
    assert stated["travel_time"] == pytest.approx(10)
    assert (stated["highway"], stated["bridge"], stated["name"]) == ("primary", "yes", "Pont")
    assert "travel_time" not in limited
    assert (limited["maxspeed"], limited["junction"], limited["access_level"]) == (
        "30", "roundabout", 2,
    )  # fmt: skip
    assert read.account.told == {}
