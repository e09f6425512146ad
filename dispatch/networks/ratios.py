"""Ratios of times and lengths of the same trips on two networks, by area and distance.

For a trip of t_A seconds on the first network and t_B on the second the ratio is t_B / t_A, access
included on both. The median of the ratios of a class of trips stands for the class, with their
10th and 90th percentiles. Distance classes are as the crow flies, which is the same on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dispatch.networks.sample import LEFT, RIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dispatch.networks.sample import Drawn
    from dispatch.territory import Centre

# Bounds of the distance classes (kilometres as the crow flies). Shorter trips are mostly access.
BOUNDS_KM = (0.5, 1.5, 3.0, 6.0, 10.0, 20.0)
M_PER_KM = 1000
MINUTE_S = 60
ALL, ACROSS = "all", "across"
# A class with fewer pairs of places is left out.
LEAST_PAIRS = 20


@dataclass(frozen=True)
class Ratios:
    """
    The ratios of the trips of an area and a distance class.

    Parameters
    ----------
    area
        "all"; "left bank", "right bank" or "across" when places are on both banks; or the id of a
        centre: both ends are in its communes.
    distance
        Class of distance as the crow flies (km), such as "1.5 to 3"; "all" for all of them.
    trips
        Number of trips.
    median, low, high
        Median, 10th and 90th percentile of the ratios of times (second over first).
    metres
        Median ratio of lengths.
    first_min, second_min
        Median times (minutes).
    """

    area: str
    distance: str
    trips: int
    median: float
    low: float
    high: float
    metres: float
    first_min: float
    second_min: float


def ratios_of(
    drawn: Drawn,
    centres: Sequence[Centre],
    seconds: Sequence[NDArray[np.float64]],
    metres: Sequence[NDArray[np.float64]],
) -> list[Ratios]:
    """
    Return the ratios of each area and distance class that has enough trips.

    Parameters
    ----------
    drawn
        The places.
    centres
        Trips within the communes of one are an area of their own.
    seconds, metres
        Of the first and of the second network, each of shape (places, places).
    """
    first, second = (part.ravel() for part in np.indices((len(drawn.xy), len(drawn.xy))))
    crow_km = np.linalg.norm(drawn.xy[first] - drawn.xy[second], axis=1) / M_PER_KM
    ends = drawn.right_bank[first].astype(int) + drawn.right_bank[second]
    areas = {ALL: np.ones(len(first), dtype=bool)}
    if len(np.unique(drawn.right_bank)) > 1:
        areas |= {LEFT: ends == 0, RIGHT: ends == 2, ACROSS: ends == 1}
    for centre in centres:
        of_centre = np.isin(drawn.insee, centre.communes)
        areas[centre.id] = of_centre[first] & of_centre[second]
    long = crow_km >= BOUNDS_KM[0]
    rows = []
    for area, belongs in areas.items():
        for distance, (low, high) in distance_classes().items():
            which = belongs & long & (crow_km >= low) & (crow_km < high)
            if which.sum() < LEAST_PAIRS:
                continue
            a, b = first[which], second[which]
            times = [matrix[a, b] for matrix in seconds]
            lengths = [matrix[a, b] for matrix in metres]
            low_, median, high_ = np.percentile(times[1] / times[0], (10, 50, 90))
            rows.append(
                Ratios(
                    area=area,
                    distance=distance,
                    trips=int(which.sum()),
                    median=round(float(median), 3),
                    low=round(float(low_), 3),
                    high=round(float(high_), 3),
                    metres=round(float(np.median(lengths[1] / lengths[0])), 3),
                    first_min=round(float(np.median(times[0])) / MINUTE_S, 1),
                    second_min=round(float(np.median(times[1])) / MINUTE_S, 1),
                )
            )
    return rows


def distance_classes() -> dict[str, tuple[float, float]]:
    """Return the distance classes (km), "all" first."""
    found = {ALL: (BOUNDS_KM[0], float("inf"))}
    for low, high in zip(BOUNDS_KM, (*BOUNDS_KM[1:], float("inf")), strict=True):
        name = f"{low:g} to {high:g}" if high != float("inf") else f"over {low:g}"
        found[name] = (low, high)
    return found
