"""HTTP requests to a service: bounded, repeated with pauses, and without secrets in messages.

A request is repeated after a refusal for haste (429), an overload (5xx), silence, a broken
connection or an incomplete answer. The pause is as long as the service asks, or twice as long as
before; up to half of it is random, so that many clients do not come back at once. Redirections are
not followed, as they would carry tokens to another host. Tests give their own clock and random
numbers.
"""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from dispatch.files.textfile import MEGABYTE
from dispatch.supervision.deadline import LateError, in_time, is_left_behind
from dispatch.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from dispatch.service.ticket_settings import Patience

T = TypeVar("T")
AGAIN = frozenset({429, 500, 502, 503, 504})
OK = (200, 206)
REDIRECTED = range(300, 400)
REASON_SHOWN = 200
CHUNK = 65_536
HIDDEN = "***"
BROKE_OFF = "the connection broke off in its answer"


class NoAnswer(Exception):
    """
    A service gave no usable answer; the reason holds no secret.

    Parameters
    ----------
    reason
        For people.
    status
        HTTP status of a refusal; None: there was no answer.
    torn
        Whether there were answers, none of them whole.
    """

    def __init__(self, reason: str, status: int | None = None, *, torn: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.torn = torn


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer within bounds: HTTP status, headers (lower case), text."""

    status: int
    headers: Mapping[str, str]
    text: str


class NotWhole(ValueError):
    """Raised by the reader of an answer when the request should be repeated."""


class Torn(NotWhole):
    """Raised by the reader of an answer of which a part is missing or out of order."""


class HttpClient:
    """
    Asks one service over HTTP.

    Parameters
    ----------
    patience
        How often a request is repeated, and how long the pauses are.
    secrets
        Texts that must not appear in any message.
    sleep, chance, clock
        How to wait (s), a random number from 0 to 1, and a clock (s); tests give their own.
    """

    def __init__(
        self,
        patience: Patience,
        *,
        secrets: tuple[str, ...] = (),
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._patience = patience
        self._secrets = tuple(secret for secret in secrets if secret)
        self._sleep, self._chance, self._clock = sleep, chance, clock

    def __repr__(self) -> str:
        return "HttpClient()"

    def hide(self, secret: str) -> None:
        """Add a secret, which must not appear in any message."""
        self._secrets = (*self._secrets, secret) if secret else self._secrets

    def plain(self, text: str) -> str:
        """Return a service's text on one line, without markup, control characters and secrets."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        words = re.sub(r"<[^<>]*>", " ", text[: 20 * REASON_SHOWN])
        words = "".join(letter if letter.isprintable() else " " for letter in words)
        words = " ".join(words.split())
        return words[:REASON_SHOWN] + ("…" if len(words) > REASON_SHOWN else "")

    def ask(
        self,
        method: str,
        url: str,
        *,
        parse: Callable[[Reply], T],
        attempts: int | None = None,
        **question: Any,  # noqa: ANN401 - what `requests` takes: params, headers, data, files
    ) -> T:
        """
        Return a service's answer, as read by `parse`.

        Parameters
        ----------
        method, url, question
            As for `requests.request`.
        parse
            Reads an answer of status 200 or 206, or of a refusal (4xx); raises `NotWhole` when it
            is not whole, `NoAnswer` when asking again would not help.
        attempts
            At most; None: as the settings say.

        Raises
        ------
        NoAnswer
            When the service cannot be reached, refuses, or gives no usable answer in the end.
        """
        import requests
        import urllib3

        reason, asked_s, torn = "", 0.0, False
        times = attempts or self._patience.attempts
        for attempt in range(times):
            if attempt:
                self._sleep(self.wait_s(attempt, asked_s))
            if is_left_behind():
                msg = "there was no time left for it"
                raise NoAnswer(msg)
            asked_s, torn = 0.0, False
            try:
                reply = self._reply(method, url, question)
            except LateError:
                reason = "it did not answer in time"
                continue
            except UnicodeError:  # a token or a host outside of Latin-1
                msg = "its address or a token cannot be sent"
                raise NoAnswer(msg) from None
            except requests.RequestException as exc:
                if isinstance(exc, ValueError):  # InvalidURL, InvalidSchema, InvalidHeader
                    msg = "its address or a token cannot be sent"
                    raise NoAnswer(msg) from None
                reason = _why(exc)
                torn = reason == BROKE_OFF
                continue
            except urllib3.exceptions.HTTPError:  # what `requests` lets through
                reason, torn = BROKE_OFF, True
                continue
            except OSError:  # `requests` says so of certificates that are not there
                msg = "this machine's certificates cannot be read; check REQUESTS_CA_BUNDLE"
                raise NoAnswer(msg) from None
            except NotWhole as exc:
                reason = str(exc)
                continue
            if reply.status in AGAIN:
                reason = f"it answered {reply.status}"
                asked_s = _asked_s(reply.headers)
                continue
            if reply.status in REDIRECTED:
                text = "it redirects to another address; give the final one"
                raise NoAnswer(text, reply.status)
            try:
                return parse(reply)
            except NotWhole as exc:
                reason, torn = self.plain(str(exc)), isinstance(exc, Torn)
        raise NoAnswer(f"{reason}, {times} times" if times > 1 else reason, torn=torn)

    def _reply(self, method: str, url: str, question: Mapping[str, Any]) -> Reply:
        """Return an answer; `timeout_s` is for all of it, from the name server to its last byte."""
        from dispatch.supervision.line import Line  # here: `requests` takes a while to load

        line = Line()
        # One session a request: it may be left behind, still at work.
        session = line.session()

        def whole() -> Reply:
            with session:
                try:
                    return self._read(session, method, url, question)
                finally:
                    line.forget()

        return in_time(whole, self._patience.timeout_s, line.hang_up)

    def _read(
        self, session: requests.Session, method: str, url: str, question: Mapping[str, Any]
    ) -> Reply:
        headers = {
            "User-Agent": f"dispatch/{__version__}",
            "Accept-Encoding": "identity",
            **question.get("headers", {}),
        }
        patience, began = self._patience, self._clock()
        content = bytearray()
        with session.request(
            method,
            url,
            **{**question, "headers": headers},
            # Otherwise a ~/.netrc would take the place of our own Authorization.
            auth=_as_given,
            timeout=(patience.connect_s, patience.timeout_s),
            allow_redirects=False,
            stream=True,
        ) as answer:
            for chunk in answer.iter_content(CHUNK):
                content += chunk
                if len(content) > patience.body_mb * MEGABYTE:
                    msg = f"its answer is larger than {patience.body_mb:g} MB"
                    raise NoAnswer(msg)
                if self._clock() - began > patience.timeout_s:
                    # Tests give a clock of their own; otherwise `in_time` is first.
                    msg = "its answer did not end in time"
                    raise NotWhole(msg)
            found = {name.lower(): value for name, value in answer.headers.items()}
            return Reply(answer.status_code, found, bytes(content).decode("utf-8-sig", "replace"))

    def wait_s(self, attempt: int, asked_s: float) -> float:
        """Return the pause (s): as the service asks, or doubled; up to half of it is random."""
        doubled = self._patience.wait_s * 2 ** min(attempt - 1, 40) * (0.5 + self._chance() / 2)
        return float(min(max(doubled, asked_s), self._patience.wait_max_s))


def _as_given(question: requests.PreparedRequest) -> requests.PreparedRequest:
    return question


def _asked_s(headers: Mapping[str, str]) -> float:
    """Return the seconds of Retry-After (a number, or an instant after the answer's own date)."""
    wanted = headers.get("retry-after", "").strip()
    if wanted.isascii() and wanted.isdigit():
        return float(wanted[:9])
    try:
        until, now = parsedate_to_datetime(wanted), parsedate_to_datetime(headers["date"])
        return max(0.0, (until - now).total_seconds())
    except (KeyError, ValueError, TypeError, OverflowError):
        return 0.0


def _why(exc: requests.RequestException) -> str:
    """Return what went wrong; the exception's own text may hold an address with a secret query."""
    import requests

    if isinstance(exc, requests.Timeout):
        return "it did not answer in time"
    if isinstance(
        exc, (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)
    ):
        return BROKE_OFF
    if isinstance(exc, requests.exceptions.SSLError):
        return "the secure connection failed (certificate)"
    return "it cannot be reached"
