"""Networks built from each kind of source, and what is told of what was left out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import osmnx
import platformdirs
import pytest

from dispatch.errors import InputError
from dispatch.networks.build import CUT_OFF, Recipe, build, build_file, place_to_write
from dispatch.networks.coverage import coverage, is_poor
from dispatch.networks.extract import read_extract
from dispatch.networks.info import network_info
from dispatch.networks.osmdata import NO_STREET, POSITIONS
from dispatch.networks.streets import graph_of
from dispatch.streets.roads import load_network, read_graphml
from dispatch.streets.router import Router, Site
from dispatch.streets.settings import RoadSettings, bundled_section
from dispatch.territory import read_communes
from tests.support.overpass import QUARTER, running
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SCRIPTS = ROOT / "scripts"
PARTIAL = ROOT.parent / "shared" / "roads" / "bordeaux-partial-drive.graphml"
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def roads():
    return RoadSettings.from_toml(bundled_section("roads"))


@pytest.fixture(scope="module")
def communes():
    return read_communes()


@pytest.fixture
def graphml(tmp_path: Path) -> Path:
    """Return the quarter as osmnx saves it, with its times at maximum speed."""
    graph = graph_of(read_extract(QUARTER, None))
    for *_, values in graph.edges(data=True):
        values["travel_time"] = values["length"] / 50 * 3.6
    path = tmp_path / "quarter.graphml"
    osmnx.save_graphml(graph, path)
    return path


def test_an_extract_becomes_a_network(roads: RoadSettings, communes):
    """The quarter: 79 m that lead only away go, and 111 m behind the bollard; all is told."""
    network, about = build(Recipe(roads, communes, file=QUARTER), name="q", now=NOW)
    assert network.name == "q"
    assert (about.source, about.area) == (
        "OpenStreetMap extract quarter.osm", "28 communes, 1000 m around",
    )  # fmt: skip
    assert (about.built, about.times) == ("2026-11-24T10:00:00+00:00", "computed")
    # From 4 to 9, and both ways between the far side of the bollard and 11.
    assert (about.dropped_nodes, about.dropped_edges) == (3, 3)
    assert about.dropped_km == pytest.approx(0.190, abs=0.001)
    assert about.dropped_km_by_commune == {"Talence": about.dropped_km}
    assert network.dropped_nodes == 3
    # The footway is 136 m, the private way 194 m: it is kept for those who end a trip there.
    assert about.kilometres == pytest.approx(
        {"kept": 1.224, CUT_OFF: 0.190, f"{NO_STREET}footway": 0.136, POSITIONS: 0.0}, abs=0.001
    )
    assert sum(about.kilometres.values()) == pytest.approx(
        read_extract(QUARTER, None).read_m / 1000, abs=0.002
    )
    # Tagged: 100, 104 and 105, both ways: 237, 111 and 111 m of them; not: 237, 194 and 4 x 111 m
    # both ways (10 to 11 and 5 to 10 among them), and 111 x 2 and 79 m one way.
    tagged, other = 2 * 459, 2 * (237 + 194 + 222) + 2 * 111 + 79
    assert about.limits_share == pytest.approx(tagged / (tagged + other), abs=0.02)


def test_one_can_drive_from_anywhere_to_anywhere(roads: RoadSettings, communes):
    """Every pair of junctions of the quarter has a way, against no one-way street."""
    network, _ = build(Recipe(roads, communes, file=QUARTER), name="q")
    sites = [
        Site(str(node), lon, lat)
        for node, lon, lat in zip(network.node_ids, network.lon, network.lat, strict=True)
    ]
    travel = Router(network).measure(sites)
    assert (travel.seconds[0][~np.eye(len(sites), dtype=bool)] > 0).all()


def test_streets_from_overpass_and_from_a_file_are_the_same(
    roads: RoadSettings, communes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Same arrays; the date is that of the data."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda _: str(tmp_path))
    read, _ = build(Recipe(roads, communes, file=QUARTER), name="q")
    with running() as server:
        changed = {"overpass_url": f"{server.url}/api", "nominatim_url": server.url}
        online = roads.model_copy(update={"build": roads.build.model_copy(update=changed)})
        downloaded, about = build(Recipe(online, communes, place="Talence"), name="q")
        assert server.places == ["Talence"]
    assert about.data_date == "2026-11-20T00:00:00Z"
    assert about.source.startswith("OpenStreetMap, through Overpass (http://127.0.0.1:")
    assert about.area == "Talence, Gironde, France, 1000 m around"
    assert downloaded.seconds.tobytes() == read.seconds.tobytes()
    assert downloaded.line_lonlat.tobytes() == read.line_lonlat.tobytes()


def test_the_times_of_a_graphml_are_computed_anew_unless_they_are_to_be_kept(
    roads: RoadSettings, communes, graphml: Path
):
    """Osmnx's own are half of what trips take."""
    kept, about = build(Recipe(roads, communes, file=graphml, keep_times=True), name="q")
    assert about.times == "stated"
    assert kept.seconds == pytest.approx(kept.metres / 50 * 3.6)
    computed, about = build(Recipe(roads, communes, file=graphml), name="q")
    assert about.times == "computed"
    assert (computed.seconds > kept.seconds).all()
    direct, _ = build(Recipe(roads, communes, file=QUARTER), name="q")
    assert computed.seconds == pytest.approx(direct.seconds)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("roads.txt", "", "cannot be read; give"),
        ("roads.graphml", "<graphml", "is not a GraphML"),
        ("roads.osm", "<osm", "cannot be read as OpenStreetMap"),
    ],
)
def test_a_faulty_source_is_named(
    roads: RoadSettings, communes, tmp_path: Path, name: str, content: str, said: str
):
    """By its name, with what is read instead."""
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(InputError, match=said) as caught:
        build(Recipe(roads, communes, file=path), name="q")
    assert name in str(caught.value)


