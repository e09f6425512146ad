"""Edits by hand from end to end: `plan --edits`, kept over runs, weighed by `check`."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from dispatch.planday.inputs import PlanOptions
from dispatch.planday.run import plan_day
from tests.support.command import run
from tests.support.in_process import in_this_process
from tests.test_cli import HEADINGS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

VISITS = (
    "V1,33318,-0.632,44.806,30\nV2,33318,-0.640,44.800,30\n"
    "V3,33318,-0.630,44.810,45\nV4,33522,-0.590,44.800,30\n"
)
EDITS = """format = "dispatch-edits/1"
[[pin]]
visit = "V1"
technician = "T1"
at = "10:00"
[[drop]]
visit = "V2"
[[absent]]
technician = "T2"
from = "12:00"
"""


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Return the folder of Sud's day planned with edits, and how the command ended."""
    where = tmp_path_factory.mktemp("edited")
    (where / "visits.csv").write_text(f"{HEADINGS}\n{VISITS}", encoding="utf-8")
    (where / "roster.csv").write_text("id,centre,skills\nT1,sud,poste\nT2,sud,\n", encoding="utf-8")
    (where / "edits.toml").write_text(EDITS, encoding="utf-8")
    return where / "day", plan(where, "--edits", where / "edits.toml")


def plan(where: Path, *more: str | Path, out: str = "day") -> Any:  # noqa: ANN401 - a process
    """Plan Sud's day into a folder."""
    files = ["--visits", where / "visits.csv", "--technicians", where / "roster.csv"]
    options = ["--centre", "sud", "--effort", "quick", "--out", where / out]
    return run("plan", "--date", "2026-11-25", *files, *options, *more)


@pytest.fixture
def copied(planned: tuple[Path, Any], tmp_path: Path) -> Path:
    """Return a copy of everything, to go on with; the day is in `day`."""
    return shutil.copytree(planned[0].parent, tmp_path / "all")


def problem(folder: Path) -> Any:  # noqa: ANN401 - any JSON
    """Return Sud's problem as data."""
    return json.loads((folder / "problems/sud.json").read_text(encoding="utf-8"))


def test_the_problem_holds_the_edits_and_the_plan_keeps_them(planned):
    """What is dropped is listed as such; every edit is told."""
    folder, ended = planned
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.splitlines() == [
        "edit: T2 is absent from 12:00", "edit: drop V2", "edit: pin V1 to T1 at 10:00",
    ]  # fmt: skip
    by_id = {visit["id"]: visit for visit in problem(folder)["visits"]}
    assert set(by_id) == {"V1", "V3", "V4"}
    assert by_id["V1"]["technician"] == "T1"
    assert by_id["V1"]["windows_s"] == [[36_000, 36_000]]
    written = json.loads((folder / "plan.json").read_text(encoding="utf-8"))["plans"]["sud"]
    stops = {s["visit"]: (r["technician"], s) for r in written["rounds"] for s in r["stops"]}
    assert (stops["V1"][0], stops["V1"][1]["start_s"]) == ("T1", 36_000)
    table = (folder / "unassigned.csv").read_text(encoding="utf-8-sig")
    assert "V2" in table
    assert "Retirée à la main.;dropped_by_hand" in table


def test_check_tells_what_edits_cost_together_and_each(planned):
    """The plan keeps every rule, so the exit code is 0."""
    ended = run("check", planned[0])
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert lines[:3] == ["sud: no violation", "edits by hand: 3", "  T2 is absent from 12:00"]
    assert sum(line.strip().startswith("costs ") for line in lines) == 3
    assert lines[-2].startswith("  together: costs ")
    found = json.loads(run("check", planned[0], "--json", "--no-prices").stdout)
    assert found["sud"] == []
    assert [entry["state"] for entry in found["edits"]["entries"]] == ["applied"] * 3


def test_edits_are_put_in_again_by_the_next_run_and_gone_ones_are_told(copied):
    """Into the same folder; V2 is no longer asked for, which is not fatal."""
    rest = VISITS.replace("V2,33318,-0.640,44.800,30\n", "")
    (copied / "visits.csv").write_text(f"{HEADINGS}\n{rest}", encoding="utf-8")
    again = plan(copied)
    assert again.returncode == 0
    assert again.stderr.startswith("edits kept in inputs/edits.toml are applied again")
    assert "edit without effect: drop V2: V2 is not among the visits" in again.stderr
    assert problem(copied / "day")["visits"][0]["technician"] == "T1"


def test_edits_are_forgotten_on_request_and_for_another_day(copied, monkeypatch):
    """Nothing of them stays in the folder."""
    monkeypatch.setattr("dispatch.planday.plan.plan_all", in_this_process)
    request = PlanOptions(
        date=date(2026, 11, 25), out=copied / "day", visits=copied / "visits.csv",
        technicians=copied / "roster.csv", centres=("sud",), effort="quick",
    )  # fmt: skip
    kept = plan_day(request)
    assert kept.edits is not None
    assert [status.state for status in kept.statuses] == ["applied"] * 3
    for other in ({"keep_edits": False}, {"date": date(2026, 11, 26)}):
        folder = shutil.copytree(copied / "day", copied / str(*other))
        planned = plan_day(replace(request, out=folder, **other))
        assert (planned.edits, planned.statuses) == (None, ())
        assert len(problem(folder)["visits"]) == 4
        assert not (folder / "inputs/edits.toml").exists()
        assert not (folder / "inputs/unedited/sud.json").exists()


def test_an_impossible_edit_is_told_with_its_rule_and_its_visit_is_planned(copied):
    """Exit code 5; check repeats it. A lock takes its round from the plan before."""
    text = (
        'format = "dispatch-edits/1"\n[[pin]]\nvisit = "V1"\nat = "05:00"\n'
        '[[lock]]\ntechnician = "T1"\n'
    )
    (copied / "more.toml").write_text(text, encoding="utf-8")
    ended = plan(copied, "--edits", copied / "more.toml")
    assert ended.returncode == 5
    assert "impossible edit, not applied: pin V1 at 05:00" in ended.stderr
    assert "V1" in {visit["id"] for visit in problem(copied / "day")["visits"]}
    locked = [who["locked"] for who in problem(copied / "day")["technicians"] if "locked" in who]
    assert locked[0]["closed"] is True
    assert "V1" in locked[0]["visits"]
    found = run("check", copied / "day", "--no-prices")
    assert found.returncode == 0
    assert "IMPOSSIBLE pin V1 at 05:00" in found.stdout
    assert "(windows)" in found.stdout


def test_a_faulty_file_of_edits_is_refused_before_anything_is_planned(copied):
    """Exit code 2, with line, column and the nearest id; two options that contradict each other."""
    text = 'format = "dispatch-edits/1"\n[[drop]]\nvisit = "V22"\n'
    (copied / "bad.toml").write_text(text, encoding="utf-8")
    ended = plan(copied, "--edits", copied / "bad.toml")
    assert ended.returncode == 2
    assert "bad.toml:3:9: drop[0].visit: there is none of this id; did you mean V2" in ended.stderr
    both = plan(copied, "--edits", copied / "edits.toml", "--no-edits")
    assert both.returncode == 2


def test_a_problem_that_its_edits_do_not_make_is_found_out(copied):
    """Somebody changed the problem, or the edits, by hand."""
    path = copied / "day/inputs/edits.toml"
    text = path.read_text(encoding="utf-8").replace("12:00", "13:00")
    path.write_text(text, encoding="utf-8")
    ended = run("check", copied / "day")
    assert ended.returncode == 1
    assert "stated_edits: is not what its edits make of the unedited problem" in ended.stdout
