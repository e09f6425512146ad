"""A plan as people read it: rounds with a letter, stops with a number, the leg to each.

Maps, pages and tables all show these; nothing is computed twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch.checker.recount import legs_of
from dispatch.views import palette

if TYPE_CHECKING:
    from dispatch.checker import recount
    from dispatch.fieldwork import Technician, Ticket, Visit
    from dispatch.model.day import CentreDay
    from dispatch.model.plan import Reason, Round, Stop
    from dispatch.model.problem import DayProblem


@dataclass(frozen=True, slots=True)
class LegFigures:
    """The leg to a place: seconds at that hour; metres, or None where they are unknown."""

    travel_s: int
    distance_m: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One stop of a round: number from 1, code ("A3"), visit, ticket, and the leg to it."""

    number: int
    code: str
    stop: Stop
    visit: Visit
    ticket: Ticket
    leg: LegFigures

    @property
    def wait_s(self) -> int:
        """Return the time between arrival and start of the service, a break included (seconds)."""
        return self.stop.start_s - self.stop.arrival_s


@dataclass(frozen=True, slots=True)
class Itinerary:
    """One technician's round: its rank from 0, its letter, its steps and the leg back."""

    rank: int
    letter: str
    technician: Technician
    round: Round
    steps: tuple[Step, ...]
    back: LegFigures

    @property
    def working_s(self) -> int:
        """Return the time from departure to return, break included (seconds)."""
        return self.round.return_s - self.round.departure_s


@dataclass(frozen=True, slots=True)
class Undone:
    """A visit that stays unassigned: its code ("!2"), visit, ticket, the reason's code."""

    code: str
    visit: Visit
    ticket: Ticket
    reason: Reason


def itineraries(day: CentreDay) -> tuple[Itinerary, ...]:
    """Return the rounds that have a stop, lettered in the order of the problem's technicians."""
    rounds = {round_.technician: round_ for round_ in day.plan.rounds if round_.stops}
    busy = [technician for technician in day.problem.technicians if technician.id in rounds]
    return tuple(
        _itinerary(day, rank, technician, rounds[technician.id])
        for rank, technician in enumerate(busy)
    )


def idle(day: CentreDay) -> tuple[Technician, ...]:
    """Return the technicians without any stop, in the order of the problem."""
    busy = {round_.technician for round_ in day.plan.rounds if round_.stops}
    return tuple(technician for technician in day.problem.technicians if technician.id not in busy)


def undone(day: CentreDay) -> tuple[Undone, ...]:
    """Return the unassigned visits, most urgent first, then by id, numbered from "!1"."""
    found = [(day.problem.visit[entry.visit], entry.reason) for entry in day.plan.unassigned]
    found.sort(key=lambda pair: (pair[0].priority, pair[0].id))
    return tuple(
        Undone(f"{palette.UNDONE}{number}", visit, day.tickets[visit.id], reason)
        for number, (visit, reason) in enumerate(found, start=1)
    )


def _itinerary(day: CentreDay, rank: int, technician: Technician, round_: Round) -> Itinerary:
    letter = palette.letter(rank)
    *there, back = (_shown(day.problem, leg) for leg in legs_of(day.problem, technician, round_))
    steps = tuple(
        Step(
            number=number,
            code=f"{letter}{number}",
            stop=stop,
            visit=day.problem.visit[stop.visit],
            ticket=day.tickets[stop.visit],
            leg=leg,
        )
        for number, (stop, leg) in enumerate(zip(round_.stops, there, strict=True), start=1)
    )
    return Itinerary(rank, letter, technician, round_, steps, back)


def _shown(problem: DayProblem, leg: recount.Leg) -> LegFigures:
    metres = problem.travel.metres
    return LegFigures(
        leg.travel_s, None if metres is None else int(metres[leg.origin, leg.destination])
    )
