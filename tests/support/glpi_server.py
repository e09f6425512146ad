"""A server of this machine that speaks GLPI's REST API as its apirest.md says, faults included."""

from __future__ import annotations

import html
import json
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.local_server import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

APP_TOKEN = "app-token-f7g3csp8mgatg5ebc5elnazakw20i9fyev1qopya7"
USER_TOKEN = "user-token-tt5jyPvv311OzjmrJMNh2Gqgu5ovOOy7saE2fI5ha"
REQUESTER = "Jeanne Martin"
# Numbers as GLPI 10 gives them to tickets: column -> table and field.
COLUMNS = {
    1: ("glpi_tickets", "name"),
    2: ("glpi_tickets", "id"),
    3: ("glpi_tickets", "priority"),
    4: ("glpi_users", "name"),
    7: ("glpi_itilcategories", "completename"),
    12: ("glpi_tickets", "status"),
    15: ("glpi_tickets", "date"),
    18: ("glpi_tickets", "time_to_resolve"),
    21: ("glpi_tickets", "content"),
    80: ("glpi_entities", "completename"),
    83: ("glpi_locations", "completename"),
}
NEW, SOLVED, CLOSED = 1, 5, 6
OPEN = {1, 2, 3, 4}
ALWAYS = (1, 2, 80)


def ticket(number: int, **fields: object) -> dict[str, Any]:
    """Return a ticket as GLPI's database has it."""
    return {
        "id": number,
        "name": f"Écran noir n° {number}",
        "priority": 3,
        "requester": REQUESTER,
        "itilcategories": "Matériel > Poste de travail",
        "status": NEW,
        "date": "2026-11-20 09:12:00",
        "time_to_resolve": "2026-11-26 17:00:00",
        "content": f"<p>Bonjour, {REQUESTER}, 05 56 00 11 22</p>",
        "entities": "Entité racine > Mairie de Pessac",
        "locations": "Pessac > Mairie > 1er étage",
        **fields,
    }


def location(number: int, name: str, **fields: object) -> dict[str, Any]:
    """Return a location as GLPI's list of items gives it."""
    return {
        "id": number, "name": name.rsplit(" > ", 1)[-1], "completename": html.escape(name),
        "address": "", "postcode": "", "town": "", "latitude": None, "longitude": None,
        "comment": REQUESTER, **fields,
    }  # fmt: skip


