"""A stand-in for the planning of centres: visits by their ids, as many as are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch.checker.recount import cost
from dispatch.model.plan import CostParts, Plan, Round, Stop, Unassigned
from dispatch.solve.side_by_side import Planned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.model.problem import DayProblem


@dataclass(frozen=True)
class ServedInTurn:
    """
    Plans in place of `dispatch.solve.side_by_side.plan_all`; its plans pass the checker.

    Parameters
    ----------
    most
        Visits of a centre that are served; all go to its first technician, before the break.
    """

    most: int

    def __call__(
        self, problems: Mapping[str, DayProblem], settings: object, **_: object
    ) -> Planned:
        """Return the plans."""
        done = Planned()
        for name, problem in problems.items():
            done.plans[name] = self.plan(problem)
        return done

    def plan(self, problem: DayProblem) -> Plan:
        """Return the plan of a centre."""
        names = sorted(visit.id for visit in problem.visits)
        served = names[: self.most] if problem.technicians else []
        left = tuple(Unassigned(visit=name, reason="crowded_out") for name in names[len(served) :])
        plan = Plan(
            status="partial" if left else "complete",
            cost_s=CostParts(total=0, travel=0, unassigned=0),
            bound_s=None,
            gap=None,
            rounds=(in_turn(problem, served),) if served else (),
            unassigned=left,
            effort="quick",
            seed=1,
            elapsed_s=0.0,
        )
        return plan.model_copy(update={"cost_s": cost(problem, plan)})


def in_turn(problem: DayProblem, served: list[str]) -> Round:
    """Return the round of the first technician along visits, without waiting or break."""
    who = problem.technicians[0]
    visits = {visit.id: visit for visit in problem.visits}
    seconds, metres = problem.travel.seconds, problem.travel.metres
    assert metres is not None
    seconds = seconds[0]  # travel does not follow the time of day here
    at, here = who.shift_s.start_s, problem.place_index[who.start]
    travel = distance = 0
    stops = []
    for name in served:
        visit = visits[name]
        there = problem.place_index[visit.place]
        travel, distance = travel + int(seconds[here, there]), distance + int(metres[here, there])
        at, here = at + int(seconds[here, there]), there
        end = at + visit.duration_s
        stops.append(Stop(visit=name, place=visit.place, arrival_s=at, start_s=at, end_s=end))
        at = end
    back = problem.place_index[who.end]
    return Round(
        technician=who.id,
        departure_s=who.shift_s.start_s,
        return_s=at + int(seconds[here, back]),
        travel_s=travel + int(seconds[here, back]),
        distance_m=distance + int(metres[here, back]),
        break_=None,
        stops=tuple(stops),
    )
