"""The small day with chances made by hand, to be shown on pages and sheets."""

from __future__ import annotations

from dataclasses import replace

from dispatch.model.chances import CentreChances, Range, RoundChances, StopChances
from tests.support.pages_fixture import small_day


def span(start_s, end_s):
    """Return a range."""
    return Range(from_s=start_s, until_s=end_s)


def stop(name, start_s, kept):
    """Return what is told of a stop: five minutes before its start to half an hour after."""
    about = span(start_s - 300, start_s + 1800)
    return StopChances(visit=name, kept=kept, arrival_10_90=about, start_10_90=about, promise=about)


def sure_day(text=None):
    """Return the small day with chances: V2 is weak, and T1 late on one day in five."""
    day, territory = small_day(text)
    chances = {"V1": 0.99, "V2": 0.731, "V3": None, "V4": 1.0, "V5": 0.9, "V6": 0.95}
    told = []
    for round_, in_time, weakest in zip(day.plan.rounds, (0.8, 1.0), (1, 1), strict=True):
        stops = tuple(
            stop(each.visit, each.start_s, chances[each.visit[-2:]]) for each in round_.stops
        )
        told.append(
            RoundChances(
                technician=round_.technician,
                stops=stops,
                return_10_90=span(round_.return_s - 600, round_.return_s + 600),
                return_promise=span(round_.return_s - 600, round_.return_s + 1200),
                in_time=in_time,
                weakest=stops[weakest].visit,
            )
        )
    return replace(day, chances=CentreChances(mark_below=0.9, rounds=tuple(told))), territory
