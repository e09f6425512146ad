"""Limits of height, width, length and weight on streets, as people tag them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatch.streets.vehicle import VehicleSettings

# Each key with the unit of a number without one; a sign and a bridge's real height both hold.
LIMITS: Final[dict[str, str]] = {
    "maxheight": "m", "maxheight:physical": "m", "maxwidth": "m", "maxwidth:physical": "m",
    "maxlength": "m", "maxweight": "t", "maxweightrating": "t",
}  # fmt: skip
# What each unit is of a metre or a tonne.
_UNITS = {
    "": 1.0, "m": 1.0, "cm": 0.01, "t": 1.0, "kg": 0.001, "ft": 0.3048, "'": 0.3048, "in": 0.0254,
    "st": 0.907185, "lbs": 0.000453592, "lb": 0.000453592,
}  # fmt: skip
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z']*)")
_FEET = re.compile(r"(\d+)\s*(?:'|ft)\s*(\d+)\s*(?:\"|''|in)?")
FOOT_M, INCH_M = 0.3048, 0.0254


def limit_of(text: str) -> float | None:
    """Return a limit in metres or tonnes; None for a text that states none ("default", "none")."""
    text = text.strip().casefold()
    feet = _FEET.fullmatch(text)
    if feet is not None:
        return int(feet[1]) * FOOT_M + int(feet[2]) * INCH_M
    match = _NUMBER.fullmatch(text)
    if match is None or match[2] not in _UNITS:
        return None
    return float(match[1].replace(",", ".")) * _UNITS[match[2]]


def fits(tags: Mapping[str, str], vehicle: VehicleSettings, side: str) -> bool:
    """
    Return whether a vehicle keeps within every limit that tags state.

    Parameters
    ----------
    tags
        Tags of a way or a node, keys and values in lower case.
    vehicle
        The vehicle of the service file.
    side
        "forward" or "backward": the direction of driving along the way.
    """
    own = {
        "maxheight": vehicle.height_m, "maxwidth": vehicle.width_m,
        "maxlength": vehicle.length_m, "maxweight": vehicle.weight_t,
    }  # fmt: skip
    for key in LIMITS:
        stated = tags.get(f"{key}:{side}", tags.get(key))
        if stated is None:
            continue
        # Of a list, such as "3.5;3.8", the least holds.
        known = [limit for part in stated.split(";") if (limit := limit_of(part)) is not None]
        if known and own[key.split(":")[0].removesuffix("rating")] > min(known):
            return False
    return True
