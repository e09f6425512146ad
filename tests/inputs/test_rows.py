"""Visits written as a CSV file are the visits read from it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.fieldwork import Ticket, TimeWindow
from dispatch.inputs.read import read_visits
from dispatch.inputs.rows import visits_text
from dispatch.service.service import read_service
from dispatch.territory import read_communes

if TYPE_CHECKING:
    from pathlib import Path

SERVICE = read_service()
COMMUNES = read_communes()
# Hostile text must come through as it is; only characters that no text file has are left out.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=60
).map(str.strip)
WINDOWS = st.lists(st.integers(8 * 60, 17 * 60), max_size=4, unique=True).map(
    lambda times: tuple(
        TimeWindow(a * 60, b * 60)
        for a, b in zip(sorted(times)[:-1:2], sorted(times)[1::2], strict=True)
    )
)


@st.composite
def _tickets(draw: st.DrawFn) -> Ticket:
    commune = COMMUNES[draw(st.sampled_from(["33063", "33281"]))]
    return Ticket(
        id=draw(st.from_regex(r"[A-Z0-9-]{1,12}", fullmatch=True)),
        insee=commune.insee,
        collectivity=draw(st.sampled_from([commune.insee, "metropole"])),
        lon=commune.town_hall_lon,
        lat=commune.town_hall_lat,
        address=draw(TEXTS),
        description=draw(
            TEXTS | st.sampled_from(["=1+1", "{{7*7}}", "</script>", 'a";b', "\u202e"])
        ),
        duration_s=60 * draw(st.integers(1, 540)),
        windows_s=draw(WINDOWS),
        skills=frozenset(draw(st.lists(st.sampled_from(sorted(SERVICE.skills)), max_size=3))),
        priority=draw(st.integers(1, 4)),
        due=draw(st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1))),
        technician=draw(st.sampled_from([None, "T01"])),
        load=draw(st.integers(0, 9)),
        mandatory=draw(st.booleans()),
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(_tickets(), min_size=1, max_size=4, unique_by=lambda ticket: ticket.id))
def test_what_is_written_is_read_back(tmp_path: Path, tickets: list[Ticket]) -> None:
    """Every field of every ticket, with hostile texts among them, is the same."""
    path = tmp_path / "v.csv"
    path.write_text(visits_text(tickets), encoding="utf-8", newline="")
    assert read_visits(path, SERVICE, COMMUNES) == tickets


@pytest.mark.slow
def test_a_time_that_the_file_cannot_say_is_refused() -> None:
    """Minutes are the file's unit; half a minute would be lost."""
    ticket = Ticket(id="A", insee="33063", collectivity="33063", lon=0.0, lat=0.0, duration_s=90)
    with pytest.raises(ValueError, match="whole minutes"):
        visits_text([ticket])
