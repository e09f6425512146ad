"""The best choice among rounds met: each visit on one round at most.

Symbols: w_r = cost of round r less the skip costs of its visits; x_r = whether
it is driven; K_k = number of technicians of kind k.

    minimise   sum_r w_r x_r                                          (1)
    subject to sum of x_r over rounds with visit v  <= 1, each v      (2)
               sum of x_r over rounds of kind k     <= K_k, each k    (3)

Cost = (1) + the sum of all skip costs. First the linear relaxation: with its value z and
the reduced costs d_r, a round with z + d_r no lower than the known solution's
value is in no better solution and is left out. What is left is solved by CP-SAT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from ortools.sat.python import cp_model
from scipy.optimize import linprog
from scipy.sparse import csr_array

from dispatch.errors import SolverError
from dispatch.solve.arrays import NEVER
from dispatch.solve.pool import Column, Pool
from dispatch.solve.timing import round_cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dispatch.solve.arrays import Arrays

# Most rounds handed to CP-SAT: those of least reduced cost. Beyond it a run finds less.
MOST_ROUNDS = 6000
# Below this reduced cost (seconds) a round is attractive.
TOLERANCE = 1e-3
# Rounds that join the linear relaxation at once.
SIFTED = 1500
# The linear solver's tolerance, seconds: a round is left out only if it is worse by more.
SAFETY = 0.5


def partition(
    a: Arrays,
    pool: Pool,
    incumbent: Sequence[Sequence[int]],
    *,
    effort: float = 2.0,
    most_rounds: int = MOST_ROUNDS,
) -> list[list[int]]:
    """
    Return the best solution made of rounds of the pool and the incumbent, never a worse one.

    Parameters
    ----------
    a
        The problem's arrays.
    pool
        Rounds met.
    incumbent
        The solution known: one sequence of visit indices for each technician.
    effort
        Limit of CP-SAT, in its deterministic seconds: counted work, not time.
    most_rounds
        Most rounds handed to CP-SAT.

    Raises
    ------
    SolverError
        When the linear solver fails, which no input should bring about.
    """
    known = [list(map(int, sequence)) for sequence in incumbent]
    columns, hint = _columns(a, pool, known)
    if not columns:
        return known
    values = np.array(
        [c.cost - int(a.skip_cost[list(c.sequence)].sum()) for c in columns], dtype=np.int64
    )
    rows = _rows(a, columns)
    bounds = np.concatenate([np.ones(a.visits), np.bincount(a.kind)])
    value, reduced = _relaxed(values, rows, bounds, hint)
    goal = int(values[hint].sum())
    room = goal - 1 - value + SAFETY
    chosen = np.flatnonzero(reduced <= room)
    if len(chosen) > most_rounds:
        chosen = np.sort(chosen[np.argsort(reduced[chosen], kind="stable")[:most_rounds]])
    if room < 0 or not len(chosen):
        return known
    picked = _choose(a, [columns[i] for i in chosen], values[chosen], goal, effort)
    return known if picked is None else _assigned(a, picked)


def _relaxed(
    values: NDArray[np.int64], rows: csr_array, bounds: NDArray[np.float64], hint: list[int]
) -> tuple[float, NDArray[np.float64]]:
    """
    Return the value of the linear relaxation, and the reduced cost of each column.

    By sifting: the relaxation of some columns, then those that its prices make
    attractive, until there are none. Most rounds met are never looked at twice.
    """
    columns = rows.T.tocsr()
    worth = values / np.diff(columns.indptr)
    active = np.zeros(len(values), dtype=np.bool_)
    active[np.argsort(worth, kind="stable")[:SIFTED]] = True
    active[hint] = True
    while True:
        part = np.flatnonzero(active)
        relaxed = linprog(
            values[part],
            A_ub=columns[part].T.tocsr(),
            b_ub=bounds,
            bounds=(0, None),
            method="highs-ds",
        )
        if relaxed.status != 0:
            msg = f"linear relaxation of the choice of rounds: {relaxed.message}"
            raise SolverError(msg)
        reduced = values - columns @ relaxed.ineqlin.marginals
        attractive = np.flatnonzero((reduced < -TOLERANCE) & ~active)
        if not len(attractive):
            return float(relaxed.fun), reduced
        active[attractive[np.argsort(reduced[attractive], kind="stable")[:SIFTED]]] = True


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
            columns.append(Column(int(a.kind[m]), tuple(sequence), cost))
    return columns, hint


def _rows(a: Arrays, columns: list[Column]) -> csr_array:
    """Return the rows of (2) and (3), shape (visits + kinds, columns)."""
    where = [[*c.sequence, a.visits + c.kind] for c in columns]
    sizes = np.array([len(entry) for entry in where])
    rows = np.fromiter((i for entry in where for i in entry), dtype=np.int64, count=sizes.sum())
    shape = (a.visits + int(a.kind.max()) + 1, len(columns))
    which = np.repeat(np.arange(len(columns)), sizes)
    return csr_array((np.ones(len(rows)), (rows, which)), shape=shape)


def _choose(
    a: Arrays, columns: list[Column], values: NDArray[np.int64], goal: int, effort: float
) -> list[Column] | None:
    """Return the best choice that is better than `goal`; None when none was found."""
    model = cp_model.CpModel()
    driven = [model.new_bool_var("") for _ in columns]
    on_visit: list[list[cp_model.IntVar]] = [[] for _ in range(a.visits)]
    of_kind: list[list[cp_model.IntVar]] = [[] for _ in range(int(a.kind.max()) + 1)]
    for variable, column in zip(driven, columns, strict=True):
        of_kind[column.kind].append(variable)
        for visit in column.sequence:
            on_visit[visit].append(variable)
    for group in on_visit:
        if len(group) > 1:
            model.add_at_most_one(group)
    for kind, group in enumerate(of_kind):
        count = int((a.kind == kind).sum())
        if count == 1:
            model.add_at_most_one(group)
        elif len(group) > count:
            model.add(sum(group) <= count)
    total = cp_model.LinearExpr.weighted_sum(driven, values.tolist())
    model.add(total <= goal - 1)
    model.minimize(total)

    solver = cp_model.CpSolver()
    # Else CP-SAT takes Ctrl-C for itself, and afterwards the process dies of the next one.
    solver.parameters.catch_sigint_signal = False
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = effort
    solver.parameters.linearization_level = 2
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return [c for v, c in zip(driven, columns, strict=True) if solver.boolean_value(v)]


def _assigned(a: Arrays, picked: list[Column]) -> list[list[int]]:
    """Give each round to a technician of its kind, in order of index."""
    rounds: list[list[int]] = [[] for _ in range(a.technicians)]
    kinds = range(int(a.kind.max()) + 1)
    free: list[list[int]] = [np.flatnonzero(a.kind == kind)[::-1].tolist() for kind in kinds]
    for column in picked:
        rounds[free[column.kind].pop()] = list(column.sequence)
    return rounds
