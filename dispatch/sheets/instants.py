"""Times of a plan as real instants in Europe/Paris: the only place where a time zone enters.

A plan counts seconds since local midnight as the clock on the wall shows them. On the
days when that clock is changed, how long something takes is counted in UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Paris")
DAY_S = 86_400


def instant(day: date, seconds: int) -> datetime:
    """
    Return when the clock on the wall shows a time, in Europe/Paris.

    Parameters
    ----------
    day
        The planned day.
    seconds
        Since its midnight; from 86,400 on, the days after.

    Returns
    -------
    instant
        An hour that the clock shows twice is its first; one that it skips is as much later.
    """
    days, rest = divmod(seconds, DAY_S)
    wall = datetime.combine(day + timedelta(days=days), time(), tzinfo=ZONE) + timedelta(
        seconds=rest
    )
    # Through UTC, so that an hour that the clock skips becomes one that it shows.
    return wall.replace(fold=0).astimezone(UTC).astimezone(ZONE)


def span(day: date, start_s: int, end_s: int) -> tuple[datetime, datetime]:
    """
    Return when something starts and ends: as long as it takes, whatever the clock does.

    Parameters
    ----------
    day
        The planned day.
    start_s, end_s
        Seconds since its midnight.
    """
    start = instant(day, start_s)
    end = start.astimezone(UTC) + timedelta(seconds=end_s - start_s)
    return start, end.astimezone(ZONE)
