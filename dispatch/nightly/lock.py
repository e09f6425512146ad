"""One night at a time in a folder: a second run is refused, with the first run's process.

The lock is the operating system's (`flock`). It ends with the process that holds it, so that a
killed run blocks nobody. A note beside it names the holder; it counts only while the lock is held.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from dispatch.errors import InputError
from dispatch.nightly.calendar import now_in_paris

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

LOCK = ".nightly.lock"
HOLDER = ".nightly.holder.json"


class BusyError(InputError):
    """Another run is at work in the folder."""


@contextmanager
def only_run(folder: Path, day: date) -> Iterator[None]:
    """
    Hold a folder of days for one run.

    Parameters
    ----------
    folder
        Where days' folders are written; made where it is missing.
    day
        The planned day, for the message of a run that is refused.

    Raises
    ------
    BusyError
        When another run holds it; who, since when, and for which day.
    InputError
        When the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        lock.acquire(timeout=0)
    except Timeout as error:
        message = f"another run is at work here{holder(folder)}; wait for its end, or end it"
        raise BusyError.one(str(folder), message) from error
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"cannot be written ({reason}); choose another place or free this one"
        raise InputError.one(str(folder), message) from error
    try:
        note = {
            "process": os.getpid(),
            "host": socket.gethostname(),
            "since": now_in_paris().isoformat(timespec="seconds"),
            "date": day.isoformat(),
        }
        # Written in place: a kill would leave a file beside, and half a note is ignored by readers.
        # A full disk is reported when the day is written.
        with suppress(OSError):
            (folder / HOLDER).write_text(json.dumps(note) + "\n", encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            (folder / HOLDER).unlink(missing_ok=True)
        lock.release()


def holder(folder: Path) -> str:
    """Return the holder as a part of a sentence; empty when its note cannot be read."""
    try:
        note = json.loads((folder / HOLDER).read_text(encoding="utf-8"))
        return (
            f" (process {int(note['process'])} on {str(note['host'])!r} since {note['since']},"
            f" for {note['date']})"
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""


def is_held(folder: Path) -> bool:
    """Return whether a run is at work in a folder."""
    if not (folder / LOCK).exists():
        return False
    try:
        with FileLock(folder / LOCK).acquire(timeout=0):
            return False
    except Timeout:
        return True
