"""A night's start brings folders, `latest` and store together; a wrong clock changes nothing."""

from __future__ import annotations

import io
import json
import shutil
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from dispatch.errors import Fault, InputError, SolverError
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
from tests.support.night_fixture import DAY, EVENING, without_clock, write_night, write_tickets
from tests.support.served_in_turn import ServedInTurn

if TYPE_CHECKING:
    from dispatch.solve.side_by_side import Planned

pytestmark = pytest.mark.slow

NEXT = DAY + timedelta(days=1)
LATER = DAY + timedelta(days=2)
ROW = "33318,-0.63,44.806,20,,,,,"


class Nights:
    """Nights of one centre in a folder, planned by a stand-in."""

    def __init__(self, folder) -> None:
        self.folder, self.out = folder, folder / "out"
        self.file = write_night(folder, more='\n[log]\nformat = "json"\n')
        self.events: list[dict[str, object]] = []
        self.deliver("V1", "V2", "V3", "V4")

    def deliver(self, *names: str) -> None:
        """Let the source deliver these tickets."""
        write_tickets(self.folder, dict.fromkeys(names, ROW))

    def run(
        self,
        day: date | None = DAY,
        *,
        most: int = 2,
        now: datetime = EVENING,
        planner: object = None,
        **more: bool,
    ):
        """Run a night that serves so many visits."""
        log = io.StringIO()
        try:
            return run_night(
                read_config(self.file), Log(log, "json"), Ending(), day=day, now=now,
                planner=planner or ServedInTurn(most), **more,
            )  # fmt: skip
        finally:
            self.events = [json.loads(line) for line in log.getvalue().splitlines()]

    def told(self, event: str) -> list[object]:
        """Return the dates of the last night's events of a name."""
        return [each.get("date") for each in self.events if each["event"] == event]

    def rounds(self, day: date) -> set[str]:
        """Return what the folder of a day has on its rounds."""
        return on_rounds(read_plans(self.out / day.isoformat()))

    def store(self) -> Store:
        """Open the store."""
        return Store.open(str(self.folder / "dispatch.db"))

    def states(self) -> dict[str, tuple[str, date]]:
        """Return state and day of each ticket."""
        with self.store() as store:
            return {each.ticket.id: (each.state, each.since) for each in store.backlog(date.max)}

    def lose_the_store(self) -> None:
        """Remove it."""
        for path in self.folder.glob("dispatch.db*"):
            path.unlink()


@pytest.fixture
def nights(tmp_path, monkeypatch):
    """Return nights that draw no pages."""
    monkeypatch.setattr(write, "pages_of_day", lambda *_, **__: {})
    return Nights(tmp_path)


def test_latest_is_the_next_day_to_be_driven_not_the_last_one_planned(nights):
    """Planned two days ahead; when the first has begun, it is the second."""
    assert nights.run(DAY).latest
    assert not nights.run(NEXT).latest
    assert shelf.latest_day(nights.out) == DAY
    nights.run(LATER, now=EVENING + timedelta(days=1))
    assert shelf.latest_day(nights.out) == NEXT


def test_the_day_that_has_begun_is_named_again_once_it_is_planned_again(nights):
    """At seven in the morning somebody is ill; tomorrow is planned already."""
    nights.run(DAY)
    nights.run(NEXT)
    morning = datetime(2026, 11, 25, 7, tzinfo=PARIS)
    assert nights.run(DAY, now=morning).latest
    assert shelf.latest_day(nights.out) == DAY


def test_a_day_a_year_ahead_is_refused_and_changes_nothing(nights):
    """Given --force it is planned, and `latest` stays."""
    nights.run(DAY)
    before = without_clock(nights.out)
    far = date(2027, 11, 25)
    with pytest.raises(InputError, match="lies 366 days ahead"):
        nights.run(far)
    assert without_clock(nights.out) == before
    nights.run(far, force=True)
    assert shelf.days_of(nights.out) == [DAY, far]
    assert shelf.latest_day(nights.out) == DAY


@pytest.mark.parametrize("store", ["there", "lost"])
def test_a_clock_that_has_jumped_removes_nothing(nights, store):
    """As seen: a clock in 2030 deleted the days about to be driven, and ended with 0."""
    nights.run(DAY)
    nights.run(NEXT)
    if store == "lost":
        nights.lose_the_store()
    before = without_clock(nights.out)
    for now in (datetime(2030, 1, 7, 19, 30, tzinfo=PARIS), datetime(2020, 1, 7, tzinfo=PARIS)):
        with pytest.raises(InputError, match="--force"):
            nights.run(None, now=now)
        assert without_clock(nights.out) == before
        assert shelf.latest_day(nights.out) == DAY
    nights.run(None, now=datetime(2030, 1, 7, 19, 30, tzinfo=PARIS), force=True)
    assert shelf.days_of(nights.out) == [date(2030, 1, 8)]


