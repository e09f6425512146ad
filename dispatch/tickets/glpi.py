"""GLPI's REST API (apirest.php): open tickets as raw rows, locations as known places.

Reference: GLPI's own apirest.md. The numbers of columns differ by version, so they are requested
(`listSearchOptions`). Columns of people and of long texts are never requested.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from dispatch.errors import Fault, InputError
from dispatch.tickets.ask import HttpClient, NoAnswer
from dispatch.tickets.glpi_pages import Listing, read_list
from dispatch.tickets.glpi_session import SOURCE, Session
from dispatch.tickets.sites import KnownPlace
from dispatch.tickets.table import FREE_TEXT, RawRow, RawTable
from dispatch.tickets.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.service.ticket_settings import TicketLimits
    from dispatch.tickets.mapping import TicketMapping
    from dispatch.tickets.section import Criterion, GlpiSection

TICKET, LOCATION = "Ticket", "Location"
ID, STATUS = "glpi_tickets.id", "glpi_tickets.status"
# GLPI's word for "neither solved nor closed" in searches.
NOT_SOLVED = "notold"
_COLUMN = re.compile(r"\d{1,9}")
LOCATION_TEXT_CHARS = 300


class Glpi:
    """
    A client of one GLPI.

    Parameters
    ----------
    section
        Its address, and which tickets.
    limits
        Bounds, and how often requests are repeated.
    environment
        The variables with the tokens; None: those of this process.
    client
        Its HTTP client; None: one with the patience of the limits.

    Raises
    ------
    InputError
        When the environment has no user token.
    """

    def __init__(
        self,
        section: GlpiSection,
        limits: TicketLimits,
        *,
        environment: Mapping[str, str] | None = None,
        client: HttpClient | None = None,
    ) -> None:
        values = os.environ if environment is None else environment
        self._base = section.url.rstrip("/")
        self._section = section
        self._limits = limits
        self._app_token = values.get(section.app_token_env, "").strip()
        self._user_token = values.get(section.user_token_env, "").strip()
        if not self._user_token:
            message = "this environment variable is not set; put the user's remote access key in it"
            raise InputError.one(SOURCE, message, where=section.user_token_env)
        self._client = client or HttpClient(limits.patience)
        for token in (self._app_token, self._user_token):
            self._client.hide(token)

    def __repr__(self) -> str:
        return f"Glpi({self._base!r})"

    def read(self, mapping: TicketMapping, text_chars: int) -> tuple[RawTable, list[KnownPlace]]:
        """
        Return the open tickets as raw rows, and GLPI's locations.

        Parameters
        ----------
        mapping
            Which of GLPI's columns are which fields (`api`).
        text_chars
            Longest cell.

        Raises
        ------
        InputError
            When GLPI cannot be reached, refuses, or answers what its documentation does not say.
        """
        if not mapping.api:
            message = "the mapping says nothing of GLPI's API; add [api], as the bundled one has"
            raise InputError.one(SOURCE, message, where="mapping")
        session = Session(self._base, self._app_token, self._user_token, self._client)
        try:
            with session:
                return self._tickets(session, mapping, text_chars), self._locations(session)
        except NoAnswer as exc:
            message = f"{self._base}: {exc.reason}"
            raise InputError.one(SOURCE, message) from None

    def _tickets(self, session: Session, mapping: TicketMapping, text_chars: int) -> RawTable:
        numbers = _column_numbers(session)
        table = RawTable(SOURCE, word="row")
        columns = {name: numbers[at] for name, at in mapping.api.items() if at in numbers}
        if missing := [name for name in mapping.api if name not in columns]:
            table.notes.append(f"{SOURCE}: this version has no column for {', '.join(missing)}")
        if ID not in numbers or STATUS not in numbers or "id" not in columns:
            msg = "its search has no column of ids or of status; ask who runs it"
            raise NoAnswer(msg)
        table.columns = {name: (0, mapping.api[name]) for name in columns}
        question = self._question(numbers, sorted(set(columns.values()), key=int))
        listing = read_list(session, f"search/{TICKET}", question, numbers[ID], self._limits)
        self._note(table, listing)
        for line, row in enumerate(listing.rows.values(), 1):
            cells = {}
            for name, column in columns.items():
                cell = _cell(row.get(column))
                if len(cell) > text_chars and name != FREE_TEXT:
                    message = f"has over {text_chars} characters ({len(cell)}); shorten it"
                    table.faults.append(Fault(SOURCE, mapping.api[name], None, message, line))
                elif cell:
                    cells[name] = clean(cell, text_chars, markup=True)
            table.rows.append(RawRow(line, {name: cell for name, cell in cells.items() if cell}))
        return table

    def _note(self, table: RawTable, listing: Listing) -> None:
        if listing.broken:
            message = f"{listing.broken} rows have no id to tell them apart by; ask who runs it"
            table.faults.append(Fault(SOURCE, "", None, message))
        if listing.cut:
            message = (
                f"has more than {self._limits.tickets} open tickets; the others are not read;"
                " narrow [tickets.glpi] criteria"
            )
            table.faults.append(Fault(SOURCE, "", None, message))
        table.whole = listing.still
        if not listing.still:
            text = f"{SOURCE}: its list kept changing while it was read; taken as it was at last"
            table.notes.append(text)

    def _question(self, numbers: Mapping[str, str], columns: list[str]) -> list[tuple[str, str]]:
        criteria = [(numbers[STATUS], "equals", NOT_SOLVED)]
        criteria += [
            (self._criterion_column(criterion, numbers), criterion.searchtype, criterion.value)
            for criterion in self._section.criteria
        ]
        question = []
        for index, (column, kind, value) in enumerate(criteria):
            if index:
                question.append((f"criteria[{index}][link]", "AND"))
            question += [
                (f"criteria[{index}][field]", column),
                (f"criteria[{index}][searchtype]", kind),
                (f"criteria[{index}][value]", value),
            ]
        question += [(f"forcedisplay[{index}]", column) for index, column in enumerate(columns)]
        # Sorted by id: changes between two pages then happen at the end.
        return [*question, ("sort", numbers[ID]), ("order", "ASC")]

    def _criterion_column(self, criterion: Criterion, numbers: Mapping[str, str]) -> str:
        column = numbers.get(criterion.field, criterion.field)
        if not _COLUMN.fullmatch(column):
            message = "GLPI's search has no such column; see listSearchOptions/Ticket of its API"
            raise InputError.one(SOURCE, message, where="criteria", value=criterion.field)
        return column

    def _locations(self, session: Session) -> list[KnownPlace]:
        if not self._section.locations:
            return []
        try:
            listing = read_list(
                session, LOCATION, [], "id", self._limits
            )  # sorted by id, as all lists are
        except NoAnswer as exc:
            if exc.status is None or exc.status >= 500:
                raise
            return []  # Locations need a right of their own; the sites file may suffice.
        return [site for row in listing.rows.values() if (site := _site(row)) is not None]


def _column_numbers(session: Session) -> dict[str, str]:
    """Return the number of each search column, by "table.field"; of several, the least."""
    body = session.get(f"listSearchOptions/{TICKET}").value
    if not isinstance(body, dict):
        msg = "its list of search columns is none; ask who runs it"
        raise NoAnswer(msg)
    numbers: dict[str, str] = {}
    for number in sorted((key for key in body if _COLUMN.fullmatch(key)), key=int):
        option = body[number]
        if not isinstance(option, dict):
            continue
        where, what = option.get("table"), option.get("field")
        if isinstance(where, str) and isinstance(what, str):
            numbers.setdefault(f"{where}.{what}", number)
    return numbers


def _cell(value: object) -> str:
    """Return a value of GLPI's as the text of a cell; empty: it is neither text nor number."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, (str, int, float)):
        text = str(value).strip()
        return "" if text in ("&nbsp;", "NULL") else text
    if isinstance(value, list):  # of several values, such as two categories, the first
        return _cell(value[0]) if value and not isinstance(value[0], list) else ""
    return ""


def _site(row: Mapping[str, Any]) -> KnownPlace | None:
    """Return a location of GLPI's as a place, or None when it has neither position nor address."""
    texts = {
        name: clean(_cell(row.get(name))[:LOCATION_TEXT_CHARS], LOCATION_TEXT_CHARS, markup=True)
        for name in ("completename", "name", "address", "postcode", "town", "latitude", "longitude")
    }
    name = texts["completename"] or texts["name"]
    lon, lat = _degrees(texts["longitude"], 180), _degrees(texts["latitude"], 90)
    if lon is None or lat is None or (lon == 0 and lat == 0):
        lon = lat = None
    address = " ".join(texts[part] for part in ("address", "postcode", "town") if texts[part])
    if not name or (lon is None and not texts["address"]):
        return None
    return KnownPlace(name, lon, lat, "", address)


def _degrees(text: str, most: float) -> float | None:
    try:
        value = float(text.replace(",", ".")) if len(text) <= 40 else most + 1
    except ValueError:
        return None
    return value if -most <= value <= most else None
