"""`python -m benchmarks.rush_hours`: what it is worth to know the peaks when planning.

A week of every centre is planned three times: on roads without traffic, with the all-day average of
traffic, and by time of day. Each plan is then driven at the speeds of the hour (`driven`), and
what that costs and breaks is counted by `dispatch.checker.rules`.
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from benchmarks.driven import driven
from benchmarks.kept import headline, kept, noted
from dispatch.checker import rules
from dispatch.demand import sample_day
from dispatch.model.day import problem_of, share_out
from dispatch.service.service import read_service
from dispatch.solve import solve
from dispatch.streets.roads import load_network
from dispatch.streets.router import Router, TravelSettings
from dispatch.territory import read_communes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dispatch.fieldwork import Ticket
    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem
    from dispatch.solve.efforts import EffortName

MONDAY = date(2026, 11, 23)
SEED = 2
# [press, TomTom] as cited in data/service.toml: the whole day over driving without traffic.
ALL_DAY = 0.31
WAYS = {"free": "without traffic", "average": "all-day average", "hours": "by time of day"}


class Outcome(BaseModel):
    """One centre's day, planned in one way and driven at the speeds of the hour."""

    day: date
    centre: str
    way: str
    served: int
    visits: int
    metres: int
    planned_s: int
    travel_s: int
    cost_s: int
    late: int
    late_s: int
    returns: int
    returns_s: int
    breaks: int
    seconds: float
    gap: float | None


def main() -> None:
    """Plan the week, drive it, print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rush_hours", description=__doc__)
    parser.add_argument("--effort", choices=["quick", "standard", "thorough"], default="quick")
    parser.add_argument("--days", type=int, default=5, help="from a Monday on")
    parser.add_argument("--centres", nargs="*", default=[], help="default: all")
    parser.add_argument("--volume", type=float, default=1.0, help="of visits; 1: the service's")
    parser.add_argument(
        "--keep", type=Path, help="file of outcomes, a line each; those in it are not made again"
    )
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    args = parser.parse_args()
    print(headline("rush_hours"), flush=True)
    outcomes = kept(args.keep, Outcome)
    known = {(o.day, o.centre, o.way) for o in outcomes}
    week = _week(args.effort, args.days, args.centres, args.volume, args.ways, known)
    outcomes += noted(week, args.keep)
    for line in (*_summary(outcomes), "", *_by_day(outcomes), "", *_by_centre(outcomes)):
        print(line)


def _week(
    effort: EffortName,
    days: int,
    centres: Sequence[str],
    volume: float,
    ways: Sequence[str],
    known: set[tuple[date, str, str]],
) -> Iterator[Outcome]:
    service, communes = read_service(), read_communes()
    territory = service.territory(communes)
    network, settings = load_network(), TravelSettings.from_toml(service.travel)
    assert settings.traffic is not None
    period = settings.traffic.periods[0].model_copy(update={"extra": (ALL_DAY,) * 7})
    flat = settings.traffic.model_copy(update={"periods": (period,)})
    router = Router(network, settings=settings)
    all_day = Router(network, settings=settings.model_copy(update={"traffic": flat}))
    for number in range(days):
        day = MONDAY + timedelta(days=number)
        tickets: list[Ticket] = sample_day(service, communes, day, SEED + number, volume=volume)
        for centre, work in share_out(territory, tickets, service.roster).items():
            if centres and centre not in centres:
                continue
            hours = problem_of(work, day, service, communes, router, traffic=True)
            problems = {
                "free": problem_of(work, day, service, communes, router),
                "average": problem_of(work, day, service, communes, all_day, traffic=True),
                "hours": hours,
            }
            for way in [way for way in ways if (day, centre, way) not in known]:
                plan = solve(problems[way], effort)
                yield _outcome(day, centre, way, problems[way], hours, plan)


def _outcome(
    day: date, centre: str, way: str, planned: DayProblem, hours: DayProblem, plan: Plan
) -> Outcome:
    """Drive a plan, and count."""
    stated = rules.check(planned, plan)
    assert stated == [], stated
    made = plan if way == "hours" else driven(hours, plan)
    broken = rules.check(hours, made)
    late = [v for v in broken if v.rule == "late"]
    returns = [v for v in broken if v.rule in {"shift", "working_time"}]
    breaks = [v for v in broken if v.rule == "breaks"]
    rest = [v for v in broken if v not in (*late, *returns, *breaks)]
    assert rest == [], rest
    return Outcome(
        day=day,
        centre=centre,
        way=way,
        served=sum(len(round_.stops) for round_ in made.rounds),
        visits=len(hours.visits),
        metres=sum(round_.distance_m or 0 for round_ in made.rounds),
        planned_s=plan.cost_s.travel,
        travel_s=made.cost_s.travel,
        cost_s=made.cost_s.total,
        late=len(late),
        late_s=sum(v.amount_s or 0 for v in late),
        returns=len(returns),
        returns_s=sum(v.amount_s or 0 for v in returns),
        breaks=len(breaks),
        seconds=plan.elapsed_s,
        gap=plan.gap,
    )  # fmt: skip


COLUMNS = (
    "| planned | visits served | km | driving, planned h | driving, real h | late visits "
    "| late min | returns too late | by min | breaks amiss | cost h |"
)
RULE = "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"


def _figures(rows: Sequence[Outcome]) -> str:
    """Return the sums of some outcomes as cells."""
    cells = [
        f"{sum(r.served for r in rows)} of {sum(r.visits for r in rows)}",
        f"{sum(r.metres for r in rows) / 1000:.0f}",
        f"{sum(r.planned_s for r in rows) / 3600:.1f}",
        f"{sum(r.travel_s for r in rows) / 3600:.1f}",
        str(sum(r.late for r in rows)),
        f"{sum(r.late_s for r in rows) / 60:.0f}",
        str(sum(r.returns for r in rows)),
        f"{sum(r.returns_s for r in rows) / 60:.0f}",
        str(sum(r.breaks for r in rows)),
        f"{sum(r.cost_s for r in rows) / 3600:.1f}",
    ]
    return " | ".join(cells)


def _summary(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield COLUMNS
    yield RULE
    for way, words in WAYS.items():
        rows = [o for o in outcomes if o.way == way]
        if rows:
            yield f"| {words} | {_figures(rows)} |"


def _by_day(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield COLUMNS.replace("| planned |", "| day, planned |", 1)
    yield RULE
    for day in dict.fromkeys(o.day for o in outcomes):
        for way, words in WAYS.items():
            rows = [o for o in outcomes if (o.day, o.way) == (day, way)]
            if rows:
                yield f"| {day:%a %d}, {words} | {_figures(rows)} |"


def _by_centre(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "| centre, planned | late visits | driving, real h | time to plan s | gap |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for centre in dict.fromkeys(o.centre for o in outcomes):
        for way, words in WAYS.items():
            rows = [o for o in outcomes if (o.centre, o.way) == (centre, way)]
            if rows:
                gaps = [o.gap for o in rows if o.gap is not None]
                gap = f"{100 * sum(gaps) / len(gaps):.1f} %" if gaps else "-"
                hours = sum(o.travel_s for o in rows) / 3600
                seconds = sum(o.seconds for o in rows) / len(rows)
                late = sum(o.late for o in rows)
                yield f"| {centre}, {words} | {late} | {hours:.1f} | {seconds:.1f} | {gap} |"


if __name__ == "__main__":
    main()
