"""Brings folders, `latest` and store together at a night's start, whatever happened before.

- A night that was noted and not recorded: its folder is in its place, and the night is recorded
  from the note; or it is not, and the note is dropped.
- A folder that the store does not know, or knows otherwise (the store was away or is an older copy,
  `dispatch replan` changed the day): the store learns from the folder what is on its rounds.
- A day to come whose folder is gone: its tickets are open again.
- `latest` names the next day to be driven.

The folders are right, as people drive what they say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.errors import PART_FAILED, InputError
from dispatch.folder.read import read_tickets
from dispatch.folder.write import read_plans
from dispatch.nightly import shelf
from dispatch.nightly.calendar import first_to_drive, last_day_over
from dispatch.nightly.logs import reason_of
from dispatch.nightly.published import digest_of, on_rounds
from dispatch.store import CentreNight, Night
from dispatch.store.backlog import BacklogTicket, MergedBacklog, after_planning
from dispatch.version import __version__

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from dispatch.folder.write import DayFile
    from dispatch.nightly.keep import Run
    from dispatch.nightly.work import Setting
    from dispatch.store import Store


def reconcile(run: Run, setting: Setting, store: Store | None) -> None:
    """
    Bring folders, `latest` and store together; what cannot be done is noted as trouble.

    Parameters
    ----------
    run
        The night that starts.
    setting
        Whose shifts say which day is over.
    store
        None: it cannot be used; only `latest` is put right.
    """
    place, started = run.config.plan.out, run.report.started
    if store is not None:
        try:
            _settle(run, store)
            _learn(run, store, last_day_over(started, setting.shift_ends_s))
        except InputError as error:
            run.trouble("not_reconciled", error)
    try:
        if shelf.point_latest(place, first_to_drive(started, run.config.calendar)):
            run.log.say("latest_moved", date=str(shelf.latest_day(place)))
    except InputError as error:
        # It moves once this night is published; if not, that is noted then.
        run.log.say("latest_not_moved", "warning", reason=reason_of(error))


def _settle(run: Run, store: Store) -> None:
    """Complete or take back each night that was noted and not recorded."""
    for noted in store.announced():
        told = noted.day.isoformat()
        if digest_of(run.config.plan.out / told) == noted.digest:
            store.complete(noted.day)
            run.log.say("night_completed", "warning", date=told, note="an earlier run was killed")
        else:
            store.withdraw(noted.day)
            run.log.say("night_taken_back", "warning", date=told, note="an earlier run was killed")


def _learn(run: Run, store: Store, over: date) -> None:
    """Let the store know what the folders hold, where that decides what is planned next."""
    place = run.config.plan.out
    known, there = store.published(), shelf.days_of(place)
    driven = [day for day in there if day <= over]
    # Nights after a past day have settled its tickets already.
    wanted = [day for day in driven[-1:] if day >= max(known, default=day)]
    wanted += [day for day in there if day > over]
    for day in wanted:
        folder = place / day.isoformat()
        if known.get(day) == digest_of(folder):
            continue
        try:
            night = adopted(store, folder, day, over, run.report.started)
        except InputError as error:
            reason = reason_of(error)
            run.log.say("folder_unreadable", "warning", date=day.isoformat(), reason=reason)
            continue
        store.record(night)
        run.log.say("day_adopted", "warning", date=day.isoformat(), note="the folder was changed")
    for day, digest in known.items():
        if day > over and digest is not None and day not in there:
            store.record(_gone(store, day))
            run.log.say("day_gone", "warning", date=day.isoformat(), note="the folder is gone")


def adopted(store: Store, folder: Path, day: date, over: date, now: datetime) -> Night:
    """
    Return a day's folder as a night for the store.

    Parameters
    ----------
    store
        What is known of the day and of its tickets.
    folder
        The day's folder.
    day
        The planned day.
    over
        The last day whose rounds are over.
    now
        The instant, for a night of which the store has no record.

    Raises
    ------
    InputError
        When the folder is not one of that day, or lacks a ticket.
    """
    content, tickets = read_plans(folder), read_tickets(folder)
    if content.date != day or tickets.date != day:
        message = "is of another day than its folder; plan that day again"
        raise InputError.one(folder.name, message, value=content.date)
    found = {ticket.id: ticket for each in tickets.centres.values() for ticket in each}
    rounds = on_rounds(content)
    known = {entry.ticket.id: entry for entry in store.backlog(day, delivered=sorted(found))}
    lost = sorted(rounds - set(found) - set(known))
    if lost:
        message = "has a visit without a ticket; plan that day again"
        raise InputError.one(folder.name, message, value=lost[0])
    entries = [
        *known.values(),
        *(
            BacklogTicket(found[name], "open", since=day, first_seen=day, last_seen=day)
            for name in sorted(set(found) - set(known))
        ),
    ]
    driven = {
        entry.ticket.id
        for entry in entries
        if entry.ticket.id in rounds and not (entry.state == "planned" and entry.since > over)
    }
    merged = MergedBacklog(
        tuple(entry for entry in entries if entry.ticket.id in driven),
        tuple(entry for entry in entries if entry.ticket.id not in driven),
    )
    return _night(store, content, after_planning(merged, driven, day), now, digest_of(folder))


def _night(
    store: Store,
    content: DayFile,
    after: tuple[BacklogTicket, ...],
    now: datetime,
    digest: str | None,
) -> Night:
    """Return a night with the plans of a folder, and the rest as the store has it."""
    day = content.date
    rows = {row.centre: row for row in store.history(day, day)}
    before = next(iter(store.nights(day, day)), None)
    return Night(
        day=day,
        started=now if before is None else before.started,
        finished=now if before is None else before.finished,
        exit_code=PART_FAILED if before is None else before.exit_code,
        version=__version__ if before is None else before.version,
        network=content.network.name,
        effort=content.effort,
        seed=content.seed,
        centres={
            centre: CentreNight(
                plan=content.plans.get(centre),
                failure=rows[centre].failure if centre in rows else "",
                problem_sha256=(content.plans[centre].input_sha256 or "")
                if centre in content.plans
                else "",
                technicians=rows[centre].technicians if centre in rows else 0,
            )
            for centre in sorted({*content.plans, *content.failures})
        },
        tickets=after,
        rejected=store.rejected(day),
        digest=digest,
    )


def _gone(store: Store, day: date) -> Night:
    """Return a night that publishes nothing any more: what was planned for it is open."""
    [row] = store.nights(day, day)
    entries = store.backlog(day)
    return Night(
        day=day,
        started=row.started,
        finished=row.finished,
        exit_code=row.exit_code,
        version=row.version,
        network=row.network,
        effort=row.effort,
        seed=row.seed,
        centres={},
        tickets=after_planning(MergedBacklog((), entries), (), day),
    )
