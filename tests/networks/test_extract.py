"""OpenStreetMap data read: which ways a van drives, in which direction, at which speed."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dispatch.errors import InputError
from dispatch.networks.area import Area, area_of_communes, around
from dispatch.networks.extract import from_overpass, read_extract
from dispatch.networks.josm import deleted_elements
from dispatch.networks.osmdata import NO_STREET, POSITIONS, Extract, OsmWay, left_out
from dispatch.networks.streets import graph_and_account, graph_of
from dispatch.streets.graph import assemble
from dispatch.streets.roads import network_from_graph
from dispatch.streets.settings import RoadSettings, bundled_section
from dispatch.territory import read_communes
from tests.support.overpass import QUARTER, answer_of
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

osmium = pytest.importorskip("osmium")

CAMPUS = ROOT.parent / "shared" / "roads" / "talence-campus.osm"


@pytest.fixture(scope="module")
def roads():
    return RoadSettings.from_toml(bundled_section("roads"))


@pytest.fixture(scope="module")
def metropole(roads: RoadSettings) -> Area:
    return area_of_communes(read_communes().values(), roads.build)


def ways_of(extract: Extract) -> list[tuple[tuple[int, ...], str]]:
    return sorted((way.nodes, way.tags["highway"]) for way in extract.ways)


def as_pbf(path: Path, folder: Path) -> Path:
    """Return the file written again as .osm.pbf, by libosmium."""
    found = folder / "quarter.osm.pbf"
    with osmium.SimpleWriter(str(found)) as writer:
        for entity in osmium.FileProcessor(str(path)):
            writer.add(entity)
    return found


DRIVEN = [
    ((1, 2, 3, 4), "secondary"), ((4, 8), "residential"), ((4, 9), "residential"),
    ((5, 1), "residential"), ((5, 6, 7, 8), "residential"), ((5, 10, 11), "residential"),
    ((6, 2), "residential"), ((7, 3), "residential"), ((2, 8), "residential"),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["osm", "gz", "bz2", "pbf"])
def test_files_of_every_kind_give_the_same_ways(tmp_path: Path, metropole: Area, kind: str):
    """The footway, and the way whose other end is missing, are left out."""
    import bz2

    path = QUARTER
    if kind == "gz":
        path = tmp_path / "q.osm.gz"
        path.write_bytes(gzip.compress(QUARTER.read_bytes()))
    elif kind == "bz2":
        path = tmp_path / "q.osm.bz2"
        path.write_bytes(bz2.compress(QUARTER.read_bytes()))
    elif kind == "pbf":
        path = as_pbf(QUARTER, tmp_path)
    found = read_extract(path, metropole)
    assert ways_of(found) == sorted(DRIVEN)
    assert found.points == {3: {"highway": "traffic_signals"}, 10: {"barrier": "bollard"}}
    assert found.positions[9] == (-0.586, 44.81)
    assert list(found.left_out_m) == [f"{NO_STREET}footway", POSITIONS]


def test_an_overpass_answer_gives_the_same_as_the_file(metropole: Area):
    """And tells of what day the data are."""
    answered, read = from_overpass(answer_of()), read_extract(QUARTER, metropole)
    assert ways_of(answered) == ways_of(read)
    assert answered.points == read.points
    assert answered.data_date == "2026-11-20T00:00:00Z"


def test_signs_and_loops_of_overpass_and_of_files_are_the_same(tmp_path: Path):
    """A loop at 4, and a sign from 100 by 3 to 104: the same edges are forbidden."""
    nodes = "".join(f'<nd ref="{node}"/>' for node in (4, 9, 8, 4))
    loop = f'<way id="120">{nodes}<tag k="highway" v="residential"/></way>'
    members = (("way", 100, "from"), ("node", 3, "via"), ("way", 104, "to"))
    told = "".join(f'<member type="{t}" ref="{ref}" role="{role}"/>' for t, ref, role in members)
    tags = '<tag k="type" v="restriction"/><tag k="restriction" v="no_left_turn"/>'
    sign = f'<relation id="1">{told}{tags}</relation>'
    path = tmp_path / "signs.osm"
    path.write_text(QUARTER.read_text().replace("</osm>", f"{loop}{sign}</osm>"))
    answered, read = from_overpass(answer_of(path)), read_extract(path, None)
    packed = read_extract(as_pbf(path, tmp_path), None)
    assert len(read.signs) == 1
    assert answered.signs == read.signs == packed.signs
    graphs = [graph_of(one) for one in (answered, read, packed)]
    forbidden = [graph.graph["forbidden"] for graph in graphs]
    # From 2 and from 4 to 7 over 3.
    assert [len(sequence) for sequence in forbidden[0]] == [2, 2]
    assert forbidden[0] == forbidden[1] == forbidden[2]


def test_names_are_kept_as_lines_within_bounds():
    """What people wrote stays text: no line breaks or control characters, 80 letters at most."""
    found = Extract()
    names = ["Rue <b>X</b>\n\x1b[31m {{7*191}}", "é" * 300, ""]
    for number, name in enumerate(names):
        tags = {"highway": "residential", "name": name, "ref": "D 1"}
        found.take(number, [1, 2], tags, {1: (-0.6, 44.8), 2: (-0.5, 44.8)})
    assert [way.name for way in found.ways] == [
        "Rue <b>X</b> [31m {{7*191}}", "é" * 79 + "…", "D 1",
    ]  # fmt: skip
    assert all("name" not in way.tags for way in found.ways)


def test_only_ways_of_the_area_are_taken(roads: RoadSettings):
    """Of the quarter those that touch Gradignan's outline: none, of how many."""
    gradignan = [c for c in read_communes().values() if c.name == "Gradignan"]
    build = roads.build.model_copy(update={"margin_m": 0.0})
    with pytest.raises(InputError, match=r"quarter\.osm: has no street.*of 10 in all.*--whole"):
        read_extract(QUARTER, area_of_communes(gradignan, build))
    assert len(read_extract(QUARTER, None).ways) == len(DRIVEN)


