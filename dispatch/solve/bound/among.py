"""Column generation among listed rounds: pricing by inspection, cuts that remember everything.

What it proves is about plans that use no other rounds. `settle` says what follows for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.bound.branch import Branching
from dispatch.solve.bound.combine import combine
from dispatch.solve.bound.cuts import Cuts
from dispatch.solve.bound.generation import TAKE, Generation
from dispatch.solve.bound.labels import SCALE
from dispatch.solve.bound.listed import Listed
from dispatch.solve.bound.master import Master
from dispatch.solve.bound.proof import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dispatch.solve.bound.cuts import Triple
    from dispatch.solve.bound.master import Route
    from dispatch.solve.bound.pricing import Duals, Kind, Priced


class Among(Generation):
    """
    What goes on with listed rounds in place of pricing.

    Parameters
    ----------
    whole
        Column generation among all rounds; its cuts and the columns that are listed are taken over.
    lists
        (cost, visits in order) of the rounds of each kind.
    """

    def __init__(self, whole: Generation, lists: Sequence[list[tuple[int, Route]]]) -> None:
        proof = Proof(whole.proof.bound, cost=whole.proof.cost, counts=whole.proof.counts)
        # Not a new generation: kinds, pricing and what was allowed are those of the whole.
        self.__dict__.update(whole.__dict__)
        self.proof, self.best, self.tightest = proof, None, None
        self.most_cuts = self.limits.cuts_listed
        self.listed = Listed(self.a.visits, lists)
        self.cuts = Cuts(self.a.visits)
        for triple in whole.cuts.triples:
            self.cuts.put(triple, np.ones(self.a.visits, dtype=np.bool_))
        self.master = Master(whole.master.unassigned_cost_s, self.counts().tolist(), self.cuts)
        known = [
            {tuple(sorted(route)): (cost, route) for cost, route in rounds} for rounds in lists
        ]
        kept: dict[tuple[int, Route], int] = {}
        for kind, route in whole.master.columns:
            found = known[kind].get(tuple(sorted(route)))
            if found is not None:
                kept[kind, found[1]] = found[0]
        self.master.rebuild([(kind, route, cost) for (kind, route), cost in kept.items()])

    def allow(self, steps: int) -> None:
        """Allow so much work more."""
        self.allowed = self._steps() + steps

    def _steps(self) -> int:
        return super()._steps() + self.listed.steps

    def _add_cheaply(self, prices: Duals) -> int:
        """Return 0: an exact pass is as cheap as any."""
        return 0

    def _priced(
        self, kinds: Sequence[Kind], duals: Duals, care: int
    ) -> Iterator[tuple[Kind, Priced]]:
        for kind in kinds:
            yield kind, self.listed.price(kind, duals, self.cuts, TAKE)

    def _violated(
        self, used: list[tuple[int, Route, float]]
    ) -> list[tuple[Triple, NDArray[np.bool_]]]:
        everywhere = np.ones(self.a.visits, dtype=np.bool_)
        return [(triple, everywhere) for triple, _ in super()._violated(used)]

    def _widen(self, used: list[tuple[int, Route, float]]) -> bool:
        """Return False: no listed round has a visit twice."""
        return False

    def shorten(self) -> int:
        """Drop listed rounds that no better plan can use (2), and return how many are left."""
        listed = self.listed
        if self.best is not None:
            room = (self.proof.cost - 1) * SCALE - self.best_value
            for kind in self.kinds:
                reduced = listed.reduced(kind, self.best, self.cuts)
                listed.keep(kind, reduced <= self.best_least[kind.number] + room)
        self.proof.counts["left"] = len(listed)
        return len(listed)

    def try_out(self, looks: int, below: int | None = None) -> bool:
        """
        Look for the best plan among the listed rounds, and return whether there is no better one.

        Parameters
        ----------
        looks
            As in `combine`.
        below
            Look for plans that cost less than this only (seconds); None: than the one known.
        """
        listed, best = self.listed, self.best
        assert best is not None
        unassigned_cost_s = self.master.unassigned_cost_s
        surplus = [
            (listed.reduced(kind, best, self.cuts) - self.best_least[kind.number]) / SCALE
            for kind in self.kinds
        ]
        offers = listed.offers(
            unassigned_cost_s,
            np.concatenate(surplus),
            idle=-np.array(self.best_least, dtype=np.float64) / SCALE,
            left=unassigned_cost_s - best.prize / SCALE,
            base=self.best_value / SCALE,
        )
        least = self.proof.cost if below is None else min(below, self.proof.cost)
        everything = int(unassigned_cost_s.sum())
        numbers, settled = combine(
            offers,
            self.counts(),
            least - everything,
            looks,
            deadline=self.deadline,
            on_wait=self.tell,
        )
        if numbers is not None:
            least = everything + int(offers.worth[numbers].sum())
            self.offer(offers.picked(numbers))
        if settled:
            # What the choice counts with is a lower bound where travel depends on the hour.
            self._improve_bound(least)
        return settled

    def branch(self) -> None:
        """Look for the best plan among the listed rounds by cases, as many as allowed."""
        penalty = self.master.duals().penalty
        triples = [triple for q, triple in enumerate(self.cuts.triples) if penalty[q] > 0]
        counts, unassigned_cost_s = self.counts().tolist(), self.master.unassigned_cost_s
        cases = Branching(self.listed, counts, unassigned_cost_s, triples, self.proof.cost)

        def bounded(bound: int) -> None:
            self._improve_bound(bound)
            self._stop_if_late()

        cases.search(self.limits.cases, bounded, self.offer)
        self.proof.counts["cases"] += cases.linear
        self.stop_if_done()
