"""The day that a night plans: the next working day, by the clock of Europe/Paris."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import holidays

from dispatch.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dispatch.nightly.config import CalendarSection

PARIS = ZoneInfo("Europe/Paris")
SATURDAY = 5
SOURCE = "dispatch.toml"
# A longer closure is taken for a mistake.
LOOK_AHEAD_DAYS = 366


def now_in_paris() -> datetime:
    """Return the instant, on the clock of Europe/Paris."""
    return datetime.now(PARIS)


def works_on(day: date, calendar: CalendarSection) -> bool:
    """
    Return whether a day is worked.

    Parameters
    ----------
    day
        The day.
    calendar
        Exceptions from the rule: Monday to Friday without the public holidays of France (the
        holidays of Alsace and Moselle are worked).
    """
    if day in calendar.worked:
        return True
    if day.weekday() >= SATURDAY or day in calendar.closed:
        return False
    return day not in _holidays(day.year)


def next_working_day(now: datetime, calendar: CalendarSection) -> date:
    """
    Return the first working day that has not begun.

    Parameters
    ----------
    now
        The instant, with its time zone.
    calendar
        As in `works_on`, and when a day begins.

    Raises
    ------
    InputError
        When there is none within a year.
    """
    first = first_to_drive(now, calendar)
    for ahead in range(LOOK_AHEAD_DAYS):
        day = first + timedelta(days=ahead)
        if works_on(day, calendar):
            return day
    message = "leaves no working day within a year; take days out"
    raise InputError.one(SOURCE, message, where="calendar.closed")


def first_to_drive(now: datetime, calendar: CalendarSection) -> date:
    """
    Return the first date that has not begun, worked or not: `latest` names no earlier day.

    Parameters
    ----------
    now
        The instant, with its time zone.
    calendar
        When a day begins.
    """
    here = now.astimezone(PARIS)
    return here.date() + timedelta(days=int(_since_midnight_s(here) >= calendar.day_begins))


def last_day_over(now: datetime, shift_ends_s: Iterable[int]) -> date:
    """
    Return the last date whose rounds are over.

    Parameters
    ----------
    now
        The instant, with its time zone.
    shift_ends_s
        When each technician's shift ends (seconds since midnight). Today is over after the last.
    """
    here = now.astimezone(PARIS)
    over = _since_midnight_s(here) >= max(shift_ends_s, default=0)
    return here.date() - timedelta(days=int(not over))


def _since_midnight_s(here: datetime) -> int:
    return here.hour * 3600 + here.minute * 60 + here.second


@lru_cache(maxsize=8)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", years=year))
