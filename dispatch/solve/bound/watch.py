"""Kernels of the proof end in their midst once the time is up: one call may take half a minute.

A kernel of labels, or of partial rounds, returns where its workspace is full, and says so. From
another thread the workspace is said to be full: the kernel returns, and what it made counts as
incomplete.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dispatch.solve.deadline import has_passed
from dispatch.solve.threads import WAKE_UP_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dispatch.solve.deadline import Deadline
    from dispatch.solve.threads import Threads


@contextmanager
def ended_in_time(
    deadline: Deadline | None, threads: Threads, end_kernels: Callable[[], None]
) -> Iterator[None]:
    """
    Call `end_kernels` again and again once the deadline has passed, or the threads are halted.

    Parameters
    ----------
    deadline, threads
        Of the search; the threads are halted by Ctrl-C.
    end_kernels
        Ends the kernels that run; one that starts later is ended by the next call.
    """
    done = threading.Event()

    def watch() -> None:
        while not done.wait(WAKE_UP_S):
            if has_passed(deadline) or threads.halted.is_set():
                end_kernels()

    watcher = threading.Thread(target=watch, name="end of the proof", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
