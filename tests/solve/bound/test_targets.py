"""Targets below the plan: what the rounds of cheaper plans prove, and the plans they make."""

from __future__ import annotations

import math
from collections import Counter
from contextlib import suppress

import pytest

from dispatch.solve.bound.closing import reach_target
from dispatch.solve.bound.duals import SCALE
from dispatch.solve.bound.enumeration import Enumerator
from dispatch.solve.bound.fixing import list_rounds
from dispatch.solve.bound.listed_generation import ListedGeneration
from dispatch.solve.bound.proof import ProofEnded, ProofLimits
from dispatch.solve.bound.prover import Prover
from dispatch.solve.bound.targets import Targets
from dispatch.solve.heuristic.pool import Pool
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.plan_cost import plan_cost
from tests.support.small_problems import best_cost, small_problem

pytestmark = pytest.mark.slow

ENOUGH = 10**9


def cramped(most, targets=4):
    """Return limits of so many partial rounds of a vehicle type, and no cuts."""
    return ProofLimits(steps=ENOUGH, enumerated=most, cut_rounds=0, targets=targets)


def prover_of(problem, limits):
    """Return a prover that has priced and cut, from the plan in which nobody drives."""
    a = arrays_of(problem)
    idle = [[] for _ in range(a.technicians)]
    prover = Prover(a, Pool(), limits)
    prover.work(idle, plan_cost(a, idle), limits.steps)
    return prover


def test_where_the_gap_cannot_be_listed_targets_raise_the_bound_and_stay_true():
    """Against trying every plan; and they do raise it, find better plans, and prove some best."""
    seen = Counter()
    for seed in range(100):
        problem = small_problem(7000 + seed, 6, 2)
        if prover_of(problem, cramped(1)).proof.proven:
            continue
        best = best_cost(problem)
        for most in (6, 12, 25, 50, 100):
            prover = prover_of(problem, cramped(most))
            bound, cost = prover.proof.bound, prover.proof.cost
            if prover.proof.proven:
                continue
            proof = prover.approach()
            assert proof.bound >= bound
            assert proof.cost <= cost
            assert best is None or proof.bound <= best <= proof.cost
            if proof.proven:
                assert best is None or proof.bound == best == proof.cost
            seen["raised"] += proof.bound > bound
            seen["better"] += proof.cost < cost
            seen["proven"] += proof.proven
    assert min(seen["raised"], seen["better"], seen["proven"]) >= 3, seen


@pytest.mark.parametrize("seed", range(40))
def test_no_plan_costs_less_than_a_target_that_is_reached(seed):
    """Every target from the bound up to the cost of the idle plan, all rounds listed."""
    problem = small_problem(7500 + seed, 4, 2)
    best = best_cost(problem)
    limits = cramped(1)
    prover = prover_of(problem, limits)
    generation = prover.generation
    assert generation is not None
    if best is None or generation.tightest is None:
        return
    low, high = -(-generation.tightest.value // SCALE), prover.proof.cost
    everything = Enumerator(prover.a, prover.run.pricer, 10_000)
    for part in range(1, 9):
        target = low + (high - low) * part // 8
        lists = list_rounds(prover.run, generation.tightest, everything, target)
        assert lists is not None
        listed = ListedGeneration(generation, lists)
        listed.allow(ENOUGH)
        with suppress(ProofEnded):
            reach_target(listed, target, limits)
        assert min(target, listed.run.proof.bound) <= best
        if best < target:
            # All its rounds are listed, so that it is found.
            assert listed.run.proof.cost == best


def test_targets_are_left_out_where_there_are_none():
    """As at `quick`: the bound stays what duals proved."""
    problem = small_problem(7003, 6, 2)
    prover = prover_of(problem, cramped(50, targets=0))
    before = prover.proof.bound
    assert prover.approach().bound == before


def test_targets_go_as_far_as_the_workspace_allows():
    """Where a list grows by as much for each second, the third uses 60 % of the workspace."""
    targets = Targets(1_000, 2_000, 100_000)
    made = []
    for _ in range(3):
        assert targets.worth(2_000)
        above = targets.target(2_000) - 1_000
        made.append(round(50 * math.exp(above / 60)))
        targets.reached(made[-1])
    assert made[0] < made[1] < made[2]
    assert made[2] == pytest.approx(60_000, rel=0.05)
    assert not targets.worth(2_000)


def test_a_target_that_was_too_much_is_halved_towards_the_last_one_reached():
    """Until the next would be too near to it; the cost itself is never too near."""
    targets = Targets(1_000, 2_000, 100_000)
    targets.reached(10)
    last = targets.target(2_000)
    targets.missed()
    assert 1_060 < targets.target(2_000) < last
    for _ in range(10):
        targets.missed()
    assert not targets.worth(2_000)
    assert targets.worth(1_060)
    assert targets.target(1_060) == 1_060
