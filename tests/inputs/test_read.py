"""Files of visits and technicians: what is accepted, and every fault with line and column."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dispatch.errors import Fault, InputError
from dispatch.fieldwork import Break, Shift, Technician, Ticket, TimeWindow
from dispatch.inputs.read import read_technicians, read_visits
from dispatch.inputs.rows import TECHNICIAN_COLUMNS, VISIT_COLUMNS, visits_text
from dispatch.service.service import RosterEntry, read_service
from dispatch.territory import TO_METRIC, read_communes
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from dispatch.files.csvfile import Columns

SERVICE = read_service()
COMMUNES = read_communes()
DOCS = ROOT / "docs" / "formats.md"

HEADINGS = (
    "id;insee;collectivity;lon;lat;duration_min;windows;skills;priority;due;technician;load;"
    "mandatory;description;commune;address"
)
#       1  2     3 4       5      6  7        8     9 10         11  12 13  14      15
GOOD = "A;33063;;-0,5796;44,8380;30;08:00-12:00;poste;2;2026-11-25;T01;1;oui;Écran noir;Bordeaux;"


def _read(tmp_path: Path, *rows: str, headings: str = HEADINGS) -> list[Ticket]:
    path = tmp_path / "v.csv"
    path.write_text("\n".join([headings, *rows]) + "\n", encoding="utf-8")
    return read_visits(path, SERVICE, COMMUNES)


def _faults(tmp_path: Path, *rows: str, headings: str = HEADINGS) -> list[Fault]:
    with pytest.raises(InputError) as caught:
        _read(tmp_path, *rows, headings=headings)
    return list(caught.value.faults)


def _with(**cells: str) -> str:
    """Return the good row with other cells."""
    parts = dict(zip(HEADINGS.split(";"), GOOD.split(";"), strict=True)) | cells
    return ";".join(parts.values())


def test_a_row_becomes_a_ticket_in_the_units_of_the_program(tmp_path: Path) -> None:
    """Minutes become seconds, hours seconds since midnight, and the collectivity the commune."""
    assert _read(tmp_path, GOOD) == [
        Ticket(
            id="A",
            insee="33063",
            collectivity="33063",
            lon=-0.5796,
            lat=44.838,
            description="Écran noir",
            duration_s=1800,
            windows_s=(TimeWindow(28_800, 43_200),),
            skills=frozenset({"poste"}),
            priority=2,
            due=date(2026, 11, 25),
            technician="T01",
            load=1,
            mandatory=True,
        )
    ]


def test_only_five_columns_are_needed(tmp_path: Path) -> None:
    """What is left out is the least that a visit can ask."""
    [ticket] = _read(
        tmp_path, "A,33063,-0.5796,44.8380,30", headings="id,insee,lon,lat,duration_min"
    )
    assert (ticket.windows_s, ticket.skills, ticket.priority) == ((), frozenset(), 3)
    assert (ticket.due, ticket.technician, ticket.load, ticket.mandatory) == (None, None, 0, False)


def test_a_french_export_is_read(tmp_path: Path) -> None:
    """Windows-1252, semicolons, decimal commas, French headings and dates, and a requester."""
    path = tmp_path / "export.csv"
    path.write_bytes(
        "N°;Code INSEE;Entité;Longitude;Latitude;Durée;Créneaux;Compétences;Priorité;Échéance;"
        "Titre;Demandeur - Demandeur;Téléphone\r\n"
        "12;33192;Métropole;-0,6056;44,7632;45;8h30-12h 14h-17h;poste|reseau;1;25/11/2026;"
        "Écran œuvre;Jeanne Secret;0556000000\r\n".encode("cp1252")
    )
    [ticket] = read_visits(path, SERVICE, COMMUNES)
    assert (ticket.insee, ticket.collectivity, ticket.priority) == ("33192", "metropole", 1)
    assert ticket.windows_s == (TimeWindow(30_600, 43_200), TimeWindow(50_400, 61_200))
    assert (ticket.description, ticket.due) == ("Écran œuvre", date(2026, 11, 25))
    assert "Secret" not in repr(ticket)
    assert "0556" not in repr(ticket)


@pytest.mark.parametrize(
    "text", ["{{7*191}}", "${alert(1)}", "<script>x</script>", "=1+1", "a'b\u2028c", "\u202eabc"]
)
def test_hostile_text_is_kept_as_text(tmp_path: Path, text: str) -> None:
    """Nothing is escaped or stripped here: that is for those who show it."""
    [ticket] = _read(tmp_path, _with(description=text))
    assert ticket.description == text


@pytest.mark.parametrize(
    ("cells", "column", "words", "value"),
    [
        ({"id": ""}, 1, "is empty", None),
        ({"id": "x" * 201}, 1, "at most 200 characters", "x" * 201),
        ({"insee": ""}, 2, "is empty", None),
        ({"insee": "99999"}, 2, "no such commune", "99999"),
        ({"insee": "Bordeaux"}, 2, "must look like", "Bordeaux"),
        ({"insee": "33119", "commune": "", "lon": "-0.53", "lat": "44.856"}, 2, "Cenon", "33119"),
        ({"collectivity": "33119"}, 3, "no centre is in charge of Cenon", "33119"),
        ({"collectivity": "région"}, 3, "INSEE code of a commune, or metropole", "région"),
        ({"lon": "44,8380", "lat": "-0,5796"}, 4, "swapped", "44.838 -0.5796"),
        ({"lon": "2.35", "lat": "48.86"}, 4, "outside the Métropole", "2.35 48.86"),
        ({"lon": "0", "lat": "90"}, 4, "outside the Métropole", "0 90"),
        ({"lat": "44,7700"}, 4, "outside Bordeaux, in Villenave-d'Ornon", "-0.5796 44.77"),
        ({"lon": "west"}, 4, "must be a number", "west"),
        ({"lat": "144.8"}, 5, "at most 90", "144.8"),
        ({"duration_min": ""}, 6, "is empty", None),
        ({"duration_min": "0"}, 6, "more than 0", "0"),
        ({"duration_min": "-30"}, 6, "more than 0", "-30"),
        ({"duration_min": "1h30"}, 6, "whole number", "1h30"),
        ({"duration_min": "541"}, 6, "at most 540 minutes", "541"),
        ({"windows": "12:00-08:00"}, 7, "ends before it starts", "12:00-08:00"),
        ({"windows": "8h-12h 11h-14h"}, 7, "overlap", "8h-12h 11h-14h"),
        ({"windows": "6h-7h 9h-10h"}, 7, "before any shift starts (08:00)", "06:00-07:00"),
        ({"windows": "18h01-19h"}, 7, "after every shift has ended (18:00)", "18:01-19:00"),
        ({"windows": "matin"}, 7, "must be windows", "matin"),
        ({"skills": "plomberie"}, 8, "nobody has this skill", "plomberie"),
        ({"skills": "poste réseau"}, 8, "did you mean reseau?", "réseau"),
        ({"priority": "5"}, 9, "at most 4", "5"),
        ({"priority": "0"}, 9, "at least 1", "0"),
        ({"priority": "haute"}, 9, "whole number", "haute"),
        ({"due": "demain"}, 10, "must be a date", "demain"),
        ({"technician": "T99"}, 11, "no such technician", "T99"),
        ({"load": "-1"}, 12, "at least 0", "-1"),
        ({"mandatory": "peut-être"}, 13, "oui or non", "peut-être"),
        ({"description": "x" * 2001}, 14, "over 2000 characters", "x" * 60),
        ({"commune": "Pessac"}, 15, "33063 is Bordeaux", "Pessac"),
    ],
)
def test_each_fault_is_told_with_its_line_column_and_value(
    tmp_path: Path, cells: dict[str, str], column: int, words: str, value: str | None
) -> None:
    """One cell of the second row is wrong: one fault, there, and the rest is sound."""
    [fault] = _faults(tmp_path, _with(id="first"), _with(**cells))
    assert (fault.source, fault.line, fault.column) == ("v.csv", 3, column)
    assert fault.value == value
    assert words in fault.message


def test_a_double_id_names_the_line_that_has_it_first(tmp_path: Path) -> None:
    """Both lines stay: which of them is wrong is not ours to say."""
    first, second = _faults(tmp_path, GOOD, _with(id="B"), GOOD, GOOD)
    assert (first.line, second.line) == (4, 5)
    assert "line 2 already" in first.message
    assert "line 2 already" in second.message


def test_faults_of_all_cells_and_rows_come_at_once_in_order(tmp_path: Path) -> None:
    """A cell of the wrong type does not hide that another disagrees with the service."""
    faults = _faults(
        tmp_path,
        _with(lon="44,8380", lat="-0,5796", priority="x", skills="plomberie"),
        _with(id="B", insee="99999", duration_min="", windows="5h-6h", technician="T99"),
        GOOD + ";too many",
    )
    assert [(fault.line, fault.column) for fault in faults] == [
        (2, 4),
        (2, 8),
        (2, 9),
        (3, 2),
        (3, 6),
        (3, 7),
        (3, 11),
        (4, None),
    ]


def test_a_missing_column_is_told_once_not_for_each_row(tmp_path: Path) -> None:
    """The rows are checked all the same."""
    faults = _faults(
        tmp_path,
        "A,33063,-0.5796,44.838,9",
        "B,33063,-0.5796,44.838,9",
        headings="id,insee,lon,lat,priority",
    )
    assert [(f.where, f.line, f.column) for f in faults] == [
        ("duration_min", 1, None),
        ("priority", 2, 5),
        ("priority", 3, 5),
    ]


@pytest.mark.parametrize(("distance_m", "accepted"), [(300, True), (700, False)])
def test_a_position_just_over_the_border_is_the_communes(
    tmp_path: Path, distance_m: int, accepted: bool
) -> None:
    """Addresses on a border are located in the middle of the street: 500 m are granted."""
    # Talence lies inside the Métropole all around, so this point is in another commune.
    x, y = COMMUNES["33522"].outline.buffer(distance_m).exterior.coords[0]
    lon, lat = TO_METRIC.transform(x, y, direction="INVERSE")
    row = _with(insee="33522", commune="Talence", lon=f"{lon:.6f}", lat=f"{lat:.6f}")
    if accepted:
        assert _read(tmp_path, row)[0].insee == "33522"
    else:
        [fault] = _faults(tmp_path, row)
        assert "over 500 m outside Talence" in fault.message


def test_a_visit_that_nobody_can_serve_is_not_a_fault(tmp_path: Path) -> None:
    """A declared skill that nobody holds, or a pin without the skill, is for the plan to tell."""
    labourer = RosterEntry(
        "sud", Technician(id="T01", start="sud", end="sud", shift_s=Shift(28_800, 61_200))
    )
    path = tmp_path / "v.csv"
    path.write_text(f"{HEADINGS}\n{GOOD}\n", encoding="utf-8")
    [ticket] = read_visits(path, SERVICE, COMMUNES, [labourer])
    assert ticket.technician == "T01"


def test_pins_shifts_and_skills_are_those_of_the_roster_given(tmp_path: Path) -> None:
    """With other technicians, T01 is unknown and their evening shift admits an evening."""
    late = RosterEntry(
        "sud",
        Technician(
            id="N1",
            start="sud",
            end="sud",
            shift_s=Shift(64_800, 79_200),
            skills=frozenset({"nuit"}),
        ),
    )
    path = tmp_path / "v.csv"
    rows = [GOOD, _with(id="B", technician="N1", windows="20h-21h", skills="nuit")]
    path.write_text("\n".join([HEADINGS, *rows]), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_visits(path, SERVICE, COMMUNES, [late])
    assert [(f.line, f.column) for f in caught.value.faults] == [(2, 7), (2, 11)]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"\n\n", "is empty"), (b"\x00\x01", "NUL"), (b"PK\x03\x04\xff", "text")],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    """Empty files, NUL bytes and archives are told for what they are."""
    path = tmp_path / "v.csv"
    path.write_bytes(content)
    for read in (_visits, _technicians):
        with pytest.raises(InputError, match=words):
            read(path)


def test_a_missing_file_and_a_folder_are_input_errors(tmp_path: Path) -> None:
    """The path is repeated, so that a typing error shows."""
    for read in (_visits, _technicians):
        with pytest.raises(InputError, match="no such file"):
            read(tmp_path / "none.csv")
        with pytest.raises(InputError, match="is a folder"):
            read(tmp_path)


ROSTER = (
    "id;centre;skills;shift;break_min;break_window;start;end;max_overtime_min;max_working_min;"
    "capacity"
)
WORKER = "N1;sud;poste|vip;8h-16h30;45;12h-13h;33318;;15;480;6"


def _roster(tmp_path: Path, *rows: str, headings: str = ROSTER) -> list[RosterEntry]:
    path = tmp_path / "t.csv"
    path.write_text("\n".join([headings, *rows]) + "\n", encoding="utf-8")
    return read_technicians(path, SERVICE, COMMUNES)


def test_a_technicians_row_says_where_when_and_with_what(tmp_path: Path) -> None:
    """Minutes become seconds; the round starts at Pessac's town hall and ends at the centre."""
    assert _roster(tmp_path, WORKER) == [
        RosterEntry(
            "sud",
            Technician.model_validate(
                {
                    "id": "N1",
                    "start": "33318",
                    "end": "sud",
                    "shift_s": Shift(28_800, 59_400),
                    "skills": frozenset({"poste", "vip"}),
                    "break": Break(duration_s=2700, earliest_s=43_200, latest_s=46_800),
                    "max_overtime_s": 900,
                    "max_working_s": 28_800,
                    "capacity": 6,
                }
            ),
        )
    ]


