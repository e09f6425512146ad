"""What is kept of OpenStreetMap data: ways that a van might drive, points on them, turn signs.

Nothing is judged here: who may drive a way is for `access`. What is no street for a van at all is
counted by its kind and left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from pyproj import Geod

from dispatch.networks.access import CLOSED, KEYS, level_of, plain
from dispatch.networks.barriers import NODE_KEYS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_ROADS = ("motorway", "trunk", "primary", "secondary", "tertiary")
# The classes that osmnx calls "drive".
DRIVEN: Final = frozenset(
    {*_ROADS, *(f"{road}_link" for road in _ROADS), "unclassified", "residential",
     "living_street", "road"}
)  # fmt: skip
# Driveways, yards and car parks: only what leads to other streets is kept of them.
SERVICE: Final = "service"
# Open to a van only where a tag of vehicles says so.
BY_PERMISSION: Final = frozenset({"pedestrian", "track"})
POSITIONS, FERRY, AREA, NO_STREET = (
    "parts whose positions the file lacks, of unknown length",
    "ferries, which are not used",
    "areas, not lines",
    "no street for a van: ",
)
# Kinds that are told by their name; a file may hold any others.
_TOLD = frozenset(
    {"footway", "cycleway", "path", "steps", "bridleway", "pedestrian", "track", "construction",
     "proposed", "platform", "corridor", "busway", "bus_guideway", "raceway", "elevator",
     "rest_area", "services", "escape", "via_ferrata", "emergency_bay", "razed", "abandoned"}
)  # fmt: skip
RESTRICTIONS: Final = tuple(
    f"restriction{suffix}"
    for suffix in ("", ":conditional", *(f":{key}" for key in KEYS),
                   *(f":{key}:conditional" for key in KEYS))
)  # fmt: skip
"""Keys of the relations that are read, the least specific first."""
_TAGS = frozenset(
    {*KEYS, "highway", "oneway", "junction", "maxspeed", "zone", "source", "bridge", "tunnel",
     "area", "maxheight", "maxwidth", "maxlength", "maxweight", "maxweightrating", "smoothness"}
)  # fmt: skip
_POINT_TAGS = frozenset({*NODE_KEYS, "locked", "kerb", "direction", "traffic_signals", "stop"})
_GEOD = Geod(ellps="GRS80")
NAME_CHARS = 80


class OsmWay(NamedTuple):
    """A way of OpenStreetMap: its nodes in order, tags (`access.plain`), number and name."""

    nodes: tuple[int, ...]
    tags: dict[str, str]
    number: int = 0
    name: str = ""


class Sign(NamedTuple):
    """A relation that restricts turns: its tags, and each member's kind (n or w), id and role."""

    tags: dict[str, str]
    members: tuple[tuple[str, int, str], ...]


@dataclass
class Extract:
    """
    The data read from a file or an answer.

    Parameters
    ----------
    ways
        Ways that a van might drive.
    positions
        Longitude and latitude (degrees, WGS84) of their nodes.
    points
        Tags of nodes with a barrier, a signal, a stop line or an access tag.
    signs
        Relations that restrict turns.
    left_out_m
        Length (m) of ways that are no street for a van, by kind.
    read_m
        Length (m) of all ways that were read.
    data_date
        Date of the data as the source states it.
    """

    ways: list[OsmWay] = field(default_factory=list)
    positions: dict[int, tuple[float, float]] = field(default_factory=dict)
    points: dict[int, dict[str, str]] = field(default_factory=dict)
    signs: list[Sign] = field(default_factory=list)
    left_out_m: dict[str, float] = field(default_factory=dict)
    read_m: float = 0.0
    data_date: str | None = None

    def note_node(self, node: int, tags: Mapping[str, str]) -> None:
        """Note a node's tags, where they may stop or slow a van."""
        kept = {key: value for key, value in plain(tags).items()
                if key.split(":")[0] in _POINT_TAGS}  # fmt: skip
        if kept:
            self.points[node] = kept

    def note_relation(
        self, tags: Mapping[str, str], members: Iterable[tuple[str, int, str]]
    ) -> None:
        """Note a relation, where it restricts turns."""
        kept = {key: value for key, value in plain(tags).items()
                if key in RESTRICTIONS or key == "except"}  # fmt: skip
        if any(key in RESTRICTIONS for key in kept):
            self.signs.append(Sign(kept, tuple(members)))

    def take(
        self,
        number: int,
        order: list[int],
        tags: Mapping[str, str],
        known: Mapping[int, tuple[float, float]],
    ) -> None:
        """
        Take a way, or count its length where it is no street for a van.

        Parameters
        ----------
        number, order, tags
            Number, nodes and tags of the way.
        known
            Positions of those of its nodes that have one.
        """
        judged = plain(tags)
        if len(order) > len(known) and any(node not in known for node in order):
            # The length is not known: the positions are not.
            self.left_out_m.setdefault(POSITIONS, 0.0)
        runs = _runs(order, known)
        why = left_out(judged)
        metres = sum(length_m([known[node] for node in run]) for run in runs)
        self.read_m += metres
        if why:
            self.left_out_m[why] = self.left_out_m.get(why, 0.0) + metres
            return
        self.positions |= known
        kept = {key: value for key, value in judged.items() if key.split(":")[0] in _TAGS}
        self.ways += [OsmWay(run, kept, number, name_of(tags)) for run in runs]


def left_out(tags: Mapping[str, str]) -> str:
    """Return why a way is no street for a van; empty when it may be one (tags as `plain`)."""
    highway = tags.get("highway", "")
    if highway and tags.get("area") in {"yes", "true", "1"}:
        return AREA
    if highway in DRIVEN or highway == SERVICE:
        return ""
    if highway in BY_PERMISSION and any(
        level_of(value) < CLOSED
        for key, value in tags.items()
        if key.split(":")[0] in KEYS[:-1] and not key.endswith("conditional")
    ):
        return ""
    if not highway and tags.get("route") == "ferry":
        return FERRY
    return NO_STREET + (highway if highway in _TOLD else "other kinds")


def name_of(tags: Mapping[str, str]) -> str:
    """Return the name of a street, or its number: one line of letters that can be printed."""
    text = tags.get("name") or tags.get("ref") or ""
    words = "".join(letter if letter.isprintable() else " " for letter in text).split()
    name = " ".join(words)
    return name if len(name) <= NAME_CHARS else name[: NAME_CHARS - 1].rstrip() + "…"


def length_m(lonlat: list[tuple[float, float]]) -> float:
    """Return the length (m, on the ellipsoid) of a line (degrees)."""
    if len(lonlat) < 2:
        return 0.0
    line = np.array(lonlat)
    return float(_GEOD.line_length(line[:, 0], line[:, 1]))


def _runs(order: list[int], known: Collection[int]) -> list[tuple[int, ...]]:
    """Return the runs of known nodes; in a cut file, ways have nodes that the file lacks."""
    runs: list[list[int]] = [[]]
    for node in order:
        if node in known:
            runs[-1].append(node)
        elif runs[-1]:
            runs.append([])
    return [tuple(run) for run in runs if len(run) > 1]
