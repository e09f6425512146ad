"""Leaflet as text to put in a page, and the one thing that may be fetched: map tiles.

The files come from the package `django-js-lib-leaflet` (Leaflet 1.9.4, BSD-2-Clause,
whose notice opens them); ours are `assets/pins.js` and `assets/map.css`.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from dispatch.errors import InputError
from dispatch.views import palette
from dispatch.views.document import asset

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

# A tile address goes into script and into the page's security policy: nothing but an address.
_TILES = re.compile(r"https://(?:\{s\}\.)?[a-z0-9.-]+(?::\d+)?/[A-Za-z0-9{}._~/?=&@+-]*")
_TILE_FIELDS = {"s", "z", "x", "y", "r"}


@cache
def libraries() -> dict[str, str]:
    """Return the scripts that a map needs by name, in the order to run them."""
    return {
        # Its last line is a comment; what follows must begin on another.
        "leaflet.js": _file("leaflet.js").read_text(encoding="utf-8") + "\n",
        "pins.js": asset("pins.js"),
    }


@cache
def styles() -> dict[str, str]:
    """Return the styles that a map needs by name, Leaflet's with its pictures inside."""

    def inlined(found: re.Match[str]) -> str:
        picture = base64.b64encode(_file(found[1]).read_bytes()).decode()
        return f"url(data:image/png;base64,{picture})"

    css = _file("leaflet.css").read_text(encoding="utf-8")
    return {
        "leaflet.css": re.sub(r"url\((images/[a-z0-9-]+\.png)\)", inlined, css),
        "map.css": f"{asset('map.css')}\n{palette.palette_css()}\n",
    }


def tile_origin(tiles: str) -> str:
    """
    Return where map tiles come from, as a page's security policy names it.

    Parameters
    ----------
    tiles
        Address of tiles, such as "https://tile.openstreetmap.org/{z}/{x}/{y}.png".

    Raises
    ------
    InputError
        When it is not an https address with {z}, {x} and {y}.
    """
    fields = set(re.findall(r"\{([^{}]*)\}", tiles))
    if not _TILES.fullmatch(tiles) or not {"z", "x", "y"} <= fields <= _TILE_FIELDS:
        message = "is no address of map tiles; give one such as https://host/{z}/{x}/{y}.png"
        source = "tiles"
        raise InputError.one(source, message, value=tiles)
    return "/".join(tiles.split("/")[:3]).replace("{s}", "*")


def _file(name: str) -> Traversable:
    return resources.files("js_lib_leaflet").joinpath(f"static/js_lib_leaflet/{name}")
