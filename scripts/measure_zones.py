"""Measure data/roads/zones.csv on a network of the Métropole's own road sections.

Usage: python scripts/measure_zones.py SECTIONS.npz [--out zones.csv] [--detours]

SECTIONS.npz is what `dispatch network build --from` makes of a layer of the whole Métropole. A row
is a square of a kilometre: junctions a square kilometre within the radius of `[roads.density]`, and
junctions passed on a kilometre of street within a kilometre of its middle. `--detours` prints, by
bank and distance from Bordeaux's town hall, what docs/roads.md shows.
"""

from __future__ import annotations

import argparse
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import shapely
from garonne import GARONNE
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree
from shapely.ops import split

from dispatch.streets.density import junctions_of
from dispatch.streets.roads import load_network
from dispatch.streets.settings import RoadSettings, bundled_section
from dispatch.streets.zones import COLUMNS
from dispatch.territory import TO_METRIC, read_communes

TARGET = Path(__file__).parents[1] / "data" / "roads" / "zones.csv"
SIDE_M = 1000
AROUND_M = 1000  # of a square's middle, for junctions a kilometre of street
LEAST_KM = 2.0  # of street around, below which the nearest square's figure counts
MARGIN_M = 1000  # outside the communes
CENTRE = "33063"  # Bordeaux
RINGS_M = (0, 1500, 2500, 3500, 5000, 7000, 10_000, 20_000)
SAMPLE, SEED = 60, 1  # starts of trips a ring
TRIP_M = (1000, 3000)  # as the crow flies


def main() -> None:
    """Read the network, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sections")
    parser.add_argument("--out", type=Path, default=TARGET)
    parser.add_argument("--detours", action="store_true")
    arguments = parser.parse_args()
    streets = Streets(arguments.sections)
    if arguments.detours:
        sys.stdout.write(streets.detours())
        return
    rows = streets.zones()
    lines = [",".join(COLUMNS), *(f"{x:g},{y:g},{d:.1f},{r:.1f}" for x, y, d, r in rows)]
    arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write(f"{arguments.out.name}: {len(rows)} zones\n")


class Streets:
    """The streets of a network, each once, with their junctions (EPSG:2154, metres)."""

    def __init__(self, network: str) -> None:
        self.network = found = load_network(network)
        self.settings = RoadSettings.from_toml(bundled_section("roads"))
        self.xy = np.stack(TO_METRIC.transform(found.lon, found.lat), axis=1)
        ends = np.sort(np.stack([found.tails, found.heads], axis=1), axis=1)
        self.ends, first = np.unique(ends, axis=0, return_index=True)
        self.metres = found.metres[first]
        self.junction = junctions_of(len(self.xy), *self.ends.T)
        self.middle = self.xy[self.ends].mean(axis=1)
        self.tree = cKDTree(self.xy[self.junction])

    def density(self, xy: np.ndarray) -> np.ndarray:
        """Return the junctions a square kilometre around points (n, 2)."""
        radius_m = self.settings.density.radius_m
        found = self.tree.query_ball_point(xy, radius_m, return_length=True)
        return found / (np.pi * (radius_m / 1000) ** 2)

    def zones(self) -> list[tuple[float, float, float, float]]:
        """Return the middle (km) and the two figures of each square that has streets."""
        communes = shapely.union_all([commune.outline for commune in read_communes().values()])
        wide = communes.buffer(MARGIN_M)
        west, south, east, north = (np.array(wide.bounds) // SIDE_M).astype(int)
        grid = np.array([(x, y) for x in range(west, east + 1) for y in range(south, north + 1)])
        squares = shapely.box(*(grid * SIDE_M).T, *((grid + 1) * SIDE_M).T)
        middles = (grid[shapely.intersects(squares, wide)] + 0.5) * SIDE_M
        near = cKDTree(self.middle).query_ball_point(middles, AROUND_M)
        km = np.array([self.metres[rows].sum() / 1000 for rows in near])
        # Whoever drives a street passes half a junction at each of its ends.
        passed = self.junction[self.ends].sum(axis=1) / 2
        junctions = np.array([passed[rows].sum() for rows in near])
        known = km >= LEAST_KM
        rate = np.where(known, junctions / np.maximum(km, LEAST_KM), 0.0)
        _, nearest = cKDTree(middles[known]).query(middles)
        rate = rate[known][nearest]
        density = self.density(middles)
        return [
            (float(x) / 1000, float(y) / 1000, float(d), float(r))
            for (x, y), d, r in zip(middles, density, rate, strict=True)
        ]

    def detours(self) -> str:
        """Return a table of density, junctions and detour by bank and ring."""
        commune = read_communes()[CENTRE]
        hall = np.array(TO_METRIC.transform(commune.town_hall_lon, commune.town_hall_lat))
        river = np.stack(TO_METRIC.transform(*np.array(GARONNE).T), axis=1)
        far = 50_000
        line = shapely.LineString([river[0] - (0, far), *river, river[-1] + (0, far)])
        ground = shapely.box(*(self.xy.min(axis=0) - far / 2), *(self.xy.max(axis=0) + far / 2))
        right = max(split(ground, line).geoms, key=lambda bank: bank.centroid.x)
        size = len(self.xy)
        graph = csr_matrix(
            (self.network.metres, (self.network.tails, self.network.heads)), shape=(size, size)
        )
        generator = np.random.default_rng(SEED)
        text = "| bank | km from the town hall | km of street | junctions a km2 | a km | detour |\n"
        text += "|---|---|--:|--:|--:|--:|\n"
        for bank in ("left", "right"):
            for low, high in pairwise(RINGS_M):
                rows, nodes = (
                    (np.hypot(*(at - hall).T) >= low) & (np.hypot(*(at - hall).T) < high)
                    & (shapely.contains_xy(right, at) == (bank == "right"))
                    for at in (self.middle, self.xy)
                )  # fmt: skip
                km = self.metres[rows].sum() / 1000
                if nodes.sum() < SAMPLE:
                    continue
                rate = self.junction[self.ends[rows]].sum() / 2 / km
                density = np.average(self.density(self.middle[rows]), weights=self.metres[rows])
                starts = generator.choice(np.flatnonzero(nodes), SAMPLE, replace=False)
                road = dijkstra(graph, indices=starts, limit=4 * TRIP_M[1])[:, nodes]
                crow = np.hypot(
                    *(self.xy[starts][:, None] - self.xy[nodes][None]).transpose(2, 0, 1)
                )
                inside = (crow >= TRIP_M[0]) & (crow < TRIP_M[1]) & np.isfinite(road)
                detour = np.median(road[inside] / crow[inside])
                text += (
                    f"| {bank} | {low / 1000:g} to {high / 1000:g} | {km:.0f} | {density:.0f} | "
                    f"{rate:.1f} | {detour:.2f} |\n"
                )
        return text


if __name__ == "__main__":
    main()
