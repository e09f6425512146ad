"""A day planned in memory: nothing is written, edits can be tried, files say what was planned."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from dispatch import PlanOptions, check, plan_of, read_inputs
from dispatch.chances import tell
from dispatch.commands.remarks import report_untold
from dispatch.edits.model import Drop, Edits, Lock, Pin
from dispatch.folder.write import read_day
from dispatch.nightly.keep import note_centres
from dispatch.planday.write import write_day
from dispatch.solve.side_by_side import Settings
from tests.support.in_process import in_this_process

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 11, 25)
VISITS = """id,insee,lon,lat,duration_min
V1,33318,-0.632,44.806,30
V2,33318,-0.640,44.800,30
V3,33056,-0.640,44.910,30
"""
QUICK = Settings("quick", 1)


@pytest.fixture
def inputs(tmp_path, monkeypatch):
    """Return two visits of the centre sud and one of ouest-nord, read from a file."""
    monkeypatch.chdir(tmp_path)
    visits = tmp_path / "visits.csv"
    visits.write_text(VISITS, encoding="utf-8")
    return read_inputs(PlanOptions(DAY, visits=visits, centres=("sud", "ouest-nord")))


def files_in(folder: Path) -> list[str]:
    """Return the names of all files below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_day_is_planned_and_nothing_is_written(inputs, tmp_path):
    """Each centre has a sound plan; the folder holds what it held."""
    day = plan_of(inputs, search=QUICK, planner=in_this_process)
    assert files_in(tmp_path) == ["visits.csv"]
    assert (day.exit_code, day.failures, day.statuses) == (0, {}, ())
    assert list(day.plans) == ["sud", "ouest-nord"]
    for shown in day.centres.values():
        assert check(shown.problem, shown.plan) == []
        assert sorted(shown.lines) == sorted(round_.technician for round_ in shown.plan.rounds)


def test_a_visit_waits_until_its_earliest_day(inputs, tmp_path):
    """On that day it is planned; the day before it is told, with the day, and not planned."""
    first = {"V1": DAY + timedelta(days=1), "V2": DAY}
    tickets = tuple(
        ticket.model_copy(update={"earliest_day": first.get(ticket.id)})
        for ticket in inputs.tickets
    )
    day = plan_of(replace(inputs, tickets=tickets), search=QUICK, planner=in_this_process)
    assert list(day.centres["sud"].problem.visit) == ["V2"]
    assert [ticket.id for ticket in day.later["sud"]] == ["V1"]
    assert day.later["ouest-nord"] == ()
    write_day(day, tmp_path / "out")
    rows = (tmp_path / "out" / "unassigned.csv").read_text("utf-8-sig").splitlines()
    [row] = [row for row in rows if ";V1;" in row]
    assert "Pas avant le 26/11/2026.;not_yet" in row
    kept = (tmp_path / "out" / "inputs" / "tickets.json").read_text("utf-8")
    assert '"V1"' not in kept


def test_edits_are_tried_without_a_folder(inputs):
    """A drop and a pin of today, and a lock that takes its visits from the rounds given."""
    who = next(entry.technician.id for entry in inputs.roster if entry.centre == "ouest-nord")
    other = next(entry.technician.id for entry in inputs.roster if entry.centre == "sud")
    edits = Edits((Drop("V1"), Lock(other), Pin("V3", who)), rounds={other: ("V2",)})
    seen = []
    day = plan_of(inputs, edits, search=QUICK, planner=in_this_process, on_edits=seen.append)
    assert [status.state for status in day.statuses] == ["applied"] * 3
    assert [status.state for status in seen[0]] == ["applied"] * 3
    assert [ticket.id for ticket in day.edited.dropped["sud"]] == ["V1"]
    rounds = {r.technician: r for plan in day.plans.values() for r in plan.rounds}
    assert [stop.visit for stop in rounds[other].stops] == ["V2"]
    assert [stop.visit for stop in rounds[who].stops] == ["V3"]
    # The inputs are as they were: without the edits, every visit is planned.
    again = plan_of(inputs, search=QUICK, planner=in_this_process)
    assert sum(len(r.stops) for plan in again.plans.values() for r in plan.rounds) == 3


def test_edits_of_the_inputs_are_applied_unless_others_are_given(inputs):
    """As `dispatch plan --edits` reads them."""
    with_edits = replace(inputs, edits=Edits((Drop("V1"),)))
    day = plan_of(with_edits, search=QUICK, planner=in_this_process)
    assert list(day.centres["sud"].problem.visit) == ["V2"]
    day = plan_of(with_edits, Edits(), search=QUICK, planner=in_this_process)
    assert list(day.centres["sud"].problem.visit) == ["V1", "V2"]


def test_a_plan_tells_how_sure_it_is_and_is_the_same_without(inputs):
    """Of an older service file, which states no uncertainty, the plan is the same to the byte."""
    day = plan_of(inputs, search=QUICK, planner=in_this_process)
    told = [found.technician for found in day.centres["sud"].chances.rounds]
    assert told == [round_.technician for round_ in day.plans["sud"].rounds]
    assert day.untold == {}
    older = replace(inputs, service=inputs.service.model_copy(update={"uncertainty": None}))
    before = plan_of(older, search=QUICK, planner=in_this_process)
    assert all(shown.chances is None for shown in before.centres.values())
    assert rounds_of(day) == rounds_of(before)
    with_chances, without = (json.loads(each.as_file().to_json()) for each in (day, before))
    assert set(with_chances) - set(without) == {"chances"}
    assert list(with_chances["chances"]) == list(day.plans)


def rounds_of(day):
    """Return the rounds of each centre of a day as data."""
    return {centre: plan.to_dict()["rounds"] for centre, plan in day.plans.items()}


def test_chances_that_cannot_be_told_cost_no_plan(inputs, monkeypatch):
    """The day says of which centres, and why; the commands and the night's log tell it."""
    why = "none left"

    def fail(day, uncertainty):
        raise MemoryError(why)

    monkeypatch.setattr(tell, "chances_of", fail)
    day = plan_of(inputs, search=QUICK, planner=in_this_process)
    assert list(day.plans) == ["sud", "ouest-nord"]
    assert day.untold == dict.fromkeys(day.plans, "MemoryError: none left")
    assert "chances" not in json.loads(day.as_file().to_json())
    console = Console(file=io.StringIO(), width=200)
    report_untold(console, day.untold)
    assert console.file.getvalue().splitlines()[0] == (
        "sud: planned, but how sure it is cannot be told (MemoryError: none left)"
    )
    said = []
    log = SimpleNamespace(say=lambda *words, **values: said.append((words, values)))
    run = SimpleNamespace(report=SimpleNamespace(centres={}, failures={}), log=log)
    note_centres(run, SimpleNamespace(present=()), day)
    assert said[0] == (
        ("chances_not_told", "warning"),
        {"centre": "sud", "note": "MemoryError: none left"},
    )


@pytest.mark.slow
def test_what_is_written_is_the_planned_day(inputs, tmp_path):
    """`plan.json` and the problems, read back, are those of the day; twice the same files."""
    day = plan_of(inputs, search=QUICK, planner=in_this_process)
    for name in ("one", "two"):
        write_day(day, tmp_path / name)
    written, problems = read_day(tmp_path / "one")
    assert written == day.as_file()
    assert {name: problem.sha256 for name, problem in problems.items()} == {
        name: shown.problem.sha256 for name, shown in day.centres.items()
    }
    assert files_in(tmp_path / "one") == files_in(tmp_path / "two")
    assert {"index.html", "map-sud.html", "stops.csv", "plan.json"} <= set(
        files_in(tmp_path / "one")
    )
