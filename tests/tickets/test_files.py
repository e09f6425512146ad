"""Files of tickets, CSV and XLSX, and folders of them: what is read, what is rejected and why."""

from __future__ import annotations

import io
import os
import random
import warnings
import zipfile
from contextlib import suppress
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.data import data_path
from dispatch.errors import InputError
from dispatch.fieldwork import Ticket, TimeWindow
from dispatch.service.service import read_service
from dispatch.territory import read_communes
from dispatch.tickets import Delivery, TicketsSection, open_source
from dispatch.tickets.ask import HttpClient, NoAnswer
from dispatch.tickets.importing import Importer
from dispatch.tickets.mapping import read_mapping
from dispatch.tickets.sites import KnownPlace, KnownPlaces, read_known_places
from dispatch.tickets.sources import FileSource
from dispatch.tickets.xlsx import read_sheet
from tests.support.fuzzing import inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatch.service.service import Service
    from dispatch.tickets.importing import Reading

DAY = date(2026, 11, 25)
COMMUNES = read_communes()
SERVICE = read_service()
MAPPING = read_mapping("glpi", SERVICE.skills)
HEADINGS = [
    "ID", "Titre", "Entité", "Statut", "Priorité", "Lieu", "Date d'ouverture",
    "Temps de résolution", "Catégorie", "Demandeur - Demandeur", "Dernière modification",
]  # fmt: skip
GOOD = [
    "12 345", "Écran noir, 05 56 00 11 22", "Entité racine > Mairie de Pessac",
    "En cours (Attribué)", "Haute", "Pessac > Mairie > 1er étage", "2026-11-20 09:12:00",
    "2026-11-26 17:00:00", "Matériel > Poste de travail", "Jeanne Martin", "2026-11-24 10:00:00",
]  # fmt: skip
SITES = "nom;lon;lat;insee;adresse\nPessac > Mairie;-0,6310;44,8060;33318;Place X\n"


def row(**cells: object) -> list[str]:
    """Return the good row with other cells, by the words of their headings."""
    made = dict(zip(HEADINGS, GOOD, strict=True))
    for name, value in cells.items():
        heading = next(found for found in HEADINGS if found.casefold().startswith(name))
        made[heading] = str(value)
    return list(made.values())


