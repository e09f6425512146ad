"""Days as exports and people write them, and the one order of a file."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.tickets.dates import day_of, is_ambiguous, order_of

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20", "2026-11-20 08:30", "2026-11-20 08:30:00.000", "2026-11-20T08:30:00+01:00",
        "2026-11-20T08:30:00Z", "2026-11-20T08:30:00.123456+0100", "2026/11/20", "20261120",
        "20/11/2026", "20.11.2026", "20-11-2026 08:30", "20/11/26", "20/11/2026 8h30",
        "20 novembre 2026", "vendredi 20 novembre 2026", "20 nov. 2026 à 8h30", "20-nov-26",
        "Nov 20, 2026 8:30 AM", "20 November 2026", "46346", "46346,354",
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(text: str):
    """All these are 20 November 2026."""
    assert day_of(text) == DAY


def test_an_instant_with_a_zone_is_a_day_of_paris():
    """23:30 UTC is after midnight here; 00:30 in Tokyo is the eve."""
    assert day_of("2026-11-19T23:30:00Z") == DAY
    assert day_of("2026-11-20T00:30:00+09:00") == date(2026, 11, 19)


@pytest.mark.parametrize(
    "text", ["demain", "", "31/02/2026", "20/13/2026", "12", "99999", "1,5", "x" * 99]
)
def test_what_is_no_day_says_what_to_write(text: str):
    """A wrong day, a word, a number that no spreadsheet means as a date."""
    with pytest.raises(ValueError, match="date"):
        day_of(text)


def test_one_date_of_a_file_decides_for_all():
    """With 11-20 the month is first, so 11-05 is 5 November; with 20/11 the day is."""
    assert order_of(["11-05-2026", "11-20-2026"]) == ("month", True)
    assert day_of("11-05-2026 08:00", "month") == date(2026, 11, 5)
    assert order_of(["05/11/2026", "20/11/2026", "2026-01-31"]) == ("day", True)
    assert order_of(["05/11/2026"]) == ("day", False)
    assert order_of(["05/11/2026"], "month") == ("month", True)


def test_a_file_with_both_orders_has_none():
    """Its clear dates are read, its ambiguous ones are not guessed."""
    assert order_of(["20/11/2026", "11/20/2026"]).order is None
    assert day_of("20/11/2026", None) == day_of("11/20/2026", None) == DAY
    assert day_of("11/11/2026", None) == date(2026, 11, 11)
    with pytest.raises(ValueError, match="written both ways"):
        day_of("05/11/2026", None)


@given(st.dates(date(2001, 1, 1), date(2099, 12, 31)), st.sampled_from("/-."))
def test_a_date_is_read_back_in_either_order(day: date, sign: str):
    """And is ambiguous where exchanging its numbers gives another day."""
    french, american = day.strftime(f"%d{sign}%m{sign}%Y"), day.strftime(f"%m{sign}%d{sign}%Y")
    assert day_of(french, "day") == day_of(american, "month") == day
    assert is_ambiguous(french) == (day.day <= 12 and day.day != day.month)
