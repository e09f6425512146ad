"""Errors of a database, turned into errors that name the store and the remedy."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dispatch.errors import InputError
from dispatch.store.server_url import STARS, secrets_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dispatch.store.address import Address

SHOWN_CHARS = 200
# SQLite's names of errors, by their beginning: what is wrong, and what to do.
SQLITE = {
    "SQLITE_READONLY": "is protected; give the right to write to the file and its folder",
    "SQLITE_FULL": "cannot grow, the disk is full; make room and run again, nothing was changed",
    "SQLITE_IOERR": "cannot be read or written, the disk fails or is full; mend it and run again",
    "SQLITE_NOTADB": "is not a dispatch store; name another file, or move this one away",
    "SQLITE_CORRUPT": "is damaged; put back a copy of it (docs/store.md)",
    "SQLITE_BUSY": "was in use by another program for too long; let it end, and run again",
    "SQLITE_LOCKED": "was in use by another program for too long; let it end, and run again",
    "SQLITE_CANTOPEN": "cannot be opened; see that its folder exists and may be written to",
    "SQLITE_PERM": "is protected; give the right to write to the file and its folder",
}
# PostgreSQL's codes of errors, by their beginning.
POSTGRES = {
    "55P03": "was in use by another program for too long; let it end, and run again",
    "40": "was changed by another program meanwhile; run again",
    "53100": "cannot grow, the server's disk is full; make room and run again, nothing was changed",
    "53": "has a server that is out of resources; correct that and run again",
    "25006": "can only be read there; name the main server",
    "42501": "may not be used by this user; grant the right to the database and its schema",
    "28": "refuses this user or password; correct them (PGPASSWORD or ~/.pgpass hold the password)",
    "3D000": "does not exist; have it created (docs/store.md)",
    "57014": "did not answer in time; see what keeps its server busy, and run again",
    "25P03": "did not answer in time; see what keeps its server busy, and run again",
    "57": "has a server that is being shut down; run again once it is back",
    "08": "has a server that went away; run again once it is back",
}
# What PostgreSQL and its library say of a wrong or missing password, in English and French.
REFUSED = re.compile(
    r"password authentication failed|no password supplied|pg_hba\.conf|mot de passe"
    r"|role \S+ does not exist|le rôle .* n'existe pas",
    re.IGNORECASE,
)


@contextmanager
def translated_errors(address: Address) -> Iterator[None]:
    """Turn a database's error into an `InputError` that names the store and the remedy."""
    try:
        yield
    except DBAPIError as error:
        raise InputError.one(address.shown, _message(address, error)) from error
    except UnicodeError as error:  # names within a damaged file, which sqlite3 only decodes
        raise InputError.one(address.shown, SQLITE["SQLITE_CORRUPT"]) from error
    except SQLAlchemyError as error:
        message = f"cannot be used ({type(error).__name__}); report this"
        raise InputError.one(address.shown, message) from error


def _message(address: Address, error: DBAPIError) -> str:
    cause = error.orig
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or ""
    for known in (SQLITE, POSTGRES):
        for start, message in known.items():
            if str(code).startswith(start):
                return message
    said = _first_line(address, cause)
    if address.path is None and not code:
        # A server that refuses to connect sends its code to nobody: only the text tells.
        if REFUSED.search(str(cause)):
            return POSTGRES["28"]
        return f"cannot be reached ({said}); see that the server runs and the address is right"
    return f"cannot be used ({said}); correct that and run again"


def _first_line(address: Address, cause: BaseException | None) -> str:
    """Return the driver's message, bounded and without the password."""
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    said = lines[0] if lines else type(cause).__name__
    for secret in secrets_of(address.url):
        said = said.replace(secret, STARS)
    return re.sub(r"\s+", " ", said)[:SHOWN_CHARS]
