"""Tickets that are likely one: the same text, at the same site, asked for on the same day.

They are told, and both are planned: whether two machines broke down is not ours to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.files.cells import normalised
from dispatch.tickets.text import shown_id

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from dispatch.fieldwork import Ticket

# Decimals of degrees within which two positions are one site: some 10 m.
SITE_DECIMALS = 4
SHOWN = 20
UNNAMED = "one without a number"


def likely_doubles(tickets: Iterable[Ticket]) -> list[tuple[Ticket, ...]]:
    """
    Return the groups of tickets that are likely one, in the order of their first.

    Parameters
    ----------
    tickets
        Those without a text are alike in nothing, and left aside.
    """
    groups: dict[tuple[float, float, str, date | None], list[Ticket]] = {}
    for ticket in tickets:
        if text := normalised(ticket.description):
            place = round(ticket.lon, SITE_DECIMALS), round(ticket.lat, SITE_DECIMALS)
            groups.setdefault((*place, text, ticket.asked), []).append(ticket)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def doubles_told(tickets: Iterable[Ticket], source: str) -> list[str]:
    """Return a sentence for each group of likely doubles, by their ids; of many, the first."""
    groups = likely_doubles(tickets)
    told = [
        f"{source}: likely one ticket (same place, text and day): "
        + ", ".join(shown_id(ticket.id) or UNNAMED for ticket in group)
        for group in groups[:SHOWN]
    ]
    if len(groups) > SHOWN:
        told.append(f"{source}: {len(groups) - SHOWN} more groups of likely doubles")
    return told
