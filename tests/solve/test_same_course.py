"""The search and the proof take the course that they took before, step by step.

The same input, seed and effort give the same plan, also after the code is arranged anew. Here whole
courses are compared: every round that a search meets, and everything that a proof counts. Nearly
every change of a kernel alters one of them.

`python -m tests.solve.test_same_course` writes the courses of now to `same_course.json`. That is
right only after a change that is meant to alter plans or proofs: measure the benchmarks first, and
say in the changelog that plans differ.
"""

from __future__ import annotations

import json
import random
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dispatch.solve.bound.branching import Branching
from dispatch.solve.bound.listed_rounds import ListedRounds
from dispatch.solve.bound.proof import ProofLimits
from dispatch.solve.bound.prover import prove
from dispatch.solve.heuristic.anneal import Annealing, improve
from dispatch.solve.heuristic.change_cost import rounds_cost
from dispatch.solve.heuristic.ortools_model import drivable, initial_solution
from dispatch.solve.heuristic.pool import Pool
from dispatch.solve.partition.tree_search import search_choices
from dispatch.solve.timing.announced import labels_of_round
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.plan_cost import plan_cost
from dispatch.solve.timing.round_times import departure_and_return, round_cost
from dispatch.solve.timing.schedule import schedule_of
from tests.solve.bound.test_branching import COUNTS, rounds_of
from tests.solve.heuristic.test_change_cost import change_of
from tests.solve.partition.test_tree_search import candidates_of
from tests.support.fair_problems import fair_problem, softened
from tests.support.slot_problems import small_slotted
from tests.support.small_problems import small_problem

if TYPE_CHECKING:
    from dispatch import DayProblem

KNOWN = Path(__file__).with_name("same_course.json")
# Visits, technicians and seed behind each name.
PROBLEMS = {
    "plain": small_problem,
    "fair": fair_problem,
    "slots": small_slotted,
    "fair slots": lambda seed, *size: softened(small_slotted(seed, *size), seed),
}
# Usual limits; few neighbours and short lists; few neighbours and no lists: cuts have to do.
LIMITS = {
    "usual": ProofLimits(steps=3_000_000, enumerated=20_000),
    "narrow": ProofLimits(steps=3_000_000, near=1, nearest=3, enumerated=40),
    "unlisted": ProofLimits(steps=3_000_000, near=1, nearest=4, enumerated=1),
}
SEARCHES = [
    *(
        (name, size, seed, 200)
        for seed in range(4)
        for name, size in (("plain", (8, 3)), ("fair", (9, 2)))
    ),
    *(("plain", (16, 2), seed, 150) for seed in range(4)),
    *((name, (4, 2), seed, 12) for seed in range(3) for name in ("slots", "fair slots")),
    *(
        (name, (24, 4), seed, iterations)
        for name in ("plain", "fair")
        for seed in range(10, 14)
        for iterations in (10, 30, 90)
    ),
    ("plain", (30, 4), 1, 3_000),
    ("fair", (20, 3), 2, 3_000),
    ("slots", (14, 3), 3, 600),
    ("fair slots", (12, 2), 4, 600),
]
FIRSTS = [
    *(("plain", (3 + seed, 1 + seed % 3), seed) for seed in range(10)),
    *((name, (8, 2), seed) for seed in range(4) for name in ("plain", "slots", "fair slots")),
]
PROOFS = [
    *(("plain", (14, 2), seed, "usual") for seed in range(1, 8)),
    *(("plain", (9, 3), seed, name) for seed in range(10, 14) for name in LIMITS),
    *(("plain", (18, 4), seed, "usual") for seed in (4, 6)),
    *(("plain", (20, 5), seed, name) for seed in (15, 18, 29, 30, 39) for name in LIMITS),
    *(("fair", (7, 2), seed, name) for seed in (18, 20, 22, 29) for name in LIMITS),
    *(("fair", (12, 3), seed, "usual") for seed in (3, 6)),
    *(("slots", (5, 2), seed, name) for seed in (13, 16, 18, 19, 20, 32, 37) for name in LIMITS),
    *(("fair slots", (5, 2), seed, "usual") for seed in (1, 2, 3)),
    ("slots", (8, 3), 2, "usual"),
]  # fmt: skip

