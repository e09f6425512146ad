"""ng-routes: what a round remembers, and how memories grow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dispatch.solve.bound.bits import WORD
from dispatch.solve.bound.ng import is_elementary, is_ng_route, neighbourhoods, widen
from dispatch.solve.timing.encode import arrays_of
from tests.support.small_problems import small_problem

if TYPE_CHECKING:
    from collections.abc import Iterable


def memories(*sets: Iterable[int], n: int = 4, words: int = 1) -> np.ndarray:
    """Return neighbourhoods as bits: the visits that a round still remembers at each visit."""
    near = np.zeros((n, words), dtype=np.int64)
    for visit in range(n):
        for other in {visit, *(sets[visit] if visit < len(sets) else ())}:
            near[visit, other // WORD] |= np.int64(1 << (other % WORD))
    return near


def test_a_route_may_return_to_a_visit_once_it_passed_one_that_does_not_remember_it():
    """0, 1, 0 where 1 forgets 0, and not where it remembers it; 0, 0 never."""
    assert is_ng_route(memories(), (0, 1, 0))
    assert not is_ng_route(memories((), (0,)), (0, 1, 0))
    assert not is_ng_route(memories(), (0, 0))


def test_a_memory_is_lost_at_the_first_visit_that_forgets():
    """1 remembers 0, 2 does not: back to 0 by 1 and 2, or by 2 and 1, since it is gone by then."""
    near = memories((), (0,))
    assert is_ng_route(near, (0, 1, 2, 0))
    assert is_ng_route(near, (0, 2, 1, 0))


def test_a_route_without_repetition_is_an_ng_route_whatever_is_remembered():
    """All remember all."""
    near = memories(*[range(4)] * 4)
    assert is_elementary((2, 0, 1))
    assert not is_elementary((2, 0, 2))
    assert is_ng_route(near, (2, 0, 1))


def test_visits_beyond_the_first_word_are_remembered_as_well():
    """Visit 62 is the first of the second word."""
    near = memories(n=64, words=2)
    assert is_ng_route(near, (62, 1, 62))
    near[1, 1] |= np.int64(1)
    assert not is_ng_route(near, (62, 1, 62))


def test_widened_memories_forbid_the_cycle_they_were_widened_for():
    """Every visit on the cycle remembers its visit; others do not, and once is enough."""
    near = memories()
    assert widen(near, [(3, 0, 1, 2, 0)], 4)
    assert not is_ng_route(near, (3, 0, 1, 2, 0))
    assert near[:, 0].tolist() == [1, 3, 5, 8]
    assert not widen(near, [(3, 0, 1, 2, 0)], 4)


def test_a_memory_grows_up_to_its_largest_size():
    """Visit 1 remembers itself and 2: of at most one visit it takes no more, of two one more."""
    near = memories((), (2,))
    assert not widen(near, [(0, 1, 0)], 1)
    assert widen(near, [(0, 1, 0)], 2)
    assert near[1, 0] == 0b111


@pytest.mark.slow
def test_a_neighbourhood_holds_the_visit_and_its_nearest():
    """Two nearest of five, by the way there and back."""
    a = arrays_of(small_problem(4, 5, 1))
    away = a.travel.min(axis=0)[:5, :5]
    for visit, bits in enumerate(neighbourhoods(a, 2)[:, 0].tolist()):
        held = [other for other in range(5) if bits >> other & 1]
        assert visit in held
        assert len(held) >= 3
        left = [other for other in range(5) if other not in held]
        there = (away + away.T)[visit]
        nearest = np.sort(np.delete(there, visit))[:2]
        assert all(there[other] >= nearest.max() for other in left)
