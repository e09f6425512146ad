"""Nights about to be published: written down before their folders take their places.

A night is published in three steps: it is noted here (`note_pending`), its folder takes its place,
and it is recorded (`write_night`), which removes the note. After a kill between any two of them
the next start compares the folder's `plan.json` with the note's digest. If they are the same, the
folder is in its place and the night is recorded from the note. Otherwise the note is dropped, and
all is as before the night.
"""

from __future__ import annotations

import base64
import json
import zlib
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, LargeBinary, delete, select

from dispatch.errors import InputError
from dispatch.store import schema
from dispatch.store.recording import NightValues
from dispatch.store.schema import Instant

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

    from dispatch.store.rows import Values


def note_pending(connection: Connection, values: NightValues, digest: str) -> None:
    """
    Note a night that is about to be published, in place of an earlier note for its day.

    Parameters
    ----------
    connection
        In a transaction that keeps other writers out.
    values
        The result of `values_of`.
    digest
        Of the `plan.json` that is to be published.
    """
    connection.execute(delete(schema.pending).where(schema.pending.c.day == values.day))
    content = zlib.compress(json.dumps(_plain(values), ensure_ascii=False).encode())
    connection.execute(
        schema.pending.insert(), [{"day": values.day, "digest": digest, "content": content}]
    )


def pending_values(connection: Connection, day: date, shown: str) -> NightValues:
    """
    Return the rows of a night that was about to be published.

    Parameters
    ----------
    connection
        Of the store.
    day
        The night's.
    shown
        The store's name, for the error.

    Raises
    ------
    InputError
        When there is no such note, or it is damaged.
    """
    wanted = select(schema.pending.c.content).where(schema.pending.c.day == day)
    content = connection.execute(wanted).scalar()
    try:
        plain = json.loads(zlib.decompress(content or b""))
        of_night = tuple(
            (
                schema.metadata.tables[name],
                [_restored(schema.metadata.tables[name], row) for row in rows],
            )
            for name, rows in plain["of_night"]
        )
        return NightValues(
            day,
            of_night,
            [_restored(schema.ticket, row) for row in plain["tickets"]],
            [_restored(schema.sighting, row) for row in plain["sightings"]],
        )
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        message = "is damaged; plan that day again"
        raise InputError.one(shown, message, where="pending_night", value=str(day)) from error


def drop_pending(connection: Connection, day: date) -> None:
    """Drop the note of a night that was not published."""
    connection.execute(delete(schema.pending).where(schema.pending.c.day == day))


def _plain(values: NightValues) -> dict[str, Any]:
    return {
        "of_night": [
            (table.name, [_written(row) for row in rows]) for table, rows in values.of_night
        ],
        "tickets": [_written(row) for row in values.tickets],
        "sightings": [_written(row) for row in values.sightings],
    }


def _written(row: Values) -> dict[str, Any]:
    """Return a row as JSON holds it."""
    return {
        name: value.isoformat()
        if isinstance(value, date)  # an instant is one too
        else base64.b64encode(value).decode("ascii")
        if isinstance(value, bytes)
        else value
        for name, value in row.items()
    }


def _restored(table: Table, row: dict[str, Any]) -> Values:
    """Return a row from JSON, by the types of its table's columns."""
    values: Values = {}
    for name, value in row.items():
        kind = table.c[name].type
        if value is None:
            values[name] = None
        elif isinstance(kind, Instant):
            values[name] = datetime.fromisoformat(value)
        elif isinstance(kind, Date):
            values[name] = date.fromisoformat(value)
        elif isinstance(kind, LargeBinary):
            values[name] = base64.b64decode(value)
        else:
            values[name] = value
    return values
