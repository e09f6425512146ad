"""The streets of a leg on sheets of every format: as text, and only where the roads have names."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import pytest

from dispatch.errors import InputError
from dispatch.sheets import calendars, streets
from dispatch.sheets.calendar_file import write_calendar
from dispatch.sheets.calendar_text import texts_of_events
from dispatch.sheets.pdf import sheets_html
from dispatch.sheets.streets import in_words
from dispatch.sheets.workbook import centre_workbook
from dispatch.views.escape import page_text
from tests.support.pages_fixture import DAY, HOSTILE, small_day
from tests.support.sheets_fixture import land_of, small_content

openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed; it comes with `dev`")


def driven_by(name, lang="fr"):
    """Return a content whose first round leads by two streets a leg, their names from this one."""
    content = small_content(lang=lang)
    (first, *_) = content.rounds
    legs = tuple((f"{name} {leg}", "cours Z") for leg in range(len(first.steps) + 1))
    return replace(content, day=replace(content.day, streets={first.technician.id: legs}))


def test_streets_are_said_on_one_line_and_a_long_name_is_cut():
    """Forty letters are enough to find a street."""
    assert in_words(["rue A", "cours B"]) == "rue A, cours B"
    assert in_words(["x" * 60]) == "x" * 39 + "…"
    assert in_words(["rue\nA\u202e"]) == "rue A"
    assert in_words([]) == ""


@pytest.mark.parametrize("name", ["rue <b>X</b> {{7*191}}", "quai d'A & B"])
def test_a_sheet_says_them_as_text(name):
    """For each leg, the last one home too; nothing in a name runs."""
    content = driven_by(name)
    page = sheets_html(content, land_of(content))
    for leg in range(len(content.rounds[0].steps) + 1):
        assert f"par {page_text(name)} {leg}, cours Z" in page
    assert "<b>X</b>" not in page


def test_without_names_no_sheet_says_anything_of_streets():
    """Of the bundled roads none is said; neither page nor workbook has room for them."""
    content = small_content()
    plain = sheets_html(content, land_of(content))
    other = replace(content, day=replace(content.day, streets={"nobody": (("rue A",),)}))
    assert sheets_html(other, land_of(content)) == plain
    heads = _sheet(content)[0]
    assert "Rues du trajet" not in heads
    assert "Rues du trajet" in _sheet(driven_by("rue A"))[0]


def _sheet(content):
    book = openpyxl.load_workbook(io.BytesIO(centre_workbook(content)))
    return list(book["A T1"].iter_rows(min_row=3, values_only=True))


def test_a_workbook_says_the_streets_of_each_leg():
    """Beside the stop they lead to; those of the way home in the last row."""
    heads, *rows = _sheet(driven_by("rue A"))
    column = heads.index("Rues du trajet")
    said = {row[0]: row[column] for row in rows}
    assert said == {
        "Départ": None,
        "A1": "rue A 0, cours Z",
        "A2": "rue A 1, cours Z",
        "Pause": None,
        "A3": "rue A 2, cours Z",
        "Retour": "rue A 3, cours Z",
    }


@pytest.mark.parametrize("name", ["=1+1", "+1", "@SUM(A1)", '=HYPERLINK("https://x","y")', HOSTILE])
def test_no_name_of_a_street_is_a_formula(name):
    """Each cell is text that stays text when it is edited, whatever it begins with."""
    content = driven_by(name)
    book = openpyxl.load_workbook(io.BytesIO(centre_workbook(content)))
    sheet = book["A T1"]
    [head] = [cell for cell in sheet[3] if cell.value == "Rues du trajet"]
    cells = [sheet.cell(row, head.column) for row in range(4, sheet.max_row + 1)]
    told = [cell for cell in cells if cell.value is not None]
    assert len(told) == 4
    for cell in told:
        assert (cell.data_type, cell.number_format, cell.quotePrefix) == ("s", "@", True)
        assert cell.hyperlink is None
    with zipfile.ZipFile(io.BytesIO(centre_workbook(content))) as parts:
        sheets = [parts.read(each) for each in parts.namelist() if "worksheets/sheet" in each]
    assert not any(b"<f>" in each or b"<hyperlink" in each for each in sheets)


def test_a_calendar_says_the_streets_to_each_visit():
    """On a line of their own, in the language of the sheets."""
    for lang, word in (("fr", "Rues\u00a0:"), ("en", "Streets:")):
        content = driven_by("rue A", lang)
        entries = calendars.entries_of(content, content.rounds[0])
        lines = [line for entry in entries for line in entry.text.split("\n")]
        assert [line for line in lines if line.startswith(word.rstrip(":"))] == [
            f"{word} rue A {leg}, cours Z" for leg in range(3)
        ]
    assert "Rues" not in calendars.entries_of(small_content(), small_content().rounds[0])[0].text


def test_no_name_of_a_street_adds_a_property_to_a_calendar():
    """A line break in a name is a space, signs of the format are escaped, and read back."""
    content = driven_by("rue\r\nATTACH:x;\\N,\u2028END:VEVENT")
    entries = calendars.entries_of(content, content.rounds[0])
    written = write_calendar(DAY, "T1", entries).decode()
    assert not any(line.startswith("ATTACH") for line in written.splitlines())
    assert written.count("BEGIN:VEVENT") == len(entries)
    texts = [found["DESCRIPTION"] for found in texts_of_events(written) if "DESCRIPTION" in found]
    assert sum("rue ATTACH:x;\\N, END:VEVENT" in text for text in texts) == 3


def test_where_the_roads_of_a_plan_are_gone_its_sheets_say_no_streets(monkeypatch):
    """They are made all the same; where the roads are there, each leg has its streets."""
    day, _ = small_day()
    written = SimpleNamespace(days={"sud": day}, service=None, communes=None, router=object)
    legs = {"T1": (("rue A",),)}
    monkeypatch.setattr(streets, "streets_of", lambda *_: legs)
    assert streets.with_streets(written, "sud") == replace(day, streets=legs)

    def gone():
        source, message = "part", "no network of this name"
        raise InputError.one(source, message)

    written.router = gone
    assert streets.with_streets(written, "sud") is day
