"""A night's centres planned on a Dask cluster; this machine plans what the cluster does not.

Plans do not depend on the machine: `dispatch.cluster` checks that the workers run this very
program. When a worker is lost, another plans its centre again. A centre that fails does not stop
the others. When the cluster cannot be reached or goes away, this machine plans the centres that
are left.

Only day problems go over the network: ids, times and lengths, no address and no text.
"""

from __future__ import annotations

import itertools
import pickle
import queue
import time
import zlib
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from dispatch.cluster import ONE_AT_A_TIME, connected
from dispatch.errors import DispatchError, InputError, SolverError
from dispatch.solve import solve
from dispatch.solve.progress import Progress
from dispatch.solve.side_by_side import Planned, plan_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem
    from dispatch.nightly.keep import Run
    from dispatch.solve.side_by_side import Settings

    OnProgress = Callable[[str, Progress], None]

# How often to look for results and for progress (seconds).
CHECK_EVERY_S = 0.2
# How often a worker reports its progress, and asks whether to stop (seconds).
REPORT_EVERY_S = 1.0
# How long a cluster may be without any worker before it counts as gone (seconds).
EMPTY_S = 120.0
# How often to check for workers (seconds).
LOOK_EVERY_S = 10.0
# How long to wait for a finished plan (seconds); after that it is asked for again.
FETCH_S = 10.0
TOPIC = "dispatch-nightly"


class OnCluster:
    """
    Plans a night on a cluster, in place of `dispatch.solve.side_by_side.plan_all`.

    Parameters
    ----------
    run
        The night, which notes when the cluster cannot be used.
    address
        Of the scheduler.
    """

    def __init__(self, run: Run, address: str) -> None:
        self.run, self.address = run, address

    def __call__(
        self,
        problems: Mapping[str, DayProblem],
        settings: Settings,
        *,
        workers: int | None = None,
        on_progress: OnProgress | None = None,
    ) -> Planned:
        """Return the plans of several problems; `workers` counts for those planned here."""
        done = Planned()
        try:
            for name, result in plan_on(self.address, problems, settings, on_progress=on_progress):
                if isinstance(result, DispatchError):
                    done.failures[name] = result
                else:
                    done.plans[name] = result
        except (InputError, SolverError) as error:
            self.run.trouble("cluster_unusable", error)
        left = {
            name: problem
            for name, problem in problems.items()
            if name not in done.plans and name not in done.failures
        }
        if left:
            self.run.log.say("planned_here", "warning", centres=len(left))
            own = plan_all(left, settings, workers=workers, on_progress=on_progress)
            done.plans |= own.plans
            done.failures |= own.failures
            done.interrupted = own.interrupted
        done.plans = {name: done.plans[name] for name in sorted(done.plans)}
        return done


def plan_on(
    address: str,
    problems: Mapping[str, DayProblem],
    settings: Settings,
    *,
    on_progress: OnProgress | None = None,
) -> Iterator[tuple[str, Plan | DispatchError]]:
    """
    Yield each problem's name with its plan or its error, as soon as it is there.

    Parameters
    ----------
    address
        Of the scheduler, as "tcp://host:8786".
    problems, settings, on_progress
        As in `dispatch.solve.side_by_side.plan_all`.

    Raises
    ------
    InputError
        When the cluster cannot be used: see `dispatch.cluster.connected`.
    SolverError
        When it goes away before everything is planned.
    KeyboardInterrupt
        When Ctrl-C comes; searches on the cluster are stopped.
    """
    if not problems:
        return
    with connected(address) as client:
        yield from _planned(client, problems, settings, on_progress)


def _planned(
    client: Any,  # noqa: ANN401 - Dask's have no types
    problems: Mapping[str, DayProblem],
    settings: Settings,
    on_progress: OnProgress | None,
) -> Iterator[tuple[str, Plan | DispatchError]]:
    token = uuid4().hex
    reports: queue.SimpleQueue[list[Any]] = queue.SimpleQueue()
    if on_progress is not None:
        client.subscribe_topic(TOPIC, lambda event: reports.put(event[1]))
    # The largest first, as the last to end decides the duration. The scheduler keeps the problems,
    # so that it can give a lost worker's problem to another.
    names = sorted(problems, key=lambda name: (-len(problems[name].visits), name))
    numbers = itertools.count()

    def submitted(name: str) -> Any:  # noqa: ANN401
        return client.submit(
            _on_worker,
            zlib.compress(pickle.dumps(problems[name]), 1),
            settings,
            name,
            token,
            on_progress is not None,
            # A number: the scheduler shows the names of tasks.
            key=f"dispatch-{token}-{next(numbers)}",
            pure=False,
        )

    running = {submitted(name): name for name in names}
    # When a worker dies, every problem on it is a suspect. Suspects are planned again one by one.
    suspects: list[str] = []
    alone = False
    watch = WorkerWatch(client)
    until = settings.bounds.until
    # Half of the time is left to this machine, for what a cluster that hangs has not planned.
    gives_up = None if until is None else (time.monotonic() + until) / 2
    try:
        while running or suspects:
            if gives_up is not None and time.monotonic() > gives_up:
                msg = "the cluster had not planned everything in its time; look at its workers"
                raise SolverError(msg)
            if not running:
                alone = True
                name = suspects.pop(0)
                running[submitted(name)] = name
            for future in ended_futures(client, running):
                if future.status == "error" and not alone:
                    suspects.append(running.pop(future))
                    continue
                result = result_of(future)
                if result is not None:
                    yield running.pop(future), result
            _pass_on(reports, token, on_progress)
            watch.look()
    finally:
        if on_progress is not None:
            client.unsubscribe_topic(TOPIC)
        if running and client.status == "running":
            _stop(client, list(running), token)


