"""One night at a time: a second is refused and told who is at work; nothing stale in the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date

import pytest

from dispatch.nightly.lock import HOLDER, BusyError, holder, is_held, only_run

DAY = date(2026, 11, 25)
HOLD = """
import sys, time
from datetime import date
from pathlib import Path
from dispatch.nightly.lock import only_run

with only_run(Path(sys.argv[1]), date(2026, 11, 25)):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def other(tmp_path):
    """Return another process that holds the folder."""
    running = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with running:
        assert running.stdout is not None
        assert running.stdout.readline() == "held\n"
        yield running
        running.kill()


def test_a_second_run_is_refused_and_told_of_the_first(tmp_path, other):
    """Its process, since when, for which day; and what to do."""
    assert is_held(tmp_path)
    with pytest.raises(BusyError) as caught, only_run(tmp_path, DAY):
        pytest.fail("entered")
    told = str(caught.value)
    assert f"process {other.pid} on " in told
    assert ", for 2026-11-25)" in told
    assert told.endswith("wait for its end, or end it")
    assert caught.value.exit_code == 2


def test_a_run_that_was_killed_holds_nothing(tmp_path, other):
    """Though its note is still there."""
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    assert (tmp_path / HOLDER).exists()
    assert not is_held(tmp_path)
    with only_run(tmp_path, DAY):
        assert f"process {os.getpid()} on " in holder(tmp_path)
    assert not (tmp_path / HOLDER).exists()


def test_one_run_after_the_other(tmp_path):
    """In the same process too; the folder is made."""
    for _ in range(2):
        with only_run(tmp_path / "new" / "out", DAY):
            pass
    assert not is_held(tmp_path / "new" / "out")
    assert not is_held(tmp_path / "never")


@pytest.mark.parametrize("note", ["", "{", "[]", '{"process": "x"}', '{"process": 1}'])
def test_a_note_that_cannot_be_read_says_nothing(tmp_path, note):
    """As when a run is refused while the other still writes it."""
    (tmp_path / HOLDER).write_text(note, encoding="utf-8")
    assert holder(tmp_path) == ""