def test_a_day_to_come_whose_folder_is_gone_gives_its_tickets_back(nights):
    """Nobody can drive it: they are planned with the next night."""
    nights.run(DAY)
    assert nights.states()["V1"] == ("planned", DAY)
    shutil.rmtree(nights.out / DAY.isoformat())
    nights.run(NEXT, most=4)
    assert nights.told("day_gone") == [DAY.isoformat()]
    assert nights.rounds(NEXT) == {"V1", "V2", "V3", "V4"}


def test_a_day_that_was_changed_since_is_known_as_it_is(nights):
    """`dispatch replan` or a plan by hand: V1 left its round, V4 came to it."""
    nights.run(DAY)
    published = nights.out / DAY.isoformat()
    nights.deliver("V3", "V4")
    other = nights.out.parent / "other"
    shutil.copytree(published, other)
    nights.run(DAY, most=4)
    shutil.rmtree(published)
    shutil.move(other, published)
    nights.deliver("V1", "V2", "V3", "V4")
    nights.run(NEXT, most=4)
    assert nights.told("day_adopted") == [DAY.isoformat()]
    assert (nights.rounds(DAY), nights.rounds(NEXT)) == ({"V1", "V2"}, {"V3", "V4"})
    with nights.store() as store:
        assert store.published()[DAY] == digest_of(published)
    nights.run(NEXT, most=4)
    assert nights.told("day_adopted") == []


def test_a_lost_store_learns_from_the_folders(nights):
    """Nobody is sent twice, and a source of news need not deliver again."""
    nights.run(DAY)
    nights.lose_the_store()
    nights.deliver("V5")
    nights.run(NEXT, most=4)
    assert nights.told("day_adopted") == [DAY.isoformat()]
    # What the first day had left is in its folder too.
    assert nights.rounds(NEXT) == {"V3", "V4", "V5"}
    assert nights.states()["V1"] == ("planned", DAY)


def test_without_a_store_the_folders_say_who_is_on_a_round(nights):
    """It is of another program meanwhile: the night has exit code 5, and nobody is sent twice."""
    nights.run(DAY)
    nights.lose_the_store()
    (nights.folder / "dispatch.db").write_text("not a database, but long enough" * 9)
    assert nights.run(NEXT, most=4).exit_code == 5
    assert nights.rounds(NEXT) == {"V3", "V4"}


def test_a_plan_that_stands_from_before_may_serve_what_was_closed_since(nights):
    """The centre fails when the day is planned again, and V1 cannot be read any more."""
    nights.run(DAY)

    def failing(problems, settings, **_: object) -> Planned:
        done = ServedInTurn(2)({k: v for k, v in problems.items() if k != "sud"}, settings)
        done.failures["sud"] = SolverError("broken")
        return done

    rows = {"V1": "x,,,,,,,,", **dict.fromkeys(("V2", "V3", "V4"), ROW)}
    write_tickets(nights.folder, rows)
    assert nights.run(DAY, planner=failing).exit_code == 5
    assert nights.rounds(DAY) == {"V1", "V2"}
    states = nights.states()
    assert (states["V1"][0], states["V2"]) == ("set_aside", ("planned", DAY))
    nights.deliver("V1", "V2", "V3", "V4")
    nights.run(NEXT, most=4)
    # The folder is what is driven: nobody goes to V1 twice.
    assert nights.rounds(NEXT) == {"V3", "V4"}


def test_a_folder_that_cannot_be_read_is_told_and_its_tickets_stay(nights):
    """Damaged by hand: the store's word counts."""
    nights.run(DAY)
    (nights.out / DAY.isoformat() / "plan.json").write_text("{}", encoding="utf-8")
    assert nights.run(NEXT, most=4).exit_code == 0
    assert nights.told("folder_unreadable") == [DAY.isoformat()]
    assert nights.rounds(NEXT) == {"V3", "V4"}


def test_a_folder_that_cannot_take_its_place_leaves_the_store_as_it_was(nights, monkeypatch):
    """The night's note is dropped with it."""
    nights.run(DAY)
    with nights.store() as store:
        before = (store.nights(), store.visits(DAY), store.published())

    def held(*_: object) -> None:
        raise InputError([Fault("stops.csv", "", None, "is held open")])

    monkeypatch.setattr(shelf, "put_in_place", held)
    with pytest.raises(InputError, match="held open"):
        nights.run(DAY, most=4)
    with nights.store() as store:
        assert (store.nights(), store.visits(DAY), store.published()) == before
        assert store.announced() == ()


def test_what_was_planned_today_is_not_planned_again_while_it_is_driven(nights):
    """At two in the afternoon the rounds of the day are not over; in the evening they are."""
    nights.run(DAY)
    afternoon = datetime(2026, 11, 25, 14, tzinfo=PARIS)
    nights.run(NEXT, most=4, now=afternoon)
    assert nights.rounds(NEXT) == {"V3", "V4"}
    nights.run(NEXT, most=4, now=afternoon + timedelta(hours=5))
    assert nights.rounds(NEXT) == {"V1", "V2", "V3", "V4"}
