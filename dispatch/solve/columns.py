"""Column generation: the best lower bound on the cost of a day that prices and cuts can give.

Any prices give a valid bound, computed in exact integers (symbols in docs/bound.md):

    L(pi, sigma) = sum_v pi_v - sum_q sigma_q + sum_k m_k min(-omega_k, min_r rc_r)   (1)

with pi_v <= s_v, sigma_q >= 0, omega_k >= 0 and rc_r = c_r - sum_v a_vr pi_v + sum_q f_qr sigma_q,
the minimum over every ng-route r that a technician of kind k can drive. The master
problem only proposes prices; rounding in it cannot make a bound wrong.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.arrays import NEVER
from dispatch.solve.cuts import Cuts, separate
from dispatch.solve.labels import EXACT, LOOSE, NO_CUTS, SCALE, WORD
from dispatch.solve.master import Master, Route
from dispatch.solve.pricing import Duals, Kind, Pricer, kinds_of, neighbourhoods
from dispatch.solve.timing import round_cost

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dispatch.solve.arrays import Arrays
    from dispatch.solve.pool import Pool

# How far the prices tried stay from the best known towards those proposed (Wentges 1997).
SMOOTH = 0.7
# A bound this near the master's value, relatively, is near enough to look for cuts.
NEAR_ENOUGH = 2e-4
MASTER_COLUMNS = 12_000
# Routes taken from one pricing call.
TAKE = 40


@dataclass(frozen=True)
class Limits:
    """
    How much work the proof may do; counts, never clocks.

    Parameters
    ----------
    steps
        Comparisons of labels in all; some hundred million a minute.
    labels
        Most labels of one pricing pass.
    iterations
        Most solutions of the master problem.
    cut_rounds, cuts
        Most rounds of cuts, and most cuts in each.
    near, nearest
        Size of the ng-neighbourhoods at first, and at most.
    """

    steps: int
    labels: int = 400_000
    iterations: int = 1_000
    cut_rounds: int = 60
    cuts: int = 30
    near: int = 8
    nearest: int = 20


@dataclass
class Proof:
    """
    What is proven so far; filled as the work goes, so that a stop at any time leaves it valid.

    Parameters
    ----------
    bound
        No plan costs less (seconds).
    proven
        Whether the best plan known costs exactly that.
    cost
        Cost of the best plan known.
    rounds
        A plan better than the one given, if one was found.
    counts
        Iterations, labels, cuts, ... by name.
    """

    bound: int = 0
    proven: bool = False
    cost: int = NEVER
    rounds: list[list[int]] | None = None
    counts: Counter[str] = field(default_factory=Counter)


class Stopped(Exception):  # noqa: N818 - not an error: the work allowed is done
    """The work allowed is done, or nothing is left to prove."""


class Generation:
    """
    Column generation on one problem.

    Parameters
    ----------
    a, pool
        The problem, and rounds to start from; drivable rounds found are added.
    limits
        Work allowed.
    proof
        Filled as the work goes; its cost is that of a plan known.
    deadline
        Moment of `time.monotonic`; a safety net, looked at between pricing calls.
    on_progress
        Called with the proof whenever it got better.
    """

    def __init__(
        self,
        a: Arrays,
        pool: Pool,
        limits: Limits,
        proof: Proof,
        deadline: float | None = None,
        on_progress: Callable[[Proof], None] | None = None,
    ) -> None:
        self.a, self.pool, self.limits, self.proof = a, pool, limits, proof
        self.deadline, self.on_progress = deadline, on_progress
        self.kinds = kinds_of(a)
        self.cuts = Cuts(a.visits)
        self.pricer = Pricer(a, neighbourhoods(a, limits.near), limits.labels)
        # A plan that skips a visit at the cost of the plan known is no better than that one.
        skip_cost = np.minimum(a.skip_cost, proof.cost)
        self.master = Master(skip_cost, [kind.count for kind in self.kinds], self.cuts)
        for column in pool:
            self.master.add(column.kind, column.sequence, column.cost)
        self.best: Duals | None = None
        self.best_value = -(1 << 62)
        self.value = 0.0

    def converge(self, *, fully: bool = False) -> None:
        """
        Generate columns until the bound meets the master's value, nearly or fully.

        Raises
        ------
        Stopped
            When the work allowed is done or the bound reaches the plan's cost.
        """
        smooth = SMOOTH
        self.best, self.best_value = None, -(1 << 62)
        while True:
            self.value = self.master.solve()
            self.proof.counts["iterations"] += 1
            self._look_for_a_plan()
            self._stop_if_done()
            proposed = self.master.duals()
            if self._closed(fully):
                return
            if self._add(proposed, proposed, LOOSE)[0]:
                continue
            if len(self.cuts) and self._add(proposed, proposed, NO_CUTS)[0]:
                continue
            while True:
                tried = _between(self.best, proposed, smooth)
                new, value = self._add(tried, proposed, EXACT)
                if value is not None and value > self.best_value:
                    self.best, self.best_value = tried, value
                    self._improve_bound(-(-value // SCALE))
                if new:
                    smooth = min(SMOOTH, smooth + 0.1)
                    break
                if self._closed(fully) or smooth <= 0.0 or tried is proposed:
                    # Prices as proposed and no route to add: nothing more can come.
                    return
                # The prices tried lie too far back to see a route: go nearer.
                smooth = smooth - 0.35 if smooth > 0.4 else 0.0

    def _closed(self, fully: bool) -> bool:
        slack = 0.01 if fully else max(0.01, NEAR_ENOUGH * self.value)
        return self.best_value >= (self.value - slack) * SCALE

    def _add(self, tried: Duals, proposed: Duals, care: int) -> tuple[int, int | None]:
        """
        Price every kind under `tried`, and add routes that help under `proposed`.

        Returns
        -------
        new, value
            Columns added; equation (1) for `tried`, scaled, or None when it is not exact.
        """
        new, exact = 0, care == EXACT
        value = int(tried.prize.sum()) - int(tried.penalty.sum())
        for kind in self.kinds:
            priced = self.pricer.price(kind, tried, self.cuts, care, TAKE)
            exact = exact and priced.exact
            value += kind.count * min(priced.best, -int(tried.wage[kind.number]))
            for reduced, route in priced.routes:
                paid = self.cuts.coefficients(route)
                cost = reduced + int(tried.prize[list(route)].sum())
                cost -= sum(int(tried.penalty[cut]) * times for cut, times in paid)
                now = cost - int(proposed.prize[list(route)].sum())
                now += sum(int(proposed.penalty[cut]) * times for cut, times in paid)
                if now < -int(proposed.wage[kind.number]) - 1:
                    new += self.add(kind, route, cost // SCALE)
            self._stop_if_done()
        return new, value if exact else None

    def add(self, kind: Kind, route: Route, cost: int) -> bool:
        """Add a route to the master, and to the pool when it can be driven."""
        if len(set(route)) == len(route):
            true = int(
                round_cost(self.a, kind.technician, np.array(route, dtype=np.int64), len(route))
            )
            if true < NEVER:
                self.pool.add(kind.number, route, true)
        return self.master.add(kind.number, route, cost)

    def _improve_bound(self, bound: int) -> None:
        bound = min(bound, self.proof.cost)
        if bound > self.proof.bound:
            self.proof.bound = bound
            if self.on_progress is not None:
                self.on_progress(self.proof)

    def _stop_if_done(self) -> None:
        proof = self.proof
        proof.proven = proof.bound >= proof.cost
        proof.counts["steps"], proof.counts["labels"] = self.pricer.steps, self.pricer.made
        if proof.proven or self.pricer.steps > self.limits.steps:
            raise Stopped
        if proof.counts["iterations"] >= self.limits.iterations:
            raise Stopped
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise Stopped

    def _look_for_a_plan(self) -> None:
        """Keep the master's solution when it is a plan and better than the one known."""
        if self.value > self.proof.cost - 1 + 1e-6:
            return
        used = self.master.used()
        if any(value < 1 - 1e-6 or len(set(route)) < len(route) for _, route, value in used):
            return
        self.offer([(kind, route) for kind, route, _ in used])

    def offer(self, chosen: Sequence[tuple[int, Route]]) -> None:
        """Keep a choice of (kind, route) as a plan when it is one and costs less."""
        rounds: list[list[int]] = [[] for _ in range(self.a.technicians)]
        free = {kind.number: np.nonzero(self.a.kind == kind.number)[0].tolist() for kind in self.kinds}
        for kind, route in chosen:
            rounds[free[kind].pop(0)] = list(route)
        cost = plan_cost(self.a, rounds)
        if cost < self.proof.cost:
            self.proof.cost, self.proof.rounds = cost, rounds
            self.proof.counts["plans"] += 1
            if self.on_progress is not None:
                self.on_progress(self.proof)

    def cut(self) -> bool:
        """Add violated cuts, drop those that no longer bind, and return whether there were any."""
        used = self.master.used()
        routes = [route for _, route, _ in used]
        found = separate(self.a.visits, routes, np.array([x for _, _, x in used]), self.limits.cuts)
        grown = self._widen(used)
        if not found and not grown:
            return False
        reduced = dict(zip(self.master.columns, self.master.reduced(), strict=True))
        penalty = self.master.duals().penalty
        self.cuts.keep([c for c in range(len(self.cuts)) if penalty[c] > 0])
        for triple, memory in found:
            self.cuts.put(triple, memory)
        self.proof.counts["cuts"] += len(found)
        self._rebuild(reduced)
        return True

    def _rebuild(self, reduced: dict[tuple[int, Route], float]) -> None:
        """Rebuild the master from the columns of least reduced cost that are still routes."""
        gap = self.proof.cost - self.proof.bound
        kept = [
            (kind, route, cost)
            for (kind, route), cost in self.master.columns.items()
            if reduced[kind, route] <= gap and self._allowed(kind, route)
        ]
        if len(kept) > MASTER_COLUMNS:
            kept.sort(key=lambda column: reduced[column[0], column[1]])
            del kept[MASTER_COLUMNS // 2 :]
        self.master.rebuild(kept)

    def _allowed(self, kind: int, route: Route) -> bool:
        """Return whether a route is still one: its legs, and no visit again while remembered."""
        legs = self.kinds[kind].legs
        stops = np.array([-1, *route, -1])
        if not legs[stops[:-1], stops[1:]].all():
            return False
        if len(set(route)) == len(route):
            return True
        near, held = self.pricer.near, [0] * self.pricer.near.shape[1]
        for visit in route:
            word, bit = divmod(visit, WORD)
            if held[word] >> bit & 1:
                return False
            held = [old & int(mask) for old, mask in zip(held, near[visit], strict=True)]
            held[word] |= 1 << bit
        return True

    def _widen(self, used: list[tuple[int, Route, float]]) -> bool:
        """Make the visits on each cycle remember its visit; return whether any did not yet."""
        grown = False
        near = self.pricer.near
        for _, route, _ in used:
            last: dict[int, int] = {}
            for position, visit in enumerate(route):
                if visit in last:
                    word, flag = visit // WORD, np.int64(1 << (visit % WORD))
                    for between in route[last[visit] + 1 : position]:
                        size = sum(int(mask).bit_count() for mask in near[between])
                        if not near[between, word] & flag and size <= self.limits.nearest:
                            near[between, word] |= flag
                            grown = True
                last[visit] = position
        return grown


def _between(best: Duals | None, proposed: Duals, smooth: float) -> Duals:
    """Return prices part of the way back from the proposed to the best."""
    if best is None or smooth <= 0.0:
        return proposed
    mixed = [
        np.rint(smooth * old + (1 - smooth) * new).astype(np.int64)
        for old, new in zip(best, proposed, strict=True)
    ]
    return Duals(*mixed)


def plan_cost(a: Arrays, rounds: Sequence[Sequence[int]]) -> int:
    """
    Return the cost of a plan: rounds and visits left out (seconds); NEVER when it cannot be driven.

    Parameters
    ----------
    rounds
        A sequence of visit indices for each technician.
    """
    total, served = 0, np.zeros(a.visits, dtype=np.int64)
    for m, sequence in enumerate(rounds):
        order = np.array(sequence, dtype=np.int64)
        cost = int(round_cost(a, m, order, len(order)))
        if cost >= NEVER or not a.allowed[m][order].all() or a.load[order].sum() > a.capacity[m]:
            return NEVER
        total += cost
        np.add.at(served, order, 1)
    if served.max(initial=0) > 1:
        return NEVER
    return total + int(a.skip_cost[served == 0].sum())


def bound(
    a: Arrays,
    rounds: list[list[int]],
    pool: Pool,
    limits: Limits,
    *,
    upper: int,
    deadline: float | None = None,
    on_progress: Callable[[Proof], None] | None = None,
    proof: Proof | None = None,
) -> Proof:
    """
    Return a lower bound of the cost of any plan, and a better plan if one turns up.

    Parameters
    ----------
    a
        The problem.
    rounds
        The best plan known: a sequence of visit indices for each technician.
    pool
        Rounds to start from; drivable rounds found are added.
    limits
        Work allowed.
    upper
        Cost of `rounds` (seconds), visits left out included.
    deadline
        Moment of `time.monotonic` past which the work stops; a safety net.
    on_progress
        Called with the proof whenever it got better.
    proof
        Filled as the work goes; after Ctrl-C it holds what was proven until then.
    """
    proof = Proof() if proof is None else proof
    proof.cost = min(proof.cost, upper)
    pool.add_rounds(a, rounds)
    generation = Generation(a, pool, limits, proof, deadline, on_progress)
    try:
        generation.converge()
        for _ in range(limits.cut_rounds):
            if not generation.cut():
                break
            proof.counts["cut_rounds"] += 1
            generation.converge()
        generation.converge(fully=True)
    except Stopped:
        pass
    proof.proven = proof.bound >= proof.cost
    return proof
