"""Jobs that end their process, stop it, fill it or dawdle: for tests of a crew."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from dispatch.errors import InputError

HELD: list[bytes] = []


def worker(folder: str = ""):
    """Return the function that does a job, such as "double 3" or "killed once"."""

    def work(job: str, tell):
        what, _, rest = job.partition(" ")
        if rest == "once":
            mark = Path(folder) / what
            if mark.exists():
                return f"{what} and done"
            mark.touch()
        return DEEDS[what](rest, tell)

    return work


def double(rest: str, tell):
    """Tell the number, and return twice as much."""
    tell(int(rest))
    return 2 * int(rest)


def killed(_rest: str, _tell):
    """End as a process that the system kills."""
    os.kill(os.getpid(), signal.SIGKILL)


def stopped(_rest: str, _tell):
    """Stop, until somebody continues it."""
    os.kill(os.getpid(), signal.SIGSTOP)


def filled(rest: str, _tell):
    """Take memory (MB), and keep it a while."""
    HELD.append(b"x" * (int(rest or 400) * 1_000_000))
    time.sleep(30)


def starved(_rest: str, _tell):
    """Fail as where the system gives no memory."""
    raise MemoryError


def refused(_rest: str, _tell):
    """Fail by an error of ours."""
    source = "a.csv"
    raise InputError.one(source, "is wrong")


def unforeseen(_rest: str, _tell):
    """Fail by an error that is none of ours."""
    raise ZeroDivisionError(_rest)


def obedient(_rest: str, tell):
    """Go on until asked to end; then return what there is."""
    count = 0
    try:
        while True:
            count += 1
            tell(count)
            time.sleep(0.01)
    except KeyboardInterrupt:
        return "so far"


def deaf(_rest: str, _tell):
    """Go on and on, and look at nothing; asleep, as nobody is to wait for its processor."""
    while True:
        time.sleep(0.01)


def large(rest: str, _tell):
    """Return more than a pipe holds."""
    return "x" * int(rest)


DEEDS = {
    name: made
    for name, made in vars().copy().items()
    if callable(made) and name not in ("worker", "Path", "InputError")
}


def ended_by_the_system(_context: object) -> None:
    """Stand for a worker that takes too much memory."""
    os._exit(9)
