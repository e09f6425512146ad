"""Where a visit is inserted: the cheapest insertion on a round, and on all rounds.

References
----------
Christiaens, Vanden Berghe (2020), "Slack induction by string removals for
vehicle routing problems", Transportation Science 54(2), doi:10.1287/trsc.2019.0914:
greedy insertion with blinks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.heuristic.change_cost import (
    cost_with_changes,
    technician_price,
)
from dispatch.solve.heuristic.random_generator import uniform
from dispatch.solve.heuristic.state import backward, detour, forward, measure, meets, round_travel
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.kernel import inlined, inner
from dispatch.solve.timing.round_times import above_share, round_cost
from dispatch.solve.timing.steps import step
from dispatch.solve.timing.working import in_parts, joined, limited, then

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.heuristic.change_cost import ChangeCost
    from dispatch.solve.heuristic.state import State
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

# Share of good insertions that are overlooked on purpose, as in the reference.
BLINK = 0.01


class InsertionTable(NamedTuple):
    """
    The cheapest insertion of each visit into each round of the current solution, where known.

    Parameters
    ----------
    stamp
        Version of round m for which the entry was made, shape (n, m); 0: none.
    spot, cost
        The node to insert after, and the cost (seconds); NEVER: no insertion.
    version
        Version of each round of the current solution (m,), from 1.
    twin
        The technician of the same vehicle type before each (m,); -1: none.
    """

    stamp: Ints
    spot: Ints
    cost: Ints
    version: Ints
    twin: Ints


def insertion_table(a: Arrays) -> InsertionTable:
    """Return an empty table of insertions."""
    latest: dict[int, int] = {}
    twin = np.full(a.technicians, -1, dtype=np.int64)
    for m, number in enumerate(a.vehicle_type.tolist()):
        twin[m] = latest.get(number, -1)
        latest[number] = m
    stamp, spot, cost = (np.zeros((a.visits, a.technicians), dtype=np.int64) for _ in range(3))
    return InsertionTable(
        stamp,
        spot,
        cost,
        version=np.ones(a.technicians, dtype=np.int64),
        twin=twin,
    )


@inlined
def insertion_cost(
    a: Arrays, s: State, m: int, p: int, visit: int, extra: int, driving: int, soft: int
) -> int:
    """
    Return the driving that a visit adds to round m after node p; NEVER when it does not fit.

    Driving and weighted overtime only: what `soft_parts` returns is the same at every node.

    Parameters
    ----------
    extra
        The travel that it adds (seconds).
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
            # A departure that keeps the working time does not make the return later, so
            # overtime is the same as without the limit.
            whole = False
    if not whole and (
        a.overtime_weight[0] == 0
        or meets(
            a, m, visit, following, before, after, s.calm_before[m, p + 1], s.calm_after[m, p + 1]
        )
    ):
        # The round has no overtime with the visit. If it had some before, which happens
        # without the triangle inequality only, the insertion saves it.
        travel = extra
        if a.overtime_weight[0] > 0 and not by_slot:
            travel = extra + round_travel(s, m) - driving
        return travel
    _write_sequence(s, m, p, visit)
    cost = round_cost(a, m, s.scratch, s.size[m] + 1)
    return NEVER if cost == NEVER else cost - soft - driving


@inlined
def _write_sequence(s: State, m: int, p: int, visit: int) -> None:
    """Write the visits of round m, with one inserted after node p, into `scratch`."""
    for q in range(p):
        s.scratch[q] = s.node[m, q + 1]
    s.scratch[p] = visit
    for q in range(p, s.size[m]):
        s.scratch[q + 1] = s.node[m, q + 1]


@inner
def soft_parts(a: Arrays, s: State, m: int, visit: int) -> tuple[int, int]:
    """Return the soft part of round m's cost (seconds), and what one more visit adds to it."""
    work, soft = np.int64(0), 0
    for p in range(1, s.size[m] + 1):
        work += a.duration[s.node[m, p]]
        soft += a.soft[m, s.node[m, p]]
    before = above_share(a, m, work)
    more = above_share(a, m, work + a.duration[visit]) - before
    return soft + before, more + a.soft[m, visit]


