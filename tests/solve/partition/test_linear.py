"""A linear problem to which columns are added: solved as another solver does from scratch."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array

from dispatch.errors import SolverError
from dispatch.solve.partition import linear as linear_module
from dispatch.solve.partition.linear import LinearProblem, solve_anew


def test_half_of_each_of_three_pairs_is_the_best():
    """Three pairs of three visits, each worth 60: half of each is worth 90."""
    pairs = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]])
    linear = LinearProblem(np.full(3, -np.inf), np.ones(3), "three pairs")
    linear.add(np.full(3, -60), csr_array(pairs))
    value, duals = linear.solve()
    assert value == pytest.approx(-90)
    assert duals == pytest.approx([-30, -30, -30])


@pytest.mark.parametrize("seed", range(20))
def test_columns_that_join_later_count_as_if_there_from_the_start(seed):
    """After each of three additions, the value is that of all columns so far, by duals too."""
    random = np.random.default_rng(seed)
    entries = random.integers(0, 2, (30, 8))
    cost = random.integers(-60, -20, 30)
    limits = random.integers(1, 3, 8).astype(float)
    entries[:, 0] = 1  # so that no column is without a limit
    linear = LinearProblem(np.full(8, -np.inf), limits, "random rounds")
    for last in (10, 20, 30):
        linear.add(cost[last - 10 : last], csr_array(entries[last - 10 : last]))
        assert len(linear) == last
        value, duals = linear.solve()
        scratch = linprog(cost[:last], A_ub=entries[:last].T, b_ub=limits, method="highs-ds")
        assert value == pytest.approx(scratch.fun)
        assert value == pytest.approx(duals @ limits)
        assert (cost[:last] - entries[:last] @ duals >= -1e-6).all()


@pytest.mark.slow
def test_a_problem_without_a_solution_is_named():
    """A row asks for 1 where no column gives anything."""
    linear = LinearProblem(np.ones(1), np.ones(1), "a row that nobody serves")
    linear.add(np.array([5]), csr_array(np.zeros((1, 1))))
    with pytest.raises(SolverError, match="a row that nobody serves"):
        linear.solve()


def test_clp_solves_what_glop_does(monkeypatch):
    """The second solver gives the same value and duals, also after columns have joined."""
    monkeypatch.setattr(linear_module, "SOLVERS", ("CLP",))
    pairs = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]])
    linear = LinearProblem(np.full(3, -np.inf), np.ones(3), "three pairs")
    linear.add(np.full(2, -60), csr_array(pairs[:2]))
    assert linear.solve()[0] == pytest.approx(-60)
    linear.add(np.full(1, -60), csr_array(pairs[2:]))
    value, duals = linear.solve()
    assert value == pytest.approx(-90)
    assert duals == pytest.approx([-30, -30, -30])


def test_a_failed_solution_is_tried_from_scratch_and_then_with_another_solver():
    """Only the third try is optimal: GLOP again comes first, then CLP."""
    statuses, built = iter([4, 4, 0]), []
    solve_anew(lambda: next(statuses), built.append, "three tries")
    assert built == ["GLOP", "CLP"]
