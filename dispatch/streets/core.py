"""The core of a graph: a smaller graph with the same quickest times between sites.

Dead ends without a site are removed. A chain of nodes with two neighbours each becomes one arc,
whose weight is the sum of its parts. The core does not depend on the weights, so that one core
serves every level of traffic. It gives times and lengths, not the streets of a way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.streets.arcs import Arcs


class Core:
    """
    The core of a graph.

    Parameters
    ----------
    arcs
        The graph; its weights are not used.
    sites
        First node at which ways begin and end; all nodes from it on are such nodes.
    """

    def __init__(self, arcs: Arcs, sites: int) -> None:
        tails, heads = np.divmod(arcs.key, arcs.size)
        kept = np.ones(arcs.size, dtype=np.bool_)
        low, high = np.divmod(
            np.unique(np.minimum(tails, heads) * arcs.size + np.maximum(tails, heads)), arcs.size
        )
        while True:
            inside = kept[low] & kept[high]
            low, high = low[inside], high[inside]
            neighbours = np.bincount(np.concatenate([low, high]), minlength=arcs.size)
            ends = kept & (neighbours < 2)
            ends[sites:] = False
            if not ends.any():
                break
            kept[ends] = False
        through = kept & (neighbours == 2)
        through[sites:] = False

        walks, lengths = _walks(low, high, through)
        wanted = walks[:-1] * arcs.size + walks[1:]
        # The last node of one walk and the first node of the next are not a pair.
        starts = np.cumsum([0, *(length + 1 for length in lengths)])[:-1]
        inner = np.ones(len(wanted), dtype=np.bool_)
        inner[starts[1:] - 1] = False
        wanted = wanted[inner]
        place = np.minimum(np.searchsorted(arcs.key, wanted), len(arcs.key) - 1)
        offsets = np.cumsum([0, *lengths])[:-1]
        driveable = np.zeros(0, dtype=np.bool_)
        if len(offsets):
            driveable = np.logical_and.reduceat(arcs.key[place] == wanted, offsets)

        core = kept & ~through
        plain = np.flatnonzero(core[tails] & core[heads])
        self.nodes = np.flatnonzero(core)
        """Numbers in the graph of the core's nodes."""
        self._number = np.cumsum(core) - 1
        self._parts = np.concatenate([plain, place]).astype(np.int64)
        self._offsets = np.concatenate([np.arange(len(plain)), len(plain) + offsets])
        first, last = walks[starts], walks[starts + lengths]
        is_arc = np.concatenate([np.ones(len(plain), dtype=np.bool_), driveable & (first != last)])
        self._is_arc = np.flatnonzero(is_arc)
        self._tails = self._number[np.concatenate([tails[plain], first])][self._is_arc]
        self._heads = self._number[np.concatenate([heads[plain], last])][self._is_arc]

    def matrix(self, weights: NDArray[np.float64]) -> csr_matrix:
        """Return the core as a sparse matrix of weights, for scipy's shortest paths."""
        sums = np.add.reduceat(weights[self._parts], self._offsets)[self._is_arc]
        order = np.lexsort((sums, self._heads, self._tails))
        tails, heads, sums = self._tails[order], self._heads[order], sums[order]
        # Two chains may join the same nodes; scipy would add them up.
        lightest = np.ones(len(order), dtype=np.bool_)
        lightest[1:] = (np.diff(tails) != 0) | (np.diff(heads) != 0)
        pairs = (tails[lightest], heads[lightest])
        return csr_matrix((sums[lightest], pairs), shape=(len(self.nodes),) * 2)

    def number(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the numbers in the core of nodes at which ways begin and end."""
        found: NDArray[np.int64] = self._number[nodes]
        return found


def _walks(
    low: NDArray[np.int64], high: NDArray[np.int64], through: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every walk along a chain, in both directions: all nodes, and the arcs of each walk."""
    ends, others = np.concatenate([low, high]), np.concatenate([high, low])
    order = np.argsort(ends, kind="stable")
    ends, others = ends[order], others[order]
    first = np.searchsorted(ends, np.arange(len(through) + 1))
    # The two neighbours of each node of a chain.
    chain = np.flatnonzero(through)
    beside = np.zeros((len(through), 2), dtype=np.int64)
    beside[chain, 0], beside[chain, 1] = others[first[chain]], others[first[chain] + 1]
    begin = ~through[ends] & through[others]
    neighbours, is_through = beside.tolist(), through.tolist()
    nodes: list[int] = []
    lengths = []
    for start, onto in zip(ends[begin].tolist(), others[begin].tolist(), strict=True):
        before, at, size = start, onto, len(nodes)
        nodes.append(start)
        while is_through[at]:
            nodes.append(at)
            one, other = neighbours[at]
            before, at = at, (other if one == before else one)
        nodes.append(at)
        lengths.append(len(nodes) - size - 1)
    return np.array(nodes, dtype=np.int64), np.array(lengths, dtype=np.int64)
