"""The whole day on one small picture: communes tinted by centre, every round, what is left out.

Coordinates are metres from the north-west corner of the territory, y downwards (SVG).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely

from dispatch.territory import TO_METRIC
from dispatch.views import cartography, palette

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dispatch.model.day import CentreDay
    from dispatch.territory import Territory

MARGIN_M = 900
WAY_TOLERANCE_M = 40


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at a point: a name, a dot, a cross, a centre; `href` where it leads somewhere."""

    x: int
    y: int
    css: str = ""
    name: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Land:
    """A commune: SVG path, where its name goes, the class of the centre in charge or nothing."""

    path: str
    x: int
    y: int
    name: str
    css: str


@dataclass(frozen=True, slots=True)
class RoundPath:
    """A round's line: SVG path and the class of its centre."""

    path: str
    css: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All that the picture holds, bottom to top; `box` is the SVG's viewBox."""

    box: str
    lands: tuple[Land, ...]
    ways: tuple[RoundPath, ...]
    dots: tuple[Mark, ...]
    crosses: tuple[Mark, ...]
    sites: tuple[Mark, ...]


def picture(
    days: Sequence[CentreDay],
    territory: Territory,
    classes: Mapping[str, str],
    address: Callable[[str], str],
) -> Picture:
    """
    Return the picture of a day.

    Parameters
    ----------
    days
        The planned centres.
    territory
        Communes (EPSG:2154) and centres.
    classes
        CSS class of each centre by id.
    address
        Gives the address of a centre's own map, from its id.
    """
    outlines = cartography.thin_outlines(territory.communes)
    west, south, east, north = shapely.union_all(list(outlines.values())).bounds
    west, north = west - MARGIN_M, north + MARGIN_M

    def spot(x: float, y: float) -> tuple[int, int]:
        return round(x - west), round(north - y)

    def at(lon: float, lat: float) -> tuple[int, int]:
        return spot(*TO_METRIC.transform(lon, lat))

    def path(points: Iterable[tuple[float, ...]]) -> str:
        return "M" + "L".join("{} {}".format(*spot(*point)) for point in points)

    lands = []
    for insee, shape in outlines.items():
        ring = [
            path(edge.coords) + "Z"
            for polygon in shapely.get_parts(shape)
            for edge in (polygon.exterior, *polygon.interiors)
        ]
        middle = cartography.middle(shape)
        centre = territory.centre_in_charge(insee)
        css = classes.get(centre.id, "") if centre else ""
        commune = territory.communes[insee]
        lands.append(Land("".join(ring), *spot(middle.x, middle.y), commune.name, css))
    ways: list[RoundPath] = []
    dots: list[Mark] = []
    crosses: list[Mark] = []
    for day in days:
        css = classes[day.centre.id]
        for technician in sorted(day.lines):
            line = cartography.projected(day.lines[technician])
            if line is not None:
                ways.append(RoundPath(path(line.simplify(WAY_TOLERANCE_M).coords), css))
        left = {entry.visit for entry in day.plan.unassigned}
        for name in sorted(day.tickets):
            ticket = day.tickets[name]
            marks = crosses if name in left else dots
            marks.append(Mark(*at(ticket.lon, ticket.lat), css))
    planned = {day.centre.id for day in days}
    sites = [
        Mark(*at(centre.lon, centre.lat), classes[centre.id], centre.name, address(centre.id))
        for centre in territory.centres.values()
        if centre.id in planned
    ]
    width, height = round(east - west + MARGIN_M), round(north - south + MARGIN_M)
    return Picture(
        f"0 0 {width} {height}",
        tuple(lands),
        tuple(ways),
        tuple(dots),
        tuple(crosses),
        tuple(sites),
    )


def centre_classes(territory: Territory) -> dict[str, str]:
    """Return a colour class for each centre, in the order of the territory."""
    return {centre: palette.colour_class(rank) for rank, centre in enumerate(territory.centres)}
