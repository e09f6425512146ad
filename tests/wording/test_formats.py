"""Tests of dates, hours, numbers and counts."""

from __future__ import annotations

from datetime import date

import pytest

from dispatch.wording import formats


def test_a_date_is_written_in_full_in_both_languages() -> None:
    """The day's name, the number, the month and the year; the first is "1er" in French."""
    assert formats.long_date(date(2026, 11, 25)) == "mercredi 25 novembre 2026"
    assert formats.long_date(date(2026, 11, 25), "en") == "Wednesday 25 November 2026"
    assert formats.long_date(date(2026, 8, 1)) == "samedi 1er août 2026"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0 min"),
        (29, "0 min"),
        (30, "1 min"),
        (2700, "45 min"),
        (3600, "1 h"),
        (21_900, "6 h 05"),
    ],
)
def test_a_duration_is_written_to_the_minute(seconds: int, written: str) -> None:
    """Hours appear from one hour on, and minutes unless they are zero."""
    assert formats.duration(seconds).replace("\u00a0", " ") == written


def test_a_clock_time_has_two_digits_each_and_is_cut_to_the_minute() -> None:
    """8:05:59 is 08:05: an arrival is never told later than it is."""
    assert formats.clock_time(8 * 3600 + 5 * 60 + 59) == "08:05"


def test_a_time_after_midnight_is_one_of_the_next_day() -> None:
    """The midnight at the end of the day is 24:00."""
    assert [formats.clock_time(hours * 1800) for hours in (48, 51, 100)] == [
        "24:00",
        "01:30 (+1)",
        "02:00 (+2)",
    ]


def test_a_distance_has_a_decimal_comma_in_french_and_a_point_in_english() -> None:
    """An unknown distance is a dash, not zero."""
    assert formats.kilometres(12_449) == "12,4\u00a0km"
    assert formats.kilometres(1_234_567) == "1\u202f234,6\u00a0km"
    assert formats.kilometres(12_449, "en") == "12.4\u00a0km"
    assert formats.kilometres(None) == "\u2013"


@pytest.mark.slow
def test_zero_visits_are_singular_in_french_and_plural_in_english() -> None:
    """French counts 0 and 1 as singular; English only 1."""
    french = [formats.visit_count(count).replace("\u00a0", " ") for count in (0, 1, 2)]
    english = [formats.visit_count(count, "en").replace("\u00a0", " ") for count in (0, 1, 2)]
    assert french == ["0 visite", "1 visite", "2 visites"]
    assert english == ["0 visits", "1 visit", "2 visits"]
