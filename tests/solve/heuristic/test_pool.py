"""The pool of rounds: one for each vehicle type and set of visits."""

from __future__ import annotations

import pytest

from dispatch.solve.heuristic.pool import Column, Pool


def test_of_one_set_the_pool_keeps_the_cheapest_order():
    """Two orders of the same visits are one round; another vehicle type makes another."""
    pool = Pool()
    assert pool.add(0, [1, 2], 50)
    assert pool.add(0, [2, 1], 40)
    assert not pool.add(0, [1, 2], 45)
    assert pool.add(1, [1, 2], 60)
    assert list(pool) == [Column(0, (2, 1), 40), Column(1, (1, 2), 60)]


def test_a_full_pool_forgets_its_oldest_round():
    """The limit holds."""
    pool = Pool(limit=2)
    for visit in range(4):
        pool.add(0, [visit], 10)
    assert [column.sequence for column in pool] == [(2,), (3,)]


@pytest.mark.slow
def test_an_empty_round_is_not_kept():
    """It costs nothing and serves nobody."""
    pool = Pool()
    assert not pool.add(0, [], 0)
    assert len(pool) == 0
