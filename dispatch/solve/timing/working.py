"""The working time of a round from those of its parts, in constant time.

Three numbers describe how long a part of a round takes: `d`, the least time from its beginning to
its end, waiting included, and `e` and `l`, the earliest and latest beginning with which it
takes no longer. For one part and the next, with a leg `t` between them:

    wait = max(0, e2 - (l1 + d1 + t)),   d = d1 + t + wait + d2,
    e = max(e1, e2 - (d1 + t)) - wait,   l = min(l1, l2 - (d1 + t)).

For the part that ends at a node the search stores `d` and `l` (`spent`, `late`), for the part that
begins there `d` and `e` (`rest`, `soon`). This holds where no break is due, each visit has one
window, and travel is the same all day. Elsewhere rounds are timed as a whole.

References
----------
Vidal, Crainic, Gendreau, Prins (2013), "A hybrid genetic algorithm with adaptive diversity
management for a large class of vehicle routing problems with time-windows",
Computers & Operations Research 40(1), doi:10.1016/j.cor.2012.07.018: equations 2 to 6, without
time warp, as rounds here always keep their windows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.solve.timing.kernel import inlined

if TYPE_CHECKING:
    from dispatch.solve.timing.arrays import Arrays


@inlined
def limited(a: Arrays, m: int) -> bool:
    """Return whether the greatest working time of a technician is less than the shift allows."""
    return a.max_working[m] < a.latest_return[m] - a.shift_start[m]


@inlined
def in_parts(a: Arrays, m: int) -> bool:
    """Return whether a technician's working time is limited and can be computed from parts."""
    return (
        limited(a, m)
        and not a.has_break[m]
        and len(a.slot_start) == 1
        and len(a.window_low) == len(a.duration)
    )


@inlined
def then(a: Arrays, origin: int, visit: int, spent: int, late: int) -> tuple[int, int]:
    """
    Return the least time to the end of a visit, and the latest departure that takes no longer.

    Parameters
    ----------
    origin, visit
        The node before, and the visit that follows it.
    spent, late
        The same of the node before (seconds).
    """
    w = a.window_first[visit]
    reached = spent + a.travel[0, origin, visit]
    wait = max(0, a.window_low[w] - (late + reached))
    return reached + wait + a.duration[visit], min(late, a.window_high[w] - reached)


@inlined
def preceded(a: Arrays, visit: int, following: int, rest: int, soon: int) -> tuple[int, int]:
    """
    Return the least time from being ready at a visit, and the earliest readiness for it.

    Parameters
    ----------
    visit, following
        The visit, and the node after it.
    rest, soon
        The same of the node after (seconds).
    """
    w = a.window_first[visit]
    over = a.duration[visit] + a.travel[0, visit, following]
    wait = max(0, soon - over - a.window_high[w])
    return over + wait + rest, max(soon - over, a.window_low[w]) - wait


@inlined
def joined(
    a: Arrays, origin: int, following: int, spent: int, late: int, rest: int, soon: int
) -> int:
    """Return the least working time (seconds) of a round that goes on from one node to the next."""
    reached = spent + a.travel[0, origin, following]
    return reached + max(0, soon - (late + reached)) + rest
