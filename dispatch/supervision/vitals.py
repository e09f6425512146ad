"""What the system tells of a process: how much it has worked, and its memory.

Linux tells it under /proc. Elsewhere nothing is known, and only deadlines hold.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")
MEGABYTE = 1_000_000


class Vitals(NamedTuple):
    """A process: processor time used (ticks of the system), and resident memory (MB)."""

    worked: int
    resident_mb: float


def vitals_of(process: int) -> Vitals | None:
    """Return what the system tells of a process; None: nothing, or it is gone."""
    try:
        # The name in brackets may hold anything; the fields after it are numbers.
        fields = (PROC / str(process) / "stat").read_text("utf-8", "replace").rpartition(")")[2]
        numbers = fields.split()
        # Fields 14, 15 and 24 of proc(5), counted from field 3.
        worked, pages = int(numbers[11]) + int(numbers[12]), int(numbers[21])
        return Vitals(worked, pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE)
    except (OSError, ValueError, IndexError):
        return None


def machine_memory_mb() -> float | None:
    """Return the memory that this process's machine or container has (MB); None: not known."""
    known = [size for size in (_installed_mb(), _allowed_mb()) if size is not None]
    return min(known, default=None)


def _installed_mb() -> float | None:
    try:
        text = (PROC / "meminfo").read_text("utf-8")
        return int(text.partition("MemTotal:")[2].split()[0]) * 1024 / MEGABYTE
    except (OSError, ValueError, IndexError):
        return None


def _allowed_mb() -> float | None:
    """Return the least limit of the control groups (version 2) above this process."""
    try:
        text = (PROC / "self" / "cgroup").read_text("utf-8")
    except OSError:
        return None
    inner = next((line[3:] for line in text.splitlines() if line.startswith("0::")), "/")
    found: list[float] = []
    group = CGROUPS / inner.strip("/")
    for folder in (group, *group.parents):
        try:
            found.append(int((folder / "memory.max").read_text("utf-8")) / MEGABYTE)
        except (OSError, ValueError):  # no such group here, or "max": no limit
            continue
    return min(found, default=None)
