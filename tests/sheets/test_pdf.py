"""Printed sheets: whole stops, words that a reader finds, tags that a screen reader finds."""

from __future__ import annotations

import io
import logging
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest

from dispatch.errors import InputError
from dispatch.sheets import pdf
from dispatch.sheets.pdf import sheets_html, sheets_pdf
from dispatch.sheets.place import place_link
from tests.support.pages_fixture import HOSTILE, LONG
from tests.support.sheets_fixture import land_of, long_round, needs_pango, small_content

pytestmark = pytest.mark.slow

pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed; it comes with `dev`")

A4 = (595, 842)


def made(content):
    """Return a content's PDF, read back."""
    needs_pango()
    return pypdf.PdfReader(io.BytesIO(sheets_pdf(content, land_of(content))))


def words_of(page):
    """Return the text of a page, blanks of all kinds alike."""
    return " ".join(page.extract_text().split())


@pytest.fixture(scope="module")
def small():
    """Return the PDF of the small day."""
    return made(small_content())


def tags_of(document):
    """Return every element of the structure tree."""

    def walk(node):
        node = node.get_object()
        if isinstance(node, pypdf.generic.ArrayObject):
            for child in node:
                yield from walk(child)
        elif isinstance(node, pypdf.generic.DictionaryObject) and "/S" in node:
            yield node
            if "/K" in node:
                yield from walk(node["/K"])

    return list(walk(document.trailer["/Root"]["/StructTreeRoot"]["/K"]))


def test_a_centre_is_an_overview_and_a_page_a_technician(small):
    """All A4; who has no visit has no page, and is named on the first."""
    assert [tuple(map(round, page.mediabox[2:])) for page in small.pages] == [A4] * 3
    first, second, third = map(words_of, small.pages)
    assert "Centre Sud" in first
    assert "mercredi 25 novembre 2026" in first
    assert "6 sur 7 visites" in first
    assert "Sans tournée ce jour : T3" in first
    assert "A T1" in second
    assert "B T2" in third


def test_what_stays_undone_stands_on_the_overview_with_its_reason(small):
    """In the words of the pages."""
    first = words_of(small.pages[0])
    assert "Visites non planifiées (1)" in first
    assert "Gymnase, allée des Sports" in first
    assert "Possible seule, mais d’autres visites ont pris sa place." in first


def test_a_sheet_tells_all_that_a_round_needs(small):
    """Hours, break, places, tasks, windows, skills, way and kilometres, in the order driven."""
    text = words_of(small.pages[1])
    for said in (
        "Départ 08:00 · retour 11:10 · pause 09:30–10:30",
        "3 visites · 16,8 km · route 40 min · sur place 1 h 30",
        "À prendre avant de partir",
        "Compétences – Réseau et câblage (A1, A2, A3)",
        "08:10–08:40", "30 min · priorité 2", "créneau 08:00–", "trajet 10 min · 4,2 km",
        "Mairie, place de la Ve-République", "Poste qui ne démarre plus",
        "Retour · 10 min · 4,2 km", "échéance 25/11/2026",
    ):  # fmt: skip
        assert said in text
    order = [text.index(word) for word in ("Mairie", "Médiathèque", "09:30–10:30 Pause", "École")]
    assert order == sorted(order)


def test_equipment_is_loaded_before_leaving():
    """Twelve stops of one unit each, in a van that holds forty."""
    content = long_round(12, load=1)
    html = sheets_html(content, land_of(content))
    loads = ", ".join(f"A{number} (1)" for number in range(1, 13))
    assert f"12\u00a0unités sur 40\u00a0: {loads}" in html
    content = long_round(2)
    assert "rien à charger pour cette tournée" in sheets_html(content, land_of(content))


def test_a_place_without_address_is_told_by_its_position():
    """Commune, and degrees as a map takes them."""
    content = small_content()
    blank = {
        name: ticket.model_copy(update={"address": ""})
        for name, ticket in content.day.tickets.items()
    }
    content = replace(content, day=replace(content.day, tickets=blank))
    html = sheets_html(content, land_of(content))
    assert "44.80600, -0.63200" in html
    assert "44.80600, -0.63200" not in sheets_html(small_content(), land_of(content))


@pytest.mark.parametrize("stops", [7, 12])
def test_a_page_break_splits_no_stop(stops):
    """Each stop's code, hours, address and link stand on one page; at most two pages a round."""
    content = long_round(stops)
    document = made(content)
    pages = [words_of(page) for page in document.pages[1:]]
    assert len(pages) == (1 if stops < 8 else 2)
    links = [
        [a.get_object()["/A"]["/URI"] for a in page.get("/Annots", [])]
        for page in document.pages[1:]
    ]
    for step in content.rounds[0].steps:
        ticket = step.ticket
        [page] = [
            k for k, text in enumerate(pages) if f" {step.code} " in text.partition("Étape")[2]
        ]
        assert f"{ticket.address} Pessac" in pages[page]
        assert place_link(content.settings, ticket.lat, ticket.lon) in links[page]
    # The overview links to nothing, as every visit is planned.
    assert sum(map(len, links)) == stops
    if stops == 12:
        # The second page says whose it is; the return follows the last stop.
        assert "A T1 (suite)" in pages[1]
        assert "(suite)" not in pages[0]
        assert "Retour" in pages[1]
        assert "Retour" not in pages[0].partition("Étape")[2]


