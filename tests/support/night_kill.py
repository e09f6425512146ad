"""
Kill nights at random moments, in forks of one process that has everything loaded.

Run as `python -m tests.support.night_kill FOLDER COUNT SEED`; prints a JSON object that says how
many nights were killed before their end, and after which of their steps. An invariant
that does not hold ends it with a traceback.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from dispatch.nightly import shelf
from dispatch.nightly.config import read_config
from dispatch.nightly.ending import Ending
from dispatch.nightly.lock import LOCK
from dispatch.nightly.logs import Log
from dispatch.nightly.run import run_night
from dispatch.planday import plan as planday
from dispatch.store import Store
from dispatch.views import pages
from tests.support.in_process import in_this_process
from tests.support.night_fixture import (
    DAY,
    EVENING,
    TICKETS,
    light_map,
    without_clock,
    write_night,
    write_tickets,
)

NEXT = date(2026, 11, 26)
STORE = "dispatch.db"


class Changes:
    """
    The changes that a process makes to files, counted; it is killed before one of them.

    Parameters
    ----------
    kill_at
        Before which, from 1; 0: none.
    """

    KINDS = frozenset(
        {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.symlink", "os.truncate"}
    )

    def __init__(self, kill_at: int = 0) -> None:
        self.kill_at, self.count, self.on = kill_at, 0, True

    def note(self, event: str, details: tuple[object, ...]) -> None:
        """Count an event of Python's audit, where it is a change (or may exchange two names)."""
        opened = event == "open" and isinstance(details[1], str) and set(details[1]) & set("wax+")
        looked_up = event == "ctypes.dlsym" and details[1] == "renameat2"
        if not self.on or not (event in self.KINDS or opened or looked_up):
            return
        self.count += 1
        if self.count == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


