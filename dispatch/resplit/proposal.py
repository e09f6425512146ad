"""A split with its estimated figures, for tables, reports and programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from dispatch.resplit.estimate import figures_from
from dispatch.splits.split import Split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatch.resplit.criteria import Candidates, Criteria
    from dispatch.resplit.search import CentreChoice
    from dispatch.resplit.units import Units
    from dispatch.service.service import Service
    from dispatch.service.split_settings import TravelEstimate


@dataclass(frozen=True)
class Proposal:
    """
    A split with its estimated figures.

    Parameters
    ----------
    split
        The split, with premises and technicians.
    travel_s
        Estimated travel of all centres (seconds a day).
    work_s
        Service and travel of each centre (seconds a day), by centre id.
    cost, bound
        The minimised cost (seconds a day), and a bound: no split with the same largest workload
        costs less (None: unknown).
    poles
        Number of pôles beyond the first that centres are in, summed over centres.
    moved
        INSEE codes of the communes that change their centre.
    moved_visits
        Daily visits of these communes.
    """

    split: Split
    travel_s: int
    work_s: Mapping[str, int]
    cost: int
    bound: int | None
    poles: int
    moved: tuple[str, ...]
    moved_visits: float

    @property
    def proven(self) -> bool:
        """Return whether the split is proven optimal for its workload."""
        return self.bound is not None and self.bound >= self.cost

    @property
    def gap(self) -> float | None:
        """Return (cost - bound) / cost."""
        if self.bound is None:
            return None
        return (self.cost - self.bound) / self.cost if self.cost else 0.0

    @property
    def workload_s(self) -> dict[str, float]:
        """Return the workload of a technician (seconds a day), by centre id."""
        return {
            centre: work / self.split.technicians[centre] for centre, work in self.work_s.items()
        }

    @property
    def workload_max_s(self) -> float:
        """Return the largest workload of a technician (seconds a day)."""
        return max(self.workload_s.values())

    @property
    def balance(self) -> float:
        """Return the largest workload over the mean workload of a technician, at least 1."""
        mean = sum(self.work_s.values()) / sum(self.split.technicians.values())
        return self.workload_max_s / mean

    def to_dict(self) -> dict[str, Any]:
        """Return the proposal as plain values, for JSON."""
        return {
            "name": self.split.name,
            "travel_s": self.travel_s,
            "workload_max_s": round(self.workload_max_s, 1),
            "balance": round(self.balance, 5),
            "cost_s": self.cost,
            "bound_s": self.bound,
            "proven_optimal": self.proven,
            "gap": None if self.gap is None else round(self.gap, 5),
            "poles_broken": self.poles,
            "moved": list(self.moved),
            "moved_visits_a_day": round(self.moved_visits, 2),
            "centres": {
                centre: {
                    "collectivities": list(members),
                    "premises": self.split.premises.get(centre),
                    "technicians": self.split.technicians[centre],
                    "work_s": self.work_s[centre],
                    "workload_s": round(self.workload_s[centre], 1),
                }
                for centre, members in self.split.groups.items()
            },
        }


def proposal(
    units: Units, criteria: Criteria, centres: Candidates, found: CentreChoice, name: str
) -> Proposal:
    """Return a choice of candidates as a split; its centres have the names of present ones."""
    index = list(found.chosen)
    names = centre_names(units, centres, index)
    centre_of, premises, work, counts = {}, {}, {}, {}
    for candidate, centre, technicians in zip(index, names, found.technicians, strict=True):
        for unit in np.flatnonzero(centres.members[candidate]).tolist():
            centre_of.update(dict.fromkeys(units.members[unit], centre))
        # -1: the premises stay at an address of the service file.
        if (home := int(centres.premises[candidate])) >= 0 and not _stays(units, criteria, centre):
            premises[centre] = units.insee[home]
        work[centre] = int(centres.work_s[candidate])
        counts[centre] = technicians
    split = Split(name, centre_of, premises, counts)
    moved, moved_visits = moved_communes(units, split)
    return Proposal(
        split=split,
        travel_s=found.travel_s,
        work_s=work,
        cost=found.cost,
        bound=found.bound,
        poles=int((centres.poles[index] - 1).sum()),
        moved=moved,
        moved_visits=moved_visits,
    )


def _stays(units: Units, criteria: Criteria, centre: str) -> bool:
    return criteria.premises == "fixed" and centre in units.centres


def centre_names(units: Units, centres: Candidates, index: Sequence[int]) -> list[str]:
    """
    Return the names of chosen centres: that of a present centre, or a new name.

    A candidate with a label has the name of that centre. The other names are assigned so that as
    many daily visits as possible stay with their centre (Kuhn 1955, doi:10.1002/nav.3800020109).
    """
    labels = [int(centres.label[candidate]) for candidate in index]
    free = [c for c in range(len(units.centres)) if c not in labels]
    open_ = [row for row, label in enumerate(labels) if label < 0]
    stays = np.zeros((len(open_), len(free)))
    for row, chosen in enumerate(open_):
        inside = centres.members[index[chosen]]
        for column, centre in enumerate(free):
            own = np.array([now == units.centres[centre] for now in units.present])
            stays[row, column] = float(units.visits[inside & own].sum())
    for row, column in zip(*linear_sum_assignment(stays, maximize=True), strict=True):
        labels[open_[row]] = free[column]
    names, fresh = [], 0
    for label in labels:
        if label >= 0:
            names.append(units.centres[label])
        else:
            fresh += 1
            names.append(f"nouveau-{fresh}")
    return names


def moved_communes(units: Units, split: Split) -> tuple[tuple[str, ...], float]:
    """Return the communes that change their centre, and their daily visits."""
    moved = [
        index
        for index, now in enumerate(units.present)
        if now is not None and split.centre_of[units.members[index][0]] != now
    ]
    return tuple(units.insee[i] for i in moved), float(units.visits[moved].sum())


def present_proposal(
    units: Units, service: Service, settings: TravelEstimate, name: str
) -> Proposal | None:
    """Return the present split by the same estimate; None when other communes take part."""
    if any(now is None for now in units.present):
        return None
    now = Split.of(service, name)
    if set(now.centre_of) != {member for own in units.members for member in own}:
        return None
    travel, work, poles = 0, {}, 0
    for centre in now.centres:
        label = units.centres.index(centre)
        inside = np.array([[present == centre for present in units.present]])
        found = figures_from(units, inside, units.centre_from_s[label], settings)
        travel += int(found.travel_s[0])
        work[centre] = int(found.work_s[0])
        poles += int(found.poles[0]) - 1
    return Proposal(now, travel, work, travel, None, poles, (), 0.0)
