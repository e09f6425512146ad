"""Two networks compared: how many times as long trips take on the second, by distance and area.

Places are drawn where both networks have streets; trips go from each to each. For a
trip of t_A seconds on the first and t_B on the second its ratio is t_B / t_A, access
included on both; a class of trips is told by the median of its ratios and by the
tenth and ninetieth of a hundred. Distance classes are as the crow flies, which is
the same on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dispatch.errors import InputError
from dispatch.networks.coverage import coverage, is_poor
from dispatch.networks.sample import LEFT, RIGHT, draw
from dispatch.streets.attach import Streets
from dispatch.streets.router import Router, Site

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dispatch.networks.sample import Drawn
    from dispatch.service.sections import Water
    from dispatch.streets.network import Network
    from dispatch.streets.router import TravelSettings
    from dispatch.streets.settings import BuildSettings
    from dispatch.territory import Centre, Commune

# Kilometres as the crow flies; shorter trips are mostly access.
BOUNDS_KM = (0.5, 1.5, 3.0, 6.0, 10.0, 20.0)
M_PER_KM = 1000
MINUTE_S = 60
ALL, ACROSS = "all", "across"
COMMUNE = "--commune"
# Fewer pairs say nothing of a class.
LEAST_PAIRS = 20


@dataclass(frozen=True)
class Ratios:
    """
    The trips of an area and a distance class.

    Parameters
    ----------
    area
        "all"; where both banks were drawn on, "left bank", "right bank" and "across"; or a
        centre's id: both ends in its communes.
    distance
        Class of distance as the crow flies (km), such as "1.5 to 3"; "all" for all of them.
    trips
        How many.
    median, low, high
        Of the ratios of times (second over first): median, 10th and 90th percentile.
    metres
        Median ratio of lengths.
    first_min, second_min
        Median times (minutes).
    """

    area: str
    distance: str
    trips: int
    median: float
    low: float
    high: float
    metres: float
    first_min: float
    second_min: float


@dataclass(frozen=True)
class Comparison:
    """
    Two networks compared.

    Parameters
    ----------
    first, second
        Their names.
    communes
        Names of the communes in which places were drawn.
    left_out
        Names of those that a network covers poorly.
    places, seed
        How many places were drawn, with which seed.
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


def compare(
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
    Return how times on two networks compare.

    Parameters
    ----------
    first, second
        The networks.
    communes
        The communes by INSEE code.
    centres
        The centres: trips within each one's communes are an area of their own.
    build, travel
        What counts as poorly covered, how near streets places are, and access.
    water
        The river that parts the banks.
    chosen
        INSEE codes or names of communes to compare in; none: those that both cover well.
    places, seed
        How many places to draw, and the seed.

    Raises
    ------
    InputError
        When a commune is unknown, or there is none that both networks cover.
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
        # Without traffic, on both: what an hour adds is another question.
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
        rows=tuple(_rows(drawn, centres, seconds, metres)),
    )


def _where(
    networks: Sequence[Network],
    communes: Mapping[str, Commune],
    chosen: Sequence[str],
    build: BuildSettings,
    travel: TravelSettings,
) -> tuple[list[Commune], list[Commune]]:
    """Return the communes to compare in, and those that are left out."""
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


def _rows(
    drawn: Drawn,
    centres: Sequence[Centre],
    seconds: Sequence[NDArray[np.float64]],
    metres: Sequence[NDArray[np.float64]],
) -> list[Ratios]:
    first, second = (part.ravel() for part in np.indices((len(drawn.xy), len(drawn.xy))))
    crow_km = np.linalg.norm(drawn.xy[first] - drawn.xy[second], axis=1) / M_PER_KM
    ends = drawn.right_bank[first].astype(int) + drawn.right_bank[second]
    areas = {ALL: np.ones(len(first), dtype=bool)}
    if len(np.unique(drawn.right_bank)) > 1:
        areas |= {LEFT: ends == 0, RIGHT: ends == 2, ACROSS: ends == 1}
    for centre in centres:
        of_centre = np.isin(drawn.insee, centre.communes)
        areas[centre.id] = of_centre[first] & of_centre[second]
    long = crow_km >= BOUNDS_KM[0]
    rows = []
    for area, belongs in areas.items():
        for distance, (low, high) in classes().items():
            which = belongs & long & (crow_km >= low) & (crow_km < high)
            if which.sum() < LEAST_PAIRS:
                continue
            a, b = first[which], second[which]
            times = [matrix[a, b] for matrix in seconds]
            lengths = [matrix[a, b] for matrix in metres]
            low_, median, high_ = np.percentile(times[1] / times[0], (10, 50, 90))
            rows.append(
                Ratios(
                    area=area,
                    distance=distance,
                    trips=int(which.sum()),
                    median=round(float(median), 3),
                    low=round(float(low_), 3),
                    high=round(float(high_), 3),
                    metres=round(float(np.median(lengths[1] / lengths[0])), 3),
                    first_min=round(float(np.median(times[0])) / MINUTE_S, 1),
                    second_min=round(float(np.median(times[1])) / MINUTE_S, 1),
                )
            )
    return rows


def classes() -> dict[str, tuple[float, float]]:
    """Return the distance classes (km), "all" first."""
    found = {ALL: (BOUNDS_KM[0], float("inf"))}
    for low, high in zip(BOUNDS_KM, (*BOUNDS_KM[1:], float("inf")), strict=True):
        name = f"{low:g} to {high:g}" if high != float("inf") else f"over {low:g}"
        found[name] = (low, high)
    return found
