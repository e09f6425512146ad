"""The worked example of docs/how-to/new-ticket-field.md: six files, and it is on the sheet."""

from __future__ import annotations

import pytest

from dispatch.store import Store
from tests.support.guides import GUIDES, applied, copy_of_program, run_in
from tests.support.store_servers import first_night

pytestmark = pytest.mark.slow

PAGE = GUIDES / "new-ticket-field.md"
AT_MOST_FILES = 6
# What the copy is asked, in a process of its own: its folder comes before this checkout's.
SCRIPT = """
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import dispatch
from dispatch.inputs.read import read_visits
from dispatch.inputs.rows import visits_text
from dispatch.service.service import read_service
from dispatch.sheets.pdf import sheets_html
from dispatch.store import Store
from dispatch.store.backlog import merge_delivered
from dispatch.territory import read_communes
from dispatch.tickets.mapping import read_mapping
from dispatch.views.maps import day_map, parts
from tests.support.pages_fixture import small_day
from tests.support.sheets_fixture import content_of, land_of
from tests.support.store_servers import MONDAY, night_of

folder = Path(sys.argv[1])
assert Path(dispatch.__file__).is_relative_to(folder), dispatch.__file__
TEXT = "2e, aile B, 06 12 34 56 78"

# From a file and back.
visits = folder / "visits.csv"
visits.write_text(
    f"id;insee;lon;lat;duration_min;Étage\\nA;33318;-0,6310;44,8060;30;{TEXT}\\n", encoding="utf-8"
)
service, communes = read_service(), read_communes()
(ticket,) = read_visits(visits, service, communes)
assert ticket.floor == TEXT
visits.write_text(visits_text([ticket]), encoding="utf-8")
assert read_visits(visits, service, communes) == [ticket]
assert "floor" in read_mapping("glpi").columns

# Through the store of the version before, and out of it again by age.
with Store.open(str(folder / "store.db")) as store:
    known = store.backlog(MONDAY + timedelta(days=1))
    assert {kept.ticket.floor for kept in known} == {""}
    second = MONDAY + timedelta(days=1)
    joined = merge_delivered(known, [ticket.model_copy(update={"id": "C"})], second, gone_nights=2)
    store.record(night_of(joined, ["C"], second))
    (kept,) = [kept for kept in store.backlog(second + timedelta(days=1)) if kept.ticket.id == "C"]
    assert kept.ticket.floor == TEXT

# Onto the sheet and the map.
day, territory = small_day()
tickets = {name: one.model_copy(update={"floor": TEXT}) for name, one in day.tickets.items()}
day = replace(day, tickets=tickets)
content = content_of(day, territory)
html = sheets_html(content, land_of(content))
assert html.count(" · étage 2e, aile B, […]") == 6
# Texts stand in the script as JSON.
assert parts(day_map(day, territory)).script.count("\\\\u00c9tage") == 7
"""


def test_a_new_field_touches_six_files_and_reaches_the_sheet(tmp_path):
    """The page's changes are applied to a copy, which then reads, keeps and shows the field."""
    copy_of_program(tmp_path)
    with Store.open(str(tmp_path / "store.db")) as store:
        store.record(first_night())
    files = applied(PAGE.read_text(encoding="utf-8"), tmp_path)
    assert len(set(files)) <= AT_MOST_FILES
    run_in(tmp_path, ["-c", SCRIPT, str(tmp_path)])
