"""Ctrl-C, delayed or noted while it would do harm."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Handler = Callable[[int, Any], object]

# Signals that ask a program to end.
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptions_held() -> Iterator[None]:
    """
    Delay Ctrl-C until the end of the block, and block it in processes started in the block.

    A library that is half loaded may fail in any way. And a terminal sends Ctrl-C to every process:
    a worker would die while it still loads.

    Notes
    -----
    Started processes inherit the signal mask of this thread. In this process the mask is not
    enough: the system gives the signal to another thread, such as one of numpy's, and Python runs
    the handler in the main thread all the same. So the handler is replaced as well.
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
    Give a list to which the signal's number is added when Ctrl-C comes.

    Parameters
    ----------
    raised
        Whether `KeyboardInterrupt` is raised too, to be caught inside the block. Otherwise no
        step inside is interrupted; the code in the block has to look at the list.

    Notes
    -----
    SIGTERM is treated alike if its handler raises `KeyboardInterrupt`. Outside the main thread no
    signal comes, and the list stays empty.
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
    """Install handlers of signals until the end of the block; only in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