def test_the_file_is_accessible(small):
    """PDF/UA: tagged, with language and title; figures have words, tables headings."""
    root = small.trailer["/Root"]
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert small.metadata.title == "Feuilles de route – Centre Sud – mercredi 25 novembre 2026"
    assert b'pdfuaid:part="1"' in root["/Metadata"].get_data()
    tags = tags_of(small)
    count = Counter(tag["/S"] for tag in tags)
    figures = [tag for tag in tags if tag["/S"] == "/Figure"]
    assert all(tag["/Alt"] for tag in figures)
    # A timeline with its key of three, two maps, six codes.
    assert len(figures) == 4 + 2 + 6
    assert "Code à photographier : plan de l’étape A1" in [tag["/Alt"] for tag in figures]
    assert count["/H1"] == 3
    # Six stops, and the visit undone, whose address takes two lines.
    assert count["/Link"] == 6 + 2
    assert count["/Table"] == 2 + 2
    # Rows and columns have headings: 9 + 6 columns, 2 rounds, 1 visit undone; 4 columns, 3 stops.
    assert count["/TH"] == 9 + 6 + 2 + 1 + 2 * (4 + 3)
    assert [entry.title for entry in small.outline if not isinstance(entry, list)] == [
        "Centre Sud Échantillon", "A T1", "B T2",
    ]  # fmt: skip


@pytest.mark.parametrize("text", [HOSTILE, LONG, "\u202e\x00\x1b[2J=1+1\n" * 400])
def test_hostile_texts_are_shown_and_do_nothing(text, caplog):
    """
    In every field: no code runs, no file grows, hours and places stay in sight.

    Nor has WeasyPrint anything to warn of, as a misspelt style or a figure without words.
    """
    content = small_content(text)
    html = sheets_html(content, land_of(content))
    assert "<script" not in html
    assert "36481" not in html  # 191 * 191, and 7 * 191:
    assert "1337" not in html
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\x1b]", html)
    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        document = made(content)
    assert [entry.getMessage() for entry in caplog.records if entry.name == "weasyprint"] == []
    assert len(document.pages) <= 5
    text = " ".join(words_of(page) for page in document.pages)
    for step in (*content.rounds[0].steps, *content.rounds[1].steps):
        assert f" {step.code} " in text
    assert "08:10–08:40" in text
    assert not [
        a for page in document.pages for a in page.get("/Annots", [])
        if not a.get_object()["/A"]["/URI"].startswith("https://www.google.com/maps/search/")
    ]  # fmt: skip
    assert "/JavaScript" not in str(document.trailer["/Root"].get("/Names", ""))


def test_nobody_is_named_on_paper():
    """A number or an address that a description holds is withheld."""
    content = long_round(3, description="Appeler Mme au 06 12 34 56 78 ou a.b@mairie.fr")
    html = sheets_html(content, land_of(content))
    assert "Appeler Mme au […] ou […]" in html
    assert "06 12" not in html


def test_the_same_day_gives_the_same_bytes():
    """The file tells no time of its making."""
    needs_pango()
    content = long_round(2)
    assert sheets_pdf(content, land_of(content)) == sheets_pdf(content, land_of(content))


def test_sheets_in_english():
    """On request; the language of the page, which becomes that of the file, says so."""
    content = small_content(lang="en")
    html = " ".join(sheets_html(content, land_of(content)).split())
    assert '<html lang="en">' in html
    for said in (
        "Visits not planned (1)",
        "Departure <b>08:00</b> · back <b>11:10</b>",
        "16.8 km",
    ):
        assert said in html


def test_nothing_is_fetched():
    """Neither from the network nor from the disk, were something to slip through."""
    for url in ("https://example.org/x.png", "file:///etc/passwd"):
        with pytest.raises(ValueError, match="sheets fetch nothing"):
            pdf.fetch_nothing(url)


def test_a_machine_without_pango_is_told_what_to_install(monkeypatch):
    """WeasyPrint loads it when it is imported."""

    class Missing:
        def find_spec(self, name, path=None, target=None):
            if name == "weasyprint":
                msg = "cannot load library 'libpango-1.0-0'"
                raise OSError(msg)

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    content = long_round(2)
    with pytest.raises(InputError, match=r"libpango-1\.0-0 libpangoft2-1\.0-0"):
        sheets_pdf(content, land_of(content))


def test_the_codes_on_paper_are_read_by_a_reader(tmp_path):
    """Rasterized as an office printer would, each code opens its stop."""
    zxingcpp = pytest.importorskip("zxingcpp", reason="zxing-cpp is not installed")
    if shutil.which("pdftoppm") is None:
        pytest.skip("no pdftoppm on this machine: no page is rasterized")
    from PIL import Image

    needs_pango()
    content = long_round(5)
    path = tmp_path / "sheets.pdf"
    path.write_bytes(sheets_pdf(content, land_of(content)))
    command = [
        "pdftoppm",
        "-r",
        "150",
        "-gray",
        "-png",
        "-f",
        "2",
        str(path),
        str(tmp_path / "page"),
    ]
    subprocess.run(command, check=True, timeout=60)
    pages = sorted(tmp_path.glob("page-*.png"))
    found = []
    for page in pages:
        with Image.open(page) as image:
            found += [code.text for code in zxingcpp.read_barcodes(image)]
            # Ink on the page, and white around it.
            assert (
                0.02
                < sum(image.convert("1").histogram()[:128]) / (image.width * image.height)
                < 0.4
            )
    assert sorted(found) == sorted(content.link(step.ticket) for step in content.rounds[0].steps)
