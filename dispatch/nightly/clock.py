"""Refuses a day that is too far ahead, and a clock that has jumped, before anything is changed.

A wrong clock is costly: days about to be driven look old, and their folders are removed. A night
that is meant all the same is run with `--force`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from dispatch.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from dispatch.nightly.config import CalendarSection

CLOCK, DATE = "clock", "--date"
REMEDY = "set the clock right, or give --force if it is"
# A night that was started in another time zone, or a clock that is set by some minutes.
TOLERANCE = timedelta(days=1)


def refuse_far_day(day: date, now: datetime, calendar: CalendarSection) -> None:
    """
    Refuse a day that lies too far ahead.

    Parameters
    ----------
    day
        The day to plan.
    now
        The instant, on the clock of Europe/Paris.
    calendar
        How far is too far: `furthest_days`.

    Raises
    ------
    InputError
        When it is.
    """
    ahead = (day - now.date()).days
    if ahead > calendar.furthest_days:
        message = (
            f"lies {ahead} days ahead, and [calendar] furthest_days is {calendar.furthest_days}; "
            "correct the date or the clock, or give --force if it is meant"
        )
        raise InputError.one(DATE, message, value=day.isoformat())


def refuse_jumped_clock(
    now: datetime, last_run: datetime | None, days: Sequence[date], calendar: CalendarSection
) -> None:
    """
    Refuse a clock that cannot be right.

    Parameters
    ----------
    now
        The instant, on the clock of Europe/Paris.
    last_run
        When the last night was started; None: no record of one.
    days
        The days that have a folder, in order. They count where no night is on record.
    calendar
        The longest pause and the furthest day that are believed.

    Raises
    ------
    InputError
        When the last night lies in the future, or too far in the past.
    """
    pause = timedelta(days=calendar.longest_pause_days)
    if last_run is not None:
        last = last_run.astimezone(now.tzinfo)
        told = f"the last night was started on {last.date().isoformat()}"
        early, late = last - TOLERANCE > now, last + pause < now
    elif days:
        told = f"{days[-1].isoformat()} is the last day planned"
        # A day is planned so many days ahead at most, and nobody knows when this one was.
        furthest = timedelta(days=calendar.furthest_days)
        early = days[-1] - furthest - TOLERANCE > now.date()
        late = days[-1] + max(pause, furthest) < now.date()
    else:
        return
    if early or late:
        message = f"says {now.date().isoformat()}, but {told}; {REMEDY}"
        if late:
            message += " (after a pause longer than [calendar] longest_pause_days)"
        raise InputError.one(CLOCK, message)
