"""The day problem: all that a solver may know, frozen and self-validating; its JSON format.

Times are integer seconds since local midnight, distances integer metres. The
models of the JSON format are in `problem_json`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from dispatch.errors import Fault, InputError
from dispatch.files.positions import faults_of, locate
from dispatch.files.textfile import parse_json, read_text
from dispatch.model.problem_json import (
    MAX_LEG_M,
    MAX_LEG_S,
    MAX_START_S,
    ProblemJson,
    Weights,
    misshapen,
    slots_of,
)
from dispatch.model.sums import beyond_bounds
from dispatch.streets.router import Travel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from dispatch.fieldwork import Technician, Visit
    from dispatch.model.problem_json import Location

PROBLEM_FORMAT = "dispatch-problem/1"
# Keys that came later, and what they are where they are left out; then they are not written either:
# a plan names its problem by the digest of its text, which must not change.
LATER_KEYS: dict[str, Any] = {
    "within_s": [],
    "not_with": [],
    "familiar": {},
    "fair_share_s": None,
    "locked": None,
    "due_s": None,
}
LATER_WEIGHTS: dict[str, Any] = {"slack_target_s": 900}
MAX_MB = 512

__all__ = ["MAX_LEG_M", "MAX_LEG_S", "DayProblem", "Weights", "problem_schema"]


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
        When an id is double, a place or pinned technician is unknown, a window or a break is
        upside down, or travel or a sum is beyond bounds. All faults at once.
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
                *beyond_bounds(
                    int(self.travel.seconds.max(initial=0)),
                    self.technicians,
                    self.visits,
                    self.weights,
                ),
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
        """Return the problem as JSON data, every field written out."""
        by_slot = zip(self.travel.slot_starts_s, self.travel.seconds.tolist(), strict=True)
        slots = [{"start_s": start, "seconds": seconds} for start, seconds in by_slot]
        # Travel of one slot is written as `seconds`: a plan names its problem by the digest of its
        # text, which must not change.
        travel: dict[str, Any] = {"slots": slots} if len(slots) > 1 else slots[0] | {}
        travel.pop("start_s", None)
        if self.travel.metres is not None:
            travel["metres"] = self.travel.metres.tolist()
        return {
            "format": PROBLEM_FORMAT,
            "date": self.date.isoformat(),
            "places": list(self.travel.places),
            "travel": travel,
            "technicians": [_plain(technician) for technician in self.technicians],
            "visits": [_plain(visit) for visit in self.visits],
            "weights": _without(self.weights.model_dump(mode="json"), LATER_WEIGHTS),
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
            file = ProblemJson.model_validate_json(text, by_alias=True, by_name=False)
        except ValidationError as error:
            raise InputError(faults_of(error, source, text, "json")) from error
        contradictions = _contradictions(file.places, file.technicians, file.visits)
        found = [*misshapen(file), *contradictions]
        if not found:
            travel = _travel(file)
            longest = int(travel.seconds.max(initial=0))
            found = [*beyond_bounds(longest, file.technicians, file.visits, file.weights)]
        if found:
            faults = _placed(text, source, found)
            raise InputError(sorted(faults, key=lambda f: (f.line or 0, f.column or 0)))
        return cls(
            date=file.date,
            travel=travel,
            technicians=tuple(file.technicians),
            visits=tuple(file.visits),
            weights=file.weights,
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
    return ProblemJson.model_json_schema()


def _plain(item: Technician | Visit) -> dict[str, Any]:
    plain = item.model_dump(mode="json", by_alias=True)
    plain["skills"] = sorted(item.skills)
    return _without(plain, LATER_KEYS)


def _without(plain: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Return keys and values without those that are as if they were left out."""
    return {name: value for name, value in plain.items() if defaults.get(name, ...) != value}


def _travel(file: ProblemJson) -> Travel:
    size = len(file.places)
    metres = file.travel.metres
    starts, seconds = zip(*slots_of(file.travel), strict=True)
    return Travel(
        tuple(file.places),
        np.array(seconds, dtype=np.int64).reshape(len(starts), size, size),
        None if metres is None else np.array(metres, dtype=np.int64).reshape(size, size),
        starts,
    )


def _dotted(where: Location) -> str:
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in where).lstrip(".")


def _placed(
    text: str, source: str, faults: list[tuple[Location, str | None, str]]
) -> Iterator[Fault]:
    for where, value, message in faults:
        line, column = locate(text, where) or (None, None)
        yield Fault(source, _dotted(where), value, message, line, column)


def _unacceptable_travel(travel: Travel) -> Iterator[tuple[Location, str | None, str]]:
    """Yield what the format refuses, in a problem that was made in Python rather than read."""
    if travel.slot_starts_s[-1] > MAX_START_S:
        last = str(travel.slot_starts_s[-1])
        yield ("travel", "slots"), last, f"a slot must start at {MAX_START_S} or before"
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
        for key, what in (("windows_s", "window"), ("within_s", "span")):
            for number, span in enumerate(getattr(visit, key)):
                if span.start_s > span.end_s:
                    yield (*at, key, number), _span(span), f"the {what} ends before it starts"
        if visit.technician is not None and visit.technician not in known:
            message = "pinned to an unknown technician; name one of `technicians`, or null"
            yield (*at, "technician"), visit.technician, message
    yield from _bad_locks(technicians, {visit.id for visit in visits})


def _bad_locks(
    technicians: Sequence[Technician], known: set[str]
) -> Iterator[tuple[Location, str | None, str]]:
    """Yield visits that a lock names and nobody knows, or that two locks name."""
    holder: dict[str, str] = {}
    for index, technician in enumerate(technicians):
        for number, name in enumerate(technician.locked.visits if technician.locked else ()):
            at: Location = ("technicians", index, "locked", "visits", number)
            if name not in known:
                yield at, name, "no such visit; correct the id, or remove it from the lock"
            elif name in holder:
                yield at, name, f"locked twice, for {holder[name]} already; keep one of them"
            holder.setdefault(name, technician.id)


def _span(span: tuple[int, int]) -> str:
    return f"{span[0]} to {span[1]}"


def _doubles(group: str, ids: list[str]) -> Iterator[tuple[Location, str | None, str]]:
    first: dict[str, int] = {}
    for index, name in enumerate(ids):
        if name in first:
            message = f"this id stands twice; {group}[{first[name]}] has it already"
            yield (group, index, "id"), name, message
        first.setdefault(name, index)
