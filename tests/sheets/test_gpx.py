"""GPX and GeoJSON of a round, read back by other libraries."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dispatch.sheets.gpx import round_gpx
from dispatch.views.tables import round_geojson
from tests.support.pages_fixture import HOSTILE
from tests.support.sheets_fixture import long_round, small_content

gpxpy = pytest.importorskip("gpxpy", reason="gpxpy is not installed; it comes with `dev`")


def test_a_round_is_a_track_and_its_stops():
    """The way as driven; the centre and the stops in their order, with their hour in UTC."""
    content = small_content()
    read = gpxpy.parse(round_gpx(content, content.rounds[0]))
    home, *stops = read.waypoints
    assert home.name == "Centre Sud"
    assert [point.name for point in stops] == [
        "A1 Mairie, place de la Ve-République, Pessac",
        "A2 Médiathèque, 21 rue de Camponac, Pessac",
        "A3 École élémentaire, 4 avenue Pasteur, Pessac",
    ]
    assert (stops[0].latitude, stops[0].longitude) == (44.806, -0.632)
    # It arrives at 8:10 in winter.
    assert stops[0].time.isoformat() == "2026-11-25T07:10:00+00:00"
    assert stops[0].description == "08:10–08:40 V1\nPoste qui ne démarre plus"
    assert stops[0].link.endswith("44.80600,-0.63200")
    [track] = read.tracks
    way = [(p.longitude, p.latitude) for p in track.segments[0].points]
    assert way == list(content.day.lines["T1"])
    assert read.name == "Tournée de T1 – mercredi 25 novembre 2026"
    assert "OpenStreetMap" in read.description


def test_a_round_without_a_way_has_no_track():
    """Its stops are there all the same."""
    content = small_content()
    content = replace(content, day=replace(content.day, lines={}))
    read = gpxpy.parse(round_gpx(content, content.rounds[0]))
    assert (read.tracks, len(read.waypoints)) == ([], 4)


@pytest.mark.parametrize("text", [HOSTILE, "]]>&<!DOCTYPE x>\x00\x0b\uffff" * 50])
def test_hostile_texts_are_text(text):
    """They begin no tag, and what XML cannot hold is replaced."""
    content = small_content(text)
    read = gpxpy.parse(round_gpx(content, content.rounds[0]))
    assert len(read.waypoints) == 4
    read.to_xml().encode("utf-8")


@pytest.mark.slow
def test_the_geojson_of_a_round_holds_it_alone():
    """The centre, the line, the stops; letters as on the sheet; texts without contacts."""
    content = small_content()
    read = json.loads(round_geojson(content.day, content.rounds[1], content.attribution))
    kinds = [feature["properties"]["kind"] for feature in read["features"]]
    assert kinds == ["centre", "round", "stop", "stop", "stop"]
    assert {f["properties"].get("letter", "B") for f in read["features"]} == {"B"}
    assert "OpenStreetMap" in read["attribution"]
    content = long_round(1, description="06 12 34 56 78")
    assert "06 12" not in round_geojson(content.day, content.rounds[0], "")