def test_a_way_that_was_cut_is_not_patched_over_the_gap(tmp_path: Path):
    """Of nodes 1, 2, 77, 3, 4 the file lacks 77: two ways, none from 2 to 3."""
    text = QUARTER.read_text(encoding="utf-8").replace(
        '<nd ref="1"/><nd ref="2"/><nd ref="3"/>', '<nd ref="1"/><nd ref="2"/><nd ref="77"/>'
        '<nd ref="3"/>',
    )  # fmt: skip
    path = tmp_path / "cut.osm"
    path.write_text(text, encoding="utf-8")
    secondary = [nodes for nodes, kind in ways_of(read_extract(path, None)) if kind == "secondary"]
    assert secondary == [(1, 2), (3, 4)]


@pytest.mark.parametrize(
    "content",
    [
        "", "<osm", "hello", "<a/>", '<osm version="0.6"/>',
        '<osm version="0.6"><node id="1" lat="x" lon="2"/></osm>',
        '<osm version="0.6"><node id="1" lat="91" lon="2"/><way id="2"><nd ref="1"/></way></osm>',
        '<osm version="0.5"/>',
    ],
)  # fmt: skip
def test_a_broken_file_is_named(tmp_path: Path, content: str):
    """Whatever the parser raises."""
    path = tmp_path / "bad.osm"
    path.write_text(content)
    with pytest.raises(InputError, match=r"^bad\.osm: "):
        read_extract(path, None)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_half_a_pbf_is_named(tmp_path: Path, part: float):
    """As a broken download leaves it."""
    path = as_pbf(QUARTER, tmp_path)
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    with pytest.raises(InputError, match=r"^quarter\.osm\.pbf: "):
        read_extract(path, None)


def test_a_missing_file_is_named(tmp_path: Path):
    """And why it cannot be read."""
    with pytest.raises(InputError, match=r"^none\.osm\.pbf: .*No such file"):
        read_extract(tmp_path / "none.osm.pbf", None)


def test_nodes_may_come_after_their_ways(tmp_path: Path):
    """As in order: positions are then found in a second pass."""
    nodes, ways = re.findall(r" <node.*?\n(?= <way)| <way.*</way>", QUARTER.read_text(), re.S)
    path = tmp_path / "turned.osm"
    path.write_text(f'<osm version="0.6">{ways}{nodes}</osm>')
    turned, ordered = read_extract(path, None), read_extract(QUARTER, None)
    assert ways_of(turned) == ways_of(ordered)
    assert turned.positions == ordered.positions
    assert turned.points == ordered.points


