"""The visits of `dispatch plan`: what `dispatch tickets check` takes, read alike."""

from __future__ import annotations

import csv
import json
from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest

from dispatch.data import data_path
from dispatch.errors import InputError
from dispatch.inputs.read import read_visits
from dispatch.planday.inputs import PlanOptions, read_inputs
from dispatch.service.service import read_service
from dispatch.territory import read_communes
from tests.support.command import run

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 11, 25)
HEADINGS = ["id", "lon", "lat", "duration_min", "priority", "address", "commune"]
GOOD = ["A", "-0,6310", "44,8060", "30", "2", "", "Pessac"]
FAULTY = ["B", "-0,6310", "44,8060", "long", "2", "", "Pessac"]
VAGUE = ["C", "-0,6310", "44,8060", "30", "bientôt", "", "Pessac"]
NOWHERE = ["D", "", "", "30", "2", "Place de la 5e République", "Pessac"]


def table(path: Path, *rows: list[str]) -> Path:
    """Write rows as CSV or as a spreadsheet, by the name."""
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for cells in (HEADINGS, *rows):
            book.active.append(cells)
        book.save(path)
    else:
        with path.open("w", encoding="cp1252", newline="") as file:
            csv.writer(file, delimiter=";").writerows([HEADINGS, *rows])
    return path


def test_the_sample_is_read_as_it_ever_was():
    """The tolerant reader gives the same tickets as the strict one, and has nothing to say."""
    inputs = read_inputs(PlanOptions(DAY))
    wanted = read_visits(data_path("samples/visits.csv"), read_service(), read_communes())
    assert inputs.tickets == tuple(wanted)
    assert inputs.reading is not None
    assert (inputs.reading.set_aside, inputs.reading.warnings) == ((), ())


@pytest.mark.parametrize("name", ["v.csv", "v.xlsx"])
def test_a_faulty_row_costs_itself_and_a_field_only_the_field(tmp_path: Path, name: str):
    """The others are planned; what waits for a position is told as well."""
    path = table(tmp_path / name, GOOD, FAULTY, VAGUE, NOWHERE)
    inputs = read_inputs(PlanOptions(DAY, visits=path))
    assert [(ticket.id, ticket.priority) for ticket in inputs.tickets] == [("A", 2), ("C", 3)]
    assert inputs.reading is not None
    assert [each.where for each in inputs.reading.set_aside] == ["line 3", "line 5"]
    assert [fault.value for fault in inputs.reading.left_out] == ["bientôt"]


def test_strict_stops_at_any_fault_and_tells_all(tmp_path: Path):
    """A row, a field, a position, a column."""
    path = table(tmp_path / "v.csv", GOOD, FAULTY, VAGUE, NOWHERE)
    path.write_text(path.read_text("cp1252").replace("address", "adresse;couleur"), "cp1252")
    with pytest.raises(InputError) as caught:
        read_inputs(PlanOptions(DAY, visits=path, strict=True))
    assert {fault.line for fault in caught.value.faults} == {1, 3, 4, 5}
    good = table(tmp_path / "g.csv", GOOD)
    assert len(read_inputs(PlanOptions(DAY, visits=good, strict=True)).tickets) == 1


@pytest.mark.parametrize("rows", [[FAULTY], [NOWHERE], []])
def test_a_file_without_any_row_to_plan_is_refused(tmp_path: Path, rows: list[list[str]]):
    """Every fault is told; nothing is planned from nothing."""
    with pytest.raises(InputError) as caught:
        read_inputs(PlanOptions(DAY, visits=table(tmp_path / "v.csv", *rows)))
    assert caught.value.faults


@pytest.mark.parametrize("asked", ["Sud", "sud", "SUD"])
def test_a_centre_is_known_by_its_name(asked: str):
    """As people write it; another name is refused with those that there are."""
    assert read_inputs(PlanOptions(DAY, centres=(asked,))).centres == ("sud",)
    with pytest.raises(InputError, match="there are bordeaux-metropole"):
        read_inputs(PlanOptions(DAY, centres=("Nord",)))


@pytest.mark.slow
def test_plan_and_check_say_the_same_of_one_file(tmp_path: Path):
    """The same tickets, the same rows set aside, whatever the exit code of each."""
    path = table(tmp_path / "v.xlsx", GOOD, FAULTY, VAGUE)
    checked = run("tickets", "check", path, "--json")
    planned = run(
        "plan", "--date", DAY.isoformat(), "--visits", path, "--centre", "Sud", "--effort", "quick",
        "--out", tmp_path / "out", "--json",
    )  # fmt: skip
    assert (checked.returncode, planned.returncode) == (1, 5)
    said, done = json.loads(checked.stdout), json.loads(planned.stdout)
    assert said["set_aside"] == done["set_aside"]
    kept = json.loads((tmp_path / "out" / "inputs" / "tickets.json").read_text("utf-8"))
    assert [each["id"] for each in kept["centres"]["sud"]] == [
        each["id"] for each in said["tickets"]
    ]
    assert "left out: v.xlsx:4:5: priority" in planned.stderr
    assert "1 row is not planned" in planned.stderr
    aside = (tmp_path / "out" / "set-aside.csv").read_text("utf-8-sig").splitlines()
    assert aside[1].startswith("2026-11-25;v.xlsx;line 3;;")
