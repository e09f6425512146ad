"""Several problems planned side by side, each in a process of its own.

OR-Tools holds the interpreter's lock while it searches, so threads would wait
for each other. A plan does not depend on the number of processes. When one problem fails,
the others are still planned.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from queue import Empty
from typing import TYPE_CHECKING, Any, Protocol

from dispatch.errors import DispatchError
from dispatch.interrupts import interruptions_held, interruptions_noted
from dispatch.solve import SEED, solve
from dispatch.solve.threads import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem
    from dispatch.solve.efforts import EffortName
    from dispatch.solve.progress import Progress
    from dispatch.solve.warm import Half

# How often the main process reads the progress of the others (seconds).
PROGRESS_EVERY_S = 0.1
# The kernels are compiled in two halves, each in a process of its own: see `dispatch.solve.warm`.
HALVES: tuple[Half, ...] = ("search", "proof")


@dataclass(frozen=True)
class Settings:
    """How every problem is solved: see `dispatch.solve.solve`."""

    effort: EffortName = "standard"
    seed: int = SEED
    time_limit_s: float | None = None


@dataclass
class Planned:
    """Plans by name of problem, and the error of each problem that failed."""

    plans: dict[str, Plan] = field(default_factory=dict)
    failures: dict[str, DispatchError] = field(default_factory=dict)
    interrupted: bool = False


class Planner(Protocol):
    """A function that plans several problems side by side, as `plan_all` does."""

    def __call__(
        self,
        problems: Mapping[str, DayProblem],
        settings: Settings,
        *,
        workers: int | None = None,
        on_progress: Callable[[str, Progress], None] | None = None,
    ) -> Planned:
        """Return the plans: see `plan_all`."""
        ...


def plan_all(
    problems: Mapping[str, DayProblem],
    settings: Settings,
    *,
    workers: int | None = None,
    on_progress: Callable[[str, Progress], None] | None = None,
) -> Planned:
    """
    Return the plans of several problems.

    Parameters
    ----------
    problems
        By name: the centre's id.
    settings
        Effort, seed and safety net, the same for all.
    workers
        Number of processes; None: one a processor. The plans do not depend on it.
    on_progress
        Called with the name and how far its search has come.

    Notes
    -----
    Ctrl-C ends every search; the best plans so far are returned.
    """
    # The largest first: the problem that ends last decides how long the whole takes.
    names = sorted(problems, key=lambda name: (-len(problems[name].visits), name))
    context = multiprocessing.get_context("spawn")
    progress_queue: Any = context.Queue()
    stop = context.Event()
    done = Planned()
    # At least two where there are two processors: each compiles half of the kernels.
    processes = min(workers or cores(), max(len(names), len(HALVES)))
    with (
        interruptions_noted(raised=False) as noted,
        ProcessPoolExecutor(
            max_workers=max(1, processes),
            mp_context=context,
            initializer=_start,
            initargs=(progress_queue, stop),
        ) as pool,
    ):

        def ended(futures: list[Future[Any]]) -> Iterator[Future[Any]]:
            """Yield futures as they end; pass on progress and, on Ctrl-C, the request to stop."""
            waiting = set(futures)
            while waiting:
                finished, waiting = wait(waiting, PROGRESS_EVERY_S, FIRST_COMPLETED)
                _pass_on(progress_queue, on_progress)
                if noted:
                    # Each search still returns the best plan it has.
                    stop.set()
                yield from (future for future in futures if future in finished)

        with interruptions_held():
            halves: list[Future[Any]] = [pool.submit(_warm, half) for half in HALVES]
        for _ in ended(halves):
            pass
        with interruptions_held():
            running: dict[Future[Any], str] = {
                pool.submit(_one, name, problems[name], settings): name for name in names
            }
        for future in ended(list(running)):
            name = running[future]
            try:
                done.plans[name] = future.result()
            except DispatchError as error:
                done.failures[name] = error
            except Exception as error:  # one centre's failure spares the rest
                done.failures[name] = DispatchError(f"{type(error).__name__}: {error}")
    done.interrupted = bool(noted)
    order = sorted(problems)
    done.plans = {name: done.plans[name] for name in order if name in done.plans}
    return done


_progress: Any = None
_stop: Any = None


def _start(progress_queue: Any, stop: Any) -> None:  # noqa: ANN401 - multiprocessing's have no types
    """Prepare a worker: the main process handles Ctrl-C and sets `stop`."""
    global _progress, _stop  # a worker process cannot receive them in another way
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()
    _progress, _stop = progress_queue, stop


def _follow_parent() -> None:
    """
    End this process when the main one is gone, even killed.

    A pool's worker holds both ends of the queue that it waits on, so that the end of the
    main process alone would leave it waiting for good.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _warm(half: Half) -> None:
    # Only the workers load the solver's libraries.
    from dispatch.solve.warm import warm

    warm(half)


def _one(name: str, problem: DayProblem, settings: Settings) -> Plan:
    def tell(progress: Progress) -> None:
        _progress.put((name, progress))
        if _stop.is_set():
            raise KeyboardInterrupt

    return solve(
        problem,
        settings.effort,
        seed=settings.seed,
        time_limit_s=settings.time_limit_s,
        on_progress=tell,
    )


def _pass_on(progress_queue: Any, on_progress: Callable[[str, Progress], None] | None) -> None:  # noqa: ANN401
    while True:
        try:
            name, progress = progress_queue.get_nowait()
        except Empty:
            return
        if on_progress is not None:
            on_progress(name, progress)
