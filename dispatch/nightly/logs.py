"""The log of unattended runs: one event a line, as text (logfmt) or JSON, nothing personal in it.

A field may be a number or a truth value. It may be a text only under a name in `TEXTS`, whose
values this program makes itself (a date, a centre's id, a class of error). Any other text is
withheld, so that no ticket's text, requester or token can reach a log.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol
from zoneinfo import ZoneInfo

import structlog

from dispatch.errors import InputError

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from dispatch.errors import DispatchError

Level = Literal["info", "warning", "error"]
Scalar = int | float | bool | str | None
# The names under which a text may stand, each with what it says.
TEXTS = {
    "date": "the planned day",
    "centre": "a centre's id",
    "kind": "the class of an error",
    "reason": "what is wrong with a file or a place of the operator's, as `reason_of` puts it",
    "where": "file, line and function of an unforeseen error",
    "network": "name of the roads",
    "effort": "quick, standard, thorough",
    "version": "of dispatch",
    "folder": "that was written",
    "source": "kind of ticket source",
    "signal": "that ended the run",
    "note": "a sentence of this program's own",
    "ticket": "a ticket's id, made harmless",
}
WITHHELD = "(withheld)"
# A text is a name or a sentence; a file that has faults in every line has many.
TEXT_CHARS = 2000
PARIS = ZoneInfo("Europe/Paris")


class Stream(Protocol):
    """A stream to which lines are written."""

    def write(self, text: str, /) -> object:
        """Write a text."""
        ...

    def flush(self) -> object:
        """Flush the text."""
        ...


class Log:
    """
    A log of events.

    Parameters
    ----------
    stream
        Where it is written; None: nowhere.
    form
        "text": `timestamp=... level=... event=...`; "json": an object a line.
    """

    def __init__(self, stream: Stream | None, form: Literal["text", "json"] = "text") -> None:
        self._stream = stream
        last: Any = (
            structlog.processors.JSONRenderer(ensure_ascii=False)
            if form == "json"
            else structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "event"], bool_as_flag=False
            )
        )
        self._logger: Any = structlog.wrap_logger(
            None,
            processors=[_withhold, _stamp, last, self._write],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            context_class=dict,
        )

    def say(self, event: str, level: Level = "info", **fields: Scalar) -> None:
        """
        Write an event.

        Parameters
        ----------
        event
            Its name: lower case, words joined by `_`.
        level
            "info"; "warning" where somebody should look, "error" where there is no result.
        fields
            Numbers, truth values, and texts under names of `TEXTS`.
        """
        getattr(self._logger, level)(event, level=level, **fields)

    def _write(self, _logger: object, _method: str, line: Any) -> Any:  # noqa: ANN401 - rendered
        if self._stream is not None:
            with suppress(OSError):  # a log that is full or gone does not end the night
                self._stream.write(line + "\n")
                self._stream.flush()
        raise structlog.DropEvent  # written; there is no logger behind this one


def reason_of(error: DispatchError) -> str:
    """
    Return what is wrong, without the values that were found.

    An `InputError` names files, lines, columns and what to write there; the cell itself may
    hold anything, so it stays out.

    Parameters
    ----------
    error
        Any error of ours.
    """
    if not isinstance(error, InputError):
        return str(error)
    told = []
    for fault in error.faults:
        at = "".join(f":{number}" for number in (fault.line, fault.column) if number)
        where = f" {fault.where}:" if fault.where else ""
        told.append(f"{fault.source}{at}:{where} {fault.message}")
    return "; ".join(told)


def _withhold(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if name in ("event", "level") or value is None or isinstance(value, bool | int | float):
            continue
        if name in TEXTS and isinstance(value, str):
            plain = "".join(c if c.isprintable() else " " for c in value[:TEXT_CHARS])
            event[name] = plain if len(value) <= TEXT_CHARS else plain[:-1] + "…"
        else:
            event[name] = WITHHELD
    return event


def _stamp(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    now = datetime.now(PARIS).isoformat(timespec="milliseconds")
    return {"timestamp": now, "level": event.pop("level"), "event": event.pop("event"), **event}
