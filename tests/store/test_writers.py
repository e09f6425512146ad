"""Several programs may write to a store at once, and any of them may be killed at any moment."""

from __future__ import annotations

import multiprocessing
import random
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.store import Store, upgrade
from dispatch.store.backlog import merge_delivered
from tests.support.store_servers import MONDAY, first_night, night_of, ticket

pytestmark = pytest.mark.slow

KILLS = 16
# Longer than two nights take to be recorded on a loaded machine, so that every moment of one is met
# (seconds).
LONGEST_S = 0.5


@pytest.fixture(scope="module")
def processes():
    """Give processes that start at once: their server has imported everything before."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.test_writers", "psycopg"])
    return context


def large_night(seed: int):
    """Return a night of 80 visits, or of 60 others; which, its seed says."""
    names = [f"{seed}-{number}" for number in range(80 if seed == 1 else 60)]
    joined = merge_delivered((), [ticket(name) for name in names], MONDAY, gone_nights=2)
    return night_of(joined, names[: 40 * seed], MONDAY, seed=seed)


def record_for_ever(url: str, ready) -> None:
    """Record the one night and the other, in turn, until killed."""
    nights = [large_night(2), large_night(1)]
    with Store.open(url) as store:
        ready.set()
        while True:
            for night in nights:
                store.record(night)


def record_days(url: str, first: int, count: int) -> None:
    """Record so many days from the first on; the store may have to be made before."""
    with Store.open(url) as store:
        for number in range(first, first + count):
            store.record(replace(first_night(), day=MONDAY + timedelta(days=number)))


def test_killed_at_any_moment_the_old_night_is_there_or_the_new(store_url, processes):
    """Whole: its figures, plan, visits, undone and tickets are all of the same run."""
    wanted = {seed: large_night(seed) for seed in (1, 2)}
    with Store.open(store_url) as store:
        store.record(wanted[1])
    chance = random.Random(5)
    met = set()
    for _ in range(KILLS):
        ready = processes.Event()
        writer = processes.Process(target=record_for_ever, args=(store_url, ready))
        writer.start()
        assert ready.wait(60)
        time.sleep(chance.uniform(0, LONGEST_S))
        writer.kill()
        writer.join()
        with Store.open(store_url) as store:
            (row,) = store.nights()
            night = wanted[row.seed]
            met.add(row.seed)
            plan = night.centres["sud"].plan
            assert store.plan(MONDAY, "sud") == plan
            assert [one.visit for one in store.visits(MONDAY)] == [
                stop.visit for stop in plan.rounds[0].stops
            ]
            assert len(store.undone(MONDAY)) == len(plan.unassigned)
            assert store.backlog(MONDAY + timedelta(days=1)) == night.tickets
            # And it can be written to: no lock outlives its owner.
            store.check()
    assert met == {1, 2}


def test_several_programs_make_and_fill_a_store_at_once(store_url, processes):
    """Each waits for the others; every night is there in the end."""
    writers = [
        processes.Process(target=record_days, args=(store_url, 10 * number, 3))
        for number in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * 4
    with Store.open(store_url) as store:
        days = [(row.day - MONDAY).days for row in store.nights()]
        assert days == [10 * number + k for number in range(4) for k in range(3)]
        assert len(store.history(centre="sud")) == 12


def test_a_store_made_by_another_program_while_one_looks_is_that_store(store_url, monkeypatch):
    """Its tables come with their revision: it is no database of something else."""
    really = upgrade.inspect

    def meanwhile(connection):
        monkeypatch.setattr(upgrade, "inspect", really)
        Store.open(store_url).close()
        return really(connection)

    monkeypatch.setattr(upgrade, "inspect", meanwhile)
    with Store.open(store_url) as store:
        assert store.nights() == ()


def test_a_reader_sees_a_night_whole_while_it_is_written_anew(store_url):
    """Either all of it, or what was there before."""
    with Store.open(store_url) as store, Store.open(store_url) as reader:
        store.record(large_night(1))
        with store.writing() as connection:
            connection.exec_driver_sql("DELETE FROM sighting")
            connection.exec_driver_sql("DELETE FROM night")
            assert len(reader.nights()) == 1
            assert len(reader.visits(MONDAY)) == 40
            connection.rollback()
        assert len(reader.visits(MONDAY)) == 40
