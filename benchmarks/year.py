"""
A year of nights in one process: `python -m benchmarks.year [--nights 250]`.

Does anything grow? A real night ends with its process, which hides leaks; here all nights run in
one, by the real code (`dispatch.nightly.run.run_night`): a folder of exports as ticket source,
absences, backlog, store (SQLite), pages, `latest`, metrics, log, purge. Only two things differ
from the command: the clock, which is set to 23:50 on each evening from Monday to Friday and to the
half hours around both changes of clock, and runs 20 minutes a night; and that this process plans,
except every 50th night, which the job's own processes do.

The service is the bundled one with six technicians and few tickets. Visits that were
planned are closed the next day (one in twenty is not, and stays), some are cancelled, some rows are
broken, some texts hostile. So that a year shows where the store's growth ends, closed tickets
are forgotten after `--tickets-days`; all else is as bundled.

The C library keeps what large arrays leave behind, which hides what is really in use. So it is told
to give memory back at once (`MALLOC_TRIM_THRESHOLD_`, as Dask tells its workers; `--as-it-is`:
it is not), and what has been asked of it and not returned is shown beside the process's memory.

Prints a table of memory, descriptors, sizes and time at several nights, and the growth a night
over the last half. Ends with an error where a night fails or a day is missing.
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import os
import random
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.memory import in_use, memory
from dispatch.data import data_path
from dispatch.demand import DemandModel
from dispatch.nightly import publish, run
from dispatch.nightly.calendar import PARIS, works_on
from dispatch.nightly.config import read_config
from dispatch.nightly.ending import Ending
from dispatch.nightly.logs import Log
from dispatch.nightly.metrics import last_success
from dispatch.service.service import parse_service
from dispatch.solve import solve
from dispatch.solve.side_by_side import Planned
from dispatch.store import Store
from dispatch.territory import read_communes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dispatch.fieldwork import Ticket
    from dispatch.model.problem import DayProblem
    from dispatch.nightly.config import NightConfig
    from dispatch.nightly.report import Report
    from dispatch.solve.side_by_side import Settings

FIRST = date(2026, 7, 1)
SEED = 1
# Every so many nights the job's own processes plan.
POOL_EVERY = 50
GIVE_BACK = "MALLOC_TRIM_THRESHOLD_"
NIGHT_LASTS = timedelta(minutes=20)
# Instants (UTC) at which a night is run again while the clock changes.
SPECIAL = [
    datetime(2026, 10, 25, 0, 50, tzinfo=UTC),  # 02:50 to 02:10 on the clock of Paris
    datetime(2027, 3, 28, 0, 50, tzinfo=UTC),  # 01:50 to 03:10
]
ROSTER = """\
id,centre,skills
S0,rive-droite,poste
S1,sud,poste
S2,bordeaux-metropole,poste
S3,bordeaux-metropole,poste
S4,ouest-sud,poste
S5,ouest-nord,poste
"""
TECHNICIANS = 6
CONFIG = """\
format = "dispatch-config/1"

[plan]
out = "out"
service = "service.toml"
roster = "roster.csv"
absences = "absences.csv"
effort = "quick"
workers = 2

[calendar]
closed = [2026-12-24, 2026-12-31]
day_begins = 06:00:00

[tickets]
source = "folder"
path = "exports"
geocode = false

[store]
url = "dispatch.db"

[log]
format = "json"