def export(path: Path, rows: Sequence[Sequence[str]], headings: Sequence[str] = HEADINGS) -> Path:
    """Write an export as GLPI does: byte order mark, quotes, a separator at each line's end."""
    lines = [
        "".join('"' + cell.replace('"', '""') + '";' for cell in cells)
        for cells in (headings, *rows)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return path


def sheet(path: Path, rows: Sequence[Sequence[object]], headings: Sequence[str] = HEADINGS) -> Path:
    """Write the same as a spreadsheet."""
    book = openpyxl.Workbook()
    for cells in (headings, *rows):
        book.active.append(list(cells))
    book.save(path)
    return path


def read(
    path: Path,
    *,
    mapping: str | None = "glpi",
    service: Service = SERVICE,
    sites: str = SITES,
    geocode: bool = False,
) -> Reading:
    """Return what becomes of a file or a folder."""
    beside = path.parent / "places.txt"
    beside.write_text(sites, encoding="utf-8")
    config = TicketsSection(
        source="folder" if path.is_dir() else "file", path=path, mapping=mapping, sites=beside,
        geocode=geocode, cache=path.parent / "cache",
    )  # fmt: skip
    return open_source(config, service, COMMUNES).read(DAY)


def told(reading: Reading) -> dict[str, str]:
    """Return the reasons by id."""
    return {aside.id: aside.reason for aside in reading.rejected}


WANTED = Ticket(
    id="12345", insee="33318", collectivity="33318", lon=-0.6310, lat=44.8060, address="Place X",
    description="Écran noir, […]", duration_s=1800, skills=frozenset({"poste"}), priority=2,
    due=date(2026, 11, 26), asked=date(2026, 11, 20),
)  # fmt: skip


# --- one file ----------------------------------------------------------------------------------


def test_an_export_of_glpi_becomes_visits(tmp_path: Path):
    """Grouped id, place of the room's building, commune of the entity; no name, no number."""
    reading = read(export(tmp_path / "e.csv", [GOOD]))
    assert reading.tickets == (WANTED,)
    assert reading.rejected == ()
    assert "e.csv: personal data, never looked at: Demandeur - Demandeur" in reading.notes
    assert "e.csv: columns that are not read: Dernière modification" in reading.notes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_an_export_may_have_any_usual_form(tmp_path: Path, encoding: str, separator: str):
    """Encodings and separators of office tools."""
    rows = [f'"{cell}"' for cell in GOOD]
    text = separator.join(HEADINGS) + "\r\n" + separator.join(rows) + "\r\n"
    path = tmp_path / "e.csv"
    path.write_bytes(text.encode(encoding))
    assert read(path).tickets == (WANTED,)


def test_a_spreadsheet_becomes_the_same_visits(tmp_path: Path):
    """Dates that are dates, numbers that are numbers."""
    cells: list[object] = list(GOOD)
    cells[0], cells[6] = 12345.0, datetime(2026, 11, 20, 9, 12)  # noqa: DTZ001 - cells have no zone
    cells[7] = datetime(2026, 11, 26)  # noqa: DTZ001
    assert read(sheet(tmp_path / "e.xlsx", [cells])).tickets == (WANTED,)


def test_closed_tickets_and_those_without_a_visit_are_counted(tmp_path: Path):
    """Each reason with its number."""
    rows = [
        row(id=1, statut="Clos"), row(id=2, statut="RESOLU"), row(id=3, statut="Clos"),
        row(id=4, catégorie="Comptes"), GOOD,
    ]  # fmt: skip
    reading = read(export(tmp_path / "e.csv", rows))
    assert len(reading.tickets) == 1
    assert {"e.csv: 2 passed over, status Clos", "e.csv: 1 passed over, status RESOLU",
            "e.csv: 1 passed over, no visit needed"} <= set(reading.notes)  # fmt: skip


def test_each_row_that_cannot_be_meant_is_set_aside_with_its_reason(tmp_path: Path):
    """The others are planned; faults name line, column and value, what is rejected does not."""
    rows = [
        row(id=1, entité=""), row(id=2, entité="Racine > Mars"),
        row(id="9,1E+17"), row(id=4, lieu="Nulle part"), row(id="../.."), row(id=6),
        row(id=6), row(id=7, lieu="x" * 3_000), row(id=8, entité="Racine > Talence"), GOOD,
    ]  # fmt: skip
    reading = read(export(tmp_path / "e.csv", rows))
    assert [ticket.id for ticket in reading.tickets] == ["1", "6", "12345"]
    reasons = {aside.where: aside.reason for aside in reading.rejected}
    assert "names no commune" in reasons["line 3"]
    assert "rounded this number" in reasons["line 4"]
    assert "the sites file does not know this place" in reasons["line 5"]
    assert reasons["line 6"] == "ID: is empty; fill it in"
    assert "stands on line 7 already" in reasons["line 8"]
    assert "over 2000 characters" in reasons["line 9"]
    assert "is in Pessac, but Talence asks" in reasons["line 10"]
    assert "Mars" not in repr(reading.rejected)
    fault = next(fault for fault in reading.faults if fault.line == 3)
    assert (fault.where, fault.column, fault.value) == ("Entité", 3, "Racine > Mars")


@pytest.mark.parametrize("rounded", ["1,15292E+18", "1.152921504606847e+18"])
def test_an_id_that_a_spreadsheet_rounded_is_not_taken(tmp_path: Path, rounded: str):
    """Many tickets would have the same, and none its own."""
    reading = read(export(tmp_path / "e.csv", [row(id=rounded), GOOD]))
    assert reading.tickets == (WANTED,)
    [aside] = reading.rejected
    assert aside.reason.startswith("ID: the spreadsheet rounded this number")


def test_a_row_that_has_shifted_shows_no_name(tmp_path: Path):
    """A separator without quotes moves the requester into another column; nothing repeats it."""
    cells = row()
    cells = cells[9:] + cells[:9]  # the requester is where the id was
    reading = read(export(tmp_path / "e.csv", [cells]))
    assert reading.tickets == ()
    assert "Jeanne" not in repr(reading.rejected)
    assert "Martin" not in repr(reading.notes)


def test_free_text_is_cut_and_harmless(tmp_path: Path):
    """It may hold anything; its row is planned all the same."""
    rows = [row(id=1, titre="x" * 9_000), row(id=2, titre="{{7*191}}\n\u202e=cmd|' /C calc'!A0")]
    first, second = read(export(tmp_path / "e.csv", rows)).tickets
    assert len(first.description) == SERVICE.limits.text_chars
    assert second.description == "{{7*191}} =cmd|' /C calc'!A0"


def test_files_of_visits_are_read_without_a_mapping(tmp_path: Path):
    """The columns of docs/formats.md; a position without a commune finds its own."""
    path = tmp_path / "v.csv"
    path.write_text(
        "id;lon;lat;duration_min;windows;skills;priority;téléphone;couleur\n"
        "A;-0,6310;44,8060;45;8h-12h;poste;1;0556;rouge\n"
        "B;2,35;48,85;45;;poste;1;;\n"
        "C;-0,6310;;45;;poste;1;;\n",
        encoding="utf-8",
    )
    reading = read(path, mapping=None)
    [ticket] = reading.tickets
    assert (ticket.id, ticket.insee, ticket.windows_s) == (
        "A",
        "33318",
        (TimeWindow(28800, 43200),),
    )
    assert [aside.where for aside in reading.rejected] == ["line 3", "line 4"]
    assert "v.csv: personal data, never looked at: téléphone" in reading.notes
    assert "v.csv: columns that are not read: couleur" in reading.notes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"a;b\n1;2\n", "no column is the ticket's id"),
        (b"ID;ID\n1;2\n", "stands in columns 1, 2"),
        (b"\xd0\xcf\x11\xe0rest", "older format or with a password"),
        (b"PK\x03\x04rest", "is not a spreadsheet"),
        (b"ID\n1\0\n", "NUL byte"),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(tmp_path: Path, content: bytes, message: str):
    """With what to do."""
    path = tmp_path / "e.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(path)


