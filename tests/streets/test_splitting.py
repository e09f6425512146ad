"""Loops and parallel streets in three parts, of every source, as arms of their junctions."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import osmnx
import pytest
from shapely import LineString

from dispatch.streets.graph import assemble, network_from_graph
from dispatch.streets.roads import read_graphml
from dispatch.streets.router import Router, Site
from dispatch.streets.settings import RoadSettings, bundled_section
from dispatch.streets.splitting import split_edges
from tests.support.tiny_streets import at, built, seconds, town

if TYPE_CHECKING:
    from pathlib import Path

LOOP = [at(0, 0), at(100, 100), at(200, 0), at(100, -100), at(0, 0)]


def roads() -> RoadSettings:
    return RoadSettings.from_toml(bundled_section("roads"))


def lollipop(*, both: bool, reversed_line: bool) -> nx.MultiDiGraph:
    """Return a street from 1 to 2 of 300 m, and a loop at 2, as OSMnx has them."""
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_node(1, x=at(-300, 0)[0], y=at(-300, 0)[1])
    graph.add_node(2, x=LOOP[0][0], y=LOOP[0][1])
    plain = {"highway": "residential", "length": 300.0}
    graph.add_edge(1, 2, **plain)
    graph.add_edge(2, 1, **plain)
    ring = {"highway": "residential", "length": 565.0}
    graph.add_edge(2, 2, **ring, geometry=LineString(LOOP))
    if both:
        line = LOOP[::-1] if reversed_line else LOOP
        graph.add_edge(2, 2, **ring, geometry=LineString(line))
    return graph


@pytest.mark.parametrize("reversed_line", [True, False])
def test_a_loop_is_three_streets_in_both_directions(reversed_line: bool):
    """Whatever the line of its way back; both directions share the two nodes between."""
    graph = lollipop(both=True, reversed_line=reversed_line)
    network = network_from_graph(graph, "x", "x", "", roads())
    assert (network.node_count, network.edge_count) == (4, 8)
    assert network.metres.sum() == pytest.approx(2 * (300 + 565))
    # The far end of the loop is reached either way round.
    far = Site("far", *at(200, 0))
    start = Site("start", *at(-300, 0))
    travel = Router(network, access_s=0).measure([start, far])
    assert travel.metres is not None
    assert travel.metres.tolist() == [[0, 582], [582, 0]]


def test_a_one_way_loop_is_driven_one_way():
    """Out of its third quarter one drives on, never back."""
    graph = lollipop(both=False, reversed_line=False)
    network = network_from_graph(graph, "x", "x", "", roads())
    late = Site("late", *at(100, -100))
    travel = Router(network, access_s=0).measure([Site("start", *at(-300, 0)), late])
    assert travel.metres is not None
    assert travel.metres[0, 1] == pytest.approx(300 + 565 * 0.75, abs=1)
    assert travel.metres[1, 0] == pytest.approx(300 + 565 * 0.25, abs=1)


def test_a_loop_counts_as_two_arms():
    """A street that ends in a loop meets a junction there: three arms, 12 s."""
    settings = roads()
    network = network_from_graph(lollipop(both=True, reversed_line=True), "x", "x", "", settings)
    onto = np.flatnonzero(network.node_ids[network.tails] == 1)
    rolling = 300 / (30 * settings.driving.speed_share) * 3.6
    assert network.seconds[onto].tolist() == pytest.approx([rolling + 12])


@pytest.mark.parametrize("crs", ["{'init': 'epsg:4326'}", "EPSG:4326", "epsg:4326",
                                 "urn:ogc:def:crs:EPSG::4326"])  # fmt: skip
def test_graphs_of_any_age_are_read(tmp_path: Path, crs: str):
    """Older OSMnx wrote its CRS as a dictionary's text."""
    path = tmp_path / "old.graphml"
    osmnx.save_graphml(lollipop(both=True, reversed_line=True), path)
    path.write_text(path.read_text().replace("epsg:4326", crs))
    network = network_from_graph(read_graphml(path), path.name, "x", "", roads())
    assert network.edge_count == 8


def test_of_parallel_streets_both_are_there_for_sites():
    """600 m straight, 180 m more round: a site on the longer one is on it."""
    places = {1: (0, 0), 2: (600, 0), 3: (0, 90), 4: (600, 90)}
    ways = {10: ([1, 2], {}), 11: ([1, 3, 4, 2], {})}
    network, account = built(town(ways, places))
    assert network.metres.sum() == pytest.approx(2 * (600 + 780), abs=1)
    assert account.left_out_m == {}
    # 90 m and 300 m at 30 km/h: 46.8 s.
    assert seconds(network, [(at(0, 0), at(300, 90))]) == [47]
    assert seconds(network, [(at(0, 0), at(600, 0))]) == [72]


def test_a_street_drawn_twice_counts_once():
    """Two ways over the same two nodes: one is used, the other told."""
    places = {1: (0, 0), 2: (500, 0), 3: (500, 400)}
    ways = {10: ([1, 2], {}), 11: ([2, 1], {"highway": "secondary"}), 12: ([2, 3], {})}
    network, account = built(town(ways, places))
    assert network.metres.sum() == pytest.approx(2 * 900, abs=1)
    assert account.left_out_m == {
        "drawn twice between the same two nodes": pytest.approx(500, abs=1)
    }


def test_every_edge_of_a_graph_is_told_as_kept_or_not():
    """A way out without return, and a double of a street."""
    graph = lollipop(both=True, reversed_line=True)
    graph.add_node(3, x=at(-900, 0)[0], y=at(-900, 0)[1])
    graph.add_edge(1, 3, highway="residential", length=600.0)
    graph.add_edge(1, 2, highway="residential", length=300.0)
    made = assemble(graph, "x", "x", "", roads())
    assert made.metres[~made.kept & ~made.double].tolist() == [600.0]
    assert made.metres[made.double].tolist() == [300.0]
    assert (made.network.dropped_nodes, made.network.dropped_edges) == (1, 1)
    # There and back of a street have one number: the street, the loop, the way out.
    assert len(np.unique(made.street)) == 3


def test_no_two_parts_join_the_same_pair():
    """Three loops at one node, and three streets between two: all apart, lengths as before."""
    tails, heads = np.array([0, 0, 0, 0, 0, 0]), np.array([0, 0, 0, 1, 1, 1])
    metres = np.array([90.0, 120.0, 150.0, 60.0, 70.0, 80.0])
    lines = [np.array([[0, 0], [i + 1.0, 1.0], [i + 2.0, 0.5], [0, 0]]) for i in range(3)]
    lines += [np.array([[0, 0], [1.0, float(i)], [2.0, 0.0]]) for i in range(3)]
    found = split_edges(2, tails, heads, metres, metres, lines)
    pairs = set(zip(found.tails.tolist(), found.heads.tolist(), strict=True))
    assert len(pairs) == len(found.edge) == 5 * 3 + 1
    assert all(a != b for a, b in pairs)
    assert found.part[found.edge == 3].tolist() == [0]
    assert len(found.new_lonlat) == 10
    for edge, line in enumerate(lines):
        parts = [found.lines[i] for i in np.flatnonzero(found.edge == edge)]
        assert parts[0][0].tolist() == line[0].tolist()
        assert parts[-1][-1].tolist() == line[-1].tolist()
        assert all((a[-1] == b[0]).all() for a, b in pairwise(parts))
