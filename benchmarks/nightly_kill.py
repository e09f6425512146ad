"""
How often a night may be killed: `python -m benchmarks.nightly_kill [--forks 300] [--runs 40]`.

First in forks of one process, before random changes to files and at random times
(`tests/support/night_kill.py`, which holds what must be true after each); then the command itself,
with its worker processes, killed at random times. After every kill the same is held, and
that no process is left over; after every fourth the next run is let through.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.nightly import shelf
from tests.support import night_kill
from tests.support.night_fixture import DAY, TICKETS, without_clock, write_tickets

if TYPE_CHECKING:
    from datetime import date


def left_over(group: int) -> int:
    """Return how many processes of a group still run."""
    count = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, of = path.read_text(encoding="utf-8").rpartition(")")[2].split()[:3]
            count += int(of) == group and state != "Z"
    return count


def command(places: night_kill.Places, day: date) -> subprocess.Popen[bytes]:
    """Start the command for a day."""
    return subprocess.Popen(
        [
            sys.executable, "-m", "dispatch", "nightly",
            "--config", str(places.file), "--date", day.isoformat(), "--force",
        ],
        stdout=subprocess.DEVNULL,
        stderr=(places.folder / "log.txt").open("wb"),
        start_new_session=True,
    )  # fmt: skip


def runs(folder: Path, count: int, seed: int) -> dict[str, object]:
    """Kill the command so many times."""
    places = night_kill.Places(folder)
    assert command(places, DAY).wait() == 0
    places.first = without_clock(places.out / DAY.isoformat())
    write_tickets(folder, {"V3": TICKETS["V3"], "V5": TICKETS["V2"].replace("-0.632", "-0.625")})
    started = time.monotonic()
    assert command(places, night_kill.NEXT).wait() == 0
    usual_s = time.monotonic() - started
    places.note_second()
    chance = random.Random(seed)
    reached: Counter[str] = Counter()
    for number in range(count):
        running = command(places, night_kill.NEXT)
        with suppress(subprocess.TimeoutExpired):
            running.wait(usual_s * chance.uniform(0, 1.1))
        if running.poll() is None:
            os.kill(running.pid, signal.SIGKILL)
        running.wait()
        until = time.monotonic() + 30
        while left_over(running.pid) and time.monotonic() < until:
            time.sleep(0.1)
        assert left_over(running.pid) == 0
        lines = (folder / "log.txt").read_text(encoding="utf-8").splitlines()
        events = [line.split("event=")[1].split(" ")[0] for line in lines if "event=" in line]
        reached[events[-1] if events else "nothing"] += 1
        places.is_sound()
        if number % 4 == 3 or number == count - 1:
            assert command(places, night_kill.NEXT).wait() == 0
            places.is_whole()
    assert shelf.unfinished(places.out) == []
    return {"runs": count, "usual_s": round(usual_s, 1), "after": dict(sorted(reached.items()))}


def main() -> None:
    """Kill, and print what came of it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--forks", type=int, default=300)
    options.add_argument("--runs", type=int, default=40)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if asked.forks:
            (Path(folder) / "forks").mkdir()
            print(json.dumps(night_kill.main(Path(folder) / "forks", asked.forks, asked.seed)))
        if asked.runs:
            (Path(folder) / "runs").mkdir()
            print(json.dumps(runs(Path(folder) / "runs", asked.runs, asked.seed)))


if __name__ == "__main__":
    main()
