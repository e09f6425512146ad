"""Two networks compared: by which factor trips take longer on the second, by distance and area.

Places are drawn near streets of both networks. Trips go from each place to each other place;
`ratios` has the figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch.errors import InputError
from dispatch.networks.coverage import coverage, is_poor
from dispatch.networks.ratios import Ratios, ratios_of
from dispatch.networks.sample import draw
from dispatch.streets.attach import Streets
from dispatch.streets.router import Router, Site

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.service.sections import Water
    from dispatch.streets.network import Network
    from dispatch.streets.router import TravelSettings
    from dispatch.streets.settings import BuildSettings
    from dispatch.territory import Centre, Commune

COMMUNE = "--commune"


@dataclass(frozen=True)
class Comparison:
    """
    Two networks compared.

    Parameters
    ----------
    first, second
        Names of the networks.
    communes
        Names of the communes in which places were drawn.
    left_out
        Names of the communes that one of the networks covers poorly.
    places, seed
        Number of places, and the seed of their draw.
    rows
        The figures, area by area.
    """

    first: str
    second: str
    communes: tuple[str, ...]
    left_out: tuple[str, ...]
    places: int
    seed: int
    rows: tuple[Ratios, ...]


def compare_networks(
    first: Network,
    second: Network,
    communes: Mapping[str, Commune],
    centres: Sequence[Centre],
    *,
    build: BuildSettings,
    travel: TravelSettings,
    water: Water | None,
    chosen: Sequence[str] = (),
    places: int,
    seed: int,
) -> Comparison:
    """
    Return the ratios of times between two networks.

    Parameters
    ----------
    first, second
        The networks.
    communes
        The communes by INSEE code.
    centres
        The centres; trips within the communes of one are an area of their own.
    build, travel
        Limit of poor coverage, largest distance of places from streets, and access.
    water
        The river between the banks.
    chosen
        INSEE codes or names of communes to compare in; empty: those that both cover well.
    places, seed
        Number of places to draw, and the seed.

    Raises
    ------
    InputError
        When a commune is unknown, or both networks cover none well.
    TravelError
        When a network has no way between two places.
    """
    both = (first, second)
    inside, left_out = _where(both, communes, chosen, build, travel)
    drawn = draw(
        inside,
        [Streets(network) for network in both],
        count=places,
        seed=seed,
        reach_m=build.compare_reach_m,
        water=water,
    )
    sites = [Site(str(number), lon, lat) for number, (lon, lat) in enumerate(drawn.lonlat.tolist())]
    seconds, metres = [], []
    for network in both:
        # Without traffic, on both networks.
        found = Router(network, settings=travel).measure(sites)
        assert found.metres is not None
        seconds.append(found.seconds[0].astype(float))
        metres.append(found.metres.astype(float))
    return Comparison(
        first=first.name,
        second=second.name,
        communes=tuple(commune.name for commune in inside),
        left_out=tuple(commune.name for commune in left_out),
        places=len(sites),
        seed=seed,
        rows=tuple(ratios_of(drawn, centres, seconds, metres)),
    )


def _where(
    networks: Sequence[Network],
    communes: Mapping[str, Commune],
    chosen: Sequence[str],
    build: BuildSettings,
    travel: TravelSettings,
) -> tuple[list[Commune], list[Commune]]:
    """Return the communes to compare in, and the communes that are left out."""
    by_name = {commune.name: commune for commune in communes.values()} | dict(communes)
    unknown = [name for name in chosen if name not in by_name]
    if unknown:
        message = "no such commune; give its INSEE code or its name"
        raise InputError.one(COMMUNE, message, value=", ".join(unknown))
    if chosen:
        return sorted({by_name[name] for name in chosen}, key=lambda c: c.insee), []
    poor = set()
    for network in networks:
        for insee, found in coverage(network, communes, travel.attach_limit_m).items():
            if is_poor(network, found, build.poor_street_m):
                poor.add(insee)
    inside = [commune for insee, commune in communes.items() if insee not in poor]
    if not inside:
        message = (
            "there is no commune that both networks cover well (`dispatch network info` tells); "
            "name those to compare in"
        )
        raise InputError.one(COMMUNE, message)
    return inside, [communes[insee] for insee in sorted(poor)]
