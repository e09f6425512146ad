"""Places between which networks are compared: drawn by population, near streets of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.ops import split

from dispatch.errors import InputError
from dispatch.streets.ways import TO_DEGREES
from dispatch.territory import TO_METRIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dispatch.service.sections import Water
    from dispatch.streets.attach import Streets
    from dispatch.territory import Commune

SOURCE = "network"
LEFT, RIGHT = "left bank", "right bank"
# The river's line is extended by this length, so that it divides the whole territory.
BEYOND_M = 100_000
# Most rounds of drawing; even in a commune of woods one point in ten is near streets.
ROUNDS = 200


@dataclass(frozen=True)
class Drawn:
    """
    Places that were drawn.

    Parameters
    ----------
    lonlat
        Degrees, WGS84, shape (places, 2).
    xy
        The same in EPSG:2154 (metres).
    insee
        The commune of each, shape (places,).
    right_bank
        Whether each is on the right bank, shape (places,).
    """

    lonlat: NDArray[np.float64]
    xy: NDArray[np.float64]
    insee: NDArray[np.str_]
    right_bank: NDArray[np.bool_]


def draw(
    communes: Sequence[Commune],
    streets: Sequence[Streets],
    *,
    count: int,
    seed: int,
    reach_m: float,
    water: Water | None,
) -> Drawn:
    """
    Return places of communes: by population, uniform in each commune, near streets of all networks.

    Parameters
    ----------
    communes
        The communes, at least one.
    streets
        The networks' streets.
    count, seed
        Number of places, and the seed of the draw.
    reach_m
        Largest distance of a place from a street of every network.
    water
        The river, in which no place is; None: there is none, and all places count as left bank.

    Raises
    ------
    InputError
        When a commune has hardly any ground near streets of all networks.
    """
    generator = np.random.default_rng(seed)
    people = np.array([commune.population for commune in communes], dtype=float)
    counts = generator.multinomial(count, people / people.sum())
    river, right = _river(water, communes)
    parts, insee = [], []
    for commune, number in zip(communes, counts.tolist(), strict=True):
        land = shapely.difference(commune.outline, river)
        parts.append(_near(commune, land, streets, number, reach_m, generator))
        insee += [commune.insee] * number
    xy = np.concatenate(parts)
    return Drawn(
        np.stack(TO_DEGREES.transform(xy[:, 0], xy[:, 1]), axis=1),
        xy,
        np.array(insee, dtype=np.str_),
        shapely.contains_xy(right, xy),
    )


def _near(
    commune: Commune,
    land: shapely.Geometry,
    streets: Sequence[Streets],
    count: int,
    reach_m: float,
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    west, south, east, north = shapely.bounds(land).tolist()
    kept = np.empty((0, 2))
    for _ in range(ROUNDS):
        if len(kept) >= count:
            break
        tried = generator.uniform((west, south), (east, north), (4 * count, 2))
        tried = tried[shapely.contains_xy(land, tried)]
        lonlat = np.stack(TO_DEGREES.transform(tried[:, 0], tried[:, 1]), axis=1)
        for one in streets:
            near = one.distances_m(lonlat) <= reach_m
            tried, lonlat = tried[near], lonlat[near]
        kept = np.concatenate([kept, tried])
    if len(kept) < count:
        message = (
            f"has hardly a place within {reach_m:g} m of streets of both networks; leave it out "
            "(--commune names those to compare in)"
        )
        raise InputError.one(SOURCE, message, where=commune.name)
    return kept[:count]


def _river(
    water: Water | None, communes: Sequence[Commune]
) -> tuple[shapely.Geometry, shapely.Geometry]:
    """Return the river's bed and the ground on its right bank (EPSG:2154)."""
    if water is None:
        return shapely.Polygon(), shapely.Polygon()
    return banks(water, shapely.total_bounds([commune.outline for commune in communes]))


def banks(water: Water, bounds: NDArray[np.float64]) -> tuple[shapely.Geometry, shapely.Geometry]:
    """
    Return a river's bed and the ground on its right bank, which is the east (EPSG:2154).

    Parameters
    ----------
    water
        The river.
    bounds
        West, south, east, north (m, EPSG:2154) of what is to be divided.
    """
    line = np.stack(TO_METRIC.transform(*np.array(water.line).T), axis=1)
    if line[0, 1] > line[-1, 1]:
        line = line[::-1]
    south, north = line[0] - (0, BEYOND_M), line[-1] + (0, BEYOND_M)
    middle = shapely.LineString([south, *line, north])
    west, low, east, high = bounds.tolist()
    margin = BEYOND_M / 2
    ground = shapely.box(
        min(west, line[:, 0].min()) - margin, min(low, line[0, 1]) - margin,
        max(east, line[:, 0].max()) + margin, max(high, line[-1, 1]) + margin,
    )  # fmt: skip
    halves = sorted(split(ground, middle).geoms, key=lambda bank: bank.centroid.x)
    bed = shapely.buffer(shapely.LineString(line), water.half_width_m)
    return bed, halves[-1]
