"""The cost of edits: the day is planned without them, and without each in turn, at the same effort.

With C(E) the cost of the plan found with the edits E, and B(E) its bound::

    cost of all edits    = C(E) - C(none)       between  B(E) - C(none)  and  C(E) - B(none)
    cost of edit e       = C(E) - C(E less e)   likewise

Both are summed over the centres whose problems differ.

The costs of single edits need not add up: two may cost nothing alone and much together. Unassigned
costs are those of the unedited problems: a visit that a pin makes mandatory and that stays
unassigned counts as before, and a dropped visit costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch.checker import rules
from dispatch.edits.apply import apply_edits
from dispatch.solve.side_by_side import Settings, plan_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dispatch.edits.model import Edit
    from dispatch.model.plan import Plan
    from dispatch.model.problem import DayProblem
    from dispatch.solve.progress import Progress


@dataclass(frozen=True, slots=True)
class EditCost:
    """
    The cost of edits: the day with them less the day without them.

    Parameters
    ----------
    total_s, driving_s
        Cost and travel of the plan with them less those of the plan found without them (seconds).
    least_s, most_s
        Proven bounds of the difference between the best plans (seconds); None: unknown.
    left, served
        Visits that are unassigned because of the edits, and visits that are served because of
        them; without dropped visits.
    """

    total_s: int
    driving_s: int
    least_s: int | None
    most_s: int | None
    left: tuple[str, ...]
    served: tuple[str, ...]


@dataclass(frozen=True)
class EditCosts:
    """
    The costs of the edits of a day.

    Parameters
    ----------
    together
        Of all edits; None: planning without them failed.
    each
        Of each edit, in their order: the plan with all edits less the plan without this one.
    """

    together: EditCost | None
    each: tuple[EditCost | None, ...]


@dataclass(frozen=True, slots=True)
class _Sum:
    cost: int
    driving: int
    bound: int | None
    served: frozenset[str]
    asked: frozenset[str]


def costs_of_edits(
    before: Mapping[str, DayProblem],
    plans: Mapping[str, Plan],
    edits: Sequence[Edit],
    settings: Settings,
    *,
    workers: int | None = None,
    on_progress: Callable[[str, Progress], None] | None = None,
) -> EditCosts:
    """
    Return the cost of edits, together and each.

    Parameters
    ----------
    before
        The problems without edits, by centre.
    plans
        The plans of the problems with all edits.
    edits
        The edits that were applied, in their order; locks list their visits.
    settings
        Effort and seed; those of the plans, so that the comparison is fair.
    workers, on_progress
        As in `plan_all`; a problem is named by its centre and the edit that it lacks.
    """
    with_all = apply_edits(before, edits).problems
    sets = {"without edits": [], **{f"without edit {n}": _less(edits, n) for n in _numbers(edits)}}
    problems = {name: apply_edits(before, rest).problems for name, rest in sets.items()}
    done = {problem.sha256: plans[centre] for centre, problem in with_all.items()}
    todo: dict[str, DayProblem] = {}
    named: dict[str, str] = {}
    for name, by_centre in problems.items():
        for centre, problem in by_centre.items():
            if problem.sha256 not in done and problem.sha256 not in named:
                key = f"{centre} {name}"
                todo[key], named[problem.sha256] = problem, key
    planned = plan_all(todo, settings, workers=workers, on_progress=on_progress)
    done |= {sha: planned.plans[key] for sha, key in named.items() if key in planned.plans}
    costs = [_compared(before, with_all, by_centre, done) for by_centre in problems.values()]
    return EditCosts(costs[0], tuple(costs[1:]))


def _compared(
    before: Mapping[str, DayProblem],
    with_all: Mapping[str, DayProblem],
    without: Mapping[str, DayProblem],
    done: Mapping[str, Plan],
) -> EditCost | None:
    """
    Return what the problems with all edits cost more than those without some.

    Only centres whose problems differ count: the gap of another centre says nothing of an edit.
    """
    alike = {
        centre
        for centre, problem in with_all.items()
        if centre in without and without[centre].sha256 == problem.sha256
    }
    sums = [
        _sum(before, {name: each for name, each in day.items() if name not in alike}, done)
        for day in (with_all, without)
    ]
    return _difference(*sums)


def _numbers(edits: Sequence[Edit]) -> range:
    return range(1, len(edits) + 1)


def _less(edits: Sequence[Edit], number: int) -> list[Edit]:
    return [edit for n, edit in enumerate(edits, 1) if n != number]


def _sum(
    before: Mapping[str, DayProblem],
    problems: Mapping[str, DayProblem],
    done: Mapping[str, Plan],
) -> _Sum | None:
    """Return cost and bound of a day; None: a centre has no plan."""
    usual = {visit.id: visit for problem in before.values() for visit in problem.visits}
    cost = driving = bound = 0
    proven = True
    served: set[str] = set()
    asked: set[str] = set()
    for problem in problems.values():
        plan = done.get(problem.sha256)
        if plan is None:
            return None
        parts = rules.cost(problem, plan)
        cost += parts.total
        driving += parts.travel
        for left in plan.unassigned:
            if problem.visit[left.visit].mandatory:
                cost += usual[left.visit].unassigned_cost_s or 0
                proven = False  # the bound is one of plans that serve it
        proven = proven and plan.bound_s is not None
        bound += plan.bound_s or 0
        served.update(stop.visit for round_ in plan.rounds for stop in round_.stops)
        asked.update(problem.visit)
    return _Sum(cost, driving, bound if proven else None, frozenset(served), frozenset(asked))


def _difference(whole: _Sum | None, without: _Sum | None) -> EditCost | None:
    if whole is None or without is None:
        return None
    return EditCost(
        total_s=whole.cost - without.cost,
        driving_s=whole.driving - without.driving,
        least_s=None if whole.bound is None else whole.bound - without.cost,
        most_s=None if without.bound is None else whole.cost - without.bound,
        left=tuple(sorted((without.served & whole.asked) - whole.served)),
        served=tuple(sorted(whole.served - without.served)),
    )
