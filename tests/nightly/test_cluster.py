"""A night's centres on a Dask cluster: the same plans, whatever fails; nothing waits for ever."""

from __future__ import annotations

import io
import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from dispatch import cluster as cluster_module
from dispatch.errors import DispatchError, InputError, SolverError
from dispatch.nightly import cluster as on_cluster
from dispatch.nightly.cluster import plan_on
from dispatch.nightly.config import read_config
from dispatch.nightly.ending import Ending
from dispatch.nightly.logs import Log
from dispatch.nightly.run import run_night
from dispatch.planday import plan as planday
from dispatch.solve import solve
from dispatch.solve.side_by_side import Settings
from dispatch.supervision.crew import Bounds
from dispatch.views import pages
from tests.support.dask_cluster import Cluster, cluster, needs_dask
from tests.support.in_process import in_this_process
from tests.support.night_fixture import DAY, EVENING, light_map, without_clock, write_night
from tests.support.small_problems import small_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem

# Dask's own sockets and event loop, closed when the garbage is collected.
pytestmark = [
    pytest.mark.slow,
    needs_dask,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
QUICK = Settings("quick", seed=3)
NOBODY = "tcp://127.0.0.1:1"


@pytest.fixture(scope="module")
def problems() -> dict[str, DayProblem]:
    """Return three small problems by name."""
    return {
        "b": small_problem(5, visits=4, technicians=2),
        "c": small_problem(12, visits=12, technicians=3),
        "a": small_problem(6, visits=8, technicians=2),
    }


@pytest.fixture(scope="module")
def two() -> Iterator[str]:
    """Yield the address of a cluster of two workers; a job that ends two of them has failed."""
    with cluster(2, failures=1) as address:
        yield address


def bare(plan: Plan) -> str:
    """Return a plan's text without what the clock says."""
    return plan.model_copy(update={"elapsed_s": 0.0}).to_json()


def alone(problems: dict[str, DayProblem], settings: Settings = QUICK) -> dict[str, str]:
    """Return the plans' texts as this process makes them."""
    plans = {n: solve(p, settings.effort, seed=settings.seed) for n, p in problems.items()}
    return {name: bare(plan) for name, plan in plans.items()}


def texts(results) -> dict[str, str]:
    """Return the texts of the plans that came, by name."""
    return {name: bare(plan) for name, plan in results}


def test_the_plans_are_those_of_one_process_and_news_arrive(two, problems):
    """Byte for byte, outside the clock; and how far each search has come is told."""
    seen = set()

    def note(name: str, progress: Any) -> None:  # noqa: ANN401
        assert progress.cost_s >= progress.bound_s
        seen.add(name)

    assert texts(plan_on(two, problems, QUICK, on_progress=note)) == alone(problems)
    assert seen == set(problems)


class _Deadly:
    """A problem that costs the life of whoever unpacks it, as one too large for its memory."""

    visits = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (9,)


def test_a_cluster_that_hangs_is_given_up_while_there_is_time(two, problems):
    """Half of the centres' time is left for planning here."""
    began = time.monotonic()
    settings = Settings("thorough", bounds=Bounds(until=began + 1.0))
    large = {"x": small_problem(8, 40, 6)}
    with pytest.raises(SolverError, match="in its time"):
        list(plan_on(two, large, settings))
    assert time.monotonic() - began < 30


def test_a_centre_that_fails_fails_alone(two, problems):
    """One by its input, one by ending each worker that takes it: the others are planned."""
    broken = {"b": problems["b"], "deadly": _Deadly(), "odd": _Odd(), "c": problems["c"]}
    results = dict(plan_on(two, broken, QUICK))
    failed = {name: r for name, r in results.items() if isinstance(r, DispatchError)}
    assert set(failed) == {"deadly", "odd"}
    assert isinstance(failed["deadly"], SolverError)
    assert "perhaps for want of memory" in str(failed["deadly"])
    assert failed["odd"].exit_code == 4
    kept = {name: problems[name] for name in ("b", "c")}
    assert {name: bare(results[name]) for name in kept} == alone(kept)


class _Odd:
    """What is no problem at all."""

    visits = ()


def test_a_lost_workers_work_is_done_again(problems, two):
    """The worker that plans the larger problem is killed in the midst of it."""
    from distributed import Client

    large = {"large": small_problem(3, visits=30, technicians=4), "a": problems["a"]}
    settings = Settings("standard", seed=3)
    wanted = alone(large, settings)
    killed: list[int] = []
    with Client(two, set_as_default=False) as client:
        # An earlier test may have ended workers, which come back as others.
        client.wait_for_workers(2, timeout=60)

        def kill(name: str, _: object) -> None:
            busy = {worker: keys for worker, keys in client.processing().items() if keys}
            if name == "large" and not killed and busy:
                killed.extend(client.run(os.getpid, workers=[min(busy)]).values())
                os.kill(killed[0], signal.SIGKILL)

        assert texts(plan_on(two, large, settings, on_progress=kill)) == wanted
    assert len(killed) == 1


def test_ctrl_c_ends_the_search_on_the_cluster_too(two):
    """Nobody waits for its plan any more."""
    from distributed import Client

    long = {"long": small_problem(3, visits=60, technicians=6)}

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(plan_on(two, long, Settings("thorough"), on_progress=interrupt))
    with Client(two, set_as_default=False) as client:
        until = time.monotonic() + 60
        while any(client.run(_executing).values()):
            assert time.monotonic() < until
            time.sleep(0.1)


def _executing(dask_worker: Any) -> int:  # noqa: ANN401
    return dask_worker.state.executing_count


def test_a_cluster_whose_workers_have_another_program_is_not_used(two, problems, monkeypatch):
    """Its plans could differ: versions and code are compared, and named."""
    monkeypatch.setattr(cluster_module, "code_digest", lambda: "0123456789abcdef")
    with pytest.raises(InputError, match=r"has dispatch .*, not .*\(0123456789ab\)"):
        list(plan_on(two, problems, QUICK))


def test_a_worker_that_cannot_load_the_program_is_named(monkeypatch):
    """As one on which it is not installed."""
    own = cluster_module.versions_here()
    told = cluster_module.version_difference(own, ModuleNotFoundError("dispatch"))
    assert told == "cannot load this program (ModuleNotFoundError)"
    assert cluster_module.version_difference(own, own | {"numba": "0.1"}).startswith(
        "has numba 0.1, not "
    )
    assert cluster_module.version_difference(own, own) == ""


def test_a_scheduler_that_goes_away_is_told_and_what_came_in_stays(problems):
    """It is killed when the first plan has come."""
    made = Cluster(1)
    came = []
    try:
        results = plan_on(made.address, problems, QUICK)
        came.append(next(results))
        made.kill()
        with pytest.raises(SolverError, match="scheduler of the cluster is gone"):
            came += results
    finally:
        made.kill()
    assert 1 <= len(came) < len(problems)


def test_a_plan_whose_worker_died_before_it_handed_it_over_is_waited_for():
    """It is lost for a moment and planned again; only the scheduler's end ends all."""

    class Future:
        status = "lost"

        def result(self, timeout: float) -> str:
            if self.status != "finished":
                raise TimeoutError(timeout)
            return "plan"

        def exception(self) -> Exception:
            return MemoryError()

    class Client:
        status = "running"

    client, future = Client(), Future()
    assert on_cluster.ended_futures(client, {future: "a"}) == []
    assert on_cluster.result_of(future) is None
    future.status = "finished"
    assert on_cluster.ended_futures(client, {future: "a"}) == [future]
    assert on_cluster.result_of(future) == "plan"
    future.status = "error"
    assert "(MemoryError)" in str(on_cluster.result_of(future))
    future.status = "cancelled"
    with pytest.raises(SolverError, match="scheduler of the cluster is gone"):
        on_cluster.ended_futures(client, {future: "a"})


def test_a_cluster_that_has_lost_all_workers_is_told(monkeypatch):
    """Else one would wait for ever."""
    monkeypatch.setattr(on_cluster, "LOOK_EVERY_S", 0)
    workers = {"tcp://a:1": 1}

    class Client:
        def nthreads(self) -> dict[str, int]:
            return workers

    watch = on_cluster.WorkerWatch(Client())
    monkeypatch.setattr(on_cluster, "EMPTY_S", -1)
    watch.look()
    workers.clear()
    monkeypatch.setattr(on_cluster, "EMPTY_S", 60)
    watch.look()
    monkeypatch.setattr(on_cluster, "EMPTY_S", -1)
    with pytest.raises(SolverError, match="no workers any more"):
        watch.look()


class Night:
    """A small night, on a cluster or on this machine."""

    def __init__(self, folder, scheduler: str | None) -> None:
        folder.mkdir()
        self.out = folder / "out"
        more = '\n[log]\nformat = "json"\n'
        config = read_config(write_night(folder, more=more))
        log = io.StringIO()
        self.report = run_night(
            config, Log(log, "json"), Ending(), now=EVENING, scheduler=scheduler
        )
        self.events = {e["event"]: e for e in map(json.loads, log.getvalue().splitlines())}


@pytest.fixture
def here(monkeypatch):
    """Plan in this process where this machine plans, and draw no maps."""
    monkeypatch.setattr(pages, "map_page", light_map)
    monkeypatch.setattr(on_cluster, "plan_all", in_this_process)
    monkeypatch.setattr(planday, "plan_all", in_this_process)


def test_a_night_on_a_cluster_writes_what_a_night_without_writes(two, here, tmp_path, monkeypatch):
    """Every file, outside the clock; and this machine plans nothing."""
    without = Night(tmp_path / "without", None)
    monkeypatch.delattr(on_cluster, "plan_all")
    found = Night(tmp_path / "with", two)
    assert found.report.exit_code == 0
    assert without_clock(found.out / DAY.isoformat()) == without_clock(
        without.out / DAY.isoformat()
    )


@pytest.mark.usefixtures("here")
def test_a_night_whose_cluster_is_not_there_is_planned_here_and_tells(tmp_path, monkeypatch):
    """The rule of the job is that something is planned: exit code 5, every centre planned."""
    monkeypatch.setattr(cluster_module, "CONNECT_S", 0.5)
    found = Night(tmp_path / "night", NOBODY)
    assert found.report.exit_code == 5
    assert set(found.report.centres) >= {"sud", "ouest-nord"}
    assert (found.out / DAY.isoformat() / "plan.json").is_file()
    assert "no Dask scheduler answers there" in found.events["cluster_unusable"]["reason"]
    assert found.events["planned_here"]["centres"] == len(found.report.centres)
