"""The day problem: all that a solver may know, frozen and self-validating; its JSON door.

Times are integer seconds since local midnight, distances integer metres. The
published JSON Schema (`docs/schemas/`) is made from the models below.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date  # noqa: TC003 - pydantic resolves the annotation at run time
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from dispatch.errors import Fault, InputError
from dispatch.fieldwork import Identifier, Technician, Visit  # noqa: TC001 - pydantic needs them
from dispatch.files.positions import faults_of, locate
from dispatch.files.textfile import parse_json, read_text
from dispatch.travel import Travel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

PROBLEM_FORMAT = "dispatch-problem/1"
MAX_MB = 512

# Twelve days: beyond any drive, and far from the limits of 64-bit sums.
MAX_LEG_S, MAX_LEG_M = 1_000_000, 100_000_000
Entry = Annotated[int, Field(ge=0, le=MAX_LEG_S)]
Metres = Annotated[int, Field(ge=0, le=MAX_LEG_M)]
Location = tuple[str | int, ...]

NO_SLOTS = "travel by slot of the day is not accepted yet; give one matrix, `seconds`, and no slots"


def _only(neutral: int | None, message: str) -> Callable[[object], object]:
    """Return a validator of a field that is named in the format, but not accepted yet."""

    def refuse(value: object) -> object:
        # 0 equals False, which is no number in JSON.
        if value != neutral or type(value) is not type(neutral):
            kind = "not_yet"
            raise PydanticCustomError(kind, "{message}", {"message": message})
        return value

    return refuse


class _Door(BaseModel):
    """Unknown keys are refused by name, and types are not guessed."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )


class Weights(_Door):
    """What the soft parts of the cost weigh, in seconds of cost a second (or unit) of each."""

    overtime: Annotated[int, Field(ge=0, le=1000)] = 0
    """Cost of a second worked after the shift's end."""
    lateness: Annotated[
        None, BeforeValidator(_only(None, "lateness is not accepted yet; give null (hard windows)"))
    ] = None
    """null: windows are hard. Nothing else is accepted yet."""
    unfamiliarity: Annotated[
        Literal[0], BeforeValidator(_only(0, "unfamiliarity is not accepted yet; give 0"))
    ] = 0
    """Not accepted yet, other than 0."""
    imbalance: Annotated[
        Literal[0], BeforeValidator(_only(0, "imbalance is not accepted yet; give 0"))
    ] = 0
    """Not accepted yet, other than 0."""


class _TravelDoor(_Door):
    """How long and how far from each place to each other."""

    model_config = ConfigDict(title="Travel")

    seconds: list[list[Entry]]
    """Travel times (seconds): row = from, column = to, in the order of `places`."""
    metres: list[list[Metres]] | None = None
    """Distances (metres), same order; may be left out."""
    slots: Annotated[None, BeforeValidator(_only(None, NO_SLOTS))] = None
    """Not accepted yet: null, or left out."""


class _ProblemDoor(_Door):
    """A day problem as data."""

    model_config = ConfigDict(title="dispatch day problem")

    format: Literal["dispatch-problem/1"]
    date: date
    places: list[Identifier]
    travel: _TravelDoor
    technicians: list[Technician]
    visits: list[Visit]
    weights: Weights = Weights()


