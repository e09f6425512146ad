"""Removal by age: plans and places of people first, figures never.

Ages are calendar days: a row of day d with a limit of n days is removed from day d + n + 1 on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from dispatch.store.backlog import CLOSED
from dispatch.store.newest import newest_sightings
from dispatch.store.records import Purged
from dispatch.store.rows import WIPED
from dispatch.store.schema import centre, pending, rejected, sighting, ticket, undone, visit
from dispatch.store.upgrade import backups

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection

    from dispatch.service.night_settings import Retention


def purge_rows(connection: Connection, today: date, retention: Retention) -> Purged:
    """
    Remove rows by age, within the connection's transaction, and return how many.

    Parameters
    ----------
    connection
        In a transaction that keeps other writers out.
    today
        The day from which ages count.
    retention
        How long each kind of row is kept.
    """
    people = today - timedelta(days=retention.who_did_what_days)
    tickets = today - timedelta(days=retention.tickets_days)
    read = today - timedelta(days=retention.set_aside_days)
    closed = _closed_before(today - timedelta(days=retention.ticket_text_days))
    # Nobody completes a night that old.
    noted = connection.execute(delete(pending).where(pending.c.day < people)).rowcount
    # Whole tickets first: these need not be emptied.
    found = Purged(
        tickets=connection.execute(
            delete(ticket).where(ticket.c.id.in_(_closed_before(tickets)))
        ).rowcount
    )
    return replace(
        found,
        plans=noted
        + connection.execute(
            update(centre)
            .where(centre.c.day < people, centre.c.plan.is_not(None))
            .values(plan=None)
        ).rowcount,
        visits=connection.execute(delete(visit).where(visit.c.day < people)).rowcount,
        undone=connection.execute(delete(undone).where(undone.c.day < tickets)).rowcount,
        ticket_texts=connection.execute(
            update(ticket).where(ticket.c.id.in_(closed), ticket.c.lon.is_not(None)).values(WIPED)
        ).rowcount,
        rejected=connection.execute(delete(rejected).where(rejected.c.day < read)).rowcount,
    )


def purge_backups(path: Path, today: date, retention: Retention) -> int:
    """Remove copies of upgrades whose content is too old; return how many."""
    limit = today - timedelta(days=retention.who_did_what_days)
    old = [
        copy
        for copy in backups(path)
        if datetime.fromtimestamp(copy.stat().st_mtime, tz=UTC).date() < limit
    ]
    for copy in old:
        copy.unlink()
    return len(old)


def _closed_before(limit: date) -> Select[tuple[str]]:
    """Return the ids of tickets that were closed before a day and are still closed."""
    newest = newest_sightings()
    return (
        select(sighting.c.ticket)
        .join(newest, (newest.c.ticket == sighting.c.ticket) & (newest.c.day == sighting.c.day))
        .where(sighting.c.state.in_(sorted(CLOSED)), sighting.c.since < limit)
    )
