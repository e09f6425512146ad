"""Even work and known places: two soft parts of a plan's cost.

Symbols: d_v = duration of visit v, L_k = length of technician k's shift, f_kv = how well k knows
the place of v (`Visit.familiar`, percent), S_k = the visits that k serves.

    W_k = sum of d_v over S_k                                  workload: time on site       (1)
    F_k = ceil( sum of all d_v x L_k / sum of all L )          fair share                   (2)
    imbalance     = sum over k of ceil( weight x max(0, W_k - F_k) / 100 )                  (3)
    unfamiliarity = sum over k, v in S_k of ceil( weight x (100 - f_kv) / 100 )             (4)

All are in seconds. `fair_share_s` of a technician replaces (2). Both parts are sums over rounds, so
that the cost of a round does not depend on the other rounds. This code shares nothing with the
search.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dispatch.fieldwork import Technician, Visit
    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem


@dataclass(frozen=True, slots=True)
class Fairness:
    """
    How evenly a plan shares the work, and how well technicians know the places of their visits.

    Parameters
    ----------
    spread_s
        Largest less smallest workload among all technicians of the problem (seconds).
    above_share_s
        Time on site above fair shares, summed over technicians (seconds).
    served
        Number of visits served.
    known
        Number of those whose technician knows the place at all.
    familiarity
        Mean of `Visit.familiar` over the visits served, 0 to 1; 0 where none is.
    """

    spread_s: int
    above_share_s: int
    served: int
    known: int
    familiarity: float


def fair_shares(problem: DayProblem) -> dict[str, int]:
    """Return the fair share of each technician (seconds), by id: (2), or their own."""
    total = sum(visit.duration_s for visit in problem.visits)
    lengths = {t.id: t.shift_s.end_s - t.shift_s.start_s for t in problem.technicians}
    whole = sum(lengths.values())
    shares = {}
    for technician in problem.technicians:
        # If all shifts have no length, shares are equal.
        part, of = (lengths[technician.id], whole) if whole else (1, len(lengths))
        own = technician.fair_share_s
        shares[technician.id] = _up(total * part, of) if own is None else own
    return shares


def workloads(problem: DayProblem, plan: Plan) -> dict[str, int]:
    """Return the workload of each technician of the problem (seconds), by id: (1)."""
    loads = dict.fromkeys(problem.technician, 0)
    for technician, visit in _served(problem, plan):
        loads[technician.id] += visit.duration_s
    return loads


def imbalance_s(problem: DayProblem, plan: Plan) -> int:
    """Return the cost of workloads above fair shares (seconds): (3)."""
    weight = problem.weights.imbalance
    over = _above(problem, plan).values()
    return sum(_up(weight * seconds, 100) for seconds in over)


def unfamiliarity_s(problem: DayProblem, plan: Plan) -> int:
    """Return the cost of places that technicians do not know (seconds): (4)."""
    weight = problem.weights.unfamiliarity
    return sum(
        _up(weight * (100 - visit.familiar.get(technician.id, 0)), 100)
        for technician, visit in _served(problem, plan)
    )


def fairness_of(problem: DayProblem, plan: Plan) -> Fairness:
    """Return the figures of a plan; the weights do not matter."""
    loads = workloads(problem, plan).values()
    percents = [visit.familiar.get(who.id, 0) for who, visit in _served(problem, plan)]
    return Fairness(
        spread_s=max(loads, default=0) - min(loads, default=0),
        above_share_s=sum(_above(problem, plan).values()),
        served=len(percents),
        known=sum(percent > 0 for percent in percents),
        familiarity=sum(percents) / len(percents) / 100 if percents else 0.0,
    )


def _above(problem: DayProblem, plan: Plan) -> dict[str, int]:
    shares = fair_shares(problem)
    return {name: max(0, load - shares[name]) for name, load in workloads(problem, plan).items()}


def _served(problem: DayProblem, plan: Plan) -> Iterator[tuple[Technician, Visit]]:
    """Yield each technician and visit of a plan that the problem knows."""
    for round_ in plan.rounds:
        technician = problem.technician.get(round_.technician)
        for stop in round_.stops:
            visit = problem.visit.get(stop.visit)
            if technician is not None and visit is not None:
                yield technician, visit


def _up(value: int, by: int) -> int:
    """Return value / by, rounded up."""
    return -(-value // by)
