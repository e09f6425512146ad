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
from dispatch.replan.prices import MINUTE_S, PricedChanges, priced_changes
from dispatch.replan.repair import improved, repaired
from dispatch.solve.heuristic.change_cost import ChangeCost, rounds_cost
from dispatch.solve.reasons import reason_among, reason_for
from dispatch.solve.timing.announced import announced_starts, labels_of_round
from dispatch.solve.timing.encode import arrays_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

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
    prices: PricedChanges
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
    change, closed = change_cost_of(changed, settings, a)
    first = repaired(a, change, closed, old_rounds(changed, a, closed))
    first_s = rounds_cost(a, change, first)
    iterations = settings.iterations_per_visit * (a.visits - int(change.fixed.sum()))
    rounds = improved(a, change, closed, first, iterations, seed, on_progress)
    said_s = rounds_cost(a, change, rounds)
    plan = _plan(changed.problem, a, change, closed, rounds, seed, time.monotonic() - began)
    prices = priced_changes(changed, plan, settings)
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


def change_cost_of(
    changed: Changed, settings: Replan, a: Arrays
) -> tuple[ChangeCost, NDArray[np.bool_]]:
    """Return the cost of change as arrays, and the rounds into which nothing may be inserted."""
    problem = changed.problem
    index = {visit.id: number for number, visit in enumerate(problem.visits)}
    row = {who.id: number for number, who in enumerate(problem.technicians)}
    technician, rank, announced = (np.full(a.visits, -1, dtype=np.int64) for _ in range(3))
    for name, (owner, position) in changed.old.items():
        technician[index[name]], rank[index[name]] = row[owner], position
    for name, start_s in changed.announced.items():
        announced[index[name]] = start_s
    locks = [who.locked for who in problem.technicians]
    change = ChangeCost(
        technician=technician,
        rank=rank,
        fixed=np.array([len(lock.visits) if lock else 0 for lock in locks], dtype=np.int64),
        technician_s=MINUTE_S * settings.changed_technician_min,
        order_s=MINUTE_S * settings.changed_order_min,
        announced=announced_starts(
            announced,
            np.array([who.id in changed.departed for who in problem.technicians], dtype=np.bool_),
            MINUTE_S * settings.shifted_appointment_min,
            MINUTE_S * settings.tolerance_min,
        ),
        tails=np.zeros(a.visits + 2, dtype=np.int64),
        priced=True,
    )
    return change, np.array([lock is not None and lock.closed for lock in locks], dtype=np.bool_)


def old_rounds(changed: Changed, a: Arrays, closed: NDArray[np.bool_]) -> list[list[int]]:
    """Return what is left of the old rounds: the fixed prefix, then what may still be done."""
    problem = changed.problem
    index = {visit.id: number for number, visit in enumerate(problem.visits)}
    rounds = []
    for m, who in enumerate(problem.technicians):
        prefix = list(who.locked.visits) if who.locked is not None else []
        rest = [name for name in changed.rounds[who.id] if name not in prefix]
        allowed = [name for name in rest if a.allowed[m, index[name]] and not closed[m]]
        rounds.append([index[name] for name in prefix + allowed])
    return rounds


def _plan(
    problem: DayProblem,
    a: Arrays,
    change: ChangeCost,
    closed: NDArray[np.bool_],
    rounds: Sequence[Sequence[int]],
    seed: int,
    elapsed_s: float,
) -> Plan:
    made = [
        _round(problem, a, change, m, sequence) for m, sequence in enumerate(rounds) if sequence
    ]
    served = {visit for sequence in rounds for visit in sequence}
    left = [visit for visit in range(a.visits) if visit not in served]
    free = a._replace(allowed=a.allowed & ~closed[:, None])
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


def _round(
    problem: DayProblem, a: Arrays, change: ChangeCost, m: int, sequence: Sequence[int]
) -> Round:
    """Return a round with the times of its cheapest starts."""
    who = problem.technicians[m]
    labels = labels_of_round(a, change.announced, m, sequence)
    if labels is None:
        msg = f"a round of {who.id} cannot be timed; report this day"
        raise SolverError(msg)
    pause: BreakTaken | None = None
    stops = []
    for label in labels[1:]:
        if label.break_start >= 0:
            end_s = label.break_start + int(a.break_length[m])
            pause = BreakTaken(start_s=label.break_start, end_s=end_s)
    for visit, label in zip((problem.visits[v] for v in sequence), labels[1:-1], strict=True):
        stops.append(
            Stop(
                visit=visit.id,
                place=visit.place,
                arrival_s=label.arrival,
                start_s=label.start,
                end_s=label.time,
            )
        )
    names = [who.start, *(stop.place for stop in stops), who.end]
    rows = [problem.place_index[name] for name in names]
    metres = problem.travel.metres
    round_ = Round(
        technician=who.id,
        departure_s=labels[-1].departure,
        return_s=labels[-1].time,
        travel_s=0,
        distance_m=None if metres is None else int(sum(metres[i, j] for i, j in pairwise(rows))),
        break_=pause,
        stops=tuple(stops),
    )
    return round_.model_copy(update={"travel_s": recount.travel_of(problem, who, round_)})
