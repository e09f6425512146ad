"""`dispatch replan`: a folder in, a folder out; files of events, their faults, exit codes."""

from __future__ import annotations

import json
import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from dispatch import InputError, check
from dispatch.cli import app
from dispatch.folder.read import read_written
from dispatch.folder.write import read_day
from dispatch.planday.inputs import PlanOptions
from dispatch.planday.run import plan_day
from dispatch.replan.reading import read_events
from dispatch.replan.run import ReplanOptions, replan
from tests.support.command import planned_here

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

CENTRE = "sud"
AT_S = 37_800


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the sample day of one centre, planned once for all tests here."""
    folder = tmp_path_factory.mktemp("planned") / "day"
    with planned_here():
        plan_day(
            PlanOptions(date=date(2026, 11, 25), out=folder, centres=(CENTRE,), effort="quick")
        )
    return folder


@pytest.fixture
def folder(planned: Path, tmp_path: Path) -> Path:
    """Return a copy of that folder."""
    return shutil.copytree(planned, tmp_path / "day")


def written(path: Path, text: str) -> Path:
    """Write a file of events and return its path."""
    path.write_text(text, encoding="utf-8")
    return path


URGENT = """
[[new]]
id = "URG-1"
insee = "33522"
lon = -0.59
lat = 44.80
duration_min = 30
windows = "10h30-16h00"
priority = 1
description = "{{7*191}}<script>alert(1)</script>"
"""


def stops(folder: Path) -> dict[str, tuple[str, int]]:
    """Return the technician and the start of each visit in a folder's plan."""
    day, _ = read_day(folder)
    return {
        stop.visit: (round_.technician, stop.start_s)
        for round_ in day.plans[CENTRE].rounds
        for stop in round_.stops
    }


def test_a_day_is_replanned_twice_and_nothing_is_lost(folder, tmp_path):
    """At 10:30 an urgent visit, at 14:00 an absence: the check passes, both old plans are kept."""
    first_plan = (folder / "plan.json").read_text(encoding="utf-8")
    before = stops(folder)
    events = written(tmp_path / "a.toml", 'format = "dispatch-events/1"\n' + URGENT)
    ended = CliRunner().invoke(
        app, ["replan", str(folder), "--at", "10:30", "--events", str(events)]
    )
    assert ended.exit_code == 0, ended.output
    assert "URG-1, nouvelle, est confiée à" in ended.output
    assert "URG-1" in stops(folder)
    second_plan = (folder / "plan.json").read_text(encoding="utf-8")
    who = next(t for t, start in stops(folder).values() if start > 52_000)
    more = written(tmp_path / "b.csv", f"evenement;technicien;début\nabsent;{who};14h00\n")
    out = tmp_path / "later"
    given = ["--at", "14h00", "--events", str(more), "--out", str(out), "--lang", "en", "--json"]
    ended = CliRunner().invoke(app, ["replan", str(folder), *given])
    assert ended.exit_code == 0, ended.output
    told = json.loads(ended.stdout)
    assert (told["number"], told["at_s"]) == (2, 50_400)
    assert any(change["kind"] == "back" for change in told["centres"][CENTRE]["changes"])
    for place in (folder, out, out / "earlier" / "1", out / "earlier" / "2"):
        day, problems = read_day(place)
        assert check(problems[CENTRE], day.plans[CENTRE]) == []
    assert (out / "earlier" / "1" / "plan.json").read_text(encoding="utf-8") == first_plan
    assert (out / "earlier" / "2" / "plan.json").read_text(encoding="utf-8") == second_plan
    # What had begun by 10:30 is where it was, in both.
    for visit, (technician, start) in before.items():
        if start < AT_S:
            assert stops(out)[visit] == (technician, start)
    page = (folder / f"map-{CENTRE}.html").read_text(encoding="utf-8")
    assert "URG-1, nouvelle" in page
    assert "<script>alert(1)" not in page
    assert "1337" not in page
    assert "URG-1" in (folder / "changes.txt").read_text(encoding="utf-8")
    assert "URG-1" in (folder / "stops.csv").read_text(encoding="utf-8")
    assert read_written(out).days[CENTRE].tickets["URG-1"].duration_s == 1800
    # How sure the rest of the day is: of all that has not begun, and of nothing else.
    day = read_written(folder).days[CENTRE]
    for round_ in day.plan.rounds:
        sure = [stop.visit for stop in day.chances.of(round_.technician).stops]
        ahead = [stop.visit for stop in round_.stops if stop.start_s >= AT_S]
        assert sure == [stop.visit for stop in round_.stops][-len(sure) :] or not sure
        assert set(ahead) - set(sure) <= {ahead[0]} if ahead else sure == []
    assert "URG-1" in {stop.visit for found in day.chances.rounds for stop in found.stops}


