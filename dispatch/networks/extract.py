"""OpenStreetMap data: the ways that a van may drive, their nodes, and the nodes with signals.

They come from a file (.osm, also compressed, or .osm.pbf; libosmium reads a region's file in one
pass) or from an Overpass answer. Streets' names and other free text are dropped here, as no later
step needs them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import shapely

from dispatch.errors import InputError
from dispatch.files.bounded import too_large
from dispatch.files.textfile import MEGABYTE
from dispatch.streets.roads import SECTION
from dispatch.streets.settings import RoadSettings, bundled_section

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from dispatch.networks.area import Area
    from dispatch.streets.settings import BuildSettings

_ROADS = ("motorway", "trunk", "primary", "secondary", "tertiary")
# The classes that osmnx calls "drive": no service roads, which are driveways and car parks.
DRIVEN = frozenset(
    {*_ROADS, *(f"{road}_link" for road in _ROADS), "unclassified", "residential",
     "living_street", "road"}
)  # fmt: skip
# The most specific tag decides (OpenStreetMap's access hierarchy).
ACCESS = ("motorcar", "motor_vehicle", "vehicle", "access")
REFUSED = frozenset({"no", "private", "agricultural", "forestry", "emergency", "psv", "bus"})
# Barriers that no van passes; gates and lift gates open.
BARRIERS = frozenset({"block", "bollard", "cycle_barrier", "debris", "jersey_barrier", "log"})
SIGNAL = "traffic_signals"
KEPT = (
    "highway", "oneway", "junction", "maxspeed", "maxspeed:forward", "maxspeed:backward",
    "bridge", "tunnel",
)  # fmt: skip


class OsmWay(NamedTuple):
    """A way of OpenStreetMap: its nodes in order, and the tags of `KEPT`."""

    nodes: tuple[int, ...]
    tags: dict[str, str]


@dataclass
class Extract:
    """
    The data read from a file or an answer.

    Parameters
    ----------
    ways
        Ways that a van may drive.
    positions
        Longitude and latitude (degrees, WGS84) of their nodes.
    signals, closed
        Nodes with a signal, and nodes that no van passes.
    data_date
        Date of the data as the source states it.
    """

    ways: list[OsmWay] = field(default_factory=list)
    positions: dict[int, tuple[float, float]] = field(default_factory=dict)
    signals: set[int] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)
    data_date: str | None = None

    def note_node(self, node: int, tags: Mapping[str, str]) -> None:
        """Note a signal or a barrier at a node."""
        if tags.get("highway") == SIGNAL:
            self.signals.add(node)
        if tags.get("barrier") in BARRIERS and _allowed(tags) is not True:
            self.closed.add(node)


def is_driven(tags: Mapping[str, str]) -> bool:
    """Return whether a van may drive a way with these tags."""
    return (
        tags.get("highway") in DRIVEN and tags.get("area") != "yes" and _allowed(tags) is not False
    )


def _allowed(tags: Mapping[str, str]) -> bool | None:
    """Return whether the tags allow motor vehicles; None when no tag says."""
    for key in ACCESS:
        if key in tags:
            return tags[key] not in REFUSED
    return None


def kept_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that later steps need."""
    return {key: tags[key] for key in KEPT if key in tags}


def from_overpass(answer: Any) -> Extract:  # noqa: ANN401 - any JSON
    """
    Return the data of an Overpass answer (JSON).

    Raises
    ------
    ValueError
        When it is not OpenStreetMap data, or not whole.
    """
    found = Extract()
    try:
        found.data_date = answer.get("osm3s", {}).get("timestamp_osm_base")
        for element in answer["elements"]:
            tags = {str(key): str(value) for key, value in element.get("tags", {}).items()}
            if element["type"] == "node":
                number = int(element["id"])
                found.positions[number] = (float(element["lon"]), float(element["lat"]))
                found.note_node(number, tags)
            elif element["type"] == "way" and is_driven(tags):
                nodes = tuple(int(node) for node in element["nodes"])
                if len(nodes) > 1:
                    found.ways.append(OsmWay(nodes, kept_tags(tags)))
    except (AttributeError, KeyError, TypeError, OverflowError) as exc:
        msg = f"not OpenStreetMap data: {type(exc).__name__} {exc}"
        raise ValueError(msg) from exc
    lost = sum(node not in found.positions for way in found.ways for node in way.nodes)
    if lost:
        msg = f"{lost} nodes of its ways are missing"
        raise ValueError(msg)
    return found