def test_empty_cells_are_as_in_the_services_defaults(tmp_path: Path) -> None:
    """A row of id and centre is the technician that the service file would make of it."""
    [entry] = _roster(tmp_path, "T09,sud", headings="id,centre")
    model = SERVICE.technicians_of("sud")[0]
    assert entry.technician == model.model_copy(update={"skills": frozenset()})


def test_a_break_may_be_refused_or_given_in_part(tmp_path: Path) -> None:
    """0 minutes is no break; a length alone keeps the usual hours, and hours the usual length."""
    rows = ["A,sud,0,", "B,sud,30,", "C,sud,,12h-12h30"]
    entries = _roster(tmp_path, *rows, headings="id,centre,break_min,break_window")
    assert [entry.technician.break_ for entry in entries] == [
        None,
        Break(duration_s=1800, earliest_s=41_400, latest_s=46_800),
        Break(duration_s=3600, earliest_s=43_200, latest_s=45_000),
    ]


def test_a_night_shift_goes_on_past_midnight_and_so_does_its_break(tmp_path: Path) -> None:
    """From six to two; the break from half past midnight on is on the next day too."""
    [entry] = _roster(
        tmp_path, "A,sud,18h-2h,30,0h30-1h", headings="id,centre,shift,break_min,break_window"
    )
    assert entry.technician.shift_s == Shift(64_800, 93_600)
    assert entry.technician.break_ == Break(duration_s=1800, earliest_s=88_200, latest_s=90_000)


