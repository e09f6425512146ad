"""Column generation: prices for visits, and the lower bound that they prove.

Any prices give a valid bound, computed in exact integers (symbols in docs/bound.md):

    L(pi, sigma) = sum_v pi_v - sum_q sigma_q + sum_k m_k min(-omega_k, min_r rc_r)   (1)

with pi_v <= s_v, sigma_q >= 0, omega_k >= 0 and rc_r = c_r - sum_v a_vr pi_v + sum_q f_qr sigma_q,
the minimum over every ng-route r that a technician of kind k can drive. The master
problem only proposes prices; rounding in it cannot make a bound wrong.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dispatch.solve.bound.choice import choose
from dispatch.solve.bound.cuts import Cuts, separate
from dispatch.solve.bound.labels import EXACT, LOOSE, SCALE, WORD
from dispatch.solve.bound.listed import Listed
from dispatch.solve.bound.master import Master, Route
from dispatch.solve.bound.pricing import (
    ROUGH,
    Duals,
    Kind,
    Priced,
    Pricer,
    kinds_of,
    neighbourhoods,
)
from dispatch.solve.bound.proof import Limits, Proof, Stopped, plan_cost
from dispatch.solve.threads import Threads
from dispatch.solve.timing.arrays import NEVER
from dispatch.solve.timing.round_times import round_cost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from dispatch.solve.bound.cuts import Triple
    from dispatch.solve.bound.enumerate import Enumerator
    from dispatch.solve.heuristic.pool import Pool
    from dispatch.solve.timing.arrays import Arrays

# How far the prices tried stay from the best known towards those proposed (Wentges 1997).
SMOOTH = 0.7
# A bound this near the master's value, relatively, is near enough to look for cuts.
NEAR_ENOUGH = 3e-3
MASTER_COLUMNS = 12_000
# Kinds priced loosely at once, whatever the number of threads: plans must not depend on it.
LOOSE_AT_ONCE = 2
# Kinds listed at once, likewise; one that is too much ends it.
LISTED_AT_ONCE = 2
# Routes taken from one pricing call.
TAKE = 40
# A loose pass ends once so many kinds have helped; the next begins with the kind that follows.
LOOSE_KINDS = 3
# Most rounds of the pool looked at, and the care of pricing that looks at nothing else.
KNOWN, KNOWN_ONLY = 60_000, -1


class Prices(NamedTuple):
    """
    What gave a bound.

    Parameters
    ----------
    duals, cuts
        Prices, and the cuts they are for.
    value
        The bound (scaled seconds), `L` in (1).
    least
        What a technician of each kind adds to it (scaled seconds), the last term of (1).
    """

    duals: Duals
    cuts: Cuts
    value: int
    least: list[int]


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
    threads
        Kinds are priced side by side in them; None: one after the other.
    """

    def __init__(
        self,
        a: Arrays,
        pool: Pool,
        limits: Limits,
        proof: Proof,
        deadline: float | None = None,
        on_progress: Callable[[Proof], None] | None = None,
        threads: Threads | None = None,
    ) -> None:
        self.a, self.pool, self.limits, self.proof = a, pool, limits, proof
        self.threads = Threads(1) if threads is None else threads
        self.deadline, self.on_progress = deadline, on_progress
        self.kinds = kinds_of(a)
        self.cuts = Cuts(a.visits)
        self.pricer = Pricer(a, neighbourhoods(a, limits.near), limits.labels)
        # A plan that skips a visit at the cost of the plan known is no better than that one.
        unassigned_cost_s = np.minimum(a.unassigned_cost_s, proof.cost)
        self.master = Master(unassigned_cost_s, self.counts().tolist(), self.cuts)
        self.most_cuts = limits.cuts
        self.allowed = 0
        self._turn = 0
        self._has_value = False
        self.best: Duals | None = None
        self.best_value = -(1 << 62)
        self.best_least: list[int] = []
        self.tightest: Prices | None = None
        self.value = 0.0

    def go_on(self, steps: int) -> None:
        """Allow so much work in all, and take note of the rounds met since."""
        self.allowed, self._has_value = steps, False
        # Rounds already met are priced by inspection: far too many for the master at once.
        lists: list[list[tuple[int, Route]]] = [[] for _ in self.kinds]
        for column in list(self.pool)[-KNOWN:]:
            lists[column.vehicle_type].append((column.cost, column.sequence))
        self.known = Listed(self.a.visits, lists)

    def converge(self, *, fully: bool = False) -> None:
        """
        Generate columns until the bound meets the master's value, nearly or fully.

        Raises
        ------
        Stopped
            When the work allowed is done or the bound reaches the plan's cost.
        """
        # What is left when no loose route helps is near the best prices: tried as they are.
        smooth = 0.0
        self.best, self.best_value = None, -(1 << 62)
        while True:
            self.value = self.master.solve()
            self.proof.counts["iterations"] += 1
            self.stop_if_done()
            proposed = self.master.duals()
            if self._closed(fully):
                break
            if self._add_cheaply(proposed):
                continue
            while True:
                tried = _between(self.best, proposed, smooth)
                new = self._add(tried, proposed, EXACT)
                if new:
                    smooth = min(SMOOTH, smooth + 0.1)
                    break
                if self._closed(fully) or smooth <= 0.0 or tried is proposed:
                    # Prices as proposed and no route to add: nothing more can come.
                    self._look_for_a_plan()
                    return
                # The prices tried lie too far back to see a route: go nearer.
                smooth = smooth - 0.35 if smooth > 0.4 else 0.0
        self._look_for_a_plan()

    def bound_of_last_prices(self) -> None:
        """Have a bound, however little work was allowed: one pass with little memory."""
        if self._has_value or self.proof.proven:
            return
        self.value = self.master.solve()
        prices = self.master.duals()
        value = int(prices.prize.sum()) - int(prices.penalty.sum())
        for kind, priced in self._priced(self.kinds, prices, ROUGH):
            if not priced.exact:
                return
            value += kind.count * min(priced.best, -int(prices.wage[kind.number]))
        self._improve_bound(-(-value // SCALE))

    def _closed(self, fully: bool) -> bool:
        slack = 0.01 if fully else max(0.01, NEAR_ENOUGH * self.value)
        return self.best_value >= (self.value - slack) * SCALE

    def _add(self, tried: Duals, proposed: Duals, care: int) -> int:
        """
        Price every kind under `tried`, and return how many new routes help under `proposed`.

        Where the pricing is exact, equation (1) for `tried` may improve the bound.
        """
        new, exact, least = 0, care == EXACT, []
        for kind, priced in self._priced(self.kinds, tried, care):
            exact = exact and priced.exact
            least.append(min(priced.best, -int(tried.wage[kind.number])))
            new += self._take(kind, priced, tried, proposed)
        self._stop_if_late()
        value = int(tried.prize.sum()) - int(tried.penalty.sum())
        value += sum(kind.count * low for kind, low in zip(self.kinds, least, strict=True))
        self._has_value |= exact
        if exact and value > self.best_value:
            self.best, self.best_value, self.best_least = tried, value, least
            if self.tightest is None or value > self.tightest.value:
                self.tightest = Prices(tried, self.cuts.copy(), value, least)
            self._improve_bound(-(-value // SCALE))
        # Not between kinds: a pass begun is worth the bound that it ends with.
        self.stop_if_done()
        return new

    def _add_cheaply(self, prices: Duals) -> int:
        """Add routes that cost no exact pass, and return how many were new."""
        at_root = not len(self.cuts)
        new = self._add(prices, prices, KNOWN_ONLY) if at_root else 0
        return new or self._add_loosely(prices)

    def _add_loosely(self, prices: Duals) -> int:
        """Price some kinds without care, in turn, and return how many new routes help."""
        new, helped, todo = 0, 0, len(self.kinds)
        # Better prices are soon worth more than the routes of other kinds under these.
        while todo > 0 and helped < LOOSE_KINDS:
            turns = range(self._turn, self._turn + min(LOOSE_AT_ONCE, todo))
            kinds = [self.kinds[turn % len(self.kinds)] for turn in turns]
            self._turn = turns.stop % len(self.kinds)
            todo -= len(kinds)
            for kind, priced in self._priced(kinds, prices, LOOSE):
                found = self._take(kind, priced, prices, prices)
                new += found
                helped += found > 0
            self._stop_if_late()
        self.stop_if_done()
        return new

    def _take(self, kind: Kind, priced: Priced, tried: Duals, proposed: Duals) -> int:
        """Add the routes that help under the proposed prices, and return how many were new."""
        new = 0
        for reduced, route in priced.routes:
            paid = self.cuts.coefficients(route)
            cost = reduced + int(tried.prize[list(route)].sum())
            cost -= sum(int(tried.penalty[cut]) * times for cut, times in paid)
            now = cost - int(proposed.prize[list(route)].sum())
            now += sum(int(proposed.penalty[cut]) * times for cut, times in paid)
            if now < -int(proposed.wage[kind.number]) - 1:
                # What is above the share costs a round whole seconds, rounded up.
                new += self.add(kind, route, -(-cost // SCALE))
        return new

    def _priced(
        self, kinds: Sequence[Kind], duals: Duals, care: int
    ) -> Iterator[tuple[Kind, Priced]]:
        """Price kinds, side by side where they need labels, and yield each with what was found."""
        if care == KNOWN_ONLY:
            found = [self.known.price(kind, duals, self.cuts, TAKE) for kind in kinds]
        else:

            def price(kind: Kind) -> Priced:
                # The quick bound that ends a search is made however late it is.
                if care != ROUGH:
                    self._stop_if_late()
                return self.pricer.price(kind, duals, self.cuts, care, TAKE)

            found = self.threads.map(price, kinds)
        yield from zip(kinds, found, strict=True)

    def add(self, kind: Kind, route: Route, cost: int) -> bool:
        """Add a route to the master, and to the pool when it can be driven."""
        if len(set(route)) == len(route):
            true = self.true_cost(kind.number, route)
            if true < NEVER:
                self.pool.add(kind.number, route, true)
        return self.master.add(kind.number, route, cost)

    def tell(self) -> None:
        """Tell how far the proof is."""
        if self.on_progress is not None:
            self.on_progress(self.proof)

    def _improve_bound(self, bound: int) -> None:
        bound = min(bound, self.proof.cost)
        if bound > self.proof.bound:
            self.proof.bound = bound
            self.tell()

    def stop_if_done(self) -> None:
        """Raise `Stopped` when the work allowed is done or the bound reaches the plan's cost."""
        proof = self.proof
        proof.proven = proof.bound >= proof.cost
        steps = self._steps()
        proof.counts["steps"], proof.counts["labels"] = steps, self.pricer.made
        if proof.proven or steps > self.allowed:
            raise Stopped
        if proof.counts["iterations"] >= self.limits.iterations:
            raise Stopped
        self._stop_if_late()

    def _steps(self) -> int:
        return self.pricer.steps

    def _stop_if_late(self) -> None:
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
        members = [
            np.nonzero(self.a.vehicle_type == kind.number)[0].tolist() for kind in self.kinds
        ]
        for kind, route in chosen:
            rounds[members[kind].pop(0)] = list(route)
        cost = plan_cost(self.a, rounds)
        if cost < self.proof.cost:
            self.proof.cost, self.proof.rounds = cost, rounds
            self.proof.counts["plans"] += 1
            self.tell()

    def cut(self) -> bool:
        """Add violated cuts, drop those that no longer bind, and return whether there were any."""
        used = self.master.used()
        found = self._violated(used)
        if not self._widen(used) and not found:
            return False
        reduced = dict(zip(self.master.columns, self.master.reduced(), strict=True))
        penalty = self.master.duals().penalty
        self.cuts.keep([c for c in range(len(self.cuts)) if penalty[c] > 0])
        for triple, memory in found:
            self.cuts.put(triple, memory)
        self.proof.counts["cuts"] += len(found)
        self._rebuild(reduced)
        return True

    def _violated(
        self, used: list[tuple[int, Route, float]]
    ) -> list[tuple[Triple, NDArray[np.bool_]]]:
        """Return the cuts that the master's solution violates, and what they must remember."""
        routes = [route for _, route, _ in used]
        values = np.array([value for _, _, value in used])
        return separate(self.a.visits, routes, values, self.most_cuts)

    def threshold(self, kind: Kind, target: int) -> int:
        """
        Return the greatest reduced cost of a round in any plan that costs less than the target.

        A plan with round r of kind k costs at least L + rc_r - min(-omega_k, min rc) (2), scaled.
        """
        assert self.tightest is not None
        return self.tightest.least[kind.number] + (target - 1) * SCALE - self.tightest.value

    def drop_legs(self, enumerator: Enumerator) -> None:
        """Forbid the legs that no ng-route within the gap drives (2)."""
        prices = self.tightest
        if prices is None:
            return

        def useless_legs(kind: Kind) -> NDArray[np.bool_] | None:
            net = self.pricer.net(kind, prices.duals, prices.cuts)
            return enumerator.useless_legs(kind, net, self.threshold(kind, self.proof.cost))

        for kind, useless in zip(
            self.kinds, self.threads.map(useless_legs, self.kinds), strict=True
        ):
            if useless is not None:
                kind.forbid(useless)

    def lists(self, enumerator: Enumerator, target: int) -> list[list[tuple[int, Route]]] | None:
        """Return (cost, visits) of all rounds of plans below a target, by kind; None: too many."""
        prices = self.tightest
        if prices is None:
            return None

        def rounds_of(kind: Kind) -> list[tuple[int, Route]] | None:
            net = self.pricer.net(kind, prices.duals, prices.cuts)
            return enumerator.rounds(kind, net, self.threshold(kind, target))

        lists = []
        for first in range(0, len(self.kinds), LISTED_AT_ONCE):
            kinds = self.kinds[first : first + LISTED_AT_ONCE]
            found = self.threads.map(rounds_of, kinds)
            self.proof.counts["enumerations"] += len(kinds)
            self._stop_if_late()
            for rounds in found:
                if rounds is None:
                    return None
                lists.append(rounds)
        self.proof.counts["listed"] = sum(map(len, lists))
        return lists

    def choose_among_columns(self) -> None:
        """Look for a better plan among the master's rounds of least reduced cost."""
        reduced = self.master.reduced()
        lists: list[list[tuple[int, Route]]] = [[] for _ in self.kinds]
        surplus: list[list[float]] = [[] for _ in self.kinds]
        for ((kind, route), cost), more in zip(self.master.columns.items(), reduced, strict=True):
            if more < self.proof.cost - self.value and self._drivable(kind, route):
                true = self.true_cost(kind, route) if self.a.slots > 1 else cost
                lists[kind].append((true, route))
                surplus[kind].append(max(0.0, more) + true - cost)
        prices = self.master.duals()
        offers = Listed(self.a.visits, lists).offers(
            self.master.unassigned_cost_s,
            np.array([more for each in surplus for more in each]),
            idle=prices.wage / SCALE,
            left=self.master.unassigned_cost_s - prices.prize / SCALE,
            base=self.value,
        )
        goal = self.proof.cost - int(self.master.unassigned_cost_s.sum())
        numbers, _ = choose(
            offers,
            self.counts(),
            goal,
            self.limits.choice,
            deadline=self.deadline,
            on_wait=self.tell,
        )
        if numbers is not None:
            self.offer(offers.picked(numbers))
        self.stop_if_done()

    def _drivable(self, kind: int, route: Route) -> bool:
        if len(set(route)) < len(route):
            return False
        return self.true_cost(kind, route) < NEVER

    def true_cost(self, kind: int, route: Route) -> int:
        """Return what a kind's round costs (seconds); NEVER where it cannot be driven."""
        order = np.array(route, dtype=np.int64)
        return int(round_cost(self.a, self.kinds[kind].technician, order, len(order)))

    def counts(self) -> NDArray[np.int64]:
        """Return how many technicians there are of each kind."""
        return np.array([kind.count for kind in self.kinds], dtype=np.int64)

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
