"""ng-routes: rounds that may return to a visit which they no longer remember.

Each visit has a neighbourhood: the visits that a round still remembers when it passes it
(Baldacci, Mingozzi, Roberti 2011). Neighbourhoods are bits, (n, words), `WORD` a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.bound.bits import WORD
from dispatch.solve.bound.vehicle_types import shortest_travel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from dispatch.solve.bound.duals import Route
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]


def neighbourhoods(a: Arrays, size: int) -> Ints:
    """
    Return the ng-neighbourhood of each visit as bits (n, words): its nearest visits and itself.

    Visits that take no time together are always neighbours, or a route could circle
    among them for ever.
    """
    n = a.visits
    words = max(1, -(-n // WORD))
    near = np.zeros((n, words), dtype=np.int64)
    away = a.travel.min(axis=0)[:n, :n]
    round_trip = away + away.T
    order = np.argsort(round_trip, axis=1, kind="stable")
    least = shortest_travel(a.travel.min(axis=0))[:n, :n]
    idle = (least + least.T + a.duration[:, None] + a.duration[None, :]) == 0
    for v in range(n):
        chosen = {v, *order[v, : size + 1].tolist(), *np.nonzero(idle[v])[0].tolist()}
        for u in sorted(chosen):
            near[v, u // WORD] |= np.int64(1 << (u % WORD))
    return near


def is_elementary(route: Route) -> bool:
    """Return whether a route serves no visit twice."""
    return len(set(route)) == len(route)


def is_ng_route(near: Ints, route: Route) -> bool:
    """Return whether a route comes back to no visit that it still remembers."""
    if is_elementary(route):
        return True
    held = [0] * near.shape[1]
    for visit in route:
        word, bit = divmod(visit, WORD)
        if held[word] >> bit & 1:
            return False
        held = [old & int(mask) for old, mask in zip(held, near[visit], strict=True)]
        held[word] |= 1 << bit
    return True


def widen(near: Ints, routes: Iterable[Route], most: int) -> bool:
    """
    Make the visits on each cycle remember its visit, and return whether any did not before.

    Parameters
    ----------
    near
        Neighbourhoods; changed in place.
    routes
        Routes, some of which return to a visit.
    most
        Largest neighbourhood that may grow.
    """
    grown = False
    for route in routes:
        last: dict[int, int] = {}
        for position, visit in enumerate(route):
            if visit in last:
                word, flag = visit // WORD, np.int64(1 << (visit % WORD))
                for between in route[last[visit] + 1 : position]:
                    size = sum(int(mask).bit_count() for mask in near[between])
                    if not near[between, word] & flag and size <= most:
                        near[between, word] |= flag
                        grown = True
            last[visit] = position
    return grown
