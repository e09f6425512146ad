"""The cost of a plan, counted again from the problem; nothing here is shared with the search."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dispatch.checker.driving import arrival
from dispatch.checker.fairness import imbalance_s, unfamiliarity_s
from dispatch.checker.lateness import lateness_of
from dispatch.model.plan import MOST_S, CostParts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dispatch.fieldwork import Technician, Visit
    from dispatch.model.plan import Plan, Round, Stop
    from dispatch.model.problem import DayProblem


@dataclass(frozen=True, slots=True)
class Violation:
    """
    One rule broken once.

    Parameters
    ----------
    rule
        Name of the rule: the function that found it, or a short word it documents.
    technician, visit
        Where.
    amount_s
        By how many seconds; None where the rule is not about time.
    message
        The same in words; not compared.
    """

    rule: str
    technician: str | None = None
    visit: str | None = None
    amount_s: int | None = None
    message: str = field(default="", compare=False)

    def __str__(self) -> str:
        where = [
            f"{kind} {name}"
            for kind, name in (("technician", self.technician), ("visit", self.visit))
            if name is not None
        ]
        amount = [] if self.amount_s is None else [f"{self.amount_s} s"]
        head = ", ".join([self.rule, *where, *amount])
        return f"{head}: {self.message}" if self.message else head


def cost(problem: DayProblem, plan: Plan) -> CostParts:
    """
    Return the plan's cost (seconds) and its parts, from the order of stops and the stated times.

    The travel of a leg depends on its stated departure and on the stated break. A later stated
    arrival does not change it.

    A missing mandatory visit adds nothing: it is a violation. No part is above the largest number
    that a plan can state.
    """
    travel = overtime = lateness = 0
    served: set[str] = set()
    for technician, round_ in rounds_of(problem, plan):
        travel += travel_of(problem, technician, round_)
        overtime += max(0, round_.return_s - technician.shift_s.end_s) * problem.weights.overtime
        lateness += lateness_of(problem, round_)
        served.update(stop.visit for stop in round_.stops)
    unassigned = sum(
        visit.unassigned_cost_s or 0 for visit in problem.visits if visit.id not in served
    )
    unfamiliarity, imbalance = unfamiliarity_s(problem, plan), imbalance_s(problem, plan)
    parts = {
        "total": travel + unassigned + overtime + lateness + unfamiliarity + imbalance,
        "travel": travel,
        "unassigned": unassigned,
        "overtime": overtime,
        "lateness": lateness,
        "unfamiliarity": unfamiliarity,
        "imbalance": imbalance,
    }
    return CostParts(**{part: min(seconds, MOST_S) for part, seconds in parts.items()})


def rounds_of(problem: DayProblem, plan: Plan) -> Iterator[tuple[Technician, Round]]:
    """Yield the rounds of technicians that the problem knows."""
    for round_ in plan.rounds:
        if round_.technician in problem.technician:
            yield problem.technician[round_.technician], round_


def known_stops(problem: DayProblem, round_: Round) -> list[Stop]:
    """Return the stops at visits that the problem knows."""
    return [stop for stop in round_.stops if stop.visit in problem.visit]


def stops_of(problem: DayProblem, plan: Plan) -> Iterator[tuple[Technician, Visit, Stop]]:
    """Yield every stop at a known visit on a round of a known technician."""
    for technician, round_ in rounds_of(problem, plan):
        for stop in known_stops(problem, round_):
            yield technician, problem.visit[stop.visit], stop


@dataclass(frozen=True, slots=True)
class Leg:
    """
    The drive from one place of a round to the next, by the times that the plan states.

    Parameters
    ----------
    visit
        The visit that it leads to; None: back to the end place.
    origin, destination
        Row and column of the travel matrices.
    arrival_s
        The stated arrival (seconds since midnight).
    soonest_s
        The earliest arrival that the stated departure and break allow (seconds since midnight).
    travel_s
        Travel: from the departure to `soonest_s`, without the break (seconds).
    """

    visit: str | None
    origin: int
    destination: int
    arrival_s: int
    soonest_s: int
    travel_s: int


def legs_of(problem: DayProblem, technician: Technician, round_: Round) -> list[Leg]:
    """
    Return the legs of a round in turn; legs from or to an unknown place are left out.

    A leg leaves when the service before ends (the first one, at the round's departure). A break
    that starts then or later, and before the stated arrival, falls on it.
    """
    ends: list[tuple[str | None, str, int, int]] = [
        (stop.visit, stop.place, stop.arrival_s, stop.end_s) for stop in round_.stops
    ]
    ends.append((None, technician.end, round_.return_s, round_.return_s))
    rows = problem.place_index
    leave, origin = round_.departure_s, technician.start
    legs = []
    for visit, place, stated, end in ends:
        if origin in rows and place in rows:
            taken = round_.break_
            # On the last leg a break at the end place still comes before being "back".
            falls = taken is not None and leave <= taken.start_s < stated
            pause = (taken.start_s, taken.end_s) if taken is not None and falls else None
            soonest = arrival(problem.travel, rows[origin], rows[place], leave, pause)
            driven = soonest - leave - (pause[1] - pause[0] if pause else 0)
            legs.append(Leg(visit, rows[origin], rows[place], stated, soonest, driven))
        leave, origin = end, place
    return legs


def travel_of(problem: DayProblem, technician: Technician, round_: Round) -> int:
    """Return the driving of a round (seconds); without a stop there is none."""
    if not round_.stops:
        return 0
    return sum(leg.travel_s for leg in legs_of(problem, technician, round_))
