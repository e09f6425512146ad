"""Differences between splits: intervals, verdicts and days needed, against other code."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, t

from dispatch.assess.figures import centre_days
from dispatch.assess.intervals import Interval, mean_difference, relative_difference, student
from dispatch.assess.paired import QUANTITIES, compare_splits, daily, family_level, verdict
from dispatch.assess.pilot import days_needed, pilot_days
from tests.support.small_assess import made, small_service

JUDGING = small_service().judging
RNG = np.random.default_rng(5)
HARD = RNG.normal(100, 10, 30)


def tables(own: np.ndarray, reference: np.ndarray) -> dict[str, pd.DataFrame]:
    """Return two splits, a and b, whose figures are the same in every quantity."""
    return {name: pd.DataFrame({"a": reference, "b": own}) for name in QUANTITIES}


def judged(own: np.ndarray, reference: np.ndarray) -> str:
    """Return the verdict on the travel of two splits."""
    found = compare_splits(tables(own, reference), "a", JUDGING)
    return str(found.set_index("quantity").loc["travel_h", "verdict"])


def test_a_clear_saving_on_every_day_is_less():
    """Hard days are hard for both; the saving of 5 shows all the same."""
    assert judged(HARD - 5 + RNG.normal(0, 1, 30), HARD) == "less"
    assert judged(HARD + 5 + RNG.normal(0, 1, 30), HARD) == "more"


def test_noise_alone_shows_no_difference():
    """The interval holds 0, and is wider than the margin."""
    noise = RNG.normal(0, 20, 30)
    assert judged(HARD + noise - noise.mean(), HARD) == "not_shown"


def test_a_difference_within_the_margin_is_equal_however_sure():
    """Half a percent on every day."""
    assert judged(HARD * 1.005, HARD) == "equal"
    assert judged(HARD, HARD) == "equal"


def test_a_few_days_prove_nothing_even_where_all_agree():
    """With five comparisons at 95 %, seven days: 2^-6 is more than 0.05 / 5."""
    assert judged(HARD[:7] - 5 + RNG.normal(0, 0.1, 7), HARD[:7]) == "too_few_days"
    assert judged(HARD[:8] - 5 + RNG.normal(0, 0.1, 8), HARD[:8]) == "less"


def test_the_bootstrap_alone_shows_nothing():
    """Student's interval must leave 0 out as well: one wild day is not enough for it."""
    differences = np.array([0.1] * 10 + [0.1, 60.0])
    narrow = Interval(5.1, 0.1, 10.0, "BCa")
    low, _ = student(differences, 0.95)
    assert low < 0
    none = Interval(math.nan, math.nan, math.nan, "none")
    assert verdict(HARD[:12] + differences, HARD[:12], narrow, none, JUDGING, 0.95) == "not_shown"


def test_the_interval_is_the_bca_of_efron_computed_again():
    """Bias and acceleration as in the paper, on the same resamples."""
    own, level = HARD + RNG.gamma(1.0, 5.0, 30), 0.9
    found = mean_difference(own, HARD, JUDGING, level)
    d = own - HARD
    rng = np.random.default_rng(0)
    picks = rng.integers(0, 30, (JUDGING.resamples, 30))
    means = d[picks].mean(axis=1)
    z0 = norm.ppf(((means < d.mean()).sum() + (means <= d.mean()).sum()) / 2 / len(means))
    jack = np.array([np.delete(d, i).mean() for i in range(30)])
    u = jack.mean() - jack
    a = (u**3).sum() / (6 * (u**2).sum() ** 1.5)
    for bound, alpha in ((found.low, 0.05), (found.high, 0.95)):
        z = z0 + norm.ppf(alpha)
        at = norm.cdf(z0 + z / (1 - a * z))
        # Two resamplings of 9,999 differ a little.
        assert bound == pytest.approx(np.quantile(means, at), abs=0.15)
    assert found.method == "BCa"
    assert found.low < d.mean() < found.high


def test_days_that_all_say_the_same_give_an_exact_interval():
    """There is nothing to resample, and nothing to warn of."""
    found = mean_difference(HARD + 3, HARD, JUDGING, 0.99)
    assert (found.low, found.high, found.method) == (found.value, found.value, "exact")
    assert found.value == pytest.approx(3)
    assert relative_difference(HARD * 1.1, HARD, JUDGING, 0.99).method == "exact"


def test_one_day_has_no_interval_and_no_days_of_zero_no_ratio():
    """Not a warning, not a guess."""
    assert mean_difference(HARD[:1] + 1, HARD[:1], JUDGING, 0.95).method == "none"
    assert math.isnan(student(HARD[:1], 0.95)[0])
    zeros = np.zeros(5)
    assert math.isnan(relative_difference(HARD[:5], zeros, JUDGING, 0.95).value)


