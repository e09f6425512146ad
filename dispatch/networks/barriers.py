"""Points that no van passes: bollards, locked gates, and nodes that their tags close.

The tags of the node decide first: `motorcar`, `motor_vehicle`, `vehicle`, `access`, then `locked`,
then limits of size. Without them the kind of barrier decides, from a list of what a van passes; a
kind that is not in it closes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dispatch.networks.access import CLOSED, KEYS, OPEN, access
from dispatch.networks.dimensions import fits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.streets.vehicle import VehicleSettings

# What a van passes unless the tags say otherwise. Gates open for those who work there; all others
# (bollard, block, chain, bus_trap, cycle_barrier, planter, stile, ...) stop it.
PASSED: Final = frozenset(
    {
        "gate", "lift_gate", "swing_gate", "sliding_gate", "bump_gate", "hampshire_gate",
        "sally_port", "entrance", "toll_booth", "border_control", "checkpoint", "cattle_grid",
        "height_restrictor", "width_restrictor", "arch", "coupure", "no", "open",
    }
)  # fmt: skip
# A kerb or gutter at the mouth of a street is driven over where it is low.
_KERB: Final = frozenset({"lowered", "flush", "rolled", "no"})
_LOCKED: Final = frozenset({"yes", "true", "1"})
# Ends of a street's point that only the direction of driving could tell apart: both must be open.
_SIDES: Final = ("forward", "backward")
NODE_KEYS: Final = (
    "barrier", *KEYS, *(f"{key}:conditional" for key in KEYS), "maxheight", "maxheight:physical",
    "maxwidth", "maxwidth:physical", "maxlength", "maxweight", "highway",
)  # fmt: skip
"""Keys of the nodes that are read."""


def level_at(tags: Mapping[str, str], vehicle: VehicleSettings) -> int:
    """
    Return who passes a point of a street: a level of `access`.

    Parameters
    ----------
    tags
        The node's tags, as `access.plain` returns them.
    vehicle
        The vehicle of the service file.
    """
    if not all(fits(tags, vehicle, side) for side in _SIDES):
        return CLOSED
    barrier = tags.get("barrier")
    # A padlock shuts out those who may enter too: they have no key, unless they may in any case.
    said = any(name.split(":")[0] in KEYS for name in tags)
    if said:
        level = max(access(tags, vehicle, side).level for side in _SIDES)
        return CLOSED if level != OPEN and tags.get("locked") in _LOCKED else level
    if barrier is None:
        return OPEN
    if tags.get("locked") in _LOCKED:
        return CLOSED
    if barrier == "kerb":
        return OPEN if tags.get("kerb") in _KERB else CLOSED
    return OPEN if barrier in PASSED else CLOSED
