"""Make data/roads/bundled.graphml.gz: an approximation of the Métropole's road graph.

Usage: python scripts/build_roads.py [--wheel scgraph_data-2.0.0-py3-none-any.whl]

Local streets stand as a triangular mesh over the communes, as slow as the real
streets of the zone (data/roads/zones.csv), and cut by the Garonne; the motorway
and trunk network of scgraph-data (OpenStreetMap) is laid over it and joined to it; the bridges are
the only way across. Every speed and penalty is read from `[roads]` of
data/service.toml. Inside: metres in EPSG:2154; in the file: degrees in WGS84.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import io
import json
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import shapely
from garonne import ADDED, BRIDGES, DROPPED, GARONNE, MOTORWAYS, VIA
from package_files import SCGRAPH_DATA, read_member
from pyproj import Transformer
from scipy.spatial import Delaunay, cKDTree
from shapely.ops import split

from dispatch.streets.density import DensitySettings
from dispatch.streets.zones import Zones

DATA = Path(__file__).parents[1] / "data"
TARGET = DATA / "roads" / "bundled.graphml.gz"
MEMBER = "scgraph_data/world_highways.py"
TO_METRIC = Transformer.from_crs("EPSG:4326", "EPSG:2154", always_xy=True)
TO_DEGREES = Transformer.from_crs("EPSG:2154", "EPSG:4326", always_xy=True)
# dispatch/streets/roads.py reads both from the graph; maps show the second.
ATTRIBUTION = "Approximate roads, made from © OpenStreetMap contributors (ODbL), scgraph-data (MIT)"
CENTRE_INSEE = "33063"  # Bordeaux
CORRIDOR_M = 600  # the source is rounded to 0.001 degrees and straight between its nodes
MOTORWAY_MARGIN_M = 1000  # main roads are kept this far outside the communes
NEAR_QUAY = 0.6  # a mesh node nearer to a quay node than this share of the spacing is left out
LONGEST = 1.6  # mesh edges longer than this many spacings only close the hull: left out
OVERLAP_M = 8000  # longer than the mesh is wide at the ends of the river line
JOINS = 3


def main() -> None:
    """Read the sources, build the graph, check it, write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path, help="the wheel, if it is already downloaded")
    parser.add_argument("--settings", type=Path, default=DATA / "service.toml")
    parser.add_argument("--out", type=Path, default=TARGET)
    arguments = parser.parse_args()

    settings = tomllib.loads(arguments.settings.read_text(encoding="utf-8"))["roads"]
    source = read_member(SCGRAPH_DATA, MEMBER, arguments.wheel).decode("utf-8")
    graph = build(settings, *read_highways(source))
    written = to_graphml(graph)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    # No name and no time in the header: the same graph gives the same bytes.
    arguments.out.write_bytes(gzip.compress(written, compresslevel=9, mtime=0))
    sys.stdout.write(
        f"{arguments.out.name}: {len(graph)} nodes, {graph.number_of_edges()} edges, "
        f"{arguments.out.stat().st_size} bytes\n"
    )


def read_highways(source: str) -> tuple[list[tuple[float, float]], list[tuple[int, int, float]]]:
    """
    Return the nodes (longitude, latitude) and edges (node, node, km) of scgraph-data.

    The module is read as text, not imported: its two lists are literals.
    """
    lists = {}
    for name in ("graph", "nodes"):
        start = source.index(f"\n{name}=") + len(name) + 2
        lists[name] = ast.literal_eval(source[start : source.index("\n", start)].strip())
    nodes = [(lon, lat) for lat, lon in lists["nodes"]]
    west, south, east, north = -1.0, 44.6, -0.3, 45.2  # the Métropole and well around it
    near = {i for i, (x, y) in enumerate(nodes) if west < x < east and south < y < north}
    edges = [
        (i, j, km) for i in sorted(near) for j, km in sorted(lists["graph"][i].items())
        if j in near and i < j
    ]  # fmt: skip
    return nodes, edges


