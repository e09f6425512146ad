"""Lists of GLPI's, read page by page, and again when they changed meanwhile.

A ticket that is solved between two pages moves the later ones up by one, so that one would be
missed. A ticket that is reopened moves one to the next page, where it comes twice. So each page is
requested from the last row of the page before. The list has changed when a page begins with
another row, when two pages state different totals, or when an id comes twice: it is read again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dispatch.tickets.ask import NoAnswer
from dispatch.tickets.glpi_session import BEYOND_THE_END, Body, Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dispatch.service.ticket_settings import TicketLimits

_RANGE = re.compile(r"(\d{1,9})-(\d{1,9})/(\d{1,9})")
# Ids that a double holds exactly, as JavaScript's are.
_ID_DIGITS = 15
Question = list[tuple[str, str]]


@dataclass
class Listing:
    """
    A list as it was read.

    Parameters
    ----------
    rows
        By id, in the order of the list.
    broken
        Rows without an id.
    still
        Whether it did not change while it was read.
    cut
        Whether it has more rows than the bound.
    """

    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    broken: int = 0
    still: bool = True
    cut: bool = False


@dataclass
class _Page:
    rows: list[dict[str, Any]]
    total: int | None
    more: bool
    overlaps: bool = False
    """Whether it should begin with the last row of the page before."""


def read_list(
    session: Session, path: str, question: Question, key: str, limits: TicketLimits
) -> Listing:
    """
    Read a list until it does not change, at most `readings` times.

    Parameters
    ----------
    session
        Open.
    path
        Endpoint, such as "search/Ticket".
    question
        Parameters of the query, without `range`.
    key
        Where the id stands in a row.
    limits
        Bounds of page, pages, rows and readings.

    Raises
    ------
    NoAnswer
        When GLPI refuses, or its answers are no list.
    """
    listing = Listing()
    for _ in range(limits.readings):
        listing = _once(session, path, question, key, limits)
        if listing.still:
            break
    return listing


def _once(
    session: Session, path: str, question: Question, key: str, limits: TicketLimits
) -> Listing:
    listing = Listing()
    totals: set[int] = set()
    last: int | None = None
    for page in _pages(session, path, question, limits):
        if page.total is not None:
            totals.add(page.total)
        rows = page.rows
        if page.overlaps and rows:
            # The row that ended the page before must be the first of this one.
            listing.still &= _number(rows[0].get(key)) == last
            rows = rows[1:] if _number(rows[0].get(key)) == last else rows
        last = _number(page.rows[-1].get(key)) if page.rows else None
        for row in rows:
            number = _number(row.get(key))
            if number is None:
                listing.broken += 1
            elif number in listing.rows:
                listing.still = False
            elif len(listing.rows) == limits.tickets:
                listing.cut = True
                return listing
            else:
                listing.rows[number] = row
    counted = len(listing.rows) + listing.broken
    if len(totals) > 1 or (totals and counted != totals.pop()):
        listing.still = False
    return listing


def _pages(
    session: Session, path: str, question: Question, limits: TicketLimits
) -> Iterator[_Page]:
    begin, size, overlaps = 0, limits.page_rows, False
    for _ in range(limits.pages):
        asked = [*question, ("range", f"{begin}-{begin + size - 1}")]
        page = _page(session.get(path, asked), begin)
        page.overlaps = overlaps
        yield page
        if not page.more or not page.rows:
            return
        # Each page begins with the last row of the one before: if it does not, rows have moved.
        # Some servers give smaller pages than they were asked for.
        overlaps = len(page.rows) > 1
        begin += len(page.rows) - overlaps
    msg = f"its list has more than {limits.pages} pages"
    raise NoAnswer(msg)


def _page(answer: Body, begin: int) -> _Page:
    """Return a page of a search (an object with `data`) or of a list of items (an array)."""
    body = answer.value
    if isinstance(body, list) and body[:1] == [BEYOND_THE_END]:
        # The list is shorter than it was; or empty, as some versions say it.
        return _Page([], 0 if begin == 0 else -1, more=False)
    total: int | None = None
    if isinstance(body, dict):
        total = _number(body.get("totalcount"))
        rows = body.get("data", [])
        if total is None or (not rows and total > begin):
            msg = "its search gave no list of tickets; ask who runs it"
            raise NoAnswer(msg)
    else:
        rows = body
    if isinstance(rows, dict):  # indexed by id, as older versions do
        rows = list(rows.values())
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        msg = "its list is not one of items; ask who runs it"
        raise NoAnswer(msg)
    if found := _RANGE.fullmatch(answer.content_range.replace(" ", "")):
        total = int(found[3])
    more = answer.status == 206 if total is None else begin + len(rows) < total
    return _Page(rows, total, more)


def _number(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value < 10**_ID_DIGITS else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _ID_DIGITS:
        return int(value)
    return None
