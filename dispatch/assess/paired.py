"""How splits differ, and how sure that is.

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

[1] Efron, doi:10.1080/01621459.1987.10478410; scipy.stats.bootstrap, method "BCa", paired.
[2] Dunn, doi:10.1080/01621459.1961.10482090 (Bonferroni).
[3] Fisher, *The Design of Experiments*, 1935, section 21.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from dispatch.assess.figures import HOUR_S, KM_M
from dispatch.assess.intervals import mean_difference, relative_difference, student

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dispatch.assess.intervals import Interval
    from dispatch.service.sections import Assess

    Array = NDArray[np.float64]

Verdict = Literal["less", "more", "equal", "not_shown", "too_few_days", "other_demand"]
"""Shown to be less or more than the reference; shown to lie within the margin; neither; no
statement on so few days; not comparable, as other visits are asked for."""

QUANTITIES = ("travel_h", "travel_km", "undone", "cost_h", "workload_max_over_mean")
"""What is compared, a figure a day: travel (hours, kilometres), visits left undone, cost of the
plans (hours: travel, unassigned costs, overtime), and the largest workload per
technician of a centre over the mean of all technicians."""
MAIN = "travel_h"


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
    # A day on which nobody works counts as even.
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


def verdict(
    own: Array,
    reference: Array,
    interval: Interval,
    relative: Interval,
    judging: Assess,
    level: float,
) -> Verdict:
    """
    Return what the days show, by the rules at the top of the module.

    Parameters
    ----------
    own, reference
        Shape (days,), the same days in the same order.
    interval, relative
        Of the mean difference, and of the ratio of means.
    judging
        The margin: a smaller difference counts as none.
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


def compare_splits(
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
        Splits that are asked for other visits; they are not compared.

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
    """Return the confidence of each interval with which all of them hold together (Bonferroni)."""
    return 1 - (1 - judging.confidence) / max(1, splits * len(QUANTITIES))
