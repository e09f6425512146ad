"""The kinds of edits, and the TOML file in which they are written."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dispatch.files.cells import clock_text, span_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from dispatch.fieldwork import TimeWindow

EDITS_FORMAT = "dispatch-edits/1"


@dataclass(frozen=True, slots=True)
class Pin:
    """
    A visit goes to one technician, to one time, or both.

    Parameters
    ----------
    visit
        Its id.
    technician
        Who does it; None: anybody.
    span
        When its service starts, both ends included (seconds since midnight); None: as it was asked.
    optional
        Whether it may stay unassigned at its usual cost; otherwise it is mandatory.
    agreed
        Whether the requester agreed to the time; then the visit's windows do not count.
    note
        The reason, for people.
    """

    visit: str
    technician: str | None = None
    span: TimeWindow | None = None
    optional: bool = False
    agreed: bool = False
    note: str = ""

    def __str__(self) -> str:
        who = "" if self.technician is None else f" to {self.technician}"
        return f"pin {self.visit}{who}{_when(self.span)}"


@dataclass(frozen=True, slots=True)
class Lock:
    """
    A round stays as it is.

    Parameters
    ----------
    technician
        Whose round.
    visits
        Its visits in order; None: as in the plan that the output directory holds.
    closed
        Whether no visit may be added after them.
    note
        The reason, for people.
    """

    technician: str
    visits: tuple[str, ...] | None = None
    closed: bool = True
    note: str = ""

    def __str__(self) -> str:
        return f"lock the round of {self.technician}"


@dataclass(frozen=True, slots=True)
class Absent:
    """
    A technician is away, for the whole day or at one end of it.

    Parameters
    ----------
    technician
        Who.
    from_s, until_s
        When (seconds since midnight); None: from the shift's start, to its end.
    note
        The reason, for people.
    """

    technician: str
    from_s: int | None = None
    until_s: int | None = None
    note: str = ""

    def __str__(self) -> str:
        begin = "" if self.from_s is None else f" from {clock_text(self.from_s)}"
        end = "" if self.until_s is None else f" until {clock_text(self.until_s)}"
        return f"{self.technician} is absent{begin}{end}"


@dataclass(frozen=True, slots=True)
class Drop:
    """
    A visit is removed from the day: it is not planned and costs nothing.

    Parameters
    ----------
    visit
        Its id.
    note
        The reason, for people.
    """

    visit: str
    note: str = ""

    def __str__(self) -> str:
        return f"drop {self.visit}"


Edit = Absent | Drop | Lock | Pin


@dataclass(frozen=True, slots=True)
class Edits:
    """
    The edits of a day, in the order in which they are applied: absences, drops, locks, pins.

    Parameters
    ----------
    entries
        The edits.
    day
        Their day; None: any.
    source
        Name of their file.
    rounds
        Visits of each technician's round in the plan before, by technician: a lock that lists no
        visits takes them from here.
    """

    entries: tuple[Edit, ...] = ()
    day: date | None = None
    source: str = "edits"
    rounds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def ordered(entries: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return edits in the order in which they are applied; each kind keeps its order."""
    kinds = (Absent, Drop, Lock, Pin)
    return tuple(sorted(entries, key=lambda entry: kinds.index(type(entry))))


def edits_text(entries: Iterable[Edit], day: date) -> str:
    """Return edits as the text of a TOML file, which `read_edits` reads back as they were."""
    parts = [f"format = {_text(EDITS_FORMAT)}\ndate = {day.isoformat()}\n"]
    parts += [_table(entry) for entry in entries]
    return "\n".join(parts)


def _table(entry: Edit) -> str:
    values: dict[str, str] = {}
    if isinstance(entry, Pin):
        kind, values["visit"] = "pin", _text(entry.visit)
        if entry.technician is not None:
            values["technician"] = _text(entry.technician)
        if entry.span is not None and entry.span.start_s == entry.span.end_s:
            values["at"] = _text(clock_text(entry.span.start_s))
        elif entry.span is not None:
            values["between"] = _text(span_text(entry.span))
        values |= {name: "true" for name in ("optional", "agreed") if getattr(entry, name)}
    elif isinstance(entry, Lock):
        kind, values["technician"] = "lock", _text(entry.technician)
        if entry.visits is not None:
            values["visits"] = f"[{', '.join(map(_text, entry.visits))}]"
        values["closed"] = "true" if entry.closed else "false"
    elif isinstance(entry, Absent):
        kind, values["technician"] = "absent", _text(entry.technician)
        times = {"from": entry.from_s, "until": entry.until_s}
        values |= {name: _text(clock_text(t)) for name, t in times.items() if t is not None}
    else:
        kind, values["visit"] = "drop", _text(entry.visit)
    if entry.note:
        values["note"] = _text(entry.note)
    return f"[[{kind}]]\n" + "".join(f"{name} = {value}\n" for name, value in values.items())


def _text(text: str) -> str:
    # A basic string of TOML is one of JSON, but for DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _when(span: TimeWindow | None) -> str:
    if span is None:
        return ""
    if span.start_s == span.end_s:
        return f" at {clock_text(span.start_s)}"
    return f" between {clock_text(span.start_s)} and {clock_text(span.end_s)}"
