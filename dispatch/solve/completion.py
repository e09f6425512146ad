"""Rounds that begin with a fixed prefix and can be driven: it alone, or with visits after it.

A round can do what its beginning cannot. Where travel breaks the triangle inequality, if only by
the rounding of seconds, the way home from a visit may be longer than by the next one; a break may
find its place only later. So a prefix is impossible only if nothing makes a round of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.round_times import round_cost
from dispatch.solve.timing.steps import step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dispatch.solve.timing.arrays import Arrays

# Beginnings of rounds that are tried for one prefix. Those of seven visits are fewer.
MOST_TRIED = 20_000

Clocks = tuple[int, int]
"""The earliest times of leaving a visit: with the break to come, and taken."""


def can_be_driven(a: Arrays, m: int, sequence: Sequence[int]) -> bool:
    """Return whether a technician can drive a sequence of visits."""
    order = np.array(sequence, dtype=np.int64)
    return int(round_cost(a, m, order, len(order))) < NEVER


def clocks_at_start(a: Arrays, m: int) -> Clocks:
    """Return the clocks before the first visit."""
    return int(a.shift_start[m]), NEVER


def clocks_at(a: Arrays, m: int, node: int, visit: int, clocks: Clocks) -> Clocks:
    """Return the clocks after one visit more: `node` is where the last ones were read."""
    before, after = step(a, m, node, visit, *clocks)
    return int(before), int(after)


def clocks_after(a: Arrays, m: int, visits: Sequence[int]) -> Clocks:
    """Return the earliest times of leaving the last of some visits in a row."""
    clocks, node = clocks_at_start(a, m), int(a.start[m])
    for visit in visits:
        clocks, node = clocks_at(a, m, node, visit, clocks), visit
    return clocks


def completions(
    a: Arrays, m: int, prefix: Sequence[int], free: Sequence[int]
) -> Iterator[list[int]]:
    """
    Yield rounds that begin with a prefix and can be driven, those with the fewest visits first.

    Parameters
    ----------
    a
        The problem's arrays.
    m, prefix
        Index of the technician, and of the visits that the round begins with.
    free
        Indices of the visits that may follow; none: the prefix is the whole round.
    """
    able = [visit for visit in free if a.allowed[m, visit]]
    load = int(a.load[list(prefix)].sum())
    level = [(list(prefix), clocks_after(a, m, prefix), load)]
    tried = 0
    while level:
        following: list[tuple[list[int], Clocks, int]] = []
        for sequence, clocks, carried in level:
            if clocks == (NEVER, NEVER) or carried > a.capacity[m]:
                continue
            if can_be_driven(a, m, sequence):
                yield sequence
            for visit in able:
                if visit not in sequence and tried < MOST_TRIED:
                    tried += 1
                    node = sequence[-1] if sequence else int(a.start[m])
                    then = clocks_at(a, m, node, visit, clocks)
                    following.append(([*sequence, visit], then, carried + int(a.load[visit])))
        level = following
