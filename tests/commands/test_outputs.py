"""Whoever reads a night's outputs may go away, or read no more: the night goes to its end."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time

import pytest

from dispatch.commands import outputs
from dispatch.commands.outputs import ErrorOutput, readers_may_go
from dispatch.folder.write import read_day
from tests.support.command import COMMAND, ENVIRONMENT, PATIENCE_S
from tests.support.night_fixture import DAY, TICKETS, write_night

GONE = """
import signal, sys
from contextlib import suppress
from dispatch.commands.outputs import ErrorOutput, readers_may_go

signal.signal(signal.SIGPIPE, signal.SIG_DFL)
with readers_may_go():
    error = ErrorOutput()
    for _ in range(3):
        with suppress(OSError):
            error.write("lost")
            error.flush()
    with suppress(OSError):
        sys.stdout.write("lost as well")
sys.exit(5)
"""


def test_an_exit_code_stays_where_nobody_reads():
    """Not 141 by SIGPIPE, and not 120 for what could not be flushed at the end."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as gone:
        ended = subprocess.run(
            [sys.executable, "-c", GONE], stdout=gone, stderr=gone, env=ENVIRONMENT,
            timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    assert ended.returncode == 5


def test_a_reader_that_reads_no_more_holds_nobody(monkeypatch):
    """Lines are dropped after a moment, until it reads again."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with os.fdopen(reader, "rb") as full, os.fdopen(writer, "w") as output:
        while True:
            try:
                os.write(writer, b"x" * 4096)
            except BlockingIOError:
                break
        monkeypatch.setattr(sys, "stderr", output)
        monkeypatch.setattr(outputs, "PATIENCE_MS", 50)
        error, began = ErrorOutput(), time.monotonic()
        for _ in range(20):
            error.write("dropped\n")
            error.flush()
        assert time.monotonic() - began < 1
        full.read(65_536)
        error.write("read\n")
        error.flush()
        assert full.read1(100) == b"read\n"


def test_an_output_without_a_file_is_written_as_it_is(monkeypatch):
    """As in notebooks and tests."""
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with readers_may_go():
        ErrorOutput().write("told")
    assert sys.stderr.getvalue() == "told"


def test_the_handler_of_broken_pipes_is_given_back():
    """Other commands end quietly by it."""
    before = signal.getsignal(signal.SIGPIPE)
    with readers_may_go():
        assert signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN
    assert signal.getsignal(signal.SIGPIPE) == before


@pytest.mark.slow
def test_a_night_without_readers_ends_as_it_would(tmp_path):
    """The log's reader is gone, the output's too, and the notification command reads nothing."""
    more = '[notify]\ncommand = ["true"]\ntimeout_s = 20.0\n'
    config = write_night(tmp_path, more=more, tickets={"V1": TICKETS["V1"]})
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as gone:
        ended = subprocess.run(
            [*COMMAND, "nightly", "--config", config, "--date", DAY.isoformat(), "--json"],
            stdout=gone, stderr=gone, env=ENVIRONMENT, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    assert ended.returncode == 0
    assert read_day(tmp_path / "out" / "latest")[0].date == DAY
