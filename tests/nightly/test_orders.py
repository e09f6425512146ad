"""Days planned in any order, planned again, killed: no ticket is on two days, and none is lost."""

from __future__ import annotations

import io
import os
import shutil
import signal
import tempfile
from contextlib import suppress
from datetime import date, datetime, time
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dispatch.folder.write import read_plans
from dispatch.nightly import shelf
from dispatch.nightly.calendar import PARIS
from dispatch.nightly.config import read_config
from dispatch.nightly.ending import Ending
from dispatch.nightly.logs import Log
from dispatch.nightly.published import digest_of, on_rounds
from dispatch.nightly.run import run_night
from dispatch.planday import write
from dispatch.store import Store
from tests.support.night_fixture import write_night, write_tickets
from tests.support.served_in_turn import ServedInTurn

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks"),
    # A fork of a process with threads is meant to be killed, and nothing else.
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]

DAYS = [date(2026, 11, 24), *(date(2026, 11, day) for day in (25, 26, 27, 30)), date(2026, 12, 1)]
FAR = date(2027, 6, 1)
# The steps of a publication, in order; a night is killed before one of them, or after it.
STEPS = [
    (Store, "announce"), (shelf, "put_in_place"), (shelf, "point_latest"), (Store, "record"),
    (shelf, "sweep"), (Store, "purge"),
]  # fmt: skip
KILLS = [(number, after) for number in range(len(STEPS)) for after in (False, True)]


def killed_at(number: int, *, after: bool) -> None:
    """End this process before or after a step of the publication, as a power cut does."""
    of, name = STEPS[number]
    real = getattr(of, name)

    def stopped(*arguments: object, **named: object) -> object:
        # The start puts `latest` right as well, before anything is announced.
        early = name == "point_latest" and not stopped.announced  # type: ignore[attr-defined]
        if after or early:
            result = real(*arguments, **named)
            if early:
                return result
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    stopped.announced = False  # type: ignore[attr-defined]
    announce = Store.announce

    def noted(self: Store, night: object) -> None:
        stopped.announced = True  # type: ignore[attr-defined]
        announce(self, night)  # type: ignore[arg-type]

    Store.announce = noted  # type: ignore[method-assign, assignment]
    setattr(of, name, stopped)


