"""The master problem: the best fractional choice of rounds, and its duals.

    min  sum_r c_r x_r + sum_v s_v y_v
    s.t. sum_r a_vr x_r + y_v = 1          for each visit v        (dual pi_v <= s_v)
         sum_{r of type k} x_r <= m_k      for each type k         (dual -omega_k <= 0)
         sum_r f_qr x_r <= 1               for each cut q          (dual -sigma_q <= 0)
         x, y >= 0

Symbols in docs/bound.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.bound.duals import SCALE, Duals, Route
from dispatch.solve.partition.linear import SOLVERS, linear_solver, solve_anew

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from ortools.linear_solver import pywraplp

    from dispatch.solve.bound.cuts import Cuts

# Duals beyond this (scaled seconds) are cut: sums of thousands stay inside 64 bits, and (1) of
# `generation` is valid for any.
MOST_DUAL = 1e14


class Master:
    """
    The master problem over the rounds met so far; it is solved again from its last basis.

    Parameters
    ----------
    unassigned_cost_s
        Of each visit (n,), seconds.
    counts
        Technicians of each vehicle type.
    cuts
        Cuts; `rebuild` makes a row of each.
    """

    def __init__(self, unassigned_cost_s: NDArray[np.int64], counts: list[int], cuts: Cuts) -> None:
        self.unassigned_cost_s = unassigned_cost_s
        self.counts = counts
        self.cuts = cuts
        self.columns: dict[tuple[int, Route], int] = {}
        self.rebuild(())

    def rebuild(self, columns: Iterable[tuple[int, Route, int]], solver: str = SOLVERS[0]) -> None:
        """Start again with the cuts as they are now and these (vehicle type, route, cost)."""
        kept = list(columns)
        self.columns = {}
        self._solver = linear_solver(solver)
        self._objective = self._solver.Objective()
        self._cover = [self._solver.Constraint(1, 1) for _ in self.unassigned_cost_s]
        self._fleet = [self._solver.Constraint(0, count) for count in self.counts]
        self._cut = [self._solver.Constraint(0, 1) for _ in range(len(self.cuts))]
        self._variables: list[pywraplp.Variable] = []
        for row, cost in zip(self._cover, self.unassigned_cost_s.tolist(), strict=True):
            variable = self._solver.NumVar(0, self._solver.infinity(), "")
            self._objective.SetCoefficient(variable, cost)
            row.SetCoefficient(variable, 1)
        for number, route, cost in kept:
            self.add(number, route, cost)

    def add(self, number: int, route: Route, cost: int) -> bool:
        """
        Add a round (vehicle type, visits, seconds); return whether it was new or got cheaper.

        A round has another cost later only where travel depends on the time of day.
        """
        known = self.columns.get((number, route))
        if known is not None:
            if cost >= known:
                return False
            self.columns[number, route] = cost
            place = list(self.columns).index((number, route))
            self._objective.SetCoefficient(self._variables[place], cost)
            return True
        self.columns[number, route] = cost
        variable = self._solver.NumVar(0, self._solver.infinity(), "")
        self._variables.append(variable)
        self._objective.SetCoefficient(variable, cost)
        self._fleet[number].SetCoefficient(variable, 1)
        if len(set(route)) == len(route):
            for visit in route:
                self._cover[visit].SetCoefficient(variable, 1)
        else:
            times = np.bincount(route)
            for visit in np.nonzero(times)[0].tolist():
                self._cover[visit].SetCoefficient(variable, int(times[visit]))
        if self._cut:
            for cut, paid in self.cuts.coefficients(route):
                self._cut[cut].SetCoefficient(variable, paid)
        return True

    def solve(self) -> float:
        """
        Return the least fractional cost of the rounds met.

        Raises
        ------
        SolverError
            When every linear solver fails.
        """

        def rebuild(solver: str) -> None:
            columns = [(k, route, cost) for (k, route), cost in self.columns.items()]
            self.rebuild(columns, solver)

        solve_anew(lambda: self._solver.Solve(), rebuild, "master problem")
        return float(self._objective.Value())

    def duals(self) -> Duals:
        """Return the duals of the last solution, rounded to scaled integers."""
        visit = np.array([row.dual_value() for row in self._cover], dtype=np.float64)
        cut = np.array([-row.dual_value() for row in self._cut], dtype=np.float64)
        vehicle_type = np.array([-row.dual_value() for row in self._fleet], dtype=np.float64)
        return Duals(
            np.minimum(_scaled(visit), self.unassigned_cost_s * SCALE),
            np.maximum(_scaled(cut), 0),
            np.maximum(_scaled(vehicle_type), 0),
        )

    def used(self) -> list[tuple[int, Route, float]]:
        """Return (vehicle type, route, share) of the rounds in the last solution."""
        return [
            (number, route, value)
            for (number, route), variable in zip(self.columns, self._variables, strict=True)
            if (value := variable.solution_value()) > 1e-7
        ]

    def reduced(self) -> list[float]:
        """Return the reduced cost of each column in the last solution, in their order."""
        return [variable.reduced_cost() for variable in self._variables]


def _scaled(duals: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return duals as scaled integers, far inside 64 bits whatever the solver proposed."""
    bounded = np.clip(np.nan_to_num(duals * SCALE), -MOST_DUAL, MOST_DUAL)
    return np.rint(bounded).astype(np.int64)
