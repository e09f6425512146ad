"""A call that ends in time, or is left behind."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
# How often `is_over` is asked (seconds).
LOOK_EVERY_S = 0.1


class LateError(Exception):
    """A call had not ended in time."""


class _Caller(threading.Thread):
    """The thread of a call; `left` once nobody waits for it any more."""

    left = False


def is_left_behind() -> bool:
    """Return whether this code runs in a call that was late: what it does is in vain."""
    return isinstance(caller := threading.current_thread(), _Caller) and caller.left


def in_time(
    call: Callable[[], T],
    seconds: float,
    on_late: Callable[[], None] | None = None,
    *,
    is_over: Callable[[], bool] | None = None,
) -> T:
    """
    Return what a call returns, or raise what it raises, within a time.

    The call runs in a thread of its own, as reading a file, a name server or a socket may wait for
    ever and cannot be interrupted. A call that is late is left behind; it ends with the program at
    the latest, and what it returns is dropped. A long one looks at `is_left_behind`.

    Parameters
    ----------
    call
        Must not rely on being in the main thread.
    seconds
        Time that it has.
    on_late
        Called when it is late, or Ctrl-C came: may make its waiting end.
    is_over
        Asked now and then; where it says so, the call is late before its time.

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

    caller = _Caller(target=run, daemon=True)
    caller.start()
    try:
        until = time.monotonic() + seconds
        while not ended.wait(max(0.0, min(until - time.monotonic(), LOOK_EVERY_S))):
            if time.monotonic() >= until or (is_over is not None and is_over()):
                raise LateError
    except BaseException:
        caller.left = True
        if on_late is not None:
            on_late()
        raise
    if failed:
        raise failed[0]
    return found[0]
