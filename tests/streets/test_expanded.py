"""Ways that keep signs: by hand, and against every walk of small random graphs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra

from dispatch.streets.attach import JoinedNetwork, Streets
from dispatch.streets.core import Core
from dispatch.streets.expanded import expanded, next_stage
from dispatch.streets.hierarchy import Hierarchy
from dispatch.streets.network import Network
from dispatch.streets.parts import among_edges, usable

# Walks of so many edges are tried one by one.
WALK = 6


def network_of(
    size: int,
    edges: list[tuple[int, int]],
    seconds: list[float],
    levels: list[int],
    forbidden: list[tuple[int, ...]],
) -> Network | None:
    """Return the part of a graph that is used, as a network; None when nothing of it is."""
    order = sorted(range(len(edges)), key=lambda number: edges[number])
    renumbered = {old: new for new, old in enumerate(order)}
    tails, heads = (np.array([edges[n][end] for n in order], dtype=np.int64) for end in (0, 1))
    level = np.array([levels[n] for n in order], dtype=np.int8)
    signs = [tuple(renumbered[n] for n in one) for one in forbidden]
    kept, level = usable(size, tails, heads, level, signs, np.array([seconds[n] for n in order]))
    if not kept.any():
        return None
    chosen = np.flatnonzero(kept)
    turns = among_edges(signs, chosen, len(kept))
    lines = np.zeros((2 * len(chosen), 2))
    times = np.array([seconds[n] for n in order])[chosen]
    return Network(
        name="x", approximate=False, attribution="", sha256="", node_ids=np.arange(size),
        lon=np.zeros(size), lat=np.zeros(size), tails=tails[chosen], heads=heads[chosen],
        seconds=times, metres=times * 10, attachable=np.ones(len(chosen), dtype=np.bool_),
        road_class=np.full(len(chosen), "residential"),
        line_starts=np.arange(0, 2 * len(chosen) + 1, 2), line_lonlat=lines,
        access_level=level[chosen],
        turn_starts=np.cumsum([0, *map(len, turns)]),
        turn_edges=np.array([n for one in turns for n in one], dtype=np.int64),
    )  # fmt: skip


def joined(network: Network, sites: list[int]) -> JoinedNetwork:
    """Return a network with a site in the middle of each of some edges."""
    count = len(sites)
    zero = np.zeros(count)
    return JoinedNetwork(
        Streets(network), count, np.arange(count), np.array(sites), zero + 0.5, zero, zero
    )


def is_legal(network: Network, walk: list[int]) -> bool:
    """Return whether a walk of edges keeps every sign, by the meaning of signs alone."""
    levels = [int(network.access_level[edge]) for edge in walk]
    lowest = levels.index(min(levels))
    falls = all(a >= b for a, b in pairwise(levels[: lowest + 1]))
    rises = all(a <= b for a, b in pairwise(levels[lowest:]))
    text = tuple(walk)
    signs = any(
        text[i : i + len(one)] == one for one in network.forbidden for i in range(len(text))
    )
    return falls and rises and not signs


def walks(network: Network, start: int, end: int) -> list[list[int]]:
    """Return every legal walk from one edge to another, of at most `WALK` edges."""
    found, open_walks = [], [[start]]
    while open_walks:
        walk = open_walks.pop()
        if len(walk) > 1 and walk[-1] == end:
            found.append(walk)
        if len(walk) < WALK:
            for edge in np.flatnonzero(network.tails == network.heads[walk[-1]]).tolist():
                if is_legal(network, [*walk, edge]):
                    open_walks.append([*walk, edge])
    return found


def walk_ms(network: Network, walk: list[int]) -> float:
    """Return the time (ms) of a walk from the middle of its first edge to that of its last."""
    ms = np.rint(network.seconds[walk] * 1000)
    return float(np.ceil(ms[0] / 2) + ms[1:-1].sum() + np.ceil(ms[-1] / 2))


@st.composite
def signed_graphs(draw: st.DrawFn):
    """Return a small graph, some of its streets closed or private, with signs of turning."""
    size = draw(st.integers(2, 5))
    node = st.integers(0, size - 1)
    pairs = draw(
        st.lists(st.tuples(node, node, st.booleans(), st.sampled_from([0, 0, 0, 1, 2])),
                 min_size=2, max_size=8)
    )  # fmt: skip
    levels: dict[tuple[int, int], int] = {}
    for a, b, two_way, level in pairs:
        if a != b:
            levels[a, b] = level
            if two_way:
                levels[b, a] = level
    edges = sorted(levels)
    seconds = [float(draw(st.integers(2, 30))) for _ in edges]
    following = {
        i: [j for j, (tail, _) in enumerate(edges) if tail == head]
        for i, (_, head) in enumerate(edges)
    }
    signs = []
    for _ in range(draw(st.integers(0, 3))):
        if not edges:
            break
        sign = [draw(st.integers(0, len(edges) - 1))]
        while len(sign) < 2 or (len(sign) < 4 and draw(st.booleans())):
            onward = following[sign[-1]]
            if not onward:
                break
            sign.append(draw(st.sampled_from(onward)))
        if len(sign) > 1:
            signs.append(tuple(sign))
    return size, edges, seconds, [levels[edge] for edge in edges], signs


@pytest.mark.slow
@given(graph=signed_graphs())
@settings(max_examples=400, deadline=None)
def test_ways_keep_every_sign_and_none_is_quicker(graph):
    """Between all streets kept there is a way; it is legal; no legal walk is quicker."""
    network = network_of(*graph)
    if network is None:
        return
    sites = list(range(network.edge_count))
    ground = joined(network, sites)
    arcs, size = ground.arcs, ground.streets.expanded.size
    leave, arrive = size + np.arange(len(sites)), size + len(sites) + np.arange(len(sites))
    found, before = dijkstra(arcs.matrix, indices=leave, return_predecessors=True)
    ms, _ = arcs.times_and_lengths(np.where(np.isfinite(found), found, 0))
    core = Core(arcs, size)
    by_core = dijkstra(core.matrix(arcs.weights), indices=core.number(leave))
    assert (by_core[:, core.number(arrive)] == found[:, arrive]).all()
    for a in sites:
        for b in sites:
            if a == b:
                continue
            assert np.isfinite(found[a, arrive[b]])
            nodes = [int(arrive[b])]
            while nodes[-1] != leave[a]:
                nodes.append(int(before[a, nodes[-1]]))
            nodes.reverse()
            driven = arcs.edge[arcs.find(np.array(nodes[:-1]), np.array(nodes[1:]))].tolist()
            assert is_legal(network, driven)
            assert ms[a, arrive[b]] == walk_ms(network, driven)
            for walk in walks(network, a, b):
                assert ms[a, arrive[b]] <= walk_ms(network, walk)


@pytest.mark.slow
@given(graph=signed_graphs())
@settings(max_examples=100, deadline=None)
def test_a_hierarchy_keeps_the_same_signs(graph):
    """The same times as scipy's, pair by pair."""
    pytest.importorskip("pyroutingkit", reason="the extra `ch` is not installed")
    network = network_of(*graph)
    if network is None:
        return
    sites = list(range(network.edge_count))
    arcs, size = joined(network, sites).arcs, joined(network, sites).streets.expanded.size
    core = Core(arcs, size)
    leave = core.number(size + np.arange(len(sites)))
    arrive = core.number(size + len(sites) + np.arange(len(sites)))
    matrix = core.matrix(arcs.ms)
    place = np.arange(matrix.shape[0], dtype=np.float64)
    found = Hierarchy(matrix, place / 1000, place / 1000)
    found.customize(matrix)
    assert (found.times(leave, arrive) == dijkstra(matrix, indices=leave)[:, arrive]).all()


