"""The best plan of a small problem, by trying every order, every second and every choice.

Nothing here is shared with the search: drives are those of `dispatch.checker.driving`, and rules
and costs are written down once more, as docs/formats.md states them. A round is followed second by
second: `leaving[flag, d, t]` is the least cost of having left a place at `t` after a departure at
`d`, with the break to come (0) or taken (1). Departures are told apart only where the working time
is limited.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dispatch.checker.driving import arrival
from dispatch.streets.router import Travel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dispatch.fieldwork import Technician
    from dispatch.model.problem import DayProblem

    Ints = NDArray[np.int64]

IMPOSSIBLE = 1 << 60
Rounds = dict[frozenset[int], int]
"""The least cost of a round, for each set of visits that it can serve."""


def best_cost(problem: DayProblem, unit: int = 1, must: frozenset[int] = frozenset()) -> int | None:
    """
    Return the least cost of any plan that serves all mandatory visits (seconds); None: no plan.

    Parameters
    ----------
    problem
        The problem.
    unit
        All its times are multiples of this: only such seconds are tried. With several slots: 1.
    must
        Numbers of visits that have to be served as well.
    """
    drives = Drives(problem, unit)
    plans: Rounds = {frozenset(): 0}
    for m in range(len(problem.technicians)):
        rounds = RoundsTried(problem, m, drives).rounds()
        better: Rounds = {}
        for done, cost in plans.items():
            for visits, more in rounds.items():
                both = done | visits
                if not done & visits and cost + more < better.get(both, IMPOSSIBLE):
                    better[both] = cost + more
        plans = better
    costs = [
        cost + sum(v.unassigned_cost_s or 0 for i, v in enumerate(problem.visits) if i not in done)
        for done, cost in plans.items()
        if must <= done and all(i in done for i, v in enumerate(problem.visits) if v.mandatory)
    ]
    return min(costs, default=None)


class Drives:
    """When a drive arrives, for every second (in units) of leaving; with and without the break."""

    def __init__(self, problem: DayProblem, unit: int) -> None:
        travel = problem.travel
        if unit > 1 and len(travel.slot_starts_s) > 1:
            msg = "with several slots every second counts"
            raise ValueError(msg)
        self.unit = unit
        self.travel = Travel(travel.places, travel.seconds // unit, None, travel.slot_starts_s)
        self.row = {place: index for index, place in enumerate(travel.places)}
        crew = problem.technicians
        self.end = max((t.shift_s.end_s + t.max_overtime_s) // unit for t in crew) + 1
        self._arrivals: dict[tuple[str, str], Ints] = {}
        self._rests: dict[tuple[str, str, str], tuple[Ints, Ints, Ints]] = {}

    def arrivals(self, origin: str, destination: str) -> Ints:
        """Return the arrival for each moment of leaving."""
        key = origin, destination
        if key not in self._arrivals:
            i, j = self.row[origin], self.row[destination]
            self._arrivals[key] = np.array(
                [arrival(self.travel, i, j, leave) for leave in range(self.end)], dtype=np.int64
            )
        return self._arrivals[key]

    def rests(self, who: Technician, origin: str, destination: str) -> tuple[Ints, Ints, Ints]:
        """Return (leave, ready, travel) of every break on a drive, or after it, worth taking."""
        key = who.id, origin, destination
        if key not in self._rests:
            rows = [
                (leave, *each)
                for leave in range(self.end)
                for each in self._breaks(who, origin, destination, leave)
            ]
            table = np.array(rows, dtype=np.int64).reshape(-1, 3).T
            self._rests[key] = table[0], table[1], table[2]
        return self._rests[key]

    def _breaks(
        self, who: Technician, origin: str, destination: str, leave: int
    ) -> list[tuple[int, int]]:
        """Return (ready, travel) of the breaks of which no other is sooner and no dearer."""
        pause = who.break_
        if pause is None:
            return []
        i, j, unit = self.row[origin], self.row[destination], self.unit
        home, length = int(self.arrivals(origin, destination)[leave]), pause.duration_s // unit
        found: list[tuple[int, int]] = []
        for begin in range(max(leave, -(-pause.earliest_s // unit)), pause.latest_s // unit + 1):
            if begin >= home:
                found.append((begin + length, home - leave))
                break
            ready = arrival(self.travel, i, j, leave, (begin, begin + length))
            found.append((ready, ready - leave - length))
        found.sort()
        kept: list[tuple[int, int]] = []
        for ready, travel in found:
            if not kept or travel < kept[-1][1]:
                kept.append((ready, travel))
        return kept


class RoundsTried:
    """All rounds of one technician."""

    def __init__(self, problem: DayProblem, m: int, drives: Drives) -> None:
        self.problem, self.who, self.drives = problem, problem.technicians[m], drives
        self.unit, self.end = drives.unit, drives.end
        locked = self.who.locked
        number = {visit.id: index for index, visit in enumerate(problem.visits)}
        self.prefix = [number[name] for name in locked.visits] if locked else []
        self.closed = bool(locked and locked.closed)
        held = {name for t in problem.technicians if t.locked for name in t.locked.visits}
        self.able = [
            index
            for index, visit in enumerate(problem.visits)
            if visit.skills <= self.who.skills
            and visit.technician in (None, self.who.id)
            and self.who.id not in visit.not_with
            and (visit.id not in held or index in self.prefix)
        ]

    def rounds(self) -> Rounds:
        """Return the cheapest round for each set of visits."""
        self.found: Rounds = {} if self.prefix else {frozenset(): 0}
        latest = (self.who.shift_s.end_s + self.who.max_overtime_s) // self.unit
        departures = range(self.who.shift_s.start_s // self.unit, latest + 1)
        rows = len(departures) if self.who.max_working_s is not None else 1
        leaving = np.full((2, rows, self.end), IMPOSSIBLE, dtype=np.int64)
        for row, departure in enumerate(departures):
            if departure < self.end:
                leaving[0, row if rows > 1 else 0, departure] = 0
        self.departures = np.array(departures, dtype=np.int64)
        self._extend((), self.who.start, leaving, 0)
        return self.found

    def _extend(self, sequence: tuple[int, ...], place: str, leaving: Ints, load: int) -> None:
        if sequence and len(sequence) >= len(self.prefix):
            cost = self._home(place, leaving)
            if cost < IMPOSSIBLE:
                cost = cost * self.unit + self.soft_cost(sequence)
                key = frozenset(sequence)
                self.found[key] = min(self.found.get(key, IMPOSSIBLE), cost)
        for visit in self._next(sequence):
            more = load + self.problem.visits[visit].load
            if self.who.capacity is not None and more > self.who.capacity:
                continue
            target = self.problem.visits[visit].place
            then = self._serve(visit, self._drive(place, target, leaving))
            if (then < IMPOSSIBLE).any():
                self._extend((*sequence, visit), target, then, more)

    def _next(self, sequence: tuple[int, ...]) -> Iterator[int]:
        """Yield the visits that may come next: the fixed prefix, then any, unless it is closed."""
        if len(sequence) < len(self.prefix):
            following = self.prefix[len(sequence)]
            if following in self.able:
                yield following
        elif not self.closed:
            yield from (visit for visit in self.able if visit not in sequence)

    def _drive(self, origin: str, destination: str, leaving: Ints) -> Ints:
        """Return the least cost of being ready at a place at each moment."""
        ready = np.full_like(leaving, IMPOSSIBLE)
        then = self.drives.arrivals(origin, destination)
        at = np.flatnonzero(then < self.end)
        for flag in (0, 1):
            costs = leaving[flag][:, at] + (then[at] - at)
            _least_at(ready[flag], then[at], costs)
        leave, rested, travel = self.drives.rests(self.who, origin, destination)
        within = rested < self.end
        costs = leaving[0][:, leave[within]] + travel[within]
        _least_at(ready[1], rested[within], costs)
        return ready

    def _serve(self, visit: int, ready: Ints) -> Ints:
        """Return the least cost of having left a visit at each moment."""
        about, unit = self.problem.visits[visit], self.unit
        costs = np.minimum.accumulate(ready, axis=2)
        if about.windows_s:
            moments = np.arange(self.end) * unit
            inside = np.zeros(self.end, dtype=np.bool_)
            for low, high in about.windows_s:
                inside |= (low <= moments) & (moments <= high)
            costs[:, :, ~inside] = IMPOSSIBLE
        if about.within_s:
            ends = np.arange(self.end) * unit + about.duration_s
            whole = np.zeros(self.end, dtype=np.bool_)
            for low, high in about.within_s:
                whole |= (low <= ends - about.duration_s) & (ends <= high)
            costs[:, :, ~whole] = IMPOSSIBLE
        weight = self.problem.weights.lateness or 0
        if weight and about.due_s is not None:
            late = np.maximum(0, np.arange(self.end) - about.due_s // unit)
            costs = costs + weight * late
        left = np.full_like(costs, IMPOSSIBLE)
        stay = about.duration_s // unit
        if stay < self.end:
            left[:, :, stay:] = costs[:, :, : self.end - stay]
        return left

    def _home(self, place: str, leaving: Ints) -> int:
        """Return the least cost (units) of a round that ends with this drive."""
        who, unit = self.who, self.unit
        back = self._drive(place, who.end, leaving)
        moments = np.arange(self.end)
        over = np.maximum(0, moments - who.shift_s.end_s // unit)
        back = back + self.problem.weights.overtime * over
        late = moments > (who.shift_s.end_s + who.max_overtime_s) // unit
        back[:, :, late] = IMPOSSIBLE
        if who.break_ is not None:
            back[0][:, moments * unit > who.break_.latest_s] = IMPOSSIBLE
        if who.max_working_s is not None:
            worked = moments[None] - self.departures[:, None]
            back[:, worked * unit > who.max_working_s] = IMPOSSIBLE
        return min(int(back.min()), IMPOSSIBLE)

    def soft_cost(self, sequence: tuple[int, ...]) -> int:
        """Return what unfamiliar places and work above the fair share cost (seconds)."""
        visits, weights = [self.problem.visits[index] for index in sequence], self.problem.weights
        unknown = [100 - visit.familiar.get(self.who.id, 0) for visit in visits]
        over = max(0, sum(visit.duration_s for visit in visits) - self.share)
        return sum(_up(weights.unfamiliarity * each) for each in unknown) + _up(
            weights.imbalance * over
        )

    @cached_property
    def share(self) -> int:
        """Return the fair share of time on site (seconds), rounded up."""
        if self.who.fair_share_s is not None:
            return self.who.fair_share_s
        total = sum(visit.duration_s for visit in self.problem.visits)
        crew = self.problem.technicians
        lengths = {t.id: t.shift_s.end_s - t.shift_s.start_s for t in crew}
        if not any(lengths.values()):
            lengths = dict.fromkeys(lengths, 1)
        return -(-total * lengths[self.who.id] // sum(lengths.values()))


def _up(hundredths: int) -> int:
    return -(-hundredths // 100)


def _least_at(table: Ints, columns: Ints, costs: Ints) -> None:
    """Lower the table's columns to costs: several may be of one column."""
    if not len(columns):
        return
    order = np.argsort(columns, kind="stable")
    where, first = np.unique(columns[order], return_index=True)
    least = np.minimum.reduceat(costs[:, order], first, axis=1)
    table[:, where] = np.minimum(table[:, where], least)
