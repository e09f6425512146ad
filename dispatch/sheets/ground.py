"""The map of a round on paper: the way, numbered stops, roads, water, borders and names.

Positions inside are metres, EPSG:2154; what is drawn is in tenths of a millimetre on paper
from the map's north-west corner, y downwards (SVG).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely

from dispatch.sheets.stop_labels import STOP_RADIUS, place_labels
from dispatch.territory import TO_METRIC
from dispatch.views import cartography

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dispatch.model.day import CentreDay
    from dispatch.sheets.stop_labels import Point, Spot
    from dispatch.territory import Territory
    from dispatch.views.itinerary import Itinerary

# Drawing, not service; tenths of a millimetre on paper.
BORDER = 75
ARROWS_EVERY = 260
ARROW_CLEAR = 62
LINE_TOLERANCE = 1.5
# A letter's half width, and what a line of text takes above and below its foot.
NAME_HALF, NAME_UP, NAME_DOWN, NAME_EDGE = 8.5, 30, 12, 40
# Where else a name may stand if the round runs through it (half widths, tenths of a millimetre).
NAME_SHIFTS = tuple((x, y) for y in (0, 70, -70, 140, -140, 220, -220) for x in (0, 1, -1, 2, -2))
BAR_MOST = 420
# Under this many metres across, a map of two neighbours would show nothing around them.
LEAST_ACROSS_M = 1000


@dataclass(frozen=True)
class Ground:
    """The land under every round (EPSG:2154): roads, water, borders, communes by name."""

    roads: tuple[shapely.Geometry, ...]
    water: tuple[shapely.Geometry, ...]
    borders: shapely.Geometry
    communes: tuple[tuple[str, shapely.Geometry], ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A name on the map."""

    text: str
    x: int
    y: int


@dataclass(frozen=True)
class RoundMap:
    """All that a map shows, bottom to top; paths are SVG."""

    width: int
    height: int
    borders: tuple[str, ...]
    water: tuple[str, ...]
    roads: tuple[str, ...]
    names: tuple[Name, ...]
    way: str
    arrows: tuple[str, ...]
    home: tuple[int, int]
    spots: tuple[Spot, ...]
    bar_width: int
    bar_label_m: int


def ground(territory: Territory, backdrop: cartography.Backdrop) -> Ground:
    """Return the land of a territory, thinned once for all rounds."""
    roads = cartography.thin_lines(backdrop.roads, territory)
    water = cartography.thin_lines(backdrop.water, territory)
    outlines = cartography.thin_outlines(territory.communes)
    return Ground(
        roads=tuple(map(_metric, roads)),
        water=tuple(map(_metric, water)),
        # Each border once: dashes drawn twice would fill each other's gaps.
        borders=shapely.line_merge(shapely.union_all([*map(shapely.boundary, outlines.values())])),
        communes=tuple((territory.communes[code].name, outlines[code]) for code in outlines),
    )


def _metric(line: Iterable[cartography.LatLon]) -> shapely.LineString:
    lats, lons = zip(*line, strict=True)
    return shapely.LineString(list(zip(*TO_METRIC.transform(lons, lats), strict=True)))


@dataclass(frozen=True)
class _Frame:
    """The piece of land on the paper: its north-west corner (m), and tenths of mm a metre."""

    west: float
    north: float
    scale: float
    width: int
    height: int

    @classmethod
    def around(cls, points: Sequence[Point], width: int, height: int) -> _Frame:
        """Return the largest that holds all points, away from the edges."""
        xs, ys = zip(*points, strict=True)
        across = max(max(xs) - min(xs), LEAST_ACROSS_M)
        down = max(max(ys) - min(ys), LEAST_ACROSS_M * height / width)
        scale = min((width - 2 * BORDER) / across, (height - 2 * BORDER) / down)
        west = (max(xs) + min(xs)) / 2 - width / scale / 2
        north = (max(ys) + min(ys)) / 2 + height / scale / 2
        return cls(west, north, scale, width, height)

    def spot(self, x: float, y: float) -> Point:
        return (x - self.west) * self.scale, (self.north - y) * self.scale

    def path(self, shape: shapely.Geometry) -> list[str]:
        """Return what is seen of lines or outlines, thinned to what can be seen."""
        east, south = self.west + self.width / self.scale, self.north - self.height / self.scale
        seen = shapely.clip_by_rect(shape, self.west, south, east, self.north)
        seen = seen.simplify(LINE_TOLERANCE / self.scale)
        lines = [part for part in shapely.get_parts(seen) if isinstance(part, shapely.LineString)]
        return [self.drawn(line.coords) for line in lines if not line.is_empty]

    def drawn(self, points: Iterable[tuple[float, ...]]) -> str:
        spots = (self.spot(point[0], point[1]) for point in points)
        return "M" + "L".join(f"{round(x)} {round(y)}" for x, y in spots)

    def seen(self, shape: shapely.Geometry) -> shapely.Geometry:
        east, south = self.west + self.width / self.scale, self.north - self.height / self.scale
        return shapely.clip_by_rect(shape, self.west, south, east, self.north)


