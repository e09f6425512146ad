"""Who plans the centre days: this process, processes of this machine, or a Dask cluster.

A job's figures do not depend on who plans it, nor on the order in which jobs end.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from dispatch.assess.replay import Replayer, attempt
from dispatch.cluster import ONE_AT_A_TIME, connected
from dispatch.errors import DispatchError, SolverError
from dispatch.interrupts import interruptions_noted
from dispatch.solve.side_by_side import HALVES
from dispatch.solve.threads import cores
from dispatch.supervision.crew import Crew, WorkerLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dispatch.assess.replayed import Replayed
    from dispatch.assess.scenarios import Context, Job
    from dispatch.solve.warm import Half

    Results = Iterator[tuple[Job, Replayed | DispatchError]]


def plan_jobs(
    jobs: Sequence[Job],
    context: Context,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
) -> Results:
    """
    Yield each job with its centre day, or with its error, in the order in which jobs end.

    Parameters
    ----------
    jobs
        The jobs to plan.
    context
        What the jobs share.
    workers
        Number of processes; None: one a processor; 1: this process.
    scheduler
        Address of a Dask scheduler, as "tcp://host:8786"; `workers` is then ignored.

    Raises
    ------
    InputError
        When the cluster cannot be used: see `dispatch.cluster.connected`.
    """
    if not jobs:
        return
    if scheduler is not None:
        yield from _on_cluster(jobs, context, scheduler)
        return
    processes = min(workers or cores(), len(jobs))
    if processes == 1:
        yield from _here(jobs, context)
    else:
        yield from _in_processes(jobs, context, processes)


def _here(jobs: Sequence[Job], context: Context) -> Results:
    replayer = Replayer(context)
    for job in jobs:
        with interruptions_noted(raised=True) as noted:
            result = attempt(replayer, job)
        # A search that Ctrl-C ends returns its best plan so far, and may call it proven. Such a
        # plan gives no figures.
        if noted:
            raise KeyboardInterrupt
        yield job, result


def _in_processes(jobs: Sequence[Job], context: Context, processes: int) -> Results:
    # After Ctrl-C the processes are ended with the block.
    with Crew(replaying, (context,), size=processes) as crew:
        for _ in crew.run({half: half for half in HALVES}, again=False):
            pass
        numbered = {str(number): job for number, job in enumerate(jobs)}
        for outcome in crew.run(numbered):
            if isinstance(outcome.error, WorkerLostError):
                msg = f"{outcome.error}; fewer --workers need less memory"
                raise SolverError(msg) from outcome.error
            yield numbered[outcome.name], outcome.error or outcome.value


def replaying(context: Context) -> Callable[[Job | Half, object], Replayed | DispatchError | None]:
    """Return the function that works in a process: it plans a centre day, or compiles kernels."""
    replayer = Replayer(context)

    def work(job: Job | Half, _tell: object) -> Replayed | DispatchError | None:
        if isinstance(job, str):
            # Imported here: only worker processes load the solver's libraries.
            from dispatch.solve.warm import warm

            warm(job)
            return None
        return attempt(replayer, job)

    return work


def _on_cluster(jobs: Sequence[Job], context: Context, address: str) -> Results:
    with connected(address) as client:
        shared = client.scatter(context, broadcast=True)
        # Each job has a key of its own and no side effects, so that Dask plans it again elsewhere
        # when its worker is lost.
        running = {
            client.submit(
                _on_worker, shared, job, key=f"dispatch-{context.key[:16]}-{job.key}"
            ): job
            for job in jobs
        }
        try:
            for future, result in import_module("distributed").as_completed(
                list(running), loop=client.loop, with_results=True
            ):
                yield running.pop(future), result
        except Exception as error:  # Dask and its workers may raise anything
            msg = (
                f"the cluster failed ({type(error).__name__}: {error}); check that its workers "
                "have this version of dispatch, and enough memory"
            )
            raise SolverError(msg) from error
        finally:
            if running:
                client.cancel(list(running), force=True)


# On a cluster's worker: the replayer of the last context, for its next jobs.
_prepared: dict[tuple[str, ...], Replayer] = {}


def _on_worker(context: Context, job: Job) -> Replayed | DispatchError:
    key = (context.key, *sorted(context.bases))
    with ONE_AT_A_TIME:
        if key not in _prepared:
            # Of several assessments a worker stores the roads of the last one only.
            _prepared.clear()
            _prepared[key] = Replayer(context)
        return attempt(_prepared[key], job)
