"""From the day as it is now to the plan near the old one: repair, search, times, check."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dispatch.checker import recount, rules
from dispatch.errors import SolverError
from dispatch.model.plan import BreakTaken, CostParts, Plan, Round, Stop, Unassigned
from dispatch.replan.near import improve, repair, state_of, total_cost
from dispatch.replan.prices import MINUTE_S, Prices, prices_of
from dispatch.replan.rounds import (
    ARRIVAL,
    BREAK,
    DEPART,
    START,
    TIME,
    Near,
    room_of,
    schedule,
)
from dispatch.solve.locked import reason_among
from dispatch.solve.reasons import reason_for
from dispatch.solve.timing.encode import arrays_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dispatch.model.problem import DayProblem
    from dispatch.replan.changed import Changed
    from dispatch.service.replan_settings import Replan
    from dispatch.solve.timing.arrays import Arrays

EFFORT = "replan"


@dataclass(frozen=True)
class Replanned:
    """
    A plan near the old one.

    Parameters
    ----------
    plan
        The plan, which keeps every rule of the day as it is now.
    prices
        What it changes.
    repaired_s
        What the least repair of the old plan costs, prices of its changes included (seconds).
    """

    plan: Plan
    prices: Prices
    repaired_s: int

    @property
    def total_s(self) -> int:
        """Return the objective: the plan's cost and the prices of its changes (seconds)."""
        return self.plan.cost_s.total + self.prices.total_s


def replanned(
    changed: Changed,
    settings: Replan,
    seed: int,
    on_progress: Callable[[int, int], None] | None = None,
) -> Replanned:
    """
    Return a plan for the day as it is now, near the old one.

    Parameters
    ----------
    changed
        The day, and the old plan.
    settings
        Prices of changes, and how long to search.
    seed
        Of the random numbers: the same day, settings and seed give the same plan.
    on_progress
        Called with the iterations done and the objective so far (seconds).

    Raises
    ------
    SolverError
        When the plan made breaks a rule, or costs other than the search says.
    """
    began = time.monotonic()
    a = arrays_of(changed.problem)
    near, old_rounds = near_of(changed, settings, a)
    repaired = repair(a, near, old_rounds)
    first_s = total_cost(a, state_of(a, near, room_of(a.visits), repaired))
    fixed = sum(int(count) for count in near.fixed)
    iterations = settings.iterations_per_visit * (a.visits - fixed)
    rounds = improve(a, near, repaired, iterations, seed, on_progress)
    said_s = total_cost(a, state_of(a, near, room_of(a.visits), rounds))
    plan = _plan(changed.problem, a, near, rounds, seed, time.monotonic() - began)
    prices = prices_of(changed, plan, settings)
    broken = [v for v in rules.check(changed.problem, plan) if v.rule != "mandatory_served"]
    if broken:
        details = "\n".join(map(str, broken))
        msg = f"the plan made breaks rules; this is a fault of dispatch, report it:\n{details}"
        raise SolverError(msg)
    left = [changed.problem.visit[entry.visit] for entry in plan.unassigned]
    mandatory = sum(visit.mandatory for visit in left)
    found_s = plan.cost_s.total + prices.total_s + mandatory * int(a.mandatory_cost[0])
    if found_s != said_s:
        msg = f"the plan made costs {found_s} s, the search says {said_s} s; report this day"
        raise SolverError(msg)
    return Replanned(plan, prices, first_s - mandatory * int(a.mandatory_cost[0]))


