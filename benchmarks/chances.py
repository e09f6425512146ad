"""`python -m benchmarks.chances`: whether what is told of a week's plans comes true.

A week of every centre is drawn and planned. What `dispatch.chances` tells of each round is compared
with many days lived through by other code and another random generator (`lived`).
"""

from __future__ import annotations

import argparse
import random
import time
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from pydantic import BaseModel

from benchmarks.kept import headline, kept, noted
from benchmarks.lived import Life, share_within
from dispatch.chances.tell import round_chances
from dispatch.demand import sample_day
from dispatch.model.day import problem_of, share_out
from dispatch.service.service import read_service
from dispatch.solve import solve
from dispatch.streets.roads import load_network
from dispatch.streets.router import Router, TravelSettings
from dispatch.territory import read_communes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dispatch.model.plan import Round
    from dispatch.model.problem import DayProblem
    from dispatch.service.uncertainty_settings import Uncertainty

MONDAY = date(2026, 11, 23)
SEED = 2
# Promises no longer than this are told coarser than they are known.
SHORT_S = 600
BINS = (0.0, 0.5, 0.7, 0.85, 0.95, 1.01)


class StopHeld(BaseModel):
    """What is told of a stop, and the shares of lived days on which it came true."""

    kept_told: float | None
    kept: float | None
    arrival_10_90: float
    """Share of arrivals within the range."""
    arrival_by_90: float
    """Share of arrivals no later than the range's end."""
    promise: float
    promise_s: int


class RoundHeld(BaseModel):
    """What is told of a round, likewise."""

    day: date
    centre: str
    technician: str
    stops: list[StopHeld]
    in_time_told: float
    in_time: float
    return_10_90: float
    return_promise: float
    told_s: float
    """How long it took to tell (seconds)."""


def held(problem: DayProblem, round_: Round, varies: Uncertainty, days: int, seed: int) -> dict:
    """Return what is told of a round and the shares of lived days on which it came true."""
    begun = time.perf_counter()
    told = round_chances(problem, round_, varies)
    seconds = time.perf_counter() - begun
    life, rng = Life(problem, round_, varies), random.Random(seed)
    lived = [life.live(rng) for _ in range(days)]
    stops = []
    for number, stop in enumerate(told.stops):
        arrivals = [day.arrivals[number] for day in lived]
        starts = [day.starts[number] for day in lived]
        windows = problem.visit[stop.visit].windows_s
        in_window = [any(low <= start <= high for low, high in windows) for start in starts]
        middle, promise = stop.arrival_10_90, stop.promise
        stops.append(
            StopHeld(
                kept_told=stop.kept,
                kept=fmean(in_window) if windows else None,
                arrival_10_90=share_within(arrivals, middle.from_s, middle.until_s),
                arrival_by_90=share_within(arrivals, 0, middle.until_s),
                promise=share_within(starts, promise.from_s, promise.until_s),
                promise_s=promise.until_s - promise.from_s,
            )
        )
    returns = [day.back for day in lived]
    shift_end_s = problem.technician[round_.technician].shift_s.end_s
    middle, promise = told.return_10_90, told.return_promise
    return {
        "technician": round_.technician,
        "stops": stops,
        "in_time_told": told.in_time,
        "in_time": share_within(returns, 0, shift_end_s),
        "return_10_90": share_within(returns, middle.from_s, middle.until_s),
        "return_promise": share_within(returns, promise.from_s, promise.until_s),
        "told_s": seconds,
    }


def main() -> None:
    """Plan the week, live it, print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chances", description=__doc__)
    parser.add_argument("--effort", choices=["quick", "standard", "thorough"], default="quick")
    parser.add_argument("--days", type=int, default=5, help="from a Monday on")
    parser.add_argument("--lived", type=int, default=2000, help="days lived through a round")
    parser.add_argument("--traffic", action="store_true", help="plan by time of day")
    parser.add_argument("--keep", type=Path, help="file of outcomes, a line each")
    args = parser.parse_args()
    print(headline("chances"), flush=True)
    before = kept(args.keep, RoundHeld)
    known = {(o.day, o.centre) for o in before}
    week = _week(args.effort, args.days, args.lived, args.traffic, known)
    outcomes = [*before, *noted(week, args.keep)]
    for line in summary(outcomes):
        print(line)


def _week(
    effort: str, days: int, lived: int, traffic: bool, known: set[tuple[date, str]]
) -> Iterator[RoundHeld]:
    service, communes = read_service(), read_communes()
    territory, varies = service.territory(communes), service.uncertainty
    assert varies is not None
    router = Router(load_network(), settings=TravelSettings.from_toml(service.travel))
    for number in range(days):
        day = MONDAY + timedelta(days=number)
        tickets = sample_day(service, communes, day, SEED + number)
        for centre, work in share_out(territory, tickets, service.roster).items():
            if (day, centre) in known:
                continue
            problem = problem_of(work, day, service, communes, router, traffic=traffic)
            plan = solve(problem, effort)  # type: ignore[arg-type]
            for rank, round_ in enumerate(plan.rounds):
                found = held(problem, round_, varies, lived, 1000 * number + rank)
                yield RoundHeld(day=day, centre=centre, **found)


def summary(outcomes: Sequence[RoundHeld]) -> Iterator[str]:
    """Yield a table: what is told, and how often it came true."""
    stops = [stop for outcome in outcomes for stop in outcome.stops]
    long = [stop for stop in stops if stop.promise_s > SHORT_S]
    windows = [stop for stop in stops if stop.kept_told is not None and stop.kept is not None]
    yield "| told | how many | came true |"
    yield "| --- | ---: | ---: |"
    rows = [
        ("arrival by its 90 % moment", stops, [s.arrival_by_90 for s in stops]),
        ("arrival within 10 to 90 %", stops, [s.arrival_10_90 for s in stops]),
        ("return within 10 to 90 %", outcomes, [o.return_10_90 for o in outcomes]),
        ("promise, 9 times out of 10", stops, [s.promise for s in stops]),
        ("those of more than 10 minutes", long, [s.promise for s in long]),
        ("return promised, 9 times out of 10", outcomes, [o.return_promise for o in outcomes]),
    ]
    for words, about, shares in rows:
        yield f"| {words} | {len(about)} | {100 * fmean(shares):.1f} % |"
    for low, high in pairwise(BINS):
        found = [s for s in windows if s.kept_told is not None and low <= s.kept_told < high]
        if found:
            told = 100 * fmean(s.kept_told or 0 for s in found)
            true = 100 * fmean(s.kept or 0 for s in found)
            yield f"| window kept, told {told:.1f} % on average | {len(found)} | {true:.1f} % |"
    told = 100 * fmean(o.in_time_told for o in outcomes)
    true = 100 * fmean(o.in_time for o in outcomes)
    yield f"| back in time, told {told:.1f} % on average | {len(outcomes)} | {true:.1f} % |"
    worst = max(abs((s.kept_told or 0) - (s.kept or 0)) for s in windows)
    yield ""
    yield f"Largest difference of one window: {100 * worst:.1f} points."
    median = sorted(o.told_s for o in outcomes)[len(outcomes) // 2]
    yield f"Time to tell a round, median: {1000 * median:.1f} ms."


if __name__ == "__main__":
    main()