@pytest.mark.parametrize("name", ["bundled", "", "a/b", "..", "-x", "é"])
def test_a_name_that_no_network_can_have_is_refused(name: str):
    """The bundled one is taken, and a name is no path."""
    with pytest.raises(InputError, match="cannot name a network"):
        place_to_write(name, None)


def test_a_file_goes_where_it_is_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Into the user's data folder under its name, or to a path that ends as networks do."""
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda _: str(tmp_path))
    assert place_to_write("streets", None) == tmp_path / "networks" / "streets.npz"
    assert place_to_write("x", tmp_path / "y.npz") == tmp_path / "y.npz"
    with pytest.raises(InputError, match=r"ends in \.npz"):
        place_to_write("x", tmp_path / "y.graphml")


def test_a_commune_with_few_streets_for_its_people_is_poorly_covered(roads: RoadSettings, communes):
    """The quarter: 1.2 km in Talence, for 42,000 people; a street counts once."""
    network, about = build(Recipe(roads, communes, file=QUARTER), name="q")
    covered = coverage(network, communes, 1000)
    talence = next(c for c in covered.values() if c.commune.name == "Talence")
    # Rows of 3 x 79 m, columns of 4 x 111 m, 111 m to the bollard, 194 m across from 2 to 8.
    assert talence.street_m == pytest.approx(6 * 79.1 + 5 * 111.1 + 193.5, rel=0.01)
    assert talence.street_km_per_km2 == pytest.approx(
        talence.street_m / talence.commune.outline.area * 1000
    )
    assert talence.town_hall_reached
    assert is_poor(network, talence, roads.build.poor_street_m)
    known = network_info(network, about, communes, build=roads.build, attach_limit_m=1000)
    assert set(known.poor) == set(communes)
    assert "Ambès" in known.unreached
    assert "Talence" not in known.unreached
    assert known.to_dict()["bounds"] == (-0.59, 44.81, -0.587, 44.812)


def test_an_approximation_is_never_called_poor(roads: RoadSettings, communes):
    """Its streets stand for others, so that nobody can count them; it reaches every town hall."""
    network = load_network()
    known = network_info(network, None, communes, build=roads.build, attach_limit_m=1000)
    assert known.poor == ()
    assert known.unreached == ()
    assert all(found.street_m > 0 for found in known.covered.values())


def test_places_that_attach_are_the_town_halls_that_count_as_reached(roads: RoadSettings, communes):
    """Those within the limit: a router measures between them, both ways."""
    known = network_info(load_network(), None, communes, build=roads.build, attach_limit_m=1000)
    sites = [
        Site(insee, found.commune.town_hall_lon, found.commune.town_hall_lat)
        for insee, found in known.covered.items()
        if found.town_hall_reached
    ]
    assert Router(load_network()).measure(sites).seconds.max() > 0


@pytest.mark.slow
@pytest.mark.skipif(not PARTIAL.exists(), reason="the shared partial street graph is not here")
def test_of_a_part_of_the_streets_the_part_is_told(roads: RoadSettings, communes):
    """Four communes are whole; in the others only main roads are there."""
    network, about = build(Recipe(roads, communes, file=PARTIAL), name="partial")
    known = network_info(network, about, communes, build=roads.build, attach_limit_m=1000)
    whole = {communes[insee].name for insee in communes if insee not in known.poor}
    assert whole == {"Mérignac", "Pessac", "Talence", "Gradignan"}
    assert about.limits_share == pytest.approx(0.52, abs=0.02)


@pytest.mark.slow
@pytest.mark.skipif(
    not (PARTIAL.exists() and SCRIPTS.exists()),
    reason="the shared streets, or scripts/, are not here",
)
def test_trips_on_real_streets_take_what_is_known_of_the_router(
    roads: RoadSettings, monkeypatch: pytest.MonkeyPatch
):
    """Medians by distance, twice the time at maximum speed, detours: each within a quarter."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import calibrate_junctions as script

    monkeypatch.setattr(script, "PLACES", 60)
    graph = read_graphml(PARTIAL)
    for *_, values in graph.edges(data=True):
        del values["travel_time"]
    found = script.Trips(graph, roads, script.SEED).figures(roads.driving)
    wanted = [*script.TARGETS.values(), script.RATIO, script.DETOUR]
    assert found == pytest.approx(wanted, rel=0.25)


def test_hostile_text_of_a_source_stays_text(roads: RoadSettings, communes, tmp_path: Path):
    """A street's name and an attribution are kept as they are; pages escape them."""
    graph = nx.MultiDiGraph(crs="epsg:4326", attribution="<script>{{7*191}}</script>")
    for node, lon in ((1, -0.59), (2, -0.58)):
        graph.add_node(node, x=lon, y=44.81)
    for u, v in ((1, 2), (2, 1)):
        graph.add_edge(u, v, length=800.0, highway="residential", name="<img onerror=alert(1)>")
    path = tmp_path / "hostile.graphml"
    osmnx.save_graphml(graph, path)
    out = tmp_path / "hostile.npz"
    build_file(Recipe(roads, communes, file=path), out)
    network = load_network(out)
    assert network.attribution == "<script>{{7*191}}</script>"
    assert network.names.tolist() == ["<img onerror=alert(1)>"]
