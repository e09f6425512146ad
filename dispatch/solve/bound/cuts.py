"""Subset-row cuts of three visits, with limited memory (Jepsen et al. 2008, Pecin et al. 2017)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.bound.bits import WORD
from dispatch.solve.timing.kernel import allocating

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

Triple = tuple[int, int, int]


class Cuts:
    """
    Cuts: at most one round may hold two or more visits of a triple.

    Parameters
    ----------
    n
        Number of visits.

    Attributes
    ----------
    triples
        The visits of each cut, rising.
    inside, memory
        Bits of the cuts that each visit is in, and that remember across it (n, words).
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self.triples: list[Triple] = []
        self.inside = np.zeros((n, 1), dtype=np.int64)
        self.memory = np.zeros((n, 1), dtype=np.int64)

    def __len__(self) -> int:
        """Return the number of cuts."""
        return len(self.triples)

    def copy(self) -> Cuts:
        """Return the cuts as they are now."""
        result = Cuts(self.n)
        result.triples = list(self.triples)
        result.inside, result.memory = self.inside.copy(), self.memory.copy()
        return result

    def remembers(self, cut: int) -> NDArray[np.bool_]:
        """Return which visits a cut remembers across (n,)."""
        word, bit = divmod(cut, WORD)
        return (self.memory[:, word] >> bit) & 1 == 1

    def put(self, triple: Triple, memory: NDArray[np.bool_]) -> int:
        """
        Add a cut, or widen the memory of an existing one, and return its number.

        Parameters
        ----------
        triple
            Three visits, rising.
        memory
            Visits to remember across (n,); the triple's own are added.
        """
        if triple in self.triples:
            cut = self.triples.index(triple)
        else:
            cut = len(self.triples)
            self.triples.append(triple)
            if cut // WORD >= self.inside.shape[1]:
                more = ((0, 0), (0, 1))
                self.inside, self.memory = np.pad(self.inside, more), np.pad(self.memory, more)
        word, bit = divmod(cut, WORD)
        flag = np.int64(1 << bit)
        self.inside[list(triple), word] |= flag
        reached = memory.copy()
        reached[list(triple)] = True
        self.memory[reached, word] |= flag
        return cut

    def keep(self, wanted: Sequence[int]) -> None:
        """Keep only some cuts, given by rising number."""
        kept = [(self.triples[c], self.remembers(c)) for c in wanted]
        self.triples = []
        self.inside = np.zeros((self.n, 1), dtype=np.int64)
        self.memory = np.zeros((self.n, 1), dtype=np.int64)
        for triple, memory in kept:
            self.put(triple, memory)

    def coefficient(self, cut: int, route: Sequence[int]) -> int:
        """Return how often a route pays a cut: once for every two visits remembered together."""
        word, bit = divmod(cut, WORD)
        half = paid = 0
        for visit in route:
            if not (int(self.memory[visit, word]) >> bit) & 1:
                half = 0
            elif (int(self.inside[visit, word]) >> bit) & 1:
                paid += half
                half ^= 1
        return paid

    def coefficients(self, route: Sequence[int]) -> list[tuple[int, int]]:
        """Return (cut, how often it is paid) for the cuts that a route pays."""
        result: dict[int, int] = {}
        visits = list(route)
        for word in range(self.inside.shape[1]):
            state = 0
            for memory, inside in zip(
                self.memory[visits, word].tolist(), self.inside[visits, word].tolist(), strict=True
            ):
                state &= memory
                paid = state & inside
                while paid:
                    low = paid & -paid
                    cut = word * WORD + low.bit_length() - 1
                    result[cut] = result.get(cut, 0) + 1
                    paid ^= low
                state ^= inside
        return sorted(result.items())


def separate(
    n: int, routes: list[tuple[int, ...]], values: Ints, most: int, least: float = 0.02
) -> list[tuple[Triple, NDArray[np.bool_]]]:
    """
    Return the most violated cuts of a fractional solution, with the memory they need for it.

    Parameters
    ----------
    n
        Number of visits.
    routes, values
        Routes used, and how much of each.
    most
        Most cuts returned.
    least
        Least violation.
    """
    counts = np.zeros((len(routes), n), dtype=np.int64)
    for row, route in enumerate(routes):
        np.add.at(counts[row], list(route), 1)
    triples, violation = _violated(counts, np.asarray(values, dtype=np.float64), least)
    order = np.argsort(-violation, kind="stable")
    share = np.zeros(n, dtype=np.int64)
    chosen: list[tuple[Triple, NDArray[np.bool_]]] = []
    for row in order.tolist():
        if len(chosen) >= most:
            break
        triple = (int(triples[row, 0]), int(triples[row, 1]), int(triples[row, 2]))
        # Many cuts on the same visit are nearly the same.
        if share[list(triple)].max() >= 12:
            continue
        share[list(triple)] += 1
        chosen.append((triple, _memory(n, triple, routes)))
    return chosen


def _memory(n: int, triple: Triple, routes: list[tuple[int, ...]]) -> NDArray[np.bool_]:
    """Return the visits between two that count together, in these routes (Pecin et al. 2017)."""
    memory = np.zeros(n, dtype=np.bool_)
    for route in routes:
        at = [position for position, visit in enumerate(route) if visit in triple]
        if len(at) < 2:
            continue
        pairs = [(at[0], at[1])] if len(at) == 2 else list(pairwise(at))
        if len(at) == 3:
            # One pair of neighbours is enough: the nearer ones.
            pairs = [min(pairs, key=lambda pair: pair[1] - pair[0])]
        for first, second in pairs:
            memory[list(route[first + 1 : second])] = True
    return memory


@allocating
def _violated(
    counts: Ints, values: NDArray[np.float64], least: float
) -> tuple[Ints, NDArray[np.float64]]:
    """Return triples (rows, 3) whose cut is violated by at least `least`, and by how much."""
    rows, n = counts.shape
    pair = np.zeros((n, n))
    for r in range(rows):
        for i in range(n):
            if counts[r, i] == 0:
                continue
            for j in range(n):
                if j != i and counts[r, j] > 0:
                    pair[i, j] += values[r]
    most = 100_000
    triples = np.zeros((most, 3), dtype=np.int64)
    violation = np.zeros(most)
    size = 0
    for i in range(n):
        for j in range(i + 1, n):
            for k in range(j + 1, n):
                if pair[i, j] + pair[i, k] + pair[j, k] < 1.0 + least:
                    continue
                total = 0.0
                for r in range(rows):
                    total += values[r] * ((counts[r, i] + counts[r, j] + counts[r, k]) // 2)
                if total > 1.0 + least and size < most:
                    triples[size, 0], triples[size, 1], triples[size, 2] = i, j, k
                    violation[size] = total - 1.0
                    size += 1
    return triples[:size], violation[:size]
