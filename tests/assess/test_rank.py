"""Ranks among all admissible splits, against counting one by one."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.assess.rank import Field, field_of, pareto_front, split_ranks
from dispatch.errors import InputError
from dispatch.splits.split import Split
from dispatch.territory import METROPOLE

POINTS = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), min_size=1, max_size=30)


def field(points: list[tuple[float, float]], **own: tuple[float, float]) -> Field:
    """Return a field of points, with the splits judged."""
    array = np.array(points, dtype=float)
    return Field(array[:, 0], array[:, 1], own or {"own": points[0]})


def test_four_splits_by_hand():
    """(10, 2) is dominated by (8, 1.5); the front is (6, 3), (8, 1.5), (9, 1.2)."""
    points = [(10.0, 2.0), (6.0, 3.0), (8.0, 1.5), (9.0, 1.2)]
    row = split_ranks(field(points)).iloc[0]
    assert row["admissible"] == 4
    assert row["travel_rank"] == 4
    assert row["imbalance_rank"] == 3
    # By (8, 1.5) and by (9, 1.2).
    assert row["dominated_by"] == 2
    # Towards (8, 1.5): min(10/8, 2/1.5) = 1.25.
    assert row["front_distance"] == pytest.approx(0.25)
    assert row["least_travel_at_this_imbalance"] == 8
    assert row["least_imbalance_at_this_travel"] == 1.2


@given(POINTS)
def test_the_front_is_what_nothing_dominates(points):
    """Of equal splits one stands for all."""
    array = np.array(points, dtype=float)
    kept = {tuple(array[i]) for i in pareto_front(array[:, 0], array[:, 1])}
    free = {
        (a, b)
        for a, b in points
        if not any((c <= a and d <= b) and (c, d) != (a, b) for c, d in points)
    }
    assert kept == free


@pytest.mark.slow
@given(POINTS)
def test_on_the_front_the_distance_is_nothing_and_elsewhere_it_is_not(points):
    """A dominated split could be better; how much, both at once, may still be nothing."""
    for a, b in points:
        row = split_ranks(field(points, own=(a, b))).iloc[0]
        dominating = sum((c <= a and d <= b) and (c, d) != (a, b) for c, d in points)
        assert row["dominated_by"] == dominating
        if not dominating:
            assert row["front_distance"] == 0
        assert (row["front_distance"] > 0) == any(c < a and d < b for c, d in points)


def test_a_split_better_than_all_has_no_better_to_name():
    """The estimate of a split outside the list may lie under everything in it."""
    row = split_ranks(field([(5.0, 2.0)], own=(1.0, 1.0))).iloc[0]
    assert row["travel_rank"] == 1
    assert np.isnan(row["least_travel_at_this_imbalance"])


def test_splits_of_the_same_collectivities_are_ranked_by_the_estimate_in_hours():
    """One of other collectivities, and one that parts what stays together, have no rank."""
    listed = SimpleNamespace(
        units=SimpleNamespace(members=(("a", METROPOLE), ("b",))),
        travel_s=np.array([7200, 3600]),
        balance=np.array([1.1, 1.2]),
        figures_of=figures_of,
    )
    whole = Split("whole", {"a": "x", METROPOLE: "x", "b": "y"})
    parted = Split("parted", {"a": "x", METROPOLE: "y", "b": "y"})
    more = Split("more", {"a": "x", METROPOLE: "x", "b": "y", "c": "y"})
    found = field_of(listed, [whole, parted, more])
    assert found.of_splits == {"whole": (2.0, 1.1)}
    assert found.travel.tolist() == [2, 1]


def figures_of(split: Split) -> tuple[float, float]:
    """Return the estimate of a split, as `dispatch.resplit` does."""
    if split.name == "parted":
        message = "parts the Métropole's own services from their seat"
        raise InputError.one(split.name, message)
    return 7200.0, 1.1


def test_a_field_must_be_whole():
    """Two lists of one length, no gaps."""
    with pytest.raises(ValueError, match="shapes"):
        Field(np.ones(2), np.ones(3), {})
    with pytest.raises(ValueError, match="missing"):
        Field(np.array([1.0, np.nan]), np.ones(2), {})
