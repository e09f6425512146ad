"""
Many metropolises in one night on one cluster: `python -m benchmarks.metropolises`.

Each made-up metropolis is the bundled service (five centres, 17 technicians) with its own visits,
drawn by its own seed, and its own configuration, store and folder. Its night is the command
itself, `dispatch nightly --config FILE --scheduler ADDRESS`; some run side by side, as `xargs -P`
would start them, and all hand their centres to one Dask cluster of this machine.

Measured: CPU seconds of the commands (reading, travel times, pages, store) and of the workers
(searches), which neighbours on the machine disturb little; wall seconds; peak memory of a
command, a worker and the scheduler. From the last run follow the workers that fifty
metropolises need; the arithmetic is printed.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.memory import memory
from dispatch.data import data_path
from dispatch.demand import DemandModel
from dispatch.service.service import read_service
from dispatch.territory import read_communes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DAY = date(2026, 11, 25)
TARGET, CENTRES, NIGHT_H = 50, 5, 6
# Share of a worker's time that is spent on searches, and not on waiting for the last of them.
BUSY = 0.8
HEADINGS = "id,insee,collectivity,lon,lat,duration_min,windows,skills,priority,due,description"
CONFIG = """\
format = "dispatch-config/1"

[plan]
out = "out"
effort = "{effort}"
network = "bundled"

[calendar]
day_begins = 06:00:00

[tickets]
source = "file"
path = "tickets.csv"
geocode = false

[store]
url = "dispatch.db"

[log]
format = "json"
"""
CLUSTER = """\
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers={workers}, threads_per_worker=1, processes=True,
                      dashboard_address=None, host="127.0.0.1", memory_limit=0) as made:
        print(made.scheduler_address, flush=True)
        sys.stdin.read()
"""


@dataclass
class Measured:
    """What the nights of some metropolises took."""

    effort: str
    metropolises: int
    centres: int = 0
    visits: int = 0
    wall_s: float = 0.0
    commands_s: list[float] = field(default_factory=list)
    command_mb: float = 0.0
    workers_s: float = 0.0
    longest_s: float = 0.0
    worker_mb: float = 0.0
    scheduler_mb: float = 0.0

    @property
    def worker_s_a_centre(self) -> float:
        """Return the workers' CPU seconds for each centre planned."""
        return self.workers_s / max(1, self.centres)


def write_metropolis(
    folder: Path, seed: int, effort: str, model: DemandModel, volume: float = 1.0
) -> Path:
    """Write a metropolis's visits and configuration; return the configuration's path."""
    folder.mkdir(parents=True)
    rows = [HEADINGS]
    for ticket in model.day(DAY, seed, volume):
        windows = " ".join(
            f"{_clock(window.start_s)}-{_clock(window.end_s)}" for window in ticket.windows_s
        )
        cells = [
            ticket.id, ticket.insee, ticket.collectivity, ticket.lon, ticket.lat,
            ticket.duration_s // 60, windows, " ".join(sorted(ticket.skills)), ticket.priority,
            ticket.due or "", "visite",
        ]  # fmt: skip
        rows.append(",".join(map(str, cells)))
    (folder / "tickets.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
    path = folder / "dispatch.toml"
    path.write_text(CONFIG.format(effort=effort), encoding="utf-8")
    return path


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def nights(
    configs: Sequence[Path], address: str, side_by_side: int, measured: Measured
) -> Measured:
    """Run the night of each configuration, so many at a time; raise where one is not whole."""
    waiting = list(configs)
    running: dict[int, tuple[subprocess.Popen[bytes], Path]] = {}
    started = time.monotonic()
    while waiting or running:
        while waiting and len(running) < side_by_side:
            config = waiting.pop(0)
            process = _night(config, address)
            running[process.pid] = process, config
        pid, status, usage = os.wait4(-1, 0)
        if pid not in running:
            continue
        _, config = running.pop(pid)
        measured.commands_s.append(usage.ru_utime + usage.ru_stime)
        measured.command_mb = max(measured.command_mb, usage.ru_maxrss / 1024)
        _note(config, os.waitstatus_to_exitcode(status), measured)
    measured.wall_s = time.monotonic() - started
    return measured


def _night(config: Path, address: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            sys.executable, "-m", "dispatch", "nightly", "--config", str(config),
            "--date", DAY.isoformat(), "--scheduler", address, "--force",
        ],
        stdout=subprocess.DEVNULL,
        stderr=(config.parent / "log.txt").open("wb"),
    )  # fmt: skip


def _note(config: Path, exit_code: int, measured: Measured) -> None:
    """Note the centres that a night planned."""
    log = (config.parent / "log.txt").read_text(encoding="utf-8")
    if exit_code:
        msg = f"{config}: exit code {exit_code}\n{log}"
        raise RuntimeError(msg)
    for line in log.splitlines():
        event = json.loads(line)
        if event["event"] == "centre_planned":
            measured.centres += 1
            measured.visits += event["served"] + event["unassigned"]
            measured.longest_s = max(measured.longest_s, event["elapsed_s"])


def _used() -> tuple[float, float]:
    """Return the CPU seconds and the peak memory (MB) of a process of the cluster."""
    return time.process_time(), memory()


