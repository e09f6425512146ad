"""A file of edits -> edits; every fault of the file at once, with its line and column.

The name of the file tells TOML from CSV. Ids of visits and technicians are checked where the caller
knows which there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from dispatch.edits.model import Absent, Drop, Edits, Lock, Pin, ordered
from dispatch.errors import Fault, InputError
from dispatch.fieldwork import Identifier, TimeWindow
from dispatch.files import cells
from dispatch.files.csvfile import Columns, Table, read_table
from dispatch.files.positions import faults_of, locate, message_of
from dispatch.files.textfile import parse_toml, read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from dispatch.edits.model import Edit
    from dispatch.files.limits import Limits


def _clock(value: object) -> int:
    if isinstance(value, str):
        return cells.time_of_day(value)
    if not isinstance(value, time) or value.tzinfo is not None:
        msg = 'must be a time such as "10:30"'
        raise ValueError(msg)
    if value.second or value.microsecond:
        msg = "must be in whole minutes"
        raise ValueError(msg)
    return value.hour * 3600 + value.minute * 60


def _span(value: object) -> TimeWindow:
    if not isinstance(value, str):
        msg = 'must be a span such as "09:00-11:00"'
        raise ValueError(msg)
    return cells.time_window(value)


def _names(value: object) -> object:
    # A cell of a table lists them.
    return value.replace("|", " ").split() if isinstance(value, str) else value


Clock = Annotated[int, BeforeValidator(_clock)]
Span = Annotated[TimeWindow, BeforeValidator(_span)]
Names = Annotated[tuple[Identifier, ...], BeforeValidator(_names), Strict(False)]
Yes = Annotated[bool, BeforeValidator(lambda v: cells.yes(v) if isinstance(v, str) else v)]
Note = Annotated[str, Field(max_length=500)]


class _EditEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    note: Note = ""


class _PinEntry(_EditEntry):
    visit: Identifier
    technician: Identifier | None = None
    at: Clock | None = None
    between: Span | None = None
    optional: Yes = False
    agreed: Yes = False

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        timed = self.at is not None or self.between is not None
        if self.technician is None and not timed:
            _refuse("pins to nothing; give `technician`, `at` or `between`")
        if self.at is not None and self.between is not None:
            _refuse("gives `at` and `between`; keep one of them")
        if self.agreed and not timed:
            _refuse("`agreed` is about a time; give `at` or `between`")
        return self

    def edit(self) -> Pin:
        """Return the edit."""
        span = self.between if self.at is None else TimeWindow(self.at, self.at)
        return Pin(self.visit, self.technician, span, self.optional, self.agreed, self.note)


class _LockEntry(_EditEntry):
    technician: Identifier
    visits: Names | None = None
    closed: Yes = True

    def edit(self) -> Lock:
        """Return the edit."""
        return Lock(self.technician, self.visits, self.closed, self.note)


class _AbsentEntry(_EditEntry):
    technician: Identifier
    from_: Clock | None = Field(default=None, alias="from")
    until: Clock | None = None

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.from_ is None or self.until is None:
            return self
        # An absence may go on past midnight, as a night shift does.
        if self.from_ >= cells.end_on_the_next_day(self.from_, self.until):
            _refuse("ends before it starts; exchange `from` and `until`")
        return self

    def edit(self) -> Absent:
        """Return the edit."""
        return Absent(self.technician, self.from_, self.until, self.note)


class _DropEntry(_EditEntry):
    visit: Identifier

    def edit(self) -> Drop:
        """Return the edit."""
        return Drop(self.visit, self.note)


class _EditsFile(BaseModel):
    """A TOML file of edits."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal["dispatch-edits/1"]
    day: date | None = Field(default=None, alias="date")
    absent: Annotated[tuple[_AbsentEntry, ...], Strict(False)] = ()
    drop: Annotated[tuple[_DropEntry, ...], Strict(False)] = ()
    lock: Annotated[tuple[_LockEntry, ...], Strict(False)] = ()
    pin: Annotated[tuple[_PinEntry, ...], Strict(False)] = ()


MODELS: dict[str, type[_AbsentEntry | _DropEntry | _LockEntry | _PinEntry]] = {
    "absent": _AbsentEntry, "drop": _DropEntry, "lock": _LockEntry, "pin": _PinEntry,
}  # fmt: skip
KINDS = {
    "absent": "absent", "absence": "absent",
    "drop": "drop", "retirer": "drop", "retrait": "drop",
    "lock": "lock", "figer": "lock", "verrouiller": "lock",
    "pin": "pin", "fixer": "pin", "epingler": "pin",
}  # fmt: skip
COLUMNS = Columns(
    {
        "edit": ("modification", "action", "consigne"),
        "visit": ("visite", "ticket", "numero"),
        "technician": ("technicien", "intervenant"),
        "at": ("a", "heure"),
        "between": ("entre", "creneau", "plage"),
        "from": ("de", "des", "depuis"),
        "until": ("jusqu_a", "jusque"),
        "visits": ("visites", "ordre"),
        "closed": ("fermee", "ferme"),
        "optional": ("facultatif", "facultative"),
        "agreed": ("convenu", "convenue"),
        "note": ("remarque", "commentaire", "motif"),
    },
    required=("edit",),
)


@dataclass(frozen=True, slots=True)
class _Read:
    """
    One edit of a file.

    Parameters
    ----------
    edit
        The edit.
    fault
        Makes a fault at one of its fields: field, value, message.
    """

    edit: Edit
    fault: Callable[[str, str | None, str], Fault]


