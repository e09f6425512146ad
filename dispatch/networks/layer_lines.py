"""The lines of a layer: faults of geometry, parts put together, positions in degrees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyproj
import shapely
from pyproj import Geod, Transformer

from dispatch.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dispatch.networks.area import Area
    from dispatch.networks.layer_file import LayerTable
    from dispatch.networks.layer_mapping import LayerMapping

WGS84: Final = "EPSG:4326"
LINES: Final = frozenset({"LineString", "MultiLineString", "LinearRing"})
_DEGREES: Final = (180.0, 90.0)
_REMEDY: Final = (
    "state it with `crs` in a mapping (--columns), or write it into the file (ogr2ogr -a_srs)"
)


def lines_in_degrees(
    table: LayerTable, mapping: LayerMapping, named: Callable[[int], str]
) -> tuple[NDArray[np.object_], NDArray[np.int64], list[Fault]]:
    """
    Return the lines of a layer in degrees (WGS84), without empty ones.

    Parameters
    ----------
    table
        The layer.
    mapping
        Its coordinate system, where the layer states none.
    named
        Returns how people find the section of a row.

    Returns
    -------
    lines, rows, faults
        Lines of two positions or more, and the row of each; a section of several parts that do not
        meet has several lines. The faults of columns, coordinates and geometry.
    """
    faults = [
        Fault(table.source, "columns", column,
              "is not among the layer's columns; correct it in the mapping, or list it in its "
              f"`optional`. There are {', '.join(table.fields) or 'none'}")
        for column in table.missing
    ]  # fmt: skip
    if not len(table.geometry):
        faults.append(Fault(table.source, "", None, "has no section; export the layer again"))
    there = np.flatnonzero(~shapely.is_missing(table.geometry))
    kinds = np.array([one.geom_type for one in table.geometry[there]], dtype=np.str_)
    for kind in sorted(set(kinds.tolist()) - LINES):
        rows = there[kinds == kind]
        message = (
            "is no line, as roads are; give the layer of road sections "
            f"({len(rows)} of {len(table.geometry)}, the first is {named(int(rows[0]))})"
        )
        faults.append(Fault(table.source, "geometry", kind, message))
    rows = there[np.isin(kinds, list(LINES))]
    if len(table.geometry) and not len(there):
        message = "no section has a geometry; export the layer with its lines"
        faults.append(Fault(table.source, "geometry", None, message))
    lines, parents = _parts(table.geometry[rows], rows)
    transformer, wrong = _to_degrees(table, mapping, lines)
    faults += wrong
    if transformer is None:
        return np.empty(0, dtype=object), np.empty(0, dtype=np.int64), faults
    degrees = shapely.transform(
        lines, lambda xy: np.stack(transformer.transform(xy[:, 0], xy[:, 1]), axis=1)
    )
    at = shapely.get_coordinates(degrees)
    of = np.repeat(np.arange(len(degrees)), shapely.get_num_coordinates(degrees))
    # Written so that nan is wrong too.
    bad = np.unique(of[~(np.abs(at) <= _DEGREES).all(axis=1)])
    if len(bad):
        message = (
            f"lies nowhere on Earth in the layer's coordinate system ({table.crs or mapping.crs}); "
            f"if that is not the true one, {_REMEDY} ({len(bad)} sections, the first is "
            f"{named(int(parents[bad[0]]))})"
        )
        first = shapely.get_coordinates(lines[bad[0]])[0]
        faults.append(Fault(table.source, "geometry", f"{first[0]:g} {first[1]:g}", message))
    return degrees, parents, faults


def _parts(
    geometry: NDArray[np.object_], rows: NDArray[np.int64]
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Return lines of two positions or more, and their rows; parts that go on are one line."""
    parts, of = shapely.get_parts(geometry, return_index=True)
    if len(parts) == len(geometry):
        lines = [[line] for line in parts]
    else:
        lines = [[] for _ in geometry]
        for part, number in zip(parts, of.tolist(), strict=True):
            lines[number].append(part)
    found, parents = [], []
    for row, several in zip(rows.tolist(), lines, strict=True):
        joined: list[NDArray[np.float64]] = []
        for part in several:
            xy = shapely.get_coordinates(part)
            # A position that is named twice in a row is one; so is where a part goes on.
            xy = xy[np.concatenate([[True], (np.diff(xy, axis=0) != 0).any(axis=1)])[: len(xy)]]
            if joined and len(xy) and (joined[-1][-1] == xy[0]).all():
                joined[-1] = np.concatenate([joined[-1], xy[1:]])
            elif len(xy):
                joined.append(xy)
        kept = [xy for xy in joined if len(xy) > 1]
        found += [shapely.LineString(xy) for xy in kept]
        parents += [row] * len(kept)
    return np.array(found, dtype=object), np.array(parents, dtype=np.int64)


def _to_degrees(
    table: LayerTable, mapping: LayerMapping, lines: NDArray[np.object_]
) -> tuple[Transformer | None, list[Fault]]:
    """Return the way from the layer's coordinate system to degrees, and its faults."""
    source, given = table.crs, mapping.crs
    if source is None and given is None:
        message = f"the layer states no coordinate system; {_REMEDY}"
        return None, [Fault(table.source, "crs", None, message)]
    found: dict[str, pyproj.CRS] = {}
    for text in (source, given):
        if text is None:
            continue
        try:
            found[text] = pyproj.CRS.from_user_input(text)
        except pyproj.exceptions.CRSError:
            message = f"is no coordinate system that is known; {_REMEDY}"
            return None, [Fault(table.source, "crs", text, message)]
    used = found[given if source is None else source]  # type: ignore[index]
    if source is not None and given is not None and found[source] != found[given]:
        # GeoJSON states degrees where it states nothing; metres show that they are none.
        far = len(lines) and (np.abs(shapely.get_coordinates(lines)) > _DEGREES).any()
        if not (found[source].is_geographic and far):
            message = (
                f"the layer says {_short(found[source])} and the mapping another one; take `crs` "
                "out of the mapping, or correct the file"
            )
            return None, [Fault(table.source, "crs", given, message)]
        used = found[given]
    try:
        return Transformer.from_crs(used, WGS84, always_xy=True), []
    except pyproj.exceptions.ProjError:
        message = f"cannot be turned into degrees; {_REMEDY}"
        return None, [Fault(table.source, "crs", _short(used), message)]


def _short(crs: pyproj.CRS) -> str:
    authority = crs.to_authority()
    return crs.name if authority is None else ":".join(authority)


def line_metres(lines: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the length of lines in degrees (m, on the ellipsoid)."""
    xy = shapely.get_coordinates(lines)
    of = np.repeat(np.arange(len(lines)), shapely.get_num_coordinates(lines))
    _, _, steps = Geod(ellps="GRS80").inv(*xy[:-1].T, *xy[1:].T)
    inside = of[:-1] == of[1:]
    weights = np.asarray(steps, dtype=np.float64)[inside]
    return np.bincount(of[:-1][inside], weights=weights, minlength=len(lines)).astype(np.float64)


def lines_outside(lines: NDArray[np.object_], area: Area | None) -> NDArray[np.bool_]:
    """Return which lines have no position in an area."""
    if area is None:
        return np.zeros(len(lines), dtype=np.bool_)
    outline = area.degrees()
    shapely.prepare(outline)
    inside = shapely.contains_xy(outline, shapely.get_coordinates(lines))
    of = np.repeat(np.arange(len(lines)), shapely.get_num_coordinates(lines))
    found: NDArray[np.bool_] = np.bincount(of[inside], minlength=len(lines)) == 0
    return found
