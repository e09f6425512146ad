"""A round lived through with random lengths: other code, another generator.

Nothing is shared with `dispatch.chances`. Time is continuous, in fractions of a second; normals
come from Python's Mersenne Twister. The rules are those of docs/chances.md. So what holds here does
not hold because both round alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from dispatch.model.plan import Round
    from dispatch.model.problem import DayProblem
    from dispatch.service.uncertainty_settings import Uncertainty


@dataclass(frozen=True)
class Lived:
    """One day of a round: arrivals and starts at its stops, and the return (seconds)."""

    arrivals: list[float]
    starts: list[float]
    back: float


class Life:
    """A round that can be lived through again and again."""

    def __init__(self, problem: DayProblem, round_: Round, varies: Uncertainty) -> None:
        self.round, self.varies = round_, varies
        self.who = problem.technician[round_.technician]
        self.visits = [problem.visit[stop.visit] for stop in round_.stops]
        rows, travel = problem.place_index, problem.travel
        places = [self.who.start, *(stop.place for stop in round_.stops), self.who.end]
        self.legs = [
            [int(seconds[rows[here], rows[there]]) for seconds in travel.seconds]
            for here, there in pairwise(places)
        ]
        self.ends = [*map(float, travel.slot_starts_s[1:]), math.inf]
        pause = round_.break_
        self.rests = -1
        if pause is not None:
            self.rests = sum(stop.start_s <= pause.start_s for stop in round_.stops)

    def live(self, rng: random.Random) -> Lived:
        """Return one day."""
        common = rng.gauss(0, 1)
        time, arrivals, starts = float(self.round.departure_s), [], []
        for number in range(len(self.legs)):
            own = rng.gauss(0, 1)
            share = self.varies.shared_share
            z = math.sqrt(share) * common + math.sqrt(1 - share) * own
            there, ready = self._way(number, time, z)
            if number == len(self.visits):
                return Lived(arrivals, starts, ready)
            visit = self.visits[number]
            start = min(
                (max(ready, low) for low, high in visit.starts_s() or () if ready <= high),
                default=ready,
            )
            arrivals.append(there)
            starts.append(start)
            length = visit.duration_s * _factor(self.varies.of_service(visit.skills), rng)
            time = start + length
        raise AssertionError

    def _way(self, number: int, leave: float, z: float) -> tuple[float, float]:
        there = self._drive(number, leave, z)
        pause, due = self.round.break_, self.who.break_
        if pause is None or number != self.rests:
            return there, there
        length = pause.end_s - pause.start_s
        wished = min(pause.start_s, max(there, due.earliest_s if due is not None else 0))
        begin = max(leave, wished)
        if begin >= there and number == len(self.visits):
            return there, there
        if begin > leave and begin >= there:
            return there, begin + length
        if begin <= leave:
            there = self._drive(number, begin + length, z)
        else:
            there = self._drive(number, leave, z, begin, length)
        return there, there

    def _drive(
        self, number: int, leave: float, z: float, rest: float = math.inf, length: float = 0
    ) -> float:
        """Return when a drive arrives; part of the way is driven in each slot."""
        planned = self.legs[number]
        hour = int(leave // 3600) % 24
        stretch = _lognormal(self.varies.by_hour[hour], z)
        slot = next(k for k, end in enumerate(self.ends) if leave < end)
        time, to_go = leave, 1.0
        while planned[slot] > 0:
            whole = planned[slot] * stretch
            until = min(self.ends[slot], rest)
            if time + to_go * whole <= until:
                return time + to_go * whole
            to_go -= (until - time) / whole
            time = until
            if until == rest:
                time, rest = rest + length, math.inf
            slot = next(k for k, end in enumerate(self.ends) if time < end)
        return time


def _factor(variation: float, rng: random.Random) -> float:
    s = math.sqrt(math.log(1 + variation**2))
    return rng.lognormvariate(-s * s / 2, s)


def _lognormal(variation: float, z: float) -> float:
    s = math.sqrt(math.log(1 + variation**2))
    return math.exp(s * z - s * s / 2)


def share_within(values: Sequence[float], low: float, high: float) -> float:
    """Return the share of values between two bounds, these included."""
    return sum(low <= value <= high for value in values) / len(values)
