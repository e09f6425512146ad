"""A road graph as arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Network:
    """
    A strongly connected road graph, as arrays that cannot be written to.

    Parameters
    ----------
    name
        "bundled", or the name of the file.
    approximate
        Whether its streets are an approximation of the real ones.
    attribution
        Source and licence of the data, shown on every map of it.
    sha256
        Hash of the file that it was read from.
    node_ids, lon, lat
        Identifiers (int64) and positions (degrees, WGS84) of the nodes, shape (nodes,).
    tails, heads
        First and last node of each directed edge, as positions in `node_ids`, shape (edges,);
        sorted by both, each pair once: of parallel edges only the quickest.
    seconds, metres
        Driving time (s) and length (m) of each edge, without access or parking, shape (edges,).
    attachable
        Whether sites may be reached from an edge: not from motorways, trunk roads or bridges.
    road_class
        OpenStreetMap's class of each edge ("residential", "motorway_link", ...), shape (edges,).
    line_starts, line_lonlat
        Edge `e` runs through `line_lonlat[line_starts[e]:line_starts[e + 1]]` (degrees, WGS84).
    dropped_nodes, dropped_edges
        Numbers of nodes and edges left out because one cannot drive there and back.
    estimated_edges
        Number of edges whose time is not from the file but computed from length and speed.
    """

    name: str
    approximate: bool
    attribution: str
    sha256: str
    node_ids: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    tails: NDArray[np.int64]
    heads: NDArray[np.int64]
    seconds: NDArray[np.float64]
    metres: NDArray[np.float64]
    attachable: NDArray[np.bool_]
    road_class: NDArray[np.str_]
    line_starts: NDArray[np.int64]
    line_lonlat: NDArray[np.float64]
    dropped_nodes: int = 0
    dropped_edges: int = 0
    estimated_edges: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def node_count(self) -> int:
        """Return the number of nodes."""
        return len(self.node_ids)

    @property
    def edge_count(self) -> int:
        """Return the number of directed edges."""
        return len(self.tails)

    def line(self, edge: int) -> NDArray[np.float64]:
        """Return the positions (degrees, WGS84) of an edge's line, shape (n, 2)."""
        return self.line_lonlat[self.line_starts[edge] : self.line_starts[edge + 1]]
