"""The map of a centre's day, drawn with folium and returned, never saved.

It needs no network: the map holds Leaflet and the styles, and draws commune borders,
names, water and main roads in place of tiles. Positions are
longitude and latitude (EPSG:4326) in the data, latitude and longitude for folium.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import folium
from markupsafe import Markup

from dispatch.views import cartography, leaflet, palette
from dispatch.views.details import details
from dispatch.views.elements import Controls, MapPin, RouteLine, Text
from dispatch.views.escape import page_environment, page_text
from dispatch.views.itinerary import itineraries, undone
from dispatch.views.movement import movement
from dispatch.wording.catalogue import catalogue
from dispatch.wording.phrases import Speech

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from branca.element import Element, Figure

    from dispatch.model.day import CentreDay
    from dispatch.territory import Commune, Territory
    from dispatch.views.cartography import Backdrop, LatLon
    from dispatch.views.details import Detail
    from dispatch.views.itinerary import Itinerary, Step, Undone
    from dispatch.wording.pages import Pages

# Names are drawn under pins.
UNDER = -10_000
NAME_CHARACTERS = 40
WATER, ROAD = "#a9cfe8", "#d3cdbb"


@dataclass(frozen=True)
class MapParts:
    """A rendered map in parts, for a page to put together: nothing in it needs a network."""

    html: str
    script: str
    """What draws the map; `libraries` go before it."""
    libraries: tuple[str, ...]
    styles: tuple[str, ...]
    map_name: str
    layer_names: tuple[str, ...]
    """JavaScript names of the layers: one a round, in order, then the unassigned visits."""


def day_map(
    day: CentreDay,
    territory: Territory,
    *,
    lang: str = "fr",
    tiles: str | None = None,
    attribution: str = "",
    backdrop: Backdrop | None = None,
    skill_labels: Mapping[str, str] | None = None,
    explanations: Mapping[str, str] | None = None,
) -> folium.Map:
    """
    Return the map of a centre's day: one layer a round, then one of unassigned visits.

    Parameters
    ----------
    day
        The centre's planned day.
    territory
        Communes, whose borders and names are drawn (EPSG:2154).
    lang
        A code of `wording.languages`.
    tiles
        Address of map tiles, such as "https://tile.openstreetmap.org/{z}/{x}/{y}.png";
        None: no tiles, and the map needs no network.
    attribution
        Licence line of what is drawn.
    backdrop
        Water and main roads, drawn lightly.
    skill_labels
        What people call each skill; a skill without one is shown by its id.
    explanations
        More than the reason in words why a visit is unassigned, by its id; any text.

    Raises
    ------
    InputError
        When `tiles` is not the https address of tiles.
    ValueError
        When the language is unknown.
    """
    text = catalogue(lang).pages
    rounds = itineraries(day)
    chart = folium.Map(
        location=(day.centre.lat, day.centre.lon),
        tiles=None,
        zoom_control=False,
        min_zoom=9,
        max_zoom=18,
        # Without tiles any zoom is sharp, so the rounds may fill the map.
        zoom_snap=1 if tiles else 0.25,
        zoom_delta=1 if tiles else 0.5,
    )
    # On the instance: folium's list belongs to every map. What is inlined needs no address.
    chart.default_js, chart.default_css = [], []
    header = _figure(chart).header
    for tag, texts in (("style", leaflet.styles()), ("script", leaflet.libraries())):
        for name, content in texts.items():
            header.add_child(Text(f"<{tag}>{content}</{tag}>"), name=name)
    if tiles is not None:
        leaflet.tile_origin(tiles)  # refuses what is no address
        folium.TileLayer(tiles, attr=" ", control=False).add_to(chart)
    _draw_communes(chart, day, territory, filled=tiles is None)
    if backdrop is not None:
        _draw_backdrop(chart, backdrop, territory)

    shown = _Shown(territory.communes, skill_labels or {}, Speech(lang))
    home = _head(f"{text.centre} {day.centre.name}", "⌂")
    about = _macro("popup.html", "centre", day.centre, text)
    MapPin((day.centre.lat, day.centre.lon), home, "pin home", about).add_to(chart)
    for itinerary in rounds:
        name = f"{itinerary.letter} {itinerary.technician.id}"
        _draw_round(_group(chart, name), day, itinerary, shown)
    layer = _group(chart, text.unassigned)
    for entry in undone(day):
        place = (entry.ticket.lat, entry.ticket.lon)
        head = _head(f"{text.unassigned_one} {entry.visit.id}", entry.code)
        why = (explanations or {}).get(entry.visit.id, "")
        about = _macro("popup.html", "undone", entry, why, *shown.about(entry))
        MapPin(place, head, "pin undone", about).add_to(layer)
    corners = cartography.extent(day)
    Controls(corners, text.zoom_in, text.zoom_out, attribution).add_to(chart)
    return chart


def parts(chart: folium.Map) -> MapParts:
    """Return a map rendered in parts; the same map always gives the same text."""
    figure = _figure(chart)
    layers = [child for child in chart._children.values() if isinstance(child, folium.FeatureGroup)]
    # folium names its variables at random; numbers make a page the same from night to night.
    known = {element.get_name().rsplit("_", 1)[1] for element in _descendants(chart)}
    figure.render()
    numbers: dict[str, str] = {}

    def numbered(text: str) -> str:
        return re.sub(
            r"(?<=_)[0-9a-f]{32}\b",
            lambda found: (
                numbers.setdefault(found[0], str(len(numbers) + 1))
                if found[0] in known
                else found[0]
            ),
            text,
        )

    html, script = numbered(figure.html.render()), numbered(figure.script.render())
    return MapParts(
        html=html,
        script=script,
        libraries=tuple(leaflet.libraries().values()),
        styles=tuple(leaflet.styles().values()),
        map_name=numbered(chart.get_name()),
        layer_names=tuple(numbered(layer.get_name()) for layer in layers),
    )


@dataclass(frozen=True)
class _Shown:
    """What popups need besides the visit."""

    communes: Mapping[str, Commune]
    labels: Mapping[str, str]
    say: Speech

    def about(self, item: Step | Undone) -> tuple[str, list[str], list[Detail], Pages, Speech]:
        """Return a visit's commune, labels of its skills, its details, the words, the voice."""
        insee = item.ticket.insee
        place = self.communes[insee].name if insee in self.communes else insee
        skills = [self.labels.get(skill, skill) for skill in sorted(item.visit.skills)]
        further = details(item.ticket, "map", self.say.lang)
        return place, skills, further, catalogue(self.say.lang).pages, self.say