def test_a_file_without_durations_says_that_it_wants_a_mapping(tmp_path: Path):
    """Once, not once a row: an export of GLPI was read as a file of visits."""
    with pytest.raises(InputError, match="name a mapping"):
        read(export(tmp_path / "e.csv", [GOOD, GOOD]), mapping=None)


def test_a_file_that_stops_being_csv_keeps_what_came_before(tmp_path: Path):
    """A quote that is never closed swallows the rest, and that is told."""
    path = export(tmp_path / "e.csv", [GOOD])
    path.write_text(path.read_text(encoding="utf-8-sig") + '"2";"x\n', encoding="utf-8")
    reading = read(path)
    assert reading.tickets == (WANTED,)
    [aside] = reading.rejected
    assert "cannot be read as CSV from here" in aside.reason


def test_rows_and_columns_are_bounded(tmp_path: Path):
    """Rows beyond the bound are told; a table of absurd width is refused."""
    few = SERVICE.limits.model_copy(update={"rows": 2})
    path = export(tmp_path / "e.csv", [row(id=number) for number in range(1, 5)])
    reading = read(path, service=SERVICE.model_copy(update={"limits": few}))
    assert [ticket.id for ticket in reading.tickets] == ["1", "2"]
    assert "has more than 2 rows" in reading.rejected[0].reason
    wide = [f"c{number}" for number in range(300)]
    with pytest.raises(InputError, match="more than 200 columns"):
        read(export(tmp_path / "w.csv", [], [*HEADINGS, *wide]))


