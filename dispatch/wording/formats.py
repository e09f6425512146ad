"""Dates, hours, numbers and counts as a language writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.wording.catalogue import catalogue
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

DAY_S = 86_400
NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"


def long_date(day: date, lang: str = DEFAULT) -> str:
    """Return a date in full: "mercredi 25 novembre 2026", "Wednesday 25 November 2026"."""
    dates = catalogue(lang).dates
    return dates.long.format(
        weekday=dates.weekdays[day.weekday()],
        day=dates.first if day.day == 1 else day.day,
        month=dates.months[day.month - 1],
        year=day.year,
    )


def weekday_name(day: date, lang: str = DEFAULT) -> str:
    """Return the name of a date's weekday."""
    return catalogue(lang).dates.weekdays[day.weekday()]


def clock_time(seconds: int) -> str:
    """
    Return a time of day, HH:MM, cut to the minute (seconds since midnight).

    After midnight the number of days is added: "01:30 (+1)". The midnight at the end is 24:00.
    """
    days, within = (0, seconds) if seconds <= DAY_S else divmod(seconds, DAY_S)
    said = f"{within // 3600:02d}:{within % 3600 // 60:02d}"
    return f"{said} (+{days})" if days else said


def minutes(seconds: int) -> int:
    """Return a duration in whole minutes, halves up (from seconds)."""
    return (seconds + 30) // 60


def duration(seconds: int) -> str:
    """Return a duration for people, to the minute: "45 min", "1 h", "6 h 05"."""
    hours, rest = divmod(minutes(seconds), 60)
    if not hours:
        return f"{rest}{NO_BREAK_SPACE}min"
    return f"{hours}{NO_BREAK_SPACE}h" + (f"{NO_BREAK_SPACE}{rest:02d}" if rest else "")


def decimal(value: float, digits: int, lang: str = DEFAULT) -> str:
    """Return a number with its decimals, and a thousands separator, as the language writes it."""
    numbers = catalogue(lang).numbers
    marks = {",": numbers.thousands, ".": numbers.decimal}
    return "".join(marks.get(character, character) for character in f"{value:,.{digits}f}")


def kilometres(metres: int | None, lang: str = DEFAULT) -> str:
    """Return a distance for people: "12,4 km" (from metres); "–" where it is unknown."""
    if metres is None:
        return "–"
    return f"{decimal(metres / 1000, 1, lang)}{NO_BREAK_SPACE}km"


def is_singular(count: int, lang: str = DEFAULT) -> bool:
    """Return whether a noun is singular after a count: 0 in French, not in English."""
    return count == 1 or (count == 0 and catalogue(lang).numbers.zero_is_singular)


def visit_count(count: int, lang: str = DEFAULT) -> str:
    """Return "1 visite", "2 visites"; French says "0 visite"."""
    counts = catalogue(lang).counts
    pattern = counts.visit if is_singular(count, lang) else counts.visits
    return pattern.format(count=count)


def unit_count(count: int, lang: str = DEFAULT) -> str:
    """Return "1 unité", "3 unités": how much of a van's capacity something takes."""
    counts = catalogue(lang).counts
    return (counts.unit if is_singular(count, lang) else counts.units).format(count=count)


def window_hours(windows: Sequence[tuple[int, int]]) -> str:
    """Return time windows: "08:30–11:30, 13:30–16:00" (seconds since midnight)."""
    return ", ".join(f"{clock_time(start)}–{clock_time(end)}" for start, end in windows)
