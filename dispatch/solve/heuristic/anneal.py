"""The improvement search: large-neighbourhood search with the acceptance of simulated annealing.

Each iteration (`iteration`) removes some visits from the current solution (`ruin`), inserts them
and the unassigned ones again (`recreate`), and accepts the result or goes back, while the
temperature falls. A day is planned and replanned by the same search; a replan hands it a cost of
change.

Counts alone decide the course: the same arrays, rounds, iterations and seed give the same rounds,
in however many calls.

References
----------
Christiaens, Vanden Berghe (2020), "Slack induction by string removals for
vehicle routing problems", Transportation Science 54(2), doi:10.1287/trsc.2019.0914.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.deadline import has_passed
from dispatch.solve.heuristic.cheapest_insertion import insertion_table
from dispatch.solve.heuristic.iteration import insert_unassigned, iterate
from dispatch.solve.heuristic.random_generator import seeded
from dispatch.solve.heuristic.recreate import insertion_keys
from dispatch.solve.heuristic.round_record import empty_record, move_to_pool
from dispatch.solve.heuristic.ruin import neighbour_lists
from dispatch.solve.heuristic.search_arrays import Parameters, Search
from dispatch.solve.heuristic.state import sequences_of, state_of
from dispatch.solve.timing.encode import typical

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from threading import Event

    from numpy.typing import NDArray

    from dispatch.solve.deadline import Deadline
    from dispatch.solve.heuristic.change_cost import ChangeCost
    from dispatch.solve.heuristic.pool import Pool
    from dispatch.solve.timing.arrays import Arrays

# Iterations a call: some 20 ms, so that Ctrl-C, progress and a deadline are heeded soon.
CHUNK = 1000
# How often each order of insertion is drawn: the random one, then those of `insertion_keys`.
ORDER_WEIGHTS = (4, 3, 4, 2, 2, 1, 2, 1)


class AnnealingSettings(NamedTuple):
    """
    Settings of the search, tuned on days of `benchmarks.days` (seeds 1 to 7).

    Parameters
    ----------
    hot, cold
        First and last temperature, relative to the leg between near neighbours.
    hot_unassigned
        First temperature where not everything fits, relative to a low unassigned cost: then
        the search must also try which visits to serve.
    removed, longest
        Visits that a ruin removes on average, and the longest string of one round.
    noise
        Largest relative change of the keys of an order.
    all_turns
        Share of iterations in which every unassigned visit keeps its place in the order.
    absence
        Where not everything fits: weight of an absence at first, relative to the unassigned
        cost. See `absence`.
    """

    hot: float = 2.0
    cold: float = 0.1
    hot_unassigned: float = 1.5
    removed: float = 15.0
    longest: float = 10.0
    noise: float = 0.5
    all_turns: float = 0.5
    absence: float = 0.1


def improve(
    a: Arrays,
    rounds: Sequence[Sequence[int]],
    iterations: int,
    seed: int,
    pool: Pool,
    *,
    deadline: Deadline | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    halted: Event | None = None,
    settings: AnnealingSettings | None = None,
) -> list[list[int]]:
    """
    Return rounds at least as good as those given.

    Parameters
    ----------
    a
        The problem's arrays.
    rounds
        A sequence of visit indices for each technician; empty: not driving.
    iterations
        How long to search: one ruin and recreation each.
    seed
        Of the random generator.
    pool
        Takes the rounds met on the way.
    deadline
        Past it the search stops, between two chunks; what is found then depends on the clock. Where
        a time limit comes before the iterations are done, the search cools down by then: one that
        is cut short is still hot, and little better than where it began.
    on_progress
        Called after each chunk with the iterations done and the best cost (seconds).
    halted
        Once set, the search ends after its chunk.
    settings
        Other than the usual ones, for experiments.

    Notes
    -----
    On Ctrl-C the exception passes through; the rounds met so far are in the pool.
    """
    if a.visits == 0 or a.technicians == 0:
        return [[] for _ in range(a.technicians)]
    search = Annealing(a, rounds, seed, settings=settings)
    done, total, began = 0, iterations, time.monotonic()
    while done < total:
        done = search.advance(done, min(done + CHUNK, total), total, pool)
        if deadline is not None and deadline.is_asked:
            left = deadline.left_s / max(1e-9, time.monotonic() - began)
            total = min(iterations, done + int(done * left))
        if on_progress is not None:
            on_progress(done, search.best_cost)
        if has_passed(deadline):
            break
        if halted is not None and halted.is_set():
            break
    return search.best_rounds


class Annealing:
    """
    One search, iteration by iteration.

    Parameters
    ----------
    a
        The problem's arrays; there are visits and technicians.
    rounds
        The solution to start from. Visits with an insertion in it are inserted first.
    seed
        Of the random generator.
    change
        The cost of change; None: there is no plan to stay near to.
    settings
        Other than the usual ones.
    """

    def __init__(
        self,
        a: Arrays,
        rounds: Sequence[Sequence[int]],
        seed: int,
        *,
        change: ChangeCost | None = None,
        settings: AnnealingSettings | None = None,
    ) -> None:
        self.a, self.change = a, change
        self.search = _search(a, change, rounds, seed, settings or AnnealingSettings())

    @property
    def best_cost(self) -> int:
        """Return the cost of the best solution (seconds)."""
        return int(self.search.best_cost[0])

    @property
    def best_rounds(self) -> list[list[int]]:
        """Return the best solution: a sequence of visits for each technician."""
        return sequences_of(self.search.best_node, self.search.best_size)

    def advance(self, start: int, stop: int, total: int, pool: Pool) -> int:
        """
        Search from iteration `start` to `stop` of `total`, and return the iteration reached.

        It stops early when the record of rounds is full. The pool takes the recorded rounds.
        """
        reached = iterate(self.a, self.change, self.search, start, stop, total)
        move_to_pool(self.a, self.search.record, pool)
        return int(reached)


def _search(
    a: Arrays,
    change: ChangeCost | None,
    rounds: Sequence[Sequence[int]],
    seed: int,
    settings: AnnealingSettings,
) -> Search:
    n, m = a.visits, a.technicians
    trial, current = state_of(a, rounds, change), state_of(a, rounds, change)
    cost = int(trial.cost.sum()) + int(a.unassigned_cost_s[trial.where < 0].sum())
    generator = seeded(seed)
    record = empty_record(a, generator)
    leg = max(1.0, float(np.median(neighbour_legs(a))))
    x = Search(
        trial=trial,
        current=current,
        best_node=trial.node.copy(),
        best_size=trial.size.copy(),
        current_cost=np.array([cost], dtype=np.int64),
        best_cost=np.array([cost], dtype=np.int64),
        parameters=_parameters(settings, leg),
        neighbours=neighbour_lists(a),
        keys=insertion_keys(a),
        order_weights=np.array(ORDER_WEIGHTS, dtype=np.int64),
        insertions=insertion_table(a),
        blurred_key=np.zeros(n, dtype=np.int64),
        spare=np.zeros(n, dtype=np.int64),
        removed=np.zeros(n, dtype=np.int64),
        open=np.ones(m, dtype=np.bool_),
        touched=np.zeros(m, dtype=np.bool_),
        differs=np.zeros(m, dtype=np.bool_),
        absences=np.zeros(n, dtype=np.float64),
        record=record,
        generator=generator,
    )
    insert_unassigned(a, change, x)
    unassigned = a.unassigned_cost_s[x.current.where < 0]
    if (unassigned < a.mandatory_cost[0]).any():
        optional = a.unassigned_cost_s[a.unassigned_cost_s < a.mandatory_cost[0]]
        low = float(np.quantile(optional, 0.25))
        x = x._replace(parameters=_parameters(settings, leg, low))
    return x


def _parameters(settings: AnnealingSettings, leg: float, low: float | None = None) -> Parameters:
    """
    Return the parameters of a search.

    Parameters
    ----------
    leg
        Travel between near neighbours (seconds).
    low
        A low unassigned cost (seconds); None: everything fits.
    """
    crowded = low is not None
    low = low or 0.0
    return Parameters(
        first_temperature=max(float(settings.hot * leg), float(settings.hot_unassigned * low)),
        last_temperature=float(settings.cold * leg),
        worth_recording=2.0 * low,
        absence_weight=float(settings.absence) if crowded else 0.0,
        removed=float(settings.removed),
        longest=float(settings.longest),
        noise=float(settings.noise),
        all_turns=float(settings.all_turns),
    )


def neighbour_legs(a: Arrays) -> NDArray[np.float64]:
    """Return for each visit the mean travel to its nearest five (seconds)."""
    n = a.visits
    legs = np.sort(typical(a)[:n, :n] + np.diag(np.full(n, 1 << 40)), axis=1)
    return np.asarray(legs[:, : max(1, min(5, n - 1))].clip(max=1 << 30).mean(axis=1))
