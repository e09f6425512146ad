"""The workbook, read back by openpyxl: figures that are figures, texts that stay texts."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.sheets.workbook import centre_workbook, sheet_name
from tests.support.pages_fixture import HOSTILE
from tests.support.sheets_fixture import long_round, small_content

openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed; it comes with `dev`")

FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    '=HYPERLINK("https://x","y")',
    "{=1}",
    "=cmd|'/c calc'!A1",
)


def read(content):
    """Return a content's workbook, read back."""
    return openpyxl.load_workbook(io.BytesIO(centre_workbook(content)))


def rows_of(sheet):
    """Return the rows of a sheet under their headings, by heading."""
    head, *rows = sheet.iter_rows(min_row=3, values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def book():
    """Return the workbook of the small day."""
    return read(small_content())


def test_a_sheet_a_technician_an_overview_and_the_visits_left(book):
    """Named as on paper."""
    assert book.sheetnames == ["Journée du centre", "A T1", "B T2", "Non planifiées"]
    first, second = rows_of(book["Journée du centre"])
    assert (first["Tournée"], first["Technicien"], first["Visites"]) == ("A", "T1", 3)
    assert (first["Départ"], first["Retour"]) == (time(8), time(11, 10))
    assert (first["Distance"], second["Distance"]) == (16.8, 12.6)
    assert first["Route"] == timedelta(minutes=40)
    assert book.properties.title == "Centre Sud – mercredi 25 novembre 2026"


def test_a_round_is_told_in_order(book):
    """Departure, stops, break, return; hours and kilometres as numbers."""
    rows = rows_of(book["A T1"])
    assert [row["Étape"] for row in rows] == ["Départ", "A1", "A2", "Pause", "A3", "Retour"]
    stop = rows[1]
    assert (stop["Début"], stop["Fin"], stop["Durée (min)"]) == (time(8, 10), time(8, 40), 30)
    assert (stop["Commune"], stop["Trajet (km)"], stop["Trajet (min)"]) == ("Pessac", 4.2, 10)
    assert stop["Créneaux"] == "08:00–12:00"
    assert stop["Coordonnées"] == "44.80600, -0.63200"
    assert (rows[3]["Début"], rows[3]["Durée (min)"]) == (time(9, 30), 60)
    assert rows[5]["Début"] == time(11, 10)
    [left] = rows_of(book["Non planifiées"])
    assert left["Motif"].startswith("Possible seule")


def test_it_is_ready_to_be_read_and_printed(book):
    """Headings stay in sight and are printed on each page; A4, landscape, one page wide."""
    for sheet in book:
        assert sheet.freeze_panes == "B4"
        assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.print_title_rows == "$3:$3"
        assert sheet.auto_filter.ref.startswith("A3:")
        assert all(column.width > 6 for column in sheet.column_dimensions.values())


@pytest.mark.parametrize("text", [HOSTILE, *FORMULAS])
def test_no_text_becomes_a_formula_or_a_link(text):
    """In any cell of any sheet; nor when someone edits it: the cell's format is text."""
    content = small_content(text)
    written = centre_workbook(content)
    book = openpyxl.load_workbook(io.BytesIO(written))
    texts = [cell for sheet in book for row in sheet.iter_rows(min_row=4) for cell in row
             if isinstance(cell.value, str)]  # fmt: skip
    assert texts
    for cell in texts:
        assert cell.data_type == "s"
        assert cell.quotePrefix
        assert cell.number_format == "@"
        assert cell.hyperlink is None
    with zipfile.ZipFile(io.BytesIO(written)) as parts:
        for name in parts.namelist():
            content_of = parts.read(name).decode("utf-8")
            assert not re.search(r"<f[ >]", content_of), name
            assert "hyperlink" not in content_of.replace("HYPERLINK", ""), name
            assert "externalLink" not in name


def test_long_texts_and_ampersands_keep_the_file_whole():
    """A cell holds 32,767 characters, a footer reads `&` as a code, a name has 31."""
    book = read(long_round(2, description="x" * 40_000))
    longest = max(len(row["Description"] or "") for row in rows_of(book["A T1"]))
    assert longest == 32_767
    written = centre_workbook(small_content("&R&P" * 20))
    with zipfile.ZipFile(io.BytesIO(written)) as parts:
        footer = re.search(
            r"<oddFooter>(.*?)</oddFooter>", parts.read("xl/worksheets/sheet1.xml").decode()
        )
    assert footer is not None
    text = footer[1].replace("&amp;", "&")
    assert text.startswith("&LCentre &&R&&P")
    # Of single ones there are our own: left, right, page and pages.
    assert re.findall(r"(?<!&)&(?!&)(.)", text.replace("&&", "")) == ["L", "R", "P", "N"]


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=12))
def test_excel_takes_every_name_of_a_sheet(texts):
    """Of 1 to 31 characters, none forbidden, no two alike whatever their case."""
    taken = set()
    names = [sheet_name(text, taken) for text in texts]
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert 1 <= len(name) <= 31
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert name[0] != "'" != name[-1]
        assert name.casefold() != "history"


def test_the_same_day_gives_the_same_bytes():
    """The file tells no time of its making."""
    assert centre_workbook(small_content()) == centre_workbook(small_content())


@pytest.mark.slow
def test_a_workbook_in_english():
    """On request."""
    book = read(small_content(lang="en"))
    assert book.sheetnames == ["The centre’s day", "A T1", "B T2", "Not planned"]
    assert rows_of(book["A T1"])[1]["Commune"] == "Pessac"
