"""The address of a store: a file or a server, shown without its password."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from dispatch.errors import InputError
from dispatch.store.patience import StorePatience, bound_waits, connect_arguments
from dispatch.store.server_url import secrets_of, server_url, shown_server

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

# How long to wait for another writer (seconds): recording a night takes less than one second.
PATIENCE_S = 30
WRITES = "dispatch_writes"
# The name in messages of an address that cannot be shown: its option.
OPTION = "--store"
HOW = "give a file (dispatch.db) or postgresql://user@host/database"
SPELLING = "in a password write %40 for @, %2F for /, %26 for &, or leave it to PGPASSWORD"
KIND = re.compile(r"([a-z]+)(?:\+\w+)?://", re.ASCII)
# A server's address without `//`, `user:password@host`, or the words that libpq takes.
NO_FILE = re.compile(
    r"postgres(?:ql)?\b.*:|[^/\\:]{2,}:.*@|[^/\\:]:(?![/\\]).*@|.*\b(?:password|host|dbname)\s*=",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Address:
    """
    A store's address.

    Parameters
    ----------
    url
        As SQLAlchemy takes it; never shown.
    shown
        Without its password, for messages.
    path
        The file; None for a server.
    """

    url: URL
    shown: str
    path: Path | None

    def __repr__(self) -> str:
        return f"Address({self.shown!r})"


def address_of(text: str) -> Address:
    """
    Return the address that a text names.

    Parameters
    ----------
    text
        A file, `sqlite:///FILE`, or `postgresql://user@host/database`.

    Raises
    ------
    InputError
        When it is none of these; the text is not shown, as it may hold a password.
    """
    if "://" not in text:
        # A slip in the address of a server would be taken for a file, and shown with its password.
        if NO_FILE.match(text) and not Path(text).exists():
            raise InputError.one(OPTION, f"is not an address; {HOW}")
        return _file(text)
    kind = KIND.match(text)
    if kind is None:
        raise InputError.one(OPTION, f"is not an address; {HOW}")
    if kind[1] == "sqlite":
        try:
            url = make_url(text)
        except (ArgumentError, ValueError):
            raise InputError.one(OPTION, f"is not an address; {HOW}") from None
        if url.query or not url.database or url.database == ":memory:":
            raise InputError.one(OPTION, f"names no file; {HOW}")
        return _file(url.database)
    if kind[1] in ("postgresql", "postgres"):
        server = server_url(text)
        if server is None:
            raise InputError.one(OPTION, f"is not an address; {HOW}; {SPELLING}")
        server = server.set(drivername="postgresql+psycopg")
        return Address(server, shown_server(server), None)
    message = f"is a kind of database that is not supported; {HOW}"
    raise InputError.one(OPTION, message, value=kind[1])


def holds_password(text: str) -> bool:
    """Return whether an address holds a password, or a slip of one that might."""
    try:
        address = address_of(text)
    except InputError:
        return "@" in text and ":" in text.split("://")[-1]
    return address.path is None and bool(secrets_of(address.url))


def engine_of(address: Address, patience: StorePatience | None = None) -> Engine:
    """
    Return an engine that opens a connection for each use and keeps none open.

    Parameters
    ----------
    address
        Of the store.
    patience
        With a server; None: the usual one.

    Raises
    ------
    InputError
        When the driver of a server is not installed.
    """
    patience = patience or StorePatience()
    arguments: dict[str, Any] = {"timeout": PATIENCE_S}
    if address.path is None:
        arguments = {**connect_arguments(patience), "application_name": "dispatch"}
        # Parameters in the address take precedence over ours.
        arguments = {name: own for name, own in arguments.items() if name not in address.url.query}
    try:
        engine = create_engine(
            address.url, poolclass=NullPool, connect_args=arguments, hide_parameters=True
        )
    except ModuleNotFoundError as error:
        message = f"needs {error.name}; in the program's checkout: pip install '.[postgres]'"
        raise InputError.one(address.shown, message) from error
    if address.path is not None:
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    else:
        bound_waits(engine, patience)
    return engine


def _file(text: str) -> Address:
    path = Path(text)
    return Address(URL.create("sqlite", database=str(path)), str(path), path)


def _prepare(connection: Any, _: object) -> None:  # noqa: ANN401 - sqlite3's, which is not typed here
    """Turn the driver's own transactions off, and overwrite what is deleted."""
    connection.isolation_level = None
    for pragma in ("foreign_keys = ON", "secure_delete = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Lock at the begin of a write: a reader that becomes a writer could fail half-way."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
