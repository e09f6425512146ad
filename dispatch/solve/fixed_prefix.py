"""Fixed prefixes: what is locked is split off, and the residual problem is solved without it.

*A closed round* leaves the problem with its technician; its cost is known. *An open round*
begins with its fixed prefix. Its technician becomes one who starts at the last visit of the
prefix, at the earliest moment at which that visit can be left. At the start stands an **anchor**,
a visit that takes no time: with it the way home counts even when nothing is added. Nobody
reaches the anchor from anywhere else.

By then the break may be over or still to come. Let `b` and `t` be the earliest moments of leaving
with the break to come and taken, `e` and `l` its earliest and latest start, `d` its length::

    b impossible, or b > l (due and too late), or t <= b:     it is taken; the start is at t
    t impossible, or t >= max(b, e) + d:                      it is to come; the start is at b
    otherwise                                                 it lasts t - max(b, e); start at b

The last line is a *relaxation*. A plan with the break taken within the prefix rests
`t - max(b, e)` at the start and leaves at t; a plan with the break later rests less than it should.
Where the working time W is limited, the return is by `D + W`, where D is the latest departure that
keeps the prefix, whatever follows. This is a relaxation too, unless D is also the latest departure
that leaves the prefix at the earliest: the departure belongs to the prefix, and what follows
decides it. Where travel depends on the time of day, the prefix is counted with each leg's quickest
slot. A relaxation costs no more than the problem, so that its bound is a bound of the problem; a
plan of the problem itself is then found by `prefix_search`.

Fair shares of work are those of the whole problem. A technician with a prefix keeps the rest of
the share. What is above the share already is part of the fixed cost, rounded down:
`ceil(x + y) >= floor(x) + ceil(y)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dispatch.fieldwork import Shift, Visit
from dispatch.model.problem import MAX_LEG_S, DayProblem
from dispatch.solve.completion import clocks_after
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.round_times import round_cost
from dispatch.solve.timing.steps import step_back
from dispatch.streets.router import Travel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatch.fieldwork import Technician
    from dispatch.solve.timing.arrays import Arrays


@dataclass(frozen=True)
class FixedPrefix:
    """
    The visits with which the round of one technician begins.

    Parameters
    ----------
    m
        Index of the technician.
    visits
        Indices of the visits, in order.
    closed
        Whether nothing may follow.
    """

    m: int
    visits: tuple[int, ...]
    closed: bool


@dataclass(frozen=True)
class ResidualProblem:
    """
    The problem that is left when fixed prefixes are taken off.

    Parameters
    ----------
    problem
        Without closed rounds and locked visits, with anchors.
    fixed_cost_s
        Least cost of the parts that were split off; their cost, where there is one slot (seconds).
    exact
        Whether it is no relaxation.
    """

    problem: DayProblem
    fixed_cost_s: int
    exact: bool


def fixed_prefixes(problem: DayProblem) -> list[FixedPrefix]:
    """Return the fixed prefixes, in the order of the technicians."""
    index = {visit.id: number for number, visit in enumerate(problem.visits)}
    return [
        FixedPrefix(m, tuple(index[name] for name in who.locked.visits), who.locked.closed)
        for m, who in enumerate(problem.technicians)
        if who.locked is not None
    ]


def residual_problem(
    problem: DayProblem, a: Arrays, prefixes: Sequence[FixedPrefix]
) -> ResidualProblem:
    """
    Return the residual problem.

    Parameters
    ----------
    problem, a, prefixes
        The whole problem, its arrays and its fixed prefixes, which can be driven.
    """
    prefix_of = {prefix.m: prefix for prefix in prefixes}
    done = {visit for prefix in prefixes for visit in prefix.visits}
    technicians: list[Technician] = []
    anchors: list[Visit] = []
    places: list[tuple[str, str]] = []
    taken = {*problem.travel.places, *problem.visit}
    exact = a.slots == 1 or not done
    fixed_cost = sum(_least_cost(a, prefix) for prefix in prefixes)
    for m, each in enumerate(problem.technicians):
        prefix = prefix_of.get(m)
        worked = 0 if prefix is None else int(a.duration[list(prefix.visits)].sum())
        who = each
        if a.imbalance:
            own = max(0, int(a.share[m]) - worked)
            who = each.model_copy(update={"fair_share_s": own})
        if prefix is None or not (prefix.visits or prefix.closed):
            technicians.append(who.model_copy(update={"locked": None}))
        elif not prefix.closed:
            name = _free(f"locked/{who.id}"[:190], taken)
            taken.add(name)
            places.append((name, problem.visits[prefix.visits[-1]].place))
            reduced, sure = _reduced(a, prefix, who, name)
            exact = exact and sure
            # The prefix ends after the shift: the reduced shift begins and ends then.
            late = max(0, reduced.shift_s.start_s - who.shift_s.end_s)
            fixed_cost += problem.weights.overtime * late
            technicians.append(reduced)
            anchors.append(
                Visit(
                    id=name,
                    place=name,
                    duration_s=0,
                    unassigned_cost_s=None,
                    technician=who.id,
                    familiar={who.id: 100},
                )
            )
    known = {who.id for who in technicians}
    visits = [
        # Pinned to a technician with a closed round: nobody can serve the visit.
        visit
        if visit.technician in (None, *known)
        else visit.model_copy(update={"technician": None, "skills": frozenset({_free("", taken)})})
        for number, visit in enumerate(problem.visits)
        if number not in done
    ]
    travel = _with_places(problem.travel, places, int(a.latest_return.max(initial=0)) + 1)
    left = DayProblem(
        problem.date, travel, tuple(technicians), (*anchors, *visits), problem.weights
    )
    return ResidualProblem(left, fixed_cost, exact)


def _reduced(
    a: Arrays, prefix: FixedPrefix, who: Technician, start: str
) -> tuple[Technician, bool]:
    """Return the technician who starts at the end of the prefix, and whether that is exact."""
    m, pause = prefix.m, who.break_
    before, after = clocks_after(a, prefix.m, prefix.visits)
    early, late, length = a.break_earliest[m], a.break_latest[m], a.break_length[m]
    begin = int(max(before, early))
    exact = True
    if pause is None:
        at = before
    elif before == NEVER or before > late or after <= before:
        at, pause = after, None
    elif after == NEVER or after >= begin + length:
        at = before
    else:
        at, exact = before, False
        pause = pause.model_copy(update={"duration_s": max(0, after - begin)})
    latest = int(a.latest_return[m])
    if who.max_working_s is not None:
        taken = who.break_ is not None and pause is None
        earliest = (-NEVER, at) if taken else (at, -NEVER)
        tight = _departure_by(a, prefix, *earliest)
        loose = _departure_by(a, prefix, latest, latest)
        exact = exact and tight == loose
        latest = min(latest, loose + who.max_working_s)
    end = max(at, min(who.shift_s.end_s, latest))
    carried = int(a.load[list(prefix.visits)].sum())
    reduced = who.model_copy(
        update={
            "start": start,
            "shift_s": Shift(at, end),
            "break_": pause,
            "max_overtime_s": max(0, latest - end),
            "max_working_s": None,
            "capacity": None if who.capacity is None else who.capacity - carried,
            "locked": None,
        }
    )
    return reduced, exact


def _departure_by(a: Arrays, prefix: FixedPrefix, before: int, after: int) -> int:
    """Return the latest departure that leaves the prefix by these times."""
    origins = [int(a.start[prefix.m]), *prefix.visits[:-1]]
    for origin, visit in zip(origins[::-1], prefix.visits[::-1], strict=True):
        before, after = map(int, step_back(a, prefix.m, origin, visit, before, after))
    return before


def _with_places(travel: Travel, added: Sequence[tuple[str, str]], never_s: int) -> Travel:
    """Return travel with further places; each is left like another one and reached from nowhere."""
    size, more = len(travel.places), len(added)
    rows = [*range(size), *(travel.places.index(like) for _, like in added)]
    seconds = np.full(
        (len(travel.slot_starts_s), size + more, size + more), min(never_s, MAX_LEG_S)
    )
    seconds[:, :, :size] = travel.seconds[:, rows, :]
    for number in range(size, size + more):
        seconds[:, number, number] = 0
    names = (*travel.places, *(name for name, _ in added))
    return Travel(names, seconds.astype(np.int64), None, travel.slot_starts_s)


def _free(name: str, taken: set[str]) -> str:
    while name in taken or not name:
        name += "'"
    return name


def _least_cost(a: Arrays, prefix: FixedPrefix) -> int:
    """Return a lower bound of the cost of a prefix or closed round; with one slot, its cost."""
    nodes = [int(a.start[prefix.m]), *prefix.visits]
    if not prefix.visits:
        return 0
    order = np.array(prefix.visits, dtype=np.int64)
    soft = 0
    if len(a.soft):
        over = max(0, int(a.duration[order].sum() - a.share[prefix.m]))
        soft = int(a.soft[prefix.m, order].sum()) + a.imbalance * over // 100
    if prefix.closed:
        if a.slots == 1:
            return int(round_cost(a, prefix.m, order, len(order)))
        nodes.append(int(a.end[prefix.m]))
    least = a.travel.min(axis=0)
    return int(least[nodes[:-1], nodes[1:]].sum()) + soft
