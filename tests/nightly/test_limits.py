"""A night's time is shared out over source, centres and store; each wait in it has an end."""

from __future__ import annotations

import io
import threading
import time
from datetime import timedelta

import pytest

from dispatch.errors import InputError, SolverError
from dispatch.folder.write import read_day
from dispatch.nightly import work
from dispatch.nightly.config import read_config
from dispatch.nightly.ending import Ending
from dispatch.nightly.limits import Budget, LimitsSection
from dispatch.nightly.logs import Log
from dispatch.nightly.run import run_night
from dispatch.nightly.timed_store import open_in_time
from dispatch.planday import plan as planday
from dispatch.store import Store
from dispatch.views import pages
from tests.support.in_process import in_this_process
from tests.support.night_fixture import DAY, EVENING, TICKETS, light_map, write_night


@pytest.fixture
def nights(tmp_path, monkeypatch):
    """Return what runs a night in this process, and gives its report and its log."""
    monkeypatch.setattr(planday, "plan_all", in_this_process)
    monkeypatch.setattr(pages, "map_page", light_map)
    monkeypatch.chdir(tmp_path)

    def run(more: str = "", later: int = 0, away: str = ""):
        log, on = io.StringIO(), timedelta(days=later)
        file = write_night(tmp_path, more=more)
        (tmp_path / "absences.csv").write_text(f"technician,from,to\n{away}", encoding="utf-8")
        config = read_config(file)
        report = run_night(config, Log(log), Ending(), day=DAY + on, now=EVENING + on)
        return report, log.getvalue()

    return run


def test_the_centres_have_what_source_and_end_leave():
    """Half of it for first attempts, shared among those that wait for a process."""
    now = [100.0]
    limits = LimitsSection(night_s=1000.0, source_share=0.25, last_share=0.2, grace_s=7.0)
    budget = Budget(limits, clock=lambda: now[0])
    assert (budget.source_s, budget.left_s) == (250.0, 1000.0)
    now[0] += 300
    bounds = budget.of_centres(5, 2)
    assert bounds.until == 900.0
    assert bounds.job_s == (800 - 300) * 2 / 5 / 2
    assert budget.of_centres(1, 2).job_s == 250.0
    assert (bounds.grace_s, budget.left_s) == (7.0, 700.0)
    now[0] += 5000
    assert budget.left_s == budget.of_centres(5, 2).job_s == 0.0


def test_shares_that_leave_nothing_are_refused(tmp_path):
    """With the place in the file."""
    config = write_night(tmp_path, more="[limits]\nsource_share = 0.5\nlast_share = 0.5\n")
    with pytest.raises(InputError, match="leave no time for the centres"):
        read_config(config)


@pytest.mark.slow
def test_a_source_that_never_answers_is_away_after_its_share(nights, monkeypatch):
    """A dead disk, for instance: the backlog is planned, and told; exit code 5."""
    nights(away="N1,2026-11-25,2026-11-25\n")
    silent = threading.Event()
    monkeypatch.setattr(work, "open_source", lambda *_: silent.wait(30))
    began = time.monotonic()
    report, log = nights("[limits]\nnight_s = 2.0\nsource_share = 0.1\n", later=1)
    silent.set()
    assert time.monotonic() - began < 15
    assert (report.exit_code, report.source_up, report.planned) == (5, False, 1)
    assert "was not read within 0.2 s" in log


@pytest.mark.slow
def test_a_store_that_never_answers_is_away_after_its_time(nights, monkeypatch):
    """Whatever is asked of it first; the source's tickets are planned, and it is told."""
    silent = threading.Event()
    monkeypatch.setattr(Store, "backlog", lambda *_, **__: silent.wait(30))
    report, log = nights("[limits]\nstore_s = 0.3\n")
    silent.set()
    assert (report.exit_code, report.planned) == (5, len(TICKETS))
    assert "event=store_unusable" in log
    assert "did not answer within 0.3 s" in log


def test_a_store_is_left_as_soon_as_a_signal_is_old(tmp_path, monkeypatch):
    """Its time is a minute, but the night has been told to end."""
    monkeypatch.setattr("dispatch.nightly.ending.LAST_S", 0.2)
    ending = Ending()
    store = open_in_time(str(tmp_path / "dispatch.db"), 60.0, ending)
    silent = threading.Event()
    monkeypatch.setattr(Store, "purge", lambda *_: silent.wait(30))
    ending.ignore()
    ending.note(15, None)
    began = time.monotonic()
    with store, pytest.raises(InputError, match="did not answer"):
        store.purge(DAY, None)
    assert time.monotonic() - began < 3
    silent.set()


@pytest.mark.slow
def test_a_centre_that_fails_keeps_the_plan_of_the_run_before(nights, tmp_path, monkeypatch):
    """In the folder and in the store; it is told; a centre without an earlier plan has none."""
    nights()
    before, problems = read_day(tmp_path / "out" / DAY.isoformat())

    def failing(problems, settings, **named: object):
        done = in_this_process({k: v for k, v in problems.items() if k != "sud"}, settings)
        done.failures["sud"] = SolverError("the process that worked on it was ended by signal 9")
        return done

    monkeypatch.setattr(planday, "plan_all", failing)
    report, log = nights()
    assert (report.exit_code, report.failed) == (5, {"sud": "SolverError"})
    assert "event=earlier_plan_stays centre=sud" in log
    after, now = read_day(tmp_path / "out" / DAY.isoformat())
    assert after.plans["sud"] == before.plans["sud"]
    assert now["sud"].to_json() == problems["sud"].to_json()
    assert "the plan that was made before stays" in after.failures["sud"]
    with Store.open(str(tmp_path / "dispatch.db")) as store:
        assert store.plan(DAY, "sud") == before.plans["sud"]
        states = {one.ticket.id: one.state for one in store.backlog(DAY + timedelta(days=1))}
    assert states == dict.fromkeys(TICKETS, "planned")


@pytest.mark.slow
def test_a_centre_that_is_cut_short_is_published_and_told(nights, monkeypatch):
    """What it had at the end of its time is better than nothing."""

    def cut(problems, settings, **named: object):
        done = in_this_process(problems, settings)
        done.plans["sud"] = done.plans["sud"].model_copy(update={"stopped": "interrupted"})
        done.lost["ouest-nord"] = "stood still for 30 s"
        return done

    monkeypatch.setattr(planday, "plan_all", cut)
    report, log = nights()
    assert report.exit_code == 5
    assert set(report.centres) >= {"sud", "ouest-nord"}
    assert "event=centre_cut_short" in log
    assert 'event=centre_tried_again centre=ouest-nord note="its process stood still' in log
