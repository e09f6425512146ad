"""A round on its drawn days: worked out by hand, and against a second clock and second draws."""

from __future__ import annotations

import random
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import DayProblem, Shift, Technician, TimeWindow, Travel, Visit
from dispatch.chances.draws import DAYS, ONE, factors_of, seed_of
from dispatch.chances.tell import drawn_days, round_chances
from dispatch.checker.rules import check
from dispatch.fieldwork import Break
from dispatch.model.chances import Range
from dispatch.model.plan import BreakTaken, Round, Stop
from dispatch.service.uncertainty_settings import DriveVariation, Uncertainty
from dispatch.solve import solve
from tests.support.chances_by_rule import Clock, draws_of, kept
from tests.support.small_problems import small_problem

DAY = date(2026, 11, 25)
HOUR = 3600


def varying(service=0.0, drive=0.0, shared=0.0, by_skill=None, by_hour=None):
    """Return how much lengths vary: drives the same at every hour unless said otherwise."""
    return Uncertainty.model_construct(
        service=service,
        service_by_skill=by_skill or {},
        drives=tuple(
            DriveVariation.model_construct(start=hour * HOUR, variation=variation)
            for hour, variation in (by_hour or {0: drive}).items()
        ),
        shared_share=shared,
        mark_below=0.9,
    )


SURE = varying()


def by_hand(windows=(), pause=None, taken=None, slots=(0,), factors=(1,), lengths=(1800, 1800)):
    """
    Return a problem and a round: from c at 8:00 over a and b back to c, 20 minutes a leg.

    Visits take half an hour unless said otherwise; the times stated are those without windows.
    """
    base = np.full((3, 3), 1200, dtype=np.int64)
    np.fill_diagonal(base, 0)
    seconds = np.array([base * factor for factor in factors])
    who = Technician(id="T1", start="c", end="c", shift_s=Shift(8 * HOUR, 17 * HOUR), break_=pause)
    windows = windows or ((), ())
    visits = tuple(
        Visit(id=name, place=name, duration_s=length, windows_s=spans)
        for name, length, spans in zip("ab", lengths, windows, strict=True)
    )
    problem = DayProblem(DAY, Travel(("c", "a", "b"), seconds, None, slots), (who,), visits)
    stops, time = [], 8 * HOUR
    for visit in visits:
        start = time + 1200
        time = start + visit.duration_s
        stops.append(
            Stop(visit=visit.id, place=visit.id, arrival_s=start, start_s=start, end_s=time)
        )
    round_ = Round(
        technician="T1",
        departure_s=8 * HOUR,
        return_s=time + 1200,
        travel_s=3600,
        break_=taken,
        stops=tuple(stops),
    )
    return problem, round_


def only(days):
    """Return the arrivals, starts and return that all drawn days have in common."""
    for found in (days.arrivals, days.starts, days.returns):
        assert (found == found[0]).all()
    return days.arrivals[0].tolist(), days.starts[0].tolist(), int(days.returns[0])


def clock(*times: tuple[int, int]):
    """Return hours and minutes as seconds."""
    return [hour * HOUR + minute * 60 for hour, minute in times]


def test_a_round_of_which_nothing_varies_goes_as_planned():
    """8:00, 8:20 to 8:50 at a, 9:10 to 9:40 at b, back at 10:00."""
    arrivals, starts, back = only(drawn_days(*by_hand(), SURE))
    assert arrivals == starts == clock((8, 20), (9, 10))
    assert [back] == clock((10, 0))


def test_a_service_waits_for_its_window_and_one_that_is_late_begins_at_once():
    """At a nothing opens before 8:30; b closed at 9:00, and is served at 9:20 all the same."""
    windows = (
        (TimeWindow(*clock((8, 30), (9, 0))),),
        (TimeWindow(*clock((8, 0), (9, 0))),),
    )
    arrivals, starts, back = only(drawn_days(*by_hand(windows), SURE))
    assert arrivals == clock((8, 20), (9, 20))
    assert starts == clock((8, 30), (9, 20))
    assert [back] == clock((10, 10))


def test_who_misses_one_window_waits_for_the_next():
    """At 9:10 the first window of b has been over for a minute; the second opens at 11:00."""
    windows = ((), (TimeWindow(*clock((8, 0), (9, 9))), TimeWindow(*clock((11, 0), (12, 0)))))
    _, starts, back = only(drawn_days(*by_hand(windows), SURE))
    assert starts == clock((8, 20), (11, 0))
    assert [back] == clock((11, 50))


