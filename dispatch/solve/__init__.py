"""One problem in, one plan out: first rounds, improvement, choice among rounds, proof.

Each stage is a module that can be read, and left out, on its own::

    ortools_model   first rounds, by OR-Tools
    anneal          ruin and recreate: better rounds
    partition       the best choice among all rounds met (combine: by trying all that can be better)
    columns         column generation: a lower bound, and more rounds for the choice
    assemble        exact times
    locked          what is settled already is split off before, and joined afterwards
    rules.check     nothing leaves without it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.callable_package import make_callable

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem
    from dispatch.solve.efforts import EffortName
    from dispatch.solve.progress import Progress

__all__ = ["solve"]

SEED = 1


def solve(
    problem: DayProblem,
    effort: EffortName = "standard",
    *,
    seed: int = SEED,
    time_limit_s: float | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Plan:
    """
    Return a plan for a day problem, with a proven lower bound of its cost.

    Parameters
    ----------
    problem
        The day.
    effort
        "quick" (about a second), "standard" (about twenty) or "thorough" (about two
        minutes); it counts iterations, so the same problem, effort and seed always
        give the same plan.
    seed
        Of the random numbers.
    time_limit_s
        Safety net (seconds); a plan that hit it says so in `stopped`.
    on_progress
        Called whenever the plan or its bound got better.

    Returns
    -------
    plan
        It keeps every rule, except that a mandatory visit which no plan found can
        serve stays unassigned: the status is then "infeasible".

    Raises
    ------
    ValueError
        When there is no such effort.
    InputError
        When a locked round breaks a rule whatever follows it.
    SolverError
        When the plan made breaks a rule: a fault of this program.

    Notes
    -----
    Ctrl-C ends the search; the best plan so far is returned.
    """
    # The solver's libraries take a second to load, which `dispatch --help` need not wait for.
    from dispatch.solve.search import search

    if any(technician.locked is not None for technician in problem.technicians):
        from dispatch.solve.locked import search_locked

        return search_locked(problem, effort, seed, time_limit_s, on_progress)
    return search(problem, effort, seed, time_limit_s, on_progress)


make_callable(__name__)
