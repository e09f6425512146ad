"""The improvement search: ruin, recreate, and accept as simulated annealing does.

Each iteration takes some visits out of the current solution and puts them and
the unserved ones back, while the temperature falls. Counts alone decide the
course: the same arrays, rounds, iterations and seed give the same rounds, in however many calls.

References
----------
Christiaens, Vanden Berghe (2020), "Slack induction by string removals for
vehicle routing problems", Transportation Science 54(2), doi:10.1287/trsc.2019.0914.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.heuristic.absence import FADED, burden, note_absences
from dispatch.solve.heuristic.random_generator import below, bits, seeded, uniform
from dispatch.solve.heuristic.recreate import (
    Places,
    line_up,
    orders,
    places,
    recreate,
    shuffle,
    sort_by,
)
from dispatch.solve.heuristic.ruin import neighbours, ruin
from dispatch.solve.heuristic.state import State, copy_round, rounds_of, settle, state_of
from dispatch.solve.timing.encode import typical
from dispatch.solve.timing.kernel import inner, kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from threading import Event

    from numpy.typing import NDArray

    from dispatch.solve.heuristic.pool import Pool
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

# Iterations a call: some 20 ms, so that Ctrl-C, progress and a deadline are heeded soon.
CHUNK = 1000
# How often each order of putting back is drawn: by generator, then those of `orders`.
ORDER_WEIGHTS = (4, 3, 4, 2, 2, 1, 2, 1)
# Rounds of a solution this near the best are worth remembering, relative to its travel; where
# not everything fits, also those of one that lies a low skip cost higher.
WORTH_KEEPING = 0.03


class Settings(NamedTuple):
    """
    What was tried out, on days of `benchmarks.days` (seeds 1 to 7).

    Parameters
    ----------
    hot, cold
        First and last temperature, relative to the leg between near neighbours.
    hot_value
        First temperature where not everything fits, relative to a low skip cost: then
        which visits to serve has to be tried as well.
    removed, longest
        Visits that a ruin takes out on average, and the longest string of one round.
    noise
        How far at most the keys of an order are blurred, relatively.
    turn
        Share of iterations in which every unserved visit keeps its turn.
    absence
        Where not everything fits: what an absence counts for, at first, of what leaving the
        visit costs. See `absence`.
    """

    hot: float = 2.0
    cold: float = 0.1
    hot_value: float = 1.5
    removed: float = 15.0
    longest: float = 10.0
    noise: float = 0.5
    turn: float = 0.5
    absence: float = 0.1


class Record(NamedTuple):
    """
    Rounds met since they were last handed on, and what was met before.

    Parameters
    ----------
    technician, first
        Of each round; round r is visit[first[r]] to visit[first[r + 1] - 1].
    cost
        Of each round (seconds).
    visit
        The sequences, one after the other.
    used
        Number of rounds, shape (1,).
    mark
        A random word for each visit (n,) and vehicle type (m,): a set is known by their sum.
    known, known_cost
        Hash table of sets met and the cheapest cost of each.
    """

    technician: Ints
    first: Ints
    cost: Ints
    visit: Ints
    used: Ints
    mark: NDArray[np.uint64]
    known: NDArray[np.uint64]
    known_cost: Ints


class Search(NamedTuple):
    """
    All that a search carries from one call to the next.

    Parameters
    ----------
    trial, current
        The solution being changed, and the one it is measured against.
    best_node, best_size
        The best solution, as in `State`.
    costs
        Cost of the current and of the best solution, unserved visits included (2,).
    near, keys, order_weights, known
        See `neighbours`, `orders`, `ORDER_WEIGHTS`, `Places`.
    key, items, spare
        Room for a blurred key, and for visits taken out (n,).
    open
        Technicians to whom served visits may go (m,).
    touched, differs
        Rounds in which the trial differs from the current solution, and the current
        from the best (m,).
    heat
        First temperature, last, how far above the best cost rounds are worth remembering
        (seconds), and the weight of absences, shape (4,).
    shape
        As in `Settings`, from `removed` to `turn` (4,).
    absent
        See `note_absences`.
    record
        Rounds met.
    chance
        State of the random numbers.
    """

    trial: State
    current: State
    best_node: Ints
    best_size: Ints
    costs: Ints
    near: Ints
    keys: Ints
    order_weights: Ints
    known: Places
    key: Ints
    items: Ints
    spare: Ints
    open: NDArray[np.bool_]
    touched: NDArray[np.bool_]
    differs: NDArray[np.bool_]
    heat: NDArray[np.float64]
    shape: NDArray[np.float64]
    absent: NDArray[np.float64]
    record: Record
    generator: NDArray[np.uint64]


def improve(
    a: Arrays,
    rounds: Sequence[Sequence[int]],
    iterations: int,
    seed: int,
    pool: Pool,
    *,
    deadline: float | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    halted: Event | None = None,
    paced: bool = False,
    settings: Settings | None = None,
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
        Of the random numbers.
    pool
        Takes the rounds met on the way.
    deadline
        Moment of `time.monotonic` past which the search stops, between two chunks; a
        safety net, as what is found then depends on the clock.
    on_progress
        Called after each chunk with the iterations done and the best cost (seconds).
    halted
        Once set, the search ends after its chunk.
    paced
        Where the deadline comes before the iterations are done, cool down by then: a search that
        is cut short is still hot, and little better than where it began.
    settings
        Other than the usual ones, for experiments.

    Notes
    -----
    On Ctrl-C the exception passes through; the rounds met so far are in the pool.
    """
    if a.visits == 0 or a.technicians == 0:
        return [[] for _ in range(a.technicians)]
    search = _search(a, rounds, seed, settings or Settings())
    done, total, began = 0, iterations, time.monotonic()
    while done < total:
        done = run(a, search, done, min(done + CHUNK, total), total)
        _hand_on(a, search.record, pool)
        if paced and deadline is not None:
            now = time.monotonic()
            left = max(0.0, deadline - now) / max(1e-9, now - began)
            total = min(iterations, done + int(done * left))
        if on_progress is not None:
            on_progress(done, int(search.costs[1]))
        if deadline is not None and time.monotonic() >= deadline:
            break
        if halted is not None and halted.is_set():
            break
    return rounds_of(search.best_node, search.best_size)


