"""The pool of rounds: those that a search met, for the choice of the best combination later."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.round_times import round_cost

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dispatch.solve.timing.arrays import Arrays


class Column(NamedTuple):
    """
    A round that any technician of one vehicle type can drive.

    Parameters
    ----------
    vehicle_type
        As in `Arrays.vehicle_type`.
    sequence
        Indices of the visits, in order; not empty.
    cost
        Travel and weighted overtime (seconds), as `round_cost` gives it.
    """

    vehicle_type: int
    sequence: tuple[int, ...]
    cost: int


class Pool:
    """
    Rounds, one for each vehicle type and set of visits: the cheapest order met.

    The order of iteration is that in which the sets were first met, so that
    the same search always leaves the same pool.

    Parameters
    ----------
    limit
        Most rounds kept; beyond it the oldest are forgotten, as a search meets
        its better rounds later.
    """

    def __init__(self, limit: int = 200_000) -> None:
        self.limit = limit
        self._columns: dict[tuple[int, tuple[int, ...]], Column] = {}

    def __len__(self) -> int:
        """Return the number of rounds kept."""
        return len(self._columns)

    def __iter__(self) -> Iterator[Column]:
        """Iterate over the rounds, oldest first."""
        return iter(self._columns.values())

    def add(self, vehicle_type: int, sequence: Sequence[int], cost: int) -> bool:
        """
        Add a round, and return whether it was new or cheaper than the one of its set.

        Parameters
        ----------
        vehicle_type, sequence, cost
            As in `Column`; the caller vouches that the vehicle type can drive the sequence.
            An empty sequence is not kept.
        """
        if not len(sequence):
            return False
        order = tuple(map(int, sequence))
        key = (int(vehicle_type), tuple(sorted(order)))
        known = self._columns.get(key)
        if known is not None and known.cost <= cost:
            return False
        self._columns[key] = Column(int(vehicle_type), order, int(cost))
        if len(self._columns) > self.limit:
            del self._columns[next(iter(self._columns))]
        return True

    def merge(self, other: Pool) -> None:
        """Add the rounds of another pool, in their order."""
        for column in other:
            self.add(*column)

    def add_rounds(self, a: Arrays, rounds: Iterable[Sequence[int]]) -> None:
        """
        Add the rounds of a solution: one sequence for each technician, in their order.

        Those that cannot be driven are left out.
        """
        for m, sequence in enumerate(rounds):
            cost = int(round_cost(a, m, np.array(sequence, dtype=np.int64), len(sequence)))
            if cost < NEVER:
                self.add(int(a.vehicle_type[m]), sequence, cost)
