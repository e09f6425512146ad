"""`python -m benchmarks.backlog`: does anything wait for ever? Sixty nights in a row, three ways.

One centre is simulated for 60 working days at, under and over what it can serve. Each night joins
the backlog (`dispatch.store.backlog`), plans, and leaves the rest to the next night. Nothing has
a due date: every visit ages from the day it was asked for. The ways differ only in what leaving
a visit undone costs:

- `dispatch`: as the service file says;
- `bounded`: the same without `forgotten_after_days`, so that lateness weighs 3 times at most;
- `arrival`: first come, first served. A visit asked for on an earlier day outweighs all those of
  later days together, whatever its priority; within a day as many as fit.

The centre's capacity is measured first: what `arrival` serves a day when twice as much is asked.
All ways see the same visits. Outcomes go into a file, a line a night; a run that is stopped goes on
from there, and the same arguments give the same file.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel

from dispatch.demand import DemandModel
from dispatch.model.day import Work, problem_of, roads_of, share_out
from dispatch.service.service import read_service
from dispatch.solve import solve
from dispatch.solve.efforts import EFFORTS
from dispatch.store.backlog import after_planning, merge_delivered
from dispatch.streets.router import Router, TravelSettings
from dispatch.territory import read_communes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dispatch.fieldwork import Ticket
    from dispatch.model.problem import DayProblem
    from dispatch.service.service import Service
    from dispatch.store.backlog import BacklogTicket

MONDAY = date(2026, 9, 7)
WAYS = ("dispatch", "bounded", "arrival")
CALIBRATION = "capacity"
CALIBRATION_NIGHTS = 12
# The first nights fill the backlog; the others tell what is served.
CALIBRATION_SKIPPED = 2
# Volume of the calibration: beyond any capacity of a centre here.
CALIBRATION_VOLUME = 6.0
# What is offered to the search: those that cost most to leave, far more than can be served.
OFFERED = 80
# More than any centre serves in a day: one visit of an earlier day outweighs as many of later days.
COHORT_RATIO, COHORTS = 30, 3
LATER_S = 3600


class Night(BaseModel):
    """What one night of one way made."""

    way: str
    load: float
    number: int
    asked: list[str]
    served: list[str]
    open: int
    travel_s: int
    seconds: float


@dataclass(frozen=True)
class World:
    """What every night needs."""

    service: Service
    bounded: Service
    communes: Mapping[str, object]
    router: Router
    model: DemandModel
    work: Work
    seed: int

    @property
    def expected(self) -> float:
        """Return the visits that the centre expects on a working day."""
        centre = self.work.centre
        mine = {*centre.communes, *(["metropole"] if centre.serves_metropole else [])}
        pairs = zip(self.model.collectivities, self.model.mean_visits, strict=True)
        return float(sum(mean for name, mean in pairs if name in mine))

    def asked(self, day: date, volume: float) -> list[Ticket]:
        """Return what is asked of the centre on a day: without due dates, as of that day."""
        drawn = self.model.day(day, self.seed, volume)
        territory = self.service.territory(self.communes)  # type: ignore[arg-type]
        mine = share_out(territory, drawn, self.service.roster)[self.work.centre.id].tickets
        return [t.model_copy(update={"due": None, "asked": day}) for t in mine]


def main() -> None:
    """Simulate what the file does not hold yet, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backlog", description=__doc__)
    parser.add_argument("--centre", default="rive-droite")
    parser.add_argument("--nights", type=int, default=60)
    parser.add_argument("--loads", nargs="+", type=float, default=[0.8, 1.0, 1.2])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("backlog.jsonl"))
    parser.add_argument("--tables", action="store_true", help="only print what the file holds")
    args = parser.parse_args()
    # Small days, many of them, and no proof is asked for: see docs/backlog.md.
    EFFORTS["quick"] = replace(
        EFFORTS["quick"], ortools=False, iterations_a_visit=60, partition=0.05, proof=None
    )
    world = _world(args.centre, args.seed)
    kept = read(args.keep)
    if not args.tables:
        runs = [(CALIBRATION, 0.0, CALIBRATION_NIGHTS)]
        runs += [(way, load, args.nights) for load in args.loads for way in args.ways]
        for way, load, nights in runs:
            volume = CALIBRATION_VOLUME if way == CALIBRATION else load * capacity(kept)
            volume /= 1 if way == CALIBRATION else world.expected
            known = [night for night in kept if (night.way, night.load) == (way, load)]
            for night in simulated(world, way, load, volume, nights, known):
                kept.append(night)
                with args.keep.open("a", encoding="utf-8") as file:
                    file.write(night.model_dump_json() + "\n")
                sys.stderr.write(
                    f"{way} {load:g} night {night.number}: {len(night.asked)} asked, "
                    f"{len(night.served)} served, {night.open} open, {night.seconds:.1f} s\n"
                )
    for line in tables(world, kept):
        print(line)