def test_a_network_without_signs_is_its_own_graph():
    """Nothing is copied: the same nodes, an arc an edge."""
    tails, heads = np.array([0, 1]), np.array([1, 0])
    graph = expanded(2, tails, heads, np.zeros(2, dtype=np.int8), [])
    assert (graph.size, graph.edge.tolist()) == (2, [0, 1])
    assert graph.after.tolist() == [1, 0]


def test_only_junctions_with_signs_are_expanded():
    """Of a cross with one forbidden turn one node more: where one is that came from the sign."""
    # 0 is the crossing; edges 0 to 3 lead to it from 1 to 4, edges 4 to 7 away.
    tails, heads = np.array([1, 2, 3, 4, 0, 0, 0, 0]), np.array([0, 0, 0, 0, 1, 2, 3, 4])
    graph = expanded(5, tails, heads, np.zeros(8, dtype=np.int8), [(0, 5)])
    assert graph.size == 6
    assert graph.node.tolist() == [0, 1, 2, 3, 4, 0]
    from_copy = graph.edge[graph.tails == 5].tolist()
    assert from_copy == [4, 6, 7]
    assert graph.after[0] == 5


@pytest.mark.parametrize(
    ("stage", "level", "following"),
    [
        (0, 0, 0), (0, 1, 1), (0, 2, 2), (1, 0, None), (1, 1, 1), (1, 2, 2), (2, 1, None),
        (2, 2, 2), (-1, 0, 0), (-1, 1, -1), (-1, 2, 2), (-2, 2, -2), (-2, 1, -1), (-2, 0, 0),
    ],
)  # fmt: skip
def test_a_trip_leaves_what_is_private_and_enters_it_once(
    stage: int, level: int, following: int | None
):
    """From private over destination to open streets, and the same back; never in between."""
    assert next_stage(stage, level) == following


def test_between_two_private_quarters_the_open_streets_are_driven():
    """0-1 open; 1-2 and 0-3 private; 3-2 private as well: from 2 to 3 by it, from 0 to 1 never."""
    streets = [(0, 1, 0, 50.0), (1, 2, 2, 5.0), (2, 3, 2, 5.0), (3, 0, 2, 5.0)]
    edges = [pair for a, b, *_ in streets for pair in ((a, b), (b, a))]
    levels = [level for *_, level, _ in streets for _ in range(2)]
    times = [t for *_, t in streets for _ in range(2)]
    network = network_of(4, edges, times, levels, [])
    assert network is not None
    number = {
        pair: i
        for i, pair in enumerate(zip(network.tails.tolist(), network.heads.tolist(), strict=True))
    }
    ground = joined(network, [number[0, 1], number[1, 2], number[3, 0], number[1, 0]])
    size = ground.streets.expanded.size
    ms = dijkstra(ground.arcs.matrix, indices=size + np.arange(4))
    ms = np.floor(ms[:, size + 4 :] / 2**26)
    # From 1-2 on over 2-3 to 3-0: private all the way, 2.5 + 5 + 2.5 s.
    assert ms[1, 2] == 10_000
    # From the open street towards 1 and back to it towards 0: never round by the private ones.
    assert ms[0, 3] == 50_000