def test_a_line_with_too_many_cells_is_set_aside(tmp_path: Path):
    """One with too few lacks what is missing, and is judged by it."""
    path = export(tmp_path / "e.csv", [[*GOOD, "more"], GOOD[:6], row(id=3)])
    reading = read(path)
    assert [ticket.id for ticket in reading.tickets] == ["12345", "3"]
    assert "has 13 cells, the headings are 11" in reading.rejected[0].reason


def test_a_column_that_rules_rest_on_is_missed(tmp_path: Path):
    """Without a status nobody knows what is closed."""
    headings = [name for name in HEADINGS if name != "Statut"]
    cells = [cell for name, cell in zip(HEADINGS, GOOD, strict=True) if name != "Statut"]
    notes = read(export(tmp_path / "e.csv", [cells], headings)).notes
    assert any("no column for status" in note for note in notes)


@pytest.mark.parametrize("told", ["Très basse", "Moyenne", "Majeure"])
def test_a_category_for_vips_is_as_urgent_as_can_be(tmp_path: Path, told: str):
    """Whatever the export says: the mapping's own priority of the category is 1."""
    cells = row(catégorie="Assistance VIP", priorité=told)
    assert [t.priority for t in read(export(tmp_path / "e.csv", [cells])).tickets] == [1]


def test_a_category_makes_no_ticket_less_urgent_than_it_is(tmp_path: Path):
    """Its priority of 3 raises a 4 and leaves a 2."""
    text = data_path("mappings/glpi.toml").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text.replace("priority = 1", "priority = 3"), encoding="utf-8")
    rows = [
        row(id=number, catégorie="Assistance VIP", priorité=told)
        for number, told in enumerate(["Haute", "Moyenne", "Basse"], start=1)
    ]
    tickets = read(export(tmp_path / "e.csv", rows), mapping=str(own)).tickets
    assert [ticket.priority for ticket in tickets] == [2, 3, 3]


def test_ids_of_several_tools_are_told_apart_by_a_prefix(tmp_path: Path):
    """As the mapping says."""
    text = data_path("mappings/glpi.toml").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text('id_prefix = "GLPI-"\n' + text, encoding="utf-8")
    [ticket] = read(export(tmp_path / "e.csv", [GOOD]), mapping=str(own)).tickets
    assert ticket.id == "GLPI-12345"


def test_the_metropole_may_ask_for_a_visit_anywhere(tmp_path: Path):
    """Who asks is not where it is."""
    cells = row(entité="Racine > Bordeaux Métropole > Eau")
    [ticket] = read(export(tmp_path / "e.csv", [cells])).tickets
    assert (ticket.collectivity, ticket.insee) == ("metropole", "33318")


def test_a_commune_without_a_centre_is_told(tmp_path: Path):
    """Bassens has not joined."""
    cells = row(entité="Racine > Bassens", lieu="Bassens > Mairie")
    sites = "nom;lon;lat;insee\nBassens > Mairie;-0,5183;44,9030;33032\n"
    reading = read(export(tmp_path / "e.csv", [cells]), sites=sites)
    assert "no centre is in charge of Bassens" in reading.rejected[0].reason


# --- places ------------------------------------------------------------------------------------


def test_the_longest_name_of_a_place_is_the_one_that_counts():
    """The site "Pessac > Mairie" rather than any "Mairie"; the building rather than the town."""
    sites = KnownPlaces([KnownPlace("Mairie"), KnownPlace("Pessac"), KnownPlace("Pessac > Mairie")])
    for location, name in [
        ("Pessac > Mairie > 1er étage", "Pessac > Mairie"),
        ("Talence > Mairie > 1er étage", "Mairie"),
        ("Racine > Pessac > Piscine", "Pessac"),
    ]:
        found = sites.find(location)
        assert found is not None
        assert found.name == name
    assert sites.find("Talence > Piscine") is None


