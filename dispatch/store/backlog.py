"""The backlog: what was asked for and is not done yet, joined with what the source delivers.

Each night names itself by the day that it plans. A ticket is *open* until it is on a round
(*planned*); planned and no longer delivered, it is *done*; open and no longer delivered, it is
*cancelled*; delivered but unreadable, it is *rejected*. Whatever is delivered again is open
again, with the age that it had. Nothing here reads or writes: `dispatch.store` keeps the result.

A source is *complete* where it delivers everything that is open, as an export of a ticket system
does: what is missing was closed there. Otherwise it delivers what is new, as a folder of
files does: what is missing is still to be done, and what was planned counts as done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from dispatch.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from dispatch.fieldwork import Ticket

TicketState = Literal["open", "planned", "done", "cancelled", "set_aside"]
CLOSED: frozenset[TicketState] = frozenset({"done", "cancelled"})


@dataclass(frozen=True, slots=True)
class BacklogTicket:
    """
    A ticket as the backlog knows it after a night.

    Parameters
    ----------
    ticket
        As the source delivered it last; `asked` is filled in where the source does not say.
    state
        See the module.
    since
        The day for which it is planned, or the night (planned day) on which its state came about.
    first_seen, last_seen
        The first and the last night (planned day) on which the source delivered it.
    gone_nights
        Nights in a row on which it was not delivered.
    """

    ticket: Ticket
    state: TicketState
    since: date
    first_seen: date
    last_seen: date
    gone_nights: int = 0

    @property
    def closed(self) -> bool:
        """Whether nothing is to be done any more."""
        return self.state in CLOSED

    def age_days(self, day: date) -> int:
        """Return the calendar days from when it was asked for to a day; at least 0."""
        return max(0, (day - (self.ticket.asked or self.first_seen)).days)


class MergedBacklog(NamedTuple):
    """What a night has to plan, and what it has not: together, every ticket that is known."""

    to_plan: tuple[BacklogTicket, ...]
    """Open: first as delivered, then those of the backlog by id."""
    others: tuple[BacklogTicket, ...]
    """Closed tonight, rejected, or planned for a day that is still to come; by id."""

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """Return the tickets to plan."""
        return tuple(kept.ticket for kept in self.to_plan)


def merge_delivered(
    known: Iterable[BacklogTicket],
    delivered: Iterable[Ticket],
    day: date,
    *,
    gone_nights: int,
    complete: bool = True,
    rejected: Collection[str] = (),
    today: date | None = None,
) -> MergedBacklog:
    """
    Return what a night has to plan.

    Parameters
    ----------
    known
        The backlog as it was before this night (`Store.backlog`), and closed tickets that are
        delivered again.
    delivered
        What the source delivers; it wins over the backlog in everything that it says.
    day
        The day that is planned.
    gone_nights
        How many nights in a row an open ticket may be missing from a complete source: half an
        export must not cancel half of the backlog.
    complete
        Whether the source delivers everything that is open.
    rejected
        Ids that the source could not read tonight.
    today
        When the night runs; None: whenever. What is planned for a later day stays so.

    Raises
    ------
    InputError
        When an id is delivered twice or known twice; every such id.
    """
    before = _by_id(known, "backlog")
    fresh = list(delivered)
    doubles = _doubles([ticket.id for ticket in fresh], "tickets")
    if doubles:
        raise InputError(doubles)
    to_plan: list[BacklogTicket] = []
    others: list[BacklogTicket] = []
    for ticket in fresh:
        was = before.pop(ticket.id, None)
        if was is not None and today is not None and was.state == "planned" and was.since > today:
            others.append(replace(was, ticket=_aged(ticket, was, day), last_seen=day))
        else:
            to_plan.append(_opened(ticket, was, day))
    for was in (before[name] for name in sorted(before)):
        kept = _missing(was, day, gone_nights, rejected, today, complete=complete)
        (to_plan if kept.state == "open" else others).append(kept)
    return MergedBacklog(tuple(to_plan), tuple(sorted(others, key=lambda kept: kept.ticket.id)))


def after_planning(
    joined: MergedBacklog, planned: Collection[str], day: date
) -> tuple[BacklogTicket, ...]:
    """
    Return every known ticket as it is once the day is planned, by id: what the store keeps.

    Parameters
    ----------
    joined
        What `merge_delivered` returned.
    planned
        Ids of the visits that are on a round; the others stay open.
    day
        The day that was planned.

    Raises
    ------
    InputError
        When something is planned that was not to be planned.
    """
    on_rounds = set(planned)
    unknown = sorted(on_rounds - {kept.ticket.id for kept in joined.to_plan})
    if unknown:
        message = "is on a round, but was not to be planned; plan the night again"
        raise InputError(Fault("plan", "visit", name, message) for name in unknown)
    after = [
        replace(kept, state="planned", since=day) if kept.ticket.id in on_rounds else kept
        for kept in joined.to_plan
    ]
    return tuple(sorted((*after, *joined.others), key=lambda kept: kept.ticket.id))


def _opened(ticket: Ticket, was: BacklogTicket | None, day: date) -> BacklogTicket:
    """Return a delivered ticket: open, since it last became so."""
    since = was.since if was is not None and was.state == "open" else day
    return BacklogTicket(
        ticket=_aged(ticket, was, day),
        state="open",
        since=since,
        first_seen=day if was is None else was.first_seen,
        last_seen=day,
    )


def _aged(ticket: Ticket, was: BacklogTicket | None, day: date) -> Ticket:
    """Return a ticket that knows when it was asked for: as the source says, or as first seen."""
    if ticket.asked is not None:
        return ticket
    asked = day if was is None else was.ticket.asked or was.first_seen
    return ticket.model_copy(update={"asked": asked})


def _missing(
    was: BacklogTicket,
    day: date,
    gone_nights: int,
    rejected: Collection[str],
    today: date | None,
    *,
    complete: bool,
) -> BacklogTicket:
    """Return what becomes of a ticket that is not delivered tonight."""
    if was.closed:
        return was
    if was.ticket.id in rejected:
        since = was.since if was.state == "set_aside" else day
        return replace(was, state="set_aside", since=since, gone_nights=0)
    gone = replace(was, gone_nights=was.gone_nights + 1)
    if was.state == "planned":
        if today is not None and was.since > today:
            return gone
        return replace(gone, state="done", since=day)
    if complete and gone.gone_nights >= gone_nights:
        return replace(gone, state="cancelled", since=day)
    return gone


def _by_id(known: Iterable[BacklogTicket], source: str) -> dict[str, BacklogTicket]:
    listed = list(known)
    doubles = _doubles([kept.ticket.id for kept in listed], source)
    if doubles:
        raise InputError(doubles)
    return {kept.ticket.id: kept for kept in listed}


def _doubles(names: list[str], source: str) -> list[Fault]:
    message = "this id stands twice; keep one"
    seen: set[str] = set()
    doubles: dict[str, None] = {}
    for name in names:
        if name in seen:
            doubles[name] = None
        seen.add(name)
    return [Fault(source, "id", name, message) for name in doubles]
