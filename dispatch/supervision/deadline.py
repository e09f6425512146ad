"""A call that ends in time, or is left behind."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class LateError(Exception):
    """A call had not ended in time."""


def in_time(call: Callable[[], T], seconds: float, on_late: Callable[[], None] | None = None) -> T:
    """
    Return what a call returns, or raise what it raises, within a time.

    The call runs in a thread of its own, as reading a file, a name server or a socket may wait for
    ever and cannot be interrupted. A call that is late is left behind; it ends with the program at
    the latest, and what it returns is dropped.

    Parameters
    ----------
    call
        Must not rely on being in the main thread.
    seconds
        Time that it has.
    on_late
        Called when it is late, or Ctrl-C came: may make its waiting end.

    Raises
    ------
    LateError
        When it is late.
    """
    ended = threading.Event()
    found: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(call())
        except BaseException as error:  # raised in the waiting thread
            failed.append(error)
        finally:
            ended.set()

    threading.Thread(target=run, daemon=True).start()
    try:
        if not ended.wait(seconds):
            raise LateError
    except BaseException:
        if on_late is not None:
            on_late()
        raise
    if failed:
        raise failed[0]
    return found[0]