def measure(
    folder: Path,
    counts: Sequence[int],
    efforts: Sequence[str],
    *,
    workers: int,
    side_by_side: int,
    volume: float = 1.0,
) -> Iterator[Measured]:
    """
    Yield what the nights of so many metropolises took, by effort.

    Parameters
    ----------
    folder
        Where they are written.
    counts
        Numbers of metropolises, one for each of `efforts`.
    efforts
        Of the searches.
    workers
        Processes of the cluster, with a thread each.
    side_by_side
        Nights at a time.
    volume
        Share of the bundled service's visits.
    """
    from distributed import Client

    model = DemandModel(read_service(data_path("service.toml")), read_communes())
    cluster = subprocess.Popen(
        [sys.executable, "-c", CLUSTER.format(workers=workers)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert cluster.stdout is not None
    address = cluster.stdout.readline().strip()
    try:
        with Client(address, set_as_default=False) as client:
            first = write_metropolis(folder / "warm", 1000, "quick", model)
            nights([first], address, 1, Measured("quick", 1))  # kernels loaded, once
            for number, (count, effort) in enumerate(zip(counts, efforts, strict=True)):
                configs = [
                    write_metropolis(folder / f"{number}-{n}", n, effort, model, volume)
                    for n in range(1, count + 1)
                ]
                before = sum(cpu for cpu, _ in client.run(_used).values())
                found = nights(configs, address, side_by_side, Measured(effort, count))
                used: list[tuple[float, float]] = list(client.run(_used).values())
                found.workers_s = sum(cpu for cpu, _ in used) - before
                found.worker_mb = max(peak for _, peak in used)
                found.scheduler_mb = client.run_on_scheduler(_used)[1]
                yield found
    finally:
        cluster.communicate("", timeout=60)


def table(rows: Sequence[Measured]) -> Iterator[str]:
    """Yield the table of what was measured."""
    yield (
        "| metropolises | effort | visits | centres | wall s | workers CPU s | a centre | commands "
        "CPU s | a metropolis | slowest centre s | peak MB: command | worker | scheduler |"
    )
    yield "| ---: | --- |" + " ---: |" * 11
    for row in rows:
        commands = sum(row.commands_s)
        yield (
            f"| {row.metropolises} | {row.effort} | {row.visits} | {row.centres} | "
            f"{row.wall_s:.0f} | {row.workers_s:.1f} | {row.worker_s_a_centre:.2f} | "
            f"{commands:.1f} | {commands / row.metropolises:.2f} | {row.longest_s:.0f} | "
            f"{row.command_mb:.0f} | {row.worker_mb:.0f} | {row.scheduler_mb:.0f} |"
        )


def projection(row: Measured) -> Iterator[str]:
    """Yield what fifty metropolises take, step by step."""
    centre = row.worker_s_a_centre
    command = sum(row.commands_s) / row.metropolises
    centres = TARGET * CENTRES
    search, around = centres * centre, TARGET * command
    night = NIGHT_H * 3600
    yield f"{TARGET} metropolises of {CENTRES} centres at {row.effort}:"
    yield ""
    yield (
        f"- searches: {centres} centres x {centre:.1f} CPU s = {search:,.0f} CPU s "
        f"= {search / 3600:.1f} core hours;"
    )
    yield (
        f"- around them: {TARGET} nights x {command:.1f} CPU s = {around:,.0f} CPU s "
        f"= {around / 3600:.2f} core hours, on the machine that starts them;"
    )
    yield (
        f"- workers for a night of {NIGHT_H} hours, {BUSY:.0%} of it busy: {search:,.0f} / "
        f"({night:,} x {BUSY}) = {search / (night * BUSY):.2f}, so {needed(search, night)};"
    )
    for minutes in (60, 15):
        yield (
            f"- to be done within {minutes} minutes: {search:,.0f} / ({minutes * 60:,} x {BUSY}) = "
            f"{search / (minutes * 60 * BUSY):.1f}, so {needed(search, minutes * 60)} on searches "
            f"and {needed(around, minutes * 60)} for what is around them;"
        )
    yield (
        f"- memory: {row.worker_mb:.0f} MB a worker, {row.command_mb:.0f} MB a night that runs, "
        f"{row.scheduler_mb:.0f} MB for the scheduler."
    )


def needed(cpu_s: float, within_s: float) -> int:
    """Return how many cores do so much work within a time, busy `BUSY` of it."""
    return max(1, math.ceil(cpu_s / (within_s * BUSY)))


def main() -> None:
    """Measure, and print table and projection."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.metropolises", description=__doc__)
    options.add_argument("--quick", type=int, nargs="*", default=[1, 2, 4])
    options.add_argument("--standard", type=int, nargs="*", default=[1])
    options.add_argument("--volume", type=float, default=1.0, help="of the service's visits")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--side-by-side", type=int, default=2)
    asked = options.parse_args()
    counts = [*asked.quick, *asked.standard]
    efforts = ["quick"] * len(asked.quick) + ["standard"] * len(asked.standard)
    rows: list[Measured] = []
    with tempfile.TemporaryDirectory() as folder:
        settings: dict[str, Any] = {
            "workers": asked.workers,
            "side_by_side": asked.side_by_side,
            "volume": asked.volume,
        }
        for row in measure(Path(folder), counts, efforts, **settings):
            rows.append(row)
            sys.stderr.write("\n".join([*list(table([row]))[2:], ""]))
    for line in (*table(rows), "", *projection(rows[-1])):
        print(line)


if __name__ == "__main__":
    main()
