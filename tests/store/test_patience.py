"""A database server that answers slowly, or not at all, ends in time and is told as that."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import text

from dispatch.errors import InputError
from dispatch.store import Store
from dispatch.store.address import address_of, engine_of
from dispatch.store.faults import translated_errors
from dispatch.store.patience import StorePatience
from dispatch.store.store import WRITERS
from tests.support.store_servers import (
    MONDAY,
    connection_to,
    empty_database,
    first_night,
    frozen_server,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="stops processes it finds"),
]

IMPATIENT = StorePatience(connect_s=2.0, lock_s=0.3, statement_s=0.7, answer_s=1.0)


@pytest.fixture
def url(postgres: str) -> str:
    """Return the address of a store on the server, with a night in it."""
    made = empty_database(postgres)
    with Store.open(made) as store:
        store.record(first_night())
    return made


def test_a_server_that_stands_still_is_not_waited_for(postgres, url):
    """Before the store is opened, and after."""
    began = time.monotonic()
    with Store.open(url, patience=IMPATIENT) as store, frozen_server(postgres):
        with pytest.raises(InputError, match="cannot be reached"):
            store.backlog(before=MONDAY)
        with pytest.raises(InputError, match="cannot be reached"):
            Store.open(url, patience=IMPATIENT)
    assert time.monotonic() - began < 10
    with Store.open(url, patience=IMPATIENT) as store:
        assert len(store.nights()) == 1


def test_a_server_that_stops_in_the_middle_of_a_transaction_is_hung_up_on(postgres, url):
    """The statement has been sent, and nobody answers."""
    engine = engine_of(address_of(url), IMPATIENT)
    began = time.monotonic()

    def ask() -> None:
        with translated_errors(address_of(url)), engine.connect() as used:
            used.execute(text("SELECT 1"))
            with frozen_server(postgres):
                used.execute(text("SELECT 2"))

    with pytest.raises(InputError, match="cannot be reached"):
        ask()
    assert time.monotonic() - began < 4


def test_a_statement_that_takes_too_long_is_ended_by_the_server(url):
    """And told as that, not as a server that is shut down."""
    engine = engine_of(address_of(url), IMPATIENT)
    with (
        pytest.raises(InputError, match="did not answer in time"),
        translated_errors(address_of(url)),
        engine.connect() as used,
    ):
        used.execute(text("SELECT pg_sleep(10)"))


def test_a_writer_that_never_ends_is_not_waited_for(url):
    """Another program holds the writers' lock."""
    with connection_to(url) as other, Store.open(url, patience=IMPATIENT) as store:
        other.execute(text(f"SELECT pg_advisory_xact_lock({WRITERS})"))
        with pytest.raises(InputError, match="was in use by another program for too long"):
            store.record(first_night())


def test_an_address_may_say_otherwise(url):
    """Its own parameters come first."""
    engine = engine_of(address_of(f"{url}&connect_timeout=7"), IMPATIENT)
    with engine.connect() as used:
        info = used.connection.driver_connection.info
        assert info.get_parameters()["connect_timeout"] == "7"
        assert info.get_parameters()["keepalives_count"] == "3"
