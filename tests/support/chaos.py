"""
A place where nights are disturbed, and what must be true of it whatever was done.

A night runs in a fork of this process, which has everything loaded, or as the command itself. It
must end in its time, with a code that the disturbance allows, and leave: yesterday's folder as it
was; tomorrow's whole, checked, or as it was; `latest` on a day that is there; no lock, no process.
The next undisturbed night must then come to its end.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.checker.rules import check
from dispatch.errors import DispatchError
from dispatch.folder.write import read_day
from dispatch.nightly import shelf
from dispatch.nightly.config import read_config
from dispatch.nightly.ending import EndedError, told_to_end
from dispatch.nightly.lock import is_held
from dispatch.nightly.logs import Log
from dispatch.nightly.run import run_night
from dispatch.planday.plan import plan_all
from dispatch.store import Store
from dispatch.views import pages
from tests.support.night_fixture import (
    DAY,
    EVENING,
    TICKETS,
    light_map,
    without_clock,
    write_night,
    write_tickets,
)
from tests.support.served_in_turn import ServedInTurn

if TYPE_CHECKING:
    from collections.abc import Callable

NEXT = date(2026, 11, 26)
LATER = {**TICKETS, "V5": "33318,-0.631,44.803,30,,,,,"}
# No wait of a disturbed night is longer than a few of these (seconds).
SHORT = """
[limits]
night_s = 240.0
store_s = 1.5
stalled_s = 5.0
grace_s = 2.0
"""
# How long a disturbed night may take at most (seconds), and in nights that plan in processes:
# the machine's own load makes all of them longer.
PATIENCE_S, PATIENCE_NIGHTS = 120.0, 8
UNFORESEEN = 4


class BrokenError(Exception):
    """Something does not hold that must."""


def hold(true: object, claim: str) -> None:
    """Raise `BrokenError` where a claim is not true."""
    if not true:
        raise BrokenError(claim)


@dataclass
class Running:
    """A night at work, alone in its session; how it is waited for and signalled."""

    pid: int
    patience_s: float = PATIENCE_S
    code: int | None = None

    def poll(self) -> bool:
        """Return whether it has ended."""
        if self.code is None:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is not None

    def wait(self, seconds: float | None = None) -> int:
        """Return its exit code; one that does not end in time is broken, and ended."""
        seconds = seconds or self.patience_s
        until = time.monotonic() + seconds
        while not self.poll():
            if time.monotonic() > until:
                self.end()
                message = f"the night had not ended after {seconds:g} s"
                raise BrokenError(message)
            time.sleep(0.01)
        assert self.code is not None
        return self.code

    def tell(self, number: int) -> None:
        """Send a signal to the night alone."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def end(self) -> None:
        """End it with all that it started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        if self.code is None:
            with suppress(ChildProcessError):
                _, status = os.waitpid(self.pid, 0)
                self.code = os.waitstatus_to_exitcode(status)

    def children(self) -> list[int]:
        """Return the processes that plan for it."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                parent = (path / "stat").read_text("utf-8").rpartition(")")[2].split()[1]
                words = (path / "cmdline").read_bytes()
                if parent == str(self.pid) and b"resource_tracker" not in words:
                    found.append(int(path.name))
        return sorted(found)

    def left_over(self) -> int:
        """Return how many processes of its session still run."""
        count = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                state, _, group = path.read_text("utf-8").rpartition(")")[2].split()[:3]
                count += int(group) == self.pid and state != "Z"
        return count


