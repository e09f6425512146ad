"""Sources of tickets: files, a folder, GLPI; one interface, and no ticket stops a night.

`open_source(config, service, communes, roster).fetch(day)` gives a `Delivery`: the tickets
that can be planned, the rejected ones with their reasons, and notes for the
operator. docs/tickets.md describes the sources.
"""

from __future__ import annotations

from dispatch.tickets.delivery import Delivery, RejectedTicket, TicketSource
from dispatch.tickets.section import GlpiSection, TicketsSection
from dispatch.tickets.sources import open_source

__all__ = [
    "Delivery", "GlpiSection", "RejectedTicket", "TicketSource", "TicketsSection", "open_source",
]  # fmt: skip
