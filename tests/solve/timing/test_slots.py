"""Days whose travel depends on the hour: planned, bounded and proven as trying everything says."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import Travel, check, solve
from dispatch.model.problem import DayProblem
from dispatch.solve.bound.proof import ProofLimits
from dispatch.solve.bound.prover import prove
from dispatch.solve.heuristic.anneal import Annealing
from dispatch.solve.heuristic.ortools_model import initial_solution
from dispatch.solve.heuristic.pool import Pool
from dispatch.solve.heuristic.state import sequences_of, state_of
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.plan_cost import plan_cost
from dispatch.solve.timing.slot_arrays import Slots
from dispatch.solve.timing.slots import pack_of, unpack
from tests.support.slot_problems import best_cost, slotted, small_slotted
from tests.support.small_problems import small_problem


def idle(a):
    """Return rounds that nobody drives."""
    return [[] for _ in range(a.technicians)]


def unlimited(problem):
    """Return the problem without limits of the working time, which take long to try."""
    crew = tuple(t.model_copy(update={"max_working_s": None}) for t in problem.technicians)
    return DayProblem(problem.date, problem.travel, crew, problem.visits, problem.weights)


@pytest.mark.parametrize("seed", range(24))
def test_small_days_are_planned_and_bounded_as_trying_everything_says(seed):
    """The plan is the best but for what rounding hides, the bound no higher; proven means best."""
    problem = unlimited(small_slotted(seed, 1 + seed % 3, 1 + seed % 2, slots=2 + seed % 4))
    plan, best = solve(problem, "quick"), best_cost(problem)
    broken = {found.rule for found in check(problem, plan)}
    if best is None:
        assert (plan.status, broken) == ("infeasible", {"mandatory_served"})
        return
    assert broken == set()
    assert plan.bound_s <= best <= plan.cost_s.total <= best + 2
    assert not plan.proven_optimal or plan.cost_s.total == best


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), visits=st.integers(1, 3), slots=st.integers(2, 5))
def test_the_bound_is_never_above_the_best_cost(seed, visits, slots):
    """Cuts, legs dropped and rounds listed included."""
    problem = unlimited(small_slotted(seed, visits, 1, slots))
    a, best = arrays_of(problem), best_cost(problem)
    proof = prove(a, idle(a), Pool(), ProofLimits(steps=10**8), upper=plan_cost(a, idle(a)))
    if best is not None:
        assert proof.bound <= best <= proof.cost
        assert not proof.proven or proof.cost == best


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**9), visits=st.integers(0, 14), technicians=st.integers(0, 4))
def test_every_plan_passes_the_independent_check(seed, visits, technicians):
    """Whatever the day; and no plan costs less than its bound."""
    problem = small_slotted(seed, visits, technicians, slots=2 + seed % 4)
    plan = solve(problem, "quick")
    broken = {found.rule for found in check(problem, plan)}
    assert broken <= ({"mandatory_served"} if plan.status == "infeasible" else set())
    assert plan.bound_s is None or plan.bound_s <= plan.cost_s.total


@pytest.mark.parametrize("seed", range(20))
def test_slots_that_are_all_the_same_change_neither_cost_nor_bound(seed):
    """Three times the same matrix: nothing to be gained by leaving later."""
    problem = small_problem(seed, 4, 2)
    travel = problem.travel
    same = Travel(travel.places, travel.seconds.repeat(3, axis=0), travel.metres, (0, 90, 200))
    again = DayProblem(problem.date, same, problem.technicians, problem.visits, problem.weights)
    a, b = arrays_of(problem), arrays_of(again)
    one = prove(a, idle(a), Pool(), ProofLimits(steps=10**8), upper=plan_cost(a, idle(a)))
    three = prove(b, idle(b), Pool(), ProofLimits(steps=10**8), upper=plan_cost(b, idle(b)))
    if one.proven and three.proven:
        assert (three.bound, three.cost) == (one.bound, one.cost)
    assert three.bound <= one.cost


@pytest.mark.parametrize("seed", range(12))
def test_the_search_keeps_rules_costs_and_clocks(seed):
    """After many insertions and removals the tables equal those computed afresh, costs included."""
    a = arrays_of(small_slotted(seed, 12, 3))
    annealing = Annealing(a, idle(a), seed)
    annealing.advance(0, 60, 60, Pool())
    x = annealing.search
    rounds = sequences_of(x.current.node, x.current.size)
    assert plan_cost(a, rounds) == x.current_cost[0] < NEVER
    assert plan_cost(a, sequences_of(x.best_node, x.best_size)) == x.best_cost[0]
    for s in (x.trial, x.current):
        afresh = state_of(a, sequences_of(s.node, s.size))
        for name in ("size", "cost", "load", "busy", "where"):
            assert np.array_equal(getattr(s, name), getattr(afresh, name)), name
        for m in range(a.technicians):
            last = s.size[m] + 1
            assert np.array_equal(s.leg[m, 1 : last + 1], afresh.leg[m, 1 : last + 1])
            assert np.array_equal(s.before[m, :last], afresh.before[m, :last])
            assert np.array_equal(s.after[m, :last], afresh.after[m, :last])


@pytest.mark.parametrize("seed", range(20))
def test_first_rounds_made_with_averages_can_be_driven(seed):
    """What the real hours do not allow is taken off."""
    a = arrays_of(small_slotted(seed, 8, 2))
    assert plan_cost(a, initial_solution(a, time_limit_s=10)) < NEVER


def test_the_pack_holds_what_the_arrays_hold():
    """Every field, shape and number; its functions' addresses too."""
    a = arrays_of(small_slotted(5, 6, 3))
    # Read where compiled code may return arrays.
    views = unpack(int(a.pack[0]))
    for name in Slots._fields[2:-3]:
        assert np.array_equal(getattr(views, name), np.asarray(getattr(a, name))), name
    assert (views.free_until == NEVER).all()
    assert views.lateness.tolist() == [0]
    assert (a.pack[1:10] != 0).all()
    assert pack_of(a).shape == a.pack.shape
    assert not len(arrays_of(small_problem(5, 6, 3)).pack)


def test_the_pack_holds_until_when_a_start_is_free_of_lateness():
    """A row a technician, a column a visit; the weight is the same for all."""
    problem = small_slotted(5, 3, 2)
    visits = [v.model_copy(update={"due_s": 5_000 + i}) for i, v in enumerate(problem.visits)]
    weights = problem.weights.model_copy(update={"lateness": 7})
    a = arrays_of(replace(problem, visits=tuple(visits), weights=weights))
    views = unpack(int(a.pack[0]))
    assert views.free_until.tolist() == [[5_000, 5_001, 5_002]] * 2
    assert views.lateness.tolist() == [7]


@pytest.mark.slow
def test_the_same_day_gives_the_same_plan_in_another_process():
    """Byte for byte, outside the clock; nothing hangs on where the pack lies in memory."""
    code = (
        "from dispatch import solve\n"
        "from tests.support.slot_problems import small_slotted\n"
        "plan = solve(small_slotted(7, 14, 3), 'quick', seed=3)\n"
        "print(plan.model_copy(update={'elapsed_s': 0.0}).to_json(), end='')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    plan = solve(slotted(small_problem(7, 14, 3), 7), "quick", seed=3)
    assert ended.stdout == plan.model_copy(update={"elapsed_s": 0.0}).to_json()
