"""The best choice of rounds by a complete search, against trying all."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.solve.deadline import Deadline
from dispatch.solve.partition.candidates import CandidateRounds
from dispatch.solve.partition.tree_search import CHUNK, search_choices

ENOUGH = 10**9


def candidates_of(seed, visits, rounds, counts, longest=4):
    """Return random rounds, and random prices that bound every choice of them."""
    random = np.random.default_rng(seed)
    vehicle_type = np.sort(random.integers(len(counts), size=rounds))
    held = [
        tuple(map(int, random.choice(visits, random.integers(1, longest + 1), replace=False)))
        for _ in range(rounds)
    ]
    net_cost = np.array(
        [int(random.integers(-40, 10)) * len(each) for each in held], dtype=np.int64
    )
    unassigned = random.uniform(0, 30, visits)
    surplus = net_cost + np.array([unassigned[list(each)].sum() for each in held])
    idle = np.array(
        [max(0.0, -surplus[vehicle_type == k].min(initial=0.0)) for k in range(len(counts))]
    )
    surplus = surplus + idle[vehicle_type]
    base = -unassigned.sum() - (idle * counts).sum()
    return CandidateRounds(vehicle_type, held, net_cost, surplus, idle, unassigned, float(base))


def best_net_cost(candidates, counts):
    """Return the least net_cost of a choice, by trying all."""
    least = 0
    seats = [k for k, count in enumerate(counts) for _ in range(count)]
    options = [[None, *np.flatnonzero(candidates.vehicle_type == k).tolist()] for k in seats]
    for numbers in product(*options):
        taken = [number for number in numbers if number is not None]
        visits = [visit for number in taken for visit in candidates.visits[number]]
        if len(set(visits)) == len(visits):
            least = min(least, int(candidates.net_cost[taken].sum()))
    return least


def is_a_choice(candidates, counts, numbers):
    """Return whether no visit is on two rounds and each type has technicians for its rounds."""
    visits = [visit for number in numbers for visit in candidates.visits[number]]
    used = np.bincount(candidates.vehicle_type[numbers], minlength=len(counts))
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
    candidates = candidates_of(seed, visits, rounds, counts)
    best = best_net_cost(candidates, counts)
    found = search_choices(candidates, np.array(counts), 0, ENOUGH)
    assert found.complete
    if best == 0:
        assert found.chosen is None
    else:
        assert found.chosen is not None
        assert int(candidates.net_cost[found.chosen].sum()) == best
        assert is_a_choice(candidates, counts, found.chosen)
    assert search_choices(candidates, np.array(counts), best, ENOUGH) == (None, True)


@pytest.mark.parametrize("seed", range(30))
def test_beyond_the_sixty_fourth_visit_it_is_the_same(seed):
    """Visits of two words: rounds clash by any of them."""
    few = candidates_of(seed, 6, 12, (1, 2))
    far = np.array([0, 3, 63, 64, 100, 129])
    unassigned = np.zeros(130)
    unassigned[far] = few.unassigned
    moved = few._replace(
        visits=[tuple(far[list(each)].tolist()) for each in few.visits], unassigned=unassigned
    )
    counts = np.array([1, 2])
    assert search_choices(moved, counts, 0, ENOUGH) == search_choices(few, counts, 0, ENOUGH)


def test_two_rounds_that_share_no_visit_beat_the_best_one():
    """By hand: -9 and -8 go together, -12 clashes with both."""
    candidates = CandidateRounds(
        vehicle_type=np.array([0, 0, 1]),
        visits=[(0,), (0, 1), (1,)],
        net_cost=np.array([-9, -12, -8]),
        surplus=np.array([0.0, 5.0, 0.0]),
        idle=np.array([0.0, 0.0]),
        unassigned=np.array([9.0, 8.0]),
        base=-17.0,
    )
    assert search_choices(candidates, np.array([1, 1]), 0, ENOUGH) == ([0, 2], True)
    assert search_choices(candidates, np.array([1, 0]), 0, ENOUGH) == ([1], True)
    assert search_choices(candidates, np.array([1, 1]), -17, ENOUGH) == (None, True)


@pytest.mark.parametrize("steps", [0, 10, 100, 1_000])
def test_little_work_gives_a_choice_or_none_and_never_says_too_much(steps):
    """What is found then can be driven; it is called the best only where it is."""
    for seed in range(40):
        counts = (1, 1, 2)
        candidates = candidates_of(seed, 12, 40, counts)
        whole = search_choices(candidates, np.array(counts), 0, ENOUGH)
        part = search_choices(candidates, np.array(counts), 0, steps)
        assert whole.chosen is not None
        if part.chosen is not None:
            assert is_a_choice(candidates, counts, part.chosen)
        if part.complete:
            assert part.chosen is not None
            assert candidates.net_cost[part.chosen].sum() == candidates.net_cost[whole.chosen].sum()


def crowded():
    """Return rounds that take many times longer than a chunk to try out."""
    return candidates_of(5, 60, 6_000, (1,) * 9, longest=3), np.ones(9, dtype=np.int64)


def test_a_deadline_ends_it_and_on_wait_is_called_meanwhile():
    """Between two chunks; what was found until then is returned."""
    candidates, counts = crowded()
    calls = []
    found = search_choices(
        candidates, counts, 0, 10**12, deadline=Deadline(0.0), on_wait=lambda: calls.append(1)
    )
    assert found.chosen is not None
    assert not found.complete
    assert calls


@pytest.mark.slow
def test_what_is_raised_meanwhile_ends_it():
    """Ctrl-C, for one."""
    candidates, counts = crowded()

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search_choices(candidates, counts, 0, 100 * CHUNK, on_wait=interrupt)
