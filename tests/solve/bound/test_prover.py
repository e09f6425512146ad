"""The bound never passes the best cost, and is proven only where it meets it."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import DayProblem, Shift, Technician, Travel, Visit
from dispatch.solve.bound.proof import Proof, ProofLimits
from dispatch.solve.bound.prover import Prover, prove
from dispatch.solve.deadline import Deadline
from dispatch.solve.heuristic.pool import Pool
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.plan_cost import plan_cost
from tests.support.small_problems import DAY, best_cost, small_problem

ENOUGH = ProofLimits(steps=10**9)


def proof_of(problem: DayProblem, limits: ProofLimits = ENOUGH) -> Proof:
    """Return the proof that starts from the plan in which nobody drives."""
    a = arrays_of(problem)
    idle: list[list[int]] = [[] for _ in range(a.technicians)]
    return prove(a, idle, Pool(), limits, upper=plan_cost(a, idle))


def line(positions: list[int], visits: tuple[Visit, ...], *, technicians: int = 1) -> DayProblem:
    """Return a problem on a line, one second a metre, everyone starting and ending at place "c"."""
    names = ("c", *(visit.place for visit in visits))
    at = np.array([0, *positions])
    seconds = np.abs(at[:, None] - at[None, :])
    return DayProblem(
        date=DAY,
        travel=Travel(names, seconds[None].astype(np.int64), seconds.astype(np.int64)),
        technicians=tuple(
            Technician(id=f"t{k}", start="c", end="c", shift_s=Shift(0, 1000))
            for k in range(technicians)
        ),
        visits=visits,
    )


@pytest.mark.slow
@settings(max_examples=150, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), visits=st.integers(1, 5), technicians=st.integers(1, 2))
def test_the_bound_is_the_best_cost_where_it_is_proven_and_never_more(seed, visits, technicians):
    """Trying every plan of the whole model finds none cheaper than the bound."""
    problem = small_problem(seed, visits, technicians)
    best = best_cost(problem)
    proof = proof_of(problem)
    if best is None:
        # No plan serves the mandatory visits: the bound then counts their price.
        assert proof.bound > sum(v.unassigned_cost_s or 0 for v in problem.visits)
        return
    assert proof.bound <= best <= proof.cost
    if proof.proven:
        assert proof.bound == best == proof.cost


def test_small_days_are_nearly_always_proven():
    """On forty random days the bound meets the best cost: it is not merely low."""
    proven = sum(proof_of(small_problem(seed, 4, 2)).proven for seed in range(40))
    assert proven >= 38


@pytest.mark.parametrize("seed", range(25))
def test_work_cut_short_still_gives_a_valid_bound(seed):
    """However early the work stops, the bound stays below the best cost."""
    problem = small_problem(1000 + seed, 4, 2)
    best = best_cost(problem)
    for steps, labels in ((1, 100), (100, 100), (10**9, 3), (10**9, 12)):
        proof = proof_of(problem, ProofLimits(steps=steps, labels=labels, enumerated=labels))
        assert best is None or proof.bound <= best


@pytest.mark.parametrize("seed", range(25))
def test_bound_without_listing_rounds_stays_below_the_best_cost(seed):
    """Cuts and prices alone, with no list of rounds to choose from, never pass the best cost."""
    problem = small_problem(2000 + seed, 5, 2)
    best = best_cost(problem)
    proof = proof_of(problem, ProofLimits(steps=10**8, enumerated=1, choice=0.0, near=1, nearest=2))
    assert best is None or proof.bound <= best


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_visits_beyond_the_sixty_second_are_bounded_as_rightly_as_the_first(seed):
    """Memories of two words: sixty visits that nobody can serve stand between those that count."""
    small = small_problem(3000 + seed, 4, 2)
    best = best_cost(small)
    place = small.visits[0].place
    nobody = [
        Visit(
            id=f"n{k}",
            place=place,
            duration_s=60,
            skills=frozenset({"nobody"}),
            unassigned_cost_s=1,
        )
        for k in range(60)
    ]
    visits = (*small.visits[:2], *nobody, *small.visits[2:])
    proof = proof_of(replace(small, visits=visits))
    if best is not None:
        assert proof.bound <= best + 60 <= proof.cost
        assert proof.proven


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(25))
def test_a_proof_in_many_passes_is_valid_after_each_and_ends_as_in_one(seed):
    """Between two passes the plan may get better; the bound never falls nor passes the best."""
    problem = small_problem(4000 + seed, 5, 2)
    a, best = arrays_of(problem), best_cost(problem)
    idle: list[list[int]] = [[] for _ in range(a.technicians)]
    prover = Prover(a, Pool(), ENOUGH)
    last = 0
    for steps in (1, 2_000, 20_000, 10**9):
        prover.work(idle, plan_cost(a, idle), steps)
        proof = prover.finish()
        assert proof.bound >= last
        assert best is None or proof.bound <= best
        last = proof.bound
    assert proof.proven == proof_of(problem).proven


def test_two_visits_on_a_line_cost_the_way_there_and_back():
    """Places at 100 and 300 m on one side: 600 s of travel, proven."""
    visits = tuple(Visit(id=p, place=p, duration_s=10, unassigned_cost_s=5000) for p in "ab")
    proof = proof_of(line([100, 300], visits))
    assert (proof.bound, proof.cost, proof.proven) == (600, 600, True)
    assert proof.rounds is not None
    assert sorted(proof.rounds[0]) == [0, 1]


def test_a_visit_is_left_out_where_driving_costs_more():
    """The far visit costs 800 s of travel and 500 s to leave: it is left."""
    visits = (
        Visit(id="a", place="a", duration_s=10, unassigned_cost_s=5000),
        Visit(id="b", place="b", duration_s=10, unassigned_cost_s=500),
    )
    proof = proof_of(line([100, -400], visits))
    assert (proof.bound, proof.cost, proof.rounds) == (700, 700, [[0]])


def test_nobody_to_drive_leaves_the_price_of_every_visit():
    """Without a technician the bound is the sum of the costs of leaving visits."""
    visits = tuple(Visit(id=p, place=p, duration_s=10, unassigned_cost_s=70) for p in "ab")
    proof = proof_of(line([100, 300], visits, technicians=0))
    assert (proof.bound, proof.proven) == (140, True)


def test_the_same_work_gives_the_same_proof():
    """Two runs agree in bound, plan and counts."""
    problem = small_problem(5, 5, 2)
    assert proof_of(problem) == proof_of(problem)


def timed_proof(seed: int, deadline: Deadline | None) -> tuple[Proof, list[int]]:
    """Return the proof of a day, and the bounds told on the way."""
    a = arrays_of(small_problem(seed, 9, 3))
    idle: list[list[int]] = [[] for _ in range(a.technicians)]
    told: list[int] = []
    proof = prove(
        a,
        idle,
        Pool(),
        ENOUGH,
        upper=plan_cost(a, idle),
        deadline=deadline,
        on_progress=lambda so_far: told.append(so_far.bound),
    )
    return proof, told


@pytest.mark.parametrize("seed", range(5))
def test_a_deadline_in_the_past_leaves_a_bound_that_little_work_gives(seed):
    """Nothing is proven by chance: the bound is true, and far less was looked at."""
    whole, _ = timed_proof(seed, None)
    cut, _ = timed_proof(seed, Deadline(0.0))
    assert 0 <= cut.bound <= whole.bound
    assert cut.counts["steps"] < whole.counts["steps"]
    assert cut.counts["iterations"] <= 1


@pytest.mark.parametrize("seed", range(5))
def test_a_deadline_that_is_far_changes_no_proof_and_bounds_told_rise(seed):
    """What is told last is what is proven."""
    far, told = timed_proof(seed, Deadline(10_000))
    assert (far, told) == timed_proof(seed, None)
    assert told
    assert told == sorted(told)
    assert told[-1] == far.bound


def test_an_interrupted_proof_keeps_what_it_had():
    """Ctrl-C while the bound rises passes through, and the proof holds the bound so far."""
    problem = small_problem(7, 5, 2)
    a = arrays_of(problem)
    proof = Proof()

    def interrupt(_: Proof) -> None:
        raise KeyboardInterrupt

    idle: list[list[int]] = [[] for _ in range(a.technicians)]
    with pytest.raises(KeyboardInterrupt):
        prove(a, idle, Pool(), ENOUGH, upper=plan_cost(a, idle), on_progress=interrupt, proof=proof)
    assert proof.bound > 0 or proof.rounds is not None


@pytest.mark.slow
def test_rounds_in_the_pool_can_all_be_driven():
    """What the proof adds to the pool keeps the rules and states its true cost."""
    rng = random.Random(3)
    for _ in range(20):
        problem = small_problem(rng.randrange(10**6), 5, 2)
        a = arrays_of(problem)
        idle: list[list[int]] = [[] for _ in range(a.technicians)]
        pool = Pool()
        prove(a, idle, pool, ENOUGH, upper=plan_cost(a, idle))
        for number, sequence, cost in pool:
            rounds = [list(sequence) if m == first_of_type(a, number) else [] for m in range(2)]
            left = [v for v in range(a.visits) if v not in sequence]
            assert plan_cost(a, rounds) == cost + a.unassigned_cost_s[left].sum() < NEVER


def first_of_type(a, number: int) -> int:
    """Return the first technician of a vehicle type."""
    return a.vehicle_type.tolist().index(number)
