"""What reading a source gives: tickets, rejected rows, fields left out, and remarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch.tickets.delivery import RejectedTicket

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.errors import Fault
    from dispatch.fieldwork import Ticket


@dataclass(frozen=True)
class Reading:
    """
    The result of reading one source.

    Parameters
    ----------
    tickets
        Ready to be planned.
    rejected
        Rows without a ticket, and why.
    faults
        Their faults with line, column and value, for those who may see the source.
    left_out
        Faults of optional fields: their tickets are read without them.
    notes
        Further remarks for the operator.
    warnings
        Remarks that somebody has to look at; they show no cell.
    unread
        Headings of columns that are not read, as faults.
    seen
        Ids of all rows, those passed over included.
    to_geocode
        Rows that only lack a position for their address, where geocoding is off.
    waiting, lacking
        These rows as `rejected` and as `faults` has others.
    whole
        Whether the source did not change while it was read.
    """

    tickets: tuple[Ticket, ...] = ()
    rejected: tuple[RejectedTicket, ...] = ()
    faults: tuple[Fault, ...] = ()
    left_out: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    unread: tuple[Fault, ...] = ()
    seen: frozenset[str] = frozenset()
    to_geocode: int = 0
    waiting: tuple[RejectedTicket, ...] = ()
    lacking: tuple[Fault, ...] = ()
    whole: bool = True

    @property
    def set_aside(self) -> tuple[RejectedTicket, ...]:
        """Return every row that gives no ticket, rejected or without a position."""
        return self.rejected + self.waiting


def rejections_of(
    faults: Sequence[Fault], source: str, ids: Mapping[int, str], word: str = "line"
) -> tuple[RejectedTicket, ...]:
    """Return one rejected ticket for each line with faults; its reason shows no cell."""
    by_line: dict[int | None, dict[str, None]] = {}
    for fault in sorted(faults, key=lambda at: (at.line or 0, at.column or 0)):
        text = f"{fault.where}: {fault.message}" if fault.where else fault.message
        by_line.setdefault(fault.line, {})[text] = None
    return tuple(
        RejectedTicket(
            source,
            f"{word} {line}" if line is not None else "",
            ids.get(line or 0, ""),
            "; ".join(texts),
        )
        for line, texts in by_line.items()
    )
