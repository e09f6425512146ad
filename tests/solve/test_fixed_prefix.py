"""Locked rounds: the rule, and the search against trying everything."""

from __future__ import annotations

import random
from itertools import permutations

import numpy as np
import pytest

from dispatch import DayProblem, InputError, Shift, Technician, Travel, Visit, check, solve
from dispatch.fieldwork import RoundLock
from dispatch.model.problem import Weights
from dispatch.solve.fixed_prefix import fixed_prefixes, residual_problem
from dispatch.solve.timing.encode import arrays_of
from tests.support import small_day as by_hand
from tests.support.small_problems import DAY, CostsOf, _costs_of, best_cost, small_problem


def with_lock(problem: DayProblem, locks: dict[int, RoundLock]) -> DayProblem:
    """Return a problem in which technicians, by index, have locks."""
    technicians = tuple(
        who.model_copy(update={"locked": locks.get(m)}) for m, who in enumerate(problem.technicians)
    )
    return DayProblem(problem.date, problem.travel, technicians, problem.visits, problem.weights)


def best_locked_cost(problem: DayProblem, driving: CostsOf = _costs_of) -> int | None:
    """Return the least cost of any plan that keeps the locks, trying everything."""
    holder = {
        name: who.id for who in problem.technicians if who.locked for name in who.locked.visits
    }
    visits = tuple(
        v.model_copy(update={"technician": holder[v.id], "unassigned_cost_s": None})
        if v.id in holder
        else v
        for v in problem.visits
    )
    asked = DayProblem(problem.date, problem.travel, problem.technicians, visits, problem.weights)
    row = {visit.id: index for index, visit in enumerate(visits)}

    def costs_of(day: DayProblem, technician: int):
        lock, cost_of = day.technicians[technician].locked, driving(day, technician)
        head = tuple(row[name] for name in lock.visits) if lock else ()

        def cost(sequence: tuple[int, ...]) -> int | None:
            if sequence[: len(head)] != head or (
                lock and lock.closed and len(sequence) > len(head)
            ):
                return None
            return cost_of(sequence)

        return cost

    return best_cost(asked, costs_of)


def random_locks(problem: DayProblem, rng: random.Random) -> dict[int, RoundLock]:
    """Return locks that can be kept: a drivable sequence for some technicians."""
    locks: dict[int, RoundLock] = {}
    free = set(range(len(problem.visits)))
    for m, who in enumerate(problem.technicians):
        if rng.random() < 0.25:
            continue
        able = [
            v
            for v in sorted(free)
            if problem.visits[v].skills <= who.skills
            and problem.visits[v].technician in (None, who.id)
        ]
        cost_of = _costs_of(problem, m)
        rng.shuffle(able)
        choices = [
            sequence
            for size in (rng.choice([1, 1, 2]), 1, 0)
            for sequence in permutations(able, min(size, len(able)))
            if not sequence
            or (
                cost_of(sequence) is not None
                and sum(problem.visits[v].load for v in sequence) <= (who.capacity or 99)
            )
        ]
        head = choices[0]
        free -= set(head)
        names = tuple(problem.visits[v].id for v in head)
        locks[m] = RoundLock(visits=names, closed=rng.random() < 0.35)
    return locks


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_a_locked_plan_is_the_best_there_is_and_its_bound_is_true(seed):
    """The bound is never above the best of all plans that keep the locks, nor that above ours."""
    problem = small_problem(seed, visits=5, technicians=3)
    locked = with_lock(problem, random_locks(problem, random.Random(seed)))
    best = best_locked_cost(locked)
    plan = solve(locked, "quick")
    broken = [entry for entry in check(locked, plan) if entry.rule != "mandatory_served"]
    assert broken == []
    if best is None:
        assert plan.status == "infeasible"
        return
    assert plan.bound_s is None or plan.bound_s <= best
    assert plan.status != "infeasible"
    assert plan.cost_s.total == best


def test_relaxations_and_exact_splits_are_both_among_the_problems_tried():
    """Otherwise the test above would be of one case only."""
    kinds = set()
    for seed in range(60):
        problem = small_problem(seed, visits=5, technicians=3)
        locked = with_lock(problem, random_locks(problem, random.Random(seed)))
        a = arrays_of(locked)
        kinds.add(residual_problem(locked, a, fixed_prefixes(locked)).exact)
    assert kinds == {True, False}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_locks_hold_where_travel_follows_the_time_of_day(seed):
    """Three slots: the plan keeps its locks and every rule, and states a bound below its cost."""
    rng = random.Random(seed)
    problem = small_problem(seed, visits=5, technicians=2)
    slow = np.concatenate([problem.travel.seconds * factor for factor in (1, 2, 1)])
    travel = Travel(problem.travel.places, slow, None, (0, 60, 150))
    day = DayProblem(DAY, travel, problem.technicians, problem.visits, problem.weights)
    heads = [[stop.visit for stop in round_.stops] for round_ in solve(day, "quick").rounds]
    driven = [round_.technician for round_ in solve(day, "quick").rounds]
    locks = {
        m: RoundLock(
            visits=tuple(heads[driven.index(who.id)][: rng.choice([1, 2])]),
            closed=rng.random() < 0.3,
        )
        for m, who in enumerate(day.technicians)
        if who.id in driven
    }
    locked = with_lock(day, locks)
    plan = solve(locked, "quick")
    assert [entry for entry in check(locked, plan) if entry.rule != "mandatory_served"] == []
    assert plan.bound_s is None or 0 < plan.bound_s <= plan.cost_s.total


