"""One process of a crew, as the main process holds it."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from dispatch.supervision.vitals import vitals_of
from dispatch.supervision.worker import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

# A look that comes late says nothing about the time since the last one: this process may have
# been stopped as well.
LOOK_S = 1.0
# How long an idle process has to end by itself before it is killed (seconds).
FAREWELL_S = 1.0
BROKEN = "lost"


class Hand:
    """
    A process, its line, and the thread that reads it.

    The thread alone sends and receives: of a stopped process, each could wait for ever.

    Parameters
    ----------
    made
        The function that makes what works, and its arguments.
    events
        Takes `(hand, kind, value)`: see `worker.serve`; "lost" when the line breaks.
    """

    def __init__(self, made: tuple[Any, tuple[Any, ...]], events: SimpleQueue[Any]) -> None:
        context = multiprocessing.get_context("spawn")
        self._line, line = context.Pipe()
        stop, self._stop = context.Pipe(duplex=False)
        self._inbox: SimpleQueue[Any] = SimpleQueue()
        self._made, self._events = made, events
        self._process = context.Process(target=serve, args=(line, stop))
        try:
            with _signals_wait():
                self._process.start()
        except BaseException:
            self._line.close()
            self._stop.close()
            raise
        finally:
            line.close()
            stop.close()
        self.name = ""
        self.began = 0.0
        self.asked: float | None = None
        """When the job was asked to end with what it has (by the monotonic clock)."""
        self.idle_s = 0.0
        """For how long the process has used no processor time."""
        self._worked, self._looked = -1, 0.0
        self._thread = threading.Thread(target=self._attend, daemon=True)
        self._thread.start()

    def give(self, name: str, job: object) -> None:
        """Give the process a job."""
        self.name, self.began = name, time.monotonic()
        self.idle_s, self._worked, self._looked = 0.0, -1, self.began
        self._inbox.put(job)

    def ask_to_end(self) -> None:
        """Ask for the result so far, of this job and of all later ones."""
        if self.asked is None:
            self.asked = time.monotonic()
            self._stop.close()

    def look(self) -> float:
        """Return the process's memory (MB; 0: not known), and count how long it stands still."""
        now = time.monotonic()
        found = vitals_of(self._process.pid or 0)
        if found is None:
            return 0.0
        if found.worked != self._worked:
            self.idle_s = 0.0
        else:
            self.idle_s += min(now - self._looked, LOOK_S)
        self._worked, self._looked = found.worked, now
        return found.resident_mb

    def how_it_ended(self) -> str:
        """Return how the process ended by itself."""
        self._process.join(FAREWELL_S)
        code = self._process.exitcode
        if code is not None and code < 0:
            return f"was ended by signal {-code}"
        return "ended by itself" if code is None else f"ended by itself with {code}"

    def dismiss(self) -> None:
        """Let an idle process end; `kill` makes sure of it."""
        self._inbox.put(None)

    def kill(self, patience_s: float = 0.0) -> None:
        """End the process, after waiting so long for it to end by itself."""
        if patience_s:
            self._process.join(patience_s)
        self._process.kill()
        self._process.join(FAREWELL_S)
        self._inbox.put(None)
        self._thread.join(FAREWELL_S)
        if not self._stop.closed:
            self._stop.close()
        with suppress(ValueError):  # a process that the system cannot end just now
            self._process.close()

    def _attend(self) -> None:
        """Send jobs and pass on answers, until the line breaks or no more jobs come."""
        _block_broken_pipes()
        try:
            self._line.send(self._made)
            while (job := self._inbox.get()) is not None:
                self._line.send(job)
                kind = "news"
                while kind == "news":
                    kind, value = self._line.recv()
                    self._events.put((self, kind, value))
        except Exception:  # a broken line, or what cannot be pickled
            self._events.put((self, BROKEN, None))
        finally:
            self._line.close()


def _block_broken_pipes() -> None:
    if hasattr(signal, "pthread_sigmask"):  # Windows has no such signal
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})


@contextmanager
def _signals_wait() -> Iterator[None]:
    """
    Let signals wait while a process starts.

    A write to a process that is gone raises an error, also where SIGPIPE ends programs. Ctrl-C
    reaches the new process only once it has its own answer (`worker.serve`): until then, Python
    would print a traceback from the middle of an import.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # It lets Ctrl-C through when it starts: let it start before.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE, signal.SIGINT})
    try:
        yield
    finally:
        if signal.SIGPIPE in signal.sigpending() and signal.SIGPIPE not in before:
            signal.sigwait({signal.SIGPIPE})
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