[metrics]
file = "dispatch.prom"
"""
HEADINGS = "id,insee,collectivity,lon,lat,duration_min,priority,asked,due,demandeur,description"


@dataclass(frozen=True)
class Point:
    """What was measured after a night."""

    night: int
    date: str
    rss_mb: float
    in_use_mb: float
    peak_mb: float
    objects: int
    descriptors: int
    threads: int
    store_kb: float
    folders: int
    folders_mb: float
    cpu_s: float
    visits: int
    backlog: int


class World:
    """The town outside: what is asked, what has been done, what the export holds that evening."""

    def __init__(self, folder: Path, volume: float, tickets_days: int) -> None:
        self.folder, self.volume = folder, volume
        text = data_path("service.toml").read_text(encoding="utf-8")
        changed = text.replace("\ntickets_days = 365", f"\ntickets_days = {tickets_days}")
        if changed == text and tickets_days != 365:
            msg = "data/service.toml: retention.tickets_days is not where it was"
            raise ValueError(msg)
        service = parse_service(changed, "service.toml")
        self._model = DemandModel(service, read_communes())
        self._chance = random.Random(SEED)
        self._open: dict[str, Ticket] = {}
        (folder / "exports").mkdir()
        (folder / "service.toml").write_text(changed, encoding="utf-8")
        (folder / "roster.csv").write_text(ROSTER, encoding="utf-8")
        (folder / "dispatch.toml").write_text(CONFIG, encoding="utf-8")

    def evening(self, day: date) -> None:
        """Write what the ticket system exports on an evening, and who will be away."""
        for ticket in self._model.day(day, SEED, self.volume):
            # The same day may be drawn on several evenings: each asks for it anew.
            self._open[ticket.id] = ticket.model_copy(update={"asked": day, "due": None})
        for name in sorted(self._open):
            if self._chance.random() < 0.02:
                del self._open[name]
        half = len(self._open) // 2
        rows = [self._row(ticket) for _, ticket in sorted(self._open.items())]
        broken = f"X-{day.isoformat()},33318,,-0.63,44.80,-5,3,,,Jeanne Secret,durée négative"
        for name, part in (("a.csv", [*rows[:half], broken]), ("b.csv", rows[half:])):
            text = "\n".join([HEADINGS, *part, ""])
            (self.folder / "exports" / name).write_text(text, encoding="utf-8")
        away = f"S{self._chance.randrange(TECHNICIANS)},{day.isoformat()},{day + timedelta(days=3)}"
        text = "\n".join(["technician,from,to", away if self._chance.random() < 0.3 else "", ""])
        (self.folder / "absences.csv").write_text(text, encoding="utf-8")

    def worked(self, day: date) -> None:
        """Close what was planned for a day, but for one in twenty."""
        text = (self.folder / "out" / day.isoformat() / "plan.json").read_text(encoding="utf-8")
        plans = json.loads(text)["plans"].values()
        for name in sorted(
            stop["visit"] for plan in plans for r in plan["rounds"] for stop in r["stops"]
        ):
            if self._chance.random() >= 0.05:
                self._open.pop(name, None)

    def _row(self, ticket: Ticket) -> str:
        cells = [
            ticket.id, ticket.insee, ticket.collectivity, ticket.lon, ticket.lat,
            ticket.duration_s // 60, ticket.priority, ticket.asked, "", "Jeanne Secret",
            "{{7*191}} <script>alert(1)</script>",
        ]  # fmt: skip
        return ",".join(str(cell) for cell in cells)


def evenings(first: date, nights: int) -> list[datetime]:
    """Return when the nights run (Europe/Paris): 23:50 from Monday to Friday, and `SPECIAL`."""
    found: list[datetime] = []
    day = first
    regular = nights
    while len(found) < regular:
        if day.weekday() < 5:
            found.append(datetime(day.year, day.month, day.day, 23, 50, tzinfo=PARIS))
        day += timedelta(days=1)
    begin, end = found[0].astimezone(UTC), found[-1].astimezone(UTC)
    special = [at.astimezone(PARIS) for at in SPECIAL if begin < at < end]
    return sorted({at.astimezone(UTC): at for at in [*found, *special]}.values(), key=_instant)


def _instant(at: datetime) -> float:
    return at.timestamp()


@contextmanager
def clock(started: datetime) -> Iterator[None]:
    """Let the job's clock say that a night which began at an instant takes 20 minutes."""

    def ended() -> datetime:
        return (started.astimezone(UTC) + NIGHT_LASTS).astimezone(PARIS)

    before = run.now_in_paris, publish.now_in_paris
    run.now_in_paris = publish.now_in_paris = ended
    try:
        yield
    finally:
        run.now_in_paris, publish.now_in_paris = before


