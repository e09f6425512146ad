"""A centre's day as a workbook (XLSX): an overview, a sheet a technician, the visits left out.

No cell is a formula or a link, whatever a ticket says: text is written as text, in cells
that stay text when they are edited. Times and lengths are numbers, so that they can be
sorted and summed. The file tells no time of its making.
"""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

import xlsxwriter

from dispatch.sheets.texts import plain
from dispatch.views.escape import cut
from dispatch.wording.formats import minutes
from dispatch.wording.phrases import Speech

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from dispatch.sheets.content import Content
    from dispatch.views.itinerary import Itinerary, Step

DAY_S = 86_400
A4 = 9
# Excel's own bounds.
CELL_CHARS, NAME_CHARS = 32_767, 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the word of its heading, its format, how wide it is (characters)."""

    word: str
    kind: str
    width: float


OVERVIEW = (
    Column("round", "text", 9), Column("technician", "text", 16), Column("departure", "clock", 9),
    Column("back", "clock", 9), Column("visits", "count", 8), Column("distance", "km", 11),
    Column("driving", "length", 10), Column("service", "length", 11),
    Column("equipment", "count", 10),
)  # fmt: skip
ROUND = (
    Column("stop", "text", 8), Column("arrival", "clock", 8), Column("start", "clock", 7),
    Column("end", "clock", 7), Column("commune", "text", 16), Column("address", "text", 27),
    Column("description", "text", 36), Column("minutes", "count", 8),
    Column("windows", "text", 13), Column("leg_min", "count", 8), Column("leg_km", "km", 8),
    Column("priority", "count", 9), Column("skills", "text", 20), Column("equipment", "count", 9),
    Column("visit", "text", 12), Column("coordinates", "text", 20),
)  # fmt: skip
LEFT = (
    Column("visit", "text", 12), Column("priority", "count", 9), Column("commune", "text", 16),
    Column("address", "text", 27), Column("description", "text", 36),
    Column("minutes", "count", 8), Column("windows", "text", 13), Column("skills", "text", 20),
    Column("reason", "text", 40),
)  # fmt: skip
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
    book.sheet(content.words.sheets.overview, OVERVIEW, map(_overview, content.rounds))
    for itinerary in content.rounds:
        name = f"{itinerary.letter} {itinerary.technician.id}"
        book.sheet(name, ROUND, _round(content, itinerary))
    left = list(_left(content))
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
    kept = _FORBIDDEN.sub("-", " ".join(plain(text).split())).strip("' ") or "-"
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

    def sheet(self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> None:
        """Add a sheet of a table: its headings stay in sight and are printed on each page."""
        sheet: Worksheet = self.book.add_worksheet(sheet_name(name, self.names))
        words, shown = self.content.words, " ".join(plain(name).split())
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

    def _cell(self, sheet: Worksheet, row: int, rank: int, column: Column, value: Value) -> None:
        format_ = self.formats[column.kind]
        if value is None:
            sheet.write_blank(row, rank, None, format_)
        elif isinstance(value, str):
            sheet.write_string(row, rank, cut(plain(value), CELL_CHARS), format_)
        else:
            sheet.write_number(row, rank, value, format_)

    def close(self) -> None:
        """Finish the file."""
        self.book.close()


def _lines(columns: Sequence[Column], row: Sequence[Value]) -> int:
    """Return how many lines the longest text of a row takes: not every program counts them."""
    lines = 1
    for column, value in zip(columns, row, strict=True):
        if isinstance(value, str):
            parts = value.split("\n")
            lines = max(lines, sum(max(1, math.ceil(len(p) / (column.width - 1))) for p in parts))
    return min(lines, MOST_LINES)


def _overview(itinerary: Itinerary) -> list[Value]:
    round_ = itinerary.round
    return [
        itinerary.letter,
        itinerary.technician.id,
        round_.departure_s / DAY_S,
        round_.return_s / DAY_S,
        len(itinerary.steps),
        _kilometres(round_.distance_m),
        round_.travel_s / DAY_S,
        round_.service_s / DAY_S,
        sum(step.visit.load for step in itinerary.steps),
    ]


def _round(content: Content, itinerary: Itinerary) -> Iterable[list[Value]]:
    """Yield the rows of a round: departure, stops and break in their order, return."""
    round_, words = itinerary.round, content.words.pages
    yield _move(words.departure, round_.departure_s)
    for step in itinerary.steps:
        if content.break_before(itinerary, step):
            yield from _pause(content, itinerary)
        yield _stop(content, step)
    if content.break_after(itinerary):
        yield from _pause(content, itinerary)
    back = itinerary.back
    yield _move(
        words.back,
        round_.return_s,
        leg_min=minutes(back.travel_s),
        leg_km=_kilometres(back.distance_m),
    )


def _pause(content: Content, itinerary: Itinerary) -> Iterable[list[Value]]:
    pause = itinerary.round.break_
    if pause is not None:
        length = minutes(pause.end_s - pause.start_s)
        yield _move(content.words.pages.break_, pause.start_s, end_s=pause.end_s, length=length)


def _move(
    what: str,
    start_s: int,
    *,
    end_s: int | None = None,
    length: int | None = None,
    leg_min: int | None = None,
    leg_km: float | None = None,
) -> list[Value]:
    """Return a row that is no visit."""
    row: dict[str, Value] = {
        "stop": what,
        "start": start_s / DAY_S,
        "end": None if end_s is None else end_s / DAY_S,
        "minutes": length,
        "leg_min": leg_min,
        "leg_km": leg_km,
    }
    return [row.get(column.word) for column in ROUND]


def _stop(content: Content, step: Step) -> list[Value]:
    stop, visit, ticket = step.stop, step.visit, step.ticket
    row: dict[str, Value] = {
        "stop": step.code,
        "arrival": stop.arrival_s / DAY_S,
        "start": stop.start_s / DAY_S,
        "end": stop.end_s / DAY_S,
        "commune": content.town(ticket),
        "address": ticket.address,
        "description": ticket.description,
        "minutes": minutes(visit.duration_s),
        "windows": content.windows(visit, ticket),
        "leg_min": minutes(step.leg.travel_s),
        "leg_km": _kilometres(step.leg.distance_m),
        "priority": visit.priority,
        "skills": ", ".join(content.skills(visit)),
        "equipment": visit.load,
        "visit": visit.id,
        "coordinates": content.position(ticket),
    }
    return [row[column.word] for column in ROUND]


def _left(content: Content) -> Iterable[list[Value]]:
    say = Speech(content.lang)
    for entry in content.undone:
        visit, ticket = entry.visit, entry.ticket
        row: dict[str, Value] = {
            "visit": visit.id,
            "priority": visit.priority,
            "commune": content.town(ticket),
            "address": ticket.address,
            "description": ticket.description,
            "minutes": minutes(visit.duration_s),
            "windows": content.windows(visit, ticket),
            "skills": ", ".join(content.skills(visit)),
            "reason": say.reason(entry.reason),
        }
        yield [row[column.word] for column in LEFT]


def _kilometres(metres: int | None) -> float | None:
    return None if metres is None else round(metres / 1000, 1)
