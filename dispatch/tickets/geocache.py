"""A cache of geocoded addresses: a small database in the user's cache folder, for its owner only.

No address can be read from it, neither asked nor answered, and no position. An answer is encrypted
with a key that is made from the question, the day and random bytes in the file (HMAC-SHA256). Who
has the file can only try addresses one by one, and see which were asked. What is dropped is
overwritten. A damaged or protected cache only costs time.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import secrets
import sqlite3
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

FILE = "addresses.sqlite"
# A new layout of the table gets a new name; the first had its answers in clear.
_TABLE, _SALT = "answers_2", "salt_2"
_EARLIER = "answers_1"
_SALT_BYTES = 32
_BUSY_S = 5.0


class AnswerCache:
    """
    Answers by question.

    Parameters
    ----------
    folder
        The folder of the file; made if it is missing.
    entries
        The most answers it holds; the oldest are removed first.
    """

    def __init__(self, folder: Path, entries: int) -> None:
        self._path = folder / FILE
        self._entries = entries

    def recall(self, questions: Iterable[tuple[str, ...]], since: date) -> dict[Any, Any]:
        """
        Return the answers that are known, by question.

        Parameters
        ----------
        questions
            Each a few texts.
        since
            Older answers are not given.
        """
        found: dict[Any, Any] = {}
        with contextlib.suppress(sqlite3.Error, OSError), self._open(make=False) as store:
            salt = _salt(store)
            for question in questions:
                key = _QuestionKey(salt, question)
                row = store.execute(
                    f"SELECT answer, day FROM {_TABLE} WHERE key = ? AND day >= ?",
                    (key.name, since.isoformat()),
                ).fetchone()
                if row is not None:
                    with contextlib.suppress(ValueError, TypeError):
                        found[question] = json.loads(key.sealed(row[0], row[1]))
        return found

    def keep(self, answers: Mapping[tuple[str, ...], object], day: date) -> None:
        """
        Keep answers.

        Parameters
        ----------
        answers
            Plain values (JSON), by question.
        day
            The day from which their age is counted.
        """
        try:
            self._write(answers, day)
        except sqlite3.DatabaseError:
            # No database, or a damaged one: begin a new one.
            with contextlib.suppress(sqlite3.Error, OSError):
                self._path.unlink(missing_ok=True)
                self._write(answers, day)
        except OSError:
            pass

    def forget_before(self, day: date) -> None:
        """Drop the answers from before a day, and all of an earlier version, for good."""
        if not self._path.exists():
            return
        with contextlib.suppress(sqlite3.Error, OSError):
            with self._open(make=True) as store:
                query = f"DELETE FROM {_TABLE} WHERE day < ?"
                gone = store.execute(query, (day.isoformat(),)).rowcount
            if gone:
                self._vacuum()

    def _write(self, answers: Mapping[tuple[str, ...], object], day: date) -> None:
        with self._open(make=True) as store:
            salt = _salt(store)
            rows = []
            for question, answer in answers.items():
                key = _QuestionKey(salt, question)
                text = json.dumps(answer, ensure_ascii=False).encode()
                rows.append((key.name, day.isoformat(), key.sealed(text, day.isoformat())))
            store.executemany(f"INSERT OR REPLACE INTO {_TABLE} VALUES (?, ?, ?)", rows)
            store.execute(
                f"DELETE FROM {_TABLE} WHERE key IN (SELECT key FROM {_TABLE}"
                " ORDER BY day DESC, key LIMIT -1 OFFSET ?)",
                (self._entries,),
            )

    def _vacuum(self) -> None:
        store = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)
        with contextlib.closing(store):
            store.execute("VACUUM")

    @contextlib.contextmanager
    def _open(self, *, make: bool) -> Iterator[sqlite3.Connection]:
        if make:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
        elif not self._path.exists():
            msg = "there is no cache yet"
            raise OSError(msg)
        # One of an earlier version may be readable for others.
        with contextlib.suppress(OSError):
            self._path.chmod(0o600)
        store = sqlite3.connect(self._path, timeout=_BUSY_S)
        try:
            store.execute("PRAGMA secure_delete = ON")
            if make:
                self._make(store)
            with store:
                yield store
        finally:
            store.close()

    def _make(self, store: sqlite3.Connection) -> None:
        """Make the tables where they are missing, and remove those of an earlier version."""
        earlier = "SELECT 1 FROM sqlite_master WHERE name = ?"
        if store.execute(earlier, (_EARLIER,)).fetchone():
            store.execute(f"DROP TABLE {_EARLIER}")
            store.commit()
            store.execute("VACUUM")
        store.execute(
            f"CREATE TABLE IF NOT EXISTS {_TABLE}"
            " (key TEXT PRIMARY KEY, day TEXT NOT NULL, answer BLOB NOT NULL)"
        )
        store.execute(
            f"CREATE TABLE IF NOT EXISTS {_SALT} (one INTEGER PRIMARY KEY, salt BLOB NOT NULL)"
        )
        store.execute(
            f"INSERT OR IGNORE INTO {_SALT} VALUES (1, ?)", (secrets.token_bytes(_SALT_BYTES),)
        )


class _QuestionKey:
    """What a question is kept under, and what hides its answer: neither tells the other."""

    def __init__(self, salt: bytes, question: tuple[str, ...]) -> None:
        text = json.dumps(question, ensure_ascii=False).encode()
        self._secret = hmac.digest(salt, text, "sha256")
        self.name = self._part(b"name", 0).hex()

    def sealed(self, text: bytes, day: str) -> bytes:
        """Return the answer of a day encrypted, or an encrypted one as it was."""
        blocks = range(-(-len(text) // hashlib.sha256().digest_size))
        pad = b"".join(self._part(f"text of {day}".encode(), number) for number in blocks)
        return bytes(one ^ other for one, other in zip(text, pad, strict=False))

    def _part(self, of: bytes, number: int) -> bytes:
        return hmac.digest(self._secret, of + number.to_bytes(4, "big"), "sha256")


def _salt(store: sqlite3.Connection) -> bytes:
    """Return the file's own random bytes."""
    row = store.execute(f"SELECT salt FROM {_SALT}").fetchone()
    if row is None:
        msg = "the cache has lost its salt"
        raise sqlite3.DatabaseError(msg)
    return bytes(row[0])


def oldest(day: date, days: int) -> date:
    """Return the day before which an answer is too old."""
    return day - timedelta(days=min(days, (day - date.min).days))
