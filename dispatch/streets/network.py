"""A road graph as arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dispatch.streets.expanded import Expanded, expanded

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
        sorted by both, each pair once: loops and slower parallel streets are in three edges.
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
    profile
        Who uses it: the name of a profile of the service file.
    source, data_date
        Where the streets come from and of which date they are, as its file says; empty: not said.
    access_level
        Who may drive each edge: 0 everybody, 1 who begins or ends a trip there, 2 the same on
        private ground, int8, shape (edges,); None: all of them 0.
    turn_starts, turn_edges
        Sequences of edges that signs forbid: sequence `i` is
        `turn_edges[turn_starts[i]:turn_starts[i + 1]]`; None: there are none.
    names, name_of
        Names of streets, shape (names,), and the number of each edge's name, shape (edges,); an
        empty name is none. None: they are not known.
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
    profile: str = "van"
    source: str = ""
    data_date: str = ""
    access_level: NDArray[np.int8] = None  # type: ignore[assignment]
    turn_starts: NDArray[np.int64] = None  # type: ignore[assignment]
    turn_edges: NDArray[np.int64] = None  # type: ignore[assignment]
    names: NDArray[np.str_] = None  # type: ignore[assignment]
    name_of: NDArray[np.int64] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        none = {
            "access_level": np.zeros(len(self.tails), dtype=np.int8),
            "turn_starts": np.zeros(1, dtype=np.int64),
            "turn_edges": np.zeros(0, dtype=np.int64),
            "names": np.array([""]),
            "name_of": np.zeros(len(self.tails), dtype=np.int64),
        }
        for name, value in none.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
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

    @cached_property
    def expanded(self) -> Expanded:
        """Return the graph in which every way keeps the signs; made once."""
        return expanded(self.node_count, self.tails, self.heads, self.access_level, self.forbidden)

    @property
    def forbidden(self) -> list[tuple[int, ...]]:
        """Return the sequences of edges that signs forbid."""
        bounds, edges = self.turn_starts.tolist(), self.turn_edges.tolist()
        return [tuple(edges[a:b]) for a, b in pairwise(bounds)]

    @property
    def street_keys(self) -> NDArray[np.int64]:
        """Return the number of the street of each edge: both directions have the same number."""
        low, high = np.minimum(self.tails, self.heads), np.maximum(self.tails, self.heads)
        dm = np.rint(self.metres * 10).astype(np.int64)
        rows = np.stack([low, high, dm], axis=1)
        _, found = np.unique(rows, axis=0, return_inverse=True)
        return found.reshape(-1)

    def line(self, edge: int) -> NDArray[np.float64]:
        """Return the positions (degrees, WGS84) of an edge's line, shape (n, 2)."""
        return self.line_lonlat[self.line_starts[edge] : self.line_starts[edge + 1]]
