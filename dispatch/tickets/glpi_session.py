"""A session with GLPI's REST API: opened with two tokens, closed in any case.

Reference: GLPI's own apirest.md. No text that leaves this module holds a token.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from dispatch.errors import InputError
from dispatch.files.textfile import parse_json
from dispatch.tickets.ask import OK, HttpClient, NoAnswer, NotWhole, Reply

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

SOURCE = "GLPI"
SESSION_ENDED = ("ERROR_SESSION_TOKEN_INVALID", "ERROR_SESSION_TOKEN_MISSING")
# Not a failure: there is no such page (any more).
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
_TOKEN = re.compile(r"[\x21-\x7e]{1,200}")


class _SessionEnded(Exception):
    """The session token is no longer valid."""


@dataclass(frozen=True, slots=True)
class Body:
    """An answer: its status, its Content-Range, and its JSON."""

    status: int
    content_range: str
    value: Any


class Session:
    """
    A session, open within a `with` block.

    Parameters
    ----------
    base
        Address of apirest.php.
    app_token, user_token
        The client's token (may be empty) and the user's.
    client
        HTTP client.

    Raises
    ------
    NoAnswer
        On entering, when no session is opened.
    """

    def __init__(self, base: str, app_token: str, user_token: str, client: HttpClient) -> None:
        self._base = base
        self._app_token, self._user_token = app_token, user_token
        self._client = client
        self._token = ""

    def __repr__(self) -> str:
        return f"Session({self._base!r})"

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def get(self, path: str, question: Sequence[tuple[str, str]] = ()) -> Body:
        """
        Return an answer; an ended session is opened again, once.

        Parameters
        ----------
        path
            Endpoint, such as "search/Ticket".
        question
            Parameters of the query.

        Raises
        ------
        NoAnswer
            When GLPI cannot be reached, refuses, or gives no usable answer in the end.
        """
        for again in (True, False):
            try:
                return self._client.ask(
                    "GET", f"{self._base}/{path}", headers=self._headers(), params=list(question),
                    parse=self._parsed,
                )  # fmt: skip
            except _SessionEnded:
                if not again:
                    break
                self._open()
        raise NoAnswer(REMEDIES[SESSION_ENDED[0]])

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self._app_token:
            headers["App-Token"] = self._app_token
        if self._token:
            headers["Session-Token"] = self._token
        return headers

    def _open(self) -> None:
        self._token = ""
        headers = {**self._headers(), "Authorization": f"user_token {self._user_token}"}
        try:
            found = self._client.ask(
                "GET", f"{self._base}/initSession", headers=headers, parse=self._parsed
            )
        except _SessionEnded:
            msg = "it opens no session; check the address"
            raise NoAnswer(msg) from None
        token = found.value.get("session_token") if isinstance(found.value, dict) else None
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            msg = "it opened no session; give the address of its apirest.php"
            raise NoAnswer(msg)
        self._token = token
        self._client.hide(token)

    def _close(self) -> None:
        """Close the session; where that fails, GLPI lets it expire."""
        if not self._token:
            return
        try:
            self._client.ask(
                "GET", f"{self._base}/killSession", headers=self._headers(), attempts=1,
                parse=lambda _: None,
            )  # fmt: skip
        except NoAnswer:
            pass
        finally:
            self._token = ""

    def _parsed(self, reply: Reply) -> Body:
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
            remedy = REMEDIES.get(code, self._client.plain(said))
            msg = f"it refused ({code}): {remedy}"
            raise NoAnswer(msg, reply.status)
        if reply.status not in OK and code != BEYOND_THE_END:
            msg = f"it refused: {reply.status}; ask who runs it"
            raise NoAnswer(msg, reply.status)
        return Body(reply.status, reply.headers.get("content-range", ""), body)
