"""Small problems: every order of every set of visits is tried, and every choice among them.

The search inserts visits one by one, each where it pays by itself. So it can miss a round that
only several visits make drivable or worth while together: one that goes round by a place which
shortens the way, or leaves later, where travel depends on the time of day. And there the proof
knows lower bounds of what rounds cost, no more. With few visits nothing of that matters.

    best(k, S)  = least cost of any order of the visits S by a technician of vehicle type k
    plan(j, S)  = least cost of serving S by the first j technicians
                = min over T in S of plan(j - 1, S without T) + best(k_j, T)

A technician with a fixed prefix has a vehicle type alone: only orders that begin with it are tried.
"""

from __future__ import annotations

from math import perm
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.round_times import round_cost
from dispatch.solve.timing.steps import step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.solve.deadline import Deadline
    from dispatch.solve.timing.arrays import Arrays

Order = tuple[int, ...]
Best = dict[int, tuple[int, Order]]
"""For each set of visits (a bit a visit): the cost of its cheapest order (seconds), and that."""

# The clock is looked at once in so many orders.
LOOK = 16


class Tried(NamedTuple):
    """
    The best plan of all.

    Parameters
    ----------
    rounds
        A sequence of visit indices for each technician.
    cost
        What it costs (seconds), unassigned costs included.
    """

    rounds: list[list[int]]
    cost: int


class Beginning(NamedTuple):
    """
    The visits with which a round begins.

    Parameters
    ----------
    visits
        Their indices, in order.
    closed
        Whether nothing may follow them.
    """

    visits: tuple[int, ...]
    closed: bool


class _Late(Exception):
    """The deadline has passed."""


def orders_of(a: Arrays) -> int:
    """Return how many orders there are at most, one technician of each vehicle type."""
    total = 0
    for m in _one_of_each_type(a):
        able = int(a.allowed[m].sum())
        total += sum(perm(able, size) for size in range(1, able + 1))
    return total


def exact_schedules(a: Arrays) -> Arrays:
    """Return arrays whose schedules by the hour try every second where few are open."""
    if not a.by_the_hour:
        return a
    from dispatch.solve.timing.slots import with_every_second

    return with_every_second(a)


def best_by_trying(
    a: Arrays, deadline: Deadline | None = None, prefixes: Mapping[int, Beginning] | None = None
) -> Tried | None:
    """
    Return the best plan, by trying all; None: the deadline passed.

    Parameters
    ----------
    a
        The problem's arrays: `orders_of` says how long it takes.
    deadline
        A safety net; None: there is none.
    prefixes
        What the rounds of some technicians begin with, by index, and can be driven; no two of these
        are of one vehicle type.
    """
    kept = prefixes or {}
    try:
        best = {
            int(a.vehicle_type[m]): _Orders(a, m, deadline, kept.get(m)).best
            for m in _one_of_each_type(a)
        }
    except _Late:
        return None
    # Cost and last round of the cheapest way for the technicians so far to serve a set.
    ways: list[dict[int, tuple[int, int]]] = [{0: (0, 0)}]
    for m in range(a.technicians):
        rounds = best[int(a.vehicle_type[m])]
        found: dict[int, tuple[int, int]] = {}
        for before, (cost, _) in ways[-1].items():
            for visits, (more, _) in rounds.items():
                both = before | visits
                if not before & visits and (both not in found or cost + more < found[both][0]):
                    found[both] = (cost + more, visits)
        ways.append(found)
    unassigned = a.unassigned_cost_s.tolist()

    def whole(served: int) -> int:
        left = sum(each for visit, each in enumerate(unassigned) if not served >> visit & 1)
        return ways[-1][served][0] + left

    served = min(ways[-1], key=lambda each: (whole(each), each))
    cost = whole(served)
    chosen: list[list[int]] = []
    for m in range(a.technicians - 1, -1, -1):
        visits = ways[m + 1][served][1]
        chosen.append(list(best[int(a.vehicle_type[m])][visits][1]))
        served ^= visits
    return Tried(chosen[::-1], cost)


def _one_of_each_type(a: Arrays) -> list[int]:
    return [int(m) for m in np.unique(a.vehicle_type, return_index=True)[1]]


class _Orders:
    """
    The cheapest order of each set of visits that a technician can serve.

    The empty one is among them, unless there is a fixed prefix.
    """

    def __init__(
        self, a: Arrays, m: int, deadline: Deadline | None, prefix: Beginning | None
    ) -> None:
        self.a, self.m, self.deadline = a, m, deadline
        self.able = np.flatnonzero(a.allowed[m]).tolist()
        self.first = () if prefix is None else prefix.visits
        self.most = len(self.first) if prefix is not None and prefix.closed else len(self.able)
        self.load, self.capacity = a.load.tolist(), int(a.capacity[m])
        self.latest = int(a.latest_return[m])
        self.sequence = np.zeros(len(self.able), dtype=np.int64)
        self.best: Best = {} if self.first else {0: (0, ())}
        self._tried = 0
        self._extend(0, 0, int(a.start[m]), (int(a.shift_start[m]), NEVER), 0)

    def _extend(
        self, size: int, visits: int, node: int, clocks: tuple[int, int], load: int
    ) -> None:
        """Try every order that begins with the sequence so far."""
        if size == self.most:
            return
        for visit in self.first[size : size + 1] or self.able:
            more = load + self.load[visit]
            if visits >> visit & 1 or more > self.capacity:
                continue
            # No order can be driven that is too late by its earliest clocks.
            then = step(self.a, self.m, node, visit, *clocks)
            if min(then) > self.latest:
                continue
            self._look_at_the_clock()
            self.sequence[size] = visit
            both = visits | 1 << visit
            cost = NEVER
            if size + 1 >= len(self.first):
                cost = int(round_cost(self.a, self.m, self.sequence, size + 1))
            if cost < NEVER and (both not in self.best or cost < self.best[both][0]):
                self.best[both] = cost, tuple(self.sequence[: size + 1].tolist())
            self._extend(size + 1, both, visit, then, more)

    def _look_at_the_clock(self) -> None:
        self._tried += 1
        if self.deadline is not None and self._tried % LOOK == 0 and self.deadline.passed:
            raise _Late
