"""The travel of a centre with a group of communes, estimated without planning rounds.

Symbols, for a group G with premises p: n_u expected visits a day of unit u, n their sum;
t_pu mean road time from p to a visit of u (there and back, halved); d_uv mean road time
between a visit of u and one of v.

    T(G, p) = a sum_u n_u t_pu + b n^(-3/2) sum_uv n_u n_v d_uv + c n      (1)

The first term is the line haul: each visit's share of the way out and back (Daganzo 1984,
doi:10.1287/trsc.18.4.331). It is proportional to the visits, because a round is as long as a day's
work. The second term is the detour from visit to visit: the length of a tour through n places of a
region grows as sqrt(n) times the extent of the region (Beardwood, Halton and Hammersley 1959,
doi:10.1017/S0305004100034095). Here the extent is the mean road time between two visits, so that
rivers and ring roads count. The third term is a constant for each visit.
scripts/calibrate_splits.py fits a, b and c to real rounds. They are in `[resplit.travel]` of the
service file, with their error.

The workload of a technician is W = (S(G) + T(G, p)) / m: the time of service of the group and
its travel, shared by its m technicians.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dispatch.resplit.units import Units
    from dispatch.service.split_settings import TravelEstimate


@dataclass(frozen=True, eq=False)
class GroupFigures:
    """
    The figures of many groups, one element each.

    Parameters
    ----------
    visits
        Expected visits a day.
    services_s
        Time of service a day (seconds).
    travel_s
        Travel a day (whole seconds) from the premises.
    premises
        Unit whose town hall has the premises; -1: given premises.
    poles
        Number of pôles that the group is in.
    """

    visits: NDArray[np.float64]
    services_s: NDArray[np.float64]
    travel_s: NDArray[np.int64]
    premises: NDArray[np.int64]
    poles: NDArray[np.int64]

    @property
    def work_s(self) -> NDArray[np.int64]:
        """Return service and travel together (whole seconds a day)."""
        return np.rint(self.services_s).astype(np.int64) + self.travel_s


def figures(units: Units, members: NDArray[np.bool_], settings: TravelEstimate) -> GroupFigures:
    """
    Return the figures of groups, each with the best premises among its town halls.

    Parameters
    ----------
    units
        Demand and roads.
    members
        Which units are in each group, shape (groups, units).
    settings
        The constants a, b and c of (1).
    """
    x = members.astype(float)
    hauls = x @ (units.visits[:, None] * units.from_s.T)  # sum_u n_u t_pu, for each p
    premises = np.where(members, hauls, np.inf).argmin(axis=1)
    haul = hauls[np.arange(len(x)), premises]
    return _figures(units, members, x, haul, premises, settings)


def figures_from(
    units: Units, members: NDArray[np.bool_], t_s: NDArray[np.float64], settings: TravelEstimate
) -> GroupFigures:
    """
    Return the figures of groups that all have the same given premises.

    Parameters
    ----------
    units, members, settings
        As in `figures`.
    t_s
        Mean road time from the premises to a visit of each unit (seconds), shape (units,).
    """
    x = members.astype(float)
    nowhere = np.full(len(x), -1)
    return _figures(units, members, x, x @ (units.visits * t_s), nowhere, settings)


def _figures(
    units: Units,
    members: NDArray[np.bool_],
    x: NDArray[np.float64],
    haul: NDArray[np.float64],
    premises: NDArray[np.int64],
    settings: TravelEstimate,
) -> GroupFigures:
    visits = x @ units.visits
    weighted = units.visits[:, None] * units.between_s * units.visits[None, :]
    pairs = ((x @ weighted) * x).sum(axis=1)
    travel = (
        settings.haul * haul
        + settings.detour * pairs / np.maximum(visits, 1e-9) ** 1.5
        + settings.stop_s * visits
    )
    known = sorted(set(units.poles))
    of_pole = np.array([[pole == name for name in known] for pole in units.poles])
    return GroupFigures(
        visits=visits,
        services_s=x @ units.services_s,
        travel_s=np.rint(travel).astype(np.int64),
        premises=premises,
        poles=((x @ of_pole.astype(float)) > 0).sum(axis=1),
    )


def staffed(work_s: NDArray[np.int64], technicians: int, least: int) -> NDArray[np.int64]:
    """
    Return the technicians of each centre for which the largest workload is as small as possible.

    Each centre has the least number first. Every further technician goes to the centre with the
    largest workload of a technician (of several, to the first). As each technician reduces the
    workload of its centre, no other division has a smaller largest workload.

    Parameters
    ----------
    work_s
        Work of each centre (seconds a day), shape (splits, centres).
    technicians
        Total number, at least `least` a centre.
    least
        Least number of technicians of a centre.

    Returns
    -------
    counts
        Shape (splits, centres).
    """
    counts = np.full(work_s.shape, least, dtype=np.int64)
    rows = np.arange(len(work_s))
    for _ in range(technicians - least * work_s.shape[1]):
        counts[rows, (work_s / counts).argmax(axis=1)] += 1
    return counts
