"""The peak memory of this process."""

from __future__ import annotations

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