def _search(a: Arrays, rounds: Sequence[Sequence[int]], seed: int, settings: Settings) -> Search:
    n, m = a.visits, a.technicians
    trial, current = state_of(a, rounds), state_of(a, rounds)
    left = int(a.unassigned_cost_s[trial.where < 0].sum())
    cost = int(trial.cost.sum()) + left
    leg = max(1.0, float(np.median(neighbour_legs(a))))
    state = seeded(seed)
    marks = np.array([bits(state) for _ in range(n + m)], dtype=np.uint64)
    record = Record(
        technician=np.zeros(4096, dtype=np.int64),
        first=np.zeros(4097, dtype=np.int64),
        cost=np.zeros(4096, dtype=np.int64),
        visit=np.zeros(4096 * 8 + n * m, dtype=np.int64),
        used=np.zeros(1, dtype=np.int64),
        mark=marks,
        known=np.zeros(1 << 18, dtype=np.uint64),
        known_cost=np.zeros(1 << 18, dtype=np.int64),
    )
    x = Search(
        trial=trial,
        current=current,
        best_node=trial.node.copy(),
        best_size=trial.size.copy(),
        costs=np.array([cost, cost], dtype=np.int64),
        near=neighbours(a),
        keys=orders(a),
        order_weights=np.array(ORDER_WEIGHTS, dtype=np.int64),
        known=places(a),
        key=np.zeros(n, dtype=np.int64),
        items=np.zeros(n, dtype=np.int64),
        spare=np.zeros(n, dtype=np.int64),
        open=np.ones(m, dtype=np.bool_),
        touched=np.zeros(m, dtype=np.bool_),
        differs=np.zeros(m, dtype=np.bool_),
        heat=np.array([settings.hot * leg, settings.cold * leg, 0.0, 0.0], dtype=np.float64),
        shape=np.array(
            [settings.removed, settings.longest, settings.noise, settings.turn], dtype=np.float64
        ),
        absent=np.zeros(n, dtype=np.float64),
        record=record,
        generator=state,
    )
    _fill(a, x)
    unserved = a.unassigned_cost_s[x.current.where < 0]
    optional = a.unassigned_cost_s[a.unassigned_cost_s < a.mandatory_cost[0]]
    if (unserved < a.mandatory_cost[0]).any():
        low = float(np.quantile(optional, 0.25))
        x.heat[0] = max(x.heat[0], settings.hot_value * low)
        x.heat[2] = 2.0 * low
        x.heat[3] = settings.absence
    return x