def round_map(
    day: CentreDay, itinerary: Itinerary, land: Ground, *, width: int, height: int
) -> RoundMap:
    """
    Return the map of a round.

    Parameters
    ----------
    day
        The centre's day.
    itinerary
        One of its rounds.
    land
        The land under it.
    width, height
        Of the map on paper (tenths of a millimetre).
    """
    home = TO_METRIC.transform(*_start(day, itinerary))
    stops = [TO_METRIC.transform(step.ticket.lon, step.ticket.lat) for step in itinerary.steps]
    line = cartography.projected(day.lines.get(itinerary.technician.id, ()))
    along = [] if line is None else [(point[0], point[1]) for point in line.coords]
    frame = _Frame.around([home, *stops, *along], width, height)
    home_spot = frame.spot(*home)
    spots = place_labels([frame.spot(*stop) for stop in stops], home_spot, (width, height))
    taken = [home_spot, *((float(spot.label_x), float(spot.label_y)) for spot in spots)]
    bar_m = _round_length(BAR_MOST / frame.scale)
    return RoundMap(
        width=width,
        height=height,
        borders=tuple(frame.path(land.borders)),
        water=tuple(p for shape in land.water for p in frame.path(shape)),
        roads=tuple(p for shape in land.roads for p in frame.path(shape)),
        names=tuple(_names(land, frame, taken, [frame.spot(*point) for point in along])),
        way=frame.drawn(along) if along else "",
        arrows=tuple(_arrows([frame.spot(*point) for point in along], taken)),
        home=(round(home_spot[0]), round(home_spot[1])),
        spots=spots,
        bar_width=round(bar_m * frame.scale),
        bar_label_m=bar_m,
    )


def _start(day: CentreDay, itinerary: Itinerary) -> Point:
    """Return where a round starts: its line's first position, or else the centre's."""
    line: Mapping[str, tuple[Point, ...]] = day.lines
    way = line.get(itinerary.technician.id, ())
    return way[0] if way else (day.centre.lon, day.centre.lat)


def _names(
    land: Ground, frame: _Frame, taken: Sequence[Point], way: Sequence[Point]
) -> Iterable[Name]:
    """Yield the communes' names where they are seen whole and hide nothing of the round."""
    round_ = shapely.LineString(way) if len(way) > 1 else None
    for name, shape in land.communes:
        parts = [p for p in shapely.get_parts(frame.seen(shape)) if isinstance(p, shapely.Polygon)]
        if not parts:
            continue
        middle = cartography.middle(shapely.MultiPolygon(parts))
        x, y = frame.spot(middle.x, middle.y)
        half = NAME_HALF * len(name)
        for off_x, off_y in NAME_SHIFTS:
            u, v = x + off_x * half, y + off_y
            box = shapely.box(u - half, v - NAME_UP, u + half, v + NAME_DOWN)
            inside = half < u < frame.width - half and NAME_EDGE < v < frame.height - NAME_EDGE
            free = all(box.distance(shapely.Point(at)) > STOP_RADIUS for at in taken)
            # A name that moves must stay on its commune.
            own = shapely.Point(u, v)
            own = shapely.Point(frame.west + own.x / frame.scale, frame.north - own.y / frame.scale)
            if (
                inside
                and free
                and shapely.contains(shape, own)
                and not (round_ and box.intersects(round_))
            ):
                yield Name(name, round(u), round(v))
                break


def _arrows(way: Sequence[Point], taken: Sequence[Point]) -> Iterable[str]:
    """Yield arrowheads along a way, where they touch no number."""
    if len(way) < 2:
        return
    line = shapely.LineString(way)
    count = int(line.length / ARROWS_EVERY)
    for rank in range(count):
        at = (rank + 0.5) * line.length / count
        middle, ahead = line.interpolate(at), line.interpolate(min(at + 8, line.length))
        if any(math.hypot(middle.x - x, middle.y - y) < ARROW_CLEAR for x, y in taken):
            continue
        angle = math.atan2(ahead.y - middle.y, ahead.x - middle.x)
        corners = [
            (
                middle.x + u * math.cos(angle) - v * math.sin(angle),
                middle.y + u * math.sin(angle) + v * math.cos(angle),
            )
            for u, v in ((20, 0), (-12, 15), (-5, 0), (-12, -15))
        ]
        yield "M" + "L".join(f"{round(x, 1)} {round(y, 1)}" for x, y in corners) + "Z"


def _round_length(most_m: float) -> int:
    """Return the largest 1, 2 or 5 times a power of ten that is not above a length (m)."""
    power = 10 ** math.floor(math.log10(most_m))
    return int(max(step * power for step in (1, 2, 5) if step * power <= most_m))
