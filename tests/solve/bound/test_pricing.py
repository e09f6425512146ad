"""The least reduced cost is exactly that of the best round, however it is looked for."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from dispatch.solve.bound.cuts import Cuts
from dispatch.solve.bound.duals import SCALE, Duals
from dispatch.solve.bound.ng import neighbourhoods
from dispatch.solve.bound.pricing import Pricer, PricingMode
from dispatch.solve.bound.vehicle_types import vehicle_types_of
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.round_times import round_cost
from tests.support.small_problems import small_problem


def by_trying(a, vehicle_type, duals, cuts) -> int:
    """Return the least reduced cost of all rounds without repetition; at most 0, dual counted."""
    m, least = vehicle_type.technician, -int(duals.vehicle_type[vehicle_type.number])
    able = np.nonzero(a.allowed[m])[0].tolist()
    for size in range(1, len(able) + 1):
        for route in permutations(able, size):
            cost = int(round_cost(a, m, np.array(route, dtype=np.int64), size))
            if cost < NEVER and a.load[list(route)].sum() <= a.capacity[m]:
                paid = sum(duals.cut[cut] * times for cut, times in cuts.coefficients(route))
                least = min(least, SCALE * cost - int(duals.visit[list(route)].sum()) + int(paid))
    return least


@pytest.mark.parametrize("seed", range(80))
def test_exact_pricing_finds_the_least_reduced_cost_of_all_rounds(seed):
    """With every visit remembered and two cuts it equals trying all; less if time is relaxed."""
    rng = np.random.default_rng(seed)
    a = arrays_of(small_problem(seed, 5, 2))
    cuts = Cuts(5)
    cuts.put((0, 1, 2), rng.random(5) < 0.5)
    cuts.put((1, 2, 4), rng.random(5) < 0.5)
    pricer = Pricer(a, neighbourhoods(a, 5), 10_000)
    vehicle_types = vehicle_types_of(a)
    duals = Duals(
        visit=rng.integers(-20, 120, 5) * SCALE,
        cut=rng.integers(0, 80, 2) * SCALE,
        vehicle_type=np.zeros(len(vehicle_types), dtype=np.int64),
    )
    for vehicle_type in vehicle_types:
        priced = pricer.price(vehicle_type, duals, cuts)
        assert priced.exact
        least = by_trying(a, vehicle_type, duals, cuts)
        assert priced.best <= least
        if not vehicle_type.limits_work:
            assert priced.best == least


@pytest.mark.parametrize("seed", range(20))
def test_heuristic_pricing_never_claims_to_be_exact(seed):
    """It finds rounds, none below the least, and says that it is not exact."""
    a = arrays_of(small_problem(seed, 5, 1))
    cuts, pricer = Cuts(5), Pricer(a, neighbourhoods(a, 5), 10_000)
    duals = Duals(np.full(5, 90 * SCALE), np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64))
    (vehicle_type,) = vehicle_types_of(a)
    heuristic = pricer.price(vehicle_type, duals, cuts, PricingMode.HEURISTIC)
    assert not heuristic.exact or not vehicle_type.usable
    assert heuristic.best >= pricer.price(vehicle_type, duals, cuts).best


def test_too_little_space_is_said():
    """With room for two labels no bound may be taken from the pricing."""
    a = next(
        b
        for b in (arrays_of(small_problem(seed, 5, 1)) for seed in range(50))
        if vehicle_types_of(b)[0].legs[-1].sum() >= 4
    )
    duals = Duals(np.full(5, 90 * SCALE), np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64))
    assert (
        not Pricer(a, neighbourhoods(a, 5), 2).price(vehicle_types_of(a)[0], duals, Cuts(5)).exact
    )
