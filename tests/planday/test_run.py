"""A whole day: every input read before anything is planned, failures kept to their centre."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from dispatch.checker.recount import legs_of
from dispatch.checker.rules import check, cost
from dispatch.data import data_path
from dispatch.errors import InputError, SolverError, TravelError
from dispatch.folder.write import read_day
from dispatch.model.plan import CostParts, Plan, Unassigned
from dispatch.planday import plan as planday
from dispatch.planday.inputs import PlanOptions, read_inputs
from dispatch.planday.run import plan_day
from dispatch.solve.side_by_side import Planned
from tests.support.in_process import in_this_process

pytestmark = pytest.mark.slow

DAY = date(2026, 11, 25)
HEADINGS = "id,insee,lon,lat,duration_min"
BLANQUEFORT, PESSAC = "V1,33056,-0.64,44.91,30", "V2,33318,-0.632,44.806,30"


@pytest.fixture
def request_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a request for two visits of two centres, planned in this process."""
    monkeypatch.setattr(planday, "plan_all", in_this_process)
    visits = tmp_path / "visits.csv"
    visits.write_text(f"{HEADINGS}\n{BLANQUEFORT}\n{PESSAC}\n", encoding="utf-8")

    def made(**values: object) -> PlanOptions:
        plain = {
            "date": DAY, "out": tmp_path / "out", "visits": visits, "effort": "quick",
            "centres": ("sud", "ouest-nord"),
        }  # fmt: skip
        return PlanOptions(**{**plain, **values})

    return made


def test_a_day_of_two_centres_is_planned_written_and_sound(request_of, tmp_path):
    """In the order of the request; each visit with its own centre."""
    planned = plan_day(request_of())
    assert planned.exit_code == 0
    day, problems = read_day(tmp_path / "out")
    assert day == planned.as_file()
    assert list(day.plans) == ["sud", "ouest-nord"]
    assert {name: [v.id for v in problems[name].visits] for name in problems} == {
        "sud": ["V2"], "ouest-nord": ["V1"],
    }  # fmt: skip
    assert all(check(problems[name], day.plans[name]) == [] for name in problems)
    assert (day.sample, day.failures) == (False, {})


def test_the_same_centre_twice_is_planned_once(request_of):
    """As if named once."""
    planned = plan_day(request_of(centres=("sud", "sud")))
    assert list(planned.plans) == ["sud"]


def test_a_centre_without_travel_times_spares_the_others(request_of, monkeypatch, tmp_path):
    """Its failure and exit code are kept; the other is written, with no file of the failed one."""
    real = planday.problem_of

    def failing(work, *rest: object, **values: bool):
        if work.centre.id == "sud":
            msg = "no way to V2"
            raise TravelError(msg)
        return real(work, *rest, **values)

    monkeypatch.setattr(planday, "problem_of", failing)
    planned = plan_day(request_of())
    assert (planned.exit_code, planned.as_file().failures) == (3, {"sud": "no way to V2"})
    assert list(planned.plans) == ["ouest-nord"]
    names = {path.name for path in (tmp_path / "out").rglob("*.*")}
    assert "map-ouest-nord.html" in names
    assert not names & {"map-sud.html", "sud.json"}
    assert "no way to V2" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_a_plan_that_breaks_a_rule_is_not_written(request_of, monkeypatch):
    """Whatever the solver says of it: it is checked again after it crossed processes."""

    def spoilt(name, plan):
        if name == "ouest-nord":
            return plan
        [round_] = plan.rounds
        return plan.model_copy(update={"rounds": (round_.model_copy(update={"departure_s": 0}),)})

    monkeypatch.setattr(
        planday, "plan_all", lambda *a, **k: in_this_process(*a, **k, break_plan=spoilt)
    )
    planned = plan_day(request_of())
    assert planned.exit_code == SolverError.exit_code
    assert list(planned.plans) == ["ouest-nord"]
    assert str(planned.failures["sud"]).startswith("shift, technician ")


def test_faults_of_all_files_and_options_are_told_at_once(request_of, tmp_path):
    """An unknown centre, a technician of no centre, a visit without length."""
    visits, technicians = tmp_path / "v.csv", tmp_path / "t.csv"
    visits.write_text(f"{HEADINGS}\nV1,33056,-0.64,44.91,0\n", encoding="utf-8")
    technicians.write_text("id,centre\nN1,nowhere\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_inputs(request_of(centres=("nord",), visits=visits, technicians=technicians))
    assert [fault.source for fault in caught.value.faults] == ["--centre", "t.csv", "v.csv"]
    assert not (tmp_path / "out").exists()


def test_what_is_asked_is_kept_in_the_day(request_of, tmp_path):
    """Seed, effort, roads; in plan.json as in the planned."""
    plan_day(request_of(seed=7, centres=("sud",), lang="en"))
    written = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))
    assert (written["seed"], written["effort"], written["date"]) == (7, "quick", "2026-11-25")
    assert written["network"]["name"] == "bundled"
    assert len(written["network"]["sha256"]) == 64
    assert written["plans"]["sud"]["seed"] == 7
    assert 'lang="en"' in (tmp_path / "out" / "map-sud.html").read_text(encoding="utf-8")


