"""One visit more in rounds that stand: the cheapest place, and the cheapest way to make room."""

from __future__ import annotations

import random

import pytest

from dispatch.solve.heuristic.insertion import best_insertions, best_shift, checked_cost
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from tests.support.small_day import day
from tests.support.small_problems import small_problem


def drawn(seed):
    """Return arrays, rounds of two technicians that can be driven, and a visit on neither."""
    rng = random.Random(seed)
    a = arrays_of(small_problem(seed, 6, 2))
    order = rng.sample(range(a.visits), a.visits)
    rounds = [[], []]
    for visit in order[1:]:
        for m in rng.sample((0, 1), 2):
            if checked_cost(a, m, [*rounds[m], visit]) < NEVER:
                rounds[m].append(visit)
                break
    return a, rounds, order[0]


def inserted(sequence, visit, first):
    """Return a sequence with a visit at every place after the first few visits."""
    return [[*sequence[:k], visit, *sequence[k:]] for k in range(first, len(sequence) + 1)]


@pytest.mark.parametrize("seed", range(40))
def test_the_cheapest_place_on_each_round_is_that_of_trying_all(seed):
    """After the visits that stay where they are; cheapest round first."""
    a, rounds, visit = drawn(seed)
    fixed = [seed % 2 if sequence else 0 for sequence in rounds]
    expected = []
    for m, sequence in enumerate(rounds):
        cost, made = min((checked_cost(a, m, r), r) for r in inserted(sequence, visit, fixed[m]))
        if cost < NEVER:
            expected.append((cost - checked_cost(a, m, sequence), m))
    found = best_insertions(a, rounds, visit, fixed)
    assert [(places.added, places.technician) for places in found] == sorted(expected)
    for places in found:
        (m, made) = next(iter(places.rounds.items()))
        assert list(places.rounds) == [places.technician]
        assert made in inserted(rounds[m], visit, fixed[m])
        assert checked_cost(a, m, made) - checked_cost(a, m, rounds[m]) == places.added
    assert best_insertions(a, rounds, visit, fixed, [1]) == [p for p in found if p.technician == 1]


def shifts(a, rounds, visit, fixed, m):
    """Yield what each shift adds: the visit at its cheapest place once another one is out."""
    before = [checked_cost(a, k, sequence) for k, sequence in enumerate(rounds)]
    for moved in rounds[m][fixed[m] :]:
        rest = [v for v in rounds[m] if v != moved]
        tried = [(checked_cost(a, m, r), k) for k, r in enumerate(inserted(rest, visit, fixed[m]))]
        cost, place = min(tried)
        if cost == NEVER:
            continue
        mine = inserted(rest, visit, fixed[m])[place]
        for to, other in enumerate(rounds):
            target = mine if to == m else other
            made = min(checked_cost(a, to, r) for r in inserted(target, moved, fixed[to]))
            if made < NEVER:
                yield made - before[m] if to == m else cost - before[m] + made - before[to]


@pytest.mark.parametrize("seed", range(40))
def test_the_cheapest_shift_is_that_of_trying_every_one(seed):
    """Each visit that may make room, to each round; what is fixed stays."""
    a, rounds, visit = drawn(seed)
    fixed = [seed % 2 if sequence else 0 for sequence in rounds]
    for m in (0, 1):
        expected = min(shifts(a, rounds, visit, fixed, m), default=None)
        found = best_shift(a, rounds, visit, fixed, m)
        assert (None if found is None else found.added) == expected
        if found is not None:
            after = [found.rounds.get(k, sequence) for k, sequence in enumerate(rounds)]
            costs = [checked_cost(a, k, sequence) for k, sequence in enumerate(after)]
            before = [checked_cost(a, k, sequence) for k, sequence in enumerate(rounds)]
            assert sum(costs) - sum(before) == found.added
            assert found.technician == m
            assert visit in after[m]
            assert sorted(v for r in after for v in r) == sorted([visit, *rounds[0], *rounds[1]])
            for new, old, first in zip(after, rounds, fixed, strict=True):
                assert new[:first] == old[:first]


def test_there_are_shifts_and_places_in_these_days():
    """The tests above compare something."""
    places = shifted = 0
    for seed in range(40):
        a, rounds, visit = drawn(seed)
        places += len(best_insertions(a, rounds, visit, [0, 0]))
        shifted += any(best_shift(a, rounds, visit, [0, 0], m) is not None for m in (0, 1))
    assert places > 20
    assert shifted > 10


def test_a_round_that_breaks_a_rule_has_no_cost():
    """T2 lacks the skill for A; T1 carries 5, as much as A and B load together, and then 4."""
    a = arrays_of(day())
    assert checked_cost(a, 1, [0]) == NEVER
    assert checked_cost(a, 0, [0, 1]) == sum([100, 50, 210])
    assert checked_cost(arrays_of(day(t1={"capacity": 4})), 0, [0, 1]) == NEVER
    assert checked_cost(a, 0, []) == 0


@pytest.mark.slow
def test_a_visit_too_heavy_for_a_round_has_no_place_there():
    """A loads 3 and B 2; T1 carries 4: B goes to T2 alone."""
    a = arrays_of(day(t1={"capacity": 4}))
    (found,) = best_insertions(a, [[0], []], 1, [0, 0])
    assert (found.rounds, found.added, found.technician) == ({1: [1]}, 410, 1)
    both = best_insertions(arrays_of(day()), [[0], []], 1, [0, 0])
    assert [(p.technician, p.added) for p in both] == [(0, 150), (1, 410)]
