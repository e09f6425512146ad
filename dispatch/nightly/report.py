"""The report of a night: for the log, the metrics, the notification and `--json`.

It holds counts, centres and classes of errors, and nothing about a person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dispatch.nightly.calendar import PARIS
from dispatch.nightly.metrics import LAST_SUCCESS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

Figures = dict[str, int | float | str | bool | None]
OK = 0
NIGHT_FORMAT = "dispatch-night/1"


@dataclass
class Report:
    """
    A night in progress; `finished` is set at its end.

    Parameters
    ----------
    date
        The planned day.
    started
        The instant, with its time zone.
    """

    date: date
    started: datetime
    finished: datetime | None = None
    exit_code: int = OK
    folder: str = ""
    """The folder that was written; empty: none."""
    latest: bool = False
    """Whether `latest` names that folder."""
    centres: dict[str, Figures] = field(default_factory=dict)
    """Key figures of each centre planned, and how many technicians work there."""
    failed: dict[str, str] = field(default_factory=dict)
    """Centres that could not be planned: the class of the error."""
    infeasible: list[str] = field(default_factory=list)
    """Centres where a mandatory visit cannot be served."""
    source_up: bool | None = None
    received: int | None = None
    rejected: int = 0
    missing: int = 0
    """Tickets missing from a list too short to be believed complete; 0: it is believed."""
    cancelled: int = 0
    """Open tickets that are no longer delivered and count as cancelled."""
    planned: int = 0
    still_open: int | None = None
    """Tickets still to be done after the night; None: not known."""
    faults: int = 0
    """Faults in inputs that did not end the night."""
    troubles: list[str] = field(default_factory=list)
    """One sentence an error that did not end the night."""

    @property
    def duration_s(self) -> float:
        """Return the seconds from the start to the end, or to now."""
        until = self.finished or datetime.now(PARIS)
        # Instants, not clock times: in October one hour comes twice.
        return until.timestamp() - self.started.timestamp()

    @property
    def succeeded(self) -> bool:
        """Whether at least one centre was planned and written."""
        return bool(self.folder)

    def to_dict(self) -> dict[str, Any]:
        """Return the night as JSON's data."""
        return {
            "format": NIGHT_FORMAT,
            "date": self.date.isoformat(),
            "exit_code": self.exit_code,
            "started": self.started.isoformat(timespec="seconds"),
            "duration_s": round(self.duration_s, 1),
            "folder": self.folder or None,
            "latest": self.latest,
            "centres": self.centres,
            "failed": self.failed,
            "infeasible": self.infeasible,
            "source_up": self.source_up,
            "tickets": {
                "received": self.received,
                "set_aside": self.rejected,
                "missing": self.missing,
                "cancelled": self.cancelled,
                "planned": self.planned,
                "still_open": self.still_open,
            },
            "faults": self.faults,
            "troubles": self.troubles,
        }

    def metrics(self) -> tuple[dict[str, float | None], dict[str, Mapping[str, float | None]]]:
        """Return the arguments of `write_metrics`: values of the night, and of each centre."""
        ended = None if self.finished is None else self.finished.timestamp()
        midnight = datetime(self.date.year, self.date.month, self.date.day, tzinfo=PARIS)
        whole: dict[str, float | None] = {
            "dispatch_last_run_timestamp_seconds": ended,
            LAST_SUCCESS: ended if self.succeeded else None,
            "dispatch_night_date_timestamp_seconds": midnight.timestamp(),
            "dispatch_night_duration_seconds": self.duration_s,
            "dispatch_night_exit_code": self.exit_code,
            "dispatch_night_source_up": None if self.source_up is None else int(self.source_up),
            "dispatch_night_faults": self.faults,
            "dispatch_tickets_received": self.received,
            "dispatch_tickets_set_aside": self.rejected,
            "dispatch_tickets_missing": self.missing,
            "dispatch_tickets_cancelled": self.cancelled,
            "dispatch_tickets_planned": self.planned,
            "dispatch_backlog_tickets": self.still_open,
        }
        centres: dict[str, Mapping[str, float | None]] = {}
        for centre in sorted({*self.centres, *self.failed}):
            figures = self.centres.get(centre, {})
            served, left = _number(figures, "visits_served"), _number(figures, "visits_unassigned")
            asked = None if served is None or left is None else served + left
            centres[centre] = {
                "dispatch_centre_failed": int(centre in self.failed),
                "dispatch_technicians": _number(figures, "technicians"),
                "dispatch_visits": asked,
                "dispatch_visits_served": served,
                "dispatch_visits_unassigned": left,
                "dispatch_rounds": _number(figures, "rounds"),
                "dispatch_travel_seconds": _number(figures, "travel_s"),
                "dispatch_distance_metres": _number(figures, "distance_m"),
                "dispatch_gap_ratio": _number(figures, "gap"),
            }
        return whole, centres


def _number(figures: Mapping[str, Any], name: str) -> float | None:
    value = figures.get(name)
    return float(value) if isinstance(value, int | float) else None
