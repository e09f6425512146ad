"""A centre's sampled day: the same visits for every split, the figures of the real plan."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from dispatch.assess import replay as module
from dispatch.assess.replay import Replayer, attempt, reduced
from dispatch.assess.run import working_days
from dispatch.assess.scenarios import Context, Scenario
from dispatch.checker.rules import Violation
from dispatch.demand import DemandModel
from dispatch.errors import DispatchError, InputError, SolverError
from dispatch.model.plan import Plan
from dispatch.splits.split import Split
from dispatch.territory import read_communes
from tests.support.small_assess import FIRST, context_of_jobs, moved, small_service, two_scenarios
from tests.support.small_day import SOUND_ROUND, day, plan

pytestmark = pytest.mark.slow

DAYS = working_days(FIRST, 3)


@pytest.fixture(scope="module")
def context() -> Context:
    """Return what the jobs of the two scenarios share."""
    return context_of_jobs()


@pytest.fixture(scope="module")
def replayer(context: Context) -> Replayer:
    """Return one replayer for the whole file."""
    return Replayer(context)


def test_every_split_is_asked_the_same_visits(replayer):
    """By priority, day by day, over all centres; and as many as the demand model drew."""
    model = DemandModel(small_service(), read_communes())
    for date in DAYS:
        drawn = [0, 0, 0, 0]
        for ticket in model.day(date, 1):
            drawn[ticket.priority - 1] += 1
        for scenario in two_scenarios():
            found = [replayer(job) for job in scenario.jobs((date,))]
            assert [sum(counts) for counts in zip(*(f.asked for f in found), strict=True)] == drawn


def test_the_figures_are_those_of_the_plan():
    """One round of two visits, reduced: travel, metres, service, work without the break."""
    job = two_scenarios()[0].jobs((FIRST,))[0]
    problem, sound = day(), plan(SOUND_ROUND)
    found = reduced(job, problem, sound, [70, 60])
    round_ = sound.rounds[0]
    share = next(s for s in found.shares if s.technician == round_.technician)
    pause = round_.break_
    assert pause is not None
    assert share.working_s == round_.return_s - round_.departure_s - (pause.end_s - pause.start_s)
    assert share.travel_s == round_.travel_s
    assert share.visits == len(round_.stops)
    assert share.service_s == sum(stop.end_s - stop.start_s for stop in round_.stops)
    assert sum(found.asked) == len(problem.visits)
    assert sum(found.undone) == len(sound.unassigned)
    assert found.from_centre_s == (60, 70)
    assert found.cost_s == sound.cost_s.total


def test_the_same_job_gives_the_same_figures(replayer, context):
    """In another replayer too; only the clock differs."""
    job = two_scenarios()[0].jobs(DAYS)[2]
    first, again = replayer(job), Replayer(context)(job)
    assert first.model_copy(update={"elapsed_s": 0.0}) == again.model_copy(
        update={"elapsed_s": 0.0}
    )


def test_a_centre_that_a_split_leaves_alone_is_the_same_job():
    """Bègles moves from Sud to Rive droite: the other three are planned once for both."""
    one, two = ({j.centre: j.key for j in s.jobs((FIRST,))} for s in two_scenarios())
    assert {centre for centre in one if one[centre] != two[centre]} == {"sud", "rive-droite"}


def test_a_split_read_from_a_file_has_the_jobs_of_the_service_it_describes():
    """The order of communes in the file means nothing."""
    service = small_service()
    again = Scenario("again", Split.of(service).apply(service, read_communes()))
    assert [j.key for j in again.jobs(DAYS)] == [j.key for j in two_scenarios()[0].jobs(DAYS)]


@pytest.mark.parametrize(
    "changed",
    [
        {"technicians": ()},
        {"centres": "moved premises"},
        {"demand": "fewer agents"},
        {"unassigned": "dearer"},
    ],
    ids=lambda value: next(iter(value)),
)
def test_whatever_a_day_depends_on_changes_its_job(changed):
    """Else a folder would give old rounds for a new question."""
    service = small_service()
    if "technicians" in changed:
        service = service.model_copy(update={"technicians": service.technicians[1:]})
        service.__dict__.pop("roster", None)
    elif "centres" in changed:
        first = service.centres[0].model_copy(update={"town_hall": "33003"})
        service = service.model_copy(update={"centres": (first, *service.centres[1:])})
    elif "demand" in changed:
        agents = {**service.demand.agents, "33063": 1}
        demand = service.demand.model_copy(update={"agents": agents})
        service = service.model_copy(update={"demand": demand})
    else:
        costs = service.unassigned.model_copy(update={"late_factor_max": 4.0})
        service = service.model_copy(update={"unassigned": costs})
    before = {job.key for job in two_scenarios()[0].jobs((FIRST,))}
    after = {job.key for job in Scenario("x", service).jobs((FIRST,))}
    assert after - before


def test_how_results_are_judged_changes_no_job():
    """A wider margin needs no new rounds."""
    service = small_service()
    judging = service.judging.model_copy(update={"margin": 0.05})
    changed = service.model_copy(update={"assess": judging})
    assert Scenario("x", changed).base == two_scenarios()[0].base


def test_the_digest_does_not_depend_on_the_process():
    """Sets of skills come in another order in each process; the digest must not."""
    code = (
        "from tests.support.small_assess import *\n"
        "print([j.key for j in two_scenarios()[0].jobs((FIRST,))])"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            timeout=120,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


def test_a_demand_of_other_collectivities_is_told_apart():
    """A split that moves communes has the same demand; one with more agents has not."""
    one, two = two_scenarios()
    assert one.demand == two.demand
    service = small_service()
    grown = service.model_copy(
        update={
            "demand": service.demand.model_copy(
                update={"agents": {**service.demand.agents, "33119": 300}}
            )
        }
    )
    assert Scenario("grown", grown).demand != one.demand


def test_a_plan_that_breaks_a_rule_is_no_figure(replayer, monkeypatch):
    """It is a fault of this program, and told."""
    broken = [Violation("late", visit="V1", amount_s=60)]
    monkeypatch.setattr(module, "check", lambda *_: broken)
    job = two_scenarios()[0].jobs((FIRST,))[1]
    with pytest.raises(SolverError, match="late"):
        replayer(job)
    assert isinstance(attempt(replayer, job), SolverError)


def test_an_interrupted_search_is_no_figure(replayer, monkeypatch):
    """Half a search must not be kept."""

    def stopped(problem, effort, *, seed):
        return Plan.model_validate(
            {**plan(SOUND_ROUND).model_dump(by_alias=True), "stopped": "interrupted"}
        )

    monkeypatch.setattr(module, "solve", stopped)
    with pytest.raises(KeyboardInterrupt):
        replayer(two_scenarios()[0].jobs((FIRST,))[1])


def test_a_fault_of_this_program_spares_the_other_jobs(context):
    """A job whose base nobody gave is told, not raised."""
    job = replace(two_scenarios()[0].jobs((FIRST,))[0], base="unknown")
    found = attempt(Replayer(context), job)
    assert isinstance(found, DispatchError)
    assert "KeyError" in str(found)


def test_working_days_leave_out_weekends():
    """Tuesday 1 to Monday 7 September 2026."""
    assert [d.day for d in working_days(FIRST, 5)] == [1, 2, 3, 4, 7]
    with pytest.raises(InputError, match="at least 1"):
        working_days(FIRST, 0)


def test_moved_really_moves():
    """The fixture itself: Bègles changes hands, once."""
    service = moved(small_service(), "33039", "rive-droite")
    holders = [entry.id for entry in service.centres if "33039" in entry.communes]
    assert holders == ["rive-droite"]
