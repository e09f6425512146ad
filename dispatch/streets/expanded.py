"""A network with its signs: a graph in which every way keeps turn signs and closed quarters.

Only the junctions that have signs are expanded. A way is at a node, having driven the beginning of
a forbidden sequence of edges or not, and in a *stage*: it drives through streets open to all (stage
0), leaves the private ones where it began (-2, then -1), or goes into those where it ends (1, then
2). The stage never goes back: destination and private streets are driven at the ends of a trip
only, also when the trip begins in one such quarter and ends in another, and within a quarter ways
are free. What has no sign stays one node, so that the graph grows by little (docs/scale.md).

Nodes 0 to `network.node_count - 1` are those of the network, in stage 0 with nothing driven that a
sign is about; the others follow.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Sequence_ = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Expanded:
    """
    The expanded graph.

    Parameters
    ----------
    size
        Number of nodes.
    node
        The network's node that each one is at, shape (size,).
    tails, heads, edge
        Arcs, and the network's edge that each one drives, shape (arcs,); sorted by edge.
    arc_starts
        Arcs `arc_starts[e]` to `arc_starts[e + 1]` drive edge e, shape (edges + 1,).
    after
        The node to which a trip comes that begins on an edge, shape (edges,).
    quarter
        For nodes of other stages than 0 the number of what hangs together there; -1 for the others.
        Without a site on its edges nobody drives a quarter.
    """

    size: int
    node: NDArray[np.int64]
    tails: NDArray[np.int64]
    heads: NDArray[np.int64]
    edge: NDArray[np.int64]
    arc_starts: NDArray[np.int64]
    after: NDArray[np.int64]
    quarter: NDArray[np.int64]


def expanded(
    size: int,
    tails: NDArray[np.int64],
    heads: NDArray[np.int64],
    level: NDArray[np.int8],
    forbidden: Sequence[Sequence_],
) -> Expanded:
    """
    Return the graph of a network's edges in which every way keeps the signs.

    Parameters
    ----------
    size
        Number of nodes.
    tails, heads
        First and last node of each edge, shape (edges,).
    level
        Who may drive each edge: 0 everybody, 1 and 2 who begins or ends a trip there.
    forbidden
        Sequences of edges that nobody drives.
    """
    every = np.arange(len(tails))
    if not forbidden and not level.any():
        return Expanded(
            size, np.arange(size), tails, heads, every, np.arange(len(tails) + 1), heads,
            np.full(size, -1),
        )  # fmt: skip
    states = _States(size, tails, heads, level, forbidden)
    simple = (level == 0) & ~np.isin(every, np.array(sorted(states.firsts), dtype=np.int64))
    states.explore(np.flatnonzero(~simple))
    made = np.array(states.arcs, dtype=np.int64).reshape(-1, 3)
    all_tails = np.concatenate([tails[simple], made[:, 0]])
    all_heads = np.concatenate([heads[simple], made[:, 1]])
    edge = np.concatenate([every[simple], made[:, 2]])
    order = np.lexsort((all_heads, all_tails, edge))
    all_tails, all_heads, edge = all_tails[order], all_heads[order], edge[order]
    node = np.concatenate([np.arange(size), np.array(states.at, dtype=np.int64)])
    stage = np.concatenate(
        [np.zeros(size, dtype=np.int64), np.array(states.stages, dtype=np.int64)]
    )
    return Expanded(
        len(node),
        node,
        all_tails,
        all_heads,
        edge,
        np.searchsorted(edge, np.arange(len(tails) + 1)),
        states.after,
        _quarters(stage, all_tails, all_heads),
    )


class _States:
    """The nodes of the expanded graph beyond the network's own, found from arc to arc."""

    def __init__(
        self,
        size: int,
        tails: NDArray[np.int64],
        heads: NDArray[np.int64],
        level: NDArray[np.int8],
        forbidden: Sequence[Sequence_],
    ) -> None:
        self.size = size
        self.tail_of, self.head_of, self.level_of = tails.tolist(), heads.tolist(), level.tolist()
        self.forbidden = set(forbidden)
        self.prefixes = {one[:length] for one in forbidden for length in range(1, len(one))}
        self.firsts = {one[0] for one in forbidden}
        self.open = np.zeros(size, dtype=np.bool_)
        self.open[tails[level == 0]] = self.open[heads[level == 0]] = True
        self.after = heads.copy()
        self.number: dict[tuple[int, Sequence_, int], int] = {}
        self.at: list[int] = []
        self.stages: list[int] = []
        self.arcs: list[tuple[int, int, int]] = []
        self.queue: list[tuple[int, Sequence_, int]] = []

    def explore(self, special: NDArray[np.int64]) -> None:
        """Find all arcs over special edges, and over any edge from the nodes found."""
        out: dict[int, list[int]] = defaultdict(list)
        for edge, tail in enumerate(self.tail_of):
            out[tail].append(edge)
        for edge in special.tolist():
            level, tail = self.level_of[edge], self.tail_of[edge]
            driven = self._next((), edge)
            assert driven is not None  # no sign forbids a single edge
            self.after[edge] = self._state(self.head_of[edge], driven, -level)
            if self.open[tail]:
                self.arcs.append((tail, self._state(self.head_of[edge], driven, level), edge))
        while self.queue:
            node, before, stage = self.queue.pop()
            here = self.number[node, before, stage]
            for edge in out[node]:
                following = next_stage(stage, self.level_of[edge])
                driven = None if following is None else self._next(before, edge)
                if driven is None or following is None:
                    continue
                self.arcs.append((here, self._state(self.head_of[edge], driven, following), edge))

    def _state(self, node: int, driven: Sequence_, stage: int) -> int:
        if not driven and stage == 0:
            return node
        key = (node, driven, stage)
        found = self.number.get(key)
        if found is None:
            found = self.number[key] = self.size + len(self.at)
            self.at.append(node)
            self.stages.append(stage)
            self.queue.append(key)
        return found

    def _next(self, before: Sequence_, edge: int) -> Sequence_ | None:
        """Return what counts of the edges driven, after one more; None: a sign forbids it."""
        if not before:
            return (edge,) if edge in self.firsts else ()
        found: Sequence_ = ()
        for start in range(len(before) + 1):
            driven = (*before[start:], edge)
            if driven in self.forbidden:
                return None
            if not found and driven in self.prefixes:
                found = driven
        return found


def next_stage(stage: int, level: int) -> int | None:
    """Return the stage after an edge of a level; None: it is not driven at this stage."""
    if stage > 0:
        return level if level >= stage else None
    return -level if level <= -stage else level


def _quarters(
    stage: NDArray[np.int64], tails: NDArray[np.int64], heads: NDArray[np.int64]
) -> NDArray[np.int64]:
    inside = stage != 0
    found = np.full(len(stage), -1)
    if not inside.any():
        return found
    within = inside[tails] & inside[heads]
    size = len(stage)
    joined = csr_matrix(
        (np.ones(int(within.sum()), dtype=np.int8), (tails[within], heads[within])),
        shape=(size, size),
    )
    _, part = connected_components(joined, directed=False)
    found[inside] = part[inside]
    return found
