"""Small reference layers of roads, written as towns export them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import geopandas
import numpy as np
from shapely import LineString

from dispatch.networks.layer import ReadLayer, RoadSections, read_layer
from dispatch.networks.section_nodes import M_PER_DEGREE
from dispatch.streets.settings import RoadSettings, bundled_section

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

# Positions of the small layers are metres from there (EPSG:2154): Talence.
ORIGIN = (417_000.0, 6_418_000.0)
CLASSES = frozenset(
    {"motorway", "trunk", "primary", "secondary", "tertiary", "residential", "service",
     "unclassified", "motorway_link", "secondary_link", "living_street", "other"}
)  # fmt: skip

__all__ = ["CLASSES", "ORIGIN", "line", "read", "sections_of", "settings", "write"]


def line(*positions: tuple[float, float]) -> LineString:
    """Return a line through positions (m from the origin)."""
    return LineString([(ORIGIN[0] + x, ORIGIN[1] + y) for x, y in positions])


def write(
    path: Path,
    geometry: Sequence[BaseGeometry | None],
    *,
    crs: str | None = "EPSG:2154",
    layer: str | None = None,
    **columns: Sequence[Any],
) -> Path:
    """Write a layer (.gpkg, .shp or .geojson, by the path's ending); return its path."""
    if path.suffix == ".shp":
        columns = {name[:10]: cells for name, cells in columns.items()}
    frame = geopandas.GeoDataFrame(columns, geometry=list(geometry), crs=crs)
    if path.suffix == ".geojson" and crs is not None:
        frame = frame.to_crs("EPSG:4326")
    options = {} if layer is None else {"layer": layer, "mode": "a" if path.exists() else "w"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a layer without coordinate system
        frame.to_file(path, engine="pyogrio", **options)
    return path


def settings() -> RoadSettings:
    """Return the settings of the bundled service file."""
    return RoadSettings.from_toml(bundled_section("roads"))


def read(
    path: Path,
    columns: str | Path | None = None,
    layer: str | None = None,
    **changed: Any,  # noqa: ANN401 - what read_layer takes
) -> ReadLayer:
    """Return all sections of a layer that a van drives."""
    given = {"area": None, "bounds": settings().build, "profile": "van", "ways": CLASSES}
    return read_layer(path, columns=columns, layer=layer, **{**given, **changed})


def sections_of(
    lines: Sequence[Sequence[tuple[float, float]]],
    *,
    level: Sequence[int] = (),
    first: Sequence[str] = (),
    last: Sequence[str] = (),
    origin: tuple[float, float] = (-0.58, 44.8),
    **changed: Any,  # noqa: ANN401 - arrays of every kind
) -> RoadSections:
    """Return lines (metres east and north of an origin in degrees) as sections without columns."""
    count = len(lines)
    east = M_PER_DEGREE * np.cos(np.radians(origin[1]))
    metres = [np.array(one, dtype=np.float64) for one in lines]
    none, yes = np.full(count, np.nan), np.ones(count, dtype=np.bool_)
    return RoadSections(
        **{
            "lonlat": np.concatenate(metres) / (east, M_PER_DEGREE) + origin,
            "starts": np.concatenate([[0], np.cumsum([len(one) for one in metres])]),
            "metres": np.array([np.hypot(*np.diff(one, axis=0).T).sum() for one in metres]),
            "along": yes,
            "against": yes.copy(),
            "road_class": np.full(count, "", dtype=np.str_),
            "roundabout": ~yes,
            "by_density": yes.copy(),
            "limit_kmh": none,
            "mean_kmh": none.copy(),
            "level": np.array(level or [0] * count, dtype=np.int64),
            "access": np.zeros(count, dtype=np.int8),
            "names": ("",) * count,
            "first": np.array(first or [""] * count, dtype=np.str_),
            "last": np.array(last or [""] * count, dtype=np.str_),
            **changed,
        }
    )
