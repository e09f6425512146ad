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
    What could not be used, and why; holds no cell of the source, so no personal data.

    Parameters
    ----------
    source
        File name, or "GLPI".
    where
        "line 12", "ticket 4711"; empty for a source as a whole.
    id
        The ticket's id, made harmless; empty when it is not known.
    reason
        What is wrong and how to mend it; names columns, never what stands in them.
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
        What is not among them though it should be, each with its reason.
    notes
        What is worth knowing besides, such as how many closed tickets were passed over.
    complete
        Whether every open ticket is among them by its id, in `tickets` or in `rejected`: then
        one that is in neither is no longer open. False where a part of the source could not be
        read, or moved while it was read.
    """

    tickets: tuple[Ticket, ...]
    rejected: tuple[RejectedTicket, ...] = ()
    notes: tuple[str, ...] = ()
    complete: bool = True


class TicketSource(Protocol):
    """Something that knows which tickets are open."""

    def fetch(self, day: date) -> Delivery:
        """
        Return the open tickets.

        Parameters
        ----------
        day
            The planned day; the age of what was geocoded before is counted to it.

        Raises
        ------
        InputError
            When the source as a whole cannot be used: a file that is not there, a server that
            refuses; never because of a ticket.
        """
        ...
