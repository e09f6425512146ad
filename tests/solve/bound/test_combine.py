"""The best choice of rounds, by trying all that can be better, against trying all."""

from __future__ import annotations

import time
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.solve.bound.combine import CHUNK, Offers, combine

ENOUGH = 10**9


def offers_of(seed, visits, rounds, counts, longest=4):
    """Return random rounds, and random prices that bound every choice of them."""
    chance = np.random.default_rng(seed)
    kind = np.sort(chance.integers(len(counts), size=rounds))
    held = [
        tuple(map(int, chance.choice(visits, chance.integers(1, longest + 1), replace=False)))
        for _ in range(rounds)
    ]
    worth = np.array([int(chance.integers(-40, 10)) * len(each) for each in held], dtype=np.int64)
    left = chance.uniform(0, 30, visits)
    surplus = worth + np.array([left[list(each)].sum() for each in held])
    idle = np.array([max(0.0, -surplus[kind == k].min(initial=0.0)) for k in range(len(counts))])
    surplus = surplus + idle[kind]
    base = -left.sum() - (idle * counts).sum()
    return Offers(kind, held, worth, surplus, idle, left, float(base))


def best_worth(offers, counts):
    """Return the least worth of a choice, by trying all."""
    least = 0
    seats = [k for k, count in enumerate(counts) for _ in range(count)]
    options = [[None, *np.flatnonzero(offers.kind == k).tolist()] for k in seats]
    for numbers in product(*options):
        taken = [number for number in numbers if number is not None]
        visits = [visit for number in taken for visit in offers.visits[number]]
        if len(set(visits)) == len(visits):
            least = min(least, int(offers.worth[taken].sum()))
    return least


def is_a_choice(offers, counts, numbers):
    """Return whether no visit is on two rounds and no kind has more rounds than technicians."""
    visits = [visit for number in numbers for visit in offers.visits[number]]
    used = np.bincount(offers.kind[numbers], minlength=len(counts))
    return len(set(visits)) == len(visits) and (used <= counts).all()


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**9),
    visits=st.integers(4, 9),
    rounds=st.integers(0, 14),
    counts=st.sampled_from([(1,), (1, 1), (2,), (1, 2), (3,), (1, 1, 1)]),
)
def test_the_choice_is_the_best_there_is(seed, visits, rounds, counts):
    """Against trying every choice; nothing better is settled too."""
    offers = offers_of(seed, visits, rounds, counts)
    best = best_worth(offers, counts)
    found = combine(offers, np.array(counts), 0, ENOUGH)
    assert found.settled
    if best == 0:
        assert found.chosen is None
    else:
        assert found.chosen is not None
        assert int(offers.worth[found.chosen].sum()) == best
        assert is_a_choice(offers, counts, found.chosen)
    assert combine(offers, np.array(counts), best, ENOUGH) == (None, True)


@pytest.mark.parametrize("seed", range(30))
def test_beyond_the_sixty_fourth_visit_it_is_the_same(seed):
    """Visits of two words: rounds clash by any of them."""
    few = offers_of(seed, 6, 12, (1, 2))
    far = np.array([0, 3, 63, 64, 100, 129])
    left = np.zeros(130)
    left[far] = few.left
    moved = few._replace(visits=[tuple(far[list(each)].tolist()) for each in few.visits], left=left)
    counts = np.array([1, 2])
    assert combine(moved, counts, 0, ENOUGH) == combine(few, counts, 0, ENOUGH)


def test_two_rounds_that_share_no_visit_beat_the_best_one():
    """By hand: -9 and -8 go together, -12 clashes with both."""
    offers = Offers(
        kind=np.array([0, 0, 1]),
        visits=[(0,), (0, 1), (1,)],
        worth=np.array([-9, -12, -8]),
        surplus=np.array([0.0, 5.0, 0.0]),
        idle=np.array([0.0, 0.0]),
        left=np.array([9.0, 8.0]),
        base=-17.0,
    )
    assert combine(offers, np.array([1, 1]), 0, ENOUGH) == ([0, 2], True)
    assert combine(offers, np.array([1, 0]), 0, ENOUGH) == ([1], True)
    assert combine(offers, np.array([1, 1]), -17, ENOUGH) == (None, True)


@pytest.mark.parametrize("looks", [0, 10, 100, 1_000])
def test_little_work_gives_a_choice_or_none_and_never_says_too_much(looks):
    """What is found then can be driven; it is called the best only where it is."""
    for seed in range(40):
        counts = (1, 1, 2)
        offers = offers_of(seed, 12, 40, counts)
        whole = combine(offers, np.array(counts), 0, ENOUGH)
        part = combine(offers, np.array(counts), 0, looks)
        assert whole.chosen is not None
        if part.chosen is not None:
            assert is_a_choice(offers, counts, part.chosen)
        if part.settled:
            assert part.chosen is not None
            assert offers.worth[part.chosen].sum() == offers.worth[whole.chosen].sum()


def crowded():
    """Return rounds that take many times longer than a chunk to try out."""
    return offers_of(5, 60, 6_000, (1,) * 9, longest=3), np.ones(9, dtype=np.int64)


def test_a_deadline_ends_it_and_news_are_told_meanwhile():
    """Between two chunks; what was found until then is returned."""
    offers, counts = crowded()
    told = []
    found = combine(
        offers, counts, 0, 10**12, deadline=time.monotonic(), on_wait=lambda: told.append(1)
    )
    assert found.chosen is not None
    assert not found.settled
    assert told


def test_what_is_raised_meanwhile_ends_it():
    """Ctrl-C, for one."""
    offers, counts = crowded()

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        combine(offers, counts, 0, 100 * CHUNK, on_wait=interrupt)
