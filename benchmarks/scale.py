"""`python -m benchmarks.scale`: time and memory of travel, from 200 to 5,000 sites, to a region.

Every line is measured in a process of its own: CPU seconds (so that neighbours on the machine count
little) and wall seconds, least and most of some runs, and the peak of memory. The tables go to
standard output, as docs/scale.md has them.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from benchmarks.memory import memory
from benchmarks.region import random_sites, signed, tiled
from dispatch.streets.roads import BUNDLED, load_network
from dispatch.streets.router import Router, Site
from dispatch.streets.traffic import Slot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dispatch.streets.network import Network

ROOT = Path(__file__).parents[1]
STREETS = ROOT.parent / "shared" / "roads" / "bordeaux-partial-drive.graphml"
# As many as a long day of the bundled profile has: none of them like another.
FIVE = [Slot(0, 0.0), Slot(25_200, 0.35), Slot(28_800, 0.63), Slot(32_400, 0.22), Slot(57_600, 0.5)]
# Positions at random may lie far from the next street; nobody's day depends on these.
ATTACH_M = 5_000.0
SEED = 20191220
TABLES = ("target", "growth", "signs")
# Signs of turning a square kilometre, and the share of side streets closed to through traffic.
SIGNS = [(0.0, 0.0), (1.0, 0.05), (3.0, 0.05)]
# Graph (copies of the streets, columns and rows; 0: the bundled graph), sites, slots.
BUNDLED_GRAPH, CITY, METROPOLE, REGION = (0, 0), (1, 1), (3, 1), (5, 5)
GROWTH = [
    *((BUNDLED_GRAPH, sites, slots) for sites, slots in ((200, 5), (1000, 5), (5000, 1))),
    *((METROPOLE, sites, slots) for sites, slots in ((200, 1), (200, 5), (1000, 1), (1000, 5))),
    *((REGION, 200, slots) for slots in (1, 5)),
    (METROPOLE, 5000, 1),
    (METROPOLE, 5000, 5),
]


def main() -> None:
    """Measure what is asked for: one line, or the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--one", help="JSON of one measurement: what each process gets")
    parser.add_argument("--tables", nargs="+", choices=list(TABLES), default=list(TABLES))
    parser.add_argument("--runs", type=int, default=5, help="of the issue's measurement")
    parser.add_argument("--networkx-sources", type=int, default=200, help="sources to time, a slot")
    parser.add_argument("--smoke", action="store_true", help="a minute: the smallest lines only")
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measured(**json.loads(args.one))))
        return
    today = datetime.now(tz=UTC).date().isoformat()
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "networkx"))
    print(
        f"{today}, `python -m benchmarks.scale`, {platform.machine()}, one core, Python "
        f"{platform.python_version()}, {versions}, pyroutingkit {version('pyroutingkit')}.\n"
    )
    for table in args.tables:
        lines = {
            "target": lambda: _target(args),
            "growth": lambda: _growth(smoke=args.smoke),
            "signs": lambda: _signs(args),
        }[table]
        for line in lines():
            print(line, flush=True)
        print()


def _target(args: argparse.Namespace) -> Iterator[str]:
    """Yield the table of 200 sites in 5 slots, beside networkx on the same graph."""
    graph = CITY if args.smoke else METROPOLE
    sources = 5 if args.smoke else args.networkx_sources
    yield "| 200 sites, 5 slots | nodes | runs | CPU s | wall s | peak MB |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    plain: dict[str, Any] = {"graph": graph, "sites": 200, "slots": 5}
    ours = {}
    for engine in ("dijkstra", "hierarchy"):
        ours[engine] = found = _in_process({**plain, "engine": engine, "runs": args.runs})
        yield f"| dispatch, {engine} | {found['nodes']:,} | {args.runs} | {_spread(found)} |"
    found = _in_process({**plain, "engine": "networkx", "runs": 1, "sources": sources})
    yield f"| networkx, {sources} sources | {found['nodes']:,} | 1 | {_spread(found)} |"
    whole = found["cpu"][0] * 200 / sources
    for engine, other in ours.items():
        yield f"\n{engine}: {whole / max(other['cpu']):.0f} times as fast as networkx."


