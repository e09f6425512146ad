"""From an OSMnx graph to the arrays of a `Network`: all faults at once, the largest part."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from dispatch.errors import Fault, InputError
from dispatch.streets.network import Network
from dispatch.streets.settings import OTHER
from dispatch.streets.times import driving_s

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    from dispatch.streets.settings import RoadSettings

ATTRIBUTION = "© OpenStreetMap contributors, ODbL"
CRS = "epsg:4326"
# Roads on which nobody parks; sites beside them are reached from other streets.
CLOSED_CLASSES = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})
ROUNDABOUTS = frozenset({"roundabout", "circular"})
SIGNAL = "traffic_signals"
KMH_PER_MPH = 1.609344


class _Edge(NamedTuple):
    """An edge of the graph: ends, length (m), stated time (s), speed (km/h), all attributes."""

    u: int
    v: int
    length_m: float
    stated_s: float | None
    speed_kmh: float
    values: dict[str, Any]


def network_from_graph(
    graph: nx.MultiDiGraph[int], source: str, name: str, digest: str, settings: RoadSettings
) -> Network:
    """
    Return the network of an OSMnx graph: its largest strongly connected part.

    Parameters
    ----------
    graph
        Nodes with x, y (degrees, WGS84) and, where known, highway ("traffic_signals"); edges
        with length (m) and, where known, travel_time (s), speed_kph or maxspeed (km/h), highway,
        junction, bridge, tunnel, geometry.
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
    crs = str(graph.graph.get("crs", "none"))
    if crs.lower() != CRS:
        message = f"the graph must be in {CRS}; project it with osmnx.project_graph(to_crs=...)"
        raise InputError.one(source, message, where="crs", value=crs)
    edges = _edges(graph, source, settings)
    if not edges:
        raise InputError.one(source, "has no street; download a larger area")

    nodes = np.array(sorted(graph.nodes), dtype=np.int64)
    tails = np.searchsorted(nodes, np.array([edge.u for edge in edges], dtype=np.int64))
    heads = np.searchsorted(nodes, np.array([edge.v for edge in edges], dtype=np.int64))
    metres = np.array([edge.length_m for edge in edges], dtype=np.float64)
    road_class = np.array([road_class_of(edge.values) for edge in edges], dtype=np.str_)
    stated = np.array([edge.stated_s is not None for edge in edges])
    seconds = np.where(
        stated,
        np.array([edge.stated_s or 0.0 for edge in edges], dtype=np.float64),
        driving_s(
            tails,
            heads,
            metres,
            np.array([edge.speed_kmh for edge in edges], dtype=np.float64),
            road_class,
            settings.driving,
            signals=np.array([graph.nodes[node].get("highway") == SIGNAL for node in nodes]),
            in_roundabout=np.array(
                [_first(edge.values, "junction") in ROUNDABOUTS for edge in edges]
            ),
        ),
    )
    inside = largest_part(len(nodes), tails, heads)
    # Of parallel edges only the quickest is driven.
    order = np.lexsort((metres, seconds, heads, tails))
    order = order[inside[tails[order]] & inside[heads[order]]]
    if not len(order):
        message = (
            "no two places of this graph can be reached from each other; it needs two-way roads"
        )
        raise InputError.one(source, message)
    pair = tails[order] * len(nodes) + heads[order]
    kept = order[np.concatenate([[True], pair[1:] != pair[:-1]])]
    kept_nodes = nodes[inside]
    renumbered = np.cumsum(inside) - 1
    lines = [_edge_line(graph, edges[number]) for number in kept.tolist()]
    of_node = [graph.nodes[node] for node in kept_nodes.tolist()]
    ends = inside[np.searchsorted(nodes, np.array(list(graph.edges()), dtype=np.int64))]
    return Network(
        name=name,
        approximate=str(graph.graph.get("approximate", "no")) == "yes",
        attribution=str(graph.graph.get("attribution", ATTRIBUTION)),
        sha256=digest,
        node_ids=kept_nodes,
        lon=np.array([values["x"] for values in of_node], dtype=np.float64),
        lat=np.array([values["y"] for values in of_node], dtype=np.float64),
        tails=renumbered[tails[kept]].astype(np.int64),
        heads=renumbered[heads[kept]].astype(np.int64),
        seconds=seconds[kept],
        metres=metres[kept],
        attachable=np.array(
            [_is_attachable(edges[number].values) for number in kept.tolist()], dtype=np.bool_
        ),
        road_class=road_class[kept],
        line_starts=np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(
            np.int64
        ),
        line_lonlat=np.concatenate(lines).astype(np.float64),
        dropped_nodes=len(nodes) - len(kept_nodes),
        dropped_edges=int((~ends.all(axis=1)).sum()),
        estimated_edges=int((~stated[kept]).sum()),
    )


