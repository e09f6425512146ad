"""What runs in a process of a crew: it takes a job, works, and sends the result.

Every process has a line of its own to the main one. Nothing is shared among processes: no queue
and no lock, which a killed process would hold for ever.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from typing import TYPE_CHECKING, Any, Literal

from dispatch.errors import DispatchError

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    Kind = Literal["news", "done", "failed", "lost"]
    Tell = Callable[[Any], None]
    Work = Callable[[Any, Tell], Any]

NO_MEMORY = "ran out of memory"


def serve(line: Connection, stop: Connection) -> None:
    """
    Work on jobs until the line is closed.

    Parameters
    ----------
    line
        First brings a function and its arguments, which make the function that works; then jobs.
        For each job it takes news and, at last, the result.
    stop
        Closed by the main process when the job is to end with what it has.
    """
    # The main process handles Ctrl-C, and closes `stop`.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):  # it was kept waiting while this process started
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_follow_parent, daemon=True).start()

    def tell(news: Any) -> None:  # noqa: ANN401 - whatever the job tells
        line.send(("news", news))
        if stop.poll():
            raise KeyboardInterrupt

    try:
        make, arguments = line.recv()
        work: Work | None = None
        while True:
            job = line.recv()
            try:
                if work is None:
                    work = make(*arguments)
                answer: tuple[Kind, Any] = ("done", work(job, tell))
            except DispatchError as error:
                answer = ("failed", error)
            except MemoryError:
                line.send(("lost", NO_MEMORY))
                return
            except KeyboardInterrupt:
                answer = ("failed", DispatchError("it was ended before it had any result"))
            except Exception as error:  # one job's failure spares the rest
                answer = ("failed", DispatchError(f"{type(error).__name__}: {error}"))
            line.send(answer)
    except (EOFError, OSError):  # the main process wants no more
        return


def _follow_parent() -> None:
    """End this process when the main one is gone, even killed; a search would go on for long."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
