"""Files as offices have them: encodings, titles, sheets, columns, dates, places, numbers."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import openpyxl
import pytest

from dispatch.errors import InputError
from dispatch.service.service import read_service
from dispatch.territory import read_communes
from dispatch.tickets import open_source
from dispatch.tickets.section import section_of
from dispatch.tickets.sites import AmbiguousPlace, KnownPlace, KnownPlaces, read_known_places

if TYPE_CHECKING:
    from pathlib import Path

    from dispatch.tickets.reading import Reading

DAY = date(2026, 11, 25)
SERVICE, COMMUNES = read_service(), read_communes()
HEAD = "ID;Titre;Statut;Entité;Priorité;Catégorie;Date d'ouverture;Longitude;Latitude"
HERE = "-0,6310;44,8060"


def line(number: object, *, title: str = "panne", entity: str = "Mairie de Pessac",
         priority: str = "Haute", asked: str = "2026-11-20", place: str = HERE) -> str:  # fmt: skip
    """Return a line of an export."""
    return f"{number};{title};Nouveau;{entity};{priority};Poste;{asked};{place}"


def read(path: Path, mapping: str | None = "glpi", sites: Path | None = None) -> Reading:
    """Return what `dispatch tickets check` and `dispatch plan` read of a file."""
    section = section_of(path, mapping=mapping, sites=sites, geocode=False)
    return open_source(section, SERVICE, COMMUNES).read(DAY)


def export(folder: Path, *lines: str, head: str = HEAD, encoding: str = "utf-8") -> Path:
    """Write an export."""
    path = folder / "e.csv"
    path.write_bytes("\n".join([head, *lines, ""]).encode(encoding))
    return path


# --- the file ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman", "cp850"]
)
def test_a_file_is_read_in_whatever_encoding_its_tool_left_it(tmp_path: Path, encoding: str):
    """With its accents, and the priority that its column says."""
    reading = read(export(tmp_path, line(7, title="Écran à côté"), encoding=encoding))
    [ticket] = reading.tickets
    assert (ticket.description, ticket.priority) == ("Écran à côté", 2)
    assert any("encoding" in note for note in reading.warnings) == (
        encoding in ("mac_roman", "cp850")
    )


def test_utf8_that_was_read_as_windows_and_saved_again_is_mended(tmp_path: Path):
    """As "EntitÃ©"; it is told."""
    path = export(tmp_path, line(7, title="L’écran – 5 €"))
    path.write_text(path.read_bytes().decode("cp1252"), encoding="utf-8")
    reading = read(path)
    assert [ticket.description for ticket in reading.tickets] == ["L’écran – 5 €"]
    assert any("wrong encoding" in warning for warning in reading.warnings)


def test_a_heading_with_a_wrong_letter_stops_the_file(tmp_path: Path):
    """Otherwise every ticket would have priority 3; a name of one's own only loses its column."""
    with pytest.raises(InputError, match="Priorit#: looks like Priorité"):
        read(export(tmp_path, line(7), head=HEAD.replace("Priorité", "Priorit#")))
    reading = read(export(tmp_path, line(7), head=HEAD.replace("Priorité", "Niveau de gravité")))
    assert [ticket.priority for ticket in reading.tickets] == [3]
    assert any("no column for priority" in warning for warning in reading.warnings)


@pytest.mark.parametrize(
    "above", ["sep=;", '"sep=;"', "Export du 25/11/2026;;;", "Tickets\n\nMairie;;"]
)
def test_lines_above_the_headings_are_passed_over(tmp_path: Path, above: str):
    """A line that names the separator, a title, an empty line; lines are counted in the file."""
    path = export(tmp_path, line(7), line(8, entity="Mars"), head=f"{above}\n{HEAD}")
    reading = read(path)
    assert [ticket.id for ticket in reading.tickets] == ["7"]
    assert reading.faults[0].line == above.count("\n") + 4


def test_the_sheet_with_the_table_is_read_and_not_the_first(tmp_path: Path):
    """A summary, a legend, a title of three lines; dates and numbers of a spreadsheet."""
    book = openpyxl.Workbook()
    book.active.title = "Sommaire"
    book.active.append(["Tickets", "voir les autres feuilles"])
    sheet = book.create_sheet("Novembre")
    for cells in (["Mairie de Pessac"], [], ["Édité le", datetime(2026, 11, 25)]):  # noqa: DTZ001
        sheet.append(cells)
    sheet.append(HEAD.split(";"))
    at = datetime(2026, 11, 20, 8, 30)  # noqa: DTZ001
    sheet.append([12.0, "x", "Nouveau", "Pessac", "Haute", "Poste", at, -0.631, 44.806])
    sheet.append([13.0, "y", "Nouveau", "Pessac", "Haute", "Poste", 46346, -0.631, 44.806])
    book.save(tmp_path / "e.xlsx")
    reading = read(tmp_path / "e.xlsx")
    assert [(ticket.id, ticket.asked) for ticket in reading.tickets] == [
        ("12", date(2026, 11, 20)), ("13", date(2026, 11, 20)),
    ]  # fmt: skip
    assert any("the table is on sheet 2, Novembre" in note for note in reading.notes)


