"""Labels by themselves: which dominate which, what cuts they pay, where they came from."""

from __future__ import annotations

import numpy as np
import pytest

from dispatch.solve.bound.bits import WORD, bit_index
from dispatch.solve.bound.labels import (
    ARENA,
    CLOCK,
    COST,
    FULL,
    IDENT,
    clear,
    label_workspace,
    trace,
)
from dispatch.solve.bound.pricing_problem import pay
from tests.support.labels import offer_row, pricing_problem

BUCKETS = 4
# One word of memory, one of cuts, one limit.
WIDTH = 6


def workspace(labels=50):
    """Return a workspace for labels of three visits."""
    return label_workspace(labels, WIDTH, 3, BUCKETS)


def put(space, cost, clock, *, visit=0, flag=0, memory=1, state=0, use=0, parent=-1, exact=True,
        cut_dual=None):  # fmt: skip
    """Offer a label with its clock's bucket (hundreds), and return its number; None: dominated."""
    pricing = pricing_problem(3, cut_dual=cut_dual)
    row = [cost, clock, 2 * visit + flag, memory, state, use]
    bucket = min(clock // 100, BUCKETS - 1)
    return offer_row(space, pricing, row, bucket=bucket, parent=parent, exact=exact)


@pytest.mark.parametrize("bit", range(WORD))
def test_a_bit_knows_its_place(bit):
    """All that a word holds."""
    assert bit_index(1 << bit) == bit


def test_the_duals_of_the_bits_set_are_paid():
    """Cuts 0 and 3 of the second word: 5 and 7, whatever those of the first cost."""
    cut_dual = np.full(2 * WORD, 100, dtype=np.int64)
    cut_dual[WORD], cut_dual[WORD + 3] = 5, 7
    assert pay(cut_dual, 1, 0b1001) == 12
    assert pay(cut_dual, 1, 0) == 0


def test_a_label_no_better_in_anything_is_dominated():
    """Dearer and later, or equal."""
    space = workspace()
    assert put(space, 10, 50) == 0
    assert put(space, 11, 60) is None
    assert put(space, 10, 50) is None
    assert put(space, 11, 250) is None


@pytest.mark.parametrize(
    "better",
    [
        {"cost": 9, "clock": 60},
        {"cost": 11, "clock": 40},
        {"cost": 11, "clock": 60, "flag": 1},
        {"cost": 11, "clock": 60, "memory": 0b10},
        {"cost": 11, "clock": 60, "use": 4},
        {"cost": 11, "clock": 60, "visit": 1},
    ],
)
def test_a_label_better_in_something_is_kept(better):
    """Cost, clock, break settled, memory, use; or at another visit."""
    space = workspace()
    put(space, 10, 50, memory=0b11, use=5)
    assert put(space, **{"memory": 0b11, "use": 5, **better}) == 1
    assert not space.dead[0]


def test_labels_that_a_new_one_dominates_are_dropped():
    """Two later and dearer ones go, in other buckets too; the earlier one stays."""
    space = workspace()
    put(space, 10, 150)
    put(space, 9, 350)
    put(space, 20, 10)
    assert put(space, 5, 110) == 3
    assert space.dead[:4].tolist() == [True, True, False, False]


def test_a_settled_break_dominates_one_to_come_and_not_the_reverse():
    """Flag 1 against flag 0."""
    space = workspace()
    put(space, 10, 50, flag=1)
    assert put(space, 10, 50, flag=0) is None
    space = workspace()
    put(space, 10, 50, flag=0)
    assert put(space, 10, 50, flag=1) == 1
    assert space.dead[0]


def test_a_half_counted_cut_is_paid_before_one_dominates():
    """Cut 2 costs 3: the label that has counted half of it must be cheaper by that."""
    space = workspace()
    put(space, 10, 50, state=0b100)
    assert put(space, 12, 50, cut_dual={2: 3}) == 1
    assert not space.dead[0]
    assert put(space, 13, 60, cut_dual={2: 3}, use=1) is None


@pytest.mark.parametrize(
    ("cost", "work", "is_kept"),
    [
        # 5 s more of work, at 2 a second: 10 dearer at most, where all 100 s left are work.
        (20, 0, False),
        (19, 0, True),
        # 2 s more: 6 dearer at most.
        (16, 2, False),
        (15, 2, True),
        # As much work, or more, and no cheaper.
        (10, 5, False),
        (10, 6, False),
    ],
)
def test_a_label_that_worked_longer_must_be_cheaper_by_what_that_can_cost(cost, work, is_kept):
    """The share is 50 s: with 100 s left, each second of work before lies above it."""
    pricing = pricing_problem(3, work_rate=2, work_share=50)
    space = workspace()
    offer_row(space, pricing, [10, 50, 0, 1, 0, 5], bucket=0, last_clock=150)
    found = offer_row(space, pricing, [cost, 50, 0, 1, 0, work], bucket=0, last_clock=150)
    assert found == (1 if is_kept else None)


def test_work_below_the_share_in_any_case_costs_nothing():
    """With 40 s left nobody comes above a share of 50 s: the dearer label is dominated."""
    pricing = pricing_problem(3, work_rate=2, work_share=50)
    space = workspace()
    offer_row(space, pricing, [10, 50, 0, 1, 0, 5], bucket=0, last_clock=90)
    assert offer_row(space, pricing, [10, 50, 0, 1, 0, 0], bucket=0, last_clock=90) is None


@pytest.mark.parametrize(("cost", "is_kept"), [(12, True), (13, False)])
def test_a_label_that_has_counted_half_dominates_one_dearer_by_just_that_cut(cost, is_kept):
    """Cut 2 costs 3: 13 is no cheaper than 10 and the cut."""
    space = workspace()
    put(space, 10, 50, state=0b100)
    assert put(space, cost, 50, cut_dual={2: 3}) == (1 if is_kept else None)


def test_heuristic_dominance_compares_cost_and_clock_alone():
    """More memory, cuts and use do not save a dearer label."""
    space = workspace()
    put(space, 10, 50, memory=0b11, state=1, use=5, exact=False)
    assert put(space, 11, 50, memory=0b1, exact=False) is None


def test_a_label_knows_the_visits_it_came_by():
    """From visit 2 by 0 to 1; its own first."""
    space = workspace()
    first = put(space, 1, 10, visit=2)
    second = put(space, 2, 20, visit=0, parent=first)
    third = put(space, 3, 30, visit=1, parent=second)
    out = np.zeros(5, dtype=np.int64)
    assert trace(space, third, out) == 3
    assert out[:3].tolist() == [1, 0, 2]


def test_labels_wait_in_the_order_of_their_coming():
    """Those of a bucket follow on each other; another bucket has its own."""
    space = workspace()
    for cost, clock in ((9, 10), (8, 20), (7, 130), (6, 30)):
        put(space, cost, clock)
    assert space.head[:2].tolist() == [0, 2]
    assert [int(space.following[i]) for i in (0, 1, 3)] == [1, 3, -1]
    assert space.tail[0] == 3


def test_buckets_grow_and_stay_sorted_by_cost():
    """Twenty labels, each earlier and dearer than the last, move twice."""
    space = workspace()
    for i in range(20):
        assert put(space, i, 99 - i) == i
    bucket = space.arena[:, space.offset[0] : space.offset[0] + space.size[0]]
    assert bucket[COST].tolist() == list(range(20))
    assert bucket[IDENT].tolist() == list(range(20))
    assert bucket[CLOCK].tolist() == list(range(99, 79, -1))


@pytest.mark.slow
def test_a_full_space_says_so_and_can_be_cleared():
    """The third of two labels is not kept."""
    space = workspace(labels=2)
    put(space, 3, 30)
    put(space, 2, 40)
    assert not space.used[FULL]
    assert put(space, 1, 50) is None
    assert space.used[FULL]
    clear(space)
    assert space.used.tolist() == [0, 0, 0, 0]
    assert space.used[ARENA] == 0
    assert put(space, 1, 50) == 0
