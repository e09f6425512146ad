"""OpenStreetMap's ways for modes other than the van, as sections: bicycle, foot.

A way is used when its class is one of the profile's and its tags let the mode in: the most specific
of `bicycle`, `vehicle`, `access` (foot: `foot`, `access`) decides. Ways are divided at the nodes
that they share, and meet there and nowhere else. One-way streets hold for bicycles unless a tag
opens them (`oneway:bicycle=no`, `cycleway=opposite`). Signs of turning, barriers, surfaces and
hours are not read: a bicycle is pushed past a bollard.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import shapely

from dispatch.errors import InputError
from dispatch.files.bounded import too_large
from dispatch.files.textfile import MEGABYTE
from dispatch.networks.access import ACCESS, CLOSED, LEVELS, OPEN, ROUNDABOUTS, plain
from dispatch.networks.judged import Account
from dispatch.networks.layer import OUTSIDE, UNUSED, ReadLayer, RoadSections
from dispatch.networks.layer_lines import line_metres, lines_outside
from dispatch.networks.layer_mapping import LayerMapping
from dispatch.networks.osmdata import AREA, length_m, name_of
from dispatch.streets.graph import ATTRIBUTION
from dispatch.streets.roads import SECTION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from dispatch.networks.area import Area
    from dispatch.streets.profiles import Profile
    from dispatch.streets.settings import BuildSettings

# From the most specific key to the least; other profiles are judged as bicycles.
KEYS: Final = {"foot": ("foot", "access"), "bicycle": ("bicycle", "vehicle", "access")}
_YES, _REVERSE = frozenset({"yes", "true", "1"}), frozenset({"-1", "reverse"})
# What is not there yet, or no longer.
_NO_WAY: Final = frozenset({"construction", "proposed", "razed", "abandoned"})
_CYCLEWAYS: Final = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")


class _Used(NamedTuple):
    nodes: tuple[int, ...]
    road_class: str
    along: bool
    against: bool
    level: int
    access: int
    roundabout: bool
    name: str


def read_mode(
    path: Path, name: str, profile: Profile, area: Area | None, bounds: BuildSettings
) -> ReadLayer:
    """
    Return the ways of an OpenStreetMap file that a mode uses, divided where they meet.

    Parameters
    ----------
    path
        .osm, .osm.gz, .osm.bz2 or .osm.pbf; nodes may come after their ways.
    name, profile
        The mode: its name, and the classes that it uses.
    area
        Sections with a position in the area are taken; None: all.
    bounds
        Limits of the file's size and of positions.

    Raises
    ------
    InputError
        When the file cannot be read, is too large, or has no such way.
    """
    import osmium

    if path.is_file() and path.stat().st_size > bounds.extract_mb * MEGABYTE:
        message = too_large(bounds.extract_mb, f"extract_mb in {SECTION}")
        raise InputError.one(path.name, message)
    used: list[_Used] = []
    others: list[tuple[tuple[int, ...], str]] = []
    wanted: set[int] = set()
    positions: dict[int, tuple[float, float]] = {}
    try:
        ways = osmium.FileProcessor(str(path), osmium.osm.WAY)
        for way in ways.with_filter(osmium.filter.KeyFilter("highway")):
            if not isinstance(way, osmium.osm.Way) or not way.visible:
                continue
            tags = {tag.k: tag.v for tag in way.tags}
            nodes = tuple(node.ref for node in way.nodes)
            judged, reason = _judged(nodes, tags, name, profile)
            wanted.update(nodes)
            if judged is None:
                others.append((nodes, reason))
            else:
                used.append(judged)
            if len(wanted) > bounds.positions:
                message = (
                    f"has ways of more than {bounds.positions} positions; give a smaller file, or "
                    f"raise positions in {SECTION}"
                )
                raise InputError.one(path.name, message)
        for node in osmium.FileProcessor(str(path), osmium.osm.NODE):
            if (
                isinstance(node, osmium.osm.Node)
                and node.id in wanted
                and node.visible
                and node.location.valid()
            ):
                positions[node.id] = (node.lon, node.lat)
    except InputError:
        raise
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as exc:
        message = f"cannot be read as OpenStreetMap data ({exc}); give an .osm or .osm.pbf file"
        raise InputError.one(path.name, message) from exc
    account = Account()
    for nodes, reason in others:
        account.leave_out(reason, length_m([positions[n] for n in nodes if n in positions]))
    pieces = _divided(used, positions)
    lines = np.array(
        [shapely.LineString([positions[n] for n in piece.nodes]) for piece in pieces], dtype=object
    )
    metres = line_metres(lines) if len(lines) else np.empty(0)
    outside = lines_outside(lines, area) if len(lines) else np.empty(0, dtype=np.bool_)
    for length in metres[outside].tolist():
        account.leave_out(OUTSIDE, length)
    kept = np.flatnonzero(~outside).tolist()
    if not kept:
        message = f"has no way for the profile {name!r} in the area asked for"
        raise InputError.one(path.name, f"{message}; `--whole` takes all of the file")
    mapping = LayerMapping(title=f"OpenStreetMap for {name}", attribution=ATTRIBUTION)
    sections = _sections([pieces[row] for row in kept], lines[kept], metres[kept])
    return ReadLayer(path.name, sections, mapping, account)


def _judged(
    nodes: tuple[int, ...], given: Mapping[str, str], name: str, profile: Profile
) -> tuple[_Used | None, str]:
    """Return a way as the mode uses it, or why it does not."""
    tags = plain(given)
    highway = tags.get("highway", "")
    if tags.get("area") in _YES:
        return None, AREA
    keys = KEYS.get(name, KEYS["bicycle"])
    stated = next((tags[key] for key in keys if key in tags), None)
    level = OPEN
    if stated is not None:
        level = min(LEVELS.get(part.strip(), CLOSED) for part in stated.split(";"))
    if level == CLOSED:
        return None, ACCESS
    # What a tag of the mode itself opens is used, whatever its class.
    opened = keys[0] in tags and highway not in _NO_WAY
    if highway not in profile.ways and not opened:
        return None, UNUSED
    along, against = _directions(tags) if profile.one_way else (True, True)
    off_ground = (tags.get("bridge", "no") != "no") - (tags.get("tunnel", "no") != "no")
    order = tuple(n for i, n in enumerate(nodes) if i == 0 or n != nodes[i - 1])
    round_ = tags.get("junction") in ROUNDABOUTS
    return _Used(order, highway, along, against, off_ground, level, round_, name_of(given)), ""


def _directions(tags: Mapping[str, str]) -> tuple[bool, bool]:
    """Return whether a bicycle rides a way along its nodes, and against them."""
    if tags.get("oneway:bicycle") in {"no", "false", "0"}:
        return True, True
    if any(tags.get(key, "").startswith("opposite") for key in _CYCLEWAYS):
        return True, True
    stated = tags.get("oneway:bicycle", tags.get("oneway", ""))
    if stated in _REVERSE:
        return False, True
    one_way = stated in _YES or (not stated and tags.get("junction") in ROUNDABOUTS)
    return True, not one_way


def _divided(used: list[_Used], positions: Mapping[int, tuple[float, float]]) -> list[_Used]:
    """Return the ways in pieces between the nodes that they share; without unknown nodes."""
    times: Counter[int] = Counter()
    for way in used:
        times.update(way.nodes)
        times.update((way.nodes[0], way.nodes[-1]))
    pieces = []
    for way in used:
        piece: list[int] = []
        for node in way.nodes:
            if node not in positions:
                # The file was cut: the way ends here.
                if len(piece) > 1:
                    pieces.append(way._replace(nodes=tuple(piece)))
                piece = []
                continue
            piece.append(node)
            if times[node] > 1 and len(piece) > 1:
                pieces.append(way._replace(nodes=tuple(piece)))
                piece = [node]
        if len(piece) > 1:
            pieces.append(way._replace(nodes=tuple(piece)))
    return pieces


def _sections(
    pieces: list[_Used], lines: NDArray[np.object_], metres: NDArray[np.float64]
) -> RoadSections:
    sizes = shapely.get_num_coordinates(lines)
    none = np.full(len(pieces), np.nan)
    return RoadSections(
        lonlat=shapely.get_coordinates(lines),
        starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        metres=metres,
        along=np.array([piece.along for piece in pieces]),
        against=np.array([piece.against for piece in pieces]),
        road_class=np.array([piece.road_class for piece in pieces], dtype=np.str_),
        roundabout=np.array([piece.roundabout for piece in pieces]),
        by_density=np.zeros(len(pieces), dtype=np.bool_),
        limit_kmh=none,
        mean_kmh=none.copy(),
        level=np.array([piece.level for piece in pieces], dtype=np.int64),
        access=np.array([piece.access for piece in pieces], dtype=np.int8),
        names=tuple(piece.name for piece in pieces),
        first=np.array([str(piece.nodes[0]) for piece in pieces], dtype=np.str_),
        last=np.array([str(piece.nodes[-1]) for piece in pieces], dtype=np.str_),
        numbers_decide=True,
    )
