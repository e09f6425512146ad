"""Late starts: services that start after the wished latest start of their visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dispatch.model.plan import Round, Stop
    from dispatch.model.problem import DayProblem


def late_s(problem: DayProblem, stop: Stop) -> int:
    """Return by how much a service starts too late (seconds); 0 where no start is wished."""
    visit = problem.visit.get(stop.visit)
    if visit is None or visit.due_s is None:
        return 0
    return max(0, stop.start_s - visit.due_s)


def lateness_of(problem: DayProblem, round_: Round) -> int:
    """Return what the late starts of a round cost (seconds)."""
    weight = problem.weights.lateness or 0
    return weight * sum(late_s(problem, stop) for stop in round_.stops)
