"""The day problem as it is at a moment: facts become locks, exact windows and true durations.

So that every rule of the day still judges the new plan, what happened is written into the problem:

- a technician who has left begins the shift at the departure, and the round is **locked** up to
  what is settled; whoever is back or absent is locked closed;
- a service that has begun has the one window of its start, and lasts as long as it did or will;
- a break that has begun can start only then; one to come starts at the moment or later;
- a leg that was driven quicker than the roads say takes what it took;
- whoever is turned round drives on from the place left, in a time that holds the detour: back
  and on, or by the place driven to, whichever is shorter. Only they ever leave that place.

Where facts break a rule (back too late, a break too late), it is bent just as far, and a note
says so. Boxes are loaded at the centre: what is in a van goes with its technician, and what
is not can be taken by those who have not left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from dispatch.checker.driving import arrival, slot_at
from dispatch.fieldwork import FixedPrefix, Shift, TimeWindow
from dispatch.model.problem import DayProblem
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.round_times import earliest_return
from dispatch.streets.router import Travel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from dispatch.fieldwork import Technician, Visit
    from dispatch.model.plan import Plan
    from dispatch.replan.events import Events
    from dispatch.replan.past import Standing, Stay

# Whom boxes that are still at the centre can go to; technicians see it among the skills.
AT_CENTRE = "matériel à prendre au centre"
# Later than any return that facts can ask for.
A_DAY_S = 86_400
A_WEEK_S = 7 * A_DAY_S


NoteKind = Literal["vain", "overtime", "late_break", "working", "unlocked"]


@dataclass(frozen=True, slots=True)
class Note:
    """Something that people should know: its kind, whom it is about, and a time (seconds)."""

    kind: NoteKind
    technician: str = ""
    visit: str = ""
    time_s: int = 0


@dataclass(frozen=True)
class Changed:
    """
    What is to be planned now, and what it should stay near to.

    Parameters
    ----------
    problem
        The day problem as it is now.
    rounds
        What is left of each old round, by technician: settled visits, then the others.
    old
        Technician of each visit that is still free, in the old plan, and its place in the round.
    announced
        Start that was announced for each of these, and of those that somebody drives to (seconds
        since midnight).
    departed
        Technicians who have left.
    notes
        Rules that facts have bent, and the like.
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
        What was told, and where everybody stands.
    at_s
        The moment (seconds since midnight).
    travel
        With the places of new visits; None: as it was.
    new
        Visits that were not there.
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
        _travel(problem, travel or problem.travel, standing, at_s),
        tuple(
            _technician(who, standing[who.id], events, at_s, stays, visits)
            for who in problem.technicians
        ),
        tuple(visits),
        problem.weights,
    )
    bent, more = _bent(draft, standing, at_s)
    notes += more
    notes += [
        Note("late_break", who.id, time_s=who.break_.latest_s)
        for who, before in zip(bent.technicians, problem.technicians, strict=True)
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
    return Changed(bent, rounds, old, announced, departed, tuple(notes))


def _visit(
    visit: Visit,
    problem: DayProblem,
    events: Events,
    settled: tuple[str, Stay] | None,
    departed: frozenset[str],
    standing: Mapping[str, Standing],
) -> Visit:
    """Return a visit as it is now: what is settled with its times, the rest with its boxes."""
    if settled is not None:
        name, stay = settled
        who = problem.technician[name]
        update: dict[str, object] = {
            "duration_s": stay.end_s - stay.start_s,
            "skills": visit.skills & who.skills,
            "technician": visit.technician if visit.technician == name else None,
        }
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
    """Return a technician as of now, before facts that break a rule are looked at."""
    gone_s = events.absent.get(who.id)
    start, end = who.shift_s
    overtime, closed, pause = who.max_overtime_s, standing.closed, who.break_
    skills = who.skills - {AT_CENTRE}
    if gone_s is not None and gone_s > at_s:
        end, overtime = min(end, gone_s), 0
    if standing.departure_s is not None:
        start = standing.departure_s
    else:
        start = max(start, at_s, events.arriving.get(who.id, 0), events.late.get(who.id, 0))
        if standing.turned is not None:
            # Not yet anywhere: back to where the round starts, in the time that it took.
            start = max(start, 2 * at_s - standing.turned.leave_s)
        if start >= end:
            start, end, overtime, closed = who.shift_s.end_s, who.shift_s.end_s, 0, True
        elif not closed:
            skills |= {AT_CENTRE}
    if pause is not None:
        if standing.pause is not None and standing.departure_s is not None:
            begin, over = standing.pause
            pause = pause.model_copy(
                update={"earliest_s": begin, "latest_s": begin, "duration_s": over - begin}
            )
        elif (
            standing.pause is not None  # over, before a round that has not begun
            or (closed and not standing.stays)
            or (gone_s is not None and gone_s <= at_s)
            or (standing.departure_s is None and start > pause.latest_s)
        ):
            # Who leaves for the day, or begins after the break's time, has none.
            pause = None
        elif not closed:
            early = max(pause.earliest_s, at_s)
            latest = max(pause.latest_s, early)
            if standing.stays:
                latest = max(latest, standing.stays[-1].end_s)
            bent = pause.latest_s if early <= pause.latest_s else latest
            pause = pause.model_copy(update={"earliest_s": early, "latest_s": bent})
    settled = tuple(stay.visit for stay in standing.stays)
    kept = tuple(
        name
        for name in (who.locked.visits if who.locked is not None else ())
        if name not in stays and name in standing.free
    )
    loads = {visit.id: visit.load for visit in visits}
    capacity = who.capacity
    if capacity is not None:
        capacity = max(capacity, sum(loads[name] for name in settled))
    locked = (
        FixedPrefix(visits=(*settled, *kept), closed=closed) if settled or kept or closed else None
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


def _travel(
    problem: DayProblem, travel: Travel, standing: Mapping[str, Standing], at_s: int
) -> Travel:
    """Return travel in which legs driven took what they took, and who is turned drives on."""
    seconds = travel.seconds.copy()
    metres = None if travel.metres is None else travel.metres.copy()
    row = {place: index for index, place in enumerate(travel.places)}
    for s in standing.values():
        for stay, following in zip(s.stays, s.stays[1:], strict=False):
            if not following.begun:
                continue
            origin, place = (row[problem.visit[x.visit].place] for x in (stay, following))
            gap, pause = following.start_s - stay.end_s, None
            if s.pause is not None and stay.end_s <= s.pause[0] < following.start_s:
                pause = s.pause
                gap -= pause[1] - pause[0]
            if arrival(travel, origin, place, stay.end_s, pause) > following.start_s:
                seconds[:, origin, place] = max(0, gap)
        if s.turned is not None and s.turned.origin is not None:
            origin, toward = row[s.turned.origin], row[s.turned.toward]
            _turn(travel, seconds, metres, origin, toward, at_s - s.turned.leave_s, at_s)
    return Travel(travel.places, seconds, metres, travel.slot_starts_s)


def _turn(
    travel: Travel,
    seconds: NDArray[np.int64],
    metres: NDArray[np.int64] | None,
    origin: int,
    toward: int,
    driven_s: int,
    at_s: int,
) -> None:
    """Write the ways of one who is `driven_s` on the way from a place to another and turns."""
    k = slot_at(travel, at_s)
    whole = int(travel.seconds[k, origin, toward])
    arrived = driven_s >= whole
    on_s = max(driven_s, whole)
    for other in range(len(travel.places)):
        if other == origin:
            continue
        on = on_s + travel.seconds[:, toward, other]
        back = 2 * driven_s + travel.seconds[:, origin, other]
        by_back = not arrived and int(back[k]) < int(on[k])
        seconds[:, origin, other] = back if by_back else on
        if metres is not None and travel.metres is not None:
            there = int(travel.metres[origin, toward])
            part = 2 * there * driven_s // max(1, whole)
            metres[origin, other] = (
                part + travel.metres[origin, other]
                if by_back
                else there + travel.metres[toward, other]
            )


def _bent(
    draft: DayProblem, standing: Mapping[str, Standing], at_s: int
) -> tuple[DayProblem, list[Note]]:
    """Return the problem with rules bent as far as facts ask for, and what was bent."""
    notes: list[Note] = []
    problem = draft
    for m, who in enumerate(draft.technicians):
        s = standing[who.id]
        if who.locked is None or not who.locked.visits:
            continue
        settled = tuple(stay.visit for stay in s.stays)
        home = _home_s(problem, m, who.locked.visits)
        if who.locked.visits != settled and home > who.shift_s.end_s + who.max_overtime_s:
            # What was locked by hand can no longer be done as it was.
            notes.append(Note("unlocked", who.id))
            lock = FixedPrefix(visits=settled, closed=s.closed) if settled or s.closed else None
            who = who.model_copy(update={"locked": lock})
            home = _home_s(problem, m, settled)
        if home == NEVER and who.break_ is not None:
            # The break cannot start in its time any more: it does as soon as it can.
            over = max(at_s, s.stays[-1].end_s if s.stays else 0, who.break_.latest_s)
            pause = who.break_.model_copy(update={"latest_s": over})
            who = who.model_copy(update={"break_": pause})
            problem = _with(problem, m, who)
            home = _home_s(problem, m, settled)
        if settled and home < NEVER:
            if home > who.shift_s.end_s + who.max_overtime_s:
                who = who.model_copy(update={"max_overtime_s": home - who.shift_s.end_s})
                notes.append(Note("overtime", who.id, time_s=home))
            worked = home - who.shift_s.start_s
            if who.max_working_s is not None and worked > who.max_working_s:
                who = who.model_copy(update={"max_working_s": worked})
                notes.append(Note("working", who.id, time_s=home))
        problem = _with(problem, m, who)
    return problem, notes


def _with(problem: DayProblem, m: int, who: Technician) -> DayProblem:
    technicians = (*problem.technicians[:m], who, *problem.technicians[m + 1 :])
    return replace(problem, technicians=technicians)


def _home_s(problem: DayProblem, m: int, names: Sequence[str]) -> int:
    """Return when a technician is back at the earliest after visits, however late; NEVER: never."""
    a = arrays_of(problem)
    ever = a._replace(latest_return=a.latest_return + A_DAY_S)
    index = {visit.id: number for number, visit in enumerate(problem.visits)}
    order = np.array([index[name] for name in names], dtype=np.int64)
    return int(earliest_return(ever, m, order, len(order), int(ever.shift_start[m])))
