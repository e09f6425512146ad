"""The sections of the service file on tickets: bounds of what is read, patience, geocoding.

Nothing here is a figure of the service: those stand in `data/service.toml`, each with
its reason.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Strict

from dispatch.fieldwork import Identifier  # noqa: TC001 - pydantic resolves annotations when it runs
from dispatch.service.sections import Positive, Share, TomlSection

_Some = Annotated[int, Field(gt=0, le=10_000_000)]
_Days = Annotated[int, Field(ge=0, le=36_500)]
_NotNegative = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


class Patience(TomlSection):
    """How a service on the network is asked, and how long one waits for it."""

    attempts: Annotated[int, Field(ge=1, le=100)]
    """Questions asked for one answer, the first included."""
    wait_s: _NotNegative
    """Before the second attempt; doubled before each further one."""
    wait_max_s: _NotNegative
    """At most, also where the service asks for more."""
    connect_s: Positive
    """Until the service has been reached."""
    timeout_s: Positive
    """Until an answer is there, whole."""
    body_mb: Positive
    """Largest answer."""


class TicketLimits(TomlSection):
    """Bounds of what sources of tickets may deliver."""

    tickets: _Some
    """Of one night, all files together."""
    files: _Some
    """Of one folder."""
    columns: _Some
    """Of one table."""
    unpacked_mb: Positive
    """A spreadsheet (XLSX is a ZIP archive), unpacked."""
    id_chars: Annotated[int, Field(ge=8, le=200)]
    page_rows: Annotated[int, Field(gt=0, le=10_000)]
    """Tickets of one page of GLPI's."""
    pages: _Some
    """Of one reading of GLPI's list."""
    readings: Annotated[int, Field(gt=0, le=100)]
    """How often GLPI's list is read when it changes meanwhile."""
    patience: Patience
    """With GLPI."""


class Geocoding(TomlSection):
    """How addresses become positions."""

    url: Identifier
    """Of the service's door for files (CSV)."""
    score_min: Share
    """Answers below that are not believed."""
    kinds: Annotated[
        tuple[Literal["housenumber", "street", "locality", "municipality"], ...],
        Field(min_length=1),
        Strict(False),
    ]
    """Kinds of answers that are precise enough for a visit."""
    same_commune: bool
    """Whether the answer's INSEE code must be the one that was asked for."""
    batch_rows: _Some
    """Addresses of one question."""
    addresses: _Some
    """Of one night."""
    cache_days: _Days
    """How long an answer is kept."""
    cache_unfound_days: _Days
    """How long an answer that was not believed is kept."""
    cache_entries: _Some
    patience: Patience
