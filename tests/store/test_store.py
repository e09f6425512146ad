"""The store keeps nights whole, the same in SQLite and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from dispatch.errors import InputError
from dispatch.store import CentreNight, NightRow, PlannedVisit, RejectedRecord, Store, UndoneVisit
from dispatch.store.backlog import merge_delivered
from tests.support.store_servers import MONDAY, first_night, kept, night_of, plan_of, ticket

pytestmark = pytest.mark.slow

TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


def everything(store: Store) -> list[object]:
    """Return all that a store says of three days."""
    days = [MONDAY, TUESDAY, WEDNESDAY]
    return [
        store.nights(),
        store.history(),
        *(store.plan(day, "sud") for day in days),
        *(store.visits(day) for day in days),
        *(store.undone(day) for day in days),
        *(store.rejected(day) for day in days),
        *(store.backlog(day, delivered=list("ABCD")) for day in [*days, date(2027, 1, 1)]),
    ]


def test_a_night_comes_back_as_it_was_recorded(store):
    """Its figures, its plan, who was to be where, what stayed undone, what was rejected."""
    night = first_night()
    store.record(night)
    assert store.nights() == (
        NightRow(MONDAY, night.started, night.finished, 0, "0.1.0", "bundled", "quick", 1),
    )
    assert store.nights()[0].duration_s == 90
    failed, sud = store.history()
    assert (failed.centre, failed.failure, failed.travel_s) == (
        "ouest-nord",
        "no travel times",
        None,
    )
    assert (sud.visits_served, sud.visits_unassigned, sud.travel_s) == (2, 1, 1800)
    assert (sud.distance_m, sud.technicians, sud.elapsed_s) == (12_000, 3, 1.25)
    assert (sud.gap, sud.bound_s, sud.problem_sha256) == (0.8, 1800, "ab" * 32)
    assert store.plan(MONDAY, "sud") == night.centres["sud"].plan
    assert store.plan(MONDAY, "ouest-nord") is None
    assert store.visits(MONDAY) == (
        PlannedVisit(
            MONDAY, "sud", "T09", 1, "A", "33318", -0.63, 44.81, 30_000, 30_000, 31_800
        ),
        PlannedVisit(
            MONDAY, "sud", "T09", 2, "B", "33318", -0.63, 44.81, 32_400, 32_400, 34_200
        ),
    )  # fmt: skip
    assert store.undone(MONDAY) == (UndoneVisit(MONDAY, "sud", "C", "crowded_out"),)
    assert store.rejected(MONDAY) == (
        RejectedRecord("export.csv", "line 7", "X-1", "the position is outside the commune"),
    )


def test_the_backlog_comes_back_as_it_was_settled(store):
    """Every field of every ticket, in the order of ids; the night itself finds them open again."""
    night = first_night()
    assert store.backlog(MONDAY) == ()
    store.record(night)
    assert store.backlog(TUESDAY) == night.tickets
    assert store.backlog(MONDAY) == tuple(replace(one, state="open") for one in night.tickets)
    assert [one.state for one in store.backlog(TUESDAY)] == ["planned", "planned", "open"]


def test_the_same_night_again_takes_the_place_of_the_first(store):
    """Nothing is there twice, and what only the first run was delivered is not lost."""
    store.record(first_night())
    joined = merge_delivered(
        store.backlog(MONDAY), [ticket("A"), ticket("D")], MONDAY, gone_nights=2
    )
    again = night_of(joined, ["D", "A"], MONDAY, seed=2, exit_code=5)
    store.record(again)
    assert len(store.nights()) == 1
    assert store.nights()[0].exit_code == 5
    assert [one.visit for one in store.visits(MONDAY)] == ["D", "A"]
    assert [one.visit for one in store.undone(MONDAY)] == ["B", "C"]
    left = [(one.ticket.id, one.state, one.gone_nights) for one in store.backlog(TUESDAY)]
    assert left == [("A", "planned", 0), ("B", "open", 1), ("C", "open", 1), ("D", "planned", 0)]
    before = everything(store)
    store.record(again)
    assert everything(store) == before


def test_what_only_the_first_run_of_a_night_knew_cannot_be_read_from_the_file(tmp_path):
    """C is delivered at first and not when the night is run again: its text goes as well."""
    path, secret = tmp_path / "store.db", "Derrière la porte bleue"
    joined = merge_delivered((), [ticket("A"), ticket("C", address=secret)], MONDAY, gone_nights=1)
    with Store.open(str(path)) as store:
        store.record(night_of(joined, ["A"], MONDAY))
    assert secret.encode() in path.read_bytes()
    joined = merge_delivered((), [ticket("A")], MONDAY, gone_nights=1)
    with Store.open(str(path)) as store:
        store.record(night_of(joined, ["A"], MONDAY))
    assert secret.encode() not in path.read_bytes()


def test_a_night_run_again_knows_what_later_days_have_on_their_rounds(store):
    """A stays on Monday or waits, C stays on Tuesday: nobody is sent twice, nothing is lost."""
    saturday = MONDAY - timedelta(days=2)

    def joined(day, names="ABC"):
        fresh = [ticket(name) for name in names]
        return merge_delivered(store.backlog(day), fresh, day, gone_nights=2, today=saturday)

    store.record(first_night())
    store.record(night_of(joined(TUESDAY), ["C"], TUESDAY))
    again = joined(MONDAY)
    assert [one.ticket.id for one in again.to_plan] == ["A", "B"]
    store.record(night_of(again, ["B"], MONDAY))
    states = {one.ticket.id: (one.state, one.since) for one in store.backlog(WEDNESDAY)}
    assert states == {
        "A": ("open", MONDAY), "B": ("planned", MONDAY), "C": ("planned", TUESDAY)
    }  # fmt: skip
    # Tuesday again takes up what Monday has left.
    assert [one.ticket.id for one in joined(TUESDAY).to_plan] == ["A", "C"]


def test_the_newest_night_has_the_last_word_on_a_ticket(store):
    """Whatever day it planned: its values are the last that were delivered."""
    store.record(first_night())
    fresh = [ticket("B"), ticket("C", description="corrigé")]
    joined = merge_delivered(store.backlog(TUESDAY), fresh, TUESDAY, gone_nights=2)
    store.record(night_of(joined, ["C"], TUESDAY))
    texts = {one.ticket.id: one.ticket.description for one in store.backlog(WEDNESDAY)}
    assert texts == {"B": "Écran noir (état civil)", "C": "corrigé"}
    store.record(first_night())
    texts = {one.ticket.id: one.ticket.description for one in store.backlog(WEDNESDAY)}
    assert texts["C"] == "Écran noir (état civil)"


def test_a_closed_ticket_is_out_of_the_backlog_until_it_is_delivered_again(store):
    """A was planned and is gone: done. Delivered again, the store still knows when it began."""
    store.record(first_night())
    joined = merge_delivered(store.backlog(TUESDAY), [ticket("C")], TUESDAY, gone_nights=2)
    store.record(night_of(joined, ["C"], TUESDAY))
    assert [one.ticket.id for one in store.backlog(WEDNESDAY)] == ["C"]
    known = store.backlog(WEDNESDAY, delivered=["A", "unknown"])
    assert [(one.ticket.id, one.state, one.first_seen) for one in known] == [
        ("A", "done", MONDAY),
        ("C", "planned", MONDAY),
    ]


def test_history_is_cut_by_day_and_centre(store):
    """Both ends belong to it."""
    store.record(first_night())
    store.record(replace(first_night(), day=TUESDAY))
    store.record(replace(first_night(), day=WEDNESDAY))
    found = store.history(since=TUESDAY, until=TUESDAY, centre="sud")
    assert [(row.day, row.centre) for row in found] == [(TUESDAY, "sud")]
    assert len(store.history()) == 6
    assert [row.day for row in store.nights(since=TUESDAY)] == [TUESDAY, WEDNESDAY]
    assert store.history(centre="nowhere") == ()


def test_instants_are_the_same_whatever_their_zone(store):
    """Half past four in Paris is half past two in UTC."""
    paris = timezone(timedelta(hours=2))
    started = datetime(2026, 7, 1, 4, 30, tzinfo=paris)
    store.record(first_night(started=started, finished=started + timedelta(minutes=2)))
    row = store.nights()[0]
    assert row.started == started
    assert row.started.utcoffset() == timedelta(0)
    assert row.duration_s == 120


def test_hostile_text_is_kept_as_text(store):
    """Quotes, markup, NUL and halves of characters neither break the statement nor the night."""
    name = "'); DROP TABLE ticket; --"
    text = "<script>{{7*191}}\0${x}\ud800 %s :day '"
    joined = merge_delivered((), [ticket(name, description=text)], MONDAY, gone_nights=2)
    store.record(night_of(joined, [name], MONDAY))
    (found,) = store.backlog(TUESDAY)
    assert found.ticket.id == name
    assert found.ticket.description == "<script>{{7*191}}\ufffd${x}? %s :day '"


def test_many_tickets_are_asked_for_at_once(store):
    """More ids than a statement of an old SQLite takes."""
    names = [f"T{number:04}" for number in range(1200)]
    joined = merge_delivered((), [ticket(name) for name in names], MONDAY, gone_nights=1)
    store.record(night_of(joined, names, MONDAY))
    joined = merge_delivered(store.backlog(TUESDAY), (), TUESDAY, gone_nights=1)
    store.record(night_of(joined, [], TUESDAY))
    assert store.backlog(WEDNESDAY) == ()
    assert [one.ticket.id for one in store.backlog(WEDNESDAY, delivered=names)] == names


def test_a_night_that_contradicts_itself_is_refused_whole(store):
    """Every fault is told, and what was there stays."""
    store.record(first_night())
    before = everything(store)
    naive = datetime(2026, 11, 24, 2, 30)  # noqa: DTZ001 - the fault
    night = first_night()
    with pytest.raises(InputError, match="no time zone") as found:
        store.record(replace(night, started=naive, tickets=(kept("A"), kept("A"))))
    assert len(found.value.faults) == 2
    lost = {"sud": CentreNight(plan_of(["A", "Y", "Z"]))}
    with pytest.raises(InputError, match="has no ticket") as found:
        store.record(replace(night, centres=lost))
    assert [fault.value for fault in found.value.faults] == ["Y", "Z"]
    assert everything(store) == before


def test_a_night_that_the_database_refuses_leaves_the_old_one(store):
    """A centre's name that is far too long fails after the old rows were removed."""
    store.record(first_night())
    before = everything(store)
    night = first_night()
    too_large = CentreNight(plan_of(["A"]), technicians=2**70)
    with pytest.raises((InputError, OverflowError)):
        store.record(replace(night, exit_code=5, centres={"sud": too_large}))
    assert everything(store) == before


def test_a_store_that_can_be_written_to_passes_the_check_unchanged(store):
    """`dispatch doctor` asks this."""
    store.record(first_night())
    before = everything(store)
    store.check()
    assert everything(store) == before
