"""set-aside.csv: the rejected tickets, each with its reason, for those who correct them."""

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


def rejected_csv(day: date, rejected: Iterable[RejectedTicket]) -> str:
    """
    Return one row a ticket, in the form of a day's other tables (`dispatch.views.tables`).

    Parameters
    ----------
    day
        The planned day.
    rejected
        The tickets; their reasons name columns and ids, never the content of a cell.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in rejected:
        row = (day.isoformat(), entry.source, entry.where, entry.id, entry.reason)
        writer.writerow([cell(value) for value in row])
    return BOM + text.getvalue()
