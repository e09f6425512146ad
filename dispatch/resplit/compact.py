"""A split of many communes, when there are too many groups to list: with its gap, not proven.

Symbols: x_up = 1 where unit u goes to the centre at the town hall of p (x_pp: there is one);
n_u visits, S_u service, t_pu road time; q = N / K technicians a centre, and a, b, c of
(1) in `estimate`. For the detour, d_up stands for the distance between two visits, and the centre
has the mean size of n/K visits, so that travel becomes a sum over units:

    l_up = a n_u t_pu + b n_u d_up (n/K)^(-1/2) + c n_u                   (1)
    minimise   sum_up l_up x_up                                           (2)
    subject to sum_p x_up = 1; x_up <= x_pp; sum_p x_pp = K               (3)
               least x_pp <= sum_u k_u x_up; sum_u x_up <= most x_pp      (4)
               sum_u (S_u + l_up) x_up <= w m_p; m_p >= m x_pp; sum_p m_p = N   (5)
               x_up <= sum of x_vp over the border v of a part that u is in     (6)

(a capacitated p-median: Hakimi 1964, doi:10.1287/opre.12.3.450). Contiguity (6) is added when
a solution breaks it (separators; Oehrlein and Haunert 2017, doi:10.5311/JOSIS.2017.15.379).
HiGHS stops at a relative gap or a number of nodes, never at a time. The stated gap is that of (2);
the figures of the split come from `estimate`, like those of all splits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, vstack

from dispatch.errors import SolverError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.resplit.criteria import Criteria
    from dispatch.resplit.units import Units
    from dispatch.service.split_settings import ResplitSettings

# Most rounds of (6); each adds the rows that the last solution broke.
ROUNDS = 40


@dataclass(frozen=True, eq=False)
class Compact:
    """
    The solution of the compact model.

    Parameters
    ----------
    members
        Which units each centre has, shape (centres, units).
    premises
        Unit of each centre's premises.
    gap
        (value - bound) / value of (2).
    """

    members: NDArray[np.bool_]
    premises: NDArray[np.int64]
    gap: float


def compact(
    units: Units, criteria: Criteria, settings: ResplitSettings, workload_s: float | None
) -> Compact | None:
    """
    Return a split of many communes, or None where there is none.

    Parameters
    ----------
    units, criteria, settings
        Units, criteria and settings of the request; premises are at town halls of the communes.
    workload_s
        w of (5), seconds a day; None: any.

    Raises
    ------
    SolverError
        When nothing was found within the allowed nodes.
    """
    size = len(units)
    n, k = float(units.visits.sum()), criteria.centres
    constants = settings.travel
    way = (
        constants.haul * units.from_s.T
        + constants.detour * units.between_s / np.sqrt(max(n / k, 1e-9))
        + constants.stop_s
    )
    cost = units.visits[:, None] * way  # l_up
    rows, low, high = _rows(units, criteria, cost, workload_s)
    number = size * size
    objective = np.concatenate([cost.ravel(), np.zeros(size)])
    bounds = Bounds(
        np.zeros(number + size),
        np.concatenate([np.ones(number), np.full(size, float(criteria.technicians))]),
    )
    # (6) holds for every single unit from the start: without it most solutions have islands.
    alone = [entry for u in range(size) for p in range(size) for entry in _border(units, [u], u, p)]
    rows, low, high = _with_rows(rows, low, high, alone, number + size)
    for _ in range(ROUNDS):
        solved = milp(
            objective,
            constraints=LinearConstraint(rows, low, high),
            integrality=np.ones(number + size),
            bounds=bounds,
            options={"mip_rel_gap": settings.compact_gap, "node_limit": settings.compact_nodes},
        )
        if solved.status == 2:  # infeasible
            return None
        if solved.x is None:
            msg = f"the compact model found no split within its nodes: {solved.message}"
            raise SolverError(msg)
        x = solved.x[:number].reshape(size, size) > 0.5
        broken = _separators(units, x)
        if not broken:
            homes = np.flatnonzero(x.diagonal())
            value = float(solved.fun)
            bound = min(value, float(solved.mip_dual_bound))
            return Compact(x.T[homes], homes, (value - bound) / value if value else 0.0)
        rows, low, high = _with_rows(rows, low, high, broken, number + size)
    msg = f"the compact model found no contiguous split in {ROUNDS} rounds; allow other sizes"
    raise SolverError(msg)


def _rows(
    units: Units, criteria: Criteria, cost: NDArray[np.float64], workload_s: float | None
) -> tuple[csr_array, NDArray[np.float64], NDArray[np.float64]]:
    """Return (3), (4) and (5): matrix, least and most."""
    size = len(units)
    number = size * size
    ones = np.ones(size)
    home = np.arange(size) * (size + 1)  # x_pp
    everywhere = np.inf
    parts: list[tuple[csr_array, NDArray[np.float64], NDArray[np.float64]]] = []

    def add(matrix: object, low: float, high: float) -> None:
        made = csr_array(matrix)
        parts.append((made, np.full(made.shape[0], low), np.full(made.shape[0], high)))

    def of(row: Any, column: Any, value: Any, count: int) -> object:  # noqa: ANN401
        return coo_array((value, (row, column)), shape=(count, number + size))

    u, p = (axis.ravel() for axis in np.meshgrid(range(size), range(size), indexing="ij"))
    x = u * size + p
    add(of(u, x, np.ones(number), size), 1, 1)
    apart = u != p
    count = int(apart.sum())
    row = np.arange(count)
    add(
        of(
            np.concatenate([row, row]),
            np.concatenate([x[apart], home[p[apart]]]),
            np.concatenate([np.ones(count), -np.ones(count)]),
            count,
        ),
        -everywhere,
        0,
    )
    add(of(np.zeros(size, int), home, ones, 1), criteria.centres, criteria.centres)
    counts = np.array(units.collectivities, dtype=float)
    both = np.concatenate([p, np.arange(size)])
    columns = np.concatenate([x, home])
    add(of(both, columns, np.concatenate([counts[u], -criteria.least * ones]), size), 0, everywhere)
    add(
        of(both, columns, np.concatenate([np.ones(number), -criteria.most * ones]), size),
        -everywhere,
        0,
    )
    staff = number + np.arange(size)
    least, total = criteria.technicians_least, criteria.technicians
    pair = np.concatenate([np.arange(size), np.arange(size)])
    add(
        of(pair, np.concatenate([staff, home]), np.concatenate([ones, -least * ones]), size),
        0,
        everywhere,
    )
    add(
        of(pair, np.concatenate([staff, home]), np.concatenate([ones, -total * ones]), size),
        -everywhere,
        0,
    )
    add(of(np.zeros(size, int), staff, ones, 1), total, total)
    if workload_s is not None:
        work = (units.services_s[:, None] + cost).ravel()
        add(
            of(
                np.concatenate([p, np.arange(size)]),
                np.concatenate([x, staff]),
                np.concatenate([work, -workload_s * ones]),
                size,
            ),
            -everywhere,
            0,
        )
    return (
        csr_array(vstack([matrix for matrix, *_ in parts])),
        np.concatenate([low for _, low, _ in parts]),
        np.concatenate([high for *_, high in parts]),
    )


def _with_rows(
    rows: csr_array,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    added: list[dict[int, float]],
    width: int,
) -> tuple[csr_array, NDArray[np.float64], NDArray[np.float64]]:
    """Return matrix, least and most with rows (6) added; each is at most 0."""
    count = len(added)
    row = np.repeat(np.arange(count), [len(entry) for entry in added])
    columns = [column for entry in added for column in entry]
    values = [value for entry in added for value in entry.values()]
    cuts = csr_array(coo_array((values, (row, columns)), shape=(count, width)))
    return (
        csr_array(vstack([rows, cuts])),
        np.concatenate([low, np.full(count, -np.inf)]),
        np.concatenate([high, np.zeros(count)]),
    )


def _border(units: Units, part: list[int], unit: int, p: int) -> list[dict[int, float]]:
    """Return (6) for a unit of a part without p, as column: value; no row when p is in the part."""
    if p in part:
        return []
    size = len(units)
    border = sorted({v for one in part for v in units.near[one]} - set(part))
    return [{unit * size + p: 1.0, **{v * size + p: -1.0 for v in border}}]


def _separators(units: Units, x: NDArray[np.bool_]) -> list[dict[int, float]]:
    """Return the rows (6) that a solution breaks, each as column: value."""
    size = len(units)
    found: list[dict[int, float]] = []
    for p in np.flatnonzero(x.diagonal()).tolist():
        left = set(np.flatnonzero(x[:, p]).tolist())
        while left:
            start = p if p in left else min(left)
            part, waiting = {start}, [start]
            while waiting:
                for other in units.near[waiting.pop()]:
                    if other in left and other not in part:
                        part.add(other)
                        waiting.append(other)
            left -= part
            if p in part:
                continue
            members = sorted(part)
            # The part is cut off from all premises outside it: one row for each of them.
            for home in range(size):
                for unit in members:
                    found += _border(units, members, unit, home)
    return found
