"""Labels by hand: a pricing problem of few visits, and rows offered to a workspace."""

from __future__ import annotations

import numpy as np

from dispatch.solve.bound.bits import WORD
from dispatch.solve.bound.labels import LabelPass, LabelWorkspace, offer
from dispatch.solve.bound.pricing_problem import PricingProblem


def ints(*shape: int) -> np.ndarray:
    """Return zeros."""
    return np.zeros(shape, dtype=np.int64)


def pricing_problem(
    visits: int, *, work_rate: int = 0, work_share: int = 0, cut_dual: dict[int, int] | None = None
) -> PricingProblem:
    """Return a pricing problem with one word of memory, one of cuts, and no leg."""
    duals = ints(WORD)
    for cut, dual in (cut_dual or {}).items():
        duals[cut] = dual
    return PricingProblem(
        visit_dual=ints(visits),
        entry=np.zeros(visits, dtype=np.bool_),
        exit=np.zeros(visits, dtype=np.bool_),
        after_first=ints(visits + 1),
        after=ints(0),
        before_first=ints(visits + 1),
        before=ints(0),
        near=ints(visits, 1),
        cut_in=ints(visits, 1),
        cut_memory=ints(visits, 1),
        cut_dual=duals,
        use=ints(0, visits),
        limit=ints(0),
        limits_work=False,
        work_rate=work_rate,
        work_share=work_share,
        soonest=ints(visits, 2),
        latest=ints(visits, 2),
    )


def offer_row(
    space: LabelWorkspace,
    pricing: PricingProblem,
    row: list[int],
    *,
    bucket: int,
    parent: int = -1,
    exact: bool = True,
    last_clock: int = 0,
) -> int | None:
    """Offer a label, and return its number; None where it is dominated."""
    space.cand[0] = row
    before = int(space.used[0])
    offer(space, pricing, LabelPass(exact, 0, last_clock, ints(0), 0), parent, bucket)
    return before if space.used[0] > before else None