def ended_futures(client: Any, running: Mapping[Any, str]) -> list[Any]:  # noqa: ANN401
    """Return the tasks that have ended; wait a moment for one at most."""
    until = time.monotonic() + CHECK_EVERY_S
    while time.monotonic() < until:
        # A lost task was done by a worker that died; Dask plans it again.
        done = [future for future in running if future.status not in ("pending", "lost")]
        if client.status != "running" or any(future.status == "cancelled" for future in done):
            msg = "the scheduler of the cluster is gone; look at it, or start it again"
            raise SolverError(msg)
        if done:
            return done
        time.sleep(CHECK_EVERY_S / 10)
    return []


def result_of(future: Any) -> Plan | DispatchError | None:  # noqa: ANN401
    """Return a task's plan or error; None: its worker died before the plan was fetched."""
    if future.status == "error":
        kind = type(future.exception()).__name__
        return SolverError(
            f"the workers that planned it were ended ({kind}), perhaps for want of memory; "
            "give them more, or fewer to a machine"
        )
    try:
        result: Plan | DispatchError = future.result(timeout=FETCH_S)
    except Exception:  # Dask may raise anything; the task's status tells what has happened
        time.sleep(CHECK_EVERY_S)
        return None
    return result


class WorkerWatch:
    """Checks at intervals whether a cluster still has workers."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401
        self._client = client
        self._next = self._alive = time.monotonic()

    def look(self) -> None:
        """Raise `SolverError` once there has been none for too long."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + LOOK_EVERY_S
        with suppress(OSError, TimeoutError):  # `ended_futures` reports a lost scheduler
            if self._client.nthreads():
                self._alive = time.monotonic()
                return
        if now - self._alive > EMPTY_S:
            msg = "the cluster has no workers any more; look at them, or start some"
            raise SolverError(msg)


def _stop(client: Any, running: list[Any], token: str) -> None:  # noqa: ANN401
    """Cancel waiting tasks, and ask running ones to end."""
    with suppress(Exception):  # the cluster may be what has failed
        import_module("distributed").Event(token, client=client).set()
        client.cancel(running, force=True)


def _pass_on(
    reports: queue.SimpleQueue[list[Any]], token: str, on_progress: OnProgress | None
) -> None:
    if on_progress is None:
        return
    while not reports.empty():
        of, name, stage, cost_s, bound_s = reports.get()
        if of == token:  # a cluster may serve several nights at once
            on_progress(name, Progress(stage, cost_s, bound_s))


class _Reporter:
    """Reports a worker's progress to the night, and asks whether to stop."""

    def __init__(self, name: str, token: str, *, tell: bool) -> None:
        dask: Any = import_module("distributed")
        self._name, self._token, self._tell = name, token, tell
        self._worker = dask.get_worker()
        self._stop = dask.Event(token, client=dask.get_client())
        self._next = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        """Report, and end the search when the night asks for it."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + REPORT_EVERY_S
        stopped = False
        with suppress(Exception):  # a scheduler out of reach is no reason to fail
            if self._tell:
                reports = (progress.stage, int(progress.cost_s), int(progress.bound_s))
                self._worker.log_event(TOPIC, [self._token, self._name, *reports])
            stopped = self._stop.is_set()
        if stopped:
            raise KeyboardInterrupt


def _on_worker(
    packed: bytes, settings: Settings, name: str, token: str, tell: bool
) -> Plan | DispatchError:
    """Plan a problem; errors are returned: of a task that raises, Dask logs the input."""
    with ONE_AT_A_TIME:
        try:
            return solve(
                pickle.loads(zlib.decompress(packed)),
                settings.effort,
                seed=settings.seed,
                time_limit_s=settings.time_limit_s,
                on_progress=_Reporter(name, token, tell=tell),
            )
        except DispatchError as error:
            return error
        except Exception as error:  # one centre's failure spares the rest
            return DispatchError(f"{type(error).__name__}: {error}")
