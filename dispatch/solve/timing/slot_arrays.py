"""The arrays of a problem with several slots, as the functions called by address see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


class Slots(NamedTuple):
    """
    The arrays of a pack, named and shaped as in `Arrays`; `has_break` is 0 or 1.

    `free_until` (m, n) and `lateness` (1,) are the columns of `Arrays.soft` for late starts: until
    when a start costs nothing, and what a second later costs.
    """

    pack: Ints
    sequence: Ints
    slot_start: Ints
    travel: Ints
    duration: Ints
    window_first: Ints
    window_low: Ints
    window_high: Ints
    start: Ints
    end: Ints
    shift_start: Ints
    shift_end: Ints
    latest_return: Ints
    has_break: Ints
    break_length: Ints
    break_earliest: Ints
    break_latest: Ints
    max_working: Ints
    overtime_weight: Ints
    free_until: Ints
    lateness: Ints
    workspace: Ints