def test_an_earlier_moment_than_the_last_is_refused_and_nothing_is_written(folder, tmp_path):
    """What is past stays: at 9:00 after 10:30."""
    events = written(tmp_path / "a.toml", URGENT)
    replan(ReplanOptions(folder, AT_S, events))
    kept = (folder / "plan.json").read_text(encoding="utf-8")
    again = written(tmp_path / "b.toml", URGENT.replace("URG-1", "URG-2"))
    ended = CliRunner().invoke(app, ["replan", str(folder), "--at", "9:00", "--events", str(again)])
    assert isinstance(ended.exception, InputError)
    assert "replanned at 10:30 already" in str(ended.exception)
    assert (folder / "plan.json").read_text(encoding="utf-8") == kept


def test_the_same_events_and_seed_give_the_same_files(planned, tmp_path):
    """Byte for byte, but for the time it took."""
    events = written(tmp_path / "a.toml", URGENT)
    texts = []
    for name in ("one", "two"):
        replan(ReplanOptions(planned, AT_S, events, out=tmp_path / name))
        changes = (tmp_path / name / "changes.json").read_text(encoding="utf-8")
        problem = (tmp_path / name / f"problems/{CENTRE}.json").read_text(encoding="utf-8")
        texts.append((changes, problem, stops(tmp_path / name)))
    assert texts[0] == texts[1]


def faults(planned: Path, path: Path) -> list[str]:
    """Return the faults of a file of events."""
    with pytest.raises(InputError) as caught:
        read_events(path, read_written(planned), AT_S)
    return [str(fault) for fault in caught.value.faults]


def test_every_fault_of_a_toml_file_is_told_with_its_place(planned, tmp_path):
    """Unknown visit, technician, key and section; the future; both ends; no duration."""
    visit = next(iter(stops(planned)))
    path = written(
        tmp_path / "e.toml",
        f"""[[cancelled]]
visit = "NOPE"
[[absent]]
technician = "T0"
colour = "red"
[[done]]
visit = "{visit}"
start = 11:00:00
[[late]]
technician = "T09"
until = 09:00:00
[[longer]]
visit = "{visit}"
[[strike]]
x = 1
[[absent]]
technician = "T10"
from = 11:00:00
until = 12:00:00
""",
    )
    told = faults(planned, path)
    expected = [
        r"e.toml:2:9: cancelled[0].visit: the day has no such visit",
        r"e.toml:4:14: absent[0].technician: the day has no such technician; did you mean",
        r"e.toml:5:10: absent[0].colour: unknown key",
        r"e.toml:8:9: done[0].start: is after 10:30",
        r"e.toml:11:9: late[0].until: is not after the moment",
        r"e.toml:13:9: longer[0].visit: line 6 is about it too (`done`)",
        r"e.toml:12:1: longer[0].end: give either the end that is expected",
        r"e.toml:19:9: absent[1].until: give either from when",
    ]
    for line in expected:
        assert any(found.startswith(line) for found in told), (line, told)
    assert any("strike" in found and "no such event" in found for found in told)


def test_a_new_visit_that_may_not_be_done_today_is_refused(planned, tmp_path):
    """It is for the night before its day; one that may be done from today on is taken."""
    later = written(tmp_path / "later.toml", f"{URGENT}earliest_day = 2026-11-26\n")
    [told] = faults(planned, later)
    assert told.startswith("later.toml:11:16: new[0].earliest_day: is after this day")
    today = written(tmp_path / "today.toml", f"{URGENT}earliest_day = 2026-11-25\n")
    assert read_events(today, read_written(planned), AT_S)