def _growth(*, smoke: bool) -> Iterator[str]:
    """Yield the table of growth: graph, sites, slots, by engine."""
    yield "| nodes | sites | slots | CPU s | peak MB | hierarchy CPU s | without metres CPU s |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for graph, sites, slots in GROWTH[:1] if smoke else GROWTH:
        plain = {"graph": graph, "sites": sites, "slots": slots, "runs": 1}
        first = _in_process({**plain, "engine": "dijkstra"})
        # With metres and no traffic there is one level of it, which dijkstra does in any case.
        second = first if slots == 1 else _in_process({**plain, "engine": "hierarchy"})
        third = _in_process({**plain, "engine": "hierarchy", "distances": False})
        cells = [f"{first['nodes']:,}", f"{sites:,}", str(slots), f"{first['cpu'][0]:.1f}"]
        cells += [f"{first['peak_mb']:.0f}", *(f"{x['cpu'][0]:.1f}" for x in (second, third))]
        yield f"| {' | '.join(cells)} |"


def _signs(args: argparse.Namespace) -> Iterator[str]:
    """Yield the table of signs of turning and closed streets: 200 sites in 5 slots."""
    yield "| signs a km² | closed | engine | nodes | runs | CPU s | wall s | peak MB |"
    yield "| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |"
    graph = CITY if args.smoke else METROPOLE
    for engine in ("dijkstra", "hierarchy"):
        for signs, private in SIGNS[:2] if args.smoke else SIGNS:
            plain = {"graph": graph, "sites": 200, "slots": 5, "engine": engine}
            found = _in_process(
                {**plain, "runs": args.runs, "signs_per_km2": signs, "private": private}
            )
            yield (
                f"| {signs:g} | {private:.0%} | {engine} | {found['nodes']:,} | {args.runs} | "
                f"{_spread(found)} |"
            )


def _spread(found: dict[str, Any]) -> str:
    def span(values: list[float]) -> str:
        least, most = min(values), max(values)
        return f"{least:.2f}" if len(values) == 1 else f"{least:.2f} to {most:.2f}"

    return f"{span(found['cpu'])} | {span(found['wall'])} | {found['peak_mb']:.0f}"


def _in_process(what: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.scale", "--one", json.dumps(what)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def measured(
    graph: tuple[int, int],
    sites: int,
    slots: int,
    engine: str,
    runs: int,
    *,
    distances: bool = True,
    sources: int = 0,
    signs_per_km2: float = 0.0,
    private: float = 0.0,
) -> dict[str, Any]:
    """Return times and peak memory of one measurement, in this process."""
    network = load_network(STREETS if graph[0] else BUNDLED)
    if tuple(graph) not in (BUNDLED_GRAPH, CITY):
        network = tiled(network, *graph)
    if signs_per_km2 or private:
        network = signed(network, signs_per_km2, private, SEED)
    positions = random_sites(network, sites, SEED).tolist()
    places = [Site(str(number), *position) for number, position in enumerate(positions)]

    def measure() -> None:
        # The index of streets is made anew each time, as for a single day.
        router = Router(network, attach_limit_m=ATTACH_M, engine=engine)  # type: ignore[arg-type]
        router.measure(places, FIVE[:slots] if slots > 1 else FIVE[:1], distances=distances)

    work = _networkx(network, places, sources, slots) if engine == "networkx" else measure
    cpu, wall = [], []
    for _ in range(runs):
        before = time.process_time(), time.perf_counter()
        work()
        cpu.append(time.process_time() - before[0])
        wall.append(time.perf_counter() - before[1])
    peak = memory()
    return {"nodes": network.node_count, "cpu": cpu, "wall": wall, "peak_mb": peak}


def _networkx(network: Network, places: list[Site], sources: int, slots: int) -> Callable[[], None]:
    """Return networkx's part: the same graph and times, from the node nearest to each site."""
    router = Router(network, attach_limit_m=ATTACH_M)
    graph: nx.DiGraph[int] = nx.DiGraph()
    shares = router.settings.traffic.shares(network.road_class) if router.settings.traffic else 1.0
    weights = [network.seconds * (1 + slot.extra * shares) for slot in FIVE[:slots]]
    edges = zip(network.tails.tolist(), network.heads.tolist(), strict=True)
    for number, (tail, head) in enumerate(edges):
        graph.add_edge(tail, head, **{f"s{k}": float(w[number]) for k, w in enumerate(weights)})
    lonlat = np.stack([network.lon, network.lat], axis=1)
    starts = [
        int(np.abs(lonlat - (site.lon, site.lat)).sum(axis=1).argmin()) for site in places[:sources]
    ]

    def work() -> None:
        for slot in range(slots):
            for start in starts:
                nx.single_source_dijkstra_path_length(graph, start, weight=f"s{slot}")

    return work


if __name__ == "__main__":
    main()
