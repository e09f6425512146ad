"""A plan on the trials: one visit more, or elsewhere, tested before anything is said of it.

Every trial ends with a whole plan for the changed problem, which `rules.check` finds sound and
whose cost `rules.cost` counts. What does not is not told. The trials are, in rising effort:

insertion
    the visit is put into one round, where it costs least; all else stays;
shift
    another visit of that round makes room for it, and moves elsewhere;
exchange
    one or two visits of that round leave the plan;
search
    from such a plan, ruin and recreate goes on for a while, with the visit held to.

All are upper bounds: a plan as cheap as that exists, a cheaper one may.
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

Method = Literal["insertion", "shift", "exchange", "search", "solve"]
# Ruins and recreations a visit of one search on from a plan: an eighth of what "quick" does.
ITERATIONS_A_VISIT = 50
# At most this many visits leave in an exchange: three or more are no longer "instead of".
MOST_LEAVING = 2


@dataclass(frozen=True, slots=True)
class Tested:
    """
    A way to serve a visit that was tried out, and what it costs against the plan as it is.

    Parameters
    ----------
    change
        What has to be changed for it.
    method
        How it was found: every one but "solve" starts from the plan as it is.
    technician
        Who then serves the visit.
    moved
        Visits that go to another technician.
    leaving, gained
        Visits served before and not any more; not served before, but now.
    total_s, driving_s, overtime_s, unassigned_s
        What that plan costs more than the present one in all, drives more, works more after
        the shifts' ends, and pays more for visits left (seconds).
    plan
        The plan, sound by `rules.check`.
    bound_s
        No plan of the changed problem differs from the present one by less (seconds), proven;
        None: nothing is.
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
        """Return what they are put in order by: all served, how small the change, how cheap."""
        return bool(self.leaving), self.change.size, self.total_s, self.technician


class Trials:
    """
    A problem and its plan, on which trials are made.

    Parameters
    ----------
    problem, plan
        As they are; the plan keeps the rules.
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

    @property
    def home(self) -> dict[str, str]:
        """Return who serves each visit that is served."""
        return {stop.visit: r.technician for r in self.plan.rounds for stop in r.stops}

    def without(self, visit: str) -> list[list[int]]:
        """Return the rounds less a visit."""
        number = self.index[visit]
        return [[v for v in sequence if v != number] for sequence in self.rounds]

    def timed(self, m: int, sequence: Sequence[int]) -> Round | None:
        """Return a technician's round along a sequence of visits; None: it cannot be driven."""
        return round_of(self.problem, self.a, m, sequence)

    def possible(self, visit: str, change: ProblemChange, *, shifts: bool = True) -> bool:
        """Return whether a visit has a place in the rounds as they are, by insertion or shift."""
        a = arrays_of(change.on(self.problem, visit))
        return next(self._ways(a, visit, change, shifts=shifts), None) is not None

    def serve(self, visit: str, change: ProblemChange = NO_CHANGE) -> Tested | None:
        """
        Return the cheapest sound way to serve a visit by insertion or shift; None: there is none.

        Parameters
        ----------
        visit
            Its id; where it is served, it is taken out of its round first.
        change
            What is changed; one that names a technician has the visit served by them.
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
        """Return the cheapest sound way to serve a visit for which others of a round leave."""
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
                        # The round's own saving is the same for all that leave it alike.
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
        self, visit: str, change: ProblemChange = NO_CHANGE, start: Plan | None = None
    ) -> Tested | None:
        """
        Return what a search finds that holds to a visit, on from a plan; None: not with the visit.

        Parameters
        ----------
        visit
            Its id.
        change
            What is changed.
        start
            Where it starts; None: the plan as it is.
        """
        if self.locked:  # the inner search knows nothing of locked rounds; `solve` does
            return None
        problem = change.on(self.problem, visit)
        if change.technician is not None:
            problem = reserved_for(problem, visit, change.technician)
        a = arrays_of(problem)
        number = self.index[visit]
        skip = a.unassigned_cost_s.copy()
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
        """Return rounds as a plan held against the present one; None: it breaks a rule."""
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
        """Return timed rounds held against the plan; None: they break a rule, or lack the visit."""
        plan = _plan(problem, self.plan, rounds)
        now = {stop.visit: r.technician for r in plan.rounds for stop in r.stops}
        mandatory = "mandatory_served"  # as in `solve`: the plan as it is may lack one, too
        if visit not in now or any(v.rule != mandatory for v in rules.check(problem, plan)):
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
    """Return how many visits a round must begin with; more than there are where it is closed."""
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
    """Return what is worked after the ends of the shifts, as they are (seconds)."""
    return sum(
        max(0, r.return_s - problem.technician[r.technician].shift_s.end_s) for r in plan.rounds
    )


def _plan(problem: DayProblem, before: Plan, rounds: Sequence[Round]) -> Plan:
    """Return rounds as a plan that states its cost and what it leaves."""
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