@pytest.mark.parametrize("ending", [".osm", ".osm.gz", ".osm.bz2"])
@pytest.mark.parametrize("mark", ["action='delete'", 'action="delete"', 'visible="false"'])
def test_what_an_editor_deleted_is_left_out(tmp_path: Path, mark: str, ending: str):
    """The way along the quarter's south, however the file is packed."""
    import bz2

    text = QUARTER.read_text().replace('<way id="100"', f'<way id="100" {mark}')
    pack = {".osm": bytes, ".osm.gz": gzip.compress, ".osm.bz2": bz2.compress}[ending]
    path = tmp_path / f"josm{ending}"
    path.write_bytes(pack(text.encode()))
    assert (1, 2, 3, 4) not in [nodes for nodes, _ in ways_of(read_extract(path, None))]
    assert len(read_extract(path, None).ways) == len(DRIVEN) - 1


def test_negative_numbers_are_numbers(tmp_path: Path):
    """As JOSM gives them to what is new."""
    text = re.sub(r'(id|ref)="(\d+)"', r'\1="-\2"', QUARTER.read_text())
    path = tmp_path / "new.osm"
    path.write_text(text)
    found = read_extract(path, None)
    assert ways_of(found) == sorted((tuple(-n for n in nodes), kind) for nodes, kind in DRIVEN)


def test_a_file_with_entities_marks_nothing_as_deleted(tmp_path: Path):
    """It may be made to fill the memory; libosmium refuses it as well."""
    path = tmp_path / "bomb.osm"
    path.write_text(
        '<!DOCTYPE x [<!ENTITY a "b">]><osm version="0.6">'
        '<way id="1" action="delete"><nd ref="1"/></way></osm>'
    )
    assert deleted_elements(path) == frozenset()


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({"highway": "residential"}, ""),
        ({"highway": "motorway_link"}, ""),
        ({"highway": "service"}, ""),
        ({"highway": "pedestrian"}, f"{NO_STREET}pedestrian"),
        ({"highway": "pedestrian", "access": "yes"}, f"{NO_STREET}pedestrian"),
        ({"highway": "pedestrian", "motor_vehicle": "destination"}, ""),
        ({"highway": "track", "motor_vehicle": "agricultural"}, f"{NO_STREET}track"),
        ({"highway": "track", "vehicle": "yes"}, ""),
        ({"highway": "residential", "area": "yes"}, "areas, not lines"),
        ({"route": "ferry"}, "ferries, which are not used"),
        ({"highway": "<img>"}, f"{NO_STREET}other kinds"),
    ],
)
def test_what_is_no_street_is_told_by_its_kind(tags: dict[str, str], why: str):
    """A walking street or a track is one where a tag of vehicles says so."""
    assert left_out(tags) == why


def test_the_graph_runs_from_junction_to_junction(metropole: Area, roads: RoadSettings):
    """The quarter by hand: one-way streets, the signal kept, the street up to the bollard too."""
    graph = graph_of(read_extract(QUARTER, metropole))
    assert graph.nodes[3]["highway"] == "traffic_signals"
    network = network_from_graph(graph, "quarter.osm", "quarter", "", roads)
    ids = network.node_ids
    pairs = {(int(ids[u]), int(ids[v])) for u, v in zip(network.tails, network.heads, strict=True)}
    # 1 is a bend: from 5 over it to 2, and to 1 from 2, from which there is no way on but back.
    assert (6, 2) not in pairs
    assert (2, 6) in pairs
    assert {(7, 3), (3, 7), (4, 8), (8, 4), (6, 7), (7, 6)} <= pairs | {(8, 4), (4, 8)}
    assert 9 not in ids
    assert (5, 10) in pairs
    assert 11 not in ids
    assert set(network.road_class) == {"secondary", "residential"}


def test_a_signal_that_is_tagged_makes_its_street_slower(metropole: Area, roads: RoadSettings):
    """The same quarter without it is quicker on the ways that pass it, and nowhere slower."""
    with_signal = read_extract(QUARTER, metropole)
    without = read_extract(QUARTER, metropole)
    del without.points[3]
    # 45 s: more than any junction here costs.
    driving = roads.driving.model_copy(update={"signal_s": 45.0})
    roads = roads.model_copy(update={"driving": driving})
    a, b = (
        network_from_graph(graph_of(one), "q", "q", "", roads) for one in (with_signal, without)
    )
    assert a.node_ids.tolist() == b.node_ids.tolist()
    slower = a.seconds - b.seconds
    at_signal = a.node_ids[a.heads] == 3
    assert at_signal.sum() == 3
    assert (slower[at_signal] > 0).all()
    assert (slower[~at_signal] == 0).all()


