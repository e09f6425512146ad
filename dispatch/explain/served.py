"""Why a visit is with its technician: the cost of every other technician."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dispatch.explain.alone import obstacle
from dispatch.explain.changes import ProblemChange
from dispatch.explain.trials import reserved_for
from dispatch.solve import solve

if TYPE_CHECKING:
    from dispatch.explain.alone import Obstacle
    from dispatch.explain.trials import Tested, Trials


@dataclass(frozen=True, slots=True)
class Other:
    """
    Another technician for a visit.

    Parameters
    ----------
    technician
        Who.
    obstacle
        The rule that forbids it even if the visit is their only one; None: no rule does.
    tested
        The cheapest plan found in which they serve it; None: none was found, or a rule forbids it.
    """

    technician: str
    obstacle: Obstacle | None
    tested: Tested | None


@dataclass(frozen=True, slots=True)
class Served:
    """
    Why a visit is with its technician.

    Parameters
    ----------
    visit, technician
        The visit and who serves it.
    pinned
        Whether the visit is pinned to them.
    driving_s
        Travel of the round less that of the same round without the visit (seconds).
    others
        Every other technician: the cheapest first, those who cannot do it last.
    """

    visit: str
    technician: str
    pinned: bool
    driving_s: int
    others: tuple[Other, ...]


def explain_served(trials: Trials, visit: str) -> Served:
    """
    Return the cost of giving a visit to each other technician.

    For each technician, insertion and shift are tried, then a search from there. For the cheapest
    of them, the whole problem is also solved anew (effort "quick") with the visit pinned to them,
    which proves a bound. The cheapest plan counts.

    Parameters
    ----------
    trials
        The problem and its plan.
    visit
        Id of a visit that the plan serves.

    Raises
    ------
    ValueError
        When the plan does not serve the visit.
    """
    if visit not in trials.home:
        msg = f"visit {visit!r} is not on any round"
        raise ValueError(msg)
    home = trials.home[visit]
    asked = trials.problem.visit[visit]
    others = []
    for technician in trials.problem.technicians:
        if technician.id == home:
            continue
        free = asked.model_copy(update={"technician": None})
        forbidden = obstacle(trials.problem, free, technician, trials.a)
        tested = None if forbidden else _given(trials, visit, technician.id)
        others.append(Other(technician.id, forbidden, tested))
    others.sort(key=_order)
    if others and others[0].tested is not None:
        anew = _planned_anew(trials, visit, others[0].tested)
        others = sorted([replace(others[0], tested=anew), *others[1:]], key=_order)
    return Served(
        visit=visit,
        technician=home,
        pinned=asked.technician is not None,
        driving_s=_driving(trials, visit),
        others=tuple(others),
    )


def _order(other: Other) -> tuple[bool, bool, int, str]:
    total = 0 if other.tested is None else other.tested.total_s
    return other.tested is None, other.obstacle is not None, total, other.technician


def _given(trials: Trials, visit: str, technician: str) -> Tested | None:
    """Return the cheapest plan found from the present one in which a technician serves a visit."""
    change = ProblemChange(technician, unpinned=trials.problem.visit[visit].technician is not None)
    first = trials.serve(visit, change)
    start = None if first is None else first.plan
    sound = [
        tested for tested in (first, trials.search(visit, change, start)) if tested is not None
    ]
    return min(sound, key=lambda tested: tested.total_s, default=None)


def _planned_anew(trials: Trials, visit: str, known: Tested) -> Tested:
    """Return the cheaper of a known plan and one solved anew for the technician, with a bound."""
    problem = reserved_for(trials.problem, visit, known.technician)
    must = tuple(
        v.model_copy(update={"unassigned_cost_s": None}) if v.id == visit else v
        for v in problem.visits
    )
    plan = solve(replace(problem, visits=must), "quick", seed=trials.seed)
    changed = known.change.on(trials.problem, visit)
    solved = trials.compared(changed, plan.rounds, visit, known.change, "solve")
    best = known if solved is None or known.total_s <= solved.total_s else solved
    if plan.bound_s is None or plan.status == "infeasible":
        return best
    return replace(best, bound_s=plan.bound_s - trials.cost.total)


def _driving(trials: Trials, visit: str) -> int:
    """Return the travel of a visit's round less that of the same round without it (seconds)."""
    m = trials.who[trials.home[visit]]
    rest = trials.without(visit)[m]
    before = next(r for r in trials.plan.rounds if r.technician == trials.home[visit])
    if not rest:
        return before.travel_s
    round_ = trials.timed(m, rest)
    return before.travel_s - (before.travel_s if round_ is None else round_.travel_s)
