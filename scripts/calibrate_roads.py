"""Compare travel on the bundled road graph with the medians of a router's durations.

Usage: python scripts/calibrate_roads.py [--network bundled|PATH] [--json]

The router's figures (Bordeaux, no traffic) are medians that were published with
the project's facts; its trips are not known. Trips are therefore drawn here, with
a seed, between random points: within the left-bank centre, on the right bank,
and from one to the other; and, for the figures by distance, between points drawn
by population. Both are stated in SAMPLES, and in docs/roads.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

import numpy as np
import shapely
from garonne import GARONNE
from pyproj import Geod
from shapely.ops import split

from dispatch.streets.roads import load_network
from dispatch.streets.router import Router, Site
from dispatch.streets.ways import TO_DEGREES
from dispatch.territory import TO_METRIC, read_communes

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED = 20191220
POINTS = 160
HALF_WIDTH_M = 230  # of the Garonne and its quays: nobody lives there
SHORTEST_M = 1500  # shorter trips are not in the router's figures
TOWN_HALL = (-0.579635, 44.838020)  # Bordeaux
LEFT_RADIUS_M = 3000  # the left-bank centre: within the boulevards, about
RIGHT_RADIUS_M = 6000  # the right bank: its built-up part, to the ring road
SAMPLES = {
    "left": f"left-bank centre, uniform within {LEFT_RADIUS_M / 1000:g} km of the town hall",
    "right": f"right bank, uniform within {RIGHT_RADIUS_M / 1000:g} km of the town hall",
    "across": "across the Garonne, one point of each of the two",
    "all": "the whole Métropole, communes drawn by population, uniform within each",
}
# (figure, sample, unit) -> what the router said.
TARGETS = {
    ("crow-fly speed", "left", "km/h"): 10.5,
    ("crow-fly speed", "right", "km/h"): 17.5,
    ("crow-fly speed", "across", "km/h"): 15.7,
    ("road over crow-fly distance", "left", ""): 1.39,
    ("road over crow-fly distance", "right", ""): 1.51,
    ("road over crow-fly distance", "across", ""): 1.68,
    ("speed along the road, 1.5 to 3 km", "left", "km/h"): 14.6,
    ("speed along the road, 3 to 6 km", "left", "km/h"): 16.1,
    ("speed along the road, 6 to 10 km", "pooled", "km/h"): 22.2,
    ("speed along the road, 10 to 20 km", "pooled", "km/h"): 34.2,
}
CLASSES_M = {"1.5 to 3": (1500, 3000), "3 to 6": (3000, 6000), "6 to 10": (6000, 10_000),
             "10 to 20": (10_000, 20_000)}  # fmt: skip
Trips = tuple["NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]"]


def draw_points(count: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """Return random points (degrees, WGS84, shape (count, 2)) of each area."""
    generator = np.random.default_rng(seed)
    communes = list(read_communes().values())
    river = _river()
    whole = shapely.union_all([commune.outline for commune in communes])
    banks = split(shapely.box(*whole.buffer(20_000).bounds), river)
    left, right = sorted(banks.geoms, key=lambda bank: bank.centroid.x)
    land = whole.difference(river.buffer(HALF_WIDTH_M))
    centre = shapely.Point(*TO_METRIC.transform(*TOWN_HALL))
    drawn = {
        "left": _uniform(
            land.intersection(left).intersection(centre.buffer(LEFT_RADIUS_M)), count, generator
        ),
        "right": _uniform(
            land.intersection(right).intersection(centre.buffer(RIGHT_RADIUS_M)), count, generator
        ),
    }
    people = np.array([commune.population for commune in communes], dtype=float)
    counts = generator.multinomial(count, people / people.sum())
    parts = [
        _uniform(commune.outline.intersection(land), int(number), generator)
        for commune, number in zip(communes, counts, strict=True)
        if number
    ]
    drawn["all"] = np.concatenate(parts)
    return {
        name: np.stack(TO_DEGREES.transform(xy[:, 0], xy[:, 1]), axis=1)
        for name, xy in drawn.items()
    }


def _river() -> shapely.LineString:
    """Return the middle of the Garonne (EPSG:2154), run on north and south."""
    xy = np.stack(TO_METRIC.transform(*np.array(GARONNE).T), axis=1)
    south, north = xy[0] - (0, 30_000), xy[-1] + (0, 30_000)
    return shapely.LineString([south, *xy, north])


def _uniform(
    area: shapely.Geometry, count: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    """Return points of an area, all equally likely, shape (count, 2)."""
    west, south, east, north = area.bounds
    kept = np.empty((0, 2))
    while len(kept) < count:
        tried = generator.uniform((west, south), (east, north), (4 * count, 2))
        kept = np.concatenate([kept, tried[shapely.contains_xy(area, tried)]])
    return kept[:count]


def measure_trips(router: Router, points: dict[str, NDArray[np.float64]]) -> dict[str, Trips]:
    """Return, per sample, crow-fly metres, metres and seconds of its trips over 1.5 km."""
    names = list(points)
    lonlat = np.concatenate([points[name] for name in names])
    area = np.repeat(names, [len(points[name]) for name in names])
    travel = router.measure(
        [Site(str(i), lon, lat) for i, (lon, lat) in enumerate(lonlat.tolist())]
    )
    assert travel.metres is not None
    n = len(lonlat)
    a, b = (part.ravel() for part in np.indices((n, n)))
    _, _, crow = Geod(ellps="GRS80").inv(*lonlat[a].T, *lonlat[b].T)
    metres, seconds = travel.metres[a, b].astype(float), travel.seconds[0, a, b].astype(float)
    long = metres >= SHORTEST_M
    belongs = {
        "left": (area[a] == "left") & (area[b] == "left"),
        "right": (area[a] == "right") & (area[b] == "right"),
        "across": ((area[a] == "left") & (area[b] == "right"))
        | ((area[a] == "right") & (area[b] == "left")),
        "all": (area[a] == "all") & (area[b] == "all"),
    }
    trips = {
        name: (crow[long & which], metres[long & which], seconds[long & which])
        for name, which in belongs.items()
    }
    pooled = np.logical_or.reduce(list(belongs.values())) & long
    trips["pooled"] = (crow[pooled], metres[pooled], seconds[pooled])
    return trips


def figures(trips: dict[str, Trips]) -> dict[tuple[str, str, str], float]:
    """Return the median that stands beside each target, under the target's name."""
    found = {}
    for key in TARGETS:
        figure, sample, _ = key
        crow, metres, seconds = trips[sample]
        if figure == "crow-fly speed":
            value = np.median(crow / seconds) * 3.6
        elif figure == "road over crow-fly distance":
            value = np.median(metres / crow)
        else:
            low, high = CLASSES_M[figure.removeprefix("speed along the road, ").removesuffix(" km")]
            which = (metres >= low) & (metres < high)
            value = np.median(metres[which] / seconds[which]) * 3.6
        found[key] = float(value)
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="bundled", help='"bundled" or a GraphML file')
    parser.add_argument("--points", type=int, default=POINTS, help="per area")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    router = Router(load_network(arguments.network))
    found = figures(measure_trips(router, draw_points(arguments.points, arguments.seed)))
    rows = [
        {"figure": figure, "sample": sample, "unit": unit, "router": target,
         "graph": round(found[figure, sample, unit], 2),
         "difference": round(found[figure, sample, unit] / target - 1, 3)}
        for (figure, sample, unit), target in TARGETS.items()
    ]  # fmt: skip
    if arguments.json:
        sys.stdout.write(json.dumps(rows, indent=1) + "\n")
        return
    lines = ["| figure (median) | trips | router | graph | difference |", "|---|---|--:|--:|--:|"]
    lines += [
        f"| {row['figure']} | {row['sample']} | {row['router']} {row['unit']} | {row['graph']} "
        f"{row['unit']} | {row['difference']:+.0%} |"
        for row in rows
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
