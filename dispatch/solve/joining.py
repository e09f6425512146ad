"""Joining: a problem with fixed prefixes is solved by way of the residual problem.

The rounds found are joined to the fixed prefixes and timed in the whole problem, by all its rules.
Where a round of a relaxed residual problem cannot be driven, the search goes on in a
*restriction*: the break to come as it is, the departure as for leaving the prefix at the
earliest. The bound stays that of the relaxation, plus the cost of what was split off.
"""

from __future__ import annotations

import time
from importlib.metadata import version
from typing import TYPE_CHECKING

from dispatch.checker import rules
from dispatch.errors import SolverError
from dispatch.model.plan import CostParts, Plan, Unassigned
from dispatch.solve.assemble import round_of
from dispatch.solve.fixed_prefix import (
    can_be_driven,
    fixed_prefixes,
    refuse_impossible,
    residual_problem,
)
from dispatch.solve.progress import Progress
from dispatch.solve.reasons import reason_among, reason_for
from dispatch.solve.search import search
from dispatch.solve.timing.encode import arrays_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dispatch.model.plan import Round
    from dispatch.model.problem import DayProblem
    from dispatch.solve.efforts import EffortName
    from dispatch.solve.fixed_prefix import FixedPrefix
    from dispatch.solve.timing.arrays import Arrays


def search_locked(
    problem: DayProblem,
    effort: EffortName,
    seed: int,
    time_limit_s: float | None,
    on_progress: Callable[[Progress], None] | None,
) -> Plan:
    """
    Return a plan for a problem in which rounds are locked; as `dispatch.solve.solve`.

    Raises
    ------
    InputError
        When a locked round breaks a rule whatever follows; every such round is named.
    """
    began = time.monotonic()
    a = arrays_of(problem)
    prefixes = fixed_prefixes(problem)
    refuse_impossible(problem, a, prefixes)
    residual = residual_problem(problem, a, prefixes, relaxed=True)
    fixed_cost = residual.fixed_cost_s

    def tell(progress: Progress) -> None:
        if on_progress is not None:
            cost, bound = progress.cost_s + fixed_cost, progress.bound_s + fixed_cost
            on_progress(Progress(progress.stage, cost, bound))

    found = search(residual.problem, effort, seed, time_limit_s, tell)
    rounds = _joined(problem, prefixes, found)
    bound = None if found.bound_s is None else found.bound_s + fixed_cost
    if not residual.exact and not all(can_be_driven(a, m, rounds[m]) for m in range(a.technicians)):
        residual = residual_problem(problem, a, prefixes, relaxed=False)
        found = search(residual.problem, effort, seed, time_limit_s, tell)
        rounds = _joined(problem, prefixes, found)
    for prefix in prefixes:
        # With several slots a round may still be too long; the prefix stays.
        while len(rounds[prefix.m]) > len(prefix.visits) and not can_be_driven(
            a, prefix.m, rounds[prefix.m]
        ):
            rounds[prefix.m].pop()
    return _plan(problem, a, rounds, found, bound, time.monotonic() - began)


def _joined(problem: DayProblem, prefixes: Sequence[FixedPrefix], found: Plan) -> list[list[int]]:
    """Return the sequence of each technician: the fixed prefix, then the visits found."""
    index = {visit.id: number for number, visit in enumerate(problem.visits)}
    row = {who.id: number for number, who in enumerate(problem.technicians)}
    rounds: list[list[int]] = [[] for _ in problem.technicians]
    for prefix in prefixes:
        rounds[prefix.m] = list(prefix.visits)
    for round_ in found.rounds:
        # Anchors are no visits of the problem.
        rounds[row[round_.technician]] += [
            index[stop.visit] for stop in round_.stops if stop.visit in index
        ]
    return rounds


def _plan(
    problem: DayProblem,
    a: Arrays,
    rounds: Sequence[Sequence[int]],
    found: Plan,
    bound: int | None,
    elapsed_s: float,
) -> Plan:
    """Return the whole plan, timed and costed in the whole problem."""
    made: list[Round] = []
    for m, sequence in enumerate(rounds):
        round_ = round_of(problem, a, m, sequence) if sequence else None
        if sequence and round_ is None:
            msg = f"a round of {problem.technicians[m].id} cannot be timed; report this problem"
            raise SolverError(msg)
        made += [] if round_ is None else [round_]
    served = {visit for sequence in rounds for visit in sequence}
    left = [visit for visit in range(a.visits) if visit not in served]
    mandatory = any(problem.visits[visit].mandatory for visit in left)
    reasons = {entry.visit: entry.reason for entry in found.unassigned}
    draft = Plan(
        status="infeasible" if mandatory else "partial" if left else "complete",
        stopped=found.stopped,
        cost_s=CostParts(total=0),
        rounds=tuple(made),
        unassigned=tuple(
            Unassigned(
                visit=problem.visits[visit].id,
                reason=reason_among(
                    reason_for(problem, a, visit), reasons.get(problem.visits[visit].id)
                ),
            )
            for visit in left
        ),
        effort=found.effort,
        seed=found.seed,
        elapsed_s=round(elapsed_s, 3),
        input_sha256=problem.sha256,
        version=version("dispatch"),
    )
    cost = rules.cost(problem, draft)
    figures: dict[str, object] = {"cost_s": cost}
    if bound is not None:
        bound = min(bound, cost.total)
        gap = (cost.total - bound) / cost.total if cost.total else 0.0
        figures |= {"bound_s": bound, "gap": gap, "proven_optimal": bound == cost.total}
    plan = draft.model_copy(update=figures)
    broken = [entry for entry in rules.check(problem, plan) if entry.rule != "mandatory_served"]
    if broken:
        details = "\n".join(map(str, broken))
        msg = f"the plan made breaks rules; this is a fault of dispatch, report it:\n{details}"
        raise SolverError(msg)
    return plan
