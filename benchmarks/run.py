"""Rows of a benchmark: one instance, one solver, one seed; both sides in the same run."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from benchmarks import peers, sdvrptw
from benchmarks.memory import memory
from benchmarks.rows import OURS, Row
from dispatch import solve
from dispatch.solve.heuristic.anneal import improve
from dispatch.solve.heuristic.pool import Pool
from dispatch.solve.partition.from_pool import choose_from_pool
from dispatch.solve.search import SEED_STRIDE
from dispatch.solve.threads import Threads, cores
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.plan_cost import plan_cost
from dispatch.solve.warm import warm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.days import Day
    from dispatch.model.problem import DayProblem
    from dispatch.solve.efforts import EffortName
    from dispatch.solve.timing.arrays import Arrays

# Of the time that the choices leave, in parts: the first pair of runs, and each pair after it.
SHARES = (2, 1, 1, 1)
# Iterations that tell the rate, and CP-SAT's deterministic time for each choice.
TRIAL, CHOICE = 10_000, 1.5


def warm_up(problem: DayProblem) -> None:
    """Compile every kernel, so that no row carries the compiler's time."""
    warm("search")
    warm("proof")
    solve(problem, "quick")


def rows_of_day(
    day: Day, effort: EffortName, seeds: list[int], peer_seconds: dict[str, float]
) -> Iterator[Row]:
    """
    Yield our rows, one a seed, and one of each peer that can express the day.

    Parameters
    ----------
    peer_seconds
        Wall time given to "ortools" and "pyvrp"; 0 leaves the peer out.
    """
    problem = day.problem
    a = arrays_of(problem)
    for seed in seeds:
        begin = time.perf_counter()
        plan = solve(problem, effort, seed=seed)
        seconds = time.perf_counter() - begin
        index = {visit.id: i for i, visit in enumerate(problem.visits)}
        rounds: list[list[int]] = [[] for _ in problem.technicians]
        order = [t.id for t in problem.technicians]
        for round_ in plan.rounds:
            rounds[order.index(round_.technician)] = [index[stop.visit] for stop in round_.stops]
        result = peers.score(problem, a, rounds, seconds)
        yield _row(day, OURS, seed, result, plan.gap)
    yield _row(day, "vroom", 0, _scored(problem, a, lambda: peers.vroom_rounds(a)), None)
    if peer_seconds["ortools"]:
        limit = peer_seconds["ortools"]
        result = _scored(problem, a, lambda: peers.ortools_rounds(a, limit))
        yield _row(day, "ortools", 0, result, None)
    if peer_seconds["pyvrp"] and peers.pyvrp_expresses(a):
        for seed in seeds:
            begin = time.perf_counter()
            rounds = peers.pyvrp_rounds(a, peer_seconds["pyvrp"], seed)
            result = peers.score(problem, a, rounds, time.perf_counter() - begin)
            yield _row(day, "pyvrp", seed, result, None)


def rows_of_sdvrptw(
    paths: list[Path], seconds: float, seeds: list[int], *, pyvrp: bool
) -> Iterator[Row]:
    """
    Yield our search's rows, then PyVRP's at equal time; `gap`: above the best known.

    Ours takes every processor. PyVRP has one thread, so that as many of its runs go side by
    side as there are processors.
    """
    for path in paths:
        for seed in seeds:
            yield _sdvrptw_row(path, OURS, seconds, seed)
    if pyvrp:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(cores(), mp_context=context) as pool:
            runs = [
                pool.submit(_sdvrptw_row, path, "pyvrp", seconds, seed)
                for path in paths
                for seed in seeds
            ]
            for run in runs:
                yield run.result()


def _sdvrptw_row(path: Path, solver: str, seconds: float, seed: int) -> Row:
    a, best = sdvrptw.read(path)
    search = _search_for if solver == OURS else peers.pyvrp_rounds
    begin = time.perf_counter()
    cost = plan_cost(a, search(a, seconds, seed))
    used = time.perf_counter() - begin
    gap = cost / best - 1
    return Row("sdvrptw", path.stem, solver, seed, cost, 0, 0, gap, used, memory(), 0)


def _search_for(a: Arrays, seconds: float, seed: int) -> list[list[int]]:
    """Search for about a time: the rate of the runs so far sets the iterations of the next."""
    nothing: list[list[int]] = [[] for _ in range(a.technicians)]
    pool = Pool()
    with Threads() as threads:

        def pair(start: list[list[int]], first: int, iterations: int) -> list[list[int]]:
            pools = [Pool(), Pool()]
            found = threads.map(
                lambda run: improve(
                    a, start, iterations, seed + SEED_STRIDE * (first + run), pools[run]
                ),
                [0, 1],
            )
            for own in pools:
                pool.merge(own)
            return min(found, key=lambda rounds: plan_cost(a, rounds))

        begin = time.perf_counter()
        pair(nothing, 100, TRIAL)
        rate = TRIAL / (time.perf_counter() - begin)
        rounds, choosing = nothing, CHOICE
        # As `solve` does: a pair of runs, then others from the best choice among all rounds met.
        for number, share in enumerate(SHARES):
            ahead = SHARES[number:]
            # The first iterations are slow: how many fit is told again from those made.
            started = time.perf_counter()
            left = max(0.0, seconds - (started - begin) - choosing * len(ahead))
            iterations = max(1, int(share / sum(ahead) * left * rate))
            found = pair(rounds, 2 * number, iterations)
            ended = time.perf_counter()
            rate = iterations / (ended - started)
            rounds = choose_from_pool(a, pool, found, effort=CHOICE)
            choosing = time.perf_counter() - ended
    return rounds


def _scored(problem: DayProblem, a: Arrays, answer: Callable[[], list[list[int]]]) -> peers.Score:
    begin = time.perf_counter()
    rounds = answer()
    return peers.score(problem, a, rounds, time.perf_counter() - begin)


def _row(day: Day, solver: str, seed: int, result: peers.Score, gap: float | None) -> Row:
    return Row(
        day.family,
        day.name,
        solver,
        seed,
        result.cost_s,
        result.value_s,
        result.served,
        gap,
        result.seconds,
        memory(),
        len(result.faults),
    )


def instances(folder: Path) -> list[Path]:
    """Return the instance files of a folder, in order."""
    return sorted(folder.glob("*.vrp"))
