"""A night, whole, in this process: what it writes, what it passes over, what it leaves alone."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import signal
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatch.checker.rules import check
from dispatch.data import data_path
from dispatch.errors import Fault, InputError, SolverError, TravelError
from dispatch.folder.write import read_day
from dispatch.nightly import run as night
from dispatch.nightly import shelf, work
from dispatch.nightly.config import read_config
from dispatch.nightly.ending import EndedError, Ending, told_to_end
from dispatch.nightly.lock import BusyError, only_run
from dispatch.nightly.logs import Log
from dispatch.nightly.metrics import LAST_SUCCESS, last_success
from dispatch.nightly.run import NoPlanError, run_night
from dispatch.planday import plan as planday
from dispatch.store import Store
from dispatch.views import pages
from dispatch.wording.catalogue import catalogue
from tests.support.in_process import in_this_process
from tests.support.night_fixture import (
    DAY,
    EVENING,
    PERSONAL,
    TICKETS,
    light_map,
    without_clock,
    write_night,
    write_tickets,
)

pytestmark = pytest.mark.slow

MORE = """
[log]
format = "json"

[metrics]
file = "dispatch.prom"

[notify]
command = ["/bin/sh", "-c", "cat > told.json"]
timeout_s = 20
"""


class Nights:
    """Nights in a folder, one after the other."""

    def __init__(self, folder: Path, more: str = MORE) -> None:
        self.folder = folder
        self.file = write_night(folder, more=more)
        self.log = io.StringIO()

    def run(self, day: date | None = None, **values: Any):  # noqa: ANN401
        """Run a night as the command does."""
        self.log = io.StringIO()
        config = read_config(self.file)
        return run_night(
            config,
            Log(self.log, config.log.format),
            values.pop("ending", Ending()),
            day=day,
            now=values.pop("now", EVENING),
        )

    def change(self, old: str, new: str) -> None:
        """Change the configuration."""
        text = self.file.read_text(encoding="utf-8")
        assert old in text
        self.file.write_text(text.replace(old, new), encoding="utf-8")

    @property
    def events(self) -> dict[str, dict[str, Any]]:
        """Return the last night's events, by name."""
        return {
            event["event"]: event for event in map(json.loads, self.log.getvalue().splitlines())
        }

    @property
    def told(self) -> dict[str, Any]:
        """Return what the notification command was told."""
        return json.loads((self.folder / "told.json").read_text(encoding="utf-8"))

    def states(self, before: date = DAY + timedelta(days=30)) -> dict[str, str]:
        """Return the state of each ticket that the store knows to be open, planned or aside."""
        with Store.open(str(self.folder / "dispatch.db")) as store:
            return {kept.ticket.id: kept.state for kept in store.backlog(before=before)}


@pytest.fixture
def drawn_nights(tmp_path, monkeypatch):
    """Return nights that plan in this process."""
    monkeypatch.setattr(planday, "plan_all", in_this_process)
    monkeypatch.chdir(tmp_path)
    return Nights(tmp_path)


@pytest.fixture
def nights(drawn_nights, monkeypatch):
    """Return nights that draw no maps, either."""
    monkeypatch.setattr(pages, "map_page", light_map)
    return drawn_nights


def failing(centre: str, error: Exception):
    """Return a `plan_all` that fails for a centre."""

    def made(problems, settings, *, workers=None, on_progress=None):
        done = in_this_process({k: v for k, v in problems.items() if k != centre}, settings)
        if centre in problems:
            done.failures[centre] = error
        return done

    return made


