"""When a search stops though its counted work is not done: a time limit, or a net.

A **time limit** is asked for; it goes by the wall clock, and what is found by then depends on the
machine. Without one no clock decides. A **net** ends what would never end: it goes by the processor
time of the process, which stands still while the process does, and lies far beyond the counted
work. So a machine that is loaded, or a process that is stopped for a while, changes no plan.
"""

from __future__ import annotations

import math
import time
from typing import Self


class Deadline:
    """
    The end of a search that begins now.

    Parameters
    ----------
    limit_s
        Seconds of the wall clock from now; None: no time limit was asked for.
    net_s
        Seconds of processor time of this process from now; None: no net.
    """

    def __init__(self, limit_s: float | None = None, *, net_s: float | None = None) -> None:
        self._end = math.inf if limit_s is None else time.monotonic() + limit_s
        self._net = math.inf if net_s is None else time.process_time() + net_s

    @property
    def is_asked(self) -> bool:
        """Whether there is a time limit, and not a net alone."""
        return self._end < math.inf

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        if time.monotonic() >= self._end:
            return True
        return self._net < math.inf and time.process_time() >= self._net

    @property
    def left_s(self) -> float:
        """Return the seconds left of the time limit, at least 0; infinite where there is none."""
        return max(0.0, self._end - time.monotonic())

    def earlier(self, share: float) -> Self:
        """Return a deadline that leaves this share of the time that is left to what comes after."""
        other = type(self)()
        other._end = self._end if math.isinf(self._end) else self._end - share * self.left_s
        other._net = self._net
        return other


def has_passed(deadline: Deadline | None) -> bool:
    """Return whether there is a deadline, and it has passed."""
    return deadline is not None and deadline.passed
