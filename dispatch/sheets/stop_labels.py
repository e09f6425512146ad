"""Where the numbers of stops are written on a map on paper, so that none hides another.

Positions are tenths of a millimetre on paper from the map's north-west corner, y downwards (SVG).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Point = tuple[float, float]

STOP_RADIUS = 31
LEADER_LEAST = 12
# Other positions of a number: rings around its place, and directions on each ring.
RINGS, DIRECTIONS = 14, 16


@dataclass(frozen=True, slots=True)
class Spot:
    """A numbered stop: where it is, and where its number is written."""

    number: int
    x: int
    y: int
    label_x: int
    label_y: int

    @property
    def led(self) -> bool:
        """Whether the number is so far from the place that a line leads to it."""
        return math.hypot(self.label_x - self.x, self.label_y - self.y) > LEADER_LEAST


def place_labels(places: Sequence[Point], home: Point, size: tuple[int, int]) -> tuple[Spot, ...]:
    """
    Return stops with their numbers written where they hide neither each other nor the centre.

    Parameters
    ----------
    places
        Where the stops are, in their order.
    home
        Where the centre is.
    size
        Width and height of the map.

    Returns
    -------
    spots
        Each number is at its place if that is free, else at the nearest free position; where
        there is none, at its place.
    """
    width, height = size
    taken: list[Point] = [home]
    spots = []
    for number, (x, y) in enumerate(places, start=1):
        at = next(
            (
                (u, v)
                for u, v in _around(x, y)
                if STOP_RADIUS < u < width - STOP_RADIUS
                and STOP_RADIUS < v < height - STOP_RADIUS
                and all(math.hypot(u - a, v - b) > 2 * STOP_RADIUS for a, b in taken)
            ),
            (x, y),
        )
        taken.append(at)
        spots.append(Spot(number, round(x), round(y), round(at[0]), round(at[1])))
    return tuple(spots)


def _around(x: float, y: float) -> Iterable[Point]:
    yield x, y
    for ring in range(1, RINGS + 1):
        radius = ring * 0.75 * STOP_RADIUS
        for turn in range(DIRECTIONS):
            angle = 2 * math.pi * turn / DIRECTIONS
            yield x + radius * math.cos(angle), y + radius * math.sin(angle)
