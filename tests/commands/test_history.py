"""`dispatch history`: the past nights, as a table, as JSON and as a picture."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from dispatch.cli import app
from dispatch.errors import InputError
from dispatch.store import CentreNight, Store
from dispatch.store.backlog import merge_delivered
from dispatch.store.timeline import sparkline, timeline
from dispatch.views.night_plot import nights_picture
from tests.support.store_servers import MONDAY, first_night, night_of, plan_of, ticket

pytestmark = pytest.mark.slow

TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


def run(*arguments: str):
    """Run the command, on a wide terminal."""
    return CliRunner(env={"COLUMNS": "100", "TERM": "dumb"}).invoke(app, ["history", *arguments])


def fill(store: Store) -> None:
    """Record three nights: Sud alone fails on none, Ouest-Nord on the first."""
    store.record(first_night(exit_code=5))
    for day in (TUESDAY, WEDNESDAY):
        joined = merge_delivered((), [ticket(name) for name in "DEFG"], day, gone_nights=1)
        night = night_of(joined, ["D", "E", "F", "G"], day)
        centres = {
            "sud": CentreNight(plan_of("DE"), technicians=3),
            "ouest-nord": CentreNight(plan_of("FG"), technicians=2),
        }
        store.record(replace(night, centres=centres))


@pytest.fixture
def url(store_url) -> str:
    """Return the address of a store of three nights."""
    with Store.open(store_url) as store:
        fill(store)
    return store_url


def test_all_centres_together_are_summed_by_night(url):
    """Two visits of three on the first night, four of four after it."""
    with Store.open(url) as store:
        found = timeline(store)
    first, second, _ = found.nights
    assert (first.day, first.served, first.undone, first.served_share) == (MONDAY, 2, 1, 2 / 3)
    assert (first.distance_m, first.travel_s, first.duration_s) == (12_000, 1800, 90)
    assert first.gap == pytest.approx(0.8)
    assert first.failed == ("ouest-nord",)
    assert (second.distance_m, second.travel_s, second.served_share) == (24_000, 3600, 1)
    assert second.gap == 0
    assert found.centres == ("ouest-nord", "sud")


def test_one_centre_has_its_own_figures_and_its_own_time(url):
    """The time is its search's; a night on which it failed has none."""
    with Store.open(url) as store:
        found = timeline(store, centre="ouest-nord")
        first, second, _ = found.nights
        assert (first.distance_m, first.served, first.served_share) == (None, 0, None)
        assert (first.gap, first.duration_s) == (None, None)
        assert (second.distance_m, second.duration_s) == (12_000, 1.25)
        assert timeline(store, since=WEDNESDAY, centre="sud").nights[0].day == WEDNESDAY
        assert timeline(store, since=WEDNESDAY + timedelta(days=1), centre="sud").nights == ()
        with pytest.raises(InputError, match="no such centre here; there are ouest-nord, sud"):
            timeline(store, centre="nord")


def test_a_sparkline_goes_from_the_least_to_the_most():
    """Eight bars; what is not known is a dot; a flat line is at half height."""
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([10, None, 20]) == "▁·█"
    assert sparkline([5, 10], low=0) == "▅█"
    assert sparkline([3, 3, 3]) == "▄▄▄"
    assert sparkline([0, 0], low=0) == "▄▄"
    assert sparkline([None, None]) == "··"
    assert sparkline([]) == ""


def test_the_table_has_a_row_a_night_and_a_line_a_failure(url):
    """Kilometres, hours, visits, share, gap, time, exit code."""
    ran = run("--store", url)
    assert ran.exit_code == 0, ran.output
    lines = ran.output.splitlines()
    assert "all centres, 3 nights" in lines[0]
    rows = [line.split() for line in lines if line.strip().startswith("2026-11-2")]
    assert rows[0][:9] == ["2026-11-23", "12.0", "0.5", "2", "66.7", "%", "1", "80.0", "%"]
    assert rows[0][9:] == ["1:30", "5"]
    assert rows[1][:6] == ["2026-11-24", "24.0", "1.0", "4", "100.0", "%"]
    assert "ouest-nord was not planned: no travel times" in ran.output
    assert any("last 3" in line and "▁██" in line for line in lines)


