"""What is asked of a split, and every centre that one could have under it.

A *candidate* is a connected group of communes, with the present centre that it would be where
that matters: where premises stay, where a commune is fixed to or forbidden a centre, or where
load that changes its centre has a price.

    c_j = T_j + P (poles_j - 1) + Q moved_j                             (1)

T_j: travel a day (`estimate`); poles_j: pôles that the group lies in; moved_j: daily visits of
communes that another centre has now; P and Q: `--keep-poles` and `--keep-people`.
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
    What is asked of a split.

    Parameters
    ----------
    centres
        Their number.
    least, most
        Collectivities of a centre at least, communes at most.
    technicians, technicians_least
        In all, and of each centre at least.
    tolerance
        How much the largest workload of a technician may exceed an even share, as a part of it;
        None: any.
    keep_poles_s, keep_people_s
        P and Q (seconds).
    premises
        "any": at the best town hall of the group; "fixed": where the present centres are.
    fixed
        Centre of collectivities that must be in its charge.
    forbidden
        Pairs of a collectivity and a centre that must not have it.
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
        """Return whether it matters which present centre a group would be."""
        return (
            self.premises == "fixed"
            or self.keep_people_s > 0
            or bool(self.fixed)
            or bool(self.forbidden)
        )


@dataclass(frozen=True, eq=False)
class Candidates:
    """
    The centres that there could be, one element each.

    Parameters
    ----------
    masks, members
        The groups, as masks and as shape (candidates, units).
    label
        Index of the present centre, or -1: any, or a new one.
    premises
        Unit of the premises, or -1: where the present centre has them.
    travel_s, work_s, cost
        Seconds a day, whole; c_j of (1).
    moved
        Daily visits that change their centre, where it matters.
    poles
        Pôles that it lies in.
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
        """Return their number."""
        return len(self.masks)

    def needing(
        self, technicians: NDArray[np.int64], most: int
    ) -> tuple[GroupColumns, NDArray[np.int64]]:
        """Return those that need at most so many technicians as columns, and their indices."""
        kept = np.flatnonzero(technicians <= most)
        columns = GroupColumns(
            self.members[kept], self.cost[kept], technicians[kept], self.label[kept]
        )
        return columns, kept


def candidates(
    units: Units, criteria: Criteria, settings: TravelEstimate, limit: int
) -> Candidates:
    """
    Return every centre that there could be.

    Parameters
    ----------
    units
        The communes.
    criteria
        What is asked.
    settings
        Constants of the estimate.
    limit
        Groups that are listed at most.

    Raises
    ------
    TooManyGroupsError
        When there are more.
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
        poles_price = np.rint(criteria.keep_poles_s * (found.poles - 1)).astype(np.int64)
        return Candidates(
            masks=masks,
            members=members,
            label=np.full(len(masks), -1),
            premises=found.premises,
            travel_s=found.travel_s,
            work_s=found.work_s,
            cost=found.travel_s + poles_price,
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
    """Return whether every centre must be a present one."""
    return criteria.premises == "fixed" or criteria.centres <= len(units.centres)


def _of_label(
    units: Units,
    criteria: Criteria,
    settings: TravelEstimate,
    masks: NDArray[np.int64],
    members: NDArray[np.bool_],
    label: int,
) -> Candidates:
    """Return the groups as one present centre (or a new one: -1), where that is allowed."""
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
    price = criteria.keep_poles_s * (found.poles - 1) + criteria.keep_people_s * moved
    return Candidates(
        masks=masks,
        members=members,
        label=np.full(len(masks), label),
        premises=np.full(len(masks), home) if stays else found.premises,
        travel_s=found.travel_s,
        work_s=found.work_s,
        cost=found.travel_s + np.rint(price).astype(np.int64),
        moved=moved,
        poles=found.poles,
    )
