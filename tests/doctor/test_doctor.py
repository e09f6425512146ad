"""`dispatch doctor`: what it finds of a machine and of a job, with the remedy; exit codes."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dispatch.doctor import job, machine
from dispatch.doctor.finding import Finding, guarded
from dispatch.doctor.job import examine_job
from dispatch.errors import Fault, InputError
from dispatch.nightly.lock import only_run
from tests.support.command import run, run_process
from tests.support.night_fixture import DAY, EVENING, write_night

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def found(path: Path) -> dict[str, Finding]:
    """Return what is found of a job, by what was looked at."""
    return {finding.name: finding for finding in examine_job(path)}


@pytest.fixture
def file(tmp_path):
    """Return the configuration of a small job."""
    return write_night(tmp_path)


def test_a_machine_and_a_job_that_are_ready_give_0(tmp_path, monkeypatch):
    """The bundled roads are an approximation, which is said; nothing fails."""
    write_night(tmp_path)
    monkeypatch.chdir(tmp_path)
    ended = run_process("doctor", "--json")
    assert ended.returncode == 0, ended.stdout
    states = {each["name"]: each["state"] for each in json.loads(ended.stdout)}
    assert states == {
        "python": "ok", "packages": states["packages"], "kernels": "ok", "cache": "ok",
        "time zone": "ok", "encoding": states["encoding"], "fonts": states["fonts"],
        "configuration": "ok", "folder": "ok",
        "room": "ok", "runs": "ok", "last night": "ok", "store": "ok", "service": "ok",
        "store's disk": states["store's disk"],
        "roads": "warn", "tickets": "ok",
    }  # fmt: skip
    # Only looked at: neither folder nor store are made.
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "dispatch.db").exists()


def test_a_job_that_could_not_run_gives_1_with_what_to_do(tmp_path):
    """A table; every fault of the configuration."""
    config = write_night(tmp_path, more="[metrics]\nfile = 1\n")
    ended = run("doctor", "--config", config)
    assert ended.returncode == 1
    assert "fail" in ended.stdout
    assert "metrics.file" in ended.stdout


def test_what_was_never_found_is_a_failure_with_its_remedy():
    """An error of ours brings its own; a library's does not."""

    def ours() -> Finding:
        raise InputError([Fault("x.csv", "", None, "is empty; fill it")])

    def theirs() -> Finding:
        msg = "no symbol"
        raise OSError(msg)

    assert guarded("a", "install", ours) == Finding("a", "fail", "x.csv: is empty", "fill it")
    assert guarded("a", "install", theirs) == Finding("a", "fail", "OSError: no symbol", "install")


@pytest.mark.parametrize(
    ("spoil", "name", "state", "words"),
    [
        (lambda at: (at / "tickets.csv").unlink(), "tickets", "fail", "o such file"),
        (
            lambda at: (at / "tickets.csv").write_text("id,insee,lon,lat,duration_min\nV1,x,,,\n"),
            "tickets", "warn", "1 rejected",
        ),
        (lambda at: (at / "roster.csv").unlink(), "service", "fail", "there is no such file"),
        (lambda at: (at / "absences.csv").unlink(), "service", "warn", "there is no such file"),
        (lambda at: (at / "out").write_text(""), "folder", "fail", "is a file"),
        (lambda at: (at / "dispatch.db").write_text("x" * 999), "store", "fail", "dispatch.db"),
        (lambda at: (at / "out/.2026-11-25.new").mkdir(parents=True), "runs", "warn", "killed"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found(file, tmp_path, spoil, name, state, words):
    """Each where it belongs; the rest is examined all the same."""
    spoil(tmp_path)
    finding = found(file)[name]
    assert finding.state == state
    assert words in finding.found
    assert finding.remedy


def test_programs_and_places_that_are_not_there_are_found(tmp_path):
    """Of the notification and of the metrics."""
    more = '[notify]\ncommand = ["no-such-program"]\ntimeout_s = 1\n[metrics]\nfile = "no/d.prom"\n'
    states = found(write_night(tmp_path, more=more))
    assert "there is no such program" in states["notification"].found
    assert (states["notification"].state, states["metrics"].state) == ("fail", "fail")


def test_a_run_at_work_is_told(file, tmp_path):
    """Who, and since when."""
    with only_run(tmp_path / "out", DAY):
        assert ", for 2026-11-25)" in found(file)["runs"].found


def test_a_night_that_was_missed_is_told_with_the_command_that_makes_up_for_it(
    file, tmp_path, monkeypatch
):
    """On a Wednesday whose plan is not there; on the Sunday after a Friday's, all is well."""
    old = tmp_path / "out" / "2026-11-24"
    old.mkdir(parents=True)
    (old / "plan.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(job, "now_in_paris", lambda: EVENING + timedelta(days=1))
    finding = found(file)["last night"]
    assert (finding.state, finding.found) == ("warn", "2026-11-24 is the last day planned")
    assert finding.remedy.endswith("dispatch nightly --date 2026-11-25")
    old.rename(tmp_path / "out" / "2026-11-27")
    monkeypatch.setattr(job, "now_in_paris", lambda: EVENING + timedelta(days=5))
    assert found(file)["last night"].state == "ok"


def test_too_little_room_is_told(file, tmp_path, monkeypatch):
    """Two days must fit; a month should."""
    day = tmp_path / "out" / "2026-11-24"
    day.mkdir(parents=True)
    (day / "plan.json").write_bytes(b"x" * 1_000_000)
    for free, state in ((1_500_000, "fail"), (5_000_000, "warn"), (50_000_000, "ok")):
        usage = type("Usage", (), {"free": free})
        monkeypatch.setattr(job.shutil, "disk_usage", lambda _, usage=usage: usage)
        assert found(file)["room"].state == state


def test_versions_other_than_the_tested_ones_are_told(monkeypatch):
    """And a package that is not there is a failure."""
    assert machine.tested_versions()["numpy"]
    monkeypatch.setattr(machine, "requires", lambda _: ["numpy<3,>=2", "pytest; extra == 'dev'"])
    monkeypatch.setattr(machine, "tested_versions", lambda: {"numpy": "0.1"})
    finding = machine.examine_packages()
    assert (finding.state, "(tested: 0.1)" in finding.found) == ("warn", True)
    monkeypatch.setattr(machine, "requires", lambda _: ["no-such-package>=1", "numpy"])
    finding = machine.examine_packages()
    assert (finding.state, finding.found) == ("fail", "missing: no-such-package")
