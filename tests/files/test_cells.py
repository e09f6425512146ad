"""Cells as people write them: numbers, dates, hours and lists."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.fieldwork import TimeWindow
from dispatch.files import cells

MORNING = TimeWindow(28_800, 43_200)
AFTERNOON = TimeWindow(50_400, 63_000)


@pytest.mark.parametrize(
    "text",
    [
        "08:00-12:00 14:00-17:30",
        "8h-12h 14h-17h30",
        "8 h - 12 h, 14 h - 17 h 30",
        "8H00–12H00;14H00–17H30",
        "14h à 17h30 et 8h à 12h",
        "08:00:00-12:00:00|14:00:00-17:30:00",
    ],
)
def test_windows_are_read_as_people_write_them(text: str) -> None:
    """All these say from eight to noon and from two to half past five."""
    assert cells.time_windows(text) == (MORNING, AFTERNOON)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("18h-2h", (18, 26)), ("22:00-06:00", (22, 30)), ("20h-0h", (20, 24)), ("20h-8h", (20, 32))],
)
def test_a_window_over_midnight_ends_on_the_next_day(text: str, hours: tuple[int, int]) -> None:
    """Its end is beyond 24:00, and it is written again as it was read."""
    [window] = cells.time_windows(text)
    assert window == TimeWindow(3600 * hours[0], 3600 * hours[1])
    assert cells.time_windows(cells.span_text(window)) == (window,)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("12h-8h", "ends before it starts"),
        ("14h-12h", "ends before it starts"),
        ("18h-8h", "ends before it starts"),
        ("8h-12h 11h-13h", "overlap"),
        ("8h-25h", "no such time as 25"),
        ("8h60-9h", "no such time as 8:60"),
        ("8-12", "must be windows"),
        ("8h-12h 14h", "must be windows"),
        ("8h-12h matin", "must be windows"),
        ("8:-12:", "must be windows"),
        ("", "must be windows"),
        ("24h01-24h02", "no such time"),
    ],
)
def test_windows_that_mean_nothing_are_refused(text: str, words: str) -> None:
    """Upside down, overlapping, impossible or unreadable windows each say why."""
    with pytest.raises(ValueError, match=words):
        cells.time_windows(text)


def test_windows_may_touch_and_may_be_an_instant() -> None:
    """Noon ends one window and starts the next; a start at nine sharp is a window."""
    assert cells.time_windows("8h-12h 12h-13h")[1] == TimeWindow(43_200, 46_800)
    assert cells.time_windows("9h-9h") == (TimeWindow(32_400, 32_400),)


@pytest.mark.parametrize(("text", "value"), [("-0,5796", -0.5796), ("44.8", 44.8), ("+3", 3.0)])
def test_the_decimal_sign_is_a_point_or_a_comma(text: str, value: float) -> None:
    """French and English numbers read alike."""
    assert cells.decimal_number(text) == value


@pytest.mark.parametrize("text", ["1,234.5", "1e5", "nan", "inf", "0x1", "1 000", "٣", "-", ","])
def test_what_could_be_read_two_ways_is_no_number(text: str) -> None:
    """Thousands separators, exponents, words and other digits are refused, not guessed."""
    with pytest.raises(ValueError, match="must be a number"):
        cells.decimal_number(text)


@pytest.mark.parametrize(
    "text", ["2026-11-25", "25/11/2026", "25-11-2026 17:30", "2026-11-25T08:00:00"]
)
def test_dates_are_iso_or_french(text: str) -> None:
    """The day comes first unless the year does; a time after it is dropped."""
    assert cells.calendar_day(text) == date(2026, 11, 25)


@pytest.mark.parametrize(
    ("text", "words"),
    [("31/02/2026", "no such day"), ("11/25/2026", "no such day"), ("25/11/26", "must be a date")],
)
def test_days_that_do_not_exist_are_refused(text: str, words: str) -> None:
    """An American date has a thirteenth month or more, and a short year says too little."""
    with pytest.raises(ValueError, match=words):
        cells.calendar_day(text)


def test_yes_and_no_are_read_in_both_languages() -> None:
    """Anything else is refused."""
    assert [cells.yes(text) for text in ("Oui", "yes", "VRAI", "1", "x")] == [True] * 5
    assert [cells.yes(text) for text in ("non", "No", "faux", "0")] == [False] * 4
    with pytest.raises(ValueError, match="oui or non"):
        cells.yes("peut-être")


def test_lists_are_separated_by_spaces_or_bars() -> None:
    """Doubles and stray separators vanish."""
    assert cells.identifiers(" poste|reseau  vip | ") == {"poste", "reseau", "vip"}


def test_names_are_compared_without_accents_case_and_signs() -> None:
    """A heading of a French tool is the same as its bare form."""
    assert cells.normalised(" Date d'échéance (prévue) ") == "date_d_echeance_prevue"


_MINUTES = st.integers(0, 1440).map(lambda minute: minute * 60)


@given(st.lists(_MINUTES, min_size=2, max_size=8, unique=True))
def test_windows_written_by_us_are_read_back(times: list[int]) -> None:
    """Any windows in whole minutes survive being written and read."""
    times = sorted(times[: len(times) // 2 * 2])
    spans = tuple(TimeWindow(a, b) for a, b in zip(times[::2], times[1::2], strict=True))
    assert cells.time_windows(" ".join(map(cells.span_text, spans))) == spans


@pytest.mark.slow
@given(st.text())
def test_no_text_raises_anything_but_a_value_error(text: str) -> None:
    """Whatever a cell holds, each reading either succeeds or says what to write."""
    for read in (
        cells.decimal_number,
        cells.whole_number,
        cells.calendar_day,
        cells.yes,
        cells.time_windows,
        cells.time_window,
    ):
        with suppress(ValueError):
            read(text)
