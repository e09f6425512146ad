"""Every admissible split with its estimated travel and balance, to rank a split among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dispatch.errors import InputError
from dispatch.resplit.estimate import figures, staffed
from dispatch.resplit.groups import membership
from dispatch.resplit.listing import every_split
from dispatch.resplit.units import prepare_units
from dispatch.service.service import read_service
from dispatch.splits.checks import seat_of
from dispatch.splits.split import Split
from dispatch.streets.roads import load_network
from dispatch.streets.router import Router, TravelSettings
from dispatch.territory import read_communes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dispatch.resplit.estimate import GroupFigures
    from dispatch.resplit.units import Units
    from dispatch.service.service import Service
    from dispatch.territory import Commune

SOURCE = "splits"


@dataclass(frozen=True, eq=False)
class Admissible:
    """
    Every admissible split, one element each, in a fixed order.

    Each centre has its premises at its best town hall. Technicians are shared out so that the
    largest workload is as small as possible.

    Parameters
    ----------
    units
        The communes; unit i is bit i of a mask.
    groups
        Masks of the groups that occur, rising, shape (groups,).
    of_group
        Figures of these groups.
    splits
        Index of each split's groups, shape (splits, centres).
    technicians
        Technicians of each centre of each split, shape (splits, centres).
    travel_s
        Estimated travel a day (seconds), shape (splits,).
    workload_max_s
        Largest workload of a technician (seconds a day), shape (splits,).
    balance
        Largest over mean workload of a technician, at least 1, shape (splits,).
    service
        The service with the criteria and constants.
    """

    units: Units
    groups: NDArray[np.int64]
    of_group: GroupFigures
    splits: NDArray[np.int64]
    technicians: NDArray[np.int64]
    travel_s: NDArray[np.int64]
    workload_max_s: NDArray[np.float64]
    balance: NDArray[np.float64]
    service: Service

    def __len__(self) -> int:
        """Return the number of splits."""
        return len(self.travel_s)

    def figures_of(self, split: Split) -> tuple[float, float]:
        """
        Return travel (seconds a day) and balance of a split by the same estimate.

        Premises and technicians are the best ones, as for the listed splits, whatever the given
        split says: only the division of communes is compared. It need not be admissible.

        Raises
        ------
        InputError
            When the split is not one of the same communes, or separates the Métropole's own
            services from their seat.
        """
        masks = np.array([_mask(self.units, members) for members in split.groups.values()])
        whole = (1 << len(self.units)) - 1
        if int(np.bitwise_or.reduce(masks)) != whole or int(masks.sum()) != whole:
            message = (
                "does not split the same communes, or separates the Métropole's own services "
                "from their seat; it has no rank among these splits"
            )
            source = f"split {split.name}"
            raise InputError.one(source, message)
        total = int(self.technicians[0].sum())
        found = figures(self.units, membership(masks, len(self.units)), self.service.resplit.travel)
        counts = staffed(found.work_s[None, :], total, self.service.split.technicians_least)[0]
        work = found.work_s
        return float(found.travel_s.sum()), float((work / counts).max() * total / work.sum())

    def split(self, index: int, name: str | None = None) -> Split:
        """Return a split by its index; its centres are c1, c2, ... by their first commune."""
        groups = self.groups[self.splits[index]]
        inside = membership(groups, len(self.units))
        order = np.argsort(inside.argmax(axis=1), kind="stable")
        centre_of: dict[str, str] = {}
        premises: dict[str, str] = {}
        counts: dict[str, int] = {}
        for number, group in enumerate(order.tolist(), 1):
            centre = f"c{number}"
            for unit in np.flatnonzero(inside[group]).tolist():
                centre_of |= dict.fromkeys(self.units.members[unit], centre)
            best = int(self.of_group.premises[self.splits[index, group]])
            premises[centre] = self.units.insee[best]
            counts[centre] = int(self.technicians[index, group])
        return Split(name or f"admissible-{index}", centre_of, premises, counts)


def admissible_splits(
    service: Service | None = None,
    communes: Mapping[str, Commune] | None = None,
    router: Router | None = None,
    *,
    collectivities: Sequence[str] | None = None,
    centres: int | None = None,
    least: int | None = None,
    most: int | None = None,
    technicians: int | None = None,
    strict: bool = False,
) -> Admissible:
    """
    Return every admissible split with its estimated travel and balance.

    Parameters
    ----------
    service, communes, router
        None: the bundled ones.
    collectivities
        The collectivities that take part; None: those served now (14 communes and the Métropole's
        own services).
    centres
        Number of centres; None: as many as now.
    least, most
        Least number of collectivities and most communes of a centre; None: as `[split]` says,
        and with more communes `most` grows in proportion.
    technicians
        Total number; None: as many a visit as now.
    strict
        Whether driving through communes that take no part is excluded.

    Raises
    ------
    InputError
        When there are more splits than `[resplit] splits_max`, or none.
    TravelError
        When a place is too far from any road.
    """
    service = read_service() if service is None else service
    communes = read_communes() if communes is None else communes
    if router is None:
        settings = TravelSettings.from_toml(service.travel)
        router = Router(load_network("bundled"), settings=settings)
    units = prepare_units(service, communes, router, collectivities)
    centres = len(Split.of(service).centres) if centres is None else centres
    least = service.split.least if least is None else least
    most = most_communes(service, units, centres) if most is None else most
    total = technicians_for(service, units) if technicians is None else technicians
    limit = service.resplit.splits_max
    near = units.strict if strict else units.near
    masks = every_split(near, units.collectivities.tolist(), centres, least, most, limit)
    asked = f"{len(units)} communes into {centres} centres of {least} to {most}"
    if not len(masks):
        message = f"there is no split of {asked}; allow other sizes or another number of centres"
        raise InputError.one(SOURCE, message)
    if len(masks) > limit:
        message = f"{asked} make more than {limit} splits; narrow the sizes"
        raise InputError.one(SOURCE, message)
    if total < centres * service.split.technicians_least:
        message = f"are too few for {centres} centres of at least {service.split.technicians_least}"
        raise InputError.one(SOURCE, message, where="technicians", value=total)
    groups, flat = np.unique(masks, return_inverse=True)
    index = flat.reshape(masks.shape)
    found = figures(units, membership(groups, len(units)), service.resplit.travel)
    work = found.work_s[index]
    counts = staffed(work, total, service.split.technicians_least)
    largest = (work / counts).max(axis=1)
    return Admissible(
        units=units,
        groups=groups,
        of_group=found,
        splits=index,
        technicians=counts,
        travel_s=found.travel_s[index].sum(axis=1),
        workload_max_s=largest,
        balance=largest * total / work.sum(axis=1),
        service=service,
    )


def most_communes(service: Service, units: Units, centres: int) -> int:
    """
    Return the most communes that a centre may have.

    For the communes served now it is the number of `[split]`. With other communes it grows in
    proportion to the communes of a centre, rounded up.
    """
    now = Split.of(service)
    served = {seat_of(name, service) for name in now.centre_of}
    ratio = service.split.most * len(now.centres) / len(served)
    usual = -(-ratio * len(units) // centres)
    return max(service.split.most, int(usual))


def technicians_for(service: Service, units: Units) -> int:
    """Return the total number of technicians: as many a visit as now, rounded."""
    return round(len(service.technicians) * float(units.visits.sum()) / service.visits_per_day)


def _mask(units: Units, members: Sequence[str]) -> int:
    known = {name: index for index, own in enumerate(units.members) for name in own}
    inside = {known[name] for name in members if name in known}
    whole = all(set(units.members[index]) <= set(members) for index in inside)
    return sum(1 << index for index in inside) if whole and len(members) else 0
