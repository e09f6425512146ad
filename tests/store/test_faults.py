"""What can go wrong with a store is told with its name and the remedy, and never its password."""

from __future__ import annotations

import logging
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from dispatch.errors import InputError
from dispatch.service.service import read_service
from dispatch.store import Store, address, recording
from dispatch.store import store as store_module
from dispatch.store.address import engine_of
from dispatch.store.patience import StorePatience
from tests.support import store_servers as servers
from tests.support.paths import ROOT
from tests.support.store_servers import MONDAY, first_night

pytestmark = pytest.mark.slow

# What must never be seen.
SECRET = "s3cret-w0rd"


@pytest.fixture
def impatient(monkeypatch):
    """Wait for other writers a moment only."""
    monkeypatch.setattr(address, "PATIENCE_S", 0.2)
    monkeypatch.setattr(store_module, "PATIENCE_S", 1)
    monkeypatch.setattr(address, "StorePatience", partial(StorePatience, lock_s=1.0))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://root@host/db", "not supported"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///a.db?mode=ro", "names no file"),
        (f"://x:{SECRET}@host", "is not an address"),
        (f"postgresql://x:{SECRET}@host:port/db", "is not an address"),
    ],
)
def test_what_is_no_address_is_refused_without_showing_it(url, message):
    """It may hold a password, even where it is wrong."""
    with pytest.raises(InputError, match=message) as found:
        Store.open(url)
    assert SECRET not in str(found.value)


def test_a_password_is_never_seen(caplog):
    """Not in the error, nor its causes, nor what is logged, nor the name shown."""
    caplog.set_level(logging.DEBUG)
    for url in (
        f"postgresql://nightly:{SECRET}@127.0.0.1:1/dispatch",
        f"postgresql://nightly@127.0.0.1:1/dispatch?password={SECRET}",
    ):
        with pytest.raises(InputError, match="cannot be reached") as found:
            Store.open(url)
        assert "127.0.0.1" in str(found.value)
        told = "".join(traceback.format_exception(found.value))
        assert SECRET not in told
        assert SECRET not in repr(address.address_of(url))
    assert SECRET not in caplog.text


def test_a_server_without_its_driver_says_what_to_install(monkeypatch):
    """The driver is an extra."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InputError, match=r"needs psycopg.*\.\[postgres\]"):
        Store.open("postgresql://host/database")


def test_a_database_that_does_not_exist_is_named(postgres):
    """The server answers, and has no such database."""
    with pytest.raises(InputError, match=r"nowhere.*does not exist") as found:
        Store.open(f"postgresql:///nowhere?{postgres}")
    assert found.value.exit_code == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id;insee\n1;33063\n" * 100, "is not a dispatch store"),
        (b"SQLite format 3\0" + bytes(range(256)) * 20, "is (not a dispatch store|damaged)"),
    ],
)
def test_a_file_of_something_else_is_left_as_it_is(tmp_path, content, message):
    """A CSV file named by mistake is not written over."""
    path = tmp_path / "visits.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"visits.csv: {message}"):
        Store.open(str(path))
    assert path.read_bytes() == content


def test_a_place_where_no_file_can_be_is_told(tmp_path):
    """A folder, and a file in no folder."""
    with pytest.raises(InputError, match="is a folder"):
        Store.open(str(tmp_path))
    with pytest.raises(InputError, match="is in no folder"):
        Store.open(str(tmp_path / "a" / "b.db"))


def test_no_store_is_made_where_one_is_only_to_be_read(store_url):
    """A name with a slip of the pen makes no empty store."""
    with pytest.raises(InputError, match="is no store yet"):
        Store.open(store_url, create=False)
    if "://" not in store_url:
        assert not Path(store_url).exists()


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    """SQLite is given no more pages: the night is refused, the one before stays."""
    url = str(tmp_path / "full.db")
    with Store.open(url) as store:
        store.record(first_night())

    def limited(address, *_: object):
        engine = engine_of(address)

        @event.listens_for(engine, "connect")
        def _full(connection, _):
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")

        return engine

    monkeypatch.setattr(store_module, "engine_of", limited)
    with Store.open(url) as store:
        large = replace(first_night(), rejected=first_night().rejected * 20_000)
        with pytest.raises(InputError, match="the disk is full"):
            store.record(replace(large, exit_code=5))
        assert store.nights()[0].exit_code == 0
        assert len(store.rejected(MONDAY)) == 1


def test_a_store_that_another_program_writes_to_is_waited_for_then_told(store_url, impatient):
    """Reading goes on meanwhile; writing works again once the other has ended."""
    with Store.open(store_url) as store:
        store.record(first_night())
        with store.writing(), Store.open(store_url) as other:
            assert len(other.nights()) == 1
            with pytest.raises(InputError, match="in use by another program"):
                other.record(first_night())
            with pytest.raises(InputError, match="in use by another program"):
                other.check()
        store.record(first_night())


def test_postgresql_writers_wait_at_the_same_lock(postgres, impatient):
    """Whoever holds it, the others wait."""
    url = servers.empty_database(postgres)
    with Store.open(url) as store, servers.connection_to(url) as connection:
        connection.execute(select(func.pg_advisory_xact_lock(store_module.WRITERS)))
        with pytest.raises(InputError, match="in use by another program"):
            store.record(first_night())


def test_a_server_that_goes_away_half_way_is_told_and_nothing_is_kept(postgres, monkeypatch):
    """Its administrator ends the connection while a night is written."""
    url = servers.empty_database(postgres)
    with Store.open(url) as store:
        store.record(first_night())
        insert = recording.add_rows

        def cut_off(connection, table, values):
            insert(connection, table, values)
            if table.name == "sighting":
                pid = connection.execute(select(func.pg_backend_pid())).scalar()
                with servers.connection_to(url) as administrator:
                    administrator.execute(select(func.pg_terminate_backend(pid)))

        monkeypatch.setattr(recording, "add_rows", cut_off)
        with pytest.raises(InputError, match=r"went away|shut down|cannot be reached"):
            store.record(first_night(exit_code=5))
        monkeypatch.undo()
        assert store.nights()[0].exit_code == 0
        store.record(first_night(exit_code=5))
        assert store.nights()[0].exit_code == 5


READ_ONLY = """
import sys
from pathlib import Path
from datetime import date
from dispatch.errors import InputError
from dispatch.service.service import read_service
from dispatch.store import Store
from tests.support.store_servers import first_night
path = sys.argv[1]
try:
    with Store.open(path) as store:
        store.check()