def test_a_break_begins_at_once_where_the_service_before_it_ends_late():
    """Planned at 8:50, when a should be done; a lasts until 9:20."""
    pause = Break(duration_s=1800, earliest_s=8 * HOUR, latest_s=9 * HOUR)
    taken = BreakTaken(start_s=8 * HOUR + 3000, end_s=8 * HOUR + 4800)
    problem, round_ = by_hand(pause=pause, taken=taken)
    longer = DayProblem(
        DAY,
        problem.travel,
        problem.technicians,
        tuple(v.model_copy(update={"duration_s": 3600}) for v in problem.visits),
    )
    arrivals, starts, back = only(drawn_days(longer, round_, SURE))
    assert arrivals == starts == clock((8, 20), (10, 10))
    assert [back] == clock((11, 30))


@pytest.mark.parametrize(
    ("start", "arrival", "begins"),
    [
        # Before leaving a at 8:50.
        ((8, 50), (9, 40), (9, 40)),
        # On the way, half of which is driven.
        ((9, 0), (9, 40), (9, 40)),
        # Planned for 9:25 at b; there at 9:10 already, and the break may begin.
        ((9, 25), (9, 10), (9, 40)),
    ],
)
def test_a_break_delays_the_next_service_by_its_length(start, arrival, begins):
    """Before the drive, within it, or on arrival rather than standing about until its time."""
    pause = Break(duration_s=1800, earliest_s=8 * HOUR, latest_s=10 * HOUR)
    (at,) = clock(start)
    taken = BreakTaken(start_s=at, end_s=at + 1800)
    problem, round_ = by_hand(pause=pause, taken=taken)
    second = round_.stops[1].model_copy(update={"start_s": at + 1800, "end_s": at + 3600})
    round_ = round_.model_copy(update={"stops": (round_.stops[0], second)})
    arrivals, starts, _ = only(drawn_days(problem, round_, SURE))
    assert [arrivals[1]] == clock(arrival)
    assert [starts[1]] == clock(begins)


def test_a_break_on_arrival_does_not_begin_before_it_may():
    """At b from 9:10 on; the break may begin at 9:20, and was planned for 9:25."""
    pause = Break(duration_s=1800, earliest_s=clock((9, 20))[0], latest_s=10 * HOUR)
    taken = BreakTaken(start_s=clock((9, 25))[0], end_s=clock((9, 55))[0])
    problem, round_ = by_hand(pause=pause, taken=taken)
    second = round_.stops[1].model_copy(update={"start_s": taken.end_s})
    round_ = round_.model_copy(update={"stops": (round_.stops[0], second)})
    assert only(drawn_days(problem, round_, SURE))[1][1:] == clock((9, 50))


def test_a_break_on_the_way_back_is_left_out_by_who_is_back_before_it():
    """Planned at 10:10, on a return that would have been later; the technician is back at 10:00."""
    pause = Break(duration_s=1800, earliest_s=9 * HOUR, latest_s=11 * HOUR)
    taken = BreakTaken(start_s=clock((10, 10))[0], end_s=clock((10, 40))[0])
    assert [only(drawn_days(*by_hand(pause=pause, taken=taken), SURE))[2]] == clock((10, 0))
    on_the_way = BreakTaken(start_s=clock((9, 50))[0], end_s=clock((10, 20))[0])
    back = only(drawn_days(*by_hand(pause=pause, taken=on_the_way), SURE))[2]
    assert [back] == clock((10, 30))


def test_a_drive_goes_on_at_the_speed_of_the_next_slot():
    """From 8:10 on everything takes three times as long: 10 of 20 minutes left become 30."""
    problem, round_ = by_hand(slots=(0, clock((8, 10))[0]), factors=(1, 3))
    assert only(drawn_days(problem, round_, SURE))[0] == clock((8, 40), (10, 10))


