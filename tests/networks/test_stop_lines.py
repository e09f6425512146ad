"""Signals and stop lines: once for each driver who meets them, in the direction they face."""

from __future__ import annotations

import pytest

from tests.support.tiny_streets import at, built, plain_settings, seconds, town

# A street of 600 m from W over the crossing C to E, with a side street to the north.
PLACES = {1: (-300, 0), 2: (0, 0), 3: (300, 0), 4: (0, 300), 5: (-20, 0), 6: (20, 0), 7: (-150, 0)}
W, C, E = at(-300, 0), at(0, 0), at(300, 0)
SIDE = {12: ([2, 4], {})}
SIGNAL = {"highway": "traffic_signals"}
# 600 m at 30 km/h; a signal costs 20 s, and nothing else does.
PLAIN_S, SIGNAL_S = 72, 20


def there_and_back(points: dict[int, dict[str, str]], *nodes: int) -> list[int]:
    ways = {10: (list(nodes), {}), **SIDE}
    network, _ = built(town(ways, PLACES, points=points))
    return seconds(network, [(W, E), (E, W)])


@pytest.mark.parametrize(
    ("signals", "right"),
    [
        ((2,), (1, 1)),  # in the middle of the crossing
        ((5, 6), (1, 1)),  # a line before it in each direction
        ((5, 2, 6), (1, 1)),  # and one in the middle too
        ((5,), (1, 0)),  # only before it from the west
        ((7,), (1, 1)),  # 150 m before it: a signal of its own, for both
        ((7, 5, 6), (2, 2)),
    ],
)
def test_a_crossing_with_signals_stops_each_driver_once(
    signals: tuple[int, ...], right: tuple[int, int]
):
    """The line behind the crossing faces those who come the other way."""
    points = dict.fromkeys(signals, SIGNAL)
    found = there_and_back(points, 1, 7, 5, 2, 6, 3)
    assert found == [PLAIN_S + SIGNAL_S * count for count in right]


@pytest.mark.parametrize(
    ("tags", "right"),
    [
        ({"traffic_signals:direction": "forward"}, (1, 0)),
        ({"traffic_signals:direction": "backward"}, (0, 1)),
        ({"direction": "backward"}, (0, 1)),
        ({"traffic_signals:direction": "both"}, (1, 1)),
    ],
)
def test_a_signal_that_says_its_direction_is_believed(tags: dict[str, str], right: tuple[int, int]):
    """Whether the way is drawn from west to east or not."""
    found = there_and_back({7: {**SIGNAL, **tags}}, 1, 7, 2, 3)
    assert found == [PLAIN_S + SIGNAL_S * count for count in right]
    # Drawn from east to west, forward is west.
    found = there_and_back({7: {**SIGNAL, **tags}}, 3, 2, 7, 1)
    assert found == [PLAIN_S + SIGNAL_S * count for count in right[::-1]]


def test_a_limit_that_changes_at_a_line_changes_nothing_else():
    """The street is cut there, and its signal still counts once."""
    points = {5: SIGNAL, 6: SIGNAL}
    ways = {10: ([1, 7, 5], {}), 11: ([5, 2, 6, 3], {"maxspeed": "20"}), **SIDE}
    network, _ = built(town(ways, PLACES, points=points))
    # 280 m at 30, 320 m at 20 km/h: 33.6 + 57.6 s.
    assert seconds(network, [(W, E), (E, W)]) == [92 + SIGNAL_S, 92 + SIGNAL_S]


def test_a_stop_line_makes_its_driver_give_way():
    """On a main road past a side street one keeps on, 5 s; where a stop stands one waits, 30 s."""
    settings = plain_settings()
    none = settings.driving.keep_on_s
    changed = {
        "keep_on_s": none.model_copy(update={"medium": 5.0}),
        "give_way_s": none.model_copy(update={"medium": 30.0}),
    }
    settings = settings.model_copy(update={"driving": settings.driving.model_copy(update=changed)})
    main = {"highway": "secondary", "maxspeed": "30"}
    for what, right in (({}, [77, 77]), ({"highway": "stop"}, [102, 77]),
                        ({"highway": "give_way"}, [102, 77])):  # fmt: skip
        ways = {10: ([1, 7, 5, 2, 6, 3], main), **SIDE}
        network, _ = built(town(ways, PLACES, points={5: what}), settings)
        assert seconds(network, [(W, E), (E, W)]) == right
