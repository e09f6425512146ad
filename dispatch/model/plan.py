"""The plan: stops, rounds and unassigned visits; its figures, its table, its JSON format.

Times are integer seconds since local midnight, distances integer metres.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from dispatch.errors import InputError
from dispatch.fieldwork import Identifier, StrictModel
from dispatch.files.positions import faults_of
from dispatch.files.textfile import parse_json, read_text
from dispatch.model.problem import MAX_MB

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

PLAN_FORMAT = "dispatch-plan/1"

Status = Literal["complete", "partial", "infeasible"]
"""Every visit served; some optional ones unassigned; a mandatory one unassigned."""
Stopped = Literal["proven", "effort", "time_limit", "interrupted"]
"""Why the search stopped: nothing better exists; counts ran out; the clock did; a person did."""
Reason = Literal[
    "no_technician",
    "missing_skill",
    "pinned_technician_lacks_skill",
    "excluded",
    "too_heavy",
    "outside_working_hours",
    "outside_presence",
    "crowded_out",
]
"""No technician at all; nobody has the skills; the pin has not; who has may not do it
(`not_with`); over every capacity; no technician can do it alone within hours and windows; one
could, but not wholly inside one of its spans (`within_s`); possible alone, but not worth its
place."""


# Far beyond any sum of a plan, and exact in every reader's numbers (JavaScript's end at 2**53).
MOST_S = 10**15
Seconds = Annotated[int, Field(ge=-MOST_S, le=MOST_S)]
Metres = Seconds


class Stop(StrictModel):
    """One visit on a round: arrival, start and end of the service."""

    visit: Identifier
    place: Identifier
    arrival_s: Seconds
    start_s: Seconds
    end_s: Seconds


class BreakTaken(StrictModel):
    """When a technician's break is."""

    start_s: Seconds
    end_s: Seconds


class Round(StrictModel):
    """One technician's day, from leaving the start place to being back at the end place."""

    technician: Identifier
    departure_s: Seconds
    return_s: Seconds
    travel_s: Seconds
    distance_m: Metres | None = None
    break_: BreakTaken | None = Field(default=None, alias="break")
    stops: tuple[Stop, ...]

    @property
    def service_s(self) -> int:
        """Return the time spent on services (seconds)."""
        return sum(stop.end_s - stop.start_s for stop in self.stops)


class Unassigned(StrictModel):
    """A visit that stays undone, and why."""

    visit: Identifier
    reason: Reason


class CostParts(StrictModel):
    """The cost of a plan and its parts (seconds)."""

    total: Seconds
    travel: Seconds = 0
    unassigned: Seconds = 0
    overtime: Seconds = 0
    lateness: Seconds = 0
    unfamiliarity: Seconds = 0
    imbalance: Seconds = 0


class Plan(StrictModel):
    """
    Rounds for one problem, with their cost, a proven bound of it, and how they were made.

    `bound_s` is a lower bound of the cost of any plan for the same problem;
    `gap` is (cost - bound) / cost; None when no bound was computed.
    """

    model_config = ConfigDict(title="dispatch plan", allow_inf_nan=False)

    format: Literal["dispatch-plan/1"] = "dispatch-plan/1"
    status: Status
    stopped: Stopped = "effort"
    cost_s: CostParts
    bound_s: Seconds | None = None
    gap: Annotated[float, Field(ge=0, le=1)] | None = None
    proven_optimal: bool = False
    rounds: tuple[Round, ...]
    unassigned: tuple[Unassigned, ...] = ()
    effort: str = ""
    seed: int = 0
    elapsed_s: float = 0.0
    input_sha256: str = ""
    version: str = ""

    def summary(self) -> dict[str, int | float | str | bool | None]:
        """
        Return the key figures: visits served and unassigned, hours, kilometres, cost, gap.

        `workload_spread_s` is the largest less the smallest time on site of the rounds driven;
        `fairness.fairness_of` counts those who stay at the centre, too.
        """
        worked = [round_.service_s for round_ in self.rounds]
        distances = [round_.distance_m for round_ in self.rounds]
        known = [metres for metres in distances if metres is not None]
        return {
            "status": self.status,
            "rounds": len(self.rounds),
            "visits_served": sum(len(round_.stops) for round_ in self.rounds),
            "visits_unassigned": len(self.unassigned),
            "travel_s": sum(round_.travel_s for round_ in self.rounds),
            "distance_m": sum(known) if len(known) == len(distances) else None,
            "service_s": sum(round_.service_s for round_ in self.rounds),
            "workload_spread_s": max(worked) - min(worked) if worked else 0,
            "unfamiliarity_s": self.cost_s.unfamiliarity,
            "imbalance_s": self.cost_s.imbalance,
            "cost_s": self.cost_s.total,
            "bound_s": self.bound_s,
            "gap": self.gap,
            "proven_optimal": self.proven_optimal,
        }

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row a stop: technician, number on the round, visit, place, times (seconds)."""
        import pandas as pd

        columns = ["technician", "number", "visit", "place", "arrival_s", "start_s", "end_s"]
        rows = [
            (round_.technician, number, *(getattr(stop, name) for name in columns[2:]))
            for round_ in self.rounds
            for number, stop in enumerate(round_.stops, start=1)
        ]
        return pd.DataFrame.from_records(rows, columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as JSON data."""
        return self.model_dump(mode="json", by_alias=True)

    def to_json(self) -> str:
        """Return the plan as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str, source: str = "plan") -> Plan:
        """
        Read a plan from JSON text.

        Raises
        ------
        InputError
            When the text breaks the format; every fault, with line and column.
        """
        parse_json(text, source)
        try:
            return cls.model_validate_json(text, by_alias=True, by_name=False)
        except ValidationError as error:
            raise InputError(faults_of(error, source, text, "json")) from error

    @classmethod
    def read(cls, path: Path) -> Plan:
        """
        Read a plan file (UTF-8).

        Raises
        ------
        InputError
            When the file cannot be read or is not a plan.
        """
        return cls.from_json(read_text(path, max_mb=MAX_MB), path.name)


def plan_schema() -> dict[str, Any]:
    """Return the JSON Schema of the plan format."""
    return Plan.model_json_schema(by_alias=True)
