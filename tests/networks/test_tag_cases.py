"""A table of tags, each on the straight street of a tiny network, with its right times by hand.

From A to B it is 600 m straight on, 72 s at 30 km/h; round by D and E 1,800 m, 216 s.
"""

from __future__ import annotations

import pytest

from tests.support.tiny_streets import (
    POSITIONS,
    ROUND_S,
    STRAIGHT_S,
    A,
    B,
    M,
    built,
    plain_settings,
    seconds,
    tiny,
)

OPEN, SHUT = (STRAIGHT_S, STRAIGHT_S), (ROUND_S, ROUND_S)
AHEAD, BACK = (STRAIGHT_S, ROUND_S), (ROUND_S, STRAIGHT_S)
# Who ends on the street drives half of it; who drives through goes round.
ENDS = "ends"

ACCESS = [
    ({}, OPEN),
    ({"access": "yes"}, OPEN), ({"access": "permissive"}, OPEN), ({"access": "designated"}, OPEN),
    ({"access": "official"}, OPEN), ({"access": "public"}, OPEN),
    ({"access": "no"}, SHUT), ({"access": "military"}, SHUT), ({"access": "agricultural"}, SHUT),
    ({"access": "forestry"}, SHUT), ({"access": "emergency"}, SHUT), ({"access": "permit"}, SHUT),
    ({"access": "residents"}, SHUT), ({"access": "unknown"}, SHUT), ({"access": "psv"}, SHUT),
    ({"access": "variable"}, SHUT), ({"access": "gibberish"}, SHUT), ({"access": "hgv"}, SHUT),
    ({"access": "use_sidepath"}, SHUT), ({"access": "discouraged"}, SHUT),
    ({"access": "private"}, ENDS), ({"access": "destination"}, ENDS),
    ({"access": "customers"}, ENDS), ({"access": "delivery"}, ENDS),
    # White space and case.
    ({"access": " No "}, SHUT), ({"access": "YES"}, OPEN), ({"Access": "no"}, SHUT),
    ({"access": "Destination"}, ENDS), ({"access": ""}, OPEN), ({"access": "  "}, OPEN),
    ({" motor_vehicle ": "no"}, SHUT),
    # Lists name all who may.
    ({"motor_vehicle": "agricultural;forestry"}, SHUT), ({"access": "bus;psv"}, SHUT),
    ({"motor_vehicle": "agricultural;destination"}, ENDS), ({"access": "no;delivery"}, ENDS),
    ({"access": "private; customers"}, ENDS), ({"access": "yes;destination"}, OPEN),
    ({"motor_vehicle": "permit;yes"}, OPEN), ({"motor_vehicle": ";no;"}, SHUT),
    # The most specific key decides.
    ({"access": "no", "vehicle": "yes"}, OPEN), ({"access": "yes", "vehicle": "no"}, SHUT),
    ({"access": "no", "motor_vehicle": "yes"}, OPEN),
    ({"vehicle": "no", "motor_vehicle": "yes"}, OPEN),
    ({"vehicle": "yes", "motor_vehicle": "no"}, SHUT),
    ({"motor_vehicle": "no", "motorcar": "yes"}, OPEN),
    ({"motor_vehicle": "yes", "motorcar": "no"}, SHUT),
    ({"access": "no", "motorcar": "destination"}, ENDS),
    ({"access": "destination", "motor_vehicle": "yes"}, OPEN),
    ({"access": "yes", "motor_vehicle": "private"}, ENDS),
    ({"access": "no", "bicycle": "yes", "foot": "yes"}, SHUT),
    ({"bicycle": "no", "foot": "no", "hgv": "no"}, OPEN), ({"motorcycle": "no"}, OPEN),
    # By direction.
    ({"access:forward": "no"}, BACK), ({"access:backward": "no"}, AHEAD),
    ({"vehicle:forward": "no"}, BACK), ({"vehicle:backward": "no"}, AHEAD),
    ({"motor_vehicle:forward": "no"}, BACK), ({"motor_vehicle:backward": "no"}, AHEAD),
    ({"motorcar:forward": "no"}, BACK), ({"motorcar:backward": "agricultural"}, AHEAD),
    ({"motor_vehicle": "no", "motor_vehicle:forward": "yes"}, AHEAD),
    ({"motor_vehicle": "no", "motor_vehicle:backward": "yes"}, BACK),
    ({"vehicle:backward": "no", "motor_vehicle": "yes"}, OPEN),
    ({"access:forward": "no", "motorcar": "yes"}, OPEN),
    ({"motor_vehicle:forward": "NO "}, BACK), ({"motor_vehicle:both_ways": "yes"}, OPEN),
]  # fmt: skip
ONE_WAY = [
    ({"oneway": "yes"}, AHEAD), ({"oneway": "true"}, AHEAD), ({"oneway": "1"}, AHEAD),
    ({"oneway": "-1"}, BACK), ({"oneway": "reverse"}, BACK), ({"oneway": "no"}, OPEN),
    ({"oneway": "false"}, OPEN), ({"oneway": "0"}, OPEN), ({"oneway": "Yes"}, AHEAD),
    ({"oneway": " yes"}, AHEAD), ({"oneway": "reversible"}, SHUT), ({"oneway": "what"}, SHUT),
    ({"oneway": "alternating"}, OPEN), ({"oneway": "yes;no"}, SHUT), ({"oneway": "yes;1"}, AHEAD),
    ({"oneway:motor_vehicle": "yes"}, AHEAD), ({"oneway:motorcar": "-1"}, BACK),
    ({"oneway:vehicle": "yes"}, AHEAD), ({"oneway:bicycle": "yes"}, OPEN),
    ({"oneway": "yes", "oneway:motor_vehicle": "no"}, OPEN),
    ({"oneway": "no", "oneway:motorcar": "yes"}, AHEAD),
    ({"oneway": "yes", "oneway:bicycle": "no"}, AHEAD),
    ({"oneway:vehicle": "yes", "oneway:motorcar": "no"}, OPEN),
    ({"junction": "roundabout"}, AHEAD), ({"junction": "circular"}, AHEAD),
    ({"junction": "roundabout", "oneway": "-1"}, BACK),
    ({"junction": "roundabout", "oneway": "no"}, OPEN), ({"junction": "yes"}, OPEN),
    ({"oneway": "yes", "motor_vehicle:backward": "yes"}, AHEAD),
    ({"oneway": "yes", "motor_vehicle:forward": "no"}, SHUT),
    # A direction that changes within the hours of rounds is not driven; at night it may.
    ({"oneway:conditional": "yes @ (Mo-Fr 07:00-09:00)"}, AHEAD),
    ({"oneway:conditional": "yes @ (22:00-05:00)"}, OPEN),
    ({"oneway": "yes", "oneway:conditional": "-1 @ (Mo-Fr 15:00-19:00)"}, SHUT),
]  # fmt: skip
SIZES = [
    # The van: 2.6 m high, 2.3 m wide, 6 m long, 3.5 t.
    ({"maxheight": "2.5"}, SHUT), ({"maxheight": "2.6"}, OPEN), ({"maxheight": "2,2 m"}, SHUT),
    ({"maxheight": "4"}, OPEN), ({"maxheight": "default"}, OPEN), ({"maxheight": "none"}, OPEN),
    ({"maxheight": "below_default"}, OPEN), ({"maxheight": "250 cm"}, SHUT),
    ({"maxheight": "8'6\""}, SHUT), ({"maxheight": "8 ft 7 in"}, OPEN),
    ({"maxheight": "3.5;2.1"}, SHUT), ({"maxheight": "?"}, OPEN),
    ({"maxheight:physical": "2.3"}, SHUT), ({"maxheight:forward": "2"}, BACK),
    ({"maxheight:backward": "2"}, AHEAD), ({"maxheight": "2", "maxheight:forward": "3"}, AHEAD),
    ({"maxwidth": "2"}, SHUT), ({"maxwidth": "2.3 m"}, OPEN), ({"maxwidth:physical": "1.9"}, SHUT),
    ({"maxlength": "5.5"}, SHUT), ({"maxlength": "10 m"}, OPEN),
    ({"maxweight": "3"}, SHUT), ({"maxweight": "3.5 t"}, OPEN), ({"maxweight": "2800 kg"}, SHUT),
    ({"maxweight": "7.5"}, OPEN), ({"maxweight": "3 st"}, SHUT), ({"maxweightrating": "2.8"}, SHUT),
    ({"maxweight:hgv": "2"}, OPEN), ({"maxaxleload": "2"}, OPEN),
    ({"maxweight": "3", "maxweight:conditional": "none @ destination"}, ENDS),
    ({"maxweight": "2", "maxweight:conditional": "none @ (delivery)"}, ENDS),
    ({"smoothness": "excellent"}, OPEN), ({"smoothness": "bad"}, OPEN),
    ({"smoothness": "very_bad"}, SHUT), ({"smoothness": "horrible"}, SHUT),
    ({"smoothness": "Impassable"}, SHUT), ({"smoothness": "odd"}, OPEN),
]  # fmt: skip
HOURS = [
    # Rounds: Monday to Friday, 7 to 19.
    ({"motor_vehicle:conditional": "no @ (Mo-Su 00:00-24:00)"}, SHUT),
    ({"motor_vehicle:conditional": "no @ 24/7"}, SHUT),
    ({"motor_vehicle:conditional": "no @ (Mo-Fr)"}, SHUT),
    ({"motor_vehicle:conditional": "no @ (06:00-20:00)"}, SHUT),
    ({"motor_vehicle:conditional": "no @ (Mo-Fr 08:15-08:45,16:15-16:45)"}, ENDS),
    ({"access:conditional": "no @ (Mo-Fr 08:15-08:45)"}, ENDS),
    ({"vehicle:conditional": "no @ (We 09:00-10:00; Fr 09:00-10:00)"}, ENDS),
    ({"motor_vehicle:conditional": "no @ (22:00-06:00)"}, OPEN),
    ({"motor_vehicle:conditional": "no @ (Sa,Su 10:00-18:00)"}, OPEN),
    ({"motor_vehicle:conditional": "no @ (Sa-Su)"}, OPEN),
    ({"motor_vehicle:conditional": "no @ (PH)"}, OPEN),
    ({"motor_vehicle": "no", "motor_vehicle:conditional": "yes @ (05:00-20:00)"}, OPEN),
    ({"motor_vehicle": "no", "motor_vehicle:conditional": "yes @ (20:00-06:00)"}, SHUT),
    ({"motor_vehicle": "no", "motor_vehicle:conditional": "delivery @ (06:00-11:00)"}, ENDS),
    ({"motor_vehicle": "no", "motor_vehicle:conditional": "yes @ (delivery)"}, ENDS),
    ({"access": "no", "motor_vehicle:conditional": "yes @ (Mo-Fr 07:00-19:00)"}, OPEN),
    ({"motor_vehicle:conditional": "no @ (weight>3.5)"}, OPEN),
    ({"motor_vehicle:conditional": "no @ (weight>2.8)"}, SHUT),
    ({"access:conditional": "no @ (length>5)"}, SHUT),
    ({"access:conditional": "no @ (height>3 AND Mo-Fr 08:00-09:00)"}, OPEN),
    ({"motor_vehicle:conditional": "no @ (hgv)"}, OPEN),
    ({"motor_vehicle:conditional": "no @ (wet)"}, OPEN),
    ({"motor_vehicle:conditional": "no @ (SH Mo-Fr 08:00-09:00)"}, OPEN),
    ({"motor_vehicle:forward:conditional": "no @ (Mo-Fr 00:00-24:00)"}, BACK),
    ({"motor_vehicle:conditional": "no @ (Mo-Su); yes @ (06:00-20:00)"}, OPEN),
    ({"Motor_Vehicle:Conditional": "NO @ (mo-su)"}, SHUT),
]  # fmt: skip


