"""Technician days to measure on: drawn by seed, on the geography of the five centres.

Places scatter around town halls; travel is crow-fly distance times a detour and
a slow-down that differ by direction a little, as one-way streets do. Nothing here
is the bundled road graph: a benchmark has to stay the same when that improves.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from dispatch.fieldwork import Break, Shift, Technician, TimeWindow, Visit
from dispatch.model.problem import DayProblem, Weights
from dispatch.streets.router import Travel

# Town halls by centre, premises first: kilometres east and north of place Pey-Berland.
CENTRES = {
    "rive-droite": [(5.9, 6.3), (3.3, -0.4), (9.5, 9.6)],
    "sud": [(-0.7, -3.3), (-4.3, -3.6), (1.6, -3.3)],
    "bordeaux-metropole": [(0.0, 0.0), (-0.6, 0.0), (2.0, 0.6), (-1.0, 3.0)],
    "ouest-sud": [(-5.2, 0.3), (-6.2, 4.0), (-1.6, 3.0)],
    "ouest-nord": [(-4.8, 8.6), (-11.0, 8.9), (-7.2, 7.9), (-2.6, 5.2)],
}
SKILLS = ("poste", "copieurs", "reseau", "telephonie", "visio", "vip")
# Share of visits by skills needed, priority, and kind of window.
NEEDS = (
    (("poste",), 0.40),
    (("copieurs",), 0.20),
    (("reseau",), 0.14),
    (("telephonie",), 0.10),
    (("visio",), 0.08),
    (("poste", "vip"), 0.03),
    ((), 0.05),
)
PRIORITIES = (0.04, 0.24, 0.50, 0.22)
WINDOWS = {"any": 0.45, "morning": 0.12, "afternoon": 0.12, "opening": 0.16, "hour": 0.15}
HALF_DAYS = {
    "morning": [(28_800, 39_600)],
    "afternoon": [(48_600, 57_600)],
    "opening": [(30_600, 41_400), (48_600, 57_600)],
    "any": [],
}
APPOINTMENTS = (30_600, 32_400, 34_200, 36_000, 37_800, 50_400, 52_200, 54_000)
SPEED_M_S, ACCESS_S, DETOUR = 22 / 3.6, 60, 1.4
# Minutes between shift and lunch that hold services and drives, and a drive's usual share.
WORK_MIN, DRIVE_MIN = 450.0, 8.0


class Day(NamedTuple):
    """A problem, its name and family ("fit", "overloaded", "plain", "service", "growth")."""

    name: str
    family: str
    problem: DayProblem


def day(
    centre: str,
    visits: int,
    technicians: int,
    seed: int,
    load: float,
    *,
    overtime: bool = False,
    plain: bool = False,
) -> Day:
    """
    Return a day of one centre.

    Parameters
    ----------
    centre
        A key of `CENTRES`.
    visits, technicians
        How many.
    seed
        Of everything drawn.
    load
        Work asked for, relative to what the technicians can do: 0.9 fits, 1.3 is 30 % too much.
    overtime
        Allow half an hour, at a weight of 2.
    plain
        No lunch and at most one window a visit: a day that PyVRP can express.
    """
    rng = np.random.default_rng([seed, visits, technicians, sorted(CENTRES).index(centre)])
    towns = np.array(CENTRES[centre]) * 1000
    where = _scatter(rng, towns, visits)
    problem = _problem(rng, towns[:1], [0] * technicians, where, load, overtime)
    family = "overloaded" if load > 1 else "fit"
    name = f"{centre}-{visits}x{technicians}-{family}-s{seed}"
    if plain:
        crew = tuple(one.model_copy(update={"break_": None}) for one in problem.technicians)
        jobs = tuple(
            one.model_copy(update={"windows_s": one.windows_s[:1]}) for one in problem.visits
        )
        problem = replace(problem, technicians=crew, visits=jobs)
        return Day(f"plain-{name}", "plain", problem)
    return Day(name, family, problem)


def whole_service(visits: int, technicians: int, seed: int, load: float = 0.95) -> Day:
    """Return a day of all five centres at once: every technician may serve every place."""
    rng = np.random.default_rng([seed, visits, technicians, 99])
    depots = np.array([towns[0] for towns in CENTRES.values()]) * 1000
    share = np.array([0.06, 0.18, 0.52, 0.16, 0.08])
    places, homes = [], []
    for index, towns in enumerate(CENTRES.values()):
        count = _part(share, visits)[index]
        places.append(_scatter(rng, np.array(towns) * 1000, count))
        homes += [index] * _part(share, technicians)[index]
    where = np.concatenate(places)
    problem = _problem(rng, depots, homes, where, load, False)
    return Day(f"service-{visits}x{technicians}-s{seed}", "service", problem)


def _part(share: np.ndarray, total: int) -> list[int]:
    """Return whole parts of a total, the remainder to the largest fractions."""
    exact = share * total
    parts = np.floor(exact).astype(int)
    for index in np.argsort(parts - exact, kind="stable")[: total - parts.sum()]:
        parts[index] += 1
    return [int(part) for part in parts]


def _scatter(rng: np.random.Generator, towns: np.ndarray, count: int) -> np.ndarray:
    """Draw positions (metres): half within 500 m of a town hall, half within some 2 km."""
    home = towns[rng.integers(len(towns), size=count)]
    spread = np.where(rng.random(count) < 0.5, 500.0, 1900.0)[:, None]
    return home + rng.normal(size=(count, 2)) * spread


def _problem(
    rng: np.random.Generator,
    depots: np.ndarray,
    homes: list[int],
    where: np.ndarray,
    load: float,
    overtime: bool,
) -> DayProblem:
    visits, technicians = len(where), len(homes)
    every = np.concatenate([depots, where])
    names = [f"c{i}" for i in range(len(depots))] + [f"p{i}" for i in range(visits)]
    crow = np.linalg.norm(every[:, None] - every[None], axis=2)
    metres = np.rint(crow * DETOUR * rng.uniform(0.95, 1.08, crow.shape)).astype(np.int64)
    seconds = np.rint(metres / SPEED_M_S + ACCESS_S).astype(np.int64)
    for matrix in (metres, seconds):
        np.fill_diagonal(matrix, 0)
        for via in range(len(every)):  # shortest paths: triangle inequality, as on a road graph
            np.minimum(matrix, matrix[:, via, None] + matrix[None, via, :], out=matrix)

    raw = rng.triangular(15, 32, 80, size=visits)
    scale = max(0.2, (load * technicians * WORK_MIN - DRIVE_MIN * visits) / raw.sum())
    minutes = np.clip(np.rint(raw * scale / 5) * 5, 5, 180).astype(int)
    needs = rng.choice(len(NEEDS), size=visits, p=_shares([p for _, p in NEEDS]))
    kinds = rng.choice(list(WINDOWS), size=visits, p=_shares(list(WINDOWS.values())))
    priorities = rng.choice(4, size=visits, p=PRIORITIES) + 1
    jobs = []
    for v in range(visits):
        windows = HALF_DAYS.get(str(kinds[v]))
        if windows is None:
            start = int(rng.choice(APPOINTMENTS))
            windows = [(start, start + 3600)]
        jobs.append(
            Visit(
                id=f"v{v}",
                place=f"p{v}",
                duration_s=int(minutes[v]) * 60,
                windows_s=tuple(TimeWindow(*w) for w in windows),
                skills=frozenset(NEEDS[needs[v]][0]),
                priority=int(priorities[v]),
                load=int(rng.choice([0, 0, 0, 1, 2])),
            )
        )
    crew = []
    for t in range(technicians):
        others = rng.permutation(5)[: int(rng.integers(2, 4))]
        # Skills rotate so that each depot has every skill where it has technicians enough.
        skills = {SKILLS[0], SKILLS[1 + t % 5], *(SKILLS[1 + i] for i in others)}
        crew.append(
            Technician(
                id=f"t{t}",
                start=f"c{homes[t]}",
                end=f"c{homes[t]}",
                shift_s=Shift(28_800, 61_200) if t % 7 != 6 else Shift(30_600, 63_000),
                skills=frozenset(skills),
                break_=Break(duration_s=3600, earliest_s=41_400, latest_s=46_800),
                max_overtime_s=1800 if overtime else 0,
                capacity=12,
            )
        )
    return DayProblem(
        datetime.date(2026, 11, 25),
        Travel(tuple(names), seconds[None], metres),
        tuple(crew),
        tuple(jobs),
        Weights(overtime=2 if overtime else 0),
    )


def _shares(weights: list[float]) -> np.ndarray:
    values = np.array(weights)
    return np.asarray(values / values.sum())


def drawn_days(seed: int, *, smoke: bool) -> list[Day]:
    """Return the technician days of a benchmark: per centre fit and overloaded, and the service."""
    if smoke:
        return [
            day("rive-droite", 25, 3, seed, 0.85),
            day("ouest-nord", 36, 4, seed, 1.25),
            day("rive-droite", 20, 2, seed, 0.95, plain=True),
        ]
    sizes = {
        "rive-droite": (25, 3),
        "ouest-nord": (36, 4),
        "sud": (60, 6),
        "ouest-sud": (48, 5),
        "bordeaux-metropole": (84, 8),
    }
    days = []
    for centre, (visits, technicians) in sizes.items():
        days.append(day(centre, visits, technicians, seed, 0.85, overtime=seed % 2 == 0))
        days.append(day(centre, visits, technicians - 1, seed, 1.3))
    days.append(day("bordeaux-metropole", 120, 12, seed, 0.85))
    days.append(day("bordeaux-metropole", 120, 12, seed, 1.25))
    days.append(whole_service(300, 40, seed, 0.8))
    # Without the hour of lunch the same technicians can do an eighth more.
    days.append(day("ouest-sud", 48, 5, seed, 0.95, plain=True))
    days.append(day("sud", 60, 5, seed, 1.4, plain=True))
    days.append(day("bordeaux-metropole", 96, 9, seed, 0.95, plain=True))
    return days


def growth_days(seed: int, *, smoke: bool) -> list[Day]:
    """Return days of 25 to 400 visits, ten a technician, in one problem each."""
    sizes = (25, 50) if smoke else (25, 50, 100, 200, 400)
    return [
        whole_service(visits, max(5, visits // 10), seed, 0.8)._replace(family="growth")
        for visits in sizes
    ]
