"""The pages and tables of a day, planned or planned again, from the days of its centres."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.explain.side_by_side import explain_centres
from dispatch.streets.roads import BUNDLED
from dispatch.views import tables
from dispatch.views.explanations import Teller
from dispatch.wording import phrases
from dispatch.wording.languages import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.fieldwork import Ticket
    from dispatch.folder.write import DayFile
    from dispatch.model.day import CentreDay
    from dispatch.service.service import Service
    from dispatch.streets.network import Network
    from dispatch.supervision.crew import Bounds
    from dispatch.territory import Territory


def pages_of_day(
    day: DayFile,
    days: Sequence[CentreDay],
    service: Service,
    territory: Territory,
    network: Network,
    *,
    lang: str,
    tiles: str | None = None,
    dropped: Mapping[str, Sequence[Ticket]] | None = None,
    later: Mapping[str, Sequence[Ticket]] | None = None,
    changes: Mapping[str, Sequence[str]] | None = None,
    workers: int | None = None,
    bounds: Bounds | None = None,
) -> dict[str, str]:
    """
    Return the text of every page and table, by file name.

    Parameters
    ----------
    day
        The content of `plan.json`.
    days
        Each centre's day.
    service, territory, network
        Those that it was planned with.
    lang, tiles
        Language of the pages; URL of online tiles, or None. The tables are in French.
    dropped
        Visits that edits dropped, by centre.
    later
        Tickets that may not be planned on that day yet, by centre.
    changes
        Sentences on what a replan changed, by centre; then only the maps of these centres are made.
    workers, bounds
        Processes that explain what is left, and what each may take, as in `explain_centres`.
    """
    from dispatch.views import cartography, pages  # here: folium takes a while to load

    left = explain_centres(
        {shown.centre.id: (shown.problem, shown.plan) for shown in days},
        service.explain,
        seed=day.seed,
        workers=workers,
        bounds=bounds,
    )
    labels = service.labels_of_skills(lang)
    said = {visit: Teller(lang, labels).brief(found) for visit, found in left.items()}
    french = {visit: Teller(DEFAULT, service.skills).brief(found) for visit, found in left.items()}
    bundled = day.network.named == BUNDLED
    attribution = phrases.attribution(lang) if bundled else network.attribution
    note = phrases.network_note(
        None if bundled else day.network, traffic=day.date if day.traffic else None, lang=lang
    )
    water = service.demand.water
    backdrop = cartography.backdrop(network, [] if water is None else [tuple(water.line)])
    files = {
        pages.map_file_name(shown.centre.id): pages.map_page(
            shown,
            territory,
            network_note=note,
            attribution=attribution,
            lang=lang,
            tiles=tiles,
            backdrop=backdrop,
            skill_labels=labels,
            explanations=said,
            changes=() if changes is None else changes[shown.centre.id],
        )
        for shown in days
        if changes is None or shown.centre.id in changes
    }
    files["index.html"] = pages.index_page(
        days,
        territory,
        date=day.date,
        attribution=attribution,
        network_note=note,
        failures=day.failures,
        lang=lang,
        explanations=said,
        downloads=tuple(pages.DOWNLOADS),
    )
    files["stops.csv"] = tables.stops_csv(days, territory)
    files["unassigned.csv"] = tables.unassigned_csv(
        days, territory, explanations=french, dropped=dropped or {}, later=later or {}
    )
    files["rounds.geojson"] = tables.rounds_geojson(days, attribution)
    return files
