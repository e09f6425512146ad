"""Where everybody is at a moment of the day, and what of each round is settled by then.

What was told happened as told. Of the rest the plan's own times are kept, pushed by what was
told: a service starts when it was announced, or as soon as the technician can be there. From
these times follows what stays as it is:

- a service that has begun stays, and ends as told, or after the time it takes;
- a technician who has left for a visit, or waits at its door, does it next. One has left as
  soon as the service before is over, or the break that is taken before leaving;
- a break that has begun stays where it is;
- whoever drives home with nothing left to do can be turned round, and whoever drives to a visit
  that is off: from where they are, back or on, whichever is shorter (`changed` says how that is
  counted);
- whoever is back stays back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dispatch.checker.driving import arrival

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatch.fieldwork import Technician, Visit
    from dispatch.model.plan import BreakTaken, Plan, Round
    from dispatch.model.problem import DayProblem
    from dispatch.replan.events import Events


@dataclass(frozen=True, slots=True)
class Stay:
    """
    A visit that is settled: done, under way, or driven to.

    Parameters
    ----------
    visit
        Its id.
    leave_s, start_s, end_s
        When the place before was left for it, and when its service starts and ends.
    begun
        Whether its service has begun; otherwise start and end may still move.
    told
        Whether its start was told, rather than taken from the plan.
    """

    visit: str
    leave_s: int
    start_s: int
    end_s: int
    begun: bool = True
    told: bool = False


@dataclass(frozen=True, slots=True)
class Turned:
    """
    On the road to a place where nothing is to be done any more.

    Parameters
    ----------
    origin
        The place left; None: where the round starts.
    toward
        The place driven to.
    leave_s
        When it was left.
    """

    origin: str | None
    toward: str
    leave_s: int


@dataclass(frozen=True)
class Standing:
    """
    One technician at the moment.

    Parameters
    ----------
    technician
        Id.
    departure_s
        When the round began; None: not yet.
    stays
        What is settled, in order.
    pause
        Start and end of the break, if it has begun.
    free
        Visits of the old round that may still go anywhere, in its order.
    closed
        Whether nothing more can be given.
    turned
        On the way to nowhere; None: not.
    """

    technician: str
    departure_s: int | None = None
    stays: tuple[Stay, ...] = ()
    pause: tuple[int, int] | None = None
    free: tuple[str, ...] = ()
    closed: bool = False
    turned: Turned | None = None


def standings(problem: DayProblem, plan: Plan, events: Events, at_s: int) -> dict[str, Standing]:
    """
    Return where each technician of a centre stands.

    Parameters
    ----------
    problem, plan
        The day as it was planned.
    events
        What was told.
    at_s
        The moment (seconds since midnight).
    """
    rounds = {round_.technician: round_ for round_ in plan.rounds}
    return {
        who.id: _standing(problem, who, rounds.get(who.id), events, at_s)
        for who in problem.technicians
    }


@dataclass(frozen=True, slots=True)
class _Item:
    """A visit on a round: when it was announced for, whether the break comes before it."""

    visit: Visit
    announced_s: int
    rested: bool


@dataclass(frozen=True, slots=True)
class _Way:
    """The way to a place: when it is left for, when ready there, when a break on it begins."""

    leave_s: int
    ready_s: int
    pause: tuple[int, int] | None


def _standing(
    problem: DayProblem, who: Technician, old: Round | None, events: Events, at_s: int
) -> Standing:
    items = _items(problem, who.id, old, events)
    gone_s, held_s = events.absent.get(who.id), events.late.get(who.id)
    until_s = at_s if gone_s is None else min(at_s, gone_s)
    closed = gone_s is not None and gone_s <= at_s
    closed = closed or (who.locked is not None and who.locked.closed)
    free = tuple(item.visit.id for item in items if item.visit.id not in events.cancelled)
    told = [events.reported(item.visit.id) for item in items]
    departure = old.departure_s if old is not None else at_s
    departure = max(departure, events.arriving.get(who.id, 0))
    if held_s is not None and departure >= at_s:
        departure = max(departure, held_s)
    if not items or (departure >= until_s and not any(told)):
        return Standing(who.id, free=free, closed=closed)
    if told[0]:
        begun = events.begun_s(items[0].visit.id)
        start = items[0].announced_s if begun is None else begun
        departure = min(departure, left_by(problem, who.start, items[0].visit.place, start))
    taken = old.break_ if old is not None and who.break_ is not None else None
    walk = _Walk(problem, who, taken, events, at_s, until_s, held_s)
    walk.follow(items, told, departure, closed=closed)
    stays = _fitted(problem, walk.stays)
    pause = walk.pause if walk.pause and not _crossed(stays, walk.pause) else None
    settled = {stay.visit for stay in stays}
    if stays:
        first = problem.visit[stays[0].visit].place
        departure = min(departure, left_by(problem, who.start, first, stays[0].start_s))
    return Standing(
        technician=who.id,
        departure_s=departure if stays or (pause and not walk.turned) else None,
        stays=tuple(stays),
        pause=pause,
        free=tuple(name for name in free if name not in settled),
        closed=closed or walk.back,
        turned=None if closed else walk.turned,
    )


def _items(problem: DayProblem, technician: str, old: Round | None, events: Events) -> list[_Item]:
    """Return what the technician does, in the order in which it was done or is planned."""
    pause = old.break_ if old is not None else None
    found: list[tuple[int, _Item]] = []
    for stop in old.stops if old is not None else ():
        told = events.done.get(stop.visit)
        if told is None or told.technician in (None, technician):
            rested = pause is not None and pause.start_s < stop.start_s
            item = _Item(problem.visit[stop.visit], stop.start_s, rested)
            begun = events.begun_s(stop.visit)
            found.append((stop.start_s if begun is None else begun, item))
    there = {item.visit.id for _, item in found}
    for name, told in events.done.items():
        if told.technician == technician and name not in there:
            visit = problem.visit[name]
            start = told.start_s
            if start is None:
                start = max(0, (told.end_s or 0) - visit.duration_s)
            rested = pause is not None and pause.start_s < start
            found.append((start, _Item(visit, start, rested)))
    return [item for _, item in sorted(found, key=lambda pair: pair[0])]


class _Walk:
    """A round followed as far as the moment."""

    def __init__(
        self,
        problem: DayProblem,
        who: Technician,
        planned: BreakTaken | None,
        events: Events,
        at_s: int,
        until_s: int,
        held_s: int | None,
    ) -> None:
        self.problem, self.who, self.events = problem, who, events
        self.at_s, self.until_s, self.held_s = at_s, until_s, held_s
        # The break to come, as it is planned.
        self.due = planned
        self.stays: list[Stay] = []
        self.pause: tuple[int, int] | None = None
        self.turned: Turned | None = None
        self.back = False

    def follow(
        self, items: Sequence[_Item], told: Sequence[bool], departure: int, *, closed: bool
    ) -> None:
        """Follow the visits in order, having left at `departure`, until nothing is settled."""
        time, place = departure, self.who.start
        for number, item in enumerate(items):
            name = item.visit.id
            # What comes before a visit that was told has happened, if it has happened at all.
            sure = any(told[number:])
            way = self._way(place, item.visit.place, time, item.rested, self._told_start(item))
            if not sure and way.leave_s >= self.until_s:
                return
            start = self._start(item, way.ready_s)
            off = name in self.events.cancelled
            begun = sure or (start is not None and start < self.until_s)
            if sure and not told[number] and (off or start is None):
                continue
            if start is None or (not begun and (off or closed)):
                self.turned = Turned(place if self.stays else None, item.visit.place, way.leave_s)
                return
            end = self.events.end_s(name, start, item.visit.duration_s)
            if off:
                end = max(start, min(end, self.at_s))
            if self.held_s is not None and end > self.at_s:
                if not begun:
                    start = self._start(item, max(way.ready_s, self.held_s))
                    if start is None:
                        self.turned = Turned(
                            place if self.stays else None, item.visit.place, way.leave_s
                        )
                        return
                    end = self.events.end_s(name, start, item.visit.duration_s)
                end = max(end, self.held_s)
            self.stays.append(Stay(name, way.leave_s, start, end, begun, told[number]))
            time, place = end, item.visit.place
            if not any(told[number + 1 :]) and (not begun or end > self.until_s):
                return
        if self.stays:
            self._go_home(place, time)

    def _go_home(self, place: str, time: int) -> None:
        """Note whether the technician is on the way back, or back, with nothing left to do."""
        way = self._way(place, self.who.end, time, self.due is not None, None)
        if way.ready_s <= self.until_s:
            self.back = True
        elif way.leave_s < self.until_s:
            self.turned = Turned(place, self.who.end, way.leave_s)

    def _told_start(self, item: _Item) -> int | None:
        return self.events.begun_s(item.visit.id)

    def _start(self, item: _Item, ready: int) -> int | None:
        """Return when a service starts: as told, or announced, or later; None: window missed."""
        told = self._told_start(item)
        if told is not None:
            return told
        start = max(ready, item.announced_s)
        if not item.visit.windows_s:
            return start
        if item.visit.id in self.events.done:
            return start
        later = [max(start, low) for low, high in item.visit.windows_s if start <= high]
        return min(later, default=None)

    def _way(self, origin: str, place: str, time: int, rested: bool, start: int | None) -> _Way:
        """Return the way from a place left at a time; the break is on it if it is its turn."""
        rows, travel = self.problem.place_index, self.problem.travel
        home = arrival(travel, rows[origin], rows[place], time)
        if self.due is None or not rested:
            return _Way(time, home, None)
        begin = max(time, self.due.start_s)
        pause = (begin, begin + self.due.end_s - self.due.start_s)
        ready = pause[1]
        if home > begin:
            ready = arrival(travel, rows[origin], rows[place], time, pause)
        if start is not None and ready > start:
            # It was there too soon to have rested before: the break is still to come.
            return _Way(time, home, None)
        if begin < self.until_s:
            self.pause, self.due = pause, None
        return _Way(pause[1] if begin == time else time, ready, pause)


def left_by(problem: DayProblem, origin: str, place: str, start_s: int) -> int:
    """Return when one leaves a place at the latest to be at another by a time (seconds)."""
    rows, travel = problem.place_index, problem.travel
    leave = start_s - int(travel.seconds[:, rows[origin], rows[place]].min())
    while leave > 0 and arrival(travel, rows[origin], rows[place], leave) > start_s:
        leave -= 1
    return max(0, leave)


def _fitted(problem: DayProblem, stays: Sequence[Stay]) -> list[Stay]:
    """Return stays of which those that were not told leave time for those after them."""
    fitted = list(stays)
    rows = problem.place_index
    for number in range(len(fitted) - 2, -1, -1):
        stay, following = fitted[number], fitted[number + 1]
        if not stay.told:
            origin, place = (rows[problem.visit[s.visit].place] for s in (stay, following))
            way = int(problem.travel.seconds[:, origin, place].min())
            end = max(0, min(stay.end_s, following.start_s - way))
            fitted[number] = replace(stay, start_s=min(stay.start_s, end), end_s=end)
    return fitted


def _crossed(stays: Sequence[Stay], pause: tuple[int, int]) -> bool:
    """Return whether a break falls into a service that has begun."""
    return any(stay.begun and stay.start_s < pause[1] and pause[0] < stay.end_s for stay in stays)
