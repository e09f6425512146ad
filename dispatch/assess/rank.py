"""Where a split stands among all admissible splits, by estimated travel and balance.

Each admissible split a has an estimated daily travel T_a and an imbalance B_a (largest workload
per technician over the mean); less is better in both. The front is the set of splits that no other
split improves in one figure without being worse in the other.

    rank in travel         1 + number of splits with T_a < T
    dominated by           number with T_a <= T and B_a <= B, one of them strictly
    distance to the front  max over the front of min(T / T_a, B / B_a) - 1, at least 0:
                           by how much both figures could fall at once (multiplicative epsilon
                           indicator: Zitzler et al., doi:10.1109/TEVC.2003.810758)

These ranks rest on an estimate, not on real rounds: `paired` judges by those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from dispatch.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dispatch.splits.split import Split

HOUR_S = 3600


class Divided(Protocol):
    """The communes that are divided, each with its collectivities."""

    @property
    def members(self) -> Sequence[Sequence[str]]:
        """Collectivities that stay together, a tuple each."""


class AdmissibleList(Protocol):
    """The list of every admissible split; `dispatch.resplit` makes it."""

    @property
    def units(self) -> Divided:
        """The communes that the splits divide."""

    @property
    def travel_s(self) -> NDArray[np.int64]:
        """Estimated travel a day (seconds), one element a split."""

    @property
    def balance(self) -> NDArray[np.float64]:
        """Largest workload per technician over the mean, one element a split."""

    def figures_of(self, split: Split) -> tuple[float, float]:
        """Return the same two figures of a given split."""


@dataclass(frozen=True, eq=False)
class Field:
    """
    All admissible splits, as two figures each.

    Parameters
    ----------
    travel, imbalance
        Shape (splits,): estimated travel of a day (any unit, more than 0), and the largest
        workload per technician over the mean (at least 1).
    of_splits
        The same two figures of the ranked splits, by name.
    unit
        Unit of the travel, as written: "h", "km".

    Raises
    ------
    ValueError
        When there is no split, lengths differ, or a figure is missing.
    """

    travel: NDArray[np.float64]
    imbalance: NDArray[np.float64]
    of_splits: Mapping[str, tuple[float, float]]
    unit: str = "h"

    def __post_init__(self) -> None:
        if (
            self.travel.shape != self.imbalance.shape
            or self.travel.ndim != 1
            or not self.travel.size
        ):
            msg = f"shapes {self.travel.shape} and {self.imbalance.shape}; give one list of splits"
            raise ValueError(msg)
        if not (np.isfinite(self.travel).all() and np.isfinite(self.imbalance).all()):
            msg = "a figure of an admissible split is missing"
            raise ValueError(msg)


def field_of(listed: AdmissibleList, splits: Sequence[Split]) -> Field:
    """
    Return the field in which some splits are ranked (travel in hours).

    Parameters
    ----------
    listed
        Every admissible split, as `admissible_splits` of resplit returns them: with the best
        premises and numbers of technicians, so that only the division of communes is compared.
    splits
        Splits to rank; a split of other collectivities has no rank and is left out.
    """
    divided = {name for members in listed.units.members for name in members}
    own = {}
    for split in splits:
        if set(split.centre_of) != divided:
            continue
        try:
            travel_s, balance = listed.figures_of(split)
        except InputError:  # it separates collectivities that stay together in every listed split
            continue
        own[split.name] = (travel_s / HOUR_S, balance)
    return Field(np.asarray(listed.travel_s) / HOUR_S, np.asarray(listed.balance), own)


def pareto_front(travel: NDArray[np.float64], imbalance: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the indices of the Pareto front (less is better in both), by rising travel."""
    order = np.lexsort((imbalance, travel))
    best = np.minimum.accumulate(imbalance[order])
    first = np.r_[True, best[1:] < best[:-1]]
    kept: NDArray[np.int64] = order[first]
    return kept


def split_ranks(field: Field) -> pd.DataFrame:
    """
    Return where each split stands: one row each.

    Returns
    -------
    frame
        split, admissible (how many there are), travel, imbalance (estimates), travel_rank,
        imbalance_rank, dominated_by, front_distance, least_travel_at_this_imbalance,
        least_imbalance_at_this_travel (nan when no admissible split is as good).
    """
    travel, imbalance = field.travel, field.imbalance
    edge = pareto_front(travel, imbalance)
    rows = []
    for split, (own_travel, own_imbalance) in field.of_splits.items():
        as_even = travel[imbalance <= own_imbalance]
        as_short = imbalance[travel <= own_travel]
        no_worse = (travel <= own_travel) & (imbalance <= own_imbalance)
        better = no_worse & ((travel < own_travel) | (imbalance < own_imbalance))
        gain = np.minimum(own_travel / travel[edge], own_imbalance / imbalance[edge])
        rows.append(
            {
                "split": split,
                "admissible": len(travel),
                "travel": own_travel,
                "imbalance": own_imbalance,
                "travel_rank": 1 + int((travel < own_travel).sum()),
                "imbalance_rank": 1 + int((imbalance < own_imbalance).sum()),
                "dominated_by": int(better.sum()),
                "front_distance": max(0.0, float(gain.max()) - 1),
                "least_travel_at_this_imbalance": as_even.min() if as_even.size else np.nan,
                "least_imbalance_at_this_travel": as_short.min() if as_short.size else np.nan,
            }
        )
    return pd.DataFrame(rows)
