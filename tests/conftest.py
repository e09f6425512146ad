"""Fixtures that several test files share; `tests/support/small_day.py` has the day itself."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.support import small_day as by_hand
from tests.support import store_servers as servers
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem
    from dispatch.store import Store

# How long an example takes depends on what else the machine does; nothing is decided by it.
settings.register_profile("dispatch", deadline=None)
settings.load_profile("dispatch")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """Let one worker run a whole file: what a file shares is made once, not by each worker."""
    if config.getoption("dist") != "load":
        return None
    from xdist.scheduler import LoadFileScheduling

    # As they are collected: otherwise files of one long test come last, and one worker waits.
    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the kernels before the workers of `-n` start: each would compile them all."""
    config = session.config
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        return
    # Two processes, each with as much to do: to load the libraries costs seconds as well.
    parts = (("search", "hours"), ("proof", "change"))
    _side_by_side([["-m", "tests.support.warm_rest", *of_one] for of_one in parts])


def _side_by_side(programs: list[list[str]]) -> None:
    """Run Python on each of these, all at once."""
    running = [subprocess.Popen([sys.executable, *words], cwd=ROOT) for words in programs]
    for one in running:
        one.wait()


def pytest_collection(session: pytest.Session) -> None:
    """Look for no garbage while tests are collected: a seventh of the time, and all is kept."""
    gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep later collections of garbage from what collecting tests made: a million objects."""
    gc.enable()
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard() -> Iterator[None]:
    """Give Ctrl-C its handler: a shell's `&` starts a suite, and all its children, without one."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module", autouse=True)
def leaks_are_found_in_their_own_file() -> Iterator[None]:
    """Collect garbage after each file: a ResourceWarning never fails a test of a later file."""
    yield
    gc.collect()
    gc.freeze()  # what is left is not gone through again after every later file


@pytest.fixture
def small_day() -> DayProblem:
    """Return the day of three places."""
    return by_hand.day()


@pytest.fixture
def sound_plan() -> Plan:
    """Return a plan that keeps every rule of the small day: A, break, B."""
    return by_hand.plan(by_hand.SOUND_ROUND)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Run a PostgreSQL server of our own; skip where it is not installed."""
    if servers.server_programs() is None:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    pytest.importorskip("psycopg", reason="psycopg is not installed (extra `postgres`)")
    with servers.postgres_server() as where:
        yield where


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty store, of either kind."""
    if request.param == "sqlite":
        return str(tmp_path / "dispatch.db")
    where = request.getfixturevalue("postgres")
    return servers.empty_database(where)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Open an empty store, of either kind."""
    from dispatch.store import Store

    with Store.open(store_url) as opened:
        yield opened
