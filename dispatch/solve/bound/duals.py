"""Duals: the prices that the master problem puts on visits, cuts and vehicle types."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.bound.cuts import Cuts

    Ints = NDArray[np.int64]

Route = tuple[int, ...]
# Duals and reduced costs are integers: seconds times this.
SCALE = 1000


class Duals(NamedTuple):
    """
    Duals as scaled integers.

    Parameters
    ----------
    visit
        Of each visit (n,), at most its unassigned cost.
    cut
        Of each cut, at least 0: what a round pays for it.
    vehicle_type
        Of one more technician of each vehicle type, at least 0.
    """

    visit: Ints
    cut: Ints
    vehicle_type: Ints

    def smoothed(self, best: Duals | None, share: float) -> Duals:
        """Return duals part of the way from these back to the best known (Wentges 1997)."""
        if best is None or share <= 0.0:
            return self
        mixed = [
            np.rint(share * old + (1 - share) * new).astype(np.int64)
            for old, new in zip(best, self, strict=True)
        ]
        return Duals(*mixed)


class DualBound(NamedTuple):
    """
    A bound, and the duals that prove it.

    Parameters
    ----------
    duals, cuts
        Duals, and the cuts they are for.
    value
        The bound (scaled seconds), `L` in (1) of docs/bound.md.
    least
        What a technician of each vehicle type adds to it (scaled seconds), the last term of (1).
    """

    duals: Duals
    cuts: Cuts
    value: int
    least: list[int]
