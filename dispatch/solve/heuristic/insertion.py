"""One visit more in given rounds: its cheapest insertion, also when another visit moves for it.

For questions about a plan (`dispatch.explain`) and for the repair of one (`dispatch.replan`). Only
the rounds named change, so that the result is small, quick, and easy to follow. The costs
here guide the choice; the costs that people see are counted again by `dispatch.checker.rules`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.heuristic.change_cost import changed_round_cost, cost_with_changes
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.kernel import kernel
from dispatch.solve.timing.round_times import round_cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dispatch.solve.heuristic.change_cost import ChangeCost
    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]


class Insertion(NamedTuple):
    """
    Rounds with one visit more.

    Parameters
    ----------
    rounds
        The rounds that change: sequence of visits by technician, as indices.
    added
        What they cost more than before (seconds): travel and weighted overtime.
    technician
        Who serves the visit.
    """

    rounds: dict[int, list[int]]
    added: int
    technician: int


def checked_cost(a: Arrays, m: int, sequence: Sequence[int]) -> int:
    """
    Return travel and weighted overtime of a round (seconds); NEVER when a rule forbids it.

    Parameters
    ----------
    a
        The problem's arrays.
    m, sequence
        Index of the technician, and of the visits in order.
    """
    order = np.array(sequence, dtype=np.int64)
    if not a.allowed[m][order].all() or a.load[order].sum() > a.capacity[m]:
        return NEVER
    return int(round_cost(a, m, order, len(order)))


def best_insertions(
    a: Arrays,
    rounds: Sequence[Sequence[int]],
    visit: int,
    fixed: Sequence[int],
    technicians: Sequence[int] | None = None,
    *,
    change: ChangeCost | None = None,
) -> list[Insertion]:
    """
    Return the cheapest insertion of a visit into each round that can take it, cheapest first.

    Parameters
    ----------
    a
        The problem's arrays.
    rounds
        A sequence of visit indices for each technician, without the visit.
    visit
        Index of the visit.
    fixed
        For each technician, how many visits at the beginning of the round stay where they are.
    technicians
        Indices of the technicians to try; None: all.
    change
        The cost of change, which then is part of what an insertion costs; None: there is none.
    """
    found = []
    workspace = np.zeros(a.visits + 2, dtype=np.int64)
    for m in range(a.technicians) if technicians is None else technicians:
        sequence = np.array(rounds[m], dtype=np.int64)
        cost, place = _insert(a, change, m, sequence, len(sequence), visit, fixed[m], workspace)
        if cost < NEVER:
            made = [*rounds[m][:place], visit, *rounds[m][place:]]
            before = _known_cost(a, change, m, sequence)
            found.append(Insertion({m: made}, int(cost) - before, m))
    return sorted(found, key=lambda insertion: (insertion.added, insertion.technician))


def best_shift(
    a: Arrays, rounds: Sequence[Sequence[int]], visit: int, fixed: Sequence[int], m: int
) -> Insertion | None:
    """
    Return the cheapest way to serve a visit on one round while another visit moves away for it.

    The other one moves elsewhere on the same round, or to another technician's.

    Parameters
    ----------
    a, rounds, visit, fixed
        As in `best_insertions`.
    m
        Index of the technician who is to serve the visit.
    """
    offsets = np.cumsum([0, *map(len, rounds)], dtype=np.int64)
    flat = np.array([v for sequence in rounds for v in sequence], dtype=np.int64)
    costs = np.array(
        [checked_cost(a, k, sequence) for k, sequence in enumerate(rounds)], dtype=np.int64
    )
    workspace = np.zeros((4, a.visits + 2), dtype=np.int64)
    begins = np.array(fixed, dtype=np.int64)
    added, place, out, to, place_to = _shift(a, flat, offsets, costs, begins, visit, m, workspace)
    if added >= NEVER:
        return None
    moved = rounds[m][out]
    rest = [v for v in rounds[m] if v != moved]
    made = {m: [*rest[:place], visit, *rest[place:]]}
    target = made.get(to, list(rounds[to]))
    made[to] = [*target[:place_to], moved, *target[place_to:]]
    return Insertion(made, added, m)


def _known_cost(a: Arrays, change: ChangeCost | None, m: int, sequence: Ints) -> int:
    if change is None:
        return checked_cost(a, m, sequence.tolist())
    return int(changed_round_cost(a, change, m, sequence, len(sequence)))


@kernel
def _insert(
    a: Arrays,
    change: ChangeCost | None,
    m: int,
    sequence: Ints,
    size: int,
    visit: int,
    first: int,
    workspace: Ints,
) -> tuple[int, int]:
    """Return the least cost of a round with a visit inserted from a position on, and where."""
    best, place = NEVER, -1
    if not a.allowed[m, visit]:
        return best, place
    load = a.load[visit]
    for position in range(size):
        load += a.load[sequence[position]]
        workspace[position if position < first else position + 1] = sequence[position]
    if load > a.capacity[m]:
        return best, place
    for position in range(first, size + 1):
        workspace[position] = visit
        cost = cost_with_changes(a, change, m, workspace, size + 1, np.int64(0))
        if cost < best:
            best, place = cost, position
        if position < size:
            workspace[position] = sequence[position]
    return best, place


@kernel
def _shift(
    a: Arrays,
    flat: Ints,
    offsets: Ints,
    costs: Ints,
    fixed: Ints,
    visit: int,
    m: int,
    workspace: Ints,
) -> tuple[int, int, int, int, int]:
    """
    Return what the best shift adds, the visit's position, who moves, to whose round, and where.

    `workspace` is of shape (4, n + 2): the round without one visit, with the new one, and
    two for trials.
    """
    best, best_place, best_out, best_to, best_place_to = NEVER, -1, -1, -1, -1
    size = offsets[m + 1] - offsets[m]
    rest, made = workspace[0], workspace[1]
    for out in range(fixed[m], size):
        moved = flat[offsets[m] + out]
        for position in range(size):
            if position != out:
                rest[position if position < out else position - 1] = flat[offsets[m] + position]
        cost, place = _insert(a, None, m, rest, size - 1, visit, fixed[m], workspace[2])
        if cost == NEVER:
            continue
        for position in range(size - 1):
            made[position if position < place else position + 1] = rest[position]
        made[place] = visit
        for to in range(len(costs)):
            if to == m:
                both, place_to = _insert(a, None, m, made, size, moved, fixed[m], workspace[3])
                added = both - costs[m]
            else:
                other = flat[offsets[to] : offsets[to + 1]]
                more, place_to = _insert(
                    a, None, to, other, len(other), moved, fixed[to], workspace[3]
                )
                both = more
                added = cost - costs[m] + more - costs[to]
            if both < NEVER and added < best:
                best, best_place, best_out = added, place, out
                best_to, best_place_to = to, place_to
    return best, best_place, best_out, best_to, best_place_to
