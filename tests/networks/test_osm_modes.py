"""OpenStreetMap for bicycles and people on foot: which ways, in which direction, joined where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dispatch.errors import InputError
from dispatch.networks.access import ACCESS
from dispatch.networks.build import Recipe, build
from dispatch.networks.layer import UNUSED
from dispatch.networks.osm_modes import read_mode
from dispatch.streets.router import Router, Site, TravelSettings
from dispatch.streets.settings import bundled_section
from dispatch.territory import read_communes
from tests.support.layers import settings

if TYPE_CHECKING:
    from pathlib import Path

    from dispatch.networks.layer import ReadLayer

PROFILES = TravelSettings.from_toml(bundled_section("travel")).profiles
# A street 1 - 2 - 3 of some 158 m east, and a way from its middle 2 north to 4, 111 m.
NODES = {1: (-0.600, 44.800), 2: (-0.599, 44.800), 3: (-0.598, 44.800), 4: (-0.599, 44.801)}


def town(folder: Path, street: str, path: str) -> Path:
    """Write the town: tags of its street and of its path, as `key=value` and blanks between."""

    def way(number: int, nodes: str, tags: str) -> str:
        refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
        pairs = (tag.split("=") for tag in tags.split())
        return (
            f'<way id="{number}" version="1">{refs}'
            + "".join(f'<tag k="{key}" v="{value}"/>' for key, value in pairs)
            + "</way>"
        )

    nodes = "".join(
        f'<node id="{number}" version="1" lon="{lon}" lat="{lat}"/>'
        for number, (lon, lat) in NODES.items()
    )
    file = folder / "town.osm"
    # Ways before nodes, as JOSM may write them.
    file.write_text(
        f'<osm version="0.6">{way(7, "123", street)}{way(8, "24", path)}{nodes}</osm>',
        encoding="utf-8",
    )
    return file


def read(folder: Path, name: str, street: str, path: str) -> ReadLayer:
    file = town(folder, street, path)
    return read_mode(file, name, PROFILES[name], None, settings().build)


def test_ways_meet_where_they_share_a_node(tmp_path: Path):
    """The street is in two sections, and the path ends between them."""
    sections = read(tmp_path, "foot", "highway=residential", "highway=steps").sections
    assert sections.first.tolist() == ["1", "2", "2"]
    assert sections.last.tolist() == ["2", "3", "4"]
    assert sections.road_class.tolist() == ["residential", "residential", "steps"]
    assert sections.metres == pytest.approx([79.1, 79.1, 111.1], abs=0.2)


@pytest.mark.parametrize(
    ("name", "path", "reason"),
    [
        ("bicycle", "highway=steps", UNUSED),
        ("bicycle", "highway=footway", UNUSED),
        ("bicycle", "highway=footway bicycle=yes", None),
        ("bicycle", "highway=cycleway bicycle=no", ACCESS),
        ("bicycle", "highway=track vehicle=no", ACCESS),
        ("bicycle", "highway=track vehicle=no bicycle=designated", None),
        ("bicycle", "highway=motorway", UNUSED),
        ("foot", "highway=footway", None),
        ("foot", "highway=residential motor_vehicle=no", None),
        ("foot", "highway=path access=no", ACCESS),
        ("foot", "highway=path access=no foot=yes", None),
        ("foot", "highway=construction foot=yes", UNUSED),
    ],
)
def test_the_most_specific_tag_of_the_mode_decides(
    tmp_path: Path, name: str, path: str, reason: str | None
):
    found = read(tmp_path, name, "highway=residential", path)
    # The street is divided where the path meets it, if there is one.
    assert len(found.sections.level) == (3 if reason is None else 1)
    assert list(found.account.left_out_m) == ([] if reason is None else [reason])


@pytest.mark.parametrize(
    ("tags", "along", "against"),
    [
        ("highway=residential oneway=yes", True, False),
        ("highway=residential oneway=-1", False, True),
        ("highway=residential oneway=yes oneway:bicycle=no", True, True),
        ("highway=residential oneway=yes cycleway=opposite_lane", True, True),
        ("highway=residential junction=roundabout", True, False),
        ("highway=residential", True, True),
    ],
)
def test_one_way_streets_hold_for_bicycles_unless_a_tag_opens_them(
    tmp_path: Path, tags: str, along: bool, against: bool
):
    sections = read(tmp_path, "bicycle", tags, "highway=path").sections
    assert (sections.along[0], sections.against[0]) == (along, against)
    on_foot = read(tmp_path, "foot", tags, "highway=path").sections
    assert on_foot.along.all()
    assert on_foot.against.all()


def test_a_bridge_joins_the_street_with_which_it_shares_a_node(tmp_path: Path):
    """OpenStreetMap's nodes alone say what joins: bridges over it share none."""
    file = town(tmp_path, "highway=residential", "highway=footway bridge=yes")
    recipe = Recipe(settings(), read_communes(), file=file, whole=True, profile="foot")
    network, about = build(recipe, name="town")
    assert (network.node_count, network.profile, about.profile) == (4, "foot", "foot")
    assert about.kilometres["kept"] == pytest.approx(0.269, abs=0.001)


def test_a_walk_takes_its_length_at_the_profiles_pace(tmp_path: Path):
    """79 m from 1 to 2 and 111 m to 4 at 4.5 km/h, and one junction on the way, 2."""
    file = town(tmp_path, "highway=residential", "highway=footway")
    recipe = Recipe(settings(), read_communes(), file=file, whole=True, profile="foot")
    network, _ = build(recipe, name="town")
    sites = [Site(str(node), *NODES[node]) for node in (1, 4)]
    travel = Router(network, profile="foot").measure(sites)
    foot = PROFILES["foot"]
    assert travel.seconds[0, 0, 1] == pytest.approx(190.2 / 4.5 * 3.6 + foot.junction_s, abs=2)
    assert travel.metres[0, 1] == 190


def test_a_file_that_is_no_map_is_refused(tmp_path: Path):
    broken = tmp_path / "broken.osm"
    broken.write_text("no map", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read as OpenStreetMap data"):
        read_mode(broken, "foot", PROFILES["foot"], None, settings().build)


def test_a_mode_needs_a_file(tmp_path: Path):
    """Overpass is asked for a van's streets alone, and a graph has no paths."""
    for file in (None, tmp_path / "a.graphml"):
        recipe = Recipe(settings(), read_communes(), file=file, profile="foot")
        with pytest.raises(InputError, match="--profile: needs --from"):
            build(recipe, name="a")
