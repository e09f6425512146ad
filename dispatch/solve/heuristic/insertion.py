"""One visit more in given rounds: its cheapest place, and what room moving another would make.

For what is asked of a plan that stands (`dispatch.explain`): all rounds but those named stay as
they are, so that what is found is small, quick, and easy to follow. The costs here guide the
choice; what is told to people is counted again by `dispatch.checker.rules`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.kernel import kernel
from dispatch.solve.timing.round_times import round_cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]


class Places(NamedTuple):
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


def cost_of(a: Arrays, m: int, sequence: Sequence[int]) -> int:
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


def best_places(
    a: Arrays,
    rounds: Sequence[Sequence[int]],
    visit: int,
    fixed: Sequence[int],
    technicians: Sequence[int] | None = None,
) -> list[Places]:
    """
    Return the cheapest place of a visit on each round that can take it, cheapest first.

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
    """
    found = []
    room = np.zeros(a.visits + 2, dtype=np.int64)
    for m in range(a.technicians) if technicians is None else technicians:
        sequence = np.array(rounds[m], dtype=np.int64)
        cost, place = _place(a, m, sequence, len(sequence), visit, fixed[m], room)
        if cost < NEVER:
            made = [*rounds[m][:place], visit, *rounds[m][place:]]
            found.append(Places({m: made}, cost - cost_of(a, m, rounds[m]), m))
    return sorted(found, key=lambda places: (places.added, places.technician))


def best_shift(
    a: Arrays, rounds: Sequence[Sequence[int]], visit: int, fixed: Sequence[int], m: int
) -> Places | None:
    """
    Return the cheapest way to serve a visit on one round while another visit makes room for it.

    That other one moves elsewhere on the same round, or to another technician's.

    Parameters
    ----------
    a, rounds, visit, fixed
        As in `best_places`.
    m
        Index of the technician who is to serve the visit.
    """
    offsets = np.cumsum([0, *map(len, rounds)], dtype=np.int64)
    flat = np.array([v for sequence in rounds for v in sequence], dtype=np.int64)
    costs = np.array([cost_of(a, k, sequence) for k, sequence in enumerate(rounds)], dtype=np.int64)
    room = np.zeros((4, a.visits + 2), dtype=np.int64)
    begins = np.array(fixed, dtype=np.int64)
    added, place, out, to, place_to = _shift(a, flat, offsets, costs, begins, visit, m, room)
    if added >= NEVER:
        return None
    moved = rounds[m][out]
    rest = [v for v in rounds[m] if v != moved]
    made = {m: [*rest[:place], visit, *rest[place:]]}
    target = made.get(to, list(rounds[to]))
    made[to] = [*target[:place_to], moved, *target[place_to:]]
    return Places(made, added, m)


@kernel
def _place(
    a: Arrays, m: int, sequence: Ints, size: int, visit: int, first: int, room: Ints
) -> tuple[int, int]:
    """Return the least cost of a round with a visit added from a position on, and its place."""
    best, place = NEVER, -1
    if not a.allowed[m, visit]:
        return best, place
    load = a.load[visit]
    for position in range(size):
        load += a.load[sequence[position]]
        room[position if position < first else position + 1] = sequence[position]
    if load > a.capacity[m]:
        return best, place
    for position in range(first, size + 1):
        room[position] = visit
        cost = round_cost(a, m, room, size + 1)
        if cost < best:
            best, place = cost, position
        if position < size:
            room[position] = sequence[position]
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
    room: Ints,
) -> tuple[int, int, int, int, int]:
    """
    Return what the best shift adds, the visit's place, who makes room, to whose round, and where.

    `room` is of shape (4, n + 2): the round without one visit, with the new one, and two to try in.
    """
    best, best_place, best_out, best_to, best_place_to = NEVER, -1, -1, -1, -1
    size = offsets[m + 1] - offsets[m]
    rest, made = room[0], room[1]
    for out in range(fixed[m], size):
        moved = flat[offsets[m] + out]
        for position in range(size):
            if position != out:
                rest[position if position < out else position - 1] = flat[offsets[m] + position]
        cost, place = _place(a, m, rest, size - 1, visit, fixed[m], room[2])
        if cost == NEVER:
            continue
        for position in range(size - 1):
            made[position if position < place else position + 1] = rest[position]
        made[place] = visit
        for to in range(len(costs)):
            if to == m:
                both, place_to = _place(a, m, made, size, moved, fixed[m], room[3])
                added = both - costs[m]
            else:
                other = flat[offsets[to] : offsets[to + 1]]
                more, place_to = _place(a, to, other, len(other), moved, fixed[to], room[3])
                both = more
                added = cost - costs[m] + more - costs[to]
            if both < NEVER and added < best:
                best, best_place, best_out = added, place, out
                best_to, best_place_to = to, place_to
    return best, best_place, best_out, best_to, best_place_to
