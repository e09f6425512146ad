"""A night in progress: its troubles, the figures of its centres, the removal of old data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dispatch.errors import PART_FAILED, InputError, SolverError
from dispatch.nightly import shelf
from dispatch.nightly.limits import Budget
from dispatch.nightly.logs import reason_of
from dispatch.tickets.geocache import oldest
from dispatch.tickets.sources import address_cache, cache_days

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatch.errors import DispatchError
    from dispatch.nightly.config import NightConfig
    from dispatch.nightly.ending import Ending
    from dispatch.nightly.logs import Log
    from dispatch.nightly.report import Report
    from dispatch.nightly.work import Setting
    from dispatch.planday.day import Day
    from dispatch.solve.progress import Progress
    from dispatch.store import Store


@dataclass
class Run:
    """What every step of a night needs."""

    config: NightConfig
    log: Log
    ending: Ending
    report: Report
    on_progress: Callable[[str, Progress], None] | None
    force: bool = False
    """Whether a day far ahead, or a clock that seems wrong, is meant."""
    budget: Budget = field(default_factory=Budget)

    def trouble(self, event: str, error: DispatchError) -> None:
        """Note an error that does not end the night; the night then has failed in part."""
        reason = reason_of(error)
        self.report.troubles.append(reason)
        self.report.exit_code = PART_FAILED
        self.log.say(event, "warning", kind=type(error).__name__, reason=reason)


def note_centres(run: Run, setting: Setting, planned: Day) -> None:
    """Note each centre's figures, or its failure, in the report and the log."""
    report, log = run.report, run.log
    for centre, how in planned.lost.items():
        log.say("centre_tried_again", "warning", centre=centre, note=f"its process {how}")
    for centre, why in planned.untold.items():
        log.say("chances_not_told", "warning", centre=centre, note=why)
    for centre, plan in planned.plans.items():
        working = sum(entry.centre == centre for entry in setting.present)
        report.centres[centre] = {"technicians": working, **plan.summary()}
        log.say(
            "centre_planned",
            centre=centre,
            technicians=working,
            rounds=len(plan.rounds),
            served=sum(len(round_.stops) for round_ in plan.rounds),
            unassigned=len(plan.unassigned),
            gap=None if plan.gap is None else round(plan.gap, 4),
            elapsed_s=round(plan.elapsed_s, 1),
        )
        if plan.stopped == "interrupted":
            late = SolverError(f"{centre}: there was no time to plan it to the end; see [limits]")
            run.trouble("centre_cut_short", late)
        if plan.status == "infeasible":
            report.infeasible.append(centre)
            report.exit_code = PART_FAILED
            log.say("mandatory_visit_unserved", "warning", centre=centre)
    for centre, error in planned.failures.items():
        kind = type(error).__name__
        report.failed[centre] = kind
        report.exit_code = PART_FAILED
        log.say("centre_failed", "error", centre=centre, kind=kind, exit_code=error.exit_code)


def forget(run: Run, store: Store | None, setting: Setting) -> None:
    """Remove data past their retention from the store, the folder and the cache of addresses."""
    retention, report = setting.service.retention, run.report
    today = report.started.date()
    days = min(retention.who_did_what_days, retention.ticket_text_days)
    days = min(days, run.config.retention.folders_days or days)
    removed = folders = 0
    cache = address_cache(run.config.tickets, setting.service)
    cache.forget_before(oldest(today, cache_days(setting.service)))
    try:
        folders = shelf.sweep(run.config.plan.out, today, days)
        if store is not None:
            removed = store.purge(today, retention).total
    except InputError as error:
        run.trouble("old_data_not_removed", error)
    note = store.remains if store is not None and removed else ""
    run.log.say("old_data_removed", folders=folders, rows=removed, note=note or None)
