"""How many days a sharper answer on travel needs, with the days at hand as the pilot.

With D the daily differences, t(p, k) the quantile p of Student's law with k degrees of freedom,
and alpha and m as in `paired`:

    days for a half width h      least n:  t(1 - alpha/2, n-1) sd(D) / sqrt n <= h
    days to show h with power p  least n:  (t(1 - alpha/2m, n-1) + t(p, n-1)) sd(D) / sqrt n <= h
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dispatch.assess.paired import MAIN, family_level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatch.service.sections import Assess

MOST_DAYS = 10**6


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
        Confidence of the interval.
    power
        Probability of showing the difference; None: the half width is meant.

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
    # With the days the quantiles fall and the root rises: bisection finds the least number.
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return min(high, MOST_DAYS)


def pilot_days(
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
        As in `compare_splits`.

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
