"""The map of a centre's day, drawn with folium and returned, never saved.

It needs no network: Leaflet and the styles stand in the map itself, and commune
borders, names, water and main roads take the place of tiles. Positions are
longitude and latitude (EPSG:4326) in the data, latitude and longitude for folium.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import folium
from branca.element import Element, MacroElement
from folium.template import Template

from dispatch import cartography, palette
from dispatch.errors import InputError
from dispatch.escape import page_environment, page_text
from dispatch.itinerary import itineraries, undone
from dispatch.wording import Speech, language, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.resources.abc import Traversable

    from markupsafe import Markup

    from dispatch.cartography import LatLon
    from dispatch.day import CentreDay, Line
    from dispatch.itinerary import Itinerary, Step, Undone
    from dispatch.territory import Commune, Territory

# Room for pins at the edge (pixels), and the nearest that the first view comes.
PADDING = (36, 36)
NEAREST = 15
# A tile address goes into script and into the page's security policy: nothing but an address.
TILES = re.compile(r"https://(?:\{s\}\.)?[a-z0-9.-]+(?::\d+)?/[A-Za-z0-9{}._~/?=&@+-]*")
TILE_FIELDS = {"s", "z", "x", "y", "r"}


@dataclass(frozen=True)
class Backdrop:
    """Lines drawn lightly under the rounds (longitude, latitude): the river's, the main roads'."""

    water: tuple[Line, ...] = ()
    roads: tuple[Line, ...] = ()


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


class _Text(Element):  # type: ignore[misc]
    """Text put in the page as it is: only for files of ours and of Leaflet's."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class _Popup(MacroElement):  # type: ignore[misc]
    """What opens on a marker. folium's own needs jQuery."""

    _template = Template(
        "{% macro script(this, kwargs) %}{{ this._parent.get_name() }}.bindPopup("
        "{{ this.html|tojson }}, {maxWidth: 320, minWidth: 220});{% endmacro %}"
    )

    def __init__(self, html: Markup) -> None:
        super().__init__()
        self._name = "DayPopup"
        self.html = html


class _Controls(MacroElement):  # type: ignore[misc]
    """Zoom buttons with their words, the scale, the licence line, pins kept apart; goes last."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        L.control.zoom({zoomInTitle: {{ this.zoom_in|tojson }}, zoomOutTitle: {{ this.zoom_out|tojson }}})
            .addTo({{ this._parent.get_name() }});
        L.control.scale({imperial: false}).addTo({{ this._parent.get_name() }});
        {{ this._parent.get_name() }}.attributionControl.setPrefix("Leaflet")
            .addAttribution({{ this.attribution|tojson }});
        dispatchPins({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, zoom_in: str, zoom_out: str, attribution: str) -> None:
        super().__init__()
        self._name = "DayControls"
        self.zoom_in, self.zoom_out = zoom_in, zoom_out
        self.attribution = page_text(attribution)


def day_map(
    day: CentreDay,
    territory: Territory,
    *,
    lang: str = "fr",
    tiles: str | None = None,
    attribution: str = "",
    backdrop: Backdrop | None = None,
    skill_labels: Mapping[str, str] | None = None,
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
        "fr" or "en".
    tiles
        Address of map tiles, such as "https://tile.openstreetmap.org/{z}/{x}/{y}.png";
        None: no tiles, and the map needs no network.
    attribution
        Licence line of what is drawn.
    backdrop
        Water and main roads, drawn lightly.
    skill_labels
        What people call each skill; a skill without one is shown by its id.

    Raises
    ------
    InputError
        When `tiles` is not the https address of tiles.
    ValueError
        When the language is unknown.
    """
    spoken = language(lang)
    text = words(spoken)
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
    header = chart.get_root().header
    for name, content in [*_styles(), *_libraries()]:
        tag = "style" if name.endswith(".css") else "script"
        header.add_child(_Text(f"<{tag}>{content}\n</{tag}>"), name=name)
    if tiles is not None:
        check_tiles(tiles)
        folium.TileLayer(tiles, attr=" ", control=False).add_to(chart)
    # Never on the chart itself: a marker there would fetch Leaflet's picture before its own icon.
    ground = folium.FeatureGroup(control=False)
    _draw_communes(chart, ground, day, territory, filled=tiles is None)
    if backdrop is not None:
        _draw_backdrop(chart, backdrop)

    popups: Any = page_environment().get_template("popup.html").module
    shown = _Shown(territory.communes, skill_labels or {}, text, Speech(spoken))
    ground.add_to(chart)
    _pin(
        ground,
        (day.centre.lat, day.centre.lon),
        _head(f"{text['centre']} {day.centre.name}", "⌂"),
        "pin home",
        popups.centre(day.centre, text),
    )
    for itinerary in rounds:
        _draw_round(_group(chart), day, itinerary, popups, shown)
    layer = _group(chart)
    for entry in undone(day):
        _pin(
            layer,
            (entry.ticket.lat, entry.ticket.lon),
            _head(f"{text['unassigned_one']} {entry.visit.id}", "!"),
            "pin undone",
            popups.undone(entry, shown.place(entry), shown.skills(entry), text, shown.say),
        )
    chart.fit_bounds(cartography.extent(day), padding=PADDING, max_zoom=NEAREST)
    _Controls(text["zoom_in"], text["zoom_out"], attribution).add_to(chart)
    return chart


