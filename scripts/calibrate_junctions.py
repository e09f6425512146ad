"""Compare travel on real streets, junctions included, with a router's medians.

Usage: python scripts/calibrate_junctions.py GRAPH.graphml [--search] [--json]

GRAPH is an OSMnx drive graph of Mérignac, Pessac, Talence and Gradignan (a part of
OpenStreetMap that stays out of this repository). Trips go between random places of these
four communes within 150 m of a street, communes by population; times are computed
from speeds and `[roads.driving]` of service.toml, whatever the file states, access
included. Two things were published with the project's facts: medians of a router's
speed along the road by distance and of its detours, for Bordeaux; and that on these very
streets the router took twice the time at maximum speed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dispatch.networks.sample import draw
from dispatch.streets.attach import Streets
from dispatch.streets.roads import network_from_graph, read_graphml
from dispatch.streets.router import Router, Site
from dispatch.streets.settings import RoadSettings, bundled_section
from dispatch.streets.times import DelaySettings, DrivingSettings
from dispatch.territory import read_communes

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    from dispatch.streets.network import Network

COMMUNES = ("33192", "33281", "33318", "33522")  # Gradignan, Mérignac, Pessac, Talence
PLACES = 200
SEED = 1
# Metres along the road -> km/h, median, as the router said.
TARGETS = {(1500, 3000): 14.6, (3000, 6000): 16.1, (6000, 10_000): 22.2, (10_000, 20_000): 34.2}
RATIO = 2.0
DETOUR = 1.39  # road over crow-fly distance, on the left bank
NONE = DelaySettings(major=0.0, medium=0.0, minor=0.0)
# What --search tries: share of the speed, delays at main roads, delays at others relative to them.
SHARES = (0.6, 0.7, 0.8)
GIVE_WAY_S = (15.0, 20.0, 25.0)
KEEP_ON_S = (8.0, 12.0, 16.0)
SHAPES = ((0.67, 0.4), (0.8, 0.6))
KEEP_ON_SHAPE = (0.67, 0.33)


class Trips:
    """Trips between the same places, whatever the times of the streets."""

    def __init__(self, graph: nx.MultiDiGraph[int], settings: RoadSettings, seed: int) -> None:
        self.graph, self.settings = graph, settings
        network = self.network(settings.driving)
        communes = read_communes()
        drawn = draw(
            [communes[insee] for insee in COMMUNES], [Streets(network)], count=PLACES, seed=seed,
            reach_m=settings.build.compare_reach_m, water=None,
        )  # fmt: skip
        self.sites = [Site(str(i), lon, lat) for i, (lon, lat) in enumerate(drawn.lonlat.tolist())]
        crow_m = np.linalg.norm(drawn.xy[:, None] - drawn.xy[None], axis=2)
        self.crow_m = crow_m[~np.eye(len(self.sites), dtype=bool)]
        fastest = settings.driving.model_copy(
            update={"speed_share": 1.0, "give_way_s": NONE, "keep_on_s": NONE, "signal_s": 0.0}
        )
        self.access_s = Router(network).settings.access_s
        self.at_maximum_s = self.measure(fastest)[0] - self.access_s

    def network(self, driving: DrivingSettings) -> Network:
        """Return the streets with times computed in one way."""
        settings = self.settings.model_copy(update={"driving": driving})
        return network_from_graph(self.graph, "graph", "graph", "", settings)

    def measure(self, driving: DrivingSettings) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return seconds and metres of all trips."""
        travel = Router(self.network(driving)).measure(self.sites)
        assert travel.metres is not None
        moves = ~np.eye(len(self.sites), dtype=bool)
        return travel.seconds[0][moves].astype(float), travel.metres[moves].astype(float)

    def figures(self, driving: DrivingSettings) -> list[float]:
        """Return the medians beside TARGETS (km/h), of the ratio and of the detour."""
        seconds, metres = self.measure(driving)
        found = []
        for low, high in TARGETS:
            which = (metres >= low) & (metres < high)
            found.append(float(np.median(metres[which] / seconds[which])) * 3.6)
        long = metres >= next(iter(TARGETS))[0]
        ratio = (seconds[long] - self.access_s) / self.at_maximum_s[long]
        detour = metres[long] / self.crow_m[long]
        return [*found, float(np.median(ratio)), float(np.median(detour))]


def search(trips: Trips) -> list[tuple[float, list[float], DrivingSettings]]:
    """Return what was tried, the best first: root mean square of the logarithms of the errors."""
    base = trips.settings.driving
    wanted = np.array([*TARGETS.values(), RATIO, DETOUR])
    tried = []
    for share, give, keep, shape in itertools.product(SHARES, GIVE_WAY_S, KEEP_ON_S, SHAPES):
        driving = base.model_copy(
            update={
                "speed_share": share,
                "give_way_s": DelaySettings(
                    major=give, medium=give * shape[0], minor=give * shape[1]
                ),
                "keep_on_s": DelaySettings(
                    major=keep, medium=keep * KEEP_ON_SHAPE[0], minor=keep * KEEP_ON_SHAPE[1]
                ),
            }
        )
        figures = trips.figures(driving)
        error = float(np.sqrt(np.mean(np.log(np.array(figures) / wanted) ** 2)))
        tried.append((error, figures, driving))
    return sorted(tried, key=lambda entry: entry[0])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graph", type=Path, help="OSMnx GraphML of the four communes")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--search", action="store_true", help="try other figures (minutes)")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    graph = read_graphml(arguments.graph)
    for *_, values in graph.edges(data=True):
        values.pop("travel_time", None)
    settings = RoadSettings.from_toml(bundled_section("roads"))
    trips = Trips(graph, settings, arguments.seed)
    if arguments.search:
        for error, figures, driving in search(trips)[:10]:
            shown = ", ".join(f"{figure:.2f}" for figure in figures)
            sys.stdout.write(f"{error:.3f}: {shown}: {driving.model_dump()}\n")
        return
    names = [f"speed along the road, {low / 1000:g} to {high / 1000:g} km" for low, high in TARGETS]
    rows = [
        {"figure": name, "router": target, "graph": round(found, 2),
         "difference": round(found / target - 1, 3)}
        for name, target, found in zip(
            [*names, "time over that at maximum speed", "road over crow-fly distance"],
            [*TARGETS.values(), RATIO, DETOUR],
            trips.figures(settings.driving), strict=True,
        )
    ]  # fmt: skip
    if arguments.json:
        sys.stdout.write(json.dumps(rows, indent=1) + "\n")
        return
    lines = ["| figure (median) | router | graph | difference |", "|---|--:|--:|--:|"]
    lines += [
        f"| {row['figure']} | {row['router']} | {row['graph']} | {row['difference']:+.0%} |"
        for row in rows
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
