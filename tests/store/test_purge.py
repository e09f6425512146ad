"""What the store forgets, and when."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from dispatch.errors import InputError
from dispatch.service.night_settings import Retention
from dispatch.service.service import read_service
from dispatch.store import Purged, Store, address
from dispatch.store.backlog import merge_delivered
from tests.support.paths import ROOT
from tests.support.store_servers import (
    MONDAY,
    connection_to,
    empty_database,
    first_night,
    night_of,
    ticket,
)

pytestmark = pytest.mark.slow

KEEP = Retention(who_did_what_days=60, ticket_text_days=30, tickets_days=365, set_aside_days=50)
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def filled(store):
    """Return a store of two nights: A and B were planned on Monday and done on Tuesday; C waits."""
    store.record(first_night())
    joined = merge_delivered(store.backlog(TUESDAY), [ticket("C")], TUESDAY, gone_nights=2)
    store.record(night_of(joined, [], TUESDAY, rejected=()))
    return store


def after(days: int):
    """Return a day so many days after Monday."""
    return MONDAY + timedelta(days=days)


def test_nothing_goes_on_the_last_day_it_may_be_kept(filled):
    """60 days after Monday its plan is 60 days old; the tickets' text goes after 30."""
    assert filled.purge(after(31), KEEP) == Purged()
    assert filled.purge(after(32), KEEP) == Purged(ticket_texts=2)
    assert filled.purge(after(50), KEEP) == Purged()
    assert filled.purge(after(51), KEEP) == Purged(rejected=1)
    assert filled.purge(after(60), KEEP) == Purged()


def test_who_was_where_goes_and_the_figures_stay(filled):
    """After two months there is no plan and no visit, and the history is as it was."""
    before = filled.history()
    assert filled.purge(after(61), KEEP) == Purged(plans=1, visits=2, ticket_texts=2, rejected=1)
    assert filled.plan(MONDAY, "sud") is None
    assert filled.plan(TUESDAY, "sud") is not None
    assert filled.visits(MONDAY) == ()
    assert filled.history() == before
    # What stayed undone names nobody.
    assert len(filled.undone(MONDAY)) == 1


def test_what_still_waits_is_kept_however_old_it_is(filled):
    """C was never closed: nobody's age makes it so."""
    filled.purge(after(3000), KEEP)
    (left,) = filled.backlog(after(3000), delivered=["A", "B", "C"])
    assert left.ticket.id == "C"
    assert left.ticket.description == "Écran noir (état civil)"
    assert left.first_seen == MONDAY


def test_closed_tickets_go_after_a_year(filled):
    """Their text before; then all of them, with what stayed undone."""
    filled.purge(after(300), KEEP)
    assert filled.purge(after(366), KEEP) == Purged(undone=1)
    assert filled.purge(after(367), KEEP) == Purged(tickets=2, undone=1)
    assert filled.purge(after(367), KEEP) == Purged()


def test_a_ticket_that_was_closed_and_is_open_again_is_kept_however_old_it_is(filled):
    """A was done on Tuesday and is asked for again on Wednesday; B stays done."""
    wednesday = after(2)
    joined = merge_delivered(
        filled.backlog(wednesday, ["A"]), [ticket("A")], wednesday, gone_nights=2
    )
    filled.record(night_of(joined, [], wednesday, rejected=()))
    assert filled.purge(after(40), KEEP).ticket_texts == 1
    assert filled.purge(after(3000), KEEP).tickets == 1
    left = {one.ticket.id: one.ticket for one in filled.backlog(after(3000), delivered=["A", "B"])}
    assert sorted(left) == ["A", "C"]
    assert left["A"].description == "Écran noir (état civil)"


def test_a_ticket_that_was_wiped_and_comes_back_is_new(filled):
    """Its place is no longer known, so the source's word is all there is."""
    filled.purge(after(40), KEEP)
    assert [one.ticket.id for one in filled.backlog(after(41), delivered=["A"])] == ["C"]
    joined = merge_delivered(
        filled.backlog(after(41), ["A"]), [ticket("A")], after(41), gone_nights=2
    )
    filled.record(night_of(joined, ["A"], after(41)))
    again = {one.ticket.id: one for one in filled.backlog(after(42))}["A"]
    assert again.ticket.description == "Écran noir (état civil)"
    assert again.first_seen == after(41)


