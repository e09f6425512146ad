"""The bundled road graph, the reading of others, and what of them is kept."""

from __future__ import annotations

import gzip
import itertools
import subprocess
import sys
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import osmnx
import platformdirs
import pytest
import shapely

from dispatch.data import data_path
from dispatch.errors import InputError
from dispatch.streets.attach import Streets
from dispatch.streets.roads import BUNDLED_FILE, load_network, network_from_graph
from dispatch.streets.router import Router, Site
from dispatch.streets.settings import RoadSettings, bundled_section
from dispatch.territory import TO_METRIC, read_communes
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from dispatch.streets.network import Network

pytestmark = pytest.mark.slow

SCRIPTS = ROOT / "scripts"
SHARED = ROOT.parent / "shared" / "roads" / "bordeaux-partial-drive.graphml"
DURATIONS = SHARED.parent / "router-durations.csv"
BRIDGES = {
    "Pont François-Mitterrand", "Pont Simone-Veil", "Pont Saint-Jean",
    "Pont Jacques-Chaban-Delmas", "Pont d'Aquitaine",
}  # fmt: skip
BOURSE = Site("place de la Bourse", -0.5703, 44.8413)  # left bank
STALINGRAD = Site("place Stalingrad", -0.5590, 44.8403)  # La Bastide, across the river


@pytest.fixture(scope="module")
def graph():
    """Return the bundled graph as osmnx reads it."""
    return osmnx.load_graphml(data_path(BUNDLED_FILE))


@pytest.fixture(scope="module")
def bundled():
    return load_network()


@pytest.fixture(scope="module")
def roads():
    return RoadSettings.from_toml(bundled_section("roads"))


@pytest.fixture(scope="module")
def town_halls():
    return [
        Site(commune.name, commune.town_hall_lon, commune.town_hall_lat)
        for commune in read_communes().values()
    ]


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch):
    """Make scripts/ importable, as it is for one of them that is run."""
    if not SCRIPTS.exists():
        pytest.skip("scripts/ is not there: an installed package")
    monkeypatch.syspath_prepend(str(SCRIPTS))


def small_graph(**edge: object):
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_node(10, x=-0.58, y=44.84)
    graph.add_node(20, x=-0.57, y=44.84)
    values = {"length": 1000.0, "highway": "residential"} | edge
    graph.add_edge(10, 20, **values)
    graph.add_edge(20, 10, **values)
    return graph


def read(graph: nx.MultiDiGraph, roads: RoadSettings):
    return network_from_graph(graph, "small.graphml", "small", "0" * 64, roads)


def test_osmnx_reads_the_bundled_graph_back(graph: nx.MultiDiGraph):
    """It is a directed multigraph in WGS84, each edge with length, time, speed and class."""
    assert isinstance(graph, nx.MultiDiGraph)
    assert graph.graph["crs"] == "epsg:4326"
    for *_, values in graph.edges(data=True):
        assert values["length"] > 0
        assert values["travel_time"] == pytest.approx(
            values["length"] / values["speed_kph"] * 3.6, abs=0.02, rel=0.002
        )
        assert values["highway"] in {"residential", "motorway", "trunk", "trunk_link"}


def test_any_node_can_be_reached_from_any_other(graph: nx.MultiDiGraph, bundled: Network):
    """The bundled graph is strongly connected, so nothing of it is dropped."""
    assert nx.is_strongly_connected(graph)
    assert (bundled.dropped_nodes, bundled.dropped_edges) == (0, 0)
    assert bundled.node_count == len(graph)


def test_the_garonne_is_crossed_at_the_named_bridges_only(
    graph: nx.MultiDiGraph, town_halls: list[Site]
):
    """Without the five bridges the graph falls in two: left bank and right bank."""
    bridges = [(u, v, k) for u, v, k, d in graph.edges(keys=True, data=True) if "bridge" in d]
    assert {graph.edges[edge]["name"] for edge in bridges} == BRIDGES
    assert len(bridges) == 2 * len(BRIDGES)
    cut = graph.copy()
    cut.remove_edges_from(bridges)
    banks = sorted(nx.strongly_connected_components(cut), key=len, reverse=True)
    assert len(banks) == 2
    poles = {commune.name: commune.pole for commune in read_communes().values()}
    nearest = osmnx.distance.nearest_nodes(
        osmnx.project_graph(graph, to_crs="EPSG:2154"),
        *np.array([TO_METRIC.transform(site.lon, site.lat) for site in town_halls]).T,
    )
    for site, node in zip(town_halls, nearest, strict=True):
        assert (node in banks[1]) == (poles[site.id] == "Rive droite"), site.id


