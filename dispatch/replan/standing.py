"""Where a technician is at the moment of a replan, and what of the round is settled."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stay:
    """
    A settled visit: it is done, it is under way, or somebody drives to it.

    Parameters
    ----------
    visit
        Its id.
    leave_s, start_s, end_s
        When the technician left the place before, when the service starts, when it ends (seconds
        since midnight).
    begun
        Whether the service has begun; otherwise start and end may still move.
    reported
        Whether an event gives the start; otherwise it follows from the plan.
    """

    visit: str
    leave_s: int
    start_s: int
    end_s: int
    begun: bool = True
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Turned:
    """
    A drive to a place where nothing is left to do.

    Parameters
    ----------
    origin
        The place left; None: the start of the round.
    toward
        The place driven to.
    leave_s
        When the drive began (seconds since midnight).
    wait_s
        How long the technician is still held up where they are (seconds).
    """

    origin: str | None
    toward: str
    leave_s: int
    wait_s: int


@dataclass(frozen=True)
class Standing:
    """
    One technician at the moment of the replan.

    Parameters
    ----------
    technician
        Id.
    departure_s
        When the round began (seconds since midnight); None: it has not.
    stays
        The settled visits, in order.
    pause
        Start and end of the break, if it has begun.
    free
        Visits of the old round that may still go to anybody, in its order.
    closed
        Whether the round takes no more visits.
    turned
        The drive that is broken off; None: there is none.
    """

    technician: str
    departure_s: int | None = None
    stays: tuple[Stay, ...] = ()
    pause: tuple[int, int] | None = None
    free: tuple[str, ...] = ()
    closed: bool = False
    turned: Turned | None = None