def kmh(limit: float) -> tuple[int, int]:
    """Return the seconds of 600 m at a limit that divides them, both ways."""
    whole = round(600 * 3.6 / limit)
    return whole, whole


# On a secondary street, of 50 km/h; 600 m take 43.2 s then, which is rounded up.
OWN = (44, 44)
SPEEDS = [
    ({}, OWN), ({"maxspeed": "30"}, kmh(30)), ({"maxspeed": "30 km/h"}, kmh(30)),
    ({"maxspeed": "30kmh"}, kmh(30)), ({"maxspeed": "80"}, kmh(80)), ({"maxspeed": "20"}, kmh(20)),
    # 30 mph are 48.28 km/h: 44.7 s.
    ({"maxspeed": "30mph"}, (45, 45)), ({"maxspeed": "30 mph"}, (45, 45)),
    ({"maxspeed": "30 MPH"}, (45, 45)),
    ({"maxspeed": "FR:30"}, kmh(30)), ({"maxspeed": "FR:zone30"}, kmh(30)),
    ({"maxspeed": "fr:zone:30"}, kmh(30)), ({"maxspeed": "FR:urban"}, OWN),
    ({"maxspeed": "FR:rural"}, kmh(80)), ({"maxspeed": "FR:zone20"}, kmh(20)),
    ({"maxspeed": "walk"}, kmh(6)), ({"maxspeed": "FR:walk"}, kmh(6)),
    ({"maxspeed": "DE:30"}, kmh(30)), ({"maxspeed": "AT:zone:30"}, kmh(30)),
    ({"maxspeed": "50;30"}, OWN), ({"maxspeed": "signals"}, OWN), ({"maxspeed": "variable"}, OWN),
    ({"maxspeed": ""}, OWN), ({"maxspeed": "0"}, OWN), ({"maxspeed": "-30"}, OWN),
    ({"maxspeed": "nan"}, OWN), ({"maxspeed": "inf"}, OWN), ({"maxspeed": "fast"}, OWN),
    ({"maxspeed": "500"}, OWN), ({"maxspeed": "300"}, OWN), ({"maxspeed": "none"}, OWN),
    ({"maxspeed": "1e9"}, OWN), ({"maxspeed": "90"}, kmh(90)),
    ({"maxspeed:type": "FR:zone30"}, kmh(30)), ({"zone:maxspeed": "FR:30"}, kmh(30)),
    ({"source:maxspeed": "FR:zone30"}, kmh(30)), ({"source:maxspeed": "sign"}, OWN),
    ({"zone:maxspeed": "30"}, kmh(30)), ({"zone:traffic": "FR:urban"}, OWN),
    ({"maxspeed": "signals", "maxspeed:type": "FR:zone30"}, kmh(30)),
    ({"maxspeed": "20", "zone:maxspeed": "FR:30"}, kmh(20)),
    ({"maxspeed": "500", "zone:maxspeed": "FR:30"}, kmh(30)),
    ({"maxspeed:forward": "30"}, (72, 44)), ({"maxspeed:backward": "20"}, (44, 108)),
    ({"maxspeed": "30", "maxspeed:backward": "20"}, (72, 108)),
    ({"maxspeed:conditional": "30 @ (Mo-Fr 06:00-20:00)"}, kmh(30)),
    ({"maxspeed:conditional": "30 @ (22:00-06:00)"}, OWN),
    ({"maxspeed:conditional": "30 @ (wet)"}, OWN),
    ({"maxspeed": "80", "maxspeed:conditional": "30 @ (Mo-Fr 08:00-09:00)"}, kmh(80)),
    ({"maxspeed:hgv": "30"}, OWN), ({"maxspeed:advisory": "30"}, OWN),
    ({"highway": "motorway", "oneway": "no", "maxspeed": "130"}, (17, 17)),
    ({"highway": "motorway", "oneway": "no", "maxspeed": "none"}, (17, 17)),
    ({"highway": "trunk", "maxspeed": "110"}, (20, 20)),
    ({"highway": "trunk", "maxspeed": "150"}, (31, 31)),
    ({"highway": "residential", "maxspeed": "90"}, kmh(30)),
    ({"highway": "living_street", "maxspeed": "50"}, kmh(20)),
    ({"highway": "secondary_link", "maxspeed": "200"}, OWN),
]  # fmt: skip
POINTS = [
    ({"barrier": "bollard"}, SHUT), ({"barrier": "block"}, SHUT), ({"barrier": "bus_trap"}, SHUT),
    ({"barrier": "cycle_barrier"}, SHUT), ({"barrier": "planter"}, SHUT),
    ({"barrier": "chain"}, SHUT), ({"barrier": "jersey_barrier"}, SHUT),
    ({"barrier": "stile"}, SHUT), ({"barrier": "kissing_gate"}, SHUT), ({"barrier": "log"}, SHUT),
    ({"barrier": "sump_buster"}, SHUT), ({"barrier": "turnstile"}, SHUT),
    ({"barrier": "unheard_of"}, SHUT), ({"barrier": "yes"}, SHUT), ({"barrier": "Bollard "}, SHUT),
    ({"barrier": "gate"}, OPEN), ({"barrier": "lift_gate"}, OPEN),
    ({"barrier": "toll_booth"}, OPEN),
    ({"barrier": "swing_gate"}, OPEN), ({"barrier": "cattle_grid"}, OPEN),
    ({"barrier": "entrance"}, OPEN), ({"barrier": "height_restrictor"}, OPEN),
    ({"barrier": "kerb", "kerb": "lowered"}, OPEN), ({"barrier": "kerb"}, SHUT),
    ({"barrier": "height_restrictor", "maxheight": "2.1"}, SHUT),
    ({"barrier": "height_restrictor", "maxheight": "3"}, OPEN), ({"maxwidth": "2"}, SHUT),
    # Tags of access decide first, then the lock.
    ({"barrier": "bollard", "motor_vehicle": "yes"}, OPEN), ({"motor_vehicle": "no"}, SHUT),
    ({"barrier": "bollard", "access": "yes"}, OPEN), ({"access": "no"}, SHUT),
    ({"barrier": "gate", "access": "no"}, SHUT), ({"barrier": "gate", "motorcar": "no"}, SHUT),
    ({"barrier": "gate", "access": "no", "motor_vehicle": "permissive"}, OPEN),
    ({"barrier": "gate", "locked": "yes"}, SHUT), ({"barrier": "gate", "locked": "no"}, OPEN),
    ({"barrier": "gate", "locked": "yes", "access": "private"}, SHUT),
    ({"barrier": "gate", "locked": "yes", "access": "yes"}, OPEN),
    ({"barrier": "gate", "access": "military"}, SHUT), ({"vehicle": "agricultural"}, SHUT),
    ({"barrier": "bollard", "bicycle": "yes"}, SHUT), ({"highway": "crossing"}, OPEN),
    ({"barrier": "gate", "access": "private"}, SHUT), ({"access": "destination"}, SHUT),
]  # fmt: skip


