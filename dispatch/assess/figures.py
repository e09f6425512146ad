"""From centre days to figures: one row a split, day and centre; then the mean day of each centre.

Symbols, for centre c on day d: T travel, S service, W working time without the break (seconds,
sums over the centre's technicians), L metres, n technicians, a visits asked, u visits left undone.
A mean over days is a ratio of sums:

    travel a technician   sum_d T / sum_d n           travel a visit   sum_d T / sum_d (a - u)
    share on the road     sum_d T / sum_d W           workload         sum_d (T + S) / sum_d n

docs/assess.md defines every column and gives its source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dispatch.service.sections import PRIORITIES
from dispatch.territory import METROPOLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.assess.replayed import Replayed
    from dispatch.assess.scenarios import Scenario
    from dispatch.service.sections import Assess

ALL = "all"
"""Stands in column `centre` for all centres of a split together."""
MINUTE_S, HOUR_S, KM_M = 60, 3600, 1000
SUMS = ("travel_s", "distance_m", "service_s", "working_s")


def centre_days(replays: Mapping[str, Sequence[Replayed]]) -> pd.DataFrame:
    """
    Return one row a split, day and centre, in their order.

    Parameters
    ----------
    replays
        The centre days of each split, by its name.

    Returns
    -------
    frame
        Columns: split, date, centre, technicians, asked, undone, undone_p1 to undone_p4 (visits),
        travel_s, service_s, working_s (seconds), distance_m (metres), cost_s (seconds), stopped,
        input_sha256.
    """
    rows = []
    for split, days in replays.items():
        for day in days:
            row: dict[str, Any] = {
                "split": split,
                "date": day.date.isoformat(),
                "centre": day.centre,
                "technicians": len(day.shares),
                "asked": sum(day.asked),
                "undone": sum(day.undone),
            }
            row |= {f"undone_p{rank}": left for rank, left in enumerate(day.undone, start=1)}
            row |= {name: sum(getattr(share, name) for share in day.shares) for name in SUMS}
            row |= {"cost_s": day.cost_s, "stopped": day.stopped, "input_sha256": day.input_sha256}
            rows.append(row)
    return pd.DataFrame(rows)


def technician_days(replays: Mapping[str, Sequence[Replayed]]) -> pd.DataFrame:
    """Return one row a split, day, centre and technician: visits, seconds and metres of each."""
    rows = [
        {
            "split": split,
            "date": day.date.isoformat(),
            "centre": day.centre,
            **share.model_dump(),
        }
        for split, days in replays.items()
        for day in days
        for share in day.shares
    ]
    columns = ["split", "date", "centre", "technician", "visits", *SUMS]
    return pd.DataFrame(rows, columns=columns)


def per_centre(
    replays: Mapping[str, Sequence[Replayed]], scenarios: Sequence[Scenario], judging: Assess
) -> pd.DataFrame:
    """
    Return the mean day of each centre, and of all centres of a split (centre "all").

    Parameters
    ----------
    replays
        The centre days of each split, by its name.
    scenarios
        The splits, which say what equipment is in a centre's charge.
    judging
        The minutes of `reach_min`, and the workstations of an agent.
    """
    frame = centre_days(replays)
    rows = []
    for scenario in scenarios:
        mine = frame[frame["split"] == scenario.name]
        days = mine["date"].nunique()
        away = _seconds_from_centre(replays[scenario.name])
        equipment = equipment_of(scenario, judging)
        names = [entry.id for entry in scenario.service.centres]
        for centre in [*names, ALL]:
            chosen = mine if centre == ALL else mine[mine["centre"] == centre]
            times = np.concatenate([away[name] for name in (names if centre == ALL else [centre])])
            own = equipment if centre == ALL else equipment.loc[[centre]]
            rows.append(
                {
                    "split": scenario.name,
                    "centre": centre,
                    **_mean_day(chosen, days),
                    **_distance_figures(times, judging),
                    **{str(name): float(own[name].sum()) for name in own},
                }
            )
    found = pd.DataFrame(rows)
    found["equipment_a_technician"] = found["equipment"] / found["technicians"].where(
        found["technicians"] > 0
    )
    return found


def _mean_day(chosen: pd.DataFrame, days: int) -> dict[str, float]:
    total = chosen.sum(numeric_only=True)
    people = float(total["technicians"])
    served = float(total["asked"] - total["undone"])
    figures = {
        "technicians": people / days,
        "visits_a_day": total["asked"] / days,
        "served_a_day": served / days,
        "travel_km_a_day": total["distance_m"] / KM_M / days,
        "travel_min_a_day": total["travel_s"] / MINUTE_S / days,
        "travel_km_a_technician": _ratio(total["distance_m"] / KM_M, people),
        "travel_min_a_technician": _ratio(total["travel_s"] / MINUTE_S, people),
        "travel_km_a_visit": _ratio(total["distance_m"] / KM_M, served),
        "travel_min_a_visit": _ratio(total["travel_s"] / MINUTE_S, served),
        "road_share": _ratio(total["travel_s"], total["working_s"]),
        "workload_h_a_technician": _ratio(
            (total["travel_s"] + total["service_s"]) / HOUR_S, people
        ),
        "working_h_a_technician": _ratio(total["working_s"] / HOUR_S, people),
        "visits_a_technician": _ratio(served, people),
        "undone_a_day": total["undone"] / days,
        "undone_share": _ratio(total["undone"], total["asked"]),
    }
    figures |= {
        f"undone_p{rank}_a_day": total[f"undone_p{rank}"] / days
        for rank in range(1, PRIORITIES + 1)
    }
    return {name: float(value) for name, value in figures.items()}


def _ratio(part: float, whole: float) -> float:
    """Return part / whole; nan where there is nothing to divide by."""
    return float(part) / float(whole) if whole else float("nan")


def _seconds_from_centre(replays: Sequence[Replayed]) -> dict[str, np.ndarray[Any, Any]]:
    gathered: dict[str, list[int]] = {}
    for day in replays:
        gathered.setdefault(day.centre, []).extend(day.from_centre_s)
    return {centre: np.array(times, dtype=float) for centre, times in gathered.items()}


def _distance_figures(times_s: np.ndarray[Any, Any], judging: Assess) -> dict[str, float]:
    some = len(times_s) > 0
    median, ninth = np.percentile(times_s, [50, 90]) if some else (np.nan, np.nan)
    figures = {
        "from_centre_median_min": float(median) / MINUTE_S,
        "from_centre_p90_min": float(ninth) / MINUTE_S,
    }
    for minutes in judging.reach_min:
        within = float(np.mean(times_s <= minutes * MINUTE_S)) if some else float("nan")
        figures[f"within_{minutes}_min_share"] = within
    return figures


def equipment_of(scenario: Scenario, judging: Assess) -> pd.DataFrame:
    """
    Return agents, workstations, copiers and their sum in the charge of each centre (index).

    Copiers are shared in proportion to agents: see `[assess]` of the service file.
    """
    service = scenario.service
    agents = service.demand.agents
    whole = sum(agents.values())
    rows = {}
    for entry in service.centres:
        charge = [*entry.communes, *([METROPOLE] if entry.serves_metropole else [])]
        own = sum(agents.get(name, 0) for name in charge)
        workstations = own * judging.workstations_per_agent
        copiers = service.volumes.copiers * own / whole
        rows[entry.id] = {
            "agents": float(own),
            "workstations": workstations,
            "copiers": copiers,
            "equipment": workstations + copiers,
        }
    return pd.DataFrame.from_dict(rows, orient="index")
