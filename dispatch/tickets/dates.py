"""Days as exports and people write them; one order of day and month a file.

`05/11/2026` is 5 November here and 11 May in an American export. A file has one order: the one
that some date of it proves (`11/20/2026`), or the one that the mapping gives; otherwise day first,
and that is told. A file that proves both orders has none, and its ambiguous dates are not read.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple
from zoneinfo import ZoneInfo

from dispatch.files.cells import normalised

if TYPE_CHECKING:
    from collections.abc import Iterable

Order = Literal["day", "month"]
PARIS = ZoneInfo("Europe/Paris")
LONGEST = 60
# Day 0 of spreadsheets, so that day 60 and later are right: they count a 29 February 1900.
SERIAL_ORIGIN = date(1899, 12, 30)
# The days that a number without any sign can mean: 1970 to 2119. Shorter numbers are no dates.
SERIALS = range(25_569, 80_000)
# "26" is 2026: no ticket is older than a century.
CENTURY = 2000

_CLOCK = (
    r"(?:[T ,]\s*(?:à\s*)?(?P<hour>\d{1,2})\s?[:hH.]\s?(?P<minute>\d{2})?"
    r"(?:[:m]?(?P<second>\d{2})s?)?(?:[.,]\d{1,9})?\s?(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
)
_ISO = re.compile(
    rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_CLOCK}", re.ASCII
)
_PACKED = re.compile(r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})", re.ASCII)
_NUMBERS = re.compile(
    rf"(?P<first>\d{{1,2}})(?P<sign>[-/. ])(?P<second_>\d{{1,2}})(?P=sign)"
    rf"(?P<year>\d{{4}}|\d{{2}}){_CLOCK}",
    re.ASCII,
)
_DAY_MONTH = re.compile(
    rf"(?P<day>\d{{1,2}})(?:er|st|nd|rd|th)?[-/. ]\s?(?P<name>[^\W\d_]{{3,10}})\.?,?[-/. ]\s?"
    rf"(?P<year>\d{{4}}|\d{{2}}){_CLOCK}"
)
_MONTH_DAY = re.compile(
    rf"(?P<name>[^\W\d_]{{3,10}})\.?[-/. ]\s?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?[-/. ]\s?"
    rf"(?P<year>\d{{4}}|\d{{2}}){_CLOCK}"
)
_SERIAL = re.compile(r"(\d{5})(?:[.,]\d{1,12})?", re.ASCII)
_WEEKDAY = re.compile(
    r"(?:lun|mar|mer|jeu|ven|sam|dim|mon|tue|wed|thu|fri|sat|sun)[^\W\d_]{0,7}\.?,?\s+(?=\w)",
    re.IGNORECASE,
)
# The first letters by which a month is known, in French and in English, without accents.
_MONTHS = (
    ("janv", "jan"), ("fevr", "fev", "feb"), ("mars", "mar"), ("avr", "apr"), ("mai", "may"),
    ("juin", "jun"), ("juil", "jul"), ("aout", "aou", "aug"), ("sept", "sep"), ("oct",), ("nov",),
    ("dec",),
)  # fmt: skip
_FULL = (
    "janvier january", "fevrier february", "mars march", "avril april", "mai may", "juin june",
    "juillet july", "aout august", "septembre september", "octobre october", "novembre november",
    "decembre december",
)  # fmt: skip

UNREADABLE = "must be a date such as 2026-11-25 or 25/11/2026"
NO_SUCH_DAY = "there is no such day in the calendar; correct the date"
UNDECIDED = (
    "may be day or month first, as other dates of this file are written both ways; write"
    " 2026-11-25, or say date_order in the mapping"
)


class DateOrder(NamedTuple):
    """
    The order of day and month in a file.

    Parameters
    ----------
    order
        None: its dates prove both.
    proven
        Whether a date of the file, or the mapping, says so.
    """

    order: Order | None
    proven: bool


class _Numbers(NamedTuple):
    """Two numbers of which either is the month, and the year."""

    first: int
    second: int
    year: int


def order_of(texts: Iterable[str], asked_for: Order | None = None) -> DateOrder:
    """
    Return the order of a file's dates.

    Parameters
    ----------
    texts
        All its dates.
    asked_for
        What the mapping says; None: nothing, so the dates tell.
    """
    if asked_for is not None:
        return DateOrder(asked_for, proven=True)
    proofs: set[Order] = set()
    for text in texts:
        if (found := _NUMBERS.fullmatch(_bare(text))) is None:
            continue
        numbers = _numbers(found)
        if numbers.first > 12 >= numbers.second:
            proofs.add("day")
        elif numbers.second > 12 >= numbers.first:
            proofs.add("month")
    if len(proofs) == 2:
        return DateOrder(None, proven=False)
    return DateOrder(proofs.pop(), proven=True) if proofs else DateOrder("day", proven=False)


def is_ambiguous(text: str) -> bool:
    """Return whether a text is another day when the month is first."""
    found = _NUMBERS.fullmatch(_bare(text))
    if found is None:
        return False
    numbers = _numbers(found)
    return numbers.first != numbers.second and max(numbers.first, numbers.second) <= 12


def day_of(text: str, order: Order | None = "day") -> date:
    """
    Return the day, in Europe/Paris, of a date with or without a time of day.

    Parameters
    ----------
    text
        ISO (with a zone or a fraction of seconds, or without), numbers with `/`, `-` or `.`, a
        month's name in French or English, or the number of a spreadsheet (46346).
    order
        Whether the day or the month is first where both are numbers; None: not known.

    Raises
    ------
    ValueError
        When it is not a date; with what to write instead.
    """
    bare = _bare(text)
    found = _ISO.fullmatch(bare) or _PACKED.fullmatch(bare)
    if found is not None:
        return _on(found, int(found["year"]), int(found["month"]), int(found["day"]))
    if (found := _NUMBERS.fullmatch(bare)) is not None:
        numbers = _numbers(found)
        if order is None:
            if is_ambiguous(text):
                raise ValueError(UNDECIDED)
            order = "month" if numbers.second > 12 else "day"
        month, day = (
            (numbers.second, numbers.first) if order == "day" else (numbers.first, numbers.second)
        )
        return _on(found, numbers.year, month, day)
    for form in (_DAY_MONTH, _MONTH_DAY):
        found = form.fullmatch(bare)
        if found is not None and (month := _month(found["name"])):
            return _on(found, _year(found["year"]), month, int(found["day"]))
    if (found := _SERIAL.fullmatch(bare)) is not None and int(found[1]) in SERIALS:
        return SERIAL_ORIGIN + timedelta(days=int(found[1]))
    raise ValueError(UNREADABLE)


def _bare(text: str) -> str:
    """Return a text with single spaces, without the day of the week before it."""
    if len(text) > LONGEST:
        return ""
    return (
        _WEEKDAY.sub("", " ".join(text.split()), count=1)
        if text[:1].isalpha()
        else " ".join(text.split())
    )


def _numbers(found: re.Match[str]) -> _Numbers:
    return _Numbers(int(found["first"]), int(found["second_"]), _year(found["year"]))


def _year(text: str) -> int:
    return int(text) + (CENTURY if len(text) == 2 else 0)


def _month(name: str) -> int:
    """Return the number of a month by its name or the beginning of it; 0: it is none."""
    word = normalised(name)
    for number, (starts, full) in enumerate(zip(_MONTHS, _FULL, strict=True), 1):
        if word in starts or word in full.split():
            return number
    return 0


def _on(found: re.Match[str], year: int, month: int, day: int) -> date:
    """Return a day; with a zone, the day on which its instant falls in Paris."""
    groups = found.groupdict()
    try:
        hour = int(groups.get("hour") or 0)
        if half := groups.get("half"):
            hour = hour % 12 + (12 if half[0] in "pP" else 0)
        at = datetime(  # noqa: DTZ001 - the zone follows
            year, month, day, hour % 24, int(groups.get("minute") or 0),
            min(int(groups.get("second") or 0), 59),
        )  # fmt: skip
        zone = groups.get("zone")
        if zone is None:
            return at.date()
        return (at - _offset(zone)).replace(tzinfo=ZoneInfo("UTC")).astimezone(PARIS).date()
    except (ValueError, OverflowError):
        raise ValueError(NO_SUCH_DAY) from None


def _offset(zone: str) -> timedelta:
    if zone[0] not in "+-":
        return timedelta()
    digits = zone[1:].replace(":", "")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return -size if zone[0] == "-" else size
