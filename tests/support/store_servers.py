"""A PostgreSQL server of the tests' own, and small nights to keep in a store.

The server is made in a temporary folder, answers on a socket there and on no port, and runs as an
unprivileged user, as it refuses to run as root.
"""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch.fieldwork import Ticket, TimeWindow
from dispatch.model.plan import CostParts, Plan, Round, Stop, Unassigned
from dispatch.store import CentreNight, Night, RejectedRecord
from dispatch.store.address import address_of, engine_of
from dispatch.store.backlog import BacklogTicket, MergedBacklog, after_planning, merge_delivered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine import Connection

MONDAY = date(2026, 11, 23)
USERS = ("postgres", "nobody")


def server_programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs, newest first; None: not installed."""
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)  # noqa: PTH207 - absolute
    beside = shutil.which("initdb")
    folders += [str(Path(beside).resolve().parent)] if beside else []
    for folder in folders:
        if (Path(folder) / "initdb").exists() and (Path(folder) / "postgres").exists():
            return Path(folder)
    return None


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a server; give the part of a URL that names its socket: `host=...&user=...`."""
    programs = server_programs()
    assert programs is not None
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        entry = next(known[name] for name in USERS if name in known)
        user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    # Short, as a socket's path may have 107 characters at most.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    data, log = folder / "data", folder / "log"
    if user:
        os.chown(folder, user["user"], user["group"])
    quiet: dict[str, Any] = {**user, "cwd": folder, "check": True, "stdout": subprocess.DEVNULL}
    options = (
        f"-k {folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off "
        "-c max_connections=40 -c shared_buffers=16MB -c autovacuum=off"
    )
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "dispatch", "-A", "trust", "-N", "-E", "UTF8",
             "--locale=C"],
            **quiet,
        )  # fmt: skip
        subprocess.run(
            [programs / "pg_ctl", "-D", data, "-l", log, "-w", "-t", "60", "-o", options, "start"],
            **quiet,
        )
        try:
            yield f"host={folder}&user=dispatch"
        finally:
            subprocess.run(
                [programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], **quiet
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def frozen_server(where: str) -> Iterator[None]:
    """Stop every process of a server, as a machine that hangs; continue them at the end."""
    folder = Path(where.partition("host=")[2].partition("&")[0])
    first = (folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0]
    pids = [int(first)]
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = path.read_text(encoding="utf-8").rpartition(")")[2].split()[1]
            if parent == first:
                pids.append(int(path.parent.name))
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def empty_database(where: str) -> str:
    """Make a schema on a server, which holds tables as a database would; return its address."""
    import psycopg

    name = f"s{uuid.uuid4().hex}"
    options = dict(part.split("=", 1) for part in where.split("&"))
    with psycopg.connect(dbname="postgres", autocommit=True, **options) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    # A database of its own would be seven megabytes in a thousand files.
    return f"postgresql:///postgres?{where}&options=-csearch_path%3D{name}"


@contextmanager
def connection_to(url: str) -> Iterator[Connection]:
    """Open a store's database past the store, in a transaction."""
    engine = engine_of(address_of(url))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


# --- small nights ---


def ticket(name: str, **told: Any) -> Ticket:  # noqa: ANN401
    """Return a ticket in Pessac, or with what is given."""
    usual: dict[str, Any] = {
        "insee": "33318",
        "collectivity": "33318",
        "lon": -0.63,
        "lat": 44.81,
        "address": "1, place de la Ve République",
        "description": "Écran noir (état civil)",
        "duration_s": 1800,
        "windows_s": (TimeWindow(28_800, 43_200), TimeWindow(48_600, 57_600)),
        "skills": frozenset({"poste", "reseau"}),
        "priority": 2,
        "technician": "T09",
        "load": 2,
    }
    return Ticket(id=name, **{**usual, **told})


def plan_of(served: Sequence[str], left: Sequence[str] = (), seed: int = 1) -> Plan:
    """Return a plan of one round, half an hour a visit."""
    stops = tuple(
        Stop(
            visit=name,
            place=f"visit/{name}",
            arrival_s=30_000 + 2400 * number,
            start_s=30_000 + 2400 * number,
            end_s=31_800 + 2400 * number,
        )
        for number, name in enumerate(served)
    )
    rounds = (
        Round(
            technician="T09",
            departure_s=29_000,
            return_s=60_000,
            travel_s=600 * (len(stops) + 1),
            distance_m=4000 * (len(stops) + 1),
            stops=stops,
        ),
    )
    travel, unassigned = 600 * (len(stops) + 1), 7200 * len(left)
    return Plan(
        status="partial" if left else "complete",
        cost_s=CostParts(total=travel + unassigned, travel=travel, unassigned=unassigned),
        bound_s=travel,
        gap=unassigned / (travel + unassigned),
        rounds=rounds if stops else (),
        unassigned=tuple(Unassigned(visit=name, reason="crowded_out") for name in left),
        effort="quick",
        seed=seed,
        elapsed_s=1.25,
    )


def night_of(
    joined: MergedBacklog, planned: Sequence[str], day: date, *, seed: int = 1, **told: Any  # noqa: ANN401
) -> Night:  # fmt: skip
    """Return a night of centre Sud on which the named visits are planned, in that order."""
    left = [kept.ticket.id for kept in joined.to_plan if kept.ticket.id not in planned]
    started = datetime(day.year, day.month, day.day, 2, 30, tzinfo=UTC) - timedelta(days=1)
    night = Night(
        day=day,
        started=started,
        finished=started + timedelta(seconds=90),
        exit_code=0,
        version="0.1.0",
        network="bundled",
        effort="quick",
        seed=seed,
        centres={
            "sud": CentreNight(plan_of(planned, left, seed), "", "ab" * 32, technicians=3),
            "ouest-nord": CentreNight(None, "no travel times"),
        },
        tickets=after_planning(joined, planned, day),
        rejected=(
            RejectedRecord("export.csv", "line 7", "X-1", "the position is outside the commune"),
        ),
    )
    return replace(night, **told)


def first_night(**told: Any) -> Night:  # noqa: ANN401
    """Return a night of three tickets, of which A and B are planned and C is left."""
    joined = merge_delivered(
        (), [ticket("A"), ticket("B", due=MONDAY), ticket("C")], MONDAY, gone_nights=2
    )
    return night_of(joined, ["A", "B"], MONDAY, **told)


def kept(name: str, state: str = "open", **told: Any) -> BacklogTicket:  # noqa: ANN401
    """Return a ticket of the backlog, first seen on Monday."""
    usual: dict[str, Any] = {"since": MONDAY, "first_seen": MONDAY, "last_seen": MONDAY}
    asked = {"asked": told.pop("asked", MONDAY)}
    return BacklogTicket(ticket(name, **asked), state, **{**usual, **told})  # type: ignore[arg-type]
