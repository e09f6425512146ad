"""Problems planned one after the other in the test's own process."""

from __future__ import annotations

from dispatch.solve import solve
from dispatch.solve.side_by_side import Planned


def in_this_process(problems, settings, *, workers=None, on_progress=None, break_plan=None):
    """Plan as `planning.plan_all` does, without processes; `break_plan` may spoil a plan."""
    done = Planned()
    for name, problem in problems.items():
        plan = solve(problem, settings.effort, seed=settings.seed)
        done.plans[name] = break_plan(name, plan) if break_plan else plan
    return done
