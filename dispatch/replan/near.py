"""The search for a plan near the old one: ruin and repair, each round simulated exactly.

The old plan as the day left it is repaired first: visits that a round can no longer reach leave
it, and what is unserved is put where it costs least. From there a few visits at a time are taken
out and put back, and the result is taken or not as in simulated annealing, while the best is
kept: what is found is never worse than the repair. Counts alone decide the course.

The objective is that of the day problem and the prices of changes::

    driving + visits left + weighted overtime
      + price of a changed technician  x visits served by another than before
      + price of a changed order       x visits moved in the order of their round
      + price of a shifted appointment x visits that start beyond the tolerance
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.replan.rounds import TECHNICIAN, Near, Room, room_of, round_cost
from dispatch.solve.heuristic.random_generator import below, seeded, uniform
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import typical
from dispatch.solve.timing.kernel import kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

# Iterations a call, so that Ctrl-C and progress are heeded soon.
CHUNK = 500
# The most visits taken out at once, and how often the best place is passed over by chance.
REMOVED, BLINK = 6, 0.02
# First and last temperature, relative to the leg between near neighbours.
HOT, COLD = 7.0, 0.1


class State(NamedTuple):
    """
    A plan being changed (n visits, m technicians).

    Parameters
    ----------
    node, size
        Visits of each round in order (m, n), and how many (m,).
    cost, load
        Of each round (m,).
    where
        Technician of each visit (n,); -1: unserved.
    """

    node: Ints
    size: Ints
    cost: Ints
    load: Ints
    where: Ints


class Search(NamedTuple):
    """
    All that the search carries from one call to the next.

    Parameters
    ----------
    trial, current, best
        The plan being changed, the one it is measured against, and the best met.
    costs
        Of the current and of the best plan, visits left included (2,).
    room, scratch, items
        Room for a round's labels, for a sequence, and for visits taken out.
    closest
        For each visit the others, the nearest first (n, n - 1).
    movable
        The visits that may be anywhere: not at the fixed head of a round.
    heat
        First and last temperature (2,).
    chance
        State of the random numbers.
    """

    trial: State
    current: State
    best: State
    costs: Ints
    room: Room
    scratch: Ints
    items: Ints
    closest: Ints
    movable: Ints
    heat: NDArray[np.float64]
    generator: NDArray[np.uint64]


def state_of(a: Arrays, near: Near, room: Room, rounds: Sequence[Sequence[int]]) -> State:
    """Return the state of rounds; a round that cannot be driven costs NEVER."""
    n, m = a.visits, a.technicians
    s = State(
        node=np.zeros((m, n), dtype=np.int64),
        size=np.zeros(m, dtype=np.int64),
        cost=np.zeros(m, dtype=np.int64),
        load=np.zeros(m, dtype=np.int64),
        where=np.full(n, -1, dtype=np.int64),
    )
    for k, sequence in enumerate(rounds):
        s.node[k, : len(sequence)] = sequence
        s.size[k] = len(sequence)
        s.where[list(sequence)] = k
        s.load[k] = a.load[list(sequence)].sum()
        s.cost[k] = round_cost(a, near, room, k, s.node[k], len(sequence), 0)
    return s


def total_cost(a: Arrays, s: State) -> int:
    """Return what a state costs, visits left included (seconds)."""
    return int(s.cost.sum()) + int(a.unassigned_cost_s[s.where < 0].sum())


def rounds_in(s: State) -> list[list[int]]:
    """Return the sequences of a state."""
    return [s.node[k, : s.size[k]].tolist() for k in range(len(s.size))]


def repair(a: Arrays, near: Near, rounds: Sequence[Sequence[int]]) -> list[list[int]]:
    """
    Return the old rounds with as little changed as can be.

    Parameters
    ----------
    a
        The day problem as it is now.
    near
        What ties to the old plan; the fixed heads can be driven.
    rounds
        What is left of the old rounds, in the old order.

    Notes
    -----
    From a round that can no longer be driven go, one at a time, the visit without which it can at
    the least cost, or, while there is none, the one that is worth least. Then visits left, those
    worth most first, are put where they cost least, if that is less than leaving them.
    """
    room, kept = room_of(a.visits), []
    for m, sequence in enumerate(rounds):
        order = list(sequence)
        while len(order) > near.fixed[m] and _cost(a, near, room, m, order) == NEVER:
            choices = []
            for p in range(int(near.fixed[m]), len(order)):
                without = order[:p] + order[p + 1 :]
                cost, skip = _cost(a, near, room, m, without), int(a.unassigned_cost_s[order[p]])
                rank = (0, cost + skip) if cost < NEVER else (1, skip)
                choices.append((*rank, -p))
            del order[-min(choices)[-1]]
        kept.append(order)
    s = state_of(a, near, room, kept)
    random, scratch = seeded(0), np.zeros(a.visits, dtype=np.int64)
    left = sorted(
        np.flatnonzero(s.where < 0).tolist(), key=lambda v: (-int(a.unassigned_cost_s[v]), v)
    )
    for visit in left:
        _put_back(a, near, s, room, scratch, visit, 0.0, random)
    return rounds_in(s)


def _cost(a: Arrays, near: Near, room: Room, m: int, order: Sequence[int]) -> int:
    return int(round_cost(a, near, room, m, np.array(order, dtype=np.int64), len(order), 0))


def improve(
    a: Arrays,
    near: Near,
    rounds: Sequence[Sequence[int]],
    iterations: int,
    seed: int,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[list[int]]:
    """
    Return rounds that cost no more than those given, prices of changes included.

    Parameters
    ----------
    a, near
        As in `repair`.
    rounds
        Rounds that can be driven.
    iterations
        How long to search: one ruin and repair each.
    seed
        Of the random numbers.
    on_progress
        Called after each chunk with the iterations done and the best cost (seconds).

    Notes
    -----
    On Ctrl-C the best rounds so far are returned.
    """
    fixed = {int(v) for m, order in enumerate(rounds) for v in order[: near.fixed[m]]}
    movable = [v for v in range(a.visits) if v not in fixed and a.allowed[~near.closed, v].any()]
    if not movable or not a.technicians:
        return [list(order) for order in rounds]
    room = room_of(a.visits)
    states = [state_of(a, near, room, rounds) for _ in range(3)]
    cost = total_cost(a, states[0])
    legs = typical(a)[: a.visits, : a.visits] + np.diag(np.full(a.visits, 1 << 40))
    closest = np.argsort(legs, axis=1, kind="stable")[:, : max(1, a.visits - 1)]
    few = np.sort(legs, axis=1)[:, : max(1, min(5, a.visits - 1))].clip(max=3600).mean()
    leg = max(1.0, float(few))
    x = Search(
        trial=states[0],
        current=states[1],
        best=states[2],
        costs=np.array([cost, cost], dtype=np.int64),
        room=room,
        scratch=np.zeros(a.visits, dtype=np.int64),
        items=np.zeros(a.visits, dtype=np.int64),
        closest=np.ascontiguousarray(closest, dtype=np.int64),
        movable=np.array(movable, dtype=np.int64),
        heat=np.array([HOT * leg, COLD * leg], dtype=np.float64),
        generator=seeded(seed),
    )
    done = 0
    try:
        while done < iterations:
            stop = min(done + CHUNK, iterations)
            run(a, near, x, done, stop, iterations)
            done = stop
            if on_progress is not None:
                on_progress(done, int(x.costs[1]))
    except KeyboardInterrupt:
        pass
    return rounds_in(x.best)


@kernel
def _copy(source: State, target: State) -> None:
    for m in range(len(source.size)):
        for p in range(source.size[m]):
            target.node[m, p] = source.node[m, p]
        target.size[m], target.cost[m] = source.size[m], source.cost[m]
        target.load[m] = source.load[m]
    for visit in range(len(source.where)):
        target.where[visit] = source.where[visit]


@kernel
def _take_out(a: Arrays, s: State, visit: int) -> None:
    """Take a visit out of its round; the round's cost is the caller's to renew."""
    m = s.where[visit]
    p = 0
    while s.node[m, p] != visit:
        p += 1
    for q in range(p, s.size[m] - 1):
        s.node[m, q] = s.node[m, q + 1]
    s.size[m] -= 1
    s.load[m] -= a.load[visit]
    s.where[visit] = -1


@kernel
def _open_to(a: Arrays, near: Near, s: State, m: int, visit: int) -> bool:
    """Return whether a round may take a visit, times apart."""
    if near.closed[m] or not a.allowed[m, visit]:
        return False
    return s.load[m] + a.load[visit] <= a.capacity[m]


@kernel
def _growth(a: Arrays, near: Near, s: State, m: int, p: int, visit: int) -> int:
    """Return by how much the driving grows, in the first slot, and the price of the technician."""
    origin = a.start[m] if p == 0 else s.node[m, p - 1]
    following = a.end[m] if p == s.size[m] else s.node[m, p]
    more = a.travel[0, origin, visit] + a.travel[0, visit, following]
    if s.size[m] > 0:
        more -= a.travel[0, origin, following]
    if near.old[visit] >= 0 and near.old[visit] != m:
        more += near.price[TECHNICIAN]
    return more


@kernel
def _put_back(
    a: Arrays,
    near: Near,
    s: State,
    room: Room,
    scratch: Ints,
    visit: int,
    blink: float,
    generator: NDArray[np.uint64],
) -> None:
    """Put a visit where it costs least, unless to leave it costs no more."""
    least, to, at, made = a.unassigned_cost_s[visit], -1, -1, NEVER
    # Where the driving grows least comes first: most of the others then need no look.
    nearest, likely = NEVER, -1
    for m in range(len(s.size)):
        if _open_to(a, near, s, m, visit):
            for p in range(near.fixed[m], s.size[m] + 1):
                more = _growth(a, near, s, m, p, visit)
                if more < nearest:
                    nearest, likely = more, m
    one_slot = len(a.slot_start) == 1
    for turn in range(-1, len(s.size)):
        m = likely if turn < 0 else turn
        if m < 0 or turn == likely or not _open_to(a, near, s, m, visit):
            continue
        size, ready = s.size[m], False
        for p in range(size, near.fixed[m] - 1, -1):
            # With one slot the cost grows by that at least.
            if one_slot and _growth(a, near, s, m, p, visit) >= least:
                continue
            if blink > 0.0 and uniform(generator) < blink:
                continue
            if not ready:
                # From the last place to the first, the room keeps what comes before.
                ready = True
                round_cost(a, near, room, m, s.node[m], size, 0)
            for q in range(p):
                scratch[q] = s.node[m, q]
            scratch[p] = visit
            for q in range(p, size):
                scratch[q + 1] = s.node[m, q]
            cost = round_cost(a, near, room, m, scratch, size + 1, p)
            if cost < NEVER and cost - s.cost[m] < least:
                least, to, at, made = cost - s.cost[m], m, p, cost
    if to < 0:
        return
    for q in range(s.size[to], at, -1):
        s.node[to, q] = s.node[to, q - 1]
    s.node[to, at] = visit
    s.size[to] += 1
    s.load[to] += a.load[visit]
    s.cost[to] = made
    s.where[visit] = to


@kernel
def _ruin(a: Arrays, near: Near, x: Search) -> int:
    """Take some visits out, and return how many; those unserved before come after them."""
    s = x.trial
    wanted, count = 1 + below(x.generator, np.int64(REMOVED)), 0
    way = below(x.generator, np.int64(4))
    seed = x.movable[below(x.generator, len(x.movable))]
    if way == 0:
        # Any.
        for _ in range(wanted):
            visit = x.movable[below(x.generator, len(x.movable))]
            if s.where[visit] >= 0:
                _take_out(a, s, visit)
                x.items[count] = visit
                count += 1
    elif way == 1 and s.where[seed] >= 0:
        # A stretch of one round, from the seed on.
        m = s.where[seed]
        p = 0
        while s.node[m, p] != seed:
            p += 1
        for _ in range(wanted):
            if p < s.size[m]:
                visit = s.node[m, p]
                _take_out(a, s, visit)
                x.items[count] = visit
                count += 1
    elif way == 2:
        # What has another technician than before: so that it may go home.
        begin = below(x.generator, len(x.movable))
        for k in range(len(x.movable)):
            visit = x.movable[(begin + k) % len(x.movable)]
            m = s.where[visit]
            if count < wanted and m >= 0 and near.old[visit] >= 0 and near.old[visit] != m:
                _take_out(a, s, visit)
                x.items[count] = visit
                count += 1
    # Those near the seed: the fourth way, and what the others fall back on.
    if count == 0:
        for k in range(-1, x.closest.shape[1]):
            visit = seed if k < 0 else x.closest[seed, k]
            if count == wanted:
                break
            m = s.where[visit]
            if m < 0 or (k >= 0 and uniform(x.generator) < 0.25):
                continue
            head = False
            for p in range(near.fixed[m]):
                head = head or s.node[m, p] == visit
            if not head:
                _take_out(a, s, visit)
                x.items[count] = visit
                count += 1
    for m in range(len(s.size)):
        changed = False
        for i in range(count):
            changed = changed or x.current.where[x.items[i]] == m
        if changed:
            s.cost[m] = round_cost(a, near, x.room, m, s.node[m], s.size[m], 0)
    taken = count
    for k in range(len(x.movable)):
        visit = x.movable[k]
        if x.current.where[visit] < 0:
            x.items[count] = visit
            count += 1
    # In any order, or those worth most first.
    for i in range(count - 1, 0, -1):
        j = below(x.generator, i + 1)
        x.items[i], x.items[j] = x.items[j], x.items[i]
    if count > taken and below(x.generator, np.int64(2)) == 0:
        for i in range(1, count):
            visit, j = x.items[i], i
            while j > 0 and a.unassigned_cost_s[x.items[j - 1]] < a.unassigned_cost_s[visit]:
                x.items[j] = x.items[j - 1]
                j -= 1
            x.items[j] = visit
    return count


@kernel
def run(a: Arrays, near: Near, x: Search, start: int, stop: int, total: int) -> None:
    """Search from iteration `start` to `stop` of `total`."""
    fall = math.log(x.heat[1] / x.heat[0])
    for iteration in range(start, stop):
        count = _ruin(a, near, x)
        driveable = True
        for m in range(len(x.trial.size)):
            driveable = driveable and x.trial.cost[m] < NEVER
        if driveable:
            for i in range(count):
                _put_back(a, near, x.trial, x.room, x.scratch, x.items[i], BLINK, x.generator)
        cost = 0
        for m in range(len(x.trial.size)):
            cost += x.trial.cost[m]
        for visit in range(len(x.trial.where)):
            if x.trial.where[visit] < 0:
                cost += a.unassigned_cost_s[visit]
        temperature = x.heat[0] * math.exp(fall * iteration / total)
        limit = x.costs[0] - temperature * math.log(1.0 - uniform(x.generator))
        if driveable and cost < limit:
            _copy(x.trial, x.current)
            x.costs[0] = cost
            if cost < x.costs[1]:
                x.costs[1] = cost
                _copy(x.trial, x.best)
        else:
            _copy(x.current, x.trial)
