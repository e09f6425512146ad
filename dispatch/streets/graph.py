"""From an OSMnx graph to the arrays of a `Network`: all faults at once, the part that is used."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeGuard

import numpy as np

from dispatch.errors import Fault, InputError
from dispatch.streets.network import Network
from dispatch.streets.parts import among_edges, largest_part, usable
from dispatch.streets.settings import OTHER
from dispatch.streets.speeds import class_speed, kmh_of
from dispatch.streets.splitting import SplitEdges, split_edges
from dispatch.streets.times import StopLines, driving_s

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    from dispatch.streets.settings import RoadSettings

ATTRIBUTION = "© OpenStreetMap contributors, ODbL"
CRS = "epsg:4326"
# Older OSMnx files say {'init': 'epsg:4326'}; some say urn:ogc:def:crs:EPSG::4326.
_CRS = re.compile(r".*\bepsg:+4326\b.*")
_DEGREES = frozenset({"wgs84", "ogc:crs84", "urn:ogc:def:crs:ogc:1.3:crs84"})
# Roads on which nobody parks; sites beside them are reached from other streets.
CLOSED_CLASSES = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})
ROUNDABOUTS = frozenset({"roundabout", "circular"})
SIGNAL = "traffic_signals"
# What an edge's tag of access says, where the file has one: see `expanded`.
_LEVELS: Final = {"destination": 1, "customers": 1, "delivery": 1, "private": 2}
NAME_CHARS = 80

__all__ = ["ATTRIBUTION", "CRS", "Assembled", "assemble", "largest_part", "network_from_graph"]


class _Edge(NamedTuple):
    """An edge of the graph: ends, key, length (m), stated time (s), speed (km/h), attributes."""

    u: int
    v: int
    key: int
    length_m: float
    stated_s: float | None
    speed_kmh: float
    values: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Assembled:
    """
    A network, and what became of each edge of the graph, in the graph's order.

    Parameters
    ----------
    network
        The network.
    street
        Number of each edge's street: both directions have the same, shape (edges,).
    metres
        Length of each edge (m).
    kept, double
        Whether an edge is in the network; whether it repeats the line of another one.
    middle
        Longitude and latitude (degrees) of the middle of each edge's ends, shape (edges, 2).
    """

    network: Network
    street: NDArray[np.int64]
    metres: NDArray[np.float64]
    kept: NDArray[np.bool_]
    double: NDArray[np.bool_]
    middle: NDArray[np.float64]


def network_from_graph(
    graph: nx.MultiDiGraph[int], source: str, name: str, digest: str, settings: RoadSettings
) -> Network:
    """
    Return the network of an OSMnx graph: the part that can be driven there and back.

    Parameters
    ----------
    graph
        Nodes with x, y (degrees, WGS84) and, where known, highway ("traffic_signals"); edges
        with length (m) and, where known, travel_time (s), speed_kph or maxspeed (km/h), highway,
        junction, bridge, tunnel, geometry, name, access, and what `networks.streets.graph_of`
        adds.
    source
        Name of the file, for errors.
    name, digest
        Name and SHA-256 of the network.
    settings
        Speeds by road class, for edges without time and speed, and delays of junctions, for edges
        without time.

    Raises
    ------
    InputError
        When the CRS is another one, or a node or edge lacks a needed attribute; all faults at once.
    """
    return assemble(graph, source, name, digest, settings).network


def assemble(
    graph: nx.MultiDiGraph[int], source: str, name: str, digest: str, settings: RoadSettings
) -> Assembled:
    """Return the network as `network_from_graph` does, and what became of each edge."""
    crs = str(graph.graph.get("crs", "none")).lower()
    if not (_CRS.fullmatch(crs) or crs in _DEGREES):
        message = f"the graph must be in {CRS}; project it with osmnx.project_graph(to_crs=...)"
        raise InputError.one(source, message, where="crs", value=graph.graph.get("crs", "none"))
    edges = _edges(graph, source, settings)
    if not edges:
        raise InputError.one(source, "has no street; download a larger area")

    nodes = np.array(sorted(graph.nodes), dtype=np.int64)
    tails = np.searchsorted(nodes, np.array([edge.u for edge in edges], dtype=np.int64))
    heads = np.searchsorted(nodes, np.array([edge.v for edge in edges], dtype=np.int64))
    metres = np.array([edge.length_m for edge in edges], dtype=np.float64)
    stated = np.array([edge.stated_s is not None for edge in edges])
    stated_s = np.array([edge.stated_s or 0.0 for edge in edges], dtype=np.float64)
    speed = np.array([edge.speed_kmh for edge in edges], dtype=np.float64)
    lines = [_edge_line(graph, edge) for edge in edges]
    rough_s = np.where(stated, stated_s, metres / speed)
    split = split_edges(len(nodes), tails, heads, metres, rough_s, lines)
    size = len(nodes) + len(split.new_lonlat)
    of = split.edge
    share = np.where(split.part == 0, 1.0, 1 / 3)
    part_m = metres[of] * share
    road_class = np.array([road_class_of(edge.values) for edge in edges], dtype=np.str_)[of]
    signals = np.zeros(size, dtype=np.bool_)
    signals[: len(nodes)] = [graph.nodes[node].get("highway") == SIGNAL for node in nodes.tolist()]
    seconds = np.where(
        stated[of],
        stated_s[of] * share,
        driving_s(
            split.tails,
            split.heads,
            part_m,
            speed[of],
            road_class,
            settings.driving,
            signals=signals,
            in_roundabout=np.array(
                [_first(edge.values, "junction") in ROUNDABOUTS for edge in edges]
            )[of],
            lines=_stop_lines(edges, split),
            street_m=np.maximum(metres, [_number(e.values.get("street_m")) for e in edges])[of],
        ),
    )
    forbidden = _forbidden(graph, edges, split)
    level = np.array([_level(edge.values) for edge in edges], dtype=np.int8)[of]
    kept, level = usable(size, split.tails, split.heads, level, forbidden, part_m)
    if not kept.any():
        message = (
            "no two places of this graph can be reached from each other; it needs two-way roads"
        )
        raise InputError.one(source, message)
    order = np.lexsort((split.heads, split.tails))
    order = order[kept[order]]
    inside = np.zeros(size, dtype=np.bool_)
    inside[split.tails[order]] = inside[split.heads[order]] = True
    renumbered = np.cumsum(inside) - 1
    lonlat = np.array([(graph.nodes[n]["x"], graph.nodes[n]["y"]) for n in nodes.tolist()])
    lonlat = np.concatenate([lonlat.astype(np.float64), split.new_lonlat])[inside]
    # Nodes made here have numbers below those of the graph.
    fresh = min(int(nodes[0]), 0) - 1 - np.arange(size - len(nodes))
    ids = np.concatenate([nodes, fresh])
    kept_lines = [split.lines[number] for number in order.tolist()]
    attachable = np.array([_is_attachable(edge.values) for edge in edges], dtype=np.bool_)
    turns = among_edges(forbidden, order, len(kept))
    names, name_of = np.unique(
        np.array([_name(edge.values) for edge in edges], dtype=np.str_)[of[order]],
        return_inverse=True,
    )
    used = np.zeros(len(edges), dtype=np.bool_)
    used[of[order]] = True
    network = Network(
        name=name,
        approximate=str(graph.graph.get("approximate", "no")) == "yes",
        attribution=str(graph.graph.get("attribution", ATTRIBUTION)),
        sha256=digest,
        profile=str(graph.graph.get("profile", "van")),
        node_ids=ids[inside],
        lon=lonlat[:, 0].copy(),
        lat=lonlat[:, 1].copy(),
        tails=renumbered[split.tails[order]].astype(np.int64),
        heads=renumbered[split.heads[order]].astype(np.int64),
        seconds=seconds[order],
        metres=part_m[order],
        attachable=attachable[of[order]],
        road_class=road_class[order],
        line_starts=np.concatenate([[0], np.cumsum([len(line) for line in kept_lines])]).astype(
            np.int64
        ),
        line_lonlat=np.concatenate(kept_lines).astype(np.float64),
        dropped_nodes=int((~inside[: len(nodes)]).sum()),
        dropped_edges=int((~used & ~split.double).sum()),
        estimated_edges=int((~stated[of[order]]).sum()),
        access_level=level[order],
        turn_starts=np.cumsum([0, *(len(one) for one in turns)]).astype(np.int64),
        turn_edges=np.array([edge for one in turns for edge in one], dtype=np.int64),
        names=names,
        name_of=name_of.reshape(-1).astype(np.int64),
    )
    middle = np.array([(line[0] + line[-1]) / 2 for line in lines])
    return Assembled(network, split.street, metres, used, split.double, middle)


def _edges(graph: nx.MultiDiGraph[int], source: str, settings: RoadSettings) -> list[_Edge]:
    """Return the edges; InputError with the faults of nodes and edges."""
    faults = [
        Fault(source, f"node {node}", f"{values.get('x')} {values.get('y')}", "needs x and y")
        for node, values in graph.nodes(data=True)
        if not (_is_finite(values.get("x")) and _is_finite(values.get("y")))
    ]
    found = []
    for u, v, key, values in graph.edges(keys=True, data=True):
        length, stated = values.get("length"), values.get("travel_time")
        if not _is_finite(length) or length < 0:
            message = "needs a length (m); add it with osmnx.distance.add_edge_lengths"
            faults.append(Fault(source, f"edge {u} - {v}", str(length), message))
        elif stated is not None and (
            not _is_finite(stated) or stated < 0 or (stated == 0 and length > 0)
        ):
            message = "travel_time must be a positive number of seconds"
            faults.append(Fault(source, f"edge {u} - {v}", str(stated), message))
        else:
            seconds = None if stated is None else float(stated)
            speed = _speed_kmh(values, settings)
            found.append(_Edge(u, v, key, float(length), seconds, speed, values))
    if faults:
        raise InputError(faults)
    return found


def _speed_kmh(values: dict[str, Any], settings: RoadSettings) -> float:
    """Return the speed that an edge states, or that of its road class."""
    stated = values.get("speed_kph")
    if _is_finite(stated) and stated > 0:
        return float(stated)
    road_class = road_class_of(values)
    limit = kmh_of(_first(values, "maxspeed"), settings.implicit_speed_kmh)
    if limit is not None and limit <= class_speed(road_class, settings.most_speed_kmh):
        return limit
    return class_speed(road_class, settings.default_speed_kmh)


def _first(values: dict[str, Any], key: str) -> str:
    """Return an edge's tag as text; of a list, which merged ways have, the first value."""
    found = values.get(key)
    found = found[0] if isinstance(found, list) and found else found
    return "" if found is None else str(found)