def near_of(changed: Changed, settings: Replan, a: Arrays) -> tuple[Near, list[list[int]]]:
    """Return what ties to the old plan as arrays, and what is left of the old rounds."""
    problem = changed.problem
    index = {visit.id: number for number, visit in enumerate(problem.visits)}
    row = {who.id: number for number, who in enumerate(problem.technicians)}
    old, rank, announced = (np.full(a.visits, -1, dtype=np.int64) for _ in range(3))
    for name, (technician, place) in changed.old.items():
        old[index[name]], rank[index[name]] = row[technician], place
    for name, start_s in changed.announced.items():
        announced[index[name]] = start_s
    locks = [who.locked for who in problem.technicians]
    near = Near(
        old=old,
        rank=rank,
        announced=announced,
        fixed=np.array([len(lock.visits) if lock else 0 for lock in locks], dtype=np.int64),
        closed=np.array([lock is not None and lock.closed for lock in locks], dtype=np.bool_),
        departed=np.array([who.id in changed.departed for who in problem.technicians]),
        price=MINUTE_S
        * np.array(
            [
                settings.changed_technician_min,
                settings.changed_order_min,
                settings.shifted_appointment_min,
                settings.tolerance_min,
            ],
            dtype=np.int64,
        ),
    )
    rounds = []
    for m, who in enumerate(problem.technicians):
        head = list(who.locked.visits) if who.locked is not None else []
        rest = [name for name in changed.rounds[who.id] if name not in head]
        kept = head if near.closed[m] else head + rest
        able = [index[n] for n in kept if n in head or a.allowed[m, index[n]]]
        rounds.append(able)
    return near, rounds


def _plan(
    problem: DayProblem,
    a: Arrays,
    near: Near,
    rounds: Sequence[Sequence[int]],
    seed: int,
    elapsed_s: float,
) -> Plan:
    made = [_round(problem, a, near, m, sequence) for m, sequence in enumerate(rounds) if sequence]
    served = {visit for sequence in rounds for visit in sequence}
    left = [visit for visit in range(a.visits) if visit not in served]
    free = a._replace(allowed=a.allowed & ~near.closed[:, None])
    reasons = [reason_among(reason_for(problem, a, v), reason_for(problem, free, v)) for v in left]
    mandatory = any(problem.visits[visit].mandatory for visit in left)
    draft = Plan(
        status="infeasible" if mandatory else "partial" if left else "complete",
        cost_s=CostParts(total=0),
        rounds=tuple(made),
        unassigned=tuple(
            Unassigned(visit=problem.visits[visit].id, reason=reason)
            for visit, reason in zip(left, reasons, strict=True)
        ),
        effort=EFFORT,
        seed=seed,
        elapsed_s=round(elapsed_s, 3),
        input_sha256=problem.sha256,
        version=version("dispatch"),
    )
    return draft.model_copy(update={"cost_s": rules.cost(problem, draft)})


def _round(problem: DayProblem, a: Arrays, near: Near, m: int, sequence: Sequence[int]) -> Round:
    """Return a round with the times of its cheapest simulation."""
    who, room = problem.technicians[m], room_of(a.visits)
    order = np.array(sequence, dtype=np.int64)
    labels = schedule(a, near, room, m, order)
    if labels is None:
        msg = f"a round of {who.id} cannot be timed; report this day"
        raise SolverError(msg)
    pause: BreakTaken | None = None
    stops = []
    for number, label in enumerate(labels[1:]):
        if label[BREAK] >= 0:
            begin = label[BREAK]
            pause = BreakTaken(start_s=begin, end_s=begin + int(a.break_length[m]))
        if number < len(sequence):
            visit = problem.visits[sequence[number]]
            stops.append(
                Stop(
                    visit=visit.id,
                    place=visit.place,
                    arrival_s=label[ARRIVAL],
                    start_s=label[START],
                    end_s=label[TIME],
                )
            )
    names = [who.start, *(stop.place for stop in stops), who.end]
    rows = [problem.place_index[name] for name in names]
    metres = problem.travel.metres
    round_ = Round(
        technician=who.id,
        departure_s=labels[-1][DEPART],
        return_s=labels[-1][TIME],
        travel_s=0,
        distance_m=None if metres is None else int(sum(metres[i, j] for i, j in pairwise(rows))),
        break_=pause,
        stops=tuple(stops),
    )
    return round_.model_copy(update={"travel_s": recount.travel_of(problem, who, round_)})
