"""Small random problems in which shares of work and known places have a price."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from dispatch.model.problem import Weights
from tests.support.small_problems import small_problem

if TYPE_CHECKING:
    from dispatch import DayProblem
    from tests.support.small_problems import CostOf, CostsOf


def softened(
    problem: DayProblem, seed: int, *, unfamiliarity: bool = True, imbalance: bool = True
) -> DayProblem:
    """
    Return the problem with one or both weights, drawn by chance.

    Some technicians have a share of their own; some visits are known to nobody, some to people
    who do not work that day.
    """
    rng = random.Random(1000 + seed)
    crew = [
        t.model_copy(update={"fair_share_s": rng.choice([None, None, None, 0, rng.randint(0, 60)])})
        for t in problem.technicians
    ]
    names = [*(t.id for t in crew), "absent"]
    known = [
        v.model_copy(
            update={
                "familiar": {
                    name: rng.choice([0, 33, 50, 100]) for name in names if rng.random() < 0.4
                }
            }
        )
        for v in problem.visits
    ]
    weights = Weights(
        overtime=problem.weights.overtime,
        unfamiliarity=rng.choice([1, 7, 40, 120]) if unfamiliarity else 0,
        imbalance=rng.choice([7, 30, 100, 250]) if imbalance else 0,
    )
    return replace(problem, technicians=tuple(crew), visits=tuple(known), weights=weights)


def fair_problem(seed: int, visits: int, technicians: int) -> DayProblem:
    """Return a random problem with every rule of the model and both weights."""
    return softened(small_problem(seed, visits, technicians), seed)


def with_soft(costs_of: CostsOf) -> CostsOf:
    """Return what rounds cost, as `costs_of` says of their driving, with both soft parts."""

    def of(problem: DayProblem, technician: int) -> CostOf:
        driving, who = costs_of(problem, technician), problem.technicians[technician]
        shifts = [t.shift_s.end_s - t.shift_s.start_s for t in problem.technicians]
        total = sum(v.duration_s for v in problem.visits)
        share = who.fair_share_s
        if share is None:
            exact = total * shifts[technician] / sum(shifts)
            share = int(exact) + (int(exact) < exact)
        weights = problem.weights

        def cost_of(sequence: tuple[int, ...]) -> int | None:
            cost = driving(sequence)
            if cost is None:
                return None
            served = [problem.visits[i] for i in sequence]
            over = max(0, sum(v.duration_s for v in served) - share)
            hundredths = weights.imbalance * over
            cost += hundredths // 100 + (hundredths % 100 > 0)
            for v in served:
                hundredths = weights.unfamiliarity * (100 - v.familiar.get(who.id, 0))
                cost += hundredths // 100 + (hundredths % 100 > 0)
            return cost

        return cost_of

    return of
