"""The figures, cost, bound and status that a plan states, compared with those counted here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.checker.recount import Violation, cost, legs_of, rounds_of, travel_of
from dispatch.model.plan import CostParts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem

# A stated gap is a rounded decimal; this is far below what anyone reads.
GAP_TOLERANCE = 1e-6


def stated_figures(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield rounds whose stated travel or distance differs from that of their stops."""
    for technician, round_ in rounds_of(problem, plan):
        if any(stop.place not in problem.place_index for stop in round_.stops):
            continue
        seconds = travel_of(problem, technician, round_)
        if round_.travel_s != seconds:
            message = f"states {round_.travel_s} s of travel, its stops need {seconds} s"
            yield Violation(
                "stated_figures", technician.id, None, abs(round_.travel_s - seconds), message
            )
        if problem.travel.metres is None:
            if round_.distance_m is not None:
                message = f"states {round_.distance_m} m, the problem has no distances"
                yield Violation("stated_figures", technician.id, message=message)
        else:
            legs = legs_of(problem, technician, round_) if round_.stops else []
            metres = sum(int(problem.travel.metres[leg.origin, leg.destination]) for leg in legs)
            if round_.distance_m != metres:
                message = f"states {round_.distance_m} m, its stops make {metres} m"
                yield Violation("stated_figures", technician.id, message=message)


def stated_cost(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield parts of the cost that differ from those computed here."""
    if any(s.place not in problem.place_index for r in plan.rounds for s in r.stops):
        return
    found = cost(problem, plan)
    for part in CostParts.model_fields:
        stated, computed = getattr(plan.cost_s, part), getattr(found, part)
        if stated != computed:
            message = f"states {part} {stated} s, computed {computed} s"
            yield Violation("stated_cost", None, None, abs(stated - computed), message)


def stated_bound(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield a bound above the cost, a gap that does not follow, or a proof without a bound."""
    total = plan.cost_s.total
    if plan.bound_s is None:
        if plan.gap is not None or plan.proven_optimal:
            yield Violation("stated_bound", message="a gap or a proof without a bound")
        return
    if plan.bound_s > total:
        yield Violation("stated_bound", None, None, plan.bound_s - total, "bound above the cost")
    gap = (total - plan.bound_s) / total if total else 0.0
    if plan.gap is None or abs(plan.gap - gap) > GAP_TOLERANCE:
        yield Violation("stated_bound", message=f"states gap {plan.gap}, computed {gap:.6f}")
    if plan.proven_optimal and plan.bound_s != total:
        yield Violation("stated_bound", message="proven optimal, yet bound and cost differ")


def stated_input(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield a plan that states the digest of another problem."""
    if plan.input_sha256 and plan.input_sha256 != problem.sha256:
        yield Violation("stated_input", message="made for another problem, or for an older one")


def stated_status(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """Yield a status that does not follow from the unassigned visits."""
    left = {entry.visit for entry in plan.unassigned}
    mandatory = any(visit.mandatory and visit.id in left for visit in problem.visits)
    status = "infeasible" if mandatory else "partial" if left else "complete"
    if plan.status != status:
        yield Violation("stated_status", message=f"states {plan.status!r}, is {status!r}")


def stated_reasons(problem: DayProblem, plan: Plan) -> Iterator[Violation]:
    """
    Yield reasons of unassigned visits that are wrong.

    Only a search can tell that a visit fits nobody's hours, or is crowded out; those two reasons
    are not checked. That nobody can do it inside its spans needs spans, and no more is checked.
    """
    everybody = problem.technicians
    for left in plan.unassigned:
        visit = problem.visit.get(left.visit)
        if visit is None:
            continue
        skilled = [t for t in everybody if visit.skills <= t.skills]
        named = [t for t in skilled if visit.technician in (None, t.id)]
        able = [t for t in named if t.id not in visit.not_with]
        true = {
            "no_technician": not everybody,
            "missing_skill": not skilled,
            "pinned_technician_lacks_skill": not named,
            "excluded": not able,
            "too_heavy": not any(t.capacity is None or visit.load <= t.capacity for t in able),
            "outside_presence": bool(visit.within_s),
        }
        if not true.get(left.reason, True):
            message = f"the reason {left.reason!r} is wrong"
            yield Violation("stated_reasons", visit=visit.id, message=message)
