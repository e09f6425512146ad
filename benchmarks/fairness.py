"""`python -m benchmarks.fairness`: what even work and known places cost in driving.

A week of every centre is planned under one pair of weights after another, from the same past: the
ten working days before, planned without weights. Each day of the week adds to that past, under the
weights that made it. All figures are counted by `checker.fairness` and `checker.rules`.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from benchmarks.kept import headline, kept, noted
from dispatch.checker import rules
from dispatch.checker.fairness import fairness_of
from dispatch.demand import sample_day
from dispatch.folder.familiarity import history_of, visited_places, with_familiarity
from dispatch.model.day import problem_of, share_out
from dispatch.model.problem import Weights
from dispatch.service.service import read_service
from dispatch.solve import solve
from dispatch.streets.roads import load_network
from dispatch.streets.router import Router, TravelSettings
from dispatch.territory import read_communes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dispatch.fieldwork import Ticket
    from dispatch.model.problem import DayProblem
    from dispatch.service.service import Service
    from dispatch.solve.efforts import EffortName

MONDAY = date(2026, 11, 23)
# Weeks of the past, and days of each.
PAST, WEEK = 2, 5
# Unfamiliarity (seconds), imbalance (percent).
PAIRS = ((0, 0), (0, 5), (0, 10), (0, 20), (0, 50), (300, 0), (600, 0), (1200, 0), (300, 20))
Work = dict[str, tuple["DayProblem", dict[str, "Ticket"]]]


class Outcome(BaseModel):
    """One centre's day under one pair of weights."""

    day: date
    centre: str
    unfamiliarity: int
    imbalance: int
    visits: int
    served: int
    travel_s: int
    metres: int
    spread_s: int
    above_s: int
    known: int
    familiarity: float
    gap: float | None
    seconds: float