def test_a_new_visit_has_hours_of_presence_and_technicians_who_may_not_do_it(folder, tmp_path):
    """Whoever does it is another, and is done in time."""
    replan(ReplanOptions(folder, AT_S, written(tmp_path / "a.toml", URGENT), out=tmp_path / "a"))
    who, start_s = stops(tmp_path / "a")["URG-1"]
    spans = f'within = "10h30-15h00"\nnot_with = "{who}"\n'
    replan(ReplanOptions(folder, AT_S, written(tmp_path / "b.toml", URGENT + spans)))
    _, problems = read_day(folder)
    urgent = problems[CENTRE].visit["URG-1"]
    assert (urgent.within_s, urgent.not_with) == (((37_800, 54_000),), (who,))
    other, start_s = stops(folder)["URG-1"]
    assert other != who
    assert start_s + 1800 <= 54_000


def test_every_fault_of_a_csv_file_is_told_with_its_place(planned, tmp_path):
    """A cell that says nothing of its event, a word that is no event, a missing technician."""
    path = written(
        tmp_path / "e.csv",
        "event;visite;technicien;fin;durée\nfête;;;;\nlate;;;11:00;\nabsent;;T09;;30\n"
        "new;URG;;;20\n",
    )
    told = faults(planned, path)
    assert any(f.startswith("e.csv:2:1: event: no such event") for f in told)
    assert any(f.startswith("e.csv:3:3: technicien: is missing") for f in told)
    assert any(f.startswith("e.csv:4:5: durée: says nothing of an event `absent`") for f in told)
    assert any("insee" in f and "missing" in f for f in told)


def test_an_expected_end_of_a_visit_that_has_not_begun_is_refused(folder, tmp_path):
    """It would be passed over in silence."""
    last = max(stops(folder).items(), key=lambda pair: pair[1][1])[0]
    events = written(tmp_path / "e.csv", f"event;visit;end\nlonger;{last};17:00\n")
    ended = CliRunner().invoke(
        app, ["replan", str(folder), "--at", "10:30", "--events", str(events)]
    )
    assert isinstance(ended.exception, InputError)
    assert "has not begun at 10:30" in str(ended.exception)


def test_both_kinds_of_file_say_the_same(planned, tmp_path):
    """One event of each kind but a new visit, in TOML and in French CSV."""
    by_time = sorted(stops(planned), key=lambda name: stops(planned)[name][1])
    first, last = by_time[0], by_time[-1]
    toml = written(
        tmp_path / "e.toml",
        f"""[[done]]
visit = "{first}"
start = 08:05:00
end = 08:30:00
[[longer]]
visit = "{last}"
duration_min = 90
[[absent]]
technician = "T09"
from = 11:00:00
[[late]]
technician = "T10"
until = 11:15:00
[[cancelled]]
visit = "{by_time[-2]}"
""",
    )
    table = written(
        tmp_path / "e.csv",
        "évènement;visite;technicien;de;jusqu'à;durée\n"
        f"faite;{first};;8h05;8h30;\nprolongée;{last};;;;90\nabsent;;T09;11h;;\n"
        f"retard;;T10;;11h15;\nannulée;{by_time[-2]};;;;\n",
    )
    day = read_written(planned)
    found = read_events(toml, day, AT_S)
    assert found == read_events(table, day, AT_S)
    assert found[CENTRE].absent == {"T09": 39_600}
    assert found[CENTRE].done[first].end_s == 30_600


def test_the_moment_must_be_a_time(folder, tmp_path):
    """Exit code 2, as for any bad option."""
    ended = CliRunner().invoke(app, ["replan", str(folder), "--at", "25:99", "--events", "x"])
    assert ended.exit_code == 2


def test_an_urgent_visit_without_a_window_is_served_within_its_response_time(folder, tmp_path):
    """Priority 1, called in at 10:30: somebody is there by noon, and the problem says so."""
    text = "".join(line for line in URGENT.splitlines(keepends=True) if "windows" not in line)
    events = written(tmp_path / "events.toml", text)
    replan(ReplanOptions(folder=folder, at_s=AT_S, events=events, out=tmp_path / "out"))
    _, problems = read_day(tmp_path / "out")
    urgent = problems[CENTRE].visit["URG-1"]
    assert urgent.due_s == AT_S + 90 * 60
    # 10 h of driving, and each second from then to the last return, weighted.
    assert urgent.unassigned_cost_s == 36_000 + 10 * (63_000 - urgent.due_s)
    assert stops(tmp_path / "out")["URG-1"][1] <= urgent.due_s
