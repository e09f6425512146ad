"""Listed rounds priced by inspection, by hand: three visits, two vehicle types."""

from __future__ import annotations

import numpy as np
import pytest

from dispatch.solve.bound.cuts import Cuts
from dispatch.solve.bound.duals import SCALE, Duals
from dispatch.solve.bound.listed_rounds import ListedRounds
from dispatch.solve.bound.vehicle_types import vehicle_types_of
from dispatch.solve.timing.encode import arrays_of
from tests.support.small_problems import small_problem

# One technician of each vehicle type.
TYPES = vehicle_types_of(arrays_of(small_problem(2, 3, 2)))
LISTS = [[(30, (0,)), (70, (2, 0, 1)), (50, (1, 2))], [(40, (0, 1))]]


def scaled(visit, cut, vehicle_type) -> Duals:
    """Return duals given in seconds."""
    return Duals(*(np.array(each, dtype=np.int64) * SCALE for each in (visit, cut, vehicle_type)))


def one_cut() -> Cuts:
    """Return the cut of all three visits; it remembers none but them."""
    cuts = Cuts(3)
    cuts.put((0, 1, 2), np.zeros(3, dtype=np.bool_))
    return cuts


def test_a_round_pays_its_cost_less_its_duals_and_the_cut_of_two_visits():
    """Duals 10, 20, 30 of visits and 5 of the cut: 30 - 10; 70 - 60 + 5; 50 - 50 + 5."""
    listed = ListedRounds(3, LISTS)
    duals = scaled([10, 20, 30], [5], [0, 0])
    assert listed.reduced(TYPES[0], duals, one_cut()).tolist() == [20_000, 15_000, 5_000]
    assert listed.reduced(TYPES[1], duals, one_cut()).tolist() == [15_000]


def test_pricing_returns_the_rounds_below_the_dual_of_the_type_cheapest_first():
    """Reduced costs of -10, -40 and -20 of the first type, 20 of the second: three rounds, none."""
    listed = ListedRounds(3, LISTS)
    duals = scaled([40, -20, 90], [0], [5, 0])
    priced = listed.price(TYPES[0], duals, one_cut(), 10)
    assert priced == (-40_000, [(-40_000, (2, 0, 1)), (-20_000, (1, 2)), (-10_000, (0,))], True)
    assert listed.price(TYPES[0], duals, one_cut(), 1).routes == [(-40_000, (2, 0, 1))]
    assert listed.price(TYPES[1], duals, one_cut(), 10) == (0, [], True)


@pytest.mark.slow
def test_only_the_wanted_rounds_stay():
    """Of one vehicle type, with their costs."""
    listed = ListedRounds(3, LISTS)
    listed.keep(TYPES[0], np.array([True, False, True]))
    assert len(listed) == 3
    assert listed.total([(0, (1, 2)), (1, (0, 1))], np.array([7, 7, 7])) == 90
    assert listed.total([(0, (0,))], np.array([7, 8, 9])) == 47
