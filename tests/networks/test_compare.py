"""Two networks compared, where the answer is known beforehand; and its picture."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from dispatch.errors import InputError
from dispatch.networks.compare import compare_networks
from dispatch.networks.plot import comparison_picture
from dispatch.networks.ratios import BOUNDS_KM, distance_classes
from dispatch.networks.sample import draw
from dispatch.service.service import read_service
from dispatch.streets.attach import Streets
from dispatch.streets.roads import load_network
from dispatch.streets.router import TravelSettings
from dispatch.streets.settings import RoadSettings
from dispatch.territory import read_communes

pytestmark = pytest.mark.slow

SERVICE = read_service(None)
COMMUNES = read_communes()
ROADS = RoadSettings.from_toml(SERVICE.roads)
TRAVEL = TravelSettings.from_toml(SERVICE.travel)


@pytest.fixture(scope="module")
def bundled():
    return load_network()


def compared(first, second, **changed: object):
    given = {
        "build": ROADS.build, "travel": TRAVEL, "water": SERVICE.demand.water, "places": 40,
        "seed": 1, **changed,
    }  # fmt: skip
    centres = tuple(SERVICE.territory(COMMUNES).centres.values())
    return compare_networks(first, second, COMMUNES, centres, **given)


@pytest.fixture(scope="module")
def twice(bundled):
    """Return the bundled network against itself with every street taking twice as long."""
    slow = replace(bundled, name="slow", seconds=bundled.seconds * 2)
    travel = TRAVEL.model_copy(update={"access_s": 0.0, "off_road_kmh": 1e6})
    return compared(bundled, slow, travel=travel)


def test_a_network_against_itself_differs_by_nothing(bundled):
    """Every ratio is 1, in every area, and nothing is left out of an approximation."""
    found = compared(bundled, bundled)
    assert {(row.median, row.low, row.high, row.metres) for row in found.rows} == {(1, 1, 1, 1)}
    assert found.left_out == ()
    assert len(found.communes) == 28


def test_streets_of_twice_the_time_give_twice_the_time(twice):
    """Rounding of seconds aside, where nothing but the streets takes time; lengths are the same."""
    assert {(round(row.median, 1), row.metres) for row in twice.rows} == {(2.0, 1.0)}
    assert all(1.95 < row.low <= row.median <= row.high < 2.05 for row in twice.rows)


def test_areas_and_distance_classes_part_the_trips(twice):
    """Banks and crossings sum to all trips; so do the classes from 0.5 km on."""
    trips = {(row.area, row.distance): row.trips for row in twice.rows}
    assert trips["all", "all"] == sum(
        trips[area, "all"] for area in ("left bank", "right bank", "across")
    )
    assert trips["all", "all"] == sum(
        number for (area, distance), number in trips.items() if area == "all" != distance
    )
    assert {area for area, _ in trips} > {"sud", "bordeaux-metropole"}


def test_the_order_of_the_networks_turns_the_ratio(bundled):
    """B over A: the second is the one that takes longer; access, on both, makes it less than 2."""
    slow = replace(bundled, name="slow", seconds=bundled.seconds * 2)
    back = compared(slow, bundled, chosen=["Talence"]).rows[0]
    assert 0.5 < back.median < 0.7
    assert back.first_min > back.second_min


def test_the_same_seed_gives_the_same_places(bundled):
    """And another seed others."""
    chosen, streets = list(COMMUNES.values())[:3], [Streets(bundled)]
    first, again, other = (
        draw(chosen, streets, count=20, seed=seed, reach_m=150, water=None).xy.tolist()
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_places_lie_in_their_communes_near_a_street_and_not_in_the_river(bundled):
    """150 places of Bordeaux and Pessac, within 150 m of the mesh; La Bastide is the right bank."""
    chosen = [c for c in COMMUNES.values() if c.name in ("Bordeaux", "Pessac")]
    streets = Streets(bundled)
    drawn = draw(
        chosen, [streets], count=150, seed=3, reach_m=150, water=SERVICE.demand.water
    )  # fmt: skip
    assert len(drawn.lonlat) == 150
    assert streets.distances_m(drawn.lonlat).max() <= 150
    for (lon, lat), insee, right in zip(
        drawn.lonlat.tolist(), drawn.insee, drawn.right_bank, strict=True
    ):
        assert SERVICE.territory(COMMUNES).commune_at(lon, lat).insee == insee
        # The river runs north all the way, so that at any latitude it has one longitude.
        assert right == (lon > np.interp(lat, *np.array(SERVICE.demand.water.line).T[::-1]))
    assert 0 < drawn.right_bank.sum() < 30


def test_communes_can_be_chosen_by_code_or_name(bundled):
    """Only one bank then: there is nothing to part."""
    found = compared(bundled, bundled, chosen=["33318", "Talence"])
    assert found.communes == ("Pessac", "Talence")
    assert {row.area for row in found.rows} == {"all", "sud"}


def test_an_unknown_commune_is_named(bundled):
    """With what to give instead."""
    with pytest.raises(InputError, match=r"--commune: .*INSEE code or its name.*Atlantis"):
        compared(bundled, bundled, chosen=["Atlantis"])


def test_communes_that_a_network_covers_poorly_are_left_out(bundled):
    """All streets of the right bank and most others taken away: only Mérignac's are left."""
    far = np.abs(bundled.lon[bundled.tails] + 0.656) > 0.03
    real = replace(bundled, name="real", approximate=False, attachable=bundled.attachable & ~far)
    found = compared(bundled, real)
    assert "Mérignac" in found.communes
    assert "Cenon" in found.left_out
    assert set(found.communes) | set(found.left_out) == {c.name for c in COMMUNES.values()}


