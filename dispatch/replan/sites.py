"""Travel to and from the places of new visits, on the roads of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.errors import InputError
from dispatch.model.day import DEPOT, VISIT
from dispatch.streets.router import FREE, Site, Slot, Travel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.fieldwork import Ticket
    from dispatch.folder.read import Written
    from dispatch.model.day import CentreDay
    from dispatch.streets.router import Router


def with_new_sites(
    written: Written, day: CentreDay, new: Sequence[Ticket], router: Router
) -> Travel:
    """
    Return a centre's travel with the places of new visits; present times stay as they are.

    Parameters
    ----------
    written, day
        The written day, and the centre's part of it.
    new
        The new visits.
    router
        The roads of the day.

    Raises
    ------
    TravelError
        When a place is off the roads.
    """
    travel = day.problem.travel
    sites = [_site(place, written, day.tickets) for place in travel.places]
    # A place without a ticket belongs to no visit any more; its row stays.
    known = [index for index, site in enumerate(sites) if site is not None]
    fresh = [Site(VISIT + ticket.id, ticket.lon, ticket.lat) for ticket in new]
    slots = _slots(travel, written, router)
    found = router.measure([*(s for s in sites if s is not None), *fresh], slots)
    size, more = len(travel.places), len(new)
    rows = [*known, *range(size, size + more)]
    seconds = np.full((len(slots), size + more, size + more), 0, dtype=np.int64)
    seconds[:, np.array(rows)[:, None], rows] = found.seconds
    seconds[:, :size, :size] = travel.seconds
    metres = None
    if travel.metres is not None and found.metres is not None:
        metres = np.zeros((size + more, size + more), dtype=np.int64)
        metres[np.array(rows)[:, None], rows] = found.metres
        metres[:size, :size] = travel.metres
    places = (*travel.places, *(site.id for site in fresh))
    return Travel(places, seconds, metres, travel.slot_starts_s)


def _site(place: str, written: Written, tickets: Mapping[str, Ticket]) -> Site | None:
    if place.startswith(DEPOT):
        position = written.service.position(place.removeprefix(DEPOT), written.communes)
        return Site(place, *position)
    ticket = tickets.get(place.removeprefix(VISIT))
    return None if ticket is None else Site(place, ticket.lon, ticket.lat)


def _slots(travel: Travel, written: Written, router: Router) -> Sequence[Slot]:
    """Return the traffic of each slot of the day."""
    starts = travel.slot_starts_s
    if len(starts) == 1 and not written.day.traffic:
        return FREE
    by_hour = router.traffic_of(written.day.date)
    found = []
    for number, start in enumerate(starts):
        # The first slot begins at midnight, but its traffic is that of a technician's first hour:
        # the traffic just before the second slot.
        following = starts[number + 1] if number + 1 < len(starts) else start + 1
        moment = following - 1 if number == 0 else start
        found.append(Slot(start, [slot.extra for slot in by_hour if slot.start_s <= moment][-1]))
    if not found:
        raise InputError.one(str(written.folder), "has travel without slots; plan the day again")
    return found
