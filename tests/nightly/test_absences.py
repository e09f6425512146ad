"""Who is away: both days included; a line that cannot be used is told and passed over."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from dispatch.nightly.absences import read_absences
from dispatch.service.service import read_service

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = {"T01", "T02", "T03"}
DAY = date(2026, 11, 25)


@pytest.fixture
def read(tmp_path: Path):
    """Return what reads a file of absences of this text."""

    def made(text: str, day: date = DAY):
        path = tmp_path / "absences.csv"
        path.write_text(text, encoding="utf-8")
        return read_absences(path, day, KNOWN, read_service().limits)

    return made


@pytest.mark.parametrize(
    ("day", "away"), [("24", False), ("25", True), ("26", True), ("27", True), ("28", False)]
)
def test_the_first_and_the_last_day_are_included(read, day, away):
    """From the 25th to the 27th."""
    found = read("technician,from,to\nT01,2026-11-25,2026-11-27\n", date(2026, 11, int(day)))
    assert (found.away, found.faults) == (frozenset({"T01"} if away else ()), ())


def test_french_headings_separators_and_dates_are_read(read):
    """As an office's spreadsheet writes them; other columns with names are never looked at."""
    found = read("Technicien;Du;Au;Nom\nT02;24/11/2026;25/11/2026;Jeanne Secret\n")
    assert (found.away, found.faults) == ({"T02"}, ())


def test_nobody_is_away_where_the_file_has_no_line(read):
    """Which is no fault: most days are like that."""
    assert read("technician,from,to\n").faults == ()


def test_a_line_that_cannot_be_used_is_told_and_the_others_count(read):
    """An unknown technician, days the wrong way round, no date, an empty cell."""
    found = read(
        "technician,from,to\n"
        "T01,2026-11-25,2026-11-25\n"
        "T99,2026-11-25,2026-11-25\n"
        "T02,2026-11-26,2026-11-25\n"
        "T02,tomorrow,2026-11-25\n"
        "T03,2026-11-25,\n"
    )
    assert found.away == {"T01"}
    told = [(fault.line, fault.where, fault.message.split(";")[0]) for fault in found.faults]
    assert told == [
        (3, "technician", "no such technician in the roster"),
        (4, "to", "ends before it starts"),
        (5, "from", "must be a date such as 2026-11-25 or 25/11/2026"),
        (6, "to", "is empty"),
    ]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "technician\nT01\n"])
def test_a_file_that_is_none_has_a_fault_and_nobody_away(read, text):
    """Empty; without a known heading; without its dates."""
    found = read(text)
    assert not found.away
    assert found.faults


def test_a_file_that_is_not_there_is_told(tmp_path):
    """It does not stop a night."""
    found = read_absences(tmp_path / "none.csv", DAY, KNOWN, read_service().limits)
    assert "there is no such file" in str(found.faults[0])