def test_a_window_after_midnight_is_that_of_the_night_shift(tmp_path: Path) -> None:
    """0h30-1h is at the end of the night of who works from six to two."""
    night = _roster(tmp_path, "A,sud,18h-2h", headings="id,centre,shift")
    path = tmp_path / "v.csv"
    rows = [_with(windows="0h30-1h", technician="", skills=""), _with(id="B", windows="23h-1h")]
    rows[1] = rows[1].replace(";T01;", ";;").replace(";poste;", ";;")
    path.write_text("\n".join([HEADINGS, *rows]) + "\n", encoding="utf-8")
    windows = [ticket.windows_s for ticket in read_visits(path, SERVICE, COMMUNES, night)]
    assert windows == [(TimeWindow(88_200, 90_000),), (TimeWindow(82_800, 90_000),)]


def test_technicians_who_may_not_do_a_visit_are_a_list_of_their_ids(tmp_path: Path) -> None:
    """An id that nobody has is told with its value; what is written is read back."""
    headings = f"{HEADINGS};Pas avec"
    [ticket] = _read(tmp_path, f"{GOOD};T02|T03", headings=headings)
    assert ticket.not_with == {"T02", "T03"}
    path = tmp_path / "again.csv"
    path.write_text(visits_text([ticket]), encoding="utf-8")
    assert read_visits(path, SERVICE, COMMUNES) == [ticket]
    assert "not_with" not in visits_text([ticket.model_copy(update={"not_with": frozenset()})])
    [fault] = _faults(tmp_path, f"{GOOD};T02 =T99", headings=headings)
    assert (fault.value, fault.message) == (
        "=T99",
        "no such technician; correct the id, or remove it",
    )


