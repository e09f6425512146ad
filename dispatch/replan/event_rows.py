"""The kinds of events, their fields, and a row of each kind as typed values."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from dispatch.fieldwork import Identifier  # noqa: TC001 - pydantic needs it
from dispatch.files import cells
from dispatch.files.csvfile import Columns
from dispatch.inputs.rows import VISIT_COLUMNS, Cells, VisitRow

KINDS = {
    "new": ("nouvelle", "nouveau", "urgence", "urgente", "urgent"),
    "cancelled": ("canceled", "annulee", "annule", "annulation"),
    "absent": ("absente", "absence"),
    "late": ("retard", "en_retard", "retenu", "retenue"),
    "longer": ("prolongee", "prolonge", "plus_longue", "prolongation"),
    "done": ("faite", "fait", "terminee", "termine"),
}
# The fields of each kind of event; those of a new visit are those of the file of visits.
FIELDS = {
    "cancelled": ("id",),
    "absent": ("technician", "start", "end"),
    "late": ("technician", "end"),
    "longer": ("id", "start", "end", "duration_min"),
    "done": ("id", "start", "end", "technician"),
    "new": tuple(VISIT_COLUMNS.names),
}
EVENT_COLUMNS = Columns(
    {
        "event": ("evenement", "kind", "nature", "type"),
        "start": ("debut", "de", "from", "a_partir_de", "depuis"),
        "end": ("fin", "until", "jusqu_a", "a"),
        **VISIT_COLUMNS.names,
    },
    required=("event",),
)
_SECONDS = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})", re.ASCII)


def _moment(text: str) -> int:
    """Return a time of day (seconds since midnight): "10:30", "10h30", "10:30:15"."""
    found = _SECONDS.fullmatch(text.strip())
    if found is None or int(found[3]) >= 60:
        return cells.time_of_day(text)
    return cells.time_of_day(f"{found[1]}:{found[2]}") + int(found[3])


Moment = Annotated[int, BeforeValidator(_moment)]
Minutes = Annotated[int, BeforeValidator(cells.whole_number), Field(gt=0, le=1440)]


class CancelledRow(Cells):
    """A visit that is cancelled."""

    id: Identifier


class AbsentRow(Cells):
    """A technician who leaves (`start`), or who comes later (`end`)."""

    technician: Identifier
    start: Moment | None = None
    end: Moment | None = None


class LateRow(Cells):
    """A technician who is held up until `end`."""

    technician: Identifier
    end: Moment


class LongerRow(Cells):
    """A visit that takes longer, or shorter, than planned."""

    id: Identifier
    start: Moment | None = None
    end: Moment | None = None
    duration_min: Minutes | None = None


class DoneRow(Cells):
    """A visit that has begun, or is over."""

    id: Identifier
    start: Moment | None = None
    end: Moment | None = None
    technician: Identifier | None = None


MODELS: dict[str, type[Cells]] = {
    "new": VisitRow,
    "cancelled": CancelledRow,
    "absent": AbsentRow,
    "late": LateRow,
    "longer": LongerRow,
    "done": DoneRow,
}
