"""Small made-up territories as units: lines, grids and random graphs, for splits by hand."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np

from dispatch.resplit.criteria import Criteria
from dispatch.resplit.units import Units
from dispatch.service.split_settings import TravelEstimate

CONSTANTS = TravelEstimate(haul=0.5, detour=0.8, stop_s=100.0)


def units_of(graph, seed=0, seat=None):
    """Return the units of a graph of numbered nodes with made-up demand and distances."""
    rng = np.random.default_rng(seed)
    size = graph.number_of_nodes()
    points = rng.random((size, 2)) * 3000
    apart = np.hypot(*(points[:, None] - points[None, :]).transpose(2, 0, 1)) + 200
    near = tuple(tuple(sorted(graph.neighbors(node))) for node in range(size))
    codes = tuple(f"{node:05d}" for node in range(size))
    visits = rng.uniform(1, 12, size)
    return Units(
        insee=codes,
        names=codes,
        poles=tuple("AB"[node % 2] for node in range(size)),
        members=tuple((c, "metropole") if node == seat else (c,) for node, c in enumerate(codes)),
        visits=visits,
        services_s=visits * 2000,
        between_s=apart,
        from_s=apart * 0.9,
        near=near,
        strict=near,
        present=(None,) * size,
        centres=(),
        centre_home=(),
        centre_from_s=np.zeros((0, size)),
    )


def random_graph(seed, size=9):
    """Return a connected planar-looking graph with numbered nodes."""
    rng = np.random.default_rng(seed)
    graph = nx.random_labeled_tree(size, seed=seed)
    pairs = [pair for pair in combinations(range(size), 2) if not graph.has_edge(*pair)]
    for index in rng.choice(len(pairs), size=size // 2, replace=False).tolist():
        graph.add_edge(*pairs[index])
    return graph


def partitions(items, count):
    """Yield every way to share items out to so many groups, none empty."""
    if count == 1:
        if items:
            yield [list(items)]
        return
    if len(items) < count:
        return
    first, rest = items[0], items[1:]
    for smaller in partitions(rest, count - 1):
        yield [[first], *smaller]
    for same in partitions(rest, count):
        for number in range(count):
            yield [[*group, first] if n == number else group for n, group in enumerate(same)]


def allowed_partitions(graph, units, criteria):
    """Return every partition that keeps contiguity and sizes, by networkx, as frozensets."""
    counts = units.collectivities
    found = []
    for groups in partitions(list(range(len(units))), criteria.centres):
        if all(
            len(group) <= criteria.most
            and counts[group].sum() >= criteria.least
            and nx.is_connected(graph.subgraph(group))
            for group in groups
        ):
            found.append([frozenset(group) for group in groups])
    return found


def travel_by_hand(units, group):
    """Return the travel of a group, its formula written out in loops."""
    group = sorted(group)
    n = sum(units.visits[u] for u in group)
    haul = min(sum(units.visits[u] * units.from_s[p, u] for u in group) for p in group)
    pairs = sum(
        units.visits[u] * units.visits[v] * units.between_s[u, v] for u in group for v in group
    )
    return round(CONSTANTS.haul * haul + CONSTANTS.detour * pairs / n**1.5 + CONSTANTS.stop_s * n)


def criteria_for(**changes):  # noqa: ANN003
    """Return criteria of a small case: three centres of two to four, eight technicians."""
    given = {"centres": 3, "least": 2, "most": 4, "technicians": 8, "technicians_least": 2}
    return Criteria(**(given | changes))
