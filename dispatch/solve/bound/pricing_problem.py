"""The pricing problem of one vehicle type, as kernels see it, and what its cuts and work cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dispatch.solve.bound.bits import WORD, bit_index
from dispatch.solve.timing.kernel import inlined, inner_inlined

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


class PricingProblem(NamedTuple):
    """
    What the pricing of one vehicle type sees besides the problem's arrays (n visits).

    Parameters
    ----------
    visit_dual
        Dual of each visit, less what it costs that its place is not known, scaled (n,).
    entry, exit
        Bool (n,): whether a round may begin, or end, with the visit.
    after_first, after, before_first, before
        Visits that may follow, or precede, each visit: row v of `after` is
        after_first[v] to after_first[v + 1] - 1.
    near
        ng-neighbourhood of each visit as bits (n, words); holds the visit itself.
    cut_in, cut_memory
        Cuts that a visit is in, and that remember across it, as bits (n, words).
    cut_dual
        What paying each cut costs, scaled, at least 0 (words * WORD,).
    use
        How much of each limit a visit uses (limits, n); legs and the break use
        of the last one, too, where it is the working time.
    limit
        The limits (limits,).
    limits_work
        Whether the last limit is the working time.
    work_rate, work_share
        Cost of a second on site above the fair share, scaled, and that share (seconds). With a
        rate of 0, labels do not carry their time on site.
    soonest, latest
        Least and greatest end of the service that can matter (n, 2), for flag 0 and 1.
    """

    visit_dual: Ints
    entry: NDArray[np.bool_]
    exit: NDArray[np.bool_]
    after_first: Ints
    after: Ints
    before_first: Ints
    before: Ints
    near: Ints
    cut_in: Ints
    cut_memory: Ints
    cut_dual: Ints
    use: Ints
    limit: Ints
    limits_work: bool
    work_rate: int
    work_share: int
    soonest: Ints
    latest: Ints


@inlined
def pay(cut_dual: Ints, word: int, bits: int) -> int:
    """Return the sum of the duals of the cuts whose bits are set in one word."""
    total = 0
    while bits != 0:
        low = bits & -bits
        total += cut_dual[word * WORD + bit_index(low)]
        bits ^= low
    return total


@inner_inlined
def accrued(pricing: PricingProblem, work: int, more: int) -> int:
    """Return what `more` time on site costs after `work` (scaled): its part above the share."""
    over = work - pricing.work_share
    return pricing.work_rate * (max(0, over + more) - max(0, over))


@inner_inlined
def together(share: int, one: int, other: int) -> int:
    """Return how much more two times on site are above the share together than each alone."""
    return max(0, one + other - share) - max(0, one - share) - max(0, other - share)
