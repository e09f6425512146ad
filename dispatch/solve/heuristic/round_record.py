"""The record of rounds: the good rounds that a search met, until the pool takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.heuristic.random_generator import bits
from dispatch.solve.timing.kernel import inner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.heuristic.pool import Pool
    from dispatch.solve.heuristic.state import State
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

# Rounds that a record holds, and visits on them beyond one whole solution.
ROUNDS, VISITS = 4096, 4096 * 8
# Size of the hash table of sets, a power of two, and how many entries are tried for a set.
TABLE, TRIED = 1 << 18, 8


class RoundRecord(NamedTuple):
    """
    Rounds met since the pool last took them, and the sets of visits met before.

    Parameters
    ----------
    technician, first
        Of each round; round r is visit[first[r]] to visit[first[r + 1] - 1].
    cost
        Of each round (seconds).
    visit
        The sequences, one after the other.
    used
        Number of rounds, shape (1,).
    mark
        A random word for each visit (n,) and vehicle type (m,): their sum stands for a set.
    known, known_cost
        Hash table of the sets met, and the least cost of each.
    """

    technician: Ints
    first: Ints
    cost: Ints
    visit: Ints
    used: Ints
    mark: NDArray[np.uint64]
    known: NDArray[np.uint64]
    known_cost: Ints


def empty_record(a: Arrays, generator: NDArray[np.uint64]) -> RoundRecord:
    """Return a record without rounds; its marks are drawn from the generator."""
    marks = [bits(generator) for _ in range(a.visits + a.technicians)]
    return RoundRecord(
        technician=np.zeros(ROUNDS, dtype=np.int64),
        first=np.zeros(ROUNDS + 1, dtype=np.int64),
        cost=np.zeros(ROUNDS, dtype=np.int64),
        visit=np.zeros(VISITS + a.visits * a.technicians, dtype=np.int64),
        used=np.zeros(1, dtype=np.int64),
        mark=np.array(marks, dtype=np.uint64),
        known=np.zeros(TABLE, dtype=np.uint64),
        known_cost=np.zeros(TABLE, dtype=np.int64),
    )


def move_to_pool(a: Arrays, record: RoundRecord, pool: Pool) -> None:
    """Add the recorded rounds to a pool and empty the record; known sets stay known."""
    for r in range(int(record.used[0])):
        sequence = record.visit[record.first[r] : record.first[r + 1]].tolist()
        pool.add(int(a.vehicle_type[record.technician[r]]), sequence, int(record.cost[r]))
    record.used[0] = 0


@inner
def record_full(r: RoundRecord, visits: int, technicians: int) -> bool:
    """Return whether the rounds of one more solution might not fit into the record."""
    used = r.used[0]
    return used + technicians >= len(r.technician) or r.first[used] + visits >= len(r.visit)


@inner
def record_round(a: Arrays, r: RoundRecord, s: State, m: int) -> None:
    """Record round m of a solution, unless its set is known at no higher cost."""
    if s.size[m] == 0:
        return
    key = r.mark[len(s.where) + a.vehicle_type[m]]
    for p in range(1, s.size[m] + 1):
        key += r.mark[s.node[m, p]]
    slots = np.uint64(len(r.known) - 1)
    slot = np.int64(key & slots)
    for _ in range(TRIED):
        if r.known[slot] == key:
            if r.known_cost[slot] <= s.cost[m]:
                return
            break
        if r.known[slot] == 0:
            break
        slot = (slot + 1) & (len(r.known) - 1)
    # When every entry tried holds another set, the last one is overwritten: its set may be
    # recorded again.
    r.known[slot], r.known_cost[slot] = key, s.cost[m]
    used = r.used[0]
    at = r.first[used]
    for p in range(1, s.size[m] + 1):
        r.visit[at] = s.node[m, p]
        at += 1
    r.technician[used], r.cost[used], r.first[used + 1] = m, s.cost[m], at
    r.used[0] = used + 1
