"""A round as a strip of the day: driving as a line, services as numbered boxes, the break hatched.

Positions are percentages of the strip's width, so that it fits a phone and a wall.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch.wording.formats import clock_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatch.views.itinerary import Itinerary

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of the strip: where it begins and how long it is (percent), and its label."""

    x: float
    width: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Strip:
    """One round: the driven and waited span, the services, the break."""

    span: Bar
    services: tuple[Bar, ...]
    pause: Bar | None


@dataclass(frozen=True, slots=True)
class Scale:
    """The hours that all strips of a page share (seconds since midnight)."""

    start_s: int
    end_s: int

    def percent(self, seconds: int) -> float:
        """Return the position of a time (percent of the width)."""
        return round(100 * (seconds - self.start_s) / (self.end_s - self.start_s), 2)

    def bar(self, start_s: int, end_s: int, label: str = "") -> Bar:
        """Return the stretch between two times."""
        x = self.percent(start_s)
        return Bar(x, round(self.percent(end_s) - x, 2), label)

    @property
    def hours(self) -> tuple[Bar, ...]:
        """Return each full hour: its position and its label."""
        marks = range(self.start_s, self.end_s + 1, HOUR_S)
        return tuple(
            Bar(self.percent(mark), 0, f"{int(clock_time(mark)[:2])}\u202fh") for mark in marks
        )


def scale(rounds: Sequence[Itinerary]) -> Scale:
    """
    Return full hours that hold all the rounds.

    Raises
    ------
    ValueError
        When there is no round.
    """
    if not rounds:
        msg = "no round, no hours to draw"
        raise ValueError(msg)
    first = min(itinerary.round.departure_s for itinerary in rounds)
    last = max(itinerary.round.return_s for itinerary in rounds)
    start = first // HOUR_S * HOUR_S
    return Scale(start, max(-(-last // HOUR_S) * HOUR_S, start + HOUR_S))


def strip(itinerary: Itinerary, hours: Scale) -> Strip:
    """Return the strip of a round on a scale of hours."""
    round_ = itinerary.round
    pause = round_.break_
    return Strip(
        span=hours.bar(round_.departure_s, round_.return_s),
        services=tuple(
            hours.bar(step.stop.start_s, step.stop.end_s, str(step.number))
            for step in itinerary.steps
        ),
        pause=None if pause is None else hours.bar(pause.start_s, pause.end_s),
    )
