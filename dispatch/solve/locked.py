"""Locked rounds: split off what is settled, solve the rest, join plans and bounds.

*A closed round* leaves the problem with its technician; what it costs is known. *An open round*
begins with its locked visits, so its technician becomes one who starts where the last of them is,
at the earliest moment at which it can be left. There an **anchor** is to be done, a visit that
takes no time, so that the way home counts even when nothing is added; nobody reaches it
from anywhere else.

The break may be over by then or still to come. With `b` and `t` the earliest moments of leaving
with it to come and with it taken, `e`, `l` its earliest and latest start, and `d` its length::

    b impossible, or b > l (due and too late), or t <= b:     it is taken; the start is at t
    t impossible, or t >= max(b, e) + d:                      it is to come; the start is at b
    otherwise                                                 it lasts t - max(b, e); start at b

The last line is a *relaxation*: a plan with the break taken among the locked visits rests
`t - max(b, e)` at the start and leaves at t; one with the break later rests the less. Where
the working time W is limited, the return is by `D + W`, D the latest departure that keeps the
locked visits, whatever follows: a relaxation too, unless D is also the latest that leaves the last
of them at the earliest. Where travel depends on the time of day, locked visits are counted with
each leg's quickest slot. A relaxation costs no more than the problem, so its bound is a bound.

Fair shares of work are those of the whole problem: who has locked visits keeps what is left of
theirs, and what is above it already is settled, rounded down (`ceil(x + y) >= floor(x) + ceil(y)`).

Rounds found are timed in the whole problem, by all its rules. Where a relaxed one cannot be
driven, the search goes on in a *restriction*: the break to come as it is, the departure as for
leaving at the earliest. The bound stays the relaxation's.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from dispatch.checker import rules
from dispatch.errors import Fault, InputError, SolverError
from dispatch.fieldwork import Shift, Visit
from dispatch.model.plan import CostParts, Plan, Unassigned
from dispatch.model.problem import MAX_LEG_S, DayProblem
from dispatch.solve.assemble import round_of
from dispatch.solve.progress import Progress
from dispatch.solve.reasons import reason_for
from dispatch.solve.search import search
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.round_times import round_cost
from dispatch.solve.timing.steps import step, step_back
from dispatch.streets.router import Travel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dispatch.fieldwork import Technician
    from dispatch.model.plan import Reason, Round
    from dispatch.solve.efforts import EffortName
    from dispatch.solve.timing.arrays import Arrays


@dataclass(frozen=True)
class Lead:
    """
    The locked visits of one technician.

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
class Rest:
    """
    What is left to solve.

    Parameters
    ----------
    problem
        Without closed rounds and locked visits, with anchors.
    settled_s
        What the parts that were split off cost at least, with one slot exactly (seconds).
    exact
        Whether it is neither a relaxation nor a restriction.
    """

    problem: DayProblem
    settled_s: int
    exact: bool


def search_locked(
    problem: DayProblem,
    effort: EffortName,
    seed: int,
    time_limit_s: float | None,
    on_progress: Callable[[Progress], None] | None,
) -> Plan:
    """
    Return a plan for a problem in which rounds are locked; as `dispatch.solve.solve`.

    Raises
    ------
    InputError
        When a locked round breaks a rule whatever follows; every such round is named.
    """
    began = time.monotonic()
    a = arrays_of(problem)
    leads = leads_of(problem)
    refuse_impossible(problem, a, leads)
    rest = rest_of(problem, a, leads, relaxed=True)
    settled = rest.settled_s

    def tell(progress: Progress) -> None:
        if on_progress is not None:
            cost, bound = progress.cost_s + settled, progress.bound_s + settled
            on_progress(Progress(progress.stage, cost, bound))

    found = search(rest.problem, effort, seed, time_limit_s, tell)
    rounds = _joined(problem, leads, found)
    bound = None if found.bound_s is None else found.bound_s + settled
    if not rest.exact and not all(_drivable(a, m, rounds[m]) for m in range(a.technicians)):
        rest = rest_of(problem, a, leads, relaxed=False)
        found = search(rest.problem, effort, seed, time_limit_s, tell)
        rounds = _joined(problem, leads, found)
    for lead in leads:
        # By the clocks of several slots a round may still be too long; what is locked stays.
        while len(rounds[lead.m]) > len(lead.visits) and not _drivable(a, lead.m, rounds[lead.m]):
            rounds[lead.m].pop()
    return _plan(problem, a, rounds, found, bound, time.monotonic() - began)


