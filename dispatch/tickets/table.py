"""A file of tickets (CSV, XLSX) as raw rows of our fields, by a mapping.

The headings may stand below a title, and on any sheet. A column that the mapping rests on and that
is not there is a warning; where another heading nearly has its name, the file is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

from dispatch.errors import VALUE_SHOWN, Fault, InputError
from dispatch.files.cells import normalised
from dispatch.files.csvfile import read_records
from dispatch.files.headings import heading_line
from dispatch.tickets.mapping import (
    OFFICE_MAPPING,
    announces_person,
    own_format,
    read_mapping,
)
from dispatch.tickets.text import unescaped
from dispatch.tickets.xlsx import looks_like_xlsx, read_sheet

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from dispatch.files.limits import Limits
    from dispatch.service.ticket_settings import TicketLimits
    from dispatch.tickets.mapping import TicketMapping

# Free text is cut to its bound; any other cell that is too long is a fault.
FREE_TEXT = "description"
HEADINGS_SHOWN = 30
# Two headings that are that much alike are the same with a letter wrong: "EntitŽ", "Entité".
NEARLY = 0.8
# How a line below a table begins that sums it up.
TOTALS = ("total", "sous_total", "totaux", "somme", "nombre_de", "sum")
# What a row's id begins with where a file numbers nothing: "L12" stands on line 12.
LINE_ID = "L"


class CellFault(NamedTuple):
    """A cell that cannot be read: its field, what was found, and what to write instead."""

    name: str
    value: str | None
    message: str


@dataclass(frozen=True, slots=True)
class RawRow:
    """
    A ticket as the source has it.

    Parameters
    ----------
    line
        Line of the file, or a running number; from 1.
    cells
        Texts that are not empty, by field.
    faults
        Cells that are too long.
    """

    line: int
    cells: Mapping[str, str]
    faults: tuple[CellFault, ...] = ()


@dataclass
class RawTable:
    """
    The tickets of one source before their values are read.

    Parameters
    ----------
    source
        Name of the file, or "GLPI".
    columns
        Number, from 1, and heading of each field that is there.
    rows
        The tickets.
    faults
        Faults of lines that are no rows.
    notes
        Remarks: columns that are not read, or not there.
    warnings
        Remarks that somebody has to look at.
    unread
        The headings of columns that are not read and hold nothing personal, as faults.
    word
        What a row's number counts: "line" or "row".
    whole
        Whether the source did not change while it was read.
    """

    source: str
    columns: dict[str, tuple[int, str]] = field(default_factory=dict)
    rows: list[RawRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unread: list[Fault] = field(default_factory=list)
    word: str = "line"
    whole: bool = True


def known_headings(mapping: TicketMapping) -> frozenset[str]:
    """Return every heading that a mapping knows, as headings are compared."""
    return frozenset(normalised(name) for names in mapping.columns.values() for name in names)


class Lines(NamedTuple):
    """A file as lines of cells, the headings first, and what was found on the way to them."""

    headings: tuple[int, list[str]]
    rows: list[tuple[int, list[str]]]
    faults: list[Fault]
    notes: list[str]
    warnings: list[str]


def read_lines(
    path: Path, headings: Collection[str], limits: Limits, ticket_limits: TicketLimits
) -> Lines:
    """
    Read a file as lines of cells.

    Parameters
    ----------
    path
        CSV in any encoding and separator of office tools, or XLSX.
    headings
        Those that are known, as they are compared.
    limits, ticket_limits
        Bounds.

    Raises
    ------
    InputError
        When the file as a whole cannot be read.
    """

    def known(heading: str) -> bool:
        return normalised(heading) in headings

    faults: list[Fault] = []
    notes, warnings = [], []
    if looks_like_xlsx(path):
        sheet = read_sheet(path, limits, ticket_limits, known)
        lines = sheet.lines
        if sheet.number > 1:
            notes.append(
                f"{path.name}: the table is on sheet {sheet.number}, {_list([sheet.title])}"
            )
    else:
        lines, faults, told = read_records(path, known, limits)
        warnings = [f"{path.name}: {note}" for note in told]
    if not lines:
        raise InputError(faults or [Fault(path.name, "", None, "has no cells; fill it in")])
    at, _ = heading_line([cells for _, cells in lines], known)
    if at:
        above = ", ".join(str(line) for line, _ in lines[:at])
        notes.append(f"{path.name}: the headings are on line {lines[at][0]}; not read: {above}")
    line, first = lines[at]
    while first and not first[-1].strip():  # GLPI ends each line with a separator
        first = first[:-1]
    if len(first) > ticket_limits.columns:
        message = f"has more than {ticket_limits.columns} columns; export only those needed"
        raise InputError([Fault(path.name, "", None, message, line)])
    return Lines(
        (line, [unescaped(cell) for cell in first]), lines[at + 1 :], faults, notes, warnings
    )


def headings_of(path: Path, limits: Limits, ticket_limits: TicketLimits) -> tuple[str, ...]:
    """
    Return the headings of a file, as any of our mappings knows them.

    Raises
    ------
    InputError
        When the file as a whole cannot be read.
    """
    known = known_headings(own_format()) | known_headings(read_mapping(OFFICE_MAPPING))
    return tuple(read_lines(path, known, limits, ticket_limits).headings[1])


def read_raw(
    path: Path,
    mapping: TicketMapping,
    limits: Limits,
    ticket_limits: TicketLimits,
    *,
    number_rows: bool = False,
) -> RawTable:
    """
    Read a file of tickets.

    Parameters
    ----------
    path
        CSV or XLSX; see `read_lines`.
    mapping
        Which columns are which fields.
    limits, ticket_limits
        Bounds.
    number_rows
        Whether a file without a column of ids is read, each row named by its line.

    Returns
    -------
    table
        Columns of personal data, and columns that are not used, are never read.

    Raises
    ------
    InputError
        When the file as a whole cannot be used: not readable, no column of ids, a heading twice,
        a column that the mapping rests on under a damaged name.
    """
    lines = read_lines(path, known_headings(mapping), limits, ticket_limits)
    first_line, first = lines.headings
    table = RawTable(path.name, faults=lines.faults, notes=lines.notes, warnings=lines.warnings)
    chosen = _columns(table, first_line, first, mapping, number_rows=number_rows)
    totals = 0
    for line, record in lines.rows:
        if _is_total(record, chosen):
            totals += 1
            continue
        if len(table.rows) == limits.rows:
            message = f"has more than {limits.rows} rows; what follows is not read; split the file"
            table.faults.append(Fault(table.source, "", None, message, line))
            break
        _add_row(table, line, record, len(first), chosen, limits.text_chars)
    if totals:
        table.notes.append(f"{table.source}: {totals} lines with totals are not read")
    return table


def _is_total(record: list[str], chosen: dict[str, list[int]]) -> bool:
    """Return whether a line sums up others: its first word says so, and it names no place."""
    first = next((cell for cell in record if cell.strip()), "")
    if not normalised(first).startswith(TOTALS):
        return False
    places = [at for name in ("lon", "lat", "address", "location") for at in chosen.get(name, ())]
    return not any(record[at].strip() for at in places if at < len(record))


def _columns(
    table: RawTable,
    line: int,
    headings: list[str],
    mapping: TicketMapping,
    *,
    number_rows: bool,
) -> dict[str, list[int]]:
    """Note where each field stands; return the columns (from 0) of each, the first choice first."""
    places: dict[str, list[int]] = {}
    for index, heading in enumerate(headings):
        places.setdefault(normalised(heading), []).append(index)
    chosen: dict[str, list[int]] = {}
    faults = []
    for name, wanted in mapping.columns.items():
        for heading in dict.fromkeys(normalised(heading) for heading in wanted):
            found = places.get(heading, [])
            if len(found) > 1:
                again = ", ".join(str(index + 1) for index in found)
                message = f"this heading stands in columns {again}; keep one of them"
                faults.append(
                    Fault(table.source, headings[found[0]], None, message, line, found[1] + 1)
                )
            if found:
                chosen.setdefault(name, []).append(found[0])
        if name in chosen:
            index = chosen[name][0]
            table.columns[name] = (index + 1, headings[index])
    if not faults:
        faults = _missing(table, line, headings, chosen, mapping, number_rows=number_rows)
    if faults:
        raise InputError(faults)
    _note_columns(table, line, headings, chosen, mapping)
    return chosen


def _missing(
    table: RawTable,
    line: int,
    headings: list[str],
    chosen: Mapping[str, list[int]],
    mapping: TicketMapping,
    *,
    number_rows: bool,
) -> list[Fault]:
    """Return the faults of columns without which the file cannot be used."""
    faults = []
    if "id" not in chosen and not (number_rows and chosen):
        seen = ", ".join(heading for heading in headings[:HEADINGS_SHOWN] if heading.strip())
        message = (
            f"no column is the ticket's id; the mapping looks for {_list(mapping.columns['id'])},"
            f" the file has: {seen}"
        )
        faults.append(Fault(table.source, "id", None, message, line))
    if "duration_min" not in chosen and not faults and not _gives_durations(mapping):
        message = (
            "no column says how long a visit takes, and the mapping does not either; name a mapping"
            " (of GLPI's exports: glpi), or add the column"
        )
        faults.append(Fault(table.source, "duration_min", None, message, line))
    for name in mapping.rested_on - set(chosen) if not mapping.as_written else ():
        if (near := _nearly(headings, chosen, mapping.columns.get(name, ()))) is not None:
            index, wanted = near
            message = (
                f"looks like {wanted} with a letter wrong, and the mapping rests on that column;"
                " save the file as UTF-8, rename the column, or name it in the mapping"
            )
            faults.append(Fault(table.source, headings[index], None, message, line, index + 1))
    return sorted(faults, key=lambda fault: fault.column or 0)


def _nearly(
    headings: list[str], chosen: Mapping[str, list[int]], wanted: Iterable[str]
) -> tuple[int, str] | None:
    """Return the column, from 0, whose heading is nearly a wanted one, and that one."""
    read = {index for indices in chosen.values() for index in indices}
    for index, heading in enumerate(headings):
        if index in read or announces_person(heading):
            continue
        for name in wanted:
            alike = SequenceMatcher(None, normalised(heading), normalised(name)).ratio()
            if alike >= NEARLY:
                return index, name
    return None


def _gives_durations(mapping: TicketMapping) -> bool:
    known = any(category.duration_min is not None for category in mapping.categories)
    return known or "duration_min" in mapping.constants


def _note_columns(
    table: RawTable,
    line: int,
    headings: list[str],
    chosen: dict[str, list[int]],
    mapping: TicketMapping,
) -> None:
    read = {index for indices in chosen.values() for index in indices}
    left = [heading for index, heading in enumerate(headings) if index not in read]
    personal = [heading for heading in left if announces_person(heading)]
    others = [heading for heading in left if heading.strip() and heading not in personal]
    if personal:
        table.notes.append(f"{table.source}: personal data, never looked at: {_list(personal)}")
    if others:
        table.notes.append(f"{table.source}: columns that are not read: {_list(others)}")
    known = ", ".join(mapping.columns)
    table.unread = [
        Fault(
            table.source, heading, None,
            f"unknown column; remove it, or name it one of {known}" if heading.strip()
            else "this column has no heading; name it or remove it", line, index + 1,
        )
        for index, heading in enumerate(headings)
        if index not in read and not announces_person(heading)
    ]  # fmt: skip
    if "id" not in chosen:
        table.warnings.append(
            f"{table.source}: no column is the ticket's id, so each is named by its line"
            f" ({LINE_ID}12); such a name changes with the file"
        )
    missing = [] if mapping.as_written else sorted(mapping.rested_on - set(chosen))
    if missing:
        note = f"no column for {_list(missing)}: the mapping's rules on it are without effect"
        table.warnings.append(f"{table.source}: {note}")


def _list(names: list[str] | tuple[str, ...]) -> str:
    shown = [name if len(name) <= VALUE_SHOWN else name[:VALUE_SHOWN] + "…" for name in names]
    more = f" and {len(shown) - HEADINGS_SHOWN} more" if len(shown) > HEADINGS_SHOWN else ""
    return ", ".join(shown[:HEADINGS_SHOWN]) + more


def _add_row(
    table: RawTable,
    line: int,
    record: list[str],
    width: int,
    chosen: dict[str, list[int]],
    text_chars: int,
) -> None:
    if any(cell.strip() for cell in record[width:]):
        message = (
            f"this line has {len(record)} cells, the headings are {width}; put a cell that holds"
            " the separator in quotes"
        )
        table.faults.append(Fault(table.source, "", None, message, line))
        return
    cells, faults = {}, []
    for name, indices in chosen.items():
        found = (unescaped(record[index]).strip() for index in indices if index < len(record))
        cell = next((cell for cell in found if cell), "")
        if len(cell) > text_chars and name != FREE_TEXT:
            message = f"has over {text_chars} characters ({len(cell)}); shorten it"
            faults.append(CellFault(name, None, message))
        elif cell:
            cells[name] = cell
    if cells and "id" not in chosen:
        cells["id"] = f"{LINE_ID}{line}"
    if cells or faults:
        table.rows.append(RawRow(line, cells, tuple(faults)))
