"""Writes a night into the tables, in place of an earlier record of the same night."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from dispatch.errors import Fault, InputError
from dispatch.store import rows, schema

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

    from dispatch.store.records import Night


@dataclass(frozen=True)
class NightValues:
    """A night as rows; tables in the order of writing."""

    day: date
    of_night: tuple[tuple[Table, list[rows.Values]], ...]
    tickets: list[rows.Values]
    sightings: list[rows.Values]


def values_of(recorded: Night) -> NightValues:
    """
    Return a night as rows.

    Raises
    ------
    InputError
        When an instant has no time zone, a visit on a round has no ticket, or a ticket comes twice.
    """
    _refuse_contradictions(recorded)
    centres = [
        rows.centre_values(recorded, name, made) for name, made in sorted(recorded.centres.items())
    ]
    return NightValues(
        day=recorded.day,
        of_night=(
            (schema.night, [rows.night_values(recorded)]),
            (schema.centre, centres),
            (schema.visit, list(rows.visit_values(recorded))),
            (schema.undone, list(rows.undone_values(recorded))),
            (schema.rejected, list(rows.rejected_values(recorded))),
        ),
        tickets=[rows.ticket_values(entry) for entry in recorded.tickets],
        sightings=[rows.sighting_values(recorded, entry) for entry in recorded.tickets],
    )


def write_night(connection: Connection, values: NightValues) -> None:
    """
    Write a night, within the connection's transaction.

    Parameters
    ----------
    connection
        In a transaction that keeps other writers out.
    values
        The result of `values_of`.
    """
    connection.execute(delete(schema.sighting).where(schema.sighting.c.day == values.day))
    connection.execute(delete(schema.night).where(schema.night.c.day == values.day))
    # Whatever was about to be published for the day is this night, or was before it.
    connection.execute(delete(schema.pending).where(schema.pending.c.day == values.day))
    last = connection.execute(select(func.max(schema.night.c.number))).scalar()
    for table, of_table in values.of_night:
        add_rows(connection, table, of_table)
    numbered = schema.night.update().where(schema.night.c.day == values.day)
    connection.execute(numbered.values(number=(last or 0) + 1))
    _put_tickets(connection, values.tickets)
    add_rows(connection, schema.sighting, values.sightings)
    # A ticket that only an earlier run of this night knew is removed.
    seen_at_all = select(schema.sighting.c.day).where(
        schema.sighting.c.ticket == schema.ticket.c.id
    )
    connection.execute(delete(schema.ticket).where(~seen_at_all.exists()))


def add_rows(connection: Connection, table: Table, values: list[rows.Values]) -> None:
    """Add rows to a table, if there are any."""
    if values:
        connection.execute(table.insert(), values)


def _refuse_contradictions(recorded: Night) -> None:
    faults = [
        Fault("night", name, str(moment), "has no time zone; give an instant")
        for name, moment in (("started", recorded.started), ("finished", recorded.finished))
        if moment.tzinfo is None
    ]
    seen: set[str] = set()
    for entry in recorded.tickets:
        if entry.ticket.id in seen:
            message = "this ticket comes twice; hand over the result of after_planning"
            faults.append(Fault("night", "tickets", entry.ticket.id, message))
        seen.add(entry.ticket.id)
    if faults:
        raise InputError(faults)


def _put_tickets(connection: Connection, values: list[rows.Values]) -> None:
    """Write the tickets as this night knows them: it is the newest."""
    if not values:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    adding = dialect.insert(schema.ticket)
    told_anew = {name: adding.excluded[name] for name in values[0] if name != "id"}
    connection.execute(
        adding.on_conflict_do_update(index_elements=[schema.ticket.c.id], set_=told_anew), values
    )
