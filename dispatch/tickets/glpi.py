"""GLPI's REST API (apirest.php): open tickets and locations, page by page.

Reference: GLPI's own apirest.md. A session is opened with two tokens and closed whatever
happens; the numbers of columns differ by version and are asked for (`listSearchOptions`);
lists come in pages (`range`, 206 while there is more). A list that changes while it is read
shifts its pages, so it is read again until it holds still: no ticket is missed or doubled.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dispatch.errors import Fault, InputError
from dispatch.files.textfile import parse_json
from dispatch.tickets.ask import OK, Line, NoAnswer, NotWhole, Reply
from dispatch.tickets.sites import Site
from dispatch.tickets.table import FREE_TEXT, RawRow, RawTable
from dispatch.tickets.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dispatch.ticket_settings import TicketLimits
    from dispatch.tickets.mapping import TicketMapping
    from dispatch.tickets.section import Criterion, GlpiSection

SOURCE = "GLPI"
TICKET, LOCATION = "Ticket", "Location"
ID, STATUS = "glpi_tickets.id", "glpi_tickets.status"
# GLPI's own word for "neither solved nor closed" in searches.
NOT_SOLVED = "notold"
SESSION_ENDED = ("ERROR_SESSION_TOKEN_INVALID", "ERROR_SESSION_TOKEN_MISSING")
BEYOND_THE_END = "ERROR_RANGE_EXCEED_TOTAL"
REMEDIES = {
    "ERROR_WRONG_APP_TOKEN_PARAMETER": "the App-Token is wrong; copy it again (Setup, API)",
    "ERROR_APP_TOKEN_PARAMETERS_MISSING": "it asks for an App-Token; set its environment variable",
    "ERROR_GLPI_LOGIN_USER_TOKEN": "the user token is wrong; copy the remote access key again",
    "ERROR_GLPI_LOGIN": "the user may not log in; ask who runs it",
    "ERROR_LOGIN_PARAMETERS_MISSING": "the user token did not reach it; ask who runs it",
    "ERROR_NOT_ALLOWED_IP": "this machine's address is not allowed; add it to the API client",
    "ERROR_RIGHT_MISSING": "the user may not read this; give its profile the right to see tickets",
    **dict.fromkeys(SESSION_ENDED, "the session ended twice; ask who runs it"),
}
_CODE = re.compile(r"ERROR[A-Z_]{0,60}")
_RANGE = re.compile(r"(\d{1,9})-(\d{1,9})/(\d{1,9})")
_COLUMN = re.compile(r"\d{1,9}")
LOCATION_TEXT_CHARS = 300


class _SessionEnded(Exception):
    """The session token is no longer valid."""


@dataclass
class _Page:
    rows: list[dict[str, Any]]
    total: int | None
    more: bool
    overlaps: bool = False


@dataclass
class _Listing:
    """A list as it was read: rows by id, and whether it held still."""

    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    broken: int = 0
    still: bool = True
    cut: bool = False


class Glpi:
    """
    A client of one GLPI.

    Parameters
    ----------
    section
        Its address, and which tickets.
    limits
        Bounds, and patience.
    environment
        Where the tokens are; None: this process's.
    line
        How it is asked; None: patiently, as the limits say.

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
        line: Line | None = None,
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
        self._line = line or Line(limits.patience)
        for token in (self._app_token, self._user_token):
            self._line.hide(token)
        self._session = ""

    def __repr__(self) -> str:
        return f"Glpi({self._base!r})"

    def read(self, mapping: TicketMapping, text_chars: int) -> tuple[RawTable, list[Site]]:
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
        try:
            self._open()
            try:
                return self._tickets(mapping, text_chars), self._locations()
            finally:
                self._close()
        except NoAnswer as exc:
            message = f"{self._base}: {exc.reason}"
            raise InputError.one(SOURCE, message) from None

    # --- sessions ----------------------------------------------------------------------

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self._app_token:
            headers["App-Token"] = self._app_token
        if self._session:
            headers["Session-Token"] = self._session
        return headers

    def _open(self) -> None:
        self._session = ""
        headers = {**self._headers(), "Authorization": f"user_token {self._user_token}"}
        try:
            found = self._line.ask(
                "GET", f"{self._base}/initSession", headers=headers, parse=self._parsed
            )
        except _SessionEnded:
            msg = "it opens no session; check the address"
            raise NoAnswer(msg) from None
        token = found.body.get("session_token") if isinstance(found.body, dict) else None
        if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]{1,200}", token):
            msg = "it opened no session; give the address of its apirest.php"
            raise NoAnswer(msg)
        self._session = token
        self._line.hide(token)

    def _close(self) -> None:
        """Close the session; where that fails, GLPI lets it expire."""
        if not self._session:
            return
        try:
            self._line.ask(
                "GET", f"{self._base}/killSession", headers=self._headers(), attempts=1,
                parse=lambda _: None,
            )  # fmt: skip
        except NoAnswer:
            pass
        finally:
            self._session = ""

    def _get(self, path: str, question: list[tuple[str, str]]) -> _Body:
        """Ask within the session; a session that has ended is opened again, once."""
        for again in (True, False):
            try:
                return self._line.ask(
                    "GET", f"{self._base}/{path}", headers=self._headers(), params=question,
                    parse=self._parsed,
                )  # fmt: skip
            except _SessionEnded:
                if not again:
                    break
                self._open()
        raise NoAnswer(REMEDIES[SESSION_ENDED[0]])

    def _parsed(self, reply: Reply) -> _Body:
        """Return what GLPI said; its refusals are a list of a code and a sentence."""
        try:
            body = parse_json(reply.text, SOURCE)
        except InputError as exc:
            if reply.status in OK:
                what = "a page (HTML)" if reply.text.lstrip()[:1] == "<" else "no whole JSON"
                msg = f"it answered with {what} where JSON was asked for"
                raise NotWhole(msg) from exc
            text = f"it refused: {reply.status}; check the address of its apirest.php"
            raise NoAnswer(text, reply.status) from exc
        code = body[0] if isinstance(body, list) and body and isinstance(body[0], str) else ""
        code = code if _CODE.fullmatch(code) else ""
        if code in SESSION_ENDED:
            raise _SessionEnded
        if code and code != BEYOND_THE_END:
            said = body[1] if len(body) > 1 and isinstance(body[1], str) else ""
            remedy = REMEDIES.get(code, self._line.plain(said))
            msg = f"it refused ({code}): {remedy}"
            raise NoAnswer(msg, reply.status)
        if reply.status not in OK and code != BEYOND_THE_END:
            msg = f"it refused: {reply.status}; ask who runs it"
            raise NoAnswer(msg, reply.status)
        return _Body(reply.status, reply.headers.get("content-range", ""), body)

    # --- tickets -----------------------------------------------------------------------

    def _tickets(self, mapping: TicketMapping, text_chars: int) -> RawTable:
        numbers = self._column_numbers()
        table = RawTable(SOURCE, word="row")
        columns = {name: numbers[at] for name, at in mapping.api.items() if at in numbers}
        if missing := [name for name in mapping.api if name not in columns]:
            table.notes.append(f"{SOURCE}: this version has no column for {', '.join(missing)}")
        if ID not in numbers or STATUS not in numbers or "id" not in columns:
            msg = "its search has no column of ids or of status; ask who runs it"
            raise NoAnswer(msg)
        table.columns = {name: (0, mapping.api[name]) for name in columns}
        question = self._question(numbers, sorted(set(columns.values()), key=int))
        listing = self._whole(f"search/{TICKET}", question, numbers[ID])
        self._note(table, listing)
        for line, row in enumerate(listing.rows.values(), 1):
            cells = {}
            for name, column in columns.items():
                cell = _cell(row.get(column))
                if len(cell) > text_chars and name != FREE_TEXT:
                    message = f"has over {text_chars} characters ({len(cell)}); shorten it"
                    table.faults.append(Fault(SOURCE, mapping.api[name], None, message, line))
                elif cell:
                    cells[name] = clean(cell, max(len(cell), 1), markup=True)
            table.rows.append(RawRow(line, {name: cell for name, cell in cells.items() if cell}))
        return table

    def _note(self, table: RawTable, listing: _Listing) -> None:
        if listing.broken:
            message = f"{listing.broken} rows have no id to tell them apart by; ask who runs it"
            table.faults.append(Fault(SOURCE, "", None, message))
        if listing.cut:
            message = (
                f"has more than {self._limits.tickets} open tickets; the others are not read;"
                " narrow [tickets.glpi] criteria"
            )
            table.faults.append(Fault(SOURCE, "", None, message))
        if not listing.still:
            text = f"{SOURCE}: its list kept changing while it was read; taken as it was at last"
            table.notes.append(text)

    def _column_numbers(self) -> dict[str, str]:
        """Return the number of each search column, by "table.field"; of several, the least."""
        body = self._get(f"listSearchOptions/{TICKET}", []).body
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
        # By id, so that what changes between two pages is at the end.
        return [*question, ("sort", numbers[ID]), ("order", "ASC")]

    def _criterion_column(self, criterion: Criterion, numbers: Mapping[str, str]) -> str:
        column = numbers.get(criterion.field, criterion.field)
        if not _COLUMN.fullmatch(column):
            message = "GLPI's search has no such column; see listSearchOptions/Ticket of its API"
            raise InputError.one(SOURCE, message, where="criteria", value=criterion.field)
        return column

    # --- locations ---------------------------------------------------------------------

    def _locations(self) -> list[Site]:
        if not self._section.locations:
            return []
        try:
            listing = self._whole(LOCATION, [], "id")  # sorted by id, as all lists are
        except NoAnswer as exc:
            if exc.status is None or exc.status >= 500:
                raise
            return []  # The right to read locations is another one; the sites file may do.
        return [site for row in listing.rows.values() if (site := _site(row)) is not None]

    # --- pages -------------------------------------------------------------------------

    def _whole(self, path: str, question: list[tuple[str, str]], key: str) -> _Listing:
        """Read a list until it holds still: as many different ids as every page counts."""
        listing = _Listing()
        for _ in range(self._limits.readings):
            listing = self._once(path, question, key)
            if listing.still:
                break
        return listing

    def _once(self, path: str, question: list[tuple[str, str]], key: str) -> _Listing:
        listing = _Listing()
        totals: set[int] = set()
        last: int | None = None
        for page in self._pages(path, question):
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
                elif len(listing.rows) == self._limits.tickets:
                    listing.cut = True
                    return listing
                else:
                    listing.rows[number] = row
        counted = len(listing.rows) + listing.broken
        if len(totals) > 1 or (totals and counted != totals.pop()):
            listing.still = False
        return listing

    def _pages(self, path: str, question: list[tuple[str, str]]) -> Iterator[_Page]:
        begin, size, overlaps = 0, self._limits.page_rows, False
        for _ in range(self._limits.pages):
            asked = [*question, ("range", f"{begin}-{begin + size - 1}")]
            page = _page(self._get(path, asked), begin)
            page.overlaps = overlaps
            yield page
            if not page.more or not page.rows:
                return
            # Each page begins with the last row of the one before: if it does not, rows have moved.
            # Some servers give smaller pages than they were asked for.
            overlaps = len(page.rows) > 1
            begin += len(page.rows) - overlaps
        msg = f"its list has more than {self._limits.pages} pages"
        raise NoAnswer(msg)


@dataclass(frozen=True)
class _Body:
    """An answer: its status, its Content-Range, and its JSON."""

    status: int
    content_range: str
    body: Any


def _page(answer: _Body, begin: int) -> _Page:
    """Return a page of a search (an object with `data`) or of a list of items (an array)."""
    body = answer.body
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
        return value if 0 <= value < 10**15 else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        return int(value)
    return None


def _cell(value: object) -> str:
    """Return a value of GLPI's as the text of a cell; what is neither text nor number is none."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, (str, int, float)):
        text = str(value).strip()
        return "" if text in ("&nbsp;", "NULL") else text
    if isinstance(value, list):  # of several, such as two categories: the first
        return _cell(value[0]) if value and not isinstance(value[0], list) else ""
    return ""


def _site(row: Mapping[str, Any]) -> Site | None:
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
    return Site(name, lon, lat, "", address)


def _degrees(text: str, most: float) -> float | None:
    try:
        value = float(text.replace(",", ".")) if len(text) <= 40 else most + 1
    except ValueError:
        return None
    return value if -most <= value <= most else None
