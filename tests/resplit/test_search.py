"""The best split and the front, against trying every partition by other code."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.resplit.alternatives import nearest
from dispatch.resplit.criteria import candidates
from dispatch.resplit.estimate import staffed
from dispatch.resplit.groups import TooManyGroupsError, connected_groups
from dispatch.resplit.listing import every_split
from dispatch.resplit.search import Ceiling, best, ceiling_of, workload_front, workload_front_of_all
from tests.support.split_fixture import (
    CONSTANTS,
    allowed_partitions,
    criteria_for,
    random_graph,
    travel_by_hand,
    units_of,
)

LIMIT = 100_000


def _worked(units, criteria, groups):
    """Return travel and the least largest workload of a partition, trying every staffing."""
    travel = [travel_by_hand(units, group) for group in groups]
    work = [
        round(sum(units.services_s[u] for u in group)) + t
        for group, t in zip(groups, travel, strict=True)
    ]
    spare = criteria.technicians - criteria.technicians_least * criteria.centres
    workload = min(
        max(
            Fraction(w, criteria.technicians_least + extra)
            for w, extra in zip(work, more, strict=True)
        )
        for more in product(range(spare + 1), repeat=criteria.centres)
        if sum(more) == spare
    )
    return sum(travel), workload


def _all_worked(seed, criteria, seat=None):
    graph = random_graph(seed)
    units = units_of(graph, seed, seat)
    return units, [
        (*_worked(units, criteria, groups), groups)
        for groups in allowed_partitions(graph, units, criteria)
    ]


@pytest.mark.parametrize("seed", range(8))
def test_the_front_is_that_of_every_partition(seed):
    """Each point has the least travel for its workload; none is missed, none too many."""
    criteria = criteria_for()
    units, every = _all_worked(seed, criteria, seat=seed % 3)
    points = workload_front(candidates(units, criteria, CONSTANTS, LIMIT), criteria, effort=10)
    expected = sorted(
        {
            (travel, workload)
            for travel, workload, _ in every
            if not any(
                (t <= travel and w <= workload) and (t, w) != (travel, workload)
                for t, w, _ in every
            )
        }
    )
    assert [(point.travel_s, point.workload) for point in points] == expected
    assert all(point.proven for point in points)
    assert expected or not every
    centres = candidates(units, criteria, CONSTANTS, LIMIT)
    splits = every_split(units.near, units.collectivities.tolist(), 3, 2, 4, LIMIT)
    listed = workload_front_of_all(centres, criteria, splits)
    assert [(point.travel_s, point.workload) for point in listed] == expected


@pytest.mark.parametrize("seed", range(6))
def test_the_best_split_under_a_tolerance_is_that_of_every_partition(seed):
    """With a ceiling on the workload, and where there is none it is said so."""
    criteria = criteria_for(tolerance=0.15)
    units, every = _all_worked(seed, criteria)
    centres = candidates(units, criteria, CONSTANTS, LIMIT)
    free = best(centres, criteria, None, effort=10)
    if not every:
        assert free is None
        return
    assert free.cost == min(travel for travel, *_ in every)
    ceiling = ceiling_of(float(units.services_s.sum()), free.travel_s, criteria)
    fitting = [travel for travel, workload, _ in every if workload <= ceiling.workload]
    found = best(centres, criteria, ceiling, effort=10)
    assert (found.cost if found else None) == (min(fitting) if fitting else None)


@pytest.mark.parametrize("seed", range(4))
def test_every_split_is_listed_once(seed):
    """The list is that of trying every partition, seat and sizes included."""
    criteria = criteria_for()
    graph = random_graph(seed)
    units = units_of(graph, seed, seat=2)
    listed = every_split(units.near, units.collectivities.tolist(), 3, 2, 4, LIMIT)
    made = {
        frozenset(frozenset(np.flatnonzero(mask >> np.arange(9) & 1).tolist()) for mask in row)
        for row in listed
    }
    expected = {frozenset(groups) for groups in allowed_partitions(graph, units, criteria)}
    assert made == expected
    assert len(made) == len(listed)


def test_groups_are_the_connected_sets_and_more_than_the_limit_is_refused():
    """On a line of five, the stretches of up to three; on a circle one knows as well."""
    line = nx.path_graph(5)
    near = [sorted(line.neighbors(node)) for node in range(5)]
    assert sorted(connected_groups(near, 3, 100)) == sorted(
        sum(1 << unit for unit in range(start, start + length))
        for length in (1, 2, 3)
        for start in range(6 - length)
    )
    with pytest.raises(TooManyGroupsError, match="more than 11"):
        connected_groups(near, 3, 11)


@given(
    work=st.lists(st.integers(0, 100_000), min_size=2, max_size=4),
    spare=st.integers(0, 5),
)
@settings(max_examples=60, deadline=None)
def test_no_sharing_of_whole_technicians_has_a_smaller_largest_workload(work, spare):
    """One by one where workload is largest is as good as trying every sharing."""
    total = 2 * len(work) + spare
    counts = staffed(np.array([work]), total, 2)[0]
    assert counts.sum() == total
    assert counts.min() >= 2
    least = min(
        max(Fraction(w, 2 + extra) for w, extra in zip(work, more, strict=True))
        for more in product(range(spare + 1), repeat=len(work))
        if sum(more) == spare
    )
    assert max(Fraction(w, int(m)) for w, m in zip(work, counts, strict=True)) == least


@given(
    work=st.integers(1, 10**6),
    over=st.integers(1, 10**6),
    number=st.integers(1, 20),
    strict=st.booleans(),
)
def test_a_ceiling_needs_the_fewest_technicians_that_keep_it(work, over, number, strict):
    """One fewer would break it, in exact numbers."""
    ceiling = Ceiling(Fraction(over, number), strict=strict)
    needed = int(ceiling.needed(np.array([work]), 1)[0])

    def keeps(count):
        workload = Fraction(work, count)
        return workload < ceiling.workload if strict else workload <= ceiling.workload

    assert keeps(needed)
    assert needed == 1 or not keeps(needed - 1)


def test_alternatives_are_one_or_two_communes_away():
    """From a split of six on a line: only its middle border can move, by one or two."""
    units = units_of(nx.path_graph(6))
    criteria = criteria_for(centres=2, least=1, most=5, technicians=4)
    centres = candidates(units, criteria, CONSTANTS, LIMIT)
    found = nearest(units, centres, criteria, None, ((0b000111, -1), (0b111000, -1)))
    made = {frozenset(int(centres.masks[c]) for c in each.chosen) for each in found}
    expected = {0b000001, 0b000011, 0b001111, 0b011111}
    assert made == {frozenset((mask, 0b111111 ^ mask)) for mask in expected}
    assert [each.cost for each in found] == sorted(each.cost for each in found)
