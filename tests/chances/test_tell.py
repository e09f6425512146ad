"""What is told of drawn days: ranges, chances, weakest stops; and a failure that costs no plan."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.chances import tell
from dispatch.chances.guarded import with_chances
from dispatch.chances.tell import chances_of, promise_of, round_chances
from dispatch.fieldwork import Shift, TimeWindow
from dispatch.model.chances import CentreChances, Range
from dispatch.service.service import read_service
from tests.chances.test_days import HOUR, by_hand, clock, varying
from tests.support.pages_fixture import small_day

VARIES = read_service().uncertainty


def test_the_chance_of_a_window_after_one_drive_is_that_of_the_distribution():
    """20 minutes with a variation of 0.3 are at most 25 in 82 of 100 days; the rest is late."""
    windows = ((TimeWindow(*clock((8, 0), (8, 25))),), ())
    problem, round_ = by_hand(windows)
    told = round_chances(problem, round_, varying(drive=0.3))
    s = math.sqrt(math.log(1.09))
    expected = NormalDist().cdf((math.log(25 / 20) + s * s / 2) / s)
    assert expected == pytest.approx(0.818, abs=0.001)
    assert told.stops[0].kept == pytest.approx(expected, abs=0.0011)
    assert told.stops[1].kept is None
    assert told.weakest == "a"


def test_the_tenths_of_an_arrival_are_those_of_the_distribution():
    """One in ten is before the first, one in ten after the last; to the two nearest drawn days."""
    told = round_chances(*by_hand(), varying(drive=0.3))
    s = math.sqrt(math.log(1.09))
    for tenth, moment in ((0.1, "from_s"), (0.9, "until_s")):
        z = NormalDist().inv_cdf(tenth)
        expected = 8 * HOUR + 1200 * math.exp(s * z - s * s / 2)
        assert getattr(told.stops[0].arrival_10_90, moment) == pytest.approx(expected, abs=6)


def test_who_waits_for_a_window_starts_when_it_opens_and_keeps_it():
    """Nobody arrives before 8:20 less a bit; the window opens at 9:00 and holds every start."""
    windows = ((TimeWindow(*clock((9, 0), (9, 30))),), ())
    first = round_chances(*by_hand(windows), varying(drive=0.3)).stops[0]
    assert first.kept == 1
    (nine,) = clock((9, 0))
    assert first.start_10_90 == first.promise == Range(from_s=nine, until_s=nine)
    assert first.arrival_10_90.until_s < nine


def test_the_return_is_told_with_its_chance_to_be_in_time():
    """Half of the days are about in time where the shift ends when the return is planned."""
    problem, round_ = by_hand()
    tight = problem.technicians[0].model_copy(update={"shift_s": Shift(8 * HOUR, 10 * HOUR)})
    told = round_chances(replace(problem, technicians=(tight,)), round_, varying(service=0.3))
    assert 0.5 < told.in_time < 0.6
    assert told.return_10_90.from_s < 10 * HOUR < told.return_10_90.until_s
    assert round_chances(problem, round_, varying(service=0.3)).in_time == 1


def test_a_span_that_holds_the_whole_service_is_kept_where_it_ends_in_time():
    """At a from 8:20 on, where half an hour fits until 8:55; a sixth more is too long."""
    problem, round_ = by_hand()
    inside = problem.visits[0].model_copy(
        update={"within_s": (TimeWindow(*clock((8, 0), (8, 55))),)}
    )
    spanned = replace(problem, visits=(inside, problem.visits[1]))
    assert round_chances(spanned, round_, varying()).stops[0].kept == 1
    s = math.sqrt(math.log(1.09))
    expected = NormalDist().cdf((math.log(35 / 30) + s * s / 2) / s)
    told = round_chances(spanned, round_, varying(service=0.3))
    assert told.stops[0].kept == pytest.approx(expected, abs=0.0011)
    assert told.weakest == "a"


def test_of_windows_that_are_equally_sure_the_one_with_least_time_left_is_weakest():
    """Both are kept always; at a an hour is left, at b ten minutes."""
    windows = (
        (TimeWindow(*clock((8, 0), (9, 20))),),
        (TimeWindow(*clock((8, 0), (9, 20))),),
    )
    told = round_chances(*by_hand(windows), varying())
    assert [stop.kept for stop in told.stops] == [1, 1]
    assert told.weakest == "b"
    assert told.weakest_stop == told.of("b")
    assert round_chances(*by_hand(), varying()).weakest is None


def test_a_promise_is_the_shortest_range_of_five_minutes_that_holds_nine_of_ten_days():
    """900 of 1,000 days lie between 9:01 and 9:11: from 9:00 to 9:15, wherever the others are."""
    nine = 9 * HOUR
    days = np.repeat([nine - 9000, nine + 60, nine + 660], [100, 450, 450])
    assert promise_of(days) == Range(from_s=nine, until_s=nine + 900)
    exact = np.full(1000, nine)
    assert promise_of(exact) == Range(from_s=nine, until_s=nine)


@given(st.lists(st.integers(0, 4000), min_size=20, max_size=20))
def test_no_shorter_promise_holds_as_much(moments):
    """Every pair of full five minutes is tried."""
    days = np.sort(np.array(moments, dtype=np.int64))
    found = promise_of(days)
    ends = range(0, 4201, 300)
    holding = [
        (high - low, low)
        for low in ends
        for high in ends
        if ((low <= days) & (days <= high)).sum() >= 18
    ]
    assert (found.until_s - found.from_s, found.from_s) == min(holding)


def test_a_centre_is_told_round_by_round():
    """T1 and T2 drive; every visit has a window; T3 stays at home, and V7 is left."""
    day, _ = small_day()
    told = chances_of(day, VARIES)
    assert told.mark_below == VARIES.mark_below
    assert [found.technician for found in told.rounds] == ["T1", "T2"]
    assert [stop.visit for stop in told.rounds[0].stops] == ["V1", "V2", "V3"]
    assert len(told.kept) == 6
    assert told.of("T3") is told.stop("T3", "V1") is told.stop("T1", "V4") is None
    assert CentreChances.model_validate_json(told.model_dump_json()) == told


def test_of_visits_that_have_begun_nothing_is_told():
    """A replan binds them to one instant; a window of one instant that was asked for is none."""
    day, _ = small_day()
    instant = (TimeWindow(29_400, 29_400),)
    visits = tuple(
        visit.model_copy(update={"windows_s": instant}) if visit.id == "V1" else visit
        for visit in day.problem.visits
    )
    bound = replace(day, problem=replace(day.problem, visits=visits))
    told = chances_of(bound, VARIES).of("T1")
    assert [stop.visit for stop in told.stops] == ["V2", "V3"]
    asked = day.tickets["V1"].model_copy(update={"windows_s": instant})
    asked_for = replace(bound, tickets={**day.tickets, "V1": asked})
    told = chances_of(asked_for, VARIES).of("T1")
    assert [stop.visit for stop in told.stops] == ["V1", "V2", "V3"]


def test_without_figures_no_chance_is_told_and_none_of_before_stays():
    """An older service file states none; what an earlier plan told does not hold for this one."""
    day, _ = small_day()
    told = replace(day, chances=chances_of(day, VARIES))
    assert with_chances({"sud": told}, None) == ({"sud": day}, {})
    assert with_chances({"sud": day}, VARIES) == ({"sud": told}, {})


def test_a_failure_costs_the_chances_of_its_centre_alone(monkeypatch):
    """The plan is there, and why its chances are not."""
    day, _ = small_day()
    why = "by nothing"

    def fail(shown, varies):
        if shown.sample:
            raise ZeroDivisionError(why)
        return chances_of(shown, varies)

    monkeypatch.setattr(tell, "chances_of", fail)
    other = replace(day, sample=False)
    days, untold = with_chances({"sud": day, "ouest": other}, VARIES)
    assert untold == {"sud": "ZeroDivisionError: by nothing"}
    assert days["sud"] == day
    assert days["ouest"].chances is not None
