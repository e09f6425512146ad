"""One night: reads the inputs, plans, writes the folder, records the night, tells the result."""

from __future__ import annotations

import shutil
import traceback
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.errors import DispatchError, InputError
from dispatch.folder.familiarity import read_history, readable_days
from dispatch.folder.write import refuse_unwritable, write_file
from dispatch.nightly import shelf
from dispatch.nightly.calendar import (
    PARIS,
    last_day_over,
    next_working_day,
    now_in_paris,
    works_on,
)
from dispatch.nightly.clock import refuse_far_day, refuse_jumped_clock
from dispatch.nightly.cluster import OnCluster
from dispatch.nightly.ending import EndedError
from dispatch.nightly.keep import Run, forget, note_centres
from dispatch.nightly.limits import Budget
from dispatch.nightly.lock import BusyError, only_run
from dispatch.nightly.logs import reason_of
from dispatch.nightly.metrics import write_metrics
from dispatch.nightly.notify import tell
from dispatch.nightly.publish import night_of, publish
from dispatch.nightly.published import rounds_ahead
from dispatch.nightly.reconcile import reconcile
from dispatch.nightly.report import Report
from dispatch.nightly.standing import with_standing
from dispatch.nightly.timed_store import open_in_time
from dispatch.nightly.told import note_delivery
from dispatch.nightly.work import Gathered, Setting, gather, read_setting, reject_unplannable
from dispatch.planday.inputs import load_roads
from dispatch.planday.plan import plan_of
from dispatch.planday.rejected import FILE, rejected_csv
from dispatch.planday.write import write_day
from dispatch.solve.side_by_side import Settings
from dispatch.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from dispatch.nightly.config import NightConfig
    from dispatch.nightly.ending import Ending
    from dispatch.nightly.logs import Log
    from dispatch.solve.progress import Progress
    from dispatch.solve.side_by_side import Planner
    from dispatch.store import Store
    from dispatch.store.records import NightRow

UNFORESEEN = 4


class NoPlanError(DispatchError):
    """No centre could be planned; `failures` has each error, `exit_code` is the greatest."""

    def __init__(self, failures: Mapping[str, DispatchError]) -> None:
        self.failures = dict(failures)
        self.exit_code = max(error.exit_code for error in failures.values())
        each = ", ".join(f"{name} ({type(error).__name__})" for name, error in failures.items())
        super().__init__(f"no centre could be planned: {each}; what stood there before stands")


def run_night(
    config: NightConfig,
    log: Log,
    ending: Ending,
    *,
    day: date | None = None,
    now: datetime | None = None,
    on_progress: Callable[[str, Progress], None] | None = None,
    scheduler: str | None = None,
    planner: Planner | None = None,
    force: bool = False,
) -> Report:
    """
    Plan every centre for one date, and keep the result.

    Parameters
    ----------
    config
        See `dispatch.nightly.config`.
    log
        Where events go.
    ending
        Whether a signal ends the night: `dispatch.nightly.ending.told_to_end`.
    day
        The day to plan; None: the next working day.
    now
        The instant; None: by the clock.
    on_progress
        As in `dispatch.solve.side_by_side.plan_all`.
    scheduler
        Address of a Dask scheduler that plans, as "tcp://host:8786"; None: this machine.
    planner
        What plans in place of both.
    force
        Whether a day far ahead, or a clock that seems wrong, is meant.

    Returns
    -------
    report
        `exit_code` is 0, or 5 when a part was passed over. At least one centre was planned, or
        there was none to plan.

    Raises
    ------
    DispatchError
        When nothing could be planned or written. Earlier results are unchanged; metrics and
        notification report the failure.
    EndedError
        When a signal ended the night before its results took their place; likewise.
    """
    started = (now or now_in_paris()).astimezone(PARIS)
    day = day or next_working_day(started, config.calendar)
    budget = Budget(config.limits)
    run = Run(config, log, ending, Report(day, started), on_progress, force, budget)
    if scheduler is not None and planner is None:
        planner = OnCluster(run, scheduler)
    try:
        with only_run(config.plan.out, day):
            _night(run, planner)
            _finish(run, "night_done")
    except BusyError as error:
        # The other run reports the night.
        log.say("another_run_at_work", "error", reason=reason_of(error))
        raise
    except KeyboardInterrupt as error:
        ended = ending.end
        _failed(run, ended.exit_code, "night_ended", signal=str(ended))
        raise ended from error
    except EndedError as ended:
        _failed(run, ended.exit_code, "night_ended", signal=str(ended))
        raise
    except DispatchError as error:
        reason = reason_of(error)
        run.report.troubles.append(reason)
        _failed(run, error.exit_code, "night_failed", kind=type(error).__name__, reason=reason)
        raise
    except Exception as error:
        # The error's text may hold personal data; its place in the code does not.
        kind = type(error).__name__
        run.report.troubles.append(f"an unforeseen error ({kind})")
        _failed(run, UNFORESEEN, "night_failed", kind=kind, where=_frames(error))
        raise
    return run.report


