"""Column generation: duals for visits, and the lower bound that they prove.

Any duals give a valid bound, computed in exact integers (symbols in docs/bound.md):

    L(pi, sigma) = sum_v pi_v - sum_q sigma_q + sum_k m_k min(-omega_k, min_r rc_r)   (1)

with pi_v <= s_v, sigma_q >= 0, omega_k >= 0 and rc_r = c_r - sum_v a_vr pi_v + sum_q f_qr sigma_q,
the minimum over every ng-route r that a technician of vehicle type k can drive. The master
problem only proposes duals; rounding in it cannot make a bound wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.solve.bound.duals import SCALE, DualBound, Duals, Route
from dispatch.solve.bound.listed_rounds import ListedRounds
from dispatch.solve.bound.ng import is_elementary
from dispatch.solve.bound.pricing import Priced, PricingMode
from dispatch.solve.bound.proof import ProofEnded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dispatch.solve.bound.proof_run import ProofRun
    from dispatch.solve.bound.upkeep import MasterUpkeep
    from dispatch.solve.bound.vehicle_types import VehicleType

# The largest share of the best known duals in those tried; the rest is of those proposed.
SMOOTH = 0.7
# With a bound this near to the master's value, relatively, cuts are looked for.
NEAR_ENOUGH = 3e-3
# Vehicle types priced heuristically at once, whatever the number of threads: plans must not
# depend on it.
HEURISTIC_AT_ONCE = 2
# A heuristic pass ends once so many types have helped; the next begins with the type that follows.
HEURISTIC_TYPES = 3
# Routes taken from one pricing call.
TAKE = 40
# Most rounds of the pool that are priced by inspection.
KNOWN = 60_000
# Below any bound.
NO_BOUND = -(1 << 62)


class Generation:
    """
    Column generation on one problem.

    Parameters
    ----------
    run
        The problem, the allowed work, and the proof.
    upkeep
        The master problem and its cuts.
    """

    def __init__(self, run: ProofRun, upkeep: MasterUpkeep) -> None:
        self.run, self.upkeep = run, upkeep
        self.master, self.cuts = upkeep.master, upkeep.cuts
        self.allowed = 0
        # The best duals and bound of this convergence; `tightest` is the best of all.
        self.best: Duals | None = None
        self.best_value = NO_BOUND
        self.best_least: list[int] = []
        self.tightest: DualBound | None = None
        self.value = 0.0
        self._next_type = 0
        self._has_bound = False
        self._known = ListedRounds(run.a.visits, [[] for _ in run.vehicle_types])

    @property
    def steps(self) -> int:
        """Return the work done so far."""
        return self.run.pricer.steps

    def resume(self, steps: int) -> None:
        """Allow so much work in all, and take in the rounds of the pool."""
        self.allowed, self._has_bound = steps, False
        # Rounds of the pool are priced by inspection: the master cannot hold so many.
        lists: list[list[tuple[int, Route]]] = [[] for _ in self.run.vehicle_types]
        for column in list(self.run.pool)[-KNOWN:]:
            lists[column.vehicle_type].append((column.cost, column.sequence))
        self._known = ListedRounds(self.run.a.visits, lists)

    def converge(self, *, fully: bool = False) -> None:
        """
        Generate columns until the bound meets the master's value, nearly or fully.

        Raises
        ------
        ProofEnded
            When the allowed work is done or the bound reaches the plan's cost.
        """
        # Where heuristic pricing finds nothing, the duals are near the best: tried as they are.
        smooth = 0.0
        self.best, self.best_value = None, NO_BOUND
        while True:
            self.value = self.master.solve()
            self.run.proof.counts["iterations"] += 1
            self.stop_if_done()
            proposed = self.master.duals()
            if self._closed(fully):
                break
            if self._price_cheaply(proposed):
                continue
            while True:
                tried = proposed.smoothed(self.best, smooth)
                new = self._price_all(tried, proposed, PricingMode.EXACT)
                if new:
                    smooth = min(SMOOTH, smooth + 0.1)
                    break
                if self._closed(fully) or smooth <= 0.0 or tried is proposed:
                    # Duals as proposed and no route to add: nothing more can come.
                    self._look_for_a_plan()
                    return
                # The tried duals are too far from the proposed ones to see a route: go nearer.
                smooth = smooth - 0.35 if smooth > 0.4 else 0.0
        self._look_for_a_plan()

    def bound_by_relaxed_pricing(self) -> None:
        """
        Have a bound, however little work was allowed: one pass with little memory.

        Raises
        ------
        ProofEnded
            When the deadline has passed.
        """
        if self._has_bound or self.run.proof.proven:
            return
        self.value = self.master.solve()
        duals = self.master.duals()
        value = int(duals.visit.sum()) - int(duals.cut.sum())
        for vehicle_type, priced in self._priced(
            self.run.vehicle_types, duals, PricingMode.RELAXED
        ):
            if not priced.exact:
                return
            dual = int(duals.vehicle_type[vehicle_type.number])
            value += vehicle_type.count * min(priced.best, -dual)
        self.run.improve_bound(-(-value // SCALE))

    def _closed(self, fully: bool) -> bool:
        slack = 0.01 if fully else max(0.01, NEAR_ENOUGH * self.value)
        return self.best_value >= (self.value - slack) * SCALE

    def _price_all(self, tried: Duals, proposed: Duals, mode: PricingMode) -> int:
        """
        Price every type under `tried`, and return how many new routes help under `proposed`.

        Where the pricing is exact, equation (1) for `tried` may improve the bound.
        """
        vehicle_types = self.run.vehicle_types
        new, exact, least = 0, mode is PricingMode.EXACT, []
        for vehicle_type, priced in self._priced(vehicle_types, tried, mode):
            exact = exact and priced.exact
            least.append(min(priced.best, -int(tried.vehicle_type[vehicle_type.number])))
            new += self._take(vehicle_type, priced, tried, proposed)
        self.run.stop_if_late()
        value = int(tried.visit.sum()) - int(tried.cut.sum())
        value += sum(each.count * low for each, low in zip(vehicle_types, least, strict=True))
        self._has_bound |= exact
        if exact and value > self.best_value:
            self.best, self.best_value, self.best_least = tried, value, least
            if self.tightest is None or value > self.tightest.value:
                self.tightest = DualBound(tried, self.cuts.copy(), value, least)
            self.run.improve_bound(-(-value // SCALE))
        # Not between vehicle types: a pass gives a bound only at its end.
        self.stop_if_done()
        return new

    def _price_cheaply(self, duals: Duals) -> int:
        """Add routes that need no exact pass, and return how many were new."""
        at_root = not len(self.cuts)
        new = self._price_all(duals, duals, PricingMode.KNOWN) if at_root else 0
        return new or self._price_heuristically(duals)

    def _price_heuristically(self, duals: Duals) -> int:
        """Price some vehicle types in turn, and return how many new routes help."""
        vehicle_types = self.run.vehicle_types
        new, helped, todo = 0, 0, len(vehicle_types)
        # New duals are soon worth more than the routes of other types under these.
        while todo > 0 and helped < HEURISTIC_TYPES:
            turns = range(self._next_type, self._next_type + min(HEURISTIC_AT_ONCE, todo))
            some = [vehicle_types[turn % len(vehicle_types)] for turn in turns]
            self._next_type = turns.stop % len(vehicle_types)
            todo -= len(some)
            for vehicle_type, priced in self._priced(some, duals, PricingMode.HEURISTIC):
                found = self._take(vehicle_type, priced, duals, duals)
                new += found
                helped += found > 0
            self.run.stop_if_late()
        self.stop_if_done()
        return new

    def _take(
        self, vehicle_type: VehicleType, priced: Priced, tried: Duals, proposed: Duals
    ) -> int:
        """Add the routes that help under the proposed duals, and return how many were new."""
        new, number = 0, vehicle_type.number
        for reduced, route in priced.routes:
            paid = self.cuts.coefficients(route)
            cost = reduced + int(tried.visit[list(route)].sum())
            cost -= sum(int(tried.cut[cut]) * times for cut, times in paid)
            now = cost - int(proposed.visit[list(route)].sum())
            now += sum(int(proposed.cut[cut]) * times for cut, times in paid)
            if now < -int(proposed.vehicle_type[number]) - 1:
                # Work above the fair share costs a round whole seconds, rounded up.
                new += self.upkeep.add(number, route, -(-cost // SCALE))
        return new

    def _priced(
        self, vehicle_types: Sequence[VehicleType], duals: Duals, mode: PricingMode
    ) -> Iterator[tuple[VehicleType, Priced]]:
        """Price vehicle types, side by side where they need labels, and yield each result."""
        if mode is PricingMode.KNOWN:
            found = [self._known.price(each, duals, self.cuts, TAKE) for each in vehicle_types]
        else:

            def price(vehicle_type: VehicleType) -> Priced:
                self.run.stop_if_late()
                return self.run.pricer.price(vehicle_type, duals, self.cuts, mode, TAKE)

            found = self.run.threads.map(price, vehicle_types)
        yield from zip(vehicle_types, found, strict=True)

    def stop_if_done(self) -> None:
        """Raise `ProofEnded` when the allowed work is done or the bound reaches the plan's cost."""
        proof = self.run.proof
        proof.proven = proof.bound >= proof.cost
        steps = self.steps
        proof.counts["steps"], proof.counts["labels"] = steps, self.run.pricer.made
        if proof.proven or steps > self.allowed:
            raise ProofEnded
        if proof.counts["iterations"] >= self.run.limits.iterations:
            raise ProofEnded
        self.run.stop_if_late()

    def _look_for_a_plan(self) -> None:
        """Take the master's solution when it is a plan and better than the known one."""
        if self.value > self.run.proof.cost - 1 + 1e-6:
            return
        used = self.master.used()
        if any(share < 1 - 1e-6 or not is_elementary(route) for _, route, share in used):
            return
        self.run.offer_plan([(number, route) for number, route, _ in used])
