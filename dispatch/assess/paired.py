"""How splits differ, how sure that is, and how many days would make it sure.

On day d (1..D) split s costs X_sd; all splits have the same days, so that what a hard day does to
both falls out of D_d = X_sd - X_rd (r: the reference).

    difference           mean D_d, with a BCa bootstrap interval over days        [1]
    relative difference  mean X_s / mean X_r - 1, days resampled in pairs             [1]
    several comparisons  each of m intervals has level 1 - alpha / m, so that all hold
                         together with confidence 1 - alpha                   [2]

On few days the bootstrap is too narrow. So a difference is *shown* only where Student's interval
of the same level leaves 0 out as well, two splits are *equal* only where both intervals lie
within the margin, and nothing is said on so few days that even differences of one sign
throughout could be chance: 2^(1-D) > alpha / m, the least p of a sign-flip test [3].

    days for a half width h      least n:  t(1 - alpha/2, n-1) sd(D) / sqrt n <= h
    days to show h with power p  least n:  (t(1 - alpha/2m, n-1) + t(p, n-1)) sd(D) / sqrt n <= h

[1] Efron, doi:10.1080/01621459.1987.10478410; scipy.stats.bootstrap, method "BCa", paired.
[2] Dunn, doi:10.1080/01621459.1961.10482090 (Bonferroni).
[3] Fisher, *The Design of Experiments*, 1935, section 21.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from dispatch.assess.figures import HOUR_S, KM_M

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dispatch.service.sections import Assess

    Array = NDArray[np.float64]

Verdict = Literal["less", "more", "equal", "not_shown", "too_few_days", "other_demand"]
"""Shown to be less or more than the reference; shown to lie within the margin; neither; no
statement on so few days; not comparable, as other visits are asked for."""

QUANTITIES = ("travel_h", "travel_km", "undone", "cost_h", "workload_max_over_mean")
"""What is compared, a figure a day: travel (hours, kilometres), visits left undone, cost of the
plans (hours: travel, the price of visits undone, overtime), and the largest workload per
technician of a centre over the mean of all technicians."""
MAIN = "travel_h"
MOST_DAYS = 10**6


@dataclass(frozen=True)
class Interval:
    """A figure with its interval, and how that was made ("BCa", "percentile", "exact", "none")."""

    value: float
    low: float
    high: float
    method: str


def daily(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """
    Return the figures that are compared: for each quantity a table, a row a day, a column a split.

    Parameters
    ----------
    frame
        `figures.centre_days`.
    """
    keys = ["date", "split"]
    sums = frame.groupby(keys, sort=True)[
        ["travel_s", "distance_m", "undone", "cost_s", "service_s", "technicians"]
    ].sum()
    staffed = frame[frame["technicians"] > 0]
    load = (staffed["travel_s"] + staffed["service_s"]) / staffed["technicians"]
    largest = load.groupby([staffed["date"], staffed["split"]]).max()
    mean = (sums["travel_s"] + sums["service_s"]) / sums["technicians"]
    # A day on which nobody works is even.
    ratio = (largest / mean.where(mean > 0)).fillna(1.0)
    columns = {
        "travel_h": sums["travel_s"] / HOUR_S,
        "travel_km": sums["distance_m"] / KM_M,
        "undone": sums["undone"].astype(float),
        "cost_h": sums["cost_s"] / HOUR_S,
        "workload_max_over_mean": ratio,
    }
    order = list(dict.fromkeys(frame["split"]))
    return {
        name: column.rename("value").reset_index().pivot_table("value", "date", "split")[order]
        for name, column in columns.items()
    }


def mean_difference(own: Array, reference: Array, judging: Assess, level: float) -> Interval:
    """
    Return the mean of own - reference over days, with its BCa interval.

    Parameters
    ----------
    own, reference
        Shape (days,), the same days in the same order.
    judging
        Number of bootstrap samples.
    level
        Confidence of this interval.
    """
    differences = own - reference
    return _interval((differences,), _mean, judging, level)


def relative_difference(own: Array, reference: Array, judging: Assess, level: float) -> Interval:
    """Return mean own / mean reference - 1 with its interval; nan where the reference has 0."""
    if not (reference > 0).all():
        return Interval(math.nan, math.nan, math.nan, "none")
    return _interval((own, reference), _ratio_of_means, judging, level)


def _mean(sample: Array, axis: int = -1) -> Array:
    mean: Array = np.mean(sample, axis=axis)
    return mean


def _ratio_of_means(own: Array, reference: Array, axis: int = -1) -> Array:
    ratio: Array = np.mean(own, axis=axis) / np.mean(reference, axis=axis) - 1.0
    return ratio


# Differences smaller than this share of the figures are rounding.
ROUNDING = 1e-12
# The resamples of every comparison are the same, whatever other splits are compared.
RESAMPLING_SEED = 0


def _interval(
    samples: tuple[Array, ...], statistic: Callable[..., Array], judging: Assess, level: float
) -> Interval:
    value = float(statistic(*samples))
    days = len(samples[0])
    if days < 2:
        return Interval(value, math.nan, math.nan, "none")
    # Days that all say the same leave nothing to resample.
    contrast = samples[0] - (1 + value) * samples[1] if len(samples) > 1 else samples[0]
    if np.ptp(contrast) <= ROUNDING * max(float(np.abs(each).max()) for each in samples):
        return Interval(value, value, value, "exact")
    from scipy.stats import bootstrap

    for method in ("BCa", "percentile"):
        found = bootstrap(
            samples,
            statistic,
            n_resamples=judging.resamples,
            paired=True,
            vectorized=True,
            confidence_level=level,
            method=method,
            rng=np.random.default_rng(RESAMPLING_SEED),
        ).confidence_interval
        if np.isfinite([found.low, found.high]).all():
            break
    return Interval(value, float(found.low), float(found.high), method)


def student(differences: Array, level: float) -> tuple[float, float]:
    """Return Student's interval of the mean of daily differences; nan on a single day."""
    from scipy.stats import t

    days = len(differences)
    if days < 2:
        return math.nan, math.nan
    half = float(t.ppf((1 + level) / 2, days - 1)) * float(differences.std(ddof=1)) / days**0.5
    middle = float(differences.mean())
    return middle - half, middle + half


