"""Tests of the tables and the geography for other programs."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.views.tables import (
    BOM,
    STOP_COLUMNS,
    UNASSIGNED_COLUMNS,
    cell,
    rounds_geojson,
    stops_csv,
    unassigned_csv,
)
from tests.support.pages_fixture import HOSTILE, LONG, small_day


def rows(text: str) -> list[dict[str, str]]:
    """Return the rows of a table as a French spreadsheet reads it."""
    assert text.startswith(BOM)
    return list(csv.DictReader(io.StringIO(text.removeprefix(BOM), newline=""), delimiter=";"))


def test_a_stop_has_its_times_its_leg_and_its_place() -> None:
    """T1 reaches V3 at 10:30 after its break, by a leg of 4.2 km and 10 minutes."""
    day, territory = small_day()
    third = rows(stops_csv([day], territory))[2]
    assert third == {
        "Date": "2026-11-25",
        "Centre": "Sud",
        "Technicien": "T1",
        "N°": "3",
        "Étape": "A3",
        "Visite": "V3",
        "Commune": "Pessac",
        "INSEE": "33318",
        "Adresse": "École élémentaire, 4 avenue Pasteur",
        "Description": "Poste qui ne démarre plus",
        "Arrivée": "10:30",
        "Début": "10:30",
        "Fin": "11:00",
        "Durée (min)": "30",
        "Trajet (km)": "4,2",
        "Trajet (min)": "10",
        "Priorité": "2",
        "Compétences": "reseau",
        "Échéance": "2026-11-25",
    }


def test_there_is_one_row_a_stop_in_the_order_of_the_rounds() -> None:
    """Two rounds of three stops give six rows, technician by technician."""
    day, _ = small_day()
    found = [(row["Technicien"], row["Visite"]) for row in rows(stops_csv([day]))]
    assert found == [(f"T{1 + k // 3}", f"V{k + 1}") for k in range(6)]


def test_an_unassigned_visit_has_its_reason_in_words_and_as_a_code() -> None:
    """People read the sentence, programs the code."""
    day, territory = small_day()
    (left,) = rows(unassigned_csv([day], territory))
    assert left["Visite"] == "V7"
    assert left["Créneaux"] == "08:00\u201312:00"
    assert left["Code du motif"] == "crowded_out"
    assert left["Motif"] == "Possible seule, mais d\u2019autres visites ont pris sa place."


def test_tables_without_a_row_still_have_their_headers() -> None:
    """An empty day is a table of no rows, not an empty file."""
    assert stops_csv([]) == BOM + ";".join(STOP_COLUMNS) + "\r\n"
    assert unassigned_csv([]) == BOM + ";".join(UNASSIGNED_COLUMNS) + "\r\n"


def test_lines_end_as_a_spreadsheet_expects() -> None:
    """Every row ends in CRLF, and no lone carriage return breaks one in two."""
    day, territory = small_day()
    text = stops_csv([day], territory)
    assert text.count("\r\n") == 7
    assert text.count("\r") == text.count("\n") == 7


@pytest.mark.parametrize(
    "start",
    [
        "=",
        "+",
        "-",
        "@",
        "\t",
        "\r",
        "\n",
        "\uff1d",
        "\uff0b",
        "\uff0d",
        "\uff20",
        " =",
        "\u200b=",
        "\ufeff@",
        "\u202e+",
        "\u2212",
    ],
)
def test_a_cell_that_a_spreadsheet_could_run_gains_an_apostrophe(start: str) -> None:
    """Formula signs, full-width or behind invisible characters, and leading tabs and line ends."""
    assert cell(start + "1+1").startswith("'")


@pytest.mark.parametrize("text", ["", "Mairie", "12,4", "10:30", "l'accueil", "1-2", "…"])
def test_an_ordinary_cell_is_left_as_it_is(text: str) -> None:
    """An apostrophe in front of everything would be a nuisance."""
    assert cell(text) == text


@given(st.text())
def test_no_cell_ever_begins_with_a_formula_sign(text: str) -> None:
    """Whatever the text, what a spreadsheet sees first is not a sign, tab or line end."""
    found = cell(text)
    assert found.strip()[:1] not in tuple("=+-@")
    assert found[:1] not in ("\t", "\r", "\n")
    found.encode("utf-8")


@pytest.mark.parametrize("text", [HOSTILE, LONG, '=cmd|" /C calc"!A0;"\r\n'])
def test_texts_that_mean_something_to_a_table_stay_in_their_cell(text: str) -> None:
    """Six stops stay six rows of as many cells as there are columns."""
    day, territory = small_day(text)
    found = list(
        csv.reader(
            io.StringIO(stops_csv([day], territory).removeprefix(BOM), newline=""), delimiter=";"
        )
    )
    assert [len(row) for row in found] == [len(STOP_COLUMNS)] * 7
    assert not any(value.startswith(("=", "+", "-", "@")) for row in found for value in row)


def test_the_geography_holds_lines_and_points_in_longitude_and_latitude() -> None:
    """One centre, two rounds, six stops and an unassigned visit, west of Greenwich and north."""
    day, _ = small_day()
    found = json.loads(rounds_geojson([day], "© someone"))
    kinds = [feature["properties"]["kind"] for feature in found["features"]]
    assert kinds == ["centre", "round", *["stop"] * 3, "round", *["stop"] * 3, "unassigned"]
    assert found["attribution"] == "© someone"
    assert "crs" not in found
    first = found["features"][1]
    assert first["geometry"]["type"] == "LineString"
    assert first["geometry"]["coordinates"][0] == [-0.6, 44.805]
    assert first["properties"]["distance_m"] == 16_800
    assert first["properties"]["break_s"] == [34_200, 37_800]
    assert found["features"][2]["geometry"] == {"type": "Point", "coordinates": [-0.632, 44.806]}


def test_a_round_without_a_line_is_a_feature_without_a_place() -> None:
    """RFC 7946 wants two positions in a line, and null where there is nowhere."""
    day, _ = small_day()
    found = json.loads(rounds_geojson([replace(day, lines={})], ""))
    assert found["features"][1]["geometry"] is None


@pytest.mark.slow
def test_hostile_texts_come_back_unchanged_from_the_geography() -> None:
    """JSON needs no escaping of ours: the text is data there."""
    day, _ = small_day(HOSTILE)
    found = json.loads(rounds_geojson([day], HOSTILE))
    assert found["features"][2]["properties"]["description"].startswith(HOSTILE)
