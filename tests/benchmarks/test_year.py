"""The soak of nights in a row: it holds what it says, over the change of clock and of year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from benchmarks import year
from benchmarks.year import evenings, growth, soak, table, trend
from dispatch.nightly.calendar import PARIS
from dispatch.nightly.report import Report

pytestmark = pytest.mark.slow


def test_nights_run_from_monday_to_friday_and_while_the_clock_changes():
    """A year of them holds both changes, in the order of instants, and ends a year on the way."""
    found = evenings(date(2026, 7, 1), 250)
    assert len(found) == 252
    assert [at.timestamp() for at in found] == sorted({at.timestamp() for at in found})
    changing = [at for at in found if at.weekday() == 6]
    assert [at.isoformat() for at in changing] == [
        "2026-10-25T02:50:00+02:00",
        "2027-03-28T01:50:00+01:00",
    ]
    assert datetime(2026, 12, 31, 23, 50, tzinfo=PARIS) in found
    assert {at.weekday() for at in found if at not in changing} == set(range(5))


@pytest.mark.parametrize("at", year.SPECIAL)
def test_a_night_takes_as_long_as_it_takes_whatever_the_clock_says(at):
    """In October it ends before it began, by the clock on the wall."""
    started = at.astimezone(PARIS)
    report = Report(date(2026, 10, 26), started)
    report.finished = (at + timedelta(minutes=20)).astimezone(PARIS)
    assert report.duration_s == 1200
    assert report.to_dict()["duration_s"] == 1200


def test_a_week_of_nights_over_the_change_of_clock_leaves_nothing_out(tmp_path, monkeypatch):
    """Four nights, one of them run again on Sunday in the hour that comes twice."""
    monkeypatch.setattr(year, "POOL_EVERY", 1000)
    points = list(soak(tmp_path, 3, first=date(2026, 10, 22), volume=0.02, tickets_days=90))
    assert [point.date for point in points] == [
        "2026-10-23",
        "2026-10-26",
        "2026-10-26",
        "2026-10-27",
    ]
    assert {point.night for point in points} == {1, 2, 3, 4}
    assert points[-1].folders == 3
    assert len({point.descriptors for point in points[1:]}) == 1
    lines = list(table(points, rows=2))
    assert len(lines) == 4
    assert lines[-1].startswith("| 4 | 2026-10-27 |")
    assert any(line.startswith("| descriptors | +0.0000 |") for line in growth(points))


def test_a_night_that_failed_in_part_ends_the_soak():
    """Else a year of troubles would look flat."""
    report = Report(date(2026, 11, 25), datetime(2026, 11, 24, 22, 50, tzinfo=UTC))
    report.exit_code = 5
    with pytest.raises(RuntimeError, match="exit code 5"):
        year._hold(None, report, report.started)


def test_the_trend_is_that_of_least_squares():
    """By hand: through (0, 1), (1, 3), (2, 2) goes 1.5 + 0.5 x; the rest is 1.5 squared in all."""
    slope, error = trend(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 2.0]))
    assert slope == 0.5
    # Rests -0.5, 1, -0.5: sum of squares 1.5; over one degree of freedom, over 2 (of x).
    assert error == pytest.approx((1.5 / 2) ** 0.5)
