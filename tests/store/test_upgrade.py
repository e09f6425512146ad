"""An older store is upgraded with all that it holds; newer ones and other databases are refused."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, inspect, text

from dispatch.errors import InputError
from dispatch.store import Store, rows
from dispatch.store.schema import VERSION_TABLE, metadata
from dispatch.store.upgrade import backups, revisions
from tests.support.store_servers import MONDAY, connection_to, first_night

OLDER = revisions()[:-1]


def fill(url: str) -> None:
    """Put a night into a store of whatever revision, as that version did."""
    night = first_night()
    values = {
        "night": [rows.night_values(night)],
        "centre_night": [
            rows.centre_values(night, name, made) for name, made in night.centres.items()
        ],
        "planned_visit": list(rows.visit_values(night)),
        "undone_visit": list(rows.undone_values(night)),
        "ticket": [rows.ticket_values(kept) for kept in night.tickets],
        "sighting": [rows.sighting_values(night, kept) for kept in night.tickets],
        "set_aside": list(rows.rejected_values(night)),
    }
    there = MetaData()
    with connection_to(url) as connection:
        there.reflect(connection)
        for table in there.sorted_tables:
            known = set(table.columns.keys())
            for row in values.get(table.name, []):
                told = {name: value for name, value in row.items() if name in known}
                connection.execute(table.insert().values(told))


@pytest.mark.parametrize("revision", OLDER)
def test_a_store_of_every_earlier_version_is_upgraded_with_what_it_holds(store_url, revision):
    """Nights, plans, visits and the backlog are all there afterwards, and can be recorded anew."""
    Store.open(store_url, to=revision).close()
    fill(store_url)
    night = first_night()
    with Store.open(store_url) as store:
        assert [row.day for row in store.nights()] == [MONDAY]
        assert store.plan(MONDAY, "sud") == night.centres["sud"].plan
        assert [(row.centre, row.travel_s) for row in store.history()] == [
            ("ouest-nord", None),
            ("sud", 1800),
        ]
        assert len(store.visits(MONDAY)) == 2
        assert len(store.undone(MONDAY)) == 1
        assert store.backlog(MONDAY.replace(day=24)) == night.tickets
        store.record(night)
        assert store.history()[1].technicians == 3


@pytest.mark.parametrize("revision", OLDER)
def test_a_copy_of_an_older_file_stays_beside_it(tmp_path, revision):
    """It holds what was there, at the older revision, for its owner only."""
    path = tmp_path / "100% [a]*.db"
    Store.open(str(path), to=revision).close()
    fill(str(path))
    Store.open(str(path)).close()
    (copy,) = backups(path)
    assert copy.name == f"100% [a]*.db.before-{revision}"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute(f"SELECT * FROM {VERSION_TABLE}").fetchall() == [(revision,)]
        assert connection.execute("SELECT count(*) FROM ticket").fetchone() == (3,)
    # Opened again, there is nothing to upgrade and nothing to copy.
    copy.unlink()
    Store.open(str(path)).close()
    assert backups(path) == []


def test_a_new_file_is_for_its_owner_only(tmp_path):
    """It says who was where."""
    Store.open(str(tmp_path / "new.db")).close()
    assert stat.S_IMODE((tmp_path / "new.db").stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "new.db"]


def test_the_steps_lead_to_the_tables_that_the_code_knows(store_url):
    """Alembic finds no difference."""
    Store.open(store_url).close()
    with connection_to(store_url) as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_an_upgrade_that_fails_half_way_leaves_the_older_store(store_url):
    """The second step adds a table, then a column that stands there already: neither is kept."""
    Store.open(store_url, to="0001").close()
    fill(store_url)
    with connection_to(store_url) as connection:
        connection.execute(text("ALTER TABLE centre_night ADD COLUMN technicians INTEGER"))
    with pytest.raises(InputError, match="technicians"):
        Store.open(store_url, to="0002")
    Store.open(store_url, to="0001").close()
    with connection_to(store_url) as connection:
        assert "set_aside" not in inspect(connection).get_table_names()
        assert connection.execute(text("SELECT count(*) FROM ticket")).scalar() == 3


def test_a_store_of_a_newer_version_is_refused(store_url):
    """With its revision, and what to do."""
    Store.open(store_url).close()
    with connection_to(store_url) as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(InputError, match=r"newer version of dispatch.*9999"):
        Store.open(store_url)


def test_a_database_of_something_else_is_refused_and_left_alone(store_url):
    """No table of ours is put beside others."""
    Store.open(store_url).close()
    with connection_to(store_url) as connection:
        metadata.drop_all(connection)
        connection.execute(text(f"DROP TABLE {VERSION_TABLE}"))
        connection.execute(text("CREATE TABLE invoices (number INTEGER)"))
    with pytest.raises(InputError, match=r"something else.*invoices"):
        Store.open(store_url)


@pytest.mark.slow
def test_the_steps_are_in_the_package():
    """An installed package brings them along."""
    assert revisions()[0] == "0001"
    assert revisions() == sorted(revisions())
    found = Path(rows.__file__).parent / "migrations" / "versions"
    assert len(list(found.glob("[0-9]*.py"))) == len(revisions())
