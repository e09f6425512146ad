"""Who may drive a way of OpenStreetMap, in which direction: its tags, judged for a vehicle.

The most specific key that is there decides: `motorcar`, `motor_vehicle`, `vehicle`, `access`; of
one key the value of the direction (`:forward`, `:backward`) before that of both. Values are an
allow-list: what is not in `LEVELS` is closed. A list such as `agricultural;delivery` names all who
may, so that its most open value counts. Conditional tags: see `conditions`.

Level 0 is open to all, level 1 to those who begin or end a trip there (`destination`), level 2 the
same on private ground.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from dispatch.networks.conditions import clauses, working_minutes
from dispatch.networks.dimensions import fits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.streets.vehicle import VehicleSettings

OPEN, DESTINATION, PRIVATE, CLOSED = range(4)
# Each value that lets a van in, with its level; every other value closes.
LEVELS: Final[dict[str, int]] = {
    "yes": OPEN, "designated": OPEN, "permissive": OPEN, "official": OPEN, "public": OPEN,
    "destination": DESTINATION, "customers": DESTINATION, "delivery": DESTINATION,
    "private": PRIVATE,
}  # fmt: skip
# From the most specific key to the least.
KEYS: Final = ("motorcar", "motor_vehicle", "vehicle", "access")
FORWARD, BACKWARD = "forward", "backward"
_SMOOTH = (
    "excellent", "good", "intermediate", "bad", "very_bad", "horrible", "very_horrible",
    "impassable",
)  # fmt: skip
_YES, _NO, _REVERSE = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0"}), frozenset({
    "-1", "reverse"})  # fmt: skip
# One lane that both directions use in turn.
_ALTERNATING = frozenset({"alternating"})
ROUNDABOUTS = frozenset({"roundabout", "circular"})


class Judgement(NamedTuple):
    """
    Who may drive a way in one direction.

    Parameters
    ----------
    level
        OPEN, DESTINATION, PRIVATE or CLOSED.
    reason
        Why it is closed; empty when it is not.
    told
        What the tags say at some hours only, or in words that are not plain; people are told of it.
    """

    level: int
    reason: str = ""
    told: str = ""


ACCESS, SIZE, SURFACE, ONE_WAY, DIRECTION = (
    "closed by its access tags",
    "too low, narrow, weak or short for the vehicle",
    "too rough for the vehicle",
    "against a one-way street",
    "of a direction that changes or is not plain",
)
PART_OF_DAY = "closed or changed at some hours: only who ends a trip there drives it"
NOT_PLAIN = "a condition that is not plain, left out"


def plain(tags: Mapping[str, str]) -> dict[str, str]:
    """Return tags with keys and values in lower case, without blanks around them, none empty."""
    found = {key.strip().casefold(): value.strip().casefold() for key, value in tags.items()}
    return {key: value for key, value in found.items() if value}


def level_of(value: str) -> int:
    """Return the level of an access value; of a list, the most open one."""
    return min(LEVELS.get(part.strip(), CLOSED) for part in value.split(";") or [value])


def judge(tags: Mapping[str, str], vehicle: VehicleSettings, side: str) -> Judgement:
    """
    Return who may drive a way in one direction.

    Parameters
    ----------
    tags
        The way's tags, as `plain` returns them.
    vehicle
        The vehicle of the service file.
    side
        "forward": along the way's nodes; "backward": against them.
    """
    ahead, told = _one_way(tags, vehicle)
    if not ahead[side == BACKWARD]:
        return Judgement(CLOSED, DIRECTION if ahead == (False, False) else ONE_WAY, told)
    allowed = access(tags, vehicle, side)
    told = told or allowed.told
    if allowed.level == CLOSED:
        return Judgement(CLOSED, ACCESS, told)
    level = allowed.level
    if not fits(tags, vehicle, side):
        if not _errand_exempt(tags, vehicle):
            return Judgement(CLOSED, SIZE, told)
        level = max(level, DESTINATION)
    smooth = tags.get("smoothness")
    worst = _SMOOTH.index(vehicle.worst_smoothness)
    if smooth in _SMOOTH and _SMOOTH.index(smooth) > worst:
        return Judgement(CLOSED, SURFACE, told)
    return Judgement(level, "", told)


def access(
    tags: Mapping[str, str], vehicle: VehicleSettings, side: str, default: int = OPEN
) -> Judgement:
    """Return what the access keys of a way or a node say; `default` where none says anything."""
    for key in KEYS:
        base = tags.get(f"{key}:{side}", tags.get(key))
        conditional = [
            text
            for name in (f"{key}:conditional", f"{key}:{side}:conditional")
            if (text := tags.get(name)) is not None
        ]
        if base is None and not conditional:
            continue
        # What a conditional tag leaves open at other hours is said by the less specific keys.
        rest = default if base is None else level_of(base)
        if base is None:
            rest = access(_without(tags, key), vehicle, side, default).level
        return _by_hour(rest, ";".join(conditional), vehicle)
    return Judgement(default)


def _without(tags: Mapping[str, str], key: str) -> dict[str, str]:
    return {name: value for name, value in tags.items() if name.split(":")[0] != key}


def _by_hour(base: int, conditional: str, vehicle: VehicleSettings) -> Judgement:
    """Return the level over the hours of rounds; closed in a part of them: only for errands."""
    if not conditional:
        return Judgement(base)
    working = working_minutes(vehicle)
    levels = np.full(len(working), base)
    told, found = "", clauses(conditional, vehicle)
    for clause in found:
        if clause.holds is None:
            told = NOT_PLAIN
        elif clause.errand:
            # "yes @ (delivery)": who ends a trip there may, at these hours.
            open_now = clause.holds & (level_of(clause.value) < levels)
            levels[open_now] = np.minimum(levels[open_now], DESTINATION)
        else:
            levels[clause.holds] = level_of(clause.value)
    if not found:
        told = NOT_PLAIN
    levels = levels[working]
    if (levels == levels[0]).all():
        return Judgement(int(levels[0]), "", told)
    # Part of the day: nobody's round leads through; who ends a trip there minds the hours.
    usable = levels[levels < CLOSED]
    return Judgement(max(DESTINATION, int(usable.max())), "", PART_OF_DAY)


def _errand_exempt(tags: Mapping[str, str], vehicle: VehicleSettings) -> bool:
    """Return whether those who end a trip there are exempt from a limit of weight or size."""
    texts = [value for key, value in tags.items()
             if key.startswith("max") and key.endswith(":conditional")]  # fmt: skip
    return any(
        clause.errand and clause.value in {"none", "no"}
        for text in texts
        for clause in clauses(text, vehicle)
    )


def _one_way(tags: Mapping[str, str], vehicle: VehicleSettings) -> tuple[tuple[bool, bool], str]:
    """Return whether a way may be driven along and against its nodes, and what is told of it."""
    stated, told = None, ""
    for key in ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway"):
        if key in tags:
            stated = tags[key]
            break
    found = _directions(stated, tags)
    text = tags.get("oneway:conditional", tags.get("oneway:motor_vehicle:conditional"))
    if text is None:
        return found, told
    working = working_minutes(vehicle)
    ways = np.tile(np.array(found), (len(working), 1))
    for clause in clauses(text, vehicle):
        if clause.holds is None:
            told = NOT_PLAIN
        else:
            ways[clause.holds] = _directions(clause.value, tags)
    ways = ways[working]
    if (ways != ways[0]).any():
        told = PART_OF_DAY
    # A direction that is closed at some hours of rounds is not driven at all.
    return (bool(ways[:, 0].all()), bool(ways[:, 1].all())), told


def _directions(stated: str | None, tags: Mapping[str, str]) -> tuple[bool, bool]:
    if stated is None:
        one_way = tags.get("junction") in ROUNDABOUTS or tags.get("highway") == "motorway"
        return True, not one_way
    values = {part.strip() for part in stated.split(";")}
    for meant, ways in (
        (_YES, (True, False)), (_REVERSE, (False, True)), (_NO | _ALTERNATING, (True, True)),
    ):  # fmt: skip
        if values <= meant:
            return ways
    # Lanes whose direction changes during the day, and words that nobody knows.
    return False, False
