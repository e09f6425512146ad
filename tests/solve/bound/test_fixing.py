"""What rounds of better plans may cost at most, above the duals: by hand."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from dispatch.solve.bound.duals import DualBound
from dispatch.solve.bound.fixing import greatest_reduced_cost


@pytest.mark.parametrize(
    ("number", "target", "greatest"),
    [
        # The bound is 90 s. A plan below 100 s costs 99 s at most: 9 s are left for one round.
        (0, 100, 9_000),
        # A technician of this type adds -2 s to the bound: a round of it may cost 2 s less.
        (1, 100, 7_000),
        # A plan below 91 s costs no more than the bound.
        (0, 91, 0),
        (0, 90, -1_000),
    ],
)
def test_a_round_of_a_plan_below_the_target_uses_at_most_what_is_left(number, target, greatest):
    """Seconds are whole: below 100 s is 99 s. One second less would miss a plan."""
    bound = DualBound(duals=None, cuts=None, value=90_000, least=[0, -2_000])
    vehicle_type = SimpleNamespace(number=number)
    assert greatest_reduced_cost(bound, vehicle_type, target) == greatest