def _edges(graph: nx.MultiDiGraph[int], source: str, settings: RoadSettings) -> list[_Edge]:
    """Return the edges without loops; InputError with the faults of nodes and edges."""
    faults = [
        Fault(source, f"node {node}", f"{values.get('x')} {values.get('y')}", "needs x and y")
        for node, values in graph.nodes(data=True)
        if not (_is_finite(values.get("x")) and _is_finite(values.get("y")))
    ]
    found = []
    for u, v, values in graph.edges(data=True):
        length, stated = values.get("length"), values.get("travel_time")
        if not _is_finite(length) or length < 0:
            message = "needs a length (m); add it with osmnx.distance.add_edge_lengths"
            faults.append(Fault(source, f"edge {u} - {v}", str(length), message))
        elif stated is not None and (
            not _is_finite(stated) or stated < 0 or (stated == 0 and length > 0)
        ):
            message = "travel_time must be a positive number of seconds"
            faults.append(Fault(source, f"edge {u} - {v}", str(stated), message))
        elif u != v:
            seconds = None if stated is None else float(stated)
            speed = _speed_kmh(values, settings)
            found.append(_Edge(u, v, float(length), seconds, speed, values))
    if faults:
        raise InputError(faults)
    return found


def largest_part(
    size: int, tails: NDArray[np.int64], heads: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which nodes are in the largest set of nodes that all reach each other."""
    joined = csr_matrix((np.ones(len(tails), dtype=np.int8), (tails, heads)), shape=(size, size))
    _, part = connected_components(joined, directed=True, connection="strong")
    sizes = np.bincount(part)[part]
    # Of parts of equal size the one with the smallest node counts.
    chosen: NDArray[np.bool_] = part == part[int(np.argmax(sizes))]
    return chosen


def _speed_kmh(values: dict[str, Any], settings: RoadSettings) -> float:
    """Return the speed that an edge states, or that of its road class."""
    speed = _number(values.get("speed_kph"))
    if not speed or speed <= 0:
        limit = _first(values, "maxspeed")
        speed = settings.implicit_speed_kmh.get(limit) or _number(limit)
    if not speed or speed <= 0:
        defaults, road_class = settings.default_speed_kmh, road_class_of(values)
        speed = defaults.get(road_class, defaults.get(road_class.removesuffix("_link")))
        speed = speed or defaults[OTHER]
    return speed


def _number(value: object) -> float | None:
    """Return the speed (km/h) of a tag such as 50, "50 km/h", "50;30" or "30 mph", or None."""
    words = str(value).replace(";", " ").split()
    try:
        number = float(words[0])
    except (IndexError, ValueError):
        return None
    if len(words) > 1 and words[1] == "mph":
        number *= KMH_PER_MPH
    return number if math.isfinite(number) else None


def _first(values: dict[str, Any], key: str) -> str:
    """Return an edge's tag as text; of a list, which merged ways have, the first value."""
    found = values.get(key)
    found = found[0] if isinstance(found, list) and found else found
    return "" if found is None else str(found)


def _is_finite(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and math.isfinite(value)


def road_class_of(values: dict[str, Any]) -> str:
    """Return the road class of an edge's attributes."""
    return _first(values, "highway") or OTHER


def _is_attachable(values: dict[str, Any]) -> bool:
    off_ground = any(
        _first(values, key) not in {"", "no", "False", "None", "building_passage"}
        for key in ("bridge", "tunnel")
    )
    return not off_ground and road_class_of(values) not in CLOSED_CLASSES


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
