"""The best split, and the front of travel against the largest workload of a technician.

Symbols: W_j = S_j + T_j the work of centre j (seconds a day), m_j its technicians, N all of
them, K the number of centres, c_j its cost, (1) of `criteria`.

    minimise sum_j c_j    subject to W_j / m_j <= w for each centre      (1)

For a given w a centre needs m_j(w) = max(least, ceil(W_j / w)) technicians, so that one row of the
set partitioning of `partition`, sum_j m_j(w) x_j <= N, chooses whole technicians with the groups.
The technicians that no centre needs go where workload is largest.

With the tolerance P, w = (1 + P) (S + T*) / N: an even share of all service S and of the least
travel T* of any split, which is (1) without w.

The front (lexicographic epsilon-constraint; Haimes, Lasdon and Wismer 1971,
doi:10.1109/TSMC.1971.4308298; Mavrotas 2009, doi:10.1016/j.amc.2009.03.037): solve without w; then
repeatedly with a largest workload below that of the last point, by a step or, with step 0,
strictly. It ends when there is no split, or when w is below an even share, (S + T*) / N, which no
split reaches. Whole numbers are compared, so that step 0 misses no point: each point has the least
cost for its workload, proven, and the last point has the least workload of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from dispatch.errors import SolverError
from dispatch.resplit.estimate import staffed
from dispatch.resplit.partition import choose_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dispatch.resplit.criteria import Candidates, Criteria


@dataclass(frozen=True)
class CentreChoice:
    """
    A choice of centres.

    Parameters
    ----------
    chosen
        Indices of the candidates.
    technicians
        Technicians of each centre.
    cost, bound
        Seconds a day; no choice with the same largest workload costs less than the bound (None:
        unknown).
    travel_s
        Seconds a day.
    workload
        Largest workload of a technician (seconds a day), exact.
    """

    chosen: tuple[int, ...]
    technicians: tuple[int, ...]
    cost: int
    bound: int | None
    travel_s: int
    workload: Fraction

    @property
    def proven(self) -> bool:
        """Return whether the choice is proven optimal."""
        return self.bound is not None and self.bound >= self.cost


@dataclass(frozen=True)
class Ceiling:
    """The largest workload allowed (seconds a day), itself included unless `strict`."""

    workload: Fraction
    strict: bool = False

    def needed(self, work_s: NDArray[np.int64], least: int) -> NDArray[np.int64]:
        """Return the fewest technicians with which each centre's workload is allowed."""
        number, over = self.workload.denominator, self.workload.numerator
        if over <= 0:
            return np.full(work_s.shape, np.iinfo(np.int64).max // 2)
        if self.strict:
            return np.maximum(least, work_s * number // over + 1)
        return np.maximum(least, -(-work_s * number // over))


def best(
    centres: Candidates, criteria: Criteria, ceiling: Ceiling | None, *, effort: float
) -> CentreChoice | None:
    """
    Return the choice of least cost, or None when there is none.

    Parameters
    ----------
    centres
        The candidates.
    criteria
        Number of centres and technicians.
    ceiling
        Limit of the workload; None: no limit.
    effort
        Limit of the search in CP-SAT's deterministic seconds.
    """
    k, total, least = criteria.centres, criteria.technicians, criteria.technicians_least
    if total < k * least or not len(centres):
        return None
    needed = (
        np.full(len(centres), least) if ceiling is None else ceiling.needed(centres.work_s, least)
    )
    columns, kept = centres.needing(needed, total - (k - 1) * least)
    choice = choose_groups(columns, k, total, effort=effort)
    if choice is None:
        return None
    chosen = tuple(int(kept[column]) for column in choice.columns)
    return counted(centres, criteria, chosen, bound=choice.bound)


def counted(
    centres: Candidates, criteria: Criteria, chosen: Sequence[int], *, bound: int | None = None
) -> CentreChoice:
    """Return a choice of candidates with its technicians and its figures."""
    index = list(chosen)
    work = centres.work_s[index]
    counts = staffed(work[None, :], criteria.technicians, criteria.technicians_least)[0]
    cost = int(centres.cost[index].sum())
    return CentreChoice(
        chosen=tuple(index),
        technicians=tuple(int(count) for count in counts),
        cost=cost,
        bound=bound,
        travel_s=int(centres.travel_s[index].sum()),
        workload=max(
            Fraction(int(w), int(m)) for w, m in zip(work.tolist(), counts.tolist(), strict=True)
        ),
    )


def ceiling_of(services_s: float, least_travel_s: int, criteria: Criteria) -> Ceiling | None:
    """Return the workload that the tolerance allows: (1 + P) (S + T*) / N; None: any."""
    if criteria.tolerance is None:
        return None
    share = Fraction(round(services_s) + least_travel_s, criteria.technicians)
    # Through its decimal text the tolerance becomes an exact fraction.
    return Ceiling(share * (1 + Fraction(str(criteria.tolerance))))


def workload_front(
    centres: Candidates,
    criteria: Criteria,
    *,
    effort: float,
    step_s: int = 0,
    on_point: Callable[[CentreChoice], None] | None = None,
) -> list[CentreChoice]:
    """
    Return the front of cost against the largest workload of a technician, by rising cost.

    Parameters
    ----------
    centres, criteria, effort
        As in `best`.
    step_s
        Least difference of workload (seconds a day) between points; 0: any.
    on_point
        Called with each point as it is found.
    """
    points: list[CentreChoice] = []
    even_s = 0
    ceiling: Ceiling | None = None
    while True:
        try:
            found = best(centres, criteria, ceiling, effort=effort)
        except SolverError:
            if not points:
                raise
            break  # the effort did not suffice below the last point
        if found is None:
            break
        if points and points[-1].cost >= found.cost:
            points.pop()  # the new point costs no more and is more even
        points.append(found)
        # An even share is at least all service and the bound on travel. The bound is one of travel
        # only when the cost has no part for pôles and people.
        if even_s == 0 and found.cost == found.travel_s and ceiling is None:
            even_s = int(centres.work_s[list(found.chosen)].sum()) - (
                found.cost - (found.bound or 0)
            )
        if on_point is not None:
            on_point(found)
        ceiling = Ceiling(found.workload - step_s, strict=step_s == 0)
        if step_s and ceiling.workload < Fraction(even_s, criteria.technicians):
            break
    return points


def workload_front_of_all(
    centres: Candidates, criteria: Criteria, splits: NDArray[np.int64], step_s: int = 0
) -> list[CentreChoice]:
    """
    Return the same front from the list of every split, exact to the last point.

    Parameters
    ----------
    centres
        The candidates, without names (see `Criteria.named`).
    criteria
        Number of technicians.
    splits
        Masks of the groups of every split, shape (splits, centres).
    step_s
        As in `workload_front`.
    """
    order = np.argsort(centres.masks)
    index = order[np.searchsorted(centres.masks[order], splits)]
    work = centres.work_s[index]
    counts = staffed(work, criteria.technicians, criteria.technicians_least)
    largest = (work / counts).max(axis=1)
    cost = centres.cost[index].sum(axis=1)
    points: list[CentreChoice] = []
    # Of splits of equal cost only the one of least workload can be on the front.
    for row in np.lexsort((largest, cost)).tolist():
        if points and largest[row] >= float(points[-1].workload):
            continue
        made = counted(centres, criteria, sorted(index[row].tolist()), bound=int(cost[row]))
        limit = points[-1].workload - step_s if points else None
        below = limit is None or (made.workload <= limit if step_s else made.workload < limit)
        if below:
            points.append(made)
    return points
