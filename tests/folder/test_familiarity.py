"""Who knows which place: from written days, within the days and metres that count."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from dispatch.cli import app
from dispatch.data import data_path
from dispatch.errors import InputError
from dispatch.fieldwork import Ticket
from dispatch.folder.familiarity import (
    History,
    history_of,
    read_history,
    readable_days,
    with_familiarity,
)
from dispatch.folder.read import TICKETS
from dispatch.model.problem import DayProblem, Weights
from dispatch.planday import plan as planday
from dispatch.planday.inputs import PlanOptions
from dispatch.planday.run import plan_day
from dispatch.service.sections import Familiarity
from dispatch.service.service import read_service
from dispatch.territory import TO_METRIC
from tests.support.in_process import in_this_process
from tests.support.small_problems import small_problem

PAST = date(2026, 11, 24)
TODAY = date(2026, 11, 25)
SETTINGS = Familiarity(look_back_days=60, site_radius_m=60, commune_percent=33)
# Two visits in Pessac, one of them where one of the next day's is; the third only then.
VISITS = """\
id,insee,lon,lat,duration_min
V1,33318,-0.632,44.806,30
V2,33318,-0.66,44.80,45
"""
NEXT = """\
id,insee,lon,lat,duration_min
W1,33318,-0.6321,44.8061,30
W2,33318,-0.65,44.79,30
W3,33522,-0.585,44.805,30
"""


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    """Return a folder of one past day of Sud, and its stops by visit."""
    folder = tmp_path_factory.mktemp("past")
    (folder / "visits.csv").write_text(VISITS, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planday, "plan_all", in_this_process)
        planned = plan_day(
            PlanOptions(
                PAST, folder / "days" / "one", ("sud",), folder / "visits.csv", effort="quick"
            )
        )
    rounds = planned.plans["sud"].rounds
    return folder / "days", {s.visit: r.technician for r in rounds for s in r.stops}


def test_stops_of_the_days_before_count_and_no_others(past):
    """The day itself does not, nor one that is longer ago than asked."""
    folder, _ = past
    for day, counts in (
        (PAST, False),
        (PAST + timedelta(days=1), True),
        (PAST + timedelta(days=60), True),
        (PAST + timedelta(days=61), False),
        (PAST - timedelta(days=1), False),
    ):
        found = read_history([folder], day, SETTINGS)
        assert (len(found.technicians) == 2) is counts, day


def test_a_day_named_twice_or_in_its_parent_counts_once(past):
    """A folder, the same again, and the folder around it."""
    folder, who = past
    found = read_history([folder / "one", folder / "one", folder], TODAY, SETTINGS)
    assert sorted(found.technicians) == sorted(who.values())
    assert found.communes == ("33318", "33318")


def test_every_folder_without_a_readable_day_is_named(past, tmp_path):
    """An empty one, one without tickets, one whose plan is no plan."""
    import shutil

    empty, old, torn = (tmp_path / name for name in ("empty", "old", "torn"))
    empty.mkdir()
    shutil.copytree(past[0] / "one", old)
    (old / TICKETS).unlink()
    shutil.copytree(past[0] / "one", torn)
    (torn / "plan.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_history([empty, old, past[0], torn, tmp_path / "none"], TODAY, SETTINGS)
    text = str(refused.value)
    assert text.count("holds no day") == 2
    for place in (empty, old / TICKETS, torn / "plan.json", tmp_path / "none"):
        assert str(place) in text


def test_the_nights_before_that_can_be_read_count_and_the_others_are_told(past, tmp_path):
    """By the dates that their folders are named by; what is older, or to come, is not opened."""
    import shutil

    for name in ("2026-11-24", "2026-11-23", "2026-09-01", "2026-11-26", "latest"):
        shutil.copytree(past[0] / "one", tmp_path / name)
    for name in ("2026-11-23", "2026-09-01"):
        (tmp_path / name / "plan.json").write_text("{}", encoding="utf-8")
    read, unread = readable_days(tmp_path, TODAY, SETTINGS)
    assert [path.name for path in read] == ["2026-11-24"]
    assert [path.name for path in unread] == ["2026-11-23"]


def ticket(name: str, east_m: float, insee: str) -> Ticket:
    """Return a ticket so many metres east of a point in Pessac."""
    x, y = TO_METRIC.transform(-0.63, 44.8)
    lon, lat = TO_METRIC.transform(x + east_m, y, direction="INVERSE")
    return Ticket(id=name, insee=insee, collectivity=insee, lon=lon, lat=lat, duration_s=60)


def known_at(east_m: float, insee: str, settings: Familiarity = SETTINGS) -> dict[str, int]:
    """Return what is known of a place that far from a stop of t0, in commune 33318."""
    problem = small_problem(1, 1, 2)
    problem = replace(problem, weights=Weights(unfamiliarity=10))
    at = ticket("stop", 0, "33318")
    history = history_of([("t0", at.insee, at.lon, at.lat), ("gone", at.insee, at.lon, at.lat)])
    tickets = {"v0": ticket("v0", east_m, insee)}
    return with_familiarity(problem, tickets, history, settings).visits[0].familiar


@pytest.mark.parametrize(
    ("east_m", "insee", "known"),
    [
        (0, "33318", {"t0": 100}),
        (59.9, "33318", {"t0": 100}),
        (60.1, "33318", {"t0": 33}),
        (5000, "33318", {"t0": 33}),
        # Over the border of a commune a site is still the same.
        (30, "33522", {"t0": 100}),
        (5000, "33522", {}),
    ],
)
def test_the_very_site_is_known_whole_and_its_commune_in_part(east_m, insee, known):
    """Only technicians of the problem are named."""
    assert known_at(east_m, insee) == known


def test_a_commune_may_count_nothing():
    """With a share of 0 nobody is named who was elsewhere in the commune."""
    settings = SETTINGS.model_copy(update={"commune_percent": 0})
    assert known_at(5000, "33318", settings) == {}
    assert known_at(5, "33318", settings) == {"t0": 100}


def test_without_any_past_unfamiliarity_has_no_weight():
    """Else every visit would be dearer by the same, and fewer worth their way."""
    problem = replace(small_problem(1, 1, 2), weights=Weights(unfamiliarity=10, imbalance=5))
    bare = with_familiarity(problem, {}, History(), SETTINGS)
    assert bare.weights == Weights(imbalance=5)
    assert bare.visits == problem.visits


def test_without_a_weight_the_problem_is_as_it_was():
    """Nothing is looked up, nothing is told."""
    problem = small_problem(1, 1, 2)
    assert with_familiarity(problem, {}, history_of([("t0", "33318", 0.0, 45.0)]), SETTINGS) is (
        problem
    )


@pytest.mark.parametrize("weight", [0, 7_000])
def test_the_command_sends_who_knows_the_place(past, tmp_path, weight, monkeypatch):
    """At a weight beyond any drive who was near W1 goes there; 0 leaves the day as it is."""
    monkeypatch.setattr(planday, "plan_all", in_this_process)
    folder, who = past
    text = data_path("service.toml").read_text(encoding="utf-8")
    service = tmp_path / "service.toml"
    service.write_text(
        text.replace("unfamiliarity = 0", f"unfamiliarity = {weight}"), encoding="utf-8"
    )
    (tmp_path / "visits.csv").write_text(NEXT, encoding="utf-8")
    options = [
        "plan", "--date", str(TODAY), "--centre", "sud", "--effort", "quick",
        "--service", str(service), "--visits", str(tmp_path / "visits.csv"),
        "--out", str(tmp_path / "out"),
    ]  # fmt: skip
    ran = CliRunner().invoke(app, [*options, "--history", str(folder)])
    assert ran.exit_code == 0, ran.output
    problem = DayProblem.read(tmp_path / "out" / "problems" / "sud.json")
    if not weight:
        assert all(not visit.familiar for visit in problem.visits)
        return
    assert problem.visit["W1"].familiar[who["V1"]] == 100
    assert set(problem.visit["W2"].familiar.values()) <= {33, 100}
    assert problem.visit["W3"].familiar == {}
    plan = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    served = {
        stop["visit"]: round_["technician"]
        for round_ in plan["plans"]["sud"]["rounds"]
        for stop in round_["stops"]
    }
    assert served["W1"] == who["V1"]
    assert plan["summary"]["sud"]["unfamiliarity_s"] > 0
    checked = CliRunner().invoke(app, ["check", str(tmp_path / "out")])
    assert checked.exit_code == 0, checked.output
    faulty = CliRunner().invoke(app, [*options, "--history", str(tmp_path / "nowhere")])
    assert isinstance(faulty.exception, InputError)
    assert "holds no day" in str(faulty.exception)


@pytest.mark.slow
def test_the_bundled_service_says_what_counts():
    """Known places count nothing, even work does; the look-back is no longer than two months."""
    service = read_service()
    assert (service.weights.unfamiliarity, service.weights.imbalance) == (0, 10)
    assert service.familiarity.look_back_days <= 62
