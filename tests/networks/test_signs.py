"""Signs of turning: small towns with their right ways by hand.

    N                 every arm of the cross is 300 m, at 30 km/h 36 s;
    │                 beyond N, E, S and W a ring of 300 m streets joins the arms'
W ─ X ─ E             ends over the corners: two sides from arm to arm.
    │
    S
"""

from __future__ import annotations

import pytest

from tests.support.tiny_streets import at, built, seconds, town

C, N, E, S, W, NE, SE, SW, NW = range(1, 10)
L = 299.9
PLACES = {
    C: (0, 0), N: (0, L), E: (L, 0), S: (0, -L), W: (-L, 0),
    NE: (L, L), SE: (L, -L), SW: (-L, -L), NW: (-L, L),
}  # fmt: skip
ARMS = {1: ([N, C], {}), 2: ([C, E], {}), 3: ([C, S], {}), 4: ([W, C], {})}
RING = {
    11: ([N, NE, E], {}), 12: ([E, SE, S], {}), 13: ([S, SW, W], {}), 14: ([W, NW, N], {}),
}  # fmt: skip
# Over the cross two arms; round by the ring four sides, or two for neighbours.
ACROSS, BESIDE, FAR = 72, 72, 144


def sign(kind: str, start: int, via: int, end: int, **more: str):
    """Return a sign at a node, from one way to another."""
    return (
        {"type": "restriction", "restriction": kind, **more},
        [("w", start, "from"), ("n", via, "via"), ("w", end, "to")],
    )


def crossing(*signs: object, ways: dict | None = None, **changed: object):
    """Return the network of the cross with signs; the ring is long, at 10 km/h."""
    slow = {number: (nodes, {"maxspeed": "10"}) for number, (nodes, _) in RING.items()}
    return built(town({**ARMS, **slow, **(ways or {})}, PLACES, signs=signs))


# The middle of each arm, so that a trip begins and ends on it.
MIDDLE = {"n": at(0, L / 2), "e": at(L / 2, 0), "s": at(0, -L / 2), "w": at(-L / 2, 0)}


def times(network, *pairs: str) -> list[int]:
    """Return the seconds of trips such as "ns": from the middle of arm N to that of arm S."""
    return seconds(network, [(MIDDLE[a], MIDDLE[b]) for a, b in pairs])


def test_without_signs_every_trip_crosses():
    """Half an arm there and half an arm on: 36 s."""
    network, _ = crossing()
    assert times(network, "ns", "ne", "nw", "es") == [36, 36, 36, 36]


def test_a_forbidden_turn_is_driven_round():
    """From N to E it is quickest to drive on, turn round at the end of S, and come back."""
    network, account = crossing(sign("no_left_turn", 1, C, 2))
    # On to S, back to the crossing (a right turn to E): half an arm, two arms, half an arm.
    assert times(network, "ne") == [18 + 36 + 36 + 18]
    # All other turns are as before, this one's way back among them.
    assert times(network, "ns", "nw", "en", "we", "se") == [36] * 5
    assert account.told == {"turn signs kept": 1}


def test_an_obligation_forbids_all_others():
    """Straight on only, from N: neither E nor W, and no turning round at the crossing."""
    network, _ = crossing(sign("only_straight_on", 1, C, 3))
    assert times(network, "ns") == [36]
    assert times(network, "ne", "nw") == [108, 108]
    assert times(network, "sn", "en") == [36, 36]


@pytest.mark.parametrize("kind", ["no_left_turn", "no_right_turn", "no_straight_on", "no_entry"])
def test_the_members_say_which_turn_whatever_the_word(kind: str):
    """The word says left or right; the ways say which."""
    network, _ = crossing(sign(kind, 1, C, 4))
    assert times(network, "nw", "ne") == [108, 36]


def test_a_sign_excepts_whom_it_names():
    """Buses and bicycles are none of ours; cars are."""
    network, _ = crossing(sign("no_left_turn", 1, C, 2, **{"except": "psv;bicycle"}))
    assert times(network, "ne") == [108]
    network, _ = crossing(sign("no_left_turn", 1, C, 2, **{"except": "psv; Motorcar"}))
    assert times(network, "ne") == [36]


@pytest.mark.parametrize(
    ("tags", "closed"),
    [
        ({"restriction:hgv": "no_left_turn"}, False),
        ({"restriction:motorcar": "no_left_turn"}, True),
        ({"restriction:motor_vehicle": "No_Left_Turn"}, True),
        ({"restriction:bicycle": "no_left_turn"}, False),
        ({"restriction": "no_left_turn", "restriction:motorcar": "none"}, False),
        ({"restriction": "no_left_turn;no_u_turn"}, True),
        ({"restriction": "give_way"}, False),
        ({"restriction:conditional": "no_left_turn @ (Mo-Su 00:00-24:00)"}, True),
        ({"restriction:conditional": "no_left_turn @ (Mo-Fr 07:30-09:00)"}, True),
        ({"restriction:conditional": "no_left_turn @ (22:00-05:00)"}, False),
        ({"restriction:conditional": "no_left_turn @ (wet)"}, False),
        ({"restriction:conditional": "no_left_turn @ (weight>3.5)"}, False),
        ({"restriction": "no_left_turn", "restriction:conditional": "none @ (20:00-06:00)"}, True),
    ],
)  # fmt: skip
def test_who_a_sign_is_for_and_when(tags: dict[str, str], closed: bool):
    """Of some hours of rounds: kept all day, and told."""
    members = [("w", 1, "from"), ("n", C, "via"), ("w", 2, "to")]
    network, _ = crossing(({"type": "restriction", **tags}, members))
    assert times(network, "ne") == [108 if closed else 36]


