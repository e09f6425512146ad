"""A file of absences: who is away on a day.

A faulty line does not stop a night. It costs one technician too many on the plan; without the
night, nobody would have a round. The night reports the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - pydantic resolves the annotation at run time
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, ValidationError

from dispatch.errors import Fault, InputError
from dispatch.fieldwork import Identifier  # noqa: TC001 - likewise
from dispatch.files import cells
from dispatch.files.csvfile import Columns, Table, TableRow, read_table
from dispatch.files.positions import message_of
from dispatch.inputs.rows import Cells

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from dispatch.files.limits import Limits
    from dispatch.service.service import RosterEntry

ABSENCE_COLUMNS = Columns(
    {
        "technician": ("technicien", "id", "identifiant", "id_technicien", "intervenant"),
        "from": ("du", "debut", "date_debut", "date_de_debut", "start", "first", "premier_jour"),
        "to": ("au", "fin", "date_fin", "date_de_fin", "end", "last", "dernier_jour"),
    },
    required=("technician", "from", "to"),
)
# `from` is no name for a field.
FIELDS = {"technician": "technician", "from": "first", "to": "last"}


class AbsenceRow(Cells):
    """A line of a file of absences; both days included."""

    technician: Identifier
    first: Annotated[date, BeforeValidator(cells.calendar_day)]
    last: Annotated[date, BeforeValidator(cells.calendar_day)]


@dataclass(frozen=True)
class Absences:
    """
    Who is away on a day.

    Parameters
    ----------
    away
        Ids of technicians.
    faults
        Faults of the file.
    """

    away: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()

    def present(self, roster: Sequence[RosterEntry]) -> tuple[RosterEntry, ...]:
        """Return the roster without those away."""
        return tuple(entry for entry in roster if entry.technician.id not in self.away)


def read_absences(path: Path, day: date, known: Collection[str], limits: Limits) -> Absences:
    """
    Return who is away on a day.

    Parameters
    ----------
    path
        The file (CSV): technician, from, to. It may have no line. A missing file is a fault.
    day
        The day.
    known
        Ids of the technicians of the roster.
    limits
        Bounds of the file.
    """
    try:
        table = read_table(path, ABSENCE_COLUMNS, limits, rows_needed=False)
    except InputError as error:
        return Absences(faults=error.faults)
    away = set()
    for row in table.rows:
        absence = _absence(table, row)
        if absence is None:
            continue
        if absence.technician not in known:
            message = "no such technician in the roster; correct the id"
            table.fault(row.line, "technician", absence.technician, message)
        elif absence.last < absence.first:
            message = "ends before it starts; correct the days"
            table.fault(row.line, "to", absence.last.isoformat(), message)
        elif absence.first <= day <= absence.last:
            away.add(absence.technician)
    faults = sorted(table.faults, key=lambda fault: (fault.line or 0, fault.column or 0))
    return Absences(frozenset(away), tuple(faults))


def _absence(table: Table, row: TableRow) -> AbsenceRow | None:
    """Return a line as values; None, with its faults noted, where it is not as written."""
    values = {FIELDS[column]: cell for column, cell in row.cells.items()}
    try:
        return AbsenceRow.model_validate(values)
    except ValidationError as error:
        for found in error.errors(include_url=False):
            column = next(name for name, field in FIELDS.items() if field == found["loc"][0])
            missing = found["type"] == "missing"
            # A missing column, or a cell that was refused before, has its fault already.
            if column not in row.faulty and (not missing or column in table.columns):
                message = "is empty; fill it in" if missing else message_of(found)
                table.fault(row.line, column, row.cells.get(column), message)
        return None
