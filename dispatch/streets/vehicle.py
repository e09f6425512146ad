"""The vehicle for which streets are read: sections `[roads.vehicle]` of the service file."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from dispatch.service.sections import Span  # noqa: TC001 - pydantic needs it

Smoothness = Literal[
    "excellent", "good", "intermediate", "bad", "very_bad", "horrible", "very_horrible",
    "impassable",
]  # fmt: skip
_Size = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]


class VehicleSettings(BaseModel):
    """Section `[roads.vehicle]` of the service file, which gives each figure its reason."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    height_m: _Size
    width_m: _Size
    """Mirrors included."""
    length_m: _Size
    weight_t: _Size
    """The weight that it may have when loaded (tonnes)."""
    worst_smoothness: Smoothness
    """The worst surface that it is driven on."""
    weekdays: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Strict(False)]
    """The days of rounds, 1 for Monday to 7 for Sunday."""
    hours: Span
    """The hours of rounds (seconds since midnight): a sign that holds at other hours is none."""

    @model_validator(mode="after")
    def _some_hours(self) -> Self:
        if not self.weekdays or self.hours[0] >= self.hours[1]:
            msg = "rounds need a weekday, and hours that end after they begin"
            raise ValueError(msg)
        return self
