"""The day's problems, with edits put in: from each centre's work to what is planned."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dispatch.edits.applying import Edited, apply_edits, moves
from dispatch.errors import DispatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dispatch.edits.model import Edit
    from dispatch.fieldwork import Ticket
    from dispatch.model.day import Work
    from dispatch.model.problem import DayProblem


@dataclass(frozen=True)
class EditedDay:
    """
    What is planned, centre by centre.

    Parameters
    ----------
    works
        The work of each centre that is to be planned; tickets are those of its problem, where it
        has one.
    problems, before
        Its problem with edits, and without.
    failures
        Centres whose problem could not be made.
    edited
        What became of the edits.
    dropped
        Tickets dropped by hand, by centre.
    """

    works: dict[str, Work]
    problems: dict[str, DayProblem]
    before: dict[str, DayProblem]
    failures: dict[str, DispatchError]
    edited: Edited
    dropped: dict[str, tuple[Ticket, ...]] = field(default_factory=dict)


def edited_day(
    works: Mapping[str, Work],
    make: Callable[[Work], DayProblem],
    edits: Sequence[Edit] = (),
    rounds: Mapping[str, Sequence[str]] | None = None,
) -> EditedDay:
    """
    Return the problems of a day with edits put in.

    Parameters
    ----------
    works
        Technicians and tickets of each centre, by its id.
    make
        Makes a centre's problem of its work.
    edits
        In the order of `model.ordered`.
    rounds
        The rounds of an earlier plan, for locks that list no visits.
    """
    tickets = {ticket.id: ticket for work in works.values() for ticket in work.tickets}
    homes = {ticket.id: name for name, work in works.items() for ticket in work.tickets}
    technicians = {who.id: name for name, work in works.items() for who in work.technicians}
    moved = moves(homes, technicians, edits, rounds)
    before: dict[str, DayProblem] = {}
    failures: dict[str, DispatchError] = {}
    for name, work in works.items():
        guests = sorted(moved.get(name, ()))
        try:
            made = make(replace(work, tickets=(*work.tickets, *(tickets[g] for g in guests))))
        except DispatchError as error:
            failures[name] = error
            continue
        # Guests leave their place behind: the edit that brings them finds it there.
        own = tuple(visit for visit in made.visits if visit.id not in guests)
        before[name] = replace(made, visits=own) if guests else made
    edited = apply_edits(before, edits, rounds)
    planned = {
        name: replace(work, tickets=tuple(tickets[v.id] for v in edited.problems[name].visits))
        if name in edited.problems
        else work
        for name, work in works.items()
    }
    dropped = {
        name: tuple(tickets[visit] for visit in visits) for name, visits in edited.dropped.items()
    }
    return EditedDay(planned, dict(edited.problems), before, failures, edited, dropped)
