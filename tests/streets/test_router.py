"""Travel over a road graph: small graphs solved by hand, and rules that always hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

from dispatch.errors import InputError, TravelError
from dispatch.streets.roads import load_network, network_from_graph
from dispatch.streets.router import Router, Site, TravelSettings
from dispatch.streets.settings import RoadSettings, bundled_section

if TYPE_CHECKING:
    from dispatch.streets.network import Network

# Four corners, about 1 km apart: 1 west, 2 north, 3 east, 4 south.
CORNERS = {1: (-0.590, 44.840), 2: (-0.580, 44.848), 3: (-0.570, 44.840), 4: (-0.580, 44.832)}


def network(edges: list[tuple[Any, ...]], corners: dict[int, tuple[float, float]] = CORNERS):
    """Return a network of (from, to, seconds, metres, highway) edges."""
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for node, (x, y) in corners.items():
        graph.add_node(node, x=x, y=y)
    for u, v, seconds, metres, *kind in edges:
        graph.add_edge(u, v, travel_time=seconds, length=metres, highway=(kind or ["primary"])[0])
    roads = RoadSettings.from_toml(bundled_section("roads"))
    return network_from_graph(graph, "test", "test", "0" * 64, roads)


def at(*nodes: int):
    return [Site(f"n{node}", *CORNERS[node]) for node in nodes]


@pytest.fixture
def square():
    # From 1 to 3: over 2 in 100 + 200 s (3,000 m), over 4 in 150 + 160 s (2,000 m).
    # From 1 to 2 a slower parallel street of 130 s; the way back from 3 is 1 s longer a leg.
    ways = [(1, 2, 100, 1000), (2, 3, 200, 2000), (1, 4, 150, 900), (4, 3, 160, 1100)]
    back = [(v, u, seconds + 1, metres) for u, v, seconds, metres in ways]
    return network([*ways, (1, 2, 130, 700), *back])


def test_the_quickest_way_is_taken_and_its_length_told(square: Network):
    """From 1 to 3 over 2: 300 s and 3,000 m, although the way over 4 is shorter."""
    travel = Router(square, access_s=0).measure(at(1, 3))
    assert travel.seconds[0].tolist() == [[0, 300], [302, 0]]
    assert travel.metres.tolist() == [[0, 3000], [3000, 0]]
    assert travel.places == ("n1", "n3")


def test_of_parallel_streets_the_quickest_counts_alone(square: Network):
    """100 s and 130 s from 1 to 2 make 100 s: neither their sum nor the last read."""
    travel = Router(square, access_s=0).measure(at(1, 2))
    assert travel.seconds[0].tolist() == [[0, 100], [101, 0]]
    assert travel.metres[0, 1] == 1000


def test_access_is_added_once_a_trip(square: Network):
    """45 s of access on 300 s of driving are 345 s, however many streets the way has."""
    assert Router(square, access_s=45).measure(at(1, 3)).seconds[0, 0, 1] == 345


def test_sites_at_one_position_are_no_trip_apart(square: Network):
    """Two desks at one address: no seconds, no metres, and the same way to elsewhere."""
    sites = [Site("desk", *CORNERS[1]), Site("stock", *CORNERS[1]), Site("c", *CORNERS[3])]
    travel = Router(square, access_s=45).measure(sites)
    assert travel.seconds[0].tolist() == [[0, 0, 345], [0, 0, 345], [347, 347, 0]]
    assert travel.metres[0, 1] == 0


def test_a_site_meets_the_street_where_it_is_nearest_not_at_its_end(square: Network):
    """Half way between 1 and 2, half of the street's time is left in each direction."""
    middle = Site("m", (CORNERS[1][0] + CORNERS[2][0]) / 2, (CORNERS[1][1] + CORNERS[2][1]) / 2)
    travel = Router(square, access_s=0).measure([*at(1, 2), middle])
    to, away = travel.seconds[0, :2, 2], travel.seconds[0, 2, :2]
    assert to == pytest.approx([50, 50.5], abs=1)
    assert away == pytest.approx([50.5, 50], abs=1)
    assert travel.metres[0, 2] == pytest.approx(500, abs=1)


def test_two_sites_on_one_street_need_not_go_round(square: Network):
    """A quarter and three quarters of the way along: half of the street's time apart."""
    a, b = (
        Site(name, *(np.array(CORNERS[1]) * (1 - t) + np.array(CORNERS[2]) * t).tolist())
        for name, t in (("a", 0.25), ("b", 0.75))
    )
    travel = Router(square, access_s=0).measure([a, b])
    assert travel.seconds[0, 0, 1] == pytest.approx(50, abs=1)
    assert travel.seconds[0, 1, 0] == pytest.approx(50.5, abs=1)