def test_students_interval_by_hand():
    """1, 2 and 3: mean 2, deviation 1 (divided by n - 1), t = 4.3027 with 2 degrees of freedom."""
    half = 4.302653 / 3**0.5
    assert student(np.array([1.0, 2.0, 3.0]), 0.95) == pytest.approx((2 - half, 2 + half))


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=2, max_size=12),
)
def test_no_figures_make_the_comparison_fail_or_the_interval_miss_the_mean(pairs):
    """Ties, zeros and outliers included."""
    own = np.array([a for a, _ in pairs], float)
    base = np.array([b for _, b in pairs], float)
    found = compare_splits(tables(own, base), "a", JUDGING)
    for row in found.itertuples():
        assert row.low <= row.difference <= row.high
        assert row.difference == pytest.approx(own.mean() - base.mean())
        assert row.relative == pytest.approx(own.mean() / base.mean() - 1)


def test_the_same_figures_give_the_same_intervals_whatever_else_is_compared():
    """Resampling does not depend on the other splits; only the level does."""
    own = HARD + RNG.normal(0, 5, 30)
    alone = mean_difference(own, HARD, JUDGING, 0.99)
    compare_splits(tables(HARD * 2, HARD), "a", JUDGING)
    assert mean_difference(own, HARD, JUDGING, 0.99) == alone


def test_the_intervals_of_several_comparisons_share_the_error():
    """Four others in five quantities: each at 1 - 0.05 / 20."""
    assert family_level(JUDGING, 4) == pytest.approx(1 - 0.05 / 20)


@pytest.mark.slow
def test_all_intervals_together_hold_as_often_as_they_say():
    """300 studies of two equal splits on 12 days: a false alarm in at most 5 %, and some leeway."""
    rng = np.random.default_rng(11)
    level, alarms = family_level(JUDGING, 1), 0
    quick = JUDGING.model_copy(update={"resamples": 499})
    for _ in range(60):
        for _ in QUANTITIES:
            base = rng.normal(100, 10, 12)
            own = base + rng.normal(0, 10, 12)
            found = mean_difference(own, base, quick, level)
            relative = relative_difference(own, base, quick, level)
            said = verdict(own, base, found, relative, quick, level)
            alarms += said in ("less", "more")
    # Each of 300 errs with probability at most 0.01: over 9 has probability 0.001.
    assert alarms <= 9


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0.01, 5), st.floats(0.05, 2), st.sampled_from([0.8, 0.95, 0.99]),
    st.sampled_from([None, 0.8]),
)  # fmt: skip
def test_days_needed_is_the_least_number_that_is_enough(sd, size, confidence, power):
    """Counted up one by one."""

    def half(n: int) -> float:
        quantile = t.ppf((1 + confidence) / 2, n - 1) + (
            0 if power is None else t.ppf(power, n - 1)
        )
        return float(quantile * sd / n**0.5)

    found = days_needed(sd, size, confidence, power)
    assert half(found) <= size
    assert found == 2 or half(found - 1) > size


def test_days_needed_by_hand():
    """(1.96 / 0.2)^2 = 96, and two more for Student's wider tails."""
    assert 96 < days_needed(1.0, 0.2, 0.95) <= 99
    assert days_needed(0.0, 0.2, 0.95) == 2


def test_pairing_pays_where_hard_days_are_hard_for_both():
    """The variance of the difference is that of the noise alone."""
    own = HARD + RNG.normal(0, 1, 30)
    found = pilot_days(tables(own, HARD), "a", JUDGING)
    row = found.iloc[0]
    assert row["variance_ratio"] > 50
    assert row["days_width"] < row["days_width_unpaired"]
    assert found["days_width"].is_monotonic_decreasing
    assert len(pilot_days(tables(own[:1], HARD[:1]), "a", JUDGING)) == 0


def test_a_split_of_other_visits_is_not_compared():
    """Its means are told, and why there is no more."""
    found = compare_splits(tables(HARD * 2, HARD), "a", JUDGING, other_demand=["b"])
    assert set(found["verdict"]) == {"other_demand"}
    assert found["difference"].isna().all()
    assert len(pilot_days(tables(HARD * 2, HARD), "a", JUDGING, other_demand=["b"])) == 0


@pytest.mark.slow
def test_the_compared_figures_of_a_day_by_hand():
    """Two centres, one of two technicians: 1 h and 2 h on the road; loads of 1.5 h and 4 h."""
    hour = 3600
    days = [
        made("x", 0, [(1, hour, 10_000, 0, hour), (1, 0, 0, 2 * hour, hour)], cost_s=hour),
        made("y", 0, [(1, 2 * hour, 5_000, 2 * hour, hour)], undone=(0, 0, 1, 1), cost_s=hour),
    ]
    found = {
        name: table.loc[:, "s"].item() for name, table in daily(centre_days({"s": days})).items()
    }
    assert found["travel_h"] == 3
    assert found["travel_km"] == 15
    assert found["undone"] == 2
    assert found["cost_h"] == 2
    # Three technicians work 7 h in all; the largest load of a centre is 4 h.
    assert found["workload_max_over_mean"] == pytest.approx(4 / (7 / 3))
