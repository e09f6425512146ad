"""Calibrate how travel is foretold for a group of communes: [resplit.travel] of service.toml.

`collect` plans real rounds (effort quick) for the named splits and for random contiguous
ones with random premises, over sample days, and writes one row a centre and day to
data/samples/rounds.csv. `fit` (the default) reads that file and prints the constants, with
how well they foretell splits that were left out of the fit.

    python scripts/calibrate_splits.py collect [DAYS] [RANDOM SPLITS]
    python scripts/calibrate_splits.py
"""

from __future__ import annotations

import csv
import io
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from build_splits import shared_technicians
from scipy.optimize import nnls
from scipy.stats import spearmanr

from dispatch.data import data_path
from dispatch.demand import DemandModel
from dispatch.folder.write import write_file
from dispatch.model.day import problem_of, share_out
from dispatch.resplit.units import prepare_units
from dispatch.service.service import read_service
from dispatch.solve.side_by_side import Settings, plan_all
from dispatch.splits.borders import commune_neighbours
from dispatch.splits.reading import read_split
from dispatch.splits.split import Split
from dispatch.streets.roads import load_network
from dispatch.streets.router import Router
from dispatch.territory import METROPOLE, read_communes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.model.problem import DayProblem
    from dispatch.service.service import Service
    from dispatch.splits.borders import Neighbours
    from dispatch.territory import Commune

ROUNDS = Path(__file__).parent.parent / "data" / "samples" / "rounds.csv"
FIRST = date(2026, 1, 5)
SEED = 5
COLUMNS = (
    "split", "centre", "day", "collectivities", "premises", "technicians",
    "visits", "served", "rounds", "service_s", "travel_s",
)  # fmt: skip


def random_split(
    rng: np.random.Generator,
    number: int,
    units: Sequence[str],
    near: Neighbours,
    centres: Sequence[str],
) -> Split:
    """Return a contiguous split grown from random communes, with random premises."""
    seeds = rng.choice(len(units), size=len(centres), replace=False)
    owner = {units[s]: c for s, c in zip(seeds.tolist(), centres, strict=True)}
    while len(owner) < len(units):
        open_ = [(u, owner[v]) for u in units if u not in owner for v in near.of[u] if v in owner]
        unit, centre = open_[int(rng.integers(len(open_)))]
        owner[unit] = centre
    premises = {}
    for centre in centres:
        own = [u for u in units if owner[u] == centre]
        premises[centre] = own[int(rng.integers(len(own)))]
    owner[METROPOLE] = owner["33063"]
    return Split(f"random-{number:02d}", owner, premises)


def splits(
    service: Service, communes: Mapping[str, Commune], randoms: int
) -> list[tuple[Split, Service]]:
    """Return the named splits and the random ones, each with the service under it."""
    found = [
        read_split(path, service, communes) for path in sorted(data_path("splits").glob("*.csv"))
    ]
    near = commune_neighbours(communes, service.borders)
    served = [u for u in service.demand.agents if u != METROPOLE]
    rng = np.random.default_rng(SEED)
    for number in range(randoms):
        units = sorted(communes) if number % 3 == 2 else sorted(served)
        passing = near.through(units, set(communes) - set(units))
        centres = [f"c{index}" for index in range(1, 5 + number % 3)]
        split = random_split(rng, number, units, passing, centres)
        once = replace(split, technicians=dict.fromkeys(centres, 1)).apply(service, communes)
        total = round(len(service.technicians) * once.visits_per_day / service.visits_per_day)
        counts = shared_technicians(split, service, communes, total)
        found.append(replace(split, technicians=counts))
    return [(split, split.apply(service, communes)) for split in found]


