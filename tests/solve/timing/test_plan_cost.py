"""What rounds cost in all, visits left included; and that rounds which break a rule cost NEVER."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.model.problem import Weights
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.plan_cost import plan_cost
from tests.support.small_day import day


@pytest.mark.parametrize(
    ("rounds", "cost"),
    [
        ([[], []], 12_000),
        ([[0, 1], []], 100 + 50 + 210),
        ([[0], [1]], 210 + 410),
        ([[], [1]], 410 + 5000),
        ([[0], []], 210 + 7000),
        # T2 lacks A's skill; nobody does a visit twice, alone or together.
        ([[], [0]], NEVER),
        ([[1], [1]], NEVER),
        ([[1, 1], []], NEVER),
    ],
)
def test_rounds_cost_their_driving_and_the_visits_left(rounds, cost):
    """5000 s for A, 7000 for B."""
    assert plan_cost(arrays_of(day()), rounds) == cost


@pytest.mark.parametrize(("carries", "cost"), [(5, 360), (4, NEVER)])
def test_rounds_carry_as_much_as_they_can_and_no_more(carries, cost):
    """A and B load 3 and 2."""
    assert plan_cost(arrays_of(day(t1={"capacity": carries})), [[0, 1], []]) == cost


def test_overtime_and_soft_parts_are_in_the_cost():
    """Work of 600 s, half of it above the share, at 10 percent; B is known to nobody."""
    soft = replace(day(a={"familiar": {"T1": 33}}), weights=Weights(unfamiliarity=50, imbalance=10))
    assert plan_cost(arrays_of(soft), [[0, 1], []]) == 360 + 34 + 50 + 30