def _is_finite(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and math.isfinite(value)


def _number(value: object) -> float:
    return float(value) if _is_finite(value) else 0.0


def _count(value: object) -> int:
    """Return a small whole number, also written as text, as GraphML has it; 0: it is none."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def road_class_of(values: dict[str, Any]) -> str:
    """Return the road class of an edge's attributes."""
    return _first(values, "highway") or OTHER


def _is_attachable(values: dict[str, Any]) -> bool:
    off_ground = any(
        _first(values, key) not in {"", "no", "False", "None", "building_passage"}
        for key in ("bridge", "tunnel", "gate")
    )
    return not off_ground and road_class_of(values) not in CLOSED_CLASSES


def _level(values: dict[str, Any]) -> int:
    """Return who may drive an edge: 0 everybody, 1 and 2 who begins or ends a trip there."""
    stated = _count(values.get("access_level"))
    if stated in (1, 2):
        return stated
    return _LEVELS.get(_first(values, "access"), 0)


def _name(values: dict[str, Any]) -> str:
    """Return the name of an edge, or the number of its road, in one line within bounds."""
    text = _first(values, "name") or _first(values, "ref")
    words = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * NAME_CHARS])
    name = " ".join(words.split())
    return name if len(name) <= NAME_CHARS else name[: NAME_CHARS - 1].rstrip() + "…"


