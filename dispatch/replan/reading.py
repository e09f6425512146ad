"""A file of events (TOML or CSV) -> what happened, by centre; every fault of the file at once.

Both kinds of file become rows of named cells, so that an event reads alike in either:
docs/replan.md describes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, time
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from dispatch.errors import Fault
from dispatch.fieldwork import Identifier  # noqa: TC001 - pydantic needs it
from dispatch.files import cells
from dispatch.files.csvfile import Columns, Table, TableRow, read_table
from dispatch.files.positions import locate, message_of, path_text
from dispatch.files.textfile import parse_toml, read_text
from dispatch.inputs.read import NEUTRAL
from dispatch.inputs.rows import VISIT_COLUMNS, Cells, VisitRow
from dispatch.replan.checks import EventChecks
from dispatch.replan.events import Done, Events, Longer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dispatch.files.limits import Limits
    from dispatch.folder.read import Written

KINDS = {
    "new": ("nouvelle", "nouveau", "urgence", "urgente", "urgent"),
    "cancelled": ("canceled", "annulee", "annule", "annulation"),
    "absent": ("absente", "absence"),
    "late": ("retard", "en_retard", "retenu", "retenue"),
    "longer": ("prolongee", "prolonge", "plus_longue", "prolongation"),
    "done": ("faite", "fait", "terminee", "termine"),
}
# What a row of each kind may say, other than new visits, which say all that a visit does.
SAYS = {
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


class _CancelledRow(Cells):
    id: Identifier


class _AbsentRow(Cells):
    technician: Identifier
    start: Moment | None = None
    end: Moment | None = None


class _LateRow(Cells):
    technician: Identifier
    end: Moment


class _LongerRow(Cells):
    id: Identifier
    start: Moment | None = None
    end: Moment | None = None
    duration_min: Minutes | None = None


class _DoneRow(Cells):
    id: Identifier
    start: Moment | None = None
    end: Moment | None = None
    technician: Identifier | None = None


MODELS: dict[str, type[Cells]] = {
    "new": VisitRow,
    "cancelled": _CancelledRow,
    "absent": _AbsentRow,
    "late": _LateRow,
    "longer": _LongerRow,
    "done": _DoneRow,
}


@dataclass
class _TomlTable(Table):
    """Events of a TOML file: a row an entry, faults placed where its keys stand."""

    text: str = ""
    entries: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Section and number of the entry on a line."""
    keys: dict[int, dict[str, str]] = field(default_factory=dict)
    """How the fields of the entry on a line are written."""

    def fault(self, line: int, field_: str, value: str | None, message: str) -> None:
        """Note a fault at the key of a field, or at the entry."""
        path: tuple[str | int, ...] = self.entries.get(line, ())
        written = self.keys.get(line, {}).get(field_)
        at = (*path, written) if written is not None else path
        where = path_text(at if written is not None or field_ == "event" else (*path, field_))
        self.note(where, value, message, locate(self.text, at, "toml") or (line, 1))

    def note(self, where: str, value: str | None, message: str, at: tuple[int, int]) -> None:
        """Note a fault at a position."""
        self.faults.append(Fault(self.source, where, value, message, *at))


def read_events(path: Path, written: Written, at_s: int) -> dict[str, Events]:
    """
    Read a file of events.

    Parameters
    ----------
    path
        TOML where the name ends so, else CSV.
    written
        The day that they are about: its visits, technicians, communes, limits.
    at_s
        The moment (seconds since midnight): what is done was done by then.

    Returns
    -------
    events
        By centre; those without are left out.

    Raises
    ------
    InputError
        When the file cannot be read, or says what cannot be meant; all faults at once.
    """
    limits = written.service.limits
    if path.suffix.lower() == ".toml":
        table: Table = _toml_table(path, limits)
    else:
        table = read_table(path, EVENT_COLUMNS, limits)
    checks = EventChecks(table, written, at_s)
    told: list[tuple[str, int, Cells]] = []
    for row in table.rows:
        kind = _kind(table, row)
        if kind is None:
            continue
        model, faulty = _values(table, row, kind)
        checks.note(kind, row.line, model, faulty)
        told.append((kind, row.line, model))
    table.raise_faults()
    return _by_centre(told, checks)


def _kind(table: Table, row: TableRow) -> str | None:
    word = row.cells.get("event")
    if word is None:
        table.fault(row.line, "event", None, f"is empty; say one of {', '.join(KINDS)}")
        return None
    for kind, names in KINDS.items():
        if cells.normalised(word) == kind or cells.normalised(word) in names:
            return kind
    table.fault(row.line, "event", word, f"no such event; say one of {', '.join(KINDS)}")
    return None


