"""The journal of what is published: noted, completed, or taken back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from dispatch.errors import InputError
from dispatch.service.night_settings import Retention
from dispatch.store import PendingNight, Store
from dispatch.store.backlog import merge_delivered
from tests.support.store_servers import MONDAY, connection_to, first_night, night_of, ticket

TUESDAY = MONDAY + timedelta(days=1)
DIGEST = "ab" * 32
KEEP = Retention(who_did_what_days=60, ticket_text_days=30, tickets_days=365, set_aside_days=50)


def all_of(store: Store) -> list[object]:
    """Return all that a store says of a night and of the backlog after it."""
    return [
        store.nights(),
        store.history(),
        store.plan(MONDAY, "sud"),
        store.visits(MONDAY),
        store.undone(MONDAY),
        store.rejected(MONDAY),
        store.backlog(TUESDAY),
        store.published(),
    ]


@pytest.mark.slow
def test_a_night_that_was_only_noted_is_recorded_later_as_if_at_once(store):
    """Dates, instants, the plan's bytes, what is not known: all come back."""
    night = first_night(digest=DIGEST)
    store.announce(night)
    assert store.announced() == (PendingNight(MONDAY, DIGEST),)
    assert store.nights() == ()
    assert store.backlog(TUESDAY) == ()
    store.complete(MONDAY)
    completed = all_of(store)
    assert store.announced() == ()
    store.record(night)
    assert all_of(store) == completed
    assert store.published() == {MONDAY: DIGEST}


def test_a_night_that_is_taken_back_leaves_what_was_there(tmp_path):
    """Its folder did not take its place."""
    with Store.open(str(tmp_path / "a.db")) as store:
        store.record(first_night())
        before = all_of(store)
        store.announce(replace(first_night(exit_code=5), digest=DIGEST))
        assert all_of(store) == before
        store.withdraw(MONDAY)
        assert (all_of(store), store.announced()) == (before, ())
        with pytest.raises(InputError, match="is damaged; plan that day again"):
            store.complete(MONDAY)


def test_recording_a_night_removes_its_note_and_no_other(tmp_path):
    """Two days may be noted, as two runs may be killed."""
    with Store.open(str(tmp_path / "a.db")) as store:
        night = first_night(digest=DIGEST)
        store.announce(night)
        joined = merge_delivered((), [ticket("Z")], TUESDAY, gone_nights=2)
        store.announce(night_of(joined, ["Z"], TUESDAY, digest=DIGEST))
        store.record(night)
        assert store.announced() == (PendingNight(TUESDAY, DIGEST),)


def test_a_note_that_nobody_completed_goes_with_age(tmp_path):
    """It holds what a night holds, and cannot be read from the file afterwards."""
    path = tmp_path / "a.db"
    with Store.open(str(path)) as store:
        store.announce(first_night(digest=DIGEST))
        store.purge(MONDAY + timedelta(days=60), KEEP)
        assert len(store.announced()) == 1
        assert store.purge(MONDAY + timedelta(days=61), KEEP).plans == 1
        assert store.announced() == ()
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT count(*) FROM pending_night").fetchone() == (0,)


@pytest.mark.slow
def test_nights_of_an_older_store_are_numbered_in_the_order_in_which_they_ended(store_url):
    """Tuesday was planned first: what it says of C is older than what Monday says."""
    with Store.open(store_url) as store:
        store.record(first_night())
        joined = merge_delivered((), [ticket("C")], TUESDAY, gone_nights=2)
        early = first_night().finished - timedelta(hours=1)
        store.record(night_of(joined, ["C"], TUESDAY, finished=early))
    with connection_to(store_url) as connection:
        # As version 0002 left it.
        connection.execute(text("ALTER TABLE night DROP COLUMN number"))
        connection.execute(text("ALTER TABLE night DROP COLUMN digest"))
        connection.execute(text("DROP TABLE pending_night"))
        for name in ("within_s", "not_with", "earliest_day"):
            connection.execute(text(f"ALTER TABLE ticket DROP COLUMN {name}"))
        connection.execute(text("UPDATE dispatch_schema SET version_num = '0002'"))
    with Store.open(store_url) as store:
        states = {one.ticket.id: one.state for one in store.backlog(TUESDAY + timedelta(days=1))}
        assert states == {"A": "planned", "B": "planned", "C": "open"}
        assert store.published() == {MONDAY: None, TUESDAY: None}
