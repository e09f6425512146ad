"""How long a night and its parts may take: the section `[limits]` of dispatch.toml, and its use.

The time of the night is shared out: a part for the source of tickets, a part at the end for pages,
publication and store, and what is left for the centres. At the end of it what is ready is
published, and the rest is told.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from dispatch.service.sections import Positive, Share, TomlSection
from dispatch.solve.threads import cores
from dispatch.supervision.crew import Bounds

if TYPE_CHECKING:
    from collections.abc import Callable

_Seconds = Annotated[float, Field(gt=0, le=604_800, allow_inf_nan=False)]


class LimitsSection(TomlSection):
    """Times and memory; `deploy/dispatch.toml` has each figure with its reason."""

    night_s: _Seconds = 7200.0
    """Of the whole night (seconds)."""
    source_share: Share = 0.25
    """Part of it for reading the tickets; then the source counts as away."""
    last_share: Share = 0.15
    """Part of it that is kept for pages, publication and store: centres must be planned before."""
    store_s: _Seconds = 60.0
    """Of one reading or writing of the store."""
    grace_s: _Seconds = 30.0
    """How long a centre may go on once it was asked for the plan that it has."""
    stalled_s: _Seconds = 30.0
    """How long a process that plans may use no processor time at all."""
    memory_mb: Positive | None = None
    """Memory of all processes that plan; left out: three quarters of the machine's."""

    @model_validator(mode="after")
    def _leaves_time_for_centres(self) -> Self:
        if self.source_share + self.last_share >= 1:
            msg = "source_share and last_share leave no time for the centres; lower one"
            raise ValueError(msg)
        return self


class Budget:
    """
    The time of a night, from now on.

    Parameters
    ----------
    limits
        How it is shared out.
    clock
        Seconds, never set back; tests give their own.
    """

    def __init__(
        self, limits: LimitsSection | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits = limits or LimitsSection()
        self._clock = clock
        self._began = clock()

    @property
    def left_s(self) -> float:
        """Return the seconds until the end of the night's time; 0 after it."""
        return max(0.0, self._began + self.limits.night_s - self._clock())

    @property
    def source_s(self) -> float:
        """Return the seconds that reading the source may take."""
        return self.limits.night_s * self.limits.source_share

    def of_centres(self, centres: int, workers: int | None) -> Bounds:
        """
        Return what a centre and its process may take.

        Half of the centres' time is for the first attempts: a lost one is made again.

        Parameters
        ----------
        centres
            How many are planned.
        workers
            How many side by side; None: one a processor.
        """
        limits = self.limits
        until = self._began + limits.night_s * (1 - limits.last_share)
        left_s = max(0.0, until - self._clock())
        side_by_side = min(1.0, (workers or cores()) / max(1, centres))
        return Bounds(
            job_s=left_s * side_by_side / 2,
            until=until,
            grace_s=min(limits.grace_s, left_s),
            halt_s=0.5,
            stalled_s=limits.stalled_s,
            memory_mb=limits.memory_mb,
        )

    def of_pages(self) -> Bounds:
        """Return what explaining a centre's unassigned visits for its pages may take."""
        limits, left_s = self.limits, self.left_s
        return Bounds(
            # Publication and store have the other half.
            until=self._clock() + left_s / 2,
            grace_s=min(limits.grace_s, left_s / 4),
            stalled_s=limits.stalled_s,
            memory_mb=limits.memory_mb,
        )
