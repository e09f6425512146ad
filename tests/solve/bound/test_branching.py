"""Cases among listed rounds: they end with the best choice, and a bound that holds before that."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from dispatch.solve.bound.branching import Branching
from dispatch.solve.bound.listed_rounds import ListedRounds

COUNTS = (1, 2)


def rounds_of(seed: int, visits: int = 7, size: int = 24):
    """Return random rounds of two vehicle types, one order a set, and unassigned costs."""
    random = np.random.default_rng(seed)
    lists = []
    for _ in COUNTS:
        found: dict[tuple[int, ...], int] = {}
        for _ in range(size):
            held = random.choice(visits, random.integers(1, 4), replace=False)
            found[tuple(sorted(map(int, held)))] = int(random.integers(20, 60)) + 30 * len(held)
        lists.append([(cost, route) for route, cost in found.items()])
    return lists, random.integers(40, 90, visits)


def best_choice(lists, unassigned_cost_s) -> int:
    """Return the least cost of a choice, by trying all (one round of the first type, two of b)."""
    first = [(0, ()), *lists[0]]
    second = [(0, ()), *lists[1]]
    least = int(unassigned_cost_s.sum())
    for chosen in product(first, second, second):
        visits = [visit for _, route in chosen for visit in route]
        if len(set(visits)) == len(visits):
            left = [visit for visit in range(len(unassigned_cost_s)) if visit not in visits]
            least = min(least, sum(cost for cost, _ in chosen) + int(unassigned_cost_s[left].sum()))
    return least


def branched(lists, unassigned_cost_s, upper: int, cases: int, triples=()):
    """Return the bounds told and the cost of each plan told."""
    listed = ListedRounds(len(unassigned_cost_s), lists)
    bounds: list[int] = []
    plans: list[int] = []
    branching = Branching(listed, COUNTS, unassigned_cost_s, triples, upper)
    branching.search(
        cases, bounds.append, lambda chosen: plans.append(listed.total(chosen, unassigned_cost_s))
    )
    return bounds, plans


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_the_best_choice_is_found_and_proven(seed):
    """As by trying all; a bound told on the way never passes it, nor falls."""
    lists, unassigned_cost_s = rounds_of(seed)
    best = best_choice(lists, unassigned_cost_s)
    upper = int(unassigned_cost_s.sum())
    bounds, plans = branched(lists, unassigned_cost_s, upper, 10_000)
    assert bounds[-1] == best
    assert all(bound <= best for bound in bounds)
    assert bounds == sorted(bounds)
    assert (min(plans) == best) if best < upper else not plans


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_cuts_change_nothing_but_the_number_of_cases(seed):
    """A plan keeps every cut; so what is proven is the same."""
    lists, unassigned_cost_s = rounds_of(100 + seed)
    triples = [(0, 1, 2), (2, 3, 4), (1, 4, 6)]
    upper = int(unassigned_cost_s.sum())
    assert branched(lists, unassigned_cost_s, upper, 10_000, triples)[0][-1] == best_choice(
        lists, unassigned_cost_s
    )


@pytest.mark.parametrize("seed", range(20))
def test_a_search_cut_short_has_told_a_valid_bound(seed):
    """After one question, or none."""
    lists, unassigned_cost_s = rounds_of(200 + seed)
    best = best_choice(lists, unassigned_cost_s)
    for cases in (0, 2):
        bounds, plans = branched(lists, unassigned_cost_s, int(unassigned_cost_s.sum()), cases)
        assert bounds
        assert max(bounds) <= best <= min(plans, default=best)


def test_three_pairs_of_three_visits_need_a_question():
    """Each pair costs 60, alone 50, left out 100: half of each pair is 90, the best 110."""
    pairs = [(60, (0, 1)), (60, (1, 2)), (60, (0, 2))]
    lists = [[(50, (0,)), (50, (1,)), (50, (2,))], pairs]
    bounds, plans = branched(lists, np.array([100, 100, 100]), 300, 100)
    assert bounds[0] < 110
    assert (bounds[-1], min(plans)) == (110, 110)


def test_a_plan_that_is_the_best_already_is_proven_without_another():
    """Nothing below it is told."""
    bounds, plans = branched([[(50, (0,))], []], np.array([100]), 50, 100)
    assert (bounds, plans) == ([50], [])


@pytest.mark.slow
def test_the_same_rounds_give_the_same_cases():
    """Bounds and plans are told in the same order."""
    lists, unassigned_cost_s = rounds_of(7)
    upper = int(unassigned_cost_s.sum())
    assert branched(lists, unassigned_cost_s, upper, 50) == branched(
        lists, unassigned_cost_s, upper, 50
    )
