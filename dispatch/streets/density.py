"""Speeds where neither class nor limit is known: the more junctions around, the slower.

    seconds = length / speed + junction_s x (junctions at its two ends) / 2
    speed = most_kmh / (1 + (density / half_density) ^ steepness)

and at most `short_kmh` on streets shorter than `short_m`.

The density is the number of junctions a square kilometre within `radius_m` of the middle of the
street: a junction is a node where three streets or more meet. At `half_density` the speed is half
of `most_kmh`. How the figures were fitted, and their error: docs/networks.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

JUNCTION_ARMS = 3
M_PER_KM = 1000
S_PER_H = 3600

_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class DensitySettings(BaseModel):
    """Section `[roads.density]` of the service file, which gives each figure its reason."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    radius_m: _Positive
    most_kmh: _Positive
    """Speed far from all junctions."""
    short_m: _NotNegative
    """A shorter street lies in a built-up area."""
    short_kmh: _Positive
    """Highest speed there."""
    half_density: _Positive
    """Junctions a square kilometre at which it is half of that."""
    steepness: _NotNegative
    junction_s: _NotNegative
    """Delay at a junction (s)."""


def junctions_of(size: int, first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.bool_]:
    """
    Return which nodes are junctions: three streets or more end there, shape (size,).

    Parameters
    ----------
    size
        Number of nodes.
    first, last
        Nodes at the ends of each street, one row a street whatever its directions.
    """
    found: NDArray[np.bool_] = np.bincount(np.concatenate([first, last]), minlength=size) >= (
        JUNCTION_ARMS
    )
    return found


def density_speed_kmh(
    middle_xy: NDArray[np.float64], junction_xy: NDArray[np.float64], settings: DensitySettings
) -> NDArray[np.float64]:
    """
    Return the speed (km/h) on streets between junctions, shape (streets,).

    Parameters
    ----------
    middle_xy
        Middle of each street (m, any system of plane coordinates), shape (streets, 2).
    junction_xy
        All junctions around, shape (junctions, 2).
    settings
        The figures.
    """
    if not len(junction_xy):
        return np.full(len(middle_xy), settings.most_kmh)
    around = cKDTree(junction_xy).query_ball_point(
        middle_xy, settings.radius_m, return_length=True, workers=1
    )
    return speed_kmh(np.asarray(around) / (np.pi * (settings.radius_m / M_PER_KM) ** 2), settings)


def speed_kmh(density: NDArray[np.float64], settings: DensitySettings) -> NDArray[np.float64]:
    """Return the speed (km/h) between junctions at densities (junctions a square kilometre)."""
    slower = 1 + (density / settings.half_density) ** settings.steepness
    found: NDArray[np.float64] = settings.most_kmh / slower
    return found


def density_s(
    metres: NDArray[np.float64],
    by_density_kmh: NDArray[np.float64],
    at_junctions: NDArray[np.int64],
    settings: DensitySettings,
) -> NDArray[np.float64]:
    """
    Return the driving time (s) of streets, shape (streets,).

    Parameters
    ----------
    metres, by_density_kmh
        Length (m), and speed by density between junctions.
    at_junctions
        Number of the street's ends that are junctions: 0, 1 or 2.
    settings
        The figures.
    """
    most_kmh = np.where(metres < settings.short_m, settings.short_kmh, settings.most_kmh)
    rolling = metres * S_PER_H / (M_PER_KM * np.minimum(by_density_kmh, most_kmh))
    found: NDArray[np.float64] = rolling + settings.junction_s * at_junctions / 2
    return found
