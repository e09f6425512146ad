"""All rounds within the gap are listed."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest

from dispatch.solve.bound.cuts import Cuts
from dispatch.solve.bound.duals import SCALE, Duals
from dispatch.solve.bound.enumeration import Enumerator
from dispatch.solve.bound.ng import neighbourhoods
from dispatch.solve.bound.pricing import Pricer
from dispatch.solve.bound.vehicle_types import vehicle_types_of
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.round_times import round_cost
from tests.support.small_problems import small_problem


@pytest.mark.parametrize("seed", range(60))
def test_every_set_of_visits_within_the_threshold_is_listed_at_its_least_cost(seed):
    """Trying every order of every set gives the same sets and costs."""
    a = arrays_of(small_problem(seed, 5, 1))
    (vehicle_type,) = vehicle_types_of(a)
    cuts, pricer = Cuts(5), Pricer(a, neighbourhoods(a, 2), 10_000)
    rng = np.random.default_rng(seed)
    duals = Duals(rng.integers(0, 100, 5) * SCALE, np.zeros(0, np.int64), np.zeros(1, np.int64))
    threshold = 30 * SCALE
    expected = {}
    able = np.nonzero(a.allowed[0])[0].tolist()
    for size in range(1, len(able) + 1):
        for visits in combinations(able, size):
            costs = [
                int(round_cost(a, 0, np.array(order, dtype=np.int64), size))
                for order in permutations(visits)
            ]
            least = min(costs)
            fits = least < NEVER and a.load[list(visits)].sum() <= a.capacity[0]
            if fits and SCALE * least - duals.visit[list(visits)].sum() <= threshold:
                expected[visits] = least
    if not vehicle_type.usable:
        assert expected == {}
        return
    pricing = pricer.problem(vehicle_type, duals, cuts)
    listed = Enumerator(a, pricer, 10_000).rounds(vehicle_type, pricing, threshold)
    assert listed is not None
    found = {tuple(sorted(route)): cost for cost, route in listed}
    if vehicle_type.limits_work:
        # Working time is relaxed in the threshold: more may be listed, at their true cost.
        found = {visits: cost for visits, cost in found.items() if visits in expected}
    assert found == expected


@pytest.mark.slow
def test_too_many_rounds_are_no_list():
    """With room for three partial rounds there is no list rather than part of one."""
    a = next(
        b
        for b in (arrays_of(small_problem(seed, 5, 1)) for seed in range(50))
        if vehicle_types_of(b)[0].legs[-1].sum() >= 4
    )
    vehicle_type = vehicle_types_of(a)[0]
    pricer = Pricer(a, neighbourhoods(a, 5), 10_000)
    duals = Duals(np.full(5, 300 * SCALE), np.zeros(0, np.int64), np.zeros(1, np.int64))
    pricing = pricer.problem(vehicle_type, duals, Cuts(5))
    assert Enumerator(a, pricer, 3).rounds(vehicle_type, pricing, 0) is None