def leads_of(problem: DayProblem) -> list[Lead]:
    """Return what is locked, in the order of the technicians."""
    index = {visit.id: number for number, visit in enumerate(problem.visits)}
    return [
        Lead(m, tuple(index[name] for name in who.locked.visits), who.locked.closed)
        for m, who in enumerate(problem.technicians)
        if who.locked is not None
    ]


def refuse_impossible(problem: DayProblem, a: Arrays, leads: Sequence[Lead]) -> None:
    """
    Raise for locked rounds that no plan can keep.

    Raises
    ------
    InputError
        When a locked visit needs another technician, loads exceed the van, or the visits cannot
        be driven in their order within hours and windows.
    """
    faults = []
    for lead in leads:
        who = problem.technicians[lead.m]
        where = f"technicians[{lead.m}].locked"
        for visit in lead.visits:
            if not a.allowed[lead.m, visit]:
                message = f"{who.id} lacks a skill of it, or it is pinned to another; unlock it"
                faults.append(Fault("problem", where, problem.visits[visit].id, message))
        named = " ".join(problem.visits[visit].id for visit in lead.visits)
        if a.load[list(lead.visits)].sum() > a.capacity[lead.m]:
            message = f"their loads are more than {who.id} can carry; unlock some"
            faults.append(Fault("problem", where, named, message))
        elif lead.visits and not _drivable(a, lead.m, lead.visits):
            message = f"{who.id} cannot do these in turn within hours and windows; unlock some"
            faults.append(Fault("problem", where, named, message))
    if faults:
        raise InputError(faults)


def rest_of(problem: DayProblem, a: Arrays, leads: Sequence[Lead], *, relaxed: bool) -> Rest:
    """
    Return what is left to solve once the locked visits are split off.

    Parameters
    ----------
    problem, a, leads
        The whole problem, its arrays and what is locked, which can be driven.
    relaxed
        Where the split is not exact: whether to allow more than the problem does (its bound is
        one of the whole), or less.
    """
    leading = {lead.m: lead for lead in leads}
    done = {visit for lead in leads for visit in lead.visits}
    technicians: list[Technician] = []
    anchors: list[Visit] = []
    places: list[tuple[str, str]] = []
    taken = {*problem.travel.places, *problem.visit}
    exact = a.slots == 1 or not done
    settled = sum(_least_cost(a, lead) for lead in leads)
    for m, each in enumerate(problem.technicians):
        lead = leading.get(m)
        worked = 0 if lead is None else int(a.duration[list(lead.visits)].sum())
        who = each
        if a.imbalance:
            own = max(0, int(a.share[m]) - worked)
            who = each.model_copy(update={"fair_share_s": own})
        if lead is None or not (lead.visits or lead.closed):
            technicians.append(who.model_copy(update={"locked": None}))
        elif not lead.closed:
            name = _free(f"locked/{who.id}"[:190], taken)
            taken.add(name)
            places.append((name, problem.visits[lead.visits[-1]].place))
            reduced, sure = _reduced(a, lead, who, name, relaxed=relaxed)
            exact = exact and sure
            # Already after the shift: the reduced shift begins and ends then.
            late = max(0, reduced.shift_s.start_s - who.shift_s.end_s)
            settled += problem.weights.overtime * late
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
        # Pinned to whom nobody can give work any more: to no one.
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
    return Rest(left, settled, exact)


def _reduced(
    a: Arrays, lead: Lead, who: Technician, start: str, *, relaxed: bool
) -> tuple[Technician, bool]:
    """Return the technician as of leaving the last locked visit; whether that is exact."""
    m, pause = lead.m, who.break_
    before, after = _clocks(a, lead)
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
        if relaxed:
            pause = pause.model_copy(update={"duration_s": max(0, after - begin)})
    latest = int(a.latest_return[m])
    if who.max_working_s is not None:
        taken = who.break_ is not None and pause is None
        earliest = (-NEVER, at) if taken else (at, -NEVER)
        tight = _departure_by(a, lead, *earliest)
        loose = _departure_by(a, lead, latest, latest)
        exact = exact and tight == loose
        latest = min(latest, (loose if relaxed else tight) + who.max_working_s)
    end = max(at, min(who.shift_s.end_s, latest))
    carried = int(a.load[list(lead.visits)].sum())
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


def _clocks(a: Arrays, lead: Lead) -> tuple[int, int]:
    """Return the earliest times of leaving the last locked visit: break to come, break taken."""
    before, after, node = int(a.shift_start[lead.m]), NEVER, int(a.start[lead.m])
    for visit in lead.visits:
        before, after = map(int, step(a, lead.m, node, visit, before, after))
        node = visit
    return before, after


