"""The centre days already planned, stored in the folder, so that an interrupted run goes on.

`run.json` states what all figures rest on. Each `replays/<date>/<digest>.json` holds one centre
day; it is written to a temporary file, then renamed. A later run may ask for more days or more
splits: centre days in the folder are not planned again.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from dispatch.assess.replayed import Replayed
from dispatch.errors import Fault, InputError
from dispatch.folder.write import write_file

if TYPE_CHECKING:
    from pathlib import Path

    from dispatch.assess.scenarios import Context, Job

RUN_FORMAT = "dispatch-assess-run/1"
RUN_FILE = "run.json"
REPLAYS = "replays"
# So many characters of a digest that no two of millions are equal.
NAME_CHARACTERS = 32


class Ledger:
    """
    The centre days planned so far.

    Parameters
    ----------
    folder
        Where they are stored; None: in memory only.
    context
        What every figure rests on.
    fresh
        Whether to delete the centre days of an earlier run.

    Raises
    ------
    InputError
        When the folder holds a run with another context and `fresh` is False; each difference is
        named.
    """

    def __init__(self, folder: Path | None, context: Context, *, fresh: bool = False) -> None:
        self._folder = folder
        self._known: dict[str, Replayed] = {}
        if folder is None:
            return
        if fresh:
            shutil.rmtree(folder / REPLAYS, ignore_errors=True)
        else:
            self._refuse_another(folder, context)
        stated = {"run": RUN_FORMAT, **context.stated}
        write_file(folder / RUN_FILE, json.dumps(stated, indent=1) + "\n")

    @staticmethod
    def _refuse_another(folder: Path, context: Context) -> None:
        path = folder / RUN_FILE
        if not path.exists():
            return
        try:
            before = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            message = "cannot be read; choose another folder, or begin anew with --fresh"
            raise InputError.one(str(path), message) from error
        stated = {"run": RUN_FORMAT, **context.stated}
        before = before if isinstance(before, dict) else {}
        remedy = "choose another folder, or begin anew with --fresh"
        faults = [
            Fault(
                str(path),
                name,
                str(before.get(name)),
                f"this folder's rounds rest on another {name}, now {stated.get(name)}; {remedy}",
            )
            for name in sorted({*stated, *before})
            if before.get(name) != stated.get(name)
        ]
        if faults:
            raise InputError(faults)

    def find(self, job: Job) -> Replayed | None:
        """Return a job's centre day, or None when it must be planned."""
        if job.key in self._known:
            return self._known[job.key]
        if self._folder is None:
            return None
        try:
            text = self._path(job).read_text(encoding="utf-8")
            found = Replayed.model_validate_json(text)
        # ValidationError and UnicodeDecodeError are ValueErrors.
        except (OSError, ValueError):
            # Missing, or cut short by a full disk: the job is planned again.
            return None
        if (found.centre, found.date) != (job.centre, job.date):
            return None
        self._known[job.key] = found
        return found

    def keep(self, job: Job, replayed: Replayed) -> None:
        """Store a job's centre day, at once and whole."""
        self._known[job.key] = replayed
        if self._folder is not None:
            write_file(self._path(job), replayed.model_dump_json(indent=1) + "\n")

    def _path(self, job: Job) -> Path:
        if self._folder is None:
            msg = "a ledger in memory has no files"
            raise RuntimeError(msg)
        name = f"{job.key[:NAME_CHARACTERS]}.json"
        return self._folder / REPLAYS / job.date.isoformat() / name
