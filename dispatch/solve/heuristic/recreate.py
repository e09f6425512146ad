"""Put visits back into rounds: each where it adds least, in an order drawn by chance.

References
----------
Christiaens, Vanden Berghe (2020), "Slack induction by string removals for
vehicle routing problems", Transportation Science 54(2), doi:10.1287/trsc.2019.0914:
greedy insertion with blinks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.heuristic.random_generator import below, uniform
from dispatch.solve.heuristic.state import backward, detour, forward, measure, meets, travel_of
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import typical
from dispatch.solve.timing.kernel import inlined, inner
from dispatch.solve.timing.round_times import above_share, round_cost
from dispatch.solve.timing.steps import step
from dispatch.solve.timing.working import in_parts, joined, limited, then

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.heuristic.state import State
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

# Share of good places overlooked on purpose, as in the reference.
BLINK = 0.01


def orders(a: Arrays) -> Ints:
    """
    Return the keys by which visits are put back, smallest first, shape (orders, n).

    By value, by value a minute, heaviest first, far from every start first, near
    first, little room in time first, few technicians first. (By chance: no key.)
    """
    n = a.visits
    travel = typical(a)
    to = np.minimum.reduce(travel[np.unique(a.start)][:, :n], axis=0, initial=NEVER)
    around = np.sort(travel[:n, :n], axis=1)[:, : min(n, 6)].mean(axis=1) if n else to
    room = np.array(
        [
            (a.window_high[i:j] - a.window_low[i:j]).sum()
            for i, j in zip(a.window_first[:-1], a.window_first[1:], strict=True)
        ],
        dtype=np.int64,
    ).reshape(n)
    value = np.minimum(a.unassigned_cost_s, 1 << 30)
    density = value * 1024 // (a.duration + around.astype(np.int64) + 1)
    heavy = -(a.load * (1 << 20) + a.duration)
    able = a.allowed.sum(axis=0)
    return np.ascontiguousarray(
        np.array([-value, -density, heavy, -to, to, room, able], dtype=np.int64).reshape(7, n)
    )


@inner
def shuffle(generator: NDArray[np.uint64], items: Ints, size: int) -> None:
    """Put the first `size` items in a random order."""
    for i in range(size - 1, 0, -1):
        j = below(generator, i + 1)
        items[i], items[j] = items[j], items[i]


@inner
def sort_by(items: Ints, size: int, key: Ints) -> None:
    """Sort the first `size` items by key, those of equal keys as they stood."""
    for i in range(1, size):
        item = items[i]
        k = key[item]
        j = i - 1
        while j >= 0 and key[items[j]] > k:
            items[j + 1] = items[j]
            j -= 1
        items[j + 1] = item


@inlined
def insertion_cost(
    a: Arrays, s: State, m: int, p: int, visit: int, extra: int, driving: int, soft: int
) -> int:
    """
    Return the driving that the visit adds to round m after node p; NEVER when it does not fit.

    Driving and weighted overtime: what `soft_parts` says comes on top wherever it stands.

    Parameters
    ----------
    extra
        The travel it adds (seconds).
    driving, soft
        The cost of the round without its soft part, and that part with the visit (seconds).
    """
    origin, following = s.node[m, p], s.node[m, p + 1]
    by_slot = len(a.slot_start) > 1
    before, after = step(a, m, origin, visit, s.before[m, p], s.after[m, p])
    if not meets(
        a, m, visit, following, before, after, s.ready_before[m, p + 1], s.ready_after[m, p + 1]
    ):
        return NEVER
    whole = limited(a, m)
    if whole:
        # With slots `busy` is an estimate: it forbids nothing.
        if not by_slot and s.busy[m] + extra + a.duration[visit] > a.max_working[m]:
            return NEVER
        if in_parts(a, m):
            spent, late = then(a, origin, visit, s.spent[m, p], s.late[m, p])
            rest, soon = s.rest[m, p + 1], s.soon[m, p + 1]
            if joined(a, visit, following, spent, late, rest, soon) > a.max_working[m]:
                return NEVER
            # Who leaves as late as that is back no later: what follows is as without a limit.
            whole = False
    if not whole and (
        a.overtime_weight[0] == 0
        or meets(
            a, m, visit, following, before, after, s.calm_before[m, p + 1], s.calm_after[m, p + 1]
        )
    ):
        # No overtime with the visit, so what there was goes: only without triangle inequality.
        travel = extra
        if a.overtime_weight[0] > 0 and not by_slot:
            travel = extra + travel_of(s, m) - driving
        return travel
    for q in range(p):
        s.scratch[q] = s.node[m, q + 1]
    s.scratch[p] = visit
    for q in range(p, s.size[m]):
        s.scratch[q + 1] = s.node[m, q + 1]
    cost = round_cost(a, m, s.scratch, s.size[m] + 1)
    return NEVER if cost == NEVER else cost - soft - driving


@inner
def soft_parts(a: Arrays, s: State, m: int, visit: int) -> tuple[int, int]:
    """Return the soft part of round m's cost (seconds), and what a visit more adds to it."""
    work, soft = np.int64(0), 0
    for p in range(1, s.size[m] + 1):
        work += a.duration[s.node[m, p]]
        soft += a.soft[m, s.node[m, p]]
    before = above_share(a, m, work)
    more = above_share(a, m, work + a.duration[visit]) - before
    return soft + before, more + a.soft[m, visit]


