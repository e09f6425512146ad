"""Reference layers, read: every kind of file, the bundled mappings, and all faults at once."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from shapely import LineString, MultiLineString, Point, Polygon

from dispatch.errors import InputError
from dispatch.networks.area import Area
from dispatch.networks.build import Recipe, build
from dispatch.networks.coverage import coverage
from dispatch.networks.layer import CLOSED, NO_LINE, OUTSIDE, UNUSED
from dispatch.territory import read_communes
from tests.support.layers import ORIGIN, line, read, settings, write
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

EAST = line((0, 0), (100, 0))
FURTHER = line((100, 0), (300, 0))
# 100 m of the plane map are 100.05 m on the ground at this latitude.
STRETCH = 1.0005

METROPOLE = {
    "gid": [1, 2, 3], "domanial": ["4", "1", "5"], "passage": [None, "SUPERIEUR", "INFERIEUR"],
    "nom_voie": ["Rue É", None, ""], "rg_fv_graph_nd": [7, 8, None],
    "rg_fv_graph_na": [8, 9, None], "rg_fv_graph_dbl": [1, 0, None],
}  # fmt: skip
IGN = {
    "cleabs": ["T1", "T2", "T3", "T4"],
    "nature": ["Route à 1 chaussée", "Rond-point", "Sentier", "Type autoroutier"],
    "importance": ["4", "2", "6", "1"],
    "sens_de_circulation": ["Double sens", "Sens direct", "Sans objet", "Sens inverse"],
    "vitesse_moyenne_vl": [30, 25, 0, 110],
    "position_par_rapport_au_sol": ["0", "Gué ou radier", "0", "1"],
    "prive": [True, False, False, False],
}  # fmt: skip
PARALLEL = [line((0, 10 * n), (100, 10 * n)) for n in range(4)]


def refused(path: Path, columns: str | Path | None = None) -> list[str]:
    """Return the faults of a layer."""
    with pytest.raises(InputError) as caught:
        read(path, columns)
    return [str(fault) for fault in caught.value.faults]


def mapped(folder: Path, text: str) -> Path:
    path = folder / "our.toml"
    path.write_text('format = "dispatch-layer/1"\n' + text, encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", ["gpkg", "shp", "geojson"])
def test_the_metropoles_layer_is_known_by_its_columns(tmp_path: Path, ending: str):
    """Shapefiles with names cut after ten letters too; the private way has no one-way rule."""
    names = METROPOLE
    if ending == "shp":
        cut = {"rg_fv_graph_na": "rg_fv_gr_1", "rg_fv_graph_dbl": "rg_fv_gr_2"}
        names = {cut.get(name, name): cells for name, cells in METROPOLE.items()}
    path = write(tmp_path / f"a.{ending}", [EAST, FURTHER, line((0, 9), (50, 9))], **names)
    found = read(path)
    sections = found.sections
    assert found.mapping.title == "filaire de voirie (fv_tronc_l)"
    assert sections.road_class.tolist() == ["residential", "motorway", "service"]
    assert sections.along.tolist() == [True, True, True]
    assert sections.against.tolist() == [True, False, True]
    assert sections.level.tolist() == [0, 1, -1]
    assert sections.names == ("Rue É", "", "")
    assert sections.first.tolist() == ["7", "8", ""]
    assert sections.last.tolist() == ["8", "9", ""]
    assert sections.access.tolist() == [0, 0, 2]
    # The class says how fast of motorways alone.
    assert sections.by_density.tolist() == [True, False, True]
    assert sections.metres == pytest.approx([100 * STRETCH, 200 * STRETCH, 50 * STRETCH], rel=1e-4)


def test_the_layer_of_ign_is_known_by_its_columns(tmp_path: Path):
    """Classes, roundabouts, directions, levels and mean speeds; the footpath is left out, told."""
    found = read(write(tmp_path / "bdtopo.gpkg", PARALLEL, layer="troncon_de_route", **IGN))
    sections = found.sections
    assert sections.road_class.tolist() == ["tertiary", "primary", "motorway"]
    assert sections.roundabout.tolist() == [False, True, False]
    assert sections.along.tolist() == [True, True, False]
    assert sections.against.tolist() == [True, False, True]
    assert sections.level.tolist() == [0, 0, 1]
    assert sections.mean_kmh.tolist() == [30, 25, 110]
    assert np.isnan(sections.limit_kmh).all()
    assert sections.access.tolist() == [2, 0, 0]
    assert found.account.left_out_m == pytest.approx({UNUSED: 100 * STRETCH}, rel=1e-4)


def test_closed_unbuilt_and_floating_sections_of_ign_are_left_out(tmp_path: Path):
    """Each with its own reason; together with what is kept they are all that was read."""
    columns = {
        "nature": ["Route à 1 chaussée"] * 3 + ["Bac ou liaison maritime"],
        "sens_de_circulation": ["Double sens"] * 4,
        "vitesse_moyenne_vl": [30, 30, 30, 5],
        "position_par_rapport_au_sol": ["0"] * 4,
        "etat_de_l_objet": ["En service", "En construction", "En service", "En service"],
        "acces_vehicule_leger": ["Libre", "Libre", "Physiquement impossible", "Libre"],
    }
    found = read(write(tmp_path / "b.gpkg", PARALLEL, **columns))
    assert set(found.account.left_out_m) == {
        "not in service",
        "physically closed to cars",
        "ferries",
    }
    total = found.sections.metres.sum() + sum(found.account.left_out_m.values())
    assert total == pytest.approx(400 * STRETCH, rel=1e-4)


def test_lines_without_columns_are_roads_of_which_nothing_is_known(tmp_path: Path):
    """As the Métropole's sections of 2020: both ways, on the ground, no class."""
    found = read(write(tmp_path / "bare.geojson", [EAST], gid=[1]))
    assert found.mapping.title == "lines"
    assert found.sections.road_class.tolist() == [""]
    assert found.sections.by_density.tolist() == [True]
    assert found.sections.along.tolist() == found.sections.against.tolist() == [True]