def _night(run: Run, planner: Planner | None) -> None:
    config, log, report = run.config, run.log, run.report
    place, day = config.plan.out, report.date
    source = config.tickets.source
    log.say("night_started", date=day.isoformat(), version=__version__, source=source)
    if not run.force:
        refuse_far_day(day, report.started, config.calendar)
    left = shelf.recover(place)
    if left:
        log.say("recovered", "warning", folders=left, note="an earlier run was killed")
    if not works_on(day, config.calendar):
        log.say("not_a_working_day", "warning", date=day.isoformat())
    setting = read_setting(config, day)
    report.faults = len(setting.absences.faults)
    if setting.absences.faults:
        run.trouble("absences_faulty", InputError(setting.absences.faults))
    with ExitStack() as stack:
        store = _open_store(run)
        if store is not None:
            stack.enter_context(store)
        if not run.force:
            _refuse_wrong_clock(run, store)
        reconcile(run, setting, store)
        gathered = _gathered(run, setting, store)
        if gathered.store_trouble is not None:
            store = None
        try:
            _planned(run, setting, gathered, store, planner)
        finally:
            # In place, the folder has another name. What is left under this name is of no use.
            shutil.rmtree(shelf.new_folder(place, day), ignore_errors=True)


def _open_store(run: Run) -> Store | None:
    try:
        return open_in_time(run.config.store.url, run.config.limits.store_s, run.ending)
    except InputError as error:
        # A source that delivers only new tickets cannot tell which of them were planned already:
        # without the store they would be planned again.
        if _stands(run) or not run.config.backlog.complete:
            raise
        run.trouble("store_unusable", error)
        return None


def _refuse_wrong_clock(run: Run, store: Store | None) -> None:
    nights: tuple[NightRow, ...] = ()
    with suppress(InputError):  # the next use of the store tells
        nights = () if store is None else store.nights()
    last = max((night.started for night in nights), default=None)
    days = shelf.days_of(run.config.plan.out)
    refuse_jumped_clock(run.report.started, last, days, run.config.calendar)


def _stands(run: Run) -> bool:
    """Return whether the day was planned before."""
    return (run.config.plan.out / run.report.date.isoformat()).is_dir()


def _gathered(run: Run, setting: Setting, store: Store | None) -> Gathered:
    report, config = run.report, run.config
    over = last_day_over(report.started, setting.shift_ends_s)
    ahead = rounds_ahead(config.plan.out, over, report.date)
    gathered = gather(
        config,
        setting,
        store,
        report.date,
        over,
        stands=_stands(run),
        source_s=run.budget.source_s,
    )
    gathered = gathered.without(ahead)
    if gathered.trouble is not None:
        run.trouble("source_unusable", gathered.trouble)
    if gathered.store_trouble is not None:
        run.trouble("store_unusable", gathered.store_trouble)
    delivery = gathered.delivery
    report.source_up = delivery is not None
    if delivery is not None:
        report.received = len(delivery.tickets)
        report.rejected = len(delivery.rejected)
        note_delivery(run, gathered)
    run.log.say(
        "tickets_read",
        received=report.received,
        set_aside=report.rejected,
        to_plan=len(gathered.joined.to_plan),
        from_backlog=sum(entry.last_seen != report.date for entry in gathered.joined.to_plan),
        technicians=len(setting.present),
        away=len(setting.absences.away),
    )
    return gathered