class Places(NamedTuple):
    """
    The cheapest place of each visit in each round of the current solution, where known.

    Parameters
    ----------
    stamp
        Number of the version of round m for which the entry was made, shape (n, m); 0: none.
    spot, cost
        The node to follow, and what it costs (seconds); NEVER: no place.
    version
        Number of the version of each round of the current solution (m,), from 1.
    twin
        The technician of the same vehicle type before each (m,); -1: none.
    last_start
        The end of the last window of each visit (n,).
    """

    stamp: Ints
    spot: Ints
    cost: Ints
    version: Ints
    twin: Ints
    last_start: Ints


def places(a: Arrays) -> Places:
    """Return an empty table of places."""
    latest: dict[int, int] = {}
    twin = np.full(a.technicians, -1, dtype=np.int64)
    for m, number in enumerate(a.vehicle_type.tolist()):
        twin[m] = latest.get(number, -1)
        latest[number] = m
    stamp, spot, cost = (np.zeros((a.visits, a.technicians), dtype=np.int64) for _ in range(3))
    return Places(
        stamp,
        spot,
        cost,
        version=np.ones(a.technicians, dtype=np.int64),
        twin=twin,
        last_start=np.ascontiguousarray(a.window_high[a.window_first[1:] - 1]),
    )


@inner
def place_on(
    a: Arrays,
    s: State,
    m: int,
    visit: int,
    last_start: int,
    limit: int,
    blink: float,
    generator: NDArray[np.uint64],
) -> tuple[int, int]:
    """
    Return the node to follow and the cost of the cheapest place of a visit on round m.

    Parameters
    ----------
    last_start
        The end of the visit's last window (seconds).
    limit
        The place must cost less than this; otherwise (-1, NEVER) is returned.
    blink
        Share of good places overlooked.
    """
    soft, more = 0, 0
    if len(a.soft) > 0:
        soft, more = soft_parts(a, s, m, visit)
    best, spot, driving = limit - more, -1, s.cost[m] - soft
    for p in range(s.size[m] + 1):
        if min(s.before[m, p], s.after[m, p]) > last_start:
            break
        extra = detour(a, s, m, p, visit)
        if extra >= best or (blink > 0.0 and uniform(generator) < blink):
            continue
        cost = insertion_cost(a, s, m, p, visit, extra, driving, soft + more)
        if cost < best:
            best, spot = cost, p
    return spot, best + more if spot >= 0 else NEVER


@inner
def cheapest_place(
    a: Arrays,
    s: State,
    known: Places,
    visit: int,
    limit: int,
    among: NDArray[np.bool_],
    touched: NDArray[np.bool_],
    generator: NDArray[np.uint64],
) -> tuple[int, int, int]:
    """
    Return technician, node to follow and cost of the cheapest place for a visit; -1: none.

    Parameters
    ----------
    known
        Cheapest places on rounds of the current solution; what is missing is added.
    limit
        The place must cost less than this.
    among
        The technicians to look at (m,).
    touched
        Rounds that differ from the current solution's (m,).
    """
    best, where, spot = limit, -1, -1
    for m in range(len(s.size)):
        if not among[m] or not a.allowed[m, visit] or s.load[m] + a.load[visit] > a.capacity[m]:
            continue
        twin = known.twin[m]
        if s.size[m] == 0 and twin >= 0 and s.size[twin] == 0:
            continue  # the same as the other empty round of its vehicle type
        last_start = known.last_start[visit]
        if touched[m]:
            p, cost = place_on(a, s, m, visit, last_start, best, BLINK, generator)
        else:
            if known.stamp[visit, m] != known.version[m]:
                p, cost = place_on(a, s, m, visit, last_start, np.int64(NEVER), 0.0, generator)
                known.stamp[visit, m] = known.version[m]
                known.spot[visit, m], known.cost[visit, m] = p, cost
            p, cost = known.spot[visit, m], known.cost[visit, m]
            if cost < best and uniform(generator) < BLINK:
                continue
        if cost < best:
            best, where, spot = cost, m, p
    return where, spot, best


