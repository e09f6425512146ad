"""The part of a street graph that is used: all of it can be driven there and back.

Streets open to all come first: the largest set that all reach each other, signs of turning kept.
Then come those that are reached from it and lead back to it over streets where only trips end
(level 1), then over private ones (level 2). A street open to all that lies behind a private one is
reached through it only, and counts as private.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

from dispatch.streets.expanded import expanded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dispatch.streets.expanded import Expanded

LEVELS = 3
# Dropping a street may cut off another; each pass drops at least one.
_PASSES = 100


def largest_part(
    size: int,
    tails: NDArray[np.int64],
    heads: NDArray[np.int64],
    metres: NDArray[np.float64] | None = None,
) -> NDArray[np.bool_]:
    """
    Return which nodes are in the largest set of nodes that all reach each other.

    Parameters
    ----------
    size
        Number of nodes.
    tails, heads
        First and last node of each edge, shape (edges,).
    metres
        Length of each edge (m): the part with the longest streets is the largest. None: the one
        with the most nodes.
    """
    part = _parts(size, tails, heads)
    if metres is None:
        sizes = np.bincount(part)[part]
    else:
        inside = part[tails] == part[heads]
        count = int(part.max()) + 1
        sizes = np.bincount(part[tails[inside]], metres[inside], minlength=count)[part]
    # Of parts of equal size the one with the smallest node counts.
    chosen: NDArray[np.bool_] = part == part[int(np.argmax(sizes))]
    return chosen


def part_around(
    node: int, size: int, tails: NDArray[np.int64], heads: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which nodes a node reaches and is reached from."""
    part = _parts(size, tails, heads)
    found: NDArray[np.bool_] = part == part[node]
    return found


def _parts(size: int, tails: NDArray[np.int64], heads: NDArray[np.int64]) -> NDArray[np.int64]:
    joined = csr_matrix((np.ones(len(tails), dtype=np.int8), (tails, heads)), shape=(size, size))
    _, part = connected_components(joined, directed=True, connection="strong")
    found: NDArray[np.int64] = part
    return found


def usable(
    size: int,
    tails: NDArray[np.int64],
    heads: NDArray[np.int64],
    level: NDArray[np.int8],
    forbidden: Sequence[tuple[int, ...]],
    metres: NDArray[np.float64],
) -> tuple[NDArray[np.bool_], NDArray[np.int8]]:
    """
    Return which edges are used, and the level of each: see `expanded`.

    Parameters
    ----------
    size
        Number of nodes.
    tails, heads, level
        First and last node of each edge, and who may drive it, shape (edges,).
    forbidden
        Sequences of edges that nobody drives.
    metres
        Length of each edge (m), shape (edges,): of parts that do not reach each other the longest
        is used.

    Returns
    -------
    kept, level
        Shape (edges,). Between any two of the kept edges there is a way that keeps the signs.
    """
    # The largest part of all streets; the most open ones of it come first.
    whole = largest_part(size, tails, heads, metres)
    inside = whole[tails] & whole[heads]
    main = np.zeros(size, dtype=np.bool_)
    kept = np.zeros(len(tails), dtype=np.bool_)
    found = level.copy()
    for lowest in range(LEVELS):
        candidates = np.flatnonzero(inside & (level <= lowest))
        if not kept.any():
            # Where no street is open to all, the most open ones are taken for such.
            kept[_largest(size, tails, heads, candidates, forbidden, metres)] = True
            found[kept] = 0
            main[tails[kept]] = True
            continue
        start = int(np.argmax(main))
        joined = part_around(start, size, tails[candidates], heads[candidates])
        more = candidates[joined[tails[candidates]] & joined[heads[candidates]]]
        more = more[~kept[more]]
        kept[more], found[more] = True, lowest
    if forbidden:
        kept = _driven(size, tails, heads, found, kept, forbidden, metres)
    return kept, found


def _largest(
    size: int,
    tails: NDArray[np.int64],
    heads: NDArray[np.int64],
    edges: NDArray[np.int64],
    forbidden: Sequence[tuple[int, ...]],
    metres: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Return those of some edges that are in the largest part, open to all, signs kept."""
    graph = _expanded_of(size, tails, heads, np.zeros(len(tails), dtype=np.int8), edges, forbidden)
    inside = largest_part(graph.size, graph.tails, graph.heads, metres[edges][graph.edge])
    arcs = inside[graph.tails] & inside[graph.heads]
    return edges[np.unique(graph.edge[arcs])]


def _expanded_of(
    size: int,
    tails: NDArray[np.int64],
    heads: NDArray[np.int64],
    level: NDArray[np.int8],
    edges: NDArray[np.int64],
    forbidden: Sequence[tuple[int, ...]],
) -> Expanded:
    """Return the expanded graph of some edges, numbered in their order."""
    known = among_edges(forbidden, edges, len(tails))
    return expanded(size, tails[edges], heads[edges], level[edges], known)


def among_edges(
    forbidden: Sequence[tuple[int, ...]], edges: NDArray[np.int64], count: int
) -> list[tuple[int, ...]]:
    """Return the sequences all of whose edges are among some of `count`, in their new numbers."""
    number = np.full(count, -1)
    number[edges] = np.arange(len(edges))
    of_edge = number.tolist()
    found = [tuple(of_edge[edge] for edge in one) for one in forbidden]
    return [one for one in found if min(one) >= 0]


def _driven(
    size: int,
    tails: NDArray[np.int64],
    heads: NDArray[np.int64],
    level: NDArray[np.int8],
    kept: NDArray[np.bool_],
    forbidden: Sequence[tuple[int, ...]],
    metres: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Return the kept edges without those that signs cut off, there or back."""
    kept = kept.copy()
    for _ in range(_PASSES):
        edges = np.flatnonzero(kept)
        graph = _expanded_of(size, tails, heads, level, edges, forbidden)
        inside = largest_part(graph.size, graph.tails, graph.heads, metres[edges][graph.edge])
        start = int(np.argmax(inside))
        ones = np.ones(len(graph.tails), dtype=np.int8)
        arcs = csr_matrix((ones, (graph.tails, graph.heads)), shape=(graph.size, graph.size))
        there, back = np.zeros(graph.size, dtype=np.bool_), np.zeros(graph.size, dtype=np.bool_)
        there[breadth_first_order(arcs, start, return_predecessors=False)] = True
        back[breadth_first_order(arcs.T.tocsr(), start, return_predecessors=False)] = True
        reached = np.zeros(len(edges), dtype=np.bool_)
        np.logical_or.at(reached, graph.edge, there[graph.tails])
        good = reached & back[graph.after]
        if good.all():
            break
        kept[edges[~good]] = False
    return kept
