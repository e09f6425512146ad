"""Edits by hand applied to a whole day: from each centre's work to the problems that are solved."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dispatch.edits.apply import apply_edits, moved_visits
from dispatch.edits.model import Edits
from dispatch.errors import DispatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dispatch.edits.apply import Status
    from dispatch.fieldwork import Ticket
    from dispatch.model.day import Work
    from dispatch.model.problem import DayProblem


@dataclass(frozen=True)
class EditedDay:
    """
    The problems of a day, with edits applied.

    Parameters
    ----------
    works
        The work of each centre; its tickets are those of the edited problem, where it has one.
    problems, before
        The problem of each centre with edits, and without.
    failures
        Centres whose problem could not be made.
    statuses
        What became of each edit.
    dropped
        Tickets that edits dropped, by centre.
    """

    works: dict[str, Work]
    problems: dict[str, DayProblem]
    before: dict[str, DayProblem]
    failures: dict[str, DispatchError]
    statuses: tuple[Status, ...] = ()
    dropped: dict[str, tuple[Ticket, ...]] = field(default_factory=dict)


def edited_day(
    works: Mapping[str, Work], make: Callable[[Work], DayProblem], edits: Edits | None = None
) -> EditedDay:
    """
    Return the problems of a day, with edits applied.

    Parameters
    ----------
    works
        Technicians and tickets of each centre, by its id.
    make
        Makes a centre's problem of its work.
    edits
        The edits; None: there are none.
    """
    edits = edits or Edits()
    tickets = {ticket.id: ticket for work in works.values() for ticket in work.tickets}
    homes = {ticket.id: name for name, work in works.items() for ticket in work.tickets}
    technicians = {who.id: name for name, work in works.items() for who in work.technicians}
    moved = moved_visits(homes, technicians, edits.entries, edits.rounds)
    before: dict[str, DayProblem] = {}
    failures: dict[str, DispatchError] = {}
    for name, work in works.items():
        guests = sorted(moved.get(name, ()))
        try:
            made = make(replace(work, tickets=(*work.tickets, *(tickets[g] for g in guests))))
        except DispatchError as error:
            failures[name] = error
            continue
        # The place of a guest stays in the problem: the edit that moves the visit here needs it.
        own = tuple(visit for visit in made.visits if visit.id not in guests)
        before[name] = replace(made, visits=own) if guests else made
    edited = apply_edits(before, edits.entries, edits.rounds)
    planned = {
        name: replace(work, tickets=tuple(tickets[v.id] for v in edited.problems[name].visits))
        if name in edited.problems
        else work
        for name, work in works.items()
    }
    dropped = {
        name: tuple(tickets[visit] for visit in visits) for name, visits in edited.dropped.items()
    }
    return EditedDay(planned, edited.problems, before, failures, edited.statuses, dropped)
