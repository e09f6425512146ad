"""A planned day as files: problems, inputs, edits, pages and tables; `plan.json` comes last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.edits.files import files_of
from dispatch.folder.read import inputs_of
from dispatch.folder.write import problem_file, write_folder
from dispatch.planday.pages import pages_of_day
from dispatch.planday.rejected import FILE, rejected_csv

if TYPE_CHECKING:
    from pathlib import Path

    from dispatch.planday.day import Day
    from dispatch.supervision.crew import Bounds


def write_day(
    day: Day,
    folder: Path,
    *,
    lang: str = "fr",
    tiles: str | None = None,
    workers: int | None = None,
    bounds: Bounds | None = None,
) -> None:
    """
    Write a planned day: the files of `files_of_day`, and `plan.json` last.

    Parameters
    ----------
    day
        The planned day.
    folder
        Output directory; made where it is missing.
    lang, tiles, workers, bounds
        As in `files_of_day`.

    Raises
    ------
    InputError
        When the folder cannot be written to; its files are then as they were.
    """
    files = files_of_day(day, lang=lang, tiles=tiles, workers=workers, bounds=bounds)
    write_folder(folder, files, day.as_file())


def files_of_day(
    day: Day,
    *,
    lang: str = "fr",
    tiles: str | None = None,
    workers: int | None = None,
    bounds: Bounds | None = None,
) -> dict[str, str]:
    """
    Return the text of every file of a planned day but `plan.json`, by name.

    Parameters
    ----------
    day
        The planned day.
    lang, tiles
        Language of the pages; URL of online tiles, or None. The tables are in French.
    workers, bounds
        Processes that explain unassigned visits, and what each may take: see `explain_centres`.
    """
    inputs, edited = day.inputs, day.edited
    files = {problem_file(name): shown.problem.to_json() for name, shown in day.centres.items()}
    tickets = {name: edited.works[name].tickets for name in day.centres}
    files |= inputs_of(inputs.service_text, inputs.date, tickets)
    if inputs.reading is not None and (aside := inputs.reading.set_aside):
        files[FILE] = rejected_csv(inputs.date, aside)
    if day.edits is not None:
        files |= files_of(day.edits, edited, inputs.date)
    return files | pages_of_day(
        day.as_file(),
        list(day.centres.values()),
        inputs.service,
        inputs.territory,
        inputs.roads.network,
        lang=lang,
        tiles=tiles,
        dropped=edited.dropped,
        later=day.later,
        workers=workers,
        bounds=bounds,
    )