@inner
def insert(a: Arrays, s: State, m: int, p: int, visit: int, cost: int) -> None:
    """Put a visit into round m after node p, at a cost known."""
    size = s.size[m]
    old = s.leg[m, p + 1]
    for q in range(size + 1, p, -1):
        s.node[m, q + 1] = s.node[m, q]
        s.leg[m, q + 1] = s.leg[m, q]
        s.ready_before[m, q + 1] = s.ready_before[m, q]
        s.ready_after[m, q + 1] = s.ready_after[m, q]
        s.calm_before[m, q + 1] = s.calm_before[m, q]
        s.calm_after[m, q + 1] = s.calm_after[m, q]
        s.rest[m, q + 1], s.soon[m, q + 1] = s.rest[m, q], s.soon[m, q]
        if q <= size:
            s.spot[s.node[m, q]] = q + 1
    s.node[m, p + 1] = visit
    s.where[visit], s.spot[visit] = m, p + 1
    if len(a.slot_start) == 1:
        s.leg[m, p + 1] = a.travel[0, s.node[m, p], visit]
        s.leg[m, p + 2] = a.travel[0, visit, s.node[m, p + 2]]
    s.size[m] = size + 1
    s.load[m] += a.load[visit]
    s.busy[m] += a.duration[visit] + s.leg[m, p + 1] + s.leg[m, p + 2] - old
    s.cost[m] += cost
    forward(a, s, m, p + 1)
    backward(a, s, m, p + 1)
    if len(a.slot_start) > 1:
        measure(a, s, m)


@inner
def line_up(
    items: Ints,
    count: int,
    before: Ints,
    seed: int,
    spare: Ints,
    all_turns: float,
    generator: NDArray[np.uint64],
) -> None:
    """
    Let visits that were served come first, and a few of the unserved keep their turn.

    All of the unserved at once would crowd out what was taken out, and nothing
    near the current solution would come of it.

    Parameters
    ----------
    before
        The technician of each visit before the ruin; -1: unserved.
    seed
        The visit around which the ruin took place: where unserved, it has a turn.
    spare
        Room for a copy (n,).
    """
    unserved = 0
    for i in range(count):
        unserved += before[items[i]] < 0
    if unserved == 0 or uniform(generator) < all_turns:
        return
    share = 1.5 * uniform(generator) / unserved
    front, back = 0, 0
    for i in range(count):
        visit = items[i]
        if before[visit] >= 0 or visit == seed or uniform(generator) < share:
            items[front] = visit
            front += 1
        else:
            spare[back] = visit
            back += 1
    for i in range(back):
        items[front + i] = spare[i]


@inner
def recreate(
    a: Arrays,
    s: State,
    known: Places,
    items: Ints,
    count: int,
    before: Ints,
    open_: NDArray[np.bool_],
    touched: NDArray[np.bool_],
    generator: NDArray[np.uint64],
) -> None:
    """
    Put the first `count` items back in their order.

    Those with no place below their skip cost stay unserved. What was unserved
    before the ruin found no place then, so that it is tried in rounds that changed only.

    Parameters
    ----------
    before
        The technician of each visit before the ruin; -1: unserved.
    open_
        Technicians to whom visits served before may go (m,).
    touched
        Rounds that differ from the current solution's (m,); those that change are added.
    """
    for i in range(count):
        visit = items[i]
        among = touched if before[visit] < 0 else open_
        m, p, cost = cheapest_place(
            a, s, known, visit, a.unassigned_cost_s[visit], among, touched, generator
        )
        if m >= 0:
            insert(a, s, m, p, visit, cost)
            touched[m] = True
