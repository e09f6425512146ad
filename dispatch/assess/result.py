"""The result of an assessment: tables, summary and JSON, all computed from the centre days."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dispatch.assess import balance as evenness
from dispatch.assess import figures, paired, rank
from dispatch.assess.pilot import pilot_days

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date as Date

    import pandas as pd

    from dispatch.assess.replayed import Replayed
    from dispatch.assess.scenarios import Scenario
    from dispatch.folder.write import NetworkUsed
    from dispatch.service.sections import Assess
    from dispatch.territory import Commune

ASSESS_FORMAT = "dispatch-assess/1"


@dataclass(frozen=True, eq=False)
class Assessment:
    """
    How splits fare on the same sampled days.

    Parameters
    ----------
    scenarios
        The splits in the order given; the first is the reference of all comparisons.
    days
        The sampled days.
    replays
        The centre days of each split, by its name, in the order of days and centres.
    communes
        By INSEE code, for names and maps.
    judging
        Confidence, margin and other settings of section `[assess]`.
    network
        The roads.
    seed, effort
        Seed of the days and of the search; effort of the search.
    field
        All admissible splits by the estimate, if they were asked for.
    marginal
        Values of single changes of the reference, if they were asked for.
    """

    scenarios: tuple[Scenario, ...]
    days: tuple[Date, ...]
    replays: Mapping[str, tuple[Replayed, ...]]
    communes: Mapping[str, Commune]
    judging: Assess
    network: NetworkUsed
    seed: int
    effort: str
    field: rank.Field | None = None
    marginal: pd.DataFrame | None = None

    @property
    def reference(self) -> str:
        """Return the name of the first split, with which the others are compared."""
        return self.scenarios[0].name

    @cached_property
    def other_demand(self) -> tuple[str, ...]:
        """Return the splits that are asked for other visits than the reference."""
        first = self.scenarios[0].demand
        return tuple(each.name for each in self.scenarios if each.demand != first)

    @cached_property
    def centre_days(self) -> pd.DataFrame:
        """Return one row a split, day and centre."""
        return figures.centre_days(self.replays)

    @cached_property
    def technician_days(self) -> pd.DataFrame:
        """Return one row a split, day, centre and technician."""
        return figures.technician_days(self.replays)

    @cached_property
    def centres(self) -> pd.DataFrame:
        """Return the mean day of each centre of each split, and of all ("all")."""
        return figures.per_centre(self.replays, self.scenarios, self.judging)

    @cached_property
    def balance(self) -> pd.DataFrame:
        """Return how evenly work is spread over centres: one row a split and quantity."""
        return evenness.balance(self.centres, self.technician_days)

    @cached_property
    def daily(self) -> dict[str, pd.DataFrame]:
        """Return the compared figures: a table a quantity, one row a day, one column a split."""
        return paired.daily(self.centre_days)

    @cached_property
    def comparisons(self) -> pd.DataFrame:
        """Return how each split differs from the reference: difference, intervals, verdict."""
        return paired.compare_splits(
            self.daily, self.reference, self.judging, other_demand=self.other_demand
        )

    @cached_property
    def pilot(self) -> pd.DataFrame:
        """Return how many days a sharper answer needs: one row a split and precision."""
        return pilot_days(self.daily, self.reference, self.judging, other_demand=self.other_demand)

    @cached_property
    def ranks(self) -> pd.DataFrame | None:
        """Return the rank of each split among all admissible ones, by the estimate."""
        return None if self.field is None else rank.split_ranks(self.field)

    @cached_property
    def clocked(self) -> int:
        """Return how many searches the clock ended; their figures may differ on another machine."""
        return int((self.centre_days["stopped"] == "time_limit").sum())

    def to_dataframe(self) -> pd.DataFrame:
        """Return a copy of `centres`: the mean day of each centre of each split."""
        return self.centres.copy()

    def summary(self) -> dict[str, Any]:
        """Return the key figures of each split, and the verdicts against the reference."""
        whole = self.centres[self.centres["centre"] == figures.ALL].set_index("split")
        even = self.balance[self.balance["quantity"] == "workload_h_a_technician"]
        even = even.set_index("split")
        verdicts: dict[str, dict[str, str]] = {}
        for row in self.comparisons.itertuples():
            verdicts.setdefault(str(row.split), {})[str(row.quantity)] = str(row.verdict)
        keys = ("travel_km_a_day", "travel_min_a_day", "undone_a_day", "road_share")
        return {
            "days": len(self.days),
            "first_day": self.days[0].isoformat(),
            "last_day": self.days[-1].isoformat(),
            "seed": self.seed,
            "effort": self.effort,
            "network": self.network.name,
            "network_approximate": self.network.approximate,
            "demand": "sampled",
            "reference": self.reference,
            "confidence": self.judging.confidence,
            "stopped_by_the_clock": self.clocked,
            "splits": {
                name: {
                    **{key: float(whole[key][name]) for key in keys},
                    "workload_max_over_mean": float(even["max_over_mean"][name]),
                    "workload_gini": float(even["gini"][name]),
                    "verdicts": verdicts.get(name, {}),
                }
                for name in self.replays
            },
        }

    def to_dict(self) -> dict[str, Any]:
        """Return every table as plain data; nan and infinity become None."""
        tables = {
            "centres": self.centres,
            "balance": self.balance,
            "comparisons": self.comparisons,
            "pilot": self.pilot,
            "ranks": self.ranks,
            "marginal": self.marginal,
            "centre_days": self.centre_days,
        }
        whole = {
            "format": ASSESS_FORMAT,
            "summary": self.summary(),
            "network": self.network.model_dump(mode="json"),
            **{
                name: None if table is None else table.to_dict(orient="records")
                for name, table in tables.items()
            },
        }
        plain: dict[str, Any] = _plain(whole)
        return plain


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return data without nan and infinity, which JSON lacks."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if hasattr(value, "item"):  # a number of numpy's
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