def test_a_night_plans_the_next_working_day_into_folder_store_metrics_and_log(nights, tmp_path):
    """Checked, named by `latest`, told of."""
    report = nights.run()
    assert (report.date, report.exit_code, report.latest) == (DAY, 0, True)
    day, problems = read_day(tmp_path / "out" / "latest")
    assert day.date == DAY
    assert all(check(problems[name], plan) == [] for name, plan in day.plans.items())
    served = {s.visit for plan in day.plans.values() for r in plan.rounds for s in r.stops}
    assert served == set(TICKETS)
    with Store.open(str(tmp_path / "dispatch.db")) as store:
        [row] = store.nights()
        assert (row.day, row.exit_code, row.effort) == (DAY, 0, "quick")
        assert store.plan(DAY, "sud") == day.plans["sud"]
    assert nights.states() == dict.fromkeys(TICKETS, "planned")
    assert last_success(tmp_path / "dispatch.prom") == pytest.approx(report.finished.timestamp())
    assert nights.told == report.to_dict()
    assert list(nights.events) == [
        "night_started", "tickets_read", "planning", "centre_planned", "night_recorded",
        "old_data_removed", "night_done",
    ]  # fmt: skip
    left = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert left == [".nightly.lock", "2026-11-25", "latest"]


def test_who_was_where_on_the_nights_before_is_known_where_it_has_a_price(nights, tmp_path):
    """The next day's problems name who knows each place; a night that cannot be read is told."""
    text = data_path("service.toml").read_text(encoding="utf-8")
    assert "unfamiliarity = 0" in text
    (tmp_path / "service.toml").write_text(
        text.replace("unfamiliarity = 0", "unfamiliarity = 300"), encoding="utf-8"
    )
    nights.change('out = "out"', 'out = "out"\nservice = "service.toml"')
    nights.run()
    assert nights.events["history_read"]["days"] == 0
    (tmp_path / "out" / "2026-11-20").mkdir()
    (tmp_path / "out" / "2026-11-20" / "plan.json").write_text("{}", encoding="utf-8")
    rows = {name.replace("V", "W"): row for name, row in TICKETS.items()}
    write_tickets(tmp_path, rows)
    report = nights.run(date(2026, 11, 26))
    assert report.exit_code == 0
    told = nights.events["history_read"]
    assert (told["days"], told["unreadable"]) == (1, 1)
    before, _ = read_day(tmp_path / "out" / "2026-11-25")
    [nord] = before.plans["ouest-nord"].rounds
    _, problems = read_day(tmp_path / "out" / "2026-11-26")
    [visit] = problems["ouest-nord"].visits
    assert visit.familiar == {nord.technician: 100}


def test_nothing_personal_is_written_anywhere(drawn_nights, tmp_path):
    """Names and numbers of requesters: not in log, folder, store, metrics or notification."""
    drawn_nights.run()
    texts = [drawn_nights.log.getvalue()]
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.name != "tickets.csv":
            texts.append(path.read_bytes().decode("utf-8", "replace"))
    assert len(texts) > 10
    for text in texts:
        # The description of V1 names its requester: only who drives there may read it.
        words = PERSONAL[3:] if "Écran de" in text else PERSONAL
        assert not [word for word in words if word in text]
    for text in (drawn_nights.log.getvalue(), json.dumps(drawn_nights.told)):
        assert not [word for word in PERSONAL if word in text]
        assert "Écran" not in text


def test_the_same_night_again_gives_the_same_and_nothing_double(nights, tmp_path):
    """Every file byte for byte outside the clock; one night in the store."""
    nights.run()
    once = without_clock(tmp_path / "out" / "2026-11-25")
    with Store.open(str(tmp_path / "dispatch.db")) as store:
        visits, undone = store.visits(DAY), store.undone(DAY)
    assert nights.run(DAY).exit_code == 0
    assert without_clock(tmp_path / "out" / "2026-11-25") == once
    with Store.open(str(tmp_path / "dispatch.db")) as store:
        assert (store.visits(DAY), store.undone(DAY)) == (visits, undone)
        assert len(store.nights()) == 1
    assert nights.states() == dict.fromkeys(TICKETS, "planned")


