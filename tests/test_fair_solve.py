"""Both soft weights in search, bound, lists and proof, against trying everything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import check, solve
from dispatch.solve import anneal
from dispatch.solve.arrays import arrays_of
from dispatch.solve.columns import Limits, bound, plan_cost
from dispatch.solve.pool import Pool
from dispatch.solve.state import state_of
from dispatch.solve.timing import round_cost
from tests.fair_problems import fair_problem, with_soft
from tests.small_problems import best_cost, driving_costs

ENOUGH = Limits(steps=10**9)


def least(problem) -> int | None:
    """Return the least cost of any plan, by trying every one."""
    return best_cost(problem, with_soft(driving_costs))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    visits=st.integers(1, 5),
    technicians=st.integers(1, 3),
    which=st.sampled_from([(True, True), (True, False), (False, True)]),
)
def test_no_plan_costs_less_than_the_bound(seed, visits, technicians, which):
    """Whatever the weights, and exactly as much where it is proven."""
    problem = fair_problem(seed, visits, technicians, unfamiliarity=which[0], imbalance=which[1])
    best = least(problem)
    a = arrays_of(problem)
    idle: list[list[int]] = [[] for _ in range(a.technicians)]
    proof = bound(a, idle, Pool(), ENOUGH, upper=plan_cost(a, idle))
    if best is None:
        assert proof.bound > sum(v.unassigned_cost_s or 0 for v in problem.visits)
        return
    assert proof.bound <= best <= proof.cost
    if proof.proven:
        assert proof.bound == best
