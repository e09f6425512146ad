"""Where everybody is at a moment of the day, and what of each round is settled by then.

An event that reports a visit is believed. Every other time is the plan's, delayed by what events
report: a service starts when it was announced, or as soon as the technician can be there. Settled
are:

- a service that has begun: it ends as reported, or after its duration;
- the visit that a technician has left for, or waits at: it is done next. The technician leaves a
  place as soon as the service there is over, or the break that comes before the drive;
- a break that has begun;
- the end of the round of a technician who is back.

A technician who drives home with nothing left to do can turn round, and so can one who drives to a
cancelled visit: back to the place left or on to the place ahead, whichever is shorter (`driven`
counts that).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dispatch.checker.driving import arrival
from dispatch.replan.standing import Standing, Stay
from dispatch.replan.walk import VisitOnRound, Walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatch.fieldwork import Technician
    from dispatch.model.plan import Plan, Round
    from dispatch.model.problem import DayProblem
    from dispatch.replan.events import Events


def standings(problem: DayProblem, plan: Plan, events: Events, at_s: int) -> dict[str, Standing]:
    """
    Return where each technician of a centre stands.

    Parameters
    ----------
    problem, plan
        The day as it was planned.
    events
        What happened.
    at_s
        The moment (seconds since midnight).
    """
    rounds = {round_.technician: round_ for round_ in plan.rounds}
    return {
        who.id: _standing(problem, who, rounds.get(who.id), events, at_s)
        for who in problem.technicians
    }


def _standing(
    problem: DayProblem, who: Technician, old: Round | None, events: Events, at_s: int
) -> Standing:
    items = _items(problem, who.id, old, events)
    gone_s, held_s = events.absent.get(who.id), events.late.get(who.id)
    until_s = at_s if gone_s is None else min(at_s, gone_s)
    closed = gone_s is not None and gone_s <= at_s
    closed = closed or (who.locked is not None and who.locked.closed)
    free = tuple(item.visit.id for item in items if item.visit.id not in events.cancelled)
    reported = [events.reported(item.visit.id) for item in items]
    departure = old.departure_s if old is not None else at_s
    departure = max(departure, events.arriving.get(who.id, 0))
    if held_s is not None and departure >= at_s:
        departure = max(departure, held_s)
    if not items or (departure >= until_s and not any(reported)):
        return Standing(who.id, free=free, closed=closed)
    if reported[0]:
        begun = events.begun_s(items[0].visit.id)
        start = items[0].announced_s if begun is None else begun
        departure = min(departure, left_by(problem, who.start, items[0].visit.place, start))
    taken = old.break_ if old is not None and who.break_ is not None else None
    walk = Walk(problem, who, taken, events, at_s, until_s, held_s)
    walk.follow(items, reported, departure, closed=closed)
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


def _items(
    problem: DayProblem, technician: str, old: Round | None, events: Events
) -> list[VisitOnRound]:
    """Return the visits of a technician, in the order in which they were done or are planned."""
    pause = old.break_ if old is not None else None
    found: list[tuple[int, VisitOnRound]] = []
    for stop in old.stops if old is not None else ():
        reported = events.done.get(stop.visit)
        if reported is None or reported.technician in (None, technician):
            rested = pause is not None and pause.start_s < stop.start_s
            item = VisitOnRound(problem.visit[stop.visit], stop.start_s, rested)
            begun = events.begun_s(stop.visit)
            found.append((stop.start_s if begun is None else begun, item))
    there = {item.visit.id for _, item in found}
    for name, reported in events.done.items():
        if reported.technician == technician and name not in there:
            visit = problem.visit[name]
            start = reported.start_s
            if start is None:
                start = max(0, (reported.end_s or 0) - visit.duration_s)
            rested = pause is not None and pause.start_s < start
            found.append((start, VisitOnRound(visit, start, rested)))
    return [item for _, item in sorted(found, key=lambda pair: pair[0])]


def left_by(problem: DayProblem, origin: str, place: str, start_s: int) -> int:
    """Return the latest departure from a place to be at another by a time (seconds)."""
    rows, travel = problem.place_index, problem.travel
    leave = start_s - int(travel.seconds[:, rows[origin], rows[place]].min())
    while leave > 0 and arrival(travel, rows[origin], rows[place], leave) > start_s:
        leave -= 1
    return max(0, leave)


def _fitted(problem: DayProblem, stays: Sequence[Stay]) -> list[Stay]:
    """Return stays in which those not reported end early enough for the ones after them."""
    fitted = list(stays)
    rows = problem.place_index
    for number in range(len(fitted) - 2, -1, -1):
        stay, following = fitted[number], fitted[number + 1]
        if not stay.reported:
            origin, place = (rows[problem.visit[s.visit].place] for s in (stay, following))
            way = int(problem.travel.seconds[:, origin, place].min())
            end = max(0, min(stay.end_s, following.start_s - way))
            fitted[number] = replace(stay, start_s=min(stay.start_s, end), end_s=end)
    return fitted


def _crossed(stays: Sequence[Stay], pause: tuple[int, int]) -> bool:
    """Return whether a break overlaps a service that has begun."""
    return any(stay.begun and stay.start_s < pause[1] and pause[0] < stay.end_s for stay in stays)
