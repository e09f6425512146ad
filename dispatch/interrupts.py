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

    Notes
    -----
    The mask of this thread is what started processes inherit. It alone holds nothing back here:
    the system hands the signal to another thread, such as one of numpy's, and Python then runs
    the handler in the main thread all the same. So the handler waits too.
    """
    held: list[int] = []
    handler = signal.getsignal(signal.SIGINT)
    waiting: dict[int, Handler] = {}
    if callable(handler):
        waiting[signal.SIGINT] = lambda number, _: held.append(number)
    masks = hasattr(signal, "pthread_sigmask")  # Windows has none
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masks else None
    try:
        with signals_handled(waiting):
            yield
    finally:
        if before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if held:
            signal.raise_signal(signal.SIGINT)


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
