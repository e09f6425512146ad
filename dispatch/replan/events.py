"""What happened since the plan was made, as the file of events says. Times: seconds since midnight.

Nothing here guesses: what no event tells is taken to have gone as planned (`past`).
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - dataclasses' fields
from dataclasses import dataclass, field

from dispatch.fieldwork import Ticket  # noqa: TC001 - likewise


@dataclass(frozen=True, slots=True)
class Done:
    """
    A visit that is over, or has begun.

    Parameters
    ----------
    start_s, end_s
        When its service began and ended; None: not told.
    technician
        Who did it; None: who was to.
    """

    start_s: int | None = None
    end_s: int | None = None
    technician: str | None = None


@dataclass(frozen=True, slots=True)
class Longer:
    """
    A visit that takes longer, or shorter, than planned.

    Parameters
    ----------
    end_s
        When it will end, if it is under way; None: see `duration_s`.
    duration_s
        How long it takes in all; None: see `end_s`.
    start_s
        When it began; None: not told.
    """

    end_s: int | None = None
    duration_s: int | None = None
    start_s: int | None = None


@dataclass(frozen=True)
class Events:
    """
    The events of one centre.

    Parameters
    ----------
    new
        Visits that were not there.
    cancelled
        Visits that are off.
    absent
        Technicians who leave for the day, and when.
    arriving
        Technicians who have not been there yet, and from when they are.
    late
        Technicians who are held up where they are, and until when.
    longer, done
        By visit.
    """

    new: tuple[Ticket, ...] = ()
    cancelled: frozenset[str] = frozenset()
    absent: Mapping[str, int] = field(default_factory=dict)
    arriving: Mapping[str, int] = field(default_factory=dict)
    late: Mapping[str, int] = field(default_factory=dict)
    longer: Mapping[str, Longer] = field(default_factory=dict)
    done: Mapping[str, Done] = field(default_factory=dict)

    def begun_s(self, visit: str) -> int | None:
        """Return when a visit's service began, if that was told."""
        for told in (self.done.get(visit), self.longer.get(visit)):
            if told is not None and told.start_s is not None:
                return told.start_s
        return None

    def reported(self, visit: str) -> bool:
        """Return whether somebody has told that the visit's service began."""
        return visit in self.done or self.begun_s(visit) is not None

    def end_s(self, visit: str, start_s: int, duration_s: int) -> int:
        """Return when a visit that began at a time ends, with the duration it was planned with."""
        done, longer = self.done.get(visit), self.longer.get(visit)
        if done is not None and done.end_s is not None:
            return done.end_s
        if longer is not None and longer.end_s is not None:
            return max(longer.end_s, start_s)
        if longer is not None and longer.duration_s is not None:
            return start_s + longer.duration_s
        return start_s + duration_s
