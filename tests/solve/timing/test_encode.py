"""A day as arrays: every number by hand, and who can swap rounds with whom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dispatch import Shift, TimeWindow, Travel
from dispatch.fieldwork import Break
from dispatch.model.problem import Weights
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of, typical
from tests.support.small_day import PLACES, SECONDS, T1, T2, day


def test_every_number_of_a_day_stands_where_it_belongs():
    """Nodes are A at a, B at b, and c; T1 alone may do A, has a break, overtime and a capacity."""
    a = arrays_of(day())
    expected = {
        "travel": [[[0, 50, 110], [60, 0, 210], [100, 200, 0]]],
        "slot_start": [0],
        "duration": [400, 200],
        "load": [3, 2],
        "unassigned_cost_s": [5000, 7000],
        "window_first": [0, 2, 3],
        "window_low": [1000, 2000, 0],
        "window_high": [1400, 2400, NEVER],
        "allowed": [[True, True], [False, True]],
        "start": [2, 2],
        "end": [2, 2],
        "shift_start": [1000, 1000],
        "shift_end": [3000, 3000],
        "latest_return": [3100, 3000],
        "has_break": [True, False],
        "break_length": [300, 0],
        "break_earliest": [1500, 0],
        "break_latest": [1800, 0],
        "max_working": [NEVER, NEVER],
        "capacity": [5, NEVER],
        "vehicle_type": [0, 1],
        "overtime_weight": [2],
        "pack": [],
    }
    assert {name: getattr(a, name).tolist() for name in expected} == expected
    assert (a.visits, a.technicians, a.slots) == (2, 2, 1)
    assert a.soft.shape == (0, 4)
    assert a.imbalance == 0


def test_a_mandatory_visit_costs_more_than_anything_else_can():
    """1, what can be left, 2 s of overtime at 100, four legs of 210: 13 041 s; or 5000 less."""
    assert arrays_of(day()).mandatory_cost.tolist() == [1 + 12_000 + 200 + 4 * 210]
    a = arrays_of(day(a={"unassigned_cost_s": None}))
    assert a.mandatory_cost.tolist() == [1 + 7000 + 200 + 4 * 210]
    assert a.unassigned_cost_s.tolist() == [8041, 7000]


def test_by_time_of_day_a_mandatory_visit_costs_a_second_a_leg_and_slot_more():
    """Each end of a slot may round a drive up by a second."""
    slots = np.array([SECONDS, 2 * np.array(SECONDS), SECONDS])
    problem = replace(day(), travel=Travel(PLACES, slots, None, (0, 100, 200)))
    assert arrays_of(problem).mandatory_cost.tolist() == [1 + 12_000 + 200 + 4 * (420 + 2)]


def soft_day(unfamiliarity: int, imbalance: int, t1: dict | None = None):
    """Return the day with soft parts; T1 knows the place of A to 33 percent."""
    problem = day(t1=t1, a={"familiar": {"T1": 33, "absent": 100}})
    return replace(
        problem, weights=Weights(overtime=2, unfamiliarity=unfamiliarity, imbalance=imbalance)
    )


def test_soft_parts_are_prices_of_places_rounded_up_and_fair_shares():
    """10 percent of (100 - 33): 6.7, so 7. 600 s of work, halved, as the shifts are as long."""
    a = arrays_of(soft_day(10, 50))
    assert a.soft.tolist() == [[7, 10, 300, 50], [10, 10, 300, 50]]
    assert a.imbalance == 50
    # 10 for each visit at most; half of 600 s above the shares, and a second for each technician.
    assert a.mandatory_cost.tolist() == [13_041 + 20 + 300 + 2]


def test_shares_follow_the_shifts_rounded_up_unless_one_has_an_own():
    """Shifts of 1000 and 2000 s: 200 and 400 of 600; of 700 and 2000, rounded up."""
    for t1, shares in [
        ({"shift_s": Shift(1000, 2000)}, [200, 400]),
        ({"shift_s": Shift(1000, 1700)}, [156, 445]),
        ({"fair_share_s": 17}, [17, 300]),
    ]:
        assert arrays_of(soft_day(0, 50, t1)).soft[:, 2].tolist() == shares


def test_without_a_weight_for_imbalance_there_are_no_shares():
    """Prices of places only."""
    a = arrays_of(soft_day(10, 0))
    assert a.soft.tolist() == [[7, 10, 0, 0], [10, 10, 0, 0]]
    assert a.mandatory_cost.tolist() == [13_041 + 20]


def test_shifts_without_length_share_alike():
    """Nobody works any time: half each."""
    problem = soft_day(0, 50, {"shift_s": Shift(1000, 1000), "break_": None})
    nobody = tuple(t.model_copy(update={"shift_s": Shift(1000, 1000)}) for t in problem.technicians)
    assert arrays_of(replace(problem, technicians=nobody)).soft[:, 2].tolist() == [300, 300]


@pytest.mark.parametrize(
    ("windows", "spans"),
    [
        ((), [(0, NEVER)]),
        (((10, 20),), [(10, 20)]),
        (((10, 20), (22, 30)), [(10, 20), (22, 30)]),
        (((10, 20), (21, 30)), [(10, 30)]),
        (((10, 20), (20, 30)), [(10, 30)]),
        (((10, 40), (20, 30)), [(10, 40)]),
        (((50, 60), (10, 20), (15, 30)), [(10, 30), (50, 60)]),
    ],
)
def test_windows_stand_in_order_and_those_that_touch_are_one(windows, spans):
    """No second lies between 20 and 21."""
    problem = day(a={"windows_s": tuple(TimeWindow(*window) for window in windows)})
    a = arrays_of(problem)
    both = zip(a.window_low.tolist(), a.window_high.tolist(), strict=True)
    assert list(both)[: a.window_first[1]] == spans


PLAIN = T2.model_copy(update={"id": "T3"})


@pytest.mark.parametrize(
    ("values", "apart"),
    [
        ({}, False),
        ({"skills": frozenset({"nobody needs it"})}, False),
        ({"skills": frozenset({"net"})}, True),
        ({"start": "a"}, True),
        ({"end": "a"}, True),
        ({"shift_s": Shift(1000, 2999)}, True),
        ({"break_": Break(duration_s=1, earliest_s=1500, latest_s=1500)}, True),
        ({"max_overtime_s": 1}, True),
        ({"max_working_s": 900}, True),
        ({"capacity": 9}, True),
    ],
)
def test_who_differs_in_what_matters_is_of_another_vehicle_type(values, apart):
    """Names and skills that no visit needs do not matter; everything else does."""
    problem = replace(day(), technicians=(T1, T2, PLAIN.model_copy(update=values)))
    assert arrays_of(problem).vehicle_type.tolist() == [0, 1, 2 if apart else 1]


def test_who_has_a_pinned_visit_is_of_a_vehicle_type_alone():
    """A round with B is T2's and nobody else's."""
    problem = replace(day(b={"technician": "T2"}), technicians=(T2, PLAIN))
    assert arrays_of(problem).vehicle_type.tolist() == [0, 1]
    problem = replace(day(), technicians=(T2, PLAIN))
    assert arrays_of(problem).vehicle_type.tolist() == [0, 0]


def test_who_knows_other_places_is_of_another_vehicle_type():
    """Only where that has a price."""
    problem = day(b={"familiar": {"T3": 50}})
    for weights, types in [(Weights(unfamiliarity=10), [0, 1]), (Weights(), [0, 0])]:
        soft = replace(problem, technicians=(T2, PLAIN), weights=weights)
        assert arrays_of(soft).vehicle_type.tolist() == types


def test_average_travel_counts_each_slot_by_the_hours_worked_in_it():
    """From 1000 to 3000 or 3100 with overtime: 500 s of 100, 1000 of 200, 600 of 300."""
    slots = np.array([SECONDS, 2 * np.array(SECONDS), 3 * np.array(SECONDS), np.zeros((3, 3))])
    travel = Travel(PLACES, slots.astype(np.int64), None, (0, 1500, 2500, 9000))
    found = typical(arrays_of(replace(day(), travel=travel)))
    # From c to a: (500 * 100 + 1000 * 200 + 600 * 300) / 2100 = 204.8, cut.
    assert found[2, 0] == 204


def test_without_technicians_average_travel_is_that_of_the_first_slot():
    """There are no hours to count."""
    slots = np.array([SECONDS, 2 * np.array(SECONDS)])
    problem = replace(day(), technicians=(), travel=Travel(PLACES, slots, None, (0, 100)))
    assert typical(arrays_of(problem))[0, 1] == 50
