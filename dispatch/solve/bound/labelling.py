"""Labelling: forward from the start place, backward from the end place, up to a middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.solve.bound.bits import WORD
from dispatch.solve.bound.duals import SCALE
from dispatch.solve.bound.extension import BACKWARD, FORWARD, Extension, Move, drive, extend
from dispatch.solve.bound.labels import CLOCK, COST, FIXED, FULL, IDENT, bucket_width, clear, offer
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import leave_before_break, leave_by, start_until
from dispatch.solve.timing.kernel import kernel
from dispatch.solve.timing.lateness import late_cost
from dispatch.solve.timing.spans import least_travel, least_with_break, span_begin
from dispatch.solve.timing.steps import latest_leave

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dispatch.solve.bound.labels import LabelPass, LabelWorkspace
    from dispatch.solve.bound.pricing_problem import PricingProblem
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]


@kernel
def forward_labels(
    a: Arrays, m: int, pricing: PricingProblem, space: LabelWorkspace, how: LabelPass
) -> None:
    """
    Fill the workspace with forward labels; those with a clock past `how.middle` are not extended.

    Parameters
    ----------
    a, m, pricing
        The problem, a technician of the vehicle type, and its pricing problem.
    space
        Cleared first.
    how
        What the labels of this pass have in common.
    """
    clear(space)
    n, buckets = len(pricing.visit_dual), len(space.head)
    width = bucket_width(a, m, buckets)
    cand = space.cand
    settled = 0 if a.has_break[m] else 1
    for bucket in range(-1, buckets):
        origin = -1
        if bucket >= 0:
            origin = space.head[bucket]
            if origin < 0:
                continue
        while True:
            x, flag, leave, cost = a.start[m], settled, a.shift_start[m], 0
            begin, stop = 0, n
            until = a.latest_return[m]
            extensible = True
            if origin >= 0:
                x, flag = space.rows[origin, IDENT] // 2, space.rows[origin, IDENT] % 2
                leave, cost = space.rows[origin, CLOCK], space.rows[origin, COST]
                until = pricing.latest[x, flag]
                begin, stop = pricing.after_first[x], pricing.after_first[x + 1]
                extensible = not space.dead[origin] and leave <= how.middle
            if extensible:
                for e in range(begin, stop):
                    y = pricing.after[e] if origin >= 0 else e
                    if origin < 0:
                        if not pricing.entry[y]:
                            continue
                    elif (space.rows[origin, FIXED + y // WORD] >> (y % WORD)) & 1:
                        continue
                    for reached in range(1, flag - 1, -1):
                        move = Move(x, y, flag, reached)
                        pause = a.break_length[m] if reached != flag else 0
                        then, cheapest = leave, NEVER
                        while then <= until:
                            clock, leg, then = drive(a, m, pricing, move, leave, then)
                            if clock == NEVER:
                                break
                            spent = leg + late_cost(a, m, y, clock - a.duration[y])
                            if spent >= cheapest:
                                continue
                            cheapest = spent
                            reduced = cost + SCALE * spent - pricing.visit_dual[y]
                            to = Extension(y, reached, reduced, clock, y, leg, pause)
                            if not extend(a, pricing, space.rows, origin, cand, to, FORWARD):
                                continue
                            span = (clock - a.shift_start[m]) // width
                            offer(space, pricing, how, origin, span)
                            if space.used[FULL]:
                                return
            if origin < 0:
                break
            origin = space.following[origin]
            if origin < 0:
                break


@kernel
def backward_labels(
    a: Arrays, m: int, pricing: PricingProblem, space: LabelWorkspace, how: LabelPass
) -> None:
    """
    Fill the workspace with backward labels; those to be left by `how.middle` are not extended.

    A backward label is what follows a visit: it counts neither the visit's dual, nor
    its cuts, nor its use of the limits. Overtime is not charged here.
    Parameters as for `forward_labels`.
    """
    clear(space)
    n, buckets = len(pricing.visit_dual), len(space.head)
    width = bucket_width(a, m, buckets)
    cand = space.cand
    for bucket in range(-1, buckets):
        origin = -1
        if bucket >= 0:
            origin = space.head[bucket]
            if origin < 0:
                continue
        while True:
            x, flag, cost = a.end[m], 0 if a.has_break[m] else 1, 0
            begin, stop = 0, n
            start, dual = 0, 0
            extensible = True
            if origin >= 0:
                x, flag = space.rows[origin, IDENT] // 2, space.rows[origin, IDENT] % 2
                cost, dual = space.rows[origin, COST], pricing.visit_dual[x]
                begin, stop = pricing.before_first[x], pricing.before_first[x + 1]
                extensible = not space.dead[origin] and -space.rows[origin, CLOCK] > how.middle
                start = start_until(a, x, -space.rows[origin, CLOCK] - a.duration[x])
            if extensible:
                for e in range(begin, stop):
                    y = pricing.before[e] if origin >= 0 else e
                    if origin < 0:
                        if not pricing.exit[y]:
                            continue
                    elif (space.rows[origin, FIXED + y // WORD] >> (y % WORD)) & 1:
                        continue
                    gained = x if origin >= 0 else -1
                    for reached in range(1, flag - 1, -1):
                        pausing = reached != flag
                        pause = a.break_length[m] if pausing else 0
                        if origin < 0:
                            settled, free = latest_leave(a, m, y, a.latest_return[m])
                            leave = settled if reached == 1 else free
                            # The round may also end before the break is due.
                            pause = 0
                        elif pausing:
                            leave = leave_before_break(a, m, y, x, start)
                        else:
                            leave = leave_by(a, y, x, start)
                        if leave == -NEVER:
                            continue
                        cheapest = NEVER
                        while True:
                            last = start_until(a, y, leave - a.duration[y])
                            if last == -NEVER:
                                break
                            leave = last + a.duration[y]
                            if leave < pricing.soonest[y, reached]:
                                break
                            first = max(pricing.soonest[y, reached], span_begin(a, y, x, leave))
                            leg = NEVER
                            if not pausing or origin < 0:
                                leg = least_travel(a, y, x, first, leave)
                            if pausing or (origin < 0 and reached == 0):
                                leg = min(leg, least_with_break(a, m, y, x, first, leave))
                            clock = -leave
                            span = (a.latest_return[m] - leave) // width
                            leave = first - 1
                            if leg >= cheapest:
                                continue
                            cheapest = leg
                            reduced = cost + SCALE * leg - dual
                            to = Extension(y, reached, reduced, clock, gained, leg, pause)
                            if not extend(a, pricing, space.rows, origin, cand, to, BACKWARD):
                                continue
                            offer(space, pricing, how, origin, span)
                            if space.used[FULL]:
                                return
            if origin < 0:
                break
            origin = space.following[origin]
            if origin < 0:
                break


@kernel
def completion_bounds(
    a: Arrays, m: int, space: LabelWorkspace, forward: bool, bounds: Ints, nothing: int
) -> None:
    """
    Write the least cost of what completes a label, by the label's visit, flag and bucket.

    Parameters
    ----------
    a, m
        The problem and a technician of the vehicle type.
    space
        All labels of the other direction, relaxed.
    forward
        Whether the labels to complete are forward ones.
    bounds
        Receives them (visits * 2 * buckets,).
    nothing
        Stands where nothing completes a label.
    """
    buckets = len(space.head)
    width = bucket_width(a, m, buckets)
    bounds[:] = nothing
    for at in range(len(space.size)):
        node, other = at // buckets // 2, at // buckets % 2
        for i in range(space.offset[at], space.offset[at] + space.size[at]):
            # The last bucket in which a label may still meet this one.
            if forward:
                last = (-space.arena[CLOCK, i] - a.shift_start[m]) // width
            else:
                last = (a.latest_return[m] - space.arena[CLOCK, i]) // width
            for flag in range(1 - other, 2):
                to = (2 * node + flag) * buckets + min(last, buckets - 1)
                bounds[to] = min(bounds[to], space.arena[COST, i])
    for base in range(0, len(bounds), buckets):
        for b in range(buckets - 2, -1, -1):
            bounds[base + b] = min(bounds[base + b], bounds[base + b + 1])
