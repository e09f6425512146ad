"""The day problem as it is at a moment: facts become locks, exact windows and true durations.

The ordinary rules judge the new plan, so the problem states what happened:

- the shift of a technician who has left begins at the departure, and the settled visits are the
  fixed prefix of the round; the round of who is back or absent is closed;
- a service that has begun has one window, its start, and its true or expected duration;
- a break that has begun can start only then; any other starts at the moment or later;
- travel agrees with what was driven (`driven`);
- where facts break a rule, the rule is relaxed just as far, and a note says so (`relaxed`).

Boxes are loaded at the centre. Boxes in a van stay with its technician; the others can be taken by
technicians who have not left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch.fieldwork import RoundLock, Shift, TimeWindow
from dispatch.model.problem import DayProblem
from dispatch.replan.driven import travel_as_driven
from dispatch.replan.relaxed import Note, relaxed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dispatch.fieldwork import Break, Technician, Visit
    from dispatch.model.plan import Plan
    from dispatch.replan.events import Events
    from dispatch.replan.standing import Standing, Stay
    from dispatch.streets.router import Travel

# A skill of those who can take boxes that are still at the centre; technicians see it.
AT_CENTRE = "matériel à prendre au centre"
A_WEEK_S = 7 * 86_400


@dataclass(frozen=True)
class Changed:
    """
    The problem as it is now, and the old plan that the new one should be near to.

    Parameters
    ----------
    problem
        The day problem as it is now.
    rounds
        The rest of each old round, by technician: settled visits, then the free ones.
    old
        Of each free visit: its technician in the old plan, and its rank in the round.
    announced
        The announced start of each of these, and of those that somebody drives to (seconds since
        midnight).
    departed
        Technicians who have left.
    notes
        Rules that were relaxed, and other facts that people should know.
    """

    problem: DayProblem
    rounds: Mapping[str, tuple[str, ...]]
    old: Mapping[str, tuple[str, int]]
    announced: Mapping[str, int]
    departed: frozenset[str]
    notes: tuple[Note, ...]


def changed_day(
    problem: DayProblem,
    plan: Plan,
    events: Events,
    standing: Mapping[str, Standing],
    at_s: int,
    *,
    travel: Travel | None = None,
    new: Sequence[Visit] = (),
) -> Changed:
    """
    Return the day as it is now.

    Parameters
    ----------
    problem, plan
        The day as it was planned.
    events, standing
        What happened, and where everybody is.
    at_s
        The moment (seconds since midnight).
    travel
        With the places of new visits; None: as it was.
    new
        Visits that are new.
    """
    notes: list[Note] = []
    stays = {stay.visit: (name, stay) for name, s in standing.items() for stay in s.stays}
    departed = frozenset(name for name, s in standing.items() if s.departure_s is not None)
    visits = [
        _visit(visit, problem, events, stays.get(visit.id), departed, standing)
        for visit in (*problem.visits, *new)
        if visit.id in stays or visit.id not in events.cancelled
    ]
    notes += [
        Note("vain", name, visit) for visit, (name, _) in stays.items() if visit in events.cancelled
    ]
    draft = DayProblem(
        problem.date,
        travel_as_driven(problem, travel or problem.travel, standing, at_s),
        tuple(
            _technician(who, standing[who.id], events, at_s, stays, visits)
            for who in problem.technicians
        ),
        tuple(visits),
        problem.weights,
    )
    problem_now, more = relaxed(draft, standing, at_s)
    notes += more
    notes += [
        Note("late_break", who.id, time_s=who.break_.latest_s)
        for who, before in zip(problem_now.technicians, problem.technicians, strict=True)
        if who.break_ and before.break_ and who.break_.latest_s > before.break_.latest_s
    ]
    free = {name for s in standing.values() for name in s.free}
    old = {
        stop.visit: (round_.technician, rank)
        for round_ in plan.rounds
        for rank, stop in enumerate(round_.stops)
        if stop.visit in free
    }
    announced = {
        stop.visit: stop.start_s
        for round_ in plan.rounds
        for stop in round_.stops
        if stop.visit in free or (stop.visit in stays and not stays[stop.visit][1].begun)
    }
    rounds = {name: (*(stay.visit for stay in s.stays), *s.free) for name, s in standing.items()}
    return Changed(problem_now, rounds, old, announced, departed, tuple(notes))


def _visit(
    visit: Visit,
    problem: DayProblem,
    events: Events,
    settled: tuple[str, Stay] | None,
    departed: frozenset[str],
    standing: Mapping[str, Standing],
) -> Visit:
    """Return a visit as it is now: a settled one at its times, a free one with its boxes."""
    if settled is not None:
        name, stay = settled
        who = problem.technician[name]
        update: dict[str, object] = {
            "duration_s": stay.end_s - stay.start_s,
            # A mark of an earlier replan goes: its boxes are in the van by now.
            "skills": (visit.skills & who.skills) - {AT_CENTRE},
            "technician": visit.technician if visit.technician == name else None,
            "not_with": tuple(other for other in visit.not_with if other != name),
        }
        inside = any(low <= stay.start_s and stay.end_s <= high for low, high in visit.within_s)
        if stay.begun or not inside:
            # What happened, or lasts as long as it is said to, is no longer chosen.
            update["within_s"] = ()
        if stay.begun:
            update["windows_s"] = (TimeWindow(stay.start_s, stay.start_s),)
        elif name in events.late:
            held = events.late[name]
            windows = visit.windows_s or (TimeWindow(0, A_WEEK_S),)
            update["windows_s"] = tuple(
                TimeWindow(max(low, held), high) for low, high in windows if high >= held
            )
        return visit.model_copy(update=update)
    update = {"skills": visit.skills - {AT_CENTRE}}
    longer = events.longer.get(visit.id)
    if longer is not None and longer.duration_s is not None:
        update["duration_s"] = longer.duration_s
    if visit.load and departed:
        carrier = next((name for name, s in standing.items() if visit.id in s.free), None)
        if carrier in departed:
            update["technician"] = visit.technician or carrier
        elif visit.technician not in departed:
            update["skills"] = visit.skills | {AT_CENTRE}
    return visit.model_copy(update=update)


def _technician(
    who: Technician,
    standing: Standing,
    events: Events,
    at_s: int,
    stays: Mapping[str, tuple[str, Stay]],
    visits: Iterable[Visit],
) -> Technician:
    """Return a technician as they are now, before rules are relaxed."""
    gone_s = events.absent.get(who.id)
    start, end = who.shift_s
    overtime, closed, over = who.max_overtime_s, standing.closed, False
    skills = who.skills - {AT_CENTRE}
    if gone_s is not None and gone_s > at_s:
        end, overtime = min(end, gone_s), 0
    if standing.departure_s is not None:
        start = standing.departure_s
    else:
        start = max(start, at_s, events.arriving.get(who.id, 0), events.late.get(who.id, 0))
        if standing.turned is not None:
            # On the first drive: they drive back to the start, which takes as long.
            start = max(start, 2 * at_s - standing.turned.leave_s + standing.turned.wait_s)
        if start >= end:
            start, end, overtime = who.shift_s.end_s, who.shift_s.end_s, 0
            over = closed = True
        elif not closed:
            skills |= {AT_CENTRE}
    gone = gone_s is not None and gone_s <= at_s
    pause = None if who.break_ is None else _break(who.break_, standing, at_s, start, closed, gone)
    settled = tuple(stay.visit for stay in standing.stays)
    # Who has gone, or comes after the shift, does nothing more of what was locked.
    locked_before = () if gone or over or who.locked is None else who.locked.visits
    still_locked = tuple(
        name for name in locked_before if name not in stays and name in standing.free
    )
    loads = {visit.id: visit.load for visit in visits}
    capacity = who.capacity
    if capacity is not None:
        capacity = max(capacity, sum(loads[name] for name in settled))
    locked = (
        RoundLock(visits=(*settled, *still_locked), closed=closed)
        if settled or still_locked or closed
        else None
    )
    return who.model_copy(
        update={
            "shift_s": Shift(start, max(start, end)),
            "max_overtime_s": overtime,
            "skills": skills,
            "break_": pause,
            "capacity": capacity,
            "locked": locked,
        }
    )


def _break(
    pause: Break, standing: Standing, at_s: int, start_s: int, closed: bool, gone: bool
) -> Break | None:
    """
    Return the break of a technician as it is now; None: none is due any more.

    Parameters
    ----------
    pause
        The break, as it was planned.
    standing
        Where the technician is.
    at_s
        The moment (seconds since midnight).
    start_s
        When the shift begins now (seconds since midnight).
    closed
        Whether the round takes no more visits.
    gone
        Whether the technician has left for the day.
    """
    has_left = standing.departure_s is not None
    if standing.pause is not None and has_left:
        begin, end = standing.pause
        return pause.model_copy(
            update={"earliest_s": begin, "latest_s": begin, "duration_s": end - begin}
        )
    over_before_the_round = standing.pause is not None
    too_late = not has_left and start_s > pause.latest_s
    if over_before_the_round or (closed and not standing.stays) or gone or too_late:
        return None
    if closed:
        return pause
    earliest = max(pause.earliest_s, at_s)
    latest = pause.latest_s
    if earliest > latest:
        latest = max([earliest, *(stay.end_s for stay in standing.stays[-1:])])
    return pause.model_copy(update={"earliest_s": earliest, "latest_s": latest})