def test_what_stays_undone_is_planned_the_night_after(nights, tmp_path):
    """And what was done, as the source does not deliver it any more, is not."""
    (tmp_path / "absences.csv").write_text(
        "technician,from,to\nS1,2026-11-25,2026-11-25\nS2,2026-11-25,2026-11-25\n",
        encoding="utf-8",
    )
    first = nights.run()
    assert (first.exit_code, first.still_open) == (0, 3)
    assert first.centres["sud"]["technicians"] == 0
    write_tickets(tmp_path, {k: v for k, v in TICKETS.items() if k in ("V2", "V3")})
    second = nights.run(now=EVENING + timedelta(days=1))
    assert second.date == date(2026, 11, 26)
    # V4 is missing for the first time: it may be half an export. V1 was planned, and is done.
    assert (second.received, second.planned) == (2, 3)
    day, _ = read_day(tmp_path / "out" / "latest")
    served = {s.visit for plan in day.plans.values() for r in plan.rounds for s in r.stops}
    assert served == {"V2", "V3", "V4"}
    assert (tmp_path / "out" / "2026-11-25" / "plan.json").exists()


def test_a_ticket_stays_open_until_the_night_of_its_earliest_day(nights, tmp_path):
    """The store knows the day, even when the source delivers nothing more."""
    text = (tmp_path / "tickets.csv").read_text(encoding="utf-8").splitlines()
    rows = [f"{line},2026-11-26" if line.startswith("V2,") else f"{line}," for line in text[1:]]
    (tmp_path / "tickets.csv").write_text(
        "\n".join([f"{text[0]},earliest_day", *rows]) + "\n", encoding="utf-8"
    )
    first = nights.run()
    assert (first.exit_code, first.still_open, first.planned) == (0, 1, len(TICKETS) - 1)
    assert nights.events["planning"]["not_yet"] == 1
    assert nights.states()["V2"] == "open"
    rows = (tmp_path / "out" / "2026-11-25" / "unassigned.csv").read_text("utf-8-sig")
    assert "Pas avant le 26/11/2026.;not_yet" in rows
    write_tickets(tmp_path, {k: v for k, v in TICKETS.items() if k == "V3"})
    second = nights.run(now=EVENING + timedelta(days=1))
    assert second.date == date(2026, 11, 26)
    assert nights.states()["V2"] == "planned"


def test_a_centre_that_fails_spares_the_others(nights, tmp_path, monkeypatch):
    """Exit code 5; its tickets stay open; the page says why, the log only what kind."""
    monkeypatch.setattr(planday, "plan_all", failing("sud", TravelError("no way to Jeanne")))
    report = nights.run()
    assert (report.exit_code, report.failed) == (5, {"sud": "TravelError"})
    assert nights.events["centre_failed"]["exit_code"] == 3
    assert "Jeanne" not in nights.log.getvalue()
    assert "no way to Jeanne" in (tmp_path / "out/latest/index.html").read_text(encoding="utf-8")
    assert nights.states() == {"V1": "planned", "V2": "open", "V3": "open", "V4": "open"}
    with Store.open(str(tmp_path / "dispatch.db")) as store:
        failures = {row.centre: row.failure for row in store.history()}
    assert failures["sud"] == "TravelError"
    assert nights.told["exit_code"] == 5


def test_where_no_centre_can_be_planned_everything_stays_as_it_was(nights, tmp_path, monkeypatch):
    """The worst failure's exit code; the metrics and the notification tell of it."""
    nights.run()
    before = without_clock(tmp_path / "out")
    success = last_success(tmp_path / "dispatch.prom")

    def none(problems, settings, **_: object):
        done = in_this_process({}, settings)
        done.failures = {name: TravelError("none") for name in problems}
        done.failures["sud"] = SolverError("broken")
        return done

    monkeypatch.setattr(planday, "plan_all", none)
    with pytest.raises(NoPlanError, match=r"sud \(SolverError\)") as caught:
        nights.run(now=EVENING + timedelta(days=1))
    assert caught.value.exit_code == 4
    assert without_clock(tmp_path / "out") == before
    assert last_success(tmp_path / "dispatch.prom") == success
    assert (nights.told["exit_code"], nights.told["folder"]) == (4, None)
    with Store.open(str(tmp_path / "dispatch.db")) as store:
        assert len(store.nights()) == 1


