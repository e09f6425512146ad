"""Every split there is: the units shared out to K connected groups, each split once.

Depth first. Take the unit that is not yet in a group and has the fewest such neighbours; a
split has exactly one group with it, so that every group with it is tried in turn: one grows
the group by its next neighbour, or forbids that neighbour to it. What is left must fall into
parts that can still be shared out to the centres that are left. For 28 communes in five
centres of 2 to 8 this lists 771,085 splits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dispatch.resplit.groups import adjacency
from dispatch.solve.timing.kernel import allocating

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# The list is begun again with more room where this was too little.
FIRST_ROOM, MORE = 1_000_000, 4


def every_split(
    near: Sequence[Sequence[int]],
    collectivities: Sequence[int],
    centres: int,
    least: int,
    most: int,
    limit: int,
) -> NDArray[np.int64]:
    """
    Return every split into connected groups, as masks, shape (splits, centres).

    Parameters
    ----------
    near
        Indices of the neighbours of each unit.
    collectivities
        How many collectivities each unit counts for towards the least.
    centres
        Number of groups.
    least
        Collectivities of a group, at least.
    most
        Units of a group, at most.
    limit
        Most splits that are returned; where there are more, the first of them and no others,
        so that ``len(result) > limit`` tells.

    Returns
    -------
    masks
        In a fixed order; the groups of a split in rising order of their masks. One row more
        than `limit` where there are more splits.
    """
    masks = np.array(adjacency(near), dtype=np.int64)
    counts = np.array(collectivities, dtype=np.int64)
    room = min(FIRST_ROOM, limit + 1)
    while True:
        out = np.zeros((room, centres), dtype=np.int64)
        found = _list(masks, counts, centres, least, most, out)
        if found <= room or room > limit:
            return np.sort(out[: min(found, room)], axis=1)
        room = min(MORE * room, limit + 1)


# Masks are 64-bit integers in here, which have no type of their own for mypy.
@allocating
def _bits(mask: Any) -> int:  # noqa: ANN401
    count = 0
    while mask:
        mask &= mask - 1
        count += 1
    return count


@allocating
def _lowest(mask: Any) -> int:  # noqa: ANN401
    """Return the index of the lowest bit that is set."""
    index = 0
    while not (mask >> index) & 1:
        index += 1
    return index


@allocating
def _shareable(
    left: Any,  # noqa: ANN401
    near: NDArray[np.int64],
    counts: NDArray[np.int64],
    k: int,
    least: int,
    most: int,
) -> bool:
    """Return whether the parts of what is left may fall into k groups, by their sizes."""
    fewest, largest = 0, 0
    while left:
        part = left & -left
        edge = part
        units, collectivities = 0, 0
        while edge:
            grown = 0
            while edge:
                unit = _lowest(edge)
                edge &= edge - 1
                units += 1
                collectivities += counts[unit]
                grown |= near[unit]
            edge = grown & left & ~part
            part |= edge
        if collectivities < least:
            return False
        fewest += (units + most - 1) // most
        largest += min(units, collectivities // least)
        left &= ~part
    return fewest <= k <= largest


@allocating
def _list(
    near: NDArray[np.int64],
    counts: NDArray[np.int64],
    centres: int,
    least: int,
    most: int,
    out: NDArray[np.int64],
) -> int:
    """Fill `out`; return how many splits there are, or one more than fit."""
    units = len(near)
    everything = (np.int64(1) << units) - 1
    found = 0
    if not _shareable(everything, near, counts, centres, least, most):
        return 0
    # One stack for all depths: a group in growth, the neighbours forbidden to it, its depth.
    depth_of = np.zeros(4 * units * centres + 4, dtype=np.int64)
    group_of = np.zeros(len(depth_of), dtype=np.int64)
    forbidden_of = np.zeros(len(depth_of), dtype=np.int64)
    around_of = np.zeros(len(depth_of), dtype=np.int64)
    chosen = np.zeros(centres, dtype=np.int64)
    left_at = np.zeros(centres + 1, dtype=np.int64)
    left_at[0] = everything
    top = 0
    start = _start(everything, near)
    depth_of[0], group_of[0], forbidden_of[0] = 0, np.int64(1) << start, 0
    around_of[0] = near[start]
    while top >= 0:
        depth, group, forbidden = depth_of[top], group_of[top], forbidden_of[top]
        around = around_of[top]
        top -= 1
        left = left_at[depth]
        open_ = around & left & ~group & ~forbidden
        if open_ and _bits(group) < most:
            bit = open_ & -open_
            # First without that neighbour (below on the stack), then with it.
            top += 1
            depth_of[top], group_of[top], forbidden_of[top] = depth, group, forbidden | bit
            around_of[top] = around
            top += 1
            depth_of[top], group_of[top], forbidden_of[top] = depth, group | bit, forbidden
            around_of[top] = around | near[_lowest(bit)]
            continue
        collectivities = 0
        rest = group
        while rest:
            collectivities += counts[_lowest(rest)]
            rest &= rest - 1
        if collectivities < least:
            continue
        remaining = left & ~group
        k = centres - depth - 1
        if k == 0:
            if remaining == 0:
                chosen[depth] = group
                if found < len(out):
                    out[found] = chosen
                found += 1
                if found > len(out):
                    return found
            continue
        if not _shareable(remaining, near, counts, k, least, most):
            continue
        chosen[depth] = group
        left_at[depth + 1] = remaining
        start = _start(remaining, near)
        top += 1
        depth_of[top], group_of[top] = depth + 1, np.int64(1) << start
        forbidden_of[top] = 0
        around_of[top] = near[start]
    return found


@allocating
def _start(left: Any, near: NDArray[np.int64]) -> int:  # noqa: ANN401
    """Return the unit of what is left with the fewest neighbours there: the fewest ways on."""
    best, fewest = -1, 1 << 30
    rest = left
    while rest:
        unit = _lowest(rest)
        rest &= rest - 1
        ways = _bits(near[unit] & left)
        if ways < fewest:
            best, fewest = unit, ways
    return best