def _macro(template: str, name: str, *values: object) -> Markup:
    """Return what a macro of a template of ours makes of values, each of them escaped."""
    macro = getattr(page_environment().get_template(template).module, name)
    return Markup(macro(*values))


def _group(chart: folium.Map, name: str) -> folium.FeatureGroup:
    """Return a layer that a `folium.LayerControl` can list, as a notebook may want."""
    group = folium.FeatureGroup(name=page_text(name, NAME_CHARACTERS))
    group.add_to(chart)
    return group


def _draw_round(
    group: folium.FeatureGroup, day: CentreDay, itinerary: Itinerary, shown: _Shown
) -> None:
    """Draw one round: its line over a white edge, then its numbered stops."""
    rank, technician = itinerary.rank, itinerary.technician.id
    line = movement(itinerary, day.lines.get(technician, ())).line
    if line:
        RouteLine(line, palette.colour(rank), palette.dash(rank)).add_to(group)
    css = palette.colour_class(rank)
    for step in itinerary.steps:
        name = f"{step.code} {shown.say.clock(step.stop.start_s)} {technician}"
        html = _macro(
            "popup.html",
            "stop",
            technician,
            css,
            step,
            day.streets_to(technician, step.number - 1),
            None if day.chances is None else day.chances.stop(technician, step.visit.id),
            catalogue(shown.say.lang).chances,
            *shown.about(step),
        )
        place = (step.ticket.lat, step.ticket.lon)
        MapPin(place, _head(name, step.code), f"pin {css}", html).add_to(group)


def _line(
    group: folium.Map | folium.FeatureGroup,
    line: Sequence[LatLon] | Sequence[Sequence[LatLon]],
    **options: str | float | None,
) -> None:
    shape = folium.PolyLine(line, smooth_factor=0.5, **options)  # type: ignore[no-untyped-call]
    # folium keeps only the options it knows of; without this every line would catch the pointer.
    shape.options["interactive"] = False
    shape.add_to(group)


def _head(name: str, label: str) -> Markup:
    """Return what a pin shows, with the name that a screen reader says."""
    return _macro("pin.html", "pin", name, label)


def _draw_communes(
    chart: folium.Map,
    day: CentreDay,
    territory: Territory,
    *,
    filled: bool,
) -> None:
    """Draw borders and names: the centre's communes on white, the others grey."""
    outlines = cartography.thin_outlines(territory.communes)
    # The communes of the centre last, so that their stronger border is on top.
    for insee in sorted(outlines, key=lambda code: (code in day.centre.communes, code)):
        ours = insee in day.centre.communes
        shape = folium.Polygon(
            cartography.rings(outlines[insee]),
            color="#5b6670" if ours else "#9aa4ad",
            weight=2 if ours else 1,
            fill=filled,
            fill_color="#ffffff" if ours else "#e9ecef",
            fill_opacity=1 if filled else 0,
        )
        shape.options["interactive"] = False
        shape.add_to(chart)
        point = cartography.positions(cartography.middle(outlines[insee]).coords)[0]
        html = _macro("pin.html", "commune", territory.communes[insee].name)
        css = "commune ours" if ours else "commune"
        MapPin(point, html, css, height=UNDER).add_to(chart)


def _draw_backdrop(chart: folium.Map, backdrop: Backdrop, territory: Territory) -> None:
    layers = ((backdrop.water, WATER, 8), (backdrop.roads, ROAD, 2))
    for lines, colour, weight in layers:
        thin = cartography.thin_lines(lines, territory)
        if thin:
            _line(chart, thin, color=colour, weight=weight)


def _figure(chart: folium.Map) -> Figure:
    return cast("Figure", chart.get_root())


def _descendants(element: Element) -> Iterable[Element]:
    yield element
    for child in element._children.values():
        yield from _descendants(child)
