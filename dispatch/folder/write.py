"""The output directory: its files are written together, and `dispatch check` reads its plans back.

All files are new or all are old, also where one of them cannot be replaced or the run is killed
(`dispatch.folder.replacing`). `plan.json` comes last.
"""

from __future__ import annotations

import json
import os
import tempfile
from datetime import date  # noqa: TC003 - pydantic resolves the annotation at run time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from dispatch.checker.rules import Violation
from dispatch.errors import InputError
from dispatch.fieldwork import StrictModel
from dispatch.files.positions import faults_of
from dispatch.files.textfile import parse_json, read_text
from dispatch.folder.replacing import put_back_killed, replace_files, unwritable, write_through
from dispatch.model.chances import CentreChances  # noqa: TC001 - likewise
from dispatch.model.plan import Plan  # noqa: TC001 - likewise
from dispatch.model.problem import MAX_MB, DayProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dispatch.streets.network import Network

DAY_FORMAT = "dispatch-day/1"
PLAN_FILE = "plan.json"
PROBLEMS = "problems"
# Files that an earlier plan of the day may have left; no other file in the folder is removed.
OURS = (
    "map-*.html", f"{PROBLEMS}/*.json", "inputs/edits.toml", "inputs/unedited/*.json",
    "set-aside.csv",
)  # fmt: skip


class NetworkUsed(StrictModel):
    """The roads of the travel times."""

    name: str
    named: str = "bundled"
    """How they were named: "bundled", a name in the user's data folder, or a path."""
    approximate: bool
    sha256: str
    attribution: str
    source: str = ""
    """Where the streets come from, as the network's file says; empty: not said."""
    data_date: str = ""
    """Of which date they are, likewise."""

    @classmethod
    def of(cls, network: Network, named: str = "bundled") -> NetworkUsed:
        """Return what is kept of a network, and how it was named."""
        return cls(
            name=network.name,
            named=named,
            approximate=network.approximate,
            sha256=network.sha256,
            attribution=network.attribution,
            source=network.source,
            data_date=network.data_date,
        )


class DayFile(StrictModel):
    """A day of all centres: `plan.json`."""

    model_config = ConfigDict(title="dispatch day")

    format: Literal["dispatch-day/1"] = "dispatch-day/1"
    date: date
    network: NetworkUsed
    seed: int
    effort: str
    sample: bool
    """Whether the visits are the bundled sample rather than real ones."""
    traffic: bool = False
    """Whether travel times follow the time of day, by the usual traffic of the weekday."""
    summary: dict[str, dict[str, int | float | str | bool | None]]
    """Key figures of each centre, by id."""
    plans: Annotated[dict[str, Plan], Field()]
    """Plan of each centre, by id; its problem is `problems/<id>.json`."""
    failures: dict[str, str]
    """Centres that could not be planned, and why."""
    chances: dict[str, CentreChances] = Field(default_factory=dict)
    """How sure the hours of each centre's plan are, by id; left out: not told."""

    def to_json(self) -> str:
        """Return the day as JSON text."""
        plain = self.model_dump(mode="json", by_alias=True)
        if not self.chances:
            del plain["chances"]
        return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"


def day_schema() -> dict[str, Any]:
    """Return the JSON Schema of the day format."""
    return DayFile.model_json_schema(by_alias=True)


def problem_file(centre: str) -> str:
    """Return the name of a centre's problem file in the folder."""
    return f"{PROBLEMS}/{centre}.json"


def write_folder(folder: Path, files: Mapping[str, str], day: DayFile) -> None:
    """
    Write a day's files, and `plan.json` last.

    Parameters
    ----------
    folder
        Made where it is missing.
    files
        Text of each file, by name relative to the folder.
    day
        The content of `plan.json`.

    Raises
    ------
    InputError
        When the folder cannot be written to; its files are then as they were.
    """
    contents = {**files, PLAN_FILE: day.to_json()}
    put_back_killed(folder)
    replace_files(folder, contents, _stale(folder, contents))


def write_file(path: Path, text: str) -> None:
    """
    Write one file: first a temporary one beside it, then move that to its place.

    Raises
    ------
    InputError
        When it cannot be written; an earlier file is then as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
        beside = Path(name)
        try:
            write_through(beside, text)
            beside.chmod(0o666 & ~_umask())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error


def refuse_unwritable(path: Path, *, folder: bool) -> None:
    """
    Refuse a place where a result cannot be written, before a long search rather than after it.

    Parameters
    ----------
    path
        The place; it need not exist.
    folder
        Whether a folder will be written there rather than a file.

    Raises
    ------
    InputError
        When there is a file in place of a folder or the other way round, or when the folder around
        it is not a folder or is protected.
    """
    if path.exists() and path.is_dir() != folder:
        raise InputError.one(
            str(path),
            f"is a {'file' if folder else 'folder'}; name a {'folder' if folder else 'file'}",
        )
    around = path if folder else path.parent
    while not around.exists() and around != around.parent:
        around = around.parent
    if not around.is_dir():
        raise InputError.one(str(around), "is not a folder; choose another place")
    if not os.access(around, os.W_OK | os.X_OK):
        raise InputError.one(str(around), "is protected; choose another place or free this one")


def misstated_summaries(day: DayFile) -> dict[str, list[Violation]]:
    """Return, for each centre of a day, the figures of its summary that its plan does not have."""
    found: dict[str, list[Violation]] = {centre: [] for centre in {**day.plans, **day.summary}}
    for centre, violations in found.items():
        stated = day.summary.get(centre, {})
        plan = day.plans.get(centre)
        figures = {} if plan is None else plan.summary()
        for name in {**figures, **stated}:
            if name not in stated or name not in figures or stated[name] != figures[name]:
                message = f"{name} is {figures.get(name)!r}, the summary has {stated.get(name)!r}"
                violations.append(Violation("stated_summary", message=message))
    return found


def read_plans(folder: Path) -> DayFile:
    """
    Return the content of `plan.json` in an output directory.

    Raises
    ------
    InputError
        When the folder is not one that `dispatch plan` wrote.
    """
    put_back_killed(folder)
    path = folder / PLAN_FILE
    text = read_text(path, max_mb=MAX_MB)
    parse_json(text, PLAN_FILE)
    try:
        day = DayFile.model_validate_json(text, by_alias=True, by_name=False)
    except ValidationError as error:
        raise InputError(faults_of(error, PLAN_FILE, text, "json")) from error
    # An id that is a path would make us read a file elsewhere.
    strange = [centre for centre in day.plans if Path(centre).name != centre]
    if strange:
        raise InputError.one(PLAN_FILE, "not a centre's id", where="plans", value=strange[0])
    return day


def read_day(folder: Path) -> tuple[DayFile, dict[str, DayProblem]]:
    """
    Return a written day, and the problem of each centre planned.

    Raises
    ------
    InputError
        When the folder is not one that `dispatch plan` wrote.
    """
    day = read_plans(folder)
    return day, {centre: DayProblem.read(folder / problem_file(centre)) for centre in day.plans}


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _stale(folder: Path, written: Iterable[str]) -> list[str]:
    """Return the names of files that an earlier plan left, beside those that are written."""
    current = {folder / name for name in written}
    return [
        path.relative_to(folder).as_posix()
        for pattern in OURS
        for path in sorted(folder.glob(pattern))
        if path not in current and path.parent.resolve().is_relative_to(folder.resolve())
    ]