# --- cells ---------------------------------------------------------------------------------------


def test_entities_of_html_are_read_as_characters(tmp_path: Path):
    """Escaped once or twice, in paths, texts and empty cells."""
    path = export(
        tmp_path,
        line(1, title='"R&amp;D &#233;cran"', entity='"Racine &gt; Mairie de Pessac"'),
        line(2, title="a#LBBR#b<br>c", entity='"A &amp;gt; Pessac"', priority='"&nbsp;"'),
    )
    first, second = read(path).tickets
    assert (first.description, first.collectivity) == ("R&D écran", "33318")
    assert (second.description, second.collectivity, second.priority) == ("a b c", "33318", 3)


def test_a_file_has_one_order_of_dates(tmp_path: Path):
    """The second line proves that the month is first; that is told."""
    path = export(tmp_path, line(1, asked="11-05-2026 08:00"), line(2, asked="11-20-2026 08:00"))
    reading = read(path)
    assert [ticket.asked for ticket in reading.tickets] == [date(2026, 11, 5), date(2026, 11, 20)]
    assert any("month first" in warning for warning in reading.warnings)


def test_a_file_that_proves_both_orders_loses_its_ambiguous_dates(tmp_path: Path):
    """Not its tickets."""
    dates = ["20/11/2026", "11/20/2026", "05/11/2026"]
    reading = read(export(tmp_path, *(line(n, asked=day) for n, day in enumerate(dates))))
    assert [ticket.asked for ticket in reading.tickets] == [date(2026, 11, 20)] * 2 + [None]
    assert [fault.where for fault in reading.left_out] == ["Date d'ouverture"]


def test_an_optional_field_that_cannot_be_read_costs_itself(tmp_path: Path):
    """Its ticket is planned without it, and each is told with its place and value."""
    path = tmp_path / "v.csv"
    path.write_text(
        "id;lon;lat;duration_min;windows;skills;priority;due;technician;load;mandatory;"
        "présence;pas avec\n"
        f"A;{HERE};30;matin;poste plomberie;énorme;demain;T99;beaucoup;peut-être;tôt;T02 T98 T03\n"
        f"B;{HERE};long;8h-12h;poste;1;;;;;;\n",
        encoding="utf-8",
    )
    reading = read(path, mapping=None)
    [ticket] = reading.tickets
    assert (ticket.windows_s, ticket.skills, ticket.priority) == ((), frozenset({"poste"}), 3)
    assert (ticket.due, ticket.technician, ticket.load, ticket.mandatory) == (None, None, 0, False)
    assert (ticket.within_s, ticket.not_with) == ((), {"T02", "T03"})
    assert [(fault.line, fault.value) for fault in reading.left_out] == [
        (2, "matin"), (2, "plomberie"), (2, "énorme"), (2, "demain"), (2, "T99"), (2, "beaucoup"),
        (2, "peut-être"), (2, "tôt"), (2, "T98"),
    ]  # fmt: skip
    assert [(fault.line, fault.value) for fault in reading.faults] == [(3, "long")]


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("44,8060;-0,6310", "each other's column"), ("\u22120,6310;44,8060", ""),
        ("0.6310° W;44.8060°", ""), ("413058,56;6418472,69", "Lambert-93"),
    ],
)  # fmt: skip
def test_a_position_is_understood_and_what_was_done_is_told(tmp_path: Path, place: str, told: str):
    """Exchanged cells, other minus signs, degrees, metres of Lambert-93: the same place."""
    reading = read(export(tmp_path, line(1, place=place)))
    [ticket] = reading.tickets
    assert (ticket.lon, ticket.lat) == pytest.approx((-0.631, 44.806), abs=2e-3)
    assert any(told in warning for warning in reading.warnings) == bool(told)


def test_a_position_of_zeros_is_none(tmp_path: Path):
    """Tools write it where there is none."""
    reading = read(export(tmp_path, line(1, place="0;0"), line(2)))
    assert [ticket.id for ticket in reading.tickets] == ["2"]
    assert "0, 0 is no position" in reading.rejected[0].reason


# --- names ---------------------------------------------------------------------------------------


def test_ids_that_differ_in_punctuation_alone_are_tickets_of_their_own(tmp_path: Path):
    """With a mapping they are made harmless and stay apart; in a file of visits they stay."""
    names = ["a/b1", "a-b1", "Ж12", "12"]
    ids = [ticket.id for ticket in read(export(tmp_path, *map(line, names))).tickets]
    assert len(set(ids)) == 4
    assert all(name.isascii() and "/" not in name for name in ids)
    path = tmp_path / "v.csv"
    path.write_text(
        "\n".join(["id;lon;lat;duration_min", *(f"{name};{HERE};30" for name in names)]), "utf-8"
    )
    assert [ticket.id for ticket in read(path, mapping=None).tickets] == names


