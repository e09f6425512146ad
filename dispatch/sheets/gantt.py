"""The day of a centre as a timeline on paper: a row a technician, black on white.

Positions are tenths of a millimetre on paper from the top left corner (SVG).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch.views import timeline
from dispatch.wording.formats import clock_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatch.views.itinerary import Itinerary

# Drawing, not service; tenths of a millimetre.
WIDTH = 1900
NAMES = 330
AXIS = 55
ROW = 78
# What a digit of a stop's number takes, and how long a round's hours are beside it.
DIGIT = 21
# A page holds this many rows beside its tables' headings.
ROWS_A_PAGE = 26


@dataclass(frozen=True, slots=True)
class Box:
    """A stretch of a row: where it begins, how long it is, and its label, if it has room for it."""

    x: int
    width: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class GanttRow:
    """One round: its top, its span, its jobs, its break, and its hours in words."""

    y: int
    letter: str
    name: str
    span: Box
    jobs: tuple[Box, ...]
    pause: Box | None
    hours: str


@dataclass(frozen=True, slots=True)
class Gantt:
    """A timeline of some rounds: each full hour with its label, and the rows."""

    width: int
    height: int
    hours: tuple[Box, ...]
    rows: tuple[GanttRow, ...]


def gantts(rounds: Sequence[Itinerary]) -> tuple[Gantt, ...]:
    """Return the timelines of a day, on the same hours; more than one where a page is too short."""
    if not rounds:
        return ()
    hours = timeline.scale(rounds)
    return tuple(
        _gantt(rounds[first : first + ROWS_A_PAGE], hours)
        for first in range(0, len(rounds), ROWS_A_PAGE)
    )


def _gantt(rounds: Sequence[Itinerary], hours: timeline.Scale) -> Gantt:
    marks = hours.hours
    # Where hours would touch each other, every second one is written.
    every = 1 if len(marks) <= 14 else 2 if len(marks) <= 28 else 6
    return Gantt(
        width=WIDTH,
        height=AXIS + ROW * len(rounds) + 10,
        hours=tuple(
            Box(_x(mark.x), 0, mark.label if rank % every == 0 else "")
            for rank, mark in enumerate(marks)
        ),
        rows=tuple(_row(itinerary, AXIS + ROW * k, hours) for k, itinerary in enumerate(rounds)),
    )


def _row(itinerary: Itinerary, y: int, hours: timeline.Scale) -> GanttRow:
    strip = timeline.strip(itinerary, hours)
    return GanttRow(
        y=y,
        letter=itinerary.letter,
        name=itinerary.technician.id,
        span=_box(strip.span),
        jobs=tuple(_box(bar) for bar in strip.services),
        pause=None if strip.pause is None else _box(strip.pause),
        hours=f"{clock_time(itinerary.round.departure_s)}–{clock_time(itinerary.round.return_s)}",
    )


def _x(percent: float) -> int:
    # The last hour's label keeps its half within the paper.
    return round(NAMES + percent / 100 * (WIDTH - NAMES - 45))


def _box(bar: timeline.Bar) -> Box:
    x = _x(bar.x)
    width = max(_x(bar.x + bar.width) - x, 4)
    return Box(x, width, bar.label if width > DIGIT * len(bar.label) else "")
