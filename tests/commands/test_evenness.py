"""The lines on what another weight of even work would cost, and `dispatch plan --even`."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from dispatch.commands.evenness import report_evenness
from dispatch.planday.evenness import Evenness, SharedWork
from tests.support.command import run


def told(*works: tuple[SharedWork, SharedWork]) -> list[str]:
    """Return the lines on some centres, named by letters."""
    out = io.StringIO()
    centres = dict(zip("ab", works, strict=False))
    report_evenness(Console(file=out, width=200), Evenness(10, 0, centres))
    return out.getvalue().splitlines()


def test_a_line_a_centre_says_who_works_how_long_and_what_the_other_value_changes():
    """Times by technician in order, minutes of driving less or more; visits where they differ."""
    even = SharedWork({"T1": 15_900, "T2": 17_700, "T3": 15_300}, 8_100, 20)
    uneven = SharedWork({"T1": 8_700, "T2": 24_900, "T3": 15_300}, 7_560, 19)
    heading, line, same = told((even, uneven), (even, even))
    assert heading == "even work 10 % (time on site by technician), and at 0 %"
    assert line == (
        " a: 4 h 25 / 4 h 55 / 4 h 15; at 0 %: 2 h 25 / 6 h 55 / 4 h 15, "
        "9 min less driving, 1 visit fewer"
    )
    assert same.endswith("as much driving")


def test_of_many_technicians_the_least_and_the_most_time_is_told():
    """Eight times in a line would not be read."""
    work = SharedWork({f"T{number}": 3600 * (1 + number) for number in range(8)}, 0, 8)
    assert told((work, work))[1].startswith(" a: 1 h 00 to 8 h 00; at 0 %: 1 h 00 to 8 h 00")


@pytest.mark.slow
def test_plan_takes_a_weight_and_tells_what_another_costs(tmp_path):
    """In JSON, seconds on site by technician with both weights; the problems have that given."""
    visits = tmp_path / "visits.csv"
    rows = (f"V{number},33519,-0.670,44.905,60\n" for number in range(4))
    visits.write_text("id,insee,lon,lat,duration_min\n" + "".join(rows), encoding="utf-8")
    what = ("--date", "2026-11-25", "--visits", visits, "--centre", "ouest-nord")
    ended = run("plan", *what, "--even", "50", "--effort", "quick", "--out", tmp_path, "--json")
    assert ended.returncode == 0, ended.stderr
    even = json.loads(ended.stdout)["even"]
    [[work, other]] = even["centres"].values()
    assert (even["percent"], even["other_percent"]) == (50, 0)
    assert sorted(work["on_site_s"].values()) == [7200, 7200]
    assert sorted(other["on_site_s"].values()) == [0, 14_400]
    problem = json.loads((tmp_path / "problems" / "ouest-nord.json").read_text("utf-8"))
    assert problem["weights"]["imbalance"] == 50

    refused = run("plan", *what, "--even", "51", "--out", tmp_path)
    assert refused.returncode == 2, refused.stderr
    assert "--even" in refused.stderr
