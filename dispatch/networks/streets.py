"""From OpenStreetMap data to a graph whose edges run from junction to junction."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
from pyproj import Geod

from dispatch.streets.graph import CRS, ROUNDABOUTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.networks.extract import Extract

FORWARD = frozenset({"yes", "true", "1"})
BACKWARD = frozenset({"-1", "reverse"})
BOTH = frozenset({"no", "false", "0"})
# Lanes whose direction changes during the day are not used.
NEITHER = frozenset({"reversible"})
# An edge has one value of each of these, and ends where a value changes.
ONE_VALUE = ("highway", "maxspeed", "bridge", "tunnel", "junction")


def directions(tags: Mapping[str, str]) -> tuple[bool, bool]:
    """Return whether a way may be driven along its nodes, and against them."""
    stated = tags.get("oneway", "")
    if stated in NEITHER:
        return False, False
    if stated in BACKWARD:
        return False, True
    if stated in FORWARD:
        return True, False
    implied = tags.get("junction") in ROUNDABOUTS or tags.get("highway") == "motorway"
    return True, not implied or stated in BOTH


def graph_of(extract: Extract) -> nx.MultiDiGraph[int]:
    """
    Return the streets as an OSMnx graph, simplified: nodes are junctions, ends and signals.

    Parameters
    ----------
    extract
        The ways.

    Returns
    -------
    graph
        WGS84; nodes with x, y (degrees) and highway ("traffic_signals"); edges with length
        (m, on the ellipsoid), highway and, where tagged, maxspeed, bridge, tunnel, junction;
        geometry where they bend.
    """
    import osmnx  # here: it takes half a second, which no other module needs

    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs=CRS)
    pairs: list[tuple[int, int]] = []
    values: list[dict[str, str]] = []
    for way in extract.ways:
        along, against = directions(way.tags)
        common = {key: way.tags[key] for key in ONE_VALUE if key in way.tags}
        limits = [way.tags.get(f"maxspeed:{side}") for side in ("forward", "backward")]
        ahead, behind = ({**common, **({"maxspeed": limit} if limit else {})} for limit in limits)
        for a, b in pairwise(way.nodes):
            if a == b or a in extract.closed or b in extract.closed:
                continue
            if along:
                pairs.append((a, b))
                values.append(ahead)
            if against:
                pairs.append((b, a))
                values.append(behind)
    for node in dict.fromkeys(node for pair in pairs for node in pair):
        lon, lat = extract.positions[node]
        signal = {"highway": "traffic_signals"} if node in extract.signals else {}
        graph.add_node(node, x=lon, y=lat, **signal)
    if not pairs:
        return graph
    ends = np.array([[extract.positions[node] for node in pair] for pair in pairs])
    _, _, metres = Geod(ellps="GRS80").inv(*ends[:, 0].T, *ends[:, 1].T)
    graph.add_edges_from(
        (u, v, {**tags, "length": float(length)})
        for (u, v), tags, length in zip(pairs, values, metres, strict=True)
    )
    return osmnx.simplify_graph(
        graph, node_attrs_include=["highway"], edge_attrs_differ=list(ONE_VALUE)
    )
