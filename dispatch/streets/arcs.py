"""The arcs of a graph with their times and lengths, both in one weight.

Times are whole milliseconds: their sums are exact, in whatever order they are added.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

from dispatch.errors import TravelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MS = 1000
# Lengths on the ground have rounding errors of 1e-9, which must not add a millisecond.
NOISE_MS = 1e-3
# A weight is whole milliseconds times SHIFT plus whole decimetres. Its sums are exact below 2**53,
# so that one search finds the shortest of equally quick ways, with its time and its length.
SHIFT = float(2**26)
EXACT = float(2**53)
DM = 10


@dataclass(frozen=True, eq=False)
class Arcs:
    """
    Arcs of a graph, each a part of an edge of the network; no two have the same two nodes.

    Parameters
    ----------
    size
        Number of nodes.
    key
        `first node * size + last node` of each arc, rising, shape (arcs,).
    ms, metres
        Time (ms) and length (m).
    edge, start, end
        The edge, and the shares of its length at which the arc starts and ends.
    """

    size: int
    key: NDArray[np.int64]
    ms: NDArray[np.float64]
    metres: NDArray[np.float64]
    edge: NDArray[np.int64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """Return the weight of each arc: see `SHIFT`."""
        weights: NDArray[np.float64] = self.ms * SHIFT + self._dm
        return weights

    @cached_property
    def matrix(self) -> csr_matrix:
        """Return the weights as a sparse matrix, for scipy's shortest paths."""
        tails, heads = np.divmod(self.key, self.size)
        return csr_matrix((self.weights, (tails, heads)), shape=(self.size, self.size))

    def times_and_lengths(
        self, weights: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """
        Return the times (ms) and lengths (m) of ways, given the sums of their weights.

        Raises
        ------
        TravelError
            When a way is so long that time and length could mix in a weight: days of driving, or
            thousands of kilometres.
        """
        ms = np.floor(weights / SHIFT)
        longest_dm = ms.max(initial=0) * self._fastest + self._timeless
        if weights.max(initial=0) >= EXACT or longest_dm >= SHIFT:
            msg = (
                f"ways of up to {ms.max() / MS / 3600:,.0f} hours are too long to be measured; use "
                "a road graph of the region where the sites are"
            )
            raise TravelError(msg)
        return ms, (weights - ms * SHIFT) / DM

    @cached_property
    def _dm(self) -> NDArray[np.float64]:
        return np.rint(self.metres * DM)

    @cached_property
    def _fastest(self) -> float:
        """Return the largest length (dm) that an arc covers in a millisecond."""
        return float((self._dm / np.maximum(self.ms, 1)).max(initial=0))

    @cached_property
    def _timeless(self) -> float:
        """Return the length (dm) of all arcs that take no time."""
        return float(self._dm[self.ms == 0].sum())

    def find(self, tails: NDArray[np.int64], heads: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the arcs between pairs of nodes; they must exist."""
        found: NDArray[np.int64] = np.searchsorted(self.key, tails * self.size + heads)
        return found


def whole_ms(ms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round times up to whole milliseconds; rounding errors below `NOISE_MS` are ignored."""
    rounded: NDArray[np.float64] = np.maximum(np.ceil(ms - NOISE_MS), 0)
    return rounded
