"""Sections of the service file on tickets: bounds of sources, patience, geocoding.

No figure of the service is here: `data/service.toml` has each figure with its reason.
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
    """How often a request to a service is repeated, and how long to wait for answers."""

    attempts: Annotated[int, Field(ge=1, le=100)]
    """Requests for one answer, the first included."""
    wait_s: _NotNegative
    """Pause before the second attempt; doubled before each further one."""
    wait_max_s: _NotNegative
    """Longest pause, also when the service asks for a longer one."""
    connect_s: Positive
    """Longest time to connect."""
    timeout_s: Positive
    """Longest time to a complete answer."""
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
    """How often GLPI's list is read, if it changes meanwhile."""
    patience: Patience
    """With GLPI."""


class Geocoding(TomlSection):
    """How addresses become positions."""

    url: Identifier
    """Address of the service for files (CSV)."""
    score_min: Share
    """Answers with a lower score are refused."""
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
    """How long a refused answer is kept."""
    cache_entries: _Some
    patience: Patience
