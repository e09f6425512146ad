"""Days under way, drawn: a small day with loads, absences and traffic, and a chain of replans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from dispatch import DayProblem, Plan, Shift, Technician, TimeWindow, Travel, Visit
from dispatch.model.problem import Weights
from dispatch.replan.events import Done, Events, Longer

if TYPE_CHECKING:
    import random

H = 3600
NAMES = "ABC"
NEW = 6


@dataclass(frozen=True)
class Moment:
    """A moment of a day under way: when it is, what has happened since, and new visits."""

    at_s: int
    events: Events
    new: tuple[Visit, ...]


def drawn_day(rng: random.Random, visits: int = 8) -> DayProblem:
    """
    Return a day of three technicians who start at different times; half the visits are loads.

    Each visit has a place of its own, as in a planned day; `NEW` places wait for new visits.
    """
    size = visits + 1 + NEW
    at = np.array([(rng.randint(0, 1200), rng.randint(0, 1200)) for _ in range(size)])
    seconds = 60 + np.abs(at[:, None] - at).sum(axis=2)
    np.fill_diagonal(seconds, 0)
    slots = rng.choice([(0,), (0, 9 * H, 11 * H)])
    layers = np.stack([seconds * factor for factor in (1.0, 1.5, 1.0)[: len(slots)]])
    pause = {"duration_s": 1800, "earliest_s": 11 * H, "latest_s": 12 * H}
    technicians = tuple(
        Technician.model_validate(
            {
                "id": name,
                "start": "p0",
                "end": "p0",
                "shift_s": Shift(rng.choice([8 * H, 8 * H, 9 * H, 10 * H]), 15 * H),
                "break": rng.choice([None, pause]),
                "skills": frozenset(rng.choice(["a", "ab"])),
                "max_overtime_s": rng.choice([0, 1800]),
                "max_working_s": rng.choice([None, None, 6 * H]),
                "capacity": rng.choice([None, 4]),
            }
        )
        for name in NAMES
    )
    return DayProblem(
        date(2026, 11, 25),
        Travel(tuple(f"p{k}" for k in range(size)), layers.astype(np.int64), None, slots),
        technicians,
        tuple(drawn_visit(rng, f"V{k}", f"p{k}") for k in range(1, visits + 1)),
        Weights(overtime=rng.choice([0, 2])),
    )


def drawn_visit(rng: random.Random, name: str, place: str) -> Visit:
    """Return a visit, with a load in one case of two."""
    windows = [(), (), (TimeWindow(8 * H, 11 * H),), (TimeWindow(10 * H, 14 * H),)]
    return Visit(
        id=name,
        place=place,
        duration_s=rng.choice([900, 1800, 2700]),
        windows_s=rng.choice(windows),
        skills=frozenset(rng.choice(["", "a", "b"])),
        load=rng.choice([0, 1]),
        unassigned_cost_s=rng.choice([7200, 14400, None]) if name != "V1" else 14400,
    )


def drawn_moment(rng: random.Random, day: DayProblem, plan: Plan, after_s: int) -> Moment:
    """Return a later moment, and events that a file of events could tell by then."""
    at_s = after_s + rng.randrange(600, 5400, 60)
    stops = {stop.visit: stop for round_ in plan.rounds for stop in round_.stops}
    over = sorted(name for name, stop in stops.items() if stop.end_s <= at_s)
    ahead = sorted(visit.id for visit in day.visits if visit.id not in over)
    rng.shuffle(ahead)
    who = rng.sample(NAMES, 3)
    absent, arriving = {}, {}
    if rng.random() < 0.3:
        absent = {who[0]: at_s + rng.choice([0, 0, 1800])}
    elif rng.random() < 0.2:
        arriving = {who[0]: at_s + 1200}
    done = {}
    if over and rng.random() < 0.5:
        name = rng.choice(over)
        shift, other = rng.choice([-600, 0, 0]), rng.choice([None, None, *NAMES])
        start_s, end_s = stops[name].start_s + shift, stops[name].end_s + shift
        done = {name: Done(start_s, end_s, other)}
    new = ()
    if rng.random() < 0.4:
        taken = {visit.place for visit in day.visits}
        place = next(name for name in reversed(day.travel.places) if name not in taken)
        new = (drawn_visit(rng, f"N{at_s}", place),)
    events = Events(
        cancelled=frozenset(ahead[:1]) if rng.random() < 0.4 else frozenset(),
        absent=absent,
        arriving=arriving,
        late={who[1]: at_s + rng.choice([600, 2400])} if rng.random() < 0.4 else {},
        longer={ahead[-1]: Longer(duration_s=3600)} if ahead[1:] and rng.random() < 0.3 else {},
        done=done,
    )
    return Moment(at_s, events, new)
