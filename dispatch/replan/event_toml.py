"""Events of a TOML file as rows of cells, so that they read like those of a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from typing import TYPE_CHECKING, Any

from dispatch.errors import Fault
from dispatch.files.csvfile import Table, TableRow
from dispatch.files.positions import locate, path_text
from dispatch.files.textfile import parse_toml, read_text
from dispatch.replan.event_rows import EVENT_COLUMNS, KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dispatch.files.limits import Limits


@dataclass
class TomlEvents(Table):
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


def toml_events(path: Path, limits: Limits) -> TomlEvents:
    """
    Return the events of a TOML file as rows of cells.

    Parameters
    ----------
    path
        The file.
    limits
        Bounds of its size.

    Raises
    ------
    InputError
        When it cannot be read or is no TOML; other faults are noted in the table.
    """
    text = read_text(path, max_mb=limits.file_mb)
    document = parse_toml(text, path.name)
    table = TomlEvents(path.name, text=text)
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


def _toml_row(table: TomlEvents, section: str, number: int, entry: Mapping[str, Any]) -> None:
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
