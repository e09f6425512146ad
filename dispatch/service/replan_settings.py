"""Section `[replan]` of the service file: what it is worth not to change a day under way.

As in `settings.py`, no figure of the service stands here; each is in `data/service.toml`
with its reason.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dispatch.service.sections import TomlSection

Price = Annotated[int, Field(ge=0, le=10_000)]


class Replan(TomlSection):
    """Prices of changes to a plan that people hold in their hands, in minutes of driving."""

    changed_technician_min: Price
    """For each visit that another technician does."""
    changed_order_min: Price
    """For each visit that a technician does earlier or later in the order of the round."""
    shifted_appointment_min: Price
    """For each visit that starts farther from the time announced than the tolerance."""
    tolerance_min: Price
    """How far a start may move, either way, before people have to be told."""
    iterations_per_visit: Annotated[int, Field(ge=1, le=100_000)]
    """How long is searched, counted, not timed: ruins and repairs for each visit still open."""
