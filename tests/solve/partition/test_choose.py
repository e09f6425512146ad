"""The best choice of rounds: by a complete search, or by CP-SAT where that is too much."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from dispatch.solve.bound.listed_rounds import ListedRounds
from dispatch.solve.deadline import Deadline
from dispatch.solve.partition.choose import FEW, choose_rounds
from dispatch.solve.partition.tree_search import search_choices
from tests.solve.partition.test_tree_search import best_net_cost, candidates_of, is_a_choice

# `dispatch.solve` is also the name of a function: the module by its full name.
CHOICE = sys.modules["dispatch.solve.partition.choose"]


def three_rounds(counts):
    """Return rounds of one visit for 3 and 4 and of both for 8; leaving a visit costs 9."""
    return ListedRounds(2, [[(3, (0,)), (4, (1,)), (8, (0, 1))]]).candidates(
        np.array([9, 9]),
        np.array([0.0, 1.0, 0.0]),
        idle=np.array([4.0]),
        unassigned=np.array([2.0, 2.0]),
        # Duals of 7 a visit and 4 a technician.
        base=14.0 - 4.0 * counts,
    )


def test_the_choice_takes_the_pair_of_rounds_that_costs_least():
    """With two technicians two rounds of one visit cost 7 together, the round of both 8."""
    found = choose_rounds(three_rounds(2), np.array([2]), 0, 5.0)
    assert found.complete
    assert sorted(found.chosen or []) == [0, 1]


def test_one_technician_takes_the_one_round_that_costs_least():
    """With one technician the round of both visits, 8, beats serving one, 12."""
    assert choose_rounds(three_rounds(1), np.array([1]), 0, 5.0) == ([2], True)


def test_nothing_below_the_known_cost_is_complete_too():
    """The least cost is 8: nothing costs less than 8, and that is certain."""
    assert choose_rounds(three_rounds(1), np.array([1]), 8 - 18, 5.0) == (None, True)


@pytest.mark.parametrize("seed", range(20))
def test_cp_sat_completes_what_the_search_had_no_work_for(seed, monkeypatch):
    """With no step allowed the answer is the same: the best by trying all."""
    monkeypatch.setattr(CHOICE, "STEPS_A_UNIT", 0)
    monkeypatch.setattr(CHOICE, "FEW", 0)
    counts = (1, 2)
    candidates = candidates_of(seed, 8, 14, counts)
    assert not search_choices(candidates, np.array(counts), 0, 0).complete
    found = choose_rounds(candidates, np.array(counts), 0, 5.0)
    best = best_net_cost(candidates, counts)
    assert found.complete
    assert best == (0 if found.chosen is None else candidates.net_cost[found.chosen].sum())


@pytest.fixture
def only_cp_sat(monkeypatch):
    """Allow the search no step, whatever the number of technicians."""
    monkeypatch.setattr(CHOICE, "STEPS_A_UNIT", 0)
    monkeypatch.setattr(CHOICE, "FEW", 0)


@pytest.mark.usefixtures("only_cp_sat")
@pytest.mark.parametrize("seed", range(12))
def test_cp_sat_proves_that_nothing_costs_less(seed):
    """Below the best there is no choice, and that is certain; a second above it is found."""
    counts = [(1,), (2,), (1, 2)][seed % 3]
    candidates = candidates_of(seed, 8, 14, counts)
    best = best_net_cost(candidates, counts)
    assert choose_rounds(candidates, np.array(counts), best, 5.0) == (None, True)
    found = choose_rounds(candidates, np.array(counts), best + 1, 5.0)
    assert found.complete
    chosen = [] if found.chosen is None else found.chosen
    assert int(candidates.net_cost[chosen].sum()) == best
    assert is_a_choice(candidates, counts, chosen)


@pytest.mark.usefixtures("only_cp_sat")
def test_without_time_cp_sat_says_nothing_for_certain():
    """Neither a choice nor a proof."""
    candidates = candidates_of(5, 60, 6_000, (1,) * 9, longest=3)
    counts = np.ones(9, dtype=np.int64)
    found = choose_rounds(candidates, counts, 0, 5.0, deadline=Deadline(0.0))
    assert not found.complete


@pytest.mark.usefixtures("only_cp_sat")
@pytest.mark.parametrize("seed", range(8))
def test_a_choice_among_some_of_the_rounds_is_not_complete(seed, monkeypatch):
    """Those of least surplus are given to CP-SAT: what it finds may not be the best."""
    counts = (1, 2)
    candidates = candidates_of(seed, 8, 14, counts)
    monkeypatch.setattr(CHOICE, "MOST_ROUNDS", 3)
    found = choose_rounds(candidates, np.array(counts), 0, 5.0)
    assert not found.complete
    least = np.argsort(candidates.surplus, kind="stable")[:3]
    few = [number for number in (found.chosen or []) if number not in least]
    assert few == []
    some = candidates._replace(
        vehicle_type=candidates.vehicle_type[np.sort(least)],
        visits=[candidates.visits[number] for number in np.sort(least)],
        net_cost=candidates.net_cost[np.sort(least)],
    )
    assert int(candidates.net_cost[found.chosen or []].sum()) == best_net_cost(some, counts)


@pytest.mark.slow
def test_with_many_technicians_cp_sat_goes_on_from_what_was_found(monkeypatch):
    """A choice of many rounds: never worse than by the search alone."""
    monkeypatch.setattr(CHOICE, "STEPS_A_UNIT", 1_000)
    counts = (1,) * (FEW + 2)
    candidates = candidates_of(3, 60, 600, counts)
    alone = search_choices(candidates, np.array(counts), 0, 1_000)
    found = choose_rounds(candidates, np.array(counts), 0, 1.0)
    assert found.chosen is not None
    assert is_a_choice(candidates, counts, found.chosen)
    if alone.chosen is not None:
        assert candidates.net_cost[found.chosen].sum() <= candidates.net_cost[alone.chosen].sum()
