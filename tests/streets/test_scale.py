"""How quick travel is: a coarse guard beside the benchmark, in CPU seconds on one core."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from benchmarks.region import JOINS, random_sites, tiled
from benchmarks.scale import METROPOLE, ROOT, STREETS
from dispatch.streets.roads import load_network
from dispatch.streets.router import Router, Site


def test_copies_of_a_graph_are_one_region_of_the_same_streets():
    """Every node is reached from every other; each copy keeps its own times."""
    network = load_network()
    region = tiled(network, 2, 2)
    size, edges = region.node_count, region.edge_count
    assert size == 4 * network.node_count
    joined = edges - 4 * network.edge_count
    assert 0 < joined <= 4 * 2 * JOINS
    arcs = csr_matrix((np.ones(edges), (region.tails, region.heads)), shape=(size, size))
    assert connected_components(arcs, connection="strong")[0] == 1
    assert (np.diff(region.tails * size + region.heads) > 0).all()
    positions = random_sites(network, 10, 1).tolist()
    sites = [Site(str(i), *position) for i, position in enumerate(positions)]
    # The first copy lies where the graph itself does.
    there, here = (Router(n).measure(sites).seconds for n in (region, network))
    assert (there <= here).all()
    assert np.median(here[here > 0] / there[here > 0]) == 1


@pytest.mark.slow
@pytest.mark.skipif(not STREETS.exists(), reason="the shared partial street graph is not here")
def test_two_hundred_sites_in_five_slots_take_seconds_and_little_memory():
    """At most 5 s of one core on 28,000 nodes and 1 GB; networkx takes over ten times as long."""

    def measured(**what: object):
        plain = {"graph": METROPOLE, "sites": 200, "slots": 5, "runs": 1}
        command = [sys.executable, "-m", "benchmarks.scale", "--one", json.dumps(plain | what)]
        ended = subprocess.run(
            command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=300
        )
        return json.loads(ended.stdout)

    ours = measured(engine="dijkstra")
    assert ours["nodes"] > 25_000
    assert ours["cpu"][0] < 5
    assert ours["peak_mb"] < 1000
    peer = measured(engine="networkx", slots=1, sources=10)
    assert peer["cpu"][0] * 20 * 5 > 10 * ours["cpu"][0]
