"""Every split: the units divided into K connected groups, each split once.

The search is depth first. It takes the unassigned unit with the fewest unassigned neighbours. Each
split has exactly one group with that unit, so that every group with it is tried in turn: the group
grows by its next neighbour, or that neighbour is forbidden to it. A branch is cut when the
unassigned units fall into parts that cannot be divided among the remaining centres. For 28 communes
in five centres of 2 to 8 the list has 771,907 splits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dispatch.resplit.groups import adjacency
from dispatch.solve.timing.kernel import allocating

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Rows of the first list. When there are more splits, the list is made again, so many times longer.
FIRST_ROWS, MORE = 1_000_000, 4


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
        Number of collectivities of each unit, which count towards the least.
    centres
        Number of groups.
    least
        Least number of collectivities of a group.
    most
        Most units of a group.
    limit
        Most splits that are wanted. When there are more, the first `limit` + 1 are returned, so
        that ``len(result) > limit`` shows it.

    Returns
    -------
    masks
        In a fixed order; the groups of a split in rising order of their masks.
    """
    masks = np.array(adjacency(near), dtype=np.int64)
    counts = np.array(collectivities, dtype=np.int64)
    rows = min(FIRST_ROWS, limit + 1)
    while True:
        out = np.zeros((rows, centres), dtype=np.int64)
        found = _list(masks, counts, centres, least, most, out)
        if found <= rows or rows > limit:
            return np.sort(out[: min(found, rows)], axis=1)
        rows = min(MORE * rows, limit + 1)


# Masks are 64-bit integers in these kernels; mypy has no type for them.
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
    """Return whether, by their sizes, the parts of the units left may make k groups."""
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
    """Fill `out`; return the number of splits, or one more than `out` has rows."""
    units = len(near)
    everything = (np.int64(1) << units) - 1
    found = 0
    if not _shareable(everything, near, counts, centres, least, most):
        return 0
    # One stack for all depths; an entry is a growing group with its forbidden neighbours and depth.
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
            # Two branches: without that neighbour (lower on the stack) and with it.
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
    """Return the unit of the units left that has the fewest neighbours among them."""
    best, fewest = -1, 1 << 30
    rest = left
    while rest:
        unit = _lowest(rest)
        rest &= rest - 1
        ways = _bits(near[unit] & left)
        if ways < fewest:
            best, fewest = unit, ways
    return best
