"""The best choice among rounds: tried out, or by CP-SAT where that is too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from ortools.sat.python import cp_model

from dispatch.solve.bound.combine import SAFETY, Combined, combine
from dispatch.solve.bound.cpsat import solved

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dispatch.solve.bound.combine import Offers

    Ints = NDArray[np.int64]

# Looks of `combine` for each unit of CP-SAT's effort: each then takes about as long as the other.
LOOKS = 200_000_000
# With so few technicians CP-SAT found nothing where `combine` gave up.
FEW = 10
# Most rounds handed to CP-SAT: those of least surplus. Beyond it a run finds less.
MOST_ROUNDS = 6_000


def choose(
    offers: Offers,
    counts: Ints,
    goal: int,
    effort: float,
    *,
    deadline: float | None = None,
    on_wait: Callable[[], None] | None = None,
) -> Combined:
    """
    Return the best choice of rounds whose worth is below `goal`, as far as the effort goes.

    Parameters
    ----------
    offers
        Rounds, and prices that bound every choice.
    counts
        Technicians of each kind.
    goal
        Worth of the choice known (seconds).
    effort
        Limit of each way of choosing, in CP-SAT's deterministic seconds: counted work, not time.
    deadline
        Moment of `time.monotonic`, a safety net: past it the choice ends with the best it has.
    on_wait
        Called now and then meanwhile; what it raises ends the work.
    """
    few = counts.sum() <= FEW
    looks = int(effort * LOOKS)
    tried = combine(offers, counts, goal, looks, deadline=deadline, on_wait=on_wait)
    if tried.settled or few:
        return tried
    if tried.chosen is not None:
        goal = int(offers.worth[tried.chosen].sum())
    near = np.flatnonzero(offers.surplus <= goal - 1 - offers.base + SAFETY)
    some = np.sort(near[np.argsort(offers.surplus[near], kind="stable")[:MOST_ROUNDS]])
    found = _by_constraints(offers, some, counts, goal, effort, deadline, on_wait)
    chosen = tried.chosen if found.chosen is None else found.chosen
    return Combined(chosen, found.settled and len(some) == len(near))


def _by_constraints(
    offers: Offers,
    numbers: NDArray[np.intp],
    counts: Ints,
    goal: int,
    effort: float,
    deadline: float | None,
    on_wait: Callable[[], None] | None,
) -> Combined:
    """Return the best choice of some rounds that is better than `goal`."""
    model = cp_model.CpModel()
    driven = [model.new_bool_var("") for _ in numbers]
    on_visit: list[list[cp_model.IntVar]] = [[] for _ in offers.left]
    of_kind: list[list[cp_model.IntVar]] = [[] for _ in counts]
    for variable, number in zip(driven, numbers.tolist(), strict=True):
        of_kind[offers.kind[number]].append(variable)
        for visit in offers.visits[number]:
            on_visit[visit].append(variable)
    for group in on_visit:
        if len(group) > 1:
            model.add_at_most_one(group)
    for count, group in zip(counts.tolist(), of_kind, strict=True):
        if count == 1:
            model.add_at_most_one(group)
        elif len(group) > count:
            model.add(sum(group) <= count)
    total = cp_model.LinearExpr.weighted_sum(driven, offers.worth[numbers].tolist())
    model.add(total <= goal - 1)
    model.minimize(total)
    solver, status = solved(model, effort, deadline=deadline, on_wait=on_wait)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Combined(None, status == cp_model.INFEASIBLE)
    chosen = [
        number
        for variable, number in zip(driven, numbers.tolist(), strict=True)
        if solver.boolean_value(variable)
    ]
    return Combined(chosen, status == cp_model.OPTIMAL)
