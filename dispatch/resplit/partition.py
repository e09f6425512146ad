"""The best choice of K groups that together cover every unit once: set partitioning, proven.

Symbols: column j is a group with a centre; c_j its cost (whole seconds a day); a_uj = 1 where
unit u is in it; m_j the technicians it needs; l_j its label (a present centre), if any.
x_j = 1 where it is chosen.

    minimise   sum_j c_j x_j                                            (1)
    subject to sum_j a_uj x_j = 1     for each unit u                   (2)
               sum_j x_j      = K                                       (3)
               sum_j m_j x_j <= N     technicians there are             (4)
               sum of x_j over columns of a label <= 1                  (5)

The linear relaxation is solved first, by sifting: over some columns, then with the columns of
negative reduced cost added. Its duals, rounded to whole thousandths, give a Lagrangian bound L that
is exact whatever the tolerances of the linear solver,

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

# Duals are whole multiples of a thousandth of a second.
SCALE = 1000
# Columns with which the relaxation begins, and the most that are added at once.
SIFTED = 2000
# Columns that CP-SAT has at first: those of least reduced cost.
FIRST = 3000


@dataclass(frozen=True, eq=False)
class GroupColumns:
    """
    The groups that may be chosen, with their centres.

    Parameters
    ----------
    members
        Which units are in each column, shape (columns, units).
    cost
        c_j, whole seconds, shape (columns,).
    technicians
        m_j, shape (columns,).
    label
        Index of the present centre, or -1, shape (columns,).
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
        Indices of the chosen columns, rising.
    cost
        Cost (1) of the choice, seconds.
    bound
        No choice costs less; equal to `cost` when the choice is proven optimal.
    """

    columns: tuple[int, ...]
    cost: int
    bound: int

    @property
    def proven(self) -> bool:
        """Return whether the choice is proven optimal."""
        return self.bound >= self.cost


def choose_groups(
    columns: GroupColumns, centres: int, technicians: int, *, effort: float
) -> Choice | None:
    """
    Return the best choice, or None when there is provably none.

    Parameters
    ----------
    columns
        The groups that may be chosen, with their centres.
    centres
        K.
    technicians
        N.
    effort
        Limit of CP-SAT in its deterministic seconds, which count work, not time. When it ends the
        search, the bound of the choice is less than its cost.

    Raises
    ------
    SolverError
        When a solver fails, which no input should cause, or when no choice is found within the
        effort.
    """
    if len(columns) < centres:
        return None
    rows, right, equal = _rows(columns, centres, technicians)
    relaxed = _relaxed(columns, rows, right, equal)
    if relaxed is None:
        return None
    duals = np.rint(relaxed * SCALE).astype(np.int64)
    duals[~equal] = np.minimum(duals[~equal], 0)
    # Whole numbers times zeros and ones (and m_j): exact in 64 bits.
    reduced = SCALE * columns.cost - rows.T @ duals
    bound = int(duals @ right) + centres * min(0, int(reduced.min()))
    limit = int(np.partition(reduced, min(FIRST, len(columns)) - 1)[min(FIRST, len(columns)) - 1])
    while True:
        active = np.flatnonzero(reduced <= limit)
        found = _integral(columns, rows, right, equal, active, effort)
        everything = len(active) == len(columns)
        if found is None:
            if everything:
                return None
            limit = 4 * max(limit, SCALE) if limit < int(reduced.max()) else limit
            continue
        chosen, cost, proven = found
        # By (6) a better choice has only columns with d_j <= z - 1 - L.
        enough = SCALE * (cost - 1) - bound
        if everything or enough <= limit or not proven:
            return Choice(chosen, cost, cost if proven else min(cost, -(-bound // SCALE)))
        limit = enough


def _rows(
    columns: GroupColumns, centres: int, technicians: int
) -> tuple[csr_array, NDArray[np.int64], NDArray[np.bool_]]:
    """Return the matrix of (2) to (5), its right sides, and which rows are equations."""
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
    """Return the duals of the linear relaxation, or None when it has no solution."""
    by_column = rows.T.tocsr()
    share = columns.cost / np.maximum(columns.members.sum(axis=1), 1)
    active = np.zeros(len(columns), dtype=np.bool_)
    active[np.argsort(share, kind="stable")[:SIFTED]] = True
    # Slack costs more than any column, so that the relaxation over some columns has a solution.
    slack_cost = float(10 * (columns.cost.max(initial=1) + 1))
    slack = csr_array(np.eye(len(right), dtype=np.int64)[:, equal])
    while True:
        part = np.flatnonzero(active)
        matrix = by_column[part].T.tocsr()
        solved = linprog(
            np.concatenate([columns.cost[part], np.full(2 * equal.sum(), slack_cost)]),
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
        duals = np.zeros(len(right))
        duals[equal] = solved.eqlin.marginals
        duals[~equal] = solved.ineqlin.marginals
        reduced = columns.cost - by_column @ duals
        joining = np.flatnonzero(~active & (reduced < -1.0 / SCALE))
        if not len(joining):
            missing = float(solved.x[len(part) :].sum())
            return None if missing > 1e-6 else duals
        order = np.argsort(reduced[joining], kind="stable")[:SIFTED]
        active[joining[order]] = True


def _beside(matrix: csr_array, slack: csr_array) -> csr_array:
    """Return a matrix with slack columns added: a positive and a negative one for each row."""
    return csr_array(hstack([matrix, slack, -slack]))


def _integral(
    columns: GroupColumns,
    rows: csr_array,
    right: NDArray[np.int64],
    equal: NDArray[np.bool_],
    active: NDArray[np.int64],
    effort: float,
) -> tuple[tuple[int, ...], int, bool] | None:
    """Return the best choice of the active columns, its cost and whether it is proven; or None."""
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in active]
    matrix = rows[:, active].tocsr()
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
    costs = columns.cost[active].tolist()
    model.minimize(cp_model.LinearExpr.weighted_sum(chosen, costs))
    solver, status = solved(model, effort, linearization=1)
    if status == cp_model.INFEASIBLE:
        return None
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        msg = f"no split found within the effort ({solver.status_name(status)})"
        raise SolverError(msg)
    picked = tuple(
        int(column)
        for column, variable in zip(active, chosen, strict=True)
        if solver.boolean_value(variable)
    )
    return picked, int(columns.cost[list(picked)].sum()), status == cp_model.OPTIMAL
