"""The pages that people open: a centre's map with its tables, and the index of all centres.

Every value goes through `escape.page_text`, which the templates' environment applies;
what is `Markup` here was made by a template of ours or by folium from escaped text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from markupsafe import Markup

from dispatch.views import figures, leaflet, maps, overview, palette, timeline
from dispatch.views.document import asset, document
from dispatch.views.escape import page_environment
from dispatch.views.itinerary import idle, itineraries, undone
from dispatch.views.movement import movement, player_data
from dispatch.views.sheet_links import sheet_links
from dispatch.wording.catalogue import catalogue
from dispatch.wording.formats import long_date
from dispatch.wording.phrases import Speech

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date as Date

    from dispatch.fieldwork import Ticket, Visit
    from dispatch.model.day import CentreDay
    from dispatch.territory import Territory
    from dispatch.views.cartography import Backdrop
    from dispatch.views.itinerary import Itinerary
    from dispatch.wording.pages import Player

SCRIPTS = ("page.js", "search.js", "motion.js", "player.js", "day.js")
# Files that `dispatch plan` writes beside the index, and the key of the words that lead there.
DOWNLOADS = {
    "stops.csv": "download_stops",
    "unassigned.csv": "download_unassigned",
    "rounds.geojson": "download_rounds",
}


def map_file_name(centre: str) -> str:
    """
    Return the file name of a centre's page: "map-sud.html".

    In an id, every other character than letters, digits, `-` and `_` becomes `-`, and a digest is
    added: no id leads out of the folder, and no two ids have the same file.
    """
    if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", centre):
        return f"map-{centre}.html"
    kept = re.sub(r"[^A-Za-z0-9_-]+", "-", centre)[:40]
    digest = hashlib.sha256(centre.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"map-{kept}.{digest}.html"


def map_page(
    day: CentreDay,
    territory: Territory,
    *,
    network_note: str,
    attribution: str,
    lang: str = "fr",
    tiles: str | None = None,
    backdrop: Backdrop | None = None,
    skill_labels: Mapping[str, str] | None = None,
    indexed: bool = True,
    explanations: Mapping[str, str] | None = None,
    changes: Sequence[str] = (),
    sheets: Mapping[str, str] | None = None,
) -> str:
    """
    Return the whole page of a centre's day: figures, map, player, legend, strips, tables.

    Parameters
    ----------
    day, territory, tiles, backdrop, skill_labels
        As in `maps.day_map`.
    network_note
        What the travel times rest on; `phrases.network_note` has the words.
    attribution
        Licence line, on the map and at the foot.
    lang
        A code of `wording.languages`.
    indexed
        Whether there is an index of all centres beside it, to link to.
    explanations
        As in `maps.day_map`: shown with the reason, on the map, in the panel and in the table.
    changes
        Differences from the previous plan, a sentence each; any text. They come first.
    sheets
        Sheets to link to: their addresses, relative to the page, by the words of the link.

    Raises
    ------
    InputError
        When `tiles` is not the https address of tiles.
    ValueError
        When the language is unknown.
    """
    words = catalogue(lang)
    text = words.pages
    labels = skill_labels or {}
    why = defaultdict(str, explanations or {})
    chart = maps.parts(
        maps.day_map(
            day,
            territory,
            lang=lang,
            tiles=tiles,
            attribution=attribution,
            backdrop=backdrop,
            skill_labels=labels,
            explanations=why,
        )
    )
    rounds = itineraries(day)
    hours = timeline.scale(rounds) if rounds else None
    body = _render(
        "day.html",
        day=day,
        w=text,
        p=words.player,
        h=words.chances,
        chances=day.chances,
        code_of={step.visit.id: step.code for found in rounds for step in found.steps},
        say=Speech(lang),
        figures=day.plan.summary(),
        rounds=rounds,
        css=[palette.colour_class(itinerary.rank) for itinerary in rounds],
        dashes=[palette.dash(itinerary.rank) for itinerary in rounds],
        hours=hours,
        strips=[timeline.strip(itinerary, hours) for itinerary in rounds] if hours else [],
        undone=undone(day),
        idle=idle(day),
        town=lambda ticket: _town(territory, ticket),
        skills=lambda visit: _skills(labels, visit),
        map_html=Markup(chart.html),
        map_id=chart.map_name,
        network_note=network_note,
        attribution=attribution,
        indexed=indexed,
        why=why,
        spare_s=figures.spare_s([day.plan]),
        spread_s=figures.spread_s(day),
        late=figures.late_visits(day),
        changes=changes,
        sheets=sheet_links(map_file_name(day.centre.id), sheets or {}, lang),
    )
    wiring = _wiring(chart, words.player, day, rounds)
    return document(
        body,
        title=f"{text.centre} {day.centre.name} · {long_date(day.problem.date, lang)}",
        lang=lang,
        kind="day",
        styles=(*chart.styles, asset("page.css"), asset("day.css")),
        scripts=(*chart.libraries, *map(asset, SCRIPTS), chart.script, wiring),
        image_sources=() if tiles is None else (leaflet.tile_origin(tiles),),
    )


def index_page(
    days: Sequence[CentreDay],
    territory: Territory,
    *,
    date: Date,
    attribution: str,
    network_note: str,
    failures: Mapping[str, str],
    lang: str = "fr",
    explanations: Mapping[str, str] | None = None,
    sheets: Mapping[str, Mapping[str, str]] | None = None,
    downloads: Sequence[str] = (),
) -> str:
    """
    Return the page that leads to all centres: overview, figures, what stays undone, failures.

    Parameters
    ----------
    days
        The centres that were planned; each links to `map_file_name` of its id.
    territory
        Communes and centres.
    date
        The day.
    attribution, network_note, lang
        As in `map_page`.
    failures
        Why a centre could not be planned, by centre id.
    explanations
        As in `map_page`.
    sheets
        Sheets by centre id: addresses by the words of the link, as in `map_page`.
    downloads
        Tables beside the page, of `DOWNLOADS`.

    Raises
    ------
    ValueError
        When the language is unknown.
    """
    text = catalogue(lang).pages
    classes = overview.centre_classes(territory) | {
        day.centre.id: palette.colour_class(rank)
        for rank, day in enumerate(days)
        if day.centre.id not in territory.centres
    }
    files = sheets or {}
    rows = []
    for day in days:
        page, css = map_file_name(day.centre.id), classes[day.centre.id]
        links = sheet_links(page, files.get(day.centre.id, {}), lang)
        rows.append(figures.row(day, page, css) | {"sheets": links})
    left = [(day.centre.name, entry) for day in days for entry in undone(day)]
    body = _render(
        "index.html",
        date=date,
        w=text,
        h=catalogue(lang).chances,
        windows=figures.windows_kept(days),
        why=defaultdict(str, explanations or {}),
        downloads={name: text[DOWNLOADS[name]] for name in downloads},
        say=Speech(lang),
        sample=any(day.sample for day in days),
        failures=[
            {"name": _centre_name(territory, centre), "message": message}
            for centre, message in failures.items()
        ],
        picture=overview.picture(days, territory, classes, map_file_name),
        rows=rows,
        total=figures.total(rows),
        gap=figures.gap([day.plan for day in days]),
        spare_s=figures.spare_s([day.plan for day in days]),
        undone=sorted(left, key=lambda pair: pair[1].visit.priority),
        town=lambda ticket: _town(territory, ticket),
        network_note=network_note,
        attribution=attribution,
    )
    return document(
        body,
        title=f"{text.rounds_of} {long_date(date, lang)}",
        lang=lang,
        kind="index",
        styles=(palette.palette_css(), asset("map.css"), asset("page.css"), asset("day.css")),
    )


def _render(template: str, **values: object) -> Markup:
    return Markup(page_environment().get_template(template).render(**values))


def _wiring(
    chart: maps.MapParts, words: Player, day: CentreDay, rounds: Sequence[Itinerary]
) -> str:
    """Return the script that starts the page: numbers, and our own words and codes."""
    data = [
        player_data(itinerary, movement(itinerary, day.lines.get(itinerary.technician.id, ())))
        for itinerary in rounds
    ]
    layers = ", ".join(chart.layer_names)
    values = (json.dumps(value, separators=(",", ":")) for value in (words.model_dump(), data))
    date = json.dumps(day.problem.date.isoformat())
    return f"dispatchDay({chart.map_name}, [{layers}], {', '.join(values)}, {date});"


def _town(territory: Territory, ticket: Ticket) -> str:
    commune = territory.communes.get(ticket.insee)
    return ticket.insee if commune is None else commune.name


def _centre_name(territory: Territory, centre: str) -> str:
    return territory.centres[centre].name if centre in territory.centres else centre


def _skills(labels: Mapping[str, str], visit: Visit) -> list[str]:
    return [labels.get(skill, skill) for skill in sorted(visit.skills)]
