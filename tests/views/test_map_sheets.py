"""Tests of the links from pages to sheets, put in after the pages were written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dispatch.sheets.linked import link_sheets
from dispatch.sheets.manifest import CentreSheets, Manifest
from dispatch.sheets.write import Made
from dispatch.views import pages
from dispatch.views.sheet_links import with_sheets
from tests.support.pages_fixture import DAY, HOSTILE, small_day

if TYPE_CHECKING:
    from pathlib import Path

LINKS = {"map-sud.html": {"PDF": "sheets/sud.pdf"}}
SHOWN = '<span class="files">Feuilles de route\u202f: <a href="sheets/sud.pdf">PDF</a></span>'


def written(text: str | None = None, lang: str = "fr") -> tuple[str, str]:
    """Return the map page and the index of the small day, as they are before any sheet."""
    day, territory = small_day(text)
    notes = {"network_note": "", "attribution": ""}
    return (
        pages.map_page(day, territory, **notes, lang=lang),
        pages.index_page([day], territory, date=DAY, failures={}, **notes, lang=lang),
    )


@pytest.mark.parametrize("number", [0, 1], ids=["map", "index"])
def test_links_come_into_a_written_page_and_nothing_else_changes(number: int) -> None:
    """Taking them out again gives the page as it was, byte for byte."""
    page = written()[number]
    linked = with_sheets(page, LINKS)
    assert linked.count(SHOWN) == 1
    assert with_sheets(linked, {"map-sud.html": {}}) == page


def test_new_links_take_the_place_of_old_ones() -> None:
    """Sheets made twice are linked once."""
    page = written()[1]
    again = with_sheets(with_sheets(page, {"map-sud.html": {"PDF": "old.pdf"}}), LINKS)
    assert again == with_sheets(page, LINKS)


def test_links_speak_the_language_of_the_page() -> None:
    """An English page says route sheets."""
    assert "Route sheets: <a" in with_sheets(written(lang="en")[1], LINKS)


def test_a_page_knows_its_links_from_the_start_where_the_sheets_come_first() -> None:
    """The parameter and the later way give the same page."""
    day, territory = small_day()
    notes = {"network_note": "", "attribution": ""}
    first = pages.map_page(day, territory, **notes, sheets={"PDF": "sheets/sud.pdf"})
    assert first == with_sheets(written()[0], LINKS)


def test_no_text_of_a_ticket_makes_room_for_links() -> None:
    """What looks like the comments around the links is text, and stays so."""
    forged = "<!--sheets map-sud.html--><!--/sheets-->"
    day, territory = small_day(forged)
    page = pages.index_page(
        [day], territory, date=DAY, failures={forged: forged}, network_note="", attribution=forged
    )
    assert SHOWN not in with_sheets(page, LINKS)
    assert with_sheets(page, {}) == page


def test_a_link_is_text_whatever_it_is_called() -> None:
    """Addresses and words are escaped as all else is."""
    linked = with_sheets(written()[1], {"map-sud.html": {HOSTILE: HOSTILE}})
    assert "<script>alert" not in linked
    assert "onmouseover='" not in linked


def test_pages_of_a_folder_lead_to_what_lies_in_it(tmp_path: Path) -> None:
    """Printed sheets and workbook, not the files for phones; a second run changes nothing."""
    page, index = written()
    (tmp_path / "map-sud.html").write_text(page, encoding="utf-8")
    (tmp_path / "index.html").write_text(index, encoding="utf-8")
    made = sheets(tmp_path / "sheets")
    assert link_sheets(tmp_path, made, ["sud"]) == ("index.html", "map-sud.html")
    for name in ("index.html", "map-sud.html"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert '<a href="sheets/sheets-sud.pdf">PDF</a>' in text
        assert '<a href="sheets/sheets-sud.xlsx">Excel</a>' in text
        assert ".ics" not in text
    assert link_sheets(tmp_path, made, ["sud"]) == ()


@pytest.mark.slow
def test_sheets_elsewhere_are_not_linked_and_missing_pages_are_no_error(tmp_path: Path) -> None:
    """A page that is sent on with its folder must not lead out of it."""
    (tmp_path / "day").mkdir()
    (tmp_path / "day" / "index.html").write_text(written()[1], encoding="utf-8")
    assert link_sheets(tmp_path / "day", sheets(tmp_path / "elsewhere"), ["sud"]) == ()
    assert link_sheets(tmp_path / "none", sheets(tmp_path / "none" / "sheets"), ["sud"]) == ()


def sheets(folder: Path) -> Made:
    """Return what making the sheets of centre Sud says."""
    files = ("sheets-sud.pdf", "sheets-sud.xlsx", "sud/T1.ics", "sud/T1.gpx")
    centre = CentreSheets(plan_sha256="", lang="fr", files=files)
    return Made(folder, Manifest(date=DAY, centres={"sud": centre}))
