"""What stands in deploy/: accepted by systemd, no root, nothing that is not pinned."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from configparser import ConfigParser

import pytest

from tests.support.paths import ROOT

DEPLOY = ROOT / "deploy"
SERVICE, TIMER = "dispatch-nightly.service", "dispatch-nightly.timer"


def section(name: str, part: str) -> dict[str, str]:
    """Return a section of a unit; of keys that stand twice, the last."""
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / name, encoding="utf-8")
    return dict(unit[part])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_accepts_the_units(tmp_path):
    """With a program that is there in place of the installed one."""
    text = (DEPLOY / SERVICE).read_text(encoding="utf-8")
    here = text.replace("/opt/dispatch/bin/dispatch", sys.executable)
    (tmp_path / SERVICE).write_text(here, encoding="utf-8")
    shutil.copy(DEPLOY / TIMER, tmp_path)
    ended = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / SERVICE, tmp_path / TIMER],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    ours = [line for line in ended.stderr.splitlines() if "dispatch" in line]
    assert (ended.returncode, ours) == (0, [])


def test_the_service_may_write_its_own_folders_only():
    """And has no rights to gain; workers are left to the main process when it is ended."""
    service = section(SERVICE, "Service")
    assert service["User"] == "dispatch"
    assert (service["ProtectSystem"], service["NoNewPrivileges"]) == ("strict", "yes")
    assert (service["CapabilityBoundingSet"], service["KillMode"]) == ("", "mixed")
    assert "ReadWritePaths" not in service
    # Compiled kernels need pages that are written and then run.
    assert "MemoryDenyWriteExecute" not in service
    assert not re.search(r"TOKEN|PASSWORD", "".join(service.values()))


def test_the_timer_fires_on_evenings_of_weekdays_in_paris():
    """Also where the machine is on another clock."""
    timer = section(TIMER, "Timer")
    assert timer["OnCalendar"] == "Mon..Fri *-*-* 19:30:00 Europe/Paris"
    assert timer["Persistent"] == "true"


def test_the_container_is_pinned_and_not_root():
    """Plain names of images with versions; the last user is a number above root's."""
    lines = (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines()
    images = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert images
    assert all(re.fullmatch(r"[a-z]+:\d+\.\d+[a-z0-9.-]*", image) for image in images)
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert int(users[-1]) > 0
    copied = [word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]]
    top = DEPLOY.parent
    assert all((top / word).exists() for word in copied if not word.startswith(("--", "/")))


def test_cron_runs_the_same_command_as_systemd():
    """At the same time, without being root."""
    lines = (DEPLOY / "dispatch.cron").read_text(encoding="utf-8").splitlines()
    [line] = [line for line in lines if "nightly --config" in line]
    assert line.split()[:6] == ["30", "19", "*", "*", "1-5", "dispatch"]
    assert section(SERVICE, "Service")["ExecStart"] in line


def test_no_secret_is_delivered():
    """The names of variables, and no values."""
    lines = (DEPLOY / "secrets.env.example").read_text(encoding="utf-8").splitlines()
    assert all(line.endswith("=") for line in lines if line and not line.startswith("#"))