def _departure_by(a: Arrays, lead: Lead, before: int, after: int) -> int:
    """Return the latest departure that leaves the last locked visit by these times."""
    origins = [int(a.start[lead.m]), *lead.visits[:-1]]
    for origin, visit in zip(origins[::-1], lead.visits[::-1], strict=True):
        before, after = map(int, step_back(a, lead.m, origin, visit, before, after))
    return before


def _with_places(travel: Travel, added: Sequence[tuple[str, str]], never_s: int) -> Travel:
    """Return travel with places more, each left as another is, and reached from itself only."""
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


def _least_cost(a: Arrays, lead: Lead) -> int:
    """Return a lower bound of what the split-off part costs; with one slot it costs that."""
    nodes = [int(a.start[lead.m]), *lead.visits]
    if not lead.visits:
        return 0
    order = np.array(lead.visits, dtype=np.int64)
    soft = 0
    if len(a.soft):
        over = max(0, int(a.duration[order].sum() - a.share[lead.m]))
        soft = int(a.soft[lead.m, order].sum()) + a.imbalance * over // 100
    if lead.closed:
        if a.slots == 1:
            return int(round_cost(a, lead.m, order, len(order)))
        nodes.append(int(a.end[lead.m]))
    least = a.travel.min(axis=0)
    return int(least[nodes[:-1], nodes[1:]].sum()) + soft


def _drivable(a: Arrays, m: int, sequence: Sequence[int]) -> bool:
    order = np.array(sequence, dtype=np.int64)
    return int(round_cost(a, m, order, len(order))) < NEVER


def _joined(problem: DayProblem, leads: Sequence[Lead], found: Plan) -> list[list[int]]:
    """Return the sequence of each technician: what is locked, then what was found."""
    index = {visit.id: number for number, visit in enumerate(problem.visits)}
    row = {who.id: number for number, who in enumerate(problem.technicians)}
    rounds: list[list[int]] = [[] for _ in problem.technicians]
    for lead in leads:
        rounds[lead.m] = list(lead.visits)
    for round_ in found.rounds:
        # Anchors are no visits of the problem.
        rounds[row[round_.technician]] += [
            index[stop.visit] for stop in round_.stops if stop.visit in index
        ]
    return rounds


def _plan(
    problem: DayProblem,
    a: Arrays,
    rounds: Sequence[Sequence[int]],
    found: Plan,
    bound: int | None,
    elapsed_s: float,
) -> Plan:
    """Return the whole plan, timed and costed in the whole problem."""
    made: list[Round] = []
    for m, sequence in enumerate(rounds):
        round_ = round_of(problem, a, m, sequence) if sequence else None
        if sequence and round_ is None:
            msg = f"a round of {problem.technicians[m].id} cannot be timed; report this problem"
            raise SolverError(msg)
        made += [] if round_ is None else [round_]
    served = {visit for sequence in rounds for visit in sequence}
    left = [visit for visit in range(a.visits) if visit not in served]
    mandatory = any(problem.visits[visit].mandatory for visit in left)
    reasons = {entry.visit: entry.reason for entry in found.unassigned}
    draft = Plan(
        status="infeasible" if mandatory else "partial" if left else "complete",
        stopped=found.stopped,
        cost_s=CostParts(total=0),
        rounds=tuple(made),
        unassigned=tuple(
            Unassigned(
                visit=problem.visits[visit].id,
                reason=reason_among(
                    reason_for(problem, a, visit), reasons.get(problem.visits[visit].id)
                ),
            )
            for visit in left
        ),
        effort=found.effort,
        seed=found.seed,
        elapsed_s=round(elapsed_s, 3),
        input_sha256=problem.sha256,
        version=version("dispatch"),
    )
    cost = rules.cost(problem, draft)
    figures: dict[str, object] = {"cost_s": cost}
    if bound is not None:
        bound = min(bound, cost.total)
        gap = (cost.total - bound) / cost.total if cost.total else 0.0
        figures |= {"bound_s": bound, "gap": gap, "proven_optimal": bound == cost.total}
    plan = draft.model_copy(update=figures)
    broken = [entry for entry in rules.check(problem, plan) if entry.rule != "mandatory_served"]
    if broken:
        details = "\n".join(map(str, broken))
        msg = f"the plan made breaks rules; this is a fault of dispatch, report it:\n{details}"
        raise SolverError(msg)
    return plan


def reason_among(of_all: Reason, of_free: Reason | None) -> Reason:
    """Return why a visit is left: what holds for everybody, else what holds for who is free."""
    if of_all not in ("crowded_out", "outside_working_hours"):
        return of_all
    # "Nobody has the skill" would be untrue where someone with a closed round has it.
    return "crowded_out" if of_free == "crowded_out" else "outside_working_hours"
