"""Familiarity from past days: which technician has been where lately.

A technician knows a place fully after a stop within `site_radius_m` of it, in part after a stop in
the same commune, and not at all otherwise. Only planned stops of the last `look_back_days` count;
older days are not read. Only technician, day and place of a stop are read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from dispatch.errors import Fault, InputError
from dispatch.folder.read import TICKETS, read_tickets
from dispatch.folder.write import PLAN_FILE, read_plans
from dispatch.territory import TO_METRIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from dispatch.fieldwork import Ticket
    from dispatch.folder.write import DayFile
    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem
    from dispatch.service.sections import Familiarity

Stopped = tuple[str, str, float, float]
"""Technician, INSEE code of the commune, longitude and latitude (degrees, WGS84) of a stop."""


@dataclass(frozen=True)
class History:
    """
    Stops of past days.

    Parameters
    ----------
    technicians, communes
        Technician and INSEE code of the commune of each stop.
    at
        Position of each stop: metres in EPSG:2154, shape (stops, 2); None: there are no stops.
    """

    technicians: tuple[str, ...] = ()
    communes: tuple[str, ...] = ()
    at: NDArray[np.float64] | None = None


def read_history(folders: Sequence[Path], day: date, settings: Familiarity) -> History:
    """
    Read the stops of past days.

    Parameters
    ----------
    folders
        Folders that `dispatch plan` wrote, or folders of such folders.
    day
        The planned day; only the `look_back_days` before it count.
    settings
        How many days count.

    Raises
    ------
    InputError
        When a folder holds no output directory, or one that cannot be read; all such folders.
    """
    faults: list[Fault] = []
    stops: dict[Stopped, None] = {}
    for folder in folders:
        paths = _days_in(folder)
        if not paths:
            message = "holds no day that `dispatch plan` wrote; name such a folder, or one of such"
            faults.append(Fault(str(folder), "", None, message))
        for path in paths:
            try:
                past = read_plans(path)
                if 0 < (day - past.date).days <= settings.look_back_days:
                    stops |= dict.fromkeys(_stops_in(past, path))
            except InputError as error:
                faults += [replace(f, source=str(path / f.source)) for f in error.faults]
    if faults:
        raise InputError(faults)
    return history_of(stops)


def readable_days(
    folder: Path, day: date, settings: Familiarity
) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """
    Return the past days below a folder that count for a day, and those that cannot be read.

    Parameters
    ----------
    folder
        Holds a folder a day, named by its date as the nightly job does; others are passed over.
    day, settings
        As in `read_history`.
    """
    read, unread = [], []
    for path in _days_in(folder):
        first, last = day - timedelta(days=settings.look_back_days), day - timedelta(days=1)
        if path == folder or not first.isoformat() <= path.name <= last.isoformat():
            continue
        try:
            read_history([path], day, settings)
        except InputError:
            unread.append(path)
        else:
            read.append(path)
    return tuple(read), tuple(unread)


def history_of(stops: Iterable[Stopped]) -> History:
    """Return the history of stops, as `visited_places` yields them; the same stop counts once."""
    found = sorted(set(stops))
    if not found:
        return History()
    technicians, communes, lon, lat = zip(*found, strict=True)
    at = np.stack(TO_METRIC.transform(np.array(lon), np.array(lat)), axis=1)
    return History(technicians, communes, at)


def visited_places(plan: Plan, tickets: Mapping[str, Ticket]) -> Iterator[Stopped]:
    """
    Yield technician and place of each stop of a plan.

    Parameters
    ----------
    plan
        The plan.
    tickets
        The tickets by id; a stop without a ticket is left out.
    """
    for round_ in plan.rounds:
        for stop in round_.stops:
            ticket = tickets.get(stop.visit)
            if ticket is not None:
                yield round_.technician, ticket.insee, ticket.lon, ticket.lat


def with_familiarity(
    problem: DayProblem,
    tickets: Mapping[str, Ticket],
    history: History,
    settings: Familiarity,
) -> DayProblem:
    """
    Return the problem with how well its technicians know each place.

    Without any history, unfamiliarity has no weight: it would make all visits equally dearer, and
    prefer nobody.

    Parameters
    ----------
    problem
        A day problem.
    tickets
        The tickets of its visits, by id.
    history
        Stops of past days.
    settings
        The radius of a place, and the percentage for the same commune.
    """
    if not problem.weights.unfamiliarity:
        return problem
    if history.at is None:
        weights = problem.weights.model_copy(update={"unfamiliarity": 0})
        return replace(problem, weights=weights)
    crew = [technician.id for technician in problem.technicians]
    who, where = np.array(history.technicians), np.array(history.communes)
    visits = []
    for visit in problem.visits:
        ticket = tickets[visit.id]
        spot = np.array(TO_METRIC.transform(ticket.lon, ticket.lat))
        same_place = np.hypot(*(history.at - spot).T) <= settings.site_radius_m
        at_site, in_commune = set(who[same_place]), set(who[where == ticket.insee])
        known = {name: 100 for name in crew if name in at_site}
        if settings.commune_percent:
            part = settings.commune_percent
            known |= {name: part for name in crew if name in in_commune - at_site}
        visits.append(visit.model_copy(update={"familiar": known}))
    return replace(problem, visits=tuple(visits))


def _days_in(folder: Path) -> list[Path]:
    """Return the written days in a folder: itself, or those right below."""
    if (folder / PLAN_FILE).exists():
        return [folder]
    return sorted(path.parent for path in folder.glob(f"*/{PLAN_FILE}"))


def _stops_in(past: DayFile, folder: Path) -> Iterator[Stopped]:
    if not (folder / TICKETS).exists():
        message = "is missing: the day was written by an earlier version; leave its folder out"
        raise InputError.one(TICKETS, message)
    tickets = read_tickets(folder)
    for centre, plan in past.plans.items():
        of_id = {ticket.id: ticket for ticket in tickets.centres.get(centre, ())}
        yield from visited_places(plan, of_id)
