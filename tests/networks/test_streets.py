"""What is kept of a town: quarters behind yards and private streets, and where trips may lead."""

from __future__ import annotations

import pytest

from dispatch.networks.access import PART_OF_DAY
from dispatch.networks.build import Recipe, build
from dispatch.networks.streets import YARDS
from dispatch.territory import read_communes
from tests.support.tiny_streets import at, built, plain_settings, seconds, town

# A main street of 600 m from 1 to 2; a quarter 5-6-7-8 of 200 m sides, 400 m to the north of 2.
PLACES = {
    1: (0, 0), 2: (600, 0), 3: (600, 400), 5: (600, 400), 6: (800, 400), 7: (800, 600),
    8: (600, 600), 9: (300, 80), 10: (0, 400), 11: (1000, 0), 12: (1000, 400), 13: (-900, 0),
}  # fmt: skip
MAIN = {1: ([13, 1, 2], {})}
QUARTER = {2: ([5, 6, 7, 8, 5], {})}
START, FAR = at(0, 0), at(800, 600)


@pytest.mark.parametrize(
    ("tags", "kmh"),
    [
        ({"access": "private"}, 30),
        ({"motor_vehicle": "destination"}, 30),
        ({"highway": "service"}, 15),
        ({"highway": "service", "access": "private"}, 15),
        ({"highway": "pedestrian", "motor_vehicle": "destination"}, 30),
        ({"highway": "track", "motor_vehicle": "yes"}, 30),
        ({"barrier": "none"}, 30),
    ],
)
def test_a_quarter_behind_such_a_street_is_reached(tags: dict[str, str], kmh: int):
    """600 m of main street, 400 m in between, 400 m of quarter, both ways."""
    network, account = built(town({**MAIN, **QUARTER, 3: ([2, 5], tags)}, PLACES))
    right = 1000 / 30 * 3.6 + 400 / kmh * 3.6
    assert seconds(network, [(START, FAR), (FAR, START)]) == pytest.approx([right] * 2, abs=1)
    assert account.left_out_m == {}


@pytest.mark.parametrize(
    "tags",
    [{"access": "no"}, {"highway": "pedestrian"}, {"highway": "footway"}, {"maxheight": "2"},
     {"highway": "construction"}, {"access": "military"}],
)  # fmt: skip
def test_a_quarter_that_no_van_reaches_is_told_with_its_length(tags: dict[str, str]):
    """800 m of streets, and the 400 m before them, by their reasons."""
    network, account = built(town({**MAIN, **QUARTER, 3: ([2, 5], tags)}, PLACES))
    assert network.metres.sum() == pytest.approx(2 * 1500, abs=1)
    assert sum(account.left_out_m.values()) == pytest.approx(400, abs=1)


def test_yards_and_car_parks_are_left_out_and_counted():
    """A service road that leads to no other street: 300 m of it from the middle of the main one."""
    ways = {1: ([1, 9, 2], {}), 4: ([9, 10], {"highway": "service"})}
    network, account = built(town(ways, PLACES))
    assert set(network.road_class) == {"residential"}
    assert account.left_out_m == {YARDS: pytest.approx(439, abs=1)}
    # What is left is one street: the yard's mouth is no junction.
    assert network.edge_count == 2


def test_nobody_drives_through_a_yard_that_joins_two_streets():
    """It is kept only where it leads to a street that no other reaches."""
    ways = {
        1: ([1, 2, 11, 12], {}), 4: ([2, 5], {"highway": "service"}), 2: ([5, 12], {}),
        5: ([5, 8], {}),
    }  # fmt: skip
    network, account = built(town(ways, PLACES))
    assert list(account.left_out_m) == [YARDS]
    # From 2 to 5: 400 + 400 + 400 m round, and not 400 m through the yard.
    assert seconds(network, [(at(600, 0), at(600, 400))]) == [144]


def test_between_two_private_quarters_one_leaves_and_enters():
    """Out of one, over the main street, into the other; the short cut by a third is nobody's."""
    private = {"access": "private"}
    places = {1: (0, 0), 2: (200, 0), 3: (400, 0), 4: (600, 0), 5: (200, -200), 6: (400, -200),
              7: (200, 900), 8: (400, 900)}  # fmt: skip
    ways = {
        1: ([1, 2, 7, 8, 3, 4], {}),  # 900 m up, 200 m across, 900 m down
        2: ([2, 5], private),
        3: ([3, 6], private),
        4: ([2, 3], private),  # the yard that everybody would cut across
    }
    network, _ = built(town(ways, places))
    one, other, start, end = at(200, -200), at(400, -200), at(0, 0), at(600, 0)
    # Through: 200 + 2,000 + 200 m; the yard is private.
    assert seconds(network, [(start, end)]) == pytest.approx([288], abs=1)
    # From one private end over private ground to the other: one quarter, 600 m.
    assert seconds(network, [(one, other)]) == pytest.approx([72], abs=1)
    # From a private end to the open street's far end: leaving it is over its own ground.
    assert seconds(network, [(one, end), (end, one)]) == pytest.approx([72, 72], abs=1)


def test_from_a_destination_street_nobody_cuts_across_private_ground():
    """One begins on a street for residents: the firm's yard beside it is no way out."""
    places = {1: (0, 0), 2: (200, 0), 3: (400, 0), 5: (200, 300), 6: (400, 300), 7: (0, 900),
              8: (400, 900)}  # fmt: skip
    ways = {
        1: ([2, 1, 7, 8, 6], {}),
        2: ([2, 5], {"access": "destination"}),
        3: ([5, 6], {"access": "private"}),
        4: ([6, 3], {}),
    }
    network, _ = built(town(ways, places))
    # From the middle of 2-5 to 6: back and round, 150 + 200 + 900 + 400 + 600 m.
    assert seconds(network, [(at(200, 150), at(400, 300))]) == pytest.approx([270], abs=1)
    # To the yard itself: 150 + 100 m.
    assert seconds(network, [(at(200, 150), at(300, 300))]) == pytest.approx([30], abs=1)


def test_hours_of_a_school_street_are_told():
    """The number of such streets, beside the kilometres."""
    tags = {"motor_vehicle:conditional": "no @ (Mo-Fr 08:15-08:45,16:15-16:45)"}
    _, account = built(town({**MAIN, 3: ([2, 5], tags)}, PLACES))
    assert account.told == {PART_OF_DAY: 1}


FERRY = """<osm version="0.6">
<node id="1" lat="44.80" lon="-0.60"/><node id="2" lat="44.80" lon="-0.59"/>
<node id="3" lat="44.80" lon="-0.58"/><node id="4" lat="44.80" lon="-0.57"/>
<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
<way id="2"><nd ref="2"/><nd ref="3"/><tag k="route" v="ferry"/></way>
<way id="3"><nd ref="3"/><nd ref="4"/><tag k="highway" v="residential"/></way>
<way id="4"><nd ref="1"/><nd ref="77"/><tag k="highway" v="residential"/></way>
</osm>"""


def test_an_island_and_its_ferry_are_told(tmp_path):
    """Each 790 m; a street whose end the file lacks is told without a length."""
    path = tmp_path / "island.osm"
    path.write_text(FERRY)
    recipe = Recipe(plain_settings(), read_communes(), file=path, whole=True)
    _, about = build(recipe, name="x")
    assert about.kilometres == pytest.approx(
        {
            "kept": 0.791,
            "cannot be driven there and back": 0.791,
            "ferries, which are not used": 0.791,
            "parts whose positions the file lacks, of unknown length": 0.0,
        },
        abs=0.001,
    )
