"""The tables of a centre's workbook: their columns, and the rows of rounds and visits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch.wording.formats import minutes
from dispatch.wording.phrases import Speech

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dispatch.sheets.content import Content
    from dispatch.views.itinerary import Itinerary, Step

DAY_S = 86_400
Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: the word of its heading, its format, how wide it is (characters)."""

    word: str
    kind: str
    width: float


OVERVIEW = (
    Heading("round", "text", 9),
    Heading("technician", "text", 16),
    Heading("departure", "clock", 9),
    Heading("back", "clock", 9),
    Heading("visits", "count", 8),
    Heading("distance", "km", 11),
    Heading("driving", "length", 10),
    Heading("service", "length", 11),
    Heading("equipment", "count", 10),
)
ROUND = (
    Heading("stop", "text", 8),
    Heading("arrival", "clock", 8),
    Heading("start", "clock", 7),
    Heading("end", "clock", 7),
    Heading("soonest", "clock", 11),
    Heading("latest", "clock", 11),
    Heading("commune", "text", 16),
    Heading("address", "text", 27),
    Heading("description", "text", 36),
    Heading("minutes", "count", 8),
    Heading("windows", "text", 13),
    Heading("leg_min", "count", 8),
    Heading("leg_km", "km", 8),
    Heading("streets", "text", 30),
    Heading("priority", "count", 9),
    Heading("skills", "text", 20),
    Heading("equipment", "count", 9),
    Heading("visit", "text", 12),
    Heading("coordinates", "text", 20),
)
LEFT = (
    Heading("visit", "text", 12),
    Heading("priority", "count", 9),
    Heading("commune", "text", 16),
    Heading("address", "text", 27),
    Heading("description", "text", 36),
    Heading("minutes", "count", 8),
    Heading("windows", "text", 13),
    Heading("skills", "text", 20),
    Heading("reason", "text", 40),
)


def round_columns(content: Content) -> tuple[Heading, ...]:
    """Return the columns of a round: streets only where roads have names, promises where told."""
    day = content.day
    left_out = set() if day.streets else {"streets"}
    if day.chances is None:
        left_out |= {"soonest", "latest"}
    return tuple(each for each in ROUND if each.word not in left_out)


def overview_row(itinerary: Itinerary) -> list[Value]:
    """Return the row of a round in the overview."""
    round_ = itinerary.round
    return [
        itinerary.letter,
        itinerary.technician.id,
        round_.departure_s / DAY_S,
        round_.return_s / DAY_S,
        len(itinerary.steps),
        _kilometres(round_.distance_m),
        round_.travel_s / DAY_S,
        round_.service_s / DAY_S,
        sum(step.visit.load for step in itinerary.steps),
    ]


def round_rows(content: Content, itinerary: Itinerary) -> Iterable[list[Value]]:
    """Yield the rows of a round, under `round_columns`: departure, stops and break, return."""
    columns = round_columns(content)
    for row in _rows(content, itinerary):
        yield [row.get(column.word) for column in columns]


def _rows(content: Content, itinerary: Itinerary) -> Iterable[dict[str, Value]]:
    """Yield the rows of a round in their order, by column."""
    round_, words = itinerary.round, content.words.pages
    yield _move(words.departure, round_.departure_s)
    for step in itinerary.steps:
        if content.break_before(itinerary, step):
            yield from _pause(content, itinerary)
        yield _stop(content, itinerary, step)
    if content.break_after(itinerary):
        yield from _pause(content, itinerary)
    back = itinerary.back
    yield _move(
        words.back,
        round_.return_s,
        leg_min=minutes(back.travel_s),
        leg_km=_kilometres(back.distance_m),
        streets=content.streets_to(itinerary, -1) or None,
    )


def _pause(content: Content, itinerary: Itinerary) -> Iterable[dict[str, Value]]:
    pause = itinerary.round.break_
    if pause is not None:
        length = minutes(pause.end_s - pause.start_s)
        yield _move(content.words.pages.break_, pause.start_s, end_s=pause.end_s, length=length)


def _move(
    what: str,
    start_s: int,
    *,
    end_s: int | None = None,
    length: int | None = None,
    leg_min: int | None = None,
    leg_km: float | None = None,
    streets: str | None = None,
) -> dict[str, Value]:
    """Return a row that is no visit."""
    return {
        "stop": what,
        "start": start_s / DAY_S,
        "end": None if end_s is None else end_s / DAY_S,
        "minutes": length,
        "leg_min": leg_min,
        "leg_km": leg_km,
        "streets": streets,
    }


def _stop(content: Content, itinerary: Itinerary, step: Step) -> dict[str, Value]:
    stop, visit, ticket = step.stop, step.visit, step.ticket
    sure = content.surety(itinerary, step)
    return {
        "stop": step.code,
        "arrival": stop.arrival_s / DAY_S,
        "start": stop.start_s / DAY_S,
        "end": stop.end_s / DAY_S,
        "soonest": None if sure is None else sure.promise.from_s / DAY_S,
        "latest": None if sure is None else sure.promise.until_s / DAY_S,
        "commune": content.town(ticket),
        "address": ticket.address,
        "description": ticket.description,
        "minutes": minutes(visit.duration_s),
        "windows": content.windows(visit, ticket),
        "leg_min": minutes(step.leg.travel_s),
        "leg_km": _kilometres(step.leg.distance_m),
        "streets": content.streets_to(itinerary, step.number - 1),
        "priority": visit.priority,
        "skills": ", ".join(content.skills(visit)),
        "equipment": visit.load,
        "visit": visit.id,
        "coordinates": content.position(ticket),
    }


def unassigned_rows(content: Content) -> Iterable[list[Value]]:
    """Yield the rows of the visits that stay unassigned."""
    say = Speech(content.lang)
    for entry in content.undone:
        visit, ticket = entry.visit, entry.ticket
        row: dict[str, Value] = {
            "visit": visit.id,
            "priority": visit.priority,
            "commune": content.town(ticket),
            "address": ticket.address,
            "description": ticket.description,
            "minutes": minutes(visit.duration_s),
            "windows": content.windows(visit, ticket),
            "skills": ", ".join(content.skills(visit)),
            "reason": say.reason(entry.reason),
        }
        yield [row[column.word] for column in LEFT]


def _kilometres(metres: int | None) -> float | None:
    return None if metres is None else round(metres / 1000, 1)
