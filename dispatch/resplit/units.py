"""What is split: the communes as units with their demand, and the travel times between them.

A *unit* is a commune. The Métropole's own services belong to the unit of their seat (Bordeaux),
because the deliberation keeps them together. Distances between units are mean road times between
points that are drawn from the demand model; every split has the same points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from dispatch.demand import DemandModel
from dispatch.errors import InputError
from dispatch.splits.borders import commune_neighbours
from dispatch.splits.checks import seat_of
from dispatch.splits.split import Split
from dispatch.streets.router import Site
from dispatch.territory import METROPOLE, TO_METRIC

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dispatch.service.sections import CentreEntry
    from dispatch.service.service import Service
    from dispatch.splits.borders import Neighbours
    from dispatch.streets.router import Router
    from dispatch.territory import Commune

SOURCE = "--communes"


@dataclass(frozen=True, eq=False)
class Units:
    """
    The communes to split among centres, in rising order of codes.

    Parameters
    ----------
    insee, names, poles
        INSEE code, name and pôle of each unit.
    members
        The collectivities of each unit: its code, and for the seat also "metropole".
    visits
        Expected visits a day, shape (units,).
    services_s
        Expected time of service a day (seconds), shape (units,).
    between_s
        Mean road time (seconds) between a visit of one unit and a visit of another, or two visits
        of the same; access included; symmetric, shape (units, units).
    from_s
        Mean road time (seconds) between the town hall of a unit (row) and a visit of another
        (column): half of the way there and back, shape (units, units).
    near
        Indices of the neighbours of each unit, with pass-through of communes that take no part.
    strict
        Indices of the neighbours without pass-through.
    present
        Present centre of each unit, or None for a commune that joins.
    centres
        Ids of the present centres, in the order of the service.
    centre_home
        Unit of the premises of each present centre, or -1 (elsewhere), shape (centres,).
    centre_from_s
        Like `from_s`, from the premises of each present centre, shape (centres, units).
    """

    insee: tuple[str, ...]
    names: tuple[str, ...]
    poles: tuple[str, ...]
    members: tuple[tuple[str, ...], ...]
    visits: NDArray[np.float64]
    services_s: NDArray[np.float64]
    between_s: NDArray[np.float64]
    from_s: NDArray[np.float64]
    near: tuple[tuple[int, ...], ...]
    strict: tuple[tuple[int, ...], ...]
    present: tuple[str | None, ...]
    centres: tuple[str, ...]
    centre_home: tuple[int, ...]
    centre_from_s: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of units."""
        return len(self.insee)

    @property
    def collectivities(self) -> NDArray[np.int64]:
        """Return the number of collectivities of each unit: 2 for the seat, 1 for the others."""
        return np.array([len(members) for members in self.members])

    def index(self, collectivity: str) -> int:
        """Return the unit of a collectivity, or raise `KeyError`."""
        for number, members in enumerate(self.members):
            if collectivity in members:
                return number
        raise KeyError(collectivity)


def prepare_units(
    service: Service,
    communes: Mapping[str, Commune],
    router: Router,
    collectivities: Sequence[str] | None = None,
) -> Units:
    """
    Return the units of a service, with demand and travel.

    Parameters
    ----------
    service
        Demand, borders, the present split.
    communes
        By INSEE code.
    router
        The roads.
    collectivities
        Those that take part: INSEE codes, with or without "metropole", which always takes part;
        None: those that the service serves now.

    Raises
    ------
    InputError
        When a commune is unknown, or the seat of the Métropole's own services takes no part.
    TravelError
        When a place is too far from any road.
    """
    present = Split.of(service)
    # The Métropole's own services always take part: nobody else would serve them.
    own = {METROPOLE} & set(service.demand.agents)
    wanted = sorted({*(service.demand.agents if collectivities is None else collectivities), *own})
    unknown = [name for name in wanted if name != METROPOLE and name not in communes]
    if unknown:
        message = "no such commune in the territory; correct its INSEE code"
        raise InputError.one(SOURCE, message, value=unknown[0])
    codes = sorted({seat_of(name, service) for name in wanted})
    if missing := sorted({seat_of(n, service) for n in wanted} - set(wanted)):
        message = "is the seat of the Métropole's own services and must take part; add it"
        raise InputError.one(SOURCE, message, value=missing[0])
    members = [tuple(name for name in wanted if seat_of(name, service) == insee) for insee in codes]
    # The demand does not depend on the split, so that one centre for all is enough.
    everybody = Split("all", dict.fromkeys(wanted, "all"), {"all": codes[0]}, {"all": 1})
    model = DemandModel(_only(everybody, service, communes), communes)
    expected = dict(zip(model.collectivities, model.mean_visits.tolist(), strict=True))
    visits = np.array([sum(expected[name] for name in own) for own in members])
    between_s, from_s, centre_from_s = _road_times(model, members, codes, communes, router, service)
    near = commune_neighbours(communes, service.borders)
    passing = near.through(codes, set(communes) - set(codes))
    return Units(
        insee=tuple(codes),
        names=tuple(communes[insee].name for insee in codes),
        poles=tuple(communes[insee].pole for insee in codes),
        members=tuple(members),
        visits=visits,
        services_s=visits * mean_service_s(model),
        between_s=between_s,
        from_s=from_s,
        near=_indices(passing, codes),
        strict=_indices(near, codes),
        present=tuple(present.centre_of.get(insee) for insee in codes),
        centres=tuple(entry.id for entry in service.centres),
        centre_home=tuple(_home(entry, codes, communes) for entry in service.centres),
        centre_from_s=centre_from_s,
    )


