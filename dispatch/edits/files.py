"""Edits in the output directory: the next plan of the same day applies them again.

`inputs/edits.toml` holds the edits; locks list their visits there. `inputs/unedited/<centre>.json`
holds the problem without edits of each centre that they changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.edits.model import Lock, edits_text
from dispatch.edits.reading import read_edits
from dispatch.errors import InputError
from dispatch.folder.write import PLAN_FILE, read_day
from dispatch.model.problem import DayProblem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from dispatch.edits.day import EditedDay
    from dispatch.edits.model import Edits
    from dispatch.files.limits import Limits

EDITS_FILE = "inputs/edits.toml"
UNEDITED = "inputs/unedited"


def unedited_file(centre: str) -> str:
    """Return the name of the file with a centre's problem without edits."""
    return f"{UNEDITED}/{centre}.json"


def kept_edits(folder: Path, limits: Limits, day: date) -> Edits | None:
    """
    Return the edits that an output directory holds for a day; None: it holds none for that day.

    Parameters
    ----------
    folder
        Output directory.
    limits
        Bounds of files.
    day
        The planned day.

    Raises
    ------
    InputError
        When the file is there and cannot be read as edits; the message names `--no-edits`.
    """
    path = folder / EDITS_FILE
    if not path.exists():
        return None
    try:
        edits = read_edits(path, limits)
    except InputError as error:
        remedy = "correct these edits, or forget them with --no-edits"
        raise InputError([*error.faults, *InputError.one(EDITS_FILE, remedy).faults]) from error
    return edits if edits.day in (None, day) else None


def rounds_before(folder: Path, day: date) -> dict[str, tuple[str, ...]]:
    """Return the visits of each round in the plan of a day that a folder holds, by technician."""
    if not (folder / PLAN_FILE).exists():
        return {}
    try:
        written, _ = read_day(folder)
    except InputError:  # written by an earlier version or by another program
        return {}
    if written.date != day:
        return {}
    return {
        round_.technician: tuple(stop.visit for stop in round_.stops)
        for plan in written.plans.values()
        for round_ in plan.rounds
    }


def files_of(edits: Edits, edited: EditedDay, day: date) -> dict[str, str]:
    """
    Return the files in which an output directory holds edits, by name.

    Parameters
    ----------
    edits
        As read; those that are impossible or gone today are written as well.
    edited
        What became of them, and the problems with them and without.
    day
        The planned day.
    """
    before, problems = edited.before, edited.problems
    entries = [
        status.edit if isinstance(status.edit, Lock) else entry
        for status, entry in zip(edited.statuses, edits.entries, strict=True)
    ]
    changed = [name for name in before if before[name].sha256 != problems[name].sha256]
    return {
        EDITS_FILE: edits_text(entries, day),
        **{unedited_file(name): before[name].to_json() for name in changed},
    }


def problems_before(folder: Path, problems: Mapping[str, DayProblem]) -> dict[str, DayProblem]:
    """
    Return the problems of an output directory without edits.

    Parameters
    ----------
    folder
        Output directory of `dispatch plan`.
    problems
        Its problems, by centre.

    Raises
    ------
    InputError
        When a file is there and is not a problem.
    """
    found = {}
    for name, problem in problems.items():
        path = folder / unedited_file(name)
        found[name] = DayProblem.read(path) if path.exists() else problem
    return found
