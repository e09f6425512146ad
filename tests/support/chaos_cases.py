"""
What is done to nights: each case disturbs one, at random, and holds how it must end.

A case takes a place and a random generator, and returns what it did, in a few words. `SkippedError`
says what the machine lacks for it.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from dispatch.data import data_path
from tests.support.chaos import NEXT, Place, Running, hold
from tests.support.store_servers import (
    empty_database,
    frozen_server,
    postgres_server,
    server_programs,
)
from tests.support.trickling_server import LIES, badly_served

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Case = Callable[[Place, random.Random], str]

# What a night of two fields and no search takes, on a loaded machine (seconds).
USUAL_S = 4.0
# Who sends SIGTERM waits so long; the machine's own load comes on top.
TOLD_S, LOAD_S = 5.0, 3.0


class SkippedError(Exception):
    """The machine lacks what a case needs."""


def ends_with(place: Place, running: Running, *codes: int) -> int:
    """Hold that a night ends in its time with one of these codes, and leaves no process."""
    try:
        code = running.wait()
        hold(code in codes, f"exit code {code}, not one of {codes}: {place.tail()}")
        until = time.monotonic() + 10
        while running.left_over() and time.monotonic() < until:
            time.sleep(0.05)
        hold(running.left_over() == 0, "processes are left over")
    finally:
        running.end()
    place.is_sound()
    return code


# --- processes that plan ---


def workers_hit(place: Place, chance: random.Random) -> str:
    """Kill or stop processes that plan, from their start on."""
    number = chance.choice([signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV])
    hits = chance.randint(1, 3)
    running = place.start(processes=True)
    done = 0
    while done < hits and not running.poll():
        for child in running.children()[: hits - done]:
            time.sleep(chance.choice([0.0, 0.0, chance.uniform(0, 3)]))
            with suppress(ProcessLookupError):
                os.kill(child, number)
                done += 1
        time.sleep(0.02)
    # One lost process costs nothing; several may cost a centre, or all of them.
    codes = (0,) if done <= 1 else (0, 4, 5)
    code = ends_with(place, running, *codes)
    return f"{done} times {signal.Signals(number).name}: exit {code}"


def told_to_end(place: Place, chance: random.Random) -> str:
    """Send SIGTERM at a random moment: the night ends within five seconds, its lock is free."""
    processes = chance.random() < 0.3
    running = place.start(processes=processes)
    moment = chance.uniform(0, 3 * USUAL_S if processes else USUAL_S)
    until = time.monotonic() + moment
    while not running.poll() and time.monotonic() < until:
        time.sleep(0.005)
    running.tell(signal.SIGTERM)
    told = time.monotonic()
    code = ends_with(place, running, 0, 5, 143, -signal.SIGTERM)
    took = time.monotonic() - told
    hold(took < TOLD_S + LOAD_S, f"took {took:.1f} s after SIGTERM")
    return f"SIGTERM after {moment:.1f} s: exit {code} in {took:.1f} s"


def killed(place: Place, chance: random.Random) -> str:
    """Kill the night at a random moment."""
    running = place.start(processes=chance.random() < 0.2)
    time.sleep(chance.uniform(0, USUAL_S))
    running.tell(signal.SIGKILL)
    code = ends_with(place, running, 0, -signal.SIGKILL)
    return f"exit {code}"


# --- services ---


@contextmanager
def impatient_service(place: Place, address: str) -> Iterator[None]:
    """Let the night ask services at an address, with little patience."""
    text = data_path("service.toml").read_text(encoding="utf-8")
    for old, new in (
        ("timeout_s = 60.0", "timeout_s = 0.6"), ("timeout_s = 90.0", "timeout_s = 0.6"),
        ("connect_s = 10.0", "connect_s = 0.4"), ("wait_s = 2.0", "wait_s = 0.05"),
        ("attempts = 6", "attempts = 2"), ("attempts = 5", "attempts = 2"),
        ("body_mb = 20", "body_mb = 1"),
    ):  # fmt: skip
        assert old in text, old
        text = text.replace(old, new)
    lines = [
        f'url = "{address}/geocode"' if line.startswith('url = "https://data.geopf.fr') else line
        for line in text.splitlines()
    ]
    (place.folder / "service.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    place.configure('out = "out"', 'out = "out"\nservice = "service.toml"')
    yield
    place.configure('out = "out"\nservice = "service.toml"', 'out = "out"')


def tokens() -> None:
    """Set what a night needs to ask GLPI on this machine."""
    os.environ |= {"GLPI_APP_TOKEN": "a" * 20, "GLPI_USER_TOKEN": "u" * 20, "NO_PROXY": "127.0.0.1"}


def lying_tickets(place: Place, chance: random.Random) -> str:
    """Let the source of tickets trickle or lie: its backlog is planned, or nothing is."""
    how = chance.choice(LIES)
    glpi = '[tickets]\nsource = "glpi"\n\n[tickets.glpi]\nurl = "{}/apirest.php"\n'
    with badly_served(how, every_s=0.1) as address, impatient_service(place, address):
        old = '[tickets]\nsource = "file"\npath = "tickets.csv"\ngeocode = false\n'
        new = glpi.format(address) + 'app_token_env = "GLPI_APP_TOKEN"\n'
        new += 'user_token_env = "GLPI_USER_TOKEN"\n'
        place.configure(old, new)
        code = ends_with(place, place.start(before=tokens), 2, 5)
        place.configure(new, old)
    return f"{how}: exit {code}"


def lying_addresses(place: Place, chance: random.Random) -> str:
    """Let the geocoder trickle or lie: the tickets that need it are set aside, the rest planned."""
    how = chance.choice(LIES)
    with (place.folder / "tickets.csv").open("a", encoding="utf-8") as file:
        file.write("V9,33318,,,30,,,,,\n")
    with badly_served(how, every_s=0.1) as address, impatient_service(place, address):
        place.configure("geocode = false", 'geocode = true\ncache = "cache"')
        code = ends_with(place, place.start(before=tokens), 0, 5)
        place.configure('geocode = true\ncache = "cache"', "geocode = false")
    return f"{how}: exit {code}"


# --- the store ---


def frozen_database(place: Place, chance: random.Random) -> str:
    """Stop a database server at a random moment, and perhaps send SIGTERM as well."""
    if server_programs() is None:
        msg = "PostgreSQL"
        raise SkippedError(msg)
    with postgres_server() as where:
        url = empty_database(where)
        place.configure('url = "dispatch.db"', f'url = "{url}"')
        running = place.start()
        time.sleep(chance.uniform(0, USUAL_S))
        with frozen_server(where):
            term = chance.random() < 0.5
            if term:
                time.sleep(chance.uniform(0, 1))
                running.tell(signal.SIGTERM)
            told = time.monotonic()
            code = ends_with(place, running, 0, 2, 5, *((143, -15) if term else ()))
            took = time.monotonic() - told
            hold(not term or took < TOLD_S + LOAD_S, f"took {took:.1f} s after SIGTERM")
        place.configure(f'url = "{url}"', 'url = "dispatch.db"')
    return f"frozen{', SIGTERM' if term else ''}: exit {code} in {took:.1f} s"


def spoilt_store(place: Place, chance: random.Random) -> str:
    """Overwrite, cut, replace or lock the store's file; it is put back afterwards."""
    path, kept = place.folder / "dispatch.db", place.folder / "kept.db"
    for beside in place.folder.glob("dispatch.db-*"):
        beside.unlink()
    shutil.copy2(path, kept)
    how = chance.choice(["overwritten", "cut", "empty", "text", "folder", "locked", "read-only"])
    held: sqlite3.Connection | None = None
    whole = bytearray(path.read_bytes())
    if how == "overwritten":
        at = chance.randrange(len(whole))
        whole[at : at + 4096] = chance.randbytes(min(4096, len(whole) - at))
        path.write_bytes(whole)
    elif how == "cut":
        path.write_bytes(whole[: chance.randrange(len(whole))])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "text":
        path.write_text("no database at all, but long enough\n" * 100, encoding="utf-8")
    elif how == "folder":
        path.unlink()
        path.mkdir()
    elif how == "locked":
        held = sqlite3.connect(path)
        held.execute("BEGIN EXCLUSIVE")
    else:
        path.chmod(0o400)
    try:
        code = ends_with(place, place.start(), 0, 2, 5)
    finally:
        if held is not None:
            held.close()
        if path.is_dir():
            path.rmdir()
        for beside in place.folder.glob("dispatch.db-*"):
            beside.unlink()
        kept.replace(path)
    return f"{how}: exit {code}"