def parts(chart: folium.Map) -> MapParts:
    """Return a map rendered in parts; the same map always gives the same text."""
    figure = chart.get_root()
    layers = [
        child for child in chart._children.values() if isinstance(child, folium.FeatureGroup)
    ]
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
        libraries=tuple(content for _, content in _libraries()),
        styles=tuple(content for _, content in _styles()),
        map_name=numbered(chart.get_name()),
        # The first layer is the ground and the centre, which no legend hides.
        layer_names=tuple(numbered(layer.get_name()) for layer in layers[1:]),
    )


def check_tiles(tiles: str) -> str:
    """
    Return the origin of map tiles, as a page's security policy names it.

    Raises
    ------
    InputError
        When it is not the https address of tiles with {z}, {x} and {y}.
    """
    fields = set(re.findall(r"\{([^{}]*)\}", tiles))
    if not TILES.fullmatch(tiles) or not {"z", "x", "y"} <= fields <= TILE_FIELDS:
        message = "is no address of map tiles; give one such as https://host/{z}/{x}/{y}.png"
        raise InputError.one("tiles", message, value=tiles)
    return "/".join(tiles.split("/")[:3]).replace("{s}", "*")


@dataclass(frozen=True)
class _Shown:
    """What popups need besides the visit itself."""

    communes: Mapping[str, Commune]
    labels: Mapping[str, str]
    words: dict[str, str]
    say: Speech

    def place(self, item: Step | Undone) -> str:
        """Return the name of the commune of a stop or an unassigned visit."""
        insee = item.ticket.insee
        return self.communes[insee].name if insee in self.communes else insee

    def skills(self, item: Step | Undone) -> list[str]:
        """Return what people call the skills that it needs."""
        return [self.labels.get(skill, skill) for skill in sorted(item.visit.skills)]


def _group(chart: folium.Map) -> folium.FeatureGroup:
    group = folium.FeatureGroup(control=False)
    group.add_to(chart)
    return group


