"""The 28 communes that come with the package, and the reading of files like theirs."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest
import shapely

from dispatch.data import data_path
from dispatch.errors import InputError
from dispatch.service.service import read_service
from dispatch.territory import TO_METRIC, Commune, read_communes

if TYPE_CHECKING:
    from pathlib import Path

POLES = {"Bordeaux": 1, "Rive droite": 11, "Sud": 5, "Ouest": 11}


@pytest.fixture(scope="module")
def communes():
    return read_communes()


def feature(insee: str = "33063", size: float = 0.01, **changed: object):
    ring = [[0, 45], [size, 45], [size, 45 + size], [0, 45 + size], [0, 45]]
    properties = {
        "insee": insee, "name": "Ville", "population": 10, "pole": "Sud", "takes_part": True,
        "town_hall_address": "1 rue", "town_hall_lon": 0, "town_hall_lat": 45.0,
    } | changed  # fmt: skip
    return {
        "type": "Feature",
        "properties": {key: value for key, value in properties.items() if value is not None},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def write(tmp_path: Path, *features: object, **more: object):
    path = tmp_path / "communes.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features} | more))
    return path


def test_there_are_28_communes_in_the_poles_of_the_deliberation(communes: dict[str, Commune]):
    """Pôles have 1, 11, 5 and 11 communes; Le Bouscat and Bruges are in pôle Ouest."""
    found = [commune.pole for commune in communes.values()]
    assert {pole: found.count(pole) for pole in POLES} == POLES
    assert len(communes) == 28
    assert communes["33069"].name == "Le Bouscat"
    assert communes["33069"].pole == communes["33075"].pole == "Ouest"


def test_fourteen_communes_take_part(communes: dict[str, Commune]):
    """The deliberation names 14 of the 28."""
    assert sum(commune.takes_part for commune in communes.values()) == 14
    assert communes["33063"].takes_part
    assert not communes["33119"].takes_part  # Cenon


def test_populations_add_up_to_the_metropole(communes: dict[str, Commune]):
    """About 800,000 people live there, 250,000 of them in Bordeaux."""
    assert sum(commune.population for commune in communes.values()) == pytest.approx(8e5, rel=0.03)
    assert communes["33063"].population == pytest.approx(254_000, rel=0.02)


def test_every_town_hall_lies_in_its_commune(communes: dict[str, Commune]):
    """A town hall elsewhere would be a wrong geocode."""
    for commune in communes.values():
        hall = TO_METRIC.transform(commune.town_hall_lon, commune.town_hall_lat)
        assert commune.outline.covers(shapely.Point(*hall)), commune.name


def test_outlines_are_valid_and_do_not_overlap(communes: dict[str, Commune]):
    """Two communes share at most 0.1 % of the smaller one's area."""
    assert all(commune.outline.is_valid for commune in communes.values())
    for a, b in itertools.combinations(communes.values(), 2):
        shared = a.outline.intersection(b.outline).area
        assert shared <= 0.001 * min(a.outline.area, b.outline.area), (a.name, b.name)


def test_neighbours_share_their_border_without_gaps():
    """In the file's own coordinates the outlines are a coverage, and their union has no hole."""
    features = json.loads(data_path("communes.geojson").read_text(encoding="utf-8"))["features"]
    outlines = [shapely.geometry.shape(item["geometry"]) for item in features]
    assert shapely.coverage_is_valid(outlines)
    whole = shapely.union_all(outlines)
    assert whole.geom_type == "Polygon"
    assert not whole.interiors


def test_area_is_that_of_the_metropole(communes: dict[str, Commune]):
    """578 km² in all: positions are degrees, outlines metres."""
    whole = sum(commune.outline.area for commune in communes.values())
    assert whole == pytest.approx(578e6, rel=0.01)


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path):
    """A missing property, a wrong type and a double code are three faults of one error."""
    path = write(
        tmp_path, feature("1", name=None), feature("2", population="10"), feature(), feature()
    )
    with pytest.raises(InputError) as caught:
        read_communes(path)
    wheres = [fault.where for fault in caught.value.faults]
    assert wheres == [
        "features[0].properties.name",
        "features[1].properties.population",
        "features[3].properties.insee",
    ]


def test_a_whole_number_will_do_for_a_longitude_but_true_for_no_number(tmp_path: Path):
    """JSON writes 0.0 as 0, and Python takes true for 1."""
    assert read_communes(write(tmp_path, feature(town_hall_lon=0)))["33063"].town_hall_lon == 0
    with pytest.raises(InputError, match="population"):
        read_communes(write(tmp_path, feature(population=True)))


def test_an_invalid_outline_is_told_with_its_reason(tmp_path: Path):
    """A polygon that crosses itself has no inside."""
    broken = feature()
    broken["geometry"]["coordinates"] = [[[0, 45], [1, 46], [1, 45], [0, 46], [0, 45]]]
    with pytest.raises(InputError, match=r"features\[0\].geometry.*Self-intersection"):
        read_communes(write(tmp_path, broken))


@pytest.mark.parametrize("geometry", [None, {"type": "Point", "coordinates": [0, 45]}, {"a": 1}, 7])
def test_what_is_no_polygon_is_refused(tmp_path: Path, geometry: object):
    """A commune is an area."""
    with pytest.raises(InputError, match=r"features\[0\].geometry"):
        read_communes(write(tmp_path, feature() | {"geometry": geometry}))


def test_another_crs_is_shown(tmp_path: Path):
    """Both the CRS found and the one that is needed are named."""
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}
    with pytest.raises(InputError, match=r"EPSG:4326.*EPSG::2154"):
        read_communes(write(tmp_path, feature(), crs=crs))


def test_metres_are_not_taken_for_degrees(tmp_path: Path):
    """Coordinates of EPSG:2154 in a file that declares nothing are noticed."""
    with pytest.raises(InputError, match="not degrees"):
        read_communes(write(tmp_path, feature(size=400_000)))


@pytest.mark.parametrize("content", ["", "{", "[]", '{"features": []}', '{"features": [1]}'])
def test_a_file_that_is_not_geojson_is_named(tmp_path: Path, content: str):
    """Whatever is wrong, the error names the file."""
    path = tmp_path / "communes.geojson"
    path.write_text(content)
    with pytest.raises(InputError, match=r"communes\.geojson"):
        read_communes(path)


def test_a_missing_file_is_named(tmp_path: Path):
    """The remedy is the bundled file."""
    with pytest.raises(InputError, match=r"none\.geojson.*come with the package"):
        read_communes(tmp_path / "none.geojson")


def test_a_bundled_file_that_is_missing_is_an_input_error():
    """An incomplete installation says so."""
    with pytest.raises(InputError, match="install the package again"):
        data_path("nothing.toml")


@pytest.mark.slow
def test_the_territory_as_a_table_has_a_row_a_commune_and_its_centre():
    """A planner reads it in a notebook: metric CRS, one centre a commune, or none."""
    communes = read_communes()
    table = read_service().territory(communes).to_geodataframe()
    assert table.crs == "EPSG:2154"
    assert len(table) == 28
    assert table.loc["33318", ["name", "centre"]].tolist() == ["Pessac", "sud"]
    assert table["centre"].notna().sum() == 14
