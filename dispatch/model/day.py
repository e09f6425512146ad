"""A centre's day: tickets and technicians -> problem; plan -> the ways of its rounds.

Maps, sheets and tables show a `CentreDay`; they compute nothing themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from dispatch.errors import Fault, InputError
from dispatch.fieldwork import Visit
from dispatch.model.problem import DayProblem, Weights
from dispatch.streets.roads import load_network
from dispatch.streets.router import FREE, Site
from dispatch.streets.settings import RoadSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from dispatch.fieldwork import Technician, Ticket
    from dispatch.model.chances import CentreChances
    from dispatch.model.plan import Plan
    from dispatch.service.service import RosterEntry, Service
    from dispatch.streets.network import Network
    from dispatch.streets.router import Router
    from dispatch.territory import Centre, Commune, Territory

Line = tuple[tuple[float, float], ...]

# A ticket and a centre may have the same id: prefixes tell their places apart.
DEPOT, VISIT = "depot/", "visit/"
# A driver wants the main streets of a leg, not each corner: those driven the farthest.
MOST_STREETS = 4


@dataclass(frozen=True)
class CentreDay:
    """
    One centre's planned day.

    Parameters
    ----------
    centre
        The centre.
    problem, plan
        The day problem, and its plan.
    tickets
        The tickets by id: position and text of each visit.
    lines
        The way of each technician's round along the roads: longitude, latitude (degrees, WGS84).
    sample
        Whether the visits are the bundled sample rather than real ones.
    streets
        The names of the main streets of each leg of a round, by technician; see `streets_of`.
    chances
        How sure the hours of the plan are; None: not told.
    """

    centre: Centre
    problem: DayProblem
    plan: Plan
    tickets: Mapping[str, Ticket]
    lines: Mapping[str, Line]
    sample: bool = False
    streets: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    chances: CentreChances | None = None

    def streets_to(self, technician: str, leg: int) -> tuple[str, ...]:
        """Return the main streets of a leg, counted from 0, or of the last one (-1)."""
        legs = self.streets.get(technician, ())
        return legs[leg] if legs and leg < len(legs) else ()


@dataclass(frozen=True)
class Work:
    """
    The tickets and technicians of one centre on one day.

    Parameters
    ----------
    centre
        The centre.
    technicians
        Those who work there that day.
    tickets
        The tickets that the centre plans.
    """

    centre: Centre
    technicians: tuple[Technician, ...]
    tickets: tuple[Ticket, ...]


def share_out(
    territory: Territory, tickets: Sequence[Ticket], roster: Sequence[RosterEntry]
) -> dict[str, Work]:
    """
    Return each centre's work, by centre id.

    A ticket goes to the centre in charge of its collectivity. A ticket that is pinned to a
    technician goes to that technician's centre: centres may help each other.

    Raises
    ------
    InputError
        When no centre is in charge of a ticket; every such ticket is named.
    """
    home = {entry.technician.id: entry.centre for entry in roster}
    of_centre: dict[str, list[Ticket]] = {centre: [] for centre in territory.centres}
    lost = []
    for ticket in tickets:
        in_charge = territory.centre_in_charge(ticket.collectivity)
        if ticket.technician in home:
            of_centre[home[ticket.technician]].append(ticket)
        elif in_charge is not None:
            of_centre[in_charge.id].append(ticket)
        else:
            lost.append(ticket)
    if lost:
        remedy = "no centre is in charge of this collectivity; give it one in the service file"
        raise InputError(
            Fault("visits", f"visit {ticket.id}", ticket.collectivity, remedy) for ticket in lost
        )
    return {
        centre.id: Work(
            centre,
            tuple(entry.technician for entry in roster if entry.centre == centre.id),
            tuple(of_centre[centre.id]),
        )
        for centre in territory.centres.values()
    }


def roads_of(service: Service, named: str | None = None) -> Network:
    """
    Return the roads of a service: those named, or else those of its file.

    Raises
    ------
    InputError
        As `load_network`.
    """
    settings = RoadSettings.from_toml(service.roads) if service.roads else None
    return load_network(named or service.network, settings=settings)


def problem_of(
    work: Work,
    day: date,
    service: Service,
    communes: Mapping[str, Commune],
    router: Router,
    *,
    traffic: bool = False,
) -> DayProblem:
    """
    Return the day problem of a centre.

    Parameters
    ----------
    work
        The centre's technicians and tickets.
    day
        The day to plan; tickets are late from their due date to this day.
    service
        Unassigned costs, and weights.
    communes
        The communes by INSEE code, for rounds that start at a town hall.
    router
        The roads.
    traffic
        Whether travel follows the time of day, by the usual traffic of the weekday. There is one
        slot for each change of traffic within the hours of the centre's technicians.

    Raises
    ------
    InputError
        When traffic is asked for and the router's settings have none.
    TravelError
        When a place is off the roads.
    """
    depots = dict.fromkeys(place for t in work.technicians for place in (t.start, t.end))
    sites = [_depot(DEPOT + place, service, communes) for place in depots]
    sites += [Site(VISIT + ticket.id, ticket.lon, ticket.lat) for ticket in work.tickets]
    hours = _hours_s(work.technicians)
    slots = router.traffic_of(day, hours) if traffic else FREE
    return DayProblem(
        date=day,
        travel=router.measure(sites, slots),
        technicians=tuple(
            t.model_copy(
                update={
                    "start": DEPOT + t.start,
                    "end": DEPOT + t.end,
                    # Overtime that has no price is not used: the search would fill it.
                    "max_overtime_s": t.max_overtime_s if service.weights.overtime else 0,
                }
            )
            for t in work.technicians
        ),
        visits=tuple(visit_of(ticket, day, service, hours) for ticket in work.tickets),
        weights=Weights(**service.weights.model_dump()),
    )


def _hours_s(technicians: Sequence[Technician]) -> tuple[int, int] | None:
    """Return earliest departure and latest return of technicians (seconds since midnight)."""
    if not technicians:
        return None
    first = min(t.shift_s.start_s for t in technicians)
    return first, max(t.shift_s.end_s + t.max_overtime_s for t in technicians)


def visit_of(
    ticket: Ticket, day: date, service: Service, hours_s: tuple[int, int] | None = None
) -> Visit:
    """
    Return the visit of a ticket, with its wished latest start and its unassigned cost on that day.

    Parameters
    ----------
    ticket, day, service
        As in `problem_of`.
    hours_s
        When the day starts for the visit (the first departure of its centre, or the call), and the
        latest return (seconds since midnight); None: nobody works, so there is no start to wish.
    """
    cost = service.unassigned_cost_s(ticket.priority, ticket.due, day, ticket.waiting_since)
    due = None
    if hours_s is not None and service.weights.lateness:
        # Of windows and hours of presence those count that open last.
        spans = max((ticket.windows_s, ticket.within_s), key=lambda each: min(each, default=(-1,)))
        due = service.due_s(ticket.priority, spans, hours_s[0])
        if due is not None:
            # To come late is never dearer than not at all.
            cost += service.weights.lateness * max(0, hours_s[1] - due)
    return Visit(
        id=ticket.id,
        place=VISIT + ticket.id,
        duration_s=ticket.duration_s,
        windows_s=ticket.windows_s,
        within_s=ticket.within_s,
        skills=ticket.skills,
        priority=ticket.priority,
        unassigned_cost_s=None if ticket.mandatory else cost,
        technician=ticket.technician,
        not_with=tuple(sorted(ticket.not_with)),
        load=ticket.load,
        due_s=due,
    )


def ways_of(
    work: Work,
    problem: DayProblem,
    plan: Plan,
    service: Service,
    communes: Mapping[str, Commune],
    router: Router,
) -> dict[str, Line]:
    """
    Return the way of each round along the roads, by technician: (longitude, latitude), WGS84.

    Parameters
    ----------
    work, problem, plan
        The centre's work, its problem and its plan.
    service, communes, router
        As in `problem_of`.
    """
    tickets = {ticket.id: ticket for ticket in work.tickets}
    legs = legs_by_technician(tickets, problem, plan, service, communes)
    ways = iter(router.paths(leg for of_round in legs.values() for leg in of_round))
    return {
        technician: tuple(position for _ in of_round for position in next(ways))
        for technician, of_round in legs.items()
    }


def streets_of(
    tickets: Mapping[str, Ticket],
    problem: DayProblem,
    plan: Plan,
    service: Service,
    communes: Mapping[str, Commune],
    router: Router,
) -> dict[str, tuple[tuple[str, ...], ...]]:
    """
    Return the main streets of each leg of each round, by technician.

    Parameters
    ----------
    tickets, problem, plan
        As in `legs_by_technician`.
    service, communes, router
        As in `problem_of`.

    Returns
    -------
    streets
        Names in the order of driving, a leg from the departure to the return; none where no street
        of it has a name. No technicians where the roads have no names, or are an approximation: the
        bundled ones name their bridges alone, and no real way leads along the rest.
    """
    if router.network.approximate or not any(router.network.names.tolist()):
        return {}
    legs = legs_by_technician(tickets, problem, plan, service, communes)
    driven = iter(router.streets(leg for of_round in legs.values() for leg in of_round))
    return {
        technician: tuple(main_streets(next(driven)) for _ in of_round)
        for technician, of_round in legs.items()
    }


def main_streets(driven: Sequence[tuple[str, float]]) -> tuple[str, ...]:
    """
    Return the names of the main streets of a way, in the order of driving.

    Parameters
    ----------
    driven
        Names, and metres driven on each.
    """
    metres: dict[str, float] = {}
    for name, length in driven:
        if name:
            metres[name] = metres.get(name, 0.0) + length
    main = sorted(metres, key=lambda name: (-metres[name], name))[:MOST_STREETS]
    return tuple(name for name in metres if name in main)


def legs_by_technician(
    tickets: Mapping[str, Ticket],
    problem: DayProblem,
    plan: Plan,
    service: Service,
    communes: Mapping[str, Commune],
) -> dict[str, list[tuple[Site, Site]]]:
    """
    Return the legs of each round, by technician: from the centre over the stops and back.

    Parameters
    ----------
    tickets
        The centre's tickets by id.
    problem, plan
        Its problem and its plan.
    service, communes
        As in `problem_of`.
    """
    found = {}
    for round_ in plan.rounds:
        technician = problem.technician[round_.technician]
        stops = [tickets[stop.visit] for stop in round_.stops]
        sites = [
            _depot(technician.start, service, communes),
            *(Site(VISIT + ticket.id, ticket.lon, ticket.lat) for ticket in stops),
            _depot(technician.end, service, communes),
        ]
        found[round_.technician] = list(pairwise(sites))
    return found


def _depot(place: str, service: Service, communes: Mapping[str, Commune]) -> Site:
    return Site(place, *service.position(place.removeprefix(DEPOT), communes))
