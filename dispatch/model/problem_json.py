"""The problem's JSON format as models: what each key means, its unit, its bounds.

The published JSON Schema (`docs/schemas/`) is made from them. A fault that no single value shows,
such as a matrix that does not fit the places, is looked for after the whole file is read.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic resolves the annotation at run time
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from dispatch.fieldwork import (
    Identifier,
    StrictModel,
    Technician,
    Visit,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# Twelve days: beyond any drive, and far from the limits of 64-bit sums.
MAX_LEG_S, MAX_LEG_M = 1_000_000, 100_000_000
# A week, as all times of a day problem.
MAX_START_S = 7 * 86_400
Entry = Annotated[int, Field(ge=0, le=MAX_LEG_S)]
Metres = Annotated[int, Field(ge=0, le=MAX_LEG_M)]
Location = tuple[str | int, ...]

ONE_OF = "give either `seconds` (the same all day) or `slots` (by time of day)"


class Weights(StrictModel):
    """What the soft parts of the cost weigh, in seconds of cost a second (or unit) of each."""

    overtime: Annotated[int, Field(ge=0, le=1000)] = 0
    """Cost of a second worked after the shift's end."""
    lateness: Annotated[int, Field(ge=0, le=1000)] | None = None
    """Cost of a second by which a service starts after the visit's `due_s`; null: none. Windows are
    hard all the same."""
    unfamiliarity: Annotated[int, Field(ge=0, le=100_000)] = 0
    """Cost of a visit by a technician to whom the place is wholly unknown; where they know it, a
    part of that (`familiar` of visits)."""
    imbalance: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Cost of time on site above a technician's fair share, in percent of that time: 20 makes an
    hour too much cost 12 minutes."""
    slack_target_s: Annotated[int, Field(ge=0, le=86_400)] = 900
    """Among schedules of equal cost, the most time that is kept free before each window ends; with
    that, one leaves as late as possible. It has no cost."""


class SlotJson(StrictModel):
    """Travel times from a time of day on, until the next slot starts; the last holds for ever."""

    model_config = ConfigDict(title="Slot")

    start_s: Annotated[int, Field(ge=0, le=MAX_START_S)]
    """Start (seconds since midnight): 0 in the first slot, and rising."""
    seconds: list[list[Entry]]
    """Travel times (seconds): row = from, column = to, in the order of `places`."""


class TravelJson(StrictModel):
    """How long and how far from each place to each other."""

    # `_one`, for those who read the schema only.
    model_config = ConfigDict(
        title="Travel",
        json_schema_extra={
            "oneOf": [
                {"required": [name], "properties": {name: {"type": "array"}}}
                for name in ("seconds", "slots")
            ]
        },
    )

    seconds: list[list[Entry]] | None = None
    """Travel times (seconds), the same all day: row = from, column = to, in the order of `places`;
    null or left out: by slot."""
    slots: Annotated[list[SlotJson], Field(min_length=1)] | None = None
    """Travel times by time of day, in rising order from 0; null or left out: the same all day."""
    metres: list[list[Metres]] | None = None
    """Distances (metres), same order, whatever the slot; may be left out."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.seconds is None and self.slots is None:
            kind = "no_times"
            raise PydanticCustomError(kind, "has no times; {remedy}", {"remedy": ONE_OF})
        if self.seconds is not None and self.slots is not None:
            kind = "double_times"
            raise PydanticCustomError(kind, "has times twice; {remedy}", {"remedy": ONE_OF})
        return self


class ProblemJson(StrictModel):
    """A day problem as data."""

    model_config = ConfigDict(title="dispatch day problem")

    format: Literal["dispatch-problem/1"]
    date: date
    places: list[Identifier]
    travel: TravelJson
    technicians: list[Technician]
    visits: list[Visit]
    weights: Weights = Weights()


def slots_of(travel: TravelJson) -> list[tuple[int, list[list[int]]]]:
    """Return start and travel times of each slot; times that hold all day are one slot."""
    if travel.slots is not None:
        return [(slot.start_s, slot.seconds) for slot in travel.slots]
    return [(0, travel.seconds or [])]


def misshapen(file: ProblemJson) -> Iterator[tuple[Location, str | None, str]]:
    """Yield matrices that do not fit the places, slots out of order, places named twice."""
    size = len(file.places)
    slots, at = slots_of(file.travel), ("travel", "slots")
    matrices: list[tuple[Location, list[list[int]]]] = []
    for index, (start, seconds) in enumerate(slots):
        by_slot = file.travel.slots is not None
        matrices.append(((*at, index, "seconds") if by_slot else ("travel", "seconds"), seconds))
        if index == 0 and start != 0:
            yield (*at, 0, "start_s"), str(start), "the first slot starts at 0"
        if index > 0 and start <= slots[index - 1][0]:
            message = f"slots rise; this one must start after {slots[index - 1][0]}"
            yield (*at, index, "start_s"), str(start), message
    if file.travel.metres is not None:
        matrices.append((("travel", "metres"), file.travel.metres))
    for where, matrix in matrices:
        if len(matrix) != size:
            yield where, f"{len(matrix)} rows", f"{size} places need {size} rows"
        for index, row in enumerate(matrix):
            if len(row) != size:
                message = f"{size} places need {size} columns"
                yield (*where, index), f"{len(row)} columns", message
    for index, place in enumerate(file.places):
        if place in file.places[:index]:
            yield ("places", index), place, "this place stands twice; name each place once"