def test_a_packed_geojson_is_the_same_layer(tmp_path: Path):
    plain = write(tmp_path / "a.geojson", [EAST, FURTHER], gid=[1, 2])
    packed = tmp_path / "b.geojson.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read(packed).sections.lonlat.tobytes() == read(plain).sections.lonlat.tobytes()


def test_the_coordinate_system_of_the_file_counts(tmp_path: Path):
    """The same street in degrees and in Lambert 93 lies in the same place."""
    metres = read(write(tmp_path / "a.gpkg", [EAST])).sections.lonlat
    degrees = read(write(tmp_path / "a.geojson", [EAST])).sections.lonlat
    assert metres == pytest.approx(degrees, abs=1e-6)
    assert metres[0] == pytest.approx([-0.5801, 44.8034], abs=1e-4)


def test_parts_that_go_on_are_one_section_and_others_are_several(tmp_path: Path):
    """Only the outer ends of a divided section have the layer's numbers."""
    on = MultiLineString([line((0, 0), (50, 0)), line((50, 0), (100, 0))])
    apart = MultiLineString([line((0, 9), (40, 9)), line((60, 9), (100, 9))])
    columns = {name: cells[:2] for name, cells in METROPOLE.items()}
    sections = read(write(tmp_path / "a.gpkg", [on, apart], **columns)).sections
    assert np.diff(sections.starts).tolist() == [3, 2, 2]
    assert sections.first.tolist() == ["7", "8", ""]
    assert sections.last.tolist() == ["8", "", "9"]


def test_a_section_without_a_line_is_told_and_costs_itself_alone(tmp_path: Path):
    """No geometry at all, and two positions that are one."""
    still = LineString([ORIGIN, ORIGIN])
    found = read(write(tmp_path / "a.gpkg", [EAST, None, still]))
    assert len(found.sections.level) == 1
    assert found.account.told == {NO_LINE: 2}


