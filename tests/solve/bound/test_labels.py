"""Labels by themselves: which dominate which, what cuts they pay, where they came from."""

from __future__ import annotations

import numpy as np
import pytest

from dispatch.solve.bound.labels import (
    ARENA,
    CLOCK,
    COST,
    EXACT,
    FULL,
    IDENT,
    LABELS,
    LOOSE,
    WORD,
    bit_index,
    clear,
    offer,
    pay,
    space_for,
    trace,
)

BUCKETS = 4
# One word of memory, one of cuts, one limit.
WIDTH = 6


def space(labels=50):
    """Return room for labels of three visits."""
    return space_for(labels, WIDTH, 3, BUCKETS)


def put(room, cost, clock, *, visit=0, flag=0, memory=1, state=0, use=0, parent=-1, care=EXACT,
        penalty=None):  # fmt: skip
    """Offer a label with its clock's bucket (hundreds), and return its number; None: dominated."""
    cand = np.array([[cost, clock, 0, memory, state, use]], dtype=np.int64)
    prices = np.zeros(WORD, dtype=np.int64)
    for cut, price in (penalty or {}).items():
        prices[cut] = price
    before = room.used[LABELS]
    bucket = min(clock // 100, BUCKETS - 1)
    offer(room, cand, visit, flag, parent, bucket, BUCKETS, care, 1, 1, prices)
    return int(before) if room.used[LABELS] > before else None


@pytest.mark.parametrize("bit", range(WORD))
def test_a_bit_knows_its_place(bit):
    """All that a word holds."""
    assert bit_index(1 << bit) == bit


def test_the_penalties_of_the_bits_set_are_paid():
    """Cuts 0 and 3 of the second word: 5 and 7, whatever those of the first cost."""
    penalty = np.full(2 * WORD, 100, dtype=np.int64)
    penalty[WORD], penalty[WORD + 3] = 5, 7
    assert pay(penalty, 1, 0b1001) == 12
    assert pay(penalty, 1, 0) == 0


def test_a_label_no_better_in_anything_is_dominated():
    """Dearer and later, or equal."""
    room = space()
    assert put(room, 10, 50) == 0
    assert put(room, 11, 60) is None
    assert put(room, 10, 50) is None
    assert put(room, 11, 250) is None


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
    room = space()
    put(room, 10, 50, memory=0b11, use=5)
    assert put(room, **{"memory": 0b11, "use": 5, **better}) == 1
    assert not room.dead[0]


def test_labels_that_a_new_one_dominates_are_dropped():
    """Two later and dearer ones go, in other buckets too; the earlier one stays."""
    room = space()
    put(room, 10, 150)
    put(room, 9, 350)
    put(room, 20, 10)
    assert put(room, 5, 110) == 3
    assert room.dead[:4].tolist() == [True, True, False, False]


def test_a_settled_break_dominates_one_to_come_and_not_the_reverse():
    """Flag 1 against flag 0."""
    room = space()
    put(room, 10, 50, flag=1)
    assert put(room, 10, 50, flag=0) is None
    room = space()
    put(room, 10, 50, flag=0)
    assert put(room, 10, 50, flag=1) == 1
    assert room.dead[0]


def test_a_half_counted_cut_is_paid_before_one_dominates():
    """Cut 2 costs 3: the label that has counted half of it must be cheaper by that."""
    room = space()
    put(room, 10, 50, state=0b100)
    assert put(room, 12, 50, penalty={2: 3}) == 1
    assert not room.dead[0]
    assert put(room, 13, 60, penalty={2: 3}, use=1) is None


def test_loose_care_looks_at_cost_and_clock_alone():
    """More memory, cuts and use do not save a cheaper label's rival."""
    room = space()
    put(room, 10, 50, memory=0b11, state=1, use=5, care=LOOSE)
    assert put(room, 11, 50, memory=0b1, care=LOOSE) is None


def test_a_label_knows_the_visits_it_came_by():
    """From visit 2 by 0 to 1; its own first."""
    room = space()
    first = put(room, 1, 10, visit=2)
    second = put(room, 2, 20, visit=0, parent=first)
    third = put(room, 3, 30, visit=1, parent=second)
    out = np.zeros(5, dtype=np.int64)
    assert trace(room, third, out) == 3
    assert out[:3].tolist() == [1, 0, 2]


def test_labels_wait_in_the_order_of_their_coming():
    """Those of a bucket follow on each other; another bucket has its own."""
    room = space()
    for cost, clock in ((9, 10), (8, 20), (7, 130), (6, 30)):
        put(room, cost, clock)
    assert room.head[:2].tolist() == [0, 2]
    assert [int(room.following[i]) for i in (0, 1, 3)] == [1, 3, -1]
    assert room.tail[0] == 3


def test_buckets_grow_and_stay_sorted_by_cost():
    """Twenty labels, each earlier and dearer than the last, move twice."""
    room = space()
    for i in range(20):
        assert put(room, i, 99 - i) == i
    bucket = room.arena[:, room.offset[0] : room.offset[0] + room.size[0]]
    assert bucket[COST].tolist() == list(range(20))
    assert bucket[IDENT].tolist() == list(range(20))
    assert bucket[CLOCK].tolist() == list(range(99, 79, -1))


def test_a_full_space_says_so_and_can_be_cleared():
    """The third of two labels is not kept."""
    room = space(labels=2)
    put(room, 3, 30)
    put(room, 2, 40)
    assert not room.used[FULL]
    assert put(room, 1, 50) is None
    assert room.used[FULL]
    clear(room)
    assert room.used.tolist() == [0, 0, 0, 0]
    assert room.used[ARENA] == 0
    assert put(room, 1, 50) == 0
