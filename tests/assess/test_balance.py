"""How evenly work is spread: measures against their definitions, small cases by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.assess.balance import balance, lorenz, spread, theil
from dispatch.assess.figures import per_centre, technician_days
from tests.support.small_assess import made, small_service, two_scenarios

# Hours to the thousandth: nobody works 1e-245 h, where shares of a sum lose their meaning.
HOURS = st.floats(0, 1e4).map(lambda hours: round(hours, 3))
CENTRES = st.lists(st.tuples(HOURS, st.integers(0, 9)), min_size=1, max_size=7).filter(
    lambda pairs: any(count for _, count in pairs)
)


def test_two_centres_one_with_twice_the_load_by_hand():
    """Three technicians of 2 h, one of 4 h: mean 2.5 h."""
    found = spread([2.0, 4.0], [3, 1])
    assert found["max_over_mean"] == pytest.approx(1.6)
    assert found["largest_deviation"] == pytest.approx(0.6)
    # Deviations -0.5 (three times) and 1.5: variance 0.75.
    assert found["variation"] == pytest.approx(math.sqrt(0.75) / 2.5)
    assert found["jain"] == pytest.approx(100 / (4 * 28))
    # Pairs that differ: 3 * 2 ordered pairs by 2 h of 16 pairs; mean 0.75, over twice the mean.
    assert found["gini"] == pytest.approx(0.75 / 5)


def test_even_centres_are_even_in_every_measure():
    """Whatever their sizes."""
    found = spread([3.3, 3.3, 3.3], [8, 1, 2])
    assert found == pytest.approx(
        {"max_over_mean": 1, "largest_deviation": 0, "variation": 0, "jain": 1, "gini": 0}
    )


def test_a_day_without_any_work_is_even():
    """Nobody has more than another."""
    assert spread([0.0, 0.0], [1, 1])["jain"] == 1
    assert theil([0.0, 0.0], ["a", "b"]) == {"theil": 0, "theil_between": 0, "theil_within": 0}


def test_centres_without_technicians_count_nothing():
    """Nobody works there."""
    assert spread([2.0, 99.0, 4.0], [3, 0, 1]) == spread([2.0, 4.0], [3, 1])


@pytest.mark.parametrize(
    ("values", "technicians", "told"),
    [
        ([1.0], [1, 2], "1 values for 2 centres"),
        ([1.0, 2.0], [0, 0], "no centre has a technician"),
        ([1.0, math.nan], [1, 1], "none missing"),
        ([1.0, -1.0], [1, 1], "at least 0"),
    ],
)
def test_what_cannot_be_measured_is_refused(values, technicians, told):
    """With the reason."""
    with pytest.raises(ValueError, match=told):
        spread(values, technicians)


@given(CENTRES)
def test_the_measures_keep_their_definitions(pairs):
    """Counted again over all pairs of technicians."""
    values, counts = [v for v, _ in pairs], [n for _, n in pairs]
    people = [v for v, n in pairs for _ in range(n)]
    found = spread(values, counts)
    mean = sum(people) / len(people)
    if mean == 0:
        return
    gini = sum(abs(a - b) for a, b in itertools.product(people, people)) / (
        2 * len(people) ** 2 * mean
    )
    assert found["gini"] == pytest.approx(gini, abs=1e-9)
    assert found["jain"] == pytest.approx(1 / (1 + found["variation"] ** 2))
    assert 1 / len(people) - 1e-9 <= found["jain"] <= 1 + 1e-9
    assert found["max_over_mean"] >= 1 - 1e-9
    assert found["largest_deviation"] >= found["max_over_mean"] - 1 - 1e-9


@given(
    st.lists(
        st.tuples(st.floats(0, 1e4, allow_subnormal=False), st.sampled_from("abc")),
        min_size=1,
        max_size=12,
    )
)
def test_theil_is_what_lies_between_centres_plus_what_lies_within(pairs):
    """Both counted from their definitions."""
    values, groups = [v for v, _ in pairs], [g for _, g in pairs]
    found = theil(values, groups)
    total = sum(values)
    if total == 0:
        return
    n = len(values)

    def part(y: float, size: int) -> float:
        share = y / total
        return share * math.log(share * n / size) if y else 0.0

    whole = sum(part(v, 1) for v in values)
    between = sum(
        part(sum(v for v, g in pairs if g == group), groups.count(group)) for group in set(groups)
    )
    assert found["theil"] == pytest.approx(whole, abs=1e-9)
    assert found["theil_between"] == pytest.approx(between, abs=1e-9)
    assert found["theil_within"] == pytest.approx(whole - between, abs=1e-9)


def test_theil_needs_one_centre_a_technician():
    """And somebody."""
    with pytest.raises(ValueError, match="2 values for 1"):
        theil([1.0, 2.0], ["a"])
    with pytest.raises(ValueError, match="at least 0"):
        theil([-1.0], ["a"])


@given(CENTRES)
def test_the_lorenz_curve_rises_below_the_diagonal_and_holds_the_gini(pairs):
    """Twice the area between the curve and the diagonal is Gini's coefficient."""
    values, counts = [v for v, _ in pairs], [n for _, n in pairs]
    curve = lorenz(values, counts)
    assert curve[0].tolist() == [0, 0]
    assert curve[-1] == pytest.approx([1, 1])
    assert (np.diff(curve, axis=0) >= -1e-12).all()
    assert (curve[:, 1] <= curve[:, 0] + 1e-9).all()
    if sum(v * n for v, n in pairs) > 0:
        area = np.trapezoid(curve[:, 1], curve[:, 0])
        assert 1 - 2 * area == pytest.approx(spread(values, counts)["gini"], abs=1e-9)


def test_every_split_and_quantity_has_its_row():
    """Centres with one technician each, one of them twice as loaded: as by hand."""
    hour = 3600
    names = [entry.id for entry in small_service().centres]
    days = [
        made(centre, 0, [(1, hour, 1000, (1 + (centre == "sud")) * hour, 4 * hour)])
        for centre in names
    ]
    scenario = two_scenarios()[0]
    replays = {"2019": days}
    centres = per_centre(replays, [scenario], small_service().judging)
    found = balance(centres, technician_days(replays)).set_index("quantity")
    # Four centres of 2 h and Sud of 3 h: mean 2.2 h.
    assert found.loc["workload_h_a_technician", "max_over_mean"] == pytest.approx(3 / 2.2)
    assert found.loc["travel_min_a_technician", "gini"] == pytest.approx(0, abs=1e-12)
    assert found.loc["workload_h_a_technician", "theil_within"] == pytest.approx(0, abs=1e-12)
