"""What a source of tickets delivers, and the one interface of all sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import date

    from dispatch.fieldwork import Ticket


@dataclass(frozen=True, slots=True)
class RejectedTicket:
    """
    A ticket or file that cannot be read, and why; it holds no cell, so no personal data.

    Parameters
    ----------
    source
        File name, or "GLPI".
    where
        "line 12", "ticket 4711"; empty for a source as a whole.
    id
        The ticket's id, made harmless; empty when it is not known.
    reason
        What is wrong and how to correct it; names columns, never shows a cell.
    """

    source: str
    where: str
    id: str
    reason: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.where, self.id) if part)
        return f"{self.source}{f' ({place})' if place else ''}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    The tickets of a night.

    Parameters
    ----------
    tickets
        Ready to be planned, each id once, in the order of the source.
    rejected
        What could not be read, each with its reason.
    notes
        Further remarks, such as how many closed tickets were passed over.
    complete
        Whether the id of every open ticket is in `tickets` or in `rejected`; a ticket in neither is
        then no longer open. False: a part of the source could not be read, or it changed while it
        was read.
    warnings
        Those of the notes that somebody has to look at; they show no cell.
    """

    tickets: tuple[Ticket, ...]
    rejected: tuple[RejectedTicket, ...] = ()
    notes: tuple[str, ...] = ()
    complete: bool = True
    warnings: tuple[str, ...] = ()


class TicketSource(Protocol):
    """A source of open tickets."""

    def fetch(self, day: date) -> Delivery:
        """
        Return the open tickets.

        Parameters
        ----------
        day
            The planned day, to which the age of geocoded addresses is counted.

        Raises
        ------
        InputError
            When the source as a whole cannot be used: a file that is not there, a server that
            refuses; never because of a ticket.
        """
        ...
