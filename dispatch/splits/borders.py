"""Between which communes one can drive directly: shared borders on land, and bridges.

A set of communes is *contiguous in the strict sense* when one can drive between any two of them
through communes of the set only. It is contiguous *with pass-through* when that holds if one may
also drive through communes that take no part in the service.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import shapely

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from dispatch.service.split_settings import Borders
    from dispatch.territory import Commune


@dataclass(frozen=True)
class Neighbours:
    """
    The communes to which one can drive directly from each commune, by INSEE code.

    Parameters
    ----------
    of
        Codes of the neighbours of each commune, in rising order.
    """

    of: Mapping[str, tuple[str, ...]]

    def reached(self, start: str, within: Collection[str]) -> frozenset[str]:
        """Return the communes of `within` that can be reached from `start` without leaving it."""
        found, waiting = {start}, deque([start])
        while waiting:
            for near in self.of[waiting.popleft()]:
                if near in within and near not in found:
                    found.add(near)
                    waiting.append(near)
        return frozenset(found)

    def parts(
        self, communes: Iterable[str], passing: Collection[str] = ()
    ) -> list[tuple[str, ...]]:
        """
        Return the contiguous parts of a set of communes, each in rising order of codes.

        Parameters
        ----------
        communes
            The set.
        passing
            Other communes through which one may drive.
        """
        left = sorted(set(communes))
        wanted = frozenset(left)
        allowed = wanted | frozenset(passing)
        parts = []
        while left:
            part = self.reached(left[0], allowed) & wanted
            parts.append(tuple(sorted(part)))
            left = [insee for insee in left if insee not in part]
        return parts

    def through(self, keep: Collection[str], passing: Collection[str]) -> Neighbours:
        """
        Return the neighbours among `keep` when one may drive through `passing`.

        A set of communes of `keep` is contiguous among the neighbours returned exactly when it is
        contiguous with pass-through.
        """
        ends, between = frozenset(keep), frozenset(passing) - frozenset(keep)
        of = {}
        for insee in sorted(ends):
            met: set[str] = set()
            seen, waiting = {insee}, deque([insee])
            while waiting:
                for near in self.of[waiting.popleft()]:
                    if near in seen:
                        continue
                    seen.add(near)
                    if near in ends:
                        met.add(near)
                    elif near in between:
                        waiting.append(near)
            of[insee] = tuple(sorted(met))
        return Neighbours(of)


def commune_neighbours(communes: Mapping[str, Commune], settings: Borders) -> Neighbours:
    """
    Return which communes are neighbours.

    Parameters
    ----------
    communes
        By INSEE code; outlines in EPSG:2154 that share their borders.
    settings
        Least length of a border, the borders in the water, and the bridges.
    """
    near: dict[str, set[str]] = {insee: set() for insee in communes}
    pairs = set(shared_borders(communes, settings.min_length_m))
    pairs -= {_ordered(*pair) for pair in settings.water}
    pairs |= {_ordered(*bridge.between) for bridge in settings.bridges}
    for a, b in pairs:
        if a != b and a in near and b in near:
            near[a].add(b)
            near[b].add(a)
    return Neighbours({insee: tuple(sorted(near[insee])) for insee in sorted(near)})


def shared_borders(
    communes: Mapping[str, Commune], min_length_m: float
) -> dict[tuple[str, str], float]:
    """
    Return the length (m) of each border between two communes, on land or in the water.

    Parameters
    ----------
    communes
        By INSEE code; outlines in EPSG:2154.
    min_length_m
        A shorter border is a contact in a point, or a sliver.
    """
    codes = sorted(communes)
    found = {}
    for a, b in combinations(codes, 2):
        shared = communes[a].outline.intersection(communes[b].outline)
        # When outlines overlap by a sliver, the border is half as long as the sliver's edge.
        length_m = sum(
            part.length / (2 if part.area > 0 else 1) for part in shapely.get_parts(shared)
        )
        if length_m >= min_length_m:
            found[a, b] = length_m
    return found


def _ordered(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a <= b else (b, a)