def test_addresses_wait_for_a_position_where_nobody_is_asked(tmp_path: Path):
    """They are counted; a row with another fault is not among them. A delivery tells it."""
    sites = "nom;insee;adresse\nPessac > Mairie;33318;Place X\n"
    path = export(tmp_path / "e.csv", [GOOD, row(id=2, entité="Mars")])
    reading = read(path, sites=sites)
    assert (reading.tickets, reading.to_geocode) == ((), 1)
    assert list(told(reading)) == ["2"]
    config = TicketsSection(
        source="file", path=path, mapping="glpi", sites=tmp_path / "places.txt", geocode=False
    )
    delivery: Delivery = open_source(config, SERVICE, COMMUNES).fetch(DAY)
    assert "1 have no position and geocoding is off" in delivery.rejected[-1].reason


class Deaf(HttpClient):
    """A line on which nobody answers."""

    def ask(self, *_: object, **__: object) -> None:  # type: ignore[override]
        """Raise."""
        reason = "it cannot be reached"
        raise NoAnswer(reason)


def test_a_geocoding_service_that_is_silent_costs_only_its_tickets(tmp_path: Path):
    """The others are planned."""
    (tmp_path / "s.csv").write_text(SITES + "École;;;33318;Rue Y\n", encoding="utf-8")
    config = TicketsSection(
        source="file", path=export(tmp_path / "e.csv", [GOOD, row(id=2, lieu="École")]),
        mapping="glpi", sites=tmp_path / "s.csv", cache=tmp_path / "cache",
    )  # fmt: skip
    line = Deaf(SERVICE.geocoding.patience)
    delivery = open_source(config, SERVICE, COMMUNES, geocoding_client=line).fetch(DAY)
    assert [ticket.id for ticket in delivery.tickets] == ["12345"]
    [aside] = delivery.rejected
    assert (aside.id, aside.source) == ("2", "e.csv")
    assert "the geocoding service gave no answer: it cannot be reached" in aside.reason


