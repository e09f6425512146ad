"""Why a plan is as it is: visits left, what would serve them, and who else could.

Everything said was tested: a whole plan for the changed problem stands behind each figure, sound by
`rules.check` and counted by `rules.cost`. docs/explain.md says what is tried, and how far it goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    Return why a visit is served as it is, or is not.

    Parameters
    ----------
    problem, plan
        The day, and a plan that keeps its rules.
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
    problem: DayProblem, plan: Plan, settings: Explain, *, seed: int = 1
) -> dict[str, Unserved]:
    """
    Return for each visit left unassigned why, and what would serve it, by its id.

    Parameters
    ----------
    problem, plan, settings, seed
        As in `explain`; nothing is planned anew as a whole, so that a day's take seconds.
    """
    from dispatch.explain.trials import Trials
    from dispatch.explain.unserved import explain_unserved

    if not plan.unassigned:
        return {}
    trials = Trials(problem, plan, seed)
    return {left.visit: explain_unserved(trials, left.visit, settings) for left in plan.unassigned}
