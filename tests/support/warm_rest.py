"""Compile the kernels before the workers of `-n` do it each for itself.

`python -m tests.support.warm_rest search hours` compiles one half of `dispatch.solve.warm`, and
what that leaves out: the kernels for travel that depends on the time of day; `proof change` the
other half, and the kernels of a search that pays for changes.
"""

from __future__ import annotations

import sys

import numpy as np

from dispatch.solve.heuristic.anneal import Annealing
from dispatch.solve.heuristic.change_cost import prefixes_alone
from dispatch.solve.heuristic.pool import Pool
from dispatch.solve.search import search
from dispatch.solve.side_by_side import HALVES
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.warm import warm
from tests.support.slot_problems import small_slotted
from tests.support.small_problems import small_problem


def warm_rest(part: str) -> None:
    """Compile one of the parts, or read it from the cache."""
    if part in HALVES:
        warm(part)
        return
    if part == "hours":
        search(small_slotted(1, visits=5, technicians=2), "quick", 1, None, None)
        return
    a = arrays_of(small_problem(1, visits=6, technicians=2))
    change = prefixes_alone(np.zeros(a.technicians, dtype=np.int64), a.visits)
    empty: list[list[int]] = [[] for _ in range(a.technicians)]
    Annealing(a, empty, 1, change=change).advance(0, 200, 200, Pool())


if __name__ == "__main__":
    for asked in sys.argv[1:]:
        warm_rest(asked)
