"""A reference layer of roads, read from its file through GDAL: geometry, and columns as text.

Geopackages, shapefiles and GeoJSON (also .gz) are read, within bounds. The driver is that of the
file's ending, whatever its content claims to be: GDAL knows formats that name other files.
"""

from __future__ import annotations

import gzip
import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from dispatch.errors import InputError
from dispatch.files.bounded import BROKEN, CHUNK, too_large
from dispatch.files.textfile import MEGABYTE
from dispatch.streets.roads import SECTION

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from numpy.typing import NDArray

    from dispatch.networks.layer_mapping import LayerMapping
    from dispatch.streets.settings import BuildSettings

GPKG, GEOJSON_GZ = ".gpkg", ".geojson.gz"
# The driver of GDAL for the end of a file's name.
DRIVERS = {GPKG: "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON", GEOJSON_GZ: "GeoJSON"}
LAYERS = tuple(DRIVERS)


@dataclass(frozen=True, eq=False)
class LayerTable:
    """
    The content of a layer.

    Parameters
    ----------
    source
        Name of the file.
    crs
        Its coordinate system, as the file states it; None: it states none.
    geometry
        Geometry of each section, in two dimensions; None where there is none, shape (sections,).
    fields
        Names of all its columns.
    columns
        The columns of the mapping as text, by the mapping's names; "" is an empty cell.
    missing
        Columns of the mapping that the layer lacks.
    """

    source: str
    crs: str | None
    geometry: NDArray[np.object_]
    fields: tuple[str, ...]
    columns: dict[str, NDArray[np.str_]]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Layer:
    """A layer whose columns are known, and whose content is not read yet."""

    source: str
    content: Path | bytes
    name: str | None
    fields: tuple[str, ...]


def is_layer(path: Path) -> bool:
    """Return whether a file's name ends as that of a layer."""
    return path.name.lower().endswith(LAYERS)


def open_layer(
    path: Path, name: str | None, bounds: BuildSettings, hints: Collection[str] = ()
) -> Layer:
    """
    Return a layer of a file.

    Parameters
    ----------
    path
        .gpkg, .shp, .geojson or .geojson.gz.
    name
        The layer, where the file has several; None: its only one.
    bounds
        Limits of its size.
    hints
        Names by which a layer of roads is known among others.

    Raises
    ------
    InputError
        When the file cannot be read, is too large, or has no such layer.
    """
    import pyogrio  # here: it takes half a second, which `dispatch --help` spares

    try:
        if not path.is_file():
            raise InputError.one(str(path), "there is no such file; give the path of a layer")
        if path.stat().st_size > bounds.extract_mb * MEGABYTE:
            message = too_large(bounds.extract_mb, f"extract_mb in {SECTION}")
            raise InputError.one(path.name, message)
        lower = path.name.lower()
        packed = lower.endswith(GEOJSON_GZ)
        content = _unpacked(path, bounds) if packed else path
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Only a geopackage has several layers; GDAL itself names those of the others.
            chosen = None
            if lower.endswith(GPKG):
                kinds = {str(layer): kind for layer, kind in pyogrio.list_layers(content)}
                chosen = _chosen(path.name, kinds, name, hints)
            info = pyogrio.read_info(content, layer=chosen)
    except InputError:
        raise
    except Exception as exc:
        raise _unreadable(path.name, exc) from exc
    driver = next(driver for ending, driver in DRIVERS.items() if lower.endswith(ending))
    if info["driver"] != driver:
        message = f"is not what its name says ({driver}); name it as what it is, or export it again"
        raise InputError.one(path.name, message, value=info["driver"])
    return Layer(path.name, content, chosen, tuple(str(field) for field in info["fields"]))


def layer_table(layer: Layer, mapping: LayerMapping) -> LayerTable:
    """
    Return the content of a layer, with the columns of a mapping.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    import pyogrio

    found = mapping.found_in(layer.fields)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            meta, _, wkb, values = pyogrio.raw.read(
                layer.content,
                layer=layer.name,
                columns=sorted(set(found.values())),
                force_2d=True,
                datetime_as_string=True,
            )
        count = len(values[0]) if values else 0 if wkb is None else len(wkb)
        geometry = np.full(count, None) if wkb is None else shapely.from_wkb(wkb)
    except Exception as exc:
        raise _unreadable(layer.source, exc) from exc
    texts = {
        str(field): _as_text(np.asarray(column))
        for field, column in zip(meta["fields"], values, strict=True)
    }
    lacking = set(mapping.columns) - set(found) - set(mapping.optional)
    return LayerTable(
        layer.source,
        meta["crs"],
        geometry,
        layer.fields,
        {column: texts[field] for column, field in found.items()},
        tuple(column for column in mapping.columns if column in lacking),
    )


def _chosen(
    source: str, kinds: dict[str, str | None], wanted: str | None, hints: Collection[str]
) -> str:
    """Return the name of the layer to read, given the kind of geometry of each one."""
    # A layer without geometry is a table; one of points or outlines is read only when asked for.
    lines = [name for name, kind in kinds.items() if kind and ("Line" in kind or kind == "Unknown")]
    known = [name for name in lines if name.casefold() in {hint.casefold() for hint in hints}]
    if wanted is not None:
        same = [name for name in kinds if name.casefold() == wanted.casefold()]
        if same:
            return same[0]
        message = f"has no such layer; there are {', '.join(kinds)}: name one with --layer"
        raise InputError.one(source, message, where="layer", value=wanted)
    for choice in (list(kinds), lines, known):
        if len(choice) == 1:
            return choice[0]
    if not kinds:
        raise InputError.one(source, "has no layer; export the roads again")
    message = f"has several layers ({', '.join(lines or kinds)}); name one with --layer"
    raise InputError.one(source, message)


def _unpacked(path: Path, bounds: BuildSettings) -> bytes:
    whole = io.BytesIO()
    try:
        with gzip.open(path, "rb") as file:
            while piece := file.read(CHUNK):
                whole.write(piece)
                if whole.tell() > bounds.unpacked_mb * MEGABYTE:
                    setting = f"unpacked_mb in {SECTION}"
                    message = too_large(bounds.unpacked_mb, setting, unpacked=True)
                    raise InputError.one(path.name, message)
    except BROKEN as exc:
        raise _unreadable(path.name, exc) from exc
    return whole.getvalue()


def _unreadable(source: str, exc: Exception) -> InputError:
    # GDAL's drivers raise many errors; each means that the file is not such a layer, or not whole.
    message = (
        f"cannot be read as a layer of roads ({type(exc).__name__}: {exc}); give a whole "
        ".gpkg, .shp with its .shx and .dbf, .geojson or .geojson.gz"
    )
    return InputError.one(source, message)


def _as_text(values: NDArray[Any]) -> NDArray[np.str_]:
    """Return the cells of a column as text: "" where empty, 1 and 1.0 alike, true and false."""
    if values.dtype.kind == "b":
        return np.where(values, "true", "false").astype(np.str_)
    if values.dtype.kind in "iu":
        return values.astype(np.str_)
    return np.array([_cell(value) for value in values.tolist()], dtype=np.str_)


def _cell(value: object) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    return str(value).strip()
