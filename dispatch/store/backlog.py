"""The backlog: tickets that were asked for and are not done, merged with the source's delivery.

A night is named by the day that it plans. The states of a ticket:

- *open*: it is to be planned;
- *planned*: it is on a round;
- *done*: it was planned, and is no longer delivered;
- *cancelled*: it was open, and is no longer delivered;
- *rejected* (`set_aside`): it is delivered, but cannot be read.

A ticket that is delivered again is open again, with its former age. Nothing here reads or writes:
`dispatch.store` records the result.

A source is *complete* when it delivers every open ticket, as an export of a ticket system does: a
missing ticket was closed there. Otherwise it delivers new tickets, as a folder of files does: a
missing ticket is still to be done, and a planned one counts as done.
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
        """Whether the ticket is done or cancelled."""
        return self.state in CLOSED

    def age_days(self, day: date) -> int:
        """Return the calendar days since the ticket was asked for; at least 0."""
        return max(0, (day - (self.ticket.asked or self.first_seen)).days)


class MergedBacklog(NamedTuple):
    """Every known ticket: those that a night has to plan, and the others."""

    to_plan: tuple[BacklogTicket, ...]
    """Open: first as delivered, then those of the backlog by id."""
    others: tuple[BacklogTicket, ...]
    """Closed tonight, rejected, or planned for a day that is still to come; by id."""

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """Return the tickets to plan."""
        return tuple(entry.ticket for entry in self.to_plan)


def merge_delivered(
    known: Iterable[BacklogTicket],
    delivered: Iterable[Ticket],
    day: date,
    *,
    gone_nights: int,
    complete: bool = True,
    believed: bool = True,
    rejected: Collection[str] = (),
    today: date | None = None,
) -> MergedBacklog:
    """
    Merge the backlog with a delivery, and return what a night has to plan.

    Parameters
    ----------
    known
        The backlog as it was before this night (`Store.backlog`), and closed tickets that are
        delivered again.
    delivered
        What the source delivers; its values replace those of the backlog.
    day
        The day that is planned.
    gone_nights
        After how many nights in a row without delivery by a complete source an open ticket is
        cancelled. One night may be half an export, which must not cancel half of the backlog.
    complete
        Whether the source delivers everything that is open.
    believed
        Whether what is missing tells anything tonight; where it does not (see `shrunk`), open
        tickets stay open and the night does not count.
    rejected
        Ids of tickets that could not be read tonight.
    today
        The last day whose rounds are over; tickets planned for a later day stay planned. None: not
        known.

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
        if was.state == "open" and not believed and was.ticket.id not in rejected:
            to_plan.append(was)
            continue
        entry = _missing(was, day, gone_nights, rejected, today, complete=complete)
        (to_plan if entry.state == "open" else others).append(entry)
    return MergedBacklog(tuple(to_plan), tuple(sorted(others, key=lambda entry: entry.ticket.id)))


def shrunk(
    known: Iterable[BacklogTicket], present: Collection[str], *, share: float, least: int
) -> int:
    """
    Return how many tickets are missing from a list that is too short to be believed complete.

    Parameters
    ----------
    known
        The backlog as it was before this night.
    present
        Ids in the delivery, of tickets and of rejected ones.
    share, least
        A list has shrunk where at least that share of what was open, or of all that was open or
        planned, is missing, and at least so many tickets. New tickets make up for planned ones that
        were done, not for open ones.

    Returns
    -------
    missing
        Of the open ones, or of the whole list where that is more; 0: the list is believed.
    """
    listed = [entry for entry in known if not entry.closed]
    still_open = [entry for entry in listed if entry.state != "planned"]
    gone = sum(entry.ticket.id not in present for entry in still_open)
    fewer = len(listed) - len(set(present))
    return max(
        (
            missing
            for missing, of in ((gone, len(still_open)), (fewer, len(listed)))
            if missing >= least and missing >= share * of
        ),
        default=0,
    )


def after_planning(
    joined: MergedBacklog, planned: Collection[str], day: date
) -> tuple[BacklogTicket, ...]:
    """
    Return every known ticket with its state after the planning, by id, for the store.

    Parameters
    ----------
    joined
        The result of `merge_delivered`.
    planned
        Ids of the visits that are on a round; the others stay open.
    day
        The day that was planned.

    Raises
    ------
    InputError
        When a ticket is planned that was not to be planned.
    """
    on_rounds = set(planned)
    unknown = sorted(on_rounds - {entry.ticket.id for entry in joined.to_plan})
    if unknown:
        message = "is on a round, but was not to be planned; plan the night again"
        raise InputError(Fault("plan", "visit", name, message) for name in unknown)
    after = [
        replace(entry, state="planned", since=day) if entry.ticket.id in on_rounds else entry
        for entry in joined.to_plan
    ]
    return tuple(sorted((*after, *joined.others), key=lambda entry: entry.ticket.id))


def _opened(ticket: Ticket, was: BacklogTicket | None, day: date) -> BacklogTicket:
    """Return a delivered ticket as open, since the night on which it became open."""
    since = was.since if was is not None and was.state == "open" else day
    return BacklogTicket(
        ticket=_aged(ticket, was, day),
        state="open",
        since=since,
        first_seen=day if was is None else was.first_seen,
        last_seen=day,
    )


def _aged(ticket: Ticket, was: BacklogTicket | None, day: date) -> Ticket:
    """Return a ticket with the day on which it was asked for: the source's, or first seen."""
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
    """Return the new state of a ticket that is not delivered tonight."""
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
    doubles = _doubles([entry.ticket.id for entry in listed], source)
    if doubles:
        raise InputError(doubles)
    return {entry.ticket.id: entry for entry in listed}


def _doubles(names: list[str], source: str) -> list[Fault]:
    message = "this id stands twice; keep one"
    seen: set[str] = set()
    doubles: dict[str, None] = {}
    for name in names:
        if name in seen:
            doubles[name] = None
        seen.add(name)
    return [Fault(source, "id", name, message) for name in doubles]
