"""A day too far ahead and a clock that has jumped are refused, with both dates and the remedy."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from dispatch.errors import InputError
from dispatch.nightly.calendar import PARIS, first_to_drive, last_day_over
from dispatch.nightly.clock import refuse_far_day, refuse_jumped_clock
from dispatch.nightly.config import CalendarSection

EVENING = datetime(2026, 11, 24, 19, 30, tzinfo=PARIS)
CALENDAR = CalendarSection(day_begins=time(6))
DAY = date(2026, 11, 25)


def test_a_day_a_year_ahead_is_refused():
    """The furthest day that is believed is the last that is planned."""
    refuse_far_day(date(2026, 12, 25), EVENING, CALENDAR)
    with pytest.raises(InputError, match=r"lies 32 days ahead.*--force.*2026-12-26"):
        refuse_far_day(date(2026, 12, 26), EVENING, CALENDAR)
    wider = CalendarSection(day_begins=time(6), furthest_days=400)
    refuse_far_day(date(2027, 11, 25), EVENING, wider)


@pytest.mark.parametrize(
    ("passed", "refused"),
    [
        (timedelta(days=1), False),
        (timedelta(days=14), False),
        (timedelta(days=14, seconds=1), True),
        (timedelta(days=1500), True),
        (-timedelta(hours=2), False),  # the clock is set right
        (-timedelta(days=1, seconds=1), True),
        (-timedelta(days=1500), True),
    ],
)
def test_a_clock_far_from_the_last_night_is_refused(passed, refused):
    """In either direction; days on the shelf do not count then."""
    if not refused:
        refuse_jumped_clock(EVENING + passed, EVENING, [date(2020, 1, 1)], CALENDAR)
        return
    with pytest.raises(InputError, match=r"started on 2026-11-24.*--force"):
        refuse_jumped_clock(EVENING + passed, EVENING, [], CALENDAR)


def test_where_no_night_is_on_record_the_days_there_tell_the_time():
    """None: anything is believed."""
    refuse_jumped_clock(EVENING, None, [], CALENDAR)
    refuse_jumped_clock(EVENING, None, [DAY], CALENDAR)
    with pytest.raises(InputError, match=r"says 2030-01-01, but 2026-11-25 is the last day"):
        refuse_jumped_clock(datetime(2030, 1, 1, tzinfo=PARIS), None, [DAY], CALENDAR)
    with pytest.raises(InputError, match="says 2020-01-01"):
        refuse_jumped_clock(datetime(2020, 1, 1, tzinfo=PARIS), None, [DAY], CALENDAR)


def test_a_day_is_over_after_its_last_shift():
    """Half past five in the evening; a night shift ends on the next date."""
    ends = (61_200, 63_000)
    at = datetime(2026, 11, 24, 17, 29, 59, tzinfo=PARIS)
    assert last_day_over(at, ends) == date(2026, 11, 23)
    assert last_day_over(at + timedelta(seconds=1), ends) == date(2026, 11, 24)
    assert last_day_over(EVENING, (93_600,)) == date(2026, 11, 23)
    assert last_day_over(EVENING, ()) == date(2026, 11, 24)


def test_a_day_has_begun_from_its_hour_on():
    """Whether it is worked or not."""
    assert first_to_drive(EVENING, CALENDAR) == DAY
    assert first_to_drive(datetime(2026, 11, 25, 5, 59, tzinfo=PARIS), CALENDAR) == DAY
    assert first_to_drive(datetime(2026, 11, 25, 6, tzinfo=PARIS), CALENDAR) == date(2026, 11, 26)
