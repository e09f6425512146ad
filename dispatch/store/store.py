"""The store itself: one object, the same code for both databases."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

from sqlalchemy import Select, delete, func, select
from sqlalchemy.exc import DBAPIError, OperationalError

from dispatch.errors import InputError
from dispatch.store import journal, newest, rows, schema
from dispatch.store.address import PATIENCE_S, WRITES, address_of, engine_of
from dispatch.store.faults import translated_errors
from dispatch.store.purge import purge_backups, purge_rows
from dispatch.store.recording import values_of, write_night
from dispatch.store.records import (
    CentreRow,
    NightRow,
    PendingNight,
    PlannedVisit,
    RejectedRecord,
    UndoneVisit,
)
from dispatch.store.upgrade import NEWEST, revision_of, revisions, upgrade

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import date

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection, Engine

    from dispatch.model.plan import Plan
    from dispatch.service.night_settings import Retention
    from dispatch.store.address import Address
    from dispatch.store.backlog import BacklogTicket
    from dispatch.store.patience import StorePatience
    from dispatch.store.records import Night, Purged

# PostgreSQL's writers wait for one another at this number, whatever they write.
WRITERS = 0x64697370
# Values of one statement: SQLite takes 32,766 of them, older ones 999.
AT_ONCE = 500
RETRY_S = 0.05
# All tables, as a statement of PostgreSQL lists them.
TABLES = ", ".join(table.name for table in schema.metadata.sorted_tables)
REMAINS = (
    "the server's log (WAL), its archives, replicas and backups hold removed rows until they are "
    "recycled: docs/store.md says what its administrator runs"
)
_Record = TypeVar("_Record", NightRow, CentreRow, PlannedVisit, UndoneVisit)


class Store:
    """
    The store of plans and backlog; see `dispatch.store`.

    Parameters
    ----------
    address
        Its address.
    engine
        Opens connections.

    Notes
    -----
    Made by `Store.open`. Every method opens and closes a connection of its own, so that a store may
    stay open for any time.
    """

    def __init__(self, address: Address, engine: Engine) -> None:
        self._address, self._engine = address, engine

    @classmethod
    def open(
        cls,
        url: str,
        *,
        create: bool = True,
        to: str = NEWEST,
        patience: StorePatience | None = None,
    ) -> Store:
        """
        Open a store; make it where there is none, upgrade it where it is older.

        Parameters
        ----------
        url
            A file (`dispatch.db`, `sqlite:///dispatch.db`), or `postgresql://user@host/database`;
            the password is best left to PGPASSWORD or ~/.pgpass.
        create
            Whether to make one where there is none.
        to
            Revision to upgrade to; other than the newest for tests.
        patience
            With a server; None: the usual one.

        Raises
        ------
        InputError
            When the address is none; there is no store and none is to be made; it is of a newer
            version or of something else; it cannot be read or written.
        """
        address = address_of(url)
        path = address.path
        if path is not None:
            if path.is_dir():
                raise InputError.one(address.shown, "is a folder; name a file")
            if not path.parent.is_dir():
                raise InputError.one(address.shown, "is in no folder; make the folder first")
            if not path.exists() and not create:
                raise _missing(address)
        store = cls(address, engine_of(address, patience))
        try:
            with translated_errors(address):
                store._prepare(create=create, to=to)
        except BaseException:
            store.close()
            raise
        return store

    @property
    def shown(self) -> str:
        """Return the store's address without its password."""
        return self._address.shown

    def __repr__(self) -> str:
        return f"Store({self.shown!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    # --- the backlog ---

    def backlog(self, before: date, delivered: Collection[str] = ()) -> tuple[BacklogTicket, ...]:
        """
        Return the tickets that are not closed as a night finds them, by id.

        Parameters
        ----------
        before
            The night (planned day). Its own earlier record does not count, so that the night can
            be run again: what it had on its rounds is open, and what only it knew is new. The
            records of all other nights count, those of later days as well.
        delivered
            Ids that the source delivers; closed tickets among them are returned too, as they are
            open again.
        """
        known = newest.known_before(before)
        found = list(self._read(known.where(~newest.is_closed())))
        for names in _parts(sorted(set(delivered))):
            found += self._read(known.where(newest.is_closed(), schema.ticket.c.id.in_(names)))
        own = self._read(newest.known_only_to(before))
        tickets = [newest.taken_back(rows.backlog_ticket_of(row), before) for row in found]
        tickets += [newest.new_again(rows.backlog_ticket_of(row), before) for row in own]
        return tuple(sorted(tickets, key=lambda one: one.ticket.id))

    # --- nights ---

    def record(self, recorded: Night) -> None:
        """
        Record a night, in place of an earlier record of it: all of it, or nothing.

        Raises
        ------
        InputError
            When an instant has no time zone, a visit on a round has no ticket, a ticket comes
            twice, or the database refuses.
        """
        values = values_of(recorded)
        with self.writing() as connection:
            write_night(connection, values)

    def announce(self, recorded: Night) -> None:
        """
        Note a night before its folder takes its place; `record` completes it.

        Raises
        ------
        InputError
            As in `record`.
        """
        values = values_of(recorded)
        with self.writing() as connection:
            journal.note_pending(connection, values, recorded.digest or "")

    def announced(self) -> tuple[PendingNight, ...]:
        """Return the nights that were noted and not completed, by day."""
        table = schema.pending
        found = self._read(select(table.c.day, table.c.digest).order_by(table.c.day))
        return tuple(PendingNight(row.day, row.digest) for row in found)

    def complete(self, day: date) -> None:
        """
        Record a night from its note: its folder is in its place.

        Raises
        ------
        InputError
            When there is no such note, or it is damaged.
        """
        with self.writing() as connection:
            write_night(connection, journal.pending_values(connection, day, self.shown))

    def withdraw(self, day: date) -> None:
        """Drop the note of a night whose folder did not take its place."""
        with self.writing() as connection:
            journal.drop_pending(connection, day)

    def published(self) -> dict[date, str | None]:
        """Return the digest of the `plan.json` that each night published, by day."""
        table = schema.night
        found = self._read(select(table.c.day, table.c.digest).order_by(table.c.day))
        return {row.day: row.digest for row in found}

    def nights(self, since: date | None = None, until: date | None = None) -> tuple[NightRow, ...]:
        """Return the nights recorded, by day; both ends included."""
        return self._records(NightRow, schema.night, since, until)

    def history(
        self, since: date | None = None, until: date | None = None, centre: str | None = None
    ) -> tuple[CentreRow, ...]:
        """Return the figures of centres (of one, if it is named), by day and centre."""
        return self._records(CentreRow, schema.centre, since, until, centre)

    def plan(self, day: date, centre: str) -> Plan | None:
        """Return a centre's plan; None when there is none, or none any more."""
        wanted = select(schema.centre.c.plan).where(
            schema.centre.c.day == day, schema.centre.c.centre == centre
        )
        for row in self._read(wanted.where(schema.centre.c.plan.is_not(None))):
            return rows.unpacked(row[0], self.shown)
        return None

    def visits(self, day: date, centre: str | None = None) -> tuple[PlannedVisit, ...]:
        """Return the visits on rounds of a day, by centre, technician and time."""
        found = self._records(PlannedVisit, schema.visit, day, day, centre)
        return tuple(sorted(found, key=lambda one: (one.centre, one.technician, one.number)))

    def undone(self, day: date, centre: str | None = None) -> tuple[UndoneVisit, ...]:
        """Return the unassigned visits of a day, with their reasons."""
        return self._records(UndoneVisit, schema.undone, day, day, centre)

    def rejected(self, day: date) -> tuple[RejectedRecord, ...]:
        """Return the rejected tickets of a night, in the order of the source."""
        table = schema.rejected
        wanted = select(table).where(table.c.day == day).order_by(table.c.number)
        return tuple(
            RejectedRecord(row.source, row.place, row.ticket, row.reason)
            for row in self._read(wanted)
        )

    # --- care ---

    def purge(self, today: date, retention: Retention) -> Purged:
        """
        Remove rows past their retention, and return how many.

        Parameters
        ----------
        today
            The day from which ages count.
        retention
            How long each kind of row is kept: `Service.retention`.

        Notes
        -----
        Removed rows cannot be read from the tables' files any more: SQLite overwrites them, and is
        vacuumed; PostgreSQL's tables are written anew (`VACUUM FULL`). `remains` says what is left.
        """
        with translated_errors(self._address):
            with self.writing() as connection:
                found = purge_rows(connection, today, retention)
            # Always: the vacuum after an earlier purge may have failed.
            self._vacuum()
        path = self._address.path
        if path is None:
            return found
        return replace(found, backups=purge_backups(path, today, retention))

    @property
    def remains(self) -> str:
        """Return what still holds purged rows, and what to do about it; empty: nothing does."""
        return "" if self._address.path is not None else REMAINS

    def check(self) -> None:
        """
        Check that the store can be written to, without changing it.

        Raises
        ------
        InputError
            When it cannot.
        """
        with self.writing() as connection:
            connection.execute(delete(schema.night).where(schema.night.c.day.is_(None)))

    # --- connections ---

    def _prepare(self, *, create: bool, to: str) -> None:
        """Make or upgrade the tables, where that is needed."""
        wanted = revisions()[-1] if to == NEWEST else to
        path = self._address.path
        if path is not None:
            if not path.exists():
                # It tells who was where: only its owner may read it, unless they allow others.
                try:
                    path.touch(mode=0o600)
                except OSError as error:
                    message = f"cannot be made ({error.strerror}); free its folder or name another"
                    raise InputError.one(self.shown, message) from error
            self._write_ahead()
        with self._engine.begin() as connection:
            found = revision_of(connection, self._address)
        if found == wanted:
            return
        if found is None and not create:
            raise _missing(self._address)
        with self.writing() as connection:
            # Another process may have done it meanwhile.
            found = revision_of(connection, self._address)
            if found != wanted:
                upgrade(connection, self._address, found, to)

    def _write_ahead(self) -> None:
        """Let readers read while one writes (SQLite's write-ahead log)."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                with self._driver() as raw:
                    if raw.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                        raw.execute("PRAGMA journal_mode = WAL")
                return
            except OperationalError as error:
                # SQLite does not wait by itself here.
                busy = getattr(error.orig, "sqlite_errorname", "").startswith("SQLITE_BUSY")
                if not busy or time.monotonic() > until:
                    raise
                time.sleep(RETRY_S)

    @contextmanager
    def _driver(self, **options: str) -> Iterator[Any]:
        """Give the driver's own connection; its errors become those of SQLAlchemy, as elsewhere."""
        dialect = self._engine.dialect
        assert dialect.loaded_dbapi is not None
        base = dialect.loaded_dbapi.Error
        with self._engine.connect().execution_options(**options) as connection:
            try:
                yield connection.connection
            except base as error:
                raise DBAPIError.instance(None, None, error, base, dialect=dialect) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction that keeps other writers out."""
        with (
            translated_errors(self._address),
            self._engine.connect().execution_options(**{WRITES: True}) as connection,
            connection.begin(),
        ):
            if self._address.path is None:
                connection.execute(select(func.pg_advisory_xact_lock(WRITERS)))
            yield connection

    def _read(self, wanted: Select[Any]) -> Sequence[Any]:
        with translated_errors(self._address), self._engine.begin() as connection:
            return connection.execute(wanted).all()

    def _records(
        self,
        kind: type[_Record],
        table: Table,
        since: date | None,
        until: date | None,
        centre: str | None = None,
    ) -> tuple[_Record, ...]:
        names = [field.name for field in fields(kind)]
        wanted = select(*(table.c[name] for name in names)).order_by(*table.primary_key.columns)
        if since is not None:
            wanted = wanted.where(table.c.day >= since)
        if until is not None:
            wanted = wanted.where(table.c.day <= until)
        if centre is not None:
            wanted = wanted.where(table.c.centre == centre)
        return tuple(kind(*row) for row in self._read(wanted))

    def _vacuum(self) -> None:
        """Free the space of removed rows, and leave no copy of them in any file."""
        path = self._address.path
        options = {"isolation_level": "AUTOCOMMIT"} if path is None else {}
        with self._driver(**options) as raw:
            if path is not None:
                raw.execute("VACUUM")
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                return
            # A plain VACUUM leaves removed rows in the heap. ANALYZE updates the statistics.
            raw.execute(f"SET lock_timeout = '{PATIENCE_S}s'")
            raw.execute(f"VACUUM (FULL, ANALYZE) {TABLES}")


def _missing(address: Address) -> InputError:
    return InputError.one(
        address.shown, "is no store yet; the first `dispatch nightly` makes it, or correct its name"
    )


def _parts(names: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(names), AT_ONCE):
        yield names[first : first + AT_ONCE]
