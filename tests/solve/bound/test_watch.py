"""The kernels of a proof are ended once its time is up, and not before."""

from __future__ import annotations

import threading

import pytest

from dispatch.solve.bound.watch import ended_in_time
from dispatch.solve.deadline import Deadline
from dispatch.solve.threads import Threads

# A loaded machine may be slow; a watch that never calls must not hang the tests.
PATIENCE_S = 60


@pytest.mark.parametrize("reason", ["deadline", "halted"])
def test_kernels_are_ended_again_and_again_once_the_time_is_up(reason):
    """One that begins after the first call must end too."""
    calls, enough = [], threading.Event()

    def end_kernels() -> None:
        calls.append(1)
        if len(calls) == 3:
            enough.set()

    with Threads(1) as threads:
        if reason == "halted":
            threads.halted.set()
        deadline = Deadline(0.0) if reason == "deadline" else None
        with ended_in_time(deadline, threads, end_kernels):
            assert enough.wait(PATIENCE_S)
    ended = len(calls)
    assert not any(thread.name == "end of the proof" for thread in threading.enumerate())
    assert len(calls) == ended


def test_nothing_is_ended_while_there_is_time():
    """Nor where there is no time limit."""
    calls = []
    for deadline in (None, Deadline(3_600), Deadline(net_s=3_600)):
        with Threads(1) as threads, ended_in_time(deadline, threads, lambda: calls.append(1)):
            threading.Event().wait(0.15)
    assert calls == []
