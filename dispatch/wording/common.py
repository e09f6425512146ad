"""Words that pages, sheets and reports share: numbers, dates, lists, counts, notes, reasons."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Len

from dispatch.wording.vocabulary import Vocabulary


class Numbers(Vocabulary):
    """How the language writes numbers."""

    decimal: str
    """Between the units and the decimals."""
    thousands: str
    """Between groups of three digits."""
    percent: str
    zero_is_singular: bool
    """French: "0 visite"; English: "0 visits"."""


class Dates(Vocabulary):
    """How the language writes dates."""

    weekdays: Annotated[tuple[str, ...], Len(7, 7)]
    """From Monday."""
    months: Annotated[tuple[str, ...], Len(12, 12)]
    long: str
    first: str
    """The first day of a month: "1er", "1"."""


class Lists(Vocabulary):
    """Between the parts of a sentence."""

    colon: str
    wide_colon: str
    """With a wide space before it, where the language has one."""
    and_: str
    or_: str
    semicolon: str


class Counts(Vocabulary):
    """A count and its noun, singular and plural."""

    visit: str
    visits: str
    unit: str
    units: str


class Notes(Vocabulary):
    """What the figures rest on."""

    bundled: str
    approximate: str
    streets: str
    streets_of: str
    free: str
    traffic: str
    attribution: str


class Reasons(Vocabulary):
    """Why a visit stays unassigned, by the code of the reason."""

    no_technician: str
    missing_skill: str
    pinned_technician_lacks_skill: str
    excluded: str
    too_heavy: str
    outside_working_hours: str
    outside_presence: str
    crowded_out: str


class Rejections(Vocabulary):
    """Why a ticket is not planned at all."""

    nobody_in_charge: str
    pinned_away: str
    off_the_roads: str
    contradictory: str
    dropped_by_hand: str
    not_yet: str


class Quality(Vocabulary):
    """How far a plan may be from the best."""

    optimal: str
    not_checked: str
    at_most: str
    spare: str
