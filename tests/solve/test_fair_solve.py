"""Both soft weights in search, bound, lists and proof, against trying everything."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import DayProblem, Shift, Technician, Travel, Visit, check, solve
from dispatch.checker import rules
from dispatch.model.problem import Weights
from dispatch.solve.bound.labels import LABELS, label_workspace
from dispatch.solve.bound.proof import ProofLimits
from dispatch.solve.bound.prover import Prover, prove
from dispatch.solve.heuristic.anneal import Annealing, improve
from dispatch.solve.heuristic.pool import Pool
from dispatch.solve.heuristic.state import sequences_of, state_of
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.plan_cost import plan_cost
from dispatch.solve.timing.round_times import round_cost
from tests.solve.test_fixed_prefix import best_locked_cost, random_locks, with_lock
from tests.support import slot_problems
from tests.support.fair_problems import fair_problem, softened, with_soft
from tests.support.labels import offer_row, pricing_problem
from tests.support.slot_problems import small_slotted
from tests.support.small_problems import DAY, _costs_of, best_cost, small_problem

ENOUGH = ProofLimits(steps=10**9)


def least(problem: DayProblem) -> int | None:
    """Return the least cost of any plan, by trying every one."""
    return best_cost(problem, with_soft(_costs_of))


def idle(a) -> list[list[int]]:
    """Return the rounds of a day on which nobody drives."""
    return [[] for _ in range(a.technicians)]


@pytest.mark.slow
@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    visits=st.integers(1, 5),
    technicians=st.integers(1, 3),
    which=st.sampled_from([(True, True), (True, False), (False, True)]),
)
def test_no_plan_costs_less_than_the_bound(seed, visits, technicians, which):
    """Whatever the weights, and exactly as much where it is proven."""
    small = small_problem(seed, visits, technicians)
    problem = softened(small, seed, unfamiliarity=which[0], imbalance=which[1])
    best, a = least(problem), arrays_of(problem)
    proof = prove(a, idle(a), Pool(), ENOUGH, upper=plan_cost(a, idle(a)))
    if best is None:
        assert proof.bound > sum(v.unassigned_cost_s or 0 for v in problem.visits)
        return
    assert proof.bound <= best <= proof.cost
    if proof.proven:
        assert proof.bound == best


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_a_bound_is_true_however_little_work_went_into_it(seed):
    """Rough pricing, cuts without lists, a proof in many goes; it ends proven."""
    problem = fair_problem(7000 + seed, 5, 2)
    best, a = least(problem), arrays_of(problem)
    for limits in (
        ProofLimits(steps=1),
        ProofLimits(steps=10**9, enumerated=1),
        ProofLimits(10**9, near=0),
    ):
        proof = prove(a, idle(a), Pool(), limits, upper=plan_cost(a, idle(a)))
        assert best is None or proof.bound <= best
    prover = Prover(a, Pool(), ENOUGH)
    for steps in (1, 2_000, 20_000, 10**9):
        prover.work(idle(a), plan_cost(a, idle(a)), steps)
        proof = prover.finish()
        assert best is None or proof.bound <= best
    assert proof.proven


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_a_plan_is_the_best_there_is_and_passes_the_check(seed):
    """All stages together; the check recounts both soft parts."""
    problem = fair_problem(300 + seed, 1 + seed % 5, 1 + seed % 3)
    best, plan = least(problem), solve(problem, "quick", seed=seed)
    broken = {found.rule for found in check(problem, plan)}
    if best is None:
        assert (plan.status, broken) == ("infeasible", {"mandatory_served"})
        return
    assert broken == set()
    assert plan.cost_s.total == best
    assert plan.bound_s is not None
    assert plan.bound_s <= best


def by_quickest_ways(problem: DayProblem) -> DayProblem:
    """Return the problem with travel by the quickest ways, as on a road graph."""
    seconds = problem.travel.seconds.copy()
    for via in range(seconds.shape[1]):
        np.minimum(seconds, seconds[:, :, via, None] + seconds[:, via, None, :], out=seconds)
    return replace(problem, travel=Travel(problem.travel.places, seconds))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_the_search_alone_finds_the_best_plan(seed):
    """With travel as on a road graph, ten thousand iterations without any proof."""
    problem = by_quickest_ways(fair_problem(seed, 1 + seed % 5, 1 + seed % 3))
    best, a = least(problem), arrays_of(problem)
    cost = plan_cost(a, improve(a, idle(a), 10_000, 1, Pool()))
    assert cost >= a.mandatory_cost[0] if best is None else cost == best


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**9), visits=st.integers(1, 12))
def test_what_the_search_keeps_of_rounds_equals_what_is_computed_afresh(seed, visits):
    """Costs with their soft parts, and the rounds handed on."""
    a, pool = arrays_of(fair_problem(seed, visits, 2)), Pool()
    annealing = Annealing(a, idle(a), seed)
    annealing.advance(0, 40, 40, pool)
    x = annealing.search
    for s in (x.trial, x.current):
        afresh = state_of(a, sequences_of(s.node, s.size))
        for name in ("size", "cost", "busy", "where"):
            assert np.array_equal(getattr(s, name), getattr(afresh, name)), name
    for kind, sequence, cost in pool:
        order = np.array(sequence)
        assert cost == round_cost(a, a.vehicle_type.tolist().index(kind), order, len(order)) < NEVER


@pytest.mark.parametrize("seed", range(16))
def test_both_count_where_travel_follows_the_time_of_day(seed):
    """The plan is the best but for what rounding hides, the bound no higher."""
    base = small_slotted(seed, 1 + seed % 3, 1 + seed % 2, slots=2 + seed % 4)
    free = tuple(t.model_copy(update={"max_working_s": None}) for t in base.technicians)
    problem = softened(replace(base, technicians=free), seed)
    driving = with_soft(lambda day, who: slot_problems.Trying(day, who).cost)
    plan, best = solve(problem, "quick"), best_cost(problem, driving)
    broken = {found.rule for found in check(problem, plan)}
    if best is None:
        assert (plan.status, broken) == ("infeasible", {"mandatory_served"})
        return
    assert broken == set()
    assert plan.bound_s is not None
    assert plan.bound_s <= best <= plan.cost_s.total <= best + 2


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_locked_visits_count_towards_the_share_of_their_technician(seed):
    """The bound is never above the best of all plans that keep the locks."""
    small = small_problem(seed, visits=4, technicians=3)
    locks = random_locks(small, random.Random(seed))
    problem = softened(with_lock(small, locks), seed)
    best, plan = best_locked_cost(problem, with_soft(_costs_of)), solve(problem, "quick")
    assert {found.rule for found in check(problem, plan)} <= {"mandatory_served"}
    if best is None:
        assert plan.status == "infeasible"
        return
    assert plan.bound_s is None or plan.bound_s <= best
    assert plan.status == "infeasible" or plan.cost_s.total >= best


def on_a_line(weights: Weights, familiar: dict[str, int], shifts: tuple[int, int]) -> DayProblem:
    """Return four visits of 600 s, 100 s apart, and two technicians who start before the first."""
    at = np.array([0, 100, 200, 300, 400])
    names = tuple("cabde")
    return DayProblem(
        DAY,
        Travel(names, np.abs(at[:, None] - at[None])[None]),
        tuple(
            Technician(id=f"T{k}", start="c", end="c", shift_s=Shift(0, length))
            for k, length in enumerate(shifts)
        ),
        tuple(Visit(id=p.upper(), place=p, duration_s=600, familiar=familiar) for p in names[1:]),
        weights,
    )


@pytest.mark.parametrize(
    ("percent", "rounds", "travel", "imbalance"),
    [(0, [4], 800, 0), (33, [4], 800, 396), (34, [2, 2], 1200, 0), (1000, [2, 2], 1200, 0)],
)
def test_work_is_shared_once_that_costs_less_than_what_is_above_the_share(
    percent, rounds, travel, imbalance
):
    """
    By hand: the share of each is 1200 s.

    All to one: 800 s driven, 1200 s above; the nearest to the other: 1000 s and 600 s; two each:
    1200 s and nothing. At 33 % that is 1196, 1198 and 1200; at 34 %, 1208, 1204 and 1200.
    """
    problem = on_a_line(Weights(imbalance=percent), {}, (9000, 9000))
    plan = solve(problem, "standard")
    assert sorted(len(round_.stops) for round_ in plan.rounds) == rounds
    assert (plan.cost_s.travel, plan.cost_s.imbalance) == (travel, imbalance)
    assert plan.proven_optimal
    assert check(problem, plan) == []


def test_who_works_half_the_hours_has_half_the_share():
    """Shifts of 6000 and 3000 s: shares of 1600 and 800 s; at 1000 %, three visits and one."""
    plan = solve(on_a_line(Weights(imbalance=1000), {}, (6000, 3000)), "standard")
    assert {r.technician: len(r.stops) for r in plan.rounds} == {"T0": 3, "T1": 1}
    assert plan.cost_s.imbalance == 2000


@pytest.mark.parametrize(
    ("familiar", "who", "cost"),
    [
        # 300 s for each of four visits where nobody knows the place, whoever goes.
        ({}, None, 1200),
        ({"T1": 100}, "T1", 0),
        # (100 - 67) % of 100 s is 33 s each, for both alike: the first who gets there.
        ({"T0": 50, "T1": 67}, "T1", 4 * 99),
        ({"elsewhere": 100}, None, 1200),
    ],
)
def test_who_knows_the_place_is_sent(familiar, who, cost):
    """At a weight of 300 s: one round of 800 s, by the one who knows the places best."""
    problem = on_a_line(Weights(unfamiliarity=300), familiar, (9000, 9000))
    plan = solve(problem, "standard")
    [round_] = plan.rounds
    assert who in (None, round_.technician)
    assert (plan.cost_s.travel, plan.cost_s.unfamiliarity) == (800, cost)
    assert plan.proven_optimal
    assert check(problem, plan) == []


def test_a_place_unknown_to_all_does_not_make_a_mandatory_visit_optional():
    """Its price stays above all that the soft parts can cost."""
    base = on_a_line(Weights(unfamiliarity=100_000, imbalance=10_000), {}, (9000, 9000))
    visits = tuple(v.model_copy(update={"unassigned_cost_s": None}) for v in base.visits)
    plan = solve(replace(base, visits=visits), "quick")
    assert plan.status == "complete"
    assert plan.cost_s.unfamiliarity == 400_000


@pytest.mark.parametrize(
    ("cost", "clock", "dominated"),
    # Share 50, slope 2. Of 10 s more on site, the first label pays for each, 20; the other, which
    # comes to its share with them, for none; of what comes after, both pay the same.
    [(119, 90, False), (119, 91, True), (119, 60, False), (120, 60, True), (120, 90, True)],
)
def test_a_label_with_more_time_on_site_must_be_cheaper_by_what_that_may_cost(
    cost, clock, dominated
):
    """What is above the share is paid already; what will be depends on the time that is left."""
    space = label_workspace(50, 6, 3, 4)
    pricing = pricing_problem(visits=3, work_rate=2, work_share=50)
    # Cost, clock, visit and flag, memory, cuts, time on site.
    offer_row(space, pricing, [100, 60, 0, 1, 0, 60], bucket=0, last_clock=100)
    offer_row(space, pricing, [cost, clock, 0, 1, 0, 40], bucket=1, last_clock=100)
    assert space.used[LABELS] == (1 if dominated else 2)


def digest(plan) -> str:
    """Return the digest of what is decided: rounds with their times, what is left, cost, bound."""
    plain = plan.to_dict()
    kept = {name: plain[name] for name in ("rounds", "unassigned", "cost_s", "bound_s")}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_without_weights_what_is_known_changes_nothing(seed):
    """Familiar places and own shares are data; a plan differs only where they have a price."""
    plain = small_problem(seed, 8, 3)
    told = replace(softened(plain, seed), weights=plain.weights)
    assert told.sha256 != plain.sha256
    assert digest(solve(told, "quick", seed=seed)) == digest(solve(plain, "quick", seed=seed))


@pytest.mark.slow
def test_no_cost_is_stated_that_the_problem_does_not_have():
    """The recount is of rules alone: a plan of the same rounds without weights costs less."""
    problem = fair_problem(8, 5, 2)
    plan = solve(problem, "quick")
    free = replace(problem, weights=Weights(overtime=problem.weights.overtime))
    parts, bare = rules.cost(problem, plan), rules.cost(free, plan)
    assert parts.total - bare.total == parts.unfamiliarity + parts.imbalance > 0
    assert (bare.unfamiliarity, bare.imbalance) == (0, 0)