def main() -> None:
    """Plan the week under each pair of weights, print the table, draw the plot."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fairness", description=__doc__)
    parser.add_argument("--effort", choices=["quick", "standard", "thorough"], default="quick")
    parser.add_argument("--volume", type=float, default=1.0, help="of visits; 1: the service's")
    parser.add_argument("--keep", type=Path, help="file of outcomes, a line each; read if it is")
    parser.add_argument("--first", type=int, default=0, help="pair of weights to begin with")
    parser.add_argument("--plot", type=Path, help="file of the plot (SVG or PNG)")
    args = parser.parse_args()
    print(headline("fairness"), flush=True)
    outcomes = kept(args.keep, Outcome)
    if not outcomes:
        weeks = _weeks(args.effort, args.volume, PAIRS[args.first :])
        outcomes = list(noted(weeks, args.keep))
    for line in _table(outcomes):
        print(line)
    if args.plot is not None:
        _draw(outcomes, args.plot)


def _weeks(
    effort: EffortName, volume: float, pairs: Sequence[tuple[int, int]]
) -> Iterator[Outcome]:
    service = read_service()
    first = MONDAY - timedelta(weeks=PAST)
    days = [first + timedelta(weeks=w, days=d) for w in range(PAST + 1) for d in range(WEEK)]
    works = dict(zip(days, _works(service, days, volume), strict=True))
    past = set()
    for day in days[: PAST * WEEK]:
        for problem, tickets in works[day].values():
            past |= set(visited_places(solve(problem, effort), tickets))
    for unfamiliarity, imbalance in pairs:
        stops = set(past)
        for day in days[PAST * WEEK :]:
            history, more = history_of(stops), set()
            for centre, (bare, tickets) in works[day].items():
                # Told whom knows what, whether or not that has a weight.
                told = replace(bare, weights=_weights(service, 1, 0))
                told = with_familiarity(told, tickets, history, service.familiarity)
                problem = replace(told, weights=_weights(service, unfamiliarity, imbalance))
                plan = solve(problem, effort)
                assert rules.check(problem, plan) == []
                more |= set(visited_places(plan, tickets))
                found = fairness_of(problem, plan)
                yield Outcome(
                    day=day,
                    centre=centre,
                    unfamiliarity=unfamiliarity,
                    imbalance=imbalance,
                    visits=len(problem.visits),
                    served=found.served,
                    travel_s=plan.cost_s.travel,
                    metres=sum(round_.distance_m or 0 for round_ in plan.rounds),
                    spread_s=found.spread_s,
                    above_s=found.above_share_s,
                    known=found.known,
                    familiarity=found.familiarity,
                    gap=plan.gap,
                    seconds=plan.elapsed_s,
                )
            stops |= more


def _weights(service: Service, unfamiliarity: int, imbalance: int) -> Weights:
    overtime = service.weights.overtime
    return Weights(overtime=overtime, unfamiliarity=unfamiliarity, imbalance=imbalance)


def _works(service: Service, days: Sequence[date], volume: float) -> Iterator[Work]:
    """Yield the problems of each day, by centre, without soft weights, and their tickets."""
    communes = read_communes()
    territory = service.territory(communes)
    router = Router(load_network(), settings=TravelSettings.from_toml(service.travel))
    for seed, day in enumerate(days):
        drawn = sample_day(service, communes, day, seed, volume=volume)
        made: Work = {}
        for centre, work in share_out(territory, drawn, service.roster).items():
            bare = problem_of(work, day, service, communes, router)
            problem = replace(bare, weights=_weights(service, 0, 0))
            made[centre] = problem, {ticket.id: ticket for ticket in work.tickets}
        yield made


def _sums(rows: Sequence[Outcome]) -> tuple[float, float, float, float]:
    """Return hours driven, mean spread and time above shares (h a centre's day), familiarity."""
    served = sum(row.served for row in rows)
    return (
        sum(row.travel_s for row in rows) / 3600,
        sum(row.spread_s for row in rows) / 3600 / len(rows),
        sum(row.above_s for row in rows) / 3600 / len(rows),
        sum(row.familiarity * row.served for row in rows) / served,
    )


def _table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield (
        "| unfamiliarity (s) | imbalance (%) | served | driving (h) | km | spread (h) "
        "| above shares (h) | known places | mean familiarity | gap (mean) | CPU (s) |"
    )
    yield "| ---: " * 11 + "|"
    for pair in PAIRS:
        rows = [row for row in outcomes if (row.unfamiliarity, row.imbalance) == pair]
        if not rows:
            continue
        driving, spread, above, mean = _sums(rows)
        served = sum(row.served for row in rows)
        known = sum(row.known for row in rows) / served
        gap = sum(row.gap or 0.0 for row in rows) / len(rows)
        yield (
            f"| {pair[0]} | {pair[1]} | {served} of {sum(row.visits for row in rows)} "
            f"| {driving:.1f} | {sum(row.metres for row in rows) / 1000:.0f} | {spread:.2f} "
            f"| {above:.2f} | {known:.0%} | {mean:.0%} | {gap:.1%} "
            f"| {sum(row.seconds for row in rows):.0f} |"
        )


def _draw(outcomes: Sequence[Outcome], path: Path) -> None:
    """Draw driving against spread, and against the part of known places."""
    import matplotlib as mpl

    mpl.use("Agg")
    # The same file from the same figures.
    mpl.rcParams["svg.hashsalt"] = "dispatch"
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for axes, number, name, which in (
        (left, 1, "spread of time on site in a centre, mean (h)", 1),
        (right, 3, "mean familiarity of who is sent with the place", 0),
    ):
        pairs = [pair for pair in PAIRS if pair[1 - which] == 0]
        points = []
        for pair in pairs:
            rows = [row for row in outcomes if (row.unfamiliarity, row.imbalance) == pair]
            sums = _sums(rows)
            points.append((sums[number], sums[0]))
        axes.plot(*zip(*points, strict=True), "o-", color="#00507d")
        for pair, point in zip(pairs, points, strict=True):
            label = f"{pair[which]} %" if which else f"{pair[which]} s"
            place = (6, 5) if which else (8, -10)
            axes.annotate(label, point, xytext=place, textcoords="offset points", fontsize=9)
        axes.set_xlabel(name)
        axes.margins(0.15)
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    left.set_ylabel("driving in the week, all centres (h)")
    left.set_title("weight of imbalance", fontsize=10)
    right.set_title("weight of unfamiliarity", fontsize=10)
    right.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    metadata = {"Date": None} if path.suffix == ".svg" else None
    figure.savefig(path, metadata=metadata, dpi=120)


if __name__ == "__main__":
    main()
