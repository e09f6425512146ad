"""A centre's day as a workbook (XLSX): an overview, a sheet a technician, the visits left out.

No cell is a formula or a link, whatever a ticket says: text is written as text, in cells
that stay text when they are edited. Times and lengths are numbers, so that they can be
sorted and summed. The file holds no time of creation.
"""

from __future__ import annotations

import io
import math
import re
from datetime import datetime, time
from typing import TYPE_CHECKING

import xlsxwriter

from dispatch.sheets.texts import printable
from dispatch.sheets.workbook_rows import (
    LEFT,
    OVERVIEW,
    Heading,
    Value,
    overview_row,
    round_columns,
    round_rows,
    unassigned_rows,
)
from dispatch.views.escape import cut
from dispatch.wording.phrases import Speech

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from dispatch.sheets.content import Content

A4 = 9
# Excel's own bounds.
CELL_CHARS, NAME_CHARS = 32_767, 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


FORMATS: dict[str, dict[str, str | bool]] = {
    "text": {"num_format": "@", "quote_prefix": True, "text_wrap": True},
    "clock": {"num_format": "hh:mm", "align": "center"},
    "length": {"num_format": "[h]:mm", "align": "center"},
    "km": {"num_format": "0.0", "align": "center"},
    "count": {"num_format": "0", "align": "center"},
}
TOP_ROWS = 3
# Points; a cell of very long text shows its beginning, and all of it when it is entered.
LINE_PT, MOST_LINES = 15, 8


def centre_workbook(content: Content) -> bytes:
    """
    Return a centre's workbook.

    Parameters
    ----------
    content
        What the sheets say.
    """
    file = io.BytesIO()
    book = _Book(file, content)
    book.sheet(content.words.sheets.overview, OVERVIEW, map(overview_row, content.rounds))
    for itinerary in content.rounds:
        name = f"{itinerary.letter} {itinerary.technician.id}"
        book.sheet(name, round_columns(content), round_rows(content, itinerary))
    left = list(unassigned_rows(content))
    if left:
        book.sheet(content.words.pages.unplanned, LEFT, left)
    book.close()
    return file.getvalue()


def sheet_name(text: str, taken: set[str]) -> str:
    """
    Return a name that Excel takes for a sheet, and note it as taken.

    Parameters
    ----------
    text
        What it should be called.
    taken
        Names in use, case-folded; gains the one returned.
    """
    # "History" is Excel's own, and a name neither begins nor ends with an apostrophe.
    kept = _FORBIDDEN.sub("-", " ".join(printable(text).split())).strip("' ") or "-"
    kept = f"{kept}_" if kept.casefold() in ("history", "historique") else kept
    name, count = kept[:NAME_CHARS].rstrip("' "), 2
    while name.casefold() in taken:
        tail = f" ({count})"
        name, count = kept[: NAME_CHARS - len(tail)] + tail, count + 1
    taken.add(name.casefold())
    return name


class _Book:
    """A workbook being written: its formats, and the sheets' names so far."""

    def __init__(self, file: io.BytesIO, content: Content) -> None:
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self.book = xlsxwriter.Workbook(file, options)
        self.content = content
        self.names: set[str] = set()
        say, day = Speech(content.lang), content.day
        self.title = (
            f"{content.words.pages.centre} {day.centre.name} – {say.date(day.problem.date)}"
        )
        self.book.set_properties(
            {
                "title": self.title,
                "author": content.words.pages.service_name,
                "created": datetime.combine(day.problem.date, time()),
            }
        )
        base: dict[str, object] = {"valign": "top", "bottom": 4, "bottom_color": "#888888"}
        self.formats: dict[str, Format] = {
            kind: self.book.add_format({**base, **format_}) for kind, format_ in FORMATS.items()
        }
        heading = {"bold": True, "bottom": 2, "text_wrap": True, "valign": "bottom"}
        self.heading = self.book.add_format({**heading, "num_format": "@"})
        self.large = self.book.add_format({"bold": True, "font_size": 14, "num_format": "@"})
        self.note = self.book.add_format({"font_color": "#444444", "num_format": "@"})

    def sheet(self, name: str, columns: Sequence[Heading], rows: Iterable[Sequence[Value]]) -> None:
        """Add a sheet of a table: its headings stay in sight and are printed on each page."""
        sheet: Worksheet = self.book.add_worksheet(sheet_name(name, self.names))
        words, shown = self.content.words, " ".join(printable(name).split())
        sheet.write_string(0, 0, cut(f"{shown} – {self.title}", 250), self.large)
        sample = f"{words.pages.sample_note} " if self.content.day.sample else ""
        sheet.write_string(1, 0, sample + self.content.network_note, self.note)
        for rank, column in enumerate(columns):
            sheet.set_column(rank, rank, column.width)
            sheet.write_string(TOP_ROWS - 1, rank, words.workbook[column.word], self.heading)
        sheet.set_row(TOP_ROWS - 1, 2 * LINE_PT)
        last = TOP_ROWS - 1
        for last, row in enumerate(rows, start=TOP_ROWS):
            for rank, (column, value) in enumerate(zip(columns, row, strict=True)):
                self._cell(sheet, last, rank, column, value)
            sheet.set_row(last, LINE_PT * _lines(columns, row))
        sheet.autofilter(TOP_ROWS - 1, 0, last, len(columns) - 1)
        sheet.freeze_panes(TOP_ROWS, 1)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(TOP_ROWS - 1)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        # In a footer `&` begins a code.
        footer = cut(self.title, 120).replace("&", "&&")
        sheet.set_footer(f"&L{footer}&R&P / &N")

    def _cell(self, sheet: Worksheet, row: int, rank: int, column: Heading, value: Value) -> None:
        format_ = self.formats[column.kind]
        if value is None:
            sheet.write_blank(row, rank, None, format_)
        elif isinstance(value, str):
            sheet.write_string(row, rank, cut(printable(value), CELL_CHARS), format_)
        else:
            sheet.write_number(row, rank, value, format_)

    def close(self) -> None:
        """Finish the file."""
        self.book.close()


def _lines(columns: Sequence[Heading], row: Sequence[Value]) -> int:
    """Return how many lines the longest text of a row takes: not every program counts them."""
    lines = 1
    for column, value in zip(columns, row, strict=True):
        if isinstance(value, str):
            parts = value.split("\n")
            lines = max(lines, sum(max(1, math.ceil(len(p) / (column.width - 1))) for p in parts))
    return min(lines, MOST_LINES)
