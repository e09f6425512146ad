"""The notification command: told by JSON, within a time, without a shell and without secrets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from dispatch.nightly.config import NotifySection
from dispatch.nightly.notify import tell

NIGHT = {"exit_code": 5, "date": "2026-11-25", "note": "é"}


def section(*command: str, **values: object) -> NotifySection:
    """Return a section with this command."""
    return NotifySection(**{"command": command, "timeout_s": 30.0, **values})


def test_the_night_is_read_on_the_standard_input(tmp_path):
    """As one JSON object; the arguments are as configured, whatever a shell would make of them."""
    code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_bytes(sys.stdin.buffer.read())"
    told = tmp_path / "$(id) ;told"
    assert tell(section(sys.executable, "-c", code, str(told)), NIGHT) is None
    assert json.loads(told.read_text(encoding="utf-8")) == NIGHT


@pytest.mark.parametrize(("when", "exit_code", "tells"), [
    ("always", 0, True), ("trouble", 0, False), ("trouble", 5, True),
])  # fmt: skip
def test_it_is_told_always_or_of_trouble_only(tmp_path, when, exit_code, tells):
    """As the configuration says."""
    mark = tmp_path / "told"
    night = {**NIGHT, "exit_code": exit_code}
    assert tell(section("/usr/bin/env", "touch", str(mark), when=when), night) is None
    assert mark.exists() == tells


def test_tokens_and_passwords_are_not_handed_on(tmp_path, monkeypatch):
    """Of the source and the store; what else is in the environment stays."""
    for name in ("GLPI_APP_TOKEN", "GLPI_USER_TOKEN", "PGPASSWORD", "OUR_GLPI", "SMTP_HOST"):
        monkeypatch.setenv(name, "value-of-" + name)
    out = tmp_path / "env"
    code = "import os, sys, pathlib; pathlib.Path(sys.argv[1]).write_text(str(dict(os.environ)))"
    assert tell(section(sys.executable, "-c", code, str(out)), NIGHT, ["OUR_GLPI"]) is None
    seen = out.read_text(encoding="utf-8")
    assert "value-of-SMTP_HOST" in seen
    assert not [
        word for word in ("APP_TOKEN", "USER_TOKEN", "PGPASSWORD", "OUR_GLPI") if word in seen
    ]


def test_one_that_hangs_is_ended_with_all_that_it_started(tmp_path):
    """After its time."""
    mark = tmp_path / "late"
    script = f"(sleep 3; touch {mark}) & sleep 60"
    started = time.monotonic()
    trouble = tell(section("/bin/sh", "-c", script, timeout_s=0.3), NIGHT)
    assert trouble == "the notification command had not ended after 0.3 s"
    assert time.monotonic() - started < 3
    time.sleep(max(0.0, 3.5 - (time.monotonic() - started)))
    assert not mark.exists()


def test_one_that_hangs_is_ended_where_there_are_no_sessions(monkeypatch):
    """As on Windows, which knows neither `killpg` nor SIGKILL."""
    monkeypatch.delattr(os, "killpg")
    monkeypatch.delattr(signal, "SIGKILL")
    monkeypatch.setattr(subprocess.Popen, "kill", subprocess.Popen.terminate)
    started = time.monotonic()
    trouble = tell(section("/usr/bin/env", "sleep", "60", timeout_s=0.3), NIGHT)
    assert trouble == "the notification command had not ended after 0.3 s"
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("/bin/sh", "-c", "exit 3"), "ended with 3"),
        (("/no/such/program",), "cannot be started (No such file or directory)"),
        (("/tmp",), "cannot be started (Permission denied)"),  # a folder
        (("a\0b",), "cannot be started (ValueError)"),
    ],
)
def test_what_goes_wrong_is_told_in_a_sentence(command, words):
    """And raises nothing."""
    assert str(tell(section(*command), NIGHT)).endswith(words)
