"""The columns of the files of visits and of technicians, and their rows as values."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable  # noqa: TC003 - an annotation of a module's names
from datetime import date
from typing import TYPE_CHECKING, Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from dispatch.fieldwork import (
    TICKET_FIELDS,
    TICKET_TYPES,
    WINDOW_FIELDS,
    Identifier,
    Ticket,
    TimeWindow,
)
from dispatch.files import cells
from dispatch.files.csvfile import Columns
from dispatch.service.sections import Insee, Latitude, Longitude  # noqa: TC001 - as above
from dispatch.territory import METROPOLE

if TYPE_CHECKING:
    from collections.abc import Iterable

TECHNICIAN_COLUMNS = Columns(
    {
        "id": ("identifiant", "technicien", "technician", "id_technicien"),
        "centre": ("center", "centre_id", "centre_de_proximite"),
        "skills": ("skill", "competences", "competence"),
        "shift": ("horaires", "horaire", "vacation"),
        "break_min": ("pause_min", "duree_pause", "pause_minutes"),
        "break_window": ("pause", "pause_plage", "plage_pause", "debut_pause"),
        "start": ("depart", "lieu_depart"),
        "end": ("arrivee", "lieu_arrivee"),
        "max_overtime_min": ("overtime", "overtime_min", "heures_sup_min", "depassement_min"),
        "max_working_min": ("travail_max_min", "amplitude_max_min"),
        "capacity": ("capacite",),
    },
    required=("id", "centre"),
)


class Cells(BaseModel):
    """The cells of a row as values; empty cells are left out before."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _minutes_s(text: str) -> int:
    """Return a length in seconds from a whole number of minutes."""
    return cells.whole_number(text) * cells.MINUTE_S


def _presence(text: str) -> tuple[TimeWindow, ...]:
    """Return spans in which somebody is there; a time alone is until when."""
    try:
        return (TimeWindow(0, cells.time_of_day(text)),)
    except ValueError:
        return cells.time_windows(text)


# What reads the cell of a field, by the class of its values; a text is as it stands.
READERS: dict[type, Callable[[str], object]] = {
    float: cells.decimal_number,
    int: cells.whole_number,
    bool: cells.yes,
    date: cells.calendar_day,
    frozenset: cells.identifiers,
    tuple: cells.time_windows,
}
READERS_BY_FIELD: dict[str, Callable[[str], object]] = {
    "duration_s": _minutes_s,
    "within_s": _presence,
}


def column_of(field: str) -> str:
    """Return the name of the column that holds a field of a ticket."""
    about = TICKET_FIELDS.get(field)
    return (about.column if about is not None else "") or field


class VisitRow(Cells, Ticket):
    """A line of a file of visits: a ticket of which who asks may be left out."""

    # Each field is filled from the column that `TicketField` names.
    model_config = ConfigDict(strict=False, populate_by_name=False, alias_generator=column_of)

    insee: Insee
    commune: str = ""
    """Name of the commune; checked against the code."""
    collectivity: str = ""
    """Empty: the commune itself asks."""
    lon: Longitude
    lat: Latitude
    duration_s: Annotated[int, Field(gt=0)]
    load: Annotated[int, Field(ge=0, le=1_000_000)] = 0

    @field_validator("*", mode="before")
    @classmethod
    def _read(cls, cell: str, info: ValidationInfo) -> object:
        name = str(info.field_name)
        reader = READERS_BY_FIELD.get(name) or READERS.get(TICKET_TYPES.get(name, str))
        return cell if reader is None else reader(cell)

    @property
    def asking(self) -> str:
        """Return who asks: the INSEE code of a commune, or "metropole"."""
        if not self.collectivity:
            return self.insee
        if cells.normalised(self.collectivity) in (METROPOLE, "bordeaux_metropole"):
            return METROPOLE
        return self.collectivity

    def to_ticket(self) -> Ticket:
        """Return the row as a ticket."""
        values = {name: getattr(self, name) for name in TICKET_FIELDS}
        return Ticket(**values | {"collectivity": self.asking})


COMMUNE_HEADINGS = ("nom_commune", "nom_de_la_commune", "ville", "town")


def _visit_headings() -> dict[str, tuple[str, ...]]:
    """Return the headings of each column; a commune's name stands after its code."""
    headings: dict[str, tuple[str, ...]] = {}
    for name, about in TICKET_FIELDS.items():
        headings[column_of(name)] = about.headings
        if name == "insee":
            headings["commune"] = COMMUNE_HEADINGS
    return headings


VISIT_COLUMNS = Columns(
    _visit_headings(),
    required=tuple(
        column_of(name) for name, field in VisitRow.model_fields.items() if field.is_required()
    ),
)


_Minutes = Annotated[int, BeforeValidator(cells.whole_number), Field(ge=0, le=7 * 1440)]


class TechnicianRow(Cells):
    """A line of a file of technicians; what is None is as in the service's defaults."""

    id: Identifier
    centre: Identifier
    skills: Annotated[frozenset[Identifier], BeforeValidator(cells.identifiers)] = frozenset()
    shift: Annotated[TimeWindow | None, BeforeValidator(cells.time_window)] = None
    break_min: Annotated[_Minutes | None, Field(le=480)] = None
    break_window: Annotated[TimeWindow | None, BeforeValidator(cells.time_window)] = None
    start: Identifier | None = None
    end: Identifier | None = None
    max_overtime_min: _Minutes | None = None
    max_working_min: _Minutes | None = None
    capacity: (
        Annotated[int, BeforeValidator(cells.whole_number), Field(ge=0, le=1_000_000)] | None
    ) = None


def visits_text(tickets: Iterable[Ticket]) -> str:
    """
    Return visits as the text of a CSV file, which `read_visits` reads back as they were.

    Parameters
    ----------
    tickets
        Services and windows in whole minutes.

    Raises
    ------
    ValueError
        When a time is not in whole minutes.
    """
    tickets = list(tickets)
    fields = [
        name
        for name, about in TICKET_FIELDS.items()
        if not about.rare or any(getattr(ticket, name) for ticket in tickets)
    ]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(column_of, fields))
    for ticket in tickets:
        spans = [span for name in WINDOW_FIELDS for span in getattr(ticket, name)]
        times = [ticket.duration_s, *(time for span in spans for time in span)]
        if any(time % cells.MINUTE_S for time in times):
            msg = f"visit {ticket.id!r} has a time that is not in whole minutes; round it"
            raise ValueError(msg)
        values = ticket.model_copy(update={"duration_s": ticket.duration_s // cells.MINUTE_S})
        writer.writerow(_cell_text(getattr(values, name)) for name in fields)
    return text.getvalue()


def _cell_text(value: object) -> str:
    """Return a value as a cell has it; `READERS` read it back."""
    if value is None or value is False:
        return ""
    if value is True:
        return "oui"
    if isinstance(value, frozenset):
        return " ".join(sorted(value))
    if isinstance(value, tuple):
        return " ".join(map(cells.span_text, value))
    return str(value)
