"""How time, memory and gap grow from 25 to 400 visits in one problem; each in its own process."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

from benchmarks import peers
from benchmarks.memory import memory
from benchmarks.rows import CLOSE, OURS, Row
from benchmarks.run import warm_up
from dispatch.solve import solve
from dispatch.solve.timing.encode import arrays_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.days import Day
    from dispatch.model.plan import Plan
    from dispatch.solve.efforts import EffortName
    from dispatch.solve.progress import Progress

CLOSE_GAP = 0.01


def rows_of_growth(days: list[Day], efforts: list[EffortName], seed: int) -> Iterator[Row]:
    """Yield VROOM's row, ours within its time and at each effort, each from a fresh process."""
    for day in days:
        theirs = _apart(_vroom, day)
        yield theirs
        yield _apart(_within, day, theirs.seconds, seed)
        for effort in efforts:
            yield from _apart(_at_effort, day, effort, seed)


def _apart(function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - as the function
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result()


def _vroom(day: Day) -> Row:
    a = arrays_of(day.problem)
    begin = time.perf_counter()
    rounds = peers.vroom_rounds(a)
    seconds = time.perf_counter() - begin
    result = peers.score(day.problem, a, rounds, seconds)
    return Row(
        "growth", day.name, "vroom", 0, result.cost_s, result.value_s, result.served, None, seconds,
        memory(), len(result.faults),
    )  # fmt: skip


def _within(day: Day, seconds: float, seed: int) -> Row:
    """Return our row when stopped after a peer's time."""
    warm_up(day.problem)
    begin = time.perf_counter()
    plan = solve(day.problem, "standard", seed=seed, time_limit_s=max(0.1, seconds))
    return _ours(day, f"{OURS}, in its time", seed, plan, time.perf_counter() - begin)


def _at_effort(day: Day, effort: EffortName, seed: int) -> list[Row]:
    """Return our row at an effort, and when the gap had come down to 1 %, if it did."""
    warm_up(day.problem)
    close: list[float] = []
    begin = time.perf_counter()

    def heed(progress: Progress) -> None:
        if not close and progress.bound_s > 0 and progress.gap <= CLOSE_GAP:
            close.append(time.perf_counter() - begin)

    plan = solve(day.problem, effort, seed=seed, on_progress=heed)
    made = _ours(day, f"{OURS}, {effort}", seed, plan, time.perf_counter() - begin)
    reached = [made._replace(solver=made.solver + CLOSE, seconds=s) for s in close]
    return [made, *reached]


def _ours(day: Day, solver: str, seed: int, plan: Plan, seconds: float) -> Row:
    served = {stop.visit for round_ in plan.rounds for stop in round_.stops}
    value = sum(v.unassigned_cost_s or 0 for v in day.problem.visits if v.id in served)
    return Row(
        "growth", day.name, solver, seed, plan.cost_s.total, value, len(served), plan.gap, seconds,
        memory(), 0,
    )  # fmt: skip
