"""One problem in, one plan out: initial solution, improvement, choice among rounds, proof.

`search` runs the stages. Each can be read, and left out, on its own::

    heuristic/ortools_model   initial solution, by OR-Tools
    heuristic/anneal          ruin and recreate: better rounds
    partition/                the best choice among all rounds met
    bound/                    column generation: a lower bound, and more rounds to choose from
    assemble                  exact times
    fixed_prefix, joining     locked parts of rounds are split off before, and joined afterwards
    checker.rules             checks every plan before it is returned

`timing/` is the clock of a round, which all stages share.
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
        Time limit (seconds by the clock), kept within a twentieth of it or a second; the plan then
        depends on the machine, and says so in `stopped`. Without one no clock decides.
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
        from dispatch.solve.joining import search_locked

        return search_locked(problem, effort, seed, time_limit_s, on_progress)
    return search(problem, effort, seed, time_limit_s, on_progress)


make_callable(__name__)
