"""
Nights disturbed in every way at hand: `python -m benchmarks.chaos [--minutes 30] [--seed 1]`.

The cases are in `tests/support/chaos_cases.py`, what must be true after each in
`tests/support/chaos.py`. Prints a line a case, with what was done, and at the end what was tried
and what broke; exits with 1 if anything did. `--only NAME` runs one case, `--first SEED` begins
with a case's own seed, to see it again.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.territory import read_communes
from tests.support.chaos import PATIENCE_NIGHTS, PATIENCE_S, Place
from tests.support.chaos_cases import CHEAP, DEAR, SkippedError, ends_with
from tests.support.night_fixture import write_tickets

if TYPE_CHECKING:
    from tests.support.chaos_cases import Case

# A case with processes or a server takes as long as ten others.
DEAR_SHARE = 0.15
TICKETS = 2000


def many_tickets(place: Place, chance: random.Random) -> str:
    """Run the command on 2,000 open tickets; the longest case by far."""
    communes = sorted(
        (commune for commune in read_communes().values() if commune.takes_part),
        key=lambda commune: commune.insee,
    )
    rows = {}
    for number in range(TICKETS):
        commune = chance.choice(communes)
        lon = commune.town_hall_lon + chance.uniform(-0.01, 0.01)
        lat = commune.town_hall_lat + chance.uniform(-0.01, 0.01)
        rows[f"M{number}"] = f"{commune.insee},{lon:.5f},{lat:.5f},30,,,,,"
    write_tickets(place.folder, rows)
    place.limit("night_s", 1800.0)
    place.configure('roster = "roster.csv"\nabsences = "absences.csv"\n', "")
    place.limit("stalled_s", 60.0)
    began = time.monotonic()
    running = place.command()
    peak_mb = 0.0
    while not running.poll() and time.monotonic() < began + 1800:
        for line in _status(running.pid):
            if line.startswith("VmHWM"):
                peak_mb = max(peak_mb, int(line.split()[1]) / 1000)
        time.sleep(0.5)
    code = ends_with(place, running, 0, 5)
    return f"exit {code} in {time.monotonic() - began:.0f} s, {peak_mb:.0f} MB in the main process"


def _status(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


class Chaos:
    """Cases one after the other, each in a copy of one place."""

    def __init__(self, folder: Path, original: Place) -> None:
        self.folder, self.original = folder, original
        self.tried: Counter[str] = Counter()
        self.skipped: dict[str, str] = {}
        self.broken: list[str] = []

    def one(self, name: str, case: Case, seed: int) -> None:
        """Run a case, and the night after it."""
        began = time.monotonic()
        with tempfile.TemporaryDirectory(dir=self.folder) as inner:
            place = self.original.copied(Path(inner) / "place")
            try:
                done = case(place, random.Random(seed))
                if case is not many_tickets:
                    place.recovers()
            except SkippedError as lacking:
                self.skipped[name] = str(lacking)
                return
            except Exception as error:
                where = traceback.format_exc(limit=-1).strip().splitlines()[-3].strip()
                done = f"BROKEN: {error} ({where})"
                self.broken.append(f"{name} {seed}: {error}")
        self.tried[name] += 1
        print(f"{time.monotonic() - began:6.1f} s  {name} {seed}: {done}", flush=True)

    def summary(self) -> str:
        """Return what was tried and what broke."""
        lines = ["", "tried: " + ", ".join(f"{n} {c}" for n, c in sorted(self.tried.items()))]
        lines += [f"not tried: {name}, this machine lacks {why}" for name, why in
                  sorted(self.skipped.items())]  # fmt: skip
        lines += [f"broken: {each}" for each in self.broken] or ["broken: nothing"]
        return "\n".join(lines)


def main() -> None:
    """Disturb nights until the time is over."""
    cases = {**CHEAP, **DEAR, "many_tickets": many_tickets}
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=30.0)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", choices=sorted(cases))
    options.add_argument("--first", type=int)
    options.add_argument("--cheap", action="store_true", help="each case without processes, once")
    asked = options.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    chance, until = random.Random(asked.seed), time.monotonic() + 60 * asked.minutes
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        original = Place.made(folder / "original")
        if not asked.cheap:
            usual_s = original.copied(folder / "usual").usual()
            original.patience_s = max(PATIENCE_S, PATIENCE_NIGHTS * usual_s)
            original.limit("night_s", 2 * original.patience_s)
            original.limit("stalled_s", max(5.0, usual_s / 4))
            print(f"{usual_s:6.1f} s  an undisturbed night in processes", flush=True)
        chaos = Chaos(folder, original)
        seed = asked.first if asked.first is not None else chance.randrange(10**6)
        # Each case once, the long one only where there is time for it; then at random.
        waiting = [asked.only] if asked.only else [*CHEAP, *({} if asked.cheap else DEAR)]
        if not asked.only and not asked.cheap and asked.minutes >= 20:
            waiting.append("many_tickets")
        while waiting or (time.monotonic() < until and not asked.cheap):
            if waiting:
                case = waiting.pop(0)
            elif asked.only:
                case = asked.only
            else:
                case = chance.choice(sorted(DEAR if chance.random() < DEAR_SHARE else CHEAP))
            chaos.one(case, cases[case], seed)
            seed = chance.randrange(10**6)
    print(chaos.summary())
    sys.exit(1 if chaos.broken else 0)


if __name__ == "__main__":
    main()
