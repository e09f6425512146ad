"""`dispatch nightly` as systemd starts it: its process, its workers, signals, exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from dispatch.cli import app
from dispatch.folder.write import read_day
from dispatch.nightly import run as night
from dispatch.nightly.lock import only_run
from tests.support.command import COMMAND, ENVIRONMENT, PATIENCE_S, run, run_process
from tests.support.night_fixture import DAY, PERSONAL, write_night

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def command(*arguments: str | Path) -> list[str]:
    """Return the command's words."""
    return [*COMMAND, *map(str, arguments)]


def test_a_night_ends_with_0_and_can_be_checked(tmp_path):
    """JSON on the output, the log alone on the error output: an event a line, nothing personal."""
    config = write_night(tmp_path, more='[log]\nformat = "json"\n')
    ended = run_process("nightly", "--config", config, "--date", "25/11/2026", "--json")
    assert ended.returncode == 0
    told = json.loads(ended.stdout)
    assert (told["date"], told["exit_code"], told["tickets"]["planned"]) == ("2026-11-25", 0, 4)
    events = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [events[0]["event"], events[-1]["event"]] == ["night_started", "night_done"]
    assert not [word for word in PERSONAL if word in ended.stdout + ended.stderr]
    assert read_day(tmp_path / "out" / "latest")[0].date == DAY
    assert run("check", tmp_path / "out" / "latest").returncode == 0


def test_sigterm_ends_a_night_in_order(tmp_path):
    """143, no folder, no worker left, and the log says so."""
    config = write_night(tmp_path)
    running = subprocess.Popen(
        command("nightly", "--config", config, "--date", DAY.isoformat()),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT,
        start_new_session=True,
    )  # fmt: skip
    with running:
        try:
            assert running.stderr is not None
            while "event=planning" not in (line := running.stderr.readline()):
                assert line, "the night ended by itself"
            running.send_signal(signal.SIGTERM)
            rest = running.stderr.read()
            assert running.wait(PATIENCE_S) == 143
        finally:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
    assert "event=night_ended" in rest
    assert "signal=SIGTERM" in rest
    assert "Traceback" not in rest
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".nightly.lock"]


def test_a_night_that_cannot_begin_ends_with_2(tmp_path):
    """No configuration; another run at work, of which the log tells."""
    ended = run("nightly", "--config", tmp_path / "none.toml")
    assert (ended.returncode, "there is no such file" in ended.stderr) == (2, True)
    config = write_night(tmp_path)
    with only_run(tmp_path / "out", DAY):
        ended = run("nightly", "--config", config, "--date", DAY.isoformat())
    assert (ended.returncode, ended.stdout) == (2, "")
    [line] = ended.stderr.splitlines()
    assert "event=another_run_at_work" in line
    assert f"process {os.getpid()} on " in line


def test_a_date_that_is_none_is_refused(tmp_path):
    """By the command line itself."""
    ended = run("nightly", "--config", write_night(tmp_path), "--date", "2026-02-30")
    assert ended.returncode == 2
    assert "write it as 2026-11-25" in ended.stderr


def test_what_nobody_foresaw_ends_with_4_and_does_not_say_what_it_found(tmp_path, monkeypatch):
    """A traceback in a journal would: the log has the place."""

    def broken(*_: object, **__: object) -> None:
        msg = "Jeanne Secret"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr(night, "read_setting", broken)
    ended = CliRunner().invoke(app, ["nightly", "--config", str(write_night(tmp_path))])
    assert ended.exit_code == 4
    assert "kind=ZeroDivisionError" in ended.output
    assert "Jeanne" not in ended.output
