"""The speed limit of a way, as people tag it: numbers, words, zones, and slips of a finger."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from dispatch.streets.settings import OTHER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.streets.settings import RoadSettings

KMH_PER_MPH = 1.609344
# After the limit itself: keys that name its source or its zone, such as "FR:zone30".
_KEYS = ("maxspeed:type", "zone:maxspeed", "source:maxspeed", "zone:traffic")
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|km|mph)?")
# "FR:30", "FR:zone30", "FR:zone:30": a country, and the number of its zone.
_ZONE = re.compile(r"[a-z]{2}:(?:zone:?)?(\d+)")


class Limit(NamedTuple):
    """A speed (km/h), and whether the tag stated more than the road class can be."""

    kmh: float
    slip: bool


def speed_of(tags: Mapping[str, str], side: str, settings: RoadSettings) -> Limit:
    """
    Return the speed of a way in one direction: the tagged limit, or that of its road class.

    A limit above `[roads.most_speed_kmh]` of the class is a slip of a finger: that of the class
    counts.

    Parameters
    ----------
    tags
        The way's tags, as `access.plain` returns them.
    side
        "forward" or "backward".
    settings
        Speeds of words and of road classes.
    """
    own = class_speed(tags.get("highway", OTHER), settings.default_speed_kmh)
    most = class_speed(tags.get("highway", OTHER), settings.most_speed_kmh)
    slip = False
    for key in (f"maxspeed:{side}", "maxspeed", *_KEYS):
        stated = tags.get(key)
        found = None if stated is None else kmh_of(stated, settings.implicit_speed_kmh)
        if found is None:
            continue
        if found <= most:
            return Limit(found, slip)
        slip = True
    return Limit(own, slip)


def class_speed(road_class: str, speeds: Mapping[str, float]) -> float:
    """Return the speed (km/h) of a road class; a slip road has that of its road."""
    return speeds.get(road_class, speeds.get(road_class.removesuffix("_link"), speeds[OTHER]))


def kmh_of(text: str, words: Mapping[str, float]) -> float | None:
    """
    Return the speed (km/h) of a tag's value such as "50", "30mph", "FR:zone30"; None: it says none.

    Parameters
    ----------
    text
        The value; of a list ("50;30") the first counts.
    words
        Speeds of words, such as "FR:urban" or "walk"; case does not matter.
    """
    first = text.split(";")[0].strip().casefold()
    known = {word.casefold(): kmh for word, kmh in words.items()}
    if first in known:
        return known[first]
    match = _NUMBER.fullmatch(first)
    if match is not None:
        kmh = float(match[1]) * (KMH_PER_MPH if match[2] == "mph" else 1)
        return kmh if kmh > 0 and math.isfinite(kmh) else None
    zone = _ZONE.fullmatch(first)
    if zone is not None and float(zone[1]) > 0:
        return float(zone[1])
    # "FR:walk" and "AT:walk" mean "walk".
    return known.get(first.partition(":")[2]) if ":" in first else None
