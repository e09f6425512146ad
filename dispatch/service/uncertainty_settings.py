"""Section `[uncertainty]` of the service file: how much drives and services vary.

No figure of the service is here: `data/service.toml` has each figure with its reason.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, Strict, model_validator

from dispatch.fieldwork import Identifier  # noqa: TC001 - pydantic needs it
from dispatch.service.sections import Clock, Share, TomlSection

if TYPE_CHECKING:
    from collections.abc import Iterable

HOUR_S = 3600
HOURS = 24

Variation = Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)]
"""A coefficient of variation: standard deviation over mean."""


class DriveVariation(TomlSection):
    """How much drives vary from an hour of the day on."""

    start: Clock
    """A full hour."""
    variation: Variation


class Uncertainty(TomlSection):
    """How much drives and services vary about their planned lengths."""

    service: Variation
    """Of the time on site, for a visit without a skill of `service_by_skill`."""
    service_by_skill: dict[Identifier, Variation] = Field(default_factory=dict)
    """Of visits that need a skill; of several skills the largest counts."""
    drives: Annotated[tuple[DriveVariation, ...], Field(min_length=1), Strict(False)]
    """By hour of departure, from midnight on."""
    shared_share: Share
    """Part of a drive's variance (of its logarithm) that all drives of a round have in common."""
    mark_below: Share
    """Windows with a smaller chance are marked on pages and sheets."""

    @model_validator(mode="after")
    def _full_hours_from_midnight(self) -> Self:
        starts = [entry.start for entry in self.drives]
        if starts[0] != 0 or any(low >= high for low, high in pairwise(starts)):
            msg = "drives: the first must start at 00:00:00, and each later than the one before"
            raise ValueError(msg)
        if any(start % HOUR_S for start in starts):
            msg = "drives: each must start at a full hour"
            raise ValueError(msg)
        return self

    def of_service(self, skills: Iterable[str]) -> float:
        """Return the variation of the time on site of a visit that needs these skills."""
        known = [self.service_by_skill[skill] for skill in skills if skill in self.service_by_skill]
        return max(known, default=self.service)

    @property
    def by_hour(self) -> tuple[float, ...]:
        """Return the variation of drives for each hour of departure, from midnight on."""
        return tuple(
            next(entry.variation for entry in self.drives[::-1] if entry.start <= hour * HOUR_S)
            for hour in range(HOURS)
        )
