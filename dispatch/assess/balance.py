"""How evenly work is spread over centres; each centre weighs by its number of technicians.

For technician i = 1..n, x_i is the mean day of the centre of i (travel, workload ... per
technician), and m is the mean of all x_i. A centre of eight technicians thus counts eight times:
the measures say how unequal the work is for those who do it.

    max / mean              max x / m                             at least 1
    largest deviation       max |x - m| / m
    coefficient of variation   sqrt(mean (x - m)^2) / m              scipy.stats.variation
    Jain                    (sum x)^2 / (n sum x^2)               1 even, 1/n one does all
    Gini                    mean |x_i - x_j| / 2 m                inequality.gini.Gini
    Theil T                 mean (x/m) ln (x/m)                   inequality.theil.TheilD

Jain, Chiu and Hawe 1984, DEC-TR-301. Gini: Sen, *On Economic Inequality*, 1973. Theil, *Economics
and Information Theory*, 1967. Theil's T is computed from the technicians' own mean days y_i and
divided into a part between centres and a part within them: T = T_between + T_within.
PySAL computes Gini and Theil: Rey et al., doi:10.5281/zenodo.6983577 (package `inequality`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dispatch.assess.figures import ALL, HOUR_S, KM_M, MINUTE_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# What is compared among centres: a column of `figures.per_centre`, with the columns of a
# technician's day that sum to it and their unit.
MEASURED = {
    "workload_h_a_technician": (("travel_s", "service_s"), HOUR_S),
    "travel_min_a_technician": (("travel_s",), MINUTE_S),
    "travel_km_a_technician": (("distance_m",), KM_M),
    "visits_a_technician": (("visits",), 1),
}


def spread(values: Sequence[float], technicians: Sequence[int]) -> dict[str, float]:
    """
    Return how unequal centres are; each weighs by its number of technicians.

    Parameters
    ----------
    values
        Mean day of a technician, one value a centre; any unit, at least 0.
    technicians
        Number of technicians of each centre; a centre without technicians has no weight.

    Returns
    -------
    measures
        max_over_mean, largest_deviation, variation, jain, gini: see the module; without unit.
        Where all values are 0, the measures are those of perfect evenness.

    Raises
    ------
    ValueError
        When lengths differ, nobody works, or a value is missing or negative.
    """
    if len(values) != len(technicians):
        msg = f"{len(values)} values for {len(technicians)} centres"
        raise ValueError(msg)
    people = np.repeat(np.asarray(values, dtype=float), np.asarray(technicians, dtype=int))
    if not len(people):
        msg = "no centre has a technician"
        raise ValueError(msg)
    if np.isnan(people).any() or (people < 0).any():
        msg = f"values must be at least 0, none missing; found {list(values)}"
        raise ValueError(msg)
    mean = float(people.mean())
    if mean == 0:
        return {
            "max_over_mean": 1.0,
            "largest_deviation": 0.0,
            "variation": 0.0,
            "jain": 1.0,
            "gini": 0.0,
        }
    # Imported here: PySAL and scipy.stats take two seconds to load.
    from inequality.gini import Gini
    from scipy.stats import variation

    return {
        "max_over_mean": float(people.max()) / mean,
        "largest_deviation": float(np.abs(people - mean).max()) / mean,
        "variation": float(variation(people)),
        "jain": float(people.sum() ** 2 / (len(people) * (people**2).sum())),
        # For even values rounding may give -0.0 or a number just below 0.
        "gini": max(0.0, float(Gini(people).g)),
    }


def theil(values: Sequence[float], groups: Sequence[str]) -> dict[str, float]:
    """
    Return Theil's T of technicians' own values, between and within their centres.

    Parameters
    ----------
    values
        Mean day of each technician; at least 0.
    groups
        Centre of each technician.

    Returns
    -------
    measures
        theil, theil_between, theil_within (without unit; the first is the sum of the others).

    Raises
    ------
    ValueError
        When lengths differ, there is nobody, or a value is missing or negative.
    """
    own = np.asarray(values, dtype=float)
    if len(own) != len(groups) or not len(own):
        msg = f"{len(own)} values for {len(groups)} technicians; give one each, at least one"
        raise ValueError(msg)
    if np.isnan(own).any() or (own < 0).any():
        msg = "values must be at least 0, none missing"
        raise ValueError(msg)
    if not own.sum():
        return {"theil": 0.0, "theil_between": 0.0, "theil_within": 0.0}
    from inequality.theil import TheilD

    found = TheilD(own, np.asarray(groups))
    whole, between = float(found.T), float(np.ravel(found.bg)[0])
    # For even values rounding may give a number just below 0.
    return {
        "theil": max(0.0, whole),
        "theil_between": min(max(0.0, between), max(0.0, whole)),
        "theil_within": max(0.0, whole - between),
    }


def balance(centres: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """
    Return every measure of every split: one row a split and quantity.

    Parameters
    ----------
    centres
        `figures.per_centre`.
    people
        `figures.technician_days`.
    """
    rows = []
    for split, mine in centres[centres["centre"] != ALL].groupby("split", sort=False):
        staffed = mine[mine["technicians"] > 0]
        counts = staffed["technicians"].round().astype(int).tolist()
        days = people[people["split"] == split]
        means = days.groupby(["centre", "technician"], sort=True).mean(numeric_only=True)
        for quantity, (columns, unit) in MEASURED.items():
            own = means[list(columns)].sum(axis=1) / unit
            rows.append(
                {
                    "split": split,
                    "quantity": quantity,
                    **spread(staffed[quantity].tolist(), counts),
                    **theil(own.tolist(), own.index.get_level_values("centre").tolist()),
                }
            )
    return pd.DataFrame(rows)


def lorenz(values: Sequence[float], technicians: Sequence[int]) -> NDArray[np.float64]:
    """
    Return the Lorenz curve of the technicians, from (0, 0) to (1, 1).

    Parameters
    ----------
    values, technicians
        As in `spread`.

    Returns
    -------
    points
        Shape (centres with technicians + 1, 2): share of technicians, least loaded first, and
        their share of the whole.
    """
    order = np.argsort(values, kind="stable")
    people = np.asarray(technicians, dtype=float)[order]
    parts = np.asarray(values, dtype=float)[order] * people
    kept = people > 0
    shares = np.cumsum(people[kept]) / people.sum()
    whole = parts[kept].sum()
    of_whole = np.cumsum(parts[kept]) / whole if whole else shares
    return np.vstack([[0.0, 0.0], np.column_stack([shares, of_whole])])
