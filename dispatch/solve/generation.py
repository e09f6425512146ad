"""Column generation: prices for visits, and the lower bound that they prove.

Any prices give a valid bound, computed in exact integers (symbols in docs/bound.md):

    L(pi, sigma) = sum_v pi_v - sum_q sigma_q + sum_k m_k min(-omega_k, min_r rc_r)   (1)

with pi_v <= s_v, sigma_q >= 0, omega_k >= 0 and rc_r = c_r - sum_v a_vr pi_v + sum_q f_qr sigma_q,
the minimum over every ng-route r that a technician of kind k can drive. The master
problem only proposes prices; rounding in it cannot make a bound wrong.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.arrays import NEVER
from dispatch.solve.branch import Branching
from dispatch.solve.cuts import Cuts, separate
from dispatch.solve.labels import EXACT, LOOSE, SCALE, WORD
from dispatch.solve.listed import Listed, choose
from dispatch.solve.master import Master, Route
from dispatch.solve.pricing import ROUGH, Duals, Kind, Priced, Pricer, kinds_of, neighbourhoods
from dispatch.solve.proof import Limits, Proof, Stopped, plan_cost
from dispatch.solve.threads import Threads
from dispatch.solve.timing import round_cost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from dispatch.solve.arrays import Arrays
    from dispatch.solve.enumerate import Enumerator
    from dispatch.solve.pool import Pool

# How far the prices tried stay from the best known towards those proposed (Wentges 1997).
SMOOTH = 0.7
# A bound this near the master's value, relatively, is near enough to look for cuts.
NEAR_ENOUGH = 3e-3
MASTER_COLUMNS = 12_000
# Rounds looked at for a better plan before all are listed.
FEW_COLUMNS = 600
# Kinds priced loosely at once, whatever the number of threads: plans must not depend on it.
LOOSE_AT_ONCE = 2
# Routes taken from one pricing call.
TAKE = 40
# A loose pass ends once so many kinds have helped; the next begins with the kind that follows.
LOOSE_KINDS = 3
# Most rounds of the pool looked at, and the care of pricing that looks at nothing else.
KNOWN, KNOWN_ONLY = 60_000, -1


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
        skip_cost = np.minimum(a.skip_cost, proof.cost)
        self.master = Master(skip_cost, [kind.count for kind in self.kinds], self.cuts)
        self.allowed = 0
        self._turn = 0
        self._has_value = False
        self.best: Duals | None = None
        self.best_value = -(1 << 62)
        self.best_least: list[int] = []
        self.value = 0.0
        self.listed: Listed | None = None

    def go_on(self, steps: int) -> None:
        """Allow so much work in all, and take note of the rounds met since."""
        self.allowed, self._has_value = steps, False
        # Rounds already met are priced by inspection: far too many for the master at once.
        lists: list[list[tuple[int, Route]]] = [[] for _ in self.kinds]
        for column in list(self.pool)[-KNOWN:]:
            lists[column.kind].append((column.cost, column.sequence))
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
            self._stop_if_done()
            proposed = self.master.duals()
            if self._closed(fully):
                break
            at_root = self.listed is None and not len(self.cuts)
            if at_root and self._add(proposed, proposed, KNOWN_ONLY):
                continue
            if self.listed is None and self._add_loosely(proposed):
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
        if self._has_value or self.listed is not None or self.proof.proven:
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
            self._improve_bound(-(-value // SCALE))
        # Not between kinds: a pass begun is worth the bound that it ends with.
        self._stop_if_done()
        return new

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
        self._stop_if_done()
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
        known = self.known if care == KNOWN_ONLY else self.listed
        if known is not None:
            found = [known.price(kind, duals, self.cuts, TAKE) for kind in kinds]
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
            true = int(
                round_cost(self.a, kind.technician, np.array(route, dtype=np.int64), len(route))
            )
            if true < NEVER:
                self.pool.add(kind.number, route, true)
        return self.master.add(kind.number, route, cost)

    def _tell(self) -> None:
        if self.on_progress is not None:
            self.on_progress(self.proof)

    def _improve_bound(self, bound: int) -> None:
        bound = min(bound, self.proof.cost)
        if bound > self.proof.bound:
            self.proof.bound = bound
            self._tell()

    def _stop_if_done(self) -> None:
        proof = self.proof
        proof.proven = proof.bound >= proof.cost
        steps = self.pricer.steps + (self.listed.steps if self.listed is not None else 0)
        proof.counts["steps"], proof.counts["labels"] = steps, self.pricer.made
        if proof.proven or steps > self.allowed:
            raise Stopped
        if proof.counts["iterations"] >= self.limits.iterations:
            raise Stopped
        self._stop_if_late()

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
        members = [np.nonzero(self.a.kind == kind.number)[0].tolist() for kind in self.kinds]
        for kind, route in chosen:
            rounds[members[kind].pop(0)] = list(route)
        cost = plan_cost(self.a, rounds)
        if cost < self.proof.cost:
            self.proof.cost, self.proof.rounds = cost, rounds
            self.proof.counts["plans"] += 1
            self._tell()

    def cut(self) -> bool:
        """Add violated cuts, drop those that no longer bind, and return whether there were any."""
        used = self.master.used()
        routes = [route for _, route, _ in used]
        most = self.limits.cuts if self.listed is None else self.limits.cuts_listed
        found = separate(self.a.visits, routes, np.array([x for _, _, x in used]), most)
        grown = self.listed is None and self._widen(used)
        if not found and not grown:
            return False
        reduced = dict(zip(self.master.columns, self.master.reduced(), strict=True))
        penalty = self.master.duals().penalty
        self.cuts.keep([c for c in range(len(self.cuts)) if penalty[c] > 0])
        for triple, memory in found:
            self.cuts.put(triple, memory | (self.listed is not None))
        self.proof.counts["cuts"] += len(found)
        self._rebuild(reduced)
        return True

    def threshold(self, kind: Kind) -> int:
        """
        Return the greatest reduced cost of a round in any plan that costs less than the one known.

        A plan with round r of kind k costs at least L + rc_r - min(-omega_k, min rc) (2), scaled.
        """
        return self.best_least[kind.number] + (self.proof.cost - 1) * SCALE - self.best_value

    def drop_legs(self, enumerator: Enumerator) -> None:
        """Forbid the legs that no ng-route within the gap drives (2)."""
        if self.best is None:
            return
        best = self.best

        def useless_legs(kind: Kind) -> NDArray[np.bool_] | None:
            net = self.pricer.net(kind, best, self.cuts)
            return enumerator.useless_legs(kind, net, self.threshold(kind))

        for kind, useless in zip(
            self.kinds, self.threads.map(useless_legs, self.kinds), strict=True
        ):
            if useless is not None:
                kind.forbid(useless)

    def work_from(self, lists: Sequence[list[tuple[int, Route]]]) -> None:
        """Go on with listed rounds in place of pricing; cuts then remember across every visit."""
        self.listed = Listed(self.a.visits, lists)
        for triple in self.cuts.triples:
            self.cuts.put(triple, np.ones(self.a.visits, dtype=np.bool_))
        known = [
            {tuple(sorted(route)): (cost, route) for cost, route in rounds} for rounds in lists
        ]
        kept: dict[tuple[int, Route], int] = {}
        for kind, route in self.master.columns:
            found = known[kind].get(tuple(sorted(route)))
            if found is not None:
                kept[kind, found[1]] = found[0]
        self.master.rebuild([(kind, route, cost) for (kind, route), cost in kept.items()])

    def shorten(self) -> int:
        """Drop listed rounds that no better plan can use (2), and return how many are left."""
        listed = self.listed
        assert listed is not None
        if self.best is not None:
            for kind in self.kinds:
                reduced = listed.reduced(kind, self.best, self.cuts)
                listed.keep(kind, reduced <= self.threshold(kind))
        self.proof.counts["left"] = len(listed)
        return len(listed)

    def choose_among_listed(self, effort: float) -> None:
        """Choose the best plan among the listed rounds; once settled, the proof is complete."""
        assert self.listed is not None
        chosen, settled = self._choose(self.listed, effort)
        least = 0 if chosen is None else self.listed.total(chosen, self.master.skip_cost)
        if chosen is not None:
            self.offer(chosen)
        if settled:
            # What the choice counts with is a lower bound where travel depends on the hour.
            self._improve_bound(least if chosen is not None else self.proof.cost)
        self._stop_if_done()

    def branch(self) -> None:
        """Look for the best plan among the listed rounds by cases, as many as allowed."""
        assert self.listed is not None
        penalty = self.master.duals().penalty
        triples = [triple for q, triple in enumerate(self.cuts.triples) if penalty[q] > 0]
        counts = [kind.count for kind in self.kinds]
        cases = Branching(self.listed, counts, self.master.skip_cost, triples, self.proof.cost)

        def bounded(bound: int) -> None:
            self._improve_bound(bound)
            self._stop_if_late()

        cases.search(self.limits.cases, bounded, self.offer)
        self.proof.counts["cases"] += cases.linear
        self._stop_if_done()

    def choose_among_columns(self) -> None:
        """Look for a better plan among the master's rounds of least reduced cost."""
        reduced = self.master.reduced()
        order = np.argsort(np.array(reduced), kind="stable").tolist()
        columns = list(self.master.columns.items())
        lists: list[list[tuple[int, Route]]] = [[] for _ in self.kinds]
        for i in order[: 2 * FEW_COLUMNS]:
            (kind, route), cost = columns[i]
            if reduced[i] < self.proof.cost - self.value and self._drivable(kind, route):
                if self.a.slots > 1:
                    cost = self._true_cost(kind, route)
                lists[kind].append((cost, route))
            if sum(map(len, lists)) >= FEW_COLUMNS:
                break
        chosen, _ = self._choose(Listed(self.a.visits, lists), self.limits.choice / 20)
        if chosen is not None:
            self.offer(chosen)
        self._stop_if_done()

    def _drivable(self, kind: int, route: Route) -> bool:
        if len(set(route)) < len(route):
            return False
        return self._true_cost(kind, route) < NEVER

    def _true_cost(self, kind: int, route: Route) -> int:
        order = np.array(route, dtype=np.int64)
        return int(round_cost(self.a, self.kinds[kind].technician, order, len(order)))

    def _choose(self, listed: Listed, effort: float) -> tuple[list[tuple[int, Route]] | None, bool]:
        counts = [kind.count for kind in self.kinds]
        return choose(listed, counts, self.master.skip_cost, self.proof.cost, effort, self._tell)

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
