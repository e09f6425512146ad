"""Closed points of streets: the street ends on both sides of a bollard, and is kept up to it.

Where only two pieces of street meet, both end at the point. At a junction the data do not say which
of the arms the barrier stands in; it is taken to stand in the lesser ones, as nobody bars a main
road to mark a side street. So the two arms of the most important class stay joined, or else those
of the one way that runs on through the node; the other arms end there. Where neither is so, as at a
crossing of equal streets, all arms end.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final, NamedTuple

from dispatch.networks.access import CLOSED, OPEN
from dispatch.networks.barriers import level_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.networks.judged import DrivenWay
    from dispatch.streets.vehicle import VehicleSettings

_ORDER: Final = (
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "road",
    "living_street", "service", "pedestrian", "track",
)  # fmt: skip


class Piece(NamedTuple):
    """A straight part of a way between two nodes: the way's number in the list, its ends."""

    way: int
    a: int
    b: int


class Gate(NamedTuple):
    """A point that some may pass: the two nodes on its sides, and the level of `access`."""

    a: int
    b: int
    level: int
    road_class: str


def pieces_of(
    ways: Sequence[DrivenWay],
    points: Mapping[int, Mapping[str, str]],
    positions: dict[int, tuple[float, float]],
    vehicle: VehicleSettings,
) -> tuple[list[Piece], list[Gate]]:
    """
    Return the pieces of the ways, apart at closed points, and the points that some may pass.

    Parameters
    ----------
    ways, points
        The ways, and the tags of nodes on them.
    positions
        Positions (degrees) of the nodes; those of nodes made here are added.
    vehicle
        The vehicle of the service file.
    """
    levels = {
        node: level for node, tags in points.items() if (level := level_at(tags, vehicle)) != OPEN
    }
    pieces: list[list[int]] = []
    # For each closed node the ends of pieces there: piece, its end (1 or 2), whether the way goes
    # on.
    arms: dict[int, list[tuple[int, int, bool]]] = {}
    for number, driven in enumerate(ways):
        nodes = driven.way.nodes
        last = len(nodes) - 1
        for i in range(last):
            for node, end, inner in (
                (nodes[i], 1, i > 0), (nodes[i + 1], 2, i + 1 < last),
            ):  # fmt: skip
                if node in levels:
                    arms.setdefault(node, []).append((len(pieces), end, inner))
            pieces.append([number, nodes[i], nodes[i + 1]])
    fresh = count(min(min(positions, default=0), 0) - 1, -1)
    gates = []
    for node, ends in arms.items():
        joined = _through(ends, pieces, ways)
        # Where no arm stays joined, the first one keeps the node's number.
        for piece, end, _ in ends if joined else ends[1:]:
            if (piece, end) in joined:
                continue
            apart = next(fresh)
            positions[apart] = positions[node]
            pieces[piece][end] = apart
            if levels[node] < CLOSED:
                road_class = ways[pieces[piece][0]].common[0]
                gates.append(Gate(node, apart, levels[node], road_class))
    return [Piece(*piece) for piece in pieces], gates


def _through(
    ends: list[tuple[int, int, bool]], pieces: list[list[int]], ways: Sequence[DrivenWay]
) -> set[tuple[int, int]]:
    """Return the arms of a closed junction that stay joined: two of them, or none."""
    if len(ends) < 3:
        return set()
    rank = [_rank(ways[pieces[piece][0]].common[0]) for piece, *_ in ends]
    highest = [arm for arm, of_arm in zip(ends, rank, strict=True) if of_arm == min(rank)]
    if len(highest) != 2:
        inner = [arm for arm in highest if arm[2]]
        highest = inner if len({pieces[piece][0] for piece, *_ in inner}) == 1 else []
    return {(piece, end) for piece, end, _ in highest} if len(highest) == 2 else set()


def _rank(road_class: str) -> int:
    plain = road_class.removesuffix("_link")
    return _ORDER.index(plain) if plain in _ORDER else len(_ORDER)