def test_a_break_within_a_drive_changes_its_slot_at_once():
    """Half of the way to b is driven at 9:00; after the break, at 9:30, the rest is twice as long.

    In the slot between, from 9:10 to 9:20, it would take seven times as long; nobody drives there.
    """
    slots = (0, *clock((9, 10), (9, 20)))
    pause = Break(duration_s=1800, earliest_s=8 * HOUR, latest_s=10 * HOUR)
    taken = BreakTaken(start_s=9 * HOUR, end_s=9 * HOUR + 1800)
    problem, round_ = by_hand(pause=pause, taken=taken, slots=slots, factors=(1, 7, 2))
    assert only(drawn_days(problem, round_, SURE))[0] == clock((8, 20), (9, 50))


def test_visits_that_have_begun_are_facts():
    """Of the first stop nothing is drawn: the second is a drive away from its planned end."""
    problem, round_ = by_hand()
    days = drawn_days(problem, round_, varying(service=0.5), begun=1)
    assert days.starts.shape == (DAYS, 1)
    assert (days.arrivals[:, 0] == clock((9, 10))[0]).all()
    assert len(set(days.returns.tolist())) > DAYS // 2


def test_factors_have_the_mean_and_the_variation_that_are_asked_for():
    """Mean 1; the services' variation 0.3, the drives' 0.1 and 0.5; independent of each other."""
    made = factors_of(7, [0.3, 0.3], 3, [0.1, 0.5], 0.5)
    assert made.services.shape == (DAYS, 2)
    assert made.drives.shape == (DAYS, 3, 2)
    of_services, of_drives = made.services / ONE, made.drives / ONE
    assert of_services.mean(axis=0) == pytest.approx(1, abs=0.002)
    assert of_services.std(axis=0) == pytest.approx(0.3, rel=0.02)
    assert of_drives.mean(axis=0) == pytest.approx(1, abs=0.04)
    assert of_drives.std(axis=0) / [0.1, 0.5] == pytest.approx(1, abs=0.1)
    assert abs(np.corrcoef(of_services.T)[0, 1]) < 0.1
    logs = np.corrcoef(np.log(of_drives[:, :, 0]).T)
    assert logs[np.triu_indices(3, 1)] == pytest.approx(0.5, abs=0.1)


def test_drives_that_share_all_of_their_variance_are_longer_or_shorter_together():
    """And those that share none are drawn each for itself."""
    together = factors_of(7, [], 2, [0.4], 1.0).drives[:, :, 0]
    assert (together[:, 0] == together[:, 1]).all()
    apart = factors_of(7, [], 2, [0.4], 0.0).drives[:, :, 0]
    assert abs(np.corrcoef(apart.T)[0, 1]) < 0.1
    assert sorted(apart[:, 0]) == sorted(apart[:, 1]) == sorted(together[:, 0])


def test_the_days_of_a_round_are_the_same_whenever_they_are_drawn():
    """They follow from the problem and the technician; another technician has other days."""
    problem, round_ = by_hand()
    first, again = (drawn_days(problem, round_, varying(0.3, 0.2)) for _ in range(2))
    assert (first.starts == again.starts).all()
    assert (first.returns == again.returns).all()
    assert seed_of(problem.sha256, "T1") != seed_of(problem.sha256, "T2")
    assert seed_of("0" * 64, "T1") == 0x7316CC987D32AC10D5AFF871B673E06A


