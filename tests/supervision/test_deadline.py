"""A call ends in its time, or is left behind and knows it."""

from __future__ import annotations

import threading
import time

import pytest

from dispatch.supervision.deadline import LateError, in_time, is_left_behind


def test_what_a_call_returns_or_raises_comes_through():
    """As if there were no thread."""
    assert in_time(lambda: 3, 5) == 3
    with pytest.raises(ZeroDivisionError):
        in_time(lambda: 1 // 0, 5)


def test_a_late_call_is_left_behind_and_told_so():
    """Whoever waits goes on; what may end the call is called."""
    wake, seen = threading.Event(), []

    def call():
        wake.wait(5)
        seen.append(is_left_behind())

    began = time.monotonic()
    with pytest.raises(LateError):
        in_time(call, 0.05, wake.set)
    assert time.monotonic() - began < 2
    until = time.monotonic() + 2
    while not seen and time.monotonic() < until:
        time.sleep(0.01)
    assert seen == [True]
    assert not is_left_behind()


def test_a_call_that_is_waited_for_is_not_left_behind():
    """It may go on asking."""
    assert in_time(is_left_behind, 5) is False
