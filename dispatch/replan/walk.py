"""A round followed by the clock, from its start to the moment of the replan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch.checker.driving import arrival
from dispatch.replan.standing import Stay, Turned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatch.fieldwork import Technician, Visit
    from dispatch.model.plan import BreakTaken
    from dispatch.model.problem import DayProblem
    from dispatch.replan.events import Events


@dataclass(frozen=True, slots=True)
class VisitOnRound:
    """
    A visit of a round, as it was planned.

    Parameters
    ----------
    visit
        The visit.
    announced_s
        The announced start (seconds since midnight).
    rested
        Whether the break comes before it.
    """

    visit: Visit
    announced_s: int
    rested: bool


@dataclass(frozen=True, slots=True)
class Approach:
    """
    The way to a place, with the break if it is taken on it.

    Parameters
    ----------
    leave_s, ready_s
        When it begins, and when the technician is ready at the place (seconds since midnight).
    pause
        Start and end of the break on it; None: no break is on it.
    """

    leave_s: int
    ready_s: int
    pause: tuple[int, int] | None


class Walk:
    """
    One round, followed from its start to the moment of the replan.

    Parameters
    ----------
    problem
        The day as it was planned.
    who
        The technician.
    planned
        The break, as it is planned; None: there is none.
    events
        What happened.
    at_s
        The moment of the replan (seconds since midnight).
    until_s
        When the technician stops: that moment, or an earlier one of leaving for the day.
    held_s
        Until when the technician is held up; None: they are not.
    """

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
        # The break that has not begun, as it is planned.
        self.due = planned
        self.stays: list[Stay] = []
        self.pause: tuple[int, int] | None = None
        self.turned: Turned | None = None
        self.back = False

    def follow(
        self,
        items: Sequence[VisitOnRound],
        reported: Sequence[bool],
        departure: int,
        *,
        closed: bool,
    ) -> None:
        """
        Follow the visits in order, up to the first that is not settled.

        Parameters
        ----------
        items
            The visits of the round.
        reported
            Whether an event says that the service of each began.
        departure
            When the round begins (seconds since midnight).
        closed
            Whether the technician takes no more visits.
        """
        time, place = departure, self.who.start
        for number, item in enumerate(items):
            name = item.visit.id
            # A visit before one that is reported has happened, unless it was left out.
            sure = any(reported[number:])
            way = self._way(place, item.visit.place, time, item.rested, self._reported_start(item))
            if not sure and way.leave_s >= self.until_s:
                return
            start = self._start(item, way.ready_s)
            cancelled = name in self.events.cancelled
            begun = sure or (start is not None and start < self.until_s)
            if sure and not reported[number] and (cancelled or start is None):
                continue
            if start is None or (not begun and (cancelled or closed)):
                self._turn(place if self.stays else None, item.visit.place, way.leave_s)
                return
            end = self.events.end_s(name, start, item.visit.duration_s)
            if cancelled:
                end = max(start, min(end, self.at_s))
            if self.held_s is not None and end > self.at_s:
                if not begun:
                    start = self._start(item, max(way.ready_s, self.held_s))
                    if start is None:
                        self._turn(place if self.stays else None, item.visit.place, way.leave_s)
                        return
                    end = self.events.end_s(name, start, item.visit.duration_s)
                end = max(end, self.held_s)
            self.stays.append(Stay(name, way.leave_s, start, end, begun, reported[number]))
            time, place = end, item.visit.place
            if not any(reported[number + 1 :]) and (not begun or end > self.until_s):
                return
        if self.stays:
            self._go_home(place, time)

    def _go_home(self, place: str, time: int) -> None:
        """Note whether the technician, with nothing left to do, is back or on the way back."""
        way = self._way(place, self.who.end, time, self.due is not None, None)
        if way.ready_s <= self.until_s:
            self.back = True
        elif way.leave_s < self.until_s:
            self._turn(place, self.who.end, way.leave_s)

    def _turn(self, origin: str | None, toward: str, leave_s: int) -> None:
        """Note a drive that need not be finished; who is held up stands there until then."""
        wait_s = 0 if self.held_s is None else max(0, self.held_s - self.at_s)
        self.turned = Turned(origin, toward, leave_s, wait_s)

    def _reported_start(self, item: VisitOnRound) -> int | None:
        return self.events.begun_s(item.visit.id)

    def _start(self, item: VisitOnRound, ready: int) -> int | None:
        """
        Return when a service starts; None: its windows are over.

        It starts when an event says so; otherwise at the announced time, or later if the
        technician is ready later.
        """
        reported = self._reported_start(item)
        if reported is not None:
            return reported
        start = max(ready, item.announced_s)
        spans = item.visit.starts_s()
        if spans is None or item.visit.id in self.events.done:
            return start
        later = [max(start, low) for low, high in spans if start <= high]
        return min(later, default=None)

    def _way(self, origin: str, place: str, time: int, rested: bool, start: int | None) -> Approach:
        """Return the way from a place left at a time; the break is on it if it is due there."""
        rows, travel = self.problem.place_index, self.problem.travel
        arrives = arrival(travel, rows[origin], rows[place], time)
        if self.due is None or not rested:
            return Approach(time, arrives, None)
        begin = max(time, self.due.start_s)
        pause = (begin, begin + self.due.end_s - self.due.start_s)
        ready = pause[1]
        if arrives > begin:
            ready = arrival(travel, rows[origin], rows[place], time, pause)
        if start is not None and ready > start:
            # The technician was there too soon to have taken the break: it is still due.
            return Approach(time, arrives, None)
        if begin < self.until_s:
            self.pause, self.due = pause, None
        return Approach(pause[1] if begin == time else time, ready, pause)