def nothing_done(problems, settings, *, workers=None, on_progress=None):
    """Plan nothing: every visit stays unassigned, which is a sound plan of any problem."""
    done = Planned()
    for name, problem in problems.items():
        left = tuple(Unassigned(visit=v.id, reason="crowded_out") for v in problem.visits)
        idle = Plan(status="partial", cost_s=CostParts(total=0), rounds=(), unassigned=left)
        priced = idle.model_copy(update={"cost_s": cost(problem, idle)})
        done.plans[name] = priced.model_copy(update={"input_sha256": problem.sha256})
    return done


@pytest.mark.parametrize(
    ("asked", "by_default", "with_traffic"),
    [(None, False, False), (None, True, True), (True, False, True), (False, True, False)],
)
def test_traffic_is_as_asked_or_as_the_service_file_says(
    request_of, monkeypatch, tmp_path, asked, by_default, with_traffic
):
    """The problems then have slots, the day and the pages say so, and all of it is checked."""
    monkeypatch.setattr(planday, "plan_all", nothing_done)
    text = data_path("service.toml").read_text(encoding="utf-8")
    service = tmp_path / "service.toml"
    changed = text.replace("by_default = false", f"by_default = {str(by_default).lower()}")
    service.write_text(changed, encoding="utf-8")
    planned = plan_day(request_of(traffic=asked, service=service))
    assert (planned.failures, planned.inputs.roads.traffic) == ({}, with_traffic)
    day, problems = read_day(tmp_path / "out")
    assert day == planned.as_file()
    # A Wednesday from 8 to 17:30: until 9 h, until 16 h, until 17 h, after.
    starts = (0, 32_400, 57_600, 61_200) if with_traffic else (0,)
    for name, problem in problems.items():
        assert problem.travel.slot_starts_s == starts
        assert check(problem, day.plans[name]) == []
    page = (tmp_path / "out" / "map-sud.html").read_text(encoding="utf-8")
    assert ("selon le trafic habituel d’un mercredi" in page) == with_traffic
    assert ("Ils ne tiennent pas compte du trafic" in page) != with_traffic


def test_with_traffic_every_figure_that_is_written_is_that_of_the_hour(request_of, tmp_path):
    """The legs on the map sum to the round's driving, rounds to the plan's, and check agrees."""
    planned = plan_day(request_of(traffic=True))
    assert planned.failures == {}
    day, problems = read_day(tmp_path / "out")
    drawn = json.loads((tmp_path / "out" / "rounds.geojson").read_text(encoding="utf-8"))
    found = [feature["properties"] for feature in drawn["features"]]
    for name, problem in problems.items():
        assert len(problem.travel.slot_starts_s) > 1
        assert check(problem, day.plans[name]) == []
        rounds = [p for p in found if p["kind"] == "round" and p["centre"] == name]
        assert sum(p["travel_s"] for p in rounds) == day.plans[name].cost_s.travel > 0
        for round_, shown in zip(day.plans[name].rounds, rounds, strict=True):
            legs = [p["leg_travel_s"] for p in found if p.get("technician") == round_.technician
                    and p["kind"] == "stop"]  # fmt: skip
            technician = problem.technician[round_.technician]
            back = legs_of(problem, technician, round_)[-1]
            assert sum(legs) + back.travel_s == shown["travel_s"]


def test_traffic_that_the_service_file_does_not_have_is_refused_before_planning(
    request_of, tmp_path
):
    """Nothing is planned without it in silence."""
    text = data_path("service.toml").read_text(encoding="utf-8")
    start = text.index("[travel.traffic]")
    service = tmp_path / "service.toml"
    service.write_text(text[:start], encoding="utf-8")
    assert not read_inputs(request_of(service=service)).service.travel.get("traffic")
    with pytest.raises(InputError, match=r"travel\.traffic: is missing"):
        plan_day(request_of(service=service, traffic=True))
    assert not (tmp_path / "out").exists()


def test_the_bundled_sample_is_read_where_no_file_is_named():
    """And called a sample."""
    inputs = read_inputs(PlanOptions(date=DAY, out=Path("never written")))
    assert inputs.sample
    assert len(inputs.tickets) > 90
    assert len(inputs.roster) == 17