def verdict(
    own: Array,
    reference: Array,
    interval: Interval,
    relative: Interval,
    judging: Assess,
    level: float,
) -> Verdict:
    """
    Return what the days show: see the module.

    Parameters
    ----------
    own, reference
        Shape (days,), the same days in the same order.
    interval, relative
        Of the mean difference, and of the ratio of means.
    judging
        The margin under which a difference counts as none.
    level
        Confidence of each interval.
    """
    differences = own - reference
    if not np.any(differences):
        return "equal"
    if 2.0 ** (1 - len(differences)) > 1 - level:
        return "too_few_days"
    low, high = student(differences, level)
    farthest = max(abs(relative.low), abs(relative.high))  # nan where there is no ratio
    if max(-low, high) < judging.margin * reference.mean() and farthest < judging.margin:
        return "equal"
    if min(low, interval.low) > 0:
        return "more"
    if max(high, interval.high) < 0:
        return "less"
    return "not_shown"


def compare(
    table: dict[str, pd.DataFrame],
    reference: str,
    judging: Assess,
    *,
    other_demand: Sequence[str] = (),
) -> pd.DataFrame:
    """
    Return how each split differs from the reference in each quantity: one row each.

    Parameters
    ----------
    table
        `daily`.
    reference
        The split that the others are compared with.
    judging
        Confidence, margin, number of bootstrap samples.
    other_demand
        Splits of which other visits are asked: nothing is compared.

    Returns
    -------
    frame
        split, quantity, days, reference_mean, mean, difference, low, high, student_low,
        student_high (units of the quantity), relative, relative_low, relative_high (without
        unit), level (confidence of each interval), method, verdict.
    """
    others = [name for name in table[MAIN].columns if name != reference]
    level = family_level(judging, sum(name not in other_demand for name in others))
    rows = []
    for split in others:
        for quantity in QUANTITIES:
            own = table[quantity][split].to_numpy(float)
            base = table[quantity][reference].to_numpy(float)
            row: dict[str, Any] = {
                "split": split,
                "quantity": quantity,
                "days": len(own),
                "reference_mean": float(base.mean()),
                "mean": float(own.mean()),
            }
            if split in other_demand:
                rows.append(row | {"verdict": "other_demand"})
                continue
            found = mean_difference(own, base, judging, level)
            relative = relative_difference(own, base, judging, level)
            low, high = student(own - base, level)
            rows.append(
                row
                | {
                    "difference": found.value,
                    "low": found.low,
                    "high": found.high,
                    "student_low": low,
                    "student_high": high,
                    "relative": relative.value,
                    "relative_low": relative.low,
                    "relative_high": relative.high,
                    "level": level,
                    "method": found.method,
                    "verdict": verdict(own, base, found, relative, judging, level),
                }
            )
    columns = [
        "split", "quantity", "days", "reference_mean", "mean", "difference", "low", "high",
        "student_low", "student_high", "relative", "relative_low", "relative_high", "level",
        "method", "verdict",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def family_level(judging: Assess, splits: int) -> float:
    """Return the confidence of each interval, so that those of all splits and quantities hold."""
    return 1 - (1 - judging.confidence) / max(1, splits * len(QUANTITIES))


def days_needed(sd: float, size: float, confidence: float, power: float | None = None) -> int:
    """
    Return how many days give an interval of a half width, or show a difference with a power.

    Parameters
    ----------
    sd
        Standard deviation of the daily differences.
    size
        The half width, or the difference to show; same unit, more than 0.
    confidence
        Of the interval.
    power
        Probability of showing the difference; None: the half width.

    Returns
    -------
    days
        At least 2, at most a million.
    """
    from scipy.stats import t

    def enough(days: int) -> bool:
        quantiles = float(t.ppf((1 + confidence) / 2, days - 1))
        if power is not None:
            quantiles += float(t.ppf(power, days - 1))
        return bool(quantiles * sd <= size * days**0.5)

    low, high = 1, 2
    while high < MOST_DAYS and not enough(high):
        low, high = high, 2 * high
    # Quantiles fall and the root rises with the days: halve the stretch.
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return min(high, MOST_DAYS)


def pilot(
    table: dict[str, pd.DataFrame],
    reference: str,
    judging: Assess,
    *,
    other_demand: Sequence[str] = (),
) -> pd.DataFrame:
    """
    Return how many days a sharper answer on travel needs: one row a split and precision.

    Parameters
    ----------
    table, reference, judging, other_demand
        As in `compare`.

    Returns
    -------
    frame
        split, precision (share of the reference's travel), sd_paired, sd_unpaired (hours),
        variance_ratio (how many times pairing cuts the variance), days_width (half width of a
        single interval), days_width_unpaired, days_shown (with the settings' power, at
        the confidence of the verdicts). Empty with fewer than two days.
    """
    hours = table[MAIN]
    others = [name for name in hours.columns if name != reference and name not in other_demand]
    level = family_level(judging, len(others))
    rows = []
    for split in others if len(hours) > 1 else ():
        own, base = hours[split].to_numpy(float), hours[reference].to_numpy(float)
        paired = float((own - base).std(ddof=1))
        unpaired = float(np.hypot(own.std(ddof=1), base.std(ddof=1)))
        for precision in judging.precisions:
            size = precision * float(base.mean())
            if size <= 0:
                continue
            rows.append(
                {
                    "split": split,
                    "precision": precision,
                    "sd_paired": paired,
                    "sd_unpaired": unpaired,
                    "variance_ratio": unpaired**2 / paired**2 if paired else math.inf,
                    "days_width": days_needed(paired, size, judging.confidence),
                    "days_width_unpaired": days_needed(unpaired, size, judging.confidence),
                    "days_shown": days_needed(paired, size, level, judging.power),
                }
            )
    columns = [
        "split", "precision", "sd_paired", "sd_unpaired", "variance_ratio", "days_width",
        "days_width_unpaired", "days_shown",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