def test_a_source_that_cannot_be_read_leaves_the_backlog(nights, tmp_path):
    """Exit code 5, and it is said; without a backlog to plan, or where it is not wanted, 2."""
    (tmp_path / "absences.csv").write_text(
        "technician,from,to\nN1,2026-11-25,2026-11-25\n", encoding="utf-8"
    )
    nights.run()
    assert nights.states() == {"V1": "open", "V2": "planned", "V3": "planned", "V4": "planned"}
    (tmp_path / "tickets.csv").unlink()
    report = nights.run(now=EVENING + timedelta(days=1))
    assert (report.exit_code, report.source_up, report.planned) == (5, False, 1)
    assert "o such file" in nights.events["source_unusable"]["reason"]
    assert "dispatch_night_source_up 0.0" in (tmp_path / "dispatch.prom").read_text("utf-8")
    # What was on a round yesterday is neither planned again nor called done: nobody knows.
    assert nights.states()["V2"] == "planned"
    nights.change("[store]", "[backlog]\nwithout_source = false\n[store]")
    with pytest.raises(InputError, match="o such file"):
        nights.run(now=EVENING + timedelta(days=2))
    assert nights.told["exit_code"] == 2


def test_what_was_planned_with_everything_is_not_replaced_by_what_was_planned_without(
    nights, tmp_path
):
    """The same day again, while the source or the store is away: refused, and it stands."""
    nights.run()
    before = without_clock(tmp_path / "out")
    (tmp_path / "tickets.csv").rename(tmp_path / "away.csv")
    with pytest.raises(InputError, match="o such file"):
        nights.run()
    assert without_clock(tmp_path / "out") == before
    (tmp_path / "away.csv").rename(tmp_path / "tickets.csv")
    for path in tmp_path.glob("dispatch.db*"):
        path.unlink()
    (tmp_path / "dispatch.db").write_text("not a database, but long enough to be looked at" * 9)
    with pytest.raises(InputError, match="is not a dispatch store"):
        nights.run()
    assert without_clock(tmp_path / "out") == before


def test_an_empty_backlog_does_not_stand_in_for_the_source(nights, tmp_path):
    """A day without any visit would look like one that was planned."""
    (tmp_path / "tickets.csv").unlink()
    with pytest.raises(InputError, match="o such file"):
        nights.run()
    assert not (tmp_path / "out" / "latest").exists()


def test_a_store_that_cannot_be_used_leaves_what_the_source_delivers(nights, tmp_path):
    """Exit code 5; where the source delivers only what is new, nothing is planned twice."""
    (tmp_path / "dispatch.db").write_text("not a database, but long enough to be looked at" * 9)
    report = nights.run()
    assert (report.exit_code, report.planned, report.still_open) == (5, 4, None)
    assert nights.events["store_unusable"]["kind"] == "InputError"
    assert (tmp_path / "out" / "latest" / "plan.json").exists()
    nights.change("[store]", "[backlog]\ncomplete = false\n[store]")
    with pytest.raises(InputError):
        nights.run()


def test_neither_source_nor_store_is_too_little(nights, tmp_path):
    """There is nothing to plan by."""
    (tmp_path / "dispatch.db").write_text("not a database, but long enough to be looked at" * 9)
    (tmp_path / "tickets.csv").unlink()
    with pytest.raises(InputError, match="o such file"):
        nights.run()