# Seeds; each draws days of one technician, with and without slots, and sequences of their visits.
TIMES = range(40)
# Seeds of random lists of rounds.
CASES, CHOICES = range(300, 316), range(16)
# Seeds of days with an old plan.
CHANGES = range(24)


def label(*parts: object) -> str:
    """Return the name of a case."""
    return " ".join(map(str, parts)).replace(", ", "x").replace("(", "").replace(")", "")


def digest(*parts: object) -> str:
    """Return a short name of what is printed the same."""
    return sha256(repr(parts).encode()).hexdigest()[:8]


def idle_plan(problem: DayProblem):
    """Return the arrays of a problem, and rounds that nobody drives."""
    a = arrays_of(problem)
    return a, [[] for _ in range(a.technicians)]


def searched(name: str, size: tuple[int, int], seed: int, iterations: int) -> str:
    """Return the best cost of a search, and a digest of its plan and of all rounds it met."""
    a, idle = idle_plan(PROBLEMS[name](seed, *size))
    pool = Pool()
    rounds = improve(a, idle, iterations, seed, pool)
    met = [tuple(map(int, (kind, *sequence, cost))) for kind, sequence, cost in pool]
    return f"{plan_cost(a, rounds)}, {len(met)} rounds, {digest(rounds, met)}"


def proved(name: str, size: tuple[int, int], seed: int, limits: str) -> str:
    """Return bound, cost and counts of a proof, and a digest of the rounds it met."""
    a, idle = idle_plan(PROBLEMS[name](seed, *size))
    pool = Pool()
    proof = prove(a, idle, pool, LIMITS[limits], upper=plan_cost(a, idle))
    met = sorted(tuple(map(int, (kind, *sequence, cost))) for kind, sequence, cost in pool)
    counts = ", ".join(f"{count} {what}" for what, count in sorted(proof.counts.items()))
    return f"{proof.bound} to {proof.cost}, {counts}, {digest(met)}"


def begun(name: str, size: tuple[int, int], seed: int) -> str:
    """Return the cost of OR-Tools' first rounds, and a digest of them."""
    a, _ = idle_plan(PROBLEMS[name](seed, *size))
    rounds = initial_solution(a, time_limit_s=60)
    return f"{plan_cost(a, rounds)}, {digest(rounds)}"


def cased(seed: int) -> str:
    """Return what a search through cases tells, and how many linear problems it solves."""
    lists, unassigned_cost_s = rounds_of(seed)
    listed = ListedRounds(len(unassigned_cost_s), lists)
    triples = [(0, 1, 2), (2, 3, 4)] if seed % 2 else []
    upper = int(unassigned_cost_s.sum())
    branching = Branching(listed, COUNTS, unassigned_cost_s, triples, upper)
    bounds: list[int] = []
    plans: list[int] = []
    branching.search(
        50,
        bounds.append,
        lambda rounds: plans.append(listed.total(rounds, unassigned_cost_s)),
    )
    return f"{branching.linear} linear problems, {digest(bounds, plans)}"


def chosen(seed: int) -> str:
    """Return a digest of what a search among choices finds with how much work."""
    counts = [(1,), (1, 2), (2, 2), (1, 1, 2)][seed % 4]
    candidates = candidates_of(seed, 7 + seed % 4, 20 + 5 * seed, counts)
    most = [2**power for power in range(3, 20)]
    found = [search_choices(candidates, np.array(counts), 0, steps) for steps in most]
    first = next((n for n, choice in zip(most, found, strict=True) if choice.complete), None)
    return f"complete at {first}, {digest([choice.chosen for choice in found])}"


