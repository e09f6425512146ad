"""Processes that work on jobs, watched by the main process.

A process may be killed, stand still, take too much memory or too long. Its job is then lost, and
the others go on in processes of their own. Each lost job is tried again once, alone, after the
others; lost again, it has failed. A job asked to end in time gives what it has.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Self

from dispatch.errors import DispatchError
from dispatch.interrupts import interruptions_held
from dispatch.supervision.hand import FAREWELL_S, Hand
from dispatch.supervision.vitals import machine_memory_mb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType

    Job = tuple[str, Any]

# How often the processes are looked at (seconds).
EVERY_S = 0.1


class WorkerLostError(DispatchError):
    """The process of a job was lost, twice; or there was no time left."""

    exit_code = 4


@dataclass(frozen=True)
class Bounds:
    """
    What a job and its process may take.

    Parameters
    ----------
    job_s
        Time of a job (seconds); after it the job is asked for what it has. None: any.
    until
        Instant of the monotonic clock at which every job is asked likewise. None: none.
    grace_s
        How long a job that was asked may go on, before its process is ended.
    halt_s
        How long all jobs may go on after Ctrl-C, likewise.
    stalled_s
        How long a process may use no processor time at all: then it was stopped, or hangs.
    memory_mb
        Resident memory of all processes together; a job that is tried alone may take all of it.
        None: three quarters of the machine's.
    """

    job_s: float | None = None
    until: float | None = None
    grace_s: float = 60.0
    halt_s: float = 60.0
    stalled_s: float = 30.0
    memory_mb: float | None = None


@dataclass(frozen=True)
class Outcome:
    """
    What became of a job: `value`, or `error`.

    Parameters
    ----------
    name
        The job's.
    value
        Its result, where `error` is None.
    error
        Why it has none.
    lost
        How its process was lost the first time; empty: it was not.
    """

    name: str
    value: Any = None
    error: DispatchError | None = None
    lost: str = ""


class Crew:
    """
    Processes that work on jobs, within a `with` block.

    Parameters
    ----------
    make, arguments
        A function of a module, and its arguments; called in each process, it makes the function
        that works: `work(job, tell)` returns a job's result. It may call `tell(news)`, which raises
        `KeyboardInterrupt` when the job is to end with what it has.
    size
        Number of processes.
    bounds
        What a job may take.
    """

    def __init__(
        self,
        make: Callable[..., Any],
        arguments: tuple[Any, ...] = (),
        *,
        size: int,
        bounds: Bounds | None = None,
    ) -> None:
        self._made = (make, arguments)
        self._size = max(1, size)
        self._bounds = bounds or Bounds()
        memory_mb = self._bounds.memory_mb
        if memory_mb is None:
            memory_mb = (machine_memory_mb() or 0.0) * 3 / 4 or None
        self._memory_mb = memory_mb
        self._events: SimpleQueue[tuple[Hand, str, Any]] = SimpleQueue()
        self._busy: list[Hand] = []
        self._idle: list[Hand] = []
        self._ends: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every process."""
        self._end_all()

    def halt(self, grace_s: float) -> None:
        """
        Ask every job, running or waiting, for what it has.

        Parameters
        ----------
        grace_s
            How long they may go on, all together; then the processes are ended.
        """
        ends = time.monotonic() + grace_s
        self._ends = ends if self._ends is None else min(self._ends, ends)
        for hand in (*self._busy, *self._idle):
            hand.ask_to_end()

    def run(
        self,
        jobs: Mapping[str, Any],
        *,
        on_news: Callable[[str, Any], None] | None = None,
        on_look: Callable[[], None] | None = None,
        again: bool = True,
    ) -> Iterator[Outcome]:
        """
        Yield what became of each job, in the order in which they end.

        Parameters
        ----------
        jobs
            By name; begun in their order.
        on_news
            Takes a job's name and what it told.
        on_look
            Called now and then, in this thread.
        again
            Whether a lost job is tried again, alone.
        """
        lost: dict[str, str] = {}
        for outcome in self._worked_off(jobs.items(), self._size, on_news, on_look):
            if not outcome.lost:
                yield outcome
            elif again and self._ends is None and not self._late():
                lost[outcome.name] = outcome.lost
            else:
                yield replace(outcome, error=_once(outcome.lost))
        if lost:
            self._end_all()
        for name, first in lost.items():
            for outcome in self._worked_off([(name, jobs[name])], 1, on_news, on_look):
                error = _twice(first, outcome.lost) if outcome.lost else outcome.error
                yield replace(outcome, error=error, lost=first)

    def _worked_off(
        self,
        jobs: Iterable[Job],
        size: int,
        on_news: Callable[[str, Any], None] | None,
        on_look: Callable[[], None] | None,
    ) -> Iterator[Outcome]:
        """Yield the outcomes of jobs; of a lost one with how it was lost, and no error."""
        todo = deque(jobs)
        while todo or self._busy:
            while todo and len(self._busy) < size:
                name, job = todo.popleft()
                failed = self._begin(name, job)
                if failed is not None:
                    yield failed
            yield from self._heard(on_news)
            if on_look is not None:
                on_look()
            yield from self._watched(size)

    def _late(self) -> bool:
        now, until = time.monotonic(), self._bounds.until
        return (until is not None and now >= until) or (self._ends is not None and now > self._ends)

    def _begin(self, name: str, job: object) -> Outcome | None:
        """Give a job to a process; return its outcome where that cannot be done."""
        if self._late():
            return Outcome(name, error=WorkerLostError("there was no time left for it"))
        if not self._idle:
            try:
                # A process that still loads must not get Ctrl-C.
                with interruptions_held():
                    self._idle.append(Hand(self._made, self._events))
            except OSError as error:
                return Outcome(name, lost=f"could not be started ({error.strerror})")
        hand = self._idle.pop()
        if self._ends is not None:
            hand.ask_to_end()
        self._busy.append(hand)
        hand.give(name, job)
        return None

    def _heard(self, on_news: Callable[[str, Any], None] | None) -> Iterator[Outcome]:
        """Yield the outcomes that have come; wait a moment for one."""
        wait_s = EVERY_S
        while True:
            try:
                hand, kind, value = self._events.get(timeout=wait_s)
            except Empty:
                return
            wait_s = 0.0
            if hand not in self._busy:  # ended before, or idle
                if hand in self._idle:
                    self._idle.remove(hand)
                    hand.kill()
                continue
            if kind == "news":
                if on_news is not None:
                    on_news(hand.name, value)
                continue
            if kind == "lost":
                yield self._lose(hand, value or hand.how_it_ended())
                continue
            self._busy.remove(hand)
            if hand.asked is not None and self._ends is None:
                hand.kill()  # it would end every other job at once
            else:
                self._idle.append(hand)
            if kind == "done":
                yield Outcome(hand.name, value)
            else:
                yield Outcome(hand.name, error=value)

    def _watched(self, size: int) -> Iterator[Outcome]:
        """Look at every process; end those that are past their bounds, and yield their jobs."""
        bounds, now = self._bounds, time.monotonic()
        share_mb = None if self._memory_mb is None else self._memory_mb / size
        for hand in list(self._busy):
            took_mb = hand.look()
            ends = [hand.began + bounds.job_s] if bounds.job_s is not None else []
            ends += [bounds.until] if bounds.until is not None else []
            if ends and now >= min(ends):
                hand.ask_to_end()
            if share_mb is not None and took_mb > share_mb:
                yield self._lose(hand, f"took more than {share_mb:.0f} MB of memory")
            elif hand.idle_s > bounds.stalled_s:
                yield self._lose(hand, f"stood still for {bounds.stalled_s:g} s")
            elif self._ends is not None and now > self._ends:
                yield self._lose(hand, "had not ended when it was asked to")
            elif hand.asked is not None and now > hand.asked + bounds.grace_s:
                yield self._lose(hand, f"had not ended after {now - hand.began:.0f} s")

    def _lose(self, hand: Hand, why: str) -> Outcome:
        self._busy.remove(hand)
        hand.kill()
        return Outcome(hand.name, lost=why)

    def _end_all(self) -> None:
        for hand in self._idle:
            hand.dismiss()
        for hand in self._busy:
            hand.kill()
        until = time.monotonic() + FAREWELL_S
        for hand in self._idle:
            hand.kill(max(0.0, until - time.monotonic()))
        self._idle, self._busy = [], []


def _once(why: str) -> WorkerLostError:
    return WorkerLostError(f"the process that worked on it {why}, and no time was left")


def _twice(first: str, second: str) -> WorkerLostError:
    return WorkerLostError(
        f"the process that worked on it {first}; tried again, alone, it {second}; where memory is "
        "short, give the machine more, or plan with fewer processes"
    )
