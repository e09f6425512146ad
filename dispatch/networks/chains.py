"""Pieces of ways joined to streets: chains from junction to junction, cut where something changes.

A chain ends at a junction or a dead end. It is cut where its class, its bridge or tunnel, its
limit, or who may drive it changes, and where a sign of turning needs it. Signals and stop lines are
judged along the whole chain, as they belong to the junction at its end. The name of a part is that
of its longest way.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from pyproj import Geod

from dispatch.networks.access import CLOSED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from dispatch.networks.judged import DrivenWay
    from dispatch.networks.points import Piece

_GEOD = Geod(ellps="GRS80")
SIGNAL = "traffic_signals"
# LinesMet at which one gives way, on the way to a junction.
_STOPS = frozenset({"stop", "give_way"})


class Chain(NamedTuple):
    """A street from end to end: its nodes, and its pieces, each with whether it runs along."""

    nodes: list[int]
    steps: list[tuple[int, bool]]


class LinesMet(NamedTuple):
    """Numbers of nodes with a signal between junctions; whether one, or a stop, is at the end."""

    between: list[int]
    signal_at_end: bool
    gives_way: bool


class Pieces:
    """
    Pieces of ways as a graph.

    Parameters
    ----------
    ways, pieces
        The ways, and their pieces.
    positions
        Positions (degrees) of the nodes.
    forced
        Nodes at which chains are cut in any case.
    """

    def __init__(
        self,
        ways: Sequence[DrivenWay],
        pieces: Sequence[Piece],
        positions: Mapping[int, tuple[float, float]],
        forced: Collection[int],
    ) -> None:
        self.ways, self.pieces, self.positions, self.forced = ways, pieces, positions, forced
        self.arms: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        for number, piece in enumerate(pieces):
            self.arms[piece.a].append((number, True))
            self.arms[piece.b].append((number, False))
        self.metres = piece_metres(pieces, positions).tolist()

    def chains(self) -> list[Chain]:
        """Return the chains; each piece is in one of them."""
        ends = [node for node in self.arms if not self._runs_on(node)]
        done = [False] * len(self.pieces)
        found = [
            self._walk(node, arm, done)
            for node in ends
            for arm in self.arms[node]
            if not done[arm[0]]
        ]
        # What is left are rings that no other street meets.
        for number, piece in enumerate(self.pieces):
            if not done[number]:
                found.append(self._walk(piece.a, (number, True), done))
        return found

    def _runs_on(self, node: int) -> bool:
        """Return whether a node is neither a junction nor an end."""
        arms = self.arms[node]
        return len(arms) == 2 and arms[0][0] != arms[1][0]

    def cuts(self, chain: Chain) -> list[int]:
        """Return the numbers of the nodes at which a chain is cut, its ends among them."""
        last = len(chain.steps)
        inner = [
            i
            for i in range(1, last)
            if chain.nodes[i] in self.forced
            or self._attributes(chain.steps[i - 1]) != self._attributes(chain.steps[i])
        ]
        return [0, *inner, last]

    def _attributes(self, step: tuple[int, bool]) -> tuple[object, ...]:
        """Return what must be equal along a part of a chain, in the chain's direction."""
        driven = self.ways[self.pieces[step[0]].way]
        turn = 1 if step[1] else -1
        return driven.common, driven.levels[::turn], driven.kmh[::turn]

    def _walk(self, start: int, arm: tuple[int, bool], done: list[bool]) -> Chain:
        nodes, steps, at = [start], [], start
        while True:
            number, along = arm
            done[number] = True
            steps.append((number, along))
            at = self.pieces[number].b if along else self.pieces[number].a
            nodes.append(at)
            if at == start or not self._runs_on(at):
                return Chain(nodes, steps)
            one, other = self.arms[at]
            arm = other if one[0] == number else one

    def is_junction(self, node: int) -> bool:
        """Return whether three or more arms of streets meet at a node."""
        return len(self.arms[node]) > 2

    def values(self, part: Chain) -> dict[str, Any] | None:
        """Return the attributes of a part of a chain, in its direction; None: nobody drives it."""
        first, along = part.steps[0]
        driven = self.ways[self.pieces[first].way]
        level = driven.levels[not along]
        if level == CLOSED:
            return None
        limit = ""
        lengths: dict[str, float] = defaultdict(float)
        for number, _ in part.steps:
            way = self.ways[self.pieces[number].way].way
            lengths[way.name] += self.metres[number]
            limit = limit or way.tags.get("maxspeed", "")
        road_class, bridge, tunnel, roundabout = driven.common
        stated = {
            "highway": road_class, "bridge": bridge, "tunnel": tunnel, "maxspeed": limit,
            "junction": "roundabout" if roundabout else "",
            "name": max(sorted(lengths), key=lambda one: lengths[one]),
        }  # fmt: skip
        found: dict[str, Any] = {key: value for key, value in stated.items() if value}
        found |= {"length": self.length_m(part), "speed_kph": driven.kmh[not along]}
        return found | ({"access_level": level} if level else {})

    def length_m(self, chain: Chain) -> float:
        """Return the length (m) of a chain: the same number in both directions."""
        return math.fsum(self.metres[number] for number, _ in chain.steps)

    def stop_lines(
        self, chain: Chain, points: Mapping[int, Mapping[str, str]], reach_m: float
    ) -> LinesMet:
        """
        Return the signals and stop lines along a chain that concern its direction.

        Parameters
        ----------
        chain
            The chain, from junction to junction.
        points
            Tags of nodes.
        reach_m
            A signal or stop line so near before a junction is that junction's.
        """
        between: list[int] = []
        at_end = gives_way = False
        at = np.concatenate([[0.0], np.cumsum([self.metres[number] for number, _ in chain.steps])])
        begins, ends = self.is_junction(chain.nodes[0]), self.is_junction(chain.nodes[-1])
        for i in range(1, len(chain.nodes) - 1):
            tags = points.get(chain.nodes[i], {})
            what = tags.get("highway", "")
            if what != SIGNAL and what not in _STOPS:
                continue
            said = tags.get("traffic_signals:direction", tags.get("direction", ""))
            if said not in {"forward", "backward"}:
                said = ""
            elif (said == "forward") != chain.steps[i - 1][1]:
                continue
            since, left = float(at[i]), float(at[-1] - at[i])
            if ends and left <= reach_m and (said or left <= since or not begins):
                at_end, gives_way = at_end or what == SIGNAL, gives_way or what != SIGNAL
            elif what == SIGNAL and (said or not (begins and since <= reach_m)):
                between.append(i)
        return LinesMet(between, at_end, gives_way)

    def is_signal(self, node: int, points: Mapping[int, Mapping[str, str]]) -> bool:
        """Return whether a signal stands in the middle of a junction."""
        return self.is_junction(node) and points.get(node, {}).get("highway") == SIGNAL

    def way_of(self, piece: int) -> int:
        """Return the number of a piece's way in OpenStreetMap."""
        return self.ways[self.pieces[piece].way].way.number

    def line(self, chain: Chain) -> list[tuple[float, float]]:
        """Return the positions (degrees) of a chain."""
        return [self.positions[node] for node in chain.nodes]


def reverse(chain: Chain) -> Chain:
    """Return a chain in the other direction."""
    return Chain(chain.nodes[::-1], [(number, not along) for number, along in chain.steps[::-1]])


def piece_metres(
    pieces: Sequence[Piece], positions: Mapping[int, tuple[float, float]]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the length (m, on the ellipsoid) of each piece."""
    if not pieces:
        return np.zeros(0)
    ends = np.array([[positions[piece.a], positions[piece.b]] for piece in pieces])
    _, _, metres = _GEOD.inv(*ends[:, 0].T, *ends[:, 1].T)
    found: np.ndarray[tuple[int], np.dtype[np.float64]] = np.asarray(metres)
    return found