def read_edits(
    path: Path,
    limits: Limits,
    day: date | None = None,
    *,
    visits: Collection[str] | None = None,
    technicians: Collection[str] | None = None,
) -> Edits:
    """
    Read a file of edits.

    Parameters
    ----------
    path
        TOML (a name that ends in .toml), or else CSV.
    limits
        Bounds of size and rows.
    day
        The day that is planned; a file that names another is refused. None: any.
    visits, technicians
        The known ids; None: ids are not checked.

    Raises
    ------
    InputError
        When the file cannot be read, an edit contradicts itself or another one, or an id is
        unknown; all faults at once.
    """
    toml = path.suffix.casefold() == ".toml"
    stated, read, faults = _from_toml(path, limits) if toml else _from_csv(path, limits)
    if day is not None and stated is not None and stated != day:
        message = f"these edits are for another day than the planned one ({day}); correct either"
        faults.append(Fault(path.name, "date", str(stated), message))
    faults += _contradictions(read)
    for one in read:
        for field, name in _named(one.edit):
            known = technicians if field == "technician" else visits
            if known is not None and name not in known:
                faults.append(one.fault(field, name, _unknown(name, known)))
    if faults:
        raise InputError(sorted(faults, key=lambda fault: (fault.line or 0, fault.column or 0)))
    return Edits(ordered(one.edit for one in read), stated, path.name)


def _refuse(message: str) -> NoReturn:
    kind = "edit"
    raise PydanticCustomError(kind, "{message}", {"message": message})


def _from_toml(path: Path, limits: Limits) -> tuple[date | None, list[_Read], list[Fault]]:
    text = read_text(path, max_mb=limits.file_mb)
    content = parse_toml(text, path.name)
    faults: list[Fault] = []
    day = None
    try:
        day = _EditsFile.model_validate(content).day
    except ValidationError as error:
        faults = faults_of(error, path.name, text, "toml")

    def fault_of(kind: str, number: int) -> Callable[[str, str | None, str], Fault]:
        def fault(field: str, value: str | None, message: str) -> Fault:
            where: tuple[str | int, ...] = (kind, number, field)
            at = locate(text, where, "toml") or locate(text, where[:2], "toml") or (None, None)
            return Fault(path.name, f"{kind}[{number}].{field}", value, message, *at)

        return fault

    read = []
    for kind, model in MODELS.items():
        found = content.get(kind)
        for number, value in enumerate(found if isinstance(found, list) else ()):
            try:
                read.append(_Read(model.model_validate(value).edit(), fault_of(kind, number)))
            except ValidationError:  # reported above; the other edits are still checked
                continue
    return day, read, faults


def _from_csv(path: Path, limits: Limits) -> tuple[date | None, list[_Read], list[Fault]]:
    table = read_table(path, COLUMNS, limits)
    read = []
    for row in table.rows:
        values: dict[str, Any] = dict(row.cells)
        word = values.pop("edit", None)
        kind = KINDS.get(cells.normalised(word or ""))
        if kind is None:
            message = "must be pin, lock, absent or drop (fixer, figer, absent, retirer)"
            table.fault(row.line, "edit", word, message)
            continue
        try:
            entry = MODELS[kind].model_validate(values)
        except ValidationError as error:
            _note(table, row.line, kind, values, error)
            continue
        read.append(_Read(entry.edit(), _fault_in(table, row.line)))
    return None, read, table.faults


def _fault_in(table: Table, line: int) -> Callable[[str, str | None, str], Fault]:
    def fault(field: str, value: str | None, message: str) -> Fault:
        column, heading = table.columns.get(field, (None, field))
        return Fault(table.source, heading, value, message, line, column)

    return fault


def _note(
    table: Table, line: int, kind: str, values: dict[str, Any], error: ValidationError
) -> None:
    """Note the faults of a row."""
    for found in error.errors(include_url=False):
        field = str(found["loc"][0]) if found["loc"] else "edit"
        message = message_of(found)
        if found["type"] == "missing":
            message = f"is empty; {kind} needs it"
        elif found["type"] == "extra_forbidden":
            message = f"does not go with {kind}; leave this cell empty"
        table.fault(line, field, values.get(field), message)


def _named(edit: Edit) -> Iterator[tuple[str, str]]:
    """Yield every field of an edit that holds an id, with the id."""
    if not isinstance(edit, Drop) and edit.technician is not None:
        yield "technician", edit.technician
    if isinstance(edit, Pin | Drop):
        yield "visit", edit.visit
    if isinstance(edit, Lock):
        for name in edit.visits or ():
            yield "visits", name


def _unknown(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, sorted(known), n=3)
    return (
        f"there is none of this id; did you mean {' or '.join(near)}?"
        if near
        else ("there is none of this id that day; correct it, or remove the edit")
    )


def _contradictions(read: list[_Read]) -> Iterator[Fault]:
    """Yield edits that contradict another about one visit or technician."""
    seen: dict[tuple[str, str], str] = {}
    for one in read:
        edit = one.edit
        said: list[tuple[str, str, str]] = []
        if isinstance(edit, Pin):
            said = [("pin", edit.visit, "visit")]
        elif isinstance(edit, Drop):
            said = [("drop", edit.visit, "visit")]
        elif isinstance(edit, Lock):
            said = [("lock", edit.technician, "technician")]
            said += [("locked", name, "visits") for name in edit.visits or ()]
        else:
            said = [("absent", edit.technician, "technician")]
        for kind, name, field in said:
            # A dropped visit is neither pinned nor locked; any other edit may occur once.
            against = {"pin": ("drop",), "locked": ("drop",), "drop": ("pin", "locked")}
            for other in (kind, *against.get(kind, ())):
                if (other, name) in seen:
                    message = f"another edit says: {seen[other, name]}; keep one of them"
                    yield one.fault(field, name, message)
                    break
            seen.setdefault((kind, name), str(edit))
