"""Traffic by time, weekday and road class: the profile, and travel measured with it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.data import data_path
from dispatch.errors import InputError
from dispatch.inputs.read import read_visits
from dispatch.service.service import read_service
from dispatch.streets.roads import load_network
from dispatch.streets.router import Router, Site, TravelSettings
from dispatch.streets.settings import bundled_section
from dispatch.streets.traffic import Slot, Traffic
from dispatch.territory import read_communes
from tests.streets.test_router import CORNERS, at, network

if TYPE_CHECKING:
    from dispatch.streets.network import Network

pytestmark = pytest.mark.slow

BUNDLED = TravelSettings.from_toml(bundled_section("travel")).traffic
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = range(6)
HOUR = 3600


def profile(*periods: tuple[int, list[float]], **shares: float) -> Traffic:
    """Return traffic of periods (start in seconds; one value, or one a weekday)."""
    return Traffic.model_construct(
        by_default=False,
        periods=tuple(
            type(BUNDLED.periods[0]).model_construct(
                start=start, extra=tuple(extra * 7 if len(extra) == 1 else extra)
            )
            for start, extra in periods
        ),
        class_share={"other": 1.0, **shares},
    )


def refused(**change: object) -> str:
    """Return what is said of the bundled section with other values in its traffic."""
    section = bundled_section("travel")
    section["traffic"] = {**section["traffic"], **change}
    with pytest.raises(InputError) as caught:
        TravelSettings.from_toml(section)
    return str(caught.value)


# --- the profile ---


def test_slots_that_tell_the_same_are_one():
    """At 20 twice, and on one weekday nothing at all."""
    busy = profile((0, [0.0]), (10, [0.5]), (20, [0.5]), (30, [0.2] * 5 + [0.0, 0.0]), (40, [0.0]))
    assert busy.slots(MONDAY) == (Slot(0, 0.0), Slot(10, 0.5), Slot(30, 0.2), Slot(40, 0.0))
    assert busy.slots(SATURDAY) == (Slot(0, 0.0), Slot(10, 0.5), Slot(30, 0.0))


def test_what_changes_while_nobody_drives_gives_no_slot():
    """Before the first leaves, and from when the last must be back; a touch is not enough."""
    day = profile((0, [0.0]), (10, [0.5]), (20, [0.1]), (30, [0.3]), (40, [0.0]))
    assert day.slots(MONDAY, (15, 35)) == (Slot(0, 0.5), Slot(20, 0.1), Slot(30, 0.3))
    assert day.slots(MONDAY, (20, 30)) == (Slot(0, 0.1),)
    assert day.slots(MONDAY, (19, 31)) == (Slot(0, 0.5), Slot(20, 0.1), Slot(30, 0.3))
    assert day.slots(MONDAY, (500, 600)) == (Slot(0, 0.0),)
    assert day.slots(MONDAY, (0, 10**6)) == day.slots(MONDAY)


def test_the_bundled_profile_has_the_published_peaks():
    """[press, TomTom] as cited in service.toml: the means of the working days, and the worst."""
    extra = {period.start: period.extra for period in BUNDLED.periods}
    morning, evening = extra[8 * HOUR], extra[17 * HOUR]
    assert np.mean(morning[:5]) == pytest.approx(0.63)
    assert np.mean(evening[:5]) == pytest.approx(0.80)
    assert sorted(range(5), key=lambda day: morning[day])[-2:] == [TUESDAY, THURSDAY]
    assert max(range(5), key=lambda day: evening[day]) == FRIDAY
    # +31 % over the day: the mean of the hours from 7 to 21, Monday to Friday.
    starts = [*extra, 24 * HOUR]
    hours = np.clip(starts, 7 * HOUR, 21 * HOUR)
    means = [np.mean(values[:5]) for values in extra.values()]
    assert np.average(means, weights=np.diff(hours)) == pytest.approx(0.31, abs=0.005)


def test_a_working_day_of_a_centre_has_few_slots():
    """From 8 to 17 h and half an hour of overtime: four on a Tuesday, and the night is none."""
    slots = BUNDLED.slots(TUESDAY, (8 * HOUR, 17 * HOUR + 1800))
    assert [slot.start_s for slot in slots] == [0, 9 * HOUR, 16 * HOUR, 17 * HOUR]
    assert slots[0].extra == 0.72


def test_a_slip_road_is_as_its_road_and_an_unknown_class_as_the_others():
    """Unless it is listed itself."""
    traffic = profile((0, [0.5]), motorway=1.5, primary=1.2, primary_link=0.7)
    classes = np.array(["motorway", "motorway_link", "primary_link", "track", "", "other"])
    assert traffic.shares(classes).tolist() == [1.5, 1.5, 0.7, 1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"periods": []}, "travel.traffic.periods"),
        ({"periods": [{"start": "08:00", "extra": [0.0] * 7}]}, "must be a time such as 08:30:00"),
        ({"class_share": {"motorway": 1.0}}, "class_share.other is missing"),
        ({"class_share": {"other": -1.0}}, "travel.traffic.class_share.other"),
        ({"holidays": 1}, "travel.traffic.holidays"),
        ({"by_default": "yes"}, "travel.traffic.by_default"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused_by_its_key(change, words):
    """As all settings."""
    assert words in refused(**change)


def test_periods_start_at_midnight_rise_and_tell_seven_days():
    """Each fault in its words."""
    periods = bundled_section("travel")["traffic"]["periods"]
    assert "must start at 00:00:00 and rise" in refused(periods=periods[1:])
    assert "must start at 00:00:00 and rise" in refused(periods=[*periods, periods[1]])
    short = [{**periods[0], "extra": [0.0] * 5}, *periods[1:]]
    assert "travel.traffic.periods.0.extra" in refused(periods=short)
    endless = [{**periods[0], "extra": [float("nan")] * 7}, *periods[1:]]
    assert "travel.traffic.periods.0.extra" in refused(periods=endless)


def test_without_a_profile_there_is_no_traffic_to_measure_with(square: Network):
    """A service file may leave it out; who asks for it is told."""
    section = {key: value for key, value in bundled_section("travel").items() if key != "traffic"}
    router = Router(square, settings=TravelSettings.from_toml(section))
    assert router.measure(at(1, 3)).slot_starts_s == (0,)
    with pytest.raises(InputError, match=r"travel\.traffic: is missing"):
        router.traffic_of(date(2026, 11, 25))
    with pytest.raises(InputError, match=r"travel\.traffic: is missing"):
        router.measure(at(1, 3), [Slot(0, 0.5)])


# --- travel ---


@pytest.fixture
def square():
    # From 1 to 3: over 2 by motorway in 300 s (3,000 m), over 4 by streets in 360 s (2,000 m).
    ways: list[tuple[Any, ...]] = [
        (1, 2, 100, 1000, "motorway"), (2, 3, 200, 2000, "motorway"),
        (1, 4, 180, 900, "residential"), (4, 3, 180, 1100, "residential"),
    ]  # fmt: skip
    return network([*ways, *((v, u, s, m, c) for u, v, s, m, c in ways)])


def with_profile(square: Network, traffic: Traffic, access_s: float = 0) -> Router:
    """Return a router of small streets with traffic; corners are joined at no distance."""
    section = bundled_section("travel") | {"access_s": float(access_s)}
    made = TravelSettings.from_toml(section).model_copy(update={"traffic": traffic})
    return Router(square, settings=made)


def test_each_slot_has_the_quickest_way_of_its_hour(square: Network):
    """At half as much again the motorway takes 450 s; streets that take a tenth more, 396."""
    router = with_profile(square, profile((0, [0.0]), motorway=1.0, residential=0.2))
    sites = at(1, 3)
    travel = router.measure(sites, [Slot(0, 0.0), Slot(100, 0.1), Slot(200, 0.5)])
    assert travel.slot_starts_s == (0, 100, 200)
    assert travel.seconds[:, 0, 1].tolist() == [300, 330, 396]
    # The metres, and the way on the map, are those without traffic.
    assert travel.metres is not None
    assert travel.metres[0, 1] == 3000
    assert CORNERS[2] in router.path(*sites)


def test_access_takes_its_time_at_any_hour(square: Network):
    """45 s on 300 s of driving, and on 600."""
    router = with_profile(square, profile((0, [0.0])), access_s=45)
    slots = [Slot(0, 0.0), Slot(100, 1.0)]
    assert router.measure(at(1, 3), slots).seconds[:, 0, 1].tolist() == [345, 645]


def test_slots_without_traffic_are_measured_as_ever(square: Network):
    """The same matrix in each of them, with and without others between."""
    router = with_profile(square, profile((0, [0.0])))
    plain = router.measure(at(1, 3, 4))
    slots = [Slot(0, 0.0), Slot(10, 0.5), Slot(20, 0.0), Slot(30, 0.5)]
    travel = router.measure(at(1, 3, 4), slots)
    for same, other in ((0, 2), (1, 3)):
        assert (travel.seconds[same] == travel.seconds[other]).all()
    assert (travel.seconds[0] == plain.seconds[0]).all()
    assert (travel.metres == plain.metres).all()
    assert router.measure(at(1, 3), slots, distances=False).metres is None


def test_on_the_bundled_roads_the_median_trip_meets_the_published_hours():
    """8 to 9 h and 17 to 18 h, over driving without traffic, between the sample's visits."""
    service, communes = read_service(), read_communes()
    tickets = read_visits(data_path("samples/visits.csv"), service, communes, service.roster)
    sites = [Site(ticket.id, ticket.lon, ticket.lat) for ticket in tickets]
    router = Router(load_network(), access_s=0)
    slots = [Slot(0, 0.0), Slot(8 * HOUR, 0.63), Slot(17 * HOUR, 0.80), Slot(18 * HOUR, 0.31)]
    travel = router.measure(sites, slots)
    assert travel.metres is not None
    trips = travel.metres > 1500
    ratios = [np.median(s[trips] / travel.seconds[0][trips]) for s in travel.seconds]
    assert ratios == pytest.approx([1, 1.63, 1.80, 1.31], rel=0.02)


