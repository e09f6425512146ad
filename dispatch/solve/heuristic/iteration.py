"""One iteration: destroy, repair, then accept the trial or go back to the current solution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.heuristic.absence import FADED, burden, note_absences
from dispatch.solve.heuristic.random_generator import below, uniform
from dispatch.solve.heuristic.recreate import line_up, recreate, shuffle, sort_by
from dispatch.solve.heuristic.round_record import record_full, record_round
from dispatch.solve.heuristic.ruin import ruin
from dispatch.solve.heuristic.state import copy_round, replace_estimates
from dispatch.solve.timing.kernel import inner, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.heuristic.change_cost import ChangeCost
    from dispatch.solve.heuristic.search_arrays import Search
    from dispatch.solve.heuristic.state import State
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

# The rounds of a solution are recorded where it costs less than this above the best, relative to
# its travel; where not everything fits, also where it costs no more than twice a low unassigned
# cost above it.
WORTH_RECORDING = 0.03
# Unassigned visits that an iteration tries at most, drawn anew for each: of a long backlog nearly
# all have no place, and to try them all takes the time of several iterations.
MOST_TRIED = 100
# With this share of probability an iteration closes each round to removed visits with that one.
CLOSING, CLOSED = 0.1, 0.3


@kernel
def iterate(
    a: Arrays, change: ChangeCost | None, x: Search, start: int, stop: int, total: int
) -> int:
    """
    Search from iteration `start` to `stop` of `total`; return the iteration reached.

    It stops early when the record of rounds is full. The temperature falls with the iterations.
    """
    hot = x.parameters.first_temperature
    fall = math.log(x.parameters.last_temperature / hot)
    for iteration in range(start, stop):
        if record_full(x.record, len(x.trial.where), len(x.touched)):
            return iteration
        x.touched[:] = False
        unassigned = _gather_unassigned(x)
        count, seed = ruin(a, change, x, unassigned)
        if unassigned > MOST_TRIED:
            count = _leave_out(x, unassigned, count, seed)
        _order(x, count)
        _open_rounds(x)
        all_turns = x.parameters.all_turns
        line_up(x.removed, count, x.current.where, seed, x.spare, all_turns, x.generator)
        recreate(a, change, x, count)
        replace_estimates(a, change, x.trial, x.touched)
        weight = x.parameters.absence_weight * max(0.0, 1.0 - iteration / (FADED * total))
        cost, pull = _difference(a, x, count, weight)
        temperature = hot * math.exp(fall * iteration / total)
        if cost + pull < -temperature * math.log(1.0 - uniform(x.generator)):
            _accept(a, x, count, x.current_cost[0] + cost)
        else:
            _go_back(x, count)
    return stop


@inner
def _gather_unassigned(x: Search) -> int:
    """Put the unassigned visits of the trial first among those to insert; return their number."""
    # Not a plain 0: numba would compile all that takes it twice, for the literal and for any.
    count = np.int64(0)
    for visit in range(len(x.trial.where)):
        if x.trial.where[visit] < 0:
            x.removed[count] = visit
            count += 1
    return int(count)


@inner
def _leave_out(x: Search, unassigned: int, count: int, seed: int) -> int:
    """
    Keep some of the visits that were unassigned before the ruin, drawn at random, and the others.

    Parameters
    ----------
    unassigned, count
        Number of visits to insert that were unassigned before the ruin: the first ones; of all.
    seed
        The visit around which the ruin took place: it is kept.

    Returns
    -------
    count
        Number of visits to insert now.
    """
    kept = 0
    for i in range(unassigned):
        if x.removed[i] == seed:
            x.removed[i], x.removed[0] = x.removed[0], seed
            kept = 1
            break
    while kept < MOST_TRIED:
        drawn = kept + below(x.generator, unassigned - kept)
        x.removed[kept], x.removed[drawn] = x.removed[drawn], x.removed[kept]
        kept += 1
    for i in range(unassigned, count):
        x.removed[kept + i - unassigned] = x.removed[i]
    return kept + count - unassigned


@inner
def _order(x: Search, count: int) -> None:
    """Bring the visits to insert into a random order, or into one of the orders, blurred."""
    shuffle(x.generator, x.removed, count)
    order = _draw(x.order_weights, x.generator)
    if order == 0:
        return
    noise = x.parameters.noise * uniform(x.generator)
    for i in range(count):
        visit = x.removed[i]
        blur = 1.0 + noise * (2.0 * uniform(x.generator) - 1.0)
        x.blurred_key[visit] = int(x.keys[order - 1, visit] * blur)
    sort_by(x.removed, count, x.blurred_key)


@inner
def _draw(weights: Ints, generator: NDArray[np.uint64]) -> int:
    """Return a random index, each as often as its weight says."""
    draw = below(generator, weights.sum())
    for choice in range(len(weights)):
        draw -= weights[choice]
        if draw < 0:
            return choice
    return 0


@inner
def _open_rounds(x: Search) -> None:
    """Open all rounds to removed visits; now and then only some, so that others are tried."""
    closed = CLOSED if uniform(x.generator) < CLOSING else 0.0
    for m in range(len(x.open)):
        x.open[m] = closed == 0.0 or uniform(x.generator) >= closed


@inner
def _difference(a: Arrays, x: Search, count: int, weight: float) -> tuple[int, float]:
    """
    Return by how much the trial costs more than the current solution, and the pull of absences.

    Parameters
    ----------
    weight
        Weight of absences now; 0: they count for nothing.
    """
    driving, unassigned, pull = 0, 0, 0.0
    for m in range(len(x.touched)):
        if x.touched[m]:
            driving += x.trial.cost[m] - x.current.cost[m]
    mean = 1.0
    if weight > 0.0:
        mean = note_absences(x.absences, x.current.where)
    for i in range(count):
        visit = x.removed[i]
        left = x.trial.where[visit] < 0
        if left == (x.current.where[visit] < 0):
            continue
        more = a.unassigned_cost_s[visit] if left else -a.unassigned_cost_s[visit]
        unassigned += more
        # A mandatory visit is never weighed against another.
        if weight > 0.0 and a.unassigned_cost_s[visit] < a.mandatory_cost[0]:
            pull += more * burden(x.absences, mean, visit)
    return driving + unassigned, weight * pull


@kernel
def insert_unassigned(a: Arrays, change: ChangeCost | None, x: Search) -> None:
    """Insert the unassigned visits that have an insertion, most unassigned cost by time first."""
    count = _gather_unassigned(x)
    x.touched[:] = True
    sort_by(x.removed, count, x.keys[1])
    recreate(a, change, x, count)
    replace_estimates(a, change, x.trial, x.touched)
    _accept(a, x, count, _cost(a, x.trial))
    for m in range(len(x.touched)):
        record_round(a, x.record, x.current, m)


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
def _accept(a: Arrays, x: Search, count: int, cost: int) -> None:
    """Make the trial the current solution, and the best where it is."""
    for i in range(count):
        if x.trial.where[x.removed[i]] < 0:
            x.current.where[x.removed[i]] = -1
    driving = 0
    for m in range(len(x.touched)):
        if x.touched[m]:
            copy_round(x.trial, x.current, m)
            x.differs[m] = True
            x.insertions.version[m] += 1
        driving += x.current.cost[m]
    x.current_cost[0] = cost
    if cost < x.best_cost[0]:
        x.best_cost[0] = cost
        for m in range(len(x.differs)):
            if x.differs[m]:
                x.best_size[m] = x.current.size[m]
                for p in range(x.current.size[m] + 2):
                    x.best_node[m, p] = x.current.node[m, p]
                x.differs[m] = False
                record_round(a, x.record, x.current, m)
        return
    if cost - x.best_cost[0] < max(x.parameters.worth_recording, WORTH_RECORDING * driving):
        for m in range(len(x.touched)):
            if x.touched[m]:
                record_round(a, x.record, x.current, m)


@inner
def _go_back(x: Search, count: int) -> None:
    """Make the trial the current solution again."""
    for i in range(count):
        if x.current.where[x.removed[i]] < 0:
            x.trial.where[x.removed[i]] = -1
    for m in range(len(x.touched)):
        if x.touched[m]:
            copy_round(x.current, x.trial, m)
