"""Subset-row cuts: how often a round pays one, which are violated, and their numbers."""

from __future__ import annotations

import numpy as np

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