def _planned(
    run: Run,
    setting: Setting,
    gathered: Gathered,
    store: Store | None,
    planner: Planner | None,
) -> None:
    """Plan, write the pages, and put the result in its place."""
    config, report = run.config, run.report
    plan, day = config.plan, report.date
    past: tuple[Path, ...] = ()
    if setting.service.weights.unfamiliarity:
        # A past day that cannot be read is left out; the night goes on.
        past, unread = readable_days(plan.out, day, setting.service.familiarity)
        run.log.say("history_read", days=len(past), unreadable=len(unread))
    folder = shelf.new_folder(plan.out, day)
    roads = load_roads(setting.service, day, network=plan.network, traffic=plan.traffic)
    tickets, unplannable = reject_unplannable(setting, gathered.joined.tickets, roads, day)
    report.rejected += len(unplannable)
    not_yet = sum(ticket.waits_on(day) for ticket in tickets)
    report.planned = len(tickets) - not_yet
    rejected = (*(() if gathered.delivery is None else gathered.delivery.rejected), *unplannable)
    run.log.say(
        "planning",
        visits=report.planned,
        not_yet=not_yet,
        held_back=len(unplannable),
        network=roads.network.name,
        traffic=roads.traffic,
        effort=plan.effort,
    )
    run.ending.check()
    refuse_unwritable(folder, folder=True)
    history = read_history(past, day, setting.service.familiarity)
    bounds = run.budget.of_centres(len(setting.territory.centres), plan.workers)
    planned = plan_of(
        setting.inputs(day, tickets, roads, history),
        search=Settings(plan.effort, plan.seed, plan.time_limit_s, bounds),
        workers=plan.workers,
        planner=planner,
        on_progress=run.on_progress,
    )
    run.ending.check()
    note_centres(run, setting, planned)
    if planned.failures and not planned.plans:
        raise NoPlanError(planned.failures)
    planned, standing = with_standing(planned, plan.out / day.isoformat())
    for centre in standing:
        run.log.say("earlier_plan_stays", "warning", centre=centre)
    pages = run.budget.of_pages()
    write_day(planned, folder, lang=plan.lang, workers=plan.workers, bounds=pages)
    # A search that a signal ended returns an unfinished plan: it must not be published.
    run.ending.check()
    write_file(folder / FILE, rejected_csv(day, rejected))
    run.ending.no_more()
    publish(run, store, night_of(run, setting, gathered, planned, rejected))
    forget(run, store, setting)


def _failed(run: Run, exit_code: int, event: str, **texts: str) -> None:
    run.ending.ignore()
    run.report.exit_code = exit_code
    _finish(run, event, failed=True, **texts)


def _finish(run: Run, event: str, *, failed: bool = False, **texts: str) -> None:
    """Report to metrics, log and notification command; a failure of these is only logged."""
    config, report, log = run.config, run.report, run.log
    report.finished = max(now_in_paris(), report.started, key=lambda at: at.timestamp())
    if config.metrics is not None:
        try:
            write_metrics(config.metrics.file, *report.metrics())
        except InputError as error:
            log.say("metrics_not_written", "warning", reason=reason_of(error))
    log.say(
        event,
        "error" if failed else "warning" if report.exit_code else "info",
        date=report.date.isoformat(),
        exit_code=report.exit_code,
        duration_s=round(report.duration_s, 1),
        folder=report.folder or None,
        **texts,
    )
    if config.notify is not None:
        glpi = config.tickets.glpi
        secrets = () if glpi is None else (glpi.app_token_env, glpi.user_token_env)
        trouble = tell(config.notify, report.to_dict(), secrets, is_over=run.ending.is_over)
        if trouble is not None:
            log.say("not_notified", "warning", note=trouble)


def _frames(error: Exception) -> str:
    """Return the files, lines and functions that an error passed, without its text."""
    frames = traceback.extract_tb(error.__traceback__)
    return " > ".join(
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames
    )
