"""The stages of the search in their order, and the state that they share."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from dispatch.checker import rules
from dispatch.errors import SolverError
from dispatch.model.plan import CostParts, Plan, Round, Unassigned
from dispatch.solve.assemble import round_of
from dispatch.solve.backlog import is_long, searched_visits
from dispatch.solve.bound.assignment import assignment_bound
from dispatch.solve.bound.every_order import best_by_trying, exact_schedules, orders_of
from dispatch.solve.bound.proof import Proof
from dispatch.solve.bound.prover import Prover
from dispatch.solve.deadline import Deadline
from dispatch.solve.efforts import EFFORTS
from dispatch.solve.heuristic.anneal import improve
from dispatch.solve.heuristic.ortools_model import initial_solution
from dispatch.solve.heuristic.pool import Pool
from dispatch.solve.partition.from_pool import choose_from_pool
from dispatch.solve.progress import Progress
from dispatch.solve.reasons import reason_for
from dispatch.solve.threads import Threads
from dispatch.solve.timing.encode import arrays_of
from dispatch.solve.timing.plan_cost import plan_cost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dispatch.model.plan import Stopped
    from dispatch.model.problem import DayProblem
    from dispatch.solve.efforts import Effort, EffortName
    from dispatch.solve.timing.arrays import Arrays

# The seeds of independent runs differ by this, so that they do not meet those of another seed.
SEED_STRIDE = 7_919
# Further runs at once, for any number of threads: plans must not depend on that number.
RUNS_AT_ONCE = 2
# Share of the remaining time that is reserved for the choice after runs that the clock ends.
CHOICE_SHARE = 0.1
# Share of the time left that the first proof leaves to further searches, which it may not need.
SEARCH_SHARE = 0.7
# Share of a time limit that the initial solution may take.
FIRST_SHARE = 0.3

LOG = logging.getLogger(__name__)


def search(
    problem: DayProblem,
    effort: EffortName,
    seed: int,
    time_limit_s: float | None,
    on_progress: Callable[[Progress], None] | None,
) -> Plan:
    """Return a plan; parameters as in `dispatch.solve.solve`."""
    began = time.monotonic()
    if effort not in EFFORTS:
        msg = f"no effort {effort!r}; there are {', '.join(EFFORTS)}"
        raise ValueError(msg)
    counts = EFFORTS[effort]
    deadline = Deadline(time_limit_s, net_s=counts.net_s if time_limit_s is None else None)
    stopped: Stopped = "effort"
    with Threads() as threads:
        stages = _Search(arrays_of(problem), counts, seed, deadline, on_progress, threads)
        try:
            stages.run()
        except KeyboardInterrupt:
            stopped = "interrupted"
            stages.take_best_met()
    if stages.proven:
        stopped = "proven"
    elif stopped == "effort" and (stages.late or stages.cut_short):
        stopped = "time_limit"
    plan = _plan(problem, stages, effort, seed, stopped, time.monotonic() - began)
    mandatory = "mandatory_served"
    broken = [found for found in rules.check(problem, plan) if found.rule != mandatory]
    if broken:
        details = "\n".join(map(str, broken))
        msg = f"the plan made breaks rules; this is a fault of dispatch, report it:\n{details}"
        raise SolverError(msg)
    return plan


class _Search:
    """The stages in their order, and the best rounds and bound so far."""

    def __init__(
        self,
        a: Arrays,
        effort: Effort,
        seed: int,
        deadline: Deadline,
        on_progress: Callable[[Progress], None] | None,
        threads: Threads,
    ) -> None:
        self.threads = threads
        self.a, self.effort, self.seed, self.deadline = a, effort, seed, deadline
        self.on_progress = on_progress
        self.cut_short = False  # whether the clock has ended a run
        self.pool = Pool()
        self.proof = Proof()
        self.first_bound = assignment_bound(a)
        self.rounds: list[list[int]] = [[] for _ in range(a.technicians)]
        self.cost = plan_cost(a, self.rounds)
        self._prover: Prover | None = None
        self._provable = effort.proof is not None
        self._heard: Exception | None = None  # what `on_progress` raised

    @property
    def bound(self) -> int:
        """Return a lower bound of the cost of any plan (seconds)."""
        return max(self.first_bound, self.proof.bound)

    @property
    def proven(self) -> bool:
        """Whether the best plan so far is proven to be of least cost."""
        return self.bound >= self.cost

    @property
    def late(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline.passed

    def run(self) -> None:
        """Run the stages; the best rounds are always in `rounds`."""
        a, effort = self.a, self.effort
        if a.visits == 0 or a.technicians == 0:
            self.proof.bound = self.cost
            return
        # Of a long backlog OR-Tools' descent takes minutes, and the search finds as much by itself.
        if effort.ortools and not is_long(a):
            first = initial_solution(a, FIRST_SHARE * self.deadline.left_s)
            self._take(first, "initial solution")
        nothing: list[list[int]] = [[] for _ in range(a.technicians)]
        # The others start from empty rounds: from one solution all would end in the same optimum.
        self._improve([self.rounds] + [nothing] * (effort.runs - 1), 0)
        self._choose()
        self._prove(effort.first_steps, self.deadline.earlier(SEARCH_SHARE))
        self._try_all()
        self._search_further()
        if effort.proof is not None and effort.proof.steps > effort.first_steps:
            self._prove(effort.proof.steps, self.deadline)
        if self._prover is not None and self._provable and not self.proven:
            with self._spared("proof"):
                self._prover.run.deadline = self.deadline
                if not self.late:
                    self._prover.approach()
                self._prover.finish()
            self._take_proven()

    @contextmanager
    def _spared(self, stage: str) -> Iterator[None]:
        """
        Go on after a stage that failed, with the plan and the bound that are known by then.

        Neither proof nor choice is needed for a plan. What is told of progress may raise.
        """
        try:
            yield
        except Exception as error:
            if error is self._heard:
                raise
            LOG.warning("%s failed; the plan and bound so far stay: %r", stage, error)
            if stage == "proof":
                self._provable = False

    def _try_all(self) -> None:
        """Where the proof of a small problem stays open, try every order of its visits."""
        a = self.a
        if self.proven or self.late or orders_of(a) > self.effort.orders:
            return
        with self._spared("trying all"):
            a = exact_schedules(a)
            tried = best_by_trying(a, self.deadline)
            if tried is None:
                return
            if a.slots == 1:
                self.proof.bound = tried.cost
            # From here on schedules are those by which the best plan was found.
            self.a = a
            self._take(tried.rounds, "proof")

    def _search_further(self) -> None:
        """Run further searches from the best choice, until several in turn find nothing better."""
        in_vain, effort = 0, self.effort
        for run in range(effort.runs, effort.runs + effort.further_runs, RUNS_AT_ONCE):
            if self.proven or self.late or in_vain >= effort.patience:
                return
            before = self.cost
            left = effort.runs + effort.further_runs - run
            self._improve([self.rounds] * min(RUNS_AT_ONCE, left), run)
            self._choose()
            in_vain = 0 if self.cost < before else in_vain + RUNS_AT_ONCE

    def take_best_met(self) -> None:
        """Take the best choice among the rounds met before an interruption."""
        # A callback that interrupts would do so again, and the plan would be lost.
        self.on_progress = None
        if len(self.pool):
            with self._spared("choice"):
                self._take(choose_from_pool(self.a, self.pool, self.rounds, effort=0.5), "choice")

    def _improve(self, starts: list[list[list[int]]], run: int) -> None:
        """Run the improvement from each start, side by side; the first is run number `run`."""
        pools = [Pool() for _ in starts]
        costs, reached = [self.cost for _ in starts], [0 for _ in starts]
        wanted = self.effort.iterations_a_visit * searched_visits(self.a)
        apart = self.threads.count > 1 and len(starts) > 1
        arrays = [self.a for _ in starts]
        if self.a.slots > 1:
            from dispatch.solve.timing.slots import with_own_pack

            # A schedule is made in the pack: no two threads may do so at once.
            arrays = [with_own_pack(self.a) for _ in starts]
        # Where the time limit ends the runs, the choice after them still gets its share.
        deadline = self.deadline.earlier(CHOICE_SHARE)

        def one(number: int) -> list[list[int]]:
            def heard(done: int, cost: int) -> None:
                costs[number], reached[number] = cost, done
                if not apart:
                    self._tell("improvement", cost)

            return improve(
                arrays[number],
                starts[number],
                wanted,
                self.seed + SEED_STRIDE * (run + number),
                pools[number],
                deadline=deadline,
                on_progress=heard,
                halted=self.threads.halted,
            )

        try:
            found = self.threads.map(
                one, range(len(starts)), lambda: self._tell("improvement", min(costs))
            )
        finally:
            for pool in pools:
                self.pool.merge(pool)
        self.cut_short |= min(reached) < wanted
        for rounds in found:
            self._take(rounds, "improvement")

    def _prove(self, steps: int, deadline: Deadline) -> None:
        if self.proven or self.late or not self._provable:
            return
        with self._spared("proof"):
            if self._prover is None:
                assert self.effort.proof is not None
                self._prover = Prover(
                    self.a,
                    self.pool,
                    self.effort.proof,
                    on_progress=lambda _: self._tell("proof", self.cost),
                    proof=self.proof,
                    threads=self.threads,
                )
            self._prover.run.deadline = deadline
            self._prover.work(self.rounds, self.cost, steps)
        self._take_proven()
        if not self.proven and not self.late:
            self._choose()

    def _take_proven(self) -> None:
        if self.proof.rounds is not None:
            self._take(self.proof.rounds, "proof")

    def _choose(self) -> None:
        with self._spared("choice"):
            chosen = choose_from_pool(
                self.a,
                self.pool,
                self.rounds,
                effort=self.effort.partition,
                deadline=self.deadline,
                on_wait=lambda: self._tell("choice", self.cost),
            )
            self._take(chosen, "choice")

    def _take(self, rounds: list[list[int]], stage: str) -> None:
        cost = plan_cost(self.a, rounds)
        if cost < self.cost:
            self.rounds, self.cost = rounds, cost
        self._tell(stage, self.cost)

    def _tell(self, stage: str, cost: int) -> None:
        if self.on_progress is not None:
            try:
                self.on_progress(Progress(stage, min(cost, self.cost), self.bound))
            except Exception as error:
                self._heard = error
                raise


def _plan(
    problem: DayProblem,
    search: _Search,
    effort: EffortName,
    seed: int,
    stopped: Stopped,
    elapsed_s: float,
) -> Plan:
    a = search.a
    rounds: list[Round] = []
    served: set[int] = set()
    for m, sequence in enumerate(search.rounds):
        if sequence:
            made = round_of(problem, a, m, sequence)
            if made is None:
                msg = f"a round of {problem.technicians[m].id} cannot be timed; report this problem"
                raise SolverError(msg)
            rounds.append(made)
            served.update(sequence)
    left = [visit for visit in range(a.visits) if visit not in served]
    mandatory = sum(problem.visits[visit].mandatory for visit in left)
    draft = Plan(
        status="infeasible" if mandatory else "partial" if left else "complete",
        stopped=stopped,
        cost_s=CostParts(total=0),
        rounds=tuple(rounds),
        unassigned=tuple(
            Unassigned(visit=problem.visits[visit].id, reason=reason_for(problem, a, visit))
            for visit in left
        ),
        effort=effort,
        seed=seed,
        elapsed_s=round(elapsed_s, 3),
        input_sha256=problem.sha256,
        version=version("dispatch"),
    )
    cost = rules.cost(problem, draft)
    # The search counts a cost for an unassigned mandatory visit; the cost of a plan does not.
    bound_s = max(0, search.bound - mandatory * int(a.mandatory_cost[0]))
    bound_s = min(bound_s, cost.total)
    return draft.model_copy(
        update={
            "cost_s": cost,
            "bound_s": bound_s,
            "gap": (cost.total - bound_s) / cost.total if cost.total else 0.0,
            "proven_optimal": search.proven,
        }
    )
