"""Spans of departures: they follow on each other, and none of one takes less than its least."""

from __future__ import annotations

import numpy as np
import pytest

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import arrive
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.spans import least_travel, least_with_break, span_begin, span_end
from tests.solve.timing.test_clock import PEAK, day_of
from tests.support.slot_problems import Trying, small_slotted

UNTIL = 420


@pytest.mark.parametrize("seed", range(40))
def test_a_span_is_the_same_from_wherever_it_is_looked_at(seed):
    """Begin and end agree, and the next span begins where the last one ended."""
    a = arrays_of(small_slotted(seed, 2, 1, slots=2 + seed % 4))
    for i, j in ((0, 1), (1, 0), (a.start[0], 0)):
        for leave in range(UNTIL):
            begin, end = span_begin(a, i, j, leave), span_end(a, i, j, leave)
            assert begin <= leave <= end
            assert span_end(a, i, j, max(begin, 0)) == end
            if end < UNTIL:
                assert span_begin(a, i, j, end) == begin
                assert span_begin(a, i, j, end + 1) == end + 1


@pytest.mark.parametrize("seed", range(40))
def test_no_departure_of_a_span_takes_less_than_its_least(seed):
    """Whatever part of the span is asked for, every second of it is tried."""
    a = arrays_of(small_slotted(seed, 2, 1, slots=2 + seed % 4))
    for i, j in ((0, 1), (a.start[0], 0)):
        takes = np.array([arrive(a, i, j, t) - t for t in range(2 * UNTIL)])
        for first in range(0, UNTIL, 3):
            last = min(span_end(a, i, j, first), UNTIL)
            for until in {first, last, (first + last) // 2}:
                assert least_travel(a, i, j, first, until) <= takes[first : until + 1].min()
            assert least_travel(a, i, j, first, span_end(a, i, j, first)) <= takes[first]


@pytest.mark.parametrize("seed", range(20))
def test_no_moment_for_the_break_takes_less_than_the_least(seed):
    """Every departure of the span and every moment is tried with the reference."""
    problem = small_slotted(seed, 2, 1, slots=2 + seed % 4)
    a, tried = arrays_of(problem), Trying(problem, 0)
    origin, destination = problem.technicians[0].start, problem.visits[0].place
    for first in range(0, UNTIL, 7):
        last = min(span_end(a, a.start[0], 0, first), UNTIL)
        ways = [w for t in range(first, last + 1) for _, w in tried.rest(origin, destination, t)]
        if ways:
            assert least_with_break(a, 0, a.start[0], 0, first, last) <= min(ways)


def test_the_spans_of_a_peak_are_those_worked_by_hand():
    """600 s before 1000, 900 s until 2000, 300 s after: cut at 400, 1000, 1100 and in quarters."""
    a = arrays_of(day_of(PEAK, (0, 1000, 2000)))
    c, ends, leave = a.start[0], [], 0
    while leave < NEVER:
        ends.append(span_end(a, c, 0, leave))
        leave = ends[-1] + 1
    assert ends == [400, 999, 1100, 1324, 1549, 1774, 1999, NEVER]
    # It falls from 900 to 300 while leaving after 1100: at 1324, 676 s by 2000 and 75 more.
    assert least_travel(a, c, 0, 1101, 1324) == 676 + 75
    # On the way into the peak the first moment is the least.
    assert least_travel(a, c, 0, 401, 999) == 599 + 2


@pytest.mark.slow
def test_with_one_slot_there_is_one_span():
    """It has no ends."""
    a = arrays_of(day_of(PEAK[:1], (0,)))
    assert span_begin(a, a.start[0], 0, 77) == -NEVER
    assert span_end(a, a.start[0], 0, 77) == NEVER
    assert least_travel(a, a.start[0], 0, 0, NEVER) == 600
