"""Parts of one search side by side in threads: kernels let go of the interpreter while they run.

The items are the same for any number of threads, and results are taken in the order of the
items. So plans do not depend on the machine.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

Item = TypeVar("Item")
Result = TypeVar("Result")

# How often the waiting thread wakes up, for Ctrl-C and for progress to pass on (seconds).
WAKE_UP_S = 0.05


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Threads:
    """
    Threads that live from call to call; with one, the calling thread does everything.

    Parameters
    ----------
    count
        Number of threads; None: one for each processor.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = cores() if count is None else count
        self.halted = threading.Event()
        self._pool = ThreadPoolExecutor(self.count) if self.count > 1 else None

    def __enter__(self) -> Self:
        """Return the threads, which end with the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the threads; running functions see `halted`."""
        if self._pool is not None:
            if error is not None:
                self.halted.set()
            self._pool.shutdown()

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        on_wait: Callable[[], None] | None = None,
    ) -> list[Result]:
        """
        Return the function's results, in the order of the items.

        Parameters
        ----------
        function
            Called for each item, in as many threads as there are. A long function looks at `halted`
            now and then, and ends early where it is set.
        items
            Its arguments.
        on_wait
            Called in this thread now and then while it waits; an exception of it ends the work.

        Notes
        -----
        On an exception in this thread, Ctrl-C included, `halted` is set. The exception is passed
        on once the threads have ended.
        """
        todo = list(items)
        if self._pool is None or len(todo) < 2:
            return [function(item) for item in todo]
        running = [self._pool.submit(function, item) for item in todo]
        try:
            left = set(running)
            while left:
                _, left = wait(left, WAKE_UP_S)
                if on_wait is not None:
                    on_wait()
            return [future.result() for future in running]
        except BaseException:
            self.halted.set()
            for future in running:
                future.cancel()
            wait(running)
            self.halted.clear()
            raise