def test_la_bastide_is_reached_over_a_bridge(bundled: Network):
    """900 m apart as the crow flies, over the closed Pont de Pierre; 3 km and more by car."""
    router = Router(bundled)
    travel = router.measure([BOURSE, STALINGRAD])
    assert travel.metres.max(initial=0) > 3000
    assert travel.seconds[0, 0, 1] > 600
    bridge = {"Pont Saint-Jean": (-0.5536, 44.8328), "Pont Chaban-Delmas": (-0.5520, 44.8585)}
    way = shapely.LineString(router.path(BOURSE, STALINGRAD))
    assert min(way.distance(shapely.Point(*middle)) for middle in bridge.values()) < 0.001


def test_every_town_hall_is_reached_from_every_other(bundled: Network, town_halls: list[Site]):
    """28 by 28 trips, none of them absurd: under 75 minutes, at 8 to 70 km/h."""
    travel = Router(bundled).measure(town_halls)
    trips = ~np.eye(len(town_halls), dtype=bool)
    seconds, metres = travel.seconds[0][trips], travel.metres[trips]
    assert seconds.max() < 75 * 60
    speeds = metres / seconds * 3.6
    assert speeds.min() > 8
    assert speeds.max() < 70


def test_every_point_of_every_commune_is_near_a_street(bundled: Network):
    """A grid of points over the 28 communes attaches within the limit of service.toml."""
    sites = []
    for commune in read_communes().values():
        west, south, east, north = commune.outline.bounds
        grid = np.array(
            list(itertools.product(np.arange(west, east, 700), np.arange(south, north, 700)))
        )
        inside = grid[shapely.contains_xy(commune.outline, grid)]
        sites += shapely.get_coordinates(shapely.points(inside)).tolist()
    to_degrees = TO_METRIC.transform(*np.array(sites).T, direction="INVERSE")
    lonlat = np.stack(to_degrees, axis=1)
    assert len(lonlat) > 1000
    assert (
        Streets(bundled).distances_m(lonlat).max()
        < 0.5 * bundled_section("travel")["attach_limit_m"]
    )


@pytest.mark.skipif(not DURATIONS.exists(), reason="the shared router durations are not here")
def test_travel_agrees_with_a_routers_durations(bundled: Network):
    """1,348 trips over 1.5 km: a mean error of at most 13 %, a median ratio within 5 % of 1."""
    rows = np.loadtxt(DURATIONS, delimiter=",", skiprows=1)
    places, of = np.unique(np.concatenate([rows[:, :2], rows[:, 2:4]]), axis=0, return_inverse=True)
    start, end = of.reshape(2, -1)
    sites = [Site(str(n), lon, lat) for n, (lat, lon) in enumerate(places.tolist())]
    ours = Router(bundled).measure(sites).seconds[0][start, end]
    long = rows[:, 5] >= 1500
    ratios = ours[long] / rows[long, 4]
    assert len(ratios) == 1348
    assert np.abs(ratios - 1).mean() < 0.13
    assert np.median(ratios) == pytest.approx(1, abs=0.05)


def test_the_dense_centre_is_slower_than_the_outskirts(bundled: Network):
    """Two kilometres take longer around the Bordeaux town hall than in Saint-Médard."""
    centre = [Site("a", -0.590, 44.838), Site("b", -0.570, 44.830)]
    outside = [Site("c", -0.770, 44.900), Site("d", -0.750, 44.892)]
    travel = Router(bundled).measure([*centre, *outside]).seconds[0]
    assert travel[0, 1] > 1.3 * travel[2, 3]


def test_the_bundled_graph_says_that_it_is_an_approximation(bundled: Network):
    """Maps show whose data it is, and figures that rest on it say so."""
    assert bundled.name == "bundled"
    assert bundled.approximate
    assert "OpenStreetMap" in bundled.attribution


def test_a_network_cannot_be_written_to(bundled: Network):
    """Sharing it among centres is safe."""
    with pytest.raises(ValueError, match="read-only"):
        bundled.seconds[0] = 0


