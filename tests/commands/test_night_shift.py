"""A night shift from its table to every page and sheet, and a replan after midnight."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from tests.support.command import run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

TECHNICIANS = """\
id;centre;skills;shift;break_min
N1;bordeaux-metropole;poste;18h-2h;0
"""
VISITS = """\
id;insee;collectivity;lon;lat;duration_min;windows
SOIR;33063;;-0,5550;44,8428;60;20h-21h
NUIT;33063;;-0,5843;44,8378;30;23h30-0h30
TARD;33063;;-0,5700;44,8400;20;1h-1h15
"""
EVENTS = """\
format = "dispatch-events/1"
[[done]]
visit = "NUIT"
start = 00:10:00
"""


def starts(folder: Path) -> list[tuple[str, str]]:
    """Return visits and their starts as `stops.csv` shows them."""
    text = (folder / "stops.csv").read_text(encoding="utf-8-sig")
    return [
        (row["Visite"], row["Début"]) for row in csv.DictReader(text.splitlines(), delimiter=";")
    ]


def test_a_night_is_planned_checked_printed_and_replanned_after_midnight(tmp_path):
    """From six to two: 01:00 on the next day is 25:00 in the problem and 01:00 (+1) for people."""
    for name, text in (("t.csv", TECHNICIANS), ("v.csv", VISITS), ("e.toml", EVENTS)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    out, later = tmp_path / "day", tmp_path / "later"
    tables = ("--visits", tmp_path / "v.csv", "--technicians", tmp_path / "t.csv")
    planned = run(
        "plan", "--date", "2026-11-25", "--centre", "bordeaux-metropole", *tables,
        "--effort", "quick", "--out", out,
    )  # fmt: skip
    assert planned.returncode == 0, planned.stderr
    assert run("check", out).returncode == 0
    assert dict(starts(out))["TARD"] == "01:00 (+1)"
    [problem] = (out / "problems").glob("*.json")
    data = json.loads(problem.read_text(encoding="utf-8"))
    assert data["technicians"][0]["shift_s"] == [64_800, 93_600]
    assert "01:00 (+1)" in (out / "map-bordeaux-metropole.html").read_text(encoding="utf-8")

    assert run("sheets", out).returncode == 0
    [calendar] = (out / "sheets").glob("**/N1.ics")
    assert "DTSTART;TZID=Europe/Paris:20261126T010000" in calendar.read_text(encoding="utf-8")

    replanned = run("replan", out, "--at", "00:15", "--events", tmp_path / "e.toml", "--out", later)
    assert replanned.returncode == 0, replanned.stderr
    assert run("check", later).returncode == 0
    # A quarter of an hour before the end of its window: the night waits for nobody until 23:30.
    assert dict(starts(later)) == {"SOIR": "20:45", "NUIT": "00:10 (+1)", "TARD": "01:00 (+1)"}
