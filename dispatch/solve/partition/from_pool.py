"""The best choice among the rounds of the pool: each visit on one round at most.

Symbols: w_r = net cost of round r: its cost minus the unassigned costs of its visits; x_r = whether
it is driven; K_k = number of technicians of vehicle type k.

    minimise   sum_r w_r x_r                                          (1)
    subject to sum of x_r over rounds with visit v  <= 1, each v      (2)
               sum of x_r over rounds of type k     <= K_k, each k    (3)

Cost = (1) + the sum of all unassigned costs. First the linear relaxation: with its value z and
the reduced costs d_r, a round with z + d_r no lower than the known solution's
value is in no better solution and is left out. `choose` finds the best choice of the rest.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from dispatch.solve.deadline import has_passed
from dispatch.solve.heuristic.pool import Column, Pool
from dispatch.solve.partition.candidates import SAFETY, CandidateRounds
from dispatch.solve.partition.choose import choose_rounds
from dispatch.solve.partition.linear import LinearProblem
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.round_times import round_cost

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dispatch.solve.deadline import Deadline
    from dispatch.solve.timing.arrays import Arrays

# Below this reduced cost (seconds) a round is attractive.
TOLERANCE = 1e-3
# Rounds that are added to the linear relaxation at once.
SIFTED = 500


def choose_from_pool(
    a: Arrays,
    pool: Pool,
    incumbent: Sequence[Sequence[int]],
    *,
    effort: float = 2.0,
    deadline: Deadline | None = None,
    on_wait: Callable[[], None] | None = None,
) -> list[list[int]]:
    """
    Return the best solution made of rounds of the pool and the incumbent, never a worse one.

    Parameters
    ----------
    a
        The problem's arrays.
    pool
        The rounds met.
    incumbent
        The known solution: one sequence of visit indices for each technician.
    effort
        Limit of each of the two searches, in CP-SAT's deterministic seconds (counted work).
    deadline
        Past it the choice ends with the best so far, at least the incumbent.
    on_wait
        Called now and then meanwhile; what it raises ends the work.

    Raises
    ------
    SolverError
        When the linear solver fails: no input should cause it.
    """
    known = [list(map(int, sequence)) for sequence in incumbent]
    columns, hint = _columns(a, pool, known)
    if not columns or has_passed(deadline):
        return known
    rounds = _rows(a, columns)
    # A row of a visit is worth its unassigned cost, a row of a vehicle type nothing.
    worth = np.zeros(rounds.shape[1], dtype=np.int64)
    worth[: a.visits] = a.unassigned_cost_s
    values = np.array([column.cost for column in columns], dtype=np.int64) - rounds @ worth
    limits = np.concatenate([np.ones(a.visits), np.bincount(a.vehicle_type)])
    relaxed = _relaxed(values, rounds, limits, hint, deadline)
    if relaxed is None:
        return known
    value, duals, reduced = relaxed
    goal = int(values[hint].sum())
    room = goal - 1 - value + SAFETY
    near = np.flatnonzero(reduced <= room)
    if room < 0 or not len(near):
        return known
    within = [columns[i] for i in near]
    candidates = CandidateRounds(
        vehicle_type=np.array([column.vehicle_type for column in within], dtype=np.int64),
        visits=[column.sequence for column in within],
        net_cost=values[near],
        surplus=np.maximum(reduced[near], 0.0),
        idle=-duals[a.visits :],
        unassigned=-duals[: a.visits],
        base=value,
    )
    numbers, _ = choose_rounds(
        candidates, np.bincount(a.vehicle_type), goal, effort, deadline=deadline, on_wait=on_wait
    )
    return known if numbers is None else _assigned(a, [within[i] for i in numbers])


def _relaxed(
    values: NDArray[np.int64],
    rounds: csr_array,
    limits: NDArray[np.float64],
    hint: list[int],
    deadline: Deadline | None,
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]] | None:
    """
    Return the value of the relaxation, the dual of each row, at most 0, and the reduced costs.

    By sifting: the relaxation of some rounds, then of those as well that its duals make attractive,
    until there are none. None where time ran out before.
    """
    linear = LinearProblem(np.full(len(limits), -np.inf), limits, "linear relaxation of the choice")
    active = np.zeros(len(values), dtype=np.bool_)
    worth = values / np.diff(rounds.indptr)
    active[np.argsort(worth, kind="stable")[:SIFTED]] = True
    active[hint] = True
    joining = np.flatnonzero(active)
    while not has_passed(deadline):
        linear.add(values[joining], rounds[joining])
        duals = np.minimum(linear.solve()[1], 0.0)
        reduced = values - rounds @ duals
        attractive = np.flatnonzero((reduced < -TOLERANCE) & ~active)
        if not len(attractive):
            return float(limits @ duals), duals, reduced
        joining = attractive[np.argsort(reduced[attractive], kind="stable")[:SIFTED]]
        active[joining] = True
    return None


def _columns(a: Arrays, pool: Pool, incumbent: list[list[int]]) -> tuple[list[Column], list[int]]:
    """Return all columns, and which of them make up the incumbent."""
    columns = list(pool)
    hint = []
    for m, sequence in enumerate(incumbent):
        if sequence:
            cost = int(round_cost(a, m, np.array(sequence, dtype=np.int64), len(sequence)))
            if cost == NEVER:
                continue
            hint.append(len(columns))
            columns.append(Column(int(a.vehicle_type[m]), tuple(sequence), cost))
    return columns, hint


def _rows(a: Arrays, columns: list[Column]) -> csr_array:
    """Return the rows of (2) and (3) that each round stands in, shape (rounds, visits + types)."""
    sizes = np.array([len(column.sequence) for column in columns], dtype=np.int64) + 1
    first = np.concatenate([[0], np.cumsum(sizes)])
    where = np.empty(first[-1], dtype=np.int64)
    of_type = np.zeros(len(where), dtype=np.bool_)
    of_type[first[1:] - 1] = True
    where[of_type] = [a.visits + column.vehicle_type for column in columns]
    visits = chain.from_iterable(column.sequence for column in columns)
    where[~of_type] = np.fromiter(visits, dtype=np.int64, count=len(where) - len(columns))
    shape = (len(columns), a.visits + int(a.vehicle_type.max()) + 1)
    return csr_array((np.ones(len(where), dtype=np.int64), where, first), shape=shape)


def _assigned(a: Arrays, picked: list[Column]) -> list[list[int]]:
    """Give each round to a technician of its vehicle type, in order of index."""
    rounds: list[list[int]] = [[] for _ in range(a.technicians)]
    types = range(int(a.vehicle_type.max()) + 1)
    free: list[list[int]] = [
        np.flatnonzero(a.vehicle_type == number)[::-1].tolist() for number in types
    ]
    for column in picked:
        rounds[free[column.vehicle_type].pop()] = list(column.sequence)
    return rounds
