"""The splits as small maps side by side: communes by centre, those that moved hatched.

Coordinates are metres from the north-west corner of the territory, y downwards (SVG). Each
commune's outline is written once; every map uses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely

from dispatch.assess.moves import charges, moves_between
from dispatch.territory import METROPOLE, TO_METRIC
from dispatch.views import cartography, palette

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dispatch.assess.scenarios import Scenario
    from dispatch.territory import Commune

MARGIN_M = 900


@dataclass(frozen=True, slots=True)
class Outline:
    """A commune's outline as an SVG path, and the position of its name."""

    insee: str
    name: str
    path: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Place:
    """A centre's premises; the letter stands for the name on the map."""

    x: int
    y: int
    letter: str
    name: str
    css: str


@dataclass(frozen=True, slots=True)
class SplitMap:
    """
    One split.

    Parameters
    ----------
    name
        Name of the split.
    css
        Class of the centre in charge, by INSEE code of the communes that have one.
    moved
        INSEE codes of the communes that changed centre.
    sentences
        What moved, as names: (collectivity, former centre, new centre).
    joined
        How many collectivities joined.
    places
        Premises of the centres.
    """

    name: str
    css: Mapping[str, str]
    moved: tuple[str, ...]
    sentences: tuple[tuple[str, str, str], ...]
    joined: int
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Atlas:
    """The maps, the outlines that they share, and their common viewBox."""

    box: str
    outlines: tuple[Outline, ...]
    maps: tuple[SplitMap, ...]


def split_centre_classes(scenarios: Sequence[Scenario]) -> dict[str, dict[str, str]]:
    """
    Return the class of each centre of each split.

    The reference's centres have the first colours. A centre of another split has the colour of the
    reference's centre with which it is matched (`moves_between`), or else the next free colour.
    """
    first = [entry.id for entry in scenarios[0].service.centres]
    found = {}
    for scenario in scenarios:
        former = moves_between(scenarios[0].service, scenario.service).former
        new = [entry.id for entry in scenario.service.centres if entry.id not in former]
        ranks = {centre: first.index(old) for centre, old in former.items()}
        ranks |= {centre: len(first) + n for n, centre in enumerate(new)}
        found[scenario.name] = {c: palette.colour_class(rank) for c, rank in ranks.items()}
    return found


def atlas(scenarios: Sequence[Scenario], communes: Mapping[str, Commune], metropole: str) -> Atlas:
    """
    Return the maps of some splits; the first is the reference.

    Parameters
    ----------
    scenarios
        The splits.
    communes
        By INSEE code; outlines in EPSG:2154.
    metropole
        Name of the Métropole's own services.
    """
    shapes = cartography.thin_outlines(communes)
    west, south, east, north = shapely.union_all(list(shapes.values())).bounds
    west, north = west - MARGIN_M, north + MARGIN_M

    def spot(x: float, y: float) -> tuple[int, int]:
        return round(x - west), round(north - y)

    def path(points: Iterable[tuple[float, ...]]) -> str:
        return "M" + "L".join("{} {}".format(*spot(point[0], point[1])) for point in points) + "Z"

    outlines = []
    for insee, shape in shapes.items():
        rings = [
            path(ring.coords)
            for polygon in shapely.get_parts(shape)
            for ring in (polygon.exterior, *polygon.interiors)
        ]
        middle = cartography.middle(shape)
        name = communes[insee].name
        outlines.append(Outline(insee, name, "".join(rings), *spot(middle.x, middle.y)))
    classes = split_centre_classes(scenarios)
    names = {METROPOLE: metropole} | {insee: each.name for insee, each in communes.items()}
    reference = {entry.id: entry.name for entry in scenarios[0].service.centres}
    maps = []
    for scenario in scenarios:
        service, css = scenario.service, classes[scenario.name]
        change = moves_between(scenarios[0].service, service)
        called = {entry.id: entry.name for entry in service.centres}
        places = []
        for rank, entry in enumerate(service.centres):
            x, y = TO_METRIC.transform(*service.position(entry.id, communes))
            places.append(Place(*spot(x, y), palette.letter(rank), entry.name, css[entry.id]))
        maps.append(
            SplitMap(
                name=scenario.name,
                css={
                    who: css[centre] for who, centre in charges(service).items() if who != METROPOLE
                },
                moved=tuple(who for who in change.moved if who != METROPOLE),
                sentences=tuple(
                    (names[who], reference[old], called[new])
                    for who, (old, new) in change.moved.items()
                ),
                joined=len(change.joined),
                places=tuple(places),
            )
        )
    width, height = round(east - west + MARGIN_M), round(north - south + MARGIN_M)
    return Atlas(f"0 0 {width} {height}", tuple(outlines), tuple(maps))
