"""From OpenStreetMap data to a graph whose edges run from junction to junction."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import networkx as nx
import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from shapely import LineString

from dispatch.networks.chains import SIGNAL, Chain, Pieces, piece_metres, reverse
from dispatch.networks.judged import Account, judged_ways
from dispatch.networks.osmdata import SERVICE
from dispatch.networks.points import pieces_of
from dispatch.networks.signs import Edge, Turns, forced_nodes, rules_of
from dispatch.streets.graph import CRS
from dispatch.streets.parts import largest_part
from dispatch.streets.settings import RoadSettings, bundled_section

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dispatch.networks.judged import DrivenWay
    from dispatch.networks.osmdata import Extract
    from dispatch.networks.points import Gate, Piece

TWICE: Final = "drawn twice between the same two nodes"
YARDS: Final = "service roads that lead to no other street"


def graph_of(extract: Extract, settings: RoadSettings | None = None) -> nx.MultiDiGraph[int]:
    """
    Return the streets as an OSMnx graph, simplified: nodes are junctions, ends and changes.

    Parameters
    ----------
    extract
        The ways, points and signs.
    settings
        The vehicle, and speeds of words and classes; None: those of the bundled service.toml.

    Returns
    -------
    graph
        WGS84; nodes with x, y (degrees) and highway ("traffic_signals"); edges with length
        (m, on the ellipsoid), highway, speed_kph and, where there are, name, maxspeed, bridge,
        tunnel, junction, access_level (1 or 2: see `access`), signals, signal_at_end, gives_way,
        street_m (from junction to junction); geometry where they bend. Its attribute "forbidden"
        lists the sequences of edges that signs forbid, each edge as (u, v, key).
    """
    return graph_and_account(extract, settings)[0]


def graph_and_account(
    extract: Extract, settings: RoadSettings | None = None
) -> tuple[nx.MultiDiGraph[int], Account]:
    """Return the graph as `graph_of` does, and what was left out of it and told."""
    settings = settings or RoadSettings.from_toml(bundled_section("roads"))
    account = Account()
    ways = judged_ways(extract, settings, account)
    rules = rules_of(extract.signs, settings.vehicle, account)
    nodes_of: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    for driven in ways:
        nodes_of[driven.way.number].append(driven.way.nodes)
    positions = dict(extract.positions)
    pieces, gates = pieces_of(ways, extract.points, positions, settings.vehicle)
    pieces = _without_doubles(pieces, positions, account)
    pieces = _without_yards(ways, pieces, gates, positions, account)
    forced = forced_nodes(rules, nodes_of) | {node for gate in gates for node in gate[:2]}
    joined = Pieces(ways, pieces, positions, forced)
    read: dict[int, set[int]] = defaultdict(set)
    for way in extract.ways:
        read[way.number].update(way.nodes)
    graph, edges = _graph(joined, gates, extract.points, settings.driving.signal_reach_m)
    graph.graph["forbidden"] = [
        tuple(edges[number][:3] for number in sequence)
        for sequence in Turns(edges).forbidden(rules, read, account)
    ]
    return graph, account


def _graph(
    joined: Pieces,
    gates: Sequence[Gate],
    points: Mapping[int, Mapping[str, str]],
    reach_m: float,
) -> tuple[nx.MultiDiGraph[int], list[Edge]]:
    """Return the graph of some pieces and gates, and its edges with the ways they are of."""
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs=CRS)
    edges: list[Edge] = []
    street = 0
    for chain in joined.chains():
        cuts, last = joined.cuts(chain), len(chain.steps)
        whole_m = joined.length_m(chain)
        for one in (chain, reverse(chain)):
            ahead = one is chain
            lines = joined.stop_lines(one, points, reach_m)
            bounds = cuts if ahead else [last - cut for cut in reversed(cuts)]
            for number, (a, b) in enumerate(pairwise(bounds)):
                part = Chain(one.nodes[a : b + 1], one.steps[a:b])
                _add_ends(graph, part, joined, points)
                values = joined.values(part)
                if values is None:
                    continue
                values |= {"street_m": whole_m}
                signals = sum(a < i <= b for i in lines.between)
                stated = {"signals": signals, "signal_at_end": b == last and lines.signal_at_end,
                          "gives_way": b == last and lines.gives_way}  # fmt: skip
                values |= {key: int(value) for key, value in stated.items() if value}
                line = joined.line(part)
                if len(line) > 2:
                    values["geometry"] = LineString(line)
                ways = [joined.way_of(piece) for piece, _ in part.steps]
                key = graph.add_edge(part.nodes[0], part.nodes[-1], **values)
                # Both directions of a part have one number.
                place = street + (number if ahead else len(cuts) - 2 - number)
                edges.append(
                    Edge(part.nodes[0], part.nodes[-1], key, ways[0], ways[-1], frozenset(ways),
                         place)
                )  # fmt: skip
        street += len(cuts) - 1
    for gate in gates:
        for node in gate[:2]:
            lon, lat = joined.positions[node]
            graph.add_node(node, x=lon, y=lat)
        # A gate is a point: it has no length, and no site is reached from it.
        values = {"length": 0.0, "highway": gate.road_class, "gate": "yes",
                  "access_level": gate.level}  # fmt: skip
        graph.add_edge(gate.a, gate.b, **values)
        graph.add_edge(gate.b, gate.a, **values)
    return graph, edges


def _add_ends(
    graph: nx.MultiDiGraph[int],
    part: Chain,
    joined: Pieces,
    points: Mapping[int, Mapping[str, str]],
) -> None:
    for node in (part.nodes[0], part.nodes[-1]):
        lon, lat = joined.positions[node]
        signal = {"highway": SIGNAL} if joined.is_signal(node, points) else {}
        graph.add_node(node, x=lon, y=lat, **signal)


def _without_doubles(
    pieces: list[Piece], positions: dict[int, tuple[float, float]], account: Account
) -> list[Piece]:
    """Return the pieces without those that a way before has drawn between the same two nodes."""
    seen: set[tuple[int, int]] = set()
    kept: list[Piece] = []
    double: list[Piece] = []
    for piece in pieces:
        pair = (min(piece.a, piece.b), max(piece.a, piece.b))
        (double if pair in seen else kept).append(piece)
        seen.add(pair)
    if double:
        account.leave_out(TWICE, float(piece_metres(double, positions).sum()))
    return kept


def _without_yards(
    ways: Sequence[DrivenWay],
    pieces: list[Piece],
    gates: Sequence[Gate],
    positions: dict[int, tuple[float, float]],
    account: Account,
) -> list[Piece]:
    """
    Return the pieces without service roads, except those by which other streets are reached.

    Of the service roads, a set that hangs together stays where it leads to a street that the others
    do not reach there and back.
    """
    if not pieces:
        return pieces
    ends = np.array([(piece.a, piece.b) for piece in pieces], dtype=np.int64)
    service = np.array([ways[piece.way].common[0] == SERVICE for piece in pieces])
    if not service.any():
        return pieces
    extra = np.array([(gate.a, gate.b) for gate in gates], dtype=np.int64).reshape(-1, 2)
    nodes, flat = np.unique(np.concatenate([ends, extra]), return_inverse=True)
    flat = flat.reshape(-1, 2)
    ends, extra = flat[: len(ends)], flat[len(ends) :]
    metres = piece_metres(pieces, positions)
    closed = np.array([[level > 2 for level in ways[piece.way].levels] for piece in pieces])

    ahead, behind = ~closed[:, 0], ~closed[:, 1]

    def both_ways(which: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the directed pieces, gates among them, and their lengths."""
        pairs = [ends[which & ahead], ends[which & behind][:, ::-1], extra, extra[:, ::-1]]
        lengths = [metres[which & ahead], metres[which & behind], np.zeros(2 * len(extra))]
        return np.concatenate(pairs), np.concatenate(lengths)

    pairs, lengths = both_ways(np.ones(len(pieces), dtype=np.bool_))
    every = largest_part(len(nodes), pairs[:, 0], pairs[:, 1], lengths)
    pairs, lengths = both_ways(~service & every[ends].all(axis=1))
    main = largest_part(len(nodes), pairs[:, 0], pairs[:, 1], lengths)
    street = np.zeros(len(nodes), dtype=np.bool_)
    street[ends[~service]] = True
    lost = street & every & ~main
    # Service roads hang together at nodes that are not of the main part.
    of_service = ends[service]
    inner = of_service.copy()
    # At a node of the main part each piece has a node of its own.
    apart = len(nodes) + np.arange(inner.size).reshape(inner.shape)
    inner = np.where(main[inner], apart, inner)
    size = len(nodes) + inner.size
    ones = np.ones(len(inner), dtype=np.int8)
    _, group = connected_components(
        csr_matrix((ones, (inner[:, 0], inner[:, 1])), shape=(size, size)), directed=False
    )
    # A street that is lost joins what it meets, so that a second yard behind it stays too.
    leads = np.zeros(size, dtype=np.bool_)
    leads[group[inner[lost[of_service]]]] = True
    stays = ~service
    stays[service] = leads[group[inner[:, 0]]]
    gone = [piece for piece, kept in zip(pieces, stays.tolist(), strict=True) if not kept]
    if gone:
        account.leave_out(YARDS, float(piece_metres(gone, positions).sum()))
    return [piece for piece, kept in zip(pieces, stays.tolist(), strict=True) if kept]