def in_this_process(problems: Mapping[str, DayProblem], settings: Settings, **_: object) -> Planned:
    """Plan as `dispatch.solve.side_by_side.plan_all` does, without processes."""
    return Planned(
        {name: solve(p, settings.effort, seed=settings.seed) for name, p in problems.items()}
    )


def soak(
    folder: Path, nights: int, *, first: date = FIRST, volume: float, tickets_days: int
) -> Iterator[Point]:
    """
    Run nights in a row in a folder, and yield what was measured after each.

    Raises
    ------
    RuntimeError
        When a night fails, takes other than 20 minutes by its clock, leaves a day out, or is
        not in the store.
    """
    world = World(folder, volume, tickets_days)
    config = read_config(folder / "dispatch.toml")
    planned: list[date] = []
    for number, started in enumerate(evenings(first, nights), 1):
        before = time.process_time() + _children()
        today = started.date()
        if planned and works_on(today, config.calendar) and today == planned[-1]:
            world.worked(today)
        world.evening(today)
        report = _night(config, started, pool=number % POOL_EVERY == 0)
        if not planned or planned[-1] != report.date:
            planned.append(report.date)
        _hold(config, report, started)
        gc.collect()
        yield _point(folder, number, report, time.process_time() + _children() - before)
    _hold_all(config, folder, planned)


def _night(config: NightConfig, started: datetime, *, pool: bool) -> Report:
    log = io.StringIO()
    planner = None if pool else in_this_process
    with clock(started):
        return run.run_night(config, Log(log, "json"), Ending(), now=started, planner=planner)


def _children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _hold(config: NightConfig, report: Report, started: datetime) -> None:
    if report.exit_code or report.failed or report.troubles:
        msg = f"{started.isoformat()}: exit code {report.exit_code}, {report.troubles}"
        raise RuntimeError(msg)
    if report.duration_s != NIGHT_LASTS.total_seconds():
        msg = f"{started.isoformat()}: says that it took {report.duration_s} s"
        raise RuntimeError(msg)
    ended = (started.astimezone(UTC) + NIGHT_LASTS).timestamp()
    if config.metrics is None or last_success(config.metrics.file) != ended:
        msg = f"{started.isoformat()}: the metrics do not say when it ended"
        raise RuntimeError(msg)
    latest = (config.plan.out / "latest").resolve().name
    if latest != report.date.isoformat():
        msg = f"{started.isoformat()}: latest is {latest}"
        raise RuntimeError(msg)


def _hold_all(config: NightConfig, folder: Path, planned: Sequence[date]) -> None:
    """Hold that each working day was planned once, in order, and is in the store."""
    span = (planned[0] + timedelta(days=n) for n in range((planned[-1] - planned[0]).days + 1))
    wanted = [day for day in span if works_on(day, config.calendar)]
    with Store.open(str(folder / "dispatch.db")) as store:
        recorded = [night.day for night in store.nights()]
    if not wanted == list(planned) == recorded:
        msg = f"days planned {planned}, recorded {recorded}; working days {wanted}"
        raise RuntimeError(msg)


def _point(folder: Path, number: int, report: Report, cpu_s: float) -> Point:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    rss = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    out = folder / "out"
    return Point(
        night=number,
        date=report.date.isoformat(),
        rss_mb=int(rss.split()[1]) / 1024,
        in_use_mb=in_use(),
        peak_mb=memory(),
        objects=len(gc.get_objects()),
        descriptors=len(list(Path("/proc/self/fd").iterdir())),
        threads=threading.active_count(),
        store_kb=sum(path.stat().st_size for path in folder.glob("dispatch.db*")) / 1024,
        folders=sum(path.is_dir() and not path.is_symlink() for path in out.iterdir()),
        folders_mb=sum(p.stat().st_size for p in out.rglob("*") if p.is_file()) / 1024**2,
        cpu_s=cpu_s,
        visits=report.planned,
        backlog=report.still_open or 0,
    )