class Place:
    """A folder with one night done, in which the next is disturbed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"
        self.log = folder / "log.txt"
        self.first: dict[str, str] = {}
        self.patience_s = PATIENCE_S
        # A fork's clock is ours; the command goes by the machine's, and the next night by ours.
        self.clock_jumped = False

    @classmethod
    def made(cls, folder: Path, more: str = "") -> Place:
        """Return a place whose first night was undisturbed."""
        folder.mkdir(parents=True)
        write_night(folder, more=SHORT + more)
        # One ticket stays open: a night without its source has a backlog to plan.
        away = f"technician,from,to\nN1,{DAY},{DAY}\n"
        (folder / "absences.csv").write_text(away, encoding="utf-8")
        place = cls(folder)
        hold(place.start(DAY).wait() == 0, f"the first night failed: {place.tail()}")
        place.first = without_clock(place.out / DAY.isoformat())
        write_tickets(folder, LATER)
        return place

    def copied(self, folder: Path) -> Place:
        """Return a place of its own that is as this one."""
        shutil.copytree(self.folder, folder, symlinks=True)
        place = Place(folder)
        place.first, place.patience_s = self.first, self.patience_s
        return place

    def limit(self, name: str, value: float) -> None:
        """Set a number of `[limits]`."""
        file = self.folder / "dispatch.toml"
        lines = [
            f"{name} = {value:.1f}" if line.startswith(f"{name} = ") else line
            for line in file.read_text(encoding="utf-8").splitlines()
        ]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def usual(self) -> float:
        """Run a night in processes, undisturbed; return how long it took (seconds)."""
        self.limit("night_s", 7200.0)
        self.limit("stalled_s", 120.0)
        # The first on a machine compiles the search's kernels.
        for _ in range(2):
            began = time.monotonic()
            code = self.start(processes=True).wait(3600)
            hold(code == 0, f"an undisturbed night ended with {code}: {self.tail()}")
        return time.monotonic() - began

    def configure(self, old: str, new: str) -> None:
        """Change the configuration."""
        file = self.folder / "dispatch.toml"
        text = file.read_text(encoding="utf-8")
        assert old in text, old
        file.write_text(text.replace(old, new), encoding="utf-8")

    def start(
        self,
        day: date = NEXT,
        *,
        before: Callable[[], object] | None = None,
        processes: bool = False,
        on: timedelta | None = None,
    ) -> Running:
        """
        Start a night in a fork.

        Parameters
        ----------
        day
            The day to plan.
        before
            Called in the fork before the night.
        processes
            Whether it plans in processes, as the command does; otherwise simply, and at once.
        on
            How far the clock is from the evening before the day.
        """
        now = EVENING + (day - DAY if on is None else on)
        pid = os.fork()
        if pid == 0:
            os.setsid()
            os._exit(self._night(day, now, before, processes=processes))
        return Running(pid, self.patience_s)

    def command(self, day: date = NEXT, **named: object) -> Running:
        """Start the command itself; `named` as for `subprocess.Popen`."""
        self.clock_jumped = True
        with self.log.open("wb") as log:
            usual = {"stdout": subprocess.DEVNULL, "stderr": log, "start_new_session": True}
            started = subprocess.Popen(
                [sys.executable, "-m", "dispatch", "nightly", "--force", "--config",
                 str(self.folder / "dispatch.toml"), "--date", day.isoformat()],
                **{**usual, **named},  # type: ignore[call-overload]
            )  # fmt: skip
        started.returncode = 0  # `Running` waits for it
        return Running(started.pid, self.patience_s)

    def _night(self, day, now, before, *, processes: bool) -> int:
        try:
            pages.map_page = light_map  # type: ignore[assignment]
            stream = self.log.open("w", encoding="utf-8")
            config = read_config(self.folder / "dispatch.toml")
            if before is not None:
                before()
            planner = plan_all if processes else ServedInTurn(99)
            with told_to_end() as ending:
                report = run_night(
                    config, Log(stream), ending, day=day, now=now, planner=planner,
                    force=self.clock_jumped,
                )  # fmt: skip
        except EndedError as ended:
            return ended.exit_code
        except DispatchError as error:
            return error.exit_code
        except BaseException:
            return UNFORESEEN
        return report.exit_code

    def tail(self, lines: int = 3) -> str:
        """Return the end of the log."""
        with suppress(OSError):
            text = self.log.read_text("utf-8", "replace").strip().splitlines()
            return " | ".join(line[:400] for line in text[-lines:])
        return ""

    def is_sound(self) -> None:
        """Hold what must be true after any night, whatever was done to it."""
        hold(without_clock(self.out / DAY.isoformat()) == self.first, "yesterday's folder changed")
        for name in shelf.days_of(self.out):
            day, problems = read_day(self.out / name.isoformat())
            for centre, plan in day.plans.items():
                hold(check(problems[centre], plan) == [], f"{name}: a plan of {centre} is broken")
        named = shelf.latest_day(self.out)
        hold(named in (DAY, NEXT), f"latest names {named}")
        latest = self.out / "latest"
        # Where somebody put a folder of that name, a page in it leads to the day.
        page = latest / "index.html"
        leads = not latest.is_symlink() and f"../{named}/index.html" in page.read_text("utf-8")
        hold(leads or (latest / "plan.json").exists(), "latest leads nowhere")
        hold(not is_held(self.out), "the lock is held")

    def recovers(self) -> None:
        """Hold that the next night comes to its end, and every ticket is planned once."""
        code = self.start(NEXT).wait()
        hold(code == 0, f"the next night ended with {code}: {self.tail()}")
        self.is_sound()
        day, _ = read_day(self.out / NEXT.isoformat())
        with Store.open(str(self.folder / "dispatch.db"), create=False) as store:
            states = {kept.ticket.id: kept.state for kept in store.backlog(date(2026, 12, 31))}
        lost = sorted(set(LATER) - set(states))
        hold(not lost, f"tickets are lost: {lost}")
        rounds = [s.visit for p in day.plans.values() for r in p.rounds for s in r.stops]
        hold(len(rounds) == len(set(rounds)), "a ticket is on two rounds")
