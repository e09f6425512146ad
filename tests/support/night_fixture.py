"""A small night: two centres, a handful of tickets, and everything it needs in one folder."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from dispatch.nightly.calendar import PARIS

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 11, 25)
# The evening before, a Tuesday.
EVENING = datetime(2026, 11, 24, 19, 30, tzinfo=PARIS)
HEADINGS = "id,insee,lon,lat,duration_min,due,technician,demandeur,telephone,description"
TICKETS = {
    "V1": "33056,-0.64,44.91,30,2026-11-27,,Jeanne Secret,0556000000,Écran de Jeanne Secret",
    "V2": "33318,-0.632,44.806,30,2026-11-25,,Ottokar Discret,,Rappeler au 05 56 00 00 00",
    "V3": "33318,-0.63,44.80,45,,,,,jeanne.secret@example.org attend",
    "V4": "33522,-0.588,44.808,20,,,,,",
}
PERSONAL = ("Jeanne", "Secret", "Ottokar", "Discret", "0556000000", "05 56", "@example")
ROSTER = "id,centre,skills\nS1,sud,poste\nS2,sud,poste\nN1,ouest-nord,poste\n"
CONFIG = """\
format = "dispatch-config/1"

[plan]
out = "out"
roster = "roster.csv"
absences = "absences.csv"
effort = "quick"
workers = 2

[calendar]
day_begins = 06:00:00

[tickets]
source = "file"
path = "tickets.csv"
geocode = false

[store]
url = "dispatch.db"
"""


def write_night(folder: Path, *, more: str = "", tickets: dict[str, str] | None = None) -> Path:
    """
    Write what a night reads, and return the path of its configuration.

    Parameters
    ----------
    folder
        Where.
    more
        Sections to add to the configuration.
    tickets
        Rows by id; None: `TICKETS`.
    """
    (folder / "roster.csv").write_text(ROSTER, encoding="utf-8")
    (folder / "absences.csv").write_text("technician,from,to\n", encoding="utf-8")
    write_tickets(folder, TICKETS if tickets is None else tickets)
    config = folder / "dispatch.toml"
    config.write_text(CONFIG + more, encoding="utf-8")
    return config


def write_tickets(folder: Path, rows: dict[str, str]) -> None:
    """Write the source's file anew."""
    lines = [f"{name},{row}" for name, row in rows.items()]
    text = "\n".join([HEADINGS, *lines, ""])
    (folder / "tickets.csv").write_text(text, encoding="utf-8")


def light_map(day, *_: object, **__: object) -> str:
    """Stand in for the map page, which takes most of a small night's time."""
    return f"<!doctype html><title>{day.centre.name}</title>" + "<p></p>" * 40_000


def without_clock(folder: Path) -> dict[str, str]:
    """Return every file of a folder by its name; of JSON, without what the clock says."""

    def bare(value: Any) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(value, dict):
            return {key: bare(inner) for key, inner in value.items() if key != "elapsed_s"}
        return [bare(inner) for inner in value] if isinstance(value, list) else value

    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".json":
                text = json.dumps(bare(json.loads(text)))
            found[str(path.relative_to(folder))] = text
    return found
