"""A file of events (TOML or CSV) -> what happened, by centre; every fault of the file at once.

Both kinds of file become rows of named cells, so that an event reads alike in either:
docs/replan.md describes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from dispatch.files import cells
from dispatch.files.csvfile import Table, TableRow, read_table
from dispatch.files.positions import message_of
from dispatch.inputs.read import NEUTRAL
from dispatch.inputs.rows import Cells, VisitRow
from dispatch.replan.checks import EventChecks
from dispatch.replan.event_rows import (
    EVENT_COLUMNS,
    FIELDS,
    KINDS,
    MODELS,
    AbsentRow,
    CancelledRow,
    DoneRow,
    LateRow,
    LongerRow,
)
from dispatch.replan.event_toml import toml_events
from dispatch.replan.events import Done, Events, Longer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dispatch.folder.read import Written


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
        When the file cannot be read, or an event contradicts the day or another event; all faults
        at once.
    """
    limits = written.service.limits
    if path.suffix.lower() == ".toml":
        table: Table = toml_events(path, limits)
    else:
        table = read_table(path, EVENT_COLUMNS, limits)
    checks = EventChecks(table, written, at_s)
    rows: list[tuple[str, int, Cells]] = []
    for row in table.rows:
        kind = _kind(table, row)
        if kind is None:
            continue
        model, faulty = _values(table, row, kind)
        model = checks.on_the_night(model)
        checks.note(kind, row.line, model, faulty)
        rows.append((kind, row.line, model))
    table.raise_faults()
    return _by_centre(rows, checks)


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
    """Return a row as values, and the names of its faulty fields; the faults are noted."""
    faulty = set(row.faulty)
    said = {}
    for name, cell in row.cells.items():
        if name == "event":
            continue
        if name in FIELDS[kind]:
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
    sound = {name: cell for name, cell in said.items() if name not in faulty}
    neutral = NEUTRAL[VisitRow] if kind == "new" else {"id": "-", "technician": "-", "end": "0:00"}
    usable = {name: cell for name, cell in neutral.items() if name in FIELDS[kind]}
    return model.model_validate(usable | sound), frozenset(faulty | (set(usable) - set(sound)))


def _by_centre(rows: list[tuple[str, int, Cells]], checks: EventChecks) -> dict[str, Events]:
    """Return the events of each centre, from rows without faults."""
    found: dict[str, dict[str, Any]] = {}
    for kind, _, row in rows:
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
    elif isinstance(row, CancelledRow):
        yield checks.centre_of_visit(row.id), "cancelled", row.id, None
    elif isinstance(row, AbsentRow):
        centre = checks.centre_of_technician(row.technician)
        if row.end is not None:
            yield centre, "arriving", row.technician, row.end
        else:
            leaves = checks.at_s if row.start is None else row.start
            yield centre, "absent", row.technician, leaves
    elif isinstance(row, LateRow):
        yield checks.centre_of_technician(row.technician), kind, row.technician, row.end
    elif isinstance(row, LongerRow):
        length = None if row.duration_min is None else row.duration_min * cells.MINUTE_S
        longer = Longer(row.end, length, row.start)
        yield checks.centre_of_visit(row.id), "longer", row.id, longer
    elif isinstance(row, DoneRow):
        done = Done(row.start, row.end, row.technician)
        yield checks.centre_of_visit(row.id), "done", row.id, done