def test_the_same_name_of_a_site_in_two_communes_is_two_sites(tmp_path: Path):
    """Who asks tells which is meant; where nobody does, it is told."""
    path = tmp_path / "s.csv"
    path.write_text(
        "nom;lon;lat;insee\nÉcole Jean Jaurès;-0,6310;44,8060;33318\n"
        "École Jean Jaurès;-0,5900;44,8080;33522\n",
        encoding="utf-8",
    )
    sites = KnownPlaces(read_known_places(path, SERVICE.limits, COMMUNES))
    for insee, lon in (("33318", -0.631), ("33522", -0.59)):
        found = sites.find("Écoles > École Jean Jaurès", insee)
        assert found is not None
        assert found.lon == lon
    with pytest.raises(AmbiguousPlace, match="33318, 33522"):
        sites.find("École Jean Jaurès")
    head = HEAD.replace("Longitude;Latitude", "Lieu")
    rows = [
        line(n, entity=entity, place="École Jean Jaurès")
        for n, entity in enumerate(["Mairie de Talence", "Bordeaux Métropole"])
    ]
    reading = read(export(tmp_path, *rows, head=head), sites=path)
    assert [ticket.lon for ticket in reading.tickets] == [-0.59]
    assert "in several communes" in reading.rejected[0].reason
    assert len(KnownPlaces([KnownPlace("A"), KnownPlace("A"), KnownPlace("A", insee="33318")])) == 2


def test_likely_doubles_are_told_and_both_are_read(tmp_path: Path):
    """Of the same text, place and day; another day or text is another ticket."""
    rows = [line(1), line(2, title="PANNE!"), line(3, asked="2026-11-21"), line(4, title="autre")]
    reading = read(export(tmp_path, *rows))
    assert len(reading.tickets) == 4
    assert [warning for warning in reading.warnings if "likely one" in warning] == [
        "e.csv: likely one ticket (same place, text and day): 1, 2"
    ]


# --- tables of offices -------------------------------------------------------------------------


def test_a_table_without_ids_names_its_rows_by_their_lines(tmp_path: Path):
    """For a plan of today; that such names change is told."""
    head = "Commune;Objet;Urgence;Longitude;Latitude"
    reading = read(export(tmp_path, f"PESSAC CEDEX;Écran noir;Urgent;{HERE}", head=head), None)
    [ticket] = reading.tickets
    assert (ticket.id, ticket.insee, ticket.priority) == ("L2", "33318", 1)
    assert (ticket.duration_s, ticket.skills) == (1800, {"poste"})
    assert any("named by its line" in warning for warning in reading.warnings)


def test_a_table_in_english_is_read_as_it_stands(tmp_path: Path):
    """Headings, priorities and closed tickets of another tool."""
    head = "Number,Short description,State,Priority,Category,Opened,City,Longitude,Latitude"
    rows = [
        "INC001,Printer jammed,New,2 - High,Printer,2026-11-20 08:30:00,Talence,-0.5900,44.8080",
        "INC002,Done,Closed,3 - Moderate,Network,2026-11-20 08:30:00,Talence,-0.5900,44.8080",
    ]
    reading = read(export(tmp_path, *rows, head=head), None)
    [ticket] = reading.tickets
    assert (ticket.id, ticket.priority, ticket.skills) == ("INC001", 2, {"copieurs"})


def test_a_line_with_totals_is_no_ticket(tmp_path: Path):
    """Below the table; a ticket that begins with the word and has a place is one."""
    rows = [f"7;panne;{HERE}", "Total : 1;;;", f"Total8;panne;{HERE}"]
    reading = read(export(tmp_path, *rows, head="N°;Objet;Lon;Lat"), None)
    assert [ticket.id for ticket in reading.tickets] == ["7", "Total8"]
    assert reading.rejected == ()
    assert any("1 lines with totals" in note for note in reading.notes)


def test_an_export_of_glpi_is_known_by_its_columns(tmp_path: Path):
    """Without a mapping it is read as with GLPI's; half days of other tables are windows."""
    path = export(tmp_path, line("12 345", entity="Racine > CCAS de Pessac"))
    assert read(path, None).tickets == read(path).tickets
    path = export(tmp_path, f"7;Matin;{HERE}", f"8;Journée;{HERE}", head="N°;Créneau;Lon;Lat")
    assert [ticket.windows_s for ticket in read(path, None).tickets] == [((28_800, 43_200),), ()]


@pytest.mark.parametrize(
    ("written", "minutes"), [("45", 45), ("1h30", 90), ("0:45", 45), ("1,5 h", 90), ("30 min", 30)]
)
def test_a_length_is_read_as_people_write_it(tmp_path: Path, written: str, minutes: int):
    """In minutes or hours."""
    path = export(tmp_path, f"7;{HERE};{written}", head="N°;lon;lat;Durée")
    assert [ticket.duration_s for ticket in read(path, None).tickets] == [minutes * 60]
