"""All sheets of a written day: made whole, then put in their places.

Files, by name relative to the folder (`names.stems` says how ids become names):
`sheets-<centre>.pdf` and `.xlsx`; `<centre>/<technician>.ics`, `.gpx` and `.geojson`;
and `sheets.json`, which lists them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dispatch.errors import InputError
from dispatch.files.textfile import read_text
from dispatch.folder.replacing import replace_files
from dispatch.sheets import calendars
from dispatch.sheets.calendar_file import read_calendar, write_calendar
from dispatch.sheets.content import Content, without_contacts
from dispatch.sheets.fonts import missing_gathered, missing_told
from dispatch.sheets.gpx import round_gpx
from dispatch.sheets.ground import ground
from dispatch.sheets.manifest import MANIFEST, MAX_MB, CentreSheets, Manifest, read_manifest
from dispatch.sheets.names import stems
from dispatch.sheets.pdf import sheets_pdf
from dispatch.sheets.streets import with_streets
from dispatch.sheets.workbook import centre_workbook
from dispatch.streets.roads import BUNDLED
from dispatch.views import cartography
from dispatch.views.tables import round_geojson
from dispatch.wording.languages import DEFAULT
from dispatch.wording.phrases import attribution, network_note

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dispatch.folder.read import Written
    from dispatch.sheets.ground import Ground

FOLDER = "sheets"


@dataclass(frozen=True)
class Made:
    """
    What was written.

    Parameters
    ----------
    folder
        Where.
    manifest
        What is there now.
    removed
        Names of earlier sheets that went.
    failures
        What could not be made, by centre; the rest was written.
    notes
        What a reader of the sheets should know.
    """

    folder: Path
    manifest: Manifest
    removed: tuple[str, ...] = ()
    failures: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def write_sheets(
    written: Written,
    out: Path | None = None,
    *,
    lang: str = DEFAULT,
    on_progress: Callable[[int, int], None] | None = None,
) -> Made:
    """
    Make the sheets of each centre read, and write them.

    Parameters
    ----------
    written
        The day; of centres that were not read, earlier sheets of the same day stay.
    out
        The folder; None: "sheets" within the day's.
    lang
        Language of all that people see.
    on_progress
        Called with the number of centres done, and of all centres.

    Raises
    ------
    InputError
        When the folder cannot be written to, or what an earlier run left there is spoilt.
        Nothing is written then.
    """
    folder = written.folder / FOLDER if out is None else out
    before = read_manifest(folder)
    kept = {} if before is None or before.date != written.day.date else dict(before.centres)
    notes: list[str] = []
    land = _ground(written, notes)
    names = stems([*written.day.plans, *kept])
    files: dict[str, str | bytes] = {}
    centres: dict[str, CentreSheets] = {}
    failures: dict[str, str] = {}
    missing: set[str] = set()
    for done, centre in enumerate(written.days):
        if on_progress is not None:
            on_progress(done, len(written.days))
        content = _content(written, centre, lang)
        made: dict[str, str | bytes] = {}
        try:
            with missing_gathered() as found:
                made[f"sheets-{names[centre]}.pdf"] = sheets_pdf(content, land)
            missing |= found
        except InputError as error:
            failures[centre] = str(error)
        made[f"sheets-{names[centre]}.xlsx"] = centre_workbook(content)
        earlier = kept[centre].files if centre in kept else ()
        made |= _rounds(content, folder, names[centre], earlier)
        centres[centre] = CentreSheets(
            plan_sha256=plan_hash(written, centre), lang=lang, files=tuple(made)
        )
        files |= made
    if missing:
        notes.append(missing_told(missing))
    for centre, sheets in kept.items():
        if centre in written.day.plans and centre not in centres:
            centres[centre] = sheets
    notes += [
        f"the sheets of {centre} are of an earlier plan; make them again"
        for centre in _outdated(written, centres)
    ]
    order = [centre for centre in written.day.plans if centre in centres]
    manifest = Manifest(
        date=written.day.date, centres={centre: centres[centre] for centre in order}
    )
    now = {name for sheets in manifest.centres.values() for name in sheets.files}
    stale = [
        name
        for sheets in (before.centres if before else {}).values()
        for name in sheets.files
        if name not in now
    ]
    replace_files(folder, {**files, MANIFEST: manifest.to_json()}, stale)
    return Made(folder, manifest, tuple(stale), failures, tuple(notes))


def plan_hash(written: Written, centre: str) -> str:
    """Return the hash of a centre's plan: of who goes where and when."""
    plan = written.day.plans[centre]
    rounds = plan.model_dump_json(include={"rounds", "unassigned"}, by_alias=True)
    return hashlib.sha256(rounds.encode("utf-8", "surrogatepass")).hexdigest()


def _outdated(written: Written, centres: dict[str, CentreSheets]) -> list[str]:
    return [
        centre
        for centre, sheets in centres.items()
        if centre not in written.days and sheets.plan_sha256 != plan_hash(written, centre)
    ]


def _ground(written: Written, notes: list[str]) -> Ground:
    """Return the land under the rounds; without roads where the planned ones are gone."""
    water = written.service.demand.water
    lines = [] if water is None else [tuple(water.line)]
    try:
        backdrop = cartography.backdrop(written.router().network, lines)
    except InputError as error:
        notes.append(f"maps without the main roads: {error}")
        backdrop = cartography.Backdrop(water=tuple(lines))
    return ground(written.territory, backdrop)


def _content(written: Written, centre: str, lang: str) -> Content:
    used = written.day.network
    bundled = used.named == BUNDLED
    return Content(
        # The bundled roads are an approximation: no street of theirs is said.
        day=without_contacts(written.days[centre] if bundled else with_streets(written, centre)),
        lang=lang,
        settings=written.service.sheets,
        territory=written.territory,
        labels=written.service.labels_of_skills(lang),
        network_note=network_note(
            None if bundled else used,
            traffic=written.day.date if written.day.traffic else None,
            lang=lang,
        ),
        attribution=attribution(lang) if bundled else used.attribution,
    )


def _rounds(
    content: Content, folder: Path, stem: str, earlier: tuple[str, ...]
) -> dict[str, str | bytes]:
    """Return the files of each round of a centre, and the calendars of those who have none left."""
    day = content.day.problem.date
    technicians = [technician.id for technician in content.day.problem.technicians]
    names = stems(technicians)
    made: dict[str, str | bytes] = {}
    entries: dict[str, list[calendars.Entry]] = {}
    titles: dict[str, str] = {}
    for itinerary in content.rounds:
        name = f"{stem}/{names[itinerary.technician.id]}"
        made[f"{name}.gpx"] = round_gpx(content, itinerary)
        made[f"{name}.geojson"] = round_geojson(content.day, itinerary, content.attribution)
        entries[f"{name}.ics"] = calendars.entries_of(content, itinerary)
        titles[f"{name}.ics"] = calendars.calendar_name(content, itinerary.technician.id)
    gone = [name for name in earlier if name.endswith(".ics") and name not in entries]
    for name in (*entries, *gone):
        path = folder / name
        old = {}
        if name in earlier and path.exists():
            text = read_text(path, max_mb=MAX_MB)
            old = read_calendar(text.encode(), day, str(path))
        now = calendars.revised(entries.get(name, []), old, content.words.sheets.cancelled)
        if now:
            title = titles.get(name) or content.words.sheets.idle
            made[name] = write_calendar(day, title, now)
    return made
