"""OpenStreetMap data from where they are: a file, or an Overpass answer.

libosmium reads a region's file (.osm, also compressed, or .osm.pbf) in one pass; nodes that come
after their ways take a second one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import shapely

from dispatch.errors import InputError
from dispatch.files.bounded import too_large
from dispatch.files.textfile import MEGABYTE
from dispatch.networks.access import plain
from dispatch.networks.barriers import NODE_KEYS
from dispatch.networks.josm import deleted_elements
from dispatch.networks.osmdata import RESTRICTIONS, Extract, left_out
from dispatch.streets.roads import SECTION
from dispatch.streets.settings import RoadSettings, bundled_section

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dispatch.networks.area import Area
    from dispatch.streets.settings import BuildSettings


def from_overpass(answer: Any) -> Extract:  # noqa: ANN401 - any JSON
    """
    Return the data of an Overpass answer (JSON).

    Raises
    ------
    ValueError
        When it is not OpenStreetMap data, or not whole.
    """
    found, ways = Extract(), []
    every: dict[int, tuple[float, float]] = {}
    try:
        found.data_date = answer.get("osm3s", {}).get("timestamp_osm_base")
        for element in answer["elements"]:
            tags = {str(key): str(value) for key, value in element.get("tags", {}).items()}
            if element["type"] == "node":
                number = int(element["id"])
                every[number] = (float(element["lon"]), float(element["lat"]))
                found.note_node(number, tags)
            elif element["type"] == "way" and ("highway" in tags or tags.get("route") == "ferry"):
                nodes = [int(node) for node in element["nodes"]]
                if len(nodes) > 1:
                    ways.append((int(element["id"]), nodes, tags))
            elif element["type"] == "relation":
                members = [
                    (str(member["type"])[:1], int(member["ref"]), str(member["role"]))
                    for member in element["members"]
                ]
                found.note_relation(tags, members)
    except (AttributeError, KeyError, TypeError, OverflowError) as exc:
        msg = f"not OpenStreetMap data: {type(exc).__name__} {exc}"
        raise ValueError(msg) from exc
    lost = sum(node not in every for _, nodes, _ in ways for node in nodes)
    if lost:
        msg = f"{lost} nodes of its ways are missing"
        raise ValueError(msg)
    for number, nodes, tags in ways:
        found.take(number, nodes, tags, {node: every[node] for node in nodes})
    return found


def read_extract(path: Path, area: Area | None, bounds: BuildSettings | None = None) -> Extract:
    """
    Return the ways of an OpenStreetMap file that a van might drive.

    Parameters
    ----------
    path
        .osm, .osm.gz, .osm.bz2 or .osm.pbf. Nodes may come after their ways, which takes a second
        pass; what an editor (JOSM) marked as deleted is left out.
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
    try:
        reading = _Reading(path, area, bounds)
        reading.first_pass()
        reading.second_pass()
    except InputError:
        raise
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as exc:
        message = f"cannot be read as OpenStreetMap data ({exc}); give an .osm or .osm.pbf file"
        raise InputError.one(path.name, message) from exc
    found, streets = reading.found, reading.streets
    if not found.ways:
        message = "has no street that a van may drive" + (
            f" in the area asked for ({area.text}), of {streets} in all; `--whole` takes all of "
            "them"
            if streets and area is not None
            else "; its ways' nodes are not in it"
            if streets
            else ""
        )
        raise InputError.one(path.name, message)
    return found


class _Reading:
    """One file being read: ways as they come, and those whose nodes come later."""

    def __init__(self, path: Path, area: Area | None, bounds: BuildSettings) -> None:
        self.path, self.bounds = path, bounds
        self.inside = _Inside(area)
        self.found = Extract()
        self.streets = 0
        # Ways that lack positions: number, nodes, tags, positions known so far.
        self.pending: list[
            tuple[int, list[int], dict[str, str], dict[int, tuple[float, float]]]
        ] = []
        self.deleted = deleted_elements(path)

    def first_pass(self) -> None:
        """Take ways whose nodes came before them; keep the others for the second pass."""
        import osmium

        reader = osmium.FileProcessor(str(self.path)).with_locations()
        self.found.data_date = reader.header.get("osmosis_replication_timestamp") or None
        keys = ("highway", "route", *NODE_KEYS, *RESTRICTIONS)
        refs = 0
        for entity in reader.with_filter(osmium.filter.KeyFilter(*keys)):
            if isinstance(entity, osmium.osm.Changeset) or not entity.visible:
                continue
            tags = {tag.k: tag.v for tag in entity.tags}
            if isinstance(entity, osmium.osm.Node):
                if ("node", entity.id) not in self.deleted:
                    self.found.note_node(entity.id, tags)
            elif isinstance(entity, osmium.osm.Way):
                if ("way", entity.id) in self.deleted or not (
                    "highway" in tags or tags.get("route") == "ferry"
                ):
                    continue
                self.streets += not left_out(plain(tags))
                order = [node.ref for node in entity.nodes]
                known = {
                    node.ref: (node.lon, node.lat) for node in entity.nodes if node.location.valid()
                }
                if len(known) < len(set(order)):
                    self.pending.append((entity.id, order, tags, known))
                    refs += len(order)
                    if refs > self.bounds.positions:
                        _too_many(self.path, self.bounds.positions)
                else:
                    self._take(entity.id, order, tags, known)
            elif isinstance(entity, osmium.osm.Relation) and (
                ("relation", entity.id) not in self.deleted
            ):
                members = [(m.type, m.ref, m.role) for m in entity.members]
                self.found.note_relation(tags, members)

    def second_pass(self) -> None:
        """Find the nodes that came after their ways, or that have negative ids (JOSM)."""
        import osmium

        wanted = {
            node
            for _, order, _, known in self.pending
            for node in order
            if node not in known and ("node", node) not in self.deleted
        }
        if not wanted:
            later: dict[int, tuple[float, float]] = {}
        else:
            reader = osmium.FileProcessor(str(self.path), osmium.osm.NODE)
            if min(wanted) >= 0:
                reader = reader.with_filter(osmium.filter.IdFilter(wanted))
            later = {
                node.id: (node.lon, node.lat)
                for node in reader
                if isinstance(node, osmium.osm.Node) and node.id in wanted
                and node.visible and node.location.valid()
            }  # fmt: skip
        for number, order, tags, known in self.pending:
            whole = known | {node: later[node] for node in order if node in later}
            self._take(number, order, tags, whole)

    def _take(
        self,
        number: int,
        order: list[int],
        tags: dict[str, str],
        known: dict[int, tuple[float, float]],
    ) -> None:
        if self.inside.any(known.values()):
            self.found.take(number, order, tags, known)
            if len(self.found.positions) > self.bounds.positions:
                _too_many(self.path, self.bounds.positions)


def _too_many(path: Path, positions: int) -> NoReturn:
    message = (
        f"has streets of more than {positions} positions in the area asked for; ask for a smaller "
        f"one, or raise positions in {SECTION}"
    )
    raise InputError.one(path.name, message)


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