def _draw_round(
    group: folium.FeatureGroup, day: CentreDay, itinerary: Itinerary, popups: Any, shown: _Shown
) -> None:
    """Draw one round: its line over a white edge, then its numbered stops."""
    rank = itinerary.rank
    line = cartography.thin_line(day.lines.get(itinerary.technician.id, ()))
    if line:
        plain = {"interactive": False, "smooth_factor": 0.5}
        _line(group, line, color="#fff", weight=7, opacity=0.7, **plain)
        _line(
            group,
            line,
            color=palette.colour(rank),
            weight=4,
            opacity=0.9,
            dash_array=palette.dash(rank),
            class_name="round-line",
            **plain,
        )
    css = palette.colour_class(rank)
    for step in itinerary.steps:
        name = f"{step.code} {shown.say.clock(step.stop.start_s)} {itinerary.technician.id}"
        html = popups.stop(
            itinerary.technician.id, css, step, shown.place(step), shown.skills(step), shown.words, shown.say
        )
        _pin(group, (step.ticket.lat, step.ticket.lon), _head(name, step.code), f"pin {css}", html)


def _line(group: folium.Map | folium.FeatureGroup, line: list[LatLon], **options: Any) -> None:
    shape = folium.PolyLine(line, **options)
    # folium keeps only the options it knows of; without this every line would catch the pointer.
    shape.options["interactive"] = options["interactive"]
    shape.add_to(group)


def _head(name: str, label: str) -> Markup:
    """Return what a pin shows, with the name that a screen reader says."""
    return page_environment().get_template("pin.html").module.pin(name, label)  # type: ignore[attr-defined,no-any-return]


def _pin(
    group: folium.FeatureGroup, place: LatLon, html: Markup, css: str, popup: Markup
) -> None:
    icon = folium.DivIcon(html=html, icon_size=(0, 0), class_name=css)
    marker = folium.Marker(place, icon=icon)
    marker.add_child(_Popup(popup))
    marker.add_to(group)


def _draw_communes(
    chart: folium.Map, ground: folium.FeatureGroup, day: CentreDay, territory: Territory, *, filled: bool
) -> None:
    """Draw borders and names, those in the centre's charge on white, the others greyed."""
    names = page_environment().get_template("pin.html").module
    outlines = cartography.thin_outlines(territory.communes)
    # Those in charge last, so that their stronger border lies on top.
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
        icon = folium.DivIcon(
            html=names.commune(territory.communes[insee].name),  # type: ignore[attr-defined]
            icon_size=(0, 0),
            class_name="commune ours" if ours else "commune",
        )
        folium.Marker(
            point, icon=icon, interactive=False, keyboard=False, z_index_offset=-10_000
        ).add_to(ground)


def _draw_backdrop(chart: folium.Map, backdrop: Backdrop) -> None:
    layers = ((backdrop.water, "#a9cfe8", 9), (backdrop.roads, "#d6d2c4", 2))
    for lines, colour, weight in layers:
        for line in map(cartography.thin_line, lines):
            if line:
                _line(chart, line, color=colour, weight=weight, interactive=False)


def _descendants(element: Element) -> Iterable[Element]:
    yield element
    for child in element._children.values():
        yield from _descendants(child)


@cache
def _libraries() -> tuple[tuple[str, str], ...]:
    """Return the scripts that a map needs, Leaflet first."""
    pins = resources.files("dispatch").joinpath("assets/pins.js").read_text(encoding="utf-8")
    return ("leaflet.js", _leaflet("leaflet.js").read_text(encoding="utf-8")), ("pins.js", pins)


@cache
def _styles() -> tuple[tuple[str, str], ...]:
    """Return the styles that a map needs, with Leaflet's pictures inside them."""

    def inlined(found: re.Match[str]) -> str:
        picture = base64.b64encode(_leaflet(found[1]).read_bytes()).decode()
        return f"url(data:image/png;base64,{picture})"

    css = _leaflet("leaflet.css").read_text(encoding="utf-8")
    ours = resources.files("dispatch").joinpath("assets/map.css").read_text(encoding="utf-8")
    return (
        ("leaflet.css", re.sub(r"url\((images/[a-z0-9-]+\.png)\)", inlined, css)),
        ("map.css", f"{ours}\n{palette.palette_css()}"),
    )


def _leaflet(name: str) -> Traversable:
    return resources.files("js_lib_leaflet").joinpath(f"static/js_lib_leaflet/{name}")