# --- disks and files ---


def full_disk(place: Place, chance: random.Random) -> str:
    """Let no file grow past a random size, as a full disk does."""
    size = int(10 ** chance.uniform(2, 6.5))

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    code = ends_with(place, place.start(before=limit), 0, 2, 5)
    return f"no file above {size} bytes: exit {code}"


def small_disk(place: Place, chance: random.Random) -> str:
    """Put everything on a disk (tmpfs) that is nearly full."""
    shelf = place.folder.parent / "disk"
    shelf.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", shelf]
    if os.geteuid() != 0 or subprocess.run(words, check=False, capture_output=True).returncode:
        msg = "the right to mount"
        raise SkippedError(msg)
    try:
        inside = place.copied(shelf / "place")
        left = shutil.disk_usage(shelf).free - chance.randrange(600_000)
        (shelf / "filler").write_bytes(b"x" * max(0, left))
        code = ends_with(inside, inside.start(), 0, 2, 5)
        (shelf / "filler").unlink()
        inside.recovers()
    finally:
        subprocess.run(["umount", "-l", shelf], check=False)
        shelf.rmdir()
    return f"exit {code}"


def read_only(place: Place, chance: random.Random) -> str:
    """Mount the folder of days, or all, read-only."""
    what = chance.choice([place.out, place.folder])
    bind = ["mount", "--bind", what, what]
    if os.geteuid() != 0 or subprocess.run(bind, check=False, capture_output=True).returncode:
        msg = "the right to mount"
        raise SkippedError(msg)
    log, place.log = place.log, place.folder.parent / "log-beside.txt"
    try:
        again = ["mount", "-o", "remount,ro,bind", what]
        hold(subprocess.run(again, check=False).returncode == 0, "cannot be mounted read-only")
        running = place.start()
        code = running.wait()
        hold(code == 2, f"exit code {code}: {place.tail()}")
    finally:
        subprocess.run(["umount", "-l", what], check=False)
        place.log = log
    place.is_sound()
    return f"{what.name}: exit {code}"


