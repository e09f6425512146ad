"""The state of each ticket: its newest sighting, by the order in which nights were recorded.

Days do not give that order: the first of December may be planned again after the second. So the
first of December must know what the second has on its rounds, and the other way round.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from dispatch.store.backlog import CLOSED
from dispatch.store.schema import night, sighting, ticket

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Select, Subquery

    from dispatch.store.backlog import BacklogTicket


def newest_sightings(but: date | None = None) -> Subquery:
    """
    Return ticket and day of each ticket's newest sighting.

    Parameters
    ----------
    but
        A night (planned day) whose record does not count.
    """
    numbers = select(sighting.c.ticket, func.max(night.c.number).label("number")).join(
        night, night.c.day == sighting.c.day
    )
    if but is not None:
        numbers = numbers.where(sighting.c.day != but)
    newest = numbers.group_by(sighting.c.ticket).subquery()
    return (
        select(newest.c.ticket, night.c.day)
        .join(night, night.c.number == newest.c.number)
        .subquery()
    )


def known_before(before: date) -> Select[Any]:
    """Return the tickets with their newest sightings, without those of a night's own record."""
    newest = newest_sightings(before)
    at_newest = and_(newest.c.ticket == sighting.c.ticket, newest.c.day == sighting.c.day)
    return _with_text().join(newest, at_newest)


def known_only_to(day: date) -> Select[Any]:
    """Return the tickets that only a night's own record knows, with their sightings."""
    other = sighting.alias("other")
    elsewhere = select(other.c.day).where(other.c.ticket == ticket.c.id, other.c.day != day)
    return _with_text().where(sighting.c.day == day, ~elsewhere.exists())


def is_closed() -> Any:  # noqa: ANN401 - a condition
    """Return the condition that a sighting is of a closed ticket."""
    return sighting.c.state.in_(sorted(CLOSED))


def taken_back(entry: BacklogTicket, day: date) -> BacklogTicket:
    """Return a ticket as it is once a night's own plan no longer counts: open, if planned there."""
    if entry.state == "planned" and entry.since == day:
        return replace(entry, state="open")
    return entry


def new_again(entry: BacklogTicket, day: date) -> BacklogTicket:
    """Return a ticket that only a night's own record knows, as it was when it came."""
    return replace(entry, state="open", since=day, gone_nights=0)


def _with_text() -> Select[Any]:
    return (
        select(ticket, sighting)
        .join(sighting, sighting.c.ticket == ticket.c.id)
        # An emptied ticket is not known any more: delivered again, it is new.
        .where(ticket.c.lon.is_not(None))
    )
