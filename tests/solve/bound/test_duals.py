"""Duals part of the way between two others."""

from __future__ import annotations

import numpy as np
import pytest

from dispatch.solve.bound.duals import Duals


def duals(*visit: int) -> Duals:
    """Return duals of visits, without cuts and vehicle types."""
    none = np.zeros(0, dtype=np.int64)
    return Duals(np.array(visit, dtype=np.int64), none, none)


def test_smoothed_duals_are_whole_numbers_between_both():
    """Of 10 and 20 with a share of 0.7 of the best, 13; of 0 and 5, 2 (1.5 is rounded to even)."""
    mixed = duals(20, 5).smoothed(duals(10, 0), 0.7)
    assert mixed.visit.tolist() == [13, 2]
    assert mixed.visit.dtype == np.int64


@pytest.mark.slow
def test_duals_stay_as_proposed_without_a_best_or_a_share():
    """The same object, so that a pass knows it."""
    proposed = duals(20, 5)
    assert proposed.smoothed(None, 0.7) is proposed
    assert proposed.smoothed(duals(10, 0), 0.0) is proposed
