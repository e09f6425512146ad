"""Which ends of a layer's sections join: by number where the layer has them, else by position.

Ends join where the layer gives them one number, or where they lie within `join_m` of each other.
Two numbers at one place do not join: the layer keeps them apart. An end without a number joins
those at its place.

**Levels.** Sections of different levels that meet in one place join only where a road goes from
one level to the other. A level *goes on* there when two of its ends lead apart (by `apart_deg` or
more): the road below a bridge and the road on it both go on, and stay apart. A level that does not
go on, such as a bridge that ends at a quay, joins the nearest level that does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.networks.layer import RoadSections
    from dispatch.streets.settings import LayerSettings

FAR: Final = "junction numbers whose ends lie far apart (they join by position)"
APART: Final = "crossings at different levels, which do not join"
# Metres of a degree of latitude: the mean over the ellipsoid, good to half a percent.
M_PER_DEGREE: Final = 111_132.0


@dataclass(frozen=True, eq=False)
class JoinedEnds:
    """
    The nodes at which sections meet.

    Parameters
    ----------
    first, last
        Node at the first and last position of each section, shape (sections,).
    lonlat
        Position of each node (degrees, WGS84), shape (nodes, 2).
    told
        Number of places of which people are told, by what is told.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    lonlat: NDArray[np.float64]
    told: dict[str, int]


def plane_xy(lonlat: NDArray[np.float64], lat: float) -> NDArray[np.float64]:
    """Return positions in metres, true near a latitude: for distances of a few kilometres."""
    found: NDArray[np.float64] = lonlat * (M_PER_DEGREE * np.cos(np.radians(lat)), M_PER_DEGREE)
    return found


def join_ends(sections: RoadSections, settings: LayerSettings) -> JoinedEnds:
    """
    Return the nodes at which sections meet.

    Parameters
    ----------
    sections
        The sections of a layer.
    settings
        Distances and angle.
    """
    count = len(sections.level)
    opens, closes = sections.starts[:-1], sections.starts[1:] - 1
    at = sections.lonlat[np.concatenate([opens, closes])]
    beside = sections.lonlat[np.concatenate([opens + 1, closes - 1])]
    lat = float(np.median(at[:, 1]))
    xy = plane_xy(at, lat)
    leads = plane_xy(beside, lat) - xy
    leads /= np.maximum(np.hypot(*leads.T), 1e-9)[:, None]
    level = np.tile(sections.level, 2)
    number = np.concatenate([sections.first, sections.last])

    group, far = _numbered(_places(xy, settings.join_m), number, xy, settings.same_number_m)
    apart = 0
    if not sections.numbers_decide:
        group, apart = _by_level(group, level, leads, np.cos(np.radians(settings.apart_deg)))
    # Nodes are numbered in the order of the layer, so that the same file gives the same network.
    _, first, node = np.unique(group, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    node = rank[node.reshape(-1)]
    lonlat = np.empty((len(first), 2))
    lonlat[rank] = at[first]
    told = {text: number for text, number in ((FAR, far), (APART, apart)) if number}
    return JoinedEnds(node[:count], node[count:], lonlat, told)


def _places(xy: NDArray[np.float64], reach_m: float) -> NDArray[np.int64]:
    """Return the number of the place of each end: ends near each other are in one place."""
    # First ends at the very same position: of a thousand ends there, half a million pairs are.
    spots, spot = np.unique(xy, axis=0, return_inverse=True)
    spot = spot.reshape(-1)
    pairs = cKDTree(spots).query_pairs(reach_m, output_type="ndarray")
    ones = np.ones(len(pairs), dtype=np.int8)
    near = csr_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(spots), len(spots)))
    _, place = connected_components(near, directed=False)
    found: NDArray[np.int64] = place[spot].astype(np.int64)
    return found


def _numbered(
    place: NDArray[np.int64], number: NDArray[np.str_], xy: NDArray[np.float64], most_m: float
) -> tuple[NDArray[np.int64], int]:
    """Return the group of each end by number, or else by place, and the numbers not believed."""
    known = number != ""
    if not known.any():
        return place, 0
    names, code = np.unique(number, return_inverse=True)
    code = code.reshape(-1)
    # The middle of a number's ends, as the median of each coordinate.
    middle = np.stack([_medians(xy[:, axis], code, len(names)) for axis in (0, 1)], axis=1)
    off = np.hypot(*(xy - middle[code]).T) > most_m
    far = np.zeros(len(names), dtype=np.bool_)
    far[code[off & known]] = True
    believed = known & ~far[code]
    group = np.where(believed, code, len(names) + place)
    # An end without a number takes that of its place, if there is one; of several, the first.
    rows = np.flatnonzero(believed)
    of_place = {int(place[row]): int(code[row]) for row in rows[::-1].tolist()}
    for row in np.flatnonzero(~believed).tolist():
        group[row] = of_place.get(int(place[row]), group[row])
    return group.astype(np.int64), int(far.sum())


def _medians(
    values: NDArray[np.float64], code: NDArray[np.int64], size: int
) -> NDArray[np.float64]:
    """Return the (lower) median of the values of each code."""
    order = np.lexsort((values, code))
    counts = np.bincount(code, minlength=size)
    starts = np.cumsum(counts) - counts
    found: NDArray[np.float64] = values[order][starts + (counts - 1) // 2]
    return found


def _by_level(
    group: NDArray[np.int64],
    level: NDArray[np.int64],
    leads: NDArray[np.float64],
    apart_cos: float,
) -> tuple[NDArray[np.int64], int]:
    """Return the groups, divided where several levels go on, and the number of those divided."""
    found = group.copy()
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.concatenate([[True], np.diff(group[order]) != 0]))
    mixed = np.minimum.reduceat(level[order], starts) != np.maximum.reduceat(level[order], starts)
    ends = np.concatenate([starts[1:], [len(order)]])
    fresh, divided = int(group.max()) + 1, 0
    for start, end in zip(starts[mixed].tolist(), ends[mixed].tolist(), strict=True):
        rows = order[start:end]
        levels = sorted(set(level[rows].tolist()), key=lambda one: (abs(one), one))
        going = [one for one in levels if _goes_on(leads[rows[level[rows] == one]], apart_cos)]
        if len(going) < 2:
            continue
        divided += 1
        for row in rows.tolist():
            # Ties go to the level nearer to the ground.
            joins = min(going, key=lambda one: (abs(one - int(level[row])), abs(one), one))
            found[row] = fresh + going.index(joins)
        fresh += len(going)
    return found, divided


def _goes_on(leads: NDArray[np.float64], apart_cos: float) -> bool:
    """Return whether two of some ends lead apart."""
    return bool((leads @ leads.T <= apart_cos).any())
