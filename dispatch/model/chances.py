"""How sure the hours of a plan are: what is told beside it (docs/chances.md says how it is found).

Times are integer seconds since local midnight. A chance is a share of the drawn days.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from dispatch.fieldwork import Identifier, StrictModel

Chance = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
TIMES_OUT_OF_TEN = 9
"""How many of ten days keep a promised range."""


class Range(StrictModel):
    """From when to when something happens, both ends included (seconds since midnight)."""

    from_s: int
    until_s: int

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.from_s > self.until_s:
            msg = "a range must not end before it starts"
            raise ValueError(msg)
        return self


class StopChances(StrictModel):
    """How sure one stop is."""

    visit: Identifier
    kept: Chance | None = None
    """That the service starts within a window of the visit, and lies wholly inside a span of
    `within_s`; null: it has neither."""
    arrival_10_90: Range
    """On one day in ten the arrival is before this range, on one in ten after it."""
    start_10_90: Range
    """The start of the service, likewise."""
    promise: Range
    """What a requester is told: the service starts within it nine times out of ten; its ends are
    full five minutes."""


class RoundChances(StrictModel):
    """How sure one round is. A stop that has begun is a fact and is not among its stops."""

    technician: Identifier
    stops: tuple[StopChances, ...]
    return_10_90: Range
    return_promise: Range
    """The return lies within it nine times out of ten; its ends are full five minutes."""
    in_time: Chance
    """That the technician is back by the end of the shift, overtime aside."""
    weakest: Identifier | None = None
    """The visit whose window is least sure; null: no stop has a window."""

    def of(self, visit: str) -> StopChances | None:
        """Return how sure a stop is; None where that is not told."""
        return next((stop for stop in self.stops if stop.visit == visit), None)

    @property
    def weakest_stop(self) -> StopChances | None:
        """Return the stop whose window is least sure."""
        return None if self.weakest is None else self.of(self.weakest)


class CentreChances(StrictModel):
    """How sure the plan of one centre is."""

    mark_below: Chance
    """Windows with a smaller chance are marked."""
    rounds: tuple[RoundChances, ...]

    def of(self, technician: str) -> RoundChances | None:
        """Return how sure a technician's round is; None where that is not told."""
        return next((found for found in self.rounds if found.technician == technician), None)

    def stop(self, technician: str, visit: str) -> StopChances | None:
        """Return how sure a stop is; None where that is not told."""
        found = self.of(technician)
        return None if found is None else found.of(visit)

    @property
    def kept(self) -> list[float]:
        """Return the chance of each window that is told."""
        stops = [stop.kept for found in self.rounds for stop in found.stops]
        return [chance for chance in stops if chance is not None]

    def is_weak(self, stop: StopChances) -> bool:
        """Return whether a stop's window is to be marked."""
        return stop.kept is not None and stop.kept < self.mark_below

    def to_dict(self) -> dict[str, Any]:
        """Return the chances as JSON data."""
        return self.model_dump(mode="json")
