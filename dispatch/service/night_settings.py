"""Sections of the service file on the backlog and on retention."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dispatch.service.sections import TomlSection

Days = Annotated[int, Field(ge=1, le=36_500)]


class Backlog(TomlSection):
    """When a ticket that is no longer delivered counts as closed."""

    gone_nights: Annotated[int, Field(ge=1, le=1000)]
    """After this many nights in a row without delivery an open ticket counts as cancelled, if the
    source delivers all open tickets."""


class Retention(TomlSection):
    """How long the store keeps data about persons; figures stay."""

    who_did_what_days: Days
    """Plans and planned visits (who, when, where): days after the planned day."""
    ticket_text_days: Days
    """Address, description, position and pin of a ticket: days after it was closed."""
    tickets_days: Days
    """The rest of a closed ticket (commune, priority, dates): days after it was closed."""
    set_aside_days: Days
    """Rejected tickets and their reasons: days after the night."""