def ids(table: list[tuple[dict[str, str], object]]) -> list[str]:
    return [
        " ".join(f"{key}={value}" for key, value in tags.items()) or "none" for tags, _ in table
    ]


TAGS = ACCESS + ONE_WAY + SIZES + HOURS


def test_the_table_is_long_enough():
    """At least 150 cases of tags."""
    assert len(TAGS) + len(SPEEDS) + len(POINTS) >= 150


@pytest.mark.parametrize(("tags", "right"), TAGS, ids=ids(TAGS))
def test_who_may_drive_a_street(tags: dict[str, str], right: object):
    """Straight on where the tags let one, round where they do not."""
    network, _ = built(tiny(tags))
    a, m, b = (POSITIONS[node] for node in (A, M, B))
    if right == ENDS:
        assert seconds(network, [(a, b), (b, a)]) == [ROUND_S, ROUND_S]
        assert seconds(network, [(a, m), (m, b)]) == [STRAIGHT_S // 2, STRAIGHT_S // 2]
    else:
        assert seconds(network, [(a, b), (b, a)]) == list(right)


@pytest.mark.parametrize(("tags", "right"), SPEEDS, ids=ids(SPEEDS))
def test_how_fast_a_street_is(tags: dict[str, str], right: tuple[int, int]):
    """On 600 m of a street of 50 km/h where no tag says otherwise."""
    network, _ = built(tiny({"highway": "secondary", **tags}))
    a, b = POSITIONS[A], POSITIONS[B]
    if max(right) > ROUND_S:
        # It is quicker to go round: half of the street, from its middle to its end.
        m = POSITIONS[M]
        assert seconds(network, [(m, b), (m, a)]) == [right[0] // 2, right[1] // 2]
        return
    assert seconds(network, [(a, b), (b, a)]) == list(right)


@pytest.mark.parametrize(("tags", "right"), POINTS, ids=ids(POINTS))
def test_what_a_van_passes(tags: dict[str, str], right: tuple[int, int]):
    """A barrier in the middle of the street closes its point; both halves are kept."""
    network, account = built(tiny({}, point=tags))
    a, b = POSITIONS[A], POSITIONS[B]
    assert seconds(network, [(a, b), (b, a)]) == list(right)
    assert network.metres.sum() == pytest.approx(2 * 4 * 599.9, abs=1)
    assert account.left_out_m == {}


@pytest.mark.parametrize(
    ("tags", "changed", "right"),
    [
        ({"maxheight": "2.1"}, {"height_m": 2.0}, OPEN),
        ({"maxweight": "5"}, {"weight_t": 7.5}, SHUT),
        ({"smoothness": "very_bad"}, {"worst_smoothness": "horrible"}, OPEN),
        ({"motor_vehicle:conditional": "no @ (Sa 08:00-12:00)"}, {"weekdays": (5, 6)}, ENDS),
        ({"motor_vehicle:conditional": "no @ (05:00-06:30)"}, {"hours": (18_000, 68_400)}, ENDS),
    ],
)
def test_the_vehicle_is_that_of_the_service_file(
    tags: dict[str, str], changed: dict[str, object], right: object
):
    """Another van, or other hours of rounds, and the same tags mean another thing."""
    settings = plain_settings()
    vehicle = settings.vehicle.model_copy(update=changed)
    network, _ = built(tiny(tags), settings.model_copy(update={"vehicle": vehicle}))
    a, b = POSITIONS[A], POSITIONS[B]
    through = [ROUND_S, ROUND_S] if right == ENDS else list(right)
    assert seconds(network, [(a, b), (b, a)]) == through
