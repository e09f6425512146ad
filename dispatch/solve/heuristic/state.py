"""The state of a solution: rounds with clocks that check an insertion in constant time.

Row m of each table is the round of technician m. Node 0 is its start, nodes
1 to size are its visits, node size + 1 is its end. Each node has two pairs of
clocks (seconds), for the break not yet taken and for the break taken: the
earliest times of leaving the node, and the latest times of being ready at it with a
return in time. A visit fits between two nodes when the clocks that it hands on
are no later than those of the node after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.heuristic.change_cost import cost_with_changes
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import (
    arrive,
    leave_before_break,
    leave_by,
    ready_after_break,
    start_from,
    start_until,
)
from dispatch.solve.timing.kernel import inlined, inner, inner_inlined, kernel
from dispatch.solve.timing.steps import step
from dispatch.solve.timing.working import in_parts, joined, limited, preceded, then

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dispatch.solve.heuristic.change_cost import ChangeCost
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]


class State(NamedTuple):
    """
    A solution (all int64; m technicians, n visits).

    Parameters
    ----------
    node
        Nodes of each round, shape (m, n + 2).
    leg
        Travel into each node (seconds); 0 on an empty round, which nobody drives. Where it depends
        on the time of day: as if the node before were left at the earliest.
    before, after
        Earliest times of leaving each node.
    ready_before, ready_after
        Latest times of being ready at each node, back by the latest return.
    calm_before, calm_after
        The same, back by the end of the shift: no overtime.
    spent, late, rest, soon
        Of the parts that end and begin at each node, as in `working`; where they tell anything.
    size, cost, load, busy
        Of each round (m,): visits, cost, sum of loads, travel (`leg`) and service (seconds).
        Where travel depends on the time of day, insertions estimate the cost;
        `replace_estimates` makes it exact.
    where
        The technician of each visit (n,); -1: unassigned.
    spot
        The node of each served visit (n,).
    scratch
        Workspace for one sequence (n,).
    """

    node: Ints
    leg: Ints
    before: Ints
    after: Ints
    ready_before: Ints
    ready_after: Ints
    calm_before: Ints
    calm_after: Ints
    spent: Ints
    late: Ints
    rest: Ints
    soon: Ints
    size: Ints
    cost: Ints
    load: Ints
    busy: Ints
    where: Ints
    spot: Ints
    scratch: Ints


def state_of(a: Arrays, rounds: Sequence[Sequence[int]], change: ChangeCost | None = None) -> State:
    """
    Return the state of a solution; of a round that cannot be driven only the fixed prefix is left.

    Parameters
    ----------
    a
        The problem's arrays.
    rounds
        One sequence of visit indices for each technician.
    change
        The cost of change; None: there is none.
    """
    m, n = a.technicians, a.visits
    tables = [np.zeros((m, n + 2), dtype=np.int64) for _ in range(12)]
    columns = [np.zeros(m, dtype=np.int64) for _ in range(4)]
    where, spot, scratch = (np.full(n, -1, dtype=np.int64) for _ in range(3))
    s = State._make([*tables, *columns, where, spot, scratch])
    for index, sequence in enumerate(rounds):
        s.node[index, 1 : len(sequence) + 1] = sequence
        s.size[index] = len(sequence)
        s.where[list(sequence)] = index
    for index in range(m):
        if not refresh(a, change, s, index):
            prefix = 0 if change is None else int(change.fixed[index])
            s.where[list(rounds[index][prefix:])] = -1
            s.size[index] = prefix
            refresh(a, change, s, index)
    return s


def sequences_of(node: Ints, size: Ints) -> list[list[int]]:
    """Return the sequences of visits that a table of nodes holds."""
    return [node[m, 1 : size[m] + 1].tolist() for m in range(len(size))]


@kernel
def refresh(a: Arrays, change: ChangeCost | None, s: State, m: int) -> bool:
    """
    Compute everything about round m from its visits and size; False when it cannot be driven.

    The table `where` is the caller's.
    """
    size = s.size[m]
    s.node[m, 0] = a.start[m]
    s.node[m, size + 1] = a.end[m]
    load = 0
    for p in range(1, size + 1):
        visit = s.node[m, p]
        s.spot[visit] = p
        load += a.load[visit]
    s.load[m] = load
    forward(a, s, m, np.int64(0))
    backward(a, s, m, size + 1)
    measure(a, s, m)
    s.cost[m] = _cost_by_clocks(a, change, s, m)
    return s.cost[m] < NEVER


@inner
def _cost_by_clocks(a: Arrays, change: ChangeCost | None, s: State, m: int) -> int:
    """Return the cost of round m: from its clocks where they give it, else from its sequence."""
    if change is not None:
        return sequence_cost(a, change, s, m)
    size = s.size[m]
    by_parts = in_parts(a, m)
    if (
        size == 0
        or len(a.slot_start) > 1
        or a.overtime_weight[0] > 0
        or len(a.soft) > 0
        or (limited(a, m) and not by_parts)
    ):
        return sequence_cost(a, change, s, m)
    last, home = s.node[m, size], s.node[m, size + 1]
    before, after = s.before[m, size], s.after[m, size]
    ready_before, ready_after = s.ready_before[m, size + 1], s.ready_after[m, size + 1]
    if not meets(a, m, last, home, before, after, ready_before, ready_after):
        return NEVER
    if by_parts:
        rest, soon = s.rest[m, size + 1], s.soon[m, size + 1]
        spent, late = s.spent[m, size], s.late[m, size]
        if joined(a, last, home, spent, late, rest, soon) > a.max_working[m]:
            return NEVER
    return round_travel(s, m)


@inner
def round_travel(s: State, m: int) -> int:
    """Return the travel of round m (seconds)."""
    travel = 0
    for p in range(1, s.size[m] + 2):
        travel += s.leg[m, p]
    return travel


@inner
def measure(a: Arrays, s: State, m: int) -> None:
    """Compute the legs of round m, and travel and service in all, from its nodes and clocks."""
    size, busy = s.size[m], 0
    for p in range(1, size + 2):
        leave = min(s.before[m, p - 1], s.after[m, p - 1])
        s.leg[m, p] = 0 if size == 0 else leg_from(a, s.node[m, p - 1], s.node[m, p], leave)
        busy += s.leg[m, p]
        if p <= size:
            busy += a.duration[s.node[m, p]]
    s.busy[m] = busy


@inner_inlined
def leg_from(a: Arrays, origin: int, destination: int, leave: int) -> int:
    """Return the travel (seconds) when leaving at a moment; NEVER: at any."""
    if len(a.slot_start) == 1 or leave >= NEVER:
        return a.travel[0, origin, destination]
    return arrive(a, origin, destination, leave) - leave


@inlined
def detour(a: Arrays, s: State, m: int, p: int, visit: int) -> int:
    """
    Return the travel (seconds) that a visit adds after node p of round m.

    Where travel depends on the time of day, as if everything were left at the earliest.
    """
    origin, following = s.node[m, p], s.node[m, p + 1]
    if len(a.slot_start) == 1:
        there = a.travel[0, origin, visit]
        return there + a.travel[0, visit, following] - s.leg[m, p + 1]
    leave = min(s.before[m, p], s.after[m, p])
    there = leg_from(a, origin, visit, leave)
    start = start_from(a, visit, leave + there)
    if start < NEVER:
        start += a.duration[visit]
    return there + leg_from(a, visit, following, start) - s.leg[m, p + 1]


@inner
def replace_estimates(
    a: Arrays, change: ChangeCost | None, s: State, touched: NDArray[np.bool_]
) -> None:
    """
    Compute the costs of rounds that insertions have estimated.

    Only where travel depends on the time of day, and without a cost of change, are they estimated.
    """
    if change is not None or len(a.slot_start) == 1:
        return
    for m in range(len(s.size)):
        if touched[m]:
            s.cost[m] = sequence_cost(a, change, s, m)


@inner
def sequence_cost(a: Arrays, change: ChangeCost | None, s: State, m: int) -> int:
    """Return the cost of round m from its nodes and size; NEVER when it cannot be driven."""
    for p in range(s.size[m]):
        s.scratch[p] = s.node[m, p + 1]
    return cost_with_changes(a, change, m, s.scratch, s.size[m], np.int64(0))


@inner
def forward(a: Arrays, s: State, m: int, first: int) -> None:
    """Compute the earliest times of leaving, from node `first` on."""
    if first == 0:
        s.before[m, 0], s.after[m, 0] = a.shift_start[m], NEVER
        first = 1
    before, after = s.before[m, first - 1], s.after[m, first - 1]
    for p in range(first, s.size[m] + 1):
        before, after = step(a, m, s.node[m, p - 1], s.node[m, p], before, after)
        s.before[m, p], s.after[m, p] = before, after
    if in_parts(a, m):
        if first == 1:
            s.spent[m, 0], s.late[m, 0] = 0, a.latest_return[m]
        spent, late = s.spent[m, first - 1], s.late[m, first - 1]
        for p in range(first, s.size[m] + 1):
            spent, late = then(a, s.node[m, p - 1], s.node[m, p], spent, late)
            s.spent[m, p], s.late[m, p] = spent, late


@inner
def backward(a: Arrays, s: State, m: int, last: int) -> None:
    """Compute the latest times of being ready, from node `last` back."""
    _backward(a, m, s.node, s.size[m], last, a.latest_return[m], s.ready_before, s.ready_after)
    if a.overtime_weight[0] > 0:
        _backward(a, m, s.node, s.size[m], last, a.shift_end[m], s.calm_before, s.calm_after)
    if in_parts(a, m):
        size = s.size[m]
        if last == size + 1:
            s.rest[m, last], s.soon[m, last] = 0, a.shift_start[m]
            last = size
        rest, soon = s.rest[m, last + 1], s.soon[m, last + 1]
        for p in range(last, 0, -1):
            rest, soon = preceded(a, s.node[m, p], s.node[m, p + 1], rest, soon)
            s.rest[m, p], s.soon[m, p] = rest, soon


@inner
def _backward(
    a: Arrays, m: int, node: Ints, size: int, last: int, back: int, before: Ints, after: Ints
) -> None:
    if last == size + 1:
        # Home with the break not taken: only when none is due any more.
        before[m, last] = min(back, a.break_latest[m]) if a.has_break[m] else back
        after[m, last] = back
        last = size
    for p in range(last, 0, -1):
        visit, following = node[m, p], node[m, p + 1]
        leave_after = leave_by(a, visit, following, after[m, p + 1])
        leave_before = leave_by(a, visit, following, before[m, p + 1])
        leave_before = max(
            leave_before, leave_before_break(a, m, visit, following, after[m, p + 1])
        )
        before[m, p] = start_until(a, visit, leave_before - a.duration[visit])
        after[m, p] = start_until(a, visit, leave_after - a.duration[visit])


@inner_inlined
def meets(
    a: Arrays,
    m: int,
    origin: int,
    following: int,
    before: int,
    after: int,
    ready_before: int,
    ready_after: int,
) -> bool:
    """Return whether leaving `origin` at these clocks is ready at the next node by its clocks."""
    if before < NEVER:
        if arrive(a, origin, following, before) <= ready_before:
            return True
        if ready_after_break(a, m, origin, following, before) <= ready_after:
            return True
    return after < NEVER and arrive(a, origin, following, after) <= ready_after


@inner
def copy_round(source: State, target: State, m: int) -> None:
    """Copy round m; the tables about visits follow for the visits on it."""
    size = source.size[m]
    for p in range(size + 2):
        target.node[m, p] = source.node[m, p]
        target.leg[m, p] = source.leg[m, p]
        target.before[m, p] = source.before[m, p]
        target.after[m, p] = source.after[m, p]
        target.ready_before[m, p] = source.ready_before[m, p]
        target.ready_after[m, p] = source.ready_after[m, p]
        target.calm_before[m, p] = source.calm_before[m, p]
        target.calm_after[m, p] = source.calm_after[m, p]
        target.spent[m, p], target.late[m, p] = source.spent[m, p], source.late[m, p]
        target.rest[m, p], target.soon[m, p] = source.rest[m, p], source.soon[m, p]
    for p in range(1, size + 1):
        target.where[source.node[m, p]] = m
        target.spot[source.node[m, p]] = p
    target.size[m], target.cost[m] = size, source.cost[m]
    target.load[m], target.busy[m] = source.load[m], source.busy[m]
