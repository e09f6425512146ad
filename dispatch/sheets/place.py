"""What opens a stop in the phone's map: the link, and its QR code as an SVG path."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

import segno

if TYPE_CHECKING:
    from dispatch.service.sections import SheetSettings

# A tenth of a metre would be noise; a metre still finds the door.
DECIMALS = 5
# Four modules of white around: the standard's quiet zone, without which phones do not find it.
QUIET = 4


def place_link(settings: SheetSettings, lat: float, lon: float) -> str:
    """
    Return the link that opens a position in a map.

    Parameters
    ----------
    settings
        Which link it is.
    lat, lon
        Degrees, WGS84.
    """
    link = settings.place_link.replace("{lat}", f"{lat:.{DECIMALS}f}")
    return link.replace("{lon}", f"{lon:.{DECIMALS}f}")


def position(lat: float, lon: float) -> str:
    """Return a position as people type it into a map: "44.80600, -0.63200" (degrees, WGS84)."""
    return f"{lat:.{DECIMALS}f}, {lon:.{DECIMALS}f}"


@lru_cache(maxsize=1024)
def qr_path(text: str) -> tuple[str, int]:
    """
    Return a QR code as an SVG path of black modules, and its side with the white around.

    Parameters
    ----------
    text
        What it says; error correction at level M survives a coffee stain.

    Returns
    -------
    path, side
        In modules.
    """
    code = segno.make_qr(text, error="m", boost_error=False)
    runs = []
    for y, row in enumerate(code.matrix_iter(border=QUIET)):
        x = 0
        for dark, modules in groupby(row):
            length = len(list(modules))
            if dark:
                runs.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    return "".join(runs), int(code.symbol_size(border=QUIET)[0])
