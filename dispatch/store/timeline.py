"""Figures of the past nights, one row a night, for `dispatch history`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from dispatch.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from dispatch.store.records import CentreRow, NightRow
    from dispatch.store.store import Store

HISTORY_FORMAT = "dispatch-history/1"
# From empty to full.
BARS = "▁▂▃▄▅▆▇█"
UNKNOWN = "·"


@dataclass(frozen=True)
class Timed:
    """
    A night: all centres together, or the one asked for.

    Parameters
    ----------
    day
        The planned day.
    distance_m, travel_s
        Planned distance and driving; None: not known.
    served, undone
        Visits on rounds, and left.
    gap
        (cost - bound) / cost of all centres together; None where a bound is missing.
    duration_s
        Duration of the run, or of the chosen centre's search; None: it was not planned.
    exit_code
        Exit code of the run.
    failed
        Centres that could not be planned.
    centres
        Their rows.
    """

    day: date
    distance_m: int | None
    travel_s: int | None
    served: int
    undone: int
    gap: float | None
    duration_s: float | None
    exit_code: int
    failed: tuple[str, ...]
    centres: tuple[CentreRow, ...]

    @property
    def served_share(self) -> float | None:
        """Return the share of visits that are on a round; None: there are none."""
        asked = self.served + self.undone
        return self.served / asked if asked else None


@dataclass(frozen=True)
class Timeline:
    """The nights in question, by day; `centre` is None for all centres together."""

    nights: tuple[Timed, ...]
    centre: str | None

    @property
    def centres(self) -> tuple[str, ...]:
        """Return the ids of the centres that appear, in order."""
        return tuple(sorted({row.centre for night in self.nights for row in night.centres}))

    def to_dict(self) -> dict[str, Any]:
        """Return the nights as data for JSON."""
        return {
            "format": HISTORY_FORMAT,
            "centre": self.centre,
            "nights": [_plain(night) for night in self.nights],
        }


def timeline(store: Store, since: date | None = None, centre: str | None = None) -> Timeline:
    """
    Return the past nights of a store.

    Parameters
    ----------
    store
        Where they were recorded.
    since
        The first day; None: all there are.
    centre
        Id of the centre asked for; None: all together.

    Raises
    ------
    InputError
        When no night knows that centre.
    """
    nights = store.nights(since)
    found = store.history(since, centre=centre)
    if centre is not None and not found:
        known = sorted({row.centre for row in store.history()})
        if centre not in known:
            there = f"there are {', '.join(known)}" if known else "no night is recorded yet"
            message = f"no such centre here; {there}"
            raise InputError([Fault("--centre", "", centre, message)])
    rows: dict[date, list[CentreRow]] = {night.day: [] for night in nights}
    for row in found:
        rows.setdefault(row.day, []).append(row)
    return Timeline(
        tuple(
            _timed(night, rows[night.day], alone=centre is not None)
            for night in nights
            if rows[night.day] or centre is None
        ),
        centre,
    )


def sparkline(values: Sequence[float | None], low: float | None = None) -> str:
    """
    Return values as bars of eighths, from the least (or `low`) to the most; `·` where unknown.

    Parameters
    ----------
    values
        In their order.
    low
        The value of an empty bar; None: the least value.
    """
    known = [value for value in values if value is not None]
    if not known:
        return UNKNOWN * len(values)
    least = min(known) if low is None else min(low, *known)
    span = max(known) - least
    # Equal values give bars of half height.
    return "".join(
        UNKNOWN
        if value is None
        else BARS[len(BARS) // 2 - 1]
        if not span
        else BARS[min(len(BARS) - 1, int(len(BARS) * (value - least) / span))]
        for value in values
    )


def _timed(night: NightRow, rows: Sequence[CentreRow], *, alone: bool) -> Timed:
    planned = [row for row in rows if row.status is not None]
    searched = planned[0].elapsed_s if planned else None
    return Timed(
        day=night.day,
        distance_m=_sum(row.distance_m for row in planned),
        travel_s=_sum(row.travel_s for row in planned),
        served=sum(row.visits_served or 0 for row in planned),
        undone=sum(row.visits_unassigned or 0 for row in planned),
        gap=_gap(planned),
        duration_s=searched if alone else night.duration_s,
        exit_code=night.exit_code,
        failed=tuple(row.centre for row in rows if row.status is None),
        centres=tuple(rows),
    )


def _sum(values: Iterable[int | None]) -> int | None:
    """Return the sum; None when a value is unknown, or there is none."""
    listed = list(values)
    known = [value for value in listed if value is not None]
    return sum(known) if listed and len(known) == len(listed) else None


def _gap(rows: Sequence[CentreRow]) -> float | None:
    cost, bound = _sum(row.cost_s for row in rows), _sum(row.bound_s for row in rows)
    if cost is None or bound is None:
        return None
    return (cost - bound) / cost if cost else 0.0


def _plain(night: Timed) -> dict[str, Any]:
    values = asdict(night)
    values["day"] = night.day.isoformat()
    values["served_share"] = night.served_share
    values["failed"] = list(night.failed)
    values["centres"] = [
        {name: value for name, value in asdict(row).items() if name != "day"}
        for row in night.centres
    ]
    return values