def test_on_a_one_way_street_the_way_back_goes_round():
    """On a ring of one-way streets of 100 s, half a street back is all the rest of the ring."""
    ring = network([(1, 2, 100, 900), (2, 3, 100, 900), (3, 4, 100, 900), (4, 1, 100, 900)])
    middle = Site("m", (CORNERS[1][0] + CORNERS[2][0]) / 2, (CORNERS[1][1] + CORNERS[2][1]) / 2)
    travel = Router(ring, access_s=0).measure([*at(1), middle])
    assert travel.seconds[0, 0, 1] == pytest.approx(50, abs=1)
    assert travel.seconds[0, 1, 0] == pytest.approx(350, abs=1)


def test_the_way_from_the_site_to_the_street_takes_time(square: Network):
    """A site 100 m beyond a corner drives 130 m at 13 km/h there: 36 s more."""
    off = Site("off", CORNERS[1][0] - 100 / 78_900, CORNERS[1][1])
    figures = bundled_section("travel") | {"off_road_kmh": 13.0, "off_road_winding": 1.3}
    travel = Router(square, access_s=0, settings=TravelSettings.from_toml(figures)).measure(
        [off, *at(3)]
    )
    assert travel.seconds[0, 0, 1] == pytest.approx(336, abs=1)
    assert travel.metres[0, 1] == pytest.approx(3130, abs=2)


def test_nobody_parks_on_a_motorway():
    """A site beside a motorway is reached from the street farther away."""
    ways = [(1, 2, 10, 1000, "motorway"), (2, 3, 20, 1000), (3, 4, 20, 1000), (4, 1, 20, 1000)]
    back = [(v, u, seconds, metres, *kind) for u, v, seconds, metres, *kind in ways]
    beside = Site("b", (CORNERS[1][0] + CORNERS[2][0]) / 2, (CORNERS[1][1] + CORNERS[2][1]) / 2)
    line = Router(network(ways + back)).path(beside, at(3)[0])
    # The nearest street is half the square away: 700 m, not on the motorway where it stands.
    assert np.hypot(*(np.subtract(line[1], (beside.lon, beside.lat)) * (78_900, 111_000))) > 500


def test_a_path_runs_from_site_to_site_through_the_corners(square: Network):
    """From 1 to 3 the line passes 2, begins at 1 and ends at 3."""
    assert Router(square).path(*at(1, 3)) == [CORNERS[1], CORNERS[2], CORNERS[3]]


def test_a_path_follows_the_shape_of_its_streets():
    """Positions between two corners are on the line, in the order of driving."""
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for node in (1, 2):
        graph.add_node(node, x=CORNERS[node][0], y=CORNERS[node][1])
    bend = (-0.588, 44.846)
    line = LineString([CORNERS[1], bend, CORNERS[2]])
    # Both directions carry the geometry of one: the other is turned round.
    graph.add_edge(1, 2, travel_time=100, length=1500, geometry=line)
    graph.add_edge(2, 1, travel_time=100, length=1500, geometry=line)
    roads = RoadSettings.from_toml(bundled_section("roads"))
    router = Router(network_from_graph(graph, "test", "test", "0", roads))
    assert router.path(*at(1, 2)) == [CORNERS[1], bend, CORNERS[2]]
    assert router.path(*at(2, 1)) == [CORNERS[2], bend, CORNERS[1]]


def test_many_paths_come_in_the_order_asked(square: Network):
    """Pairs may repeat, and a site may lead to itself."""
    one, two, three = at(1, 2, 3)
    router = Router(square)
    found = router.paths([(three, one), (one, two), (three, one), (two, two)])
    assert found[0] == found[2] == [CORNERS[3], CORNERS[2], CORNERS[1]]
    assert found[1] == [CORNERS[1], CORNERS[2]]
    assert found[3] == [CORNERS[2], CORNERS[2]]
    assert router.paths([]) == []


def test_no_sites_make_an_empty_travel(square: Network):
    """Nothing to measure is not an error."""
    assert Router(square).measure([]).seconds.shape == (1, 0, 0)


def test_all_sites_too_far_from_a_street_are_named(square: Network):
    """The error tells each one's distance; the near one is not in it."""
    sites = [*at(1), Site("far", -0.70, 44.84), Site("swapped", 44.84, -0.58)]
    with pytest.raises(TravelError, match=r"far \(-0\.7, 44\.84\), [\d,]+ m, swapped") as caught:
        Router(square).measure(sites)
    assert "n1" not in str(caught.value)


def test_the_limit_can_be_moved(square: Network):
    """What is too far at 1,000 m is within 20,000 m."""
    far = Site("far", -0.70, 44.84)
    assert Router(square, attach_limit_m=20_000).measure([*at(1), far]).seconds[0, 0, 1] > 1000


def test_a_double_id_is_refused_by_name(square: Network):
    """Two places of one name could not be told apart in the matrix."""
    with pytest.raises(TravelError, match="n1"):
        Router(square).measure([Site("n1", *CORNERS[1]), Site("n1", *CORNERS[2])])


