"""Working time told from parts: as long as timing the whole round says, wherever it is joined."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.solve.heuristic.anneal import Annealing
from dispatch.solve.heuristic.cheapest_insertion import insertion_cost
from dispatch.solve.heuristic.pool import Pool
from dispatch.solve.heuristic.state import State, detour, state_of
from dispatch.solve.timing.arrays import NEVER, Arrays
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.round_times import departure_and_return, round_cost
from dispatch.solve.timing.working import in_parts, joined
from tests.support.small_problems import small_problem

if TYPE_CHECKING:
    from dispatch.solve.heuristic.search_arrays import Search


def limited_day(seed: int, visits: int, technicians: int) -> Arrays:
    """Return a day on which nobody has a break or two windows, and all have limited hours."""
    problem = small_problem(seed, visits, technicians)
    return arrays_of(
        replace(
            problem,
            technicians=tuple(
                t.model_copy(update={"break_": None, "max_working_s": 60 + (seed + 37 * k) % 240})
                for k, t in enumerate(problem.technicians)
            ),
            visits=tuple(
                v.model_copy(update={"windows_s": v.windows_s[:1]}) for v in problem.visits
            ),
        )
    )


def searched(a: Arrays, seed: int) -> Search:
    """Return a search after some iterations, from nothing."""
    annealing = Annealing(a, [[] for _ in range(a.technicians)], seed)
    annealing.advance(0, 40, 40, Pool())
    return annealing.search


def least_working_time(a: Arrays, m: int, sequence: np.ndarray) -> int:
    """Return the working time of a round timed as a whole; NEVER where its windows close."""
    free = a._replace(max_working=np.full_like(a.max_working, NEVER))
    departure, back = departure_and_return(free, m, sequence, len(sequence))
    return NEVER if back == NEVER else back - departure


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**9), visits=st.integers(1, 12), search_seed=st.integers(0, 2**31 - 1))
def test_joined_anywhere_the_parts_take_as_long_as_the_round(seed, visits, search_seed):
    """At each leg of each round, with the tables kept step by step."""
    a = limited_day(seed, visits, technicians=2)
    x = searched(a, search_seed)
    for s in (x.trial, x.current):
        for m in range(a.technicians):
            if not in_parts(a, m) or s.size[m] == 0:
                continue
            whole = least_working_time(a, m, s.node[m, 1 : s.size[m] + 1].copy())
            for p in range(s.size[m] + 1):
                origin, following = s.node[m, p], s.node[m, p + 1]
                parts = s.spent[m, p], s.late[m, p], s.rest[m, p + 1], s.soon[m, p + 1]
                assert joined(a, origin, following, *parts) == whole <= a.max_working[m]


def cost_by_parts(a: Arrays, s: State, m: int, p: int, visit: int) -> int:
    """Return what the search takes a visit to add after a node, or NEVER."""
    return insertion_cost(a, s, m, p, visit, detour(a, s, m, p, visit), s.cost[m], 0)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**9), visits=st.integers(1, 10), search_seed=st.integers(0, 2**31 - 1))
def test_a_visit_fits_exactly_where_the_round_with_it_can_be_driven(seed, visits, search_seed):
    """At every place of every round, at the very cost that timing the whole round gives."""
    a = limited_day(seed, visits, technicians=2)
    s = searched(a, search_seed).current
    for m in range(a.technicians):
        sequence = s.node[m, 1 : s.size[m] + 1]
        for visit in np.flatnonzero(s.where < 0):
            for p in range(s.size[m] + 1):
                longer = np.insert(sequence, p, visit)
                cost = round_cost(a, m, longer, len(longer))
                expected = cost if cost == NEVER else cost - s.cost[m]
                assert cost_by_parts(a, s, m, p, int(visit)) == expected


@pytest.mark.slow
@pytest.mark.parametrize(("limit", "fits"), [(260, True), (259, False)])
def test_a_wait_between_two_visits_counts_as_work(limit, fits):
    """Windows that end 50 and begin 250: what cannot be shifted together is waited."""
    problem = small_problem(1, 2, 1)
    a = arrays_of(problem)._replace(
        travel=np.full((1, 4, 4), 10, dtype=np.int64),
        duration=np.array([40, 40], dtype=np.int64),
        window_first=np.arange(3, dtype=np.int64),
        window_low=np.array([10, 250], dtype=np.int64),
        window_high=np.array([50, 400], dtype=np.int64),
        start=np.array([2], dtype=np.int64),
        end=np.array([3], dtype=np.int64),
        shift_start=np.zeros(1, dtype=np.int64),
        shift_end=np.array([500], dtype=np.int64),
        latest_return=np.array([500], dtype=np.int64),
        has_break=np.zeros(1, dtype=np.bool_),
        max_working=np.array([limit], dtype=np.int64),
        overtime_weight=np.zeros(1, dtype=np.int64),
    )
    # Leaving at 40, at work from 50 to 90, waiting until 250, back at 300: 260..
    s = state_of(a, [[0, 1]])
    assert (s.size[0] == 2) == fits