positions = st.tuples(
    st.floats(-0.594, -0.566, allow_nan=False), st.floats(44.829, 44.851, allow_nan=False)
)
CLASSES = ["motorway", "trunk_link", "residential", "service", "track"]


@given(
    times=st.lists(st.floats(0.4, 900, allow_nan=False), min_size=10, max_size=10),
    classes=st.lists(st.sampled_from(CLASSES), min_size=10, max_size=10),
    places=st.lists(positions, min_size=2, max_size=6),
    extras=st.lists(st.floats(0, 9, allow_nan=False), min_size=1, max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_in_every_slot_a_stop_on_the_way_never_saves_time_nor_does_traffic(
    times, classes, places, extras
):
    """The triangle inequality holds slot by slot, rounding included, at any class's speed."""
    pairs = [(1, 2), (2, 3), (3, 4), (4, 1), (1, 3), (2, 1), (3, 2), (4, 3), (1, 4), (3, 1)]
    edges = [(u, v, t, 10 * t, c) for (u, v), t, c in zip(pairs, times, classes, strict=True)]
    sites = [Site(str(i), *place) for i, place in enumerate(places)]
    slots = [Slot(0, 0.0), *(Slot(i + 1, extra) for i, extra in enumerate(extras))]
    router = Router(network(edges), access_s=0, attach_limit_m=5000)
    for seconds in (travel := router.measure(sites, slots)).seconds:
        through = seconds[:, :, None] + seconds[None, :, :]
        assert (seconds[:, None, :] <= through).all()
        assert (seconds >= travel.seconds[0]).all()