@dataclass(frozen=True, eq=False)
class DayProblem:
    """
    One day's work of one centre, or of several at once.

    Parameters
    ----------
    date
        The day.
    travel
        Seconds and metres between all places named below.
    technicians, visits
        Who works and what there is to do; ids are unique within each.
    weights
        Weights of the soft parts of the cost.

    Raises
    ------
    InputError
        When an id is double, a place or pinned technician is unknown, a window
        or a break is upside down, or travel has several slots. All faults at once.
    """

    date: date
    travel: Travel
    technicians: tuple[Technician, ...]
    visits: tuple[Visit, ...]
    weights: Weights = field(default_factory=Weights)

    def __post_init__(self) -> None:
        faults = [
            Fault("problem", _dotted(where), value, message)
            for where, value, message in (
                *_unacceptable_travel(self.travel),
                *_contradictions(self.travel.places, self.technicians, self.visits),
            )
        ]
        if faults:
            raise InputError(faults)

    @cached_property
    def place_index(self) -> dict[str, int]:
        """Return the row of each place in the travel matrices."""
        return {place: index for index, place in enumerate(self.travel.places)}

    @cached_property
    def visit(self) -> dict[str, Visit]:
        """Return the visits by id."""
        return {visit.id: visit for visit in self.visits}

    @cached_property
    def technician(self) -> dict[str, Technician]:
        """Return the technicians by id."""
        return {technician.id: technician for technician in self.technicians}

    @cached_property
    def sha256(self) -> str:
        """Return the digest of the problem's canonical JSON, by which a plan names its input."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return the problem as the JSON door's data, every field written out."""
        travel: dict[str, Any] = {"seconds": self.travel.seconds[0].tolist()}
        if self.travel.metres is not None:
            travel["metres"] = self.travel.metres.tolist()
        return {
            "format": PROBLEM_FORMAT,
            "date": self.date.isoformat(),
            "places": list(self.travel.places),
            "travel": travel,
            "technicians": [_plain(technician) for technician in self.technicians],
            "visits": [_plain(visit) for visit in self.visits],
            "weights": self.weights.model_dump(mode="json"),
        }

    def to_json(self) -> str:
        """Return the problem as JSON text; the same problem always gives the same text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":")) + "\n"

    @classmethod
    def from_json(cls, text: str, source: str = "problem") -> DayProblem:
        """
        Read a problem from JSON text.

        Parameters
        ----------
        text
            The JSON.
        source
            Name of the file, for error messages.

        Raises
        ------
        InputError
            When the text is not JSON or breaks the format; every fault, with line and column.
        """
        # pydantic alone would keep the last of two equal keys, in silence.
        parse_json(text, source)
        try:
            door = _ProblemDoor.model_validate_json(text, by_alias=True, by_name=False)
        except ValidationError as error:
            raise InputError(faults_of(error, source, text, "json")) from error
        contradictions = _contradictions(door.places, door.technicians, door.visits)
        found = [*_misshapen(door), *contradictions]
        if found:
            faults = _placed(text, source, found)
            raise InputError(sorted(faults, key=lambda f: (f.line or 0, f.column or 0)))
        return cls(
            date=door.date,
            travel=_travel(door),
            technicians=tuple(door.technicians),
            visits=tuple(door.visits),
            weights=door.weights,
        )

    @classmethod
    def read(cls, path: Path) -> DayProblem:
        """
        Read a problem file (UTF-8).

        Raises
        ------
        InputError
            When the file cannot be read or is not a problem.
        """
        return cls.from_json(read_text(path, max_mb=MAX_MB), path.name)


def problem_schema() -> dict[str, Any]:
    """Return the JSON Schema of the problem format."""
    return _ProblemDoor.model_json_schema()


def _plain(item: Technician | Visit) -> dict[str, Any]:
    plain = item.model_dump(mode="json", by_alias=True)
    plain["skills"] = sorted(item.skills)
    return plain


def _travel(door: _ProblemDoor) -> Travel:
    size = len(door.places)
    metres = door.travel.metres
    return Travel(
        tuple(door.places),
        np.array(door.travel.seconds, dtype=np.int64).reshape(1, size, size),
        None if metres is None else np.array(metres, dtype=np.int64).reshape(size, size),
    )


def _dotted(where: Location) -> str:
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in where).lstrip(".")


def _placed(
    text: str, source: str, faults: list[tuple[Location, str | None, str]]
) -> Iterator[Fault]:
    for where, value, message in faults:
        line, column = locate(text, where) or (None, None)
        yield Fault(source, _dotted(where), value, message, line, column)


def _misshapen(door: _ProblemDoor) -> Iterator[tuple[Location, str | None, str]]:
    size = len(door.places)
    for name in ("seconds", "metres"):
        matrix = getattr(door.travel, name)
        if matrix is None:
            continue
        if len(matrix) != size:
            yield ("travel", name), f"{len(matrix)} rows", f"{size} places need {size} rows"
        for index, row in enumerate(matrix):
            if len(row) != size:
                message = f"{size} places need {size} columns"
                yield ("travel", name, index), f"{len(row)} columns", message
    for index, place in enumerate(door.places):
        if place in door.places[:index]:
            yield ("places", index), place, "this place stands twice; name each place once"


def _unacceptable_travel(travel: Travel) -> Iterator[tuple[Location, str | None, str]]:
    """Yield what a problem made in Python, rather than read, may hold and the door refuses."""
    if len(travel.slot_starts_s) > 1:
        yield ("travel", "slots"), None, NO_SLOTS
    for name, matrix, most in (
        ("seconds", travel.seconds, MAX_LEG_S),
        ("metres", travel.metres, MAX_LEG_M),
    ):
        if matrix is not None and (largest := matrix.max(initial=0)) > most:
            yield ("travel", name), str(largest), f"must be at most {most}"


def _contradictions(
    place_names: Sequence[str], technicians: Sequence[Technician], visits: Sequence[Visit]
) -> Iterator[tuple[Location, str | None, str]]:
    """Yield where the parts of a problem do not fit together: path, value, message."""
    places = set(place_names)
    known = {technician.id for technician in technicians}
    yield from _doubles("technicians", [technician.id for technician in technicians])
    yield from _doubles("visits", [visit.id for visit in visits])
    for index, technician in enumerate(technicians):
        at: Location = ("technicians", index)
        for end in ("start", "end"):
            if getattr(technician, end) not in places:
                yield (*at, end), getattr(technician, end), "unknown place; add it to `places`"
        if technician.shift_s.start_s > technician.shift_s.end_s:
            yield (*at, "shift_s"), _span(technician.shift_s), "the shift ends before it starts"
        pause = technician.break_
        if pause is not None and pause.earliest_s > pause.latest_s:
            span = _span((pause.earliest_s, pause.latest_s))
            yield (*at, "break"), span, "the latest start of the break is before the earliest"
    for index, visit in enumerate(visits):
        at = ("visits", index)
        if visit.place not in places:
            yield (*at, "place"), visit.place, "unknown place; add it to `places`"
        for number, window in enumerate(visit.windows_s):
            if window.start_s > window.end_s:
                yield (*at, "windows_s", number), _span(window), "the window ends before it starts"
        if visit.technician is not None and visit.technician not in known:
            message = "pinned to an unknown technician; name one of `technicians`, or null"
            yield (*at, "technician"), visit.technician, message


def _span(span: tuple[int, int]) -> str:
    return f"{span[0]} to {span[1]}"


def _doubles(group: str, ids: list[str]) -> Iterator[tuple[Location, str | None, str]]:
    first: dict[str, int] = {}
    for index, name in enumerate(ids):
        if name in first:
            message = f"this id stands twice; {group}[{first[name]}] has it already"
            yield (group, index, "id"), name, message
        first.setdefault(name, index)