def test_limits_are_those_of_the_direction(roads: RoadSettings):
    """1 km east at 50 km/h, back at 30: 72 s and 120 s at the whole of the speed."""
    driving = roads.driving.model_copy(update={"speed_share": 1.0})
    roads = roads.model_copy(update={"driving": driving})
    tags = {"highway": "residential", "maxspeed:forward": "50", "maxspeed:backward": "30"}
    found = Extract(
        ways=[OsmWay((1, 2), tags)], positions={1: (-0.59, 44.81), 2: (-0.577355, 44.81)}
    )  # fmt: skip
    network = network_from_graph(graph_of(found), "q", "q", "", roads)
    assert network.metres.tolist() == pytest.approx([1000, 1000], abs=0.5)
    assert network.seconds.tolist() == pytest.approx([72, 120], abs=0.2)


@pytest.mark.parametrize(
    ("limit", "kmh"),
    [("50", 50), ("30 mph", 48.28), ("FR:urban", 50), ("50;30", 50), ("signals", 30), ("", 30),
     ("0", 30), ("walk", 6)],
)  # fmt: skip
def test_limits_are_read_as_people_tag_them(roads: RoadSettings, limit: str, kmh: float):
    """A word that says nothing gives the speed of the road class: 30 km/h here."""
    tags = {"highway": "residential", "maxspeed": limit}
    found = Extract(ways=[OsmWay((1, 2), tags)], positions={1: (-0.59, 44.81), 2: (-0.58, 44.81)})
    network = network_from_graph(graph_of(found), "q", "q", "", roads)
    speed = network.metres / network.seconds * 3.6 / roads.driving.speed_share
    assert speed.tolist() == pytest.approx([kmh, kmh], rel=1e-3)


def test_nobody_is_reached_from_a_bridge_or_a_tunnel(roads: RoadSettings):
    """A passage through a building is a street as any other."""
    kinds = [{}, {"bridge": "yes"}, {"tunnel": "yes"}, {"tunnel": "building_passage"}]
    ways = [
        OsmWay((number, number + 1), {"highway": "residential", **tags})
        for number, tags in enumerate(kinds)
    ]
    positions = {number: (-0.59 + number / 100, 44.81) for number in range(5)}
    network = network_from_graph(
        graph_of(Extract(ways=ways, positions=positions)), "q", "q", "", roads
    )
    order = np.argsort(network.lon[network.tails] + network.lon[network.heads], kind="stable")
    assert network.attachable[order][::2].tolist() == [True, False, False, True]


def test_a_margin_never_loses_ground(roads: RoadSettings):
    """The simpler outline with its margin holds the exact one with its margin."""
    for commune in read_communes().values():
        wide = around("x", commune.outline, roads.build).outline
        # Corners of the margin are drawn with a few sides: a hundredth of it is lost there.
        assert wide.covers(commune.outline.buffer(roads.build.margin_m * 0.98))


@pytest.mark.skipif(not CAMPUS.exists(), reason="the shared campus extract is not here")
def test_a_real_extract_is_read(metropole: Area, roads: RoadSettings):
    """The Talence campus: twenty ways that a van might drive, two signals, 7.7 km all told."""
    found = read_extract(CAMPUS, metropole)
    assert len(found.ways) == 20
    assert sum(tags.get("highway") == "traffic_signals" for tags in found.points.values()) == 2
    graph, account = graph_and_account(found, roads)
    made = assemble(graph, "campus", "campus", "", roads)
    # Cut out as it is, it is in pieces: its secondary roads lead out and never back. The longest
    # piece without the yards is a street of 408 m.
    assert made.network.metres.sum() == pytest.approx(2 * 408, abs=1)
    _, first = np.unique(made.street, return_index=True)
    whole_m = made.metres[first].sum() + sum(account.left_out_m.values())
    assert whole_m == pytest.approx(found.read_m, abs=0.1)


@pytest.mark.parametrize(
    "answer", [None, [], "x", {}, {"elements": 3}, {"elements": [{}]},
               {"elements": [{"type": "node", "id": "x", "lat": 1, "lon": 2}]},
               {"elements": [{"type": "way", "id": 1, "nodes": [1, 2],
                              "tags": {"highway": "residential"}}]}],
)  # fmt: skip
def test_an_answer_that_is_not_whole_is_refused(answer: object):
    """A way's nodes must all have come."""
    with pytest.raises(ValueError, match=r"OpenStreetMap|missing|literal"):
        from_overpass(answer)
