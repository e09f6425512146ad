"""The best choice of rounds: tried out, or by CP-SAT where that is too much."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from dispatch.solve.bound.choice import FEW, choose
from dispatch.solve.bound.combine import combine
from dispatch.solve.bound.listed import Listed
from tests.solve.bound.test_combine import best_worth, is_a_choice, offers_of

# `dispatch.solve` is also the name of a function: the module by its full name.
CHOICE = sys.modules["dispatch.solve.bound.choice"]


def three_rounds(counts):
    """Return rounds of one visit for 3 and 4 and of both for 8; leaving a visit costs 9."""
    return Listed(2, [[(3, (0,)), (4, (1,)), (8, (0, 1))]]).offers(
        np.array([9, 9]),
        np.array([0.0, 1.0, 0.0]),
        idle=np.array([4.0]),
        left=np.array([2.0, 2.0]),
        # Prices of 7 a visit and a wage of 4, of which 6 gain at most.
        base=14.0 - 4.0 * counts,
    )


def test_the_choice_takes_the_pair_of_rounds_that_costs_least():
    """With two technicians two rounds of one visit cost 7 together, the round of both 8."""
    found = choose(three_rounds(2), np.array([2]), 0, 5.0)
    assert found.settled
    assert sorted(found.chosen or []) == [0, 1]


def test_one_technician_takes_the_one_round_that_costs_least():
    """With one technician the round of both visits, 8, beats serving one, 12."""
    assert choose(three_rounds(1), np.array([1]), 0, 5.0) == ([2], True)


def test_nothing_below_the_cost_known_is_settled_too():
    """The least cost is 8: nothing costs less than 8, and that is certain."""
    assert choose(three_rounds(1), np.array([1]), 8 - 18, 5.0) == (None, True)


@pytest.mark.parametrize("seed", range(20))
def test_cp_sat_settles_what_there_was_no_work_for(seed, monkeypatch):
    """With no look allowed the answer is the same: the best by trying all."""
    monkeypatch.setattr(CHOICE, "LOOKS", 0)
    monkeypatch.setattr(CHOICE, "FEW", 0)
    counts = (1, 2)
    offers = offers_of(seed, 8, 14, counts)
    assert not combine(offers, np.array(counts), 0, 0).settled
    found = choose(offers, np.array(counts), 0, 5.0)
    best = best_worth(offers, counts)
    assert found.settled
    assert best == (0 if found.chosen is None else offers.worth[found.chosen].sum())


def test_with_many_technicians_cp_sat_goes_on_from_what_was_found(monkeypatch):
    """A choice of many rounds: never worse than by trying out alone."""
    monkeypatch.setattr(CHOICE, "LOOKS", 1_000)
    counts = (1,) * (FEW + 2)
    offers = offers_of(3, 60, 600, counts)
    alone = combine(offers, np.array(counts), 0, 1_000)
    found = choose(offers, np.array(counts), 0, 1.0)
    assert found.chosen is not None
    assert is_a_choice(offers, counts, found.chosen)
    if alone.chosen is not None:
        assert offers.worth[found.chosen].sum() <= offers.worth[alone.chosen].sum()
