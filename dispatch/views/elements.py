"""Elements of a day's map that folium does not have: pins, round lines, controls, plain text.

Each is an element of branca, which folium draws on. Values reach the script through `tojson`,
and texts have passed `escape.page_text` before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from branca.element import Element, MacroElement
from jinja2 import Template

from dispatch.views.escape import page_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from dispatch.views.cartography import LatLon

# Margin for pins at the edge (pixels), and the closest zoom of the first view.
PADDING = (36, 36)
NEAREST = 15


class Text(Element):
    """Text that enters the page unescaped: only our own files and Leaflet's."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class MapPin(MacroElement):
    """
    A marker at a point: our HTML, and a popup or none.

    folium's own marker loads a picture before it gets its icon, adds one more icon at each
    rendering, and needs jQuery for its popup.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        L.marker({{ this.place|tojson }}, {
            icon: L.divIcon({
                html: {{ this.html|tojson }}, className: {{ this.css|tojson }}, iconSize: [0, 0]
            }),
            interactive: {{ this.opens|tojson }}, keyboard: {{ this.opens|tojson }},
            zIndexOffset: {{ this.height }}
        }).addTo({{ this._parent.get_name() }})
        {%- if this.opens -%}
            .bindPopup({{ this.popup|tojson }}, {maxWidth: 320, minWidth: 220})
        {%- endif %};
        {% endmacro %}
        """
    )

    def __init__(
        self, place: LatLon, html: Markup, css: str, popup: Markup | None = None, height: int = 0
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "DayPin"
        self.place, self.html, self.css, self.height = place, html, css, height
        self.popup, self.opens = popup, popup is not None


class RouteLine(MacroElement):
    """A round's line over a white edge; the page holds its points once."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        (function (points, group) {
            L.polyline(points, {
                color: "#fff", weight: 7, opacity: 0.7, smoothFactor: 0.5, interactive: false
            }).addTo(group);
            L.polyline(points, {
                color: {{ this.colour|tojson }}, weight: 4, opacity: 0.9, smoothFactor: 0.5,
                dashArray: {{ this.dash|tojson }}, interactive: false
            }).addTo(group);
        })({{ this.line|tojson }}, {{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, line: Sequence[LatLon], colour: str, dash: str | None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "DayWay"
        self.line, self.colour, self.dash = list(line), colour, dash


class Controls(MacroElement):
    """
    The first view, zoom buttons with their words, scale, licence line, pins apart; added last.

    folium animates the first view: a page that is printed meanwhile shows a torn map.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        {{ this._parent.get_name() }}.fitBounds({{ this.corners|tojson }}, {
            padding: {{ this.padding|tojson }}, maxZoom: {{ this.nearest }}, animate: false
        });
        L.control.zoom({
            zoomInTitle: {{ this.zoom_in|tojson }}, zoomOutTitle: {{ this.zoom_out|tojson }}
        }).addTo({{ this._parent.get_name() }});
        L.control.scale({
            imperial: false, position: "topright",
            maxWidth: 6.25 * parseFloat(getComputedStyle(document.documentElement).fontSize)
        })
            .addTo({{ this._parent.get_name() }});
        {{ this._parent.get_name() }}.attributionControl.setPrefix("Leaflet")
            .addAttribution({{ this.attribution|tojson }});
        dispatchPins({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    padding, nearest = PADDING, NEAREST

    def __init__(
        self, corners: Sequence[LatLon], zoom_in: str, zoom_out: str, attribution: str
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "DayControls"
        self.corners = corners
        self.zoom_in, self.zoom_out = zoom_in, zoom_out
        self.attribution = page_text(attribution)
