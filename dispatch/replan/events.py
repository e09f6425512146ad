"""Events: what happened since the plan was made. Times are seconds since midnight.

What no event reports is taken to have gone as planned (`past`).
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
        When its service began and ended; None: not reported.
    technician
        Who did it; None: the technician of the plan.
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
        Its whole duration (seconds); None: see `end_s`.
    start_s
        When it began; None: not reported.
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
        Tickets of new visits.
    cancelled
        Ids of cancelled visits.
    absent
        When technicians leave for the day, by id.
    arriving
        When technicians who were absent until now arrive, by id.
    late
        Until when technicians are held up where they are, by id.
    longer, done
        By id of the visit.
    """

    new: tuple[Ticket, ...] = ()
    cancelled: frozenset[str] = frozenset()
    absent: Mapping[str, int] = field(default_factory=dict)
    arriving: Mapping[str, int] = field(default_factory=dict)
    late: Mapping[str, int] = field(default_factory=dict)
    longer: Mapping[str, Longer] = field(default_factory=dict)
    done: Mapping[str, Done] = field(default_factory=dict)

    def begun_s(self, visit: str) -> int | None:
        """Return when a visit's service began; None: not reported."""
        for event in (self.done.get(visit), self.longer.get(visit)):
            if event is not None and event.start_s is not None:
                return event.start_s
        return None

    def reported(self, visit: str) -> bool:
        """Return whether an event says that the visit's service began."""
        return visit in self.done or self.begun_s(visit) is not None

    def end_s(self, visit: str, start_s: int, duration_s: int) -> int:
        """Return the end of a visit that began at a time; `duration_s` is the planned one."""
        done, longer = self.done.get(visit), self.longer.get(visit)
        if done is not None and done.end_s is not None:
            return done.end_s
        if longer is not None and longer.end_s is not None:
            return max(longer.end_s, start_s)
        if longer is not None and longer.duration_s is not None:
            return start_s + longer.duration_s
        return start_s + duration_s
