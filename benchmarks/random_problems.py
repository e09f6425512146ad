"""Random small problems with every key of the problem format, at its odd places too."""

from __future__ import annotations

import json
import random
from datetime import date
from typing import Any

from dispatch.model.problem import DayProblem

DAY = date(2026, 11, 25)
MOST_VISITS = 7
# How often each number of visits is drawn, from none: trying all orders of many takes long.
VISITS = (1, 3, 6, 10, 10, 7, 3, 1)
UNITS = (1, 1, 1, 60, 300)


class Drawn:
    """
    A random problem.

    Parameters
    ----------
    seed
        The same seed draws the same problem.
    """

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        self.by_hour = rng.random() < 0.35
        # Times are multiples of this; by the hour every second counts.
        self.unit = 1 if self.by_hour else rng.choice(UNITS)
        self.horizon = rng.choice([60, 120, 120, 200])
        visits = rng.choices(range(MOST_VISITS + 1), VISITS)[0]
        crew = rng.choice([1, 1, 2, 2, 3]) if visits else 1
        self.places = [f"p{i}" for i in range(rng.randint(2, max(2, visits + 2)))]
        self.names = [f"t{k}" for k in range(crew)]
        technicians = [self._technician(name) for name in self.names]
        self.dearest = rng.choice([100, 100, 400, 10_000, 10**9])
        drawn = [self._visit(f"v{v}") for v in range(visits)]
        document: dict[str, Any] = {
            "format": "dispatch-problem/1",
            "date": DAY.isoformat(),
            "places": self.places,
            "travel": self._travel(),
            "technicians": technicians,
            "visits": drawn,
            "weights": self._weights(),
        }
        if rng.random() < 0.25:
            self._lock(technicians, drawn)
        # Keys that came later are drawn last: what was drawn before stays as it was.
        if rng.random() < 0.35:
            for visit in drawn:
                self._within(visit)
        if rng.random() < 0.3:
            self._lateness(drawn, document["weights"])
        if rng.random() < 0.3:
            for visit in drawn:
                if rng.random() < 0.4:
                    known = [*self.names, "absent"]
                    visit["not_with"] = rng.sample(known, rng.randint(1, len(known)))
        self.document = document
        self.problem = DayProblem.from_json(json.dumps(document), f"seed {seed}")

    def _time(self, most: int) -> int:
        return self.rng.randint(0, max(0, most)) * self.unit

    def _matrix(self) -> list[list[int]]:
        rng, most = self.rng, self.rng.choice([0, 5, 20, 20, 60])
        size = len(self.places)
        return [
            [0 if i == j and rng.random() < 0.95 else self._time(most) for j in range(size)]
            for i in range(size)
        ]

    def _travel(self) -> dict[str, Any]:
        rng = self.rng
        if not self.by_hour:
            travel: dict[str, Any] = {"seconds": self._matrix()}
        else:
            count = rng.randint(1, 3)
            starts = [0, *sorted(rng.sample(range(1, self.horizon), count))]
            base, slots = self._matrix(), []
            for start in starts:
                factor = rng.choice([0, 2, 3, 4, 5, 5, 8, 13])
                rows = [[-(-each * factor // 5) for each in row] for row in base]
                slots.append(
                    {"start_s": start, "seconds": self._matrix() if rng.random() < 0.2 else rows}
                )
            travel = {"slots": slots}
        if rng.random() < 0.3:
            travel["metres"] = self._matrix()
        return travel

    def _technician(self, name: str) -> dict[str, Any]:
        rng, horizon, unit = self.rng, self.horizon, self.unit
        start = rng.randint(0, horizon // 3)
        end = rng.randint(start, horizon - horizon // 6)
        who: dict[str, Any] = {
            "id": name,
            "start": rng.choice(self.places),
            "end": rng.choice(self.places),
            "shift_s": [start * unit, end * unit],
            "skills": rng.sample("ab", rng.choice([0, 1, 2, 2])),
        }
        if rng.random() < 0.6:
            # At odd places as well: before the shift, after it, of no length, at one moment only.
            earliest = rng.randint(max(0, start - 20), end + 10)
            length = rng.choice([0, 1, 5, 15, 30])
            who["break"] = {
                "duration_s": length * unit,
                "earliest_s": earliest * unit,
                "latest_s": (earliest + rng.choice([0, 0, 1, 10, 40])) * unit,
            }
        if rng.random() < 0.4:
            who["max_overtime_s"] = rng.randint(0, horizon // 6) * unit
        if rng.random() < 0.25:
            who["max_working_s"] = rng.randint(0, horizon) * unit
        if rng.random() < 0.3:
            who["capacity"] = rng.randint(0, 6)
        if rng.random() < 0.2:
            who["fair_share_s"] = self._time(60)
        return who

    def _visit(self, name: str) -> dict[str, Any]:
        rng, unit = self.rng, self.unit
        windows, time = [], rng.randint(0, self.horizon // 2)
        for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
            close = time + rng.choice([0, 0, 3, 20, 60])
            windows.append([time * unit, close * unit])
            time = close + rng.randint(1, 40)
        rng.shuffle(windows)
        visit: dict[str, Any] = {
            "id": name,
            "place": rng.choice(self.places),
            "duration_s": rng.choice([0, 0, 2, 5, 20, 40]) * unit,
            "windows_s": windows,
            "skills": rng.sample("ab", rng.choice([0, 0, 0, 1])),
            "unassigned_cost_s": rng.choice(
                [None, 0, 1, *[rng.randint(0, self.dearest) * unit] * 7]
            ),
            "load": rng.choice([0, 0, 1, 3]),
        }
        cost = visit["unassigned_cost_s"]
        visit["unassigned_cost_s"] = None if cost is None else min(cost, 10**9)
        if rng.random() < 0.12:
            visit["technician"] = rng.choice(self.names)
        if rng.random() < 0.2:
            visit["familiar"] = {
                name: rng.choice([0, 33, 50, 100]) for name in [*self.names, "absent"]
            }
        if rng.random() < 0.2:
            visit.pop("unassigned_cost_s")
            visit["priority"] = rng.randint(1, 4)
        return visit

    def _within(self, visit: dict[str, Any]) -> None:
        """Say of a visit when it must be done, mostly: in one span, in several, in none at all."""
        rng, unit = self.rng, self.unit
        spans, low = [], rng.randint(0, self.horizon // 2)
        for _ in range(rng.choice([0, 0, 1, 1, 1, 2, 3])):
            high = low + rng.choice([0, 5, 20, 40, 40, 80])
            spans.append([low * unit, high * unit])
            # The next may overlap it: the service lies wholly inside one of them.
            low = max(0, high + rng.randint(-15, 30))
        rng.shuffle(spans)
        if spans:
            visit["within_s"] = spans

    def _weights(self) -> dict[str, Any]:
        rng = self.rng
        return {
            "overtime": rng.choice([0, 0, 1, 3, 1000]),
            "unfamiliarity": rng.choice([0, 0, 0, 7, 120]),
            "imbalance": rng.choice([0, 0, 0, 30, 100, 250]),
            "slack_target_s": rng.choice([0, 5, 900, 86_400]),
        }

    def _lateness(self, visits: list[dict[str, Any]], weights: dict[str, Any]) -> None:
        """Wish latest starts for some visits, within the day and outside of it."""
        rng = self.rng
        weights["lateness"] = rng.choice([None, 0, 1, 1, 2, 5, 1000])
        for visit in visits:
            if rng.random() < 0.6:
                visit["due_s"] = rng.randint(0, self.horizon + 20) * self.unit

    def _lock(self, technicians: list[dict[str, Any]], visits: list[dict[str, Any]]) -> None:
        """Lock some visits at the start of some rounds, whether or not they can be driven so."""
        names = [visit["id"] for visit in visits]
        self.rng.shuffle(names)
        for technician in technicians:
            if self.rng.random() < 0.6:
                count = self.rng.randint(0, min(2, len(names)))
                technician["locked"] = {
                    "visits": [names.pop() for _ in range(count)],
                    "closed": self.rng.random() < 0.2,
                }