def read_extract(path: Path, area: Area | None, bounds: BuildSettings | None = None) -> Extract:
    """
    Return the driven ways of an OpenStreetMap file.

    Parameters
    ----------
    path
        .osm, .osm.gz, .osm.bz2 or .osm.pbf, with nodes before ways, as usual.
    area
        Ways with a node in the area are taken as a whole; None: all ways.
    bounds
        Limits of the file's size and of positions; None: those of the bundled service.toml.

    Raises
    ------
    InputError
        When the file cannot be read, is too large, or has no such way.
    """
    import osmium

    bounds = bounds or RoadSettings.from_toml(bundled_section("roads")).build
    if path.is_file() and path.stat().st_size > bounds.extract_mb * MEGABYTE:
        message = too_large(bounds.extract_mb, f"extract_mb in {SECTION}")
        raise InputError.one(path.name, message)
    found, driven, inside = Extract(), 0, _Inside(area)
    try:
        reader = osmium.FileProcessor(str(path)).with_locations()
        found.data_date = reader.header.get("osmosis_replication_timestamp") or None
        for entity in reader.with_filter(osmium.filter.KeyFilter("highway", "barrier")):
            tags = {tag.k: tag.v for tag in entity.tags}
            if isinstance(entity, osmium.osm.Node):
                found.note_node(entity.id, tags)
            elif isinstance(entity, osmium.osm.Way) and is_driven(tags):
                driven += 1
                nodes = {
                    node.ref: (node.lon, node.lat) for node in entity.nodes if node.location.valid()
                }
                if inside.any(nodes.values()):
                    found.positions |= nodes
                    if len(found.positions) > bounds.positions:
                        _too_many(path, bounds.positions)
                    runs = _runs([node.ref for node in entity.nodes], nodes)
                    found.ways += [OsmWay(run, kept_tags(tags)) for run in runs]
    except InputError:
        raise
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as exc:
        message = f"cannot be read as OpenStreetMap data ({exc}); give an .osm or .osm.pbf file"
        raise InputError.one(path.name, message) from exc
    if not found.ways:
        message = "has no street that a van may drive" + (
            f" in the area asked for ({area.text}), of {driven} in all; `--whole` takes all of them"
            if driven and area is not None
            else "; its nodes must come before its ways"
            if driven
            else ""
        )
        raise InputError.one(path.name, message)
    return found


def _too_many(path: Path, positions: int) -> NoReturn:
    message = (
        f"has streets of more than {positions} positions in the area asked for; ask for a smaller "
        f"one, or raise positions in {SECTION}"
    )
    raise InputError.one(path.name, message)


def _runs(order: list[int], known: Collection[int]) -> list[tuple[int, ...]]:
    """Return the runs of known nodes; in a cut file, ways have nodes that the file lacks."""
    runs: list[list[int]] = [[]]
    for node in order:
        if node in known:
            runs[-1].append(node)
        elif runs[-1]:
            runs.append([])
    return [tuple(run) for run in runs if len(run) > 1]


class _Inside:
    """Tests whether any of some positions is in an area; the area's bounds are tested first."""

    def __init__(self, area: Area | None) -> None:
        self.outline = None if area is None else area.degrees()
        if self.outline is not None:
            shapely.prepare(self.outline)
            self.west, self.south, self.east, self.north = shapely.bounds(self.outline).tolist()

    def any(self, positions: Iterable[tuple[float, float]]) -> bool:
        """Return whether any of the positions (degrees) is in the area."""
        if self.outline is None:
            return True
        near = [
            (lon, lat)
            for lon, lat in positions
            if self.west <= lon <= self.east and self.south <= lat <= self.north
        ]
        return bool(near) and bool(shapely.contains_xy(self.outline, near).any())
