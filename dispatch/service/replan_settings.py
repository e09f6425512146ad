"""Section `[replan]` of the service file: the price of changes to a day under way.

No figure of the service is here: `data/service.toml` has each figure with its reason.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dispatch.service.sections import TomlSection

Price = Annotated[int, Field(ge=0, le=10_000)]


class Replan(TomlSection):
    """Prices of changes to a plan that people already follow, in minutes of driving."""

    changed_technician_min: Price
    """For each visit that another technician does."""
    changed_order_min: Price
    """For each visit that a technician does earlier or later in the order of the round."""
    shifted_appointment_min: Price
    """For each visit that starts farther from the time announced than the tolerance."""
    tolerance_min: Price
    """How far a start may move, either way, before people must be informed."""
    iterations_per_visit: Annotated[int, Field(ge=1, le=100_000)]
    """Effort of the search: ruin and recreate iterations for each visit still open."""
