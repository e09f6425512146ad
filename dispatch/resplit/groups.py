"""Every connected group of communes that one centre could have, as bit masks.

A group grows from its first unit by one neighbour at a time. Its first unit is its smallest one,
and masks that were found before are skipped, so that each group is found once. 28 communes have
some 63,000 groups of 2 to 8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.errors import DispatchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# A mask is a 64-bit integer whose sign bit is 0.
MASK_UNITS = 63


class TooManyGroupsError(DispatchError):
    """There are more groups than may be listed; the compact model is used."""


def adjacency(near: Sequence[Sequence[int]]) -> list[int]:
    """Return the neighbours of each unit as a mask."""
    return [sum(1 << other for other in others) for others in near]


def connected_groups(
    near: Sequence[Sequence[int]], most: int, limit: int, within: int | None = None
) -> list[int]:
    """
    Return every connected group of 1 to `most` units, as masks, in a fixed order.

    Parameters
    ----------
    near
        Indices of the neighbours of each unit.
    most
        Most units of a group.
    limit
        The largest number of groups that may be listed.
    within
        Mask of the units that may be used; None: all.

    Raises
    ------
    TooManyGroupsError
        When there are more than `limit`, or more units than a mask holds.
    """
    size = len(near)
    if size > MASK_UNITS:
        msg = f"{size} communes are more than the {MASK_UNITS} whose groups can be listed"
        raise TooManyGroupsError(msg)
    masks = adjacency(near)
    usable = (1 << size) - 1 if within is None else within
    found: list[int] = []
    for first in range(size):
        if not usable >> first & 1:
            continue
        allowed = usable & ~((1 << first) - 1)
        # Each group of the last size, with the neighbours by which it may grow.
        level = {1 << first: masks[first] & allowed & ~(1 << first)}
        for number in range(1, most + 1):
            found += level
            if len(found) > limit:
                msg = f"there are more than {limit} connected groups of 1 to {most} communes"
                raise TooManyGroupsError(msg)
            if number == most:
                break
            grown: dict[int, int] = {}
            for group, around in level.items():
                left = around
                while left:
                    bit = left & -left
                    left ^= bit
                    larger = group | bit
                    if larger not in grown:
                        unit = bit.bit_length() - 1
                        grown[larger] = (around | (masks[unit] & allowed)) & ~larger
            level = grown
    return found


def membership(masks: NDArray[np.int64], units: int) -> NDArray[np.bool_]:
    """Return which units are in each group, shape (groups, units)."""
    found: NDArray[np.bool_] = (masks[:, None] >> np.arange(units)[None, :]) & 1 == 1
    return found
