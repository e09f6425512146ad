"""Random small problems of the whole model, and their best plans by trying everything.

Nothing here is shared with the solver: the clocks run over the problem itself.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from itertools import pairwise, permutations

import numpy as np

from dispatch import DayProblem, Shift, Technician, TimeWindow, Travel, Visit
from dispatch.model.problem import Weights

DAY = date(2026, 11, 25)
CostOf = Callable[[tuple[int, ...]], int | None]
CostsOf = Callable[[DayProblem, int], CostOf]


def small_problem(seed: int, visits: int, technicians: int) -> DayProblem:
    """
    Return a random problem that uses every rule of the model.

    Times are small integers, so that every departure can be tried; travel is
    asymmetric and keeps no triangle inequality.
    """
    rng = random.Random(seed)
    size = visits + 2
    seconds = [[0 if i == j else rng.randint(1, 60) for j in range(size)] for i in range(size)]
    places = tuple(f"p{i}" for i in range(size))
    return DayProblem(
        date=DAY,
        travel=Travel(places, np.array([seconds]), 10 * np.array(seconds)),
        technicians=tuple(_technician(rng, f"t{k}", places[:2]) for k in range(technicians)),
        visits=tuple(
            _visit(rng, f"v{v}", places[2:], "t0" if technicians else None) for v in range(visits)
        ),
        weights=Weights(overtime=rng.choice([0, 0, 1, 3])),
    )


def _visit(rng: random.Random, name: str, places: tuple[str, ...], pin: str | None) -> Visit:
    windows, time = [], rng.randint(0, 100)
    for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
        windows.append(TimeWindow(time, time + rng.randint(0, 60)))
        time = windows[-1].end_s + rng.randint(2, 80)
    return Visit(
        id=name,
        place=rng.choice(places),
        duration_s=rng.choice([0, 5, 20, 40]),
        windows_s=tuple(windows),
        skills=frozenset(rng.sample("ab", rng.choice([0, 0, 1]))),
        unassigned_cost_s=rng.choice([30, 50, 100, 200, 400, None]),
        load=rng.randint(0, 3),
        technician=rng.choice([None] * 6 + [pin]),
    )


def _technician(rng: random.Random, name: str, depots: tuple[str, ...]) -> Technician:
    start = rng.randint(0, 50)
    end = start + rng.randint(100, 400)
    pause = None
    if rng.random() < 0.7:
        earliest = rng.randint(max(0, start - 30), end)
        pause = {
            "duration_s": rng.randint(0, 40),
            "earliest_s": earliest,
            "latest_s": earliest + rng.randint(0, 80),
        }
    return Technician.model_validate(
        {
            "id": name,
            "start": rng.choice(depots),
            "end": rng.choice(depots),
            "shift_s": Shift(start, end),
            "skills": frozenset(rng.sample("ab", rng.choice([1, 2]))),
            "break": pause,
            "max_overtime_s": rng.choice([0, 0, 50]),
            "max_working_s": rng.choice([None, None, rng.randint(100, 300)]),
            "capacity": rng.choice([None, rng.randint(2, 8)]),
        }
    )


def best_return(problem: DayProblem, technician: int, sequence: tuple[int, ...]) -> int | None:
    """Return the earliest return along a sequence, trying every departure and break leg."""
    who = problem.technicians[technician]
    latest = who.shift_s.end_s + who.max_overtime_s
    legs = [-1, *(range(len(sequence) + 1) if who.break_ else [])]
    best: int | None = None
    for departure in range(who.shift_s.start_s, latest + 1):
        in_time = []
        for leg in legs:
            driven = drive(problem, technician, sequence, departure, leg)
            back = None if driven is None else driven[0]
            if back is None or back > latest:
                continue
            if leg == -1 and who.break_ is not None and back > who.break_.latest_s:
                continue
            in_time.append(back)
            if who.max_working_s is None or back - departure <= who.max_working_s:
                best = back if best is None else min(best, back)
        # Leaving later never returns earlier, so it helps the working time only.
        if best is not None or not in_time:
            break
    return best


def drive(
    problem: DayProblem, technician: int, sequence: tuple[int, ...], departure: int, leg: int
) -> tuple[int, list[int]] | None:
    """
    Return when one is back, and when each service starts, each as soon as it can.

    The break is taken on a leg (-1: none). None: a window, or the break, cannot be kept.
    """
    begun: list[int] = []
    who, seconds = problem.technicians[technician], problem.travel.seconds[0]
    row = {place: index for index, place in enumerate(problem.travel.places)}
    time, place = departure, who.start
    for position in range(len(sequence) + 1):
        last = position == len(sequence)
        target = who.end if last else problem.visits[sequence[position]].place
        ready = time + int(seconds[row[place], row[target]])
        if position == leg:
            assert who.break_ is not None
            if max(time, who.break_.earliest_s) > who.break_.latest_s:
                return None
            ready = max(ready, who.break_.earliest_s) + who.break_.duration_s
        if last:
            return ready, begun
        visit = problem.visits[sequence[position]]
        starts = [max(ready, w.start_s) for w in visit.windows_s if ready <= w.end_s]
        if visit.windows_s and not starts:
            return None
        begun.append(min(starts) if starts else ready)
        time, place = begun[-1] + visit.duration_s, target
    return None


def best_cost(problem: DayProblem, costs_of: CostsOf | None = None) -> int | None:
    """
    Return the least cost of any plan that serves all mandatory visits; None: there is none.

    Rounds cost what `costs_of` says of a technician's; by default, without slots, `_costs_of`.
    """
    plans: dict[frozenset[int], int] = {frozenset(): 0}
    for technician in range(len(problem.technicians)):
        cost_of = (costs_of or _costs_of)(problem, technician)
        rounds = _rounds(problem, technician, cost_of)
        better: dict[frozenset[int], int] = {}
        for done, cost in plans.items():
            for visits, more in rounds.items():
                if not done & visits:
                    both = done | visits
                    better[both] = min(better.get(both, cost + more), cost + more)
        plans = better
    costs = []
    for done, cost in plans.items():
        left = [v.unassigned_cost_s for i, v in enumerate(problem.visits) if i not in done]
        if None not in left:
            costs.append(cost + sum(price for price in left if price is not None))
    return min(costs, default=None)


def _costs_of(problem: DayProblem, technician: int) -> CostOf:
    """Return what a technician's round costs (seconds), by its sequence; None: impossible."""
    who, weight = problem.technicians[technician], problem.weights.overtime
    seconds = problem.travel.seconds[0]
    row = {place: index for index, place in enumerate(problem.travel.places)}

    def cost_of(sequence: tuple[int, ...]) -> int | None:
        back = best_return(problem, technician, sequence)
        if back is None:
            return None
        places = [who.start, *(problem.visits[i].place for i in sequence), who.end]
        cost = sum(int(seconds[row[a], row[b]]) for a, b in pairwise(places))
        return cost + weight * max(0, back - who.shift_s.end_s)

    return cost_of


def _rounds(problem: DayProblem, technician: int, cost_of: CostOf) -> dict[frozenset[int], int]:
    """Return the cheapest round for each set of visits that a technician can serve."""
    who = problem.technicians[technician]
    able = [
        index
        for index, visit in enumerate(problem.visits)
        if visit.skills <= who.skills and visit.technician in (None, who.id)
    ]
    rounds = {frozenset[int](): 0}
    for size in range(1, len(able) + 1):
        for sequence in permutations(able, size):
            load = sum(problem.visits[index].load for index in sequence)
            if who.capacity is not None and load > who.capacity:
                continue
            cost = cost_of(sequence)
            if cost is not None:
                key = frozenset(sequence)
                rounds[key] = min(rounds.get(key, cost), cost)
    return rounds