def test_json_says_the_same_with_every_centre(url):
    """A format of its own, for programs."""
    ran = run("--store", url, "--json", "--since", "24/11/2026")
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.output)
    assert (found["format"], found["centre"]) == ("dispatch-history/1", None)
    assert [night["day"] for night in found["nights"]] == ["2026-11-24", "2026-11-25"]
    night = found["nights"][0]
    assert (night["served"], night["served_share"], night["duration_s"]) == (4, 1.0, 90.0)
    assert [row["centre"] for row in night["centres"]] == ["ouest-nord", "sud"]
    assert night["centres"][1]["technicians"] == 3


def test_a_picture_is_drawn_into_the_file_named(tmp_path):
    """PNG and SVG, in French unless asked otherwise; the same bytes each time."""
    url = str(tmp_path / "store.db")
    with Store.open(url) as store:
        fill(store)
    path = tmp_path / "nights.png"
    assert run("--store", url, "--plot", str(path)).exit_code == 0
    assert path.read_bytes().startswith(b"\x89PNG")
    path = tmp_path / "nights.SVG"
    assert run("--store", url, "--plot", str(path)).exit_code == 0
    first = path.read_bytes()
    assert run("--store", url, "--plot", str(path)).exit_code == 0
    assert path.read_bytes() == first
    ElementTree.fromstring(first)
    assert run("--store", url, "--lang", "en", "--plot", str(path)).exit_code == 0
    assert path.read_bytes() != first


def test_the_picture_of_one_night_and_of_one_centre_are_drawn_too(tmp_path):
    """A single point, a year of nights, and a centre that was never planned."""
    with Store.open(str(tmp_path / "store.db")) as store:
        fill(store)
        one = timeline(store, since=WEDNESDAY)
        assert nights_picture(one, "png").startswith(b"\x89PNG")
        assert nights_picture(timeline(store, centre="ouest-nord"), "svg", "en").startswith(
            b"<?xml"
        )
        with pytest.raises(ValueError, match="no night"):
            nights_picture(timeline(store, since=WEDNESDAY + timedelta(days=9)), "png")


def test_without_a_date_the_last_nights_are_shown(tmp_path):
    """Thirty of them; with a date, all since."""
    with Store.open(str(tmp_path / "store.db")) as store:
        for number in range(33):
            store.record(replace(first_night(), day=MONDAY + timedelta(days=number)))
    url = str(tmp_path / "store.db")
    assert len(json.loads(run("--store", url, "--json").output)["nights"]) == 30
    everything = run("--store", url, "--json", "--since", "2026-01-01").output
    assert len(json.loads(everything)["nights"]) == 33


def test_a_store_without_nights_says_so(tmp_path):
    """It is there, and empty."""
    url = str(tmp_path / "store.db")
    Store.open(url).close()
    ran = run("--store", url, "--since", "2026-11-01")
    assert ran.exit_code == 0
    assert "no nights since 2026-11-01" in ran.output
    assert json.loads(run("--store", url, "--json").output)["nights"] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--store", "{}/none.db"], "is no store yet"),
        (["--store", "{}/store.db", "--centre", "nord"], "no such centre"),
        (["--store", "{}/store.db", "--plot", "{}/nights.pdf"], "must end in .png or .svg"),
        (["--store", "{}/store.db", "--plot", "{}/store.db/x.png"], "is not a folder"),
        (["--store", "{}/store.db", "--since", "2027-01-01", "--plot", "{}/x.png"], "no night to"),
    ],
)
def test_what_cannot_be_shown_ends_with_2(tmp_path, arguments, message):
    """With the culprit and the remedy; no store is made by asking for it."""
    with Store.open(str(tmp_path / "store.db")) as store:
        fill(store)
    ran = run(*(argument.format(tmp_path) for argument in arguments))
    assert isinstance(ran.exception, InputError)
    assert ran.exception.exit_code == 2
    assert message in str(ran.exception)
    assert not (tmp_path / "none.db").exists()


def test_the_store_may_stand_in_the_environment(tmp_path):
    """A password on the command line is read by everybody on the machine."""
    url = str(tmp_path / "store.db")
    with Store.open(url) as store:
        fill(store)
    ran = CliRunner(env={"DISPATCH_STORE": url}).invoke(app, ["history", "--json"])
    assert len(json.loads(ran.output)["nights"]) == 3
    assert run("--json").exit_code == 2
