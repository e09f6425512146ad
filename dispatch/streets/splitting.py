"""Loops, and the slower of parallel streets, split in three, so that no two edges join one pair.

A network has one edge for each pair of nodes. A street from a node back to itself, and a second
street between the same two junctions, are streets too: sites hang on them. Each becomes three edges
with two nodes of their own between. Both directions of a street share these nodes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PARTS = 3
DECIMALS = 7  # of a degree: a centimetre


@dataclass(frozen=True, eq=False)
class SplitEdges:
    """
    Edges of a graph, some of them in three parts.

    Parameters
    ----------
    edge
        The edge that each part is of, shape (parts,).
    part
        0: all of it; 1 to 3: which third.
    tails, heads
        Nodes; those above the given ones are new, shape (parts,).
    lines
        Positions (degrees) of each part.
    new_lonlat
        Positions of the new nodes, shape (new, 2).
    street
        Number of the street of each edge given: both directions have the same, shape (edges,).
    double
        Whether an edge given repeats a quicker one of the same line, and has no part here.
    """

    edge: NDArray[np.int64]
    part: NDArray[np.int64]
    tails: NDArray[np.int64]
    heads: NDArray[np.int64]
    lines: list[NDArray[np.float64]]
    new_lonlat: NDArray[np.float64]
    street: NDArray[np.int64]
    double: NDArray[np.bool_]

    @property
    def is_last(self) -> NDArray[np.bool_]:
        """Return whether each part ends where its edge does."""
        found: NDArray[np.bool_] = (self.part == 0) | (self.part == PARTS)
        return found


def split_edges(
    size: int,
    tails: NDArray[np.int64],
    heads: NDArray[np.int64],
    metres: NDArray[np.float64],
    seconds: NDArray[np.float64],
    lines: Sequence[NDArray[np.float64]],
) -> SplitEdges:
    """
    Return edges of which no two join the same pair of nodes, and none a node with itself.

    Parameters
    ----------
    size
        Number of nodes.
    tails, heads, metres, seconds
        First and last node, length and time of each edge, shape (edges,). Of parallel edges the
        quickest stays whole.
    lines
        Positions of each edge, from its first node to its last.
    """
    streets: dict[tuple[int, int, float, bytes], list[int]] = defaultdict(list)
    turned = np.zeros(len(tails), dtype=np.bool_)
    for number, (u, v, length) in enumerate(
        zip(tails.tolist(), heads.tolist(), metres.tolist(), strict=True)
    ):
        line, turned[number] = _canonical(u, v, lines[number])
        streets[min(u, v), max(u, v), round(length, 1), line].append(number)
    street = np.zeros(len(tails), dtype=np.int64)
    double = np.zeros(len(tails), dtype=np.bool_)
    for count, members in enumerate(streets.values()):
        street[members] = count
        of_loop = bool(tails[members[0]] == heads[members[0]])
        _mark_doubles(members, of_loop, seconds, turned, double)

    taken: set[tuple[int, int]] = set()
    order = sorted(
        streets.values(), key=lambda members: (seconds[members].min(), metres[members[0]], members)
    )
    rows: list[tuple[int, int, int, int, NDArray[np.float64]]] = []
    new: list[NDArray[np.float64]] = []
    for members in order:
        alive = [number for number in members if not double[number]]
        pairs = {(int(tails[number]), int(heads[number])) for number in alive}
        if not pairs & taken and all(u != v for u, v in pairs):
            taken |= pairs
            rows += [(n, 0, int(tails[n]), int(heads[n]), lines[n]) for n in alive]
            continue
        first, second = size + len(new), size + len(new) + 1
        straight = lines[alive[0]][::-1] if turned[alive[0]] else lines[alive[0]]
        thirds = _thirds(straight)
        new += [thirds[0][-1], thirds[1][-1]]
        for number in alive:
            u, v = int(tails[number]), int(heads[number])
            inner, parts = (first, second), thirds
            if turned[number]:
                inner, parts = (second, first), [part[::-1] for part in thirds[::-1]]
            nodes = (u, *inner, v)
            rows += [(number, i + 1, nodes[i], nodes[i + 1], part) for i, part in enumerate(parts)]
    rows.sort(key=lambda row: row[:2])
    columns = np.array([row[:4] for row in rows], dtype=np.int64).reshape(-1, 4)
    edge, part, first_node, last_node = columns.T
    thirds_of = [row[4] for row in rows]
    return SplitEdges(
        edge, part, first_node, last_node, thirds_of, np.array(new).reshape(-1, 2), street, double
    )


def _canonical(u: int, v: int, line: NDArray[np.float64]) -> tuple[bytes, bool]:
    """Return a line in the one order that both directions have, and whether it was turned."""
    ahead = np.round(line, DECIMALS) + 0.0
    one, other = ahead.tobytes(), ahead[::-1].tobytes()
    turned = other < one if u == v else u > v
    return (other, True) if turned else (one, False)


def _mark_doubles(
    members: list[int],
    of_loop: bool,
    seconds: NDArray[np.float64],
    turned: NDArray[np.bool_],
    double: NDArray[np.bool_],
) -> None:
    """Mark all but the quickest edge of each direction."""
    if of_loop and len(members) == 2 and turned[members[0]] == turned[members[1]]:
        # Some files have one line for both directions of a loop: the second is the way back.
        turned[members[1]] = not turned[members[1]]
    seen: set[bool] = set()
    for number in sorted(members, key=lambda one: (seconds[one], one)):
        double[number] = bool(turned[number]) in seen
        seen.add(bool(turned[number]))


def _thirds(line: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return a line (degrees) in three parts of equal length on the ground."""
    scale = np.array([np.cos(np.radians(line[:, 1].mean())), 1.0])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*(np.diff(line, axis=0) * scale).T))])
    cuts = []
    for share in (1 / PARTS, 2 / PARTS):
        wanted = share * along[-1]
        before = min(int(np.searchsorted(along, wanted, side="right")) - 1, len(line) - 2)
        span = along[before + 1] - along[before]
        part = (wanted - along[before]) / span if span else 0.0
        cuts.append((before, line[before] + part * (line[before + 1] - line[before])))
    (a, at_a), (b, at_b) = cuts
    return [
        np.vstack([line[: a + 1], at_a]),
        np.vstack([at_a, line[a + 1 : b + 1], at_b]),
        np.vstack([at_b, line[b + 1 :]]),
    ]