def _stop_lines(edges: list[_Edge], split: SplitEdges) -> StopLines:
    """Return the signals and stop lines of each part: they stand before the end of an edge."""
    of, last = split.edge, split.is_last
    count, at_end, gives_way = (
        np.array([_count(edge.values.get(key)) for edge in edges], dtype=np.int64)[of] * last
        for key in ("signals", "signal_at_end", "gives_way")
    )
    return StopLines(count, at_end > 0, gives_way > 0)


def _forbidden(
    graph: nx.MultiDiGraph[int], edges: list[_Edge], split: SplitEdges
) -> list[tuple[int, ...]]:
    """Return the forbidden sequences in parts: a street in three is driven by all three."""
    given = graph.graph.get("forbidden")
    if not isinstance(given, list) or not given:
        return []
    number = {(edge.u, edge.v, edge.key): i for i, edge in enumerate(edges)}
    starts = np.searchsorted(split.edge, np.arange(len(edges) + 1)).tolist()
    found = []
    for sequence in given:
        known = [number.get(edge) for edge in sequence]
        if None in known:
            continue
        parts = [list(range(starts[n], starts[n + 1])) for n in known if n is not None]
        if not all(parts):
            continue  # an edge that repeats another one is not driven
        # What is driven of the first street is its end, of the last its beginning.
        middle = [part for one in parts[1:-1] for part in one]
        found.append((parts[0][-1], *middle, parts[-1][0]))
    return found


def _edge_line(graph: nx.MultiDiGraph[int], edge: _Edge) -> NDArray[np.float64]:
    """Return the positions of an edge's line, from its first node to its last."""
    ends = [(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (edge.u, edge.v)]
    geometry = edge.values.get("geometry")
    if geometry is None:
        return np.array(ends, dtype=np.float64)
    line = np.array(geometry.coords, dtype=np.float64)[:, :2]
    # Some files have one geometry for both directions.
    forward = np.abs(line[0] - ends[0]).sum() <= np.abs(line[-1] - ends[0]).sum()
    return line if forward else line[::-1]