def test_what_is_driven_in_neither_direction_is_left_out(tmp_path: Path):
    text = '[direction]\ncolumn = "way"\nvalues = { "a" = "along", "n" = "neither" }\n'
    path = write(tmp_path / "a.gpkg", [EAST, FURTHER], way=["a", "n"])
    found = read(path, mapped(tmp_path, text))
    assert found.account.left_out_m == pytest.approx({CLOSED: 200 * STRETCH}, rel=1e-4)


def test_sections_outside_the_area_are_left_out(tmp_path: Path):
    """A section with one position inside stays as a whole."""
    x, y = ORIGIN
    area = Area("here", shapely.box(x - 10, y - 10, x + 110, y + 10))
    path = write(tmp_path / "a.gpkg", [EAST, FURTHER, line((200, 0), (300, 5))])
    found = read(path, area=area)
    assert len(found.sections.level) == 2
    assert found.account.left_out_m == pytest.approx({OUTSIDE: 100.12 * STRETCH}, rel=1e-3)


def test_all_faults_of_a_layer_are_told_at_once(tmp_path: Path):
    """A missing column, a wrong geometry, unknown direction, level, speed and class."""
    text = (
        'id = "gid"\nname = ["nom"]\n[direction]\ncolumn = "sens"\nvalues = { "1" = "both" }\n'
        '[level]\ncolumn = "sol"\n[speed]\ncolumn = "v"\n'
        '[[classes]]\nwhere = { genre = ["A"] }\nroad_class = "primary"\n'
    )
    path = write(
        tmp_path / "a.gpkg", [EAST, Point(ORIGIN), FURTHER], gid=[11, 12, 13],
        sens=["1", None, "9"], sol=["0", "haut", "1"], v=["30", "vite", "-5"],
        genre=["A", "B", "C"],
    )  # fmt: skip
    faults = refused(path, mapped(tmp_path, text))
    assert len(faults) == 9
    for said in (
        "a.gpkg: columns: is not among the layer's columns",
        "geometry: is no line, as roads are",
        "the first is gid 12",
        "sens: says nothing of the direction",
        "sens: is no known direction; add it to direction.values",
        "sol: is no known level",
        "v: must be a speed in km/h",
        "genre: fits no entry of `classes`",
    ):
        assert any(said in fault for fault in faults), said


def test_a_layer_without_coordinate_system_is_refused_until_the_mapping_states_it(tmp_path: Path):
    path = write(tmp_path / "a.shp", [EAST], crs=None, gid=[1])
    assert "states no coordinate system; state it with `crs`" in refused(path)[0]
    found = read(path, mapped(tmp_path, 'crs = "EPSG:2154"\n'))
    assert found.sections.lonlat[0] == pytest.approx([-0.5801, 44.8034], abs=1e-4)


def test_metres_in_a_geojson_are_no_degrees(tmp_path: Path):
    """GeoJSON that states no system is in degrees; the mapping may say better."""
    path = tmp_path / "a.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'
        '{"type":"LineString","coordinates":[[417000,6418000],[417100,6418000]]}}]}',
        encoding="utf-8",
    )
    assert "lies nowhere on Earth" in refused(path)[0]
    found = read(path, mapped(tmp_path, 'crs = "EPSG:2154"\n'))
    assert found.sections.metres == pytest.approx([100 * STRETCH], rel=1e-4)


def test_a_mapping_that_contradicts_the_coordinate_system_is_refused(tmp_path: Path):
    faults = refused(write(tmp_path / "a.gpkg", [EAST]), mapped(tmp_path, 'crs = "EPSG:3857"\n'))
    assert "the layer says EPSG:2154 and the mapping another one" in faults[0]
    assert "EPSG:3857" in faults[0]


@pytest.mark.parametrize(
    ("geometry", "said"),
    [([], "has no section"), ([None, None], "no section has a geometry"),
     ([Polygon([ORIGIN, (ORIGIN[0], 0), (0, 0)])], "is no line, as roads are")],
)  # fmt: skip
def test_a_layer_without_lines_is_refused(tmp_path: Path, geometry: list, said: str):
    faults = refused(write(tmp_path / "a.gpkg", geometry, gid=list(range(len(geometry)))))
    assert any(said in fault for fault in faults)