def collect(days: int, randoms: int) -> None:
    """Plan the days under every split and write the rows."""
    service, communes = read_service(), read_communes()
    router = Router(load_network("bundled"))
    problems: dict[str, DayProblem] = {}
    known: dict[str, tuple[Split, str, date]] = {}
    for split, under in splits(service, communes, randoms):
        model = DemandModel(under, communes)
        territory = under.territory(communes)
        for number in range(days):
            day = FIRST + timedelta(days=number + 2 * (number // 5))
            works = share_out(territory, model.day(day, SEED), under.roster)
            for centre, work in works.items():
                name = f"{split.name}/{centre}/{day}"
                problems[name] = problem_of(work, day, under, communes, router)
                known[name] = split, centre, day
    print(len(problems), "problems")
    planned = plan_all(problems, Settings("quick", SEED), workers=1)
    if planned.failures:
        raise next(iter(planned.failures.values()))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for name, plan in planned.plans.items():
        split, centre, day = known[name]
        figures = plan.summary()
        served = {stop.visit for round_ in plan.rounds for stop in round_.stops}
        writer.writerow(
            {
                "split": split.name,
                "centre": centre,
                "day": day.isoformat(),
                "collectivities": " ".join(split.groups[centre]),
                "premises": split.premises[centre],
                "technicians": len(problems[name].technicians),
                "visits": len(problems[name].visits),
                "served": figures["visits_served"],
                "rounds": figures["rounds"],
                "service_s": sum(v.duration_s for v in problems[name].visits if v.id in served),
                "travel_s": figures["travel_s"],
            }
        )
    write_file(ROUNDS, text.getvalue())


def features() -> tuple[np.ndarray, np.ndarray, list[dict[str, str]]]:
    """
    Return for each row of the file the three terms of (1) of `resplit/estimate.py`, and the travel.

    The terms are those of the visits that the day really had, by the group's mean distances.
    """
    service, communes = read_service(), read_communes()
    router = Router(load_network("bundled"))
    with ROUNDS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    of_split: dict[str, set[str]] = {}
    for row in rows:
        of_split.setdefault(row["split"], set()).update(row["collectivities"].split())
    territories = {
        taking_part: prepare_units(service, communes, router, sorted(taking_part))
        for taking_part in {frozenset(names) for names in of_split.values()}
    }
    terms, travel, kept = [], [], []
    for row in rows:
        units = territories[frozenset(of_split[row["split"]])]
        inside = [units.index(name) for name in row["collectivities"].split()]
        inside = sorted(set(inside))
        visits = units.visits[inside]
        n, day = float(visits.sum()), float(row["served"])
        from_s = units.from_s[units.insee.index(row["premises"])][inside]
        mean_way = float(visits @ from_s) / n
        mean_pair = float(visits @ units.between_s[np.ix_(inside, inside)] @ visits) / n**2
        if day < 1:
            continue
        terms.append([day * mean_way, np.sqrt(day) * mean_pair, day])
        travel.append(float(row["travel_s"]))
        kept.append(row)
    return np.array(terms), np.array(travel), kept


def fitted(terms: np.ndarray, travel: np.ndarray) -> np.ndarray:
    """Return haul, detour and stop_s, none negative, of least squares."""
    # Visits are counts, so that the variance of a day's travel grows with it.
    weight = 1 / np.sqrt(travel)
    return nnls(terms * weight[:, None], travel * weight)[0]


def fit() -> None:
    """Print the constants, and how well they foretell splits left out of the fit."""
    terms, travel, rows = features()
    constants = fitted(terms, travel)
    print("haul = {:.3f}\ndetour = {:.3f}\nstop_s = {:.1f}".format(*constants))
    names = np.array([row["split"] for row in rows])
    told = np.zeros(len(travel))
    spread = []
    for name in sorted(set(names)):
        out = names == name
        left = fitted(terms[~out], travel[~out])
        spread.append(left)
        told[out] = terms[out] @ left
    print(
        "they move, as one split or another is left out, within",
        *np.round(np.ptp(spread, axis=0), 3),
    )
    keys = sorted({(row["split"], row["centre"]) for row in rows})
    of = {key: [i for i, r in enumerate(rows) if (r["split"], r["centre"]) == key] for key in keys}
    day_error = np.abs(told / travel - 1)
    centre = np.array([told[of[k]].sum() / travel[of[k]].sum() - 1 for k in keys])
    whole = {name: (told[names == name].sum(), travel[names == name].sum()) for name in set(names)}
    ratios = np.array([a / b - 1 for a, b in whole.values()])
    ranks = spearmanr([a for a, _ in whole.values()], [b for _, b in whole.values()]).statistic
    print(
        f"{len(rows)} centre days, {len(keys)} centres, {len(whole)} splits; left out of the fit:"
    )
    print(f"  mean absolute error of a centre day {day_error.mean():.1%}")
    print(f"  of a centre over its days {np.abs(centre).mean():.1%}, bias {centre.mean():+.1%}")
    print(f"  of a split {np.abs(ratios).mean():.1%}; rank correlation of splits {ranks:.3f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["collect"]:
        collect(*(int(argument) for argument in sys.argv[2:4] or ("3", "12")))
    else:
        fit()