def _values(table: Table, row: TableRow, kind: str) -> tuple[Cells, frozenset[str]]:
    """Return a row as values, and the fields that are not as written; their faults are noted."""
    faulty = set(row.faulty)
    said = {}
    for name, cell in row.cells.items():
        if name == "event":
            continue
        if name in SAYS[kind]:
            said[name] = cell
        else:
            message = f"says nothing of an event `{kind}`; leave it out"
            table.fault(row.line, name, cell, message)
    model = MODELS[kind]
    try:
        return model.model_validate(said), frozenset(faulty)
    except ValidationError as error:
        for found in error.errors(include_url=False):
            name = str(found["loc"][0])
            if name not in faulty:
                missing = found["type"] == "missing"
                message = "is missing; fill it in" if missing else message_of(found)
                table.fault(row.line, name, row.cells.get(name), message)
            faulty.add(name)
    kept = {name: cell for name, cell in said.items() if name not in faulty}
    neutral = NEUTRAL[VisitRow] if kind == "new" else {"id": "-", "technician": "-", "end": "0:00"}
    usable = {name: cell for name, cell in neutral.items() if name in SAYS[kind]}
    return model.model_validate(usable | kept), frozenset(faulty | (set(usable) - set(kept)))


def _toml_table(path: Path, limits: Limits) -> _TomlTable:
    text = read_text(path, max_mb=limits.file_mb)
    document = parse_toml(text, path.name)
    table = _TomlTable(path.name, text=text)
    for section, entries in document.items():
        at = locate(text, (section,), "toml") or (1, 1)
        if section == "format":
            if entries != "dispatch-events/1":
                table.note(section, str(entries), 'must be "dispatch-events/1"', at)
        elif not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            message = f"no such section; write [[{']], [['.join(KINDS)}]]"
            table.note(section, None, message, at)
        else:
            for number, entry in enumerate(entries):
                _toml_row(table, section, number, entry)
    table.rows.sort(key=lambda row: row.line)
    if not table.rows and not table.faults:
        table.note("", None, f"holds no event; write [[{']], [['.join(KINDS)}]]", (1, 1))
    return table


def _toml_row(table: _TomlTable, section: str, number: int, entry: Mapping[str, Any]) -> None:
    """Add an entry as a row of cells."""
    line, _ = locate(table.text, (section, number), "toml") or (1, 1)
    while line in table.entries:  # entries within one line of an array
        line += 1
    table.entries[line] = (section, number)
    written = table.keys.setdefault(line, {})
    found = {"event": section}
    for key, value in entry.items():
        name = EVENT_COLUMNS.field_of(key) if key != "visit" else "id"
        if name is None or name == "event":
            at = locate(table.text, (section, number, key), "toml") or (line, 1)
            where = path_text((section, number, key))
            names = ", ".join(("visit", "technician", "from", "until", "start", "end"))
            table.note(where, None, f"unknown key; remove it, or name it as {names}, …", at)
            continue
        written[name] = key
        cell = _cell(value)
        if cell is None:
            table.fault(line, name, str(value), "must be a text, a number, a time or a date")
        elif len(cell) > 2000:
            table.fault(line, name, cell, "is too long; shorten it")
        else:
            found[name] = cell
    table.rows.append(TableRow(line, {name: cell for name, cell in found.items() if cell}))


def _cell(value: object) -> str | None:
    """Return a value of TOML as it would stand in a cell; None: no such value."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float):
        return f"{value:.9f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    if isinstance(value, time):
        return value.replace(microsecond=0).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " ".join(value)
    return None


def _by_centre(told: list[tuple[str, int, Cells]], checks: EventChecks) -> dict[str, Events]:
    """Return the events of each centre, from rows without faults."""
    found: dict[str, dict[str, Any]] = {}
    for kind, _, row in told:
        for centre, name, key, value in _entries(kind, row, checks):
            found.setdefault(centre, {}).setdefault(name, {})[key] = value
    return {
        centre: Events(
            new=tuple(parts.pop("new", {}).values()),
            cancelled=frozenset(parts.pop("cancelled", {})),
            **parts,
        )
        for centre, parts in sorted(found.items())
    }


def _entries(kind: str, row: Cells, checks: EventChecks) -> Iterator[tuple[str, str, str, Any]]:
    """Yield where an event belongs: centre, part of its `Events`, key, value."""
    if isinstance(row, VisitRow):
        ticket = row.to_ticket()
        yield checks.centre_of_new(row), "new", ticket.id, ticket
    elif isinstance(row, _CancelledRow):
        yield checks.centre_of_visit(row.id), "cancelled", row.id, None
    elif isinstance(row, _AbsentRow):
        centre = checks.centre_of_technician(row.technician)
        if row.end is not None:
            yield centre, "arriving", row.technician, row.end
        else:
            leaves = checks.at_s if row.start is None else row.start
            yield centre, "absent", row.technician, leaves
    elif isinstance(row, _LateRow):
        yield checks.centre_of_technician(row.technician), kind, row.technician, row.end
    elif isinstance(row, _LongerRow):
        length = None if row.duration_min is None else row.duration_min * cells.MINUTE_S
        told = Longer(row.end, length, row.start)
        yield checks.centre_of_visit(row.id), "longer", row.id, told
    elif isinstance(row, _DoneRow):
        done = Done(row.start, row.end, row.technician)
        yield checks.centre_of_visit(row.id), "done", row.id, done
