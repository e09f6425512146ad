"""The best choice among rounds: by a complete search, or by CP-SAT where that is too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from ortools.sat.python import cp_model

from dispatch.solve.partition.candidates import SAFETY, RoundChoice
from dispatch.solve.partition.cpsat import solved
from dispatch.solve.partition.tree_search import search_choices

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dispatch.solve.deadline import Deadline
    from dispatch.solve.partition.candidates import CandidateRounds

    Ints = NDArray[np.int64]

# Steps of `search_choices` for each unit of CP-SAT's effort: both then take about as long.
STEPS_A_UNIT = 200_000_000
# With so few technicians CP-SAT found nothing where `search_choices` gave up.
FEW = 10
# Most rounds handed to CP-SAT: those of least surplus. With more of them it finds less.
MOST_ROUNDS = 6_000


def choose_rounds(
    candidates: CandidateRounds,
    counts: Ints,
    goal: int,
    effort: float,
    *,
    deadline: Deadline | None = None,
    on_wait: Callable[[], None] | None = None,
) -> RoundChoice:
    """
    Return the best choice of rounds whose net cost is below `goal`, as far as the effort goes.

    Parameters
    ----------
    candidates
        Rounds, with a lower bound of every choice.
    counts
        Technicians of each vehicle type.
    goal
        Net cost of the known choice (seconds).
    effort
        Limit of each of the two searches, in CP-SAT's deterministic seconds (counted work).
    deadline
        Past it the choice ends with the best so far.
    on_wait
        Called now and then meanwhile; what it raises ends the work.
    """
    few = counts.sum() <= FEW
    steps = int(effort * STEPS_A_UNIT)
    searched = search_choices(candidates, counts, goal, steps, deadline=deadline, on_wait=on_wait)
    if searched.complete or few:
        return searched
    if searched.chosen is not None:
        goal = int(candidates.net_cost[searched.chosen].sum())
    near = np.flatnonzero(candidates.surplus <= goal - 1 - candidates.base + SAFETY)
    some = np.sort(near[np.argsort(candidates.surplus[near], kind="stable")[:MOST_ROUNDS]])
    found = _choose_by_cpsat(
        candidates, some, counts, goal, effort=effort, deadline=deadline, on_wait=on_wait
    )
    chosen = searched.chosen if found.chosen is None else found.chosen
    return RoundChoice(chosen, found.complete and len(some) == len(near))


def _choose_by_cpsat(
    candidates: CandidateRounds,
    numbers: NDArray[np.intp],
    counts: Ints,
    goal: int,
    *,
    effort: float,
    deadline: Deadline | None,
    on_wait: Callable[[], None] | None,
) -> RoundChoice:
    """Return the best choice of some rounds that is better than `goal`."""
    model = cp_model.CpModel()
    driven = [model.new_bool_var("") for _ in numbers]
    on_visit: list[list[cp_model.IntVar]] = [[] for _ in candidates.unassigned]
    of_type: list[list[cp_model.IntVar]] = [[] for _ in counts]
    for variable, number in zip(driven, numbers.tolist(), strict=True):
        of_type[candidates.vehicle_type[number]].append(variable)
        for visit in candidates.visits[number]:
            on_visit[visit].append(variable)
    for group in on_visit:
        if len(group) > 1:
            model.add_at_most_one(group)
    for count, group in zip(counts.tolist(), of_type, strict=True):
        if count == 1:
            model.add_at_most_one(group)
        elif len(group) > count:
            model.add(sum(group) <= count)
    total = cp_model.LinearExpr.weighted_sum(driven, candidates.net_cost[numbers].tolist())
    model.add(total <= goal - 1)
    model.minimize(total)
    solver, status = solved(model, effort, deadline=deadline, on_wait=on_wait)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return RoundChoice(None, status == cp_model.INFEASIBLE)
    chosen = [
        number
        for variable, number in zip(driven, numbers.tolist(), strict=True)
        if solver.boolean_value(variable)
    ]
    return RoundChoice(chosen, status == cp_model.OPTIMAL)
