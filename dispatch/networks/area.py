"""The area from which streets are taken: the communes, a place by its name, or everything."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from dispatch.errors import InputError, TravelError
from dispatch.networks.fetch import ask
from dispatch.streets.ways import TO_DEGREES
from dispatch.territory import TO_METRIC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dispatch.streets.settings import BuildSettings
    from dispatch.territory import Commune

OPTION = "--place"


@dataclass(frozen=True)
class Area:
    """
    The area from which streets are taken.

    Parameters
    ----------
    text
        The area in words.
    outline
        Outline with margin (EPSG:2154, metres).
    """

    text: str
    outline: shapely.Geometry

    def degrees(self) -> shapely.Geometry:
        """Return the outline in degrees (longitude, latitude; WGS84)."""
        return shapely.transform(
            self.outline, lambda xy: np.stack(TO_DEGREES.transform(xy[:, 0], xy[:, 1]), axis=1)
        )


def around(text: str, outline: shapely.Geometry, settings: BuildSettings) -> Area:
    """
    Return the area of an outline (EPSG:2154) with its margin, simplified.

    The outline is simplified by at most the tolerance, then widened by margin and tolerance. It
    thus covers the exact outline with its margin.
    """
    simple = shapely.simplify(outline, settings.outline_tolerance_m)
    margin_m = settings.margin_m + settings.outline_tolerance_m
    wide = shapely.buffer(simple, margin_m, quad_segs=4)
    return Area(f"{text}, {settings.margin_m:g} m around", wide)


def area_of_communes(communes: Iterable[Commune], settings: BuildSettings) -> Area:
    """Return the union of communes with its margin."""
    outlines = [commune.outline for commune in communes]
    return around(f"{len(outlines)} communes", shapely.union_all(outlines), settings)


def area_of_place(
    place: str, settings: BuildSettings, on_stage: Callable[[str], None] = lambda _: None
) -> Area:
    """
    Return the outline of a place with its margin, from OpenStreetMap's gazetteer.

    Parameters
    ----------
    place
        Name, such as "Gradignan, France".
    settings
        The gazetteer's address, and the number and waits of attempts.
    on_stage
        Called with the name of each stage.

    Raises
    ------
    InputError
        When no such place is known, or it has no outline.
    TravelError
        When the gazetteer cannot be reached.
    """
    found = ask(
        f"{settings.nominatim_url.rstrip('/')}/search",
        {"q": place, "format": "jsonv2", "polygon_geojson": "1", "limit": "1"},
        settings,
        parse=json.loads,
        method="GET",
        on_stage=on_stage,
    )
    if not isinstance(found, list) or not found:
        message = "no such place is known; write it as in `Gradignan, France`"
        raise InputError.one(OPTION, message, value=place)
    try:
        name, outline = _outline(found[0])
    except (KeyError, TypeError, ValueError, shapely.errors.GEOSException) as exc:
        msg = f"{settings.nominatim_url} gave no place; give a local extract (--from)"
        raise TravelError(msg) from exc
    if shapely.area(outline) == 0:
        message = "has no outline, it is a point or a line; name a commune or a district"
        raise InputError.one(OPTION, message, value=place)
    if not np.isfinite(shapely.bounds(outline)).all():
        message = "is too far from France for its coordinate system (EPSG:2154)"
        raise InputError.one(OPTION, message, value=place)
    return around(name, outline, settings)


def _outline(answer: dict[str, Any]) -> tuple[str, shapely.Geometry]:
    """Return a place's full name and its outline (EPSG:2154)."""
    shape = shapely.make_valid(shapely.from_geojson(json.dumps(answer["geojson"])))
    metric = shapely.transform(
        shape, lambda xy: np.stack(TO_METRIC.transform(xy[:, 0], xy[:, 1]), axis=1)
    )
    return str(answer["display_name"]), metric
