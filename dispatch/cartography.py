"""Shapes made ready to be drawn: borders and lines thinned, labels placed, extents found.

Lengths are metres, in EPSG:2154; what is returned for a web map is (latitude,
longitude) in degrees, WGS84, rounded to about a metre.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import Transformer

from dispatch.territory import GEOGRAPHIC_CRS, METRIC_CRS, TO_METRIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dispatch.day import CentreDay, Line
    from dispatch.territory import Commune

TO_GEOGRAPHIC = Transformer.from_crs(METRIC_CRS, GEOGRAPHIC_CRS, always_xy=True)

# Drawing, not service: what cannot be seen at the zoom of a centre (metres).
BORDER_TOLERANCE_M = 15
LINE_TOLERANCE_M = 5
DECIMALS = 5

LatLon = tuple[float, float]


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
    """Return a line of longitudes and latitudes thinned, in EPSG:2154; None if under two points."""
    if len(line) < 2:
        return None
    xs, ys = TO_METRIC.transform(*zip(*line, strict=True))
    return shapely.LineString(list(zip(xs, ys, strict=True))).simplify(LINE_TOLERANCE_M)


def thin_line(line: Line) -> list[LatLon]:
    """Return a line of longitudes and latitudes thinned, for a web map; empty if under two points."""
    shape = projected(line)
    return [] if shape is None else positions(shape.coords)


def extent(day: CentreDay) -> list[LatLon]:
    """Return the south-west and north-east corners of all that a day shows."""
    points = [(day.centre.lon, day.centre.lat)]
    points += [(ticket.lon, ticket.lat) for ticket in day.tickets.values()]
    points += [point for line in day.lines.values() for point in line]
    lons, lats = zip(*points, strict=True)
    return [(min(lats), min(lons)), (max(lats), max(lons))]
