"""Modes of travel: their speeds, what a trip costs besides, and vans that stay parked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import InputError
from dispatch.streets.profiles import Profile, parked_once
from dispatch.streets.router import Router, Site, TravelSettings
from dispatch.streets.settings import bundled_section
from dispatch.streets.traffic import Slot
from tests.streets.test_router import CORNERS, at, network

if TYPE_CHECKING:
    from dispatch.streets.network import Network

SETTINGS = TravelSettings.from_toml(bundled_section("travel"))
# Four corners, about a kilometre from one to the next, driven both ways in 100 s.
RING = [(1, 2), (2, 3), (3, 4), (4, 1)]


def square() -> Network:
    """Return the four corners and the streets between them."""
    return network([(a, b, 100, 1200) for u, v in RING for a, b in ((u, v), (v, u))])


WALKING = Profile(ways=("residential",), park_once_m=200.0, walk_kmh=3.6)


def test_the_service_file_has_van_bicycle_and_foot():
    """Steps are for people, motorways for vans; only people go against one-way signs."""
    profiles = SETTINGS.profiles
    assert list(profiles) == ["van", "bicycle", "foot"]
    assert ["steps" in one.ways for one in profiles.values()] == [False, False, True]
    assert ["motorway" in one.ways for one in profiles.values()] == [True, False, False]
    assert [one.one_way for one in profiles.values()] == [True, True, False]
    assert [one.speed_kmh is None for one in profiles.values()] == [True, False, False]


def test_a_class_may_have_a_speed_of_its_own():
    """Stairs slowly; a van has the speeds of its streets."""
    foot = Profile(ways=("steps",), speed_kmh=5.0, class_speed_kmh={"steps": 2.0})
    assert foot.speeds_kmh(np.array(["path", "steps"])).tolist() == [5, 2]
    assert np.isnan(Profile(ways=("path",)).speeds_kmh(np.array(["path"]))).all()


def test_a_service_file_without_profiles_has_the_bundled_ones():
    section = {key: value for key, value in bundled_section("travel").items() if key != "profiles"}
    assert TravelSettings.from_toml(section).profiles == SETTINGS.profiles


def test_a_walk_from_the_van_needs_its_speed():
    section = bundled_section("travel")
    section["profiles"]["van"] = {"ways": ["residential"], "park_once_m": 100.0}
    with pytest.raises(InputError, match=r"profiles\.van\.park_once_m: needs walk_kmh"):
        TravelSettings.from_toml(section)


def test_a_matrix_says_whose_it_is_and_costs_what_the_profile_says():
    """The same streets for bicycles: the profile's access instead of the van's."""
    van = Router(square()).measure(at(1, 2))
    bicycle = Router(replace(square(), profile="bicycle"), profile="bicycle").measure(at(1, 2))
    assert (van.profile, bicycle.profile) == ("van", "bicycle")
    own = SETTINGS.profiles["bicycle"].access_s
    assert own is not None
    difference = van.seconds[0, 0, 1] - bicycle.seconds[0, 0, 1]
    assert difference == pytest.approx(SETTINGS.access_s - own, abs=1)


def test_a_network_of_another_profile_is_refused_with_the_way_to_one():
    with pytest.raises(InputError, match="network build --from FILE --profile foot"):
        Router(square(), profile="foot")
    with pytest.raises(InputError, match="there are van, bicycle, foot"):
        Router(replace(square(), profile="horse"))


def test_traffic_slows_vans_and_not_bicycles():
    slots = [Slot(0, 0.0), Slot(28800, 0.5)]
    for profile, slower in (("van", True), ("bicycle", False)):
        router = Router(replace(square(), profile=profile), profile=profile)
        free, peak = router.measure(at(1, 3), slots).seconds
        assert (peak > free).any() == slower


def test_a_van_stays_parked_where_the_walk_is_quicker():
    """90 m at 1 m/s and a winding of 1: 90 s instead of 100; 150 m instead of 100 s is driven."""
    lat = 44.8
    metre = 1 / (111_320 * np.cos(np.radians(lat)))
    lonlat = np.array([[-0.58, lat], [-0.58 + 90 * metre, lat], [-0.58 + 240 * metre, lat]])
    seconds = np.array([[[0, 100, 100], [100, 0, 100], [100, 100, 0]]])
    metres = np.array([[0, 400, 500], [400, 0, 600], [500, 600, 0]])
    found, length = parked_once(seconds, metres, lonlat, WALKING, 1.0)
    assert length is not None
    assert found[0, 0, 1] == pytest.approx(90, abs=1)
    assert length[0, 1] == pytest.approx(90, abs=1)
    assert (found[0, 1, 2], length[1, 2]) == (100, 600)
    # 240 m is no short walk.
    assert (found[0, 0, 2], length[0, 2]) == (100, 500)


def test_without_a_short_walk_nothing_changes():
    seconds, lonlat = np.array([[[0, 9], [9, 0]]]), np.array([[-0.58, 44.8], [-0.58, 44.8001]])
    plain = Profile(ways=("residential",))
    assert parked_once(seconds, None, lonlat, plain, 1.3) == (seconds, None)


def test_a_van_drives_every_leg_unless_the_profile_is_asked_for():
    """Two doors 60 m apart: access alone takes longer than the walk."""
    lon, lat = CORNERS[1]
    sites = [Site("a", lon, lat), Site("b", lon + 0.00076, lat)]
    driven = Router(square()).measure(sites).seconds[0, 0, 1]
    walked = Router(square(), profile="van").measure(sites).seconds[0, 0, 1]
    assert driven >= SETTINGS.access_s
    assert walked < min(driven, 75)


@given(st.lists(st.integers(1, 10_000), min_size=6, max_size=6), st.floats(0.1, 20))
def test_parking_once_never_takes_longer(times: list[int], kmh: float):
    """Whatever the drive and the pace."""
    seconds = np.zeros((1, 3, 3), dtype=np.int64)
    seconds[0][~np.eye(3, dtype=bool)] = times
    lonlat = np.array([[-0.58, 44.8], [-0.581, 44.8], [-0.58, 44.801]])
    profile = WALKING.model_copy(update={"walk_kmh": kmh})
    found, _ = parked_once(seconds, None, lonlat, profile, 1.3)
    assert (found <= seconds).all()
    assert (found >= 0).all()
