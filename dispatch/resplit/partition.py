"""The best choice of K groups that covers every unit once: set partitioning, proven.

Symbols: column j is a group with a centre; c_j its cost (whole seconds a day); a_uj = 1 where
unit u is in it; m_j the technicians it needs; l_j its label (a present centre), if any.
x_j = 1 where it is chosen.

    minimise   sum_j c_j x_j                                            (1)
    subject to sum_j a_uj x_j = 1     for each unit u                   (2)
               sum_j x_j      = K                                       (3)
               sum_j m_j x_j <= N     technicians there are             (4)
               sum of x_j over columns of a label <= 1                  (5)

First the linear relaxation, by sifting: that of some columns, then those that its prices
make attractive. Its prices, rounded to whole thousandths, give by Lagrange a bound L that is
exact whatever the linear solver's tolerances,

    L = sum_i y_i b_i + K min(0, min_j d_j),   d_j = c_j - sum_i y_i a_ij   (6)

(y <= 0 on (4) and (5)). A column with L + d_j > z is in no solution of cost z or less
(reduced-cost fixing; Garfinkel and Nemhauser 1969, doi:10.1287/opre.17.5.848, for the model;
Nemhauser and Wolsey 1988, II.5.2). What is left is solved by CP-SAT on one thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ortools.sat.python import cp_model
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack, vstack

from dispatch.errors import SolverError
from dispatch.solve.partition.cpsat import solved

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Prices are whole multiples of a thousandth of a second.
SCALE = 1000
# Columns that the relaxation begins with, and that join it at once.
SIFTED = 2000
# Columns that CP-SAT is first given: those of least reduced cost.
FIRST = 3000


@dataclass(frozen=True, eq=False)
class GroupColumns:
    """
    What may be chosen.

    Parameters
    ----------
    members
        Which units are in each column, shape (columns, units).
    cost
        c_j, whole seconds, shape (columns,).
    technicians
        m_j, shape (columns,).
    label
        Index of the present centre that it is, or -1, shape (columns,).
    """

    members: NDArray[np.bool_]
    cost: NDArray[np.int64]
    technicians: NDArray[np.int64]
    label: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of columns."""
        return len(self.cost)


@dataclass(frozen=True)
class Choice:
    """
    The best choice.

    Parameters
    ----------
    columns
        Indices of the chosen ones, rising.
    cost
        Their cost (1), seconds.
    bound
        No choice costs less; equal to `cost` where that is proven.
    """

    columns: tuple[int, ...]
    cost: int
    bound: int

    @property
    def proven(self) -> bool:
        """Return whether nothing better exists."""
        return self.bound >= self.cost


