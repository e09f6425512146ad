"""The ways of an extract, judged: which a van drives, in which direction and for whom, how fast."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from dispatch.networks.access import (
    ACCESS,
    BACKWARD,
    CLOSED,
    DESTINATION,
    FORWARD,
    NOT_PLAIN,
    ONE_WAY,
    ROUNDABOUTS,
    judge,
)
from dispatch.networks.conditions import clauses, working_minutes
from dispatch.networks.osmdata import BY_PERMISSION, SERVICE, OsmWay, length_m
from dispatch.streets.speeds import speed_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.networks.osmdata import Extract
    from dispatch.streets.settings import RoadSettings

LIMIT_OF_HOURS: Final = "speed limits of some hours of rounds, left out"
SLIP: Final = "speed limits above what the road class can have, not believed"


class DrivenWay(NamedTuple):
    """
    A way that a van drives.

    Parameters
    ----------
    way
        Its nodes, tags, number and name.
    levels
        Who may drive it along its nodes, and against them: see `access`.
    kmh
        Its speed in both directions (km/h).
    common
        What must be equal on both sides of a node that is no junction: road class, bridge, tunnel,
        roundabout.
    """

    way: OsmWay
    levels: tuple[int, int]
    kmh: tuple[float, float]
    common: tuple[str, str, str, bool]


@dataclass
class Account:
    """
    What became of every kilometre that was read, and what people are told of.

    Parameters
    ----------
    left_out_m
        Length (m) left out, by reason.
    told
        Number of ways or signs of which people are told, by what is told.
    """

    left_out_m: dict[str, float] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)

    def leave_out(self, reason: str, metres: float) -> None:
        """Count a length as left out."""
        self.left_out_m[reason] = self.left_out_m.get(reason, 0.0) + metres


def judged_ways(extract: Extract, settings: RoadSettings, account: Account) -> list[DrivenWay]:
    """Return the ways that a van drives; the others are counted in the account."""
    found = []
    for reason, metres in extract.left_out_m.items():
        account.leave_out(reason, metres)
    # Most ways of a town have one of a few thousand sets of tags.
    known: dict[tuple[tuple[str, str], ...], _TagsJudged] = {}
    for way in extract.ways:
        # A node that is named twice in a row is one.
        order = [n for i, n in enumerate(way.nodes) if i == 0 or n != way.nodes[i - 1]]
        if len(order) < 2:
            continue
        key = tuple(sorted(way.tags.items()))
        judged = known.get(key)
        if judged is None:
            judged = known[key] = _judged(way.tags, settings)
        account.told.update(judged.told)
        if judged.reason:
            metres = length_m([extract.positions[node] for node in order])
            account.leave_out(judged.reason, metres)
            continue
        found.append(
            DrivenWay(way._replace(nodes=tuple(order)), judged.levels, judged.kmh, judged.common)
        )
    return found


class _TagsJudged(NamedTuple):
    """What tags say of a way: as in `DrivenWay`; why it is left out, if it is; what is told."""

    levels: tuple[int, int]
    kmh: tuple[float, float]
    common: tuple[str, str, str, bool]
    reason: str
    told: tuple[str, ...]


def _judged(tags: Mapping[str, str], settings: RoadSettings) -> _TagsJudged:
    sides = [judge(tags, settings.vehicle, side) for side in (FORWARD, BACKWARD)]
    told = {side.told for side in sides if side.told}
    reason = ""
    if all(side.level == CLOSED for side in sides):
        reason = next((side.reason for side in sides if side.reason != ONE_WAY), ACCESS)
    tags, by_hour = _with_limit_of_hours(tags, settings)
    told |= by_hour
    limits = [speed_of(tags, side, settings) for side in (FORWARD, BACKWARD)]
    if any(limit.slip for limit in limits) and not reason:
        told.add(SLIP)
    least = DESTINATION if _is_way_in(tags) else 0
    ahead, behind = (max(least, side.level) for side in sides)
    return _TagsJudged(
        (ahead, behind),
        (limits[0].kmh, limits[1].kmh),
        (tags["highway"], tags.get("bridge", ""), tags.get("tunnel", ""),
         tags.get("junction") in ROUNDABOUTS),
        reason,
        tuple(sorted(told)),
    )  # fmt: skip


def _with_limit_of_hours(
    tags: Mapping[str, str], settings: RoadSettings
) -> tuple[Mapping[str, str], set[str]]:
    """Return tags with the speed limit that holds in all hours of rounds, and what is told."""
    text = tags.get("maxspeed:conditional")
    if text is None:
        return tags, set()
    working = working_minutes(settings.vehicle)
    found = dict(tags)
    told: set[str] = set()
    for clause in clauses(text, settings.vehicle):
        if clause.holds is None or clause.errand:
            told.add(NOT_PLAIN)
        elif clause.holds[working].all():
            found["maxspeed"] = clause.value
        elif clause.holds[working].any():
            told.add(LIMIT_OF_HOURS)
    return found, told


def _is_way_in(tags: Mapping[str, str]) -> bool:
    """Return whether a way is no street to drive through: a yard, a car park, a walking street."""
    return tags["highway"] == SERVICE or tags["highway"] in BY_PERMISSION
