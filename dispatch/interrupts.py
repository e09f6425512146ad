"""Ctrl-C, held back or noted where it would do harm."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Handler = Callable[[int, Any], object]

# What tells a program to end.
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptions_held() -> Iterator[None]:
    """
    Hold Ctrl-C back until the end of the block, and for good in processes started in it.

    Libraries that are half loaded when it comes may fail in ways of their own. And a
    terminal sends it to every process: a worker would die of it while it still loads.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def interruptions_noted(*, raised: bool) -> Iterator[list[int]]:
    """
    Give a list that gains the signal's number when Ctrl-C comes.

    Parameters
    ----------
    raised
        Whether `KeyboardInterrupt` is raised too, for someone inside to catch. Where it is
        not, no step inside can be cut short by it; whoever waits has to look at the list.

    Notes
    -----
    SIGTERM is treated alike where its handler makes a `KeyboardInterrupt` of it. Outside the
    main thread neither ever comes, and the list stays empty.
    """
    noted: list[int] = []

    def noting(handler: Handler) -> Handler:
        def note(number: int, frame: Any) -> None:  # noqa: ANN401 - as `signal` gives it
            try:
                handler(number, frame)
            except KeyboardInterrupt:
                noted.append(number)
                if raised:
                    raise

        return note

    before = {number: signal.getsignal(number) for number in SIGNALS}
    with signals_handled(
        {n: noting(handler) for n, handler in before.items() if callable(handler)}
    ):
        yield noted


@contextmanager
def signals_handled(handlers: Mapping[int, Handler]) -> Iterator[None]:
    """Handle signals so until the end of the block; outside the main thread, as before."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
