"""Van, bicycle, foot: which ways a mode of travel uses, how fast, and what a trip costs besides.

A profile belongs to a network: `dispatch network build --profile bicycle` takes from a file the
ways that bicycles use. A `Router` with the same profile then gives its matrices.

A van drives at the speeds of its streets. Other modes have a speed of their own, and a delay at
each junction: half of it is in each of the streets that meet there. **Hills are left out**: no
source here has heights, so that a bicycle is as fast up a slope as down.

**Park once.** A van that is parked within a short walk of the next site stays there:

    seconds = min(drive and access, straight distance x off_road_winding / walking speed)

for sites at most `park_once_m` apart as the crow flies. Each leg is judged by itself: the van is
taken to stand at the last site, even after a walk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, Strict

from dispatch.territory import TO_METRIC

if TYPE_CHECKING:
    from numpy.typing import NDArray

VAN = "van"
S_PER_H, M_PER_KM = 3600, 1000

_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Profile(BaseModel):
    """Section `[travel.profiles.NAME]` of the service file, which gives each figure its reason."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    ways: Annotated[tuple[str, ...], Field(min_length=1), Strict(False)]
    """Road classes that it uses (OpenStreetMap's)."""
    speed_kmh: _Positive | None = None
    """Speed on all of them; none: that of each street."""
    class_speed_kmh: dict[str, _Positive] = Field(default_factory=dict)
    """Classes on which it has another speed."""
    one_way: bool = True
    """Whether one-way streets hold for it."""
    junction_s: _NotNegative = 0
    """Mean delay at a junction; only with a speed of its own."""
    access_s: _NotNegative | None = None
    """Seconds of each trip besides moving; none: as `[travel]` says."""
    off_road_kmh: _Positive | None = None
    """Speed between a site and the street; none: as `[travel]` says."""
    traffic: bool = False
    """Whether traffic by time of day slows it."""
    park_once_m: _NotNegative = 0
    """Largest distance, as the crow flies, that is walked from a van that stays parked."""
    walk_kmh: _Positive | None = None
    """Speed of that walk; needed with `park_once_m`."""

    def speeds_kmh(self, road_class: NDArray[np.str_]) -> NDArray[np.float64]:
        """Return its own speed on streets by their class, shape (streets,); nan: the street's."""
        names, index = np.unique(road_class, return_inverse=True)
        own = np.nan if self.speed_kmh is None else self.speed_kmh
        speeds = np.array([self.class_speed_kmh.get(str(name), own) for name in names])
        found: NDArray[np.float64] = speeds[index.reshape(-1)]
        return found


def parked_once(
    seconds: NDArray[np.int64],
    metres: NDArray[np.int64] | None,
    lonlat: NDArray[np.float64],
    profile: Profile,
    winding: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
    """
    Return travel in which short legs are walked where that is quicker.

    Parameters
    ----------
    seconds, metres
        Travel by van, shapes (slots, sites, sites) and (sites, sites).
    lonlat
        The sites (degrees, WGS84), shape (sites, 2).
    profile
        Largest distance and speed of a walk.
    winding
        Walked metres for each straight metre.

    Returns
    -------
    seconds, metres
        Rounded up and rounded. The metres of a leg that is walked in the first slot are the walk's.
    """
    if not profile.park_once_m or profile.walk_kmh is None or not len(lonlat):
        return seconds, metres
    x, y = TO_METRIC.transform(lonlat[:, 0], lonlat[:, 1])
    straight = np.hypot(np.subtract.outer(x, x), np.subtract.outer(y, y))
    walk_m = straight * winding
    walk_s = np.ceil(walk_m * S_PER_H / (M_PER_KM * profile.walk_kmh)).astype(np.int64)
    near = straight <= profile.park_once_m
    found = np.where(near, np.minimum(seconds, walk_s), seconds)
    if metres is not None:
        walked = near & (walk_s < seconds[0])
        metres = np.where(walked, np.rint(walk_m).astype(np.int64), metres)
    return found, metres
