"""The best split, and the front of travel against the largest workload of a technician.

Symbols: W_j = S_j + T_j the work of centre j (seconds a day), m_j its technicians, N all of
them, K the number of centres, c_j its cost, (1) of `criteria`.

    minimise sum_j c_j    subject to W_j / m_j <= w for each centre      (1)

For a given w a centre needs m_j(w) = max(least, ceil(W_j / w)) technicians, so that whole
technicians are chosen with the groups by one row, sum_j m_j(w) x_j <= N, of the set
partitioning of `partition`; those left over go where workload is largest.

The tolerance P allows w = (1 + P) (S + T*) / N: an even share of all service S and the least
travel T* that any split has, (1) without w.

The front (lexicographic epsilon-constraint; Haimes, Lasdon and Wismer 1971,
doi:10.1109/TSMC.1971.4308298; Mavrotas 2009, doi:10.1016/j.amc.2009.03.037): solve without w;
then again and again for a largest workload below that of the last point, by a step or (step 0)
strictly, until there is none or it would be below an even share, (S + T*) / N, which
nothing is. Comparisons are of whole numbers, so that with step 0 no point is missed: each point
has the least cost for its workload, proven, and the last the least workload there is.
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
        Of each.
    cost, bound
        Seconds a day; no choice within the same workload costs less than the bound
        (None: none is known).
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
        """Return whether nothing better exists."""
        return self.bound is not None and self.bound >= self.cost


@dataclass(frozen=True)
class Ceiling:
    """The largest workload that is allowed (seconds a day): up to it, or strictly below."""

    workload: Fraction
    strict: bool = False

    def needed(self, work_s: NDArray[np.int64], least: int) -> NDArray[np.int64]:
        """Return the fewest technicians with which each work stays within it, in whole numbers."""
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
    Return the choice of least cost, or None where there is none.

    Parameters
    ----------
    centres
        The candidates.
    criteria
        Number of centres and technicians.
    ceiling
        Of the workload; None: none.
    effort
        Limit of the search, in CP-SAT's deterministic seconds.
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
    """Return a choice with its technicians shared out and its figures counted."""
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
    # A tolerance is written in tenths of a percent at most: as a decimal, not as a float.
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
        Points whose workloads are nearer than this (seconds a day) are passed over; 0: none is.
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
            break  # nothing was decided below the last point within the effort
        if found is None:
            break
        if points and points[-1].cost >= found.cost:
            points.pop()  # as cheap, and more even
        points.append(found)
        # All work at the least cost that any split has: travel alone is no less than the bound
        # less what is paid for pôles and people, so that only without such prices it tells.
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
    Return the same front out of every split there is: exact however even the last points are.

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
    # A tie in cost is broken by workload: only the first of a cost can be on the front.
    for row in np.lexsort((largest, cost)).tolist():
        if points and largest[row] >= float(points[-1].workload):
            continue
        made = counted(centres, criteria, sorted(index[row].tolist()), bound=int(cost[row]))
        limit = points[-1].workload - step_s if points else None
        below = limit is None or (made.workload <= limit if step_s else made.workload < limit)
        if below:
            points.append(made)
    return points
