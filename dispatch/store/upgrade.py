"""Upgrades a store to the schema of this version, step by step, in one transaction."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from dispatch.errors import InputError
from dispatch.store.schema import VERSION_TABLE

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from dispatch.store.address import Address

STEPS = Path(__file__).parent / "migrations"
# A copy beside an SQLite file has the file's name, this, and its revision.
BACKUP = ".before-"
NEWEST = "head"


def revisions() -> list[str]:
    """Return the revisions that this version knows, oldest first."""
    script = ScriptDirectory.from_config(_config())
    return [step.revision for step in script.walk_revisions()][::-1]


def revision_of(connection: Connection, address: Address) -> str | None:
    """
    Return the revision that a store has; None: it is empty.

    Raises
    ------
    InputError
        When it is of a newer version, or no store of ours.
    """
    # Tables are listed before the revision is read: another program may make both in between.
    others = inspect(connection).get_table_names()
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    found = context.get_current_revision()
    if found is None:
        if [name for name in others if name != VERSION_TABLE]:
            message = "is a database of something else; name an empty one, or another file"
            raise InputError.one(address.shown, message, value=sorted(others)[0])
    elif found not in revisions():
        message = (
            "was made by a newer version of dispatch; install that version, or put back the copy "
            "from before its upgrade"
        )
        raise InputError.one(address.shown, message, where="revision", value=found)
    return found


def upgrade(connection: Connection, address: Address, found: str | None, to: str = NEWEST) -> None:
    """
    Bring a store to a revision, within the connection's transaction.

    Parameters
    ----------
    connection
        In a transaction that keeps other writers out.
    address
        The store's.
    found
        The revision that it has; None: it is empty.
    to
        The revision wanted; other than the newest for tests.

    Notes
    -----
    An SQLite file is copied first, to a file beside it that stays there.
    """
    if found is not None and address.path is not None:
        _copy(address.path, found)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def backups(path: Path) -> list[Path]:
    """Return the copies that upgrades made beside a file."""
    return sorted(path.parent.glob(f"{_literal(path.name)}{BACKUP}*"))


def _copy(path: Path, revision: str) -> None:
    target = path.with_name(f"{path.name}{BACKUP}{revision}")
    beside = target.with_name(f"{target.name}.partial")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(beside)) as copy:
        source.backup(copy)
    beside.replace(target)


def _literal(name: str) -> str:
    """Return a name as a pattern that matches nothing else."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def _config() -> Config:
    config = Config()
    # A percent sign would begin an interpolation.
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    return config