def neighbour_legs(a: Arrays) -> NDArray[np.float64]:
    """Return for each visit the mean travel to its nearest five (seconds)."""
    n = a.visits
    legs = np.sort(typical(a)[:n, :n] + np.diag(np.full(n, 1 << 40)), axis=1)
    return np.asarray(legs[:, : max(1, min(5, n - 1))].clip(max=1 << 30).mean(axis=1))


def _hand_on(a: Arrays, record: Record, pool: Pool) -> None:
    for r in range(int(record.used[0])):
        sequence = record.visit[record.first[r] : record.first[r + 1]].tolist()
        pool.add(int(a.vehicle_type[record.technician[r]]), sequence, int(record.cost[r]))
    record.used[0] = 0


@kernel
def run(a: Arrays, x: Search, start: int, stop: int, total: int) -> int:
    """
    Search from iteration `start` to `stop` of `total`, and return the iteration reached.

    It stops early when the record is full.
    """
    n, technicians = len(x.trial.where), len(x.trial.size)
    hot, fall = x.heat[0], math.log(x.heat[1] / x.heat[0])
    for iteration in range(start, stop):
        if _record_full(x):
            return iteration
        # Ruin.
        x.touched[:] = False
        # Not a plain 0: numba would compile all that takes it twice, for the literal and for any.
        unserved = np.int64(0)
        for visit in range(n):
            if x.trial.where[visit] < 0:
                x.items[unserved] = visit
                unserved += 1
        count, seed = ruin(a, x.trial, x.near, x.items, unserved, x.touched, x.shape, x.generator)
        # Recreate.
        shuffle(x.generator, x.items, count)
        order = _draw(x.order_weights, x.generator)
        if order > 0:
            noise = x.shape[2] * uniform(x.generator)
            for i in range(count):
                visit = x.items[i]
                blur = 1.0 + noise * (2.0 * uniform(x.generator) - 1.0)
                x.key[visit] = int(x.keys[order - 1, visit] * blur)
            sort_by(x.items, count, x.key)
        # Now and then some technicians take nothing more: the others have to be tried.
        closed = 0.3 if uniform(x.generator) < 0.1 else 0.0
        for m in range(technicians):
            x.open[m] = closed == 0.0 or uniform(x.generator) >= closed
        line_up(x.items, count, x.current.where, seed, x.spare, x.shape[3], x.generator)
        recreate(
            a,
            x.trial,
            x.known,
            x.items,
            count,
            x.current.where,
            x.open,
            x.touched,
            x.generator,
        )
        # Accept or go back.
        settle(a, x.trial, x.touched)
        driving, skipping, pull = 0, 0, 0.0
        for m in range(technicians):
            if x.touched[m]:
                driving += x.trial.cost[m] - x.current.cost[m]
        weight, mean = x.heat[3] * max(0.0, 1.0 - iteration / (FADED * total)), 1.0
        if weight > 0.0:
            mean = note_absences(x.absent, x.current.where)
        for i in range(count):
            visit = x.items[i]
            left = x.trial.where[visit] < 0
            if left == (x.current.where[visit] < 0):
                continue
            change = a.unassigned_cost_s[visit] if left else -a.unassigned_cost_s[visit]
            skipping += change
            # What must be served is never weighed against another.
            if weight > 0.0 and a.unassigned_cost_s[visit] < a.mandatory_cost[0]:
                pull += change * burden(x.absent, mean, visit)
        worse = driving + skipping + weight * pull
        temperature = hot * math.exp(fall * iteration / total)
        if worse < -temperature * math.log(1.0 - uniform(x.generator)):
            _accept(a, x, count, x.costs[0] + driving + skipping)
        else:
            _go_back(x, count)
    return stop


