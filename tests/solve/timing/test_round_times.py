"""Times of a sequence: clocks with and without the break, several windows, working time."""

from __future__ import annotations

import random

import numpy as np
import pytest

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import start_from, start_until
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.round_times import (
    departure_and_return,
    earliest_return,
    latest_departure,
    round_cost,
)
from tests.support.small_problems import best_return, small_problem


def order(*visits: int) -> np.ndarray:
    """Return a sequence as the kernels take it."""
    return np.array(visits, dtype=np.int64)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(300))
def test_the_return_is_the_earliest_of_all_departures_and_break_legs(seed):
    """Trying every departure and every leg for the break finds no earlier return."""
    rng = random.Random(seed)
    problem = small_problem(seed, visits=rng.randint(1, 4), technicians=1)
    a = arrays_of(problem)
    sequence = rng.sample(range(a.visits), rng.randint(1, a.visits))
    back = departure_and_return(a, 0, order(*sequence), len(sequence))[1]
    assert (None if back == NEVER else back) == best_return(problem, 0, tuple(sequence))


@pytest.mark.parametrize("seed", range(100))
def test_leaving_after_the_latest_departure_returns_later(seed):
    """The latest departure keeps the return, and one second more does not."""
    rng = random.Random(seed)
    problem = small_problem(seed, visits=rng.randint(1, 4), technicians=1)
    a = arrays_of(problem)
    sequence = order(*rng.sample(range(a.visits), rng.randint(1, a.visits)))
    back = earliest_return(a, 0, sequence, len(sequence), a.shift_start[0])
    if back < NEVER:
        leave = latest_departure(a, 0, sequence, len(sequence), back)
        assert earliest_return(a, 0, sequence, len(sequence), leave) == back
        assert earliest_return(a, 0, sequence, len(sequence), leave + 1) > back


@pytest.mark.parametrize("seed", range(60))
def test_leaving_later_never_returns_earlier(seed):
    """The return rises with the departure: first in, first out."""
    problem = small_problem(seed, visits=3, technicians=1)
    a = arrays_of(problem)
    returns = [earliest_return(a, 0, order(0, 1, 2), 3, leave) for leave in range(0, 300, 7)]
    assert returns == sorted(returns)


def test_a_service_starts_within_the_first_window_still_open():
    """Between two windows one waits for the second; after the last there is no start."""
    problem = next(
        p
        for p in (small_problem(seed, 1, 1) for seed in range(100))
        if len(p.visits[0].windows_s) == 2
    )
    first, second = problem.visits[0].windows_s
    a = arrays_of(problem)
    assert start_from(a, 0, 0) == first.start_s
    assert start_from(a, 0, first.end_s) == first.end_s
    assert start_from(a, 0, first.end_s + 1) == second.start_s
    assert start_from(a, 0, second.end_s + 1) == NEVER
    assert start_until(a, 0, second.start_s - 1) == first.end_s
    assert start_until(a, 0, first.start_s - 1) == -NEVER


@pytest.mark.slow
def test_an_empty_round_costs_nothing():
    """Nobody drives from start to end for no visit."""
    a = arrays_of(small_problem(0, visits=2, technicians=1))
    assert round_cost(a, 0, order(), 0) == 0
