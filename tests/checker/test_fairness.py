"""Shares of work and known places: counted by hand, at the door, in the check."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import DayProblem, InputError, Shift, Technician, Travel, Visit, check, cost, solve
from dispatch.checker.fairness import Fairness, fair_shares, fairness_of, workloads
from dispatch.model.problem import Weights
from tests.support.fair_problems import fair_problem
from tests.support.small_problems import DAY, small_problem

WEIGHTS = Weights(unfamiliarity=300, imbalance=20)


def day(weights: Weights = WEIGHTS) -> DayProblem:
    """Return three visits of 1000, 2000 and 3001 s, and shifts of 8, 4 and 4 hours."""
    at = np.array([0, 60, 120, 180])
    return DayProblem(
        DAY,
        Travel(tuple("cxyz"), np.abs(at[:, None] - at)[None]),
        tuple(
            Technician(id=name, start="c", end="c", shift_s=Shift(0, hours * 3600))
            for name, hours in (("A", 8), ("B", 4), ("C", 4))
        ),
        (
            Visit(id="X", place="x", duration_s=1000, familiar={"A": 100, "B": 33}),
            Visit(id="Y", place="y", duration_s=2000, familiar={"C": 50}),
            Visit(id="Z", place="z", duration_s=3001),
        ),
        weights,
    )


def planned(problem: DayProblem, rounds: dict[str, str]):
    """Return the plan in which these visits are served, each technician's solved alone."""
    pinned = {visit: name for name, visits in rounds.items() for visit in visits}
    visits = tuple(
        v.model_copy(update={"technician": pinned[v.id], "unassigned_cost_s": None})
        for v in problem.visits
        if v.id in pinned
    )
    return solve(replace(problem, visits=visits), "quick")


def test_shares_follow_the_length_of_shifts_rounded_up():
    """6001 s over 16 hours: half, and a quarter each."""
    assert fair_shares(day()) == {"A": 3001, "B": 1501, "C": 1501}


def test_a_share_of_ones_own_stands_and_changes_nobody_elses():
    """C has desk duty: 10 minutes at most."""
    problem = day()
    crew = (
        *problem.technicians[:2],
        problem.technicians[2].model_copy(update={"fair_share_s": 600}),
    )
    assert fair_shares(replace(problem, technicians=crew)) == {"A": 3001, "B": 1501, "C": 600}


def test_shifts_without_length_share_alike():
    """Nobody has hours: a third of 6001 s each, up."""
    problem = day()
    crew = tuple(t.model_copy(update={"shift_s": Shift(0, 0)}) for t in problem.technicians)
    shares = fair_shares(replace(problem, technicians=crew))
    assert set(shares.values()) == {2001}


def test_both_parts_of_the_cost_are_as_by_hand():
    """
    A serves Z and Y, B serves X, C nobody.

    A works 5001 s, 2000 above: 400 s at 20 %. Y is wholly unknown to A, Z to all: 300 s each; X is
    33 % known to B: 201 s.
    """
    problem = day()
    plan = planned(problem, {"A": "YZ", "B": "X"})
    parts = cost(problem, plan)
    assert (parts.imbalance, parts.unfamiliarity) == (400, 801)
    assert parts.total == parts.travel + 1201
    assert workloads(problem, plan) == {"A": 5001, "B": 1000, "C": 0}
    found = fairness_of(problem, plan)
    assert (found.spread_s, found.above_share_s, found.served, found.known) == (5001, 2000, 3, 1)
    assert found.familiarity == pytest.approx(0.11)


def test_each_round_and_each_visit_is_rounded_up():
    """1 % of 2000 s is 20 s, of 2001 s 21 s; 67 % of 100 s is 67 s, of 1 s it is 1 s."""
    problem = day(Weights(unfamiliarity=1, imbalance=1))
    parts = cost(problem, planned(problem, {"A": "YZ", "B": "X"}))
    assert (parts.imbalance, parts.unfamiliarity) == (20, 3)