except InputError as error:
    sys.stdout.write(f"check: {error}\\n")
try:
    with Store.open(path) as store:
        store.record(first_night())
except InputError as error:
    sys.stdout.write(f"record: {error}\\n")
try:
    Store.open(str(Path(path).with_name("new.db")))
except InputError as error:
    sys.stdout.write(f"new: {error}\\n")
"""


@pytest.mark.skipif(
    os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root, and no setpriv"
)
def test_a_protected_file_is_told():
    """As somebody who may read it and not write to it; nothing is changed."""
    folder = Path(tempfile.mkdtemp(prefix="store-"))
    try:
        path = folder / "store.db"
        with Store.open(str(path)) as store:
            store.record(first_night())
        path.chmod(0o444)
        folder.chmod(0o555)
        before = path.read_bytes()
        command = [sys.executable, "-c", READ_ONLY, str(path)]
        if os.geteuid() == 0:
            # Root may write anywhere, unless that right is taken away.
            command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        told = ran.stdout.splitlines()
        assert len(told) == 3, ran.stderr
        for line, what in zip(told, ("check", "record", "new"), strict=True):
            assert line.startswith(what)
            assert re.search("is protected|cannot be (opened|made)", line), line
        assert path.read_bytes() == before
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_plan_that_was_damaged_is_told(tmp_path):
    """It is compressed JSON, and nothing else is taken for one."""
    path = tmp_path / "store.db"
    with Store.open(str(path)) as store:
        store.record(first_night())
        with closing(sqlite3.connect(path)) as raw:
            raw.execute("UPDATE centre_night SET plan = x'00'")
            raw.commit()
        with pytest.raises(InputError, match="is damaged"):
            store.plan(MONDAY, "sud")


@pytest.mark.parametrize("fill", [b"\x00", b"\xff", b"\x0d"])
def test_whatever_page_of_its_file_is_spoilt_the_store_and_the_remedy_are_told(tmp_path, fill):
    """Reading, recording and removing old rows either work or end with an error of the store's."""
    whole, path = tmp_path / "whole.db", tmp_path / "store.db"
    with Store.open(str(whole)) as store:
        store.record(first_night())
    content = whole.read_bytes()
    told = set()
    for at in range(4096, len(content), 4096):
        path.write_bytes(content[:at] + fill * 4096 + content[at + 4096 :])
        try:
            with Store.open(str(path)) as store:
                store.backlog(MONDAY)
                store.purge(MONDAY, read_service().retention)
                store.record(first_night())
        except InputError as error:
            told.add(str(error).split(": ", 1)[1])
        for beside in tmp_path.glob("store.db*"):
            beside.unlink()
    assert told
    assert all(re.search("damaged|cannot be used|is no store", each) for each in told), told
