"""A file of tickets (CSV, XLSX) as raw rows of our fields, by a mapping."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dispatch.errors import VALUE_SHOWN, Fault, InputError
from dispatch.files.cells import normalised
from dispatch.files.csvfile import read_records
from dispatch.tickets.mapping import announces_person
from dispatch.tickets.xlsx import looks_like_xlsx, read_cells

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dispatch.files.limits import Limits
    from dispatch.service.ticket_settings import TicketLimits
    from dispatch.tickets.mapping import TicketMapping

# Free text is cut to its bound; any other cell that is too long is a fault.
FREE_TEXT = "description"
HEADINGS_SHOWN = 30


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
    """

    line: int
    cells: Mapping[str, str]


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
        Faults of lines that are no rows, and of cells that are too long.
    notes
        Remarks: columns that are not read, or not there.
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
    word: str = "line"
    whole: bool = True


def read_raw(
    path: Path, mapping: TicketMapping, limits: Limits, ticket_limits: TicketLimits
) -> RawTable:
    """
    Read a file of tickets.

    Parameters
    ----------
    path
        CSV (UTF-8 or Windows-1252; `,` `;` or tab), or XLSX.
    mapping
        Which columns are which fields.
    limits, ticket_limits
        Bounds.

    Returns
    -------
    table
        Columns of personal data, and columns that are not used, are never read.

    Raises
    ------
    InputError
        When the file as a whole cannot be used: not readable, no column of ids, a heading twice.
    """
    headings = {normalised(name) for names in mapping.columns.values() for name in names}
    faults: list[Fault] = []
    if looks_like_xlsx(path):
        lines = read_cells(path, limits, ticket_limits)
    else:
        lines, faults = read_records(path, lambda name: normalised(name) in headings, limits)
    if not lines:
        raise InputError(faults or [Fault(path.name, "", None, "has no cells; fill it in")])
    first_line, first = lines[0]
    while first and not first[-1].strip():  # GLPI ends each line with a separator
        first = first[:-1]
    if len(first) > ticket_limits.columns:
        message = f"has more than {ticket_limits.columns} columns; export only those needed"
        raise InputError([Fault(path.name, "", None, message, first_line)])
    table = RawTable(path.name, faults=faults)
    chosen = _columns(table, first_line, first, mapping)
    for line, record in lines[1:]:
        if len(table.rows) == limits.rows:
            message = f"has more than {limits.rows} rows; what follows is not read; split the file"
            table.faults.append(Fault(table.source, "", None, message, line))
            break
        _add_row(table, line, record, len(first), chosen, limits.text_chars)
    return table


def _columns(
    table: RawTable, line: int, headings: list[str], mapping: TicketMapping
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
    if "id" not in chosen and not faults:
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
    if faults:
        raise InputError(faults)
    _note_columns(table, headings, chosen, mapping)
    return chosen


def _gives_durations(mapping: TicketMapping) -> bool:
    known = any(category.duration_min is not None for category in mapping.categories)
    return known or "duration_min" in mapping.constants


def _note_columns(
    table: RawTable, headings: list[str], chosen: dict[str, list[int]], mapping: TicketMapping
) -> None:
    read = {index for indices in chosen.values() for index in indices}
    left = [heading for index, heading in enumerate(headings) if index not in read]
    personal = [heading for heading in left if announces_person(heading)]
    others = [heading for heading in left if heading.strip() and heading not in personal]
    if personal:
        table.notes.append(f"{table.source}: personal data, never looked at: {_list(personal)}")
    if others:
        table.notes.append(f"{table.source}: columns that are not read: {_list(others)}")
    ruled = {*mapping.values, *mapping.passed_over}
    ruled |= {"entity"} if mapping.entities else set()
    ruled |= {"category"} if mapping.categories else set()
    if missing := sorted(ruled - set(chosen)):
        note = f"no column for {_list(missing)}: the mapping's rules on it are without effect"
        table.notes.append(f"{table.source}: {note}")


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
    cells = {}
    for name, indices in chosen.items():
        found = (record[index].strip() for index in indices if index < len(record))
        cell = next((cell for cell in found if cell), "")
        if len(cell) > text_chars and name != FREE_TEXT:
            column, heading = table.columns[name]
            message = f"has over {text_chars} characters ({len(cell)}); shorten it"
            table.faults.append(Fault(table.source, heading, None, message, line, column))
        elif cell:
            cells[name] = cell
    if cells:
        table.rows.append(RawRow(line, cells))
