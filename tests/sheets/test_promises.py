"""What sheets tell of hours that are not sure: on paper, in calendars, in workbooks."""

from __future__ import annotations

import io
import re
from datetime import time

import openpyxl
import pytest

from dispatch.sheets.calendars import entries_of
from dispatch.sheets.pdf import sheets_html
from dispatch.sheets.workbook import centre_workbook
from tests.support.chances_fixture import sure_day
from tests.support.sheets_fixture import content_of, land_of, small_content


def headings(content):
    """Return the headings of the first round's sheet, and its rows."""
    book = openpyxl.load_workbook(io.BytesIO(centre_workbook(content)))
    rows = list(book.worksheets[1].iter_rows(min_row=3, values_only=True))
    return list(rows[0]), rows[1:]


def plain(text):
    """Return a text with plain spaces."""
    return text.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("lang", "promise"),
    [
        ("fr", "entre 8 h 45 et 9 h 20, 9 fois sur 10"),
        ("en", "between 8:45 and 9:20, 9 times out of 10"),
    ],
)
def test_a_sheet_tells_each_stop_as_a_requester_understands_it(lang, promise):
    """Six stops, six promises, in both languages; the calendar has the same words."""
    content = content_of(*sure_day(), lang=lang)
    html = plain(sheets_html(content, land_of(content), draw=False))
    assert html.count(f'<p class="small">{promise}</p>') == 1
    assert len(re.findall(r"9 (?:fois sur|times out of) 10</p>", html)) == 6
    texts = [plain(entry.text) for entry in entries_of(content, content.rounds[0])]
    assert sum(promise in text for text in texts) == 1


def test_a_workbook_has_two_columns_more_between_the_end_and_the_place():
    """The earliest and the latest start, nine times out of ten, as times of day."""
    names, rows = headings(content_of(*sure_day()))
    assert names[3:6] == ["Fin", "Au plus tôt (9 fois sur 10)", "Au plus tard (9 fois sur 10)"]
    by_stop = {row[0]: row for row in rows}
    assert by_stop["A2"][4:6] == (time(8, 45), time(9, 20))
    assert by_stop["Départ"][4:6] == (None, None)


def test_without_chances_sheets_are_as_before():
    """No column, no line."""
    content = small_content()
    assert not any("10" in str(name) for name in headings(content)[0])
    assert "fois sur" not in sheets_html(content, land_of(content), draw=False)
    assert all("fois sur" not in entry.text for entry in entries_of(content, content.rounds[0]))
