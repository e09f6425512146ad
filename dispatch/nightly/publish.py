"""Publishes a night: noted in the store, put in its place, recorded, named by `latest`.

A kill between any two of these steps is put right by the next start: `dispatch.nightly.reconcile`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from dispatch.errors import InputError
from dispatch.nightly import shelf
from dispatch.nightly.calendar import first_to_drive, now_in_paris
from dispatch.nightly.published import digest_of, on_rounds
from dispatch.store import CentreNight, Night, RejectedRecord
from dispatch.store.backlog import after_planning
from dispatch.version import __version__

if TYPE_CHECKING:
    from dispatch.model.plan import Plan
    from dispatch.nightly.keep import Run
    from dispatch.nightly.work import Gathered, Setting
    from dispatch.planday.day import Day
    from dispatch.store import Store
    from dispatch.tickets.delivery import RejectedTicket


def night_of(
    run: Run,
    setting: Setting,
    gathered: Gathered,
    planned: Day,
    rejected: tuple[RejectedTicket, ...],
) -> Night:
    """
    Return a night for the store, with the digest of the folder that is about to take its place.

    Parameters
    ----------
    run
        The night.
    setting, gathered, planned
        What it was planned from, and the result.
    rejected
        Tickets that were not planned, with their reasons.
    """
    report, day = run.report, planned.as_file()
    # A plan that stands from before may serve a ticket that was closed since: it stays closed.
    wanted = {entry.ticket.id for entry in gathered.joined.to_plan}
    after = after_planning(gathered.joined, on_rounds(day) & wanted, report.date)
    known = {entry.ticket.id for entry in after}
    return Night(
        day=report.date,
        started=report.started,
        finished=now_in_paris(),
        exit_code=report.exit_code,
        version=__version__,
        network=day.network.name,
        effort=day.effort,
        seed=day.seed,
        centres={
            centre: CentreNight(
                plan=_recordable(day.plans.get(centre), known),
                failure=report.failed.get(centre, ""),
                problem_sha256=(day.plans[centre].input_sha256 or "")
                if centre in day.plans
                else "",
                technicians=sum(entry.centre == centre for entry in setting.present),
            )
            for centre in (*day.plans, *planned.failures)
        },
        tickets=after,
        rejected=tuple(
            RejectedRecord(each.source, each.where, each.id, each.reason) for each in rejected
        ),
        digest=digest_of(shelf.new_folder(run.config.plan.out, report.date)),
    )


def _recordable(plan: Plan | None, known: set[str]) -> Plan | None:
    """Return a plan, unless it stands from before and serves a ticket that is known no more."""
    if plan is None:
        return None
    served = {stop.visit for each in plan.rounds for stop in each.stops}
    return plan if served <= known else None


def publish(run: Run, store: Store | None, night: Night) -> None:
    """
    Publish a night whose folder is written.

    Parameters
    ----------
    run
        The night; a part that fails once the folder is in place is noted there.
    store
        Where it is recorded; None: nowhere, and the next start with a store reads the folder.
    night
        The result of `night_of`.

    Raises
    ------
    InputError
        When the folder cannot take its place; folder and store are then as they were.
    """
    place, report = run.config.plan.out, run.report
    noted = store is not None and _noted(run, store, night)
    if store is not None:
        report.still_open = sum(not e.closed and e.state != "planned" for e in night.tickets)
    try:
        shelf.put_in_place(place, night.day)
    except InputError:
        if store is not None and noted:
            # If that fails too, the next start drops the note, as no folder has its digest.
            with suppress(InputError):
                store.withdraw(night.day)
        raise
    report.folder = str(place / night.day.isoformat())
    try:
        # Today counts where it is planned again: its rounds are still to be driven.
        today = night.day == report.started.date()
        first = night.day if today else first_to_drive(report.started, run.config.calendar)
        shelf.point_latest(place, first)
        report.latest = shelf.latest_day(place) == night.day
    except InputError as error:
        run.trouble("latest_not_moved", error)
    if store is not None and noted:
        try:
            store.record(night)
        except InputError as error:
            run.trouble("night_not_recorded", error)
        else:
            run.log.say("night_recorded", still_open=report.still_open)


def _noted(run: Run, store: Store, night: Night) -> bool:
    try:
        store.announce(night)
    except InputError as error:
        run.trouble("night_not_recorded", error)
        return False
    return True
