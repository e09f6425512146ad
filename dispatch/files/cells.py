"""Values of cells as people write them: numbers, dates, hours, lists.

Each function takes the text of a cell. It raises `ValueError` with a sentence that says what to
write instead.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from itertools import pairwise

from dispatch.fieldwork import TimeWindow

MINUTE_S = 60
DAY_S = 86_400
# "8h", "8h30", "8 h 30", "08:30". In "8h-9h 10h-12h" the 10 is no minutes.
_CLOCK = r"(\d{1,2})(?:\s?[hH](?:\s?(\d{2})(?!\d|\s?[hH:]))?|:(\d{2})(?::00)?(?![\d:]))"
_SPAN = re.compile(rf"{_CLOCK}\s*(?:-|–|—|à)\s*{_CLOCK}", re.ASCII)
_BETWEEN = re.compile(r"[\s,;/|+]*(?:et\b|and\b)?[\s,;/|+]*", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d{1,12}(?:[.,]\d{1,20})?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,12}", re.ASCII)
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{1,2}:\d{2}(?::\d{2})?)?", re.ASCII)
_FRENCH_DATE = re.compile(
    r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?: \d{1,2}:\d{2}(?::\d{2})?)?", re.ASCII
)
_YES = {"oui", "yes", "true", "vrai", "1", "x", "o", "y"}
_NO = {"non", "no", "false", "faux", "0", "n"}


def normalised(text: str) -> str:
    """Return a name for comparison: lower case, without accents, words joined by `_`."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "_", bare.casefold()).strip("_")


def decimal_number(text: str) -> float:
    """Return a number; the decimal sign may be a point or a comma."""
    if not _NUMBER.fullmatch(text):
        msg = "must be a number such as -0.5796 or -0,5796"
        raise ValueError(msg)
    return float(text.replace(",", "."))


def whole_number(text: str) -> int:
    """Return a whole number."""
    if not _INTEGER.fullmatch(text):
        msg = "must be a whole number"
        raise ValueError(msg)
    return int(text)


def calendar_day(text: str) -> date:
    """Return a date, ISO or day/month/year; a time of day after it is dropped."""
    if found := _ISO_DATE.fullmatch(text):
        year, month, number_ = (int(part) for part in found.groups())
    elif found := _FRENCH_DATE.fullmatch(text):
        number_, month, year = (int(part) for part in found.groups())
    else:
        msg = "must be a date such as 2026-11-25 or 25/11/2026"
        raise ValueError(msg)
    try:
        return date(year, month, number_)
    except ValueError as exc:
        msg = "there is no such day in the calendar; correct the date"
        raise ValueError(msg) from exc


def yes(text: str) -> bool:
    """Return whether a cell says yes."""
    word = normalised(text)
    if word not in _YES | _NO:
        msg = "must be oui or non (yes or no)"
        raise ValueError(msg)
    return word in _YES


def identifiers(text: str) -> frozenset[str]:
    """Return a list of identifiers separated by spaces or `|`."""
    return frozenset(re.split(r"[\s|]+", text.strip(" |"))) - {""}


def time_windows(text: str) -> tuple[TimeWindow, ...]:
    """
    Return windows in rising order: "08:00-12:00 14:00-17:00" or "8h-12h 14h-17h30".

    A window over midnight, "18h-2h", ends on the next day: at 26:00.
    """
    found, at = [], 0
    for span in _SPAN.finditer(text):
        if not _BETWEEN.fullmatch(text, at, span.start()):
            break
        start_s, end_s = (_clock_s(span[k], span[k + 1] or span[k + 2]) for k in (1, 4))
        found.append(TimeWindow(start_s, end_on_the_next_day(start_s, end_s)))
        at = span.end()
    if not found or not _BETWEEN.fullmatch(text, at):
        msg = "must be windows such as 08:00-12:00 14:00-17:00, or 8h-12h"
        raise ValueError(msg)
    for window in found:
        if window.end_s < window.start_s:
            msg = f"the window {span_text(window)} ends before it starts; exchange its ends"
            raise ValueError(msg)
    found.sort()
    for before, after in pairwise(found):
        if after.start_s < before.end_s:
            spans = f"{span_text(before)} and {span_text(after)}"
            msg = f"the windows {spans} overlap; make one of them"
            raise ValueError(msg)
    return tuple(found)


def end_on_the_next_day(start_s: int, end_s: int) -> int:
    """
    Return the end of a span (seconds since midnight), past midnight where it is over midnight.

    An end before the start is on the next day, or start and end are exchanged. The reading that
    makes the shorter span is the likelier: 18:00-02:00 is a night, 14:00-12:00 a mistake.
    """
    return end_s + DAY_S if start_s - end_s >= DAY_S // 2 else end_s


def time_window(text: str) -> TimeWindow:
    """Return a single window."""
    found = time_windows(text)
    if len(found) > 1:
        msg = "must be one window such as 08:00-17:00"
        raise ValueError(msg)
    return found[0]


def time_of_day(text: str) -> int:
    """Return a time of day (seconds since midnight): "10:30", "10h30"."""
    found = re.fullmatch(_CLOCK, text.strip(), re.ASCII)
    if found is None:
        msg = "must be a time such as 10:30"
        raise ValueError(msg)
    return _clock_s(found[1], found[2] or found[3])


def clock_text(time_s: int) -> str:
    """Return seconds since midnight as people write them: 08:30; 25:30 is 01:30."""
    time_s = time_s if time_s <= DAY_S else time_s % DAY_S
    return f"{time_s // 3600:02d}:{time_s // MINUTE_S % 60:02d}"


def span_text(span: TimeWindow) -> str:
    """Return a window as people write it: 08:30-12:00."""
    return f"{clock_text(span.start_s)}-{clock_text(span.end_s)}"


def _clock_s(hours: str, minutes: str | None) -> int:
    time_s = int(hours) * 3600 + int(minutes or 0) * MINUTE_S
    if int(minutes or 0) >= 60 or time_s > DAY_S:
        msg = f"there is no such time as {hours}:{minutes or '00'}; write it from 00:00 to 24:00"
        raise ValueError(msg)
    return time_s
