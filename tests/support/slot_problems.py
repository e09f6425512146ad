"""Small problems whose travel depends on the time of day, solved by trying everything.

Every second is tried for leaving, for beginning the break and for each service, with the drives of
`dispatch.checker.driving`, which shares nothing with the solver.
"""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache

import numpy as np

from dispatch import DayProblem, Travel
from dispatch.checker.driving import arrival
from tests.support import small_problems
from tests.support.small_problems import small_problem

NEVER = 1 << 40
FACTORS = (0, 2, 3, 4, 5, 6, 8, 13)


def slotted(problem: DayProblem, seed: int, slots: int = 4) -> DayProblem:
    """
    Return the problem with its travel times a factor in each slot, or drawn anew in some.

    The first slots are short against the drives, so that these go over several.
    """
    rng = random.Random(seed)
    base = problem.travel.seconds[0]
    starts = sorted(rng.sample(range(1, 300), slots - 1))
    if rng.random() < 0.3:
        first = rng.randint(1, 200)
        starts = [first + 15 * k for k in range(slots - 1)]
    matrices = []
    for _ in range(slots):
        factor = rng.choice(FACTORS if rng.random() < 0.2 else FACTORS[1:])
        matrix = -(-base * factor // 5)
        if rng.random() < 0.15:
            matrix = np.array([[rng.randint(0, 60) for _ in row] for row in base.tolist()])
            np.fill_diagonal(matrix, 0)
        matrices.append(matrix)
    travel = problem.travel
    seconds = np.array(matrices, dtype=np.int64)
    return replace(problem, travel=Travel(travel.places, seconds, travel.metres, (0, *starts)))


def small_slotted(seed: int, visits: int, technicians: int, slots: int = 4) -> DayProblem:
    """Return a random problem of the whole model with slots."""
    return slotted(small_problem(seed, visits, technicians), seed, slots)


class Trying:
    """The drives of a problem for one technician, each worked out once."""

    def __init__(self, problem: DayProblem, technician: int) -> None:
        self.problem, self.who = problem, problem.technicians[technician]
        self.row = {place: index for index, place in enumerate(problem.travel.places)}
        self.end = self.who.shift_s.end_s + self.who.max_overtime_s
        self.drive = cache(self._drive)
        self.rest = cache(self._rest)

    def _drive(self, origin: str, destination: str, leave: int) -> int:
        return arrival(self.problem.travel, self.row[origin], self.row[destination], leave)

    def _rest(self, origin: str, destination: str, leave: int) -> tuple[tuple[int, int], ...]:
        """Return (ready, travel) of all moments for the break on this leg."""
        pause = self.who.break_
        if pause is None:
            return ()
        home = self.drive(origin, destination, leave)
        found = []
        i, j = self.row[origin], self.row[destination]
        for begin in range(max(leave, pause.earliest_s), pause.latest_s + 1):
            end = begin + pause.duration_s
            if begin >= home:
                found.append((end, home - leave))
                break
            ready = arrival(self.problem.travel, i, j, leave, (begin, end))
            found.append((ready, ready - leave - pause.duration_s))
        return tuple(found)

    def cost(self, sequence: tuple[int, ...]) -> int | None:
        """Return the least cost of travel and overtime along a sequence; None: impossible."""
        who = self.who
        departures = list(range(who.shift_s.start_s, self.end + 1))
        if who.max_working_s is None:
            best = self._cost(sequence, departures, self.end)
        else:
            best = min(
                self._cost(sequence, [d], min(self.end, d + who.max_working_s)) for d in departures
            )
        return None if best >= NEVER else best

    def _cost(self, sequence: tuple[int, ...], departures: list[int], end: int) -> int:
        who, weight = self.who, self.problem.weights.overtime
        # Least cost of leaving the last node at each moment, break to come and taken.
        leaving: list[dict[int, int]] = [dict.fromkeys(departures, 0), {}]
        place = who.start
        for visit in [*(self.problem.visits[v] for v in sequence), None]:
            target = who.end if visit is None else visit.place
            ready: list[dict[int, int]] = [{}, {}]
            for flag in (0, 1):
                for leave, cost in leaving[flag].items():
                    there = self.drive(place, target, leave)
                    keep(ready[flag], there, cost + there - leave)
                    if flag == 0:
                        for then, travel in self.rest(place, target, leave):
                            keep(ready[1], then, cost + travel)
            if visit is None:
                home = [
                    cost + weight * max(0, back - who.shift_s.end_s)
                    for flag in (0, 1)
                    for back, cost in ready[flag].items()
                    if back <= end
                    and (flag == 1 or who.break_ is None or back <= who.break_.latest_s)
                ]
                return min(home, default=NEVER)
            leaving = [{}, {}]
            for flag in (0, 1):
                best = NEVER
                for start in range(min(ready[flag], default=end + 1), end + 1):
                    best = min(best, ready[flag].get(start, NEVER))
                    windows = visit.windows_s
                    if not windows or any(low <= start <= high for low, high in windows):
                        leaving[flag][start + visit.duration_s] = best
            place = target
        raise AssertionError


def keep(costs: dict[int, int], time: int, cost: int) -> None:
    """Keep the least cost of each moment."""
    if cost < costs.get(time, NEVER):
        costs[time] = cost


def best_cost(problem: DayProblem) -> int | None:
    """Return the least cost of any plan that serves all mandatory visits; None: there is none."""
    return small_problems.best_cost(problem, lambda day, who: Trying(day, who).cost)
