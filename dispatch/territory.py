"""The communes, the proximity centres, and the communes in the charge of each centre.

Geometries are in EPSG:2154 (metres); positions of people and places are
longitude and latitude (EPSG:4326, degrees). INSEE codes are text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import Transformer

from dispatch.data import data_path
from dispatch.errors import Fault, InputError
from dispatch.files.cells import normalised

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas

METRIC_CRS = "EPSG:2154"
GEOGRAPHIC_CRS = "EPSG:4326"
METROPOLE = "metropole"

TO_METRIC = Transformer.from_crs(GEOGRAPHIC_CRS, METRIC_CRS, always_xy=True)


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune: INSEE code, name, people, pôle territorial, town hall, outline (EPSG:2154)."""

    insee: str
    name: str
    population: int
    pole: str
    takes_part: bool
    town_hall_address: str
    town_hall_lon: float
    town_hall_lat: float
    outline: shapely.MultiPolygon | shapely.Polygon


@dataclass(frozen=True, slots=True)
class Centre:
    """A proximity centre: id, name, premises (WGS84), the collectivities in its charge."""

    id: str
    name: str
    address: str
    lon: float
    lat: float
    communes: tuple[str, ...]
    """INSEE codes of the communes in its charge."""
    serves_metropole: bool = False
    """Whether the Métropole's own services are in its charge."""


@dataclass(frozen=True)
class Territory:
    """
    The communes by INSEE code, and the centres by id.

    Raises
    ------
    ValueError
        When a centre names an unknown commune, or a commune has two centres.
    """

    communes: Mapping[str, Commune]
    centres: Mapping[str, Centre]

    def __post_init__(self) -> None:
        seen: dict[str, str] = {}
        for centre in self.centres.values():
            for insee in centre.communes:
                if insee not in self.communes:
                    msg = (
                        f"centre {centre.id!r} names commune {insee!r}, which is not in the "
                        "territory"
                    )
                    raise ValueError(msg)
                if insee in seen:
                    msg = (
                        f"commune {insee!r} is in the charge of both {seen[insee]!r} and "
                        f"{centre.id!r}"
                    )
                    raise ValueError(msg)
                seen[insee] = centre.id

    @cached_property
    def outline(self) -> shapely.Geometry:
        """Return the union of the communes (EPSG:2154)."""
        return shapely.union_all([commune.outline for commune in self.communes.values()])

    def centre_in_charge(self, collectivity: str) -> Centre | None:
        """Return the centre in charge of a commune (INSEE code) or of "metropole", or None."""
        for centre in self.centres.values():
            if collectivity in centre.communes:
                return centre
            if collectivity == METROPOLE and centre.serves_metropole:
                return centre
        return None

    def centre_named(self, name: str) -> str | None:
        """Return the id of a centre by its id or its name, capitals and accents aside; or None."""
        if name in self.centres:
            return name
        wanted = normalised(name)
        found = [
            centre.id
            for centre in self.centres.values()
            if wanted in (normalised(centre.id), normalised(centre.name))
        ]
        return found[0] if len(found) == 1 else None

    def to_geodataframe(self) -> geopandas.GeoDataFrame:
        """
        Return one row a commune, in EPSG:2154, indexed by INSEE code.

        Columns: name, population, pole, takes_part, centre (id, or None) and geometry.
        """
        import geopandas

        rows = [
            {
                "insee": commune.insee,
                "name": commune.name,
                "population": commune.population,
                "pole": commune.pole,
                "takes_part": commune.takes_part,
                "centre": centre.id if (centre := self.centre_in_charge(commune.insee)) else None,
                "geometry": commune.outline,
            }
            for commune in self.communes.values()
        ]
        return geopandas.GeoDataFrame(rows, crs=METRIC_CRS).set_index("insee")

    def commune_at(self, lon: float, lat: float) -> Commune | None:
        """Return the commune that contains a position (degrees, WGS84), or None."""
        point = shapely.Point(*TO_METRIC.transform(lon, lat))
        for insee in sorted(self.communes):
            if self.communes[insee].outline.covers(point):
                return self.communes[insee]
        return None


_COMMUNE_PROPERTIES: dict[str, type] = {
    "insee": str,
    "name": str,
    "population": int,
    "pole": str,
    "takes_part": bool,
    "town_hall_address": str,
    "town_hall_lon": float,
    "town_hall_lat": float,
}


