"""Subset-row cuts: how often a round pays one, which are violated, and their numbers."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest

from dispatch.solve.bound.cuts import Cuts, separate


def test_a_cut_is_paid_for_two_visits_remembered_together():
    """Two of the triple count once; a visit between them that forgets the cut resets the count."""
    cuts = Cuts(6)
    remember = np.array([False, False, False, True, False, False])
    cuts.put((0, 1, 2), remember)
    assert cuts.coefficients((0, 1)) == [(0, 1)]
    assert cuts.coefficients((0, 3, 1)) == [(0, 1)]
    assert cuts.coefficients((0, 4, 1)) == []
    assert cuts.coefficients((0, 4, 1, 2)) == [(0, 1)]
    assert cuts.coefficients((0, 1, 2)) == [(0, 1)]


def test_half_of_three_pairs_violates_the_cut_of_the_triple():
    """Three rounds of two visits each, half of each: one and a half, where one is allowed."""
    found = separate(3, [(0, 1), (1, 2), (0, 2)], np.array([0.5, 0.5, 0.5]), 10)
    assert [triple for triple, _ in found] == [(0, 1, 2)]


def test_more_cuts_than_a_word_holds_keep_their_numbers():
    """Cuts past the first word of bits are counted as well."""
    cuts = Cuts(20)
    triples = [(i, j, 19) for i in range(10) for j in range(i + 1, 18)][:70]
    for triple in triples:
        cuts.put(triple, np.zeros(20, dtype=np.bool_))
    assert len(cuts) == 70
    i, j, _ = triples[66]
    assert (66, 1) in cuts.coefficients((i, j))


def violations(n, routes, values):
    """Return by how much each triple is violated: half of its visits in a round, cut, in all."""
    found = {}
    for triple in combinations(range(n), 3):
        held = [sum(route.count(visit) for visit in triple) for route in routes]
        total = sum(value * (count // 2) for value, count in zip(values, held, strict=True))
        found[triple] = total - 1.0
    return found


@pytest.mark.parametrize("seed", range(12))
def test_the_cuts_found_are_the_most_violated_of_all_triples(seed):
    """Against every triple of six visits; quarters add up exactly, ties stand by their visits."""
    rng = random.Random(seed)
    routes = [tuple(rng.sample(range(6), rng.randint(2, 5))) for _ in range(9)]
    values = np.array([rng.choice([0.25, 0.5, 0.75]) for _ in routes])
    violated = violations(6, routes, values.tolist())
    expected = sorted((t for t in violated if violated[t] > 0.25), key=lambda t: -violated[t])
    for most in (100, 3):
        found = separate(6, routes, values, most, least=0.25)
        assert [triple for triple, _ in found] == expected[:most]


def test_what_is_violated_by_the_least_amount_or_less_is_no_cut():
    """A total of 1 is allowed; 1.02 is not violated by more than 0.02; 1.03 is."""
    routes = [(0, 1), (1, 2), (0, 2)]
    for value, count in [(1 / 3, 0), (1.02 / 3, 0), (1.03 / 3, 1)]:
        assert len(separate(3, routes, np.full(3, value), 10)) == count


def test_each_visit_is_in_twelve_cuts_at_most():
    """All pairs of eight visits, a third of each: every triple of the 56 counts 1, or more."""
    routes = list(combinations(range(8), 2))
    found = separate(8, routes, np.full(len(routes), 0.5), 100)
    times = [sum(visit in triple for triple, _ in found) for visit in range(8)]
    assert max(times) == 12
    # A triple is left out only where one of its visits is in twelve cuts.
    chosen = {triple for triple, _ in found}
    for triple in set(combinations(range(8), 3)) - chosen:
        assert max(times[visit] for visit in triple) == 12


def test_a_cut_remembers_the_visits_between_two_that_count_together():
    """Of three in one round, between the nearer two; of four, between each two in turn."""
    routes = [(0, 3, 4, 1, 5, 2), (1, 3, 2), (6, 0, 7, 0, 8, 2)]
    found = dict(separate(9, routes, np.full(3, 0.9), 100))
    assert np.flatnonzero(found[0, 1, 2]).tolist() == [3, 5, 7]
    found = dict(separate(9, [(0, 3, 1, 4, 2, 5, 0), (6, 0, 8)], np.full(2, 0.9), 100))
    assert np.flatnonzero(found[0, 1, 2]).tolist() == [3, 4, 5]


def test_a_word_of_cuts_is_counted_as_each_cut_alone():
    """Seventy random cuts, and rounds in which visits come twice."""
    rng = random.Random(1)
    cuts = Cuts(9)
    for triple in rng.sample(list(combinations(range(9), 3)), 70):
        cuts.put(triple, np.array([rng.random() < 0.3 for _ in range(9)]))
    for _ in range(60):
        route = tuple(rng.choices(range(9), k=rng.randint(1, 8)))
        alone = [(cut, cuts.coefficient(cut, route)) for cut in range(70)]
        assert cuts.coefficients(route) == [(cut, times) for cut, times in alone if times]


def test_a_cut_may_be_paid_twice_by_one_round():
    """Four visits of the triple, remembered together: two pairs."""
    cuts = Cuts(3)
    cuts.put((0, 1, 2), np.zeros(3, dtype=np.bool_))
    assert cuts.coefficient(0, (0, 1, 2)) == 1
    assert cuts.coefficient(0, (0, 1, 2, 0)) == 2
    assert cuts.coefficients((0, 1, 2, 0)) == [(0, 2)]


def test_a_cut_put_again_is_remembered_by_more_visits():
    """It keeps its number; its own visits always remember it."""
    cuts = Cuts(5)
    one, other = np.arange(5) == 3, np.arange(5) == 4
    assert (cuts.put((0, 1, 2), one), cuts.put((1, 2, 4), one)) == (0, 1)
    assert cuts.put((0, 1, 2), other) == 0
    assert len(cuts) == 2
    assert cuts.remembers(0).tolist() == [True] * 5
    assert cuts.remembers(1).tolist() == [False, True, True, True, True]
    assert cuts.put((1, 2, 4), ~one) == 1
    # The memory that was given is not changed.
    assert one.tolist() == [False, False, False, True, False]


def test_a_copy_of_the_cuts_goes_its_own_way_and_those_kept_are_numbered_anew():
    """Of 65 cuts, in two words, the last and one between are kept."""
    cuts = Cuts(9)
    triples = list(combinations(range(9), 3))[:65]
    for number, triple in enumerate(triples):
        cuts.put(triple, np.arange(9) == number % 9)
    twin = cuts.copy()
    twin.keep([3, 64])
    assert (len(cuts), len(twin)) == (65, 2)
    assert twin.triples == [triples[3], triples[64]]
    for new, old in enumerate((3, 64)):
        assert twin.remembers(new).tolist() == cuts.remembers(old).tolist()
    assert twin.inside.shape[1] == 1
    twin.put((6, 7, 8), np.ones(9, dtype=np.bool_))
    assert (6, 7, 8) not in cuts.triples
