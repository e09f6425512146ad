"""What the proof has to know of a kind of technician."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.model.problem import Weights
from dispatch.solve.bound.vehicle_types import vehicle_types_of
from dispatch.solve.timing.encode import arrays_of
from tests.support.small_problems import small_problem


@pytest.mark.parametrize(("weight", "most_s", "charged"), [(0, 50, 0), (1, 0, 0), (1, 50, 1)])
def test_overtime_is_charged_only_where_it_is_allowed_and_has_a_weight(weight, most_s, charged):
    """Rounds of others are found from both ends, which is quicker."""
    problem = small_problem(1, visits=4, technicians=1)
    alone = problem.technicians[0].model_copy(update={"max_overtime_s": most_s})
    problem = replace(problem, technicians=(alone,), weights=Weights(overtime=weight))
    assert [each.charged for each in vehicle_types_of(arrays_of(problem))] == [bool(charged)]
