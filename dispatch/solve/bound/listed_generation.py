"""Column generation among listed rounds: pricing by inspection, cuts that remember everything.

What it proves holds for plans that use no other rounds. `closing` draws the conclusion for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch.solve.bound.branching import Branching
from dispatch.solve.bound.cuts import Cuts
from dispatch.solve.bound.duals import SCALE
from dispatch.solve.bound.generation import TAKE, Generation
from dispatch.solve.bound.listed_rounds import ListedRounds
from dispatch.solve.bound.proof import Proof
from dispatch.solve.bound.upkeep import MasterUpkeep
from dispatch.solve.partition.tree_search import search_choices

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dispatch.solve.bound.duals import Duals, Route
    from dispatch.solve.bound.pricing import Priced, PricingMode
    from dispatch.solve.bound.vehicle_types import VehicleType


class ListedGeneration(Generation):
    """
    Column generation with listed rounds in place of pricing.

    Parameters
    ----------
    whole
        Column generation among all rounds; its cuts, and its columns that are listed, are taken.
    lists
        (cost, visits in order) of the rounds of each vehicle type.
    """

    def __init__(self, whole: Generation, lists: Sequence[list[tuple[int, Route]]]) -> None:
        known = whole.run.proof
        run = whole.run.with_proof(Proof(known.bound, cost=known.cost, counts=known.counts))
        n = run.a.visits
        cuts = Cuts(n)
        for triple in whole.cuts.triples:
            cuts.put(triple, np.ones(n, dtype=np.bool_))
        unassigned_cost_s, most_cuts = whole.master.unassigned_cost_s, run.limits.cuts_listed
        super().__init__(run, MasterUpkeep(run, cuts, unassigned_cost_s, most_cuts, listed=True))
        self.listed = ListedRounds(n, lists)
        orders = [
            {tuple(sorted(route)): (cost, route) for cost, route in rounds} for rounds in lists
        ]
        kept: dict[tuple[int, Route], int] = {}
        for number, route in whole.master.columns:
            found = orders[number].get(tuple(sorted(route)))
            if found is not None:
                kept[number, found[1]] = found[0]
        self.master.rebuild([(number, route, cost) for (number, route), cost in kept.items()])

    def allow(self, steps: int) -> None:
        """Allow so much more work."""
        self.allowed = self.steps + steps

    @property
    def steps(self) -> int:
        """Return the work done so far, and that of inspecting the lists."""
        return super().steps + self.listed.steps

    def _price_cheaply(self, duals: Duals) -> int:
        """Return 0: an exact pass is as cheap as any."""
        return 0

    def _priced(
        self, vehicle_types: Sequence[VehicleType], duals: Duals, mode: PricingMode
    ) -> Iterator[tuple[VehicleType, Priced]]:
        for vehicle_type in vehicle_types:
            yield vehicle_type, self.listed.price(vehicle_type, duals, self.cuts, TAKE)

    def shorten(self) -> int:
        """Drop listed rounds that no better plan can use (2), and return how many remain."""
        listed, proof = self.listed, self.run.proof
        if self.best is not None:
            gap = (proof.cost - 1) * SCALE - self.best_value
            for vehicle_type in self.run.vehicle_types:
                reduced = listed.reduced(vehicle_type, self.best, self.cuts)
                wanted = reduced <= self.best_least[vehicle_type.number] + gap
                listed.keep(vehicle_type, wanted)
        proof.counts["left"] = len(listed)
        return len(listed)

    def search(self, most_steps: int, below: int | None = None) -> bool:
        """
        Search the best plan among the listed rounds, and return whether there is no better one.

        Parameters
        ----------
        most_steps
            As in `search_choices`.
        below
            Only plans that cost less than this are looked for (seconds); None: than the known one.
        """
        listed, best, run = self.listed, self.best, self.run
        assert best is not None
        unassigned_cost_s = self.master.unassigned_cost_s
        surplus = [
            (listed.reduced(each, best, self.cuts) - self.best_least[each.number]) / SCALE
            for each in run.vehicle_types
        ]
        candidates = listed.candidates(
            unassigned_cost_s,
            np.concatenate(surplus),
            idle=-np.array(self.best_least, dtype=np.float64) / SCALE,
            unassigned=unassigned_cost_s - best.visit / SCALE,
            base=self.best_value / SCALE,
        )
        least = run.proof.cost if below is None else min(below, run.proof.cost)
        all_unassigned = int(unassigned_cost_s.sum())
        numbers, complete = search_choices(
            candidates,
            run.counts,
            least - all_unassigned,
            most_steps,
            deadline=run.deadline,
            on_wait=run.report,
        )
        if numbers is not None:
            least = all_unassigned + int(candidates.net_cost[numbers].sum())
            run.offer_plan(candidates.picked(numbers))
        if complete:
            # Where travel depends on the time of day the costs of the choice are lower bounds.
            run.improve_bound(least)
        return complete

    def branch(self) -> None:
        """Look for the best plan among the listed rounds by cases, as many as allowed."""
        run, duals = self.run, self.master.duals().cut
        triples = [triple for cut, triple in enumerate(self.cuts.triples) if duals[cut] > 0]
        counts, unassigned_cost_s = run.counts.tolist(), self.master.unassigned_cost_s
        cases = Branching(self.listed, counts, unassigned_cost_s, triples, run.proof.cost)

        def bounded(bound: int) -> None:
            run.improve_bound(bound)
            run.stop_if_late()

        cases.search(run.limits.cases, bounded, run.offer_plan)
        run.proof.counts["cases"] += cases.linear
        self.stop_if_done()
