"""Outputs whose reader may go away, or read no more: neither ends a night nor holds it."""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

# How long a reader may let a line wait (milliseconds); then lines are dropped until it reads.
PATIENCE_MS = 2000


class ErrorOutput:
    """The error output at the moment of writing; above the progress display, if there is one."""

    def __init__(self) -> None:
        self._waits_ms = PATIENCE_MS

    def write(self, text: str) -> None:
        """Write a line, if its reader takes it."""
        if not self._is_taken():
            return
        sys.stderr.write(text)

    def flush(self) -> None:
        """Hand it on; where nobody reads any more, nothing is written from now on."""
        try:
            sys.stderr.flush()
        except OSError:
            _lead_nowhere(sys.stderr)

    def _is_taken(self) -> bool:
        """Return whether a line can be written without waiting for long."""
        number = _number_of(sys.stderr)
        # A pipe takes a line at once where it has room for one; terminals and files always do.
        if number is None or not hasattr(select, "poll") or sys.stderr.isatty():
            return True
        poll = select.poll()
        poll.register(number, select.POLLOUT)
        taken = bool(poll.poll(self._waits_ms))
        self._waits_ms = PATIENCE_MS if taken else 0
        return taken


@contextmanager
def readers_may_go() -> Iterator[None]:
    """
    Ignore within the block that readers go away; they cannot end the program, nor its exit code.

    Python raises `BrokenPipeError` where it writes to such a reader. At the end of the block,
    outputs without a reader lead nowhere: what is left in them would change the exit code.
    """
    # Windows has no such signal; only the main thread may say what becomes of one.
    pipes = hasattr(signal, "SIGPIPE")
    before = None
    with suppress(ValueError):
        before = signal.signal(signal.SIGPIPE, signal.SIG_IGN) if pipes else None
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                _lead_nowhere(stream)
        if before is not None:
            signal.signal(signal.SIGPIPE, before)


def _lead_nowhere(stream: TextIO) -> None:
    number = _number_of(stream)
    if number is None:
        return
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)


def _number_of(stream: TextIO) -> int | None:
    """Return the number of a stream's file; None: it has none."""
    try:
        return stream.fileno()
    except (OSError, ValueError, AttributeError):
        return None
