"""Vehicle types: technicians that no rule of the day tells apart, and what each type can drive."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.clock import start_from

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.solve.timing.arrays import Arrays

    Ints = NDArray[np.int64]


@dataclass
class VehicleType:
    """
    Technicians that no rule tells apart: one of them, how many there are, and their legs.

    Parameters
    ----------
    number
        As in `Arrays.vehicle_type`.
    technician
        Index of the first technician of the type.
    count
        How many technicians are of the type.
    legs
        Bool (n + 1, n + 1): row = from, column = to; index n is the start and end place.
    soonest, latest
        As in `PricingProblem` (n, 2).
    use, limit, limits_work
        As in `PricingProblem`.
    charged
        Whether overtime costs, so that a round's cost depends on its return.
    middle
        Where forward and backward labels meet (seconds); moved to balance them.
    """

    number: int
    technician: int
    count: int
    legs: NDArray[np.bool_]
    soonest: Ints
    latest: Ints
    use: Ints
    limit: Ints
    limits_work: bool
    charged: bool
    middle: int
    _lists: tuple[Ints, Ints, Ints, Ints] | None = field(default=None, repr=False)

    @property
    def usable(self) -> bool:
        """Return whether any round is possible at all."""
        return bool(self.legs.any())

    def forbid(self, legs: NDArray[np.bool_]) -> None:
        """Forbid legs (n + 1, n + 1): no better solution uses them."""
        self.legs &= ~legs
        self._lists = None

    def lists(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Return after_first, after, before_first, before, as in `PricingProblem`."""
        if self._lists is None:
            inner = self.legs[:-1, :-1]
            self._lists = (*_rows_of(inner), *_rows_of(inner.T))
        return self._lists


def _rows_of(legs: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    first = np.concatenate([[0], np.cumsum(legs.sum(axis=1))]).astype(np.int64)
    return first, np.nonzero(legs)[1].astype(np.int64)


def shortest_travel(travel: Ints) -> Ints:
    """Return the least seconds between all nodes (k, k), through others where that is less."""
    least = travel.copy()
    for via in range(len(least)):
        np.minimum(least, least[:, via, None] + least[None, via, :], out=least)
    return least


def vehicle_types_of(a: Arrays) -> list[VehicleType]:
    """Return the vehicle types of a problem, in the order of their numbers."""
    least = shortest_travel(a.travel.min(axis=0))
    members: dict[int, list[int]] = {}
    for m, number in enumerate(a.vehicle_type.tolist()):
        members.setdefault(number, []).append(m)
    return [_vehicle_type(a, k, members[k], least) for k in sorted(members)]


def _vehicle_type(a: Arrays, number: int, members: list[int], least: Ints) -> VehicleType:
    n, m = a.visits, members[0]
    soonest = np.full((n, 2), NEVER, dtype=np.int64)
    latest = np.full((n, 2), -NEVER, dtype=np.int64)
    for v in range(n):
        ready = int(a.shift_start[m] + least[a.start[m], v])
        rested = max(ready, int(a.break_earliest[m])) + int(a.break_length[m])
        for flag, at in ((1, ready), (0, rested)):
            begin = int(start_from(a, v, at))
            soonest[v, flag] = NEVER if begin == NEVER else begin + int(a.duration[v])
        latest[v, 1] = a.latest_return[m] - least[v, a.end[m]]
        # After the latest start of the break it can no longer be taken, but it is due.
        latest[v, 0] = min(latest[v, 1], a.break_latest[m])
    possible = a.allowed[m] & (soonest[:, 1] <= latest[:, 1]) & (a.load <= a.capacity[m])
    legs = np.zeros((n + 1, n + 1), dtype=np.bool_)
    legs[:n, :n] = possible[:, None] & possible[None, :]
    np.fill_diagonal(legs, val=False)
    legs[n, :n] = legs[:n, n] = possible
    for x, y in np.argwhere(legs[:n, :n]).tolist():
        begin = int(start_from(a, y, int(soonest[x, 1] + a.travel[:, x, y].min())))
        legs[x, y] = begin + int(a.duration[y]) <= latest[y, 1]

    use, limit = [], []
    if a.load[possible].sum() > a.capacity[m]:
        use.append(a.load)
        limit.append(int(a.capacity[m]))
    limits_work = bool(a.max_working[m] < a.latest_return[m] - a.shift_start[m])
    if limits_work:
        use.append(a.duration)
        limit.append(int(a.max_working[m]))
    middle = int(a.shift_start[m] + a.latest_return[m]) // 2
    if a.has_break[m]:
        middle = int(a.break_earliest[m] + a.break_latest[m] + a.break_length[m]) // 2
    return VehicleType(
        number=number,
        technician=m,
        count=len(members),
        legs=legs,
        soonest=soonest,
        latest=latest,
        use=np.array(use, dtype=np.int64).reshape(len(use), n),
        limit=np.array(limit, dtype=np.int64),
        limits_work=limits_work,
        charged=bool(a.overtime_weight[0] > 0 and a.latest_return[m] > a.shift_end[m]),
        middle=middle,
    )