@pytest.mark.parametrize("position", [(float("nan"), 44.8), (-0.5, float("inf")), (420_000, 6e6)])
def test_what_is_no_position_is_refused_by_name(square: Network, position: tuple[float, float]):
    """Neither nothing nor metres are degrees."""
    with pytest.raises(TravelError, match="odd"):
        Router(square).measure([Site("odd", *position)])


def test_a_pair_without_a_way_is_named(square: Network):
    """A network made by hand may be in two parts: both sites are told."""
    keep = ~np.isin(square.tails, [2]) & ~np.isin(square.heads, [2])  # node 3 is number 2
    lines = [square.line(edge) for edge in np.flatnonzero(keep)]
    apart = replace(
        square, tails=square.tails[keep], heads=square.heads[keep], seconds=square.seconds[keep],
        metres=square.metres[keep], attachable=square.attachable[keep],
        line_starts=np.cumsum([0, *map(len, lines)]), line_lonlat=np.concatenate(lines),
    )  # fmt: skip
    islands = replace(
        apart, tails=apart.tails[:1], heads=apart.heads[:1], seconds=apart.seconds[:1],
        metres=apart.metres[:1], attachable=apart.attachable[:1],
        line_starts=apart.line_starts[:2], line_lonlat=apart.line_lonlat[: len(lines[0])],
    )  # fmt: skip
    with pytest.raises(TravelError, match=r"no way from n2 to n1"):
        Router(islands).measure(at(1, 2))


@pytest.mark.parametrize(
    ("change", "where"),
    [({"access_s": -1}, "travel.access_s"), ({"speed": 3}, "travel.speed"),
     ({"off_road_kmh": "fast"}, "travel.off_road_kmh")],
)  # fmt: skip
def test_settings_that_make_no_sense_are_named(change: dict[str, Any], where: str):
    """A negative, an unknown and a mistyped figure each name their key."""
    with pytest.raises(InputError, match=where):
        TravelSettings.from_toml(bundled_section("travel") | change)


positions = st.tuples(
    st.floats(-0.594, -0.566, allow_nan=False), st.floats(44.829, 44.851, allow_nan=False)
)
durations = st.lists(st.floats(0.4, 900, allow_nan=False), min_size=10, max_size=10)


@pytest.mark.slow
@given(times=durations, places=st.lists(positions, min_size=3, max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_stop_on_the_way_never_saves_time(times: list[float], places: list[tuple[float, float]]):
    """Seconds keep the triangle inequality, rounding included, even without access time."""
    pairs = [(1, 2), (2, 3), (3, 4), (4, 1), (1, 3), (2, 1), (3, 2), (4, 3), (1, 4), (3, 1)]
    edges = [(u, v, t, 10 * t) for (u, v), t in zip(pairs, times, strict=True)]
    sites = [Site(str(i), *place) for i, place in enumerate(places)]
    seconds = Router(network(edges), access_s=0, attach_limit_m=5000).measure(sites).seconds[0]
    through = seconds[:, :, None] + seconds[None, :, :]
    assert (seconds[:, None, :] <= through).all()


@pytest.mark.slow
def test_the_same_sites_in_another_order_travel_alike():
    """What lies between two places does not hang on which others are asked for."""
    generator = np.random.default_rng(5)
    lonlat = generator.uniform((-0.66, 44.80), (-0.53, 44.87), (25, 2)).tolist()
    sites = [Site(str(i), *position) for i, position in enumerate(lonlat)]
    router = Router(load_network())
    all_of_them, order = router.measure(sites), generator.permutation(25)[:12]
    some = router.measure([sites[i] for i in order])
    assert (some.seconds[0] == all_of_them.seconds[0][np.ix_(order, order)]).all()
    assert (some.metres == all_of_them.metres[np.ix_(order, order)]).all()


def test_the_streets_of_a_way_are_named_in_the_order_of_driving():
    """Two edges of one street are one; metres are those driven on it; no name is empty."""
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for node, (x, y) in CORNERS.items():
        graph.add_node(node, x=x, y=y)
    names = {(1, 2): "rue A", (2, 3): "rue A", (3, 4): None}
    for (u, v), name in names.items():
        for one in ((u, v), (v, u)):
            values = {} if name is None else {"name": name}
            graph.add_edge(*one, travel_time=100.0, length=1000.0, highway="primary", **values)
    roads = RoadSettings.from_toml(bundled_section("roads"))
    router = Router(network_from_graph(graph, "test", "test", "0", roads))
    one, three, four = at(1, 3, 4)
    assert router.streets([(one, four), (three, one), (one, one)]) == [
        [("rue A", pytest.approx(2000)), ("", pytest.approx(1000))],
        [("rue A", pytest.approx(2000))],
        [],
    ]
