"""Explanations of several centres side by side, each centre's in a process of its own.

What a process says does not depend on how many there are. A centre whose process is lost, or whose
time is over, has its visits explained by their reasons alone: that never costs the pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.explain import explain_left
from dispatch.solve.threads import cores
from dispatch.supervision.crew import Bounds, Crew

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dispatch.explain.unserved import Unserved
    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem
    from dispatch.service.sections import Explain

    Planned = tuple[DayProblem, Plan]

# Starting a process takes as long as examining some visits; below these all stay in this one.
FEW_VISITS = 12


def explain_centres(
    planned: Mapping[str, Planned],
    settings: Explain,
    *,
    seed: int = 1,
    workers: int | None = None,
    bounds: Bounds | None = None,
) -> dict[str, Unserved]:
    """
    Return, for each unassigned visit of several centres, the reason and what would serve it.

    Parameters
    ----------
    planned
        Problem and plan of each centre, by its id.
    settings, seed
        As in `dispatch.explain.explain_left`.
    workers
        Number of processes; None: one a processor.
    bounds
        What a centre's process may take; at the end of its time the visits that are left are
        explained by their reasons.
    """
    examined = {
        name: min(len(plan.unassigned), settings.examined) for name, (_, plan) in planned.items()
    }
    # Those with most to do first: the one that ends last decides how long the whole takes.
    many = sorted(
        (name for name, count in examined.items() if count),
        key=lambda name: (-examined[name] * len(planned[name][0].visits), name),
    )
    size = min(workers or cores(), len(many))
    found: dict[str, dict[str, Unserved]] = {}
    if size > 1 and sum(examined.values()) > FEW_VISITS:
        with Crew(explainer_of, (settings, seed), size=size, bounds=bounds) as crew:
            for outcome in crew.run({name: planned[name] for name in many}, again=False):
                if outcome.error is None:
                    found[outcome.name] = outcome.value
        settings = settings.model_copy(update={"examined": 0})  # for those that were lost
    left: dict[str, Unserved] = {}
    for name, (problem, plan) in planned.items():
        left |= found[name] if name in found else explain_left(problem, plan, settings, seed=seed)
    return left


def explainer_of(
    settings: Explain, seed: int
) -> Callable[[Planned, Callable[[str], None]], dict[str, Unserved]]:
    """Return the function that works in a process: it explains what a plan leaves."""

    def work(job: Planned, tell: Callable[[str], None]) -> dict[str, Unserved]:
        problem, plan = job
        return explain_left(problem, plan, settings, seed=seed, on_visit=tell)

    return work
