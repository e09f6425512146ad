"""Conditional tags of OpenStreetMap: what they say over the hours in which rounds are driven.

`motor_vehicle:conditional = no @ (Mo-Fr 08:15-08:45); delivery @ (06:00-08:00)` is plain: weekdays
and hours, or a limit of the vehicle. What holds is found for every minute of the working week. Any
other condition (school holidays, wet, residents) is not plain: its clause is left out, and told.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.streets.vehicle import VehicleSettings

_DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_DAY_MIN, _WEEK_MIN = 1440, 7 * 1440
_MOST_CHARS = 1000
_CLAUSE = re.compile(r"([^@;]+)@\s*(\([^()]*\)|[^;()]*)")
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_DAY_RANGE = re.compile(r"(mo|tu|we|th|fr|sa|su)(?:\s*-\s*(mo|tu|we|th|fr|sa|su))?")
_LIMIT = re.compile(r"(weight|maxweight|weightrating|height|width|length)\s*(<=|>=|<|>|=)\s*"
                    r"(\d+(?:\.\d+)?)(?:\s*(?:t|m|st))?")  # fmt: skip
# Vehicles that a van is not: what is said of them says nothing to us.
_OTHERS = frozenset(
    {"hgv", "bus", "psv", "coach", "trailer", "caravan", "motorcycle", "moped", "bicycle", "taxi",
     "hov", "emergency", "tourist_bus", "agricultural", "horse", "axles>2"}
)  # fmt: skip
# Who ends a trip there: a person's errand, not a time.
ERRANDS = frozenset({"destination", "delivery", "customers"})
# On public holidays nobody drives a round, and no clause about them is needed.
_HOLIDAYS = re.compile(r"(ph|sh)\s*(off|closed)?")


class Clause(NamedTuple):
    """One clause: its value, and in which minutes of the week it holds; None: not plain."""

    value: str
    holds: NDArray[np.bool_] | None
    errand: bool = False
    """Whether it holds for those who end a trip there."""


def clauses(text: str, vehicle: VehicleSettings) -> list[Clause]:
    """
    Return the clauses of a conditional tag, in their order: of those that hold the last one counts.

    Parameters
    ----------
    text
        The tag's value.
    vehicle
        The vehicle, for limits of weight, height, width and length.

    Returns
    -------
    clauses
        Empty when the text is no conditional value at all.
    """
    found = []
    if len(text) > _MOST_CHARS:
        # OpenStreetMap has 255 letters at most: this text is none of its own.
        return []
    for value, condition in _CLAUSE.findall(text.casefold()):
        holds: NDArray[np.bool_] | None = np.ones(_WEEK_MIN, dtype=np.bool_)
        errand = False
        for part in re.split(r"\band\b", condition.strip().strip("()")):
            word = part.strip()
            if word in ERRANDS:
                errand = True
                continue
            one = _holds(word, vehicle)
            holds = None if one is None or holds is None else holds & one
        found.append(Clause(value.strip(), holds, errand))
    return found


def working_minutes(vehicle: VehicleSettings) -> NDArray[np.bool_]:
    """Return which minutes of the week, from Monday 00:00 on, are those of rounds."""
    start, end = (second // 60 for second in vehicle.hours)
    minutes = np.zeros((7, _DAY_MIN), dtype=np.bool_)
    for day in vehicle.weekdays:
        minutes[day - 1, start:end] = True
    return minutes.reshape(-1)


def _holds(condition: str, vehicle: VehicleSettings) -> NDArray[np.bool_] | None:
    """Return in which minutes of the week a condition holds; None when it is not plain."""
    if condition in _OTHERS:
        return np.zeros(_WEEK_MIN, dtype=np.bool_)
    limit = _LIMIT.fullmatch(condition)
    if limit is not None:
        return np.full(_WEEK_MIN, _compares(limit, vehicle))
    if condition == "24/7":
        return np.ones(_WEEK_MIN, dtype=np.bool_)
    found = np.zeros(_WEEK_MIN, dtype=np.bool_)
    text = re.sub(r"\s*([-,;])\s*", r"\1", condition.replace("–", "-"))
    # "Mo-Fr 08:00-09:00, Sa 10:00-12:00" has two rules; "08:00-09:00,16:00-17:00" is one.
    for rule in re.split(r";|(?<=\d),(?=mo|tu|we|th|fr|sa|su|ph|sh)", text):
        one = _rule(rule.strip())
        if one is None:
            return None
        found |= one
    return found


def _rule(rule: str) -> NDArray[np.bool_] | None:
    """Return the minutes of one rule: weekdays, hours, or both; None when it is not plain."""
    if _HOLIDAYS.fullmatch(rule):
        return np.zeros(_WEEK_MIN, dtype=np.bool_)
    days, _, hours = rule.partition(" ")
    if not _DAY_RANGE.match(days):
        days, hours = "", rule
    minutes = np.zeros((8, _DAY_MIN), dtype=np.bool_)
    on = _weekdays(days) if days else list(range(7))
    spans = [part.strip() for part in hours.split(",") if part.strip()]
    matched = [_HOURS.fullmatch(span) for span in spans]
    if on is None or None in matched or not (days or spans):
        return None
    for day in on:
        if not spans:
            minutes[day] = True
        for match in matched:
            assert match is not None
            a, b, c, d = (int(number) for number in match.groups())
            start, end = 60 * a + b, 60 * c + d
            if start > _DAY_MIN or end > 2 * _DAY_MIN:
                return None
            if end <= start:
                end += _DAY_MIN
            flat = minutes.reshape(-1)
            flat[day * _DAY_MIN + start : day * _DAY_MIN + end] = True
    # What runs past Sunday's midnight is Monday's.
    minutes[0] |= minutes[7]
    return minutes[:7].reshape(-1)


def _weekdays(text: str) -> list[int] | None:
    found = []
    for part in text.split(","):
        match = _DAY_RANGE.fullmatch(part)
        if match is None:
            if _HOLIDAYS.fullmatch(part):
                continue
            return None
        first = _DAYS.index(match[1])
        last = _DAYS.index(match[2]) if match[2] else first
        found += [day % 7 for day in range(first, last + 1 + (7 if last < first else 0))]
    return found


def _compares(limit: re.Match[str], vehicle: VehicleSettings) -> bool:
    """Return whether the vehicle is as a condition such as `weight>3.5` has it."""
    what = limit[1].removeprefix("max").removesuffix("rating")
    own = {
        "weight": vehicle.weight_t, "height": vehicle.height_m,
        "width": vehicle.width_m, "length": vehicle.length_m,
    }[what]  # fmt: skip
    said = float(limit[3])
    return {
        "<": own < said, ">": own > said, "<=": own <= said, ">=": own >= said, "=": own == said,
    }[limit[2]]  # fmt: skip