def changed(seed: int) -> str:
    """Return a digest of rounds with announced starts, and of a search that pays for changes."""
    rng = random.Random(seed)
    make = (small_problem, small_slotted, fair_problem)[seed % 3]
    a = arrays_of(make(seed, 3 + seed % 4, 2))
    visits = rng.sample(range(a.visits), a.visits)
    old = [visits[: a.visits // 2], visits[a.visits // 2 :]]
    old = [drivable(a, m, sequence) for m, sequence in enumerate(old)]
    starts = {visit: rng.randint(0, 300) for visit in visits if rng.random() < 0.7}
    fixed = [min(len(sequence), seed % 2) for sequence in old]
    change = change_of(a, old, starts, fixed, np.array([count > 0 for count in fixed]))
    found: list[object] = []
    for m in (0, 1):
        for size in (1, 2, 3):
            found.append(labels_of_round(a, change.announced, m, rng.sample(visits, size)))
    if rounds_cost(a, change, old) < NEVER:
        search = Annealing(a, old, seed, change=change)
        search.advance(0, 30, 30, Pool())
        found += [search.best_cost, search.best_rounds]
    return digest(found)


def timed(seed: int) -> str:
    """Return a digest of when sequences are driven, what they cost, and each moment of leaving."""
    rng = random.Random(seed)
    found: list[object] = []
    for name, slots in (("plain", 1), ("fair", 1), ("slots", 2 + seed % 4), ("fair slots", 3)):
        visits = rng.randint(1, 4)
        problem = PROBLEMS[name](seed, visits, 1)
        if slots > 1:
            problem = small_slotted(seed, visits, 1, slots=slots)
            problem = softened(problem, seed) if name == "fair slots" else problem
        a = arrays_of(problem)
        for _ in range(3):
            size = rng.randint(1, visits)
            order = np.array(rng.sample(range(visits), size), dtype=np.int64)
            cost = int(round_cost(a, 0, order, size))
            found.append((cost, tuple(map(int, departure_and_return(a, 0, order, size)))))
            if slots > 1 and cost < NEVER:
                found.append(schedule_of(a)[: size + 2].tolist())
    return digest(found)


COURSES = json.loads(KNOWN.read_text(encoding="utf-8")) if KNOWN.exists() else {}


@pytest.mark.parametrize("seed", TIMES)
def test_rounds_are_timed_as_they_were_before(seed):
    """The same departure and return, to the second, also where several are as good."""
    assert timed(seed) == COURSES["times"][str(seed)]


@pytest.mark.parametrize("seed", CASES)
def test_cases_are_looked_at_as_they_were_before(seed):
    """The same bounds and plans on the way."""
    assert cased(seed) == COURSES["cases"][str(seed)]


@pytest.mark.parametrize("seed", CHOICES)
def test_choices_are_searched_as_they_were_before(seed):
    """The same choice after the same work, and as soon complete."""
    assert chosen(seed) == COURSES["choices"][str(seed)]


@pytest.mark.parametrize("seed", CHANGES)
def test_changes_are_counted_and_searched_as_they_were_before(seed):
    """The same starts of each round, and the same plan that stays near the old one."""
    assert changed(seed) == COURSES["changes"][str(seed)]


@pytest.mark.parametrize("case", FIRSTS, ids=lambda case: label(*case))
def test_first_rounds_are_those_that_they_were_before(case):
    """OR-Tools is given the same model."""
    assert begun(*case) == COURSES["firsts"][label(*case)]


@pytest.mark.parametrize("case", SEARCHES, ids=lambda case: label(*case))
def test_a_search_takes_the_course_that_it_took_before(case):
    """The same plan, and the same rounds met on the way."""
    assert searched(*case) == COURSES["searches"][label(*case)]


@pytest.mark.slow
@pytest.mark.parametrize("case", PROOFS, ids=lambda case: label(*case))
def test_a_proof_takes_the_course_that_it_took_before(case):
    """The same bound, by the same labels, cuts and lists."""
    assert proved(*case) == COURSES["proofs"][label(*case)]


if __name__ == "__main__":
    now = {
        "times": {str(seed): timed(seed) for seed in TIMES},
        "cases": {str(seed): cased(seed) for seed in CASES},
        "choices": {str(seed): chosen(seed) for seed in CHOICES},
        "changes": {str(seed): changed(seed) for seed in CHANGES},
        "firsts": {label(*case): begun(*case) for case in FIRSTS},
        "searches": {label(*case): searched(*case) for case in SEARCHES},
        "proofs": {label(*case): proved(*case) for case in PROOFS},
    }
    KNOWN.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