def test_a_second_reading_comes_from_the_cache_and_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The arrays are equal, and osmnx is not asked again."""
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda _: str(tmp_path / "cache"))
    first = load_network()
    kept = list((tmp_path / "cache" / "networks").iterdir())
    assert [path.suffix for path in kept] == [".npz"]
    monkeypatch.setattr(osmnx, "load_graphml", None)
    second = load_network()
    assert second.seconds.tobytes() == first.seconds.tobytes()
    assert second.line_lonlat.tobytes() == first.line_lonlat.tobytes()
    assert (second.name, second.approximate, second.sha256) == (
        first.name, first.approximate, first.sha256,
    )  # fmt: skip


def test_a_broken_cache_is_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, roads: RoadSettings
):
    """Half a file in the cache costs time, nothing else."""
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda _: str(tmp_path / "cache"))
    path = tmp_path / "small.graphml"
    osmnx.save_graphml(small_graph(travel_time=60.0), path)
    load_network(path, settings=roads)
    (kept,) = (tmp_path / "cache" / "networks").iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    assert load_network(path, settings=roads).seconds.tolist() == [60, 60]


def test_a_cache_that_cannot_be_written_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, roads: RoadSettings
):
    """A file stands where the cache folder should be."""
    (tmp_path / "cache").write_text("")
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda _: str(tmp_path / "cache"))
    path = tmp_path / "small.graphml"
    osmnx.save_graphml(small_graph(travel_time=60.0), path)
    assert load_network(path, settings=roads).edge_count == 2


def test_a_time_that_is_missing_comes_from_the_speed_or_the_road_class(roads: RoadSettings):
    """1,000 m: 60 km/h stated, 30 km/h in a list of limits, 30 km/h for a residential street."""
    driving = roads.driving.model_copy(update={"speed_share": 1.0})
    roads = roads.model_copy(update={"driving": driving})
    assert read(small_graph(speed_kph=60.0), roads).seconds.tolist() == [60, 60]
    assert read(small_graph(maxspeed=["30", "50"]), roads).seconds.tolist() == [120, 120]
    by_class = read(small_graph(), roads)
    assert by_class.seconds.tolist() == [120, 120]
    assert by_class.estimated_edges == 2
    link = read(small_graph(highway="motorway_link"), roads).seconds
    assert link.tolist() == pytest.approx([40, 40])


def test_a_service_file_without_the_sections_on_real_streets_takes_the_bundled_ones():
    """Files written before there were any still hold; what stands in them does not change."""
    section = bundled_section("roads")
    older = {key: value for key, value in section.items() if key not in ("driving", "build")}
    assert RoadSettings.from_toml(older) == RoadSettings.from_toml(section)
    with pytest.raises(InputError, match=r"roads\.driving\.speed_share"):
        RoadSettings.from_toml({**section, "driving": {"speed_share": 2.0}})


def test_of_parallel_edges_the_quickest_stays_whole(roads: RoadSettings):
    """Of 60, 50 and 70 s the one of 50 s; the others are in three parts, their ways back too."""
    graph = small_graph(travel_time=60.0)
    graph.add_edge(10, 20, travel_time=50.0, length=1400.0, highway="primary")
    graph.add_edge(10, 20, travel_time=70.0, length=900.0, highway="primary")
    network = read(graph, roads)
    ends = (network.tails < 2) & (network.heads < 2)
    assert network.seconds[ends].tolist() == [50]
    assert network.metres[ends].tolist() == [1400]
    assert sorted(network.seconds[~ends].tolist()) == pytest.approx([20] * 6 + [70 / 3] * 3)
    assert network.metres.sum() == pytest.approx(1000 + 1400 + 1000 + 900)


def test_what_cannot_be_driven_there_and_back_is_dropped_and_counted(roads: RoadSettings):
    """A street that only leads away goes, with the node at its end."""
    graph = small_graph(travel_time=60.0)
    graph.add_node(30, x=-0.56, y=44.84)
    graph.add_edge(20, 30, length=100.0, travel_time=10.0)
    network = read(graph, roads)
    assert network.node_ids.tolist() == [10, 20]
    assert (network.dropped_nodes, network.dropped_edges) == (1, 1)


def test_all_faults_of_a_graph_are_told_at_once(roads: RoadSettings):
    """A node without position and an edge of negative time are two faults of one error."""
    graph = small_graph(travel_time=60.0)
    graph.add_node(30, y=44.84)
    graph.edges[10, 20, 0]["travel_time"] = -1.0
    del graph.edges[20, 10, 0]["length"]
    with pytest.raises(InputError) as caught:
        read(graph, roads)
    assert [f.where for f in caught.value.faults] == ["node 30", "edge 10 - 20", "edge 20 - 10"]


def test_another_crs_is_shown_with_the_one_needed(roads: RoadSettings):
    """A projected graph is not guessed at."""
    graph = small_graph(travel_time=60.0)
    graph.graph["crs"] = "EPSG:2154"
    with pytest.raises(InputError, match=r"epsg:4326.*EPSG:2154"):
        read(graph, roads)


def test_a_graph_of_one_way_dead_ends_is_refused(roads: RoadSettings):
    """No two places can be reached from each other."""
    graph = small_graph(travel_time=60.0)
    graph.remove_edge(20, 10)
    with pytest.raises(InputError, match="two-way"):
        read(graph, roads)


@pytest.mark.parametrize("content", [b"", b"<graphml", b"\x1f\x8bxx", b"<a/>"])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes):
    """Whatever the parser raises, the error names the file and the remedy."""
    path = tmp_path / ("roads.graphml.gz" if content[:1] == b"\x1f" else "roads.graphml")
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"roads\.graphml.*osmnx\.save_graphml"):
        load_network(path)


def test_a_missing_file_is_named(tmp_path: Path):
    """The remedy is a path, or the bundled graph."""
    with pytest.raises(InputError, match=r'none\.graphml.*"bundled"'):
        load_network(tmp_path / "none.graphml")


def test_a_folder_is_not_a_graph(tmp_path: Path):
    """A folder cannot be read."""
    with pytest.raises(InputError, match="cannot be read"):
        load_network(tmp_path)


def test_reading_settings_does_not_wait_for_osmnx():
    """The command line's help imports the settings, not half a second of osmnx."""
    code = (
        "import sys, dispatch.streets.roads, dispatch.streets.router; "
        "sys.exit('osmnx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_script_makes_the_same_graph_again(scripts: None, tmp_path: Path):
    """From main roads of the same source, twice the same bytes; no main road needs a detour."""
    import build_roads

    settings = bundled_section("roads")
    nodes = [(-0.566, 44.778), (-0.522, 44.812), (-0.605, 44.790)]
    edges = [(0, 1, 5.599), (0, 2, 3.356)]
    first, second = (
        build_roads.to_graphml(build_roads.build(settings, nodes, edges)) for _ in range(2)
    )
    assert first == second
    path = tmp_path / "roads.graphml.gz"
    path.write_bytes(gzip.compress(first, mtime=0))
    assert load_network(path, cache=False).approximate


def test_a_main_road_across_the_river_away_from_a_bridge_stops_the_script(scripts: None):
    """Should the source change, nobody drives through the water."""
    import build_roads

    with pytest.raises(SystemExit, match="away from a bridge"):
        build_roads.build(
            bundled_section("roads"), [(-0.580, 44.845), (-0.540, 44.845)], [(0, 1, 3.2)]
        )


@pytest.mark.skipif(not SHARED.exists(), reason="the shared partial street graph is not here")
def test_real_streets_whose_attributes_are_all_text_are_read():
    """Mérignac to Talence on 9,461 nodes of real streets; 188 loops and parallels are in three."""
    network = load_network(SHARED)
    assert network.node_count == 9461 + 2 * 188
    assert (network.node_ids > 0).sum() == 9461
    assert 22_008 < network.edge_count <= 22_008 + 2 * 2 * 188
    assert not network.approximate
    assert "OpenStreetMap" in network.attribution
    merignac, talence = Site("m", -0.656229, 44.846177), Site("t", -0.588304, 44.808626)
    router = Router(network)
    travel = router.measure([merignac, talence])
    # 6.8 km as the crow flies.
    assert 7000 < travel.metres[0, 1] < 11_000
    assert 400 < travel.seconds[0, 0, 1] < 1500
    assert len(router.path(merignac, talence)) > 50
