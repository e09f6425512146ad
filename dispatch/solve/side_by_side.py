"""Several problems planned side by side, each in a process of its own.

OR-Tools holds the interpreter's lock while it searches, so threads would wait
for each other. What one problem's plan is does not depend on how many processes
there are; one problem's failure spares the others.
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

# How often the main process looks for news from the others (seconds).
NEWS_EVERY_S = 0.1
# What the kernels are compiled in, one half a process: see `dispatch.solve.warm`.
HALVES: tuple[Half, ...] = ("search", "proof")


@dataclass(frozen=True)
class Settings:
    """How every problem is solved: see `dispatch.solve.solve`."""

    effort: EffortName = "standard"
    seed: int = SEED
    time_limit_s: float | None = None


@dataclass
class Planned:
    """Plans by name of problem, and of those that failed what went wrong."""

    plans: dict[str, Plan] = field(default_factory=dict)
    failures: dict[str, DispatchError] = field(default_factory=dict)
    interrupted: bool = False


class Planner(Protocol):
    """What plans several problems side by side: `plan_all`, or whatever does the same elsewhere."""

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
    # The largest first: the last to end decides how long the whole takes.
    names = sorted(problems, key=lambda name: (-len(problems[name].visits), name))
    context = multiprocessing.get_context("spawn")
    news: Any = context.Queue()
    stop = context.Event()
    done = Planned()
    # Two at least, where there are two processors: each has half of the kernels compiled.
    processes = min(workers or cores(), max(len(names), len(HALVES)))
    with (
        interruptions_noted(raised=False) as noted,
        ProcessPoolExecutor(
            max_workers=max(1, processes),
            mp_context=context,
            initializer=_start,
            initargs=(news, stop),
        ) as pool,
    ):

        def ended(futures: list[Future[Any]]) -> Iterator[Future[Any]]:
            """Yield futures as they end, passing on news and, on Ctrl-C, the word to stop."""
            waiting = set(futures)
            while waiting:
                finished, waiting = wait(waiting, NEWS_EVERY_S, FIRST_COMPLETED)
                _pass_on(news, on_progress)
                if noted:
                    # The searches are told; each still returns the best plan it has.
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


_news: Any = None
_stop: Any = None


def _start(news: Any, stop: Any) -> None:  # noqa: ANN401 - multiprocessing's have no types
    """Prepare a worker: it leaves Ctrl-C to the main process, which says when to stop."""
    global _news, _stop  # a worker process has no other way to be handed them
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()
    _news, _stop = news, stop


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
    # The solver's libraries are for the workers to load.
    from dispatch.solve.warm import warm

    warm(half)


def _one(name: str, problem: DayProblem, settings: Settings) -> Plan:
    def tell(progress: Progress) -> None:
        _news.put((name, progress))
        if _stop.is_set():
            raise KeyboardInterrupt

    return solve(
        problem,
        settings.effort,
        seed=settings.seed,
        time_limit_s=settings.time_limit_s,
        on_progress=tell,
    )


def _pass_on(news: Any, on_progress: Callable[[str, Progress], None] | None) -> None:  # noqa: ANN401
    while True:
        try:
            name, progress = news.get_nowait()
        except Empty:
            return
        if on_progress is not None:
            on_progress(name, progress)
