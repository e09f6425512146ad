"""Joining: a problem with fixed prefixes is solved by way of the residual problem.

The rounds found are joined to the fixed prefixes and timed in the whole problem, by all its rules.
Unless that plan is proven best, more are sought:

- where the residual problem is a relaxation, one by `prefix_search`, which times whole rounds;
- where there are few visits, every order that keeps the prefixes is tried;
- else the plan without locks: where it keeps them all the same, it is a plan. So a lock on what the
  program did itself never raises the cost, at the same effort and seed.

The bound stays that of the relaxation, plus the cost of what was split off.
"""

from __future__ import annotations

import time
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from dispatch.checker import rules
from dispatch.errors import Fault, InputError, SolverError
from dispatch.model.plan import CostParts, Plan, Unassigned
from dispatch.solve.assemble import round_of
from dispatch.solve.bound.every_order import (
    Beginning,
    best_by_trying,
    exact_schedules,
    orders_of,
)
from dispatch.solve.completion import can_be_driven, completions
from dispatch.solve.deadline import Deadline
from dispatch.solve.efforts import EFFORTS
from dispatch.solve.fixed_prefix import fixed_prefixes, residual_problem
from dispatch.solve.prefix_search import search_with_prefixes, with_prefixes
from dispatch.solve.progress import Progress
from dispatch.solve.reasons import reason_among, reason_for
from dispatch.solve.search import search
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.plan_cost import plan_cost

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dispatch.model.plan import Round
    from dispatch.model.problem import DayProblem
    from dispatch.solve.efforts import EffortName
    from dispatch.solve.fixed_prefix import FixedPrefix
    from dispatch.solve.timing.arrays import Arrays

# Share of a time limit for the residual problem; what the search with prefixes leaves of the rest.
RESIDUAL_SHARE, LAST_SHARE = 0.5, 0.5


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
    began, whole = time.monotonic(), Deadline(time_limit_s)
    a = arrays_of(problem)
    prefixes = fixed_prefixes(problem)
    rounds = possible_rounds(problem, a, prefixes)
    residual = residual_problem(problem, a, prefixes)
    fixed_cost = residual.fixed_cost_s

    def tell(progress: Progress) -> None:
        if on_progress is not None:
            cost, bound = progress.cost_s + fixed_cost, progress.bound_s + fixed_cost
            on_progress(Progress(progress.stage, cost, bound))

    share = None if time_limit_s is None else time_limit_s * RESIDUAL_SHARE
    found = search(residual.problem, effort, seed, share, tell)
    bound = None if found.bound_s is None else found.bound_s + fixed_cost
    kept = with_prefixes(a, prefixes)
    joined = _drivable(a, prefixes, _joined(problem, prefixes, found))
    if plan_cost(kept, joined) < plan_cost(kept, rounds):
        rounds = joined

    def settled() -> bool:
        """Whether the rounds are proven best, or nobody waits for better ones."""
        if found.stopped == "interrupted":
            return True
        return bound is not None and plan_cost(kept, rounds) <= bound

    if not residual.exact and not settled():

        def tell_cost(cost_s: int) -> None:
            if on_progress is not None:
                on_progress(Progress("improvement", cost_s, bound or 0))

        until = whole.earlier(LAST_SHARE)
        rounds = search_with_prefixes(
            kept, prefixes, rounds, EFFORTS[effort], seed, until, tell_cost
        )
    tried = None
    if not settled() and orders_of(a) <= EFFORTS[effort].orders:
        # From here on schedules are those by which the best plan was found.
        a = exact_schedules(a)
        kept = with_prefixes(a, prefixes)
        beginnings = {prefix.m: Beginning(prefix.visits, prefix.closed) for prefix in prefixes}
        tried = best_by_trying(kept, whole if whole.is_asked else None, beginnings)
    if tried is not None:
        rounds = tried.rounds
        if a.slots == 1:
            bound = tried.cost
    elif not settled():
        left = whole.left_s if whole.is_asked else None
        free = _joined(problem, (), search(_unlocked(problem), effort, seed, left, None))
        if _keeps(prefixes, free) and plan_cost(kept, free) < plan_cost(kept, rounds):
            rounds = free
    return _plan(problem, a, rounds, found, bound, time.monotonic() - began)


def possible_rounds(
    problem: DayProblem, a: Arrays, prefixes: Sequence[FixedPrefix]
) -> list[list[int]]:
    """
    Return rounds that begin with the fixed prefixes, with as few further visits as possible.

    Raises
    ------
    InputError
        When a locked visit needs another technician, loads exceed the van, or the visits cannot
        be driven in their order within hours and windows, whatever follows them.
    """
    faults = []
    rounds: list[list[int]] = [[] for _ in problem.technicians]
    held = {visit for prefix in prefixes for visit in prefix.visits}
    free = [visit for visit in range(a.visits) if visit not in held]
    for prefix in sorted(prefixes, key=lambda prefix: not prefix.closed):
        who = problem.technicians[prefix.m]
        where = f"technicians[{prefix.m}].locked"
        for visit in prefix.visits:
            if not a.allowed[prefix.m, visit]:
                message = f"{who.id} lacks a skill of it, or it is pinned to another; unlock it"
                faults.append(Fault("problem", where, problem.visits[visit].id, message))
        named = " ".join(problem.visits[visit].id for visit in prefix.visits)
        if a.load[list(prefix.visits)].sum() > a.capacity[prefix.m]:
            message = f"their loads are more than {who.id} can carry; unlock some"
            faults.append(Fault("problem", where, named, message))
        elif prefix.visits:
            after = () if prefix.closed else free
            made = next(completions(a, prefix.m, prefix.visits, after), None)
            if made is None:
                message = f"{who.id} cannot do these in turn within hours and windows; unlock some"
                faults.append(Fault("problem", where, named, message))
            else:
                rounds[prefix.m] = made
                free = [visit for visit in free if visit not in made]
    if faults:
        raise InputError(faults)
    return rounds


def _drivable(
    a: Arrays, prefixes: Sequence[FixedPrefix], rounds: Sequence[Sequence[int]]
) -> list[list[int]]:
    """Return rounds without the last visits that keep them from being driven."""
    made = [list(sequence) for sequence in rounds]
    for prefix in prefixes:
        sequence = made[prefix.m]
        while len(sequence) > len(prefix.visits) and not can_be_driven(a, prefix.m, sequence):
            sequence.pop()
    return made


def _unlocked(problem: DayProblem) -> DayProblem:
    """Return the problem without locks."""
    everybody = tuple(who.model_copy(update={"locked": None}) for who in problem.technicians)
    return replace(problem, technicians=everybody)


def _keeps(prefixes: Sequence[FixedPrefix], rounds: Sequence[Sequence[int]]) -> bool:
    """Return whether rounds begin with the fixed prefixes, and closed ones end with them."""
    for prefix in prefixes:
        end = len(rounds[prefix.m]) if prefix.closed else len(prefix.visits)
        if tuple(rounds[prefix.m][:end]) != prefix.visits:
            return False
    return True


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
        proven = bound == cost.total
        figures |= {"bound_s": bound, "gap": gap, "proven_optimal": proven}
        # The residual problem may be solved, and the whole not.
        figures["stopped"] = (
            "proven" if proven else "effort" if found.stopped == "proven" else found.stopped
        )
    plan = draft.model_copy(update=figures)
    broken = [entry for entry in rules.check(problem, plan) if entry.rule != "mandatory_served"]
    if broken:
        details = "\n".join(map(str, broken))
        msg = f"the plan made breaks rules; this is a fault of dispatch, report it:\n{details}"
        raise SolverError(msg)
    return plan
