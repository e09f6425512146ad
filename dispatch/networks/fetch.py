"""One request to a service on the network, repeated while that may help.

The request is repeated after a refusal for too many requests (429), an overload (500, 502, 503,
504), a time-out, a broken connection or an incomplete answer. The wait doubles each time, or is as
long as the service asks. An answer has a time of its own, from the connection to its last byte.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, TypeVar

from dispatch.errors import TravelError
from dispatch.files.textfile import MEGABYTE
from dispatch.supervision.deadline import LateError, in_time
from dispatch.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from dispatch.streets.settings import BuildSettings

T = TypeVar("T")
HASTE = 429
AGAIN = frozenset({HASTE, 500, 502, 503, 504})
OK = 200
REASON_SHOWN = 200
CHUNK = 1 << 16
CONNECT_S = 15.0  # the service's own time limit begins after the connection
# Text in Overpass's status that says when it accepts the next query.
_SLOT = re.compile(r"in (\d+) seconds?")
LOCAL = (
    "without a network, give a local extract: `dispatch network build --from FILE.osm.pbf` "
    "(or .osm, or an OSMnx .graphml)"
)


def ask(
    url: str,
    fields: Mapping[str, str],
    settings: BuildSettings,
    *,
    parse: Callable[[str], T],
    method: str = "POST",
    status_url: str | None = None,
    on_stage: Callable[[str], None] = lambda _: None,
) -> T:
    """
    Return the parsed answer of a service.

    Parameters
    ----------
    url, fields, method
        Address, and the fields of a form (POST) or of a query (GET).
    settings
        Number and waits of attempts.
    parse
        Reads the answer; its ValueError means that the answer is not whole.
    status_url
        Address at which an Overpass server says when it has time.
    on_stage
        Called with the name of each stage.

    Raises
    ------
    TravelError
        When the service cannot be reached, refuses, or never gives a whole answer.
    """
    import requests

    reason = ""
    for attempt in range(settings.attempts):
        if attempt:
            wait = _wait_s(settings, attempt, reason, status_url)
            on_stage(f"{reason}; again in {wait:.0f} s")
            time.sleep(wait)
        try:
            answer, text = _answer(method, url, fields, settings)
        except LateError:
            reason = f"its answer was not whole after {settings.answer_s:.0f} s"
            continue
        except requests.RequestException as exc:
            if isinstance(exc, (requests.exceptions.InvalidURL, ValueError)):
                msg = f"{url} is no address of a service: {_plain(str(exc))}"
                raise TravelError(msg) from exc
            reason = _why(exc)
            continue
        if answer.status_code in AGAIN:
            reason = f"it answered {answer.status_code} ({_plain(answer.reason)})"
            continue
        if answer.status_code != OK:
            msg = f"{url} refused: {answer.status_code}, {_plain(text)}; {LOCAL}"
            raise TravelError(msg)
        try:
            return parse(text)
        except (ValueError, RecursionError) as exc:
            reason = f"its answer was not whole ({_plain(str(exc))})"
    msg = f"no use of {url}: {reason}, {settings.attempts} times; {LOCAL}"
    raise TravelError(msg)


def _answer(
    method: str, url: str, fields: Mapping[str, str], settings: BuildSettings
) -> tuple[requests.Response, str]:
    """Return an answer and its text; LateError when they are not there in time."""
    from dispatch.supervision.line import Line  # here: `requests` takes a while to load

    line = Line()
    # One session a request: it may be left behind, still at work.
    session = line.session()
    session.headers.update({"User-Agent": f"dispatch/{__version__}", "Referer": settings.referer})

    def whole() -> tuple[requests.Response, str]:
        with session:
            try:
                answer = session.request(
                    method,
                    url,
                    data=fields if method == "POST" else None,
                    params=fields if method == "GET" else None,
                    timeout=(CONNECT_S, settings.timeout_s + CONNECT_S),
                    stream=True,
                )
                return answer, bounded_text(answer, settings, url)
            finally:
                line.forget()

    return in_time(whole, settings.answer_s, line.hang_up)


def bounded_text(answer: requests.Response, settings: BuildSettings, url: str) -> str:
    """Return an answer's text, unpacked up to `answer_mb`; TravelError when it is larger."""
    content = bytearray()
    with answer:
        for piece in answer.iter_content(CHUNK):
            content += piece
            if len(content) > settings.answer_mb * MEGABYTE:
                msg = (
                    f"the answer of {url} is larger than {settings.answer_mb:g} MB; ask for a "
                    "smaller area, or raise answer_mb in [roads.build] of the service file"
                )
                raise TravelError(msg)
    return content.decode("utf-8", "replace")


def _wait_s(settings: BuildSettings, attempt: int, reason: str, status_url: str | None) -> float:
    """Return the wait: as long as the service says, or twice the last one."""
    wait = settings.wait_s * 2 ** (attempt - 1)
    if status_url is not None and f" {HASTE} " in reason:
        wait = max(wait, _asked_s(status_url, settings))
    return float(min(wait, settings.wait_max_s))


def _asked_s(status_url: str, settings: BuildSettings) -> float:
    """Return the seconds until the service has time; 0 when it does not say."""
    import requests

    try:
        _, text = _answer("GET", status_url, {}, settings)
    except (LateError, requests.RequestException, TravelError):
        return 0.0
    return float(min((int(found) for found in _SLOT.findall(text)), default=0))


def _why(exc: requests.RequestException) -> str:
    import requests

    if isinstance(exc, requests.Timeout):
        return "it did not answer in time"
    if isinstance(exc, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off in its answer"
    if isinstance(exc, requests.exceptions.SSLError):
        return f"the secure connection failed ({_plain(str(exc))})"
    return "it cannot be reached"


def _plain(text: str) -> str:
    """Return a service's text in one line without markup and control characters."""
    words = re.sub(r"<[^>]*>", " ", text)
    words = "".join(letter if letter.isprintable() else " " for letter in words)
    words = " ".join(words.split())
    return words[:REASON_SHOWN] + ("…" if len(words) > REASON_SHOWN else "")