def test_every_fault_of_a_sites_file_is_told(tmp_path: Path):
    """It is the service's own: nothing is guessed."""
    path = tmp_path / "s.csv"
    path.write_text(
        "nom;lon;lat;insee;adresse\nA;1;;;\nB;;;33318;\n;0;0;;\nC;x;44;;\nD;-0,6;44,8;99999;\n"
        "E;;;;Rue\nE;;;;Rue\n?;;;;Rue\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        read_known_places(path, SERVICE.limits, COMMUNES)
    assert [fault.line for fault in caught.value.faults] == [2, 3, 4, 5, 6, 8, 9]


# --- spreadsheets ------------------------------------------------------------------------------


HALF_PAST = datetime(2026, 11, 25, 8, 30)  # noqa: DTZ001 - cells have no zone


def cells_of(path: Path) -> list[list[str]]:
    """Return the cells of a spreadsheet."""
    return [cells for _, cells in read_sheet(path, SERVICE.limits, SERVICE.ticket_limits).lines]


def test_cells_are_texts_as_a_csv_file_would_have_them(tmp_path: Path):
    """Dates, times, numbers, truth; formulas are not computed."""
    values = [
        date(2026, 11, 25), HALF_PAST, time(8, 30), 1.0, 0.5, -3, 2**50, True,
        " x ", "=1+1", None,
    ]  # fmt: skip
    assert cells_of(sheet(tmp_path / "e.xlsx", [], values)) == [[  # type: ignore[arg-type]
        "2026-11-25", "2026-11-25 08:30:00", "08:30:00", "1", "0.5", "-3", str(2**50), "oui", "x",
    ]]  # fmt: skip


def repacked(path: Path, change: dict[str, bytes], *, drop: str = "") -> Path:
    """Write an archive again with other parts."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name != drop}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | change).items():
            archive.writestr(name, content)
    return path


ENTITY = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">
<c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>"""
OUTSIDE = ENTITY.replace(b'"aaaaaaaaaa"', b'SYSTEM "file:///etc/passwd"')


@pytest.mark.parametrize(
    ("change", "drop", "message"),
    [
        ({"xl/vbaProject.bin": b"x"}, "", "holds macros"),
        ({"xl/worksheets/sheet1.xml": ENTITY}, "", "cannot be read as a spreadsheet"),
        ({"xl/worksheets/sheet1.xml": OUTSIDE}, "", "cannot be read as a spreadsheet"),
        ({"xl/worksheets/sheet1.xml": b"<x"}, "", "cannot be read as a spreadsheet"),
        ({"xl/big.xml": b"\0" * 101_000_000}, "", "larger than 100 MB when unpacked"),
        ({f"x{number}": b"" for number in range(2_001)}, "", "more than 2000 parts"),
        ({}, "[Content_Types].xml", "is an archive but not a spreadsheet"),
        ({}, "xl/workbook.xml", "cannot be read as a spreadsheet"),
    ],
    ids=["macros", "entities", "outside", "broken", "bomb", "parts", "archive", "no book"],
)
def test_an_archive_that_is_hostile_or_broken_is_refused(
    tmp_path: Path, change: dict[str, bytes], drop: str, message: str
):
    """Before anything in it is unpacked, where its table of contents tells."""
    path = repacked(sheet(tmp_path / "e.xlsx", [GOOD]), change, drop=drop)
    with pytest.raises(InputError, match=message):
        cells_of(path)


def test_an_archive_that_says_less_than_it_unpacks_to_is_refused(tmp_path: Path):
    """No more is unpacked than was announced, and its checksum then is wrong."""
    rows = [[f"text {number}"] for number in range(2_000)]
    path = sheet(tmp_path / "e.xlsx", rows, ["ID"])
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size.to_bytes(4, "little")
    at = content.rfind(size)
    content[at : at + 4] = (100).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as a spreadsheet"):
        cells_of(path)


def test_a_cell_at_the_end_of_the_world_costs_no_more_than_the_bounds(tmp_path: Path):
    """Row 1,048,576 of column XFD; and a file too large to be opened at all."""
    path = sheet(tmp_path / "e.xlsx", [GOOD])
    book = openpyxl.load_workbook(path)
    book.active["XFD1048576"] = "x"
    book.save(path)
    few = SERVICE.limits.model_copy(update={"rows": 50})
    found = read_sheet(path, few, SERVICE.ticket_limits).lines
    assert [line for line, _ in found] == [1, 2]
    small = SERVICE.limits.model_copy(update={"file_mb": 0.001})
    with pytest.raises(InputError, match=r"larger than 0.001 MB"):
        read_sheet(path, small, SERVICE.ticket_limits)


# --- folders -----------------------------------------------------------------------------------


def test_a_folder_is_read_file_by_file_and_left_as_it_is(tmp_path: Path):
    """A broken file is rejected as a whole; links, sub-folders and other files are not read."""
    folder = tmp_path / "in"
    (folder / "deeper").mkdir(parents=True)
    export(folder / "a.csv", [row(id=1)])
    sheet(folder / "b.xlsx", [row(id=2)])
    (folder / "c.csv").write_bytes(b"\0\1\2")
    export(folder / "deeper" / "d.csv", [row(id=3)])
    export(tmp_path / "outside.csv", [row(id=4)])
    (folder / "e.csv").symlink_to(tmp_path / "outside.csv")
    (folder / "f.txt").write_text("x")
    (folder / "~$b.xlsx").write_text("x")
    (folder / ".g.csv").write_text("x")
    os.mkfifo(folder / "h.csv")
    before = sorted(path.name for path in folder.iterdir())
    reading = read(folder)
    assert [ticket.id for ticket in reading.tickets] == ["1", "2"]
    [aside] = reading.rejected
    assert (aside.source, aside.where) == ("c.csv", "")
    assert "NUL byte" in aside.reason
    assert sorted(path.name for path in folder.iterdir()) == before


def test_the_last_file_has_the_word_on_a_ticket(tmp_path: Path):
    """Exports are named by their date: closed there is closed, and what was wrong is mended."""
    folder = tmp_path / "in"
    folder.mkdir()
    old = [row(id=1, titre="old"), row(id=2), row(id=3, entité="Mars")]
    export(folder / "2026-11-24.csv", old)
    new = [row(id=1, titre="new"), row(id=2, statut="Clos"), row(id=3)]
    export(folder / "2026-11-25.csv", new)
    reading = read(folder)
    assert [(ticket.id, ticket.description[:3]) for ticket in reading.tickets] == [
        ("1", "new"), ("3", "Écr"),
    ]  # fmt: skip
    assert reading.rejected == ()
    assert "in: 2 tickets stand in a later file again, which counts" in reading.notes


def test_tickets_and_files_of_a_folder_are_bounded(tmp_path: Path):
    """The first tickets are delivered; too many files are refused."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in "abc":
        export(folder / f"{name}.csv", [row(id=f"{name}1")])
    bounds = SERVICE.ticket_limits.model_copy(update={"tickets": 2, "files": 3})
    reading = read(folder, service=SERVICE.model_copy(update={"ticket_limits": bounds}))
    assert [ticket.id for ticket in reading.tickets] == ["a1", "b1"]
    assert "more than 2 tickets" in reading.rejected[0].reason
    export(folder / "d.csv", [GOOD])
    with pytest.raises(InputError, match="more than 3 files"):
        read(folder, service=SERVICE.model_copy(update={"ticket_limits": bounds}))


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_a_folder_that_is_none_is_told(tmp_path: Path, name: str):
    """Absent, or a file."""
    (tmp_path / "file").write_text("x")
    config = TicketsSection(source="folder", path=tmp_path / name, mapping="glpi", geocode=False)
    with pytest.raises(InputError, match="folder"):
        open_source(config, SERVICE, COMMUNES).fetch(DAY)


def test_an_empty_folder_delivers_nothing(tmp_path: Path):
    """Nothing came in today."""
    folder = tmp_path / "in"
    folder.mkdir()
    assert read(folder).tickets == ()


# --- the configuration -------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "section",
    [{"source": "file"}, {"source": "folder"}, {"source": "glpi"}, {"source": "mail"},
     {"source": "file", "path": 3}, {"source": "file", "path": "x", "colour": "red"}],
)  # fmt: skip
def test_a_section_that_is_not_complete_is_refused(section: dict[str, object]):
    """What a source needs, it is told to have."""
    with pytest.raises(ValueError, match="validation error"):
        TicketsSection.model_validate(section)


def test_relative_paths_are_those_beside_the_configuration():
    """Absolute ones and names of bundled mappings stay."""
    section = TicketsSection.model_validate(
        {"source": "file", "path": "in/e.csv", "mapping": "own.toml", "sites": "/etc/s.csv"}
    )
    moved = section.beside(Path("/srv/dispatch"))
    assert moved.path == Path("/srv/dispatch/in/e.csv")
    assert (moved.mapping, moved.sites) == ("/srv/dispatch/own.toml", Path("/etc/s.csv"))
    assert section.model_copy(update={"mapping": "glpi"}).beside(Path("/srv")).mapping == "glpi"


# --- whatever a file holds -----------------------------------------------------------------------

FUZZED = Importer(SERVICE, COMMUNES, None, MAPPING)
SMALL = SERVICE.model_copy(update={"limits": SERVICE.limits.model_copy(update={"rows": 40})})
FUZZ = settings(
    max_examples=inputs(60), deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


def outcome(path: Path) -> Reading | None:
    """Return what becomes of a file; None where it is refused as a whole."""
    with suppress(InputError):
        return FileSource(path, SMALL, MAPPING, FUZZED).read(DAY)
    return None


def sound(reading: Reading | None) -> None:
    """Assert what holds of every reading."""
    if reading is None:
        return
    ids = [ticket.id for ticket in reading.tickets]
    assert len(set(ids)) == len(ids)
    assert all(name.isascii() and "/" not in name and "\\" not in name for name in ids)
    assert all(aside.reason for aside in reading.rejected)


@FUZZ
@given(st.binary(max_size=300))
def test_whatever_bytes_a_file_holds_nothing_else_comes_out(tmp_path: Path, content: bytes):
    """Neither as CSV nor, with its first bytes, as a spreadsheet."""
    path = tmp_path / "e.csv"
    for head in (b"", b"ID;Titre\n", b"PK\x03\x04"):
        path.write_bytes(head + content)
        sound(outcome(path))


_CELL = st.text(max_size=12) | st.sampled_from(
    [*GOOD, "1", "33318", '"', ";", "\n", "Clos", "-0,6"]
)


@FUZZ
@given(
    st.lists(st.sampled_from(HEADINGS) | st.text(max_size=8), max_size=8),
    st.lists(st.lists(_CELL, max_size=9), max_size=6),
    st.sampled_from([";", ",", "\t"]),
    st.booleans(),
)
def test_whatever_cells_a_table_holds_nothing_else_comes_out(
    tmp_path: Path, headings: list[str], rows: list[list[str]], separator: str, quoted: bool
):
    """Any headings, any cells, quoted or not, lines of any length."""
    lines = [
        separator.join('"' + cell.replace('"', '""') + '"' if quoted else cell for cell in cells)
        for cells in (["ID", *headings], *rows)
    ]
    path = tmp_path / "e.csv"
    path.write_bytes("\n".join(lines).encode("utf-8", "replace"))
    sound(outcome(path))


_XLSX = io.BytesIO()
_book = openpyxl.Workbook()
for _cells in (HEADINGS, GOOD):
    _book.active.append(_cells)
_book.save(_XLSX)
_PARTS = {name: zipfile.ZipFile(_XLSX).read(name) for name in zipfile.ZipFile(_XLSX).namelist()}


@pytest.mark.slow
@FUZZ
@given(st.data())
def test_whatever_a_spreadsheet_holds_nothing_else_comes_out(tmp_path: Path, data: st.DataObject):
    """Bytes changed in the archive; parts changed, cut, exchanged or left out inside of it."""
    path = tmp_path / "e.xlsx"
    chance = random.Random(data.draw(st.integers(0, 2**32)))
    if data.draw(st.booleans()):
        content = bytearray(_XLSX.getvalue())
        for _ in range(chance.randint(1, 12)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        path.write_bytes(content[: chance.choice([len(content), chance.randrange(len(content))])])
    else:
        parts = dict(_PARTS)
        for name in data.draw(st.lists(st.sampled_from(sorted(parts)), min_size=1, max_size=3)):
            kind = chance.randrange(4)
            part = parts.get(name, b"")
            if kind == 0:
                parts.pop(name, None)
            elif kind == 1:
                parts[name] = parts[chance.choice(sorted(parts))]
            elif kind == 2:
                parts[name] = part[: chance.randrange(len(part) + 1)]
            else:
                word = chance.choice(
                    [b"", b"-1", b"1e400", b"A0", b"99999999999", b"\xff", b"<!--"]
                )
                number = chance.choice([b"1", b"A", b"s", b"2", b'"', b">"])
                parts[name] = part.replace(number, word, chance.randint(1, 9))
        with zipfile.ZipFile(path, "w") as archive:
            for name, part in parts.items():
                archive.writestr(name, part)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sound(outcome(path))
