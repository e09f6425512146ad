"""The same figures whoever plans: this process, several, or a Dask cluster of several."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from dispatch import assess
from dispatch import cluster as cluster_module
from dispatch import cluster as connection
from dispatch.assess import crews
from dispatch.assess.crews import plan_jobs
from dispatch.errors import InputError, SolverError
from tests.support.crew_work import ended_by_the_system
from tests.support.dask_cluster import cluster, needs_dask
from tests.support.small_assess import FIRST, context_of_jobs, small_service, two_scenarios

if TYPE_CHECKING:
    from dispatch.assess.replayed import Replayed
    from dispatch.assess.scenarios import Context

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def context() -> Context:
    """Return what the jobs of the two scenarios share."""
    return context_of_jobs()


@pytest.fixture(scope="module")
def alone(context: Context) -> dict[str, Replayed]:
    """Return the centre days as this process plans them, by key."""
    return figures(plan_jobs(jobs(), context, workers=1))


def jobs():
    """Return a day of both scenarios."""
    return [job for each in two_scenarios() for job in each.jobs((FIRST,))]


def figures(results) -> dict[str, Replayed]:
    """Return what came in, by key and without the clock."""
    return {job.key: found.model_copy(update={"elapsed_s": 0.0}) for job, found in results}


def test_two_processes_give_the_figures_of_one(context, alone):
    """In whatever order they come in; and the whole assessment is the same text."""
    assert figures(plan_jobs(jobs(), context, workers=2)) == alone


def test_ctrl_c_is_heard_even_where_the_search_ends_well(context, monkeypatch):
    """It gives its best plan so far, and may call it proven: that is no figure to keep."""

    def ending_well(replayer, job):
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        return "proven"

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(crews, "attempt", ending_well)
    with pytest.raises(KeyboardInterrupt):
        list(plan_jobs(jobs(), context, workers=1))
    assert signal.getsignal(signal.SIGINT) is before


def test_a_worker_that_dies_is_told_with_the_remedy(monkeypatch):
    """As the system ends a process that takes too much memory, here before it reads what to do."""
    monkeypatch.setattr(crews, "replaying", ended_by_the_system)
    with pytest.raises(SolverError, match="fewer --workers"):
        list(plan_jobs(jobs(), None, workers=2))


def test_nothing_to_plan_starts_nothing(context):
    """As where a folder holds it all: not even the scheduler is looked for."""
    assert list(plan_jobs([], context, scheduler="tcp://127.0.0.1:1")) == []


# Dask's own sockets and event loop, closed when the garbage is collected.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@needs_dask
def test_a_cluster_of_two_processes_gives_the_figures_of_one(context, alone):
    """Each worker has two threads: a process still plans one job at a time."""
    with cluster(2) as address:
        assert figures(plan_jobs(jobs(), context, scheduler=address)) == alone
        found = assess(
            two_scenarios(), days=1, service=small_service(), scheduler=address, workers=None
        )
    here = assess(two_scenarios(), days=1, service=small_service(), workers=1)
    assert found.to_dict() == here.to_dict()


@needs_dask
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_scheduler_without_workers_is_told(context, monkeypatch):
    """Else one would wait for ever."""
    monkeypatch.setattr(connection, "WORKERS_S", 0.5)
    with cluster(0) as address, pytest.raises(InputError, match="no workers"):
        list(plan_jobs(jobs(), context, scheduler=address))


@needs_dask
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_wrong_address_is_told(context, monkeypatch):
    """Nobody listens there; or it is no address at all."""
    monkeypatch.setattr(cluster_module, "CONNECT_S", 0.5)
    for address in ("tcp://127.0.0.1:1", "nonsense"):
        with pytest.raises(InputError, match="no Dask scheduler answers there") as caught:
            list(plan_jobs(jobs(), context, scheduler=address))
        assert caught.value.faults[0].value == address


def test_without_dask_the_extra_is_named(context, monkeypatch):
    """And the option that asked for it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"--scheduler: needs Dask.*\.\[cluster\]"):
        list(plan_jobs(jobs(), context, scheduler="tcp://127.0.0.1:1"))
