"""Targets: costs between bound and plan, for which rounds are listed where the gap is too wide."""

from __future__ import annotations

import math

# The first target is this share of the gap above the bound. Over the whole gap the partial rounds
# of a list grow by so many powers of e; lists aim at this share of the most partial rounds.
FIRST, RISE, AIM = 0.06, 40.0, 0.6
# A target nearer to the last one than this, relatively, is not worth its lists.
LEAST_STEP = 1.1


class Targets:
    """
    Targets between the bound and the cost: the next one follows from the lists of the last ones.

    Parameters
    ----------
    low, cost
        The bound that duals prove, and the cost of the known plan (seconds).
    most
        Most partial rounds of a vehicle type.
    """

    def __init__(self, low: int, cost: int, most: int) -> None:
        self.low, self._aim = low, math.log(AIM * most)
        gap = max(1, cost - low)
        self._above, self._rise = FIRST * gap, RISE / gap
        self._reached, self._made = 0.0, 0.0

    def target(self, cost: int) -> int:
        """Return the next target (seconds): at most the cost of the known plan."""
        return min(cost, self.low + int(self._above))

    def worth(self, cost: int) -> bool:
        """Return whether the next target is far enough above the last one reached, or the cost."""
        return self._above >= min(LEAST_STEP * self._reached, cost - self.low)

    def missed(self) -> None:
        """Come nearer: the target was too high to list its rounds."""
        self._above = self._reached + (self._above - self._reached) / 2

    def reached(self, made: int) -> None:
        """Go further: the target was reached with lists of so many partial rounds of a type."""
        partial = math.log(max(1, made))
        if self._reached > 0:
            measured = (partial - self._made) / (self._above - self._reached)
            self._rise = max(self._rise / 10, measured)
        self._reached, self._made = self._above, partial
        self._above += (self._aim - partial) / self._rise