def test_without_common_ground_there_is_nothing_to_compare(bundled):
    """A network whose streets are all elsewhere."""
    nothing = replace(
        bundled, approximate=False, attachable=np.zeros(bundled.edge_count, dtype=bool)
    )
    with pytest.raises(InputError, match="no commune that both networks cover well"):
        compared(bundled, nothing)


def test_a_commune_without_streets_of_one_network_is_told(bundled):
    """It was asked for by name, and nothing can be drawn there."""
    far = np.abs(bundled.lon[bundled.tails] + 0.656) > 0.03
    real = replace(bundled, name="real", attachable=bundled.attachable & ~far)
    with pytest.raises(InputError, match="Cenon: has hardly a place within 150 m"):
        compared(bundled, real, chosen=["Cenon"])


def test_classes_follow_each_other():
    """Each begins where the one before ends."""
    found = list(distance_classes().values())
    assert found[0] == (BOUNDS_KM[0], float("inf"))
    assert [low for low, _ in found[1:]] == list(BOUNDS_KM)
    assert all(a[1] == b[0] for a, b in pairwise(found[1:]))


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_picture_shows_every_class_and_centre(twice, lang):
    """It is well-formed, the same each time, and its medians lie on the line of 2."""
    drawn = comparison_picture(twice, lang)
    assert drawn == comparison_picture(twice, lang)
    root = ET.fromstring(drawn)
    texts = ["".join(text.itertext()) for text in root.iterfind(".//{*}text")]
    assert "bordeaux-metropole" in texts
    assert ("rive gauche" if lang == "fr" else "left bank") in texts
    assert ("1,5 à 3" if lang == "fr" else "1.5 to 3") in texts
    two = next(
        float(text.attrib["y"]) - 5 for text in root.iterfind(".//{*}text") if text.text == "2"
    )
    dots = [float(dot.attrib["cy"]) for dot in root.iterfind(".//{*}circle")]
    legend = [y for y in dots if y == 48]
    assert len(legend) == 4
    assert all(abs(y - two) < 8 for y in dots if y != 48)


def test_a_hostile_name_of_a_network_stays_text(twice):
    """In the title, in the axis, wherever it stands; and long ones are cut."""
    name = "<script>alert(1)</script>{{7*191}}" + "x" * 100
    drawn = comparison_picture(replace(twice, first=name, second='"/><image href="x"/>'))
    assert "<script" not in drawn
    assert "<image" not in drawn
    assert "{{" not in drawn
    assert "x" * 50 not in drawn
    ET.fromstring(drawn)
