"""Closed points: streets end on both sides of them; which arms of a junction stay joined."""

from __future__ import annotations

import pytest

from tests.support.tiny_streets import POSITIONS, A, B, at, built, seconds, tiny, town

BOLLARD = {"barrier": "bollard"}
# A crossing of 300 m arms: W - C - E on the main road, N and S beside it.
PLACES = {1: (0, 0), 2: (0, 300), 3: (300, 0), 4: (0, -300), 5: (-300, 0), 6: (300, 300)}
N, E, S, W = (at(*PLACES[node]) for node in (2, 3, 4, 5))


def test_a_bollard_leaves_a_dead_end_on_each_side():
    """Up to it from A one drives 300 m; past it one drives round."""
    network, _ = built(tiny({}, point=BOLLARD))
    short, beyond = at(290, 0), at(310, 0)
    assert seconds(network, [(POSITIONS[A], short), (POSITIONS[B], beyond)]) == [35, 35]
    # 290 m back to A, 1,800 m round, 290 m from B.
    assert seconds(network, [(short, beyond)]) == [286]


def test_a_bollard_at_the_end_of_a_street_closes_nothing():
    """250 m of street up to it are there."""
    places = {1: (0, 0), 2: (250, 0), 3: (-300, 0), 4: (0, 300)}
    ways = {10: ([1, 2], {}), 11: ([3, 1], {}), 12: ([1, 4], {})}
    network, _ = built(town(ways, places, points={2: BOLLARD}))
    assert seconds(network, [(at(0, 0), at(250, 0))]) == [30]


def test_two_bollards_leave_a_piece_that_is_told():
    """Between them nobody drives: 200 m are read, and left out."""
    places = {1: (0, 0), 2: (200, 0), 3: (400, 0), 4: (600, 0), 5: (0, 300), 6: (600, 300)}
    ways = {10: ([1, 2, 3, 4], {}), 11: ([1, 5, 6, 4], {})}
    network, _ = built(town(ways, places, points={2: BOLLARD, 3: BOLLARD}))
    assert network.metres.sum() == pytest.approx(2 * (400 + 1200), abs=1)


def test_a_gate_for_owners_is_passed_by_who_ends_behind_it():
    """Through it nobody drives; a trip that ends between it and a bollard may."""
    places = {1: (0, 0), 2: (200, 0), 3: (400, 0), 4: (600, 0), 5: (0, 300), 6: (600, 300)}
    ways = {10: ([1, 2, 3, 4], {}), 11: ([1, 5, 6, 4], {})}
    gate = {"barrier": "gate", "access": "private"}
    network, _ = built(town(ways, places, points={2: gate, 3: BOLLARD}))
    assert network.metres.sum() == pytest.approx(2 * (600 + 1200), abs=1)
    # 290 m through the gate: 34.8 s.
    assert seconds(network, [(at(0, 0), at(290, 0)), (at(290, 0), at(0, 0))]) == [35, 35]
    open_behind, _ = built(town(ways, places, points={2: gate}))
    # With no bollard the far half is open, but nobody drives through: 1,200 m from end to end.
    assert seconds(open_behind, [(at(0, 0), at(600, 0))]) == [144]


def crossing(ways: dict[int, tuple[list[int], dict[str, str]]]):
    network, account = built(town(ways, PLACES, points={1: BOLLARD}))
    assert account.left_out_m == {}
    return network


def test_at_a_junction_the_main_road_stays_open():
    """Two arms of the higher class run on; the side streets end, and are kept."""
    main = {"highway": "secondary", "maxspeed": "30"}
    network = crossing(
        {10: ([5, 1], main), 11: ([1, 3], main), 12: ([2, 1], {}), 13: ([1, 4], {}),
         14: ([2, 6, 3], {})}
    )  # fmt: skip
    assert seconds(network, [(W, E)]) == [72]
    # N is cut from the crossing: it is reached over E, 300 + 300 + 600 m.
    assert seconds(network, [(W, N), (W, at(0, 150))]) == [144, 162]


def test_of_equal_streets_the_one_that_runs_on_stays_open():
    """At the mouth of a side street, the way through the node is the street."""
    network = crossing({10: ([5, 1, 3], {}), 12: ([1, 2], {}), 14: ([2, 6, 3], {})})
    assert seconds(network, [(W, E)]) == [72]
    assert seconds(network, [(W, at(0, 150))]) == [162]


def test_a_crossing_of_equal_streets_is_closed_to_all():
    """Both ways run on: the barrier stands in the middle."""
    network = crossing(
        {10: ([5, 1, 3], {}), 12: ([2, 1, 4], {}), 14: ([2, 6, 3], {}), 15: ([5, 2], {})}
    )
    # From W to E over N and the corner: 424 + 600 m.
    assert seconds(network, [(W, E)]) == [123]
    # S was reached over the crossing alone.
    assert network.metres.sum() == pytest.approx(2 * (300 + 300 + 300 + 600 + 424.3), abs=1)


def test_two_streets_that_meet_at_a_bollard_end_there():
    """Of two ways joined end to end by it neither runs on."""
    network = crossing({10: ([5, 1], {}), 11: ([1, 3], {}), 14: ([5, 2, 6, 3], {})})
    assert seconds(network, [(W, E)]) == [123]