@inner
def insertion_on(
    a: Arrays,
    change: ChangeCost | None,
    s: State,
    m: int,
    visit: int,
    limit: int,
    blink: float,
    generator: NDArray[np.uint64],
) -> tuple[int, int]:
    """
    Return the node to insert after, and the cost, of the cheapest insertion into round m.

    Parameters
    ----------
    limit
        The insertion must cost less than this; otherwise (-1, NEVER) is returned.
    blink
        Share of good insertions that are overlooked.
    """
    if change is not None:
        return _insertion_with_changes(a, change, s, m, visit, limit, blink, generator)
    soft, more = 0, 0
    if len(a.soft) > 0:
        soft, more = soft_parts(a, s, m, visit)
    best, spot, driving = limit - more, -1, s.cost[m] - soft
    last_start = a.window_high[a.window_first[visit + 1] - 1]
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
def _insertion_with_changes(
    a: Arrays,
    change: ChangeCost,
    s: State,
    m: int,
    visit: int,
    limit: int,
    blink: float,
    generator: NDArray[np.uint64],
) -> tuple[int, int]:
    """
    Return what `insertion_on` does, with the cost of changes.

    Each insertion that the clocks allow is timed as a whole. From the last node to the first the
    labels of the visits before the new one can be used again.
    """
    best, spot, size, labelled = limit, -1, s.size[m], not change.priced
    price, one_slot = technician_price(change, m, visit), len(a.slot_start) == 1
    last_start = a.window_high[a.window_first[visit + 1] - 1]
    for p in range(size, change.fixed[m] - 1, -1):
        if min(s.before[m, p], s.after[m, p]) > last_start:
            continue
        # With one slot the cost grows by this at least.
        if one_slot and detour(a, s, m, p, visit) + price >= best:
            continue
        if blink > 0.0 and uniform(generator) < blink:
            continue
        following = s.node[m, p + 1]
        before, after = step(a, m, s.node[m, p], visit, s.before[m, p], s.after[m, p])
        if not meets(
            a, m, visit, following, before, after, s.ready_before[m, p + 1], s.ready_after[m, p + 1]
        ):
            continue
        if not labelled:
            for q in range(size):
                s.scratch[q] = s.node[m, q + 1]
            cost_with_changes(a, change, m, s.scratch, size, np.int64(0))
            labelled = True
        _write_sequence(s, m, p, visit)
        cost = cost_with_changes(a, change, m, s.scratch, size + 1, p)
        if cost < NEVER and cost - s.cost[m] < best:
            best, spot = cost - s.cost[m], p
    return spot, best if spot >= 0 else NEVER


@inner
def cheapest_insertion(
    a: Arrays,
    change: ChangeCost | None,
    s: State,
    known: InsertionTable,
    visit: int,
    among: Bools,
    touched: Bools,
    generator: NDArray[np.uint64],
) -> tuple[int, int, int]:
    """
    Return technician, node to insert after and cost of a visit's cheapest insertion; -1: none.

    The insertion costs less than to leave the visit unassigned.

    Parameters
    ----------
    known
        Cheapest insertions into rounds of the current solution; missing ones are added.
    among
        The technicians to try (m,).
    touched
        Rounds that differ from the current solution's (m,).
    """
    best, where, spot = a.unassigned_cost_s[visit], -1, -1
    for m in range(len(s.size)):
        if not among[m] or not a.allowed[m, visit] or s.load[m] + a.load[visit] > a.capacity[m]:
            continue
        twin = known.twin[m]
        if s.size[m] == 0 and twin >= 0 and s.size[twin] == 0:
            continue  # the same as the other empty round of its vehicle type
        if touched[m]:
            p, cost = insertion_on(a, change, s, m, visit, best, BLINK, generator)
        else:
            if known.stamp[visit, m] != known.version[m]:
                p, cost = insertion_on(a, change, s, m, visit, np.int64(NEVER), 0.0, generator)
                known.stamp[visit, m] = known.version[m]
                known.spot[visit, m], known.cost[visit, m] = p, cost
            p, cost = known.spot[visit, m], known.cost[visit, m]
            if cost < best and uniform(generator) < BLINK:
                continue
        if cost < best:
            best, where, spot = cost, m, p
    return where, spot, best


@inner
def insert_visit(a: Arrays, s: State, m: int, p: int, visit: int, cost: int) -> None:
    """Insert a visit into round m after node p, at a known cost."""
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
