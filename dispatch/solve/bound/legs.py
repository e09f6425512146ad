"""Legs that no ng-route within the gap drives: no better plan uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.solve.bound.bits import WORD
from dispatch.solve.bound.duals import SCALE
from dispatch.solve.bound.extension import FORWARD, NO_BREAK, Extension, Move, drive, extend
from dispatch.solve.bound.joining import completes
from dispatch.solve.bound.labels import CLOCK, COST, FIXED, IDENT
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.kernel import kernel
from dispatch.solve.timing.lateness import late_cost

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dispatch.solve.bound.labels import LabelWorkspace
    from dispatch.solve.bound.pricing_problem import PricingProblem
    from dispatch.solve.timing.arrays import Arrays


@kernel
def useful_legs(
    a: Arrays,
    m: int,
    pricing: PricingProblem,
    forward: LabelWorkspace,
    backward: LabelWorkspace,
    threshold: int,
    needed: NDArray[np.bool_],
) -> None:
    """
    Mark the legs on some ng-route whose reduced cost is at most the threshold.

    Parameters
    ----------
    a, m, pricing
        The problem, a technician of the vehicle type, and its pricing problem.
    forward, backward
        Labels under the same duals, all extended.
    threshold
        Scaled seconds.
    needed
        Receives them: (n + 1, n + 1), index n the start and end place.
    """
    buckets, rows, cand = len(forward.head), forward.rows, forward.cand
    for x in range(len(pricing.visit_dual)):
        for flag in range(2):
            for b in range(buckets):
                at = (2 * x + flag) * buckets + b
                for i in range(forward.offset[at], forward.offset[at] + forward.size[at]):
                    label = forward.arena[IDENT, i]
                    leave, cost = rows[label, CLOCK], rows[label, COST]
                    for e in range(pricing.after_first[x], pricing.after_first[x + 1]):
                        y = pricing.after[e]
                        if needed[x, y] or (rows[label, FIXED + y // WORD] >> (y % WORD)) & 1:
                            continue
                        for reached in range(1, flag - 1, -1):
                            move = Move(x, y, flag, reached)
                            then, cheapest = leave, NEVER
                            while then <= pricing.latest[x, flag] and not needed[x, y]:
                                clock, leg, then = drive(a, m, pricing, move, leave, then)
                                if clock == NEVER:
                                    break
                                spent = leg + late_cost(a, m, y, clock - a.duration[y])
                                if spent >= cheapest:
                                    continue
                                cheapest = spent
                                reduced = cost + SCALE * spent - pricing.visit_dual[y]
                                # The working time is relaxed here: it counts no break.
                                to = Extension(y, reached, reduced, clock, y, leg, NO_BREAK)
                                extend(a, pricing, rows, label, cand, to, FORWARD)
                                needed[x, y] = completes(
                                    a, m, pricing, cand, backward, threshold, forward.used
                                )
