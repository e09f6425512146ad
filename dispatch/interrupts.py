"""Ctrl-C, held back while it would do harm."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


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
