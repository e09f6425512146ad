"""A second way through a drawn day, written from docs/chances.md; nothing of `dispatch.chances`.

Plain Python, one day at a time. Of numpy there is the raw stream of PCG64, which the page names.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from dispatch import DayProblem, Visit
    from dispatch.model.plan import Round
    from dispatch.service.uncertainty_settings import Uncertainty

DAYS = 1000


class Day(NamedTuple):
    """One drawn day of a round: arrivals, starts and ends of its stops, the return (seconds)."""

    arrivals: list[int]
    starts: list[int]
    ends: list[int]
    back: int


class Draws(NamedTuple):
    """Standard normals of each day: a list of a thousand for each service and each drive."""

    services: list[list[float]]
    traffic: list[float]
    drives: list[list[float]]


def draws_of(problem: DayProblem, technician: str, services: int) -> Draws:
    """Draw a round's days: services first, then the traffic of the day, then the drives."""
    text = f"dispatch chances 1\0{problem.sha256}\0{technician}"
    seed = int(hashlib.sha256(text.encode()).hexdigest()[:32], 16)
    stream = np.random.PCG64(seed)
    values = [float(ndtri((2 * rank + 1) / (2 * DAYS))) for rank in range(DAYS)]

    def one() -> list[float]:
        raw = [int(number) for number in stream.random_raw(DAYS)]
        return [values[day] for day in sorted(range(DAYS), key=raw.__getitem__)]

    return Draws([one() for _ in range(services)], one(), [one() for _ in range(services + 1)])


def parts(variation: float, z: float) -> int:
    """Return a log-normal factor in 65,536ths."""
    variance = math.log(1 + variation * variation)
    return round(65_536 * math.exp(math.sqrt(variance) * z - variance / 2))


def stretched(seconds: int, parts_: int) -> int:
    """Return seconds times a factor, halves up."""
    return (2 * seconds * parts_ + 65_536) // (2 * 65_536)


class Clock:
    """A round on one of its days."""

    def __init__(
        self,
        problem: DayProblem,
        round_: Round,
        uncertainty: Uncertainty,
        draws: Draws,
        day: int,
        begun: int = 0,
    ) -> None:
        self.problem, self.round, self.day, self.begun = problem, round_, day, begun
        self.uncertainty, self.draws = uncertainty, draws
        self.who = problem.technician[round_.technician]
        self.row = {place: index for index, place in enumerate(problem.travel.places)}

    def run(self) -> Day:
        """Return the day."""
        stops = self.round.stops
        time = stops[self.begun - 1].end_s if self.begun else self.round.departure_s
        here = stops[self.begun - 1].place if self.begun else self.who.start
        arrivals, starts, ends = [], [], []
        for number, stop in enumerate(stops[self.begun :]):
            there, ready = self.way(number, here, stop.place, time)
            visit = self.problem.visit[stop.visit]
            start = begins(visit, ready)
            variation = self.of_service(visit.skills)
            factor = parts(variation, self.draws.services[number][self.day])
            arrivals.append(there)
            starts.append(start)
            time, here = start + stretched(visit.duration_s, factor), stop.place
            ends.append(time)
        return Day(arrivals, starts, ends, self.way(len(arrivals), here, self.who.end, time)[1])

    def of_service(self, skills: frozenset[str]) -> float:
        """Return the variation of a service: the largest of its skills', or the usual one."""
        by_skill = self.uncertainty.service_by_skill
        return max([by_skill[s] for s in skills & set(by_skill)] or [self.uncertainty.service])

    def way(self, number: int, here: str, to: str, leave: int) -> tuple[int, int]:
        """Return when drive `number` arrives, and when the technician is ready."""
        plain = self.drive(number, here, to, leave)
        taken = self.round.break_
        planned_before = [s for s in self.round.stops if taken and s.start_s <= taken.start_s]
        if taken is None or len(planned_before) - self.begun != number:
            return plain, plain
        length = taken.end_s - taken.start_s
        earliest = 0 if self.who.break_ is None else self.who.break_.earliest_s
        # Not before the planned start; but who is at the next stop before does not wait for it.
        begin = taken.start_s
        if plain < begin:
            begin = min(begin, max(plain, earliest))
        begin = max(begin, leave)
        home = number == len(self.round.stops) - self.begun
        if begin >= plain:
            if home:
                return plain, plain
            if begin > leave:
                return plain, begin + length
        if begin == leave:
            there = self.drive(number, here, to, begin + length)
        else:
            there = self.drive(number, here, to, leave, (begin, begin + length))
        return there, there

    def drive(
        self, number: int, here: str, to: str, leave: int, pause: tuple[int, int] | None = None
    ) -> int:
        """Return when a drive arrives: stretched where it leaves, then as the slots have it."""
        travel = self.problem.travel
        planned = [int(each) for each in travel.seconds[:, self.row[here], self.row[to]]]
        ends = [*travel.slot_starts_s[1:], math.inf]
        slot = next(k for k, end in enumerate(ends) if leave < end)
        share = self.uncertainty.shared_share
        z = math.sqrt(share) * self.draws.traffic[self.day]
        z += math.sqrt(1 - share) * self.draws.drives[number][self.day]
        left = stretched(planned[slot], parts(self.of_drive(leave), z))
        time = leave
        while left > 0:
            stop = ends[slot]
            if pause is not None and pause[0] < stop and time + left > pause[0]:
                # What is left at the break goes on in the slot in which the break ends.
                left -= pause[0] - time
                time = pause[1]
                later = next(k for k, end in enumerate(ends) if time < end)
                left = converted(left, planned, slot, later)
                slot, pause = later, None
            elif time + left <= stop:
                time, left = time + left, 0
            else:
                assert isinstance(stop, int)
                left = converted(left - (stop - time), planned, slot, slot + 1)
                time, slot = stop, slot + 1
        return time

    def of_drive(self, leave: int) -> float:
        """Return the variation of a drive by the hour at which it leaves."""
        hour = leave % 86_400
        return [each.variation for each in self.uncertainty.drives if each.start <= hour][-1]


def begins(visit: Visit, ready: int) -> int:
    """Return when a service starts; each window against each span in which it must lie."""
    if not visit.windows_s and not visit.within_s:
        return ready
    moments = []
    for low, high in visit.windows_s or [(0, 10**9)]:
        for first, last in visit.within_s or [(0, 10**9)]:
            moment = max(ready, low, first)
            if moment <= high and moment + visit.duration_s <= last:
                moments.append(moment)
    return min(moments, default=ready)


def kept(visit: Visit, start: int, end: int) -> bool:
    """Return whether a service that starts and ends at these times is when it may be."""
    in_window = not visit.windows_s or any(low <= start <= high for low, high in visit.windows_s)
    inside = not visit.within_s or any(low <= start and end <= up for low, up in visit.within_s)
    return in_window and inside


def converted(left: int, planned: list[int], slot: int, later: int) -> int:
    """Return seconds of one slot as seconds of another, rounded up."""
    if slot == later:
        return left
    return math.ceil(left * planned[later] / planned[slot]) if planned[later] else 0