def in_the_way(place: Place, chance: random.Random) -> str:
    """Put files and folders where the night writes, and hold some open."""
    out = place.out
    ways: dict[str, Callable[[], object]] = {
        "a file named as the day": lambda: (out / NEXT.isoformat()).write_text("in the way"),
        "an empty folder named as the day": lambda: (out / NEXT.isoformat()).mkdir(),
        "half a folder of a killed run": lambda: _half(out / f".{NEXT.isoformat()}.new"),
        "a file of that name": lambda: (out / f".{NEXT.isoformat()}.new").write_text("x"),
        "an old folder": lambda: _half(out / f".{NEXT.isoformat()}.old"),
        "a folder for stops.csv": lambda: _half(out / NEXT.isoformat() / "stops.csv"),
        "a link for the day": lambda: (out / NEXT.isoformat()).symlink_to("2026-11-25"),
        "a folder for latest": lambda: ((out / "latest").unlink(), _half(out / "latest")),
        "no latest": lambda: (out / "latest").unlink(),
        "latest to nowhere": lambda: _linked(out / "latest", "2026-01-01"),
    }
    how = chance.choice(sorted(ways))
    ways[how]()
    opened = [path.open("rb") for path in out.rglob("*") if path.is_file()]
    try:
        running = place.start()
        code = running.wait()
    finally:
        for file in opened:
            file.close()
    hold(code in (0, 2, 5), f"{how}: exit code {code}: {place.tail()}")
    for path in (out / NEXT.isoformat(), out / f".{NEXT.isoformat()}.new"):
        # What somebody put there may be left; it is theirs to take away.
        if code == 2 and (path.is_symlink() or path.is_file()):
            path.unlink()
        elif code == 2 and path.is_dir() and not (path / "plan.json").exists():
            shutil.rmtree(path)
    return f"{how}: exit {code}"


