"""`python -m benchmarks.roads`: how good the networks are, against a router and each other.

Without options: the bundled roads and, where their files are at hand, the Métropole's sections of
2020 and a partial street graph; the router's durations of `router-durations.csv`. The tables stand
in docs/networks.md. `--fit` seeks the figures of `[roads.density]` and `[roads]` anew, and says how
far they are off on places that were left out of the fit.
"""

from __future__ import annotations

import argparse
import tempfile
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.durations import (
    errors_of,
    groups,
    ratios,
    read_durations,
    towards_medians,
)
from benchmarks.road_fit import Fitted
from benchmarks.road_timings import density_timing, mesh_timing
from dispatch.networks.build import Recipe, build_file
from dispatch.networks.compare import compare_networks
from dispatch.service.service import read_service
from dispatch.streets.roads import load_network
from dispatch.streets.settings import RoadSettings, bundled_section
from dispatch.streets.sites import TravelSettings
from dispatch.territory import read_communes

if TYPE_CHECKING:
    from benchmarks.durations import Durations
    from dispatch.streets.network import Network

SHARED = Path(__file__).parents[2] / "shared" / "roads"
SECTIONS = SHARED / "metropole-sections-2020.geojson.gz"
PARTIAL = SHARED / "bordeaux-partial-drive.graphml"
PLACES, SEED = 200, 1


def main() -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.roads", description=__doc__)
    parser.add_argument("--network", nargs="*", default=[], help="further networks: names or paths")
    parser.add_argument("--durations", type=Path, default=SHARED / "router-durations.csv")
    parser.add_argument("--sections", type=Path, default=SECTIONS)
    parser.add_argument("--partial", type=Path, default=PARTIAL)
    parser.add_argument("--fit", action="store_true", help="seek the figures anew: ten minutes")
    args = parser.parse_args()

    networks = {"bundled": load_network()}
    if args.sections.exists():
        networks["sections of 2020"] = built(args.sections)
    if args.partial.exists():
        networks["partial street graph"] = built(args.partial)
    networks |= {name: load_network(name) for name in args.network}
    durations = read_durations(args.durations) if args.durations.exists() else None
    if durations is None:
        print(f"no router durations: {args.durations} is not there")
    elif args.fit:
        print_fits(networks, durations)
        return
    else:
        print_errors(networks, durations)
    for first, second in combinations(networks, 2):
        print_comparison(first, networks[first], second, networks[second])


def built(file: Path) -> Network:
    """Return the network that `dispatch network build` makes of a file."""
    settings = RoadSettings.from_toml(bundled_section("roads"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sections.npz"
        build_file(Recipe(settings, read_communes(), file=file), path)
        return load_network(path)


def print_errors(networks: dict[str, Network], durations: Durations) -> None:
    """Print the error of each network by distance class and bank; one that covers all places."""
    service = read_service()
    travel = TravelSettings.from_toml(service.travel)
    print("| network | trips | number | mean error | median of times | of lengths |")
    print("|---|---|--:|--:|--:|--:|")
    for name, network in networks.items():
        if name == "partial street graph":
            continue  # it has a few of these places only
        times, lengths = ratios(network, durations, travel)
        for group, which in groups(durations, service.demand.water):
            found = errors_of(times, lengths, which)
            print(
                f"| {name} | {group} | {found.trips:,} | {found.mean:.1%} | {found.median:.2f} | "
                f"{found.metres:.2f} |"
            )


def print_comparison(first: str, a: Network, second: str, b: Network) -> None:
    """Print the ratios of times of two networks by area and distance."""
    service, communes = read_service(), read_communes()
    found = compare_networks(
        a,
        b,
        communes,
        tuple(service.territory(communes).centres.values()),
        build=RoadSettings.from_toml(bundled_section("roads")).build,
        travel=TravelSettings.from_toml(service.travel),
        water=service.demand.water,
        places=PLACES,
        seed=SEED,
    )
    print(f"\n{second} over {first}: {found.places} places in {len(found.communes)} communes\n")
    print(f"| area | km, as the crow flies | trips | {first} | {second} | times | lengths |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for row in found.rows:
        print(
            f"| {row.area} | {row.distance} | {row.trips:,} | {row.first_min:.1f} min | "
            f"{row.second_min:.1f} min | {row.median:.2f} ({row.low:.2f} to {row.high:.2f}) | "
            f"{row.metres:.2f} |"
        )


def print_fits(networks: dict[str, Network], durations: Durations) -> None:
    """Print the figures sought anew, and their error on places left out."""
    travel = TravelSettings.from_toml(bundled_section("travel"))
    settings = RoadSettings.from_toml(bundled_section("roads"))
    timings = {"bundled": mesh_timing}
    timings |= {"sections of 2020": density_timing} if "sections of 2020" in networks else {}
    for name, make in timings.items():
        timing, names, start = make(networks[name], settings)
        fitted = Fitted(networks[name], towards_medians(durations), travel, timing)
        every = np.ones(len(durations.seconds), dtype=np.bool_)
        figures = fitted.fit(np.array(start), every)
        plain = Fitted(networks[name], durations, travel, timing)
        error = float(np.abs(plain.ratios(figures) - 1).mean())
        left = fitted.left_out(figures)
        print(f"{name}: {dict(zip(names, np.round(figures, 3).tolist(), strict=True))}")
        print(
            f"  mean error {error:.1%}; of times half way to all medians, on trips that touch a "
            f"place left out {left.one_end:.1%} (median ratio {left.median:.2f}), between two such "
            f"places {left.both_ends:.1%}"
        )


if __name__ == "__main__":
    main()
