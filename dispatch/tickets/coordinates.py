"""Positions as people's tables have them: signs, degrees, exchanged, or in Lambert-93."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from dispatch.territory import TO_METRIC

if TYPE_CHECKING:
    from collections.abc import Mapping

SWAPPED = "longitude and latitude stood in each other's column"
LAMBERT = "in Lambert-93 (EPSG:2154), turned into degrees"
# Minus signs and dashes that tools put for the one of the keyboard; no-break spaces.
_SIGNS = str.maketrans({"\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u00b0": ""})
_LETTER = re.compile(r"(?P<number>[^A-Za-z]+?)(?P<side>[NSEWO])", re.IGNORECASE)
# Where the Métropole lies: degrees, and metres of Lambert-93 with room on all sides.
LONGITUDES, LATITUDES = (-1.5, 0.2), (44.4, 45.3)
EASTINGS, NORTHINGS = (350_000.0, 480_000.0), (6_350_000.0, 6_480_000.0)
DECIMALS = 6


class PositionCells(NamedTuple):
    """The two cells of a position, as degrees where they can be read, and what was done to them."""

    lon: str
    lat: str
    done: str = ""


def position_cells(cells: Mapping[str, str]) -> PositionCells | None:
    """
    Return the position of a row; None: it has none, or 0, 0, which tools write for none.

    Parameters
    ----------
    cells
        The row's, of which `lon` and `lat` are read.
    """
    lon, lat = (_plain(cells.get(name, "")) for name in ("lon", "lat"))
    if not lon and not lat:
        return None
    x, y = _number(lon), _number(lat)
    if x is None or y is None:
        return PositionCells(lon, lat)
    if x == y == 0:
        return None
    if _within(x, LATITUDES) and _within(y, LONGITUDES):
        return PositionCells(lat, lon, SWAPPED)
    for east, north, done in ((x, y, LAMBERT), (y, x, f"{LAMBERT}; {SWAPPED}")):
        if _within(east, EASTINGS) and _within(north, NORTHINGS):
            degrees = TO_METRIC.transform(east, north, direction="INVERSE")
            lon, lat = (repr(round(float(value), DECIMALS)) for value in degrees)
            return PositionCells(lon, lat, done)
    return PositionCells(lon, lat)


def _plain(text: str) -> str:
    """Return a cell without signs of degrees and spaces, its minus sign the usual one."""
    bare = "".join(text.translate(_SIGNS).split())
    if found := _LETTER.fullmatch(bare):
        west = found["side"].upper() in "WOS" and not found["number"].startswith("-")
        return f"-{found['number']}" if west else found["number"]
    return bare


def _number(text: str) -> float | None:
    if not re.fullmatch(r"[+-]?\d{1,12}(?:[.,]\d{1,20})?", text, re.ASCII):
        return None
    return float(text.replace(",", "."))


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]
