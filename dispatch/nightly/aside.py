"""set-aside.csv: the tickets that nobody plans, and why, for whoever mends them."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from dispatch.views.tables import BOM, cell

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from dispatch.tickets.delivery import RejectedTicket

FILE = "set-aside.csv"
COLUMNS = ("Date", "Source", "Endroit", "Ticket", "Motif")


def set_aside_csv(day: date, aside: Iterable[RejectedTicket]) -> str:
    """
    Return one row a ticket, as the other tables of a day are written (`dispatch.views.tables`).

    Parameters
    ----------
    day
        The planned day.
    aside
        What was set aside; its texts name columns and ids, never what a cell holds.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in aside:
        row = (day.isoformat(), entry.source, entry.where, entry.id, entry.reason)
        writer.writerow([cell(value) for value in row])
    return BOM + text.getvalue()
