"""The best choice of rounds by a complete search: a round a technician, no visit twice.

The duals of visits and vehicle types bound every choice from below ((1) in `candidates`). A choice
that is cheaper than the known one therefore has rounds of little surplus only, and few of
those have no visit in common. The search decides one technician at a time, first of the vehicle
type with fewest rounds left. A chosen round excludes, for all other technicians, the rounds that
share a visit with it and those that are too dear now. On days of up to some eight technicians that
completes in a second what integer programming leaves open after minutes (docs/bound.md).

Most often each round of a better choice has little surplus. The first passes therefore limit the
surplus of each round, and raise that limit. Further passes limit the surplus in all, until a
pass has covered every choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.deadline import has_passed
from dispatch.solve.partition.candidates import SAFETY, RoundChoice
from dispatch.solve.timing.kernel import inner, kernel

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dispatch.solve.deadline import Deadline
    from dispatch.solve.partition.candidates import CandidateRounds

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

# Visits of a word.
WORD = 64
# The first pass limits each round to this multiple of an equal part of the gap. Each further pass
# raises the limit by this factor. Each may take this share of the allowed work.
EVEN, EVENLY, EVEN_WORK = 0.2, 1.25, 0.3
# Then the first pass allows this share of the gap in all, each further one more by this factor.
FIRST, MORE = 0.25, 1.5
# Steps between two checks of the clock and of Ctrl-C: a tenth of a second.
CHUNK = 20_000_000
# Places in `Tree.at`: level, steps so far.
LEVEL, STEPS = 0, 1
# Places in `Tree.most_surplus`: of a better choice, and of a choice in this pass.
BETTER, ALLOWED = 0, 1


class Tree(NamedTuple):
    """
    The state of the search; a level for each decided technician.

    Parameters
    ----------
    visits
        The visits of each round as bits (rounds, words); rounds of a vehicle type stand together,
        least surplus first.
    net_cost, surplus, idle, unassigned
        As in `CandidateRounds`.
    open, first
        Rounds that can still be chosen at each level, those of vehicle type k at places
        first[level, k] to first[level, k + 1] - 1 (levels, rounds), (levels, types + 1).
    undecided
        Technicians of each vehicle type that are not decided (levels, types).
    used
        Visits of the chosen rounds, as bits (levels, words).
    spent, total
        Surplus and net cost of the chosen rounds (levels,).
    vehicle_type, place, chosen
        The vehicle type decided at each level, -1: none yet; how many of its rounds were tried; the
        chosen round, -1: no more rounds of the type (levels,).
    least
        Least surplus of a technician of each vehicle type at the level (types,).
    best, answer
        Net cost of the best choice (1,), and its rounds, then -1 (levels,).
    most_surplus
        Most surplus of a better choice, and of a choice in this pass (2,).
    at
        Level, and steps so far (2,).
    """

    visits: NDArray[np.uint64]
    net_cost: Ints
    surplus: Floats
    idle: Floats
    unassigned: Floats
    open: NDArray[np.int32]
    first: Ints
    undecided: Ints
    used: NDArray[np.uint64]
    spent: Floats
    total: Ints
    vehicle_type: Ints
    place: Ints
    chosen: Ints
    least: Floats
    best: Ints
    answer: Ints
    most_surplus: Floats
    at: Ints


def search_choices(
    candidates: CandidateRounds,
    counts: Ints,
    goal: int,
    most_steps: int,
    *,
    deadline: Deadline | None = None,
    on_wait: Callable[[], None] | None = None,
) -> RoundChoice:
    """
    Return the best choice of rounds whose net cost is below `goal`.

    Parameters
    ----------
    candidates
        Rounds, with a lower bound of every choice.
    counts
        Technicians of each vehicle type.
    goal
        Net cost of the known choice (seconds).
    most_steps
        How much work is allowed: rounds looked at, some hundred million a second.
    deadline
        Ends the work early; what is found then depends on the clock.
    on_wait
        Called now and then meanwhile; what it raises ends the work.
    """
    order = np.lexsort((candidates.surplus, candidates.vehicle_type))
    tree = _tree(candidates, counts, goal, order)
    vehicle_type = candidates.vehicle_type[order]

    def completed(share: float, most: float, until: int) -> bool:
        """Return whether a pass covered all choices of so much surplus in all and in each round."""
        gap = int(tree.best[0]) - 1 - candidates.base + SAFETY
        _begin_pass(tree, vehicle_type, counts, gap, share * gap, most * gap)
        while not _search(tree, min(until, int(tree.at[STEPS]) + CHUNK)):
            if on_wait is not None:
                on_wait()
            if tree.at[STEPS] >= until or has_passed(deadline):
                return False
        return True

    technicians, times = max(1, int(counts.sum())), EVEN
    while times < technicians and tree.at[STEPS] < most_steps / 2:
        if not completed(1.0, times / technicians, int(tree.at[STEPS] + EVEN_WORK * most_steps)):
            break
        times *= EVENLY
    share, complete = FIRST, False
    while not complete and completed(share, 1.0, most_steps):
        complete = share >= 1.0
        share = min(1.0, share * MORE)
    found = int(tree.best[0]) < goal
    numbers = [int(order[number]) for number in tree.answer if number >= 0]
    return RoundChoice(numbers if found else None, complete)


def _tree(candidates: CandidateRounds, counts: Ints, goal: int, order: NDArray[np.intp]) -> Tree:
    rounds, n = len(order), len(candidates.unassigned)
    types, levels = len(counts), int(counts.sum()) + 1
    words = max(1, -(-n // WORD))
    visits = np.zeros((rounds, words), dtype=np.uint64)
    for row, number in enumerate(order.tolist()):
        for visit in candidates.visits[number]:
            visits[row, visit // WORD] |= np.uint64(1 << visit % WORD)
    return Tree(
        visits=visits,
        net_cost=candidates.net_cost[order],
        surplus=candidates.surplus[order],
        idle=candidates.idle,
        unassigned=candidates.unassigned,
        open=np.zeros((levels, rounds), dtype=np.int32),
        first=np.zeros((levels, types + 1), dtype=np.int64),
        undecided=np.zeros((levels, types), dtype=np.int64),
        used=np.zeros((levels, words), dtype=np.uint64),
        spent=np.zeros(levels, dtype=np.float64),
        total=np.zeros(levels, dtype=np.int64),
        vehicle_type=np.zeros(levels, dtype=np.int64),
        place=np.zeros(levels, dtype=np.int64),
        chosen=np.zeros(levels, dtype=np.int64),
        least=np.zeros(types, dtype=np.float64),
        best=np.array([goal], dtype=np.int64),
        answer=np.full(levels, -1, dtype=np.int64),
        most_surplus=np.zeros(2, dtype=np.float64),
        at=np.zeros(2, dtype=np.int64),
    )


def _begin_pass(
    t: Tree, vehicle_type: Ints, counts: Ints, better: float, allowed: float, most: float
) -> None:
    """Begin a pass that allows so much surplus in all, and so much in each round."""
    some = np.flatnonzero(t.surplus <= most)
    t.open[0, : len(some)] = some
    t.first[0] = np.searchsorted(vehicle_type[some], np.arange(len(counts) + 1))
    t.undecided[0] = counts
    t.used[0], t.spent[0], t.total[0], t.vehicle_type[0] = 0, 0.0, 0, -1
    t.most_surplus[BETTER], t.most_surplus[ALLOWED] = better, allowed
    t.at[LEVEL] = 0


@kernel
def _search(t: Tree, most_steps: int) -> bool:
    """Continue up to so many steps in all, and return whether the pass is at its end."""
    while t.at[LEVEL] >= 0 and t.at[STEPS] < most_steps:
        level = t.at[LEVEL]
        if t.vehicle_type[level] < 0 and not _pick_type(t, level):
            _record(t, level)
            t.at[LEVEL] -= 1
        elif not _try_next(t, level):
            t.at[LEVEL] -= 1
    return t.at[LEVEL] < 0


@inner
def _pick_type(t: Tree, level: int) -> bool:
    """Pick the vehicle type with fewest rounds left; return False where all are decided."""
    fewest = np.int64(1 << 60)
    for k in range(len(t.idle)):
        rounds = t.first[level, k + 1] - t.first[level, k]
        if t.undecided[level, k] > 0 and rounds < fewest:
            fewest = rounds
            t.vehicle_type[level], t.place[level] = k, 0
    return t.vehicle_type[level] >= 0


@inner
def _record(t: Tree, level: int) -> None:
    """Record the choice where it is better."""
    if t.total[level] < t.best[0]:
        t.most_surplus[BETTER] -= t.best[0] - t.total[level]
        t.best[0] = t.total[level]
        t.answer[:] = -1
        for above in range(level):
            t.answer[above] = t.chosen[above]


@inner
def _least_surplus(t: Tree, level: int, k: int) -> float:
    """Return the least surplus of a technician of a vehicle type: with a round, or idle."""
    if t.first[level, k + 1] > t.first[level, k]:
        return min(t.idle[k], t.surplus[t.open[level, t.first[level, k]]])
    return t.idle[k]


@inner
def _try_next(t: Tree, level: int) -> bool:
    """Try the next round of the picked type, at last none; return False after that."""
    k = t.vehicle_type[level]
    rounds = t.first[level, k + 1] - t.first[level, k]
    if t.place[level] > rounds:
        return False
    others = 0.0
    for q in range(len(t.idle)):
        t.least[q] = _least_surplus(t, level, q)
        if q != k:
            others += t.undecided[level, q] * t.least[q]
    slack = min(t.most_surplus[BETTER], t.most_surplus[ALLOWED]) - t.spent[level]
    place = t.place[level]
    t.place[level] += 1
    if place == rounds:
        t.chosen[level] = -1
        spent = t.idle[k] * t.undecided[level, k]
        if spent + others <= slack:
            _descend(t, level, place, spent, slack - spent - others)
        return True
    rest = others + (t.undecided[level, k] - 1) * t.least[k]
    number = t.open[level, t.first[level, k] + place]
    t.chosen[level] = number
    if t.surplus[number] + rest > slack:
        # The rounds after it are dearer.
        t.place[level] = rounds
    else:
        _descend(t, level, place, t.surplus[number], slack - t.surplus[number] - rest)
    return True


@inner
def _descend(t: Tree, level: int, place: int, spent: float, slack: float) -> None:
    """
    Go a level down with the rounds that remain beside the choice, where that can be better.

    Parameters
    ----------
    place
        Place of the chosen round among those of its type.
    spent
        The surplus of the choice.
    slack
        The allowed surplus that remains when all others have their least.
    """
    below, number, decided = level + 1, t.chosen[level], t.vehicle_type[level]
    words = t.visits.shape[1]
    for w in range(words):
        t.used[below, w] = t.used[level, w]
        if number >= 0:
            t.used[below, w] |= t.visits[number, w]
    end, more = np.int64(0), 0.0
    for k in range(len(t.idle)):
        t.first[below, k] = end
        free, start = t.undecided[level, k], t.first[level, k]
        if k == decided:
            free = free - 1 if number >= 0 else 0
            # Of two rounds of one type the later is chosen at the lower level.
            start += place + 1
        t.undecided[below, k] = free
        if free == 0:
            continue
        for at in range(start, t.first[level, k + 1]):
            other = t.open[level, at]
            t.at[STEPS] += 1
            if t.surplus[other] > slack + t.least[k]:
                break
            clash = False
            if number >= 0:
                for w in range(words):
                    clash = clash or (t.visits[other, w] & t.visits[number, w]) != 0
            if not clash:
                t.open[below, end] = other
                end += 1
        t.first[below, k + 1] = end
        more += free * (_least_surplus(t, below, k) - t.least[k])
    t.first[below, len(t.idle)] = end
    t.at[STEPS] += len(t.idle) + len(t.unassigned) // 8
    if more <= slack and more + _unassigned_surplus(t, below, end) <= slack:
        t.spent[below] = t.spent[level] + spent
        t.total[below] = t.total[level] + (t.net_cost[number] if number >= 0 else 0)
        t.vehicle_type[below] = -1
        t.at[LEVEL] = below


@inner
def _unassigned_surplus(t: Tree, level: int, end: int) -> float:
    """Return the surplus of the visits that no open round can serve."""
    surplus, n = 0.0, len(t.unassigned)
    for w in range(t.visits.shape[1]):
        within = t.used[level, w]
        for at in range(end):
            within |= t.visits[t.open[level, at], w]
        for bit in range(min(WORD, n - WORD * w)):
            if not (within >> np.uint64(bit)) & np.uint64(1):
                surplus += t.unassigned[WORD * w + bit]
    t.at[STEPS] += end // 4
    return surplus
