"""A cache of geocoded addresses: a small database in the user's cache folder.

It holds the geocoder's answers under a digest of the question, so that no address of a ticket can
be read from it. A damaged or protected cache only costs time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

FILE = "addresses.sqlite"
# A new layout of the table gets a new name.
_TABLE = "answers_1"
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
        keys = {_key(question): question for question in questions}
        found: dict[Any, Any] = {}
        with contextlib.suppress(sqlite3.Error, OSError), self._open(make=False) as store:
            for key, question in keys.items():
                row = store.execute(
                    f"SELECT answer FROM {_TABLE} WHERE key = ? AND day >= ?",
                    (key, since.isoformat()),
                ).fetchone()
                if row is not None:
                    with contextlib.suppress(ValueError, TypeError):
                        found[question] = json.loads(row[0])
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
        rows = [
            (_key(question), day.isoformat(), json.dumps(answer, ensure_ascii=False))
            for question, answer in answers.items()
        ]
        try:
            self._write(rows)
        except sqlite3.DatabaseError:
            # No database, or a damaged one: begin a new one.
            with contextlib.suppress(sqlite3.Error, OSError):
                self._path.unlink(missing_ok=True)
                self._write(rows)
        except OSError:
            pass

    def forget_before(self, day: date) -> None:
        """Drop the answers from before a day."""
        with contextlib.suppress(sqlite3.Error, OSError), self._open(make=False) as store:
            store.execute(f"DELETE FROM {_TABLE} WHERE day < ?", (day.isoformat(),))

    def _write(self, rows: list[tuple[str, str, str]]) -> None:
        with self._open(make=True) as store:
            store.executemany(f"INSERT OR REPLACE INTO {_TABLE} VALUES (?, ?, ?)", rows)
            store.execute(
                f"DELETE FROM {_TABLE} WHERE key IN (SELECT key FROM {_TABLE}"
                " ORDER BY day DESC, key LIMIT -1 OFFSET ?)",
                (self._entries,),
            )

    @contextlib.contextmanager
    def _open(self, *, make: bool) -> Iterator[sqlite3.Connection]:
        if make:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        elif not self._path.exists():
            msg = "there is no cache yet"
            raise OSError(msg)
        store = sqlite3.connect(self._path, timeout=_BUSY_S)
        try:
            if make:
                store.execute(
                    f"CREATE TABLE IF NOT EXISTS {_TABLE}"
                    " (key TEXT PRIMARY KEY, day TEXT NOT NULL, answer TEXT NOT NULL)"
                )
            with store:
                yield store
        finally:
            store.close()


def _key(question: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps(question, ensure_ascii=False).encode()).hexdigest()


def oldest(day: date, days: int) -> date:
    """Return the day before which an answer is too old."""
    return day - timedelta(days=min(days, (day - date.min).days))
