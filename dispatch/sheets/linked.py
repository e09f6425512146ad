"""The day's pages lead to the sheets: index and maps, which were written before them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from dispatch.files.textfile import read_text
from dispatch.folder.replacing import replace_files
from dispatch.views.pages import map_file_name
from dispatch.views.sheet_links import with_sheets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dispatch.sheets.write import Made

INDEX = "index.html"
MAX_MB = 20
# What people open at a desk, and how the link is called; the rest is for phones.
CALLED = {".pdf": "PDF", ".xlsx": "Excel"}


def link_sheets(folder: Path, made: Made, centres: Iterable[str]) -> tuple[str, ...]:
    """
    Put links to sheets into a day's pages, and return the names of the pages that changed.

    Parameters
    ----------
    folder
        The output directory. Sheets outside it get no link, as a page moves with its directory.
    made
        What was written, and where.
    centres
        Ids of the centres whose sheets are new.

    Raises
    ------
    InputError
        When a page cannot be read or written.
    """
    try:
        where = made.folder.resolve().relative_to(folder.resolve())
    except ValueError:
        return ()
    links = {}
    for centre in centres:
        names = [name for name in made.manifest.centres[centre].files if "/" not in name]
        links[map_file_name(centre)] = {
            CALLED[Path(name).suffix]: str(PurePosixPath(*where.parts, name))
            for name in names
            if Path(name).suffix in CALLED
        }
    changed = {}
    for name in (INDEX, *links):
        path = folder / name
        if path.exists():
            page = read_text(path, max_mb=MAX_MB)
            linked = with_sheets(page, links)
            if linked != page:
                changed[name] = linked
    if changed:
        replace_files(folder, changed)
    return tuple(changed)