def _half(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "map-sud.html").write_text("half", encoding="utf-8")


def _linked(link: Path, to: str) -> None:
    link.unlink()
    link.symlink_to(to)


# --- clocks, commands, other nights ---


def clock_jumped(place: Place, chance: random.Random) -> str:
    """Set the clock wrong by days or years: refused, or nothing about to be driven goes."""
    days = chance.choice([-4000, -400, -40, -2, 2, 40, 400, 1500, 4000])
    running = place.start(on=timedelta(days=days))
    code = running.wait()
    hold(code in (0, 2, 5), f"exit code {code}: {place.tail()}")
    hold((place.out / "2026-11-25" / "plan.json").exists(), "the day about to be driven is gone")
    return f"{days} days: exit {code}"


def deaf_command(place: Place, chance: random.Random) -> str:
    """Notify by commands that read nothing, never end, are not there, or write for ever."""
    commands = {
        "reads nothing": '["true"]',
        "fails": '["false"]',
        "sleeps": '["sleep", "1000"]',
        "is not there": '["/nowhere/notify"]',
        "closes its input": '["sh", "-c", "exec <&-; sleep 1000"]',
        "writes for ever": '["yes"]',
        "leaves a child": '["sh", "-c", "sleep 1000 & exit 0"]',
        "stops itself": '["sh", "-c", "kill -STOP $$"]',
        "kills its parent's group": '["sh", "-c", "kill -KILL 0"]',
    }
    how = chance.choice(sorted(commands))
    more = f"[notify]\ncommand = {commands[how]}\ntimeout_s = 0.5\n\n[store]"
    place.configure("[store]", more)
    running = place.start()
    code = running.wait(60)
    hold(code == 0, f"{how}: exit code {code}: {place.tail()}")
    place.is_sound()
    place.configure(more, "[store]")
    return f"{how}: exit {code}"


def log_unread(place: Place, chance: random.Random) -> str:
    """Run the command, whose log's reader goes away, or reads no more."""
    gone = chance.random() < 0.5
    reader, writer = os.pipe()
    if gone:
        os.close(reader)
    else:
        os.set_blocking(writer, False)
        with suppress(BlockingIOError):
            while True:
                os.write(writer, b"x" * 4096)
        os.set_blocking(writer, True)
    running = place.command(stderr=writer, stdout=writer)
    os.close(writer)
    try:
        code = ends_with(place, running, 0)
    finally:
        if not gone:
            os.close(reader)
    return f"{'gone' if gone else 'reads no more'}: exit {code}"


def two_at_once(place: Place, chance: random.Random) -> str:
    """Start several nights at nearly the same moment: one at a time, each whole."""
    running = []
    for _ in range(chance.randint(2, 3)):
        running.append(place.start())
        time.sleep(chance.choice([0, 0, chance.uniform(0, 0.3)]))
    codes = sorted(each.wait() for each in running)
    hold(set(codes) <= {0, 2} and 0 in codes, f"exit codes {codes}: {place.tail()}")
    place.is_sound()
    return f"exits {codes}"


CHEAP: dict[str, Case] = {
    made.__name__: made
    for made in (
        told_to_end, killed, lying_tickets, lying_addresses, spoilt_store, full_disk, small_disk,
        read_only, in_the_way, clock_jumped, deaf_command, two_at_once,
    )
}  # fmt: skip
DEAR: dict[str, Case] = {made.__name__: made for made in (workers_hit, frozen_database, log_unread)}
