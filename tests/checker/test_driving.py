"""A drive by the clock: worked by hand, and against exact rational times."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.checker.driving import arrival, slot_at
from dispatch.streets.router import Travel

# From a to b: 600 s before 1000, 900 s until 2000, 300 s after; back always 100 s.
SLOTS = Travel(
    ("a", "b"),
    np.array([[[0, 600], [100, 0]], [[0, 900], [100, 0]], [[0, 300], [100, 0]]]),
    None,
    (0, 1000, 2000),
)


def test_a_slot_holds_from_its_start_to_the_next_one():
    """The last for ever; what is before midnight lies in the first."""
    times = (-5, 0, 999, 1000, 1999, 2000, 10**9)
    assert [slot_at(SLOTS, time) for time in times] == [0, 0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("leave", "arrives"),
    [
        (0, 600),
        # Over exactly as the slot ends.
        (400, 1000),
        # One second of 600 left: at 900 it is one and a half, rounded up.
        (401, 1002),
        (700, 1450),  # half of the way left: 450 s
        (1000, 1900),
        (1100, 2000),
        # 100 of 900 s left: at 300 it is 33.3, rounded up.
        (1200, 2034),
        (1999, 2300),
        (2000, 2300),
        (5000, 5300),
    ],
)
def test_what_is_left_at_the_end_of_a_slot_goes_on_at_the_next_ones_speed(leave, arrives):
    """Worked by hand."""
    assert arrival(SLOTS, 0, 1, leave) == arrives
    assert arrival(SLOTS, 1, 0, leave) == leave + 100


def test_a_long_drive_goes_over_several_slots():
    """400 of 2000 s done by 400; 1600 left are 800 at 1000: all 100 s; then 700 are 2100."""
    seconds = np.array([[[0, 2000], [0, 0]], [[0, 1000], [0, 0]], [[0, 3000], [0, 0]]])
    travel = Travel(("a", "b"), seconds, None, (0, 400, 500))
    assert arrival(travel, 0, 1, 0) == 500 + 2100


def test_a_way_that_takes_no_time_in_a_slot_is_over_as_it_begins():
    """Nothing is divided by nothing."""
    seconds = np.array([[[0, 0], [0, 0]], [[0, 50], [0, 0]], [[0, 0], [0, 0]]])
    travel = Travel(("a", "b"), seconds, None, (0, 100, 200))
    assert [arrival(travel, 0, 1, time) for time in (99, 100, 170, 200)] == [99, 150, 200, 200]
    assert arrival(travel, 0, 1, 90, (90, 120)) == 170
    assert arrival(travel, 0, 1, 170, (180, 250)) == 250


@pytest.mark.parametrize(
    ("leave", "pause", "arrives"),
    [
        # In one slot, the break is time added.
        (0, (100, 200), 700),
        # As it would leave: rest first, 900 s from 1100 on.
        (800, (800, 1100), 2000),
        # 300 s driven by 700, half the way; from 1100 the other half takes 450.
        (400, (700, 1100), 1550),
        # Until 2500 rested: the half takes 150.
        (400, (700, 2500), 2650),
        # 700 to 1000 half, then 225 of 450; rested until 1925; 75 s left of them at 2000: 225 - 75
        # are 150 of 900, which are 50 of 300.
        (700, (1225, 1925), 2050),
        # The break begins with a slot: by then what is left counts in the new one.
        (700, (1000, 1300), 1750),
        (700, (1000, 2100), 2250),
        # One second left at the slot's end is 2 there (1.5), and 1 in the last (0.67).
        (401, (1000, 2100), 2101),
        # It would be over before the break, or as this begins: delayed by all of it.
        (0, (600, 700), 700),
        (0, (900, 1000), 700),
    ],
)
def test_a_break_on_the_way_interrupts_the_drive(leave, pause, arrives):
    """What is left goes on after it, at the speed of then; worked by hand."""
    assert arrival(SLOTS, 0, 1, leave, pause) == arrives


# --- always ---

TIMES = st.integers(0, 60)


@st.composite
def ways(draw: st.DrawFn) -> Travel:
    """Return one way through slots of the day, slow, quick, or without time."""
    count = draw(st.integers(1, 5))
    gaps = draw(st.lists(st.integers(1, 40), min_size=count - 1, max_size=count - 1))
    starts = (0, *np.cumsum(gaps).tolist())
    seconds = draw(st.lists(st.integers(0, 70), min_size=count, max_size=count))
    return Travel(
        ("a", "b"), np.array([[[0, s], [0, 0]] for s in seconds], dtype=np.int64), None, starts
    )


def exact(travel: Travel, leave: Fraction, pause: tuple[int, int] | None = None) -> Fraction:
    """Return the rational arrival: a share of the way a second, by slot, none during the break."""
    whole = [int(matrix[0, 1]) for matrix in travel.seconds]
    ends = [*travel.slot_starts_s[1:], None]
    time, share = leave, Fraction(1)
    stretches = [(leave, None)] if pause is None else [(leave, pause[0]), (pause[1], None)]
    for begin, until in stretches:
        time = Fraction(begin)
        for seconds, end in zip(whole, ends, strict=True):
            if end is not None and time >= end:
                continue
            last = min((t for t in (end, until) if t is not None), default=None)
            if last is not None and time >= last:
                continue
            if last is None or time + share * seconds <= last:
                return time + share * seconds
            share -= (last - time) / Fraction(seconds)
            time = Fraction(last)
    return time


@given(travel=ways(), leave=TIMES, later=TIMES)
@settings(max_examples=400, deadline=None)
def test_leaving_later_never_arrives_earlier(travel, leave, later):
    """Whatever the speeds of the slots."""
    first, second = sorted((leave, leave + later))
    assert arrival(travel, 0, 1, first) <= arrival(travel, 0, 1, second)


@given(travel=ways(), leave=TIMES)
@settings(max_examples=400, deadline=None)
def test_a_drive_never_arrives_before_the_exact_moment(travel, leave):
    """And within one slot, where nothing is rounded, right then."""
    real, counted = exact(travel, Fraction(leave)), arrival(travel, 0, 1, leave)
    assert real <= counted
    if len(travel.slot_starts_s) == 1:
        assert real == counted


@given(travel=ways(), leave=TIMES, wait=st.integers(0, 60), length=st.integers(0, 60))
@settings(max_examples=400, deadline=None)
def test_a_drive_with_a_break_never_arrives_before_the_exact_moment(travel, leave, wait, length):
    """In one slot the break adds its length, and a break without length changes nothing."""
    start = leave + wait
    if arrival(travel, 0, 1, leave) <= start:
        return
    counted = arrival(travel, 0, 1, leave, (start, start + length))
    assert exact(travel, Fraction(leave), (start, start + length)) <= counted
    assert counted >= start + length
    if len(travel.slot_starts_s) == 1:
        assert counted == arrival(travel, 0, 1, leave) + length
    if length == 0:
        assert counted == arrival(travel, 0, 1, leave)


@pytest.mark.slow
@given(travel=ways(), leave=TIMES, wait=st.integers(0, 60), length=st.integers(0, 40), later=TIMES)
@settings(max_examples=400, deadline=None)
def test_leaving_later_before_the_same_break_never_arrives_earlier(
    travel, leave, wait, length, later
):
    """For drives that the same break interrupts."""
    pause = (leave + wait, leave + wait + length)
    second = min(leave + later, pause[0])
    if arrival(travel, 0, 1, leave) > pause[0]:
        assert arrival(travel, 0, 1, leave, pause) <= arrival(travel, 0, 1, second, pause)
