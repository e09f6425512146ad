"""The sections of the service file on what is kept between nights: how long, and until when."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dispatch.service.sections import TomlSection

Days = Annotated[int, Field(ge=1, le=36_500)]


class Backlog(TomlSection):
    """When a ticket that is not delivered any more counts as closed."""

    gone_nights: Annotated[int, Field(ge=1, le=1000)]
    """Nights in a row that an open ticket may be missing before it counts as cancelled, where the
    source delivers everything that is open."""


class Retention(TomlSection):
    """How long the store keeps what could be told of a person; figures without persons stay."""

    who_did_what_days: Days
    """Plans and planned visits (who, when, where): days after the planned day."""
    ticket_text_days: Days
    """Address, description, position and pin of a ticket: days after it was closed."""
    tickets_days: Days
    """The rest of a closed ticket (commune, priority, dates): days after it was closed."""
    set_aside_days: Days
    """Rejected tickets and their reasons: days after the night."""
