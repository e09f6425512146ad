"""Pieces of ways joined to streets: chains from junction to junction, with their times and signs.

A chain ends at a junction, at a dead end, where a sign of turning needs it, and where its class,
its bridge or tunnel, or who may drive it changes. Name and limit may change along it: the name is
that of its longest part, the speed that at which all of it takes the same time.
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
# Lines at which one gives way, on the way to a junction.
_STOPS = frozenset({"stop", "give_way"})


class Chain(NamedTuple):
    """A street from end to end: its nodes, and its pieces, each with whether it runs along."""

    nodes: list[int]
    steps: list[tuple[int, bool]]


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
        Nodes at which chains end in any case.
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
        """Return whether a node is neither a junction, nor an end, nor a change of the street."""
        arms = self.arms[node]
        if len(arms) != 2 or node in self.forced or arms[0][0] == arms[1][0]:
            return False
        (p, p_out), (q, q_out) = arms
        one, other = self.ways[self.pieces[p].way], self.ways[self.pieces[q].way]
        out, onto = (
            (one.levels if p_out else one.levels[::-1]),
            (other.levels if q_out else other.levels[::-1]),
        )
        # Levels away from the node and towards it, of each arm.
        return one.common == other.common and out[0] == onto[1] and out[1] == onto[0]

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

    def values(
        self, chain: Chain, points: Mapping[int, Mapping[str, str]], reach_m: float
    ) -> dict[str, Any] | None:
        """
        Return the attributes of a chain in the direction of its nodes; None: nobody may drive it.

        Parameters
        ----------
        chain
            The chain.
        points
            Tags of nodes.
        reach_m
            A signal or stop line so near before a junction is that junction's.
        """
        first, along = chain.steps[0]
        driven = self.ways[self.pieces[first].way]
        level = driven.levels[not along]
        if level == CLOSED:
            return None
        metres = [self.metres[number] for number, _ in chain.steps]
        # The same number in both directions, whatever the order of the parts.
        length = math.fsum(metres)
        hours, limit = 0.0, ""
        lengths: dict[str, float] = defaultdict(float)
        for (number, ahead), part in zip(chain.steps, metres, strict=True):
            of_piece = self.ways[self.pieces[number].way]
            hours += part / of_piece.kmh[not ahead]
            lengths[of_piece.way.name] += part
            limit = limit or of_piece.way.tags.get("maxspeed", "")
        name = max(sorted(lengths), key=lambda one: lengths[one])
        road_class, bridge, tunnel, roundabout = driven.common
        stated = {
            "highway": road_class, "bridge": bridge, "tunnel": tunnel, "maxspeed": limit,
            "junction": "roundabout" if roundabout else "", "name": name,
        }  # fmt: skip
        found: dict[str, Any] = {key: value for key, value in stated.items() if value}
        found |= {"length": length, "speed_kph": length / hours if hours else driven.kmh[not along]}
        if level:
            found["access_level"] = level
        return found | self._lines(chain, metres, points, reach_m)

    def _lines(
        self,
        chain: Chain,
        metres: list[float],
        points: Mapping[int, Mapping[str, str]],
        reach_m: float,
    ) -> dict[str, Any]:
        """Return the signals and stop lines along a chain that concern its direction."""
        found: dict[str, Any] = {}
        inner = [i for i in range(1, len(chain.nodes) - 1) if chain.nodes[i] in points]
        if not inner:
            return found
        at = np.concatenate([[0.0], np.cumsum(metres)])
        begins, ends = self.is_junction(chain.nodes[0]), self.is_junction(chain.nodes[-1])
        for i in inner:
            tags = points[chain.nodes[i]]
            what = tags.get("highway", "")
            if what != SIGNAL and what not in _STOPS:
                continue
            said = tags.get("traffic_signals:direction", tags.get("direction", ""))
            if said in {"forward", "backward"} and (said == "forward") != chain.steps[i - 1][1]:
                continue
            since, left = float(at[i]), float(at[-1] - at[i])
            before = ends and left <= reach_m and (said != "" or left <= since or not begins)
            if before:
                found["signal_at_end" if what == SIGNAL else "gives_way"] = 1
            elif what == SIGNAL and (said != "" or not (begins and since <= reach_m)):
                found["signals"] = found.get("signals", 0) + 1
        return found

    def is_signal(self, node: int, points: Mapping[int, Mapping[str, str]]) -> bool:
        """Return whether a signal stands at a node at which chains end."""
        return points.get(node, {}).get("highway") == SIGNAL

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
