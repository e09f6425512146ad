"""Bounds of what a day problem sums up to: far inside what solver and proof can reckon with.

Each value has its own bound (`fieldwork`, `problem_json`). But a search adds them up, and compares
sums with "no limit" and "impossible", which are numbers too. So sums have a bound as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dispatch.fieldwork import Technician, Visit
    from dispatch.model.problem_json import Location, Weights

# Beyond any day, and below 2^40, which stands for "no limit".
MAX_LOADS = MAX_COST_S = 10**12


def beyond_bounds(
    longest_leg_s: int,
    technicians: Sequence[Technician],
    visits: Sequence[Visit],
    weights: Weights,
) -> Iterator[tuple[Location, str | None, str]]:
    """
    Yield sums beyond their bounds: path, value, message.

    Parameters
    ----------
    longest_leg_s
        The longest travel between two places, at any time of day (seconds).
    technicians, visits, weights
        Of the problem.
    """
    loads = sum(visit.load for visit in visits)
    if loads > MAX_LOADS:
        message = f"the loads of all visits sum to more than {MAX_LOADS}; count in a larger unit"
        yield ("visits",), str(loads), message
    dearest = _dearest_plan_s(longest_leg_s, technicians, visits, weights)
    mandatory = sum(visit.mandatory for visit in visits)
    # A search counts more than the dearest plan for each mandatory visit that it cannot serve.
    worst = dearest * (1 + mandatory)
    if worst > MAX_COST_S:
        message = (
            f"the dearest plan could cost {dearest} s, and as much for each mandatory visit; all "
            f"together at most {MAX_COST_S} s: lower the unassigned costs, weights or travel times"
        )
        yield ("visits",), str(worst), message


def _dearest_plan_s(
    longest_leg_s: int,
    technicians: Sequence[Technician],
    visits: Sequence[Visit],
    weights: Weights,
) -> int:
    """Return a cost that no plan exceeds (seconds), mandatory visits left aside."""
    unassigned = sum(visit.unassigned_cost_s or 0 for visit in visits)
    overtime = weights.overtime * sum(technician.max_overtime_s for technician in technicians)
    # A second more for each slot and leg would be rounding: as much as a leg at the very most.
    travel = 2 * (len(visits) + len(technicians)) * (longest_leg_s + 1)
    on_site = sum(visit.duration_s for visit in visits)
    imbalance = weights.imbalance * on_site // 100 + len(technicians)
    late = dearest_lateness_s(technicians, visits, weights)
    return unassigned + overtime + travel + imbalance + late + weights.unfamiliarity * len(visits)


def dearest_lateness_s(
    technicians: Sequence[Technician], visits: Sequence[Visit], weights: Weights
) -> int:
    """Return a cost of late starts that no plan exceeds (seconds)."""
    last = max((who.shift_s.end_s + who.max_overtime_s for who in technicians), default=0)
    late = sum(max(0, last - visit.due_s) for visit in visits if visit.due_s is not None)
    return (weights.lateness or 0) * late