def test_a_source_of_news_does_not_open_what_was_planned(nights, tmp_path):
    """A file that stays in the folder delivers its tickets every night."""
    nights.change("[store]", "[backlog]\ncomplete = false\n[store]")
    nights.run()
    assert nights.run(now=EVENING + timedelta(days=1)).planned == 0
    write_tickets(tmp_path, {**TICKETS, "V5": "33318,-0.631,44.803,30,,,,,"})
    third = nights.run(now=EVENING + timedelta(days=2))
    assert (third.date, third.planned) == (date(2026, 11, 27), 1)


def test_absences_that_cannot_be_read_are_told_and_passed_over(nights, tmp_path):
    """One technician too many is better than no round at all."""
    (tmp_path / "absences.csv").write_text(
        "technician,from,to\nS1,2026-11-25,2026-11-25\nJeanne,2026-11-25,2026-11-25\n",
        encoding="utf-8",
    )
    report = nights.run()
    assert (report.exit_code, report.faults) == (5, 1)
    assert report.centres["sud"]["technicians"] == 1
    reason = nights.events["absences_faulty"]["reason"]
    assert (
        reason == "absences.csv:3:1: technician: no such technician in the roster; correct the id"
    )


def test_tickets_that_would_fail_a_centres_day_are_held_back_alone(nights, tmp_path, monkeypatch):
    """Pinned to somebody away; off the roads. Each is told and stays open, the rest is planned."""
    real = work.problem_of

    def off_the_roads(of, *rest: object, **values: bool):
        if any(ticket.id == "V3" for ticket in of.tickets):
            msg = "visit/V3 is far from any street"
            raise TravelError(msg)
        return real(of, *rest, **values)

    monkeypatch.setattr(work, "problem_of", off_the_roads)
    write_tickets(tmp_path, {**TICKETS, "V5": "33318,-0.631,44.803,30,,S1,,,", "V6": "x,,,,,,,,"})
    (tmp_path / "absences.csv").write_text(
        "technician,from,to\nS1,2026-11-25,2026-11-25\n", encoding="utf-8"
    )
    report = nights.run()
    assert (report.exit_code, report.received, report.planned, report.rejected) == (0, 5, 3, 3)
    text = (tmp_path / "out" / "latest" / "set-aside.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[0] == ["Date", "Source", "Endroit", "Ticket", "Motif"]
    assert [row[3] for row in rows[1:]] == ["V6", "V3", "V5"]
    words = catalogue().rejections
    assert [row[4] for row in rows[2:]] == [words.off_the_roads, words.pinned_away]
    assert nights.states()["V5"] == nights.states()["V3"] == "open"
    with Store.open(str(tmp_path / "dispatch.db")) as store:
        assert {aside.id for aside in store.rejected(DAY)} == {"V3", "V5", "V6"}


def test_a_mandatory_visit_that_nobody_can_serve_makes_the_night_one_in_part(nights, tmp_path):
    """As `dispatch plan` says it: exit code 5, and the centre is named."""
    first, *lines = (tmp_path / "tickets.csv").read_text(encoding="utf-8").strip().split("\n")
    more = [f"{line},{'visio,oui' if line.startswith('V1') else ','}" for line in lines]
    marked = [f"{first},skills,mandatory", *more]
    (tmp_path / "tickets.csv").write_text("\n".join(marked) + "\n", encoding="utf-8")
    report = nights.run()
    assert (report.exit_code, report.infeasible) == (5, ["ouest-nord"])
    assert nights.events["mandatory_visit_unserved"]["centre"] == "ouest-nord"


def test_days_and_rows_that_are_old_enough_go(nights, tmp_path):
    """Folders as the stricter of the service's two says, or as the configuration if shorter."""
    for days in (29, 30, 31):
        old = tmp_path / "out" / (EVENING.date() - timedelta(days=days)).isoformat()
        old.mkdir(parents=True)
        (old / "plan.json").write_text("{}", encoding="utf-8")
    nights.run()
    assert nights.events["old_data_removed"]["folders"] == 1
    nights.change("[store]", "[retention]\nfolders_days = 29\n[store]")
    nights.run()
    assert nights.events["old_data_removed"]["folders"] == 1


@pytest.mark.parametrize(
    ("of", "name", "event"),
    [
        (Store, "record", "night_not_recorded"),
        (Store, "purge", "old_data_not_removed"),
        (shelf, "point_latest", "latest_not_moved"),
        (shelf, "sweep", "old_data_not_removed"),
    ],
)
def test_what_fails_once_the_day_is_in_place_is_told_and_the_rest_is_done(
    nights, tmp_path, monkeypatch, of, name, event
):
    """Exit code 5; run again, all is well."""

    def full(*_: object, **__: object) -> None:
        raise InputError([Fault("place", "", None, "cannot be written")])

    with monkeypatch.context() as patch:
        patch.setattr(of, name, full)
        report = nights.run()
    assert (report.exit_code, report.troubles) == (5, ["place: cannot be written"])
    assert nights.events[event]["reason"] == "place: cannot be written"
    assert list(nights.events)[-1] == "night_done"
    assert (tmp_path / "out" / "2026-11-25" / "plan.json").exists()
    assert nights.run(DAY).exit_code == 0
    assert (tmp_path / "out" / "latest" / "plan.json").exists()
    with Store.open(str(tmp_path / "dispatch.db")) as store:
        assert [row.day for row in store.nights()] == [DAY]


def test_a_second_run_at_the_same_time_is_refused_and_tells_nobody(nights, tmp_path):
    """The night, its metrics and its notification are the other run's."""
    with only_run(tmp_path / "out", DAY), pytest.raises(BusyError, match="another run is at work"):
        nights.run()
    assert list(nights.events) == ["another_run_at_work"]
    assert not (tmp_path / "dispatch.prom").exists()
    assert not (tmp_path / "told.json").exists()


@pytest.mark.parametrize("name", ["plan.json", "map-sud.html", "set-aside.csv"])
def test_a_full_disk_is_told_and_what_was_there_stays(nights, tmp_path, monkeypatch, name):
    """Wherever it fills up."""
    nights.run()
    before = without_clock(tmp_path / "out")
    real = Path.open

    def full(path: Path, mode: str = "r", *more: Any, **named: Any) -> Any:  # noqa: ANN401
        if "w" in mode and path.name.strip(".").startswith(name):
            with real(path, "wb") as file:
                file.write(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(path, mode, *more, **named)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(InputError, match="No space left on device"):
        nights.run(DAY)
    assert without_clock(tmp_path / "out") == before
    assert "No space left on device" in nights.events["night_failed"]["reason"]
    assert nights.told["exit_code"] == 2


def test_a_folder_that_cannot_be_made_is_told(nights, tmp_path):
    """Metrics and notification tell of it too: somebody has to know."""
    (tmp_path / "out").write_text("in the way", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        nights.run()
    assert nights.told["exit_code"] == 2
    assert LAST_SUCCESS not in (tmp_path / "dispatch.prom").read_text(encoding="utf-8")


def test_metrics_and_notification_that_fail_do_not_fail_the_night(nights, tmp_path):
    """They are logged."""
    nights.change('"dispatch.prom"', '"tickets.csv/dispatch.prom"')
    nights.change('"cat > told.json"', '"exit 3"')
    assert nights.run().exit_code == 0
    assert "cannot be written" in nights.events["metrics_not_written"]["reason"]
    assert nights.events["not_notified"]["note"] == "the notification command ended with 3"


def test_an_unforeseen_error_is_told_by_its_place_and_not_by_its_text(nights, monkeypatch):
    """Its text may hold anything."""

    def broken(*_: object, **__: object) -> None:
        msg = "Jeanne Secret"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr(night, "reject_unplannable", broken)
    with pytest.raises(ZeroDivisionError):
        nights.run()
    event = nights.events["night_failed"]
    assert (event["kind"], event["exit_code"]) == ("ZeroDivisionError", 4)
    assert "run.py:" in event["where"]
    assert "Jeanne" not in nights.log.getvalue() + json.dumps(nights.told)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_planning_leaves_everything_as_it_was(nights, tmp_path, monkeypatch, number):
    """Also where the search answers it by what it has so far, as searches do."""
    nights.run()
    before = without_clock(tmp_path / "out")

    def told(problems, settings, **_: object):
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        return in_this_process(problems, settings)

    monkeypatch.setattr(planday, "plan_all", told)
    with pytest.raises(EndedError) as caught, told_to_end() as ending:
        nights.run(now=EVENING + timedelta(days=1), ending=ending)
    assert caught.value.exit_code == 128 + number
    assert without_clock(tmp_path / "out") == before
    assert nights.events["night_ended"]["signal"] == number.name
    assert nights.told["exit_code"] == 128 + number


def test_a_signal_once_the_day_is_in_place_changes_nothing(nights, tmp_path, monkeypatch):
    """The night goes through to its end."""
    real = Store.record

    def told(self: Store, recorded: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        real(self, recorded)

    monkeypatch.setattr(Store, "record", told)
    with told_to_end() as ending:
        assert nights.run(ending=ending).exit_code == 0
    with Store.open(str(tmp_path / "dispatch.db")) as store:
        assert len(store.nights()) == 1


def test_handlers_of_signals_are_given_back():
    """Whoever runs a night in a program of their own has theirs afterwards."""
    before = signal.getsignal(signal.SIGTERM)
    with told_to_end():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_the_services_own_file_is_used_where_it_is_named(nights, tmp_path):
    """With its retention: here, everything of yesterday's goes tonight."""
    text = data_path("service.toml").read_text(encoding="utf-8")
    changed = text.replace("who_did_what_days = 60", "who_did_what_days = 1")
    (tmp_path / "service.toml").write_text(changed, encoding="utf-8")
    nights.change('out = "out"', 'out = "out"\nservice = "service.toml"')
    nights.run()
    nights.run(now=EVENING + timedelta(days=3))
    assert nights.events["old_data_removed"]["folders"] == 1
    with Store.open(str(tmp_path / "dispatch.db")) as store:
        assert store.plan(DAY, "sud") is None
        assert len(store.nights()) == 2


def test_a_list_cut_to_a_quarter_cancels_nothing_until_somebody_says_so(nights, tmp_path):
    """Two nights of it: a warning, a metric, every ticket open; then each cancellation is told."""
    # Nobody has these skills, so that all tickets stay open.
    rows = {f"V{n}": f"33318,-0.63{n},44.80,30,,,,,panne {n}" for n in range(12)}
    away = "id,centre,skills\nN1,ouest-nord,poste\n"
    (tmp_path / "roster.csv").write_text(away, encoding="utf-8")
    write_tickets(tmp_path, rows)
    nights.run()
    write_tickets(tmp_path, dict(list(rows.items())[:3]))
    for later in (1, 2):
        report = nights.run(now=EVENING + timedelta(days=later))
        assert (report.missing, report.cancelled) == (9, 0)
        assert nights.events["list_shrunk"]["missing"] == 9
        assert nights.events["list_shrunk"]["level"] == "warning"
        assert "dispatch_tickets_missing 9.0" in (tmp_path / "dispatch.prom").read_text("utf-8")
        assert len(nights.states()) == 12
    nights.change("[store]", "[backlog]\nshrinks_at = 1.0\nshrinks_from = 100\n\n[store]")
    nights.run(now=EVENING + timedelta(days=6))
    report = nights.run(now=EVENING + timedelta(days=7))
    assert (report.missing, report.cancelled) == (0, 9)
    assert nights.log.getvalue().count("ticket_cancelled") == 9
    assert nights.events["ticket_cancelled"]["ticket"] == "V9"
    assert len(nights.states()) == 3
