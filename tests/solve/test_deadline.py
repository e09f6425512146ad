"""What ends a search early: a time limit by the wall clock, a net by processor time."""

from __future__ import annotations

import math
import time

import pytest

from dispatch.solve.deadline import Deadline, has_passed


@pytest.fixture
def clocks(monkeypatch):
    """Set both clocks by hand: [wall, processor], in seconds."""
    now = [100.0, 10.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "process_time", lambda: now[1])
    return now


def test_without_a_limit_nothing_passes(clocks):
    """However late it is."""
    deadline = Deadline()
    clocks[:] = [1e9, 1e9]
    assert not deadline.passed
    assert deadline.left_s == math.inf
    assert not deadline.is_asked
    assert not has_passed(None)


def test_a_time_limit_goes_by_the_wall_clock(clocks):
    """Ten seconds from the moment it is made."""
    deadline = Deadline(10.0)
    clocks[0] = 104.0
    assert (deadline.passed, deadline.left_s) == (False, 6.0)
    clocks[0] = 110.0
    assert (deadline.passed, deadline.left_s) == (True, 0.0)
    clocks[0] = 400.0
    assert deadline.left_s == 0.0
    assert has_passed(deadline)


def test_a_net_goes_by_processor_time(clocks):
    """A process that is stopped for a day has spent nothing."""
    deadline = Deadline(net_s=5.0)
    clocks[:] = [86_500.0, 14.9]
    assert not deadline.passed
    assert not deadline.is_asked
    clocks[1] = 15.0
    assert deadline.passed


def test_an_earlier_deadline_leaves_a_share(clocks):
    """A tenth of what is left; a net is not shared out."""
    deadline = Deadline(50.0, net_s=5.0)
    clocks[0] = 110.0
    assert deadline.earlier(0.1).left_s == pytest.approx(36.0)
    clocks[1] = 15.0
    assert deadline.earlier(0.1).passed
    assert Deadline().earlier(0.1).left_s == math.inf
