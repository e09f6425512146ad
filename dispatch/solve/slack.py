"""Among schedules of equal cost: the one with the most slack before windows end, up to a target.

A visit's slack is how much later its service may start before its window ends. What is sought is a
*margin* for each visit, the least slack that it is to have. Windows that end earlier by the margins
allow just the schedules that have this slack; of these the usual one is taken, which leaves as late
as it can. Cost and return stay what they were.

Where travel does not depend on the time of day, to leave earlier costs nothing so long as the
return stays. So the margins are what the earliest departure has, up to the target, with the break
on the leg that serves the visit with the least slack best. A visit with several windows may have
more slack in a later one; and where travel depends on the time of day, to leave earlier may cost.
There the margins are raised one by one, from the visit with the least, as far as cost and return
stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.by_address import EVERY_SECOND
from dispatch.solve.timing.clock import arrive, ready_after_break, start_from
from dispatch.solve.timing.lateness import timed
from dispatch.solve.timing.round_times import (
    departure_and_return,
    earliest_return,
    latest_departure,
    round_cost,
)
from dispatch.solve.timing.schedule import schedule_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dispatch.solve.timing.arrays import Arrays


def with_slack(
    a: Arrays, m: int, sequence: Sequence[int], departure: int, back: int, target_s: int
) -> tuple[Arrays, int]:
    """
    Return arrays whose windows end earlier by the slack that is kept, and the departure.

    Parameters
    ----------
    a
        The problem's arrays. Where travel depends on the time of day, the schedule stored last is
        that of this round, and in the returned arrays it is the one to use.
    m, sequence
        Index of the technician, and of the visits in order.
    departure, back
        Of the usual schedule (`departure_and_return`).
    target_s
        Slack beyond which leaving late counts more (seconds).
    """
    order = np.array(sequence, dtype=np.int64)
    size = len(order)
    if timed(a, m, order, size):
        return _by_slots(a, m, sequence, back, target_s)
    if not any(_windowed(a, visit) for visit in sequence) or target_s == 0:
        return a, departure
    # The working time may keep one from leaving earlier.
    earliest = max(int(a.shift_start[m]), back - int(a.max_working[m]))
    if earliest >= departure and not a.has_break[m]:
        return a, departure
    legs = range(-1, size + 1 if a.has_break[m] else 0)
    tried = [_margins(a, m, sequence, earliest, leg, back, target_s) for leg in legs]
    margins = max((found for found in tried if found is not None), key=sorted, default=None)
    if margins is None:
        return a, departure

    def roomy(margins: Sequence[int]) -> Arrays | None:
        b = _narrowed(a, sequence, margins)
        return b if earliest_return(b, m, order, size, earliest) == back else None

    several = [i for i, v in enumerate(sequence) if a.window_first[v + 1] - a.window_first[v] > 1]
    best = _raised(margins, several, target_s, roomy) or _narrowed(a, sequence, margins)
    return best, int(latest_departure(best, m, order, size, back))


def slack_of(a: Arrays, visit: int, start: int) -> int:
    """Return how much later a service may start before its window ends; NEVER: it has none."""
    for w in range(a.window_first[visit], a.window_first[visit + 1]):
        if a.window_low[w] <= start <= a.window_high[w]:
            return NEVER if a.window_high[w] >= NEVER else int(a.window_high[w]) - start
    msg = f"visit {visit} starts outside of its windows"
    raise ValueError(msg)


def _windowed(a: Arrays, visit: int) -> bool:
    return bool(a.window_high[a.window_first[visit + 1] - 1] < NEVER)


def _margins(
    a: Arrays, m: int, sequence: Sequence[int], departure: int, leg: int, back: int, target_s: int
) -> list[int] | None:
    """Return the slack of each visit, up to a target, with the break on a leg (-1: none)."""
    found: list[int] = []
    node, leave = int(a.start[m]), departure
    for position, place in enumerate([*sequence, int(a.end[m])]):
        arrived = arrive(a, node, place, leave)
        if position == leg:
            arrived = ready_after_break(a, m, node, place, leave)
        if position == len(sequence):
            due = leg == -1 and a.has_break[m] and arrived > a.break_latest[m]
            return None if due or arrived > back else found
        start = int(start_from(a, place, arrived))
        if arrived >= NEVER or start == NEVER:
            return None
        found.append(min(target_s, slack_of(a, place, start)))
        node, leave = place, start + int(a.duration[place])
    return None


def _narrowed(a: Arrays, sequence: Sequence[int], margins: Sequence[int]) -> Arrays:
    """Return arrays in which the windows of these visits end earlier; some are gone."""
    low, high = a.window_low.copy(), a.window_high.copy()
    for visit, margin in zip(sequence, margins, strict=True):
        if _windowed(a, visit):
            for w in range(a.window_first[visit], a.window_first[visit + 1]):
                high[w] -= margin
                if high[w] < low[w]:
                    low[w], high[w] = NEVER, -NEVER  # no clock finds it
    return a._replace(window_low=low, window_high=high)


def _raised(
    margins: list[int],
    visits: Sequence[int],
    target_s: int,
    roomy: Callable[[Sequence[int]], Arrays | None],
) -> Arrays | None:
    """
    Raise the margins of some visits, by position, as far as there is a schedule for them.

    Return the arrays of the last schedule there was; None: no margin could be raised.
    """
    best = None
    for i in sorted(visits, key=lambda i: margins[i]):
        low, high, aim = margins[i], target_s + 1, target_s
        while low < aim < high:
            margins[i] = aim
            found = roomy(margins)
            if found is None:
                high = aim
            else:
                low, best = aim, found
            aim = (low + high) // 2
        margins[i] = low
    return best


def _by_slots(
    a: Arrays, m: int, sequence: Sequence[int], back: int, target_s: int
) -> tuple[Arrays, int]:
    """Return what `with_slack` does, where travel depends on the time of day."""
    from dispatch.solve.timing.slots import pack_of

    order = np.array(sequence, dtype=np.int64)
    size = len(order)
    cost = int(round_cost(a, m, order, size))
    starts = (schedule_of(a)[1 : size + 1, 0] - a.duration[order]).tolist()
    slacks = [slack_of(a, visit, start) for visit, start in zip(sequence, starts, strict=True)]

    def same(b: Arrays) -> Arrays | None:
        """Return arrays with their own schedule, where cost and return are what they were."""
        b = b._replace(pack=np.zeros(0, dtype=np.int64))
        b = b._replace(pack=pack_of(b))
        b.pack[EVERY_SECOND] = a.pack[EVERY_SECOND]
        kept = round_cost(b, m, order, size) == cost
        return b if kept and departure_and_return(b, m, order, size)[1] == back else None

    margins = [min(target_s, slack) for slack in slacks]
    best = _raised(
        margins, range(size), target_s, lambda margins: same(_narrowed(a, sequence, margins))
    )
    best = best or same(_narrowed(a, sequence, margins)) or a
    departure, _ = departure_and_return(best, m, order, size)
    # With that slack, as late as there is a schedule for.
    low, high = int(departure), back + 1
    while high - low > 1:
        shift_start = best.shift_start.copy()
        shift_start[m] = (low + high) // 2
        found = same(best._replace(shift_start=shift_start))
        if found is None:
            high = (low + high) // 2
        else:
            best, low = found, int(departure_and_return(found, m, order, size)[0])
    departure_and_return(best, m, order, size)
    return best, low