def random_round(rng):
    """Return a round over some visits with windows, slots and a break, at any stated times."""
    count = rng.randint(1, 5)
    places = tuple(f"p{k}" for k in range(count + 2))
    starts = sorted(rng.sample(range(7 * HOUR, 18 * HOUR, 60), rng.randint(0, 4)))
    size = len(places)
    seconds = np.array(
        [
            [[0 if i == j else rng.randint(0, 2400) for j in range(size)] for i in range(size)]
            for _ in range(len(starts) + 1)
        ]
    )
    visits = []
    for number in range(count):
        spans, time = [], rng.randint(7 * HOUR, 15 * HOUR)
        for _ in range(rng.choice([0, 1, 1, 2, 3])):
            spans.append(TimeWindow(time, time + rng.randint(0, HOUR)))
            time = spans[-1].end_s + rng.randint(1, HOUR)
        visits.append(
            Visit(
                id=f"v{number}",
                place=places[number + 2],
                duration_s=rng.choice([0, 600, 1800, 5400]),
                windows_s=tuple(rng.sample(spans, len(spans))),
                within_s=tuple(
                    TimeWindow(low, low + rng.randint(5400, 4 * HOUR))
                    for low in rng.sample(range(7 * HOUR, 15 * HOUR, 600), rng.choice([0, 0, 1, 2]))
                ),
                skills=frozenset(rng.sample("abc", rng.randint(0, 2))),
            )
        )
    pause = taken = None
    if rng.random() < 0.8:
        earliest = rng.randint(8 * HOUR, 14 * HOUR)
        length = rng.choice([0, 1800, 3600])
        pause = Break(duration_s=length, earliest_s=earliest, latest_s=earliest + 5400)
        at = earliest + rng.randint(0, 5400)
        taken = BreakTaken(start_s=at, end_s=at + length)
    who = Technician(
        id="T1",
        start=places[0],
        end=places[1],
        shift_s=Shift(7 * HOUR, 17 * HOUR),
        skills=frozenset("abc"),
        break_=pause,
    )
    time, stops = 7 * HOUR + rng.randint(0, 2 * HOUR), []
    departure = time
    for visit in visits:
        start = time + rng.randint(0, 2400)
        time = start + visit.duration_s
        stops.append(
            Stop(visit=visit.id, place=visit.place, arrival_s=start, start_s=start, end_s=time)
        )
    problem = DayProblem(DAY, Travel(places, seconds, None, (0, *starts)), (who,), tuple(visits))
    round_ = Round(
        technician="T1",
        departure_s=departure,
        return_s=time,
        travel_s=0,
        break_=taken,
        stops=tuple(stops),
    )
    hours = [0, *sorted(rng.sample(range(1, 24), rng.randint(0, 4)))]
    varies = varying(
        service=rng.choice([0, 0.3, 1.5]),
        shared=rng.choice([0, 0.5, 1]),
        by_skill={"a": 0.1, "b": rng.choice([0.2, 0.8])},
        by_hour={hour: rng.choice([0, 0.2, 0.6, 2]) for hour in hours},
    )
    return problem, round_, varies, rng.choice([0, 0, rng.randint(0, count)])


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_every_drawn_day_is_that_of_a_second_clock_to_the_second(seed):
    """Slots, breaks, several windows, visits that have begun; draws and clock by the page alone."""
    rng = random.Random(seed)
    problem, round_, varies, begun = random_round(rng)
    days = drawn_days(problem, round_, varies, begun=begun)
    draws = draws_of(problem, "T1", len(round_.stops) - begun)
    for day in rng.sample(range(DAYS), 30):
        found = Clock(problem, round_, varies, draws, day, begun).run()
        assert days.arrivals[day].tolist() == found.arrivals
        assert days.starts[day].tolist() == found.starts
        assert days.ends[day].tolist() == found.ends
        assert days.returns[day] == found.back


@settings(max_examples=12)
@given(st.integers(0, 2**32))
def test_chances_are_the_shares_of_the_second_clocks_days(seed):
    """Of each visit's windows and spans, and of the return within the shift; all thousand days."""
    problem, round_, varies, begun = random_round(random.Random(seed))
    told = round_chances(problem, round_, varies, begun=begun)
    draws = draws_of(problem, "T1", len(round_.stops) - begun)
    days = [Clock(problem, round_, varies, draws, day, begun).run() for day in range(DAYS)]
    for number, stop in enumerate(told.stops):
        visit = problem.visit[stop.visit]
        good = [kept(visit, day.starts[number], day.ends[number]) for day in days]
        bound = visit.windows_s or visit.within_s
        assert stop.kept == (pytest.approx(sum(good) / DAYS) if bound else None)
        starts = sorted(day.starts[number] for day in days)
        assert stop.start_10_90 == Range(from_s=starts[99], until_s=starts[899])
        held = sum(stop.promise.from_s <= start <= stop.promise.until_s for start in starts)
        assert held >= 900
    in_time = sum(day.back <= 17 * HOUR for day in days)
    assert told.in_time == pytest.approx(in_time / DAYS)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_a_planned_round_is_never_later_than_planned_where_nothing_varies(seed):
    """A plan may put off a service or a break; who does not wait is no later anywhere."""
    problem = small_problem(seed, 5, 2)
    plan = solve(problem, "quick", seed=1)
    assert [broken for broken in check(problem, plan) if broken.rule != "mandatory_served"] == []
    for round_ in plan.rounds:
        _, starts, back = only(drawn_days(problem, round_, SURE))
        assert back <= round_.return_s
        for stop, start in zip(round_.stops, starts, strict=True):
            assert start <= stop.start_s
