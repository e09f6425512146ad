"""The road graph: bundled with the package, or read from an OSMnx GraphML file.

What osmnx and networkx know of a graph ends here: the rest sees a `Network` of
plain arrays. Reading a GraphML takes seconds, so the arrays are kept in the user's
cache folder, under the SHA-256 of the file and of the settings that were used.
"""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeGuard, TypeVar

import numpy as np
import platformdirs
from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError

from dispatch.data import data_path
from dispatch.errors import Fault, InputError
from dispatch.streets.network import Network, recall, remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx
    from numpy.typing import NDArray

BUNDLED = "bundled"
BUNDLED_FILE = "roads/bundled.graphml.gz"
ATTRIBUTION = "© OpenStreetMap contributors, ODbL"
CRS = "epsg:4326"
# Raise it when what is kept, or how it is computed, changes.
CACHE_VERSION = "2"
# Roads on which nobody parks: a site is reached from the streets beside them.
CLOSED_CLASSES = frozenset({"motorway", "motorway_link", "trunk", "trunk_link"})
OTHER = "other"
S_PER_H = 3600
M_PER_KM = 1000

_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Step = Annotated[tuple[_NotNegative, _Positive], Strict(False)]
Model = TypeVar("Model", bound=BaseModel)


class RoadSettings(BaseModel):
    """
    Section `[roads]` of the service file, which gives each figure its reason.

    All but `default_speed_kmh` describe how the bundled graph was made
    (scripts/build_roads.py); changing them changes nothing until it is made again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    mesh_spacing_m: _Positive
    mesh_margin_m: _NotNegative
    quay_offset_m: _Positive
    winding_left: Annotated[float, Field(ge=1)]
    winding_right: Annotated[float, Field(ge=1)]
    mesh_speed_left_kmh: Annotated[tuple[_Step, ...], Strict(False)]
    mesh_speed_right_kmh: Annotated[tuple[_Step, ...], Strict(False)]
    inner_radius_m: _Positive
    inner_trunk_kmh: _Positive
    outer_trunk_kmh: _Positive
    motorway_kmh: _Positive
    interchange_spacing_m: _Positive
    link_kmh: _Positive
    link_reach_m: _Positive
    default_speed_kmh: dict[str, _Positive]

    @classmethod
    def from_toml(cls, section: Mapping[str, Any], source: str = "service.toml") -> Self:
        """
        Return the settings of a TOML section that was read.

        Raises
        ------
        InputError
            When a key is missing, unknown or of a wrong value; all faults at once.
        """
        made = validated(cls, section, source, "roads")
        if OTHER not in made.default_speed_kmh:
            message = "is missing; add the speed (km/h) of road classes that are not listed"
            raise InputError.one(source, message, where=f"roads.default_speed_kmh.{OTHER}")
        return made


def validated(model: type[Model], section: Mapping[str, Any], source: str, where: str) -> Model:
    """Return a section as its model; InputError with every fault when it does not fit."""
    try:
        return model.model_validate(dict(section))
    except ValidationError as exc:
        raise InputError(
            Fault(
                source,
                ".".join([where, *(str(part) for part in error["loc"])]),
                None if error["type"] == "missing" else str(error["input"]),
                f"{error['msg']}; see the bundled service.toml for what is expected",
            )
            for error in exc.errors()
        ) from exc


def bundled_section(name: str) -> dict[str, Any]:
    """Return a section of the bundled service.toml."""
    section: dict[str, Any] = tomllib.loads(data_path("service.toml").read_text(encoding="utf-8"))[
        name
    ]
    return section


def load_network(
    source: str | Path = BUNDLED, *, settings: RoadSettings | None = None, cache: bool = True
) -> Network:
    """
    Return the road graph that comes with the package, or that of a file.

    Parameters
    ----------
    source
        "bundled", or the path of an OSMnx GraphML (.graphml, or .graphml.gz), in WGS84,
        with the length of every edge (m). Times that it states (`travel_time`, s) are kept.
    settings
        Speeds of edges that state none; None: those of the bundled service.toml.
    cache
        Whether to keep the arrays in the user's cache folder, and to use those kept.

    Raises
    ------
    InputError
        When the file is missing, is no such graph, or lacks what is needed.
    """
    path = data_path(BUNDLED_FILE) if source == BUNDLED else Path(source)
    settings = settings or RoadSettings.from_toml(bundled_section("roads"))
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as exc:
        message = (
            f"cannot be read as a road graph ({exc.strerror}); give the path of an OSMnx GraphML "
            f'file, or "{BUNDLED}"'
        )
        raise InputError.one(str(path), message) from exc
    name = BUNDLED if source == BUNDLED else path.name
    kept = _cache_path(digest, name, settings)
    if cache and (found := recall(kept)) is not None:
        return found
    network = network_from_graph(_read_graphml(path), path.name, name, digest, settings)
    if cache:
        remember(kept, network)
    return network


def _read_graphml(path: Path) -> nx.MultiDiGraph[int]:
    import osmnx  # here: half a second that `dispatch --help` need not wait

    try:
        return osmnx.load_graphml(path)
    except Exception as exc:
        # networkx and osmnx let through what their parsers happen to raise.
        message = (
            f"is not a GraphML road graph ({type(exc).__name__}: {exc}); save one with "
            "osmnx.save_graphml"
        )
        raise InputError.one(path.name, message) from exc


def network_from_graph(
    graph: nx.MultiDiGraph[int], source: str, name: str, digest: str, settings: RoadSettings
) -> Network:
    """
    Return the arrays of an OSMnx graph: its largest strongly connected part.

    Parameters
    ----------
    graph
        Nodes with x, y (degrees, WGS84); edges with length (m) and, where known, travel_time
        (s), speed_kph or maxspeed (km/h), highway, geometry.
    source
        Name of the file, for errors.
    name, digest
        Name and SHA-256 of the network.
    settings
        Speeds by road class, for edges that state neither time nor speed.

    Raises
    ------
    InputError
        When the CRS is another one, or a node or edge lacks what is needed; all faults at once.
    """
    import networkx  # here: see _read_graphml

    crs = str(graph.graph.get("crs", "none"))
    if crs.lower() != CRS:
        message = f"the graph must be in {CRS}; project it with osmnx.project_graph(to_crs=...)"
        raise InputError.one(source, message, where="crs", value=crs)
    faults = [
        Fault(source, f"node {node}", f"{values.get('x')} {values.get('y')}", "needs x and y")
        for node, values in graph.nodes(data=True)
        if not (_is_finite(values.get("x")) and _is_finite(values.get("y")))
    ]
    quickest: dict[tuple[int, int], tuple[float, float, bool, dict[str, Any]]] = {}
    for u, v, values in graph.edges(data=True):
        length = values.get("length")
        if not _is_finite(length) or length < 0:
            message = "needs a length (m); add it with osmnx.distance.add_edge_lengths"
            faults.append(Fault(source, f"edge {u} - {v}", str(length), message))
            continue
        seconds, estimated = _edge_seconds(values, float(length), settings)
        if seconds is None:
            shown = str(values.get("travel_time"))
            message = "travel_time must be a positive number of seconds"
            faults.append(Fault(source, f"edge {u} - {v}", shown, message))
            continue
        # A loop leads nowhere; the quickest of parallel edges is the one that is driven.
        rank = (seconds, float(length))
        if u != v and ((u, v) not in quickest or rank < quickest[u, v][:2]):
            quickest[u, v] = (*rank, estimated, values)
    if faults:
        raise InputError(faults)
    if not quickest:
        raise InputError.one(source, "has no street; download a larger area")

    simple = networkx.DiGraph(quickest.keys())
    # Of parts of equal size the one with the smallest node: never left to a set's order.
    parts = [sorted(part) for part in networkx.strongly_connected_components(simple)]
    nodes = max(parts, key=lambda part: (len(part), -part[0]))
    index = {node: position for position, node in enumerate(nodes)}
    pairs = sorted(pair for pair in quickest if pair[0] in index and pair[1] in index)
    if not pairs:
        message = (
            "no two places of this graph can be reached from each other; it needs two-way roads"
        )
        raise InputError.one(source, message)
    edges = [quickest[pair] for pair in pairs]
    lines = [_edge_line(graph, pair, edge[3]) for pair, edge in zip(pairs, edges, strict=True)]
    return Network(
        name=name,
        approximate=str(graph.graph.get("approximate", "no")) == "yes",
        attribution=str(graph.graph.get("attribution", ATTRIBUTION)),
        sha256=digest,
        node_ids=np.array(nodes, dtype=np.int64),
        lon=np.array([graph.nodes[node]["x"] for node in nodes], dtype=np.float64),
        lat=np.array([graph.nodes[node]["y"] for node in nodes], dtype=np.float64),
        tails=np.array([index[u] for u, _ in pairs], dtype=np.int64),
        heads=np.array([index[v] for _, v in pairs], dtype=np.int64),
        seconds=np.array([edge[0] for edge in edges], dtype=np.float64),
        metres=np.array([edge[1] for edge in edges], dtype=np.float64),
        attachable=np.array([_is_attachable(edge[3]) for edge in edges], dtype=np.bool_),
        road_class=np.array([_road_class(edge[3]) for edge in edges], dtype=np.str_),
        line_starts=np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(
            np.int64
        ),
        line_lonlat=np.concatenate(lines).astype(np.float64),
        dropped_nodes=graph.number_of_nodes() - len(nodes),
        dropped_edges=sum(1 for u, v in graph.edges() if u not in index or v not in index),
        estimated_edges=sum(edge[2] for edge in edges),
    )


def _edge_seconds(
    values: dict[str, Any], length_m: float, settings: RoadSettings
) -> tuple[float | None, bool]:
    """Return an edge's time (s), None when it is nonsense, and whether it was estimated."""
    stated = values.get("travel_time")
    if stated is not None:
        if not _is_finite(stated) or stated < 0 or (stated == 0 and length_m > 0):
            return None, False
        return float(stated), False
    speed = _first_number(values.get("speed_kph")) or _first_number(values.get("maxspeed"))
    if not speed or speed <= 0:
        defaults = settings.default_speed_kmh
        road_class = _road_class(values)
        speed = defaults.get(road_class, defaults.get(road_class.removesuffix("_link")))
        speed = speed or defaults[OTHER]
    return length_m * S_PER_H / (M_PER_KM * speed), True