def in_a_row(**more: object) -> DayProblem:
    """Return one technician and three visits on a line, 100 s apart, each of 60 s."""
    at = np.array([0, 100, 200, 300])
    who = {"id": "T", "start": "0", "end": "0", "shift_s": Shift(0, 2000), **more}
    return DayProblem(
        DAY,
        Travel(("0", "1", "2", "3"), np.abs(at[:, None] - at)[None]),
        (Technician.model_validate(who),),
        tuple(Visit(id=f"V{k}", place=str(k), duration_s=60) for k in (1, 2, 3)),
    )


def test_what_is_locked_comes_first_although_another_order_is_shorter():
    """V2 first: 0 2 1 3 0 is 200 + 100 + 200 + 300, or 0 2 3 1 0: 200 + 100 + 200 + 100."""
    plan = solve(in_a_row(locked=RoundLock(visits=("V2",))), "quick")
    assert [stop.visit for stop in plan.rounds[0].stops] == ["V2", "V3", "V1"]
    assert plan.cost_s.total == plan.bound_s == 600


def test_a_closed_round_is_driven_as_it_is_and_the_rest_stays_undone():
    """V1 alone: 200 s; the others have nobody, and cost two hours each."""
    plan = solve(in_a_row(locked=RoundLock(visits=("V1",), closed=True)), "quick")
    assert [[stop.visit for stop in round_.stops] for round_ in plan.rounds] == [["V1"]]
    assert plan.cost_s.total == plan.bound_s == 200 + 2 * 7200
    assert {entry.visit for entry in plan.unassigned} == {"V2", "V3"}
    assert {entry.reason for entry in plan.unassigned} == {"outside_working_hours"}


def test_a_technician_whose_empty_round_is_closed_does_nothing():
    """An absent technician: no round at all."""
    plan = solve(in_a_row(locked=RoundLock(closed=True)), "quick")
    assert plan.rounds == ()
    assert plan.status == "partial"


def test_locked_visits_that_cannot_be_driven_are_refused_by_name():
    """Back at 0 only after 660 s, and the shift ends at 600."""
    late = in_a_row(locked=RoundLock(visits=("V3",)), shift_s=Shift(0, 600))
    with pytest.raises(InputError, match=r"technicians\[0\]\.locked: T cannot do these in turn"):
        solve(late, "quick")


def test_a_locked_visit_of_another_skill_is_refused_by_name():
    """Unlocking is the remedy; skills are not bent."""
    day = in_a_row(locked=RoundLock(visits=("V1",)))
    asking = day.visits[0].model_copy(update={"skills": frozenset({"net"})})
    with pytest.raises(InputError, match="T lacks a skill of it"):
        solve(DayProblem(DAY, day.travel, day.technicians, (asking, *day.visits[1:])), "quick")


def test_locks_pass_through_the_door_and_are_not_written_where_there_are_none():
    """A problem without locks is the text that it ever was."""
    day = in_a_row(locked=RoundLock(visits=("V2", "V1"), closed=True))
    again = DayProblem.from_json(day.to_json())
    assert again.technicians == day.technicians
    assert "locked" not in in_a_row().to_json()


@pytest.mark.parametrize(
    ("locks", "message"),
    [
        ([("V9",), ()], r"technicians\[0\]\.locked\.visits\[0\]: no such visit.*'V9'"),
        ([("V1",), ("V1",)], r"technicians\[1\].*locked twice, for T already"),
        ([("V1", "V1"), ()], r"technicians\[0\]\.locked\.visits\[1\].*locked twice"),
    ],
)
def test_locks_that_contradict_the_visits_are_refused(locks, message):
    """Unknown visits, and visits that two rounds begin with."""
    day = in_a_row()
    two = [
        day.technicians[0].model_copy(update={"id": name, "locked": RoundLock(visits=visits)})
        for name, visits in zip(("T", "U"), locks, strict=True)
    ]
    with pytest.raises(InputError, match=message):
        DayProblem(DAY, day.travel, tuple(two), day.visits)


def test_the_solver_finds_the_same_plan_of_a_locked_day_again():
    """Same problem, effort and seed: same text, but for the time it took."""
    problem = small_problem(7, visits=6, technicians=3)
    locked = with_lock(problem, random_locks(problem, random.Random(7)))
    first, second = (solve(locked, "quick").to_dict() | {"elapsed_s": 0} for _ in range(2))
    assert first == second


def test_the_rule_names_the_visit_that_is_missing_and_the_one_that_is_too_many():
    """T1 must begin with B and do nothing else; it does A, then B."""
    day = by_hand.day(t1={"locked": RoundLock(visits=("B",), closed=True)})
    found = [
        entry for entry in check(day, by_hand.plan(by_hand.SOUND_ROUND)) if "lock" in entry.rule
    ]
    assert [(entry.technician, entry.visit) for entry in found] == [("T1", "B"), ("T1", "B")]
    assert [entry.message for entry in found] == [
        "must be stop 1 of the round", "added to a closed round",
    ]  # fmt: skip


@pytest.mark.slow
def test_the_weight_of_overtime_is_paid_once_where_a_round_is_locked():
    """Shift to 300, 400 s more allowed, 2 s each: V3 at 300..360, home at 660."""
    day = in_a_row(locked=RoundLock(visits=("V3",)), shift_s=Shift(0, 300), max_overtime_s=400)
    plan = solve(DayProblem(DAY, day.travel, day.technicians, day.visits[2:], Weights(overtime=2)))
    assert plan.cost_s.total == plan.bound_s == 600 + 2 * 360
