"""Ctrl-C held back, or noted: nothing inside is cut short, and nothing is forgotten."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from dispatch.interrupts import interruptions_held, interruptions_noted
from dispatch.nightly.ending import told_to_end
from tests.support.paths import ROOT

pytestmark = pytest.mark.slow


def test_ctrl_c_held_back_comes_at_the_end_of_the_block():
    """What stands in the block is done; what follows it is not."""
    done = []

    def told_meanwhile():
        with interruptions_held():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("inside")
        done.append("after")

    with pytest.raises(KeyboardInterrupt):
        told_meanwhile()
    assert done == ["inside"]


def test_ctrl_c_noted_cuts_nothing_short():
    """Twice told, the block still goes to its end; afterwards Ctrl-C is Python's again."""
    before = signal.getsignal(signal.SIGINT)
    with interruptions_noted(raised=False) as noted:
        assert noted == []
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert noted == [signal.SIGINT] * 2
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_ctrl_c_noted_and_raised_is_known_though_somebody_caught_it():
    """As a search does, which gives its best plan so far."""
    with interruptions_noted(raised=True) as noted, pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert noted == [signal.SIGINT]


def test_a_night_told_to_end_by_sigterm_is_noted_too():
    """Its own handler keeps which signal it was."""
    with told_to_end() as ending, interruptions_noted(raised=False) as noted:
        signal.raise_signal(signal.SIGTERM)
        assert noted == [signal.SIGTERM]
        assert ending.end.exit_code == 128 + signal.SIGTERM


def test_what_is_ignored_stays_ignored():
    """A process started in the background of a shell ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruptions_noted(raised=False) as noted:
            signal.raise_signal(signal.SIGINT)
        assert noted == []
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_thread_of_its_own_has_nothing_to_note():
    """Signals come to the main thread alone, and their handlers can be set by it alone."""
    seen = []

    def work():
        with interruptions_noted(raised=False) as noted:
            seen.append(noted)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [[]]


def test_a_suite_started_in_the_background_hears_ctrl_c_all_the_same():
    """A shell's `&` has its programs ignore it; the tests set the handler themselves."""
    suite = ["-q", "-p", "no:cacheprovider", "-k", "ctrl_c_noted", "tests/test_interrupts.py"]
    code = (
        "import signal, sys, pytest\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        f"sys.exit(pytest.main({suite}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stdout
