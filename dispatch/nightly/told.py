"""What a night tells of the delivery: warnings, a list that has shrunk, each cancelled ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.tickets.text import safe_id, shown_id

if TYPE_CHECKING:
    from dispatch.nightly.keep import Run
    from dispatch.nightly.work import Gathered

# Events of one kind in one night; the rest is counted.
MOST_TOLD = 500
ID_CHARS = 60
UNNAMED = "(an id without a digit)"
SHRUNK = (
    "the list of tickets has shrunk so sharply that it is not believed to be complete: nothing is"
    " cancelled; export it again, or run with --accept-shrink"
)


def note_delivery(run: Run, gathered: Gathered) -> None:
    """Note in the report and the log what somebody has to look at."""
    log, report = run.log, run.report
    warnings = () if gathered.delivery is None else gathered.delivery.warnings
    for warning in warnings[:MOST_TOLD]:
        log.say("source_warning", "warning", note=warning)
    report.missing = gathered.missing
    if gathered.missing:
        log.say("list_shrunk", "warning", missing=gathered.missing, note=SHRUNK)
    cancelled = gathered.cancelled(report.date)
    report.cancelled = len(cancelled)
    for name in cancelled[:MOST_TOLD]:
        ticket = shown_id(safe_id(name, ID_CHARS)) or UNNAMED
        log.say("ticket_cancelled", "warning", ticket=ticket)
    if len(cancelled) > MOST_TOLD:
        log.say("more_cancelled", "warning", tickets=len(cancelled) - MOST_TOLD)
