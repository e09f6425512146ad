"""`dispatch assess` as people run it: in a process of its own, with every exit code."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from dispatch.data import data_path
from tests.support.command import COMMAND, ENVIRONMENT, PATIENCE_S, run, run_process

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

INTERRUPTED = 128 + signal.SIGINT


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a service file with some five visits a day."""
    text = data_path("service.toml").read_text(encoding="utf-8")
    text = text.replace("incidents = 45_000", "incidents = 2_000")
    text = text.replace("requests = 15_000", "requests = 700")
    path = tmp_path_factory.mktemp("service") / "small.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def assessed(service, tmp_path_factory):
    """Return the folder of two splits on one day, and how the command ended."""
    folder = tmp_path_factory.mktemp("assessed") / "new" / "folder"
    options = ["--split", "2019", "--split", "nearest", "--days", "1", "--workers", "1"]
    # Ranked as well: every admissible split is listed.
    return folder, run_process("assess", *options, "--service", service, "--out", folder)


def test_two_bundled_splits_are_compared_and_written(assessed):
    """A table on the terminal, a report in the folder, nothing on the error side."""
    folder, ended = assessed
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "nearest against 2019, at 95 %: driving: " in ended.stdout
    assert "approximation" in ended.stdout
    result = json.loads((folder / "assess.json").read_text(encoding="utf-8"))
    assert list(result["summary"]["splits"]) == ["2019", "nearest"]
    assert [row["admissible"] for row in result["ranks"]] == [11420, 11420]
    assert (folder / "rangs.csv").is_file()
    assert (folder / "rapport.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_an_interrupted_run_says_so_and_goes_on(assessed, service):
    """More days in the same folder: Ctrl-C ends with its own code; the next run finishes."""
    folder, _ = assessed
    options = ["--split", "2019", "--split", "nearest", "--workers", "1"]
    options += ["--service", str(service), "--out", str(folder), "--no-rank"]
    process = subprocess.Popen(
        [*COMMAND, "assess", *options, "--days", "40"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    deadline = time.monotonic() + PATIENCE_S
    while len(list((folder / "replays").iterdir())) < 3 and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == INTERRUPTED
    assert "the same command goes on from there" in told
    kept = len(list((folder / "replays").rglob("*.json")))
    assert kept >= 7
    again = run("assess", *options, "--days", "2", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["days"] == 2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--split", "nowhere.csv"], "no such file and no such bundled split"),
        (["--seed", "2"], "rest on another seed"),
        (["--days", "0"], "--days"),
    ],
    ids=["split", "seed", "days"],
)
def test_what_cannot_be_done_ends_with_two(assessed, service, options, told):
    """And names the culprit."""
    folder, _ = assessed
    ended = run("assess", *options, "--service", service, "--out", folder)
    assert ended.returncode == 2
    assert told in ended.stderr
