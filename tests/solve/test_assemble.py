"""Rounds with times: whatever can be driven passes the independent rules."""

from __future__ import annotations

import random

import pytest

from dispatch import check
from dispatch.model.plan import CostParts, Plan
from dispatch.solve.assemble import round_of
from dispatch.solve.timing.encode import arrays_of
from tests.support.small_problems import best_return, small_problem

# Rules about the whole plan, which a single round cannot keep; and about who may do what.
NOT_TIMES = {
    "capacity", "each_visit_once", "mandatory_served", "pins", "skills", "stated_cost",
    "stated_status",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(300))
def test_every_round_that_is_timed_keeps_every_rule_of_time(seed):
    """The rules find nothing in a round, and it returns as early as any could."""
    rng = random.Random(1_000 + seed)
    problem = small_problem(seed, visits=rng.randint(1, 5), technicians=1)
    sequence = rng.sample(range(len(problem.visits)), rng.randint(1, len(problem.visits)))
    made = round_of(problem, arrays_of(problem), 0, sequence)
    assert (made and made.return_s) == best_return(problem, 0, tuple(sequence))
    if made is not None:
        plan = Plan(status="complete", cost_s=CostParts(total=0), rounds=(made,))
        assert [v for v in check(problem, plan) if v.rule not in NOT_TIMES] == []
        assert [stop.visit for stop in made.stops] == [f"v{index}" for index in sequence]
