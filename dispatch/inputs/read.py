"""Files of visits and of technicians -> objects; all faults of a file are reported at once.

A visit that nobody can serve is no fault: it stays unassigned, with its reason. A value that cannot
be right is a fault. docs/formats.md describes the files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from dispatch.fieldwork import TimeWindow
from dispatch.files.csvfile import Table, TableRow, read_table
from dispatch.files.positions import message_of
from dispatch.inputs.rows import TECHNICIAN_COLUMNS, VISIT_COLUMNS, TechnicianRow, VisitRow
from dispatch.inputs.visit_checks import VisitChecks, unknown_skill
from dispatch.service.sections import BreakEntry, TechnicianEntry
from dispatch.service.service import RosterEntry, Service, roster_entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from dispatch.fieldwork import Ticket
    from dispatch.territory import Commune

# Values of faulty required cells, with which the other cells of the row are checked.
NEUTRAL: dict[type, dict[str, str]] = {
    VisitRow: {"id": "-", "insee": "00000", "lon": "0", "lat": "0", "duration_min": "1"},
    TechnicianRow: {"id": "-", "centre": "-"},
}
_RowModel = TypeVar("_RowModel", VisitRow, TechnicianRow)


def read_visits(
    path: Path,
    service: Service,
    communes: Mapping[str, Commune],
    roster: Sequence[RosterEntry] | None = None,
) -> list[Ticket]:
    """
    Read a file of visits (CSV).

    Parameters
    ----------
    path
        The file.
    service
        Skills, centres and limits.
    communes
        The communes by INSEE code.
    roster
        Technicians whose skills, ids and shifts visits must fit; None: the service's.

    Returns
    -------
    tickets
        In the order of the file; without any requester's name, number or address of mail.

    Raises
    ------
    InputError
        When the file cannot be read or a value cannot be right; all faults at once.
    """
    table = read_table(path, VISIT_COLUMNS, service.limits)
    working = service.roster if roster is None else roster
    checks = VisitChecks(table, service, service.territory(communes), working)
    rows = []
    for line, row, faulty in validated_rows(table, VisitRow):
        row = checks.on_the_night(row)
        checks.note(line, row, faulty)
        rows.append(row)
    table.raise_faults()
    return [row.to_ticket() for row in rows]


def read_technicians(
    path: Path, service: Service, communes: Mapping[str, Commune] | None = None
) -> list[RosterEntry]:
    """
    Read a file of technicians (CSV), which takes the place of the service's own.

    Parameters
    ----------
    path
        The file. A cell left empty is as in the service's `technician_defaults`.
    service
        Centres, skills, defaults and limits.
    communes
        The communes by INSEE code, at whose town halls a round may start or end; None: a
        place with the form of an INSEE code is accepted.

    Raises
    ------
    InputError
        When the file cannot be read or a value cannot be right; all faults at once.
    """
    table = read_table(path, TECHNICIAN_COLUMNS, service.limits)
    centres = [entry.id for entry in service.centres]
    roster = []
    for line, row, faulty in validated_rows(table, TechnicianRow):
        if row.centre not in centres and "centre" not in faulty:
            message = f"no such centre; choose among {', '.join(centres)}"
            table.fault(line, "centre", row.centre, message)
        for skill in sorted(row.skills - set(service.skills)):
            table.fault(line, "skills", skill, unknown_skill(skill, service.skills))
        for end in ("start", "end"):
            place: str | None = getattr(row, end)
            known = place in communes if communes is not None else str(place).isdigit()
            if place is not None and place not in centres and not known:
                message = "no such place; name a centre, or a commune by its INSEE code"
                table.fault(line, end, place, message)
        if row.shift is not None and row.shift.start_s == row.shift.end_s:
            table.fault(line, "shift", None, "the shift is empty; give its start and its end")
        if service.technician_defaults.break_ is None and row.break_min != 0:
            given = {"break_min": row.break_min, "break_window": row.break_window}
            for field, value in given.items():
                if value is None and any(other is not None for other in given.values()):
                    message = "a break needs both its length and its window; fill this in as well"
                    table.fault(line, field, None, message)
        roster.append(_roster_entry(row, service))
    table.raise_faults()
    return roster


def validated_rows(
    table: Table, model: type[_RowModel]
) -> Iterator[tuple[int, _RowModel, frozenset[str]]]:
    """
    Yield each row as values, with its line and its faulty fields.

    Faults are noted here. Neutral values replace faulty ones, so that the rest of the row can be
    checked as well.
    """
    first: dict[str, int] = {}
    for row in table.rows:
        name = row.cells.get("id")
        if name in first:
            message = f"this id stands on line {first[name]} already; give each its own"
            table.fault(row.line, "id", name, message)
        elif name is not None:
            first[name] = row.line
        try:
            yield row.line, model.model_validate(dict(row.cells)), row.faulty
        except ValidationError as error:
            faulty = row.faulty | _noted(table, row, error)
            kept = {field: cell for field, cell in row.cells.items() if field not in faulty}
            yield row.line, model.model_validate(NEUTRAL[model] | kept), faulty


def _noted(table: Table, row: TableRow, error: ValidationError) -> frozenset[str]:
    """Note one fault for each field that is not valid; return these fields."""
    faulty: set[str] = set()
    for found in error.errors(include_url=False):
        field = str(found["loc"][0])
        missing = found["type"] == "missing"
        # A missing column, or a cell that was refused before, has its fault already.
        told = field in faulty or field in row.faulty
        if not told and not (missing and field not in table.columns):
            message = "is empty; fill it in" if missing else message_of(found)
            table.fault(row.line, field, row.cells.get(field), message)
        faulty.add(field)
    return frozenset(faulty)


def _roster_entry(row: TechnicianRow, service: Service) -> RosterEntry:
    defaults = service.technician_defaults
    pause = None
    if row.break_min is not None or row.break_window is not None:
        usual = defaults.break_
        length = row.break_min or (usual.duration_min if usual else 0)
        within = row.break_window or (TimeWindow(usual.earliest, usual.latest) if usual else None)
        if within is not None:
            pause = BreakEntry.model_construct(
                duration_min=length, earliest=within.start_s, latest=within.end_s
            )
    # Each cell is validated already: the entry is built without a further check.
    entry = TechnicianEntry.model_construct(
        id=row.id,
        centre=row.centre,
        skills=tuple(sorted(row.skills)),
        start=row.start,
        end=row.end,
        shift=row.shift,
        break_=pause,
        max_overtime_min=row.max_overtime_min,
        max_working_min=row.max_working_min,
        capacity=row.capacity,
    )
    made = roster_entry(entry, defaults)
    if row.break_min == 0:
        alone = made.technician.model_copy(update={"break_": None})
        return RosterEntry(made.centre, alone)
    return made