@pytest.mark.parametrize(
    ("cell", "spans"),
    [
        ("08:00-12:00 14h-17h30", [(28_800, 43_200), (50_400, 63_000)]),
        ("13h15", [(0, 47_700)]),
        ("13:15", [(0, 47_700)]),
    ],
)
def test_a_time_alone_is_until_when_somebody_is_there(tmp_path: Path, cell, spans) -> None:
    """And what is written is read back as it was."""
    headings = f"{HEADINGS};Présent jusqu'à"
    [ticket] = _read(tmp_path, f"{GOOD};{cell}", headings=headings)
    assert ticket.within_s == tuple(TimeWindow(*span) for span in spans)
    path = tmp_path / "again.csv"
    path.write_text(visits_text([ticket]), encoding="utf-8")
    assert read_visits(path, SERVICE, COMMUNES) == [ticket]
    assert "within" not in visits_text([ticket.model_copy(update={"within_s": ()})])


def test_hours_of_presence_after_midnight_are_those_of_the_night_shift(tmp_path: Path) -> None:
    """As windows are."""
    night = _roster(tmp_path, "A,sud,18h-2h", headings="id,centre,shift")
    path = tmp_path / "v.csv"
    row = _with(windows="", technician="", skills="") + ";0h30-1h30"
    path.write_text(f"{HEADINGS};presence\n{row}\n", encoding="utf-8")
    [ticket] = read_visits(path, SERVICE, COMMUNES, night)
    assert ticket.within_s == (TimeWindow(88_200, 91_800),)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("midi", "must be windows"),
        ("05:00-05:10", "ends before any shift starts"),
        ("10:00-09:00", "ends before it starts"),
    ],
)
def test_hours_of_presence_that_cannot_be_are_told(tmp_path: Path, cell, words) -> None:
    """With line, column and value."""
    faults = _faults(tmp_path, f"{GOOD};{cell}", headings=f"{HEADINGS};within")
    assert any(words in fault.message and fault.line == 2 for fault in faults)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (";sud;;;;;;;;;", 1, "is empty"),
        ("B;;;;;;;;;;", 2, "is empty"),
        ("B;nord;;;;;;;;;", 2, "choose among rive-droite, sud"),
        ("B;sud;vipp;;;;;;;;", 3, "did you mean vip?"),
        ("B;sud;;16h-8h;;;;;;;", 4, "ends before it starts"),
        ("B;sud;;8h-8h;;;;;;;", 4, "the shift is empty"),
        ("B;sud;;8h-9h 10h-11h;;;;;;;", 4, "must be one window"),
        ("B;sud;;;long;;;;;;", 5, "whole number"),
        ("B;sud;;;481;;;;;;", 5, "at most 480"),
        ("B;sud;;;;noon;;;;;", 6, "must be"),
        ("B;sud;;;;;home;;;;", 7, "no such place"),
        ("B;sud;;;;;;99999;;;", 8, "no such place"),
        ("B;sud;;;;;;;-1;;", 9, "at least 0"),
        ("B;sud;;;;;;;;1.5;", 10, "whole number"),
        ("B;sud;;;;;;;;;many", 11, "whole number"),
        ("N1;sud;;;;;;;;;", 1, "line 2 already"),
    ],
)
def test_each_fault_of_a_technicians_file_is_told_with_its_place(
    tmp_path: Path, row: str, column: int, words: str
) -> None:
    """The second row is wrong in one cell."""
    with pytest.raises(InputError) as caught:
        _roster(tmp_path, WORKER, row)
    [fault] = caught.value.faults
    assert (fault.source, fault.line, fault.column) == ("t.csv", 3, column)
    assert words in fault.message


