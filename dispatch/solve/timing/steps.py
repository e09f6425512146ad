"""One leg by both clocks of a round: forward to the earliest times, backward to the latest.

One clock is for "break not yet taken", the other for "taken": see `round_times`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import (
    arrive,
    leave_before_break,
    leave_by,
    ready_after_break,
    start_from,
    start_until,
)
from dispatch.solve.timing.kernel import inlined, inner, kernel

if TYPE_CHECKING:
    from dispatch.solve.timing.arrays import Arrays


@inner
def returned(a: Arrays, m: int, last: int, before: int, after: int) -> int:
    """
    Return the earliest return from node `last`, left at `before` (break not taken) or `after`.

    NEVER when it is past the latest return. Clocks may be NEVER.
    """
    best = NEVER
    if after < NEVER:
        best = arrive(a, last, a.end[m], after)
    if before < NEVER:
        home = arrive(a, last, a.end[m], before)
        if a.has_break[m] and home > a.break_latest[m]:
            home = ready_after_break(a, m, last, a.end[m], before)
        best = min(best, home)
    return best if best <= a.latest_return[m] else NEVER


@inlined
def step(a: Arrays, m: int, origin: int, visit: int, before: int, after: int) -> tuple[int, int]:
    """Return both clocks at the end of the service at `visit`, from those on leaving `origin`."""
    new_before, new_after = NEVER, NEVER
    if before < NEVER:
        start = start_from(a, visit, arrive(a, origin, visit, before))
        if start < NEVER:
            new_before = start + a.duration[visit]
        ready = ready_after_break(a, m, origin, visit, before)
        if ready < NEVER:
            start = start_from(a, visit, ready)
            if start < NEVER:
                new_after = start + a.duration[visit]
    if after < NEVER:
        start = start_from(a, visit, arrive(a, origin, visit, after))
        if start < NEVER:
            new_after = min(new_after, start + a.duration[visit])
    return new_before, new_after


@kernel
def latest_leave(a: Arrays, m: int, node: int, latest_return: int) -> tuple[int, int]:
    """
    Return the latest times to leave the last node, so as to be back by `latest_return`.

    The first with the break not yet taken, the second with it taken; -NEVER: impossible.
    """
    after = leave_by(a, node, a.end[m], latest_return)
    if not a.has_break[m]:
        return after, after
    # Back by the break's latest start: none is due. Otherwise it falls on this leg.
    before = leave_by(a, node, a.end[m], min(latest_return, a.break_latest[m]))
    return max(before, leave_before_break(a, m, node, a.end[m], latest_return)), after


@kernel
def step_back(
    a: Arrays, m: int, origin: int, visit: int, before: int, after: int
) -> tuple[int, int]:
    """
    Return the latest times to leave `origin`, from the latest times to leave `visit`.

    The mirror of `step`: (break not yet taken, taken); -NEVER: impossible.
    """
    start_before = start_until(a, visit, before - a.duration[visit])
    start_after = start_until(a, visit, after - a.duration[visit])
    new_before, new_after = -NEVER, -NEVER
    if start_before > -NEVER:
        new_before = leave_by(a, origin, visit, start_before)
    if start_after > -NEVER:
        new_after = leave_by(a, origin, visit, start_after)
        new_before = max(new_before, leave_before_break(a, m, origin, visit, start_after))
    return new_before, new_after