def read(path: Path) -> list[Night]:
    """Return the nights that a file holds; a line cut short by a stop is left out."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    if lines[-1]:
        path.write_text("\n".join(lines[:-1]) + "\n" * (len(lines) > 1), encoding="utf-8")
    return [Night.model_validate_json(line) for line in lines[:-1]]


def capacity(nights: Sequence[Night]) -> float:
    """Return the visits served a night when far more are asked."""
    served = [
        len(night.served)
        for night in nights
        if night.way == CALIBRATION and night.number >= CALIBRATION_SKIPPED
    ]
    return sum(served) / len(served)


def simulated(
    world: World, way: str, load: float, volume: float, nights: int, known: Sequence[Night]
) -> Iterator[Night]:
    """Yield the nights that are not known yet, each from what the nights before it left."""
    backlog: tuple[BacklogTicket, ...] = ()
    for number in range(nights):
        day = working_day(number)
        fresh = world.asked(day, volume)
        # The source delivers everything that is open: what was planned is done, and gone.
        waiting = [kept.ticket for kept in backlog if kept.state == "open"]
        joined = merge_delivered(backlog, [*waiting, *fresh], day, gone_nights=1)
        if number < len(known):
            made = known[number]
        else:
            problem = _problem(world, way, joined.to_plan, day)
            plan = solve(problem, "quick", seed=1)
            served = [stop.visit for round_ in plan.rounds for stop in round_.stops]
            made = Night(
                way=way,
                load=load,
                number=number,
                asked=[ticket.id for ticket in fresh],
                served=sorted(served),
                open=len(joined.to_plan) - len(served),
                travel_s=plan.cost_s.travel,
                seconds=round(plan.elapsed_s, 2),
            )
            yield made
        after = after_planning(joined, made.served, day)
        backlog = tuple(kept for kept in after if not kept.closed)


def working_day(number: int) -> date:
    """Return the working day of a number, from a Monday on (holidays are worked)."""
    found: date = np.busday_offset(np.datetime64(MONDAY), number).astype(object)
    return found


def _problem(world: World, way: str, tickets: Sequence[BacklogTicket], day: date) -> DayProblem:
    """Return the night's problem: the tickets that cost most to leave, at the way's costs."""
    service = world.bounded if way == "bounded" else world.service
    if way in ("arrival", CALIBRATION):
        costs = _by_arrival(tickets)
    else:
        costs = {
            kept.ticket.id: service.unassigned_cost_s(
                kept.ticket.priority, kept.ticket.due, day, kept.ticket.asked
            )
            for kept in tickets
        }
    chosen = sorted(tickets, key=lambda k: (-costs[k.ticket.id], k.first_seen, k.ticket.id))
    work = replace(world.work, tickets=tuple(kept.ticket for kept in chosen[:OFFERED]))
    problem = problem_of(work, day, service, world.communes, world.router)  # type: ignore[arg-type]
    visits = tuple(
        visit.model_copy(update={"unassigned_cost_s": costs[visit.id]}) for visit in problem.visits
    )
    return replace(problem, visits=visits)


def _by_arrival(tickets: Sequence[BacklogTicket]) -> dict[str, int]:
    """Return costs by which the oldest day comes first, then the next, whatever the priority."""
    days = sorted({kept.first_seen for kept in tickets})
    rank = {day: min(number, COHORTS) for number, day in enumerate(days)}
    return {
        kept.ticket.id: LATER_S * COHORT_RATIO ** (COHORTS - rank[kept.first_seen])
        for kept in tickets
    }


def _world(centre: str, seed: int) -> World:
    service, communes = read_service(), read_communes()
    unbounded = service.unassigned.model_copy(update={"forgotten_after_days": None})
    work = share_out(service.territory(communes), [], service.roster)[centre]
    router = Router(roads_of(service), settings=TravelSettings.from_toml(service.travel))
    return World(
        service=service,
        bounded=service.model_copy(update={"unassigned": unbounded}),
        communes=communes,
        router=router,
        model=DemandModel(service, communes),
        work=work,
        seed=seed,
    )


# --- the tables ---

SPANS = ((0, 0), (1, 1), (2, 5), (6, 10), (11, 20), (21, 10_000))
HEADINGS = ("same day", "1", "2 to 5", "6 to 10", "11 to 20", "over 20")


@dataclass(frozen=True)
class Waited:
    """A visit of a run: when asked, when served (None: not yet), and its age at the end."""

    priority: int
    asked: int
    served: int | None
    nights: int

    @property
    def days(self) -> int:
        """Return the working days waited, until served or until the end."""
        return (self.nights - 1 if self.served is None else self.served) - self.asked


def waited(world: World, nights: Sequence[Night], volume: float) -> list[Waited]:
    """Return every visit of one run."""
    served = {name: night.number for night in nights for name in night.served}
    return [
        Waited(ticket.priority, number, served.get(ticket.id), len(nights))
        for number in range(len(nights))
        for ticket in world.asked(working_day(number), volume)
    ]


def tables(world: World, kept: Sequence[Night]) -> Iterator[str]:
    """Yield the tables, as Markdown."""
    most = capacity(kept)
    yield (
        f"Centre {world.work.centre.id}, {len(world.work.technicians)} technicians, "
        f"seed {world.seed}. Capacity: {most:.1f} visits a day."
    )
    runs = sorted(
        (night for night in kept if night.way != CALIBRATION),
        key=lambda night: (night.load, WAYS.index(night.way), night.number),
    )
    found = []
    for (load, way), group in groupby(runs, key=lambda night: (night.load, night.way)):
        nights = list(group)
        volume = load * most / world.expected
        found.append((load, way, nights, waited(world, nights, volume)))
    yield from ("", "### Served, by priority and wait", "")
    yield from _by_wait(found)
    yield from ("", "### Who waits longest", "")
    yield from _oldest(found)


Runs = list[tuple[float, str, list[Night], list[Waited]]]


def _by_wait(runs: Runs) -> Iterator[str]:
    spans = " | ".join(HEADINGS)
    yield f"| load | way | priority | asked | served | mean wait | {spans} | still open |"
    yield f"| --- | --- | ---: | ---: | ---: | ---: |{' ---: |' * (len(SPANS) + 1)}"
    for load, way, _, visits in runs:
        for priority in (1, 2, 3, 4, None):
            mine = [v for v in visits if priority in (None, v.priority)]
            if not mine:
                continue
            served = [v.days for v in mine if v.served is not None]
            shares = [sum(low <= d <= high for d in served) / len(mine) for low, high in SPANS]
            shares.append(1 - len(served) / len(mine))
            name = "all" if priority is None else str(priority)
            yield (
                f"| {100 * load:.0f} % | {way} | {name} | {len(mine)} | "
                f"{100 * len(served) / len(mine):.1f} % | {np.mean(served):.1f} | "
                + " | ".join(f"{100 * share:.1f} %" for share in shares)
                + " |"
            )


def _oldest(runs: Runs) -> Iterator[str]:
    """Yield, for each run, how long the longest have waited, and whether anything is left over."""
    yield (
        "| load | way | nights | longest wait, priority 1 | 2 | 3 | 4 | oldest open after a third "
        "of the nights | two thirds | all | asked in the first half, open at the end "
        "| driving a visit, min |"
    )
    yield "| --- | --- |" + " ---: |" * 10
    for load, way, nights, visits in runs:
        longest = [
            str(max((v.days for v in visits if v.priority == p), default=0)) for p in (1, 2, 3, 4)
        ]
        oldest = [
            str(max((after - v.asked for v in visits if _open(v, after)), default=0))
            for after in (len(nights) * third // 3 - 1 for third in (1, 2, 3))
        ]
        left = sum(v.served is None for v in visits if v.asked < len(nights) // 2)
        driving = sum(n.travel_s for n in nights) / 60 / max(1, sum(len(n.served) for n in nights))
        cells = [str(len(nights)), *longest, *oldest, str(left), f"{driving:.1f}"]
        yield f"| {100 * load:.0f} % | {way} | {' | '.join(cells)} |"


def _open(visit: Waited, after: int) -> bool:
    """Return whether a visit was asked for and not served once a night's day is over."""
    return visit.asked <= after and (visit.served is None or visit.served > after)


if __name__ == "__main__":
    main()