class Places:
    """A folder in which nights are killed, and how it has to look."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = write_night(folder)
        self.out = folder / "out"
        self.first: dict[str, str] = {}
        self.second: dict[str, str] = {}
        self.visits: list[str] = []
        self.states: dict[str, str] = {}

    def night(self, day: date) -> None:
        """Run a night to its end."""
        now = EVENING + timedelta(days=(day - DAY).days)
        stream = (self.folder / "log.txt").open("a", encoding="utf-8")
        with stream:
            run_night(read_config(self.file), Log(stream), Ending(), day=day, now=now)

    def forked(self, *, after_s: float | None = None, at: int | None = None) -> str | None:
        """
        Run the second night in a fork and kill it.

        Parameters
        ----------
        after_s
            When to kill it.
        at
            Before which of its changes to files it is killed, from 1; in place of `after_s`.

        Returns
        -------
        event
            The last that it logged; None: it had ended before.
        """
        log = self.folder / "log.txt"
        log.unlink(missing_ok=True)
        child = os.fork()
        if child == 0:
            ended = 1
            try:
                if at is not None:
                    sys.addaudithook(Changes(at).note)
                self.night(NEXT)
                ended = 0
            finally:
                os._exit(ended)
        if after_s is not None:
            time.sleep(after_s)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            assert os.WEXITSTATUS(status) == 0, log.read_text(encoding="utf-8")
            return None
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        events = [line.split("event=")[1].split(" ")[0] for line in lines if "event=" in line]
        return events[-1] if events else "nothing"

    def note_second(self) -> None:
        """Note how everything is once the second night has come to its end undisturbed."""
        self.second = without_clock(self.out / NEXT.isoformat())
        with Store.open(str(self.folder / STORE)) as store:
            self.visits = sorted(row.visit for row in store.visits(NEXT))
            self.states = self._states(store)
        assert "V5" in self.visits
        assert set(self.states.values()) == {"planned"}

    @staticmethod
    def _states(store: Store) -> dict[str, str]:
        return {kept.ticket.id: kept.state for kept in store.backlog(date(2026, 12, 31))}

    def reset(self, kept: Path) -> None:
        """Leave of the second night neither folder nor record."""
        shutil.rmtree(self.out / NEXT.isoformat(), ignore_errors=True)
        (self.out / shelf.LATEST).unlink()
        shelf.point_latest(self.out, DAY)
        for path in self.folder.glob(STORE + "*"):
            path.unlink()
        for path in kept.iterdir():
            shutil.copy2(path, self.folder)

    def is_sound(self) -> None:
        """Hold that nothing is lost, half-written or double, whatever was killed."""
        assert _differing(without_clock(self.out / DAY.isoformat()), self.first) == []
        second = self.out / NEXT.isoformat()
        assert not second.exists() or _differing(without_clock(second), self.second) == []
        assert shelf.latest_day(self.out) in (DAY, NEXT)
        assert (self.out / "latest" / "plan.json").exists()
        with Store.open(str(self.folder / STORE), create=False) as store:
            days = [row.day for row in store.nights()]
            assert days in ([DAY], [DAY, NEXT])
            if NEXT in days:
                assert second.exists()  # what is recorded as planned can be driven
                assert sorted(row.visit for row in store.visits(NEXT)) == self.visits
            assert {row.visit for row in store.visits(DAY)} == set(TICKETS)

    def is_whole(self) -> None:
        """Hold that the second night is there, whole and once, and nothing is left over."""
        assert _differing(without_clock(self.out / NEXT.isoformat()), self.second) == []
        assert shelf.latest_day(self.out) == NEXT
        names = {path.name for path in self.out.iterdir()}
        assert names == {LOCK, shelf.LATEST, DAY.isoformat(), NEXT.isoformat()}
        with Store.open(str(self.folder / STORE)) as store:
            assert [row.day for row in store.nights()] == [DAY, NEXT]
            assert sorted(row.visit for row in store.visits(NEXT)) == self.visits
            assert self._states(store) == self.states


def _differing(found: dict[str, str], wanted: dict[str, str]) -> list[str]:
    """Return the names of files that are not as they should be."""
    return [name for name in {**found, **wanted} if found.get(name) != wanted.get(name)]


def main(folder: Path, count: int, seed: int) -> dict[str, object]:
    """Kill so many nights; return how far they had come."""
    planday.plan_all = in_this_process  # type: ignore[assignment]
    pages.map_page = light_map  # type: ignore[assignment]
    places = Places(folder)
    places.night(DAY)
    places.first = without_clock(places.out / DAY.isoformat())
    # V3 is not done after all, V5 is new; the others are.
    write_tickets(folder, {"V3": TICKETS["V3"], "V5": TICKETS["V2"].replace("-0.632", "-0.625")})
    kept = folder / "kept"
    kept.mkdir()
    for path in folder.glob(STORE + "*"):
        shutil.copy2(path, kept)
    started = time.monotonic()
    places.night(NEXT)
    usual_s = time.monotonic() - started
    places.reset(kept)
    changes = Changes()
    sys.addaudithook(changes.note)
    places.night(NEXT)
    changes.on = False
    places.note_second()
    assert places.visits == ["V3", "V5"]
    places.is_whole()
    chance = random.Random(seed)
    reached: Counter[str] = Counter()
    for number in range(count):
        if number % 2 == 0:
            # As it was the evening before; every other time the night is one that was run before.
            places.reset(kept)
        if number % 5 < 3:
            event = places.forked(at=chance.randint(1, changes.count))
        else:
            event = places.forked(after_s=usual_s * chance.uniform(0, 1.05))
        reached[event or "ended"] += 1
        places.is_sound()
        if number % 4 == 3 or number == count - 1:
            places.night(NEXT)
            places.is_whole()
    killed = count - reached["ended"]
    return {
        "killed": killed,
        "ended": reached["ended"],
        "changes": changes.count,
        "after": dict(sorted(reached.items())),
    }


if __name__ == "__main__":
    made = main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(made) + "\n")
