"""Legs that no better plan can use are forbidden, and no others where all is remembered."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest

from dispatch import DayProblem, Shift, Technician, Travel, Visit
from dispatch.solve.bound.cuts import Cuts
from dispatch.solve.bound.duals import SCALE, Duals
from dispatch.solve.bound.enumeration import Enumerator
from dispatch.solve.bound.ng import neighbourhoods
from dispatch.solve.bound.pricing import Pricer
from dispatch.solve.bound.vehicle_types import vehicle_types_of
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.round_times import round_cost
from tests.support.slot_problems import small_slotted
from tests.support.small_problems import DAY, small_problem


def useless(a, visit_dual, threshold, *, near, cut_dual=(), cuts=None):
    """Return the legs forbidden, (n + 1, n + 1), for the first vehicle_type."""
    vehicle_type = vehicle_types_of(a)[0]
    pricer = Pricer(a, neighbourhoods(a, near), 10_000)
    duals = Duals(
        np.array(visit_dual, dtype=np.int64) * SCALE,
        np.array(cut_dual, dtype=np.int64) * SCALE,
        np.zeros(len(vehicle_types_of(a)), dtype=np.int64),
    )
    pricing = pricer.problem(vehicle_type, duals, cuts or Cuts(a.visits))
    return Enumerator(a, pricer, 10_000).useless_legs(vehicle_type, pricing, threshold * SCALE)


def used_within(a, visit_dual, threshold, cut_dual=(), cuts=None):
    """Return the legs of all rounds of the first technician within the threshold, by trying all."""
    legs = np.zeros((a.visits + 1, a.visits + 1), dtype=np.bool_)
    able = np.nonzero(a.allowed[0])[0].tolist()
    for size in range(1, len(able) + 1):
        for route in permutations(able, size):
            cost = int(round_cost(a, 0, np.array(route, dtype=np.int64), size))
            if cost == NEVER or a.load[list(route)].sum() > a.capacity[0]:
                continue
            if cuts is not None:
                cost += sum(cut_dual[cut] * times for cut, times in cuts.coefficients(route))
            if cost - sum(visit_dual[v] for v in route) <= threshold:
                for x, y in pairwise(route):
                    legs[x, y] = True
    return legs


def line(at):
    """Return a day on a line, a second a metre, a technician who starts and ends at 0."""
    where = np.array([0, *at])
    seconds = np.abs(where[:, None] - where[None])
    names = ("c", *map(str, range(len(at))))
    visits = tuple(Visit(id=n, place=n, duration_s=0, unassigned_cost_s=999) for n in names[1:])
    who = Technician(id="T", start="c", end="c", shift_s=Shift(0, 10_000))
    return arrays_of(DayProblem(DAY, Travel(names, seconds[None]), (who,), visits))


def test_the_way_back_and_forth_is_forbidden_and_the_straight_one_kept():
    """At 100 and 200 right, 100 left: duals of 150 each."""
    a = line([100, 200, -100])
    # Rounds: 0 alone 200 - 150 = 50; 0, 1 and back 400 - 300 = 100; 0, 2: 400 - 300 = 100;
    # all, well ordered: 600 - 450 = 150; 1, 2 by passing 0: 600 - 300 = 300.
    legs = ~useless(a, [150] * 3, 100, near=3)
    expected = {(0, 1), (1, 0), (0, 2), (2, 0)}
    assert set(map(tuple, np.argwhere(legs[:3, :3]).tolist())) == expected
    # Up to 150 all may go together: 1 comes after 0 or before it, and 2 is next to either.
    legs = ~useless(a, [150] * 3, 150, near=3)
    assert set(map(tuple, np.argwhere(legs[:3, :3]).tolist())) == {*expected, (1, 2), (2, 1)}


def test_below_the_cheapest_round_every_leg_goes():
    """One visit alone costs 50 more than its dual; nothing costs 49."""
    legs = useless(line([100, 200, -100]), [150] * 3, 49, near=3)
    assert legs[:3, :3].all()
    # Legs from and to the start and end place are not looked at.
    assert not legs[3].any()
    assert not legs[:, 3].any()


@pytest.mark.parametrize("seed", range(40))
def test_the_legs_kept_are_those_of_all_rounds_within_the_threshold(seed):
    """With every visit remembered and a cut it equals trying all; more if time is relaxed."""
    a = arrays_of(small_problem(seed, 4, 1))
    if not vehicle_types_of(a)[0].usable:
        return
    rng = np.random.default_rng(seed)
    visit_dual, cut_dual, cuts = (
        rng.integers(0, 100, 4).tolist(),
        [int(rng.integers(0, 60))],
        Cuts(4),
    )
    cuts.put((0, 1, 2), rng.random(4) < 0.5)
    kept = ~useless(a, visit_dual, 30, near=4, cut_dual=cut_dual, cuts=cuts)[:4, :4]
    used = used_within(a, visit_dual, 30, cut_dual, cuts)[:4, :4]
    assert not (used & ~kept).any()
    if not vehicle_types_of(a)[0].limits_work:
        assert np.array_equal(kept, used)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("near", [1, 4])
def test_by_time_of_day_no_leg_of_a_round_within_the_threshold_goes(seed, near):
    """What is relaxed there, or forgotten with a small memory, keeps more legs, never fewer."""
    a = arrays_of(small_slotted(seed, 4, 1, slots=2 + seed % 4))
    if not vehicle_types_of(a)[0].usable:
        return
    visit_dual = np.random.default_rng(seed).integers(0, 100, 4).tolist()
    forbidden = useless(a, visit_dual, 30, near=near)[:4, :4]
    assert not (used_within(a, visit_dual, 30)[:4, :4] & forbidden).any()


@pytest.mark.slow
def test_without_room_no_leg_is_forbidden():
    """Of labels that are not all there nothing follows."""
    a = line([100, 200, -100])
    vehicle_type = vehicle_types_of(a)[0]
    pricer = Pricer(a, neighbourhoods(a, 3), 2)
    duals = Duals(np.full(3, 900 * SCALE), np.zeros(0, np.int64), np.zeros(1, np.int64))
    pricing = pricer.problem(vehicle_type, duals, Cuts(3))
    assert Enumerator(a, pricer, 2).useless_legs(vehicle_type, pricing, 100 * SCALE) is None