def _only(split: Split, service: Service, communes: Mapping[str, Commune]) -> Service:
    """Return the service with the collectivities of a split only; some of them may join."""
    kept = {name: n for name, n in service.demand.agents.items() if name in split.centre_of}
    share = sum(kept.values()) / sum(service.demand.agents.values())
    if share < 1:
        volumes = service.volumes.model_copy(
            update={
                "incidents": round(service.volumes.incidents * share),
                "requests": round(service.volumes.requests * share),
                "agents": sum(kept.values()),
            }
        )
        demand = service.demand.model_copy(update={"agents": kept})
        service = service.model_copy(update={"demand": demand, "volumes": volumes})
    return split.apply(service, communes)


def mean_service_s(model: DemandModel) -> float:
    """Return the mean time of service of a visit (seconds), over all kinds of visit."""
    # The mean of a triangular law is the mean of its three corners.
    mean_min = np.array([sum(kind.minutes) / 3 for kind in model.kinds])
    return float(60 * (model.kind_shares @ mean_min))


def _home(entry: CentreEntry, codes: Sequence[str], communes: Mapping[str, Commune]) -> int:
    """Return the unit of a centre's premises, or -1."""
    insee = entry.town_hall
    if insee is None and entry.lon is not None and entry.lat is not None:
        point = shapely.Point(*TO_METRIC.transform(entry.lon, entry.lat))
        found = [code for code in codes if communes[code].outline.covers(point)]
        insee = found[0] if found else None
    return codes.index(insee) if insee in codes else -1


def _indices(near: Neighbours, codes: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    number = {insee: index for index, insee in enumerate(codes)}
    return tuple(tuple(number[n] for n in near.of[insee] if n in number) for insee in codes)


def _road_times(
    model: DemandModel,
    members: Sequence[Sequence[str]],
    codes: Sequence[str],
    communes: Mapping[str, Commune],
    router: Router,
    service: Service,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return `between_s`, `from_s` and `centre_from_s` of `Units`."""
    settings = service.resplit
    rng = np.random.default_rng(settings.points_seed)
    # So many days in one draw that the smallest collectivity has its points.
    volume = 2 * settings.points / max(float(model.mean_visits.min()), 1e-3)
    drawn = model.draw(rng, min(volume, settings.points_days))
    sites = [
        Site(f"hall/{insee}", communes[insee].town_hall_lon, communes[insee].town_hall_lat)
        for insee in codes
    ]
    sites += [
        Site(f"centre/{entry.id}", *service.position(entry.id, communes))
        for entry in service.centres
    ]
    first = len(sites)
    owner, weight = [], []
    for unit, own in enumerate(members):
        for name in own:
            which = np.flatnonzero(drawn.collectivity == model.collectivities.index(name))
            which = which[: settings.points]
            places = [(float(drawn.lon[i]), float(drawn.lat[i])) for i in which] or [
                (communes[codes[unit]].town_hall_lon, communes[codes[unit]].town_hall_lat)
            ]
            share = float(model.mean_visits[model.collectivities.index(name)]) / len(places)
            for number, (lon, lat) in enumerate(places):
                sites.append(Site(f"{name}/{number}", lon, lat))
                owner.append(unit)
                weight.append(share)
    seconds = router.measure(sites).seconds[0].astype(float)
    size = len(codes)
    of_unit = np.zeros((size, len(owner)))
    of_unit[owner, np.arange(len(owner))] = weight
    sums = of_unit.sum(axis=1, keepdims=True)
    # In a unit without demand all points have the same weight.
    equal = (np.array(owner) == np.arange(size)[:, None]).astype(float)
    of_unit = np.where(sums > 0, of_unit, equal)
    of_unit /= of_unit.sum(axis=1, keepdims=True)
    both = (seconds + seconds.T) / 2
    between_s = of_unit @ both[first:, first:] @ of_unit.T
    from_s = both[:first, first:] @ of_unit.T
    return between_s, from_s[:size], from_s[size:]
