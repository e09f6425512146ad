"""The pages that people open: a centre's map with its tables, and the index of all centres.

Every value goes through `escape.page_text`, which the templates' environment applies;
what is `Markup` here was made by a template of ours or by folium from escaped text.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from dispatch import maps
from dispatch.views import leaflet, overview, palette, timeline
from dispatch.views.document import asset, document
from dispatch.views.escape import page_environment
from dispatch.views.itinerary import idle, itineraries, undone
from dispatch.views.wording import Speech, language, long_date, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date as Date

    from dispatch.day import CentreDay
    from dispatch.fieldwork import Ticket, Visit
    from dispatch.territory import Territory
    from dispatch.views.cartography import Backdrop


def map_file_name(centre: str) -> str:
    """
    Return the file name of a centre's page: "map-sud.html".

    An id with anything but letters, digits, `-` and `_` keeps what it can and gains a
    digest, so that no id leads out of the folder and no two ids meet.
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
) -> str:
    """
    Return the whole page of a centre's day: figures, map, legend, strips, tables.

    Parameters
    ----------
    day, territory, tiles, backdrop, skill_labels
        As in `maps.day_map`.
    network_note
        What the travel times rest on; `wording.network_note` has the words.
    attribution
        Licence line, on the map and at the foot.
    lang
        "fr" or "en".
    indexed
        Whether the index of all centres lies beside it, so that it leads back there.

    Raises
    ------
    InputError
        When `tiles` is not the https address of tiles.
    ValueError
        When the language is unknown.
    """
    spoken = language(lang)
    text = words(spoken)
    labels = skill_labels or {}
    chart = maps.parts(
        maps.day_map(
            day,
            territory,
            lang=lang,
            tiles=tiles,
            attribution=attribution,
            backdrop=backdrop,
            skill_labels=labels,
        )
    )
    rounds = itineraries(day)
    hours = timeline.scale(rounds) if rounds else None
    body = _render(
        "day.html",
        day=day,
        w=text,
        say=Speech(spoken),
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
    )
    layers = ", ".join(chart.layer_names)
    wiring = f"dispatchPage({chart.map_name}, [{layers}], {json.dumps(text['close'])});"
    return document(
        body,
        title=f"{text['centre']} {day.centre.name} · {long_date(day.problem.date, spoken)}",
        lang=spoken,
        kind="day",
        styles=(*chart.styles, asset("page.css")),
        scripts=(*chart.libraries, asset("page.js"), chart.script, wiring),
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

    Raises
    ------
    ValueError
        When the language is unknown.
    """
    spoken = language(lang)
    classes = overview.centre_classes(territory) | {
        day.centre.id: palette.colour_class(rank)
        for rank, day in enumerate(days)
        if day.centre.id not in territory.centres
    }
    rows = [_row(day, classes[day.centre.id]) for day in days]
    left = [(day.centre.name, entry) for day in days for entry in undone(day)]
    body = _render(
        "index.html",
        date=date,
        w=words(spoken),
        say=Speech(spoken),
        sample=any(day.sample for day in days),
        failures=[
            {"name": _centre_name(territory, centre), "message": message}
            for centre, message in failures.items()
        ],
        picture=overview.picture(days, territory, classes, map_file_name),
        rows=rows,
        total=_total(rows),
        undone=sorted(left, key=lambda pair: pair[1].visit.priority),
        town=lambda ticket: _town(territory, ticket),
        network_note=network_note,
        attribution=attribution,
    )
    return document(
        body,
        title=f"{words(spoken)['rounds_of']} {long_date(date, spoken)}",
        lang=spoken,
        kind="index",
        styles=(palette.palette_css(), asset("map.css"), asset("page.css")),
    )


def _render(template: str, **values: object) -> Markup:
    return Markup(page_environment().get_template(template).render(**values))


def _row(day: CentreDay, css: str) -> dict[str, Any]:
    figures = day.plan.summary()
    return {
        "css": css,
        "href": map_file_name(day.centre.id),
        "name": day.centre.name,
        "gap": day.plan.gap,
        "proven": day.plan.proven_optimal,
        "rounds": len(itineraries(day)),
        "served": figures["visits_served"],
        "undone": figures["visits_unassigned"],
        "distance_m": figures["distance_m"],
        "travel_s": figures["travel_s"],
        "service_s": figures["service_s"],
    }


def _total(rows: Sequence[dict[str, Any]]) -> dict[str, int | None]:
    """Return the sums of the centres' figures; a distance that one centre lacks is unknown."""
    counts = ("rounds", "served", "undone", "travel_s", "service_s")
    total: dict[str, int | None] = {key: sum(row[key] for row in rows) for key in counts}
    metres = [row["distance_m"] for row in rows]
    total["distance_m"] = None if None in metres else sum(metres)
    return total


def _town(territory: Territory, ticket: Ticket) -> str:
    commune = territory.communes.get(ticket.insee)
    return ticket.insee if commune is None else commune.name


def _centre_name(territory: Territory, centre: str) -> str:
    return territory.centres[centre].name if centre in territory.centres else centre


def _skills(labels: Mapping[str, str], visit: Visit) -> list[str]:
    return [labels.get(skill, skill) for skill in sorted(visit.skills)]
