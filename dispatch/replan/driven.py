"""Travel times that agree with what was driven: quicker legs, and drives that are broken off.

A leg that was driven quicker than the roads say takes the time that it took. A technician who
breaks off a drive goes on from the place left, in a time that holds the detour: back and on, or by
the place ahead, whichever is shorter. Nobody else leaves that place, so that its row can say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.checker.driving import arrival, slot_at
from dispatch.streets.router import Travel

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from dispatch.model.problem import DayProblem
    from dispatch.replan.standing import Standing, Turned


def travel_as_driven(
    problem: DayProblem, travel: Travel, standing: Mapping[str, Standing], at_s: int
) -> Travel:
    """
    Return travel times that agree with what was driven until the moment.

    Parameters
    ----------
    problem
        The day as it was planned.
    travel
        Travel between its places, and those of new visits.
    standing
        Where everybody is.
    at_s
        The moment (seconds since midnight).
    """
    seconds = travel.seconds.copy()
    metres = None if travel.metres is None else travel.metres.copy()
    row = {place: index for index, place in enumerate(travel.places)}
    for s in standing.values():
        for stay, following in zip(s.stays, s.stays[1:], strict=False):
            if not following.begun:
                continue
            origin, place = (row[problem.visit[x.visit].place] for x in (stay, following))
            gap, pause = following.start_s - stay.end_s, None
            if s.pause is not None and stay.end_s <= s.pause[0] < following.start_s:
                pause = s.pause
                gap -= pause[1] - pause[0]
            if arrival(travel, origin, place, stay.end_s, pause) > following.start_s:
                seconds[:, origin, place] = max(0, gap)
        if s.turned is not None and s.turned.origin is not None:
            origin, toward = row[s.turned.origin], row[s.turned.toward]
            _turn(travel, seconds, metres, origin, toward, s.turned, at_s)
    return Travel(travel.places, seconds, metres, travel.slot_starts_s)


def _turn(
    travel: Travel,
    seconds: NDArray[np.int64],
    metres: NDArray[np.int64] | None,
    origin: int,
    toward: int,
    turned: Turned,
    at_s: int,
) -> None:
    """
    Write the ways on from a drive that is broken off.

    Parameters
    ----------
    travel
        Travel before.
    seconds, metres
        Travel after; the row of `origin` is written.
    origin, toward
        The place left and the place driven to (rows of the matrices).
    turned
        The drive.
    at_s
        The moment (seconds since midnight).
    """
    k, driven_s = slot_at(travel, at_s), at_s - turned.leave_s
    whole = int(travel.seconds[k, origin, toward])
    arrived = driven_s >= whole
    on_s = max(driven_s, whole)
    for other in range(len(travel.places)):
        if other == origin:
            continue
        on = on_s + travel.seconds[:, toward, other]
        back = 2 * driven_s + travel.seconds[:, origin, other]
        by_back = not arrived and int(back[k]) < int(on[k])
        seconds[:, origin, other] = turned.wait_s + (back if by_back else on)
        if metres is not None and travel.metres is not None:
            there = int(travel.metres[origin, toward])
            part = 2 * there * driven_s // max(1, whole)
            metres[origin, other] = (
                part + travel.metres[origin, other]
                if by_back
                else there + travel.metres[toward, other]
            )
