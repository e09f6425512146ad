"""Shapes made ready to be drawn: borders and lines thinned, labels placed, extents found.

Lengths are metres, in EPSG:2154; what is returned for a web map is (latitude,
longitude) in degrees, WGS84, rounded to about a metre.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import shapely
from pyproj import Transformer

from dispatch.territory import GEOGRAPHIC_CRS, METRIC_CRS, TO_METRIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from dispatch.model.day import CentreDay, Line
    from dispatch.streets.network import Network
    from dispatch.territory import Commune, Territory

TO_GEOGRAPHIC = Transformer.from_crs(METRIC_CRS, GEOGRAPHIC_CRS, always_xy=True)

# Drawing, not service: what cannot be seen at the zoom of a centre (metres).
BORDER_TOLERANCE_M = 15
LINE_TOLERANCE_M = 5
DECIMALS = 5

ROAD_TOLERANCE_M = 25
AROUND_M = 3000
SPUR_M = 1200

LatLon = tuple[float, float]


@dataclass(frozen=True)
class Backdrop:
    """Lines drawn lightly under the rounds (longitude, latitude): the river's, the main roads'."""

    water: tuple[Line, ...] = ()
    roads: tuple[Line, ...] = ()


def backdrop(network: Network, water: Iterable[Line] = ()) -> Backdrop:
    """
    Return what to draw under rounds over a road network: its main roads and bridges.

    Those are the roads from which no site is reached. A network that marks none gives none: all
    its streets would hide the rounds.
    """
    main = np.flatnonzero(~network.attachable)
    roads = (tuple((float(x), float(y)) for x, y in network.line(int(edge))) for edge in main)
    return Backdrop(water=tuple(water), roads=tuple(roads))


def thin_outlines(communes: Mapping[str, Commune]) -> dict[str, shapely.Geometry]:
    """Return the outlines by INSEE code, thinned together so that neighbours still meet."""
    codes = sorted(communes)
    shapes = np.array([communes[code].outline for code in codes], dtype=object)
    thin = shapely.coverage_simplify(shapes, BORDER_TOLERANCE_M)
    return dict(zip(codes, thin.tolist(), strict=True))


def rings(shape: shapely.Geometry) -> list[list[LatLon]]:
    """Return the outer and inner rings of a polygon or multipolygon (EPSG:2154) for a web map."""
    return [
        positions(ring.coords)
        for polygon in shapely.get_parts(shape)
        for ring in (polygon.exterior, *polygon.interiors)
    ]


def positions(points: Iterable[tuple[float, ...]]) -> list[LatLon]:
    """Return points (EPSG:2154) as latitude, longitude (degrees)."""
    xs, ys = zip(*((point[0], point[1]) for point in points), strict=True)
    lons, lats = TO_GEOGRAPHIC.transform(xs, ys)
    return [
        (round(lat, DECIMALS), round(lon, DECIMALS)) for lon, lat in zip(lons, lats, strict=True)
    ]


def middle(shape: shapely.Geometry) -> shapely.Point:
    """Return where a name is best written: the centre of the largest circle inside (EPSG:2154)."""
    largest = max(shapely.get_parts(shape), key=shapely.area)
    circle = shapely.maximum_inscribed_circle(largest, tolerance=BORDER_TOLERANCE_M)
    return shapely.Point(circle.coords[0])


def projected(line: Line) -> shapely.LineString | None:
    """Return a line thinned, in EPSG:2154; None if it has under two points."""
    if len(line) < 2:
        return None
    lons, lats = zip(*line, strict=True)
    xs, ys = TO_METRIC.transform(lons, lats)
    shape = shapely.LineString(list(zip(xs, ys, strict=True))).simplify(LINE_TOLERANCE_M)
    return cast("shapely.LineString", shape)


def thin_line(line: Line) -> list[LatLon]:
    """Return a line thinned, for a web map; empty if it has under two points."""
    shape = projected(line)
    return [] if shape is None else positions(shape.coords)


def thin_lines(lines: Iterable[Line], territory: Territory) -> list[list[LatLon]]:
    """Return lines near a territory, joined where they meet and thinned, for a web map."""
    shapes = [shape for line in lines if (shape := projected(line)) is not None]
    if not shapes:
        return []
    west, south, east, north = shapely.bounds(territory.outline)
    box = (west - AROUND_M, south - AROUND_M, east + AROUND_M, north + AROUND_M)
    # The union drops what is there twice, as the two directions of a road are.
    near = shapely.clip_by_rect(shapely.union_all(shapes), *box)
    parts = shapely.get_parts(shapely.line_merge(near))
    joined = shapely.line_merge(shapely.union_all(_without_spurs(parts)))
    thin = shapely.get_parts(joined.simplify(ROAD_TOLERANCE_M))
    return [positions(part.coords) for part in thin if not part.is_empty]


def _without_spurs(parts: NDArray[np.object_]) -> list[shapely.LineString]:
    """Return lines (EPSG:2154) without the short ones that end nowhere, such as ramps."""
    ends = [(part.coords[0], part.coords[-1]) for part in parts]
    meeting = Counter(end for pair in ends for end in set(pair))
    return [
        part
        for part, pair in zip(parts, ends, strict=True)
        if part.length > SPUR_M or min(meeting[end] for end in pair) > 1
    ]


def extent(day: CentreDay) -> list[LatLon]:
    """Return the south-west and north-east corners of all that a day shows."""
    points = [(day.centre.lon, day.centre.lat)]
    points += [(ticket.lon, ticket.lat) for ticket in day.tickets.values()]
    points += [point for line in day.lines.values() for point in line]
    lons, lats = zip(*points, strict=True)
    return [(min(lats), min(lons)), (max(lats), max(lons))]
