"""The memory of this process: its peak, and what is in use of it."""

from __future__ import annotations

import ctypes
import re
import resource
from pathlib import Path


def memory() -> float:
    """Return the peak memory of this process so far (MB)."""
    status = Path("/proc/self/status")
    if status.exists():
        # What `getrusage` tells begins with the memory of the process that started this one.
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8"))
        if found:
            return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class _Mallinfo(ctypes.Structure):
    """What the GNU C library tells of its memory: see mallinfo2(3)."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
            "fordblks", "keepcost",
        )
    ]  # fmt: skip


def in_use() -> float:
    """Return what was asked of the C library and not returned (MB); NaN where it does not tell."""
    try:
        tell = ctypes.CDLL(None).mallinfo2
    except (AttributeError, OSError, TypeError):
        return float("nan")
    tell.restype = _Mallinfo
    found = tell()
    return float(found.uordblks + found.hblkhd) / 1024**2
