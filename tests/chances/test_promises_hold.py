"""What is told comes true, in days that other code lives through with another generator."""

from __future__ import annotations

from datetime import date
from statistics import fmean

import pytest

from benchmarks.chances import RoundHeld, held, summary
from dispatch import PlanOptions, plan_of, read_inputs
from dispatch.solve.side_by_side import Settings
from tests.support.in_process import in_this_process

pytestmark = pytest.mark.slow

DAY = date(2026, 11, 25)
LIVED = 1500


@pytest.fixture(scope="module")
def rounds():
    """Return what held of three centres' rounds on the bundled sample day."""
    inputs = read_inputs(PlanOptions(DAY, centres=("sud", "ouest-sud", "rive-droite")))
    planned = plan_of(inputs, search=Settings("quick", 1), planner=in_this_process)
    varies = inputs.service.uncertainty
    return [
        RoundHeld(day=DAY, centre=centre, **held(shown.problem, round_, varies, LIVED, seed))
        for centre, shown in planned.centres.items()
        for seed, round_ in enumerate(shown.plan.rounds)
    ]


def test_of_what_is_told_at_ninety_percent_88_to_92_hold(rounds):
    """The arrival's last tenth, and the promise; 10 to 90 % hold four fifths, of returns too."""
    stops = [stop for found in rounds for stop in found.stops]
    assert len(stops) > 30
    assert 0.88 < fmean(stop.arrival_by_90 for stop in stops) < 0.92
    assert 0.78 < fmean(stop.arrival_10_90 for stop in stops) < 0.82
    assert 0.77 < fmean(found.return_10_90 for found in rounds) < 0.83
    # A range of full five minutes holds a little more; one of ten minutes or less, far more.
    long = [stop.promise for stop in stops if stop.promise_s > 600]
    assert 0.89 < fmean(long) < 0.925
    assert min(stop.promise for stop in stops) > 0.86


def test_each_window_is_kept_as_often_as_told(rounds):
    """To four points: a thousand days told, fifteen hundred lived."""
    windows = [stop for found in rounds for stop in found.stops if stop.kept_told is not None]
    assert sum(0.02 < stop.kept_told < 0.98 for stop in windows) > 3
    for stop in windows:
        assert stop.kept == pytest.approx(stop.kept_told, abs=0.045)
    for found in rounds:
        assert found.in_time == pytest.approx(found.in_time_told, abs=0.045)


def test_the_table_counts_every_stop_and_window(rounds):
    """A row for each statement; the bins of windows sum to all windows."""
    rows = [line.split("|")[1:4] for line in summary(rounds) if line.startswith("| ")][2:]
    stops = sum(len(found.stops) for found in rounds)
    assert int(rows[0][1]) == int(rows[3][1]) == stops
    bins = [int(row[1]) for row in rows if row[0].startswith(" window kept")]
    assert sum(bins) == sum(s.kept_told is not None for found in rounds for s in found.stops)
