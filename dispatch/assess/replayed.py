"""The figures of one centre's planned day, as they are stored and judged."""

from __future__ import annotations

from datetime import date as Date  # noqa: TC003 - pydantic resolves the annotation at run time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dispatch.service.sections import PRIORITIES

REPLAY_FORMAT: Literal["dispatch-replay/1"] = "dispatch-replay/1"

Count = Annotated[int, Field(ge=0)]
OfPriority = Annotated[
    tuple[Count, ...], Field(min_length=PRIORITIES, max_length=PRIORITIES, strict=False)
]


class _Record(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )


class Share(_Record):
    """One technician's part of a centre's day; all 0 for a technician without a round."""

    technician: str
    visits: Count
    travel_s: Count
    distance_m: Count
    service_s: Count
    working_s: Count
    """Return minus departure, without the break (seconds)."""


class Replayed(_Record):
    """A centre's planned day, reduced to figures (seconds, metres)."""

    format: Literal["dispatch-replay/1"] = REPLAY_FORMAT
    centre: str
    date: Date
    asked: OfPriority
    """Visits asked of the centre, by priority 1 to 4."""
    undone: OfPriority
    """Visits left undone, by priority 1 to 4."""
    cost_s: int
    """Cost of the plan as `rules` counts it: travel, unassigned costs, overtime."""
    shares: Annotated[tuple[Share, ...], Field(strict=False)]
    """One share a technician of the centre, by id."""
    from_centre_s: Annotated[tuple[Count, ...], Field(strict=False)]
    """Driving time (seconds) from the centre's premises to each visit asked, in rising order."""
    stopped: str
    """Why the search stopped; after "time_limit" the figures may depend on the clock."""
    input_sha256: str
    """Digest of the problem that was planned."""
    elapsed_s: float = 0.0
    """Seconds that building, planning and checking took; not a figure that is compared."""