def test_of_several_layers_the_one_of_roads_is_read_or_has_to_be_named(tmp_path: Path):
    """IGN's files have dozens; without a known name somebody must choose."""
    path = write(tmp_path / "many.gpkg", PARALLEL, layer="troncon_de_route", **IGN)
    write(path, [EAST], layer="rivieres", gid=[1])
    assert len(read(path).sections.level) == 3
    assert len(read(path, layer="RIVIERES").sections.level) == 1
    with pytest.raises(InputError, match="there are troncon_de_route, rivieres"):
        read(path, layer="routes")
    other = write(tmp_path / "two.gpkg", [EAST], layer="a", gid=[1])
    write(other, [EAST], layer="b", gid=[1])
    with pytest.raises(InputError, match=r"several layers \(a, b\); name one with --layer"):
        read(other)


def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path):
    """GDAL would read it by its content; formats that name other files are kept out so."""
    (tmp_path / "broken.gpkg").write_bytes(b"no database")
    assert "cannot be read as a layer of roads" in refused(tmp_path / "broken.gpkg")[0]
    vrt = tmp_path / "a.geojson"
    vrt.write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>", encoding="utf-8",
    )  # fmt: skip
    assert "a.geojson" in refused(vrt)[0]
    (tmp_path / "c.geojson.gz").write_bytes(b"not packed")
    assert "cannot be read" in refused(tmp_path / "c.geojson.gz")[0]
    assert "there is no such file" in refused(tmp_path / "none.gpkg")[0]


def test_a_packed_file_that_grows_without_end_is_refused(tmp_path: Path):
    path = tmp_path / "bomb.geojson.gz"
    path.write_bytes(gzip.compress(b" " * 3_000_000))
    bounds = settings().build.model_copy(update={"unpacked_mb": 1.0})
    with pytest.raises(InputError, match=r"larger than 1 MB when unpacked.*unpacked_mb"):
        read(path, bounds=bounds)


def test_a_layer_of_which_nothing_is_used_says_what_became_of_it(tmp_path: Path):
    text = '[[classes]]\nroad_class = "footway"\n'
    faults = refused(write(tmp_path / "a.gpkg", [EAST], gid=[1]), mapped(tmp_path, text))
    assert "has no section that is used: 0.1 km of a class that nobody drives on" in faults[0]


def test_what_is_closed_to_cars_alone_is_open_to_bicycles(tmp_path: Path):
    """The rule of the mapping says for whom it holds."""
    columns = {
        "nature": ["Route à 1 chaussée"], "sens_de_circulation": ["Double sens"],
        "vitesse_moyenne_vl": [0], "position_par_rapport_au_sol": ["0"],
        "acces_vehicule_leger": ["Physiquement impossible"],
    }  # fmt: skip
    path = write(tmp_path / "a.gpkg", [EAST], **columns)
    assert len(read(path, profile="bicycle").sections.level) == 1
    with pytest.raises(InputError, match="physically closed to cars"):
        read(path)


SHARED = ROOT.parent / "shared" / "roads" / "metropole-sections-2020.geojson.gz"


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="the shared road sections are not here")
def test_the_sections_of_the_metropole_build_in_one_part():
    """28,941 of its junctions reach each other, all town halls are reached, each km is told."""
    communes = read_communes()
    network, about = build(Recipe(settings(), communes, file=SHARED), name="sections")
    # Nodes made here, of loops in three parts, have negative numbers.
    assert (network.node_ids > 0).sum() == 28_941
    found = coverage(network, communes, 1000)
    assert len(found) == 28
    assert all(one.town_hall_reached for one in found.values())
    assert sum(about.kilometres.values()) == pytest.approx(3913.2, abs=0.5)
    assert about.profile == "van"
