"""Trials: ways to serve one visit more, or by another technician, each with a whole plan behind it.

A trial succeeds when it ends with a whole plan for the changed problem that `rules.check` passes;
`rules.cost` counts its cost. A trial that fails is not reported. In rising effort:

insertion
    the visit is inserted into one round at its cheapest place; nothing else moves;
shift
    another visit of that round moves to another place or round, to make time for it;
exchange
    one or two visits of that round leave the plan;
search
    ruin and recreate goes on from such a plan for a while; the visit must stay served.

On a small day every plan is tried instead (`every_plan`).

All costs are upper bounds: a plan of this cost exists, and a cheaper one may exist.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from dispatch.checker import rules
from dispatch.explain.changes import NO_CHANGE, ProblemChange
from dispatch.model.plan import CostParts, Plan, Unassigned
from dispatch.solve.assemble import round_of
from dispatch.solve.heuristic.anneal import improve
from dispatch.solve.heuristic.insertion import (
    Insertion,
    best_insertions,
    best_shift,
    checked_cost,
)
from dispatch.solve.heuristic.pool import Pool
from dispatch.solve.timing.encode import arrays_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dispatch.model.plan import Reason, Round
    from dispatch.model.problem import DayProblem
    from dispatch.solve.timing.arrays import Arrays

Method = Literal["insertion", "shift", "exchange", "search", "solve", "every_plan"]
# Iterations of a search for each visit of the problem: an eighth of those of "quick".
ITERATIONS_A_VISIT = 50
# More visits than these do not leave in an exchange: a person would not accept it.
MOST_LEAVING = 2


@dataclass(frozen=True, slots=True)
class Tested:
    """
    A trial that succeeded: a plan that serves the visit, and its cost against the present plan.

    Parameters
    ----------
    change
        The change of the problem that it needs.
    method
        The trial; all but "solve" start from the present plan.
    technician
        Who serves the visit in the plan.
    moved
        Visits that change their technician.
    leaving, gained
        Visits that are no longer served, and visits that are served now; without the visit itself.
    total_s, driving_s, overtime_s, unassigned_s
        Cost, travel, overtime and unassigned costs of the plan less those of the present one
        (seconds).
    plan
        The plan; `rules.check` passes it.
    bound_s
        Proven bound: no plan of the changed problem differs from the present one by less (seconds);
        None: there is none.
    """

    change: ProblemChange
    method: Method
    technician: str
    moved: tuple[str, ...]
    leaving: tuple[str, ...]
    gained: tuple[str, ...]
    total_s: int
    driving_s: int
    overtime_s: int
    unassigned_s: int
    plan: Plan
    bound_s: int | None = None

    @property
    def order(self) -> tuple[bool, tuple[int, int, int], int, str]:
        """Return the sort key: nobody leaves, size of the change, cost."""
        return bool(self.leaving), self.change.size, self.total_s, self.technician


class Trials:
    """
    Makes trials, from one problem and its plan.

    Parameters
    ----------
    problem, plan
        The present problem and plan; the plan keeps the rules.
    seed
        Of the searches.
    """

    def __init__(self, problem: DayProblem, plan: Plan, seed: int = 1) -> None:
        self.problem, self.plan, self.seed = problem, plan, seed
        self.a = arrays_of(problem)
        self.index = {visit.id: number for number, visit in enumerate(problem.visits)}
        self.who = {technician.id: m for m, technician in enumerate(problem.technicians)}
        self.rounds: list[list[int]] = [[] for _ in problem.technicians]
        for round_ in plan.rounds:
            self.rounds[self.who[round_.technician]] = [self.index[s.visit] for s in round_.stops]
        self.cost = rules.cost(problem, plan)
        self.fixed = [_fixed(problem, m) for m in range(len(self.rounds))]
        self.locked = any(self.fixed)
        # A mandatory visit that is served never gives way: no unassigned cost outweighs it.
        self._must = [name for name in self.home if problem.visit[name].mandatory]

    @property
    def home(self) -> dict[str, str]:
        """Return the technician of each served visit."""
        return {stop.visit: r.technician for r in self.plan.rounds for stop in r.stops}

    def without(self, visit: str) -> list[list[int]]:
        """Return the rounds without a visit."""
        number = self.index[visit]
        return [[v for v in sequence if v != number] for sequence in self.rounds]

    def timed(self, m: int, sequence: Sequence[int]) -> Round | None:
        """Return a technician's round along a sequence of visits; None: it cannot be driven."""
        return round_of(self.problem, self.a, m, sequence)

    def possible(self, visit: str, change: ProblemChange, *, shifts: bool = True) -> bool:
        """Return whether an insertion or a shift can serve a visit."""
        a = arrays_of(change.on(self.problem, visit))
        return next(self._ways(a, visit, change, shifts=shifts), None) is not None

    def serve(self, visit: str, change: ProblemChange = NO_CHANGE) -> Tested | None:
        """
        Return the cheapest insertion or shift that serves a visit; None: there is none.

        Parameters
        ----------
        visit
            Its id; a served visit is removed from its round first.
        change
            Change of the problem; where it names a technician, they serve the visit.
        """
        problem = change.on(self.problem, visit)
        a = arrays_of(problem)
        ways = sorted(
            self._ways(a, visit, change), key=lambda way: (way[1].added, way[1].technician)
        )
        for method, places in ways:
            rounds = self.without(visit)
            for m, sequence in places.rounds.items():
                rounds[m] = sequence
            tested = self.tested(problem, a, rounds, visit, change, method)
            if tested is not None:
                return tested
        return None

    def exchange(self, visit: str, change: ProblemChange = NO_CHANGE) -> Tested | None:
        """Return the cheapest exchange that serves a visit; None: there is none."""
        problem, number = change.on(self.problem, visit), self.index[visit]
        a = arrays_of(problem)
        found: list[tuple[int, tuple[int, ...], Insertion]] = []
        for m in range(a.technicians):
            other = change.technician not in (None, self.problem.technicians[m].id)
            if other or not a.allowed[m, number]:
                continue
            free = [v for v in self.rounds[m][self.fixed[m] :] if not self._mandatory(v)]
            for count in range(1, MOST_LEAVING + 1):
                for out in combinations(free, count):
                    rounds = [[v for v in sequence if v not in out] for sequence in self.rounds]
                    for places in best_insertions(a, rounds, number, self.fixed, [m]):
                        before = checked_cost(a, m, self.rounds[m])
                        after = checked_cost(a, m, rounds[m]) + places.added
                        left = sum(int(a.unassigned_cost_s[v]) for v in out)
                        found.append((after - before + left, out, places))
        for _, out, places in sorted(found, key=lambda f: (f[0], f[1])):
            rounds = [[v for v in sequence if v not in out] for sequence in self.rounds]
            rounds[places.technician] = places.rounds[places.technician]
            tested = self.tested(problem, a, rounds, visit, change, "exchange")
            if tested is not None:
                return tested
        return None

    def search(
        self,
        visit: str,
        change: ProblemChange = NO_CHANGE,
        start: Plan | None = None,
        *,
        all_kept: bool = False,
    ) -> Tested | None:
        """
        Return the plan of a search in which a visit must be served; None: it finds none.

        Parameters
        ----------
        visit
            Its id.
        change
            Change of the problem.
        start
            Plan that the search starts from; None: the present one.
        all_kept
            Whether every visit that is served must stay so.
        """
        if self.locked:  # `improve` does not keep locked rounds; only `solve` does
            return None
        problem = change.on(self.problem, visit)
        if change.technician is not None:
            problem = reserved_for(problem, visit, change.technician)
        a = arrays_of(problem)
        number = self.index[visit]
        # The visit must stay served, and what must be served at present even more so.
        skip = a.unassigned_cost_s.copy()
        must = self.home if all_kept else self._must
        skip[[self.index[name] for name in must]] = 2 * a.mandatory_cost[0]
        skip[number] = a.mandatory_cost[0]
        rounds = self.without(visit)
        if start is not None:
            rounds = [[] for _ in self.rounds]
            for round_ in start.rounds:
                rounds[self.who[round_.technician]] = [self.index[s.visit] for s in round_.stops]
        iterations = ITERATIONS_A_VISIT * a.visits
        found = improve(a._replace(unassigned_cost_s=skip), rounds, iterations, self.seed, Pool())
        return self.tested(change.on(self.problem, visit), a, found, visit, change, "search")

    def tested(
        self,
        problem: DayProblem,
        a: Arrays,
        rounds: Sequence[Sequence[int]],
        visit: str,
        change: ProblemChange,
        method: Method,
    ) -> Tested | None:
        """Return rounds as a plan compared with the present one; None: one cannot be driven."""
        made = []
        for m, sequence in enumerate(rounds):
            if sequence:
                round_ = round_of(problem, a, m, sequence)
                if round_ is None:
                    return None
                made.append(round_)
        return self.compared(problem, made, visit, change, method)

    def compared(
        self,
        problem: DayProblem,
        rounds: Sequence[Round],
        visit: str,
        change: ProblemChange,
        method: Method,
    ) -> Tested | None:
        """
        Return timed rounds compared with the plan.

        None: a rule breaks, or the visit is left, or a mandatory one is that the present plan
        serves.
        """
        plan = _plan(problem, self.plan, rounds)
        now = {stop.visit: r.technician for r in plan.rounds for stop in r.stops}
        if visit not in now or any(name not in now for name in self._must):
            return None
        mandatory = "mandatory_served"  # not held against it: the present plan may break it too
        if any(v.rule != mandatory for v in rules.check(problem, plan)):
            return None
        home, cost = self.home, rules.cost(problem, plan)
        return Tested(
            change=change,
            method=method,
            technician=now[visit],
            moved=tuple(v for v in self.index if v in home and v in now and home[v] != now[v]),
            leaving=tuple(v for v in self.index if v in home and v not in now),
            gained=tuple(v for v in self.index if v in now and v not in home and v != visit),
            total_s=cost.total - self.cost.total,
            driving_s=cost.travel - self.cost.travel,
            overtime_s=_overtime(self.problem, plan) - _overtime(self.problem, self.plan),
            unassigned_s=cost.unassigned - self.cost.unassigned,
            plan=plan,
        )

    def _ways(
        self, a: Arrays, visit: str, change: ProblemChange, *, shifts: bool = True
    ) -> Iterator[tuple[Method, Insertion]]:
        number, rounds = self.index[visit], self.without(visit)
        able = range(a.technicians)
        who = able if change.technician is None else [self.who[change.technician]]
        for places in best_insertions(a, rounds, number, self.fixed, who):
            yield "insertion", places
        for m in who if shifts else ():
            shifted = best_shift(a, rounds, number, self.fixed, m)
            if shifted is not None:
                yield "shift", shifted

    def _mandatory(self, number: int) -> bool:
        return self.problem.visits[number].mandatory


