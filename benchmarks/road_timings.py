"""From figures to the seconds of each edge: what `python -m benchmarks.roads --fit` seeks.

Each function returns the timing, the names of its figures as the service file has them, and the
figures that stand there now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.streets.density import density_s, density_speed_kmh, junctions_of
from dispatch.streets.zones import Zones
from dispatch.territory import TO_METRIC, read_communes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dispatch.streets.network import Network
    from dispatch.streets.settings import RoadSettings

    Made = tuple[
        Callable[[NDArray[np.float64]], NDArray[np.float64]], tuple[str, ...], tuple[float, ...]
    ]

KMH = 3.6
CENTRE = "33063"  # Bordeaux


def density_timing(network: Network, settings: RoadSettings) -> Made:
    """Return the timing of streets of which nothing is known, by `[roads.density]`."""
    figures = settings.density
    xy = np.stack(TO_METRIC.transform(network.lon, network.lat), axis=1)
    ends = np.sort(np.stack([network.tails, network.heads], axis=1), axis=1)
    street = np.unique(ends, axis=0)
    junction = junctions_of(len(xy), *street.T)
    middle = xy[ends].mean(axis=1)
    at = junction[ends].sum(axis=1)

    def timing(sought: NDArray[np.float64]) -> NDArray[np.float64]:
        half, steep, junction_s = sought.tolist()
        changed = {"half_density": half, "steepness": steep, "junction_s": junction_s}
        tried = figures.model_copy(update=changed)
        # The density does not change with these figures: it is found once.
        speed = tried.most_kmh / (1 + (density / half) ** steep)
        return density_s(network.metres, speed, at, tried)

    # At steepness 1 the speed tells the density.
    plain = figures.model_copy(update={"steepness": 1.0})
    speed = density_speed_kmh(middle, xy[junction], plain)
    density = (plain.most_kmh / speed - 1) * plain.half_density
    names = ("half_density", "steepness", "junction_s")
    return timing, names, tuple(getattr(figures, name) for name in names)


def mesh_timing(network: Network, settings: RoadSettings) -> Made:
    """Return the timing of the bundled roads: mesh by zone, main roads and links by class."""
    xy = np.stack(TO_METRIC.transform(network.lon, network.lat), axis=1)
    middle = (xy[network.tails] + xy[network.heads]) / 2
    hall = read_communes()[CENTRE]
    centre = np.array(TO_METRIC.transform(hall.town_hall_lon, hall.town_hall_lat))
    inner = np.hypot(*(middle - centre).T) <= settings.inner_radius_m
    pace = Zones.read().seconds_per_metre(middle, settings.density)
    is_mesh, is_link, is_trunk = (
        network.road_class == name for name in ("residential", "trunk_link", "trunk")
    )

    def timing(sought: NDArray[np.float64]) -> NDArray[np.float64]:
        share, link, inner_trunk, outer_trunk = sought.tolist()
        local = network.metres * pace * share
        seconds = np.where(is_mesh, local, network.metres * KMH / settings.motorway_kmh)
        trunk = np.where(inner, inner_trunk, outer_trunk)
        seconds = np.where(is_trunk, network.metres * KMH / trunk, seconds)
        return np.where(is_link, np.maximum(local, network.metres * KMH / link), seconds)

    names = ("mesh_time_share", "link_kmh", "inner_trunk_kmh", "outer_trunk_kmh")
    return timing, names, tuple(getattr(settings, name) for name in names)
