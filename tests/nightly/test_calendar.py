"""Which day a night plans: by the clock of Europe/Paris, France's holidays and the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import InputError
from dispatch.nightly.calendar import PARIS, next_working_day, works_on
from dispatch.nightly.config import CalendarSection


def calendar(**values: object) -> CalendarSection:
    """Return a calendar whose days begin at 6."""
    return CalendarSection(**{"day_begins": time(6), **values})


def at(text: str) -> datetime:
    """Return a time of day in Paris."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-24T19:30", "2026-11-25"),  # Tuesday evening
        ("2026-11-27T19:30", "2026-11-30"),  # Friday evening: Monday
        ("2026-11-28T10:00", "2026-11-30"),  # Saturday
        ("2026-12-24T19:30", "2026-12-28"),  # Christmas is a Friday
        ("2027-05-05T19:30", "2027-05-07"),  # Ascension, a Thursday
        ("2026-11-25T02:00", "2026-11-25"),  # late, after midnight: the morning that comes
        ("2026-11-25T05:59:59", "2026-11-25"),
        ("2026-11-25T06:00:00", "2026-11-26"),
        ("2026-12-31T19:30", "2027-01-04"),  # over the end of the year, New Year's Day, a weekend
    ],
)
def test_the_next_working_day_is_the_first_that_has_not_begun(now, day):
    """Monday to Friday without France's public holidays."""
    assert next_working_day(at(now), calendar()) == date.fromisoformat(day)


def test_the_clock_is_that_of_paris_wherever_the_machine_is():
    """23:30 in UTC on Tuesday is half past midnight on Wednesday in Paris."""
    now = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert next_working_day(now, calendar()) == date(2026, 11, 25)
    assert next_working_day(now, calendar(day_begins=time(0, 15))) == date(2026, 11, 26)


def test_holidays_of_alsace_are_worked_in_bordeaux():
    """Good Friday and the 26th of December."""
    assert works_on(date(2027, 3, 26), calendar())
    assert not works_on(date(2027, 3, 29), calendar())
    assert works_on(date(2028, 12, 26), calendar())


def test_bridging_days_are_closed_and_a_holiday_may_be_worked():
    """The Friday after Ascension; the Monday of Pentecost; a Saturday."""
    own = calendar(closed=[date(2027, 5, 7)], worked=[date(2027, 5, 17), date(2027, 5, 8)])
    assert next_working_day(at("2027-05-05T19:30"), own) == date(2027, 5, 8)
    assert not works_on(date(2027, 5, 7), own)
    assert works_on(date(2027, 5, 17), own)
    assert not works_on(date(2027, 5, 17), calendar())


def test_a_calendar_without_working_days_is_refused():
    """Rather than sought for ever."""
    first = date(2026, 11, 24)
    closed = [first + timedelta(days=ahead) for ahead in range(400)]
    with pytest.raises(InputError, match=r"calendar\.closed: leaves no working day within a year"):
        next_working_day(at("2026-11-24T19:30"), calendar(closed=closed))


@pytest.mark.slow
@given(
    st.integers(1_577_836_800, 2_208_988_800),  # 2020 to 2040, in seconds since 1970
    st.lists(st.dates(date(2020, 1, 1), date(2040, 1, 1)), max_size=5),
)
def test_nothing_worked_lies_between_now_and_the_day_found(instant, closed):
    """And the day itself is worked, and has not begun."""
    own = calendar(closed=closed)
    now = datetime.fromtimestamp(instant, PARIS)
    day = next_working_day(now, own)
    assert works_on(day, own)
    assert datetime(day.year, day.month, day.day, 6, tzinfo=PARIS) > now
    after = now.date() + timedelta(days=1)
    between = [after + timedelta(days=n) for n in range((day - after).days)]
    assert not any(works_on(each, own) for each in between)
