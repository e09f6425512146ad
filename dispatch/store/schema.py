"""The store's present tables; `migrations` makes them from any earlier revision.

Days are planned days, times of day are seconds since local midnight, instants are UTC. A *sighting*
is the state of a ticket after a night. Nights are numbered in the order in which they were
recorded, as a later day may be planned before an earlier one. The state of a ticket is its newest
sighting.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from dispatch.fieldwork import TICKET_FIELDS, TICKET_TYPES, Ticket

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

VERSION_TABLE = "dispatch_schema"
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An instant, stored in UTC, as SQLite has no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC, whatever its zone was."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


night = Table(
    "night",
    metadata,
    Column("day", Date, primary_key=True),
    Column("started", Instant, nullable=False),
    Column("finished", Instant, nullable=False),
    Column("exit_code", Integer, nullable=False),
    Column("version", String(100), nullable=False),
    Column("network", Text, nullable=False),
    Column("effort", String(100), nullable=False),
    Column("seed", BigInteger, nullable=False),
    # The newest record has the greatest number.
    Column("number", Integer, nullable=False, server_default="0"),
    # Digest of the `plan.json` that the night published; null: not known, or nothing is published.
    Column("digest", String(64)),
)
# A night that is recorded once its folder is in place: `dispatch.store.journal`.
pending = Table(
    "pending_night",
    metadata,
    Column("day", Date, primary_key=True),
    Column("digest", String(64), nullable=False),
    # The night's rows as JSON, compressed by zlib.
    Column("content", LargeBinary, nullable=False),
)
centre = Table(
    "centre_night",
    metadata,
    Column("day", Date, ForeignKey("night.day", ondelete="CASCADE"), primary_key=True),
    Column("centre", String(64), primary_key=True),
    Column("failure", Text, nullable=False),
    Column("problem_sha256", String(64), nullable=False),
    Column("status", String(20)),
    Column("rounds", Integer),
    Column("visits_served", Integer),
    Column("visits_unassigned", Integer),
    Column("travel_s", BigInteger),
    Column("distance_m", BigInteger),
    Column("service_s", BigInteger),
    Column("cost_s", BigInteger),
    Column("bound_s", BigInteger),
    Column("gap", Float),
    Column("proven_optimal", Boolean),
    Column("elapsed_s", Float),
    # dispatch-plan/1, compressed by zlib; null: there was none, or it was removed by age.
    Column("plan", LargeBinary),
    Column("technicians", Integer, nullable=False, server_default="0"),
)
_of_centre = ("day", "centre"), ("centre_night.day", "centre_night.centre")
visit = Table(
    "planned_visit",
    metadata,
    Column("day", Date, primary_key=True),
    Column("centre", String(64), primary_key=True),
    Column("visit", String(200), primary_key=True),
    Column("technician", String(200), nullable=False),
    Column("number", Integer, nullable=False),
    Column("insee", String(5), nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("arrival_s", BigInteger, nullable=False),
    Column("start_s", BigInteger, nullable=False),
    Column("end_s", BigInteger, nullable=False),
    ForeignKeyConstraint(*_of_centre, ondelete="CASCADE"),
)
undone = Table(
    "undone_visit",
    metadata,
    Column("day", Date, primary_key=True),
    Column("centre", String(64), primary_key=True),
    Column("visit", String(200), primary_key=True),
    Column("reason", String(50), nullable=False),
    ForeignKeyConstraint(*_of_centre, ondelete="CASCADE"),
)
# The type of a ticket's field by the class of its values; windows and skills are JSON.
TICKET_COLUMN_TYPES: dict[type, type[TypeEngine[Any]]] = {
    str: Text, int: Integer, float: Float, bool: Boolean, date: Date, tuple: Text, frozenset: Text,
}  # fmt: skip
NARROWER: dict[str, TypeEngine[Any]] = {
    "id": String(200), "insee": String(5), "technician": String(200), "load": BigInteger(),
}  # fmt: skip


def emptied(name: str) -> Any:  # noqa: ANN401 - a value of any column
    """Return what a field of a ticket holds once its value is removed by age."""
    if TICKET_TYPES[name] in (tuple, frozenset):
        return "[]"
    return "" if Ticket.model_fields[name].default == "" else None


def _ticket_column(name: str) -> Column[Any]:
    """Return the column of a ticket's field; it may be null where its value may be missing."""
    may_go = TICKET_FIELDS[name].personal and emptied(name) is None
    return Column(
        name,
        NARROWER.get(name) or TICKET_COLUMN_TYPES[TICKET_TYPES[name]],
        primary_key=name == "id",
        nullable=may_go or Ticket.model_fields[name].default is None,
    )


ticket = Table(
    "ticket",
    metadata,
    # A position that is null was removed by age, with all else that is personal.
    *map(_ticket_column, TICKET_FIELDS),
    Column("first_seen", Date, nullable=False),
)
sighting = Table(
    "sighting",
    metadata,
    Column("ticket", String(200), ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True),
    Column("day", Date, ForeignKey("night.day"), primary_key=True, index=True),
    Column("state", String(20), nullable=False),
    Column("since", Date, nullable=False),
    Column("last_seen", Date, nullable=False),
    Column("gone_nights", Integer, nullable=False),
)
rejected = Table(
    "set_aside",
    metadata,
    Column("day", Date, ForeignKey("night.day", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("ticket", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