class GlpiServer:
    """
    What the server holds, what it will do wrong, and what it was asked.

    Parameters
    ----------
    tickets, locations
        What it holds.
    faults
        For each endpoint ("initSession", "search/Ticket", ...), what its next answers are
        instead: a status ("429", "503"), "html", "truncated", "cut" (the connection closes half
        way), "silence", "expired" (the session), "redirect", "list" (of numbers), "empty",
        "long" (3 MB of blanks);
        "" is a proper answer.
    retry_after
        Of refusals; empty: not sent.
    on_search
        Called before each search with its number from 1: changes what the server holds.
    page_max
        It gives no larger pages than that.
    may_read_locations, wrong_codes_with
        Rights of the user; the status with which wrong tokens are refused.
    """

    def __init__(self) -> None:
        self.tickets = [ticket(number) for number in (11, 12, 13)]
        self.locations = [
            location(1, "Pessac"),
            location(2, "Pessac > Mairie", latitude="44.8060", longitude="-0.6310"),
        ]
        self.faults: dict[str, list[str]] = {}
        self.retry_after = ""
        self.on_search: Callable[[int], None] = lambda _: None
        self.page_max = 10_000
        self.may_read_locations = True
        self.wrong_codes_with = 401
        self.missing_columns: set[int] = set()
        self.sessions: set[str] = set()
        self.opened = 0
        self.asked: Counter[str] = Counter()
        self.questions: list[list[tuple[str, str]]] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""
        self.released = threading.Event()

    def search_page(self, question: list[tuple[str, str]]) -> tuple[int, Any, dict[str, str]]:
        """Return status, body and headers of a search."""
        fields = dict(question)
        assert fields["criteria[0][searchtype]"] == "equals"
        assert fields["criteria[0][value]"] == "notold"
        assert (fields["sort"], fields["order"]) == ("2", "ASC")
        found = sorted(
            (row for row in self.tickets if row["status"] in OPEN), key=lambda row: row["id"]
        )
        shown = {int(value) for name, value in question if name.startswith("forcedisplay")}
        rows = [self._row(row, shown | set(ALWAYS) | {4}) for row in found]
        status, page, headers = self._page(rows, fields["range"])
        if status >= 400:
            return status, page, headers
        body = {"totalcount": len(rows), "count": len(page), "sort": [2], "order": ["ASC"]}
        return status, body | ({"data": page} if page else {}), headers

    def _row(self, row: dict[str, Any], columns: set[int]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for number in sorted(columns):
            table, name = COLUMNS[number]
            if table not in ("glpi_tickets", "glpi_users"):
                value = row[table.removeprefix("glpi_")]
            else:
                value = row["requester"] if table == "glpi_users" else row[name]
            # GLPI up to 10 keeps texts as escaped HTML.
            values[str(number)] = html.escape(value) if isinstance(value, str) else value
        return values

    def _page(self, rows: list[Any], asked: str) -> tuple[int, Any, dict[str, str]]:
        begin, end = (int(part) for part in asked.split("-"))
        if begin >= len(rows) and begin:
            told = ["ERROR_RANGE_EXCEED_TOTAL", "Provided range exceed total count of data"]
            return 400, told, {}
        page = rows[begin : min(end + 1, begin + self.page_max)]
        last = begin + len(page)
        headers = {
            "Content-Range": f"{begin}-{max(last - 1, 0)}/{len(rows)}",
            "Accept-Range": "Ticket 990",
        }
        return 206 if begin or last < len(rows) else 200, page, headers

    def location_page(self, question: list[tuple[str, str]]) -> tuple[int, Any, dict[str, str]]:
        """Return status, body and headers of the list of locations."""
        if not self.may_read_locations:
            return 403, ["ERROR_RIGHT_MISSING", "You don't have permission"], {}
        return self._page(self.locations, dict(question)["range"])

    def options(self) -> dict[str, Any]:
        """Return the search columns."""
        known = {
            str(number): {"name": name, "table": table, "field": name, "datatype": "string"}
            for number, (table, name) in COLUMNS.items()
            if number not in self.missing_columns
        }
        return {"common": {"name": "Caractéristiques"}, **known}


@contextmanager
def running() -> Iterator[GlpiServer]:
    """Give a server; it ends with the block."""
    told = GlpiServer()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _send(
            self, status: int, body: bytes, headers: dict[str, str] | None = None, cut: bool = False
        ) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if cut else body)
            self.close_connection = cut

        def _json(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
            self._send(status, json.dumps(body).encode(), headers)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            endpoint = parts.path.removeprefix("/apirest.php/").rstrip("/")
            told.asked[endpoint] += 1
            told.headers.append(dict(self.headers))
            told.questions.append(parse_qsl(parts.query, keep_blank_values=True))
            assert "token" not in parts.query
            fault = (told.faults.get(endpoint) or [""]).pop(0)
            if fault.isdigit():
                headers = {"Retry-After": told.retry_after} if told.retry_after else {}
                page = b"<html><h1>Service <b>unavailable</b></h1></html>"
                self._send(int(fault), page, headers)
                return
            status, body, headers = self._answer(endpoint, told.questions[-1], fault)
            whole = json.dumps(body).encode()
            if fault == "html":
                self._send(200, b"<!DOCTYPE html><html><form>Identifiant</form></html>")
            elif fault == "truncated":
                self._send(status, whole[: len(whole) // 2], headers)
            elif fault == "cut":
                self._send(status, whole, headers, cut=True)
            elif fault == "silence":
                told.released.wait(30)
            elif fault == "redirect":
                self._send(302, b"", {"Location": "http://127.0.0.1:1/elsewhere"})
            elif fault == "list":
                self._json(200, [1, 2, 3])
            elif fault == "empty":
                self._send(200, b"")
            elif fault == "long":
                self._send(200, b" " * 3_000_000)
            else:
                self._send(status, whole, headers)

        def _answer(
            self, endpoint: str, question: list[tuple[str, str]], fault: str
        ) -> tuple[int, Any, dict[str, str]]:
            if self.headers.get("App-Token") != APP_TOKEN:
                refused = ["ERROR_WRONG_APP_TOKEN_PARAMETER", f"wrong {self.headers['App-Token']}"]
                return told.wrong_codes_with, refused, {}
            if endpoint == "initSession":
                if self.headers.get("Authorization") != f"user_token {USER_TOKEN}":
                    return 401, ["ERROR_GLPI_LOGIN_USER_TOKEN", "parameter user_token invalid"], {}
                told.opened += 1
                token = f"session-{told.opened}-83af7e620c83a50a18d3eac2f6ed05a3ca0bea62"
                told.sessions.add(token)
                return 200, {"session_token": token}, {}
            if fault == "expired":
                told.sessions.clear()
            if self.headers.get("Session-Token") not in told.sessions:
                return 401, ["ERROR_SESSION_TOKEN_INVALID", "session_token semble invalide"], {}
            if endpoint == "killSession":
                told.sessions.discard(self.headers["Session-Token"])
                return 200, [], {}
            if endpoint == "listSearchOptions/Ticket":
                return 200, told.options(), {}
            if endpoint == "search/Ticket":
                told.on_search(told.asked[endpoint])
                return told.search_page(question)
            if endpoint == "Location":
                return told.location_page(question)
            return 400, ["ERROR_RESOURCE_NOT_FOUND_NOR_COMMONDBTM", "resource not found"], {}

    with served(Handler, told.released) as address:
        told.url = f"{address}/apirest.php"
        yield told