# What is shown of a point, with the number of decimals.
COLUMNS = {
    "rss_mb": ("memory, MB", 1), "in_use_mb": ("in use of it, MB", 1),
    "peak_mb": ("peak, MB", 1), "objects": ("objects", 0),
    "descriptors": ("descriptors", 0), "threads": ("threads", 0), "store_kb": ("store, kB", 0),
    "folders": ("folders", 0), "folders_mb": ("folders, MB", 1), "cpu_s": ("CPU s a night", 2),
    "visits": ("visits", 0), "backlog": ("left open", 0),
}  # fmt: skip


def table(points: Sequence[Point], rows: int = 10) -> Iterator[str]:
    """Yield a table of some of the points, each column a mean over the nights since the last."""
    yield "| night | planned day | " + " | ".join(name for name, _ in COLUMNS.values()) + " |"
    yield "| ---: | --- |" + " ---: |" * len(COLUMNS)
    ends = sorted({round(len(points) * (n + 1) / rows) for n in range(rows)} - {0})
    for begin, end in zip([0, *ends], ends, strict=False):
        part = points[begin:end]
        cells = [
            f"{np.mean([getattr(p, key) for p in part]):,.{decimals}f}"
            for key, (_, decimals) in COLUMNS.items()
        ]
        yield f"| {part[-1].night} | {part[-1].date} | {' | '.join(cells)} |"


def growth(points: Sequence[Point]) -> Iterator[str]:
    """Yield the growth a night over the last half (least squares, with its standard error)."""
    half = points[len(points) // 2 :]
    nights = np.array([point.night for point in half], dtype=float)
    yield "| over the last half | growth a night | ± | mean |"
    yield "| --- | ---: | ---: | ---: |"
    for key, (name, _) in COLUMNS.items():
        values = np.array([getattr(point, key) for point in half], dtype=float)
        slope, error = trend(nights, values)
        yield f"| {name} | {slope:+.4f} | {error:.4f} | {values.mean():,.1f} |"


def trend(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Return the slope of a straight line through points, and its standard error."""
    centred = x - x.mean()
    slope = float(centred @ (y - y.mean()) / (centred @ centred))
    rest = y - y.mean() - slope * centred
    freedom = max(1, len(x) - 2)
    return slope, float(np.sqrt(rest @ rest / freedom / (centred @ centred)))


def main() -> None:
    """Run the nights, and print the tables."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.year", description=__doc__)
    options.add_argument("--nights", type=int, default=250, help="evenings from Monday to Friday")
    options.add_argument("--volume", type=float, default=0.08, help="share of the service's volume")
    options.add_argument("--tickets-days", type=int, default=90)
    options.add_argument("--as-it-is", action="store_true", help="memory may be held back")
    options.add_argument("--keep", type=Path, help="append each point to this file (JSON lines)")
    asked = options.parse_args()
    if not asked.as_it_is and GIVE_BACK not in os.environ:
        # Read by the C library when a process begins.
        os.environ[GIVE_BACK] = "65536"
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.year", *sys.argv[1:]])
    points: list[Point] = []
    started = time.process_time() + _children()
    with tempfile.TemporaryDirectory() as folder:
        for point in soak(
            Path(folder), asked.nights, volume=asked.volume, tickets_days=asked.tickets_days
        ):
            points.append(point)
            if asked.keep:
                with asked.keep.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(point)) + "\n")
            sys.stderr.write(
                f"{point.night} {point.date}: {point.rss_mb:.1f} MB, {point.descriptors} "
                f"descriptors, {point.visits} visits, {point.cpu_s:.2f} s\n"
            )
    total = time.process_time() + _children() - started
    print(f"{len(points)} nights, {total:.0f} CPU seconds.\n")
    for line in (*table(points), "", *growth(points)):
        print(line)


if __name__ == "__main__":
    main()
