"""Random problems against brute force: a small part of the campaign, and what it rests on."""

from __future__ import annotations

import pytest

from benchmarks import fuzz_solver
from benchmarks.brute_force import best_cost
from benchmarks.fuzz_solver import failures
from benchmarks.random_problems import Drawn
from dispatch.fieldwork import Technician, Visit
from dispatch.model.problem_json import TravelJson, Weights
from tests.support import slot_problems, small_problems
from tests.support.fuzzing import inputs
from tests.support.slot_problems import small_slotted
from tests.support.small_problems import small_problem


def test_two_ways_of_trying_everything_agree():
    """One follows whole rounds by their clocks, the other every second of them."""
    for seed in range(20):
        problem = small_problem(seed, 1 + seed % 3, 1 + seed % 2)
        assert best_cost(problem) == small_problems.best_cost(problem)


@pytest.mark.slow
def test_two_ways_of_trying_everything_agree_by_the_hour():
    """Also where travel depends on the time of day."""
    for seed in range(6):
        problem = small_slotted(seed, 2, 1)
        assert best_cost(problem) == slot_problems.best_cost(problem)


def test_times_in_whole_minutes_need_minutes_only():
    """The same problem, drawn in units of a minute: each second tried, or each minute."""
    drawn = next(d for d in map(Drawn, range(99)) if d.unit == 60 and len(d.problem.visits) == 2)
    assert best_cost(drawn.problem, 60) == best_cost(drawn.problem)


def test_two_hundred_problems_use_every_key():
    """Every key of the format that is accepted stands in one of them."""
    used: set[str] = set()
    for seed in range(200):
        document = Drawn(seed).document
        used |= set(document) | set(document["travel"]) | set(document["weights"])
        for group in ("technicians", "visits"):
            used |= {key for each in document[group] for key in each}
    fields = [
        field
        for model in (Technician, Visit, TravelJson, Weights)
        for field in model.model_fields.items()
    ]
    wanted = {field.alias or name for name, field in fields}
    assert wanted == used & wanted


def test_a_seed_always_draws_the_same_problem():
    """So that a campaign goes on where it stopped, and a failure can be looked into."""
    assert Drawn(7).problem.to_json() == Drawn(7).problem.to_json()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 1 + inputs(16)))
def test_the_plan_of_a_random_problem_is_the_best_there_is(seed):
    """Its bound, its locks and its explanations hold as well."""
    assert [*failures(Drawn(seed), seed, explained=seed % 2 == 0)] == []


def test_a_plan_above_the_optimum_is_told(monkeypatch):
    """Brute force is made to find a second less than there is: the campaign says so."""
    monkeypatch.setattr(
        fuzz_solver, "best_cost", lambda problem, unit: best_cost(problem, unit) - 1
    )
    drawn = next(d for d in map(Drawn, range(99)) if best_cost(d.problem, d.unit))
    names = [name for name, _ in failures(drawn, 1, explained=False)]
    assert "suboptimal" in names
