"""A day planned in memory: nothing is written, edits can be tried, files say what was planned."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from dispatch import PlanOptions, check, plan_of, read_inputs
from dispatch.edits.model import Drop, Edits, Lock, Pin
from dispatch.folder.write import read_day
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
