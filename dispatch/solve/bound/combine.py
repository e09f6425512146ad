"""The best choice of rounds by trying all that can be better: a round a technician, none twice.

Prices of visits and technicians bound every choice: it costs

    base + sum of the surplus of its rounds + of what it leaves, visits and technicians    (1)

at least, where no surplus is negative. A choice cheaper than the one known therefore has rounds
of little surplus only, and few that have no visit in common: a technician at a time, the one with
fewest rounds left first, whatever clashes or is too dear is struck out for all the others. On days
of up to some eight technicians that settles in a second what integer programming leaves open
after minutes (docs/bound.md).

A better choice has most often little surplus in each of its rounds. The first passes allow each
round more and more, up to what can be seen; further ones more and more in all, until one has
seen everything.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.timing.kernel import inner, kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

# Visits of a word.
WORD = 64
# What prices lose when they are rounded, in seconds; costs are whole seconds.
SAFETY = 0.5
# Times its part that a round may have in the first pass, how much more in each further one, and the
# share of the work allowed for each.
EVEN, EVENLY, EVEN_WORK = 0.2, 1.25, 0.3
# Then the first pass allows this share of the surplus that can matter, each further one more.
FIRST, MORE = 0.25, 1.5
# Looks between two glances at the clock and at Ctrl-C: a tenth of a second.
CHUNK = 20_000_000
# Level and looks in `Tree.at`.
LEVEL, LOOKS = 0, 1


class Offers(NamedTuple):
    """
    Rounds to choose from, and prices that bound every choice by (1).

    Parameters
    ----------
    kind
        Of technicians who can drive each round (rounds,).
    visits
        Of each round.
    worth
        What each round adds to the cost of a choice (rounds,): its own less what leaving its visits
        costs (seconds).
    surplus
        Of each round (rounds,), at least 0 (seconds).
    idle, left
        Surplus of a technician of each kind without a round (kinds,), and of each visit
        left (n,), at least 0.
    base
        As in (1), counted as `worth` is.
    """

    kind: Ints
    visits: Sequence[Sequence[int]]
    worth: Ints
    surplus: Floats
    idle: Floats
    left: Floats
    base: float

    def picked(self, numbers: Sequence[int]) -> list[tuple[int, tuple[int, ...]]]:
        """Return (kind, visits) of some rounds."""
        return [(int(self.kind[number]), tuple(self.visits[number])) for number in numbers]


class Combined(NamedTuple):
    """
    What was found.

    Parameters
    ----------
    chosen
        Numbers of the rounds of the best choice; None where none is better than the one known.
    settled
        Whether nothing better is left.
    """

    chosen: list[int] | None
    settled: bool


class Tree(NamedTuple):
    """
    Where the search stands; a level for each technician decided.

    Parameters
    ----------
    holds
        The visits of each round as bits (rounds, words); rounds of a kind stand together, least
        surplus first.
    worth, surplus, idle, left
        As in `Offers`.
    open, first
        Rounds that can still be chosen at each level, those of kind k at places
        first[level, k] to first[level, k + 1] - 1 (levels, rounds), (levels, kinds + 1).
    need
        Technicians of each kind that are not decided (levels, kinds).
    used
        Visits of the rounds chosen, as bits (levels, words).
    spent, total
        Surplus and worth of the rounds chosen (levels,).
    kind, place, chosen
        The kind decided at each level, -1: none yet; how many of its rounds were tried; the
        round chosen, -1: no more rounds of the kind (levels,).
    least
        Least surplus of a technician of each kind at the level (kinds,).
    best, answer
        Worth of the best choice (1,), and its rounds, then -1 (levels,).
    room
        Surplus that a better choice may have, and what this pass allows (2,).
    at
        Level, and looks so far (2,).
    """

    holds: NDArray[np.uint64]
    worth: Ints
    surplus: Floats
    idle: Floats
    left: Floats
    open: NDArray[np.int32]
    first: Ints
    need: Ints
    used: NDArray[np.uint64]
    spent: Floats
    total: Ints
    kind: Ints
    place: Ints
    chosen: Ints
    least: Floats
    best: Ints
    answer: Ints
    room: Floats
    at: Ints


def combine(
    offers: Offers,
    counts: Ints,
    goal: int,
    looks: int,
    *,
    deadline: float | None = None,
    on_wait: Callable[[], None] | None = None,
) -> Combined:
    """
    Return the best choice of rounds whose worth is below `goal`.

    Parameters
    ----------
    offers
        Rounds, and prices.
    counts
        Technicians of each kind.
    goal
        Worth of the choice known (seconds).
    looks
        How much work is allowed: rounds looked at, some hundred million a second.
    deadline
        Moment of `time.monotonic`, a safety net.
    on_wait
        Called now and then meanwhile; what it raises ends the work.
    """
    order = np.lexsort((offers.surplus, offers.kind))
    tree = _tree(offers, counts, goal, order)
    kind = offers.kind[order]

    def ended(share: float, most: float, until: int) -> bool:
        """Return whether all choices are seen of which each round has so much surplus at most."""
        room = int(tree.best[0]) - 1 - offers.base + SAFETY
        _plant(tree, kind, counts, room, share * room, most * room)
        while not search(tree, min(until, int(tree.at[LOOKS]) + CHUNK)):
            if on_wait is not None:
                on_wait()
            if tree.at[LOOKS] >= until or (deadline is not None and time.monotonic() >= deadline):
                return False
        return True

    technicians, times = max(1, int(counts.sum())), EVEN
    while times < technicians and tree.at[LOOKS] < looks / 2:
        if not ended(1.0, times / technicians, int(tree.at[LOOKS] + EVEN_WORK * looks)):
            break
        times *= EVENLY
    share, settled = FIRST, False
    while not settled and ended(share, 1.0, looks):
        settled = share >= 1.0
        share = min(1.0, share * MORE)
    found = int(tree.best[0]) < goal
    numbers = [int(order[number]) for number in tree.answer if number >= 0]
    return Combined(numbers if found else None, settled)


def _tree(offers: Offers, counts: Ints, goal: int, order: NDArray[np.intp]) -> Tree:
    rounds, n, kinds, levels = len(order), len(offers.left), len(counts), int(counts.sum()) + 1
    words = max(1, -(-n // WORD))
    holds = np.zeros((rounds, words), dtype=np.uint64)
    for row, number in enumerate(order.tolist()):
        for visit in offers.visits[number]:
            holds[row, visit // WORD] |= np.uint64(1 << visit % WORD)
    return Tree(
        holds=holds,
        worth=offers.worth[order],
        surplus=offers.surplus[order],
        idle=offers.idle,
        left=offers.left,
        open=np.zeros((levels, rounds), dtype=np.int32),
        first=np.zeros((levels, kinds + 1), dtype=np.int64),
        need=np.zeros((levels, kinds), dtype=np.int64),
        used=np.zeros((levels, words), dtype=np.uint64),
        spent=np.zeros(levels, dtype=np.float64),
        total=np.zeros(levels, dtype=np.int64),
        kind=np.zeros(levels, dtype=np.int64),
        place=np.zeros(levels, dtype=np.int64),
        chosen=np.zeros(levels, dtype=np.int64),
        least=np.zeros(kinds, dtype=np.float64),
        best=np.array([goal], dtype=np.int64),
        answer=np.full(levels, -1, dtype=np.int64),
        room=np.zeros(2, dtype=np.float64),
        at=np.zeros(2, dtype=np.int64),
    )


def _plant(t: Tree, kind: Ints, counts: Ints, room: float, allowed: float, most: float) -> None:
    """Begin a pass that allows so much surplus in all, and in each round."""
    some = np.flatnonzero(t.surplus <= most)
    t.open[0, : len(some)] = some
    t.first[0] = np.searchsorted(kind[some], np.arange(len(counts) + 1))
    t.need[0] = counts
    t.used[0], t.spent[0], t.total[0], t.kind[0] = 0, 0.0, 0, -1
    t.room[:] = room, allowed
    t.at[LEVEL] = 0


@kernel
def search(t: Tree, looks: int) -> bool:
    """Go on up to so many looks in all, and return whether the pass is at its end."""
    while t.at[LEVEL] >= 0 and t.at[LOOKS] < looks:
        level = t.at[LEVEL]
        if t.kind[level] < 0 and not _ask(t, level):
            _take(t, level)
            t.at[LEVEL] -= 1
        elif not _go_on(t, level):
            t.at[LEVEL] -= 1
    return t.at[LEVEL] < 0


@inner
def _ask(t: Tree, level: int) -> bool:
    """Decide about the kind with fewest rounds left; return False where all are decided."""
    fewest = np.int64(1 << 60)
    for k in range(len(t.idle)):
        rounds = t.first[level, k + 1] - t.first[level, k]
        if t.need[level, k] > 0 and rounds < fewest:
            fewest = rounds
            t.kind[level], t.place[level] = k, 0
    return t.kind[level] >= 0


@inner
def _take(t: Tree, level: int) -> None:
    """Keep the choice made where it is better."""
    if t.total[level] < t.best[0]:
        t.room[0] -= t.best[0] - t.total[level]
        t.best[0] = t.total[level]
        t.answer[:] = -1
        for above in range(level):
            t.answer[above] = t.chosen[above]


@inner
def _least(t: Tree, level: int, k: int) -> float:
    """Return the least surplus of a technician of a kind: with a round, or without."""
    if t.first[level, k + 1] > t.first[level, k]:
        return min(t.idle[k], t.surplus[t.open[level, t.first[level, k]]])
    return t.idle[k]


@inner
def _go_on(t: Tree, level: int) -> bool:
    """Try the next round of the kind decided here, at last none; return False after that."""
    k = t.kind[level]
    rounds = t.first[level, k + 1] - t.first[level, k]
    if t.place[level] > rounds:
        return False
    others = 0.0
    for q in range(len(t.idle)):
        t.least[q] = _least(t, level, q)
        if q != k:
            others += t.need[level, q] * t.least[q]
    room = min(t.room[0], t.room[1]) - t.spent[level]
    place = t.place[level]
    t.place[level] += 1
    if place == rounds:
        t.chosen[level] = -1
        cost = t.idle[k] * t.need[level, k]
        if cost + others <= room:
            _strike(t, level, place, cost, room - cost - others)
        return True
    rest = others + (t.need[level, k] - 1) * t.least[k]
    number = t.open[level, t.first[level, k] + place]
    t.chosen[level] = number
    if t.surplus[number] + rest > room:
        # Those that follow are dearer.
        t.place[level] = rounds
    else:
        _strike(t, level, place, t.surplus[number], room - t.surplus[number] - rest)
    return True


@inner
def _strike(t: Tree, level: int, place: int, cost: float, room: float) -> None:
    """
    Go a level down with what is left beside the choice made here, where that can be better.

    Parameters
    ----------
    place
        Of the round chosen among those of its kind.
    cost
        Its surplus.
    room
        What is left of the surplus allowed when all the others have the least they can.
    """
    below, number, decided = level + 1, t.chosen[level], t.kind[level]
    words = t.holds.shape[1]
    for w in range(words):
        t.used[below, w] = t.used[level, w]
        if number >= 0:
            t.used[below, w] |= t.holds[number, w]
    end, more = np.int64(0), 0.0
    for k in range(len(t.idle)):
        t.first[below, k] = end
        need, start = t.need[level, k], t.first[level, k]
        if k == decided:
            need = need - 1 if number >= 0 else 0
            # Of two rounds of one kind the later is chosen at the lower level.
            start += place + 1
        t.need[below, k] = need
        if need == 0:
            continue
        for at in range(start, t.first[level, k + 1]):
            other = t.open[level, at]
            t.at[LOOKS] += 1
            if t.surplus[other] > room + t.least[k]:
                break
            clash = False
            if number >= 0:
                for w in range(words):
                    clash = clash or (t.holds[other, w] & t.holds[number, w]) != 0
            if not clash:
                t.open[below, end] = other
                end += 1
        t.first[below, k + 1] = end
        more += need * (_least(t, below, k) - t.least[k])
    t.first[below, len(t.idle)] = end
    t.at[LOOKS] += len(t.idle) + len(t.left) // 8
    if more <= room and more + _lost(t, below, end) <= room:
        t.spent[below] = t.spent[level] + cost
        t.total[below] = t.total[level] + (t.worth[number] if number >= 0 else 0)
        t.kind[below] = -1
        t.at[LEVEL] = below


@inner
def _lost(t: Tree, level: int, end: int) -> float:
    """Return the surplus of the visits that no round left can serve."""
    lost, n = 0.0, len(t.left)
    for w in range(t.holds.shape[1]):
        within = t.used[level, w]
        for at in range(end):
            within |= t.holds[t.open[level, at], w]
        for bit in range(min(WORD, n - WORD * w)):
            if not (within >> np.uint64(bit)) & np.uint64(1):
                lost += t.left[WORD * w + bit]
    t.at[LOOKS] += end // 4
    return lost
