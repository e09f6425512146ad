"""Several problems planned side by side, each in a process of its own.

OR-Tools holds the interpreter's lock while it searches, so threads would wait
for each other. A plan does not depend on the number of processes. When one problem fails,
the others are still planned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from dispatch.interrupts import interruptions_noted
from dispatch.solve import SEED, solve
from dispatch.solve.threads import cores
from dispatch.supervision.crew import Bounds, Crew

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dispatch.errors import DispatchError
    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem
    from dispatch.solve.efforts import EffortName
    from dispatch.solve.progress import Progress
    from dispatch.solve.warm import Half

    Tell = Callable[[Progress], None]

# The kernels are compiled in two halves, each in a process of its own: see `dispatch.solve.warm`.
HALVES: tuple[Half, ...] = ("search", "proof")


@dataclass(frozen=True)
class Settings:
    """How every problem is solved (see `dispatch.solve.solve`), and what its process may take."""

    effort: EffortName = "standard"
    seed: int = SEED
    time_limit_s: float | None = None
    bounds: Bounds = field(default_factory=Bounds)


@dataclass
class Planned:
    """Plans by name of problem, and the error of each problem that failed."""

    plans: dict[str, Plan] = field(default_factory=dict)
    failures: dict[str, DispatchError] = field(default_factory=dict)
    interrupted: bool = False
    lost: dict[str, str] = field(default_factory=dict)
    """How the first process of a problem was lost; the problem was then tried again, alone."""


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
    Ctrl-C ends every search; the best plans so far are returned. A problem whose process is lost
    is tried again once, alone: see `dispatch.supervision.crew`.
    """
    # The largest first: the problem that ends last decides how long the whole takes.
    names = sorted(problems, key=lambda name: (-len(problems[name].visits), name))
    done = Planned()
    if not problems:
        return done
    # At least two where there are two processors: each compiles half of the kernels.
    processes = min(workers or cores(), max(len(names), len(HALVES)))
    with (
        interruptions_noted(raised=False) as noted,
        Crew(worker_of, (settings,), size=processes, bounds=settings.bounds) as crew,
    ):

        def look() -> None:
            """On Ctrl-C, ask each search for the best plan it has."""
            if noted:
                crew.halt(settings.bounds.halt_s)

        for _ in crew.run({half: half for half in HALVES}, on_look=look, again=False):
            pass
        jobs = {name: problems[name] for name in names}
        for outcome in crew.run(jobs, on_news=on_progress, on_look=look):
            if outcome.lost:
                done.lost[outcome.name] = outcome.lost
            if outcome.error is not None:
                done.failures[outcome.name] = outcome.error
            else:
                done.plans[outcome.name] = outcome.value
    done.interrupted = bool(noted)
    order = sorted(problems)
    done.plans = {name: done.plans[name] for name in order if name in done.plans}
    done.failures = {name: done.failures[name] for name in order if name in done.failures}
    return done


def worker_of(settings: Settings) -> Callable[[DayProblem | Half, Tell], Plan | None]:
    """Return the function that works in a process: it plans a problem, or compiles kernels."""

    def work(job: DayProblem | Half, tell: Tell) -> Plan | None:
        if isinstance(job, str):
            # Only the workers load the solver's libraries.
            from dispatch.solve.warm import warm

            warm(job)
            return None
        return solve(
            job,
            settings.effort,
            seed=settings.seed,
            time_limit_s=settings.time_limit_s,
            on_progress=tell,
        )

    return work