class _Ground:
    """The land that the graph covers, by bank, and how fast and winding its streets are."""

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.zones = Zones.read()
        self.density = DensitySettings.model_validate(settings["density"])
        features = json.loads((DATA / "communes.geojson").read_text(encoding="utf-8"))["features"]
        shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
        communes = shapely.transform(shapely.union_all(shapes), to_metric)
        self.covered = communes.buffer(settings["mesh_margin_m"])
        self.around = communes.buffer(MOTORWAY_MARGIN_M)
        hall = next(
            (p["town_hall_lon"], p["town_hall_lat"])
            for p in (feature["properties"] for feature in features)
            if p["insee"] == CENTRE_INSEE
        )
        self.centre = np.array(TO_METRIC.transform(*hall))
        self.river = shapely.LineString(to_metric(np.array(GARONNE)))
        west, south, east, north = self.covered.bounds
        first, last = self.river.coords[0], self.river.coords[-1]
        # Both ends run on, south and north, so that the line parts the whole plane in two.
        line = shapely.LineString(
            [(first[0], south - OVERLAP_M), *self.river.coords, (last[0], north + OVERLAP_M)]
        )
        frame = shapely.box(west - 1, south - OVERLAP_M + 1, east + 1, north + OVERLAP_M - 1)
        parts = sorted(split(frame, line).geoms, key=lambda part: part.centroid.x)
        self.left_bank, self.right_bank = parts
        self.barrier = line
        for part in parts:
            shapely.prepare(part)
        shapely.prepare(line)

    def is_right(self, xy: np.ndarray) -> np.ndarray:
        """Return, per point (n, 2), whether it lies on the right bank."""
        return shapely.contains_xy(self.right_bank, xy)

    def crosses(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return, per segment from a (n, 2) to b (n, 2), whether it crosses the Garonne."""
        return shapely.intersects(shapely.linestrings(np.stack([a, b], axis=1)), self.barrier)

    def mesh_speed_kmh(self, xy: np.ndarray) -> np.ndarray:
        """Return the speed on the mesh (km/h), stops included, at points (n, 2)."""
        pace = self.zones.seconds_per_metre(xy, self.density)
        return 3.6 / (pace * self.settings["mesh_time_share"])

    def winding(self, xy: np.ndarray) -> np.ndarray:
        """Return metres driven per straight metre at points (n, 2)."""
        left, right = self.settings["winding_left"], self.settings["winding_right"]
        return np.where(self.is_right(xy), right, left)


def build(
    settings: dict, nodes: list[tuple[float, float]], edges: list[tuple[int, int, float]]
) -> nx.MultiDiGraph:
    """Return the graph: mesh, main roads, joins; nodes in WGS84, its largest connected part."""
    ground = _Ground(settings)
    graph = nx.Graph()
    mesh = add_mesh(graph, ground)
    add_main_roads(graph, ground, nodes, edges)
    join(graph, ground, mesh)
    kept = graph.subgraph(max(nx.connected_components(graph), key=len))
    return directed(kept)


def add_mesh(graph: nx.Graph, ground: _Ground) -> np.ndarray:
    """Add the local streets to the graph and return the mesh's points (n, 2), its first nodes."""
    spacing, offset = ground.settings["mesh_spacing_m"], ground.settings["quay_offset_m"]
    # Quay nodes mirror each other over the river: a site is nearest to its own bank's.
    along = np.arange(0, ground.river.length, spacing / 2)
    inner, outer = (shapely.line_interpolate_point(ground.river, along + d) for d in (-25, 25))
    before, after = shapely.get_coordinates(inner), shapely.get_coordinates(outer)
    unit = (after - before) / np.hypot(*(after - before).T)[:, None]
    normal = np.stack([-unit[:, 1], unit[:, 0]], axis=1) * offset
    middle = (before + after) / 2
    quays = np.concatenate([middle + normal, middle - normal])
    # In a bend an offset point may come too near to the river again.
    far_enough = shapely.distance(shapely.points(quays), ground.river) > 0.8 * offset
    quays = quays[far_enough & shapely.contains_xy(ground.covered, quays)]

    west, south, east, north = ground.covered.bounds
    rows = np.arange(np.floor(south / spacing) * spacing, north, spacing * np.sqrt(3) / 2)
    columns = np.arange(np.floor(west / spacing) * spacing, east, spacing)
    x = columns[None, :] + (np.arange(len(rows)) % 2)[:, None] * spacing / 2
    lattice = np.stack([x.ravel(), np.repeat(rows, len(columns))], axis=1)
    lattice = lattice[shapely.contains_xy(ground.covered, lattice)]
    to_quay, _ = cKDTree(quays).query(lattice)
    to_river = shapely.distance(shapely.points(lattice), ground.river)
    lattice = lattice[(to_quay > NEAR_QUAY * spacing) & (to_river > offset)]

    points = np.concatenate([quays, lattice])
    pairs = {
        (min(a, b), max(a, b))
        for corners in Delaunay(points).simplices.tolist()
        for a, b in ((corners[0], corners[1]), (corners[1], corners[2]), (corners[0], corners[2]))
    }
    ends = np.array(sorted(pairs))
    a, b = points[ends[:, 0]], points[ends[:, 1]]
    straight = np.hypot(*(a - b).T)
    keep = (straight <= LONGEST * spacing) & ~ground.crosses(a, b)
    middle, straight = (a[keep] + b[keep]) / 2, straight[keep]
    metres = straight * ground.winding(middle)
    speeds = ground.mesh_speed_kmh(middle)
    for index, point in enumerate(points):
        graph.add_node(index, xy=tuple(point))
    for (u, v), length, speed in zip(ends[keep].tolist(), metres, speeds, strict=True):
        add_edge(graph, u, v, length, speed, "residential")
    return points


def add_main_roads(
    graph: nx.Graph,
    ground: _Ground,
    nodes: list[tuple[float, float]],
    edges: list[tuple[int, int, float]],
) -> None:
    """Add motorways, trunk roads and bridges; none may cross the Garonne elsewhere."""
    corridors = shapely.union_all(
        [shapely.LineString(to_metric(np.array(line))) for line in MOTORWAYS]
    ).buffer(CORRIDOR_M)
    bridges = {frozenset(ends): name for name, ends in BRIDGES.items()}
    numbers: dict[tuple[float, float], int] = {}

    def node(position: tuple[float, float]) -> int:
        if position not in numbers:
            numbers[position] = len(graph)
            graph.add_node(len(graph), xy=TO_METRIC.transform(*position), main=True)
        return numbers[position]

    roads = [(nodes[i], nodes[j], 1000 * km) for i, j, km in edges]
    roads += [(a, b, 0.0) for a, b in ADDED]
    for start, end, stated_m in roads:
        if (start, end) in DROPPED or (end, start) in DROPPED:
            continue
        via = VIA.get((start, end)) or tuple(reversed(VIA.get((end, start), ())))
        passed = [start, *via, end]
        points = to_metric(np.array(passed))
        if not shapely.contains_xy(ground.around, points[[0, -1]]).all():
            continue
        straight = np.hypot(*np.diff(points, axis=0).T)
        # Rounded positions can make a road seem longer or shorter; never shorter than straight.
        stretch = max(1.0, stated_m / max(straight.sum(), 1.0))
        for (a, b), piece_m, p, q in zip(
            pairwise(passed), straight, points[:-1], points[1:], strict=True
        ):
            bridge = bridges.get(frozenset((a, b)))
            if bridge is None and ground.crosses(p[None], q[None])[0]:
                msg = f"the main road from {a} to {b} crosses the Garonne away from a bridge"
                raise SystemExit(msg)
            motorway = corridors.covers(shapely.LineString([p, q]))
            speed = main_road_kmh(ground, (p + q) / 2, motorway=motorway)
            kind = "motorway" if motorway else "trunk"
            steps = 1
            if motorway and bridge is None:
                spacing = ground.settings["interchange_spacing_m"]
                steps = max(1, round(piece_m / spacing))
            chain = [node(a)]
            for step in range(1, steps):
                graph.add_node(len(graph), xy=tuple(p + (q - p) * step / steps), main=True)
                chain.append(len(graph) - 1)
            chain.append(node(b))
            for u, v in pairwise(chain):
                add_edge(graph, u, v, max(1.0, piece_m * stretch / steps), speed, kind, bridge)


def main_road_kmh(ground: _Ground, xy: np.ndarray, *, motorway: bool) -> float:
    """Return the speed (km/h) of a main road at a point."""
    if motorway:
        return float(ground.settings["motorway_kmh"])
    inner = np.hypot(*(xy - ground.centre)) <= ground.settings["inner_radius_m"]
    return float(ground.settings["inner_trunk_kmh" if inner else "outer_trunk_kmh"])


def join(graph: nx.Graph, ground: _Ground, mesh: np.ndarray) -> None:
    """Join the nodes of main roads to the nearest mesh nodes of their bank."""
    tree = cKDTree(mesh)
    for index in [n for n, main in graph.nodes(data="main") if main]:
        xy = np.array(graph.nodes[index]["xy"])
        distances, found = tree.query(xy, k=4 * JOINS)
        joined = 0
        for straight, other in zip(distances, found, strict=True):
            near = straight <= ground.settings["link_reach_m"]
            if not near or joined == JOINS or ground.crosses(xy[None], mesh[other][None])[0]:
                continue
            length = max(1.0, straight * float(ground.winding(xy[None])[0]))
            local = float(ground.mesh_speed_kmh(xy[None])[0])
            speed = min(local, ground.settings["link_kmh"])
            add_edge(graph, index, int(other), length, speed, "trunk_link")
            joined += 1


def add_edge(
    graph: nx.Graph,
    u: int,
    v: int,
    length_m: float,
    speed_kmh: float,
    highway: str,
    bridge: str | None = None,
) -> None:
    """Add an edge, or keep the one that is there if it is quicker."""
    seconds = length_m / speed_kmh * 3.6
    if u == v or (graph.has_edge(u, v) and graph.edges[u, v]["travel_time"] <= seconds):
        return
    graph.add_edge(u, v, length=length_m, speed_kph=speed_kmh, travel_time=seconds, highway=highway)
    if bridge is not None:
        graph.edges[u, v]["name"] = bridge
        graph.edges[u, v]["bridge"] = "yes"


def directed(graph: nx.Graph) -> nx.MultiDiGraph:
    """Return the graph as osmnx keeps one: both directions, WGS84, nodes numbered from 1."""
    made = nx.MultiDiGraph(
        crs="epsg:4326", simplified=True, approximate="yes", attribution=ATTRIBUTION
    )
    numbers = {node: number for number, node in enumerate(sorted(graph), start=1)}
    for node, number in numbers.items():
        lon, lat = TO_DEGREES.transform(*graph.nodes[node]["xy"])
        made.add_node(number, x=round(lon, 6), y=round(lat, 6))
    for way, (u, v) in enumerate(sorted((min(e), max(e)) for e in graph.edges), start=1):
        found = graph.edges[u, v]
        values = {key: round(found[key], 2) for key in ("length", "travel_time", "speed_kph")}
        values |= {key: found[key] for key in ("highway", "name", "bridge") if key in found}
        for a, b in ((u, v), (v, u)):
            made.add_edge(numbers[a], numbers[b], osmid=way, oneway=False, **values)
    return made


def to_graphml(graph: nx.MultiDiGraph) -> bytes:
    """Return the graph as GraphML, every attribute as text, as osmnx writes and reads it."""
    copy = nx.MultiDiGraph(**{key: str(value) for key, value in graph.graph.items()})
    for node, values in graph.nodes(data=True):
        copy.add_node(node, **{key: str(value) for key, value in values.items()})
    for u, v, values in graph.edges(data=True):
        copy.add_edge(u, v, **{key: str(value) for key, value in values.items()})
    buffer = io.BytesIO()
    nx.write_graphml_xml(copy, buffer, prettyprint=False)
    return buffer.getvalue()


def to_metric(xy: np.ndarray) -> np.ndarray:
    """Project positions (n, 2) from degrees to EPSG:2154."""
    return np.stack(TO_METRIC.transform(xy[:, 0], xy[:, 1]), axis=1)


if __name__ == "__main__":
    main()
