"""Streets from an Overpass server: the query, the answer, and the cache of answers."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import shapely

from dispatch.errors import TravelError
from dispatch.networks.extract import from_overpass
from dispatch.networks.fetch import LOCAL, ask
from dispatch.networks.osmdata import DRIVEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatch.networks.area import Area
    from dispatch.networks.osmdata import Extract
    from dispatch.streets.settings import BuildSettings

DECIMALS = 5  # of a degree: 1 m
RUNTIME_ERROR = "runtime error"


# Of service roads those that may lead to other streets; driveways and aisles do not. Of walking
# streets and tracks those that a tag of vehicles opens.
_WHICH = (
    '["highway"~"^(CLASSES)$"]',
    '["highway"="service"]["service"!~"^(driveway|parking_aisle|drive-through)$"]',
    '["highway"~"^(pedestrian|track)$"][~"^(motorcar|motor_vehicle|vehicle)$"~"."]',
)


def query(area: Area, timeout_s: float) -> str:
    """
    Return the query in Overpass QL.

    It asks for the ways with a node in the area that a van might drive, for their nodes, and for
    the signs of turning that they are members of.
    """
    classes = "|".join(sorted(DRIVEN))
    near = "".join(
        'way["highway"](poly:"{}");'.format(
            " ".join(f"{lat:.{DECIMALS}f} {lon:.{DECIMALS}f}" for lon, lat in ring)
        )
        for ring in _rings(area.degrees())
    )
    streets = "".join(f"way.near{which.replace('CLASSES', classes)};" for which in _WHICH)
    signs = 'rel(bw.streets)["type"~"^restriction"];'
    return (
        f"[out:json][timeout:{timeout_s:.0f}];({near})->.near;({streets})->.streets;"
        f"(.streets;.streets >;);out body;{signs}out body;"
    )


def _rings(outline: shapely.Geometry) -> list[list[tuple[float, float]]]:
    parts = shapely.get_parts(outline)
    return [shapely.get_coordinates(part.exterior).tolist() for part in parts]


def download(
    area: Area,
    settings: BuildSettings,
    *,
    refresh: bool = False,
    on_stage: Callable[[str], None] = lambda _: None,
) -> Extract:
    """
    Return the driven ways of an area, from the user's cache if it has them.

    Parameters
    ----------
    area
        The area.
    settings
        The server's address, and the number and waits of attempts.
    refresh
        Whether to ignore the cache.
    on_stage
        Called with the name of each stage.

    Raises
    ------
    TravelError
        When the server cannot be reached, refuses, or has no street in the area.
    """
    text = query(area, settings.timeout_s)
    base = settings.overpass_url.rstrip("/")
    stored = _cache_path(base, text)
    if not refresh and (found := _recall(stored)) is not None:
        on_stage("streets that were downloaded before")
        return found

    answers: list[str] = []

    def parse(answer: str) -> Extract:
        value = json.loads(answer)
        # An answer with this remark is incomplete: the server ran out of time or memory.
        remark = value.get("remark", "") if isinstance(value, dict) else ""
        if RUNTIME_ERROR in str(remark):
            msg = f"{base} gave up: {str(remark)[:200]}; ask for a smaller area, or {LOCAL}"
            raise TravelError(msg)
        answers.append(answer)
        return from_overpass(value)

    on_stage(f"asking {base}")
    extract = ask(
        f"{base}/interpreter",
        {"data": text},
        settings,
        parse=parse,
        status_url=f"{base}/status",
        on_stage=on_stage,
    )
    if not extract.ways:
        msg = f"{base} knows no street in the area asked for ({area.text}); ask for another one"
        raise TravelError(msg)
    _remember(stored, answers[-1])
    return extract


def _cache_path(base: str, text: str) -> Path:
    key = hashlib.sha256(f"{base}\n{text}".encode()).hexdigest()
    return Path(platformdirs.user_cache_dir("dispatch")) / "downloads" / f"{key}.json.gz"


def _recall(path: Path) -> Extract | None:
    try:
        found = from_overpass(json.loads(gzip.decompress(path.read_bytes())))
    except (OSError, EOFError, ValueError, RecursionError, zlib.error):
        return None
    return found if found.ways else None


def _remember(path: Path, answer: str) -> None:
    """Store an answer, whole or not at all; nothing is stored on a protected or full disk."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(gzip.compress(answer.encode(), mtime=0))
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)