def read_communes(path: Path | None = None) -> dict[str, Commune]:
    """
    Return the communes of a GeoJSON file by INSEE code, in the order of the codes.

    Parameters
    ----------
    path
        A GeoJSON FeatureCollection in WGS84 (RFC 7946), one polygon a commune, with the
        properties of `Commune`; None: the 28 communes that come with the package.

    Returns
    -------
    communes
        Outlines are projected to EPSG:2154 (metres).

    Raises
    ------
    InputError
        When the file is missing or not GeoJSON, declares another CRS, or a commune lacks a
        property, has a wrong one, a double INSEE code or an invalid outline; all faults at once.
    """
    path = data_path("communes.geojson") if path is None else path
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        message = "no such file; leave it out to use the communes that come with the package"
        raise InputError.one(path.name, message) from exc
    except (OSError, ValueError, RecursionError) as exc:
        message = f"cannot be read as GeoJSON ({exc}); give a UTF-8 FeatureCollection"
        raise InputError.one(path.name, message) from exc
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        message = "has no features; give a GeoJSON FeatureCollection with one feature a commune"
        raise InputError.one(path.name, message)

    faults = _crs_faults(path.name, content)
    communes: dict[str, Commune] = {}
    for index, feature in enumerate(features):
        commune = _commune(path.name, f"features[{index}]", feature, faults)
        if commune is None:
            continue
        if commune.insee in communes:
            where = f"features[{index}].properties.insee"
            message = "this INSEE code was already given; keep one feature a commune"
            faults.append(Fault(path.name, where, commune.insee, message))
        communes[commune.insee] = commune
    if faults:
        raise InputError(faults)
    return dict(sorted(communes.items()))


def _crs_faults(source: str, content: dict[str, Any]) -> list[Fault]:
    """Return a fault when a file declares, as before RFC 7946, a CRS other than WGS84."""
    declared = content.get("crs")
    if declared is None:
        return []
    properties = declared.get("properties") if isinstance(declared, dict) else None
    name = str(properties.get("name")) if isinstance(properties, dict) else str(declared)
    if name.upper().rsplit(":", 1)[-1] in {"CRS84", "4326"}:
        return []
    message = f"coordinates must be in {GEOGRAPHIC_CRS}; project the file to it"
    return [Fault(source, "crs", name, message)]


def _commune(source: str, where: str, feature: object, faults: list[Fault]) -> Commune | None:
    """Return the commune of a feature; None when it has faults, which are added to the list."""
    before = len(faults)
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        faults.append(Fault(source, where, None, "is not a GeoJSON feature with properties"))
        return None
    properties = feature["properties"]
    for name, kind in _COMMUNE_PROPERTIES.items():
        if name not in properties:
            message = f"is missing; add it ({kind.__name__})"
            faults.append(Fault(source, f"{where}.properties.{name}", None, message))
            continue
        value = properties[name]
        # JSON writes 45.0 as 45; True is an int for Python, never for us.
        fits = isinstance(value, (int, float) if kind is float else kind)
        if not fits or (isinstance(value, bool) and kind is not bool):
            message = f"must be of type {kind.__name__}"
            faults.append(Fault(source, f"{where}.properties.{name}", str(value), message))
    outline = _outline(source, f"{where}.geometry", feature.get("geometry"), faults)
    if outline is None or len(faults) > before:
        return None
    return Commune(**{name: properties[name] for name in _COMMUNE_PROPERTIES}, outline=outline)


def _outline(
    source: str, where: str, geometry: object, faults: list[Fault]
) -> shapely.Polygon | shapely.MultiPolygon | None:
    """Return a valid outline in EPSG:2154; None when it has a fault, which is added to the list."""
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
    except shapely.errors.GEOSException as exc:
        faults.append(Fault(source, where, None, f"cannot be read: {exc}"))
        return None
    if not isinstance(shape, (shapely.Polygon, shapely.MultiPolygon)) or shape.is_empty:
        kind = "nothing" if shape is None else shape.geom_type
        faults.append(Fault(source, where, kind, "must be a Polygon or a MultiPolygon"))
        return None
    if not shape.is_valid:
        reason = shapely.is_valid_reason(shape)
        faults.append(Fault(source, where, reason, "is not a valid polygon; repair it"))
        return None
    west, south, east, north = shape.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        message = f"these are not degrees: coordinates must be in {GEOGRAPHIC_CRS}"
        faults.append(Fault(source, where, f"{west:.0f} {south:.0f}", message))
        return None
    return shapely.transform(
        shape, lambda xy: np.stack(TO_METRIC.transform(xy[:, 0], xy[:, 1]), axis=1)
    )