def test_what_was_removed_cannot_be_read_from_the_file(tmp_path):
    """Neither in the file nor in what SQLite keeps beside it."""
    path = tmp_path / "store.db"
    secret = "Derrière la porte bleue".encode()
    with Store.open(str(path)) as store:
        joined = merge_delivered((), [ticket("A", address=secret.decode())], MONDAY, gone_nights=1)
        store.record(night_of(joined, ["A"], MONDAY))
        joined = merge_delivered(store.backlog(TUESDAY), [], TUESDAY, gone_nights=1)
        store.record(night_of(joined, [], TUESDAY))
        assert any(secret in file.read_bytes() for file in tmp_path.iterdir())
        size = path.stat().st_size
        assert store.purge(after(400), KEEP).tickets == 1
        assert not any(secret in file.read_bytes() for file in tmp_path.iterdir())
        assert path.stat().st_size <= size


def test_what_was_removed_is_in_no_table_of_the_server(postgres):
    """A plain vacuum would leave it in the heap; what the log still holds is said."""
    url = empty_database(postgres)
    secret = "Derrière la porte bleue"

    def files() -> list[bytes]:
        with connection_to(url) as connection:
            [folder] = connection.execute(text("SHOW data_directory")).one()
            connection.execute(text("CHECKPOINT"))
        return [path.read_bytes() for path in Path(folder, "base").rglob("*") if path.is_file()]

    with Store.open(url) as store:
        joined = merge_delivered((), [ticket("A", address=secret)], MONDAY, gone_nights=1)
        store.record(night_of(joined, ["A"], MONDAY))
        joined = merge_delivered(store.backlog(TUESDAY), [], TUESDAY, gone_nights=1)
        store.record(night_of(joined, [], TUESDAY))
        assert any(secret.encode() in content for content in files())
        assert store.purge(after(40), KEEP).ticket_texts == 1
        assert not any(secret.encode() in content for content in files())
        assert "(WAL)" in store.remains


def test_a_vacuum_that_failed_is_made_up_for(tmp_path, monkeypatch):
    """The rows went, and the file was in use: the next purge finds nothing to remove."""
    path, secret = tmp_path / "store.db", "Derrière la porte bleue"
    with Store.open(str(path)) as store:
        assert store.remains == ""
        joined = merge_delivered((), [ticket("A", address=secret)], MONDAY, gone_nights=1)
        store.record(night_of(joined, ["A"], MONDAY))
        joined = merge_delivered(store.backlog(TUESDAY), [], TUESDAY, gone_nights=1)
        store.record(night_of(joined, [], TUESDAY))
        with closing(sqlite3.connect(path)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM night").fetchone()
            monkeypatch.setattr(address, "PATIENCE_S", 0.1)
            with Store.open(str(path)) as other, suppress(InputError):
                other.purge(after(40), KEEP)
        assert store.purge(after(40), KEEP) == Purged()
        assert not any(secret.encode() in file.read_bytes() for file in tmp_path.iterdir())


def test_copies_from_before_an_upgrade_go_with_what_they_hold(tmp_path):
    """They are as old as the upgrade; another file beside is not theirs."""
    path = tmp_path / "store.db"
    Store.open(str(path), to="0001").close()
    other = tmp_path / "other.db.before-0001"
    other.write_bytes(b"")
    with Store.open(str(path)) as store:
        copy = tmp_path / "store.db.before-0001"
        made = datetime.fromtimestamp(copy.stat().st_mtime, tz=UTC).date()
        assert store.purge(made + timedelta(days=60), KEEP).backups == 0
        assert copy.exists()
        os.utime(copy, (0, 0))
        assert store.purge(made, KEEP) == Purged(backups=1)
        assert not copy.exists()
        assert other.exists()


def test_purged_things_are_counted_in_all():
    """For the night's log."""
    assert Purged(1, 2, 3, 4, 5, 6, 7).total == 28


def test_the_service_says_how_long_with_its_reasons():
    """The bundled file keeps people's places two months at most, as the CNIL asks."""
    service = read_service()
    assert service.retention.who_did_what_days <= 62
    assert service.retention.ticket_text_days <= service.retention.tickets_days
    whole = (ROOT / "data/service.toml").read_text(encoding="utf-8")
    section = whole.split("[retention]")[1].split("\n[")[0]
    assert section.count("[assumption]") >= 3
    assert "CNIL" in section


def test_a_limit_below_a_day_is_refused():
    """Nothing can be forgotten before it is known."""
    with pytest.raises((InputError, ValueError)):
        Retention(who_did_what_days=0, ticket_text_days=1, tickets_days=1, set_aside_days=1)
