"""Further fields of a ticket as people read them: a name and a text each."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from dispatch.fieldwork import TICKET_FIELDS
from dispatch.wording.catalogue import catalogue
from dispatch.wording.formats import window_hours

if TYPE_CHECKING:
    from dispatch.fieldwork import Showing, Ticket


class Detail(NamedTuple):
    """A field by its name in the language, and its value."""

    name: str
    text: str


def details(ticket: Ticket, where: Showing, lang: str) -> list[Detail]:
    """
    Return the fields of a ticket that are shown in a place and have a value.

    Parameters
    ----------
    ticket
        The ticket.
    where
        The place: `TicketField.shown` says which fields it shows.
    lang
        The language of the names.
    """
    words = catalogue(lang).details
    return [
        Detail(words[name], _text(value))
        for name, about in TICKET_FIELDS.items()
        if where in about.shown and (value := getattr(ticket, name))
    ]


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return window_hours(value)
    return value.strftime("%d/%m/%Y") if isinstance(value, date) else str(value)
