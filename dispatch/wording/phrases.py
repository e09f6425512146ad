"""Sentences that pages, sheets and tables share: reasons, notes, how good a plan is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch.wording.catalogue import catalogue
from dispatch.wording.formats import (
    clock_time,
    decimal,
    duration,
    kilometres,
    long_date,
    visit_count,
    weekday_name,
    window_hours,
)
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


def reason_words(reason: str, lang: str = DEFAULT) -> str:
    """Return in a sentence why a visit stays unassigned, from the code of the reason."""
    return catalogue(lang).reasons[reason]


def network_note(*, bundled: bool, traffic: date | None = None, lang: str = DEFAULT) -> str:
    """
    Return what the travel times rest on.

    Parameters
    ----------
    bundled
        Whether that is the bundled approximation, rather than a given network.
    traffic
        The day whose usual traffic they reckon with; None: no traffic.
    lang
        The language.
    """
    notes = catalogue(lang).notes
    roads = notes.bundled if bundled else notes.file
    if traffic is None:
        return f"{roads} {notes.free}"
    return f"{roads} {notes.traffic.format(day=weekday_name(traffic, lang))}"


def attribution(lang: str = DEFAULT) -> str:
    """Return the licence line of the bundled roads and communes."""
    return catalogue(lang).notes.attribution


def quality(
    gap: float | None, *, proven: bool, lang: str = DEFAULT, spare_s: int | None = None
) -> str:
    """
    Return how far a plan may be from the best, in plain words.

    Parameters
    ----------
    gap
        (cost - bound) / cost, from 0 to 1; None when no bound was computed.
    proven
        Whether the plan is proven optimal.
    lang
        The language.
    spare_s
        The same in seconds, where that is driving and nothing else; None: left out.
    """
    words = catalogue(lang)
    if proven:
        return words.quality.optimal
    if gap is None:
        return words.quality.not_checked
    # Rounded up: "at most" must stay true.
    tenths = -int(-gap * 1000 // 1)
    percent = words.numbers.percent.format(number=decimal(tenths / 10, 1, lang))
    said = words.quality.at_most.format(percent=percent)
    if spare_s is None:
        return said
    return words.quality.spare.format(quality=said, spare=duration(-(-spare_s // 60) * 60))


@dataclass(frozen=True)
class Speech:
    """The functions of the wording in one language, as templates call them."""

    lang: str

    def date(self, day: date) -> str:
        """Return `long_date`."""
        return long_date(day, self.lang)

    def clock(self, seconds: int) -> str:
        """Return `clock_time`."""
        return clock_time(seconds)

    def duration(self, seconds: int) -> str:
        """Return `duration`."""
        return duration(seconds)

    def kilometres(self, metres: int | None) -> str:
        """Return `kilometres`."""
        return kilometres(metres, self.lang)

    def span(self, windows: Sequence[tuple[int, int]]) -> str:
        """Return `window_hours`."""
        return window_hours(windows)

    def visits(self, count: int) -> str:
        """Return `visit_count`."""
        return visit_count(count, self.lang)

    def reason(self, reason: str) -> str:
        """Return `reason_words`."""
        return reason_words(reason, self.lang)

    def quality(self, gap: float | None, *, proven: bool, spare_s: int | None = None) -> str:
        """Return `quality`."""
        return quality(gap, proven=proven, lang=self.lang, spare_s=spare_s)
