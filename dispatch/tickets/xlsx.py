"""Spreadsheets (XLSX) as lines of cells; the archive is checked before anything in it is opened."""

from __future__ import annotations

import warnings
import zipfile
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, NoReturn

from dispatch.errors import InputError
from dispatch.files.headings import SEARCHED, heading_line
from dispatch.files.textfile import MEGABYTE, read_beginning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dispatch.files.limits import Limits
    from dispatch.service.ticket_settings import TicketLimits

ZIP = b"PK\x03\x04"
# The older format of spreadsheets, and of spreadsheets with a password.
OLE = b"\xd0\xcf\x11\xe0"
# Spreadsheets have a dozen parts and one for each sheet.
MAX_PARTS = 2_000
MACROS = "vbaproject"
# A table stands on one of the first sheets, after a summary and a legend.
MAX_SHEETS = 30
# Integers that a double holds exactly; beyond, an id would be another one.
EXACT = 2**53


def looks_like_xlsx(path: Path) -> bool:
    """
    Return whether a file is an archive, as XLSX files are.

    Raises
    ------
    InputError
        When it cannot be read, or is a spreadsheet of the older format.
    """
    head = read_beginning(path, len(ZIP))
    if head == OLE:
        _refuse(path, "is a spreadsheet of the older format or with a password; save it as .xlsx")
    return head == ZIP


class Sheet(NamedTuple):
    """One sheet of a spreadsheet: its number from 1, title, and lines that are not blank."""

    number: int
    title: str
    lines: list[tuple[int, list[str]]]


def read_sheet(
    path: Path,
    limits: Limits,
    ticket_limits: TicketLimits,
    known: Callable[[str], bool] = lambda _: False,
) -> Sheet:
    """
    Return the lines of the sheet that holds the table.

    Parameters
    ----------
    path
        The file (.xlsx). Formulas are not computed: the values stored with them are taken.
    limits, ticket_limits
        Bounds of size, packed and unpacked, of rows and of columns.
    known
        Whether a heading is known. The sheet with the most known headings is read; of several,
        and where no heading is known, the first.

    Returns
    -------
    sheet
        Texts of the cells: dates as 2026-11-25 or 2026-11-25 08:30:00, numbers with a decimal
        point. At most some lines and one column more than there may be.

    Raises
    ------
    InputError
        When it is not a spreadsheet, too large, holds macros, or cannot be read.
    """
    _judge(path, limits, ticket_limits)
    # openpyxl opens XML through defusedxml where that is installed, as it is here: entities,
    # with which a small text grows without end or names other files, are refused.
    try:
        with warnings.catch_warnings():
            # It warns of unknown styles, extensions and dates; the cells are checked anyway.
            warnings.simplefilter("ignore")
            # The file is opened and closed here, as openpyxl may fail at any place.
            with path.open("rb") as file:
                return _sheet(
                    file, path, (limits.rows + SEARCHED + 1, ticket_limits.columns + 1), known
                )
    except InputError:
        raise
    except Exception as exc:
        # On a damaged archive zipfile, zlib, the XML parser and openpyxl raise errors of many
        # classes (KeyError, IndexError, ValueError, ...); all mean the same.
        name = type(exc).__name__
        message = f"cannot be read as a spreadsheet ({name}); open it and save it again as .xlsx"
        raise InputError.one(path.name, message) from exc


def _refuse(path: Path, message: str) -> NoReturn:
    raise InputError.one(path.name, message)


def _judge(path: Path, limits: Limits, ticket_limits: TicketLimits) -> None:
    """Refuse an archive that is too large or no spreadsheet, by its table of contents."""
    try:
        size = path.stat().st_size
        if size > limits.file_mb * MEGABYTE:
            _refuse(path, f"is larger than {limits.file_mb:g} MB; split it into smaller files")
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except InputError:
        raise
    except Exception as exc:  # BadZipFile, and whatever a damaged table of contents leads to
        message = "is not a spreadsheet (.xlsx), or is damaged; save it again, or as CSV"
        raise InputError.one(path.name, message) from exc
    if len(parts) > MAX_PARTS:
        _refuse(path, f"has more than {MAX_PARTS} parts, as no spreadsheet has; save it as CSV")
    # zipfile never unpacks more of a part than it announces here.
    if sum(part.file_size for part in parts) > ticket_limits.unpacked_mb * MEGABYTE:
        bound = f"{ticket_limits.unpacked_mb:g} MB"
        _refuse(path, f"is larger than {bound} when unpacked; split it, or save it as CSV")
    if any(part.flag_bits & 1 for part in parts):
        _refuse(path, "has a password; save it without")
    names = [part.filename.casefold() for part in parts]
    if any(MACROS in name for name in names):
        _refuse(path, "holds macros; save it as .xlsx without them, or as CSV")
    if "[content_types].xml" not in names:
        _refuse(path, "is an archive but not a spreadsheet; save it as .xlsx or CSV")


def _sheet(
    file: BinaryIO, path: Path, most: tuple[int, int], known: Callable[[str], bool]
) -> Sheet:
    import openpyxl

    rows, columns = most
    book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    try:
        if not book.worksheets:
            _refuse(path, "has no sheet with cells; save the one with the tickets as .xlsx")
        sheets = book.worksheets[:MAX_SHEETS]
        chosen, most_known = 0, 0
        for index, sheet in enumerate(sheets if len(sheets) > 1 else ()):
            head = [cells for _, cells in _lines(sheet, SEARCHED, columns)]
            if (found := heading_line(head, known)[1]) > most_known:
                chosen, most_known = index, found
        sheet = sheets[chosen]
        return Sheet(chosen + 1, str(sheet.title), list(_lines(sheet, rows, columns)))
    finally:
        book.close()


def _lines(sheet: Any, rows: int, columns: int) -> Iterator[tuple[int, list[str]]]:  # noqa: ANN401
    """Yield the lines of a sheet of openpyxl's that are not blank."""
    # Some programs write a wrong size of the sheet; the cells themselves are counted.
    sheet.reset_dimensions()
    found = sheet.iter_rows(min_row=1, max_row=rows, min_col=1, max_col=columns)
    for number, row in enumerate(found, 1):
        cells = [_text(cell.value) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield number, cells


def _text(value: object) -> str:
    """Return a cell's value as the text of a CSV cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        return str(int(value))
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()
