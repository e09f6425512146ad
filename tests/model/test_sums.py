"""Sums beyond their bounds are refused, however each value keeps its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.errors import InputError
from dispatch.fieldwork import MAX_UNASSIGNED_COST_S, Visit
from dispatch.model import sums
from dispatch.model.problem import DayProblem
from dispatch.model.problem_json import Weights
from dispatch.model.sums import MAX_COST_S, MAX_LOADS, beyond_bounds
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from tests.support.small_day import T1, VISIT_B, day
from tests.support.small_problems import small_problem


def visits_of(count: int, **values: object) -> tuple[Visit, ...]:
    """Return so many visits like B, with other values."""
    return tuple(VISIT_B.model_copy(update={"id": f"V{i}", **values}) for i in range(count))


def refused(visits: tuple[Visit, ...], weights: Weights | None = None) -> str:
    """Return the message with which visits are refused; empty: they are not."""
    found = [*beyond_bounds(100, [T1], visits, weights or Weights())]
    return " ".join(message for _, _, message in found)


def test_loads_sum_to_no_more_than_a_million_millions():
    """A thousand of the heaviest do; one box more is refused."""
    assert refused(visits_of(1_000, load=10**9)) == ""
    assert "loads of all visits" in refused((*visits_of(1_000, load=10**9), *visits_of(1, load=1)))


def test_costs_sum_to_no_more_than_a_million_millions():
    """A thousand of the dearest visits and the driving to them are too much."""
    assert refused(visits_of(998, unassigned_cost_s=MAX_UNASSIGNED_COST_S)) == ""
    assert "dearest plan" in refused(visits_of(1_000, unassigned_cost_s=MAX_UNASSIGNED_COST_S))


def test_each_mandatory_visit_counts_more_than_the_dearest_plan():
    """Ten visits of 10^9 s go with ninety mandatory ones, not with a hundred."""
    dear = visits_of(10, unassigned_cost_s=10**9)
    assert refused((*dear, *visits_of(90, unassigned_cost_s=None))) == ""
    assert "mandatory" in refused((*dear, *visits_of(100, unassigned_cost_s=None)))


@pytest.mark.parametrize("name", ["overtime", "unfamiliarity", "imbalance"])
def test_every_weight_counts(name):
    """The dearest weight, and much that it is a weight of."""
    most = {"overtime": 1_000, "unfamiliarity": 100_000, "imbalance": 10_000}[name]
    visits = visits_of(4_000, unassigned_cost_s=None, duration_s=600_000)
    crew = T1.model_copy(update={"max_overtime_s": 604_800})
    quiet = [*beyond_bounds(100, [crew], visits, Weights())]
    loud = [*beyond_bounds(100, [crew] * 3, visits, Weights(**{name: most}))]
    assert (quiet, bool(loud)) == ([], True)


def test_a_file_is_refused_at_its_visits():
    """The message has the file's name and the line of the visits."""
    heavy = day(b={"load": 10**9}).to_json().replace('"visits"', '\n"visits"')
    crowd = ",".join(
        f'{{"id":"X{i}","place":"b","duration_s":0,"load":1000000000}}' for i in range(1_000)
    )
    with pytest.raises(InputError, match=r"heavy.json:2:.*loads of all visits") as refusal:
        DayProblem.from_json(heavy.replace('"visits":[', f'"visits":[{crowd},'), "heavy.json")
    assert len(refusal.value.faults) == 1


def test_a_problem_made_in_python_is_refused_too():
    """As `solve` would be handed it."""
    problem = small_problem(1, 3, 1)
    with pytest.raises(InputError, match="loads of all visits"):
        replace(problem, visits=visits_of(1_001, load=10**9, place="p0"))


def test_the_cost_counted_for_a_mandatory_visit_is_within_what_is_bounded(monkeypatch):
    """On random days the solver's own figure is no more than the dearest plan of the bound."""
    assert max(MAX_LOADS, MAX_COST_S) < NEVER
    for problem in [small_problem(seed, 5, 2) for seed in range(40)]:
        counted = int(arrays_of(problem).mandatory_cost[0])
        mandatory = sum(visit.mandatory for visit in problem.visits)
        monkeypatch.setattr(sums, "MAX_COST_S", counted * (1 + mandatory) - 1)
        longest = int(problem.travel.seconds.max())
        found = beyond_bounds(longest, problem.technicians, problem.visits, problem.weights)
        assert [*found]
