"""The criteria of a split, and every candidate centre that keeps them.

A *candidate* is a connected group of communes. It also has a label, the present centre that it
would be, when that matters: when premises stay, when a commune is fixed to a centre or forbidden to
it, or when visits that change their centre cost.

    c_j = T_j + P (poles_j - 1) + Q moved_j                             (1)

T_j: travel a day (`estimate`); poles_j: number of pôles that the group is in; moved_j: daily visits
of its communes that are now in another centre; P and Q: `--keep-poles` and `--keep-people`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from dispatch.resplit.estimate import figures, figures_from
from dispatch.resplit.groups import connected_groups, membership
from dispatch.resplit.partition import GroupColumns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from dispatch.resplit.units import Units
    from dispatch.service.split_settings import TravelEstimate


@dataclass(frozen=True)
class Criteria:
    """
    The criteria of a split.

    Parameters
    ----------
    centres
        Number of centres.
    least, most
        Least number of collectivities, and most communes, of a centre.
    technicians, technicians_least
        Total number, and the least number of a centre.
    tolerance
        Part of an even share by which the largest workload of a technician may exceed it; None:
        any.
    keep_poles_s, keep_people_s
        P and Q (seconds).
    premises
        "any": at the best town hall of the group; "fixed": those of the present centres.
    fixed
        By collectivity the centre that must have it.
    forbidden
        Pairs of a collectivity and a centre that may not have it.
    contiguous
        Whether a group must be connected.
    """

    centres: int
    least: int
    most: int
    technicians: int
    technicians_least: int
    tolerance: float | None = None
    keep_poles_s: float = 0.0
    keep_people_s: float = 0.0
    premises: Literal["any", "fixed"] = "any"
    fixed: Mapping[str, str] = field(default_factory=dict)
    forbidden: frozenset[tuple[str, str]] = frozenset()
    contiguous: bool = True

    @property
    def named(self) -> bool:
        """Return whether candidates need labels: whether the present centre of a group matters."""
        return (
            self.premises == "fixed"
            or self.keep_people_s > 0
            or bool(self.fixed)
            or bool(self.forbidden)
        )


@dataclass(frozen=True, eq=False)
class Candidates:
    """
    The candidate centres, one element each.

    Parameters
    ----------
    masks, members
        The groups, as masks and as an array of shape (candidates, units).
    label
        Index of the present centre; -1: no label, or a new centre.
    premises
        Unit of the premises; -1: those of the present centre, outside all units.
    travel_s, work_s, cost
        Whole seconds a day; the cost is c_j of (1).
    moved
        Daily visits that change their centre; 0 without labels.
    poles
        Number of pôles that the group is in.
    """

    masks: NDArray[np.int64]
    members: NDArray[np.bool_]
    label: NDArray[np.int64]
    premises: NDArray[np.int64]
    travel_s: NDArray[np.int64]
    work_s: NDArray[np.int64]
    cost: NDArray[np.int64]
    moved: NDArray[np.float64]
    poles: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of candidates."""
        return len(self.masks)

    def needing(
        self, technicians: NDArray[np.int64], most: int
    ) -> tuple[GroupColumns, NDArray[np.int64]]:
        """Return the candidates of at most `most` technicians as columns, and their indices."""
        kept = np.flatnonzero(technicians <= most)
        columns = GroupColumns(
            self.members[kept], self.cost[kept], technicians[kept], self.label[kept]
        )
        return columns, kept


def candidates(
    units: Units, criteria: Criteria, settings: TravelEstimate, limit: int
) -> Candidates:
    """
    Return every candidate centre.

    Parameters
    ----------
    units
        The communes.
    criteria
        The criteria.
    settings
        Constants of the estimate.
    limit
        Most groups that are listed.

    Raises
    ------
    TooManyGroupsError
        When there are more groups.
    """
    size = len(units)
    everyone = tuple(tuple(v for v in range(size) if v != u) for u in range(size))
    near = units.near if criteria.contiguous else everyone
    masks = np.array(connected_groups(near, criteria.most, limit), dtype=np.int64)
    members = membership(masks, size)
    kept = members @ units.collectivities >= criteria.least
    masks, members = masks[kept], members[kept]
    if not criteria.named:
        found = figures(units, members, settings)
        poles_cost = np.rint(criteria.keep_poles_s * (found.poles - 1)).astype(np.int64)
        return Candidates(
            masks=masks,
            members=members,
            label=np.full(len(masks), -1),
            premises=found.premises,
            travel_s=found.travel_s,
            work_s=found.work_s,
            cost=found.travel_s + poles_cost,
            moved=np.zeros(len(masks)),
            poles=found.poles,
        )
    parts = [
        _of_label(units, criteria, settings, masks, members, label)
        for label in [*range(len(units.centres)), *([] if _all_named(units, criteria) else [-1])]
    ]
    names = (
        "masks",
        "members",
        "label",
        "premises",
        "travel_s",
        "work_s",
        "cost",
        "moved",
        "poles",
    )
    return Candidates(**{n: np.concatenate([getattr(part, n) for part in parts]) for n in names})


def _all_named(units: Units, criteria: Criteria) -> bool:
    """Return whether every centre must be a present centre."""
    return criteria.premises == "fixed" or criteria.centres <= len(units.centres)


def _of_label(
    units: Units,
    criteria: Criteria,
    settings: TravelEstimate,
    masks: NDArray[np.int64],
    members: NDArray[np.bool_],
    label: int,
) -> Candidates:
    """Return the groups that may be one present centre (or a new centre: -1)."""
    centre = units.centres[label] if label >= 0 else None
    home = units.centre_home[label] if label >= 0 else -1
    stays = criteria.premises == "fixed"
    allowed = np.ones(len(masks), dtype=np.bool_)
    if stays and home >= 0:
        allowed &= members[:, home]
    for collectivity, wanted in criteria.fixed.items():
        inside = members[:, units.index(collectivity)]
        allowed &= inside if wanted == centre else ~inside
    for collectivity, refused in criteria.forbidden:
        if refused == centre:
            allowed &= ~members[:, units.index(collectivity)]
    masks, members = masks[allowed], members[allowed]
    found = (
        figures_from(units, members, units.centre_from_s[label], settings)
        if stays
        else figures(units, members, settings)
    )
    leaves = np.array([now is not None and now != centre for now in units.present])
    moved = members @ (units.visits * leaves)
    keeping = criteria.keep_poles_s * (found.poles - 1) + criteria.keep_people_s * moved
    return Candidates(
        masks=masks,
        members=members,
        label=np.full(len(masks), label),
        premises=np.full(len(masks), home) if stays else found.premises,
        travel_s=found.travel_s,
        work_s=found.work_s,
        cost=found.travel_s + np.rint(keeping).astype(np.int64),
        moved=moved,
        poles=found.poles,
    )
