"""Metrics of the last night: a text file for node_exporter's textfile collector.

The file is replaced whole. A failed night keeps the instant of the last success, so that an alarm
can find a job that has not worked for days:
`time() - dispatch_last_success_timestamp_seconds > 4 * 86400`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from dispatch.errors import InputError
from dispatch.files.textfile import read_text
from dispatch.folder.write import write_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LAST_SUCCESS = "dispatch_last_success_timestamp_seconds"
# The file has some fifty lines; a larger one is not ours.
MAX_MB = 1

WHOLE = {
    "dispatch_last_run_timestamp_seconds": "When the last night ended.",
    LAST_SUCCESS: "When the last night that planned at least one centre and wrote it ended.",
    "dispatch_night_date_timestamp_seconds": "Midnight (Europe/Paris) of the planned day.",
    "dispatch_night_duration_seconds": "How long the night's run took.",
    "dispatch_night_exit_code": "How it ended: 0 well, 5 in part, anything else not.",
    "dispatch_night_source_up": "Whether the ticket source could be read.",
    "dispatch_night_faults": "Faults that were found and passed over, such as in the absences.",
    "dispatch_tickets_received": "Tickets that the source delivered.",
    "dispatch_tickets_set_aside": "Tickets that could not be planned, each told with its reason.",
    "dispatch_tickets_missing": "Tickets missing from a list too short to be believed; else 0.",
    "dispatch_tickets_cancelled": "Open tickets that are no longer delivered, now cancelled.",
    "dispatch_tickets_planned": "Tickets that were given to the planner.",
    "dispatch_backlog_tickets": "Tickets still open after the night.",
}
OF_CENTRE = {
    "dispatch_centre_failed": "Whether the centre could not be planned.",
    "dispatch_technicians": "Technicians who work.",
    "dispatch_visits": "Visits asked for.",
    "dispatch_visits_served": "Visits on a round.",
    "dispatch_visits_unassigned": "Visits left for another day.",
    "dispatch_rounds": "Rounds driven.",
    "dispatch_travel_seconds": "Driving of all rounds.",
    "dispatch_distance_metres": "Distance of all rounds.",
    "dispatch_gap_ratio": "How far the cost is from the proven bound, as a part of the cost.",
}


def metrics_text(
    whole: Mapping[str, float | None], centres: Mapping[str, Mapping[str, float | None]]
) -> str:
    """
    Return a night as Prometheus text.

    Parameters
    ----------
    whole
        Values by the names of `WHOLE`; None, or left out: not known, and not written.
    centres
        Values of each centre, by its id and the names of `OF_CENTRE`; likewise.

    Raises
    ------
    KeyError
        When there is no such metric.
    """
    registry = CollectorRegistry()
    for name, value in whole.items():
        if value is not None:
            Gauge(name, WHOLE[name], registry=registry).set(value)
    for name in dict.fromkeys(name for values in centres.values() for name in values):
        gauge = Gauge(name, OF_CENTRE[name], ["centre"], registry=registry)
        for centre, values in centres.items():
            value = values.get(name)
            if value is not None:
                gauge.labels(centre).set(value)
    return generate_latest(registry).decode()


def write_metrics(
    path: Path,
    whole: Mapping[str, float | None],
    centres: Mapping[str, Mapping[str, float | None]],
) -> None:
    """
    Replace the metrics' file; an unknown `LAST_SUCCESS` keeps its value from the file.

    Raises
    ------
    InputError
        When the file cannot be written; what was there before is then as it was.
    """
    with suppress(OSError):  # temporary files of killed runs; one run writes at a time
        for left in path.parent.glob(f".{path.name}.*"):
            left.unlink()
    if whole.get(LAST_SUCCESS) is None:
        whole = {**whole, LAST_SUCCESS: last_success(path)}
    write_file(path, metrics_text(whole, centres))


def last_success(path: Path) -> float | None:
    """Return the instant of the last success (seconds since 1970) in a file; None: it has none."""
    with suppress(InputError, ValueError):
        for family in text_string_to_metric_families(read_text(path, max_mb=MAX_MB)):
            for sample in family.samples:
                if sample.name == LAST_SUCCESS:
                    return float(sample.value)
    return None
