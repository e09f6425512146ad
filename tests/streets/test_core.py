"""The core of a graph, and contraction hierarchies: the same times as over the whole graph."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from dispatch.errors import TravelError
from dispatch.streets.arcs import Arcs
from dispatch.streets.core import Core
from dispatch.streets.roads import load_network
from dispatch.streets.router import Router, Site
from dispatch.streets.traffic import Slot
from tests.streets.test_router import CORNERS, at, network

pytestmark = pytest.mark.slow

SLOTS = [Slot(0, 0.0), Slot(28_800, 0.63), Slot(32_400, 0.22)]


def arcs_of(size: int, times: dict[tuple[int, int], float]) -> Arcs:
    """Return arcs of a graph: time by first and last node."""
    keys = sorted(tail * size + head for tail, head in times)
    ms = np.array([times[key // size, key % size] for key in keys], dtype=np.float64)
    none = np.zeros(len(keys))
    return Arcs(size, np.array(keys, dtype=np.int64), ms, none, none.astype(np.int64), none, none)


def both(*ways: tuple[int, int, float]) -> dict[tuple[int, int], float]:
    """Return two-way arcs; the way back takes one more."""
    there = {(a, b): t for a, b, t in ways}
    return {**there, **{(b, a): t + 1 for a, b, t in ways}}


def test_dead_ends_go_and_chains_become_one_arc():
    """Sites 6 and 7 on a ring of 0 to 3, with a dead end of two streets at 2: two arcs are left."""
    ring = both((0, 1, 10.0), (1, 2, 20.0), (2, 3, 30.0), (3, 0, 40.0))
    dead = both((2, 4, 5.0), (4, 5, 5.0))
    arcs = arcs_of(8, {**ring, **dead, (6, 0): 1.0, (2, 7): 2.0})
    core = Core(arcs, 6)
    # 6 only leads to 0 and 7 only comes from 2; between 0 and 2 there are two chains.
    assert core.nodes.tolist() == [0, 2, 6, 7]
    matrix = core.matrix(arcs.ms).toarray()
    number = {node: int(n) for node, n in zip(core.nodes, core.number(core.nodes), strict=True)}
    assert matrix[number[0], number[2]] == 30  # the other chain takes 41 + 31
    assert matrix[number[2], number[0]] == 32
    assert matrix[number[6], number[0]] == 1
    assert matrix[number[2], number[7]] == 2
    assert np.count_nonzero(matrix) == 4


@st.composite
def graphs(draw: st.DrawFn):
    """Return a sparse graph with chains, dead ends, loops and one-way streets, and its sites."""
    inner, sites = draw(st.integers(1, 14)), draw(st.integers(1, 4))
    size = inner + 2 * sites
    node = st.integers(0, inner - 1)
    pairs = draw(st.lists(st.tuples(node, node, st.booleans()), max_size=24))
    arcs = {(a, b) for a, b, _ in pairs if a != b}
    arcs |= {(b, a) for a, b, two_way in pairs if a != b and two_way}
    for site in range(sites):
        arcs |= {(inner + site, draw(node)), (draw(node), inner + sites + site)}
    weights = st.integers(1, 50)
    first = {arc: float(draw(weights)) for arc in sorted(arcs)}
    second = {arc: float(draw(weights)) for arc in sorted(arcs)}
    return size, inner, sites, first, second


@given(graph=graphs())
@settings(max_examples=300, deadline=None)
def test_the_core_has_the_times_of_the_whole_graph(graph):
    """Whatever the graph; unreachable stays so; made once, it serves other times as well."""
    size, inner, sites, first, second = graph
    core = Core(arcs_of(size, first), inner)
    leave, arrive = np.arange(inner, inner + sites), np.arange(inner + sites, size)
    for times in (first, second):
        arcs = arcs_of(size, times)
        tails, heads = np.divmod(arcs.key, size)
        whole = csr_matrix((arcs.ms, (tails, heads)), shape=(size, size))
        expected = dijkstra(whole, indices=leave)[:, arrive]
        found = dijkstra(core.matrix(arcs.ms), indices=core.number(leave))
        assert (found[:, core.number(arrive)] == expected).all()


def some_sites(count: int, seed: int) -> list[Site]:
    """Return sites all over the Métropole, two of them at one address."""
    lonlat = np.random.default_rng(seed).uniform((-0.66, 44.80), (-0.53, 44.87), (count, 2))
    return [Site(str(i), *p) for i, p in enumerate([*lonlat.tolist(), lonlat[0].tolist()])]


def test_times_over_the_core_are_those_of_the_whole_graph():
    """On the bundled roads, where every slot without traffic is a run over all of it."""
    sites, router = some_sites(40, 5), Router(load_network())
    whole = router.measure(sites).seconds[0]
    assert (router.measure(sites, distances=False).seconds[0] == whole).all()


def test_a_hierarchy_finds_the_same_times():
    """Slot by slot, with and without metres, to the second."""
    pytest.importorskip("pyroutingkit", reason="the extra `ch` is not installed")
    sites, network = some_sites(90, 6), load_network()
    plain = Router(network).measure(sites, SLOTS)
    quick = Router(network, engine="hierarchy")
    for distances in (True, False):
        found = quick.measure(sites, SLOTS, distances=distances)
        assert (found.seconds == plain.seconds).all()
        assert (found.metres is None) != distances
        assert found.metres is None or (found.metres == plain.metres).all()


def test_a_hierarchy_without_its_package_says_what_to_install(monkeypatch):
    """The extra, or the other engine."""
    monkeypatch.setitem(sys.modules, "pyroutingkit", None)
    router = Router(load_network(), engine="hierarchy")
    with pytest.raises(TravelError, match=r"pip install '\.\[ch\]'; or use the engine 'dijkstra'"):
        router.measure(some_sites(3, 1), SLOTS)


def test_of_equally_quick_ways_the_shortest_counts():
    """Two streets of 200 s by one corner, 3,000 m and 2,000 m by another: metres and the line."""
    ways = [(1, 2, 100, 1500), (2, 3, 100, 1500), (1, 4, 100, 1000), (4, 3, 100, 1000)]
    router = Router(network([*ways, *((v, u, s, m) for u, v, s, m in ways)]), access_s=0)
    travel = router.measure(at(1, 3))
    assert travel.seconds[0].tolist() == [[0, 200], [200, 0]]
    assert travel.metres is not None
    assert travel.metres.tolist() == [[0, 2000], [2000, 0]]
    assert router.path(*at(1, 3)) == [CORNERS[1], CORNERS[4], CORNERS[3]]


@pytest.mark.parametrize(("seconds", "metres"), [(140_000, 1000), (1000, 7_000_000)])
def test_ways_too_long_to_be_told_exactly_are_refused(seconds, metres):
    """Of 39 hours, or of 7,000 km: time and length would run into each other."""
    ways = [(1, 3, seconds, metres), (3, 1, seconds, metres)]
    with pytest.raises(TravelError, match="too long to be measured"):
        Router(network(ways)).measure(at(1, 3))
    halves = [(a, b, seconds // 2, metres // 2) for a, b, *_ in ways]
    assert Router(network(halves), access_s=0).measure(at(1, 3)).seconds[0, 0, 1] == seconds // 2
