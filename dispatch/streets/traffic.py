"""Traffic: how much longer streets take by time of day, weekday and road class.

A street of class c takes `free * (1 + extra * share[c])` in a slot. `extra` is the time that the
hour adds to driving without traffic, on average over all roads, as a share; `share` is the factor
of a class.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, NamedTuple, Self

import numpy as np
from pydantic import Field, Strict, model_validator

from dispatch.service.sections import Clock, TomlSection

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEEKDAYS = 7
OTHER = "other"
# Ten times as long as without traffic: far beyond any city's worst hour.
Extra = Annotated[float, Field(ge=0, le=9, allow_inf_nan=False)]


class Slot(NamedTuple):
    """A part of the day: its start (seconds since midnight), and the time that traffic adds."""

    start_s: int
    extra: float
    """Driving time over driving time without traffic, minus 1: 0.63 for 63 % more."""


FREE = (Slot(0, 0.0),)
"""No traffic, all day."""


class Period(TomlSection):
    """From a time of day until the next period: the time that traffic adds, by weekday."""

    start: Clock
    extra: Annotated[
        tuple[Extra, ...], Field(min_length=WEEKDAYS, max_length=WEEKDAYS), Strict(False)
    ]
    """Added time as a share of the time without traffic, Monday to Sunday."""


class Traffic(TomlSection):
    """Section `[travel.traffic]` of the service file, which gives each figure its reason."""

    by_default: bool
    """Whether `dispatch plan` uses it when its options do not say."""
    periods: Annotated[tuple[Period, ...], Field(min_length=1), Strict(False)]
    class_share: dict[str, Extra]
    """Factor of `extra` on a road class; "other" for classes not listed. A slip road
    (`motorway_link`) has the factor of its road unless it is listed."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        starts = [period.start for period in self.periods]
        if starts[0] != 0 or any(a >= b for a, b in pairwise(starts)):
            msg = "periods must start at 00:00:00 and rise"
            raise ValueError(msg)
        if OTHER not in self.class_share:
            msg = f"class_share.{OTHER} is missing; add the share of road classes not listed"
            raise ValueError(msg)
        return self

    def slots(self, weekday: int, hours_s: tuple[int, int] | None = None) -> tuple[Slot, ...]:
        """
        Return the slots of a weekday; neighbouring slots of equal traffic are one.

        Parameters
        ----------
        weekday
            0 for Monday to 6 for Sunday.
        hours_s
            Earliest departure and latest return (seconds since midnight); changes of traffic
            outside affect nobody and give no slot. None: the whole day.
        """
        found: list[Slot] = []
        ends = [*(period.start for period in self.periods[1:]), None]
        for period, end in zip(self.periods, ends, strict=True):
            if hours_s is not None and end is not None and end <= hours_s[0]:
                continue
            if found and hours_s is not None and period.start >= hours_s[1]:
                break
            extra = period.extra[weekday]
            if not found or found[-1].extra != extra:
                found.append(Slot(period.start if found else 0, extra))
        return tuple(found)

    def shares(self, road_class: NDArray[np.str_]) -> NDArray[np.float64]:
        """Return the share of each road, given its class, shape (roads,)."""
        names, index = np.unique(road_class, return_inverse=True)
        listed = self.class_share
        shares = [
            listed.get(name, listed.get(name.removesuffix("_link"), listed[OTHER]))
            for name in names.tolist()
        ]
        found: NDArray[np.float64] = np.array(shares, dtype=np.float64)[index.reshape(-1)]
        return found
