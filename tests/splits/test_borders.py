"""Borders between communes: computed again, the river by another line, contiguity by networkx."""

from __future__ import annotations

import sys

import networkx as nx
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from dispatch.service.service import read_service
from dispatch.splits.borders import Neighbours, commune_neighbours, shared_borders
from dispatch.territory import TO_METRIC, read_communes
from tests.support.paths import ROOT

SCRIPTS = ROOT / "scripts"
RIVER_M = 150


@pytest.fixture(scope="module")
def communes():
    return read_communes()


@pytest.fixture(scope="module")
def settings():
    return read_service().borders


@pytest.fixture(scope="module")
def garonne():
    sys.path.insert(0, str(SCRIPTS))
    try:
        import garonne as module
    finally:
        sys.path.remove(str(SCRIPTS))
    return module


def test_there_are_61_borders_and_none_is_a_sliver(communes, settings):
    """The shortest is that of Bègles and Talence, far above a point of contact."""
    found = shared_borders(communes, settings.min_length_m)
    assert len(found) == 61
    assert min(found, key=found.get) == ("33039", "33522")
    assert shared_borders(communes, 0.1).keys() == found.keys()


def test_the_borders_in_the_water_are_those_that_the_river_covers(communes, settings, garonne):
    """By the river's own line (scripts/garonne.py), which the service file does not use."""
    line = shapely.LineString([TO_METRIC.transform(*p) for p in garonne.GARONNE])
    river = line.buffer(RIVER_M)
    wet = {
        (a, b)
        for a, b in shared_borders(communes, settings.min_length_m)
        if communes[a].outline.intersection(communes[b].outline).within(river)
    }
    assert wet == set(settings.water)


def test_each_bridge_joins_the_communes_at_its_ends(communes, settings, garonne):
    """Positions of the bridges' ends lie in the communes that the service file names."""
    assert {bridge.name for bridge in settings.bridges} == set(garonne.BRIDGES)
    for bridge in settings.bridges:
        ends = []
        for lon, lat in garonne.BRIDGES[bridge.name]:
            point = shapely.Point(*TO_METRIC.transform(lon, lat))
            ends += [i for i, commune in communes.items() if commune.outline.covers(point)]
        assert sorted(ends) == sorted(bridge.between)


def test_four_borders_have_no_bridge(communes, settings):
    """Bassens and Saint-Louis face Blanquefort, Bordeaux and Parempuyre across the water."""
    near = commune_neighbours(communes, settings)
    closed = {
        pair
        for pair in shared_borders(communes, settings.min_length_m)
        if pair[1] not in near.of[pair[0]]
    }
    assert closed == {
        ("33032", "33056"),
        ("33032", "33063"),
        ("33056", "33434"),
        ("33312", "33434"),
    }


@pytest.mark.slow
@given(
    edges=st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=14),
    kept=st.sets(st.integers(0, 7), min_size=1),
    chosen=st.sets(st.integers(0, 7), min_size=1),
)
def test_pass_through_is_contiguity_with_those_who_take_no_part(edges, kept, chosen):
    """The contracted graph says of any set of kept ones what networkx says of the whole."""
    graph = nx.Graph()
    graph.add_nodes_from(range(8))
    graph.add_edges_from((a, b) for a, b in edges if a != b)
    near = Neighbours({str(n): tuple(sorted(map(str, graph[n]))) for n in range(8)})
    group = chosen & kept
    if not group:
        return
    others = set(range(8)) - kept
    within = graph.subgraph(group | others)
    parts = {frozenset(c & group) for c in map(set, nx.connected_components(within))} - {
        frozenset()
    }
    contracted = near.through([str(n) for n in kept], [str(n) for n in others])
    named = [str(n) for n in group]
    assert {frozenset(map(int, part)) for part in contracted.parts(named)} == parts
    assert {frozenset(map(int, p)) for p in near.parts(named, [str(n) for n in others])} == parts