def test_signs_of_some_hours_and_unclear_ones_are_told():
    """By their number."""
    members = [("w", 1, "from"), ("n", C, "via"), ("w", 2, "to")]
    _, account = crossing(
        ({"restriction:conditional": "no_left_turn @ (Mo-Fr 07:30-09:00)"}, members),
        ({"restriction:conditional": "no_right_turn @ (school)"}, members),
        sign("no_left_turn", 1, C, 77),
        ({"restriction": "no_left_turn"}, members[:2]),
    )
    assert account.told == {
        "turn signs kept": 1,
        "turn signs of some hours, kept all day": 1,
        "turn signs with a condition that is not plain, left out": 1,
        "turn signs whose members are missing or do not meet, left out": 2,
    }


def test_no_turning_round_is_for_that_street_alone():
    """Two ways of one number's edges: the one forbidden is the way back along itself."""
    network, _ = crossing(sign("no_u_turn", 1, C, 1))
    assert times(network, "ns", "ne", "en") == [36, 36, 36]
    ((one, other),) = network.forbidden
    assert network.tails[one] == network.heads[other]
    assert network.heads[one] == network.tails[other]


def test_a_sign_over_a_way_between_forbids_the_whole_only():
    """From N over the street C-E to E's north: that way is shut, each of its turns is not."""
    ways = {6: ([E, NE], {}), 11: ([N, NE], {"maxspeed": "10"})}
    over = (
        {"type": "restriction", "restriction": "no_u_turn"},
        [("w", 1, "from"), ("w", 2, "via"), ("w", 6, "to")],
    )
    north_of_e = at(L, L / 2)
    plain, _ = crossing(ways=ways)
    closed, account = crossing(over, ways=ways)
    trip = [(MIDDLE["n"], north_of_e)]
    assert seconds(plain, trip) == [18 + 36 + 18]
    # To W's or S's end and back makes it another trip: then the turn from C to E is from there.
    assert seconds(closed, trip) == [18 + 36 + 36 + 36 + 18]
    assert account.told == {"turn signs kept": 1}
    # From N to E, and from S over E to its north, nothing is forbidden.
    assert times(closed, "ne") == [36]
    assert seconds(closed, [(MIDDLE["s"], north_of_e)]) == [18 + 36 + 18]


def test_an_obligation_over_a_way_between_is_kept_to_its_end():
    """From N only over C-E to the north of E: whoever begins in N may not leave at C or at E."""
    ways = {6: ([E, NE], {}), 11: ([N, NE], {"maxspeed": "10"})}
    only = (
        {"type": "restriction", "restriction": "only_left_turn"},
        [("w", 1, "from"), ("w", 2, "via"), ("w", 6, "to")],
    )
    network, _ = crossing(only, ways=ways)
    north_of_e = at(L, L / 2)
    assert seconds(network, [(MIDDLE["n"], north_of_e)]) == [72]
    # To S: over E to NE (the obligation ends there), back over E and C.
    assert times(network, "ns") == [18 + 36 + 36 + 36 + 36 + 18]


def test_a_way_between_may_have_junctions_and_parts():
    """Two ways between, with a side street at their joint: the whole of it is forbidden."""
    places = {**PLACES, 30: (L / 2, 0), 31: (L / 2, -80)}
    ways = {
        **ARMS, 2: ([C, 30], {}), 5: ([30, E], {}), 7: ([30, 31], {}), 6: ([E, NE], {}),
        8: ([E, SE], {}),
    }  # fmt: skip
    members = [("w", 5, "via"), ("w", 1, "from"), ("w", 6, "to"), ("w", 2, "via")]
    network, account = built(town(ways, places, signs=[({"restriction": "no_left_turn"}, members)]))
    assert account.told == {"turn signs kept": 1}
    north_of_e = at(L, L / 2)
    # Turning round in the side street, 80 m each way (19.2 s), makes it another way.
    assert seconds(network, [(MIDDLE["n"], north_of_e)]) == [92]
    assert seconds(network, [(MIDDLE["s"], north_of_e)]) == [72]


def test_a_sign_that_leaves_no_way_cuts_its_street_off():
    """Only straight on into a street that leads nowhere: who drives there never comes back."""
    ways = {3: ([C, S], {"oneway": "yes"})}
    network, _ = built(town({**ARMS, **ways}, PLACES, signs=[sign("only_straight_on", 1, C, 3)]))
    # S can be reached and not left, N entered and left no more: E and W are what is used.
    assert times(network, "ew", "we") == [36, 36]
    assert network.metres.sum() == pytest.approx(4 * L, abs=1)


def test_a_street_split_in_three_keeps_its_signs():
    """A loop at the crossing: turning into it from N is forbidden, out of it is not."""
    places = {**PLACES, 40: (100, 250), 41: (200, 150)}
    ways = {**ARMS, 9: ([C, 40, 41, C], {})}
    loop = at(150, 200)
    plain, _ = built(town(ways, places))
    closed, _ = built(town(ways, places, signs=[sign("no_left_turn", 1, C, 9)]))
    before, after = (seconds(one, [(MIDDLE["n"], loop)])[0] for one in (plain, closed))
    # On to S's end and back: two arms more.
    assert after == pytest.approx(before + 72, abs=1)
    assert seconds(closed, [(loop, MIDDLE["n"])]) == seconds(plain, [(loop, MIDDLE["n"])])
