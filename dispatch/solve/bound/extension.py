"""One step of a label: what forward, backward and listed labels have in common.

Every move through time goes through `clock`. Where travel depends on the time of day, a label is
extended once for each of the `spans` in which the leg gets cheaper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dispatch.solve.bound.bits import WORD
from dispatch.solve.bound.labels import CLOCK, COST, FIXED, IDENT
from dispatch.solve.bound.pricing_problem import accrued, pay
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import arrive, ready_after_break, start_from
from dispatch.solve.timing.kernel import inner_inlined
from dispatch.solve.timing.spans import least_travel, least_with_break, span_end

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.bound.pricing_problem import PricingProblem
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]

# How `extend` writes memory and cuts. These constants have the type that kernels compute with: a
# literal would be compiled once more.
FORWARD: Any = np.int64(0)
BACKWARD: Any = np.int64(1)
ELEMENTARY: Any = np.int64(2)
NO_BREAK: Any = np.int64(0)
UNREACHED: Any = np.int64(NEVER)


class Move(NamedTuple):
    """
    A leg between two places, and the break.

    Parameters
    ----------
    x, y
        From a visit, or the start place, to a visit.
    flag, reached
        Whether the break is settled before the leg, and after it (0 or 1).
    """

    x: int
    y: int
    flag: int
    reached: int


class Extension(NamedTuple):
    """
    A label to be made of another one.

    Parameters
    ----------
    node, flag
        Visit and break flag of the new label.
    cost, clock
        Of the new label, before cuts and time on site are paid.
    gained
        The visit whose service and load the new label counts; -1: none.
    leg, pause
        Travel and break that count as working time (seconds).
    """

    node: int
    flag: int
    cost: int
    clock: int
    gained: int
    leg: int
    pause: int


@inner_inlined
def drive(
    a: Arrays, m: int, pricing: PricingProblem, move: Move, earliest: int, leave: int
) -> tuple[int, int, int]:
    """
    Return the end of the service at y, the least travel there, and the next moment to try.

    Parameters
    ----------
    a, m, pricing
        The problem, a technician of the vehicle type, and its pricing problem.
    move
        The leg.
    earliest, leave
        Earliest moment of leaving x, and the earliest one of this span.

    Returns
    -------
    clock
        NEVER when y can no longer be reached in time.
    leg
        Least travel within the span (seconds).
    following
        The first moment after the span.
    """
    x, y, pausing = move.x, move.y, move.reached != move.flag
    if leave > earliest and x < len(pricing.visit_dual):
        # A later departure needs a later start of the service, within a window.
        leave = start_from(a, x, leave - a.duration[x])
        if leave == NEVER:
            return UNREACHED, UNREACHED, UNREACHED
        leave += a.duration[x]
    ready = ready_after_break(a, m, x, y, leave) if pausing else arrive(a, x, y, leave)
    start = NEVER if ready == NEVER else start_from(a, y, ready)
    if start == NEVER:
        return UNREACHED, UNREACHED, UNREACHED
    clock = start + a.duration[y]
    if clock > pricing.latest[y, move.reached]:
        return UNREACHED, UNREACHED, UNREACHED
    last = span_end(a, x, y, leave)
    if pausing:
        leg = least_with_break(a, m, x, y, leave, last)
    else:
        leg = least_travel(a, x, y, leave, last)
    return clock, leg, last + 1


@inner_inlined
def extend(
    a: Arrays,
    pricing: PricingProblem,
    rows: Ints,
    origin: int,
    cand: Ints,
    to: Extension,
    direction: int,
) -> bool:
    """
    Write the extension of a label, and return whether it keeps the limits.

    A cut counts half a visit at a time and is paid at each whole: forward at the visit
    reached, backward at the visit left. Time on site above the fair share is paid as it accrues.

    Parameters
    ----------
    a, pricing
        The problem and the pricing problem.
    rows, origin
        Labels, and the number of the one that is extended; -1: none.
    cand
        Receives the new label (1, width).
    to
        What is known of the new label.
    direction
        FORWARD, BACKWARD, or ELEMENTARY: forward, and every visit stays in the memory.
    """
    memory, states = pricing.near.shape[1], pricing.cut_in.shape[1]
    node = to.node
    cost = to.cost
    cand[0, CLOCK], cand[0, IDENT] = to.clock, 2 * node + to.flag
    for w in range(memory):
        held = rows[origin, FIXED + w] if origin >= 0 else 0
        if direction != ELEMENTARY:
            held &= pricing.near[node, w]
        cand[0, FIXED + w] = held
    cand[0, FIXED + node // WORD] |= 1 << (node % WORD)
    column = FIXED + memory
    for w in range(states):
        state = rows[origin, column + w] if origin >= 0 else 0
        if direction != BACKWARD:
            state &= pricing.cut_memory[node, w]
            counted = pricing.cut_in[node, w]
        else:
            counted = pricing.cut_in[rows[origin, IDENT] // 2, w] if origin >= 0 else 0
        paid = state & counted
        if paid != 0:
            cost += pay(pricing.cut_dual, w, paid)
        state ^= counted
        if direction == BACKWARD:
            state &= pricing.cut_memory[node, w]
        cand[0, column + w] = state
    column += states
    if pricing.work_rate > 0:
        work = rows[origin, column] if origin >= 0 else 0
        stay = a.duration[to.gained] if to.gained >= 0 else 0
        cost += accrued(pricing, work, stay)
        cand[0, column] = work + stay
        column += 1
    cand[0, COST] = cost
    limits, keeps = len(pricing.limit), True
    for r in range(limits):
        amount = rows[origin, column + r] if origin >= 0 else 0
        if to.gained >= 0:
            amount += pricing.use[r, to.gained]
        if pricing.limits_work and r == limits - 1:
            amount += to.leg + to.pause
        cand[0, column + r] = amount
        keeps = keeps and amount <= pricing.limit[r]
    return keeps