def test_a_stated_cost_without_its_soft_parts_breaks_the_rule():
    """The check recounts both, and names each."""
    problem = day()
    plan = solve(problem, "quick")
    assert check(problem, plan) == []
    parts = plan.cost_s.model_copy(
        update={"total": plan.cost_s.total - plan.cost_s.unfamiliarity, "unfamiliarity": 0}
    )
    broken = check(problem, plan.model_copy(update={"cost_s": parts}))
    messages = [str(found) for found in broken if found.rule == "stated_cost"]
    assert any("states unfamiliarity 0 s" in message for message in messages)


def test_the_summary_tells_the_spread_and_both_costs():
    """From the plan alone, so that a written day's summary can be held against it."""
    problem = day(Weights(imbalance=1000))
    plan = solve(problem, "quick")
    summary = plan.summary()
    times = [round_.service_s for round_ in plan.rounds]
    assert summary["workload_spread_s"] == max(times) - min(times)
    assert summary["imbalance_s"] == plan.cost_s.imbalance
    assert summary["unfamiliarity_s"] == plan.cost_s.unfamiliarity == 0


def test_who_serves_nothing_is_familiar_with_nothing():
    """Without rounds, and without technicians, all figures are 0."""
    idle = planned(day(), {})
    nobody = replace(day(), technicians=())
    for problem in (day(), nobody):
        found = fairness_of(problem, idle)
        assert found == Fairness(0, 0, served=0, known=0, familiarity=0.0)


def test_the_spread_is_from_the_largest_to_the_smallest_workload():
    """A works 3001 s, B 1000 s, C 0; of two visits one place is known, to 33 percent."""
    problem = day()
    found = fairness_of(problem, planned(problem, {"A": "Z", "B": "X"}))
    assert found == Fairness(3001, 0, served=2, known=1, familiarity=0.165)
    both = fairness_of(problem, planned(problem, {"A": "X", "B": "YZ"}))
    # B: 5001 s, 3500 above the share of 1501; X is known to A in full.
    assert both == Fairness(5001, 3500, served=3, known=1, familiarity=pytest.approx(1 / 3))


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**9), visits=st.integers(0, 6), technicians=st.integers(0, 3))
def test_the_door_keeps_all_that_is_said_of_fairness(seed, visits, technicians):
    """Written and read again it is the same problem."""
    problem = fair_problem(seed, visits, technicians)
    again = DayProblem.from_json(problem.to_json())
    assert (again.visits, again.technicians) == (problem.visits, problem.technicians)
    assert again.weights == problem.weights
    assert again.sha256 == problem.sha256


def test_a_problem_that_says_nothing_of_it_is_written_as_ever():
    """Neither key stands in it: plans name their problem by its text."""
    text = replace(day(), visits=()).to_json()
    assert "familiar" not in text.replace("unfamiliarity", "")
    assert "fair_share_s" not in text


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("familiar", {"A": 101}, "visits[0].familiar.A: must be at most 100"),
        ("familiar", {"A": -1}, "visits[0].familiar.A: must be at least 0"),
        ("familiar", {"A": 0.5}, "visits[0].familiar.A: must be a whole number"),
        ("familiar", ["A"], "visits[0].familiar"),
        ("familiar", None, "visits[0].familiar"),
    ],
)
def test_what_is_known_of_a_place_is_a_percentage_by_technician(key, value, words):
    """Refused by name and value."""
    document = day().to_dict()
    document["visits"][0][key] = value
    with pytest.raises(InputError) as refused:
        DayProblem.from_json(json.dumps(document))
    assert words in str(refused.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "digest"), [(0, "3baa03d8ed987d3b"), (1, "969fb7057b06fa90"), (2, "a94f80cccd505eda")]
)
def test_problems_of_before_keep_the_digest_by_which_plans_name_them(seed, digest):
    """Taken before fairness was in the format: plans written then are still of their problems."""
    assert small_problem(seed, 12, 3).sha256.startswith(digest)
