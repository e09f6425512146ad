"""Why a plan is as it is: unassigned visits, what would serve them, who else could do a visit.

Every statement was tested: behind each figure is a whole plan for the changed problem, which
`rules.check` passes and `rules.cost` counts. docs/explain.md lists the trials and their limits.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatch.explain.served import Served
    from dispatch.explain.unserved import Unserved
    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem
    from dispatch.service.sections import Explain

__all__ = ["explain", "explain_left"]


def explain(
    problem: DayProblem, plan: Plan, visit: str, settings: Explain, *, seed: int = 1
) -> Served | Unserved:
    """
    Return why a visit is with its technician, or why it is unassigned.

    Parameters
    ----------
    problem, plan
        The problem, and a plan that keeps its rules.
    visit
        Id of the visit.
    settings
        Steps and limits of what is tried.
    seed
        Of the searches.

    Raises
    ------
    InputError
        When the plan does not know the visit.
    """
    from dispatch.explain.served import explain_served
    from dispatch.explain.trials import Trials
    from dispatch.explain.unserved import explain_unserved

    trials = Trials(problem, plan, seed)
    if visit in trials.home:
        return explain_served(trials, visit)
    return explain_unserved(trials, visit, settings, deep=True)


def explain_left(
    problem: DayProblem,
    plan: Plan,
    settings: Explain,
    *,
    seed: int = 1,
    on_visit: Callable[[str], None] | None = None,
) -> dict[str, Unserved]:
    """
    Return, for each unassigned visit by id, the reason and what would serve it.

    No problem is solved anew, and of a long backlog only the visits that cost most to leave are
    examined (`settings.examined`), so that a whole day takes seconds.

    Parameters
    ----------
    problem, plan, settings, seed
        As in `explain`.
    on_visit
        Called before each visit that is examined. It may raise `KeyboardInterrupt`: the visits
        that are left are then explained by their reasons alone.
    """
    from dispatch.explain.trials import Trials
    from dispatch.explain.unserved import explain_by_reason, explain_unserved

    if not plan.unassigned:
        return {}
    trials = Trials(problem, plan, seed)
    names = [left.visit for left in plan.unassigned]
    found = {}
    try:
        for name in sorted(names, key=lambda name: _urgency(problem, name))[: settings.examined]:
            if on_visit is not None:
                on_visit(name)
            found[name] = explain_unserved(trials, name, settings)
    except KeyboardInterrupt:
        if on_visit is None:
            raise
    return {name: found.get(name) or explain_by_reason(trials, name) for name in names}


def _urgency(problem: DayProblem, name: str) -> tuple[float, str]:
    """Return the sort key of a visit left: what costs most first, and a mandatory one before."""
    cost_s = problem.visit[name].unassigned_cost_s
    return (-math.inf if cost_s is None else -cost_s, name)