class Orders(RuleBasedStateMachine):
    """Evenings, tickets that come, and nights in any order; the truth is kept beside."""

    @initialize(complete=st.booleans())
    def begin(self, complete: bool) -> None:
        """Begin on the evening before the first day, with a ticket."""
        self.folder = Path(tempfile.mkdtemp(prefix="orders-"))
        self.complete = complete
        more = "" if complete else "\n[backlog]\ncomplete = false\n"
        self.config = read_config(write_night(self.folder, more=more))
        self.patch = mock.patch.object(write, "pages_of_day", return_value={})
        self.patch.start()
        self.evening = 0
        self.asked = ["T01"]
        self.done: set[str] = set()
        # Delivered to a night that came to its end.
        self.taken: set[str] = set()

    def teardown(self) -> None:
        """Remove the folder."""
        with suppress(AttributeError):
            self.patch.stop()
            shutil.rmtree(self.folder)

    @property
    def out(self) -> Path:
        """Return the folder of days."""
        return self.folder / "out"

    @property
    def now(self) -> datetime:
        """Return the instant: half past seven in the evening."""
        return datetime.combine(DAYS[self.evening], time(19, 30), PARIS)

    def rounds(self) -> dict[date, set[str]]:
        """Return what the folders of days to come have on their rounds."""
        return {
            day: on_rounds(read_plans(self.out / day.isoformat()))
            for day in shelf.days_of(self.out)
            if day > DAYS[self.evening]
        }

    def night(self, day: date, most: int) -> int:
        """Run a night to its end; return its exit code."""
        report = run_night(
            self.config, Log(io.StringIO()), Ending(), day=day, now=self.now,
            planner=ServedInTurn(most),
        )  # fmt: skip
        return report.exit_code

    def tickets_come(self, count: int) -> None:
        """Somebody calls."""
        first = len(self.asked) + 1
        self.asked += [f"T{number:02}" for number in range(first, first + count)]

    @precondition(lambda self: self.evening < 3)
    @rule(missed=st.booleans())
    def a_day_goes_by(self, missed: bool) -> None:
        """Its rounds are driven; a complete source delivers again what was not done."""
        self.evening += 1
        folder = self.out / DAYS[self.evening].isoformat()
        if (folder / "plan.json").exists():
            driven = sorted(on_rounds(read_plans(folder)))
            self.done |= set(driven[1:] if missed and self.complete else driven)

    @rule(
        calls=st.integers(0, 2),
        ahead=st.sampled_from([1, 1, 2]),
        most=st.integers(0, 4),
        killed=st.none() | st.sampled_from(KILLS),
        cut=st.booleans(),
    )
    def plan(
        self, ahead: int, most: int, killed: tuple[int, bool] | None, cut: bool, calls: int = 0
    ) -> None:
        """Plan tomorrow or the day after, whether it was planned before or not."""
        self.tickets_come(calls)
        day = DAYS[self.evening + ahead]
        waiting = [name for name in self.asked if name not in self.done]
        if self.complete:
            delivered = waiting[: max(1, len(waiting) // 2)] if cut else waiting
        else:
            fresh = [name for name in self.asked if name not in self.taken]
            delivered = fresh if cut else [*fresh, *(n for n in self.asked if n in self.taken)]
        delivered = delivered or ["T00"]
        write_tickets(self.folder, dict.fromkeys(delivered, "33318,-0.63,44.806,20,,,,,"))
        if killed is not None:
            self.fork(day, most, killed)
            return
        assert self.night(day, most) == 0
        self.taken |= set(delivered)
        self.nothing_is_lost(set(delivered))

    def fork(self, day: date, most: int, killed: tuple[int, bool]) -> None:
        """Run a night in a fork, which is killed."""
        child = os.fork()
        if child == 0:
            with suppress(BaseException):
                killed_at(killed[0], after=killed[1])
                self.night(day, most)
            os._exit(1)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status)

    def nothing_is_lost(self, delivered: set[str]) -> None:
        """Hold that each ticket is either on the rounds of one day to come, or waits."""
        rounds = self.rounds()
        day_of = {name: day for day, names in rounds.items() for name in names}
        with Store.open(str(self.folder / "dispatch.db")) as store:
            entries = {e.ticket.id: e for e in store.backlog(FAR, delivered=sorted(self.taken))}
            digests = store.published()
        for day in rounds:
            assert digests[day] == digest_of(self.out / day.isoformat())
        for name in sorted((self.taken & set(self.asked)) - self.done):
            entry = entries[name]
            if name in day_of:
                assert (entry.state, entry.since) == ("planned", day_of[name]), name
            elif name in delivered or not self.complete:
                assert entry.state == "open", (name, entry.state)
            else:
                # A list that should be complete lacks it: it waits, or counts as closed.
                assert entry.state != "planned", name
        assert shelf.latest_day(self.out) == min(rounds)

    @invariant()
    def no_ticket_is_on_two_days(self) -> None:
        """Whatever happened, killed or not."""
        if not hasattr(self, "folder"):
            return
        found = [name for names in self.rounds().values() for name in names]
        assert len(found) == len(set(found))


def test_in_whatever_order_nights_come_no_ticket_is_on_two_days_and_none_is_lost():
    """A complete source and one of news, lists cut short, and kills between any two steps."""
    run_state_machine_as_test(
        Orders, settings=settings(max_examples=12, stateful_step_count=8, deadline=None)
    )


def test_the_day_before_is_planned_again_after_the_day_behind_it():
    """As seen: three tickets stood on the first and on the second of December."""
    orders = Orders()
    try:
        orders.begin(complete=True)
        orders.tickets_come(5)
        first, second = DAYS[1], DAYS[2]
        orders.plan(ahead=1, most=3, killed=None, cut=False)
        orders.plan(ahead=2, most=3, killed=None, cut=False)
        assert orders.rounds() == {first: {"T01", "T02", "T03"}, second: {"T04", "T05", "T06"}}
        orders.plan(ahead=1, most=6, killed=None, cut=False)
        assert orders.rounds() == {first: {"T01", "T02", "T03"}, second: {"T04", "T05", "T06"}}
        # What the first leaves now, the second takes up.
        orders.plan(ahead=1, most=1, killed=None, cut=False)
        orders.plan(ahead=2, most=5, killed=None, cut=False)
        rest = {"T02", "T03", "T04", "T05", "T06"}
        assert orders.rounds() == {first: {"T01"}, second: rest}
    finally:
        orders.teardown()


def test_a_source_of_news_is_not_asked_twice_for_what_a_night_left():
    """The same day is planned again, and only what came since is delivered: the rest is known."""
    orders = Orders()
    try:
        orders.begin(complete=False)
        orders.tickets_come(2)
        orders.plan(ahead=1, most=1, killed=None, cut=True)
        orders.plan(ahead=1, most=4, killed=None, cut=True, calls=1)
        assert orders.rounds() == {DAYS[1]: {"T01", "T02", "T03", "T04"}}
    finally:
        orders.teardown()