@kernel
def _fill(a: Arrays, x: Search) -> None:
    """Serve what has a place in the rounds given, most valuable first."""
    count = np.int64(0)
    for visit in range(len(x.trial.where)):
        if x.trial.where[visit] < 0:
            x.items[count] = visit
            count += 1
    x.touched[:] = True
    sort_by(x.items, count, x.keys[1])
    recreate(
        a,
        x.trial,
        x.known,
        x.items,
        count,
        x.current.where,
        x.open,
        x.touched,
        x.generator,
    )
    settle(a, x.trial, x.touched)
    _accept(a, x, count, _cost(a, x.trial))
    for m in range(len(x.touched)):
        _remember(a, x, m)


@inner
def _cost(a: Arrays, s: State) -> int:
    """Return the cost of a solution from its rounds' costs (seconds)."""
    cost = 0
    for visit in range(len(s.where)):
        if s.where[visit] < 0:
            cost += a.unassigned_cost_s[visit]
    for m in range(len(s.cost)):
        cost += s.cost[m]
    return cost


@inner
def _draw(weights: Ints, generator: NDArray[np.uint64]) -> int:
    draw = below(generator, weights.sum())
    for choice in range(len(weights)):
        draw -= weights[choice]
        if draw < 0:
            return choice
    return 0


@inner
def _accept(a: Arrays, x: Search, count: int, cost: int) -> None:
    """Make the trial the current solution, and the best where it is."""
    for i in range(count):
        if x.trial.where[x.items[i]] < 0:
            x.current.where[x.items[i]] = -1
    for m in range(len(x.touched)):
        if x.touched[m]:
            copy_round(x.trial, x.current, m)
            x.differs[m] = True
            x.known.version[m] += 1
    x.costs[0] = cost
    if cost < x.costs[1]:
        x.costs[1] = cost
        for m in range(len(x.differs)):
            if x.differs[m]:
                x.best_size[m] = x.current.size[m]
                for p in range(x.current.size[m] + 2):
                    x.best_node[m, p] = x.current.node[m, p]
                x.differs[m] = False
                _remember(a, x, m)
    elif cost - x.costs[1] < max(x.heat[2], WORTH_KEEPING * _travel(x.current)):
        for m in range(len(x.touched)):
            if x.touched[m]:
                _remember(a, x, m)


@inner
def _go_back(x: Search, count: int) -> None:
    """Make the trial the current solution again."""
    for i in range(count):
        if x.current.where[x.items[i]] < 0:
            x.trial.where[x.items[i]] = -1
    for m in range(len(x.touched)):
        if x.touched[m]:
            copy_round(x.current, x.trial, m)


@inner
def _travel(s: State) -> int:
    total = 0
    for m in range(len(s.cost)):
        total += s.cost[m]
    return total


@inner
def _record_full(x: Search) -> bool:
    """Return whether another solution's rounds might not fit into the record."""
    r = x.record
    used, technicians = r.used[0], len(x.touched)
    return used + technicians >= len(r.technician) or r.first[used] + len(x.items) >= len(r.visit)


@inner
def _remember(a: Arrays, x: Search, m: int) -> None:
    """Record the current round of technician m, unless its set is known at no higher cost."""
    r, s = x.record, x.current
    if s.size[m] == 0:
        return
    key = r.mark[len(s.where) + a.vehicle_type[m]]
    for p in range(1, s.size[m] + 1):
        key += r.mark[s.node[m, p]]
    slots = np.uint64(len(r.known) - 1)
    slot = np.int64(key & slots)
    for _ in range(8):
        if r.known[slot] == key:
            if r.known_cost[slot] <= s.cost[m]:
                return
            break
        if r.known[slot] == 0:
            break
        slot = (slot + 1) & (len(r.known) - 1)
    # After eight others the set of the last slot is forgotten: it may be handed on again.
    r.known[slot], r.known_cost[slot] = key, s.cost[m]
    used = r.used[0]
    at = r.first[used]
    for p in range(1, s.size[m] + 1):
        r.visit[at] = s.node[m, p]
        at += 1
    r.technician[used], r.cost[used], r.first[used + 1] = m, s.cost[m], at
    r.used[0] = used + 1
