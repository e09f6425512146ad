"""The communes, the proximity centres, and which centre is in charge of which commune.

Geometries are in EPSG:2154 (metres); positions of people and places are
longitude and latitude (EPSG:4326, degrees). INSEE codes are text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import shapely
from pyproj import Transformer

if TYPE_CHECKING:
    from collections.abc import Mapping

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
                    msg = f"centre {centre.id!r} names commune {insee!r}, which is not in the territory"
                    raise ValueError(msg)
                if insee in seen:
                    msg = f"commune {insee!r} is in the charge of both {seen[insee]!r} and {centre.id!r}"
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

    def commune_at(self, lon: float, lat: float) -> Commune | None:
        """Return the commune that contains a position (degrees, WGS84), or None."""
        point = shapely.Point(*TO_METRIC.transform(lon, lat))
        for insee in sorted(self.communes):
            if self.communes[insee].outline.covers(point):
                return self.communes[insee]
        return None
