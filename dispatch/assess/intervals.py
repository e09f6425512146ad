"""Intervals of a mean difference over days: by bootstrap, and Student's.

The days are resampled in pairs, so that what a hard day does to both splits falls out. `paired`
has the formulas and their references.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dispatch.service.sections import Assess

    Array = NDArray[np.float64]

# A difference below this share of the figures is rounding.
ROUNDING = 1e-12
# Every comparison has the same resamples, whatever other splits are compared.
RESAMPLING_SEED = 0


@dataclass(frozen=True)
class Interval:
    """A figure with its interval and its method ("BCa", "percentile", "exact", "none")."""

    value: float
    low: float
    high: float
    method: str


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
    """Return mean own / mean reference - 1 with its interval; nan when a reference value is 0."""
    if not (reference > 0).all():
        return Interval(math.nan, math.nan, math.nan, "none")
    return _interval((own, reference), _ratio_of_means, judging, level)


def _mean(sample: Array, axis: int = -1) -> Array:
    mean: Array = np.mean(sample, axis=axis)
    return mean


def _ratio_of_means(own: Array, reference: Array, axis: int = -1) -> Array:
    ratio: Array = np.mean(own, axis=axis) / np.mean(reference, axis=axis) - 1.0
    return ratio


def _interval(
    samples: tuple[Array, ...], statistic: Callable[..., Array], judging: Assess, level: float
) -> Interval:
    value = float(statistic(*samples))
    days = len(samples[0])
    if days < 2:
        return Interval(value, math.nan, math.nan, "none")
    # When all days have the same difference, resampling shows nothing.
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
