"""What listed rounds prove, and the best plan that they make."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dispatch.solve.bound.among import Among
    from dispatch.solve.bound.proof import Limits

# Tried out again once so many rounds are left of those of the last time.
TRY_AGAIN = 0.75
# Looks allowed at last, in those of each time before.
AT_LAST, FOR_A_PLAN = 10, 3
# Rounds of cuts on lists for a target: more of them raise the bound by next to nothing.
CUT_ROUNDS = 4
# The first target lies this share of the gap above the bound. Over the whole gap the partial rounds
# of a list rise by some so many powers of e; this share of the room for them is aimed at.
FIRST, RISE, ROOMY = 0.06, 40.0, 0.6
# A target nearer to the last one than this, relatively, is not worth its lists.
LEAST_STEP = 1.1


class Targets:
    """
    How far above the bound the next target lies, by what the lists of the last ones took.

    Parameters
    ----------
    low, cost
        What no plan costs less than by prices, and the cost of the plan known (seconds).
    room
        Most partial rounds of a kind.
    """

    def __init__(self, low: int, cost: int, room: int) -> None:
        self.low, self.room = low, math.log(ROOMY * room)
        gap = max(1, cost - low)
        self._above, self._rise = FIRST * gap, RISE / gap
        self._reached, self._made = 0.0, 0.0

    def target(self, cost: int) -> int:
        """Return the next target (seconds): at most the cost of the plan known."""
        return min(cost, self.low + int(self._above))

    def worth(self, cost: int) -> bool:
        """Return whether the next target is far enough above the last one reached, or the cost."""
        return self._above >= min(LEAST_STEP * self._reached, cost - self.low)

    def missed(self) -> None:
        """Take note that the target was too much to list."""
        self._above = self._reached + (self._above - self._reached) / 2

    def reached(self, made: int) -> None:
        """Take note that the target was reached by lists of so many partial rounds of a kind."""
        most = math.log(max(1, made))
        if self._reached > 0:
            measured = (most - self._made) / (self._above - self._reached)
            self._rise = max(self._rise / 10, measured)
        self._reached, self._made = self._above, most
        self._above += (self.room - most) / self._rise


def settle(part: Among, limits: Limits) -> None:
    """
    Find the best plan, where every round that a better one can use is listed.

    Parameters
    ----------
    part
        Listed rounds; its proof is filled.
    limits
        Work allowed.

    Raises
    ------
    Stopped
        When the work allowed is done, or the best plan is proven.
    """
    tried = float("inf")
    while True:
        part.converge(fully=True)
        left = part.shorten()
        if left <= TRY_AGAIN * tried:
            part.try_out(limits.looks)
            part.stop_if_done()
            tried = left
        if not part.cut():
            break
    part.try_out(AT_LAST * limits.looks)
    part.stop_if_done()
    part.branch()


def reach(part: Among, target: int, limits: Limits) -> None:
    """
    Find out whether a plan costs less than a target, where all rounds of such plans are listed.

    Then look for any plan of these rounds, also one that costs more than the target: it is better
    than the one known, if not the best.

    Parameters
    ----------
    part
        Listed rounds; its proof, of plans that use no others, is filled.
    target
        Cost (seconds).
    limits
        Work allowed.

    Raises
    ------
    Stopped
        When the work allowed is done, or nothing better can be made of these rounds.
    """
    part.converge(fully=True)
    for _ in range(CUT_ROUNDS):
        if not part.cut():
            break
        part.converge(fully=True)
    if part.proof.bound < target:
        part.try_out(limits.looks, target)
    part.shorten()
    part.try_out(FOR_A_PLAN * limits.looks)