def choose_groups(
    columns: GroupColumns, centres: int, technicians: int, *, effort: float
) -> Choice | None:
    """
    Return the best choice, or None where there is none at all (which is then proven).

    Parameters
    ----------
    columns
        What may be chosen.
    centres
        K.
    technicians
        N.
    effort
        Limit of CP-SAT, in its deterministic seconds: counted work, not time. A choice
        that hit it says so by its bound.

    Raises
    ------
    SolverError
        When a solver fails, which no input should bring about, or no choice is found
        within the effort.
    """
    if len(columns) < centres:
        return None
    rows, right, equal = _rows(columns, centres, technicians)
    relaxed = _relaxed(columns, rows, right, equal)
    if relaxed is None:
        return None
    prices = np.rint(relaxed * SCALE).astype(np.int64)
    prices[~equal] = np.minimum(prices[~equal], 0)
    # Whole numbers times zeros and ones (and m_j): exact in 64 bits.
    reduced = SCALE * columns.cost - rows.T @ prices
    bound = int(prices @ right) + centres * min(0, int(reduced.min()))
    limit = int(np.partition(reduced, min(FIRST, len(columns)) - 1)[min(FIRST, len(columns)) - 1])
    while True:
        kept = np.flatnonzero(reduced <= limit)
        found = _integral(columns, rows, right, equal, kept, effort)
        everything = len(kept) == len(columns)
        if found is None:
            if everything:
                return None
            limit = 4 * max(limit, SCALE) if limit < int(reduced.max()) else limit
            continue
        chosen, cost, proven = found
        # What would improve on it has only columns with d_j <= z - 1 - L, by (6).
        room = SCALE * (cost - 1) - bound
        if everything or room <= limit or not proven:
            return Choice(chosen, cost, cost if proven else min(cost, -(-bound // SCALE)))
        limit = room


def _rows(
    columns: GroupColumns, centres: int, technicians: int
) -> tuple[csr_array, NDArray[np.int64], NDArray[np.bool_]]:
    """Return the matrix of (2) to (5), right sides, and which rows are equations."""
    units = columns.members.shape[1]
    labels = int(columns.label.max(initial=-1)) + 1
    size = len(columns)
    parts = [
        csr_array(columns.members.T.astype(np.int64)),
        csr_array(np.ones((1, size), dtype=np.int64)),
        csr_array(columns.technicians[None, :]),
    ]
    if labels:
        of_label = columns.label[None, :] == np.arange(labels)[:, None]
        parts.append(csr_array(of_label.astype(np.int64)))
    right = np.array([1] * units + [centres, technicians] + [1] * labels, dtype=np.int64)
    equal = np.array([True] * (units + 1) + [False] * (1 + labels))
    return csr_array(vstack(parts)), right, equal


def _relaxed(
    columns: GroupColumns, rows: csr_array, right: NDArray[np.int64], equal: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """Return the prices of the linear relaxation, or None where it has no solution."""
    by_column = rows.T.tocsr()
    share = columns.cost / np.maximum(columns.members.sum(axis=1), 1)
    active = np.zeros(len(columns), dtype=np.bool_)
    active[np.argsort(share, kind="stable")[:SIFTED]] = True
    # Slack at a price that no column has, so that each relaxation of some columns has a solution.
    dear = float(10 * (columns.cost.max(initial=1) + 1))
    slack = csr_array(np.eye(len(right), dtype=np.int64)[:, equal])
    while True:
        part = np.flatnonzero(active)
        matrix = by_column[part].T.tocsr()
        solved = linprog(
            np.concatenate([columns.cost[part], np.full(2 * equal.sum(), dear)]),
            A_eq=_beside(matrix[equal], slack[equal]),
            b_eq=right[equal],
            A_ub=_beside(matrix[~equal], slack[~equal]),
            b_ub=right[~equal],
            bounds=(0, None),
            method="highs-ds",
        )
        if solved.status != 0:
            msg = f"linear relaxation of the split: {solved.message}"
            raise SolverError(msg)
        prices = np.zeros(len(right))
        prices[equal] = solved.eqlin.marginals
        prices[~equal] = solved.ineqlin.marginals
        reduced = columns.cost - by_column @ prices
        joining = np.flatnonzero(~active & (reduced < -1.0 / SCALE))
        if not len(joining):
            missing = float(solved.x[len(part) :].sum())
            return None if missing > 1e-6 else prices
        order = np.argsort(reduced[joining], kind="stable")[:SIFTED]
        active[joining[order]] = True


def _beside(matrix: csr_array, slack: csr_array) -> csr_array:
    """Return a matrix with columns of slack, one up and one down a row."""
    return csr_array(hstack([matrix, slack, -slack]))


def _integral(
    columns: GroupColumns,
    rows: csr_array,
    right: NDArray[np.int64],
    equal: NDArray[np.bool_],
    kept: NDArray[np.int64],
    effort: float,
) -> tuple[tuple[int, ...], int, bool] | None:
    """Return the best choice among some columns, its cost and whether that is proven; or None."""
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in kept]
    matrix = rows[:, kept].tocsr()
    for row, bound in enumerate(right.tolist()):
        inside = slice(matrix.indptr[row], matrix.indptr[row + 1])
        variables = [chosen[i] for i in matrix.indices[inside].tolist()]
        total = cp_model.LinearExpr.weighted_sum(variables, matrix.data[inside].tolist())
        if not equal[row]:
            model.add(total <= bound)
        elif row < columns.members.shape[1]:
            model.add_exactly_one(variables)
        else:
            model.add(total == bound)
    costs = columns.cost[kept].tolist()
    model.minimize(cp_model.LinearExpr.weighted_sum(chosen, costs))
    solver, status = solved(model, effort, linearization=1)
    if status == cp_model.INFEASIBLE:
        return None
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        msg = f"no split found within the effort ({solver.status_name(status)})"
        raise SolverError(msg)
    picked = tuple(
        int(column)
        for column, variable in zip(kept, chosen, strict=True)
        if solver.boolean_value(variable)
    )
    return picked, int(columns.cost[list(picked)].sum()), status == cp_model.OPTIMAL