def _first_number(value: object) -> float | None:
    """Return the number of a tag such as 50, "50 km/h" or ["50", "30"], or None."""
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, str):
        first = first.split()[0] if first.split() else ""
    try:
        number = float(first)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _is_finite(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and math.isfinite(value)


def _road_class(values: dict[str, Any]) -> str:
    """Return an edge's class; ways that were merged carry a list, of which the first counts."""
    found = values.get("highway", OTHER)
    return str(found[0] if isinstance(found, list) and found else found)


def _is_attachable(values: dict[str, Any]) -> bool:
    bridge = str(values.get("bridge", "no")) not in {"no", "False", "None"}
    return not bridge and _road_class(values) not in CLOSED_CLASSES


def _edge_line(
    graph: nx.MultiDiGraph[int], pair: tuple[int, int], values: dict[str, Any]
) -> NDArray[np.float64]:
    """Return the positions an edge runs through, from its first node to its last."""
    ends = [(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in pair]
    geometry = values.get("geometry")
    if geometry is None:
        return np.array(ends, dtype=np.float64)
    line = np.array(geometry.coords, dtype=np.float64)[:, :2]
    # Some files keep one geometry for both directions.
    forward = np.abs(line[0] - ends[0]).sum() <= np.abs(line[-1] - ends[0]).sum()
    return line if forward else line[::-1]


def _cache_path(digest: str, name: str, settings: RoadSettings) -> Path:
    used = json.dumps([CACHE_VERSION, digest, name, sorted(settings.default_speed_kmh.items())])
    key = hashlib.sha256(used.encode()).hexdigest()
    return Path(platformdirs.user_cache_dir("dispatch")) / "networks" / f"{key}.npz"
