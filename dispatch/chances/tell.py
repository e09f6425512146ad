"""From a plan and its uncertainty to what is told of it: ranges, chances, weakest stops."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.chances.days import RoundArrays, go_through_days
from dispatch.chances.draws import DAYS, factors_of, seed_of
from dispatch.model.chances import (
    TIMES_OUT_OF_TEN,
    CentreChances,
    Range,
    RoundChances,
    StopChances,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.fieldwork import TimeWindow, Visit
    from dispatch.model.day import CentreDay
    from dispatch.model.plan import Round
    from dispatch.model.problem import DayProblem
    from dispatch.service.uncertainty_settings import Uncertainty

    Ints = NDArray[np.int64]

# What is promised begins and ends at full five minutes.
STEP_S = 300
# Each of these drawn days, of 1,000 in order, has one in ten before it, or after it.
FIRST_TENTH, LAST_TENTH = DAYS // 10 - 1, DAYS - DAYS // 10 - 1


class DrawnDays(NamedTuple):
    """
    A round on each drawn day (seconds since midnight).

    Parameters
    ----------
    arrivals, starts, ends
        Of each stop that has not begun, int64, shape (days, stops).
    returns
        int64, shape (days,).
    """

    arrivals: Ints
    starts: Ints
    ends: Ints
    returns: Ints


def chances_of(day: CentreDay, uncertainty: Uncertainty) -> CentreChances:
    """
    Return how sure the hours of a centre's plan are.

    Parameters
    ----------
    day
        The planned day. Where it is planned again, visits that have begun are facts.
    uncertainty
        How much drives and services vary.
    """
    rounds = (
        round_chances(day.problem, round_, uncertainty, begun=_begun(day, round_))
        for round_ in day.plan.rounds
        if round_.stops
    )
    return CentreChances(mark_below=uncertainty.mark_below, rounds=tuple(rounds))


def round_chances(
    problem: DayProblem, round_: Round, uncertainty: Uncertainty, *, begun: int = 0
) -> RoundChances:
    """
    Return how sure the hours of a round are.

    Parameters
    ----------
    problem, uncertainty
        As in `drawn_days`.
    round_
        A round that keeps the problem's rules.
    begun
        How many of its first stops have begun: their times are facts.
    """
    days = drawn_days(problem, round_, uncertainty, begun=begun)
    visits = [problem.visit[stop.visit] for stop in round_.stops[begun:]]
    stops = [
        _stop_chances(visit, days.arrivals[:, i], days.starts[:, i], days.ends[:, i])
        for i, visit in enumerate(visits)
    ]
    returns = np.sort(days.returns)
    shift_end_s = problem.technician[round_.technician].shift_s.end_s
    return RoundChances(
        technician=round_.technician,
        stops=tuple(stops),
        return_10_90=_middle(returns),
        return_promise=promise_of(returns),
        in_time=float(np.mean(returns <= shift_end_s)),
        weakest=_weakest(visits, stops),
    )


def drawn_days(
    problem: DayProblem, round_: Round, uncertainty: Uncertainty, *, begun: int = 0
) -> DrawnDays:
    """
    Return a round as it goes on each drawn day.

    Parameters
    ----------
    problem
        Travel, visits, shifts.
    round_, begun
        As in `round_chances`.
    uncertainty
        How much drives and services vary.
    """
    visits = [problem.visit[stop.visit] for stop in round_.stops[begun:]]
    levels = sorted(set(uncertainty.by_hour))
    factors = factors_of(
        seed_of(problem.sha256, round_.technician),
        [uncertainty.of_service(visit.skills) for visit in visits],
        len(visits) + 1,
        levels,
        uncertainty.shared_share,
    )
    lengths = np.array([visit.duration_s for visit in visits], dtype=np.int64)
    services = np.ascontiguousarray((lengths * factors.services + (1 << 15)) >> 16)
    arrivals, starts = np.empty_like(services), np.empty_like(services)
    returns = np.empty(DAYS, dtype=np.int64)
    arrays = _arrays(problem, round_, uncertainty, levels, begun)
    go_through_days(arrays, services, factors.drives, arrivals, starts, returns)
    return DrawnDays(arrivals, starts, starts + services, returns)


def promise_of(rising: Ints) -> Range:
    """
    Return the shortest range between full five minutes that holds nine of ten drawn days.

    Parameters
    ----------
    rising
        A moment on each drawn day (seconds since midnight), in rising order.

    Notes
    -----
    No range is shorter: not that from the 5 % to the 95 % day, rounded outwards, either. Of
    several, the earliest.
    """
    needed = len(rising) * TIMES_OUT_OF_TEN // 10
    lows = np.unique(rising[: len(rising) - needed + 1] // STEP_S * STEP_S)
    first = np.searchsorted(rising, lows)
    highs = -(-rising[first + needed - 1] // STEP_S) * STEP_S
    best = int(np.argmin(highs - lows))
    return Range(from_s=int(lows[best]), until_s=int(highs[best]))


def _stop_chances(visit: Visit, arrivals: Ints, starts: Ints, ends: Ints) -> StopChances:
    in_order = np.sort(starts)
    return StopChances(
        visit=visit.id,
        kept=_kept(visit, starts, ends),
        arrival_10_90=_middle(np.sort(arrivals)),
        start_10_90=_middle(in_order),
        promise=promise_of(in_order),
    )


def _kept(visit: Visit, starts: Ints, ends: Ints) -> float | None:
    """Return the share of days on which a visit is served when it may be; None: at any time."""
    kept = np.ones(len(starts), dtype=bool)
    if visit.windows_s:
        kept &= _in_any(visit.windows_s, starts, starts)
    if visit.within_s:
        kept &= _in_any(visit.within_s, starts, ends)
    return float(kept.mean()) if visit.windows_s or visit.within_s else None


def _in_any(spans: tuple[TimeWindow, ...], starts: Ints, ends: Ints) -> NDArray[np.bool_]:
    inside = np.zeros(len(starts), dtype=bool)
    for low, high in spans:
        inside |= (low <= starts) & (ends <= high)
    return inside


def _middle(rising: Ints) -> Range:
    return Range(from_s=int(rising[FIRST_TENTH]), until_s=int(rising[LAST_TENTH]))


def _weakest(visits: list[Visit], stops: list[StopChances]) -> str | None:
    """Return the visit whose window is least sure; of several, that with the least time left."""
    weakness = [
        (stop.kept, _last_start_s(visit) - stop.start_10_90.until_s, visit.id)
        for visit, stop in zip(visits, stops, strict=True)
        if stop.kept is not None
    ]
    return min(weakness)[2] if weakness else None


def _last_start_s(visit: Visit) -> int:
    spans = visit.starts_s()
    return spans[-1].end_s if spans else 0


def _begun(day: CentreDay, round_: Round) -> int:
    """
    Return how many of a round's first stops have begun.

    A replan binds what has begun to one instant, other than the windows that were asked for.
    """
    begun = 0
    for stop in round_.stops:
        windows = day.problem.visit[stop.visit].windows_s
        bound = len(windows) > 0 and all(start == end for start, end in windows)
        if not bound or windows == day.tickets[stop.visit].windows_s:
            break
        begun += 1
    return begun


def _arrays(
    problem: DayProblem, round_: Round, uncertainty: Uncertainty, levels: list[float], begun: int
) -> RoundArrays:
    technician, rows = problem.technician[round_.technician], problem.place_index
    places = [technician.start, *(stop.place for stop in round_.stops), technician.end]
    legs = [(rows[origin], rows[place]) for origin, place in pairwise(places)][begun:]
    origins, destinations = np.array(legs, dtype=np.int64).T
    windows = [problem.visit[stop.visit].starts_s() or () for stop in round_.stops[begun:]]
    flat = np.array([span for spans in windows for span in spans], dtype=np.int64).reshape(-1, 2)
    due, taken = technician.break_, round_.break_
    break_drive = -1
    if taken is not None:
        # The break comes on the drive to the first stop that starts after it.
        break_drive = sum(stop.start_s <= taken.start_s for stop in round_.stops) - begun
    return RoundArrays(
        slot_starts=np.array(problem.travel.slot_starts_s, dtype=np.int64),
        travel=np.ascontiguousarray(problem.travel.seconds[:, origins, destinations]),
        level_of_hour=np.array([levels.index(v) for v in uncertainty.by_hour], dtype=np.int64),
        window_first=np.cumsum([0, *map(len, windows)], dtype=np.int64),
        window_low=np.ascontiguousarray(flat[:, 0]),
        window_high=np.ascontiguousarray(flat[:, 1]),
        departure=round_.stops[begun - 1].end_s if begun else round_.departure_s,
        break_drive=break_drive,
        break_start=0 if taken is None else taken.start_s,
        break_earliest=0 if due is None else due.earliest_s,
        break_length=0 if taken is None else taken.end_s - taken.start_s,
    )