def _fixed(problem: DayProblem, m: int) -> int:
    """Return the length of a round's fixed prefix; more than all visits where it is closed."""
    lock = problem.technicians[m].locked
    if lock is None:
        return 0
    return len(problem.visits) + 1 if lock.closed else len(lock.visits)


def reserved_for(problem: DayProblem, visit: str, technician: str) -> DayProblem:
    """Return the problem with a visit reserved for a technician."""
    visits = tuple(
        v.model_copy(update={"technician": technician}) if v.id == visit else v
        for v in problem.visits
    )
    return replace(problem, visits=visits)


def _overtime(problem: DayProblem, plan: Plan) -> int:
    """Return the overtime of a plan after the shifts of a problem (seconds)."""
    return sum(
        max(0, r.return_s - problem.technician[r.technician].shift_s.end_s) for r in plan.rounds
    )


def _plan(problem: DayProblem, before: Plan, rounds: Sequence[Round]) -> Plan:
    """Return rounds as a plan that states its cost and its unassigned visits."""
    reasons: dict[str, Reason] = {left.visit: left.reason for left in before.unassigned}
    served = {stop.visit for round_ in rounds for stop in round_.stops}
    left = [visit for visit in problem.visits if visit.id not in served]
    mandatory = any(visit.mandatory for visit in left)
    draft = Plan(
        status="infeasible" if mandatory else "partial" if left else "complete",
        cost_s=CostParts(total=0),
        rounds=tuple(rounds),
        unassigned=tuple(
            Unassigned(visit=v.id, reason=reasons.get(v.id, "crowded_out")) for v in left
        ),
    )
    return draft.model_copy(update={"cost_s": rules.cost(problem, draft)})
