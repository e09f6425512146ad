"""Travel between named places: seconds, metres and ways."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import platformdirs
import pyproj
import scipy
import shapely

from dispatch.errors import InputError
from dispatch.streets.attach import Streets
from dispatch.streets.matrices import BATCH, matrices
from dispatch.streets.matrix_cache import MatrixCache, array_digest, network_digest
from dispatch.streets.profiles import VAN, parked_once
from dispatch.streets.settings import bundled_section
from dispatch.streets.sites import Site, TravelSettings
from dispatch.streets.traffic import FREE, Slot
from dispatch.streets.ways import Line, Ways, refuse_bad_sites

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from dispatch.streets.matrices import Matrices
    from dispatch.streets.network import Network
    from dispatch.streets.profiles import Profile
    from dispatch.streets.traffic import Traffic
    from dispatch.streets.ways import Engine

T = TypeVar("T")
# Raise it when the stored matrices, or how they are computed, change.
CACHE_VERSION = "2"

__all__ = ["FREE", "Router", "Site", "Slot", "Travel", "TravelSettings"]


@dataclass(frozen=True, eq=False)
class Travel:
    """
    Travel between places, as matrices.

    Parameters
    ----------
    places
        Names, in the order of the matrices' rows and columns.
    seconds
        Travel times (seconds), int64, shape (slots, places, places), from row to column.
    metres
        Distances (metres), int64, shape (places, places); None when unknown.
    slot_starts_s
        Start of each slot of the day (seconds since midnight), rising from 0.
    profile
        Whose travel it is: the name of a profile of the service file.

    Raises
    ------
    ValueError
        When shapes differ, a name occurs twice, a value is negative, or slots do not rise from 0.
    """

    places: tuple[str, ...]
    seconds: NDArray[np.int64]
    metres: NDArray[np.int64] | None = None
    slot_starts_s: tuple[int, ...] = (0,)
    profile: str = VAN

    def __post_init__(self) -> None:
        size, slots = len(self.places), len(self.slot_starts_s)
        if len(set(self.places)) != size:
            double = sorted({name for name in self.places if self.places.count(name) > 1})
            msg = f"places named more than once: {', '.join(double)}"
            raise ValueError(msg)
        if self.seconds.shape != (slots, size, size):
            msg = (
                f"seconds have shape {self.seconds.shape}; {slots} slots of {size} places need "
                f"{(slots, size, size)}"
            )
            raise ValueError(msg)
        if self.metres is not None and self.metres.shape != (size, size):
            msg = f"metres have shape {self.metres.shape}; {size} places need {(size, size)}"
            raise ValueError(msg)
        if self.seconds.min(initial=0) < 0 or (
            self.metres is not None and self.metres.min(initial=0) < 0
        ):
            msg = "travel cannot be negative"
            raise ValueError(msg)
        starts = self.slot_starts_s
        if starts[0] != 0 or any(a >= b for a, b in pairwise(starts)):
            msg = f"slots must start at 0 and rise; found {starts}"
            raise ValueError(msg)
        for matrix in (self.seconds, self.metres):
            if matrix is not None:
                matrix.setflags(write=False)


class Router:
    """
    Travel over a road network between sites.

    A trip is access, the way from the site to the nearest point of a street, the quickest way over
    streets, and the way from a street to the other site. Between two sites of the same position it
    takes 0 seconds and 0 metres. In any one slot of the day, a trip through a third site never
    takes less time than the direct one.

    Parameters
    ----------
    network
        The roads.
    access_s
        Seconds of each trip besides the driving; None: as the settings say.
    attach_limit_m
        Largest distance (m) of a site from a street; None: as the settings say.
    settings
        The other figures; None: those of the bundled service.toml.
    cache
        True: matrices are stored in the user's cache folder up to the size of the settings, and
        stored ones are used. A path: the same with another folder. False: no cache.
    profile
        Whose travel it is, by its name in the settings; the network must be one of that profile.
        None: that of the network, a van's legs all driven (no walk from a parked van).
    engine
        "dijkstra" (scipy), or "hierarchy": the same times, found sooner for many sites, with the
        package pyroutingkit (extra `ch`). Metres are always found by scipy.
    """

    def __init__(
        self,
        network: Network,
        *,
        access_s: float | None = None,
        attach_limit_m: float | None = None,
        settings: TravelSettings | None = None,
        cache: Path | bool = False,
        profile: str | None = None,
        engine: Engine = "dijkstra",
    ) -> None:
        settings = settings or TravelSettings.from_toml(bundled_section("travel"))
        self.profile = _profile(network, settings, profile)
        own = self.profile
        given = {
            "access_s": own.access_s if own is not None and access_s is None else access_s,
            "off_road_kmh": None if own is None else own.off_road_kmh,
            "attach_limit_m": attach_limit_m,
        }
        changed = {name: float(value) for name, value in given.items() if value is not None}
        stated = {name: getattr(settings, name) for name in TravelSettings.model_fields}
        self.network = network
        self.engine = engine
        self.settings = TravelSettings.model_validate({**stated, **changed})
        self._streets = Streets(network)
        self.matrix_cache: MatrixCache | None = None
        if cache and self.settings.cache_mb:
            folder = Path(platformdirs.user_cache_dir("dispatch")) / "travel"
            self.matrix_cache = MatrixCache(
                folder if cache is True else cache, self.settings.cache_mb
            )

    def traffic_of(self, day: date, hours_s: tuple[int, int] | None = None) -> tuple[Slot, ...]:
        """
        Return the slots of a day's traffic; neighbouring slots of equal traffic are one.

        Parameters
        ----------
        day
            The day; its weekday counts.
        hours_s
            Earliest departure and latest return (seconds since midnight); changes of traffic
            outside give no slot. None: the whole day.

        Raises
        ------
        InputError
            When the settings have no traffic.
        """
        return _traffic(self.settings).slots(day.weekday(), hours_s)

    def measure(
        self, sites: Sequence[Site], slots: Sequence[Slot] = FREE, *, distances: bool = True
    ) -> Travel:
        """
        Return travel between all sites, in their order.

        Seconds are rounded up in each slot. Metres are those of the quickest way without traffic,
        in every slot; `paths` draws that way.

        Parameters
        ----------
        sites
            The sites.
        slots
            Traffic by time of day, as `traffic_of` returns it; left out: no traffic.
        distances
            Whether to measure metres too.

        Raises
        ------
        InputError
            When there is traffic and the settings have no shares of road classes.
        TravelError
            When an id occurs twice, a site is too far from any street, or there is no way between
            two sites; the error names them.
        """
        refuse_bad_sites(sites)
        if self.matrix_cache is None or not sites:
            found = self._measured(sites, slots, distances=distances)
        else:
            key = self._key(sites, slots, distances=distances)
            stored = self.matrix_cache.recall(key, len(slots), len(sites), distances=distances)
            found = stored or self._measured(sites, slots, distances=distances)
            if stored is None:
                self.matrix_cache.remember(key, found)
        places = tuple(site.id for site in sites)
        starts = tuple(slot.start_s for slot in slots)
        return Travel(places, *found, starts, self.network.profile)

    def _measured(
        self, sites: Sequence[Site], slots: Sequence[Slot], *, distances: bool
    ) -> Matrices:
        ways = Ways(self._streets, self.settings, sites)
        shares = self._shares if any(slot.extra for slot in slots) else None
        found = matrices(ways, slots, shares, engine=self.engine, distances=distances)
        if self.profile is None:
            return found
        lonlat = np.array([(site.lon, site.lat) for site in sites], dtype=np.float64).reshape(-1, 2)
        return parked_once(*found, lonlat, self.profile, self.settings.off_road_winding)

    @cached_property
    def _shares(self) -> NDArray[np.float64]:
        """Return the share of traffic on each edge, shape (edges,)."""
        if self.profile is not None and not self.profile.traffic:
            return np.zeros(self.network.edge_count)
        return _traffic(self.settings).shares(self.network.road_class)

    @cached_property
    def _digest(self) -> str:
        return network_digest(self.network)

    def _key(self, sites: Sequence[Site], slots: Sequence[Slot], *, distances: bool) -> str:
        """Return the hash of everything that the matrices depend on."""
        used = self.settings.model_dump(mode="json", exclude={"cache_mb", "traffic", "profiles"})
        if self.profile is not None:
            used["profile"] = self.profile.model_dump(mode="json")
        shares = self._shares if any(slot.extra for slot in slots) else np.empty(0)
        return array_digest(
            [
                np.array([(site.lon, site.lat) for site in sites], dtype=np.float64),
                np.array([tuple(slot) for slot in slots], dtype=np.float64),
                json.dumps([used, distances]),
                shares,
                self._digest,
                CACHE_VERSION,
                *(library.__version__ for library in (np, pyproj, scipy, shapely)),
            ]
        )

    def path(self, a: Site, b: Site) -> Line:
        """Return the quickest way from a to b as (longitude, latitude) positions; see `paths`."""
        return self.paths([(a, b)])[0]

    def paths(self, pairs: Iterable[tuple[Site, Site]]) -> list[Line]:
        """
        Return the quickest way of each pair as (longitude, latitude) positions, WGS84.

        Each way begins and ends at the sites themselves. All ways from one site take one search.

        Raises
        ------
        TravelError
            When a site is too far from any street, or there is no way; the error names them.
        """
        return self._along(list(pairs), Ways.line)

    def streets(self, pairs: Iterable[tuple[Site, Site]]) -> list[list[tuple[str, float]]]:
        """
        Return the streets of the quickest way of each pair, in the order of driving.

        Each street is its name, empty where it has none, and the metres driven on it. They are the
        streets of the way that `paths` draws.

        Raises
        ------
        TravelError
            When a site is too far from any street, or there is no way; the error names them.
        """
        return self._along(list(pairs), Ways.named)

    def _along(
        self,
        pairs: list[tuple[Site, Site]],
        told: Callable[[Ways, int, int, NDArray[np.int64]], list[T]],
    ) -> list[list[T]]:
        """Return what is told of the way of each pair; all ways from one site take one search."""
        sites = list(dict.fromkeys(site for pair in pairs for site in pair))
        if not sites:
            return []
        search = Ways(self._streets, self.settings, sites)
        number = {site: int(search.position[index]) for index, site in enumerate(sites)}
        wanted: dict[int, dict[int, list[T]]] = {}
        for a, b in pairs:
            wanted.setdefault(number[a], {})[number[b]] = []
        origins = np.array(sorted(wanted), dtype=np.int64)
        for start in range(0, len(origins), BATCH):
            rows = origins[start : start + BATCH]
            predecessors = search.predecessors(rows)
            for row, before in zip(rows.tolist(), predecessors, strict=True):
                for target in wanted[row]:
                    wanted[row][target] = told(search, row, target, before)
        return [wanted[number[a]][number[b]] for a, b in pairs]


def _profile(network: Network, settings: TravelSettings, name: str | None) -> Profile | None:
    """Return the profile asked for, or that of a network which is not for vans; else None."""
    if name is not None and name != network.profile:
        message = (
            f"is for the profile {network.profile!r}; build one of the same file with "
            f"`dispatch network build --from FILE --profile {name}`"
        )
        raise InputError.one(network.name, message, where="profile", value=name)
    if name is None and network.profile == VAN:
        return None
    return settings.of_profile(network.profile)


def _traffic(settings: TravelSettings) -> Traffic:
    if settings.traffic is None:
        message = "is missing; add it as in the bundled service.toml, or plan without traffic"
        source = "service.toml"
        raise InputError.one(source, message, where="travel.traffic")
    return settings.traffic