def test_the_examples_of_the_documentation_are_read(tmp_path: Path) -> None:
    """What docs/formats.md shows as files of visits and of technicians is accepted."""
    visits, technicians = re.findall(r"```csv\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    path = tmp_path / "f.csv"
    path.write_text(visits, encoding="utf-8")
    assert [ticket.id for ticket in _visits(path)] == ["INC-1042", "INC-1043"]
    path.write_text(technicians, encoding="utf-8")
    assert [entry.technician.id for entry in _technicians(path)] == ["N1", "N2"]


@pytest.mark.parametrize("columns", [VISIT_COLUMNS, TECHNICIAN_COLUMNS])
def test_every_column_is_documented(columns: Columns) -> None:
    """Each field that a file may have stands in docs/formats.md."""
    text = DOCS.read_text("utf-8")
    assert [name for name in columns.names if f"`{name}`" not in text] == []


def _visits(path: Path) -> list[Ticket]:
    return read_visits(path, SERVICE, COMMUNES)


def _technicians(path: Path) -> list[RosterEntry]:
    return read_technicians(path, SERVICE, COMMUNES)


_PIECES = st.sampled_from(
    [
        *";".join([HEADINGS, ROSTER, GOOD, WORKER]).split(";"),
        *[";", ",", "\t", "\n", "\r\n", "\r", '"', "\ufeff", " ", "Téléphone", "-", "é"],
    ]
)
_SPOILT_CELL = st.sampled_from(
    ["", "x", "-1", "1e999", "999999999999", "nan", "24:00-24:00", "\u0660", '"', "\r", "0" * 300]
) | st.text(max_size=10)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.lists(_PIECES, max_size=60).map("".join).map(str.encode) | st.binary(max_size=200))
@example(b"id,insee,lon,lat,duration_min\n\xff,,,,\n")
def test_no_file_raises_anything_but_an_input_error(tmp_path: Path, content: bytes) -> None:
    """Whatever bytes a file holds, it is read or its faults are told."""
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    for read in (_visits, _technicians):
        with suppress(InputError):
            read(path)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.data())
def test_no_cell_raises_anything_but_an_input_error(tmp_path: Path, data: st.DataObject) -> None:
    """A good row with any two cells spoilt is read or its faults are told."""
    for headings, row, read in ((HEADINGS, GOOD, _visits), (ROSTER, WORKER, _technicians)):
        cells = row.split(";")
        for _ in range(2):
            cells[data.draw(st.integers(0, len(cells) - 1))] = data.draw(_SPOILT_CELL)
        path = tmp_path / "f.csv"
        path.write_bytes(f"{headings}\n{';'.join(cells)}\n".encode("utf-8", "replace"))
        with suppress(InputError):
            assert len(read(path)) <= 1
