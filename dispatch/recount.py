"""What a plan costs, counted again from the problem; nothing here is shared with the search."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from dispatch.plan import CostParts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dispatch.fieldwork import Technician, Visit
    from dispatch.plan import Plan, Round, Stop
    from dispatch.problem import DayProblem


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
    Return the plan's cost (seconds) and its parts, from the order of stops and the return times.

    A mandatory visit that is missing adds nothing here: it is a violation, not a price.
    """
    travel = overtime = 0
    served: set[str] = set()
    for technician, round_ in rounds_of(problem, plan):
        travel += sum(leg_seconds(problem, technician, round_))
        overtime += max(0, round_.return_s - technician.shift_s.end_s) * problem.weights.overtime
        served.update(stop.visit for stop in round_.stops)
    unassigned = sum(
        visit.unassigned_cost_s or 0 for visit in problem.visits if visit.id not in served
    )
    total = travel + unassigned + overtime
    return CostParts(total=total, travel=travel, unassigned=unassigned, overtime=overtime)


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


def seconds_between(problem: DayProblem, origin: str, destination: str) -> int:
    """Return the travel time between two places (seconds)."""
    index = problem.place_index
    return int(problem.travel.seconds[0, index[origin], index[destination]])


def legs_of(problem: DayProblem, technician: Technician, round_: Round) -> list[tuple[int, int]]:
    """Return the legs of a round as rows and columns of the travel matrices."""
    if not round_.stops:
        return []
    names = [technician.start, *(stop.place for stop in round_.stops), technician.end]
    rows = [problem.place_index[name] for name in names if name in problem.place_index]
    return list(pairwise(rows))


def leg_seconds(problem: DayProblem, technician: Technician, round_: Round) -> list[int]:
    """Return the travel time of each leg of a round (seconds)."""
    return [int(problem.travel.seconds[0, a, b]) for a, b in legs_of(problem, technician, round_)]
