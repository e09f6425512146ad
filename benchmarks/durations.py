"""Driving times and lengths that a router gave, and how far a network is from them.

The file has the columns from_lat, from_lon, to_lat, to_lon, seconds, metres. Trips under 1.5 km are
left out: they are mostly access. The error of a trip is |ours / router's - 1|.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from dispatch.networks.sample import LEFT, RIGHT, banks
from dispatch.streets.router import Router, Site
from dispatch.territory import TO_METRIC

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from dispatch.service.sections import Water
    from dispatch.streets.network import Network
    from dispatch.streets.sites import TravelSettings

SHORTEST_M = 1500.0
CLASSES_KM = ((1.5, 3.0), (3.0, 6.0), (6.0, 10.0), (10.0, np.inf))
# Median speed along the road (km/h) of each class over 5,034 trips of the same router, of which
# these are a part; the places of the others are not known.
MEDIANS_KMH = (14.6, 16.1, 22.2, 34.2)
COLUMNS = ("from_lat", "from_lon", "to_lat", "to_lon", "seconds", "metres")
ACROSS = "across"


@dataclass(frozen=True, eq=False)
class Durations:
    """
    Trips of a router.

    Parameters
    ----------
    lonlat
        The places (degrees, WGS84), shape (places, 2).
    start, end
        First and last place of each trip, shape (trips,).
    seconds, metres
        What the router gave.
    """

    lonlat: NDArray[np.float64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    seconds: NDArray[np.float64]
    metres: NDArray[np.float64]

    def sites(self) -> list[Site]:
        """Return the places as sites."""
        return [Site(str(n), lon, lat) for n, (lon, lat) in enumerate(self.lonlat.tolist())]


@dataclass(frozen=True)
class Errors:
    """The error of some trips: their number, mean error, median ratio of times and of lengths."""

    trips: int
    mean: float
    median: float
    metres: float


def read_durations(path: Path) -> Durations:
    """Return the trips of at least 1.5 km of a router's file."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [[float(row[name]) for name in COLUMNS] for row in csv.DictReader(file)]
    table = np.array(rows)
    ends = np.concatenate([table[:, [1, 0]], table[:, [3, 2]]])
    lonlat, of = np.unique(ends, axis=0, return_inverse=True)
    start, end = of.reshape(2, -1)
    long = (table[:, 5] >= SHORTEST_M) & (start != end)
    return Durations(lonlat, start[long], end[long], table[long, 4], table[long, 5])


def towards_medians(durations: Durations) -> Durations:
    """
    Return the trips with times half way to the medians of all of the router's trips.

    The trips at hand are slower than all of them are: 12.2 against 14.6 km/h at 1.5 to 3 km. How
    much of that is due to their places, which a network knows, and how much to chance, nobody can
    tell: in each distance class times are multiplied by the square root of the ratio.
    """
    km, factor = durations.metres / 1000, np.ones(len(durations.metres))
    speed_kmh = durations.metres / durations.seconds * 3.6
    for (low, high), median_kmh in zip(CLASSES_KM, MEDIANS_KMH, strict=True):
        which = (km >= low) & (km < high)
        if which.any():
            factor[which] = np.sqrt(np.median(speed_kmh[which]) / median_kmh)
    return replace(durations, seconds=durations.seconds * factor)


def ratios(
    network: Network, durations: Durations, travel: TravelSettings
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ratios of a network's times and lengths to the router's, shape (trips,)."""
    found = Router(network, settings=travel).measure(durations.sites())
    assert found.metres is not None
    pair = (durations.start, durations.end)
    return found.seconds[0][pair] / durations.seconds, found.metres[pair] / durations.metres


def errors_of(
    times: NDArray[np.float64], lengths: NDArray[np.float64], which: NDArray[np.bool_]
) -> Errors:
    """Return the error of some of the trips."""
    return Errors(
        int(which.sum()),
        float(np.abs(times[which] - 1).mean()),
        float(np.median(times[which])),
        float(np.median(lengths[which])),
    )


def groups(durations: Durations, water: Water | None) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield all trips, those of each distance class along the road, and those of each bank."""
    yield "all", np.ones(len(durations.seconds), dtype=np.bool_)
    km = durations.metres / 1000
    for low, high in CLASSES_KM:
        name = f"{low:g} to {high:g} km" if np.isfinite(high) else f"over {low:g} km"
        yield name, (km >= low) & (km < high)
    if water is None:
        return
    xy = np.stack(TO_METRIC.transform(*durations.lonlat.T), axis=1)
    _, right = banks(water, shapely.total_bounds(shapely.points(xy)))
    on_right = shapely.contains_xy(right, xy).astype(int)
    ends = on_right[durations.start] + on_right[durations.end]
    for number, name in enumerate((LEFT, ACROSS, RIGHT)):
        if (ends == number).any():
            yield name, ends == number
